//! A single run over time, for figures that a cell's final means do not give: curves, neurons, matrices, expectations.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::ReproduceError;
use crate::experiment::Experiment;
use crate::record::{NeuronReading, NeuronStore, Row};
use crate::training::{Branch, COMPUTATION, LayerExpectations, Run, describe_backend};

/// Steps between two looks at whether to stop.
const CHUNK: u64 = 32;
/// Side of the matrices that are kept, as in the paper's pictures.
const SIDE: usize = 20;

/// A run to train, and what is kept of it.
#[derive(Clone, Debug)]
pub struct CoursePlan {
    /// Name of its file, without its ending.
    pub name: String,
    /// What it trains, with one seed.
    pub experiment: Experiment,
    /// What is kept.
    pub keep: Keep,
}

/// What is kept of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Keep {
    /// Columns of its rows.
    pub columns: Vec<String>,
    /// Measured steps that a point of a curve stands for.
    pub bin: u64,
    /// Layer whose neurons are kept, and steps from the first on that their picture shows; 0 for all.
    pub neurons: Option<(usize, u64)>,
    /// Layer whose matrices are kept, and at which steps; the last may lie at the end of the run.
    pub matrices: Option<(usize, Vec<u64>)>,
    /// Steps before the end among which the matrices of the one with the lowest alignment are kept too.
    pub lowest_of_last: u64,
    /// Whether expectations over the training set are taken at the end.
    pub expectations: bool,
}

/// What a run left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CourseRecord {
    /// Hash of what was to run and to be kept.
    pub key: String,
    /// [`COMPUTATION`] of the program that ran it.
    pub computation: u32,
    /// Executor.
    pub backend: String,
    /// Steps trained.
    pub steps: u64,
    /// Whether loss or weights were not finite.
    pub diverged: bool,
    /// Curves, in the order of [`Keep::columns`].
    pub curves: Vec<Vec<CurveBin>>,
    /// Neurons, of the full update.
    pub neurons: Option<NeuronRecord>,
    /// Matrices, in the order of their steps; the one with the lowest alignment last.
    pub matrices: Vec<MatrixRecord>,
    /// Expectations at the end, every layer.
    pub expectations: Vec<LayerExpectations>,
}

/// A point of a curve: some steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurveBin {
    /// Middle of the steps.
    pub step: f64,
    /// Mean of the defined values.
    pub mean: f64,
    /// Their standard deviation, with n - 1; 0 for one.
    pub sd: f64,
    /// How many.
    pub n: u64,
}

/// Neurons of one layer over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NeuronRecord {
    /// First step of the picture.
    pub first_step: u64,
    /// Steps of a column.
    pub bin_width: u64,
    /// Columns.
    pub bins: usize,
    /// Neurons x bins; null where undefined.
    pub values: Vec<Option<f32>>,
    /// Of each neuron over the whole run.
    pub statistics: Vec<PhaseRecord>,
    /// Mean size of the neurons' cosines over the last quarter of the steps.
    pub late_size: Option<f64>,
    /// Standard deviation over these steps of the mean over the neurons: how far they swing together.
    pub late_together: Option<f64>,
}

/// Phases of one neuron over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhaseRecord {
    /// Mean of the cosine.
    pub mean: Option<f64>,
    /// Share of steps with a positive cosine.
    pub hebbian_share: Option<f64>,
    /// Changes of sign.
    pub flips: u64,
    /// Steps at which the cosine was defined.
    pub defined: u64,
}

impl NeuronRecord {
    /// Mean length of a phase of one sign in steps, over the neurons: defined steps by phases.
    #[must_use]
    pub fn mean_phase(&self) -> Option<f64> {
        let (steps, phases) = self
            .statistics
            .iter()
            .filter(|one| one.defined > 0)
            .fold((0, 0), |(steps, phases), one| (steps + one.defined, phases + one.flips + 1));
        (phases > 0).then(|| steps as f64 / phases as f64)
    }

    /// Share of the neurons with a mean below 0.
    #[must_use]
    pub fn anti_hebbian_share(&self) -> Option<f64> {
        let means: Vec<f64> = self.statistics.iter().filter_map(|one| one.mean).collect();
        (!means.is_empty()).then(|| means.iter().filter(|mean| **mean < 0.0).count() as f64 / means.len() as f64)
    }
}

/// Beyond it nothing counts steps, so that sums over neurons stay numbers.
const MOST_COUNTED: u64 = 1 << 40;

