//! Which neurons are shown and in which order: one arrangement for all matrices of a layer.

use std::borrow::Cow;

use ndarray::{Array2, ArrayView2, Axis};

/// Neurons to a side of a subset, as in Figure 2.
pub const SUBSET: usize = 20;

/// Rounds of power iteration; the order of neurons rests long before the singular value does.
const ROUNDS: usize = 12;

/// Which neurons are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subset {
    /// The first of both sides.
    #[default]
    First,
    /// Those whose rows and columns of the Hebbian update have the greatest norms.
    MostActive,
    /// All.
    Whole,
}

/// The order in which they are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MatrixOrder {
    /// By their numbers.
    #[default]
    Index,
    /// By the means of the Hebbian update's rows and columns, the greatest first.
    Mean,
    /// By the Hebbian update's first pair of singular vectors, so that neurons with similar rows (or columns) stand
    /// together.
    Similarity,
}

/// Neurons in the order shown, counted from 0; all matrices of a layer share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// Post-synaptic neurons, from the top.
    pub rows: Vec<usize>,
    /// Pre-synaptic neurons, from the left.
    pub columns: Vec<usize>,
}

impl Arrangement {
    /// The neurons of `subset` by `order`, decided by the Hebbian update (out x in) alone.
    #[must_use]
    pub fn new(hebbian: &Array2<f32>, subset: Subset, order: MatrixOrder) -> Self {
        let near = near_one(hebbian);
        let hebbian = &*near;
        let (rows, columns) = hebbian.dim();
        let (rows, columns) = match subset {
            Subset::First => ((0..rows.min(SUBSET)).collect(), (0..columns.min(SUBSET)).collect()),
            Subset::MostActive => (strongest(hebbian, Axis(0)), strongest(hebbian, Axis(1))),
            Subset::Whole => ((0..rows).collect(), (0..columns).collect()),
        };
        let chosen = Self { rows, columns };
        match order {
            MatrixOrder::Index => chosen,
            MatrixOrder::Mean => {
                let shown = chosen.of(hebbian);
                let (down, across) = sums(shown.view());
                chosen.sorted(&down, &across)
            }
            MatrixOrder::Similarity => {
                let (left, right) = singular_vectors(chosen.of(hebbian).view());
                chosen.sorted(&left, &right)
            }
        }
    }

    /// The neurons shown of a matrix, in the order shown.
    #[must_use]
    pub fn of(&self, matrix: &Array2<f32>) -> Array2<f32> {
        Array2::from_shape_fn((self.rows.len(), self.columns.len()), |(i, j)| matrix[(self.rows[i], self.columns[j])])
    }

    /// Whether neurons stand by their numbers without a gap, from the first.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let plain = |neurons: &[usize]| neurons.iter().enumerate().all(|(place, &neuron)| place == neuron);
        plain(&self.rows) && plain(&self.columns)
    }

    /// The same neurons, the greatest scores first.
    fn sorted(self, row_scores: &[f32], column_scores: &[f32]) -> Self {
        Self { rows: by_score(&self.rows, row_scores), columns: by_score(&self.columns, column_scores) }
    }
}

/// The matrix, divided by a power of two where f32 does not square its elements: that changes no order.
fn near_one(matrix: &Array2<f32>) -> Cow<'_, Array2<f32>> {
    let largest = matrix.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || !largest.is_finite() || (1e-9..1e9).contains(&largest) {
        return Cow::Borrowed(matrix);
    }
    let scale = 2f64.powi(-largest.log2() as i32);
    Cow::Owned(matrix.mapv(|value| (f64::from(value) * scale) as f32))
}

fn by_score(neurons: &[usize], scores: &[f32]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..neurons.len()).collect();
    places.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    places.into_iter().map(|place| neurons[place]).collect()
}

/// The neurons of one side with the greatest norms, by number.
fn strongest(matrix: &Array2<f32>, axis: Axis) -> Vec<usize> {
    let squares: Vec<f32> = if axis.0 == 0 {
        matrix.rows().into_iter().map(|row| row.dot(&row)).collect()
    } else {
        let mut squares = vec![0.0; matrix.ncols()];
        for row in matrix.rows() {
            squares.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * value);
        }
        squares
    };
    let all: Vec<usize> = (0..squares.len()).collect();
    let mut chosen = by_score(&all, &squares);
    chosen.truncate(SUBSET);
    chosen.sort_unstable();
    chosen
}

