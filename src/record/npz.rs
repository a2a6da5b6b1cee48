//! Archives of arrays for NumPy: `snapshots/step_*.npz`, the matrices of one step, and `final.npz`, the parameters.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayView, ArrayView1, Dimension, arr0};
use ndarray_npy::{NpzWriter, WritableElement, WriteNpzError};

use super::atomic::AtomicFile;
use super::error::RecordError;
use super::npz_reader::{Arrays, Element, Values};
use super::snapshot::{LayerSnapshot, SeedParameters, SeedSnapshot, Snapshot};
use crate::input_file;

/// An archive in writing: an array is on its way to the disk when [`Self::add`] returns, and nothing of it is held.
pub struct ArrayArchive {
    writer: NpzWriter<BufWriter<AtomicFile>>,
    path: PathBuf,
}

impl ArrayArchive {
    /// Begins an archive; folders above it are made where they are missing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(RecordError::io(folder, "cannot be created"))?;
        }
        let file = BufWriter::new(AtomicFile::create(path.to_path_buf())?);
        // Stored, not deflated: weights do not compress.
        Ok(Self { writer: NpzWriter::new(file), path: path.to_path_buf() })
    }

    /// Adds an array under a name.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add<A: WritableElement, D: Dimension>(
        &mut self,
        name: &str,
        array: ArrayView<'_, A, D>,
    ) -> Result<(), RecordError> {
        self.writer.add_array(name, &array).map_err(failed(&self.path))
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(self) -> Result<(), RecordError> {
        let buffer = self.writer.finish().map_err(failed(&self.path))?;
        let file = buffer.into_inner().map_err(std::io::IntoInnerError::into_error);
        file.map_err(RecordError::io(&self.path, "cannot be written"))?.commit()
    }
}

fn failed(path: &Path) -> impl FnOnce(WriteNpzError) -> RecordError {
    move |source| RecordError::Npz { path: path.to_path_buf(), source }
}

/// A snapshot in writing, array by array, so that one is held at a time:
///
/// `W_{K}_seed{S}` and, where there are biases, `b_{K}_seed{S}`, as training has left them; `signal_{K}_seed{S}`,
/// `hebbian_{K}_seed{S}` and `full_update_{K}_seed{S}` of the next step, for every layer K and seed S (float32, out x in);
/// `step` (int64, a scalar), `seeds` (uint64) and `config_toml`, the configuration's UTF-8:
/// `bytes(z["config_toml"]).decode()` gives the text.
pub struct SnapshotWriter {
    archive: ArrayArchive,
    seeds: Vec<u64>,
}

impl SnapshotWriter {
    /// Begins a snapshot; folders above the file are made where they are missing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        Ok(Self { archive: ArrayArchive::create(path)?, seeds: Vec::new() })
    }

    /// Adds an array of a layer: `W`, `b`, `signal`, `hebbian` or `full_update`, of one seed after the other.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add<D: Dimension>(
        &mut self,
        seed: u64,
        layer: usize,
        name: &str,
        array: ArrayView<'_, f32, D>,
    ) -> Result<(), RecordError> {
        self.archive.add(&format!("{name}_{layer}_seed{seed}"), array)?;
        if self.seeds.last() != Some(&seed) {
            self.seeds.push(seed);
        }
        Ok(())
    }

    /// Adds all arrays of a layer.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add_layer(&mut self, seed: u64, one: &LayerSnapshot) -> Result<(), RecordError> {
        self.add(seed, one.layer, "W", one.weights.view())?;
        if let Some(bias) = &one.bias {
            self.add(seed, one.layer, "b", bias.view())?;
        }
        let matrices = [("signal", &one.signal), ("hebbian", &one.hebbian), ("full_update", &one.full_update)];
        matrices.into_iter().try_for_each(|(name, matrix)| self.add(seed, one.layer, name, matrix.view()))
    }

    /// Adds what the snapshot is of, makes the file durable and gives it its name.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self, step: u64, config: &str) -> Result<(), RecordError> {
        describe(&mut self.archive, step, &self.seeds, config)?;
        self.archive.finish()
    }
}

