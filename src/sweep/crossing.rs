//! Where alignment changes its sign along an axis.
//!
//! Between two neighbouring values nothing is known but that the sign changes there. A straight line through both says
//! where, as long as alignment is about as steep there as beside it. Where it is much steeper, as between two phases, the
//! line says nothing, and all that can be told is the interval.

use serde::Serialize;

use crate::experiment::{Spacing, SweepAxis};

/// How many times as steep as beside it alignment may be where its zero is read off a straight line. Chosen here: the
/// parabola through three points that bends by this much deviates from the line by a twelfth of its rise.
const STEEPER: f64 = 3.0;

/// A change of sign along the horizontal axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Crossing {
    /// Value of the horizontal axis (a field's own, not its square) at which alignment is zero: by a straight line between
    /// the neighbours, or, where they are coarse, half-way between them; of a noise the line is that in the variance.
    pub x: f64,
    /// Value of the vertical axis; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<f64>,
    /// The neighbouring value below.
    pub from: f64,
    /// The neighbouring value above.
    pub to: f64,
    /// Whether the sign changes too steeply for its place between the neighbours to be known.
    pub coarse: bool,
}

/// All changes of sign along an axis, by rising value; values that are not known are passed over.
pub(super) fn crossings(axis: &SweepAxis, y: Option<f64>, quantity: impl Fn(usize) -> f64) -> Vec<Crossing> {
    let is_squared = goes_with_square(axis);
    let scaled = |value: f64| if is_squared { value * value } else { value };
    let mut points: Vec<(f64, f64)> =
        axis.values.iter().enumerate().map(|(at, value)| (*value, quantity(at))).filter(|p| p.1.is_finite()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let slope = |at: usize| {
        let pair = points.get(at..at + 2)?;
        Some(((pair[1].1 - pair[0].1) / (scaled(pair[1].0) - scaled(pair[0].0))).abs())
    };
    let cross = |(at, pair): (usize, &[(f64, f64)])| {
        let ((from, a), (to, b)) = (pair[0], pair[1]);
        if (a > 0.0) == (b > 0.0) {
            return None;
        }
        let beside = [at.checked_sub(1), Some(at + 1)].map(|at| at.and_then(slope).unwrap_or(0.0));
        let is_exact = a == 0.0 || b == 0.0;
        let coarse = !is_exact && slope(at).is_some_and(|own| own > STEEPER * beside[0].max(beside[1]));
        let share = if coarse { 0.5 } else { a / (a - b) };
        let zero = scaled(from) + share * (scaled(to) - scaled(from));
        let x = if is_squared { zero.sqrt() } else { zero }.clamp(from, to);
        Some(Crossing { x, y, from, to, coarse })
    };
    points.windows(2).enumerate().filter_map(cross).collect()
}

/// Whether alignment is about straight in the square of the axis' values: it goes with the variance of a noise (eq. 18),
/// not with its SD.
fn goes_with_square(axis: &SweepAxis) -> bool {
    let path = axis.field.path;
    let is_sd = path.starts_with("noise.") && path.ends_with("_sd");
    (is_sd || axis.spacing == Spacing::Squared) && axis.values.iter().all(|value| *value >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Sweep;

    fn axis(path: &str, values: &[f64]) -> SweepAxis {
        let sweep = Sweep {
            x: path.into(),
            x_values: values.iter().map(|value| (*value).into()).collect(),
            ..Sweep::default()
        };
        sweep.axes().expect("allowed").remove(0)
    }

    #[test]
    fn what_is_straight_is_read_off_a_line() {
        let decay = axis("regularizer.weight_decay", &[0.0, 0.1, 0.2, 0.3]);
        let found = crossings(&decay, None, |at| decay.values[at] - 0.17);
        assert_eq!(found.len(), 1);
        assert!((found[0].x - 0.17).abs() < 1e-12 && !found[0].coarse, "{found:?}");
        assert_eq!((found[0].from, found[0].to), (0.1, 0.2));
        // In the variance, as eq. 18 has it: in the SD the line would be at 0.0067.
        let noise = axis("noise.weight_sd", &[0.0, 0.01, 0.02, 0.03]);
        let found = crossings(&noise, None, |at| 5e-5 - noise.values[at].powi(2));
        assert!((found[0].x - 5e-5_f64.sqrt()).abs() < 1e-12 && !found[0].coarse, "{found:?}");
    }

    #[test]
    fn what_is_steep_is_an_interval() {
        let decay = axis("regularizer.weight_decay", &[0.0, 0.1, 0.2, 0.3, 0.4]);
        // Two phases: the sign changes somewhere between 0.1 and 0.2.
        let found = crossings(&decay, None, |at| [-0.95, -0.9, 0.99, 0.995, 1.0][at]);
        assert_eq!(found, [Crossing { x: found[0].x, y: None, from: 0.1, to: 0.2, coarse: true }]);
        assert!((found[0].x - 0.15).abs() < 1e-12, "half-way: {found:?}");
        // Two values alone say nothing of how steep it is.
        assert!(crossings(&axis("regularizer.weight_decay", &[0.0, 1.0]), None, |at| at as f64 - 0.5)[0].coarse);
    }

    #[test]
    fn every_change_of_sign_is_found_whatever_the_order_and_the_gaps() {
        let rate = axis("rule.learning_rate", &[0.4, 0.1, 0.3, 0.2, 0.5]);
        let found = crossings(&rate, Some(7.0), |at| [f64::NAN, -1.0, 1.0, 0.0, -1.0][at]);
        let places: Vec<_> = found.iter().map(|one| (one.x, one.from, one.to, one.y)).collect();
        // A value that is zero is where the sign changes; 0.4 has none.
        assert_eq!(places, [(0.2, 0.2, 0.3, Some(7.0)), (0.4, 0.3, 0.5, Some(7.0))], "{found:?}");
    }
}