impl CourseRecord {
    /// Says what contradicts itself in a record that was read: figures take its shapes as they are.
    ///
    /// # Errors
    /// The field, what it has, and what it must have.
    pub(super) fn check(&self, keep: &Keep) -> Result<(), String> {
        let (curves, columns) = (self.curves.len(), keep.columns.len());
        if curves != columns {
            return Err(format!("curves: found {curves}, expected {columns}"));
        }
        if let Some(neurons) = &self.neurons {
            let (all, bins, values) = (neurons.statistics.len(), neurons.bins, neurons.values.len());
            if all.checked_mul(bins) != Some(values) {
                return Err(format!("neurons.values: found {values}, expected {bins} of each of {all} neurons"));
            }
            let of_neurons = neurons.statistics.iter().map(|one| one.flips.max(one.defined));
            let counted = of_neurons.chain([neurons.first_step, neurons.bin_width]).max();
            if let Some(counted) = counted.filter(|counted| *counted > MOST_COUNTED) {
                return Err(format!("neurons: counts to {counted}, as no run does"));
            }
        }
        for MatrixRecord { rows, columns, signal, hebbian, .. } in &self.matrices {
            let entries = rows.checked_mul(*columns);
            if entries != Some(signal.len()) || entries != Some(hebbian.len()) {
                let found = (signal.len(), hebbian.len());
                return Err(format!("matrices: found {} and {} entries of {rows} x {columns}", found.0, found.1));
            }
        }
        Ok(())
    }
}

/// What neurons do late in a run, as it goes on.
#[derive(Default)]
struct Late {
    /// First step that counts, and the places of the layer's neurons in a row.
    from: u64,
    neurons: std::ops::Range<usize>,
    sizes: (f64, f64),
    means: Vec<f64>,
}

impl Late {
    fn new(store: &NeuronStore, keep: &Keep, total: u64) -> Self {
        let layer = keep.neurons.map_or(0, |(layer, _)| layer);
        let before: usize =
            store.layers().iter().take_while(|(known, _)| *known != layer).map(|(_, neurons)| neurons).sum();
        let count = store.layers().iter().find(|(known, _)| *known == layer).map_or(0, |(_, neurons)| *neurons);
        Self { from: total - total / 4, neurons: before..before + count, ..Self::default() }
    }

    fn push(&mut self, step: u64, full: &[f32]) {
        let Some(row) = full.get(self.neurons.clone()).filter(|_| step >= self.from) else { return };
        let defined: Vec<f64> = row.iter().filter(|v| v.is_finite()).map(|v| f64::from(*v)).collect();
        if !defined.is_empty() {
            self.sizes.0 += defined.iter().map(|v| v.abs()).sum::<f64>();
            self.sizes.1 += defined.len() as f64;
            self.means.push(defined.iter().sum::<f64>() / defined.len() as f64);
        }
    }
}

/// Corner of the learning signal and the Hebbian update of one step, and what is known of the whole matrices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MatrixRecord {
    /// The step.
    pub step: u64,
    /// Rows and columns of the corner.
    pub rows: usize,
    /// Columns of the corner.
    pub columns: usize,
    /// Learning signal, divided by its norm.
    pub signal: Vec<f32>,
    /// Hebbian update, divided by its norm.
    pub hebbian: Vec<f32>,
    /// Cosine of the whole matrices.
    pub cosine: Option<f64>,
    /// Correlation of the sizes of their entries, whatever their signs.
    pub size_correlation: Option<f64>,
    /// Mean size of the rows' cosines.
    pub row_cosine: Option<f64>,
    /// Entries of the whole matrices, and columns.
    pub entries: (usize, usize),
}

