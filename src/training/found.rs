//! A run that was found in a file: what describes it, and the way back into training.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::COMPUTATION;
use super::checkpoint::Checkpoint;
use super::collapse::Collapses;
use super::error::TrainError;
use super::memory::{self, Kept};
use super::neurons::NeuronBuffer;
use super::rest::Rest;
use super::rows;
use super::run::{ENDLESS, Run, compile_for};
use super::stored::{BranchDescription, Description, INITIAL_NORMS, METRICS, array_name};
use super::twin::Twin;
use crate::backend::Executor;
use crate::backend::cpu::{Counters, ReplicaState};
use crate::data::DataSet;
use crate::experiment::Experiment;
use crate::program::{Program, Role};
use crate::record::{CheckpointFile, Intervention, RecordError, StoredArrays};

/// A run in a file whose description has been read.
pub struct FoundRun {
    description: Description,
    file: CheckpointFile,
}

impl FoundRun {
    /// Opens a file and reads what describes its run, and none of its arrays.
    ///
    /// # Errors
    /// When it cannot be read, is damaged or of another version of this program, or describes no run.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let file = CheckpointFile::open(path)?;
        let unusable = |message: String| RecordError::NoCheckpoint { path: path.to_path_buf(), message };
        let version: Version = serde_json::from_slice(file.description()).map_err(|e| unusable(e.to_string()))?;
        if version.computation != COMPUTATION {
            let message = format!(
                "was written by version {} of this program, in which runs come to other numbers (version {} of what a \
                 step computes, here {COMPUTATION}); train it anew",
                version.version, version.computation
            );
            return Err(unusable(message).into());
        }
        let reader = &mut serde_json::Deserializer::from_slice(file.description());
        let mut description: Description = serde_path_to_error::deserialize(reader)
            .map_err(|error| unusable(format!("{}: {}", error.path(), error.inner())))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        description.initial = description.initial.read_in(folder);
        description.run.experiment = description.run.experiment.read_in(folder);
        if let Some(twin) = &mut description.twin {
            twin.branch.experiment = twin.branch.experiment.clone().read_in(folder);
        }
        description.validate()?;
        description.check().map_err(unusable)?;
        Ok(Self { description, file })
    }

    /// Steps run.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.description.step
    }

    /// The experiment as the run started.
    #[must_use]
    pub fn initial(&self) -> &Experiment {
        &self.description.initial
    }

    /// The experiment with the settings of then.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.description.run.experiment
    }

    /// Changes made so far.
    #[must_use]
    pub fn interventions(&self) -> &[Intervention] {
        &self.description.run.interventions
    }

    /// Whether it ends by itself; a run of the window goes on until it is paused.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.description.total_steps.is_some()
    }

    /// The same, to go on until it is paused.
    #[must_use]
    pub fn without_end(mut self) -> Self {
        self.description.total_steps = None;
        self.description.rest = None;
        self
    }

    /// Whether there was a twin.
    #[must_use]
    pub fn has_twin(&self) -> bool {
        self.description.twin.is_some()
    }

    /// What whoever drove the run wrote beside it.
    ///
    /// # Errors
    /// When it is something else.
    pub fn driver<T: DeserializeOwned>(&self) -> Result<T, TrainError> {
        let unusable = |e: serde_json::Error| RecordError::NoCheckpoint {
            path: self.file.path().to_path_buf(),
            message: format!("driver: {e}"),
        };
        Ok(serde_json::from_value(self.description.driver.clone()).map_err(unusable)?)
    }

    /// Steps run and the state of the only network of a run, for a program of the same parameters and states.
    ///
    /// # Errors
    /// When the arrays are damaged or others.
    pub(super) fn state(self, program: &Program) -> Result<(u64, ReplicaState<f32>), TrainError> {
        let Self { description, file } = self;
        let seeds = description.run.experiment.seeds();
        if file.array_bytes() < lasting_bytes(program) {
            let message = "its arrays are shorter than those of the run".into();
            return Err(RecordError::NoCheckpoint { path: file.path().to_path_buf(), message }.into());
        }
        let arrays = file.arrays()?;
        let mut states = read_states(&arrays, 0, program, &seeds[..1], &description.run.counters)?;
        Ok((description.step, states.remove(0)))
    }

    /// Reads the arrays once, to know that they are whole.
    ///
    /// # Errors
    /// When they cannot be read or are damaged.
    pub fn check_arrays(&mut self) -> Result<(), TrainError> {
        Ok(self.file.check_arrays()?)
    }

    /// The run, on the CPU, between the steps between which it was written. On `known` data, one set a seed, or on what is
    /// loaded.
    ///
    /// # Errors
    /// When data, memory or threads cannot be had, the data are others, or the arrays are damaged or not those of the run.
    pub fn resume(self, threads: usize, known: Option<Vec<Arc<DataSet>>>) -> Result<Run, TrainError> {
        let Self { description, file } = self;
        let path = file.path().to_path_buf();
        let unusable = |message: String| RecordError::NoCheckpoint { path: path.clone(), message };
        let Description { step, last_epoch, total_steps, epoch, initial, run, twin, rest, .. } = description;
        let kept = if total_steps.is_some() { Kept::Outcome } else { Kept::Curves };
        let total_steps = total_steps.unwrap_or(ENDLESS);
        let program = compile_for(&run.experiment, run.switches, total_steps)?;
        let apart = match &twin {
            Some(twin) => {
                let compiled = || compile_for(&twin.branch.experiment, twin.branch.switches, total_steps);
                let apart = twin.is_apart.then(compiled).transpose()?;
                memory::check_twin(&twin.branch.experiment, apart.as_ref().unwrap_or(&program))?;
                apart
            }
            None => None,
        };
        // A file of another length is refused before its arrays are read, which may be more than there is room for.
        let of_twin = twin.is_some().then(|| apart.as_ref().unwrap_or(&program));
        let programs = || std::iter::once(&program).chain(of_twin);
        let seeds = run.experiment.seeds();
        let of_seeds = |bytes: u64| bytes.saturating_mul(seeds.len() as u64);
        if file.array_bytes() < of_seeds(programs().map(|program| lasting_bytes(program)).sum()) {
            return Err(unusable("its arrays are shorter than those of the run".into()).into());
        }
        if file.array_bytes() > of_seeds(programs().map(|program| most_bytes(program)).sum()) {
            return Err(unusable("its arrays are longer than those of the run".into()).into());
        }
        let data = Run::load(&run.experiment, kept, known)?;
        if let Some(found) = data.first().filter(|data| !data.is_taken_by(&initial)) {
            let message = format!("the examples are others than those that the run was trained on: {}", found.source);
            return Err(unusable(message).into());
        }
        let arrays = file.arrays()?;
        let mut replicas = read_states(&arrays, 0, &program, &seeds, &run.counters)?;
        if let (Some(twin), Some(program)) = (&twin, of_twin) {
            replicas.extend(read_states(&arrays, 1, program, &seeds, &twin.branch.counters)?);
        }
        let initial_norms = (0..seeds.len()).map(|place| {
            let mut norms = vec![0.0; program.layers.len()];
            arrays.read_f64(&array_name(0, place, INITIAL_NORMS), &mut norms).map(|()| norms)
        });
        let initial_norms = initial_norms.collect::<Result<Vec<_>, RecordError>>()?;
        drop(arrays);
        let fits = |of: &BranchDescription, program: &Program| of.collapses.fits(seeds.len(), program.layers.len());
        if !fits(&run, &program) || twin.iter().zip(of_twin).any(|(twin, program)| !fits(&twin.branch, program)) {
            return Err(unusable("collapses: are not those of so many seeds and layers".into()).into());
        }
        let lost = |states: &[ReplicaState<f32>]| states.iter().map(ReplicaState::is_diverged).collect();
        let twin = twin.zip(of_twin).map(|(twin, program)| Twin {
            forked_at: twin.forked_at,
            changes: twin.changes,
            experiment: twin.branch.experiment,
            interventions: Arc::new(twin.branch.interventions),
            shared: twin.shared,
            columns: Arc::new(rows::columns(program, twin.branch.is_penalised)),
            reported: lost(&replicas[seeds.len()..]),
            collapses: twin.branch.collapses,
        });
        let columns = Arc::new(rows::columns(&program, run.is_penalised));
        if rest.as_ref().is_some_and(|rest| !rest.fits(&columns, run.experiment.measure.window)) {
            return Err(unusable("rest: is of other columns or windows than the run's".into()).into());
        }
        let checkpoint = Checkpoint {
            program,
            columns,
            experiment: run.experiment,
            interventions: Arc::new(run.interventions),
            twin,
            apart,
            replicas,
            seeds,
            data,
            initial_norms,
            step,
            last_epoch,
            total_steps,
            epoch,
        };
        Run::from_checkpoint(checkpoint, initial, run.collapses, rest, threads)
    }
}

