//! What a reproduction will take, before it starts.

use std::time::{Duration, Instant};

use super::error::ReproduceError;
use super::hardware;
use super::plan::GridPlan;
use super::results::Results;
use super::work::Work;
use crate::experiment::{Experiment, MapShape, ModelKind, resolve};
use crate::program::Program;
use crate::training::Run;

/// Steps after which the caches are warm, and a clock may be read.
const WARM: u64 = 2;
/// A few milliseconds' worth of steps is timed over at least this long.
const TIMED: Duration = Duration::from_millis(40);
/// Bytes of a cell's lines in a journal, and of a run's record.
const CELL_BYTES: f64 = 400.0;
const RUN_BYTES: f64 = 400_000.0;
/// Bytes of the report with its figures, an item.
const ITEM_BYTES: f64 = 1_500_000.0;
/// Multiplications whose time the rest of a weight's step takes, as measured on the regression experiment with batches of 16
/// and 256: decay, update and noise go through memory once each.
const PER_WEIGHT: f64 = 15.0;
/// Those whose time an output's own work takes, of a sample: activation and pooling, as measured on convolutional networks;
/// and with batch norm and a way around, on residual ones of 16 and of 64 channels. Narrow maps have few multiplications an output.
const PER_OUTPUT: f64 = 100.0;
const PER_NORMED_OUTPUT: f64 = 800.0;

/// What a reproduction will take, roughly.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Seconds on the threads that there are.
    pub seconds: f64,
    /// Bytes of memory beside the program's own.
    pub memory: f64,
    /// Bytes that the machine has in all, where it says.
    pub machine: Option<f64>,
    /// Bytes of the folder.
    pub disk: f64,
    /// Grids and runs with the seconds that each takes, the longest first.
    pub parts: Vec<(String, f64)>,
}

/// Multiplications that a step takes as long as: each map's product forward, its learning signal's, that which takes the delta back, and
/// where every step is measured, the Hebbian update's.
fn multiplications(experiment: &Experiment, is_measured: bool) -> f64 {
    let batch = experiment.training.batch_size as f64;
    let maps = experiment.maps();
    let of_map = |(place, map): (usize, &MapShape)| {
        let products = 2 + usize::from(place > 0) + usize::from(is_measured);
        let (weights, samples) = (map.weights() as f64, batch * map.samples as f64);
        let per_output = if map.norm.is_some() { PER_NORMED_OUTPUT } else { PER_OUTPUT };
        weights * (samples * products as f64 + PER_WEIGHT) + samples * map.outputs as f64 * per_output
    };
    maps.iter().enumerate().map(of_map).sum()
}