/// Sums of rows and of columns.
fn sums(matrix: ArrayView2<'_, f32>) -> (Vec<f32>, Vec<f32>) {
    let mut columns = vec![0.0; matrix.ncols()];
    for row in matrix.rows() {
        columns.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    (matrix.rows().into_iter().map(|row| row.sum()).collect(), columns)
}

/// The first left and right singular vectors by power iteration; their common sign is that which makes the left one
/// positive for the most part.
fn singular_vectors(matrix: ArrayView2<'_, f32>) -> (Vec<f32>, Vec<f32>) {
    let mut left = vec![0.0; matrix.nrows()];
    // The strongest row is not orthogonal to the first singular vector unless the matrix is degenerate.
    let norm = |row: ndarray::ArrayView1<'_, f32>| row.dot(&row);
    let start = matrix.rows().into_iter().max_by(|a, b| norm(*a).total_cmp(&norm(*b)));
    let mut right = start.map(|row| row.to_vec()).unwrap_or_default();
    for _ in 0..ROUNDS {
        normalize(&mut right);
        for (row, value) in matrix.rows().into_iter().zip(&mut left) {
            *value = row.iter().zip(&right).map(|(a, b)| a * b).sum();
        }
        normalize(&mut left);
        right.fill(0.0);
        for (row, weight) in matrix.rows().into_iter().zip(&left) {
            right.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    if left.iter().map(|value| value * value.abs()).sum::<f32>() < 0.0 {
        left.iter_mut().chain(&mut right).for_each(|value| *value = -*value);
    }
    (left, right)
}

fn normalize(vector: &mut [f32]) {
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 0.0 {
        vector.iter_mut().for_each(|value| *value /= norm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix of rank one with some noise, whose factors are scrambled.
    fn matrix(rows: usize, columns: usize) -> Array2<f32> {
        let factor = |i: usize, n: usize| (i * 7 % n) as f32 / n as f32 - 0.45;
        Array2::from_shape_fn((rows, columns), |(i, j)| {
            factor(i, rows) * factor(j, columns) + 1e-3 * ((i * 31 + j * 17) % 13) as f32 / 13.0
        })
    }

    #[test]
    fn every_arrangement_names_each_neuron_once() {
        for (rows, columns) in [(32, 48), (8, 300), (20, 5), (1, 1)] {
            let h = matrix(rows, columns);
            for subset in [Subset::First, Subset::MostActive, Subset::Whole] {
                for order in [MatrixOrder::Index, MatrixOrder::Mean, MatrixOrder::Similarity] {
                    let arrangement = Arrangement::new(&h, subset, order);
                    let shown = |n: usize| if subset == Subset::Whole { n } else { n.min(SUBSET) };
                    for (neurons, all) in [(&arrangement.rows, rows), (&arrangement.columns, columns)] {
                        let mut sorted = neurons.clone();
                        sorted.sort_unstable();
                        sorted.dedup();
                        assert_eq!(sorted.len(), shown(all), "{subset:?} {order:?} of {rows} x {columns}");
                        assert!(sorted.iter().all(|&neuron| neuron < all));
                        if subset != Subset::MostActive {
                            assert_eq!(sorted, (0..shown(all)).collect::<Vec<_>>());
                        }
                    }
                }
            }
        }
    }

    /// Squares of numbers below 1e-19 and above 1e19 are beyond f32.
    #[test]
    fn neurons_of_tiny_and_large_matrices_have_their_order() {
        let h = matrix(32, 48);
        for subset in [Subset::MostActive, Subset::Whole] {
            for order in [MatrixOrder::Mean, MatrixOrder::Similarity] {
                let expected = Arrangement::new(&h, subset, order);
                assert_ne!(expected, Arrangement::new(&h, Subset::First, MatrixOrder::Index));
                for power in [-100, -64, 64, 100] {
                    let scaled = h.mapv(|value| value * 2f32.powi(power));
                    assert_eq!(Arrangement::new(&scaled, subset, order), expected, "{subset:?} {order:?} at 2^{power}");
                }
            }
        }
    }

    #[test]
    fn an_arrangement_moves_all_matrices_alike() {
        let h = matrix(24, 30);
        let w = h.mapv(|value| 3.0 * value - 1.0);
        let arrangement = Arrangement::new(&h, Subset::Whole, MatrixOrder::Similarity);
        assert_ne!(arrangement, Arrangement::new(&h, Subset::Whole, MatrixOrder::Index));
        assert_eq!(arrangement.of(&w), arrangement.of(&h).mapv(|value| 3.0 * value - 1.0));
    }

    #[test]
    fn similarity_finds_the_factors_of_a_scrambled_matrix() {
        let h = matrix(24, 30);
        let shown = Arrangement::new(&h, Subset::Whole, MatrixOrder::Similarity).of(&h);
        // Sorted by its factors, a matrix of rank one has its extremes in the corners.
        let corners = [shown[(0, 0)], shown[(23, 29)]];
        let peak = shown.iter().copied().fold(0.0, f32::max);
        assert!(corners.iter().all(|corner| *corner > 0.5 * peak), "{corners:?} of {peak}");
        assert!(shown[(0, 29)] < -0.5 * peak);
    }

    #[test]
    fn the_most_active_neurons_are_those_of_the_strongest_rows_and_columns() {
        let h = Array2::from_shape_fn((40, 50), |(i, j)| if i >= 20 && j < 20 { 1.0 } else { 0.01 });
        let arrangement = Arrangement::new(&h, Subset::MostActive, MatrixOrder::Index);
        assert_eq!(arrangement.rows, (20..40).collect::<Vec<_>>());
        assert_eq!(arrangement.columns, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn undefined_values_do_not_break_an_order() {
        let mut h = matrix(24, 24);
        h[(3, 4)] = f32::NAN;
        for order in [MatrixOrder::Mean, MatrixOrder::Similarity] {
            let mut rows = Arrangement::new(&h, Subset::Whole, order).rows;
            rows.sort_unstable();
            assert_eq!(rows, (0..24).collect::<Vec<_>>());
        }
    }
}
