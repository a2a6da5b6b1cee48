//! A run at one step in a file, from which it goes on bit for bit in another process.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Value;

use super::COMPUTATION;
use super::checkpoint::Checkpoint;
use super::collapse::Collapses;
use super::error::TrainError;
use super::rest::Rest;
use super::rows;
use super::run::{ENDLESS, Epoch, Run};
use crate::backend::cpu::Counters;
use crate::experiment::Experiment;
use crate::program::Switches;
use crate::record::{Intervention, RecordError, StoredArray, StoredValues, write_checkpoint};

/// A run between two steps, ready to be written.
pub struct StoredRun {
    checkpoint: Checkpoint,
    initial: Experiment,
    collapses: Collapses,
    rest: Option<Rest>,
}

/// What describes a run, beside the arrays of its networks.
#[derive(Serialize, Deserialize)]
pub(super) struct Description {
    /// Of the program that wrote it.
    pub(super) version: String,
    /// [`COMPUTATION`] of the program that wrote it.
    pub(super) computation: u32,
    pub(super) step: u64,
    pub(super) last_epoch: u64,
    /// None of a run that goes on until it is paused.
    pub(super) total_steps: Option<u64>,
    pub(super) epoch: Epoch,
    pub(super) initial: Experiment,
    pub(super) run: BranchDescription,
    pub(super) twin: Option<TwinDescription>,
    /// What its stop rule has seen, where it has one.
    #[serde(default)]
    pub(super) rest: Option<Rest>,
    /// What whoever drives the run needs beside it.
    pub(super) driver: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
pub(super) struct BranchDescription {
    pub(super) experiment: Experiment,
    pub(super) interventions: Vec<Intervention>,
    /// What its step is compiled with, which may be more than the present settings need.
    pub(super) switches: Switches,
    /// Whether its rows have a penalty's column.
    pub(super) is_penalised: bool,
    pub(super) collapses: Collapses,
    pub(super) counters: Vec<Counters>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct TwinDescription {
    pub(super) branch: BranchDescription,
    pub(super) forked_at: u64,
    pub(super) changes: Vec<(String, Value)>,
    pub(super) shared: usize,
    pub(super) is_apart: bool,
}

const BRANCHES: [&str; 2] = ["run", "twin"];

/// Name of an array of a replica.
pub(super) fn array_name(branch: usize, place: usize, name: &str) -> String {
    format!("{}/{place}/{name}", BRANCHES[branch])
}

impl Run {
    /// The run as it is between two steps, to be written while it goes on.
    #[must_use]
    pub fn stored(&mut self) -> StoredRun {
        StoredRun {
            checkpoint: self.checkpoint(),
            initial: self.recorded_start(),
            collapses: self.collapses.clone(),
            rest: self.rest.clone(),
        }
    }
}

impl StoredRun {
    /// Of what it is made of.
    pub(super) fn new(checkpoint: Checkpoint, initial: Experiment, collapses: Collapses) -> Self {
        Self { checkpoint, initial, collapses, rest: None }
    }

    /// Steps run.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.checkpoint.step()
    }

    /// Writes it, durably, in place of an older file; the file's bytes. `driver` is what [`FoundRun::driver`](super::FoundRun::driver) gives back.
    ///
    /// # Errors
    /// When the system refuses; an older file stays then.
    pub fn write(&self, path: &Path, driver: &impl Serialize) -> Result<u64, RecordError> {
        let json = |source| RecordError::Json { path: path.to_path_buf(), source };
        let folder = path.parent().unwrap_or(Path::new(""));
        let driver = serde_json::to_value(driver).map_err(json)?;
        let description = serde_json::to_vec(&self.description(folder, driver)).map_err(json)?;
        let seeds = self.checkpoint.seeds.len();
        let mut arrays = Vec::new();
        for (at, state) in self.checkpoint.replicas.iter().enumerate() {
            let (branch, place) = (at / seeds, at % seeds);
            let (_, program) = self.checkpoint.terms(at);
            arrays.extend(state.arrays(program).map(|(name, rows, columns, values)| StoredArray {
                name: array_name(branch, place, name),
                shape: vec![rows, columns],
                values: StoredValues::F32(values),
            }));
            arrays.push(StoredArray {
                name: array_name(branch, place, METRICS),
                shape: vec![state.metrics().len()],
                values: StoredValues::F64(state.metrics()),
            });
        }
        for (place, norms) in self.checkpoint.initial_norms.iter().enumerate() {
            arrays.push(StoredArray {
                name: array_name(0, place, INITIAL_NORMS),
                shape: vec![norms.len()],
                values: StoredValues::F64(norms),
            });
        }
        write_checkpoint(path, &description, &arrays)
    }