impl CoursePlan {
    /// Hash of what is to run and to be kept.
    #[must_use]
    pub fn key(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.experiment.config_hash());
        // A plain struct of numbers and texts has a JSON form.
        hash.update(serde_json::to_vec(&self.keep).unwrap_or_default());
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Trains it on the calling thread; `None` when `stop` came first.
    ///
    /// # Errors
    /// When the configuration, the data or the system do not allow it, or a fault of this program ended it.
    pub fn train(&self, stop: &AtomicBool) -> Result<Option<CourseRecord>, ReproduceError> {
        let mut run = Run::new(self.experiment.clone(), 1)?;
        let columns: Vec<Option<usize>> = self.keep.columns.iter().map(|name| run.columns().index(name)).collect();
        let mut curves = vec![Curve::new(self.keep.bin.max(1)); columns.len()];
        if self.keep.neurons.is_some() {
            run.watch_neurons(Some(0));
        }
        let mut store = run.neuron_store();
        let total = run.total_steps();
        let mut late = Late::new(&store, &self.keep, total);
        let mut record = CourseRecord {
            key: self.key(),
            computation: COMPUTATION,
            backend: describe_backend(1),
            ..CourseRecord::default()
        };
        let mut lowest: Option<MatrixRecord> = None;
        while run.step() < total && run.is_alive() {
            if stop.load(Ordering::SeqCst) {
                return Ok(None);
            }
            let before = run.step();
            let mut limit = CHUNK.min(total - before);
            if let Some((layer, steps)) = &self.keep.matrices {
                let wanted: Vec<u64> = steps.iter().map(|step| (*step).min(total - 1)).collect();
                if wanted.contains(&before) {
                    record.matrices.extend(matrices(&mut run, *layer));
                }
                let next = wanted.iter().filter(|step| **step > before).min();
                limit = limit.min(next.map_or(limit, |next| next - before));
                let searched = total - self.keep.lowest_of_last.min(total);
                if self.keep.lowest_of_last > 0 && before >= searched {
                    limit = 1;
                    let found = matrices(&mut run, *layer);
                    let is_lower = |new: &MatrixRecord| lowest.as_ref().is_none_or(|old| new.cosine < old.cosine);
                    lowest = found.filter(|new| new.cosine.is_some() && is_lower(new)).or(lowest);
                } else if before < searched {
                    limit = limit.min(searched - before);
                }
            }
            run.advance_watching(
                limit,
                false,
                |_, row: Row| {
                    for (curve, column) in curves.iter_mut().zip(&columns) {
                        curve.push(row.step, column.and_then(|column| row.values[column]));
                    }
                },
                |step, rows| {
                    late.push(step, rows.full);
                    store.push(step, rows);
                },
            );
        }
        if let Some(words) = run.fault() {
            return Err(ReproduceError::Fault { what: self.name.clone(), words: words.to_owned() });
        }
        record.steps = run.step();
        record.diverged = !run.is_alive();
        record.curves = curves.into_iter().map(Curve::finish).collect();
        record.matrices.extend(lowest);
        if let Some((layer, shown)) = self.keep.neurons {
            let together = super::evidence::Sample::of(late.means).sd();
            let size = (late.sizes.1 > 0.0).then(|| late.sizes.0 / late.sizes.1);
            record.neurons =
                Some(NeuronRecord { late_size: size, late_together: together, ..neurons(&store, layer, shown) });
        }
        if self.keep.expectations
            && let Some(layers) = run.expectations(Branch::A, 0, 0)
        {
            record.expectations = layers;
        }
        Ok(Some(record))
    }
}

/// A curve on its way.
#[derive(Clone)]
struct Curve {
    width: u64,
    bins: Vec<CurveBin>,
    /// The bin that is being filled: its number, steps' sum, values.
    at: u64,
    steps: f64,
    values: Vec<f64>,
}

impl Curve {
    fn new(width: u64) -> Self {
        Self { width, bins: Vec::new(), at: 0, steps: 0.0, values: Vec::new() }
    }

    fn push(&mut self, step: u64, value: Option<f32>) {
        if step / self.width != self.at {
            self.close();
            self.at = step / self.width;
        }
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.steps += step as f64;
            self.values.push(f64::from(value));
        }
    }

    fn close(&mut self) {
        let n = self.values.len();
        if n > 0 {
            let mean = self.values.iter().sum::<f64>() / n as f64;
            let square: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
            let sd = if n > 1 { (square / (n - 1) as f64).sqrt() } else { 0.0 };
            self.bins.push(CurveBin { step: self.steps / n as f64, mean, sd, n: n as u64 });
        }
        self.steps = 0.0;
        self.values.clear();
    }

    fn finish(mut self) -> Vec<CurveBin> {
        self.close();
        self.bins
    }
}

/// Columns of the picture of the neurons, at most.
const MOST_BINS: usize = 256;