/// A small network of a kind, which is timed: networks of a kind differ less in the time of a multiplication than kinds do,
/// as attention, pooling and norms take more time than products of their width.
fn timed(kind: ModelKind) -> (&'static str, &'static [&'static str]) {
    match kind {
        ModelKind::Mlp => ("sre", &["data.train_examples=512"]),
        ModelKind::Transformer => ("sre-transformer", &["data.train_examples=64", "training.batch_size=16"]),
        ModelKind::Cnn => (
            "cnn",
            &["data.kind=synthetic_images", "data.train_examples=32", "training.batch_size=16", "measure.layers=[4]"],
        ),
        ModelKind::Resnet => (
            "cnn",
            &[
                "data.kind=synthetic_images",
                "data.train_examples=32",
                "model.kind=resnet",
                "model.planes=[32, 64, 128]",
                "model.blocks=[1, 1, 1]",
                "training.batch_size=4",
                "measure.layers=[9]",
            ],
        ),
    }
}

/// Seconds of a multiplication in networks of a kind.
fn rate(kind: ModelKind) -> Result<f64, ReproduceError> {
    let (preset, changes) = timed(kind);
    let more = ["data.validation_examples=16", "training.seeds=1", "measure.window=1", "measure.every=1000000"];
    let assignments: Vec<String> = changes.iter().chain(&more).map(|&one| one.to_owned()).collect();
    let mut run = Run::new(resolve(preset, &assignments)?, 1)?;
    let mut train = |steps: u64| {
        let end = run.step() + steps;
        while run.step() < end && run.is_alive() {
            run.advance(end - run.step(), false, |_| {});
        }
    };
    // The first step is measured.
    train(WARM);
    let (began, mut steps) = (Instant::now(), 0);
    while steps < WARM || began.elapsed() < TIMED {
        train(WARM);
        steps += WARM;
    }
    let per_step = began.elapsed().as_secs_f64() / steps as f64;
    Ok(per_step / multiplications(&resolve(preset, &assignments)?, false))
}

/// Seconds of a multiplication in networks of the kinds that have been asked for, each timed once.
#[derive(Clone, Debug, Default)]
pub struct Rates(Vec<(ModelKind, f64)>);

impl Rates {
    /// One for all kinds, where nothing is to be timed.
    #[must_use]
    pub fn given(seconds: f64) -> Self {
        Self(
            [ModelKind::Mlp, ModelKind::Transformer, ModelKind::Cnn, ModelKind::Resnet]
                .map(|kind| (kind, seconds))
                .into(),
        )
    }

    fn of(&mut self, kind: ModelKind) -> Result<f64, ReproduceError> {
        if let Some((_, known)) = self.0.iter().find(|(one, _)| *one == kind) {
            return Ok(*known);
        }
        let rate = rate(kind)?;
        self.0.push((kind, rate));
        Ok(rate)
    }

    /// Seconds of a whole run on one thread, of which every step may be measured.
    ///
    /// # Errors
    /// When the experiment that is timed cannot be trained.
    pub fn seconds(&mut self, experiment: &Experiment, is_measured: bool) -> Result<f64, ReproduceError> {
        let per_step = self.of(experiment.model.kind)? * multiplications(experiment, is_measured);
        Ok(per_step * experiment.total_steps() as f64)
    }
}

impl GridPlan {
    /// Seconds of all its cells on one thread.
    ///
    /// # Errors
    /// When a cell is not allowed, or an experiment that is timed cannot be trained.
    pub fn seconds(&self, rates: &mut Rates) -> Result<f64, ReproduceError> {
        let of_some = |(experiment, cells): &(Experiment, Vec<usize>)| {
            rates.seconds(experiment, false).map(|seconds| seconds * cells.len() as f64)
        };
        self.alike()?.iter().map(of_some).sum()
    }
}

impl Work {
    /// What is left of it takes, from how long some steps of a small network of each kind take here.
    ///
    /// # Errors
    /// When an experiment is not allowed, or one that is timed cannot be trained.
    pub fn estimate(&self, items: usize, done: &Results) -> Result<Estimate, ReproduceError> {
        let mut rates = Rates::default();
        let (machine, disk) = (hardware::memory(), items as f64 * ITEM_BYTES);
        let mut all = Estimate { seconds: 0.0, memory: 0.0, machine, disk, parts: Vec::new() };
        let mut runs = Part::default();
        let mut first = 0;
        for one in &self.plan().grids {
            let known = done.grid(&one.name);
            let is_left = |cell: &&usize| {
                self.is_own(first + **cell) && known.is_none_or(|known| known.outcome(**cell).is_none())
            };
            let mut part = Part::default();
            for (experiment, cells) in one.alike()? {
                let left = cells.iter().filter(is_left).count();
                if left > 0 {
                    part.add(rates.seconds(&experiment, false)?, left);
                    // Cells keep the examples of every seed; all seeds have the same images.
                    let sets = if experiment.is_classification() { 1 } else { one.grid.seeds().len() };
                    all.memory = all.memory.max(self.memory(&experiment, left, sets));
                }
            }
            first += one.grid.cells();
            all.disk += CELL_BYTES * one.grid.cells() as f64;
            all.add(one.name.clone(), &part, self.threads());
        }
        for (at, one) in self.plan().courses.iter().enumerate() {
            all.disk += RUN_BYTES;
            if self.is_own(first + at) && !done.has_course(&one.name) {
                runs.add(rates.seconds(&one.experiment, true)?, 1);
                all.memory = all.memory.max(self.memory(&one.experiment, self.plan().courses.len(), self.threads()));
            }
        }
        all.add("single runs".into(), &runs, self.threads());
        all.parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(all)
    }

    /// Bytes while `left` cells or runs of an experiment are trained, with `sets` sets of examples.
    fn memory(&self, experiment: &Experiment, left: usize, sets: usize) -> f64 {
        let program = Program::compile(experiment);
        let buffers = (program.lasting_elements() + program.working_elements()) * size_of::<f32>();
        let data = &experiment.data;
        let [inputs, outputs] = [experiment.input_width(), experiment.output_width()];
        // Images are bytes, with a label each.
        let bytes = if experiment.is_classification() { inputs + 1 } else { (inputs + outputs) * size_of::<f32>() };
        let set = (data.train_examples + data.validation_examples) as f64 * bytes as f64;
        self.threads().min(left) as f64 * buffers as f64 + sets as f64 * set
    }
}

/// Time of a grid, or of all runs.
#[derive(Default)]
struct Part {
    seconds: f64,
    longest: f64,
}

impl Part {
    fn add(&mut self, seconds: f64, count: usize) {
        self.seconds += seconds * count as f64;
        self.longest = self.longest.max(seconds);
    }
}

impl Estimate {
    /// A cell is trained by one thread, so that a grid takes at least as long as its longest.
    fn add(&mut self, name: String, part: &Part, threads: usize) {
        let seconds = (part.seconds / threads as f64).max(part.longest);
        if seconds > 0.0 {
            self.seconds += seconds;
            self.parts.push((name, seconds));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproduce::{Settings, choose};
    use crate::sweep::Shard;

    fn work(item: &str, settings: &Settings, shard: Shard) -> Work {
        Work::new(&choose(&[item.into()]).expect("known"), settings, shard, 2).expect("allowed")
    }

    fn of(preset: &str, changes: &[&str]) -> Experiment {
        let changes: Vec<String> = changes.iter().map(|&one| one.to_owned()).collect();
        resolve(preset, &changes).expect("allowed")
    }

    #[test]
    fn multiplications_count_samples_of_every_map() {
        let images = "data.image=[3, 32, 32]";
        // Three convolutions of 32, 16 and 8 pixels' edges; the first has nobody behind it to take its delta back to.
        let convolutions = [1024.0 * 27.0 * 32.0 * 2.0, 256.0 * 288.0 * 64.0 * 3.0, 64.0 * 576.0 * 128.0 * 3.0];
        let linear = [2048.0 * 512.0, 512.0 * 256.0, 256.0 * 10.0].map(|weights: f64| 3.0 * weights);
        let samples = 256.0 * (convolutions.iter().sum::<f64>() + linear.iter().sum::<f64>());
        let weights = 27.0 * 32.0 + 288.0 * 64.0 + 576.0 * 128.0 + linear.iter().sum::<f64>() / 3.0;
        let outputs = 256.0 * (1024.0 * 32.0 + 256.0 * 64.0 + 64.0 * 128.0 + 512.0 + 256.0 + 10.0);
        let all = samples + PER_WEIGHT * weights + PER_OUTPUT * outputs;
        assert_eq!(multiplications(&of("cnn", &[images]), false), all);
        // Tokens: twice as many, twice the encoder's work.
        let tokens =
            |length: usize| multiplications(&of("sre-transformer", &[&format!("data.length={length}")]), false);
        assert_eq!(tokens(32) - tokens(16), 2.0 * (tokens(16) - tokens(8)));
        // What every step measures has the Hebbian update's product too.
        let sre = |is_measured| multiplications(&of("sre", &[]), is_measured);
        assert_eq!(sre(true) - sre(false), 256.0 * (32.0 * 128.0 + 128.0 * 128.0 + 128.0 * 32.0));
    }

    #[test]
    fn cells_that_take_times_of_their_own_are_told_apart() {
        let quick = Settings { quick: true, ..Settings::default() };
        let steps = |item: &str| -> Vec<Vec<u64>> {
            let grids = work(item, &quick, Shard::ALL).plan().grids.clone();
            let of_grid = |one: &GridPlan| {
                one.alike().expect("allowed").iter().map(|(experiment, _)| experiment.total_steps()).collect()
            };
            grids.iter().map(of_grid).collect()
        };
        // Batch sizes at a number of epochs: more steps the smaller they are. Decays: all the same.
        let [batches] = &steps("fig7")[..] else { panic!("one grid") };
        assert!(batches.len() > 8 && batches.iter().max() > batches.iter().min(), "{batches:?}");
        assert!(steps("fig9").iter().all(|one| one.len() == 1));
        let all = work("fig7", &quick, Shard::ALL);
        let cells: usize = all.plan().grids[0].alike().expect("allowed").iter().map(|(_, cells)| cells.len()).sum();
        assert_eq!(cells, all.units());
    }

    #[test]
    fn more_takes_more_room() {
        let of =
            |settings: &Settings| work("fig2", settings, Shard::ALL).estimate(1, &Results::default()).expect("trained");
        let quick = of(&Settings { quick: true, ..Settings::default() });
        let full = of(&Settings { seeds: Some(9), ..Settings::default() });
        // Seconds are timed, on a machine that may be busy with something else meanwhile: their order is not asked for.
        assert!(full.seconds > 0.0 && quick.seconds > 0.0, "{full:?} {quick:?}");
        assert!(quick.memory > 1e6 && full.disk >= quick.disk, "{full:?} {quick:?}");
    }
}
