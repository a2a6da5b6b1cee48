//! A matrix as pixels: cells averaged where there are more of them than pixels, and coloured.

use eframe::egui::{Color32, ColorImage, Rect, pos2};
use ndarray::Array2;

use super::ordering::Arrangement;
use crate::record::colormap;

/// Cells of the matrix that become one pixel, down and across.
pub type Block = (usize, usize);

/// The neurons shown of a matrix, averaged over blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced {
    /// Pixels down.
    pub rows: usize,
    /// Pixels across.
    pub columns: usize,
    /// rows x columns means, row by row.
    pub values: Vec<f32>,
    /// Greatest magnitude among them; 0 where no value is finite.
    pub peak: f32,
    /// The part of the picture that the matrix fills; the last blocks may reach beyond it.
    pub filled: Rect,
}

/// Cells that must share a pixel where `cells` of them are drawn over `pixels` pixels.
#[must_use]
pub fn cells_per_pixel(cells: usize, pixels: f32) -> usize {
    cells.div_ceil((pixels as usize).max(1)).max(1)
}

impl Reduced {
    /// Averages the neurons shown of `matrix` (out x in).
    #[must_use]
    pub fn new(matrix: &Array2<f32>, shown: &Arrangement, (down, across): Block) -> Self {
        let (rows, columns) = (shown.rows.len().div_ceil(down), shown.columns.len().div_ceil(across));
        let mut values = Vec::with_capacity(rows * columns);
        // Whole rows are added up, which is quick; only their sums are gathered by block.
        let mut sums = vec![0.0_f32; matrix.ncols()];
        for block in shown.rows.chunks(down) {
            sums.fill(0.0);
            for &row in block {
                sums.iter_mut().zip(matrix.row(row)).for_each(|(sum, value)| *sum += value);
            }
            let parts = shown.columns.chunks(across);
            let mean = |part: &[usize]| {
                part.iter().map(|&column| sums[column]).sum::<f32>() / (block.len() * part.len()) as f32
            };
            values.extend(parts.map(mean));
        }
        let peak = values.iter().copied().filter(|value| value.is_finite()).fold(0.0, |peak: f32, v| peak.max(v.abs()));
        let part = |cells: usize, pixels: usize, block: usize| cells as f32 / (pixels * block).max(1) as f32;
        let end = pos2(part(shown.columns.len(), columns, across), part(shown.rows.len(), rows, down));
        Self { rows, columns, values, peak, filled: Rect::from_min_max(pos2(0.0, 0.0), end) }
    }

    /// Its picture; `strongest` is the value of the strongest colour.
    #[must_use]
    pub fn image(&self, strongest: f32, dark: bool) -> ColorImage {
        let scale = if strongest > 0.0 { strongest.recip() } else { 0.0 };
        let color = |value: &f32| {
            let [r, g, b] = colormap::diverging(value * scale, dark);
            Color32::from_rgb(r, g, b)
        };
        ColorImage::new([self.columns, self.rows], self.values.iter().map(color).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::panes::matrices::ordering::{MatrixOrder, Subset};

    fn whole(matrix: &Array2<f32>) -> Arrangement {
        Arrangement::new(matrix, Subset::Whole, MatrixOrder::Index)
    }

    #[test]
    fn blocks_are_means_and_the_last_may_be_smaller() {
        let matrix = Array2::from_shape_fn((3, 5), |(i, j)| (10 * i + j) as f32);
        let reduced = Reduced::new(&matrix, &whole(&matrix), (2, 2));
        assert_eq!((reduced.rows, reduced.columns), (2, 3));
        assert_eq!(reduced.values, [5.5, 7.5, 9.0, 20.5, 22.5, 24.0]);
        assert_eq!(reduced.peak, 24.0);
        assert_eq!(reduced.filled.max, pos2(5.0 / 6.0, 3.0 / 4.0));
    }

    #[test]
    fn single_cells_stay_as_they_are() {
        let matrix = Array2::from_shape_fn((2, 2), |(i, j)| i as f32 - 2.0 * j as f32);
        let reduced = Reduced::new(&matrix, &whole(&matrix), (1, 1));
        assert_eq!(reduced.values, [0.0, -2.0, 1.0, -1.0]);
        let image = reduced.image(2.0, true);
        let [r, g, b] = colormap::diverging(-1.0, true);
        assert_eq!(image.pixels[1], Color32::from_rgb(r, g, b));
        assert_eq!((image.width(), image.height()), (2, 2));
    }

    #[test]
    fn no_more_pixels_than_are_shown() {
        assert_eq!(cells_per_pixel(20, 150.0), 1);
        assert_eq!(cells_per_pixel(3072, 300.0), 11);
        assert_eq!(cells_per_pixel(3072, 0.0), 3072);
        let reduced = Reduced::new(&Array2::zeros((4, 3072)), &whole(&Array2::zeros((4, 3072))), (1, 11));
        assert!(reduced.columns <= 300);
        assert_eq!(reduced.peak, 0.0);
    }
}
