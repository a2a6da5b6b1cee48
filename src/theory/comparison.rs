//! Predicted against measured alignment of one layer.

use crate::training::LayerExpectations;

/// A statement of the paper about a stationary layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// The learning signal pushes the weights outwards as much as decay pulls them in.
    Outward,
    /// Signal and Hebbian update of the same example correlate.
    PerExample,
    /// Mean signal and mean Hebbian update point the same way.
    Mean,
    /// The same as a cosine.
    Cosine,
}

/// What the theory says of one number, and what it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Which statement.
    pub law: Law,
    /// Name in plain words.
    pub name: &'static str,
    /// Where the paper has it.
    pub equation: &'static str,
    /// Value at stationarity; `None` without decay, where the theorem says nothing, and where it is undefined.
    pub predicted: Option<f64>,
    /// Value now; `None` where the rule has no signal of single examples, or where it is undefined.
    pub measured: Option<f64>,
}

impl Comparison {
    /// Measured minus predicted.
    #[must_use]
    pub fn residual(&self) -> Option<f64> {
        Some(self.measured? - self.predicted?)
    }

    /// Residual relative to the prediction; `None` where that is 0.
    #[must_use]
    pub fn relative_residual(&self) -> Option<f64> {
        let predicted = self.predicted?.abs();
        (predicted > 0.0).then(|| self.residual()).flatten().map(|residual| residual / predicted)
    }
}

/// Eq. 6, Lemma 1 (eq. 8), eq. 12 and the cosine of eq. 10 for one layer, at any rate of decay D of its neurons (eq. 23).
///
/// Predictions are those of a stationary layer, E g = gamma D W, at the present weights; [`super::premise`] tells whether
/// it is one. Lemma 1 also takes |h_a|^2 to be the same for all examples, whose coefficient of variation is
/// [`LayerExpectations::input_square_cv`]. Even at exact stationarity the cosine is below 1: it is that of D W and E H.
#[must_use]
pub fn comparisons(layer: &LayerExpectations) -> [Comparison; 4] {
    let says = |value: f64| (layer.decay > 0.0 && layer.weight_square > 0.0).then_some(value);
    [
        Comparison {
            law: Law::Outward,
            name: "Signal along W",
            equation: "eq. 6",
            predicted: says(layer.weight_decay),
            measured: Some(layer.weight_signal),
        },
        Comparison {
            law: Law::PerExample,
            name: "Signal along H, example by example",
            equation: "eq. 8, Lemma 1",
            predicted: says(layer.input_square * layer.weight_decay),
            measured: layer.example_product,
        },
        Comparison {
            law: Law::Mean,
            name: "Mean signal along mean H",
            equation: "eq. 12",
            predicted: says(layer.decay_hebbian),
            measured: Some(layer.signal_hebbian),
        },
        Comparison {
            law: Law::Cosine,
            name: "Cosine of the means",
            equation: "eq. 10",
            predicted: layer.stationary_cosine.and_then(says),
            measured: layer.cosine,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::premise;

    fn layer() -> LayerExpectations {
        LayerExpectations {
            layer: 1,
            decay: 0.1,
            weight_square: 4.0,
            signal_norm: 0.2,
            hebbian_norm: 1.0,
            input_square: 3.0,
            input_square_cv: Some(0.5),
            pre_activation_square: 2.0,
            example_product: Some(1.5),
            weight_signal: 0.3,
            weight_decay: 0.4,
            signal_hebbian: 0.18,
            decay_hebbian: 0.2,
            gap: 0.05,
            decay_norm: 0.2,
            cosine: Some(0.9),
            stationary_cosine: Some(1.0),
        }
    }

    #[test]
    fn residuals_are_measured_minus_predicted() {
        let all = comparisons(&layer());
        let close = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-12);
        assert!(close(all[0].residual(), -0.1) && close(all[0].relative_residual(), -0.25));
        assert!(close(all[1].predicted, 1.2) && close(all[1].residual(), 0.3));
        assert!(close(all[2].relative_residual(), -0.1));
        assert!(close(all[3].residual(), -0.1));
    }

    #[test]
    fn nothing_is_predicted_without_decay() {
        let free = LayerExpectations { decay: 0.0, weight_decay: 0.0, decay_hebbian: 0.0, decay_norm: 0.0, ..layer() };
        assert!(comparisons(&free).iter().all(|c| c.predicted.is_none() && c.residual().is_none()));
        assert!(comparisons(&free).iter().all(|c| c.measured.is_some()), "what is measured is shown all the same");
        assert_eq!(premise(&free).gap, None);
        assert!(!premise(&free).holds());
    }

    #[test]
    fn the_premise_is_a_relative_gap() {
        assert_eq!(premise(&layer()).gap, Some(0.25));
        assert!(!premise(&layer()).holds());
        assert!(premise(&LayerExpectations { gap: 0.019, ..layer() }).holds());
    }

    #[test]
    fn rules_without_deltas_have_no_example_by_example_value() {
        let silent = LayerExpectations { example_product: None, ..layer() };
        let lemma = comparisons(&silent)[1];
        assert_eq!((lemma.measured, lemma.residual()), (None, None));
    }
}
