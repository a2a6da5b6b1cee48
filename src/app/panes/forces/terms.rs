//! The parts of the change of |W|² in a step, and what they add up to.

use eframe::egui::Color32;

use crate::app::look::theme::Palette;
use crate::app::panes::parts::readout::Summary;
use crate::record::MetricStore;

/// A part of the balance, or what it is compared with.
pub struct Term {
    /// Column of the metrics, without the layer.
    pub column: &'static str,
    /// Name.
    pub name: &'static str,
    /// Name that fits beside a bar.
    pub short: &'static str,
    /// Symbol and meaning.
    pub explanation: &'static str,
}

/// Learning signal, weight decay, noise, squared step; then the change that was observed.
pub const TERMS: [Term; 5] = [
    Term {
        column: "radial_signal",
        name: "Learning signal",
        short: "Signal",
        explanation: "2⟨W, u_signal⟩: the part of the step u that comes from the learning signal, along the weights. \
                      Above zero it pushes the weights outwards, below zero it pulls them in.",
    },
    Term {
        column: "radial_decay",
        name: "Weight decay",
        short: "Decay",
        explanation: "2⟨W, u_decay⟩: the part of the step u that comes from weight decay, along the weights. It always \
                      pulls them in.",
    },
    Term {
        column: "radial_noise",
        name: "Noise",
        short: "Noise",
        explanation: "2⟨W, ε⟩: the noise that is added to the weights, along them. Its mean over many steps is zero: \
                      noise pushes outwards through the squared step.",
    },
    Term {
        column: "step_square",
        name: "Squared step",
        short: "Step²",
        explanation: "|u + ε|²: the squared length of the whole step, noise that stays included. It always pushes \
                      outwards, and noise without a direction acts through it alone.",
    },
    Term {
        column: "norm_change",
        name: "Observed change",
        short: "Observed",
        explanation: "The change of |W|² in a step, observed on the weights themselves rather than added up.",
    },
];

/// Parts that add up to the change.
pub const PARTS: usize = 4;

/// Colours of the terms, in their order.
#[must_use]
pub fn colors(palette: &Palette) -> [Color32; 5] {
    [palette.layer(1), palette.layer(6), palette.layer(4), palette.layer(3), palette.zero]
}

/// The balance of one layer: mean over the window's steps, then mean and SD over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// Layer, counted from 1.
    pub layer: usize,
    /// The terms in their order.
    pub terms: [Option<Summary>; 5],
    /// Sum of the parts, seed by seed.
    pub sum: Option<Summary>,
    /// Observed change minus sum, seed by seed.
    pub residual: Option<Summary>,
}

impl Balance {
    /// Of the last `window` rows, or of the `window` steps before a step that is looked at.
    #[must_use]
    pub fn read(store: &MetricStore, layer: usize, window: u64, looking_at: Option<u64>) -> Self {
        let columns = TERMS.map(|term| store.columns().index(&format!("{}_{layer}", term.column)));
        let value = |column: usize, seed: usize| match looking_at {
            None => store.recent_mean(column, seed, usize::try_from(window).unwrap_or(usize::MAX)),
            Some(step) => {
                let bins = store.envelope(column, seed, step.saturating_sub(window), step.checked_sub(1)?, 1);
                bins.first().map(|bin| bin.mean)
            }
        };
        let seeds: Vec<[Option<f32>; 5]> =
            (0..store.seeds().len()).map(|seed| columns.map(|column| value(column?, seed))).collect();
        Self::over(layer, &seeds)
    }

    /// Over the seeds' values.
    #[must_use]
    pub fn over(layer: usize, seeds: &[[Option<f32>; 5]]) -> Self {
        let sum = |terms: &[Option<f32>; 5]| terms[..PARTS].iter().copied().sum::<Option<f32>>();
        Self {
            layer,
            terms: std::array::from_fn(|i| Summary::of(seeds.iter().filter_map(|terms| terms[i]))),
            sum: Summary::of(seeds.iter().filter_map(sum)),
            residual: Summary::of(seeds.iter().filter_map(|terms| Some(terms[PARTS]? - sum(terms)?))),
        }
    }

    /// The greatest magnitude among the terms and their sum.
    #[must_use]
    pub fn greatest(&self) -> f64 {
        self.terms.iter().chain([&self.sum]).flatten().map(|summary| summary.mean.abs()).fold(0.0, f64::max)
    }

    /// Whether there is any value.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.terms.iter().any(Option::is_some)
    }
}

/// Which way a value moves the weights, in words.
#[must_use]
pub fn direction(value: f64) -> &'static str {
    if value > 0.0 {
        "pushes out"
    } else if value < 0.0 {
        "pulls in"
    } else {
        "no part"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_seed_by_seed() {
        let seeds = [
            [Some(3.0), Some(-2.0), Some(0.5), Some(0.25), Some(2.0)],
            [Some(1.0), Some(-2.0), Some(0.5), Some(0.25), Some(-0.25)],
            [None, Some(-1.0), Some(0.0), Some(0.0), Some(0.0)],
        ];
        let balance = Balance::over(2, &seeds);
        // Sums 1.75 and -0.25; the seed without a signal has none.
        assert_eq!(balance.sum.map(|s| s.mean), Some(0.75));
        // Residuals 0.25 and 0.
        assert_eq!(balance.residual.map(|s| s.mean), Some(0.125));
        assert_eq!(balance.terms[0].map(|s| s.mean), Some(2.0));
        assert!((balance.greatest() - 2.0).abs() < 1e-12);
        assert!(!Balance::over(1, &[[None; 5]]).is_measured());
    }

    #[test]
    fn directions_in_words() {
        assert_eq!([1.0, -1.0, 0.0].map(direction), ["pushes out", "pulls in", "no part"]);
    }
}
