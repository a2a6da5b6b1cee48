//! Which curves were read, and how far they reached.

/// What was in a store when its curves were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Which curves; changes when they become others rather than longer.
    pub id: u64,
    /// How far they reached; changes with new rows, at the pace at which data are redrawn.
    pub reach: u64,
}

impl Contents {
    /// Of curves that grow no longer.
    #[must_use]
    pub fn at_rest(self) -> Self {
        Self { reach: 0, ..self }
    }
}
