//! The premise of eq. 6 to 12: that the mean learning signal balances weight decay, E g = gamma D W.

use crate::training::LayerExpectations;

/// Gap between E g and gamma D W, relative to gamma |D W|, below which a layer counts as stationary. Chosen here.
pub const PREMISE_LIMIT: f64 = 0.1;

/// How far a layer is from stationarity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Premise {
    /// |E g - gamma D W| / (gamma |D W|); `None` without decay or without weights, where the theorem says nothing.
    pub gap: Option<f64>,
}

impl Premise {
    /// Whether the theorem may be applied: the gap is below [`PREMISE_LIMIT`].
    #[must_use]
    pub fn holds(&self) -> bool {
        self.gap.is_some_and(|gap| gap < PREMISE_LIMIT)
    }
}

/// The premise of one layer.
#[must_use]
pub fn premise(layer: &LayerExpectations) -> Premise {
    let defined = layer.decay_norm > 0.0 && layer.gap.is_finite() && layer.decay_norm.is_finite();
    Premise { gap: defined.then(|| layer.gap / layer.decay_norm) }
}