fn neurons(store: &NeuronStore, layer: usize, shown: u64) -> NeuronRecord {
    let last = store.last_step().unwrap_or(0);
    let to = if shown > 0 { last.min(shown - 1) } else { last };
    let heat = store.heat(layer, NeuronReading::Full, 0, to, MOST_BINS);
    let statistics = (0..heat.neurons).map(|neuron| {
        let known = store.statistics(layer, neuron, NeuronReading::Full);
        known.map_or_else(PhaseRecord::default, |s| PhaseRecord {
            mean: s.mean,
            hebbian_share: s.hebbian_fraction,
            flips: s.flips,
            defined: s.defined,
        })
    });
    NeuronRecord {
        first_step: heat.first_step,
        bin_width: heat.bin_width,
        bins: heat.bins,
        values: heat.values.iter().map(|value| Some(*value).filter(|v| v.is_finite())).collect(),
        statistics: statistics.collect(),
        ..NeuronRecord::default()
    }
}

/// The matrices of the next step.
fn matrices(run: &mut Run, layer: usize) -> Option<MatrixRecord> {
    let snapshot = run.snapshot(1);
    let found = snapshot.seeds.first()?.layers.iter().find(|one| one.layer == layer)?;
    let (g, h) = (&found.signal, &found.hebbian);
    let pairs = || g.iter().zip(h).map(|(g, h)| (f64::from(*g), f64::from(*h)));
    let cosine = |pairs: &mut dyn Iterator<Item = (f64, f64)>| {
        let (gg, hh, gh) = pairs.fold((0.0, 0.0, 0.0), |(gg, hh, gh), (g, h)| (gg + g * g, hh + h * h, gh + g * h));
        (gg > 0.0 && hh > 0.0).then(|| gh / (gg * hh).sqrt())
    };
    let rows: Vec<f64> = { g.outer_iter().zip(h.outer_iter()) }
        .filter_map(|(g, h)| cosine(&mut g.iter().zip(h).map(|(g, h)| (f64::from(*g), f64::from(*h)))))
        .map(f64::abs)
        .collect();
    let norm = |matrix: &ndarray::Array2<f32>| matrix.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let (rows_kept, columns_kept) = (g.nrows().min(SIDE), g.ncols().min(SIDE));
    let corner = |matrix: &ndarray::Array2<f32>| -> Vec<f32> {
        let norm = norm(matrix).max(f64::MIN_POSITIVE);
        let entry = |at: usize| (f64::from(matrix[[at / columns_kept, at % columns_kept]]) / norm) as f32;
        (0..rows_kept * columns_kept).map(entry).collect()
    };
    Some(MatrixRecord {
        step: snapshot.step,
        rows: rows_kept,
        columns: columns_kept,
        signal: corner(g),
        hebbian: corner(h),
        cosine: cosine(&mut pairs()),
        size_correlation: super::evidence::correlation(pairs().map(|(g, h)| (g.abs(), h.abs()))),
        row_cosine: (!rows.is_empty()).then(|| rows.iter().sum::<f64>() / rows.len() as f64),
        entries: (g.len(), g.ncols()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_contradict_themselves_are_refused() {
        let keep = Keep { columns: vec!["signal_1".into()], ..Keep::default() };
        let phases = PhaseRecord { flips: 1, defined: 3, ..PhaseRecord::default() };
        let neurons =
            NeuronRecord { bins: 2, values: vec![None; 4], statistics: vec![phases; 2], ..NeuronRecord::default() };
        let matrix = MatrixRecord {
            rows: 1,
            columns: 2,
            signal: vec![0.1; 2],
            hebbian: vec![0.1; 2],
            ..MatrixRecord::default()
        };
        let sound = CourseRecord {
            curves: vec![Vec::new()],
            neurons: Some(neurons.clone()),
            matrices: vec![matrix.clone()],
            ..CourseRecord::default()
        };
        assert_eq!(sound.check(&keep), Ok(()));
        let wide = NeuronRecord { bins: usize::MAX, ..neurons.clone() };
        let endless = PhaseRecord { defined: u64::MAX, ..phases };
        let endless = NeuronRecord { statistics: vec![endless; 2], ..neurons };
        let short = MatrixRecord { rows: 3, ..matrix };
        for (record, words) in [
            (CourseRecord { curves: Vec::new(), ..sound.clone() }, "curves: found 0, expected 1"),
            (CourseRecord { neurons: Some(wide), ..sound.clone() }, "neurons.values: found 4"),
            (CourseRecord { neurons: Some(endless), ..sound.clone() }, "neurons: counts to 18446744073709551615"),
            (CourseRecord { matrices: vec![short], ..sound }, "matrices: found 2 and 2 entries of 3 x 2"),
        ] {
            let said = record.check(&keep).expect_err(words);
            assert!(said.contains(words), "{said}");
        }
    }
}
