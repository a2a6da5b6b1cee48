//! What is known about a layer at one step: norms, cosines and a sample of its elements.

use std::sync::Arc;

use ndarray::Array2;

use super::quantity::MatrixQuantity;
use crate::record::{LayerSnapshot, Snapshot};

/// Elements of a scatter plot at most.
pub const SAMPLE: usize = 2000;

/// One layer of one seed at one step.
pub struct Sheet {
    snapshot: Arc<Snapshot>,
    place: usize,
    /// Layer, counted from 1.
    pub layer: usize,
    /// Seed.
    pub seed: u64,
    /// Frobenius norms, in the order of [`Quantity::ALL`].
    pub norms: [f64; 4],
    /// Cosines with the Hebbian update, in the order of [`Quantity::ALL`].
    pub hebbian_cosines: [Option<f64>; 4],
    /// Elements of all four matrices, each divided by the matrix's root mean square; the same elements of each.
    pub sample: [Vec<f32>; 4],
}

impl Sheet {
    /// Reads a layer, counted from 1; `None` where the snapshot has none of that number.
    #[must_use]
    pub fn new(snapshot: &Arc<Snapshot>, layer: usize) -> Option<Self> {
        let seed = snapshot.seeds.first()?;
        let place = seed.layers.iter().position(|candidate| candidate.layer == layer)?;
        let matrices = &seed.layers[place];
        let squares = MatrixQuantity::ALL.map(|quantity| product(quantity.of(matrices), quantity.of(matrices)));
        let hebbian = squares[MatrixQuantity::Hebbian.index()];
        let hebbian_cosines = MatrixQuantity::ALL.map(|quantity| {
            let product = product(quantity.of(matrices), &matrices.hebbian);
            cosine(squares[quantity.index()], hebbian, product)
        });
        let norms = squares.map(f64::sqrt);
        let sample = MatrixQuantity::ALL.map(|quantity| sample(quantity.of(matrices), norms[quantity.index()]));
        let (snapshot, seed) = (Arc::clone(snapshot), seed.seed);
        Some(Self { snapshot, place, layer, seed, norms, hebbian_cosines, sample })
    }

    /// Whether it was read from this snapshot and layer.
    #[must_use]
    pub fn is_of(&self, snapshot: &Arc<Snapshot>, layer: usize) -> bool {
        Arc::ptr_eq(&self.snapshot, snapshot) && self.layer == layer
    }

    /// The step whose update these matrices make.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.snapshot.step
    }

    /// The snapshot it was read from.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Its matrices.
    #[must_use]
    pub fn matrices(&self) -> &LayerSnapshot {
        &self.snapshot.seeds[0].layers[self.place]
    }

    /// Post-synaptic and pre-synaptic neurons.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        self.matrices().weights.dim()
    }

    /// Layers that its snapshot holds, counted from 1.
    #[must_use]
    pub fn layers(snapshot: &Snapshot) -> Vec<usize> {
        snapshot.seeds.first().map(|seed| seed.layers.iter().map(|layer| layer.layer).collect()).unwrap_or_default()
    }

    /// Cosine of each matrix with the same one at another step; `None` where shapes differ or one is zero.
    #[must_use]
    pub fn cosines_with(&self, other: &Self) -> [Option<f64>; 4] {
        MatrixQuantity::ALL.map(|quantity| {
            let (a, b) = (quantity.of(self.matrices()), quantity.of(other.matrices()));
            let norms = (self.norms[quantity.index()], other.norms[quantity.index()]);
            (a.dim() == b.dim()).then(|| cosine(norms.0.powi(2), norms.1.powi(2), product(a, b))).flatten()
        })
    }
}

