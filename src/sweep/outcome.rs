//! What a cell came to.

/// What a cell came to with one seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Values in the order of [`super::Grid::names`]; `None` where undefined.
    pub values: Vec<Option<f64>>,
    /// Steps trained.
    pub steps: u64,
    /// Whether a measured layer has collapsed.
    pub collapsed: bool,
    /// Whether loss or weights were not finite.
    pub diverged: bool,
}

impl Outcome {
    /// Whether both are the same to the last bit.
    #[must_use]
    pub fn same_bits(&self, other: &Self) -> bool {
        let bits = |values: &[Option<f64>]| values.iter().map(|v| v.map(f64::to_bits)).collect::<Vec<_>>();
        (self.steps, self.collapsed, self.diverged) == (other.steps, other.collapsed, other.diverged)
            && bits(&self.values) == bits(&other.values)
    }
}
