//! `snapshots/step_*.npz`: matrices of one step, for NumPy.

use std::path::Path;

use ndarray::{Array1, ArrayView1, arr0};
use ndarray_npy::{NpzWriter, WriteNpzError};

use super::atomic::AtomicFile;
use super::error::RecordError;
use super::snapshot::Snapshot;

/// Writes `W_{K}_seed{S}`, `signal_{K}_seed{S}`, `hebbian_{K}_seed{S}` and `full_update_{K}_seed{S}` for every layer K and
/// seed S (float32, out x in), `step` (int64, a scalar), `seeds` (uint64) and `config_toml`, the configuration's UTF-8:
/// `bytes(z["config_toml"]).decode()` gives the text.
///
/// # Errors
/// When the system refuses.
pub fn write_snapshot(path: &Path, snapshot: &Snapshot) -> Result<(), RecordError> {
    let file = AtomicFile::create(path.to_path_buf())?;
    fill(file, snapshot).map_err(|source| RecordError::Npz { path: path.to_path_buf(), source })?.commit()
}

fn fill(file: AtomicFile, snapshot: &Snapshot) -> Result<AtomicFile, WriteNpzError> {
    // Stored, not deflated: weights do not compress.
    let mut archive = NpzWriter::new(file);
    for one in &snapshot.seeds {
        for layer in &one.layers {
            let matrices = [
                ("W", &layer.weights),
                ("signal", &layer.signal),
                ("hebbian", &layer.hebbian),
                ("full_update", &layer.full_update),
            ];
            for (name, matrix) in matrices {
                archive.add_array(format!("{name}_{}_seed{}", layer.layer, one.seed), matrix)?;
            }
        }
    }
    archive.add_array("step", &arr0(snapshot.step as i64))?;
    archive.add_array("seeds", &snapshot.seeds.iter().map(|one| one.seed).collect::<Array1<u64>>())?;
    archive.add_array("config_toml", &ArrayView1::from(snapshot.config.as_bytes()))?;
    archive.finish()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array0, Array2, array};
    use ndarray_npy::NpzReader;

    use super::*;
    use crate::record::{LayerSnapshot, SeedSnapshot};

    #[test]
    fn arrays_read_back_under_their_names() {
        let layer = LayerSnapshot {
            layer: 2,
            weights: array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
            signal: array![[-1.0, 0.0, 0.5], [0.25, 0.0, 0.0]],
            // Not in row-major order: the file must hold the same matrix all the same.
            hebbian: array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]].reversed_axes(),
            full_update: array![[9.0, 8.0, 7.0], [6.0, 5.0, 4.0]],
        };
        let snapshot = Snapshot {
            step: 41,
            config: "name = \"\u{3b3}\"\n".into(),
            seeds: vec![SeedSnapshot { seed: 3, layers: vec![layer.clone()] }],
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.npz");
        write_snapshot(&path, &snapshot).expect("written");

        let mut read = NpzReader::new(std::fs::File::open(&path).expect("there")).expect("an archive");
        let mut matrix = |name: &str| -> Array2<f32> { read.by_name(name).expect(name) };
        assert_eq!(matrix("W_2_seed3"), layer.weights);
        assert_eq!(matrix("signal_2_seed3"), layer.signal);
        assert_eq!(matrix("hebbian_2_seed3"), layer.hebbian);
        assert_eq!(matrix("full_update_2_seed3"), layer.full_update);
        let step: Array0<i64> = read.by_name("step").expect("step");
        assert_eq!(step.into_scalar(), 41);
        let seeds: Array1<u64> = read.by_name("seeds").expect("seeds");
        assert_eq!(seeds, array![3]);
        let config: Array1<u8> = read.by_name("config_toml").expect("config_toml");
        assert_eq!(config.to_vec(), snapshot.config.as_bytes());
    }
}
