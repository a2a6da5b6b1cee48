//! The boundary of zero alignment and the power law through it.
//!
//! Section 4 of the paper has the boundary between weight noise and weight decay at gamma proportional to sigma squared:
//! exponent 2 (eq. 18). Without noise alignment is zero at some gamma0 > 0 already, so that the law is also fitted to
//! gamma - gamma0. In every other plane the law is a description and nothing more.

use serde::Serialize;

use super::crossing::{Crossing, crossings};
use super::grid::Grid;
use super::plane::Plane;
use crate::experiment::{AxisValue, RuleKind, SweepAxis};

/// The theory's exponent of weight decay over the SD of the weight noise (eq. 18).
pub const THEORY_EXPONENT: f64 = 2.0;
/// Points of a boundary below which there is no error of a fit.
const FEWEST: usize = 3;
/// Largest standard error, relative to the exponent, with which an exponent is told.
const VAGUEST: f64 = 0.5;
const NOISE: &str = "noise.weight_sd";
const DECAY: &str = "regularizer.weight_decay";

/// `v = coefficient * u^exponent`, by a straight line through the logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PowerLaw {
    /// Exponent.
    pub exponent: f64,
    /// Its standard error.
    pub exponent_se: f64,
    /// Coefficient.
    pub coefficient: f64,
    /// Its standard error, to first order.
    pub coefficient_se: f64,
    /// Points of the boundary that were used: those whose place between two neighbours is known.
    pub points: usize,
}

/// Where alignment is zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Boundary {
    /// Points of the boundary: for each value of the vertical axis the first change of sign along the horizontal one;
    /// without a vertical axis, all of them.
    pub crossings: Vec<Crossing>,
    /// Where one axis goes over values that are no numbers: all changes of sign along the other one, value by value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryCrossings>,
    /// What the laws are, by the paths of the fields; absent without a vertical axis.
    pub law: Option<String>,
    /// The value of the law's left side (gamma0) at which alignment is zero where its right side is 0; absent where only
    /// its neighbours are known.
    pub offset: Option<f64>,
    /// Those neighbours.
    pub offset_between: Option<(f64, f64)>,
    /// Fit to the boundary as it is.
    pub raw: Option<PowerLaw>,
    /// Why there is none.
    pub raw_reason: Option<String>,
    /// Fit with the offset subtracted.
    pub subtracted: Option<PowerLaw>,
    /// Why there is none.
    pub subtracted_reason: Option<String>,
}

/// Changes of sign along the axis of numbers, at one value of the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CategoryCrossings {
    /// Field of the axis without numbers.
    pub field: &'static str,
    /// Its value.
    pub value: AxisValue,
    /// Field of the axis of numbers, along which `x`, `from` and `to` of the crossings are.
    pub along: &'static str,
    /// All changes of sign, by rising value.
    pub crossings: Vec<Crossing>,
}

impl Boundary {
    /// The law with the offset that is subtracted: that with the noise-free offset where there is one, or the other.
    #[must_use]
    pub fn law_and_offset(&self) -> Option<(PowerLaw, f64)> {
        let subtracted = self.subtracted.zip(self.offset);
        subtracted.or_else(|| Some((self.raw?, 0.0)))
    }

    /// Crossings whose place between two neighbours is not known.
    #[must_use]
    pub fn coarse(&self) -> usize {
        self.crossings.iter().filter(|crossing| crossing.coarse).count()
    }
}

/// Which field the law has to the left and which to the right, as places of axes: left = c right^p. The theory's plane
/// has weight decay to the left, whichever axis it is.
#[must_use]
pub fn sides(grid: &Grid) -> (usize, usize) {
    if grid.x().field.path == DECAY && grid.y().is_some_and(|y| y.field.path == NOISE) { (0, 1) } else { (1, 0) }
}

/// The theory's exponent for a grid's boundary.
///
/// # Errors
/// The reason in words, where the theory says nothing of this plane.
pub fn theory_exponent(grid: &Grid) -> Result<f64, String> {
    let mut paths: Vec<&str> = grid.axes().iter().map(|axis| axis.field.path).collect();
    paths.sort_unstable();
    if paths != [NOISE, DECAY] {
        return Err(format!("eq. 18 is of {NOISE} and {DECAY}, and this sweep is over {}", paths.join(" and ")));
    }
    match grid.experiment().rule.kind {
        RuleKind::Sgd => Ok(THEORY_EXPONENT),
        _ => Err("eq. 18 is of gradient descent (rule.kind = \"sgd\"), and this sweep has another rule".into()),
    }
}

