//! How far a repeated value is from the recorded one.
//!
//! A share of the recorded value says nothing of a value that is what is left of larger ones: 2<W,u> is near 0 where the step is at right
//! angles to the weights, and another rounding changes all its digits. Such values are measured by what they are left of.

/// What the deviation of a column's values is a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Nothing: cosines and accuracies are as they are.
    Cosine,
    /// The recorded value.
    Own,
    /// The greatest change of |W|² that a step of this length makes, 2 |W| |u+ε| + |u+ε|²; places of |W| and of |u+ε|² in the row.
    Step { weight_norm: usize, step_square: usize },
    /// The norm of the signal, or the value if it is greater; its place in the row.
    Signal(usize),
}

const COSINES: [&str; 8] = [
    "signal_",
    "full_",
    "averaged_",
    "neggrad_",
    "per_example_",
    "expected_product_",
    "stationary_cosine_",
    "validation_accuracy",
];

/// Parts of the force balance that have a sign.
const FORCES: [&str; 4] = ["radial_signal_", "radial_decay_", "radial_noise_", "norm_change_"];

impl Measure {
    /// That of a column among `all` of its row.
    pub(super) fn of(column: &str, all: &[String]) -> Self {
        let place = |name: &str, layer: &str| {
            all.iter().position(|other| other.strip_prefix(name).is_some_and(|rest| rest == layer))
        };
        if let Some(layer) = FORCES.iter().find_map(|force| column.strip_prefix(force)) {
            let places = (place("weight_norm_", layer), place("step_square_", layer));
            return match places {
                (Some(weight_norm), Some(step_square)) => Self::Step { weight_norm, step_square },
                _ => Self::Own,
            };
        }
        if let Some(layer) = column.strip_prefix("stationarity_gap_") {
            return place("signal_norm_", layer).map_or(Self::Own, Self::Signal);
        }
        let is_cosine = COSINES.iter().any(|beginning| column.starts_with(beginning));
        if is_cosine && !column.starts_with("signal_norm_") { Self::Cosine } else { Self::Own }
    }

    /// How far two values are apart, in the recorded row: 0 where both are undefined, infinite where one is.
    pub(super) fn distance(self, row: &[Option<f32>], recorded: Option<f32>, repeated: Option<f32>) -> f64 {
        match (recorded, repeated.filter(|value| value.is_finite())) {
            (None, None) => 0.0,
            (Some(a), Some(b)) if a.to_bits() == b.to_bits() => 0.0,
            (Some(a), Some(b)) => {
                let (a, b) = (f64::from(a), f64::from(b));
                // 0 and -0 are two values, a hair apart.
                let apart = (a - b).abs().max(f64::MIN_POSITIVE);
                let of = self.whole(row).max(a.abs());
                if self == Self::Cosine || of == 0.0 { apart } else { apart / of }
            }
            _ => f64::INFINITY,
        }
    }

    /// What a value of this kind is left of; 0 where the row does not say.
    fn whole(self, row: &[Option<f32>]) -> f64 {
        let value = |place: usize| row.get(place).copied().flatten().map(f64::from);
        match self {
            Self::Cosine | Self::Own => 0.0,
            // A step whose square no row can hold, as the last ones of a run that diverges: its parts are what sums beyond single
            // precision have left, and say nothing.
            Self::Step { weight_norm, step_square } => value(step_square).map_or(f64::MAX, |square| {
                let square = square.max(0.0);
                2.0 * value(weight_norm).unwrap_or(0.0) * square.sqrt() + square
            }),
            Self::Signal(signal_norm) => value(signal_norm).unwrap_or(0.0),
        }
    }
}

/// Follows how deviations grow.
///
/// Another rounding is a difference of some 1e-7 from the first step on. In a run that amplifies differences it grows gradually,
/// whereas a change that the repetition lacks is there at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Growth {
    /// The first steps with a deviation above 1e-6, 1e-5, 1e-4, 1e-3 and 1e-2.
    first: [Option<u64>; 5],
}

impl Growth {
    pub(super) fn push(&mut self, step: u64, deviation: f64) {
        for (first, decade) in self.first.iter_mut().zip([1e-6, 1e-5, 1e-4, 1e-3, 1e-2]) {
            if deviation > decade {
                first.get_or_insert(step);
            }
        }
    }

