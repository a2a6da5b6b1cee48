//! One measured step of one seed.

/// Names of the values of a [`Row`], the same for a whole run.
///
/// `train_loss, validation_loss, validation_accuracy`, then for each measured layer k the run folder's columns
/// `signal_k, full_k, weight_norm_k, signal_norm_k, hebbian_norm_k, stationarity_gap_k`, then what goes beyond the
/// contract (`averaged_k`, `neggrad_k`, ...).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Columns {
    names: Vec<String>,
}

impl Columns {
    /// From names, in the order of the values.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        Self { names }
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Position of a name among the values.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }
}

/// One measured step of one seed; `None` where a value is undefined or was not measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Step, counted from 0; values are those before its update.
    pub step: u64,
    /// Pass over the training set, counted from 0.
    pub epoch: u64,
    /// Seed.
    pub seed: u64,
    /// Values in the order of [`Columns`].
    pub values: Vec<Option<f32>>,
}