/// What is read before the rest is: another version's description may have other fields.
#[derive(Deserialize)]
struct Version {
    version: String,
    computation: u32,
}

fn lasting_bytes(program: &Program) -> u64 {
    let lasting = program.buffers.iter().filter(|spec| matches!(spec.role, Role::Parameter | Role::State));
    lasting.map(|spec| (spec.rows * spec.columns * size_of::<f32>()) as u64).sum()
}

/// Bytes of the arrays of a replica at most, with what the table says of each.
fn most_bytes(program: &Program) -> u64 {
    // A name, a type, a shape and two places; names of layers and states have some ten characters.
    const EACH: usize = 4096;
    let arrays = program.buffers.len() + 2;
    lasting_bytes(program) + (arrays * EACH + (program.metrics.count + program.layers.len()) * size_of::<f64>()) as u64
}

fn read_states(
    arrays: &StoredArrays,
    branch: usize,
    program: &Program,
    seeds: &[u64],
    counters: &[Counters],
) -> Result<Vec<ReplicaState<f32>>, RecordError> {
    let states = seeds.iter().zip(counters).enumerate().map(|(place, (&seed, counters))| {
        let mut metrics = vec![0.0; program.metrics.count];
        arrays.read_f64(&array_name(branch, place, METRICS), &mut metrics)?;
        let fill = |name: &str, values: &mut [f32]| arrays.read_f32(&array_name(branch, place, name), values);
        ReplicaState::from_parts(program, seed, counters.clone(), metrics, fill)
    });
    states.collect()
}