/// The boundary of a plane over the grid, and both fits; of a sweep over one field, where alignment changes its sign.
#[must_use]
pub fn fit_boundary(grid: &Grid, plane: &Plane) -> Boundary {
    if let Some(boundary) = by_category(grid, plane) {
        return boundary;
    }
    let Some(y) = grid.y() else {
        return Boundary { crossings: crossings(grid.x(), None, |column| plane.at(column, 0)), ..Boundary::default() };
    };
    let mut rows: Vec<usize> = (0..y.values.len()).collect();
    rows.sort_by(|a, b| y.values[*a].total_cmp(&y.values[*b]));
    let along_x =
        |row: usize| crossings(grid.x(), Some(y.values[row]), |column| plane.at(column, row)).into_iter().next();
    let found: Vec<Crossing> = rows.into_iter().filter_map(along_x).collect();

    let (left, right) = sides(grid);
    let axes = grid.axes();
    let law = format!("{} = coefficient * {}^exponent", axes[left].field.path, axes[right].field.path);
    // Along the left axis, where the right one is 0.
    let offset = axes[right].values.iter().position(|value| *value == 0.0).and_then(|at| {
        let quantity = |place: usize| if left == 0 { plane.at(place, at) } else { plane.at(at, place) };
        crossings(&axes[left], None, quantity).into_iter().next()
    });
    let offset_between = offset.map(|crossing| (crossing.from, crossing.to));
    let known = found.iter().filter(|crossing| !crossing.coarse);
    let points: Vec<(f64, f64)> = known.filter_map(|crossing| Some(sided(left, crossing.x, crossing.y?))).collect();
    let coarse = found.len() - points.len();
    let (raw, raw_reason) = told(power_law(points.iter().copied(), coarse));
    let (offset, (subtracted, subtracted_reason)) = match offset {
        Some(Crossing { coarse: true, from, to, .. }) => {
            let path = axes[right].field.path;
            let reason = format!(
                "alignment changes its sign between {} and {} where {path} = 0, too steeply to say where",
                brief(from),
                brief(to)
            );
            (None, (None, Some(reason)))
        }
        Some(crossing) => (Some(crossing.x), told(power_law(points.iter().map(|(u, v)| (*u, v - crossing.x)), coarse))),
        None => (None, (None, Some(no_offset(&axes[right])))),
    };
    Boundary {
        crossings: found,
        categories: Vec::new(),
        law: Some(law),
        offset,
        offset_between,
        raw,
        raw_reason,
        subtracted,
        subtracted_reason,
    }
}

/// The boundary of a grid with values that are no numbers: changes of sign along the other axis, and no law across them.
fn by_category(grid: &Grid, plane: &Plane) -> Option<Boundary> {
    let axes = grid.axes();
    let across = axes.iter().position(SweepAxis::is_category)?;
    let along = axes.iter().position(|axis| !axis.is_category());
    let path = axes[across].field.path;
    let reason = match along {
        Some(_) => format!("not determined: the values of {path} are no numbers, across which there is no law"),
        None => format!("not determined: nothing lies between the values of {path}"),
    };
    let of_value = |(at, along): (usize, &SweepAxis)| CategoryCrossings {
        field: path,
        value: axes[across].value(at),
        along: along.field.path,
        crossings: crossings(along, None, |place| if across == 0 { plane.at(at, place) } else { plane.at(place, at) }),
    };
    let all = along.map(|along| (0..axes[across].values.len()).map(move |at| (at, &axes[along])));
    let categories = all.into_iter().flatten().map(of_value).collect();
    Some(Boundary {
        categories,
        raw_reason: Some(reason.clone()),
        subtracted_reason: Some(reason),
        ..Boundary::default()
    })
}

/// A number to four digits, for words.
pub(super) fn brief(value: f64) -> String {
    crate::record::with_raised_power(&format!("{:?}", format!("{value:.3e}").parse().unwrap_or(value)))
}