    /// Steps in which a deviation became ten times as large, from 1e-6 to 1e-2, and the step of the first; none where it did not
    /// take a while for each.
    pub(super) fn gradual(&self) -> Option<(u64, f64)> {
        let steps = self.first.iter().copied().collect::<Option<Vec<u64>>>()?;
        let (first, last) = (*steps.first()?, *steps.last()?);
        steps.is_sorted_by(|a, b| a < b).then(|| (first, (last - first) as f64 / (steps.len() - 1) as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<String> {
        let names = "train_loss signal_1 weight_norm_1 signal_norm_1 stationarity_gap_1 radial_signal_1 step_square_1 norm_change_1 \
                     weight_norm_11 step_square_11 radial_noise_11 radial_signal_2";
        names.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn columns_are_measured_by_what_they_hold() {
        let all = columns();
        let of = |column: &str| Measure::of(column, &all);
        for cosine in
            ["signal_1", "full_encoder_1_query", "stationary_cosine_1", "signal_post_1", "validation_accuracy"]
        {
            assert_eq!(of(cosine), Measure::Cosine, "{cosine}");
        }
        for own in ["signal_norm_1", "train_loss", "weight_norm_1", "step_square_1", "activation_penalty"] {
            assert_eq!(of(own), Measure::Own, "{own}");
        }
        assert_eq!(of("radial_signal_1"), Measure::Step { weight_norm: 2, step_square: 6 });
        assert_eq!(of("norm_change_1"), of("radial_signal_1"));
        assert_eq!(of("radial_noise_11"), Measure::Step { weight_norm: 8, step_square: 9 });
        assert_eq!(of("radial_signal_2"), Measure::Own, "its row does not say what it is left of");
        assert_eq!(of("stationarity_gap_1"), Measure::Signal(3));
    }

    #[test]
    fn distances_are_shares_of_what_a_value_is_left_of() {
        let own = |a, b| Measure::Own.distance(&[], a, b);
        assert_eq!(Measure::Cosine.distance(&[], Some(0.5), Some(0.5)), 0.0);
        assert_eq!(Measure::Cosine.distance(&[], Some(0.5), Some(0.25)), 0.25);
        assert_eq!(own(Some(0.5), Some(0.25)), 0.5);
        assert_eq!(own(None, Some(f32::NAN)), 0.0);
        assert_eq!(own(None, Some(0.0)), f64::INFINITY);
        assert!(Measure::Cosine.distance(&[], Some(0.0), Some(-0.0)) > 0.0);
        // |W| = 7.75 and a step of 0.5: |W|² changes by 8 at most.
        let row = [Some(7.75), Some(0.25)];
        let step = Measure::Step { weight_norm: 0, step_square: 1 };
        assert_eq!(step.distance(&row, Some(0.0), Some(1.0)), 0.125);
        assert_eq!(step.distance(&row, Some(-16.0), Some(-8.0)), 0.5, "no less than the value itself");
        let beyond = step.distance(&[Some(1e8), None], Some(-2e24), Some(1e37));
        assert!(beyond > 0.0 && beyond < 1e-100, "another value, of a step beyond single precision: {beyond}");
        assert_eq!(Measure::Signal(1).distance(&row, Some(0.125), Some(0.25)), 0.5);
    }

    #[test]
    fn what_grows_is_told_from_what_is_there_at_once() {
        let growth = |deviations: &[(u64, f64)]| {
            let mut growth = Growth::default();
            deviations.iter().for_each(|(step, deviation)| growth.push(*step, *deviation));
            growth.gradual()
        };
        let rounding = [(0, 1e-7), (4, 2e-6), (7, 3e-5), (10, 2e-4), (14, 2e-3), (20, 3e-2), (21, 1.0)];
        assert_eq!(growth(&rounding), Some((4, 4.0)));
        assert_eq!(growth(&[(0, 1e-7), (30, 2e-6), (31, 2.0)]), None, "a change that is lacking");
        assert_eq!(growth(&[(0, 1e-7), (900, 5e-5)]), None, "the same run");
    }
}
