//! Examples in memory, and the gathering of rows into a batch.

use ndarray::{Array2, CowArray, Ix2};

/// Examples of one purpose: inputs and targets, row by row.
#[derive(Clone, Debug)]
pub struct Split {
    /// examples x input width.
    pub inputs: Inputs,
    /// examples x output width.
    pub targets: Targets,
}

/// Inputs of a split, examples x input width, row-major.
#[derive(Clone, Debug)]
pub enum Inputs {
    /// The values themselves.
    Real(Array2<f32>),
    /// Pixels; the value of column `c` is `pixel * scale[c] + offset[c]`.
    Bytes {
        /// Raw pixels, 0 to 255.
        pixels: Array2<u8>,
        /// Factor of each column; input width long.
        scale: Vec<f32>,
        /// Value of pixel 0 in each column; input width long.
        offset: Vec<f32>,
    },
}

/// Targets of a split.
#[derive(Clone, Debug)]
pub enum Targets {
    /// examples x output width, row-major.
    Values(Array2<f32>),
    /// One class an example; gathered as one-hot rows.
    Classes {
        /// Class of each example, below `classes`.
        labels: Vec<u8>,
        /// Number of classes, the output width.
        classes: usize,
    },
}

impl Split {
    /// Number of examples.
    #[must_use]
    pub fn examples(&self) -> usize {
        match &self.inputs {
            Inputs::Real(values) => values.nrows(),
            Inputs::Bytes { pixels, .. } => pixels.nrows(),
        }
    }

    /// Values an example's input has.
    #[must_use]
    pub fn input_width(&self) -> usize {
        match &self.inputs {
            Inputs::Real(values) => values.ncols(),
            Inputs::Bytes { pixels, .. } => pixels.ncols(),
        }
    }

    /// Values an example's target has: outputs of a regression, or classes.
    #[must_use]
    pub fn output_width(&self) -> usize {
        match &self.targets {
            Targets::Values(values) => values.ncols(),
            Targets::Classes { classes, .. } => *classes,
        }
    }

    /// All inputs as the network gets them, examples x input width.
    #[must_use]
    pub fn input_matrix(&self) -> CowArray<'_, f32, Ix2> {
        match &self.inputs {
            Inputs::Real(values) => values.into(),
            Inputs::Bytes { pixels, scale, offset } => {
                let value = |(row, column)| f32::from(pixels[(row, column)]) * scale[column] + offset[column];
                Array2::from_shape_fn(pixels.dim(), value).into()
            }
        }
    }

    /// All targets as the loss gets them, examples x output width; one-hot for classes.
    #[must_use]
    pub fn target_matrix(&self) -> CowArray<'_, f32, Ix2> {
        match &self.targets {
            Targets::Values(values) => values.into(),
            Targets::Classes { labels, classes } => {
                let value = |(row, class): (usize, usize)| f32::from(usize::from(labels[row]) == class);
                Array2::from_shape_fn((labels.len(), *classes), value).into()
            }
        }
    }

    /// Writes the examples `indices` as rows: inputs into `x` (`indices.len()` x input width, row-major), targets
    /// into `y` (`indices.len()` x output width; one-hot for classes). Allocates nothing.
    ///
    /// # Panics
    /// If `x` or `y` has another length, an index is not below [`Split::examples`], or an array is not
    /// row-major (every one that [`super::load`] makes is).
    pub fn gather<T: Copy + From<f32>>(&self, indices: &[u32], x: &mut [T], y: &mut [T]) {
        assert_eq!(x.len(), indices.len() * self.input_width(), "length of x");
        assert_eq!(y.len(), indices.len() * self.output_width(), "length of y");
        match &self.inputs {
            Inputs::Real(values) => gather_rows(values, indices, x, copy),
            Inputs::Bytes { pixels, scale, offset } => {
                let width = pixels.ncols();
                gather_rows(pixels, indices, x, |row, from| {
                    // Slices of one known length leave no bounds check, so that the loop vectorises.
                    let (row, scale, offset) = (&mut row[..width], &scale[..width], &offset[..width]);
                    for (column, &pixel) in from[..width].iter().enumerate() {
                        row[column] = T::from(f32::from(pixel) * scale[column] + offset[column]);
                    }
                });
            }
        }
        match &self.targets {
            Targets::Values(values) => gather_rows(values, indices, y, copy),
            Targets::Classes { labels, classes } => {
                y.fill(T::from(0.0));
                for (row, &index) in y.chunks_exact_mut(*classes).zip(indices) {
                    row[usize::from(labels[index as usize])] = T::from(1.0);
                }
            }
        }
    }
}

/// Hands every row of `out` to `write`, together with the row of `values` that its index names.
fn gather_rows<S, T>(values: &Array2<S>, indices: &[u32], out: &mut [T], write: impl Fn(&mut [T], &[S])) {
    let width = values.ncols();
    let all = values.as_slice().expect("splits are row-major");
    for (place, (row, &index)) in out.chunks_exact_mut(width.max(1)).zip(indices).enumerate() {
        if let Some(&later) = indices.get(place + ROWS_AHEAD) {
            prefetch(&all[later as usize * width..][..width]);
        }
        write(row, &all[index as usize * width..][..width]);
    }
}

/// Rows asked for before they are needed: their order is random, so that no hardware foresees it, and each would wait
/// for the shared cache.
const ROWS_AHEAD: usize = 12;

#[cfg(target_arch = "x86_64")]
fn prefetch<S>(row: &[S]) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // Long rows are streams, which the hardware does foresee.
    for line in row.chunks((64 / size_of::<S>()).max(1)).take(4) {
        // SAFETY: a prefetch has no effect but on the cache; gathering a batch takes a third of the time with it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn prefetch<S>(_row: &[S]) {}

/// For f32 the compiler turns this loop into a copy of memory.
fn copy<T: From<f32>>(row: &mut [T], from: &[f32]) {
    for (value, &source) in row.iter_mut().zip(from) {
        *value = T::from(source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn rows_come_in_the_order_of_the_indices() {
        let inputs = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let split = Split { inputs: Inputs::Real(inputs), targets: Targets::Values(array![[10.0], [20.0], [30.0]]) };
        let (mut x, mut y) = ([0.0_f64; 6], [0.0_f64; 3]);
        split.gather(&[2, 0, 2], &mut x, &mut y);
        assert_eq!(x, [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
        assert_eq!(y, [30.0, 10.0, 30.0]);
    }

    #[test]
    fn pixels_are_scaled_by_column_and_labels_become_one_hot() {
        let split = Split {
            inputs: Inputs::Bytes {
                pixels: array![[0_u8, 10], [255, 20]],
                scale: vec![2.0, 0.5],
                offset: vec![-1.0, 1.0],
            },
            targets: Targets::Classes { labels: vec![2, 0], classes: 3 },
        };
        let (mut x, mut y) = ([9.0_f32; 4], [9.0_f32; 6]);
        split.gather(&[1, 0], &mut x, &mut y);
        assert_eq!(x, [509.0, 11.0, -1.0, 6.0]);
        assert_eq!(y, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    }
}
