//! What fails in threads that train and is no fault of the input.

/// What ended a session.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Cells that were in training.
    pub cells: Vec<usize>,
    /// What happened.
    pub words: String,
    /// Whether it was a panic, which these cells would cause again.
    pub is_panic: bool,
}