/// Sum of the products of elements, in f64, which holds the squares of all that f32 does.
fn product(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    let (Some(a), Some(b)) = (a.as_slice(), b.as_slice()) else {
        return a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    };
    // A sum by itself waits for each of its terms: a million and a half of them eight times are what a frame has.
    let mut sums = [0.0; LANES];
    let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.0.iter().zip(b.0) {
        for lane in 0..LANES {
            sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    let rest = a.1.iter().zip(b.1).map(|(&a, &b)| f64::from(a) * f64::from(b));
    sums.into_iter().chain(rest).sum()
}

/// Sums side by side.
const LANES: usize = 16;

/// `None` where a vector is zero, as in the metrics.
fn cosine(aa: f64, bb: f64, ab: f64) -> Option<f64> {
    let norms = aa.sqrt() * bb.sqrt();
    let defined = aa > 0.0 && bb > 0.0 && norms.is_finite() && ab.is_finite();
    defined.then(|| (ab / norms).clamp(-1.0, 1.0))
}

/// All elements, or [`SAMPLE`] spread evenly over rows and columns, in units of the root mean square.
fn sample(matrix: &Array2<f32>, norm: f64) -> Vec<f32> {
    let count = matrix.len();
    let scale = if norm > 0.0 { (count as f64).sqrt() / norm } else { 0.0 };
    // The scale of a tiny matrix is beyond f32, and what it is for is not.
    let scaled = |value: f32| (f64::from(value) * scale) as f32;
    if count <= SAMPLE {
        return matrix.iter().map(|&value| scaled(value)).collect();
    }
    let columns = matrix.ncols();
    // Multiples of the golden ratio fill the unit interval evenly without a period that rows could share.
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let at = |i: usize| ((i as f64 * golden).fract() * count as f64) as usize;
    (0..SAMPLE).map(at).map(|at| scaled(matrix[(at / columns, at % columns)])).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::record::SeedSnapshot;

    /// A snapshot of one layer whose matrices are known.
    pub(in super::super) fn snapshot(step: u64, rows: usize, columns: usize) -> Arc<Snapshot> {
        let hebbian =
            Array2::from_shape_fn((rows, columns), |(i, j)| ((i * 7 + j * 3 + step as usize) % 11) as f32 - 4.0);
        let layer = LayerSnapshot {
            layer: 2,
            weights: hebbian.mapv(|value| value + 1.0),
            bias: None,
            signal: hebbian.mapv(|value| -0.5 * value),
            full_update: Array2::zeros((rows, columns)),
            hebbian,
        };
        Arc::new(Snapshot { step, config: String::new(), seeds: vec![SeedSnapshot { seed: 3, layers: vec![layer] }] })
    }

    #[test]
    fn cosines_and_norms_are_those_of_the_matrices() {
        let sheet = Sheet::new(&snapshot(5, 20, 30), 2).expect("a layer 2");
        let [signal, hebbian, update, weights] = sheet.hebbian_cosines;
        // The sums are of small whole numbers and halves, which f64 holds exactly; roots round once each.
        let near = |cosine: Option<f64>, expected: f64| cosine.is_some_and(|c| (c - expected).abs() < 1e-15);
        assert!(near(signal, -1.0) && near(hebbian, 1.0) && update.is_none());
        assert!(weights.is_some_and(|cosine| cosine > 0.5 && cosine < 1.0));
        assert_eq!(sheet.norms[0], 0.5 * sheet.norms[1]);
        assert_eq!((sheet.step(), sheet.seed, sheet.shape()), (5, 3, (20, 30)));
        assert!(Sheet::new(&snapshot(5, 20, 30), 1).is_none());
    }

    /// Squares of numbers below 1e-19 and above 1e19 are beyond f32.
    #[test]
    fn matrices_of_any_size_have_their_cosines_and_samples() {
        let plain = snapshot(5, 20, 30);
        let expected = Sheet::new(&plain, 2).expect("a layer 2");
        for power in [-100, -64, 64, 100] {
            let factor = 2f32.powi(power);
            let mut scaled = Snapshot { step: 5, config: String::new(), seeds: plain.seeds.clone() };
            let layer = &mut scaled.seeds[0].layers[0];
            for matrix in [&mut layer.weights, &mut layer.signal, &mut layer.hebbian] {
                matrix.mapv_inplace(|value| value * factor);
            }
            let sheet = Sheet::new(&Arc::new(scaled), 2).expect("a layer 2");
            // Powers of two change no digit.
            assert_eq!(sheet.hebbian_cosines, expected.hebbian_cosines);
            assert_eq!(sheet.norms, expected.norms.map(|norm| norm * f64::from(factor)));
            assert_eq!(sheet.sample, expected.sample);
        }
    }

    #[test]
    fn a_frozen_step_is_compared_with_another() {
        let sheet = |step, columns| Sheet::new(&snapshot(step, 20, columns), 2).expect("a layer 2");
        let frozen = sheet(0, 30);
        let same = frozen.cosines_with(&sheet(0, 30));
        assert_eq!(same.map(|cosine| cosine.map(|c| (c * 1e9).round() / 1e9)), [Some(1.0), Some(1.0), None, Some(1.0)]);
        let moved = frozen.cosines_with(&sheet(3, 30))[1];
        assert!(moved.is_some_and(|cosine| cosine < 0.9));
        assert_eq!(frozen.cosines_with(&sheet(0, 31)), [None; 4]);
    }

    #[test]
    fn samples_are_even_and_in_units_of_their_root_mean_square() {
        let sheet = Sheet::new(&snapshot(0, 100, 200), 2).expect("a layer 2");
        assert_eq!(sheet.sample[1].len(), SAMPLE);
        let square = sheet.sample[1].iter().map(|v| v * v).sum::<f32>() / SAMPLE as f32;
        // Of values between -4 and 6, 2000 fix the mean square to some percent.
        assert!((square - 1.0).abs() < 0.1, "{square}");
        assert!(sheet.sample[2].iter().all(|value| *value == 0.0), "a matrix of zeros stays zero");
        assert_eq!(Sheet::new(&snapshot(0, 4, 5), 2).map(|sheet| sheet.sample[0].len()), Some(20));
    }
}
