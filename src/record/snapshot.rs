//! The matrices of one step.

use std::path::Path;

use ndarray::{Array1, Array2, CowArray, IxDyn};

use super::error::RecordError;
use super::npz;

/// Matrices of one layer of one seed, each out x in, rows being post-synaptic neurons; and its bias.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSnapshot {
    /// Layer, counted from 1.
    pub layer: usize,
    /// W as training has left it: before the step's noise and its update.
    pub weights: Array2<f32>,
    /// Bias as training has left it, one value a neuron; absent where the network has none.
    pub bias: Option<Array1<f32>>,
    /// Learning signal g (after clipping, without decay).
    pub signal: Array2<f32>,
    /// Hebbian update H, batch mean of `h_b h_a^T`.
    pub hebbian: Array2<f32>,
    /// Full update: the deterministic change that the rule applies to W in this step.
    pub full_update: Array2<f32>,
}

/// What training has left of one seed, lent by whoever trains it: parameters, running statistics, states of a written rule.
#[derive(Clone, Debug)]
pub struct SeedParameters<'a> {
    /// Seed.
    pub seed: u64,
    /// Arrays by their names without the seed: `W_1` (out x in), `b_1` (out), `gain_1`, ..., or as in state dictionaries.
    pub arrays: Vec<(String, CowArray<'a, f32, IxDyn>)>,
}

/// Matrices of one seed at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedSnapshot {
    /// Seed.
    pub seed: u64,
    /// Every layer.
    pub layers: Vec<LayerSnapshot>,
}

/// Matrices of one step, with what is needed to know what they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The step whose values these are, counted from 0.
    pub step: u64,
    /// The configuration as TOML.
    pub config: String,
    /// Seeds.
    pub seeds: Vec<SeedSnapshot>,
}

impl Snapshot {
    /// Reads an archive that [`super::write_snapshot`] or a run left.
    ///
    /// # Errors
    /// When the file cannot be read, is no such archive, or its arrays have other types or shapes.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        npz::read(path)
    }
}