impl Run {
    fn from_checkpoint(
        from: Checkpoint,
        initial: Experiment,
        collapses: Collapses,
        rest: Option<Rest>,
        threads: usize,
    ) -> Result<Self, TrainError> {
        let [own, twins] = from.executor_lengths();
        let made = |program: &Arc<Program>, places: std::ops::Range<usize>| {
            let replicas = places.map(|place| from.replica(place)).collect();
            let made = Executor::new(Arc::clone(program), replicas, threads);
            made.map_err(|source| TrainError::Threads { threads, source })
        };
        let executor = made(&from.program, 0..own)?;
        let apart = from.apart.as_ref().map(|program| made(program, own..own + twins)).transpose()?;
        let reported = from.replicas[..from.seeds.len()].iter().map(ReplicaState::is_diverged).collect();
        Ok(Self {
            initial,
            experiment: from.experiment,
            executor,
            loss: None,
            data: from.data,
            seeds: from.seeds,
            columns: from.columns,
            interventions: from.interventions,
            initial_norms: from.initial_norms,
            reported,
            collapses,
            fault: None,
            twin: from.twin,
            apart,
            step: from.step,
            last_epoch: from.last_epoch,
            total_steps: from.total_steps,
            epoch: from.epoch,
            threads,
            watched: None,
            neurons: NeuronBuffer::default(),
            rest,
            may_rest: true,
            is_at_rest: false,
        })
    }
}
