//! The boundary of zero alignment and the power law through it.
//!
//! Section 4 of the paper has the boundary at gamma proportional to sigma squared: exponent 2. Without noise alignment is
//! zero at some gamma0 > 0 already, so that the law is also fitted to gamma - gamma0.

use serde::Serialize;

use super::grid::Grid;
use super::plane::Plane;

/// The theory's exponent (section 4).
pub const THEORY_EXPONENT: f64 = 2.0;

/// `y = coefficient * x^exponent`, by a straight line through the logarithms.
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
    /// Points of the boundary that were used.
    pub points: usize,
}

/// Where alignment is zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Boundary {
    /// Points of the boundary: for each value of the vertical axis, the value of the horizontal one (a field's own, not
    /// its square) at which alignment first changes its sign.
    pub crossings: Vec<(f64, f64)>,
    /// The value of the vertical axis at which alignment is zero where the horizontal one is 0 (gamma0).
    pub offset: Option<f64>,
    /// Fit to the boundary as it is.
    pub raw: Option<PowerLaw>,
    /// Fit with the offset subtracted from the vertical values.
    pub subtracted: Option<PowerLaw>,
}

/// The boundary of a plane over the grid, and both fits. Nothing of it where the sweep has one axis.
#[must_use]
pub fn fit_boundary(grid: &Grid, plane: &Plane) -> Boundary {
    let Some(y) = grid.y() else { return Boundary::default() };
    let (xs, ys) = (&grid.x().values, &y.values);
    let mut rows: Vec<usize> = (0..ys.len()).collect();
    rows.sort_by(|a, b| ys[*a].total_cmp(&ys[*b]));
    let along_x = |row: usize| first_zero(xs, |column| plane.at(column, row));
    let crossings: Vec<(f64, f64)> = rows.iter().filter_map(|&row| Some((along_x(row)?, ys[row]))).collect();
    let offset = xs.iter().position(|x| *x == 0.0).and_then(|column| first_zero(ys, |row| plane.at(column, row)));
    let raw = power_law(crossings.iter().copied());
    let subtracted = offset.and_then(|offset| power_law(crossings.iter().map(|(x, y)| (*x, y - offset))));
    Boundary { crossings, offset, raw, subtracted }
}

/// Where a quantity along an axis is first zero, by a straight line between neighbours.
fn first_zero(values: &[f64], quantity: impl Fn(usize) -> f64) -> Option<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|at| quantity(*at).is_finite()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    order.windows(2).find_map(|pair| {
        let (a, b) = (quantity(pair[0]), quantity(pair[1]));
        let (from, to) = (values[pair[0]], values[pair[1]]);
        ((a > 0.0) != (b > 0.0)).then(|| from + (to - from) * a / (a - b))
    })
}

/// Least squares of ln y on ln x; two points leave no error, and fewer no line.
fn power_law(points: impl Iterator<Item = (f64, f64)>) -> Option<PowerLaw> {
    let logs: Vec<(f64, f64)> = points.filter(|(x, y)| *x > 0.0 && *y > 0.0).map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = logs.len() as f64;
    if logs.len() < 3 {
        return None;
    }
    let mean = |pick: fn(&(f64, f64)) -> f64| logs.iter().map(pick).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let sxx: f64 = logs.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let sxy: f64 = logs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    if sxx <= 0.0 {
        return None;
    }
    let exponent = sxy / sxx;
    let intercept = my - exponent * mx;
    let residual: f64 = logs.iter().map(|p| (p.1 - intercept - exponent * p.0).powi(2)).sum();
    let variance = residual / (n - 2.0);
    let intercept_se = (variance * (1.0 / n + mx * mx / sxx)).sqrt();
    let coefficient = intercept.exp();
    Some(PowerLaw {
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

    #[test]
    fn the_exponent_of_a_made_up_boundary_is_found() {
        let sweep = Sweep {
            x: "noise.weight_sd".into(),
            x_to: 3e-3,
            x_points: 61,
            y: "regularizer.weight_decay".into(),
            y_spacing: Spacing::Log,
            y_from: 1e-5,
            y_to: 5e-3,
            y_points: 40,
            ..Sweep::default()
        };
        let grid = Grid::new(&Experiment { sweep: Some(sweep), ..Experiment::default() }).expect("allowed");
        let (xs, ys) = (&grid.x().values, &grid.axes()[1].values);
        let values = ys.iter().flat_map(|y| xs.iter().map(move |x| y - 5e-5 - 1500.0 * x * x)).collect();
        let plane = Plane { columns: 61, rows: 40, values, finished: vec![true; 61 * 40] };
        let boundary = fit_boundary(&grid, &plane);
        // What is left is that of the straight lines between neighbours.
        assert!((boundary.offset.expect("crossed") - 5e-5).abs() < 1e-9);
        let fit = boundary.subtracted.expect("enough points");
        assert!((fit.exponent - 2.0).abs() < 0.03, "{fit:?}");
        assert!(fit.exponent_se < 0.03);
        assert!(boundary.raw.expect("enough points").exponent < fit.exponent);
    }
}
