//! The matrices of one step.

use std::path::Path;

use ndarray::Array2;

use super::error::RecordError;
use super::npz;

/// Matrices of one layer of one seed, each out x in, rows being post-synaptic neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSnapshot {
    /// Layer, counted from 1.
    pub layer: usize,
    /// W before the update.
    pub weights: Array2<f32>,
    /// Learning signal g (after clipping, without decay).
    pub signal: Array2<f32>,
    /// Hebbian update H, batch mean of `h_b h_a^T`.
    pub hebbian: Array2<f32>,
    /// Full update: the deterministic change that the rule applies to W in this step.
    pub full_update: Array2<f32>,
}

/// Matrices of one seed at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedSnapshot {
    /// Seed.
    pub seed: u64,
    /// Measured layers.
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
    /// Reads an archive that [`write_snapshot_to`] or a run left.
    ///
    /// # Errors
    /// When the file cannot be read, is no such archive, or its arrays have other types or shapes.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        npz::read(path)
    }
}

/// Writes a snapshot as an array archive for NumPy, whole or not at all, in place of an older file of that name.
///
/// # Errors
/// When the folder does not exist or the system refuses.
pub fn write_snapshot_to(path: &Path, snapshot: &Snapshot) -> Result<(), RecordError> {
    npz::write(path, snapshot)
}