    fn description(&self, folder: &Path, driver: serde_json::Value) -> Description {
        let checkpoint = &self.checkpoint;
        let seeds = checkpoint.seeds.len();
        let counters = |branch: usize| {
            let states = checkpoint.replicas.iter().skip(branch * seeds).take(seeds);
            states.map(|state| state.counters().clone()).collect()
        };
        let penalised = |columns: &crate::record::Columns| columns.index(rows::PENALTY).is_some();
        let of_twin = checkpoint.apart.as_ref().unwrap_or(&checkpoint.program);
        Description {
            version: env!("CARGO_PKG_VERSION").into(),
            computation: COMPUTATION,
            step: checkpoint.step,
            last_epoch: checkpoint.last_epoch,
            total_steps: (checkpoint.total_steps != ENDLESS).then_some(checkpoint.total_steps),
            epoch: checkpoint.epoch,
            initial: self.initial.written_in(folder),
            run: BranchDescription {
                experiment: checkpoint.experiment.written_in(folder),
                interventions: checkpoint.interventions.to_vec(),
                switches: checkpoint.program.switches,
                is_penalised: penalised(&checkpoint.columns),
                collapses: self.collapses.clone(),
                counters: counters(0),
            },
            twin: checkpoint.twin.as_ref().map(|twin| TwinDescription {
                branch: BranchDescription {
                    experiment: twin.experiment.written_in(folder),
                    interventions: twin.interventions.to_vec(),
                    switches: of_twin.switches,
                    is_penalised: penalised(&twin.columns),
                    collapses: twin.collapses.clone(),
                    counters: counters(1),
                },
                forked_at: twin.forked_at,
                changes: twin.changes.clone(),
                shared: twin.shared,
                is_apart: checkpoint.apart.is_some(),
            }),
            rest: self.rest.clone(),
            driver,
        }
    }
}

/// Beyond it no run counts, so that what is added to a count stays one.
const MOST_COUNTED: u64 = 1 << 60;
pub(super) const METRICS: &str = "metrics";
pub(super) const INITIAL_NORMS: &str = "initial_norms";

impl Description {
    /// Checks the experiments: whoever shows a run that was found asks them for more than they say.
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        let twin = self.twin.as_ref().map(|twin| &twin.branch.experiment);
        for experiment in [&self.initial, &self.run.experiment].into_iter().chain(twin) {
            experiment.validate()?;
        }
        Ok(())
    }

    /// Says what is not a run's, of what neither the experiment's validation nor the arrays tell.
    pub(super) fn check(&self) -> Result<(), String> {
        let Epoch { number, first_step, steps } = self.epoch;
        let counted = [self.step, self.last_epoch, number, first_step, steps];
        if let Some(counted) = counted.into_iter().chain(self.total_steps).find(|counted| *counted > MOST_COUNTED) {
            return Err(format!("step: counts to {counted}, as no run does"));
        }
        if first_step > self.step || self.step - first_step >= steps.max(1) || steps == 0 {
            return Err(format!("epoch: step {} does not lie in a pass of {steps} from {first_step} on", self.step));
        }
        if self.total_steps.is_some_and(|total| total < self.step) {
            return Err("total_steps: are fewer than those that were run".into());
        }
        let seeds = self.run.experiment.training.seeds;
        let branches = std::iter::once(&self.run).chain(self.twin.as_ref().map(|twin| &twin.branch));
        for branch in branches {
            let counted = branch.counters.len();
            if counted != seeds || branch.experiment.training.seeds != seeds {
                return Err(format!("counters: are of {counted} seeds, but the run has {seeds}"));
            }
            let counts = |of: &Counters| of.cursor.max(of.step).max(of.optimizer_steps);
            if let Some(counted) = branch.counters.iter().map(counts).find(|counted| *counted > MOST_COUNTED) {
                return Err(format!("counters: count to {counted}, as no run does"));
            }
            if !branch.switches.include(Switches::of(&branch.experiment)) {
                return Err("switches: lack what the settings need".into());
            }
        }
        let Some(twin) = &self.twin else { return Ok(()) };
        if twin.shared > twin.branch.interventions.len() || twin.forked_at > self.step {
            return Err("twin: parted from the run after what it has in common with it".into());
        }
        let common = |of: &Experiment| (of.training.seed, of.training.batch_size, of.data.clone());
        if common(&twin.branch.experiment) != common(&self.run.experiment) {
            return Err("twin: has other examples or batches than the run".into());
        }
        if !twin.is_apart && !self.run.experiment.shares_step_with(&twin.branch.experiment) {
            return Err("twin: differs in more than one compiled step serves".into());
        }
        Ok(())
    }
}
