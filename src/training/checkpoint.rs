//! A run at one step, kept in memory, from which it goes on bit for bit.

use std::sync::Arc;

use super::collapse::Collapses;
use super::error::TrainError;
use super::inputs::Generator;
use super::neurons::NeuronBuffer;
use super::run::{Epoch, Run, hyper_of};
use super::twin::{Branch, Twin};
use crate::backend::Executor;
use crate::backend::cpu::{Replica, ReplicaState};
use crate::data::DataSet;
use crate::experiment::Experiment;
use crate::program::Program;
use crate::record::{Columns, Intervention};

/// Everything that a run is made of at one step, but for its examples, which it shares.
#[derive(Clone)]
pub struct Checkpoint {
    program: Arc<Program>,
    columns: Arc<Columns>,
    experiment: Experiment,
    interventions: Arc<Vec<Intervention>>,
    twin: Option<Twin>,
    replicas: Vec<ReplicaState<f32>>,
    seeds: Vec<u64>,
    data: Vec<Arc<DataSet>>,
    initial_norms: Vec<Vec<f64>>,
    step: u64,
    last_epoch: u64,
    total_steps: u64,
    epoch: Epoch,
}

impl Checkpoint {
    /// Steps run.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Interventions made so far.
    #[must_use]
    pub fn interventions(&self) -> usize {
        self.interventions.len()
    }

    /// Heap held, in bytes: parameters and memories of every replica and the list of interventions. Examples and
    /// program are shared with the run.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // An intervention has a path and up to two numbers or short texts on the heap beside itself.
        let each = size_of::<Intervention>() + 64;
        let lists = self.interventions.len() + self.twin.as_ref().map_or(0, |twin| twin.interventions.len());
        self.replicas.iter().map(ReplicaState::bytes).sum::<usize>() + lists * each + size_of::<Self>()
    }

    /// Forgets one twin, as [`Run::end_twin`] does.
    pub(super) fn end_twin(&mut self, keep: Branch) {
        let Some(twin) = self.twin.take() else { return };
        let copies = self.replicas.split_off(self.seeds.len());
        if keep == Branch::B {
            self.replicas = copies;
            self.experiment = twin.experiment;
            self.interventions = twin.interventions;
        }
    }

    fn twin_of(&self, branch: Branch) -> Option<&Twin> {
        self.twin.as_ref().filter(|_| branch == Branch::B)
    }

    /// A replica as it was; hyper-parameters are those of `experiment`.
    fn replica(&self, place: usize, experiment: &Experiment) -> Replica<f32> {
        let state = &self.replicas[place];
        let data = Arc::clone(&self.data[place % self.seeds.len()]);
        let inputs = Generator::new(&self.program, data, state.seed, state.cursor());
        let mut replica =
            Replica::new(&self.program, state.seed, hyper_of(experiment, &self.program), Box::new(inputs));
        replica.restore(&self.program, state);
        replica
    }
}

impl Run {
    /// The run as it is between two steps.
    #[must_use]
    pub fn checkpoint(&mut self) -> Checkpoint {
        self.executor.sync();
        let program = self.executor.program();
        Checkpoint {
            program: Arc::clone(program),
            columns: Arc::clone(&self.columns),
            experiment: self.experiment.clone(),
            interventions: Arc::clone(&self.interventions),
            twin: self.twin.clone(),
            replicas: self.executor.replicas().iter().map(|r| r.state(program)).collect(),
            seeds: self.seeds.clone(),
            data: self.data.clone(),
            initial_norms: self.initial_norms.clone(),
            step: self.step,
            last_epoch: self.last_epoch,
            total_steps: self.total_steps,
            epoch: self.epoch,
        }
    }

    /// Goes back to a checkpoint of this run, with the settings, seeds, twin and interventions of then.
    ///
    /// # Errors
    /// When the system refuses threads; nothing changes then.
    pub fn restore(&mut self, from: &Checkpoint) -> Result<(), TrainError> {
        let same_program = Arc::ptr_eq(self.executor.program(), &from.program);
        if same_program && self.seeds == from.seeds && self.twin.is_some() == from.twin.is_some() {
            for (replica, state) in self.executor.replicas_mut().iter_mut().zip(&from.replicas) {
                replica.restore(&from.program, state);
            }
        } else {
            let experiment = |place| match &from.twin {
                Some(twin) if place >= from.seeds.len() => &twin.experiment,
                _ => &from.experiment,
            };
            let replicas = (0..from.replicas.len()).map(|place| from.replica(place, experiment(place))).collect();
            let threads = self.threads;
            let next = Executor::new(Arc::clone(&from.program), replicas, threads)
                .map_err(|source| TrainError::Threads { threads, source })?;
            let heritage = std::mem::replace(&mut self.executor, next).into_heritage();
            self.executor.keep_rows(self.watched);
            self.inherit(heritage);
        }
        self.columns = Arc::clone(&from.columns);
        self.experiment = from.experiment.clone();
        self.interventions = Arc::clone(&from.interventions);
        self.twin = from.twin.clone();
        self.seeds.clone_from(&from.seeds);
        self.data.clone_from(&from.data);
        self.initial_norms.clone_from(&from.initial_norms);
        let lost = |states: &[ReplicaState<f32>]| states.iter().map(ReplicaState::is_diverged).collect();
        self.reported = lost(&from.replicas[..from.seeds.len()]);
        if let Some(twin) = &mut self.twin {
            twin.reported = lost(&from.replicas[from.seeds.len()..]);
        }
        self.collapses.forget_from(from.step, &from.seeds);
        self.step = from.step;
        self.last_epoch = from.last_epoch;
        self.total_steps = from.total_steps;
        self.epoch = from.epoch;
        self.refresh_hyper();
        Ok(())
    }

    /// A run of its own, on the calling thread, of one seed of one twin of a checkpoint of this run; a branch that was
    /// not yet there is its original. `None` for a seed that the checkpoint does not have.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn alone(&self, from: &Checkpoint, branch: Branch, seed: u64) -> Result<Option<Self>, TrainError> {
        let Some(place) = from.seeds.iter().position(|known| *known == seed) else { return Ok(None) };
        let twin = from.twin_of(branch);
        let experiment = twin.map_or(&from.experiment, |twin| &twin.experiment);
        let replica = from.replica(if twin.is_some() { from.seeds.len() + place } else { place }, experiment);
        let executor = Executor::new(Arc::clone(&from.program), vec![replica], 1)
            .map_err(|source| TrainError::Threads { threads: 1, source })?;
        Ok(Some(Self {
            initial: self.initial.clone(),
            experiment: experiment.clone(),
            executor,
            loss: None,
            data: vec![Arc::clone(&from.data[place])],
            seeds: vec![seed],
            columns: Arc::clone(&from.columns),
            interventions: Arc::clone(twin.map_or(&from.interventions, |twin| &twin.interventions)),
            initial_norms: vec![from.initial_norms[place].clone()],
            reported: vec![false],
            // Its steps are repeated and not measured.
            collapses: Collapses::default(),
            fault: None,
            twin: None,
            step: from.step,
            last_epoch: from.last_epoch,
            total_steps: from.total_steps,
            epoch: from.epoch,
            threads: 1,
            watched: None,
            neurons: NeuronBuffer::default(),
        }))
    }
}