/// Writes a snapshot that is held whole, as [`SnapshotWriter`] does.
///
/// # Errors
/// When the system refuses.
pub fn write_snapshot(path: &Path, snapshot: &Snapshot) -> Result<(), RecordError> {
    let mut writer = SnapshotWriter::create(path)?;
    for one in &snapshot.seeds {
        one.layers.iter().try_for_each(|layer| writer.add_layer(one.seed, layer))?;
    }
    writer.finish(snapshot.step, &snapshot.config)
}

/// Writes the parameters of all seeds, with the names that [`SnapshotWriter`] gives them, and what they are of.
pub(super) fn write_parameters(
    path: &Path,
    step: u64,
    config: &str,
    seeds: &[SeedParameters<'_>],
) -> Result<(), RecordError> {
    let mut archive = ArrayArchive::create(path)?;
    for one in seeds {
        let seed = one.seed;
        one.arrays.iter().try_for_each(|(name, array)| archive.add(&format!("{name}_seed{seed}"), array.view()))?;
    }
    let numbers: Vec<u64> = seeds.iter().map(|one| one.seed).collect();
    describe(&mut archive, step, &numbers, config)?;
    archive.finish()
}

fn describe(archive: &mut ArrayArchive, step: u64, seeds: &[u64], config: &str) -> Result<(), RecordError> {
    archive.add("step", arr0(step as i64).view())?;
    archive.add("seeds", ArrayView1::from(seeds))?;
    archive.add("config_toml", ArrayView1::from(config.as_bytes()))
}

/// Reads what [`SnapshotWriter`] wrote.
pub(super) fn read(path: &Path) -> Result<Snapshot, RecordError> {
    let wrong = |message: String| RecordError::NoSnapshot { path: path.to_path_buf(), message };
    let file = input_file::open(path).map_err(RecordError::io(path, "cannot be read"))?;
    let mut arrays = Arrays::open(file).map_err(wrong)?;
    let step: Vec<i64> = vector(&mut arrays, "step").map_err(wrong)?;
    let seeds: Vec<u64> = vector(&mut arrays, "seeds").map_err(wrong)?;
    let config: Vec<u8> = vector(&mut arrays, "config_toml").map_err(wrong)?;
    let [step] = step[..] else { return Err(wrong(format!("step has {} values, and not one", step.len()))) };
    let step = u64::try_from(step).map_err(|_| wrong(format!("step = {step}, but must be 0 or more")))?;
    let config = String::from_utf8(config).map_err(|_| wrong("config_toml is not UTF-8".to_owned()))?;
    let mut layers = layers(&arrays);
    let mut all: Vec<SeedSnapshot> = Vec::new();
    let mut known = HashSet::new();
    for seed in seeds {
        if !known.insert(seed) {
            return Err(wrong(format!("seed {seed} is listed twice")));
        }
        let numbers = layers.remove(&seed).unwrap_or_default();
        if numbers.is_empty() {
            return Err(wrong(format!(
                "seed {seed} is listed, and has no weights of a layer, W_1_seed{seed} and so on"
            )));
        }
        if numbers.first().is_some_and(|layer| !arrays.has(&format!("signal_{layer}_seed{seed}"))) {
            return Err(wrong("it holds weights alone, as final.npz does, and no learning signal".to_owned()));
        }
        let layers = numbers.iter().map(|layer| read_layer(&mut arrays, *layer, seed));
        all.push(SeedSnapshot { seed, layers: layers.collect::<Result<_, String>>().map_err(wrong)? });
    }
    // What belongs to nothing would be passed over in silence.
    if let Some(seed) = layers.keys().min() {
        return Err(wrong(format!("it holds weights of seed {seed}, which is not listed")));
    }
    Ok(Snapshot { step, config, seeds: all })
}

/// Numbers of the layers of each seed, rising, by the names of their weights.
fn layers(arrays: &Arrays) -> HashMap<u64, BTreeSet<usize>> {
    let mut layers: HashMap<u64, BTreeSet<usize>> = HashMap::new();
    let of = |name: &str| {
        let (layer, seed) = name.strip_prefix("W_")?.split_once("_seed")?;
        Some((layer.parse::<usize>().ok().filter(|layer| *layer > 0)?, seed.parse::<u64>().ok()?))
    };
    for (layer, seed) in arrays.names().filter_map(of) {
        layers.entry(seed).or_default().insert(layer);
    }
    layers
}

fn read_layer(arrays: &mut Arrays, layer: usize, seed: u64) -> Result<LayerSnapshot, String> {
    let ending = format!("_{layer}_seed{seed}");
    let bias_name = format!("b{ending}");
    let bias = if arrays.has(&bias_name) { Some(Array1::from_vec(vector(arrays, &bias_name)?)) } else { None };
    let mut matrix = |kind: &str| matrix(arrays, &format!("{kind}{ending}"));
    let (weights, signal) = (matrix("W")?, matrix("signal")?);
    let (hebbian, full_update) = (matrix("hebbian")?, matrix("full_update")?);
    let shape = weights.dim();
    if [&signal, &hebbian, &full_update].iter().any(|other| other.dim() != shape) {
        return Err(format!("the matrices of layer {layer}, seed {seed} differ in shape"));
    }
    if bias.as_ref().is_some_and(|bias: &Array1<f32>| bias.len() != shape.0) {
        return Err(format!("bias and matrices of layer {layer}, seed {seed} differ in shape"));
    }
    Ok(LayerSnapshot { layer, weights, bias, signal, hebbian, full_update })
}

/// An array of at most one dimension.
fn vector<E: Element>(arrays: &mut Arrays, name: &str) -> Result<Vec<E>, String> {
    let Values { shape, values } = arrays.read(name)?;
    if shape.len() > 1 { Err(format!("array '{name}' is of the shape {shape:?}, and no list")) } else { Ok(values) }
}

fn matrix(arrays: &mut Arrays, name: &str) -> Result<Array2<f32>, String> {
    let Values { shape, values } = arrays.read(name)?;
    let wrong = || format!("array '{name}' is of the shape {shape:?}, and no matrix");
    let [rows, columns] = shape[..] else { return Err(wrong()) };
    if rows == 0 || columns == 0 {
        return Err(wrong());
    }
    Array2::from_shape_vec((rows, columns), values).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array0, CowArray, array};
    use ndarray_npy::NpzReader;

    use super::*;

    fn snapshot() -> Snapshot {
        let layer = |layer: usize| LayerSnapshot {
            layer,
            weights: array![[1.0, f32::NAN], [3.0, -0.0]].mapv(|w| w * layer as f32),
            bias: (layer > 1).then(|| array![0.5, -0.0]),
            signal: array![[0.1, 0.2], [0.3, 1e-40]],
            hebbian: array![[1.0, 2.0], [3.0, 4.0]],
            full_update: array![[9.0, 8.0], [7.0, 6.0]],
        };
        let seeds = [7, 3].map(|seed| SeedSnapshot { seed, layers: vec![layer(1), layer(2), layer(10)] });
        Snapshot { step: 12, config: "name = \"\u{3b3}\"\n".into(), seeds: seeds.to_vec() }
    }

    #[test]
    fn snapshots_read_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("any name.npz");
        write_snapshot(&path, &snapshot()).expect("written");
        let back = Snapshot::read(&path).expect("read");
        // NaN is not equal to itself, its text is.
        assert_eq!(format!("{back:?}"), format!("{:?}", snapshot()));
    }

    #[test]
    fn other_files_are_refused_in_words() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.npz");
        let error = || Snapshot::read(&path).expect_err("refused").to_string();
        assert!(error().contains("a.npz: cannot be read"));
        for bytes in [&b""[..], b"PK\x03\x04 no archive", &[0; 4096]] {
            std::fs::write(&path, bytes).expect("written");
            assert!(error().contains("a.npz: is not a snapshot of Hebbscope"), "{}", error());
        }
        // Cut off, as by a full disk.
        write_snapshot(&path, &snapshot()).expect("written");
        let whole = std::fs::read(&path).expect("there");
        for share in 1..8 {
            std::fs::write(&path, &whole[..whole.len() * share / 8]).expect("written");
            assert!(error().contains("is not a snapshot of Hebbscope"), "{}", error());
        }
        // A shape for which there are no bytes: nothing is given memory.
        let layer = LayerSnapshot { layer: 1, ..snapshot().seeds[0].layers[0].clone() };
        let one = Snapshot { seeds: vec![SeedSnapshot { seed: 7, layers: vec![layer] }], ..snapshot() };
        write_snapshot(&path, &one).expect("written");
        let mut crafted = std::fs::read(&path).expect("there");
        let at = crafted.windows(6).position(|bytes| bytes == b"(2, 2)").expect("a shape");
        // As many characters, taken from the spaces behind it.
        let (shape, ending) =
            (b"(999999999, 99999999)", crafted[at + 6..].iter().position(|b| *b == b'\n').expect("an end"));
        let mut rest = crafted[at + 6..at + 6 + ending].to_vec();
        rest.truncate(ending - (shape.len() - 6));
        crafted.splice(at..at + 6 + ending, shape.iter().copied().chain(rest));
        std::fs::write(&path, crafted).expect("written");
        assert!(error().contains("claims a shape of"), "{}", error());
        // Names are in no sum: weights that belong to nothing that is listed, and a seed that has none.
        write_snapshot(&path, &one).expect("written");
        let whole = std::fs::read(&path).expect("there");
        for (other, message) in [
            ("V_1_seed7", "seed 7 is listed, and has no weights of a layer"),
            ("W_1_seed8", "seed 7 is listed, and has no weights of a layer"),
            ("W_2_seed7", "it holds weights alone"),
        ] {
            let mut renamed = whole.clone();
            for at in 0..renamed.len() - 9 {
                if renamed[at..].starts_with(b"W_1_seed7") {
                    renamed[at..at + 9].copy_from_slice(other.as_bytes());
                }
            }
            assert_ne!(renamed, whole);
            std::fs::write(&path, renamed).expect("written");
            assert!(error().contains(message), "{other}: {}", error());
        }
        let layer = one.seeds[0].layers[0].clone();
        let mut writer = SnapshotWriter::create(&path).expect("created");
        writer.add_layer(7, &layer).and_then(|()| writer.add_layer(9, &layer)).expect("added");
        writer.seeds.truncate(1);
        writer.finish(12, "").expect("finished");
        assert!(error().contains("holds weights of seed 9, which is not listed"), "{}", error());
        // The weights of a network whose arrays have other names.
        let seed =
            SeedParameters { seed: 3, arrays: vec![("embedding".into(), CowArray::from(array![1.0_f32].into_dyn()))] };
        write_parameters(&path, 12, "", &[seed]).expect("written");
        assert!(error().contains("seed 3 is listed, and has no weights of a layer"), "{}", error());
        // An archive of something else.
        let mut other = NpzWriter::new(std::fs::File::create(&path).expect("created"));
        other.add_array("step", &arr0(3_i64)).expect("added");
        other.add_array("seeds", &array![1_u64]).expect("added");
        other.finish().expect("finished");
        assert!(error().contains("array 'config_toml'"), "{}", error());
        let bare = Snapshot { seeds: vec![], ..snapshot() };
        write_snapshot(&path, &bare).expect("written");
        assert_eq!(Snapshot::read(&path).expect("no seeds is allowed"), bare);
    }

    #[test]
    fn arrays_read_back_under_their_names() {
        let layer = LayerSnapshot {
            layer: 2,
            weights: array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
            bias: Some(array![7.0, 8.0]),
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
        let bias: Array1<f32> = read.by_name("b_2_seed3").expect("b_2_seed3");
        assert_eq!(Some(bias), layer.bias);
        let step: Array0<i64> = read.by_name("step").expect("step");
        assert_eq!(step.into_scalar(), 41);
        let seeds: Array1<u64> = read.by_name("seeds").expect("seeds");
        assert_eq!(seeds, array![3]);
        let config: Array1<u8> = read.by_name("config_toml").expect("config_toml");
        assert_eq!(config.to_vec(), snapshot.config.as_bytes());
    }
}