/// A point of the boundary by the law's sides: (right, left).
pub(super) fn sided(left: usize, x: f64, y: f64) -> (f64, f64) {
    if left == 0 { (y, x) } else { (x, y) }
}

fn no_offset(right: &SweepAxis) -> String {
    let path = right.field.path;
    match right.values.contains(&0.0) {
        true => format!("alignment does not change its sign where {path} = 0"),
        false => format!("{path} = 0 is not among the values"),
    }
}

/// The law where its exponent can be told, or why not.
fn told(law: Result<PowerLaw, String>) -> (Option<PowerLaw>, Option<String>) {
    match law {
        // A comparison that fails for what is not finite.
        Ok(law) if law.exponent_se <= VAGUEST * law.exponent.abs() => (Some(law), None),
        Ok(law) => {
            let PowerLaw { exponent, exponent_se, .. } = law;
            let words = format!(
                "not determined: the standard error {exponent_se:.2} is larger than half of the exponent {exponent:.2}"
            );
            (None, Some(words))
        }
        Err(reason) => (None, Some(reason)),
    }
}

/// Least squares of ln v on ln u through points (u, v); two points leave no error, and fewer no line. `coarse` points were
/// left out before.
fn power_law(points: impl Iterator<Item = (f64, f64)>, coarse: usize) -> Result<PowerLaw, String> {
    let logs: Vec<(f64, f64)> = points.filter(|(u, v)| *u > 0.0 && *v > 0.0).map(|(u, v)| (u.ln(), v.ln())).collect();
    let n = logs.len() as f64;
    if logs.len() < FEWEST {
        let mut words =
            format!("not determined: the boundary has {} usable points, and a law needs {FEWEST}", logs.len());
        if coarse > 0 {
            words.push_str(&format!("; {coarse} more lie somewhere between two neighbours (a finer grid tells)"));
        }
        return Err(words);
    }
    let mean = |pick: fn(&(f64, f64)) -> f64| logs.iter().map(pick).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let sxx: f64 = logs.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let sxy: f64 = logs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    // What rounding leaves of equal logarithms.
    if sxx <= 1e-20 * n * (1.0 + mx * mx) {
        return Err("not determined: all points of the boundary lie at the same value".into());
    }
    let exponent = sxy / sxx;
    let intercept = my - exponent * mx;
    let residual: f64 = logs.iter().map(|p| (p.1 - intercept - exponent * p.0).powi(2)).sum();
    let variance = residual / (n - 2.0);
    let intercept_se = (variance * (1.0 / n + mx * mx / sxx)).sqrt();
    let coefficient = intercept.exp();
    Ok(PowerLaw {
        exponent,
        exponent_se: (variance / sxx).sqrt(),
        coefficient,
        coefficient_se: coefficient * intercept_se,
        points: logs.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, Spacing, Sweep};

    /// Noise across and decay up, or the other way round.
    fn grid(noise_is_up: bool, noises: usize, decays: usize) -> Grid {
        let (noise, decay) = (NOISE.to_owned(), DECAY.to_owned());
        let sweep = match noise_is_up {
            false => Sweep {
                x: noise,
                x_to: 3e-3,
                x_points: noises,
                y: decay,
                y_spacing: Spacing::Log,
                y_from: 1e-5,
                y_to: 5e-3,
                y_points: decays,
                ..Sweep::default()
            },
            true => Sweep {
                x: decay,
                x_spacing: Spacing::Log,
                x_from: 1e-5,
                x_to: 5e-3,
                x_points: decays,
                y: noise,
                y_to: 3e-3,
                y_points: noises,
                ..Sweep::default()
            },
        };
        of(sweep)
    }

    fn of(sweep: Sweep) -> Grid {
        Grid::new(&Experiment { sweep: Some(sweep), ..Experiment::default() }).expect("allowed")
    }

    fn plane(grid: &Grid, value: impl Fn(f64, f64) -> f64) -> Plane {
        let ys: &[f64] = grid.y().map_or(&[0.0], |y| &y.values);
        let values = ys.iter().flat_map(|y| grid.x().values.iter().map(|x| value(*x, *y))).collect();
        let (columns, rows) = (grid.columns(), grid.rows());
        Plane { columns, rows, values, finished: vec![true; columns * rows] }
    }

    #[test]
    fn the_exponent_of_a_made_up_boundary_is_found_whichever_axis_the_noise_is() {
        for noise_is_up in [false, true] {
            let grid = grid(noise_is_up, 61, 40);
            let alignment = |noise: f64, decay: f64| decay - 5e-5 - 1500.0 * noise * noise;
            let plane = plane(&grid, |x, y| if noise_is_up { alignment(y, x) } else { alignment(x, y) });
            let boundary = fit_boundary(&grid, &plane);
            assert_eq!(
                boundary.law.as_deref(),
                Some("regularizer.weight_decay = coefficient * noise.weight_sd^exponent")
            );
            // What is left is that of the straight lines between neighbours.
            assert!((boundary.offset.expect("crossed") - 5e-5).abs() < 1e-9);
            let fit = boundary.subtracted.expect("enough points");
            assert!((fit.exponent - 2.0).abs() < 0.03, "{fit:?}");
            assert!(fit.exponent_se < 0.03);
            assert!(boundary.raw.expect("enough points").exponent < fit.exponent);
            assert_eq!((boundary.raw_reason, boundary.subtracted_reason), (None, None));
            assert_eq!(theory_exponent(&grid), Ok(2.0));
        }
    }

    #[test]
    fn a_vague_exponent_is_not_told() {
        let grid = grid(false, 30, 12);
        // A boundary that jumps to and fro.
        let zero = |decay: f64| if (decay.ln() * 3.0).sin() > 0.0 { 1e-3 } else { 2.2e-3 };
        let boundary = fit_boundary(&grid, &plane(&grid, |x, y| zero(y) - x));
        assert_eq!(boundary.crossings.len(), 12);
        assert_eq!(boundary.raw, None);
        let reason = boundary.raw_reason.expect("a reason");
        assert!(reason.contains("standard error") && reason.contains("larger than half"), "{reason}");
        assert!(boundary.subtracted_reason.expect("a reason").contains("does not change its sign"));
    }

    #[test]
    fn steep_boundaries_are_counted_and_single_fields_have_their_crossings() {
        let steep = grid(false, 10, 12);
        let boundary = fit_boundary(&steep, &plane(&steep, |x, y| if y > 1500.0 * x * x { 0.9 } else { -0.9 }));
        assert!(boundary.crossings.len() > 3);
        assert_eq!(boundary.coarse(), boundary.crossings.len());
        assert_eq!(boundary.raw, None);
        assert!(boundary.raw_reason.expect("a reason").contains("between two neighbours"));
        let line = of(Sweep { x: NOISE.into(), x_to: 3e-3, x_points: 13, ..Sweep::default() });
        let boundary = fit_boundary(&line, &plane(&line, |x, _| 1e-6 - x * x));
        assert_eq!(boundary.crossings.len(), 1);
        assert!((boundary.crossings[0].x - 1e-3).abs() < 1e-9 && boundary.crossings[0].y.is_none());
        assert_eq!((boundary.law, boundary.raw), (None, None));
    }

    #[test]
    fn the_theory_is_of_one_plane_and_one_rule() {
        let with = |x: &str, y: &str, kind: RuleKind| {
            let sweep = Sweep {
                x: x.into(),
                x_values: [1e-3, 2e-3].map(Into::into).to_vec(),
                y: y.into(),
                y_values: if y.is_empty() { Vec::new() } else { [1e-3, 2e-3].map(Into::into).to_vec() },
                ..Sweep::default()
            };
            let mut experiment = Experiment { sweep: Some(sweep), ..Experiment::default() };
            experiment.rule.kind = kind;
            theory_exponent(&Grid::new(&experiment).expect("allowed"))
        };
        assert!(with(NOISE, DECAY, RuleKind::Sgd).is_ok() && with(DECAY, NOISE, RuleKind::Sgd).is_ok());
        for (x, y) in
            [("rule.learning_rate", DECAY), ("noise.input_sd", DECAY), (NOISE, "rule.learning_rate"), (NOISE, "")]
        {
            let reason = with(x, y, RuleKind::Sgd).expect_err("no theory");
            assert!(reason.contains("eq. 18") && reason.contains(x), "{reason}");
        }
        assert!(with(NOISE, DECAY, RuleKind::Adam).expect_err("no theory").contains("gradient descent"));
    }
}
