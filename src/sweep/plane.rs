//! One quantity over the plane of the axes.

use super::grid::{Grid, Place};

/// Values of one quantity, point by point: means over the seeds that have one.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Values of the horizontal axis.
    pub columns: usize,
    /// Values of the vertical axis.
    pub rows: usize,
    /// Row by row from the first value of the vertical axis; NaN where undefined or not known.
    pub values: Vec<f64>,
    /// Whether all seeds of the point are at their end.
    pub finished: Vec<bool>,
}

impl Plane {
    /// The quantity of that name; `value_of` tells a cell's values and whether they are final.
    #[must_use]
    pub fn new<'a>(grid: &Grid, name: &str, value_of: impl Fn(usize) -> Option<(&'a [Option<f64>], bool)>) -> Self {
        let (columns, rows) = (grid.columns(), grid.rows());
        let place_of_value = grid.index(name);
        let mut plane =
            Self { columns, rows, values: vec![f64::NAN; columns * rows], finished: vec![true; columns * rows] };
        for point in 0..columns * rows {
            let (mut sum, mut count) = (0.0, 0.0);
            for seed_place in 0..grid.seeds().len() {
                let cell = grid.cell(Place { column: point % columns, row: point / columns, seed_place });
                let known = value_of(cell);
                plane.finished[point] &= known.is_some_and(|(_, is_final)| is_final);
                let value = known.zip(place_of_value).and_then(|((values, _), at)| values.get(at).copied().flatten());
                if let Some(value) = value {
                    sum += value;
                    count += 1.0;
                }
            }
            plane.values[point] = sum / count;
        }
        plane
    }

    /// The value of a point.
    #[must_use]
    pub fn at(&self, column: usize, row: usize) -> f64 {
        self.values[row * self.columns + column]
    }
}
