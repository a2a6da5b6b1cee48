//! A run at one step, kept in memory, from which it goes on bit for bit.

use std::sync::Arc;

use super::backend::stand_on;
use super::collapse::Collapses;
use super::error::TrainError;
use super::hyper::replica_of;
use super::neurons::NeuronBuffer;
use super::run::{Epoch, Run};
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
    pub(super) program: Arc<Program>,
    pub(super) columns: Arc<Columns>,
    pub(super) experiment: Experiment,
    pub(super) interventions: Arc<Vec<Intervention>>,
    pub(super) twin: Option<Twin>,
    /// The twin's compiled step, where it has its own.
    pub(super) apart: Option<Arc<Program>>,
    /// Of the run, then of the twin.
    pub(super) replicas: Vec<ReplicaState<f32>>,
    pub(super) seeds: Vec<u64>,
    pub(super) data: Vec<Arc<DataSet>>,
    pub(super) initial_norms: Vec<Vec<f64>>,
    pub(super) step: u64,
    pub(super) last_epoch: u64,
    pub(super) total_steps: u64,
    pub(super) epoch: Epoch,
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
        let apart = self.apart.take();
        if keep == Branch::B {
            self.replicas = copies;
            self.program = apart.unwrap_or_else(|| Arc::clone(&self.program));
            self.columns = twin.columns;
            self.experiment = twin.experiment;
            self.interventions = twin.interventions;
        }
    }

    fn twin_of(&self, branch: Branch) -> Option<&Twin> {
        self.twin.as_ref().filter(|_| branch == Branch::B)
    }

    /// Settings and compiled step of the replica at a place.
    pub(super) fn terms(&self, place: usize) -> (&Experiment, &Arc<Program>) {
        match &self.twin {
            Some(twin) if place >= self.seeds.len() => (&twin.experiment, self.apart.as_ref().unwrap_or(&self.program)),
            _ => (&self.experiment, &self.program),
        }
    }

    /// A replica as it was.
    pub(super) fn replica(&self, place: usize) -> Replica<f32> {
        let state = &self.replicas[place];
        let (experiment, program) = self.terms(place);
        let data = Arc::clone(&self.data[place % self.seeds.len()]);
        let mut replica = replica_of(experiment, program, data, state.seed, state.cursor());
        replica.restore(program, state);
        replica
    }

    /// Replicas of the run's own executor, and of the twin's where it has one.
    pub(super) fn executor_lengths(&self) -> [usize; 2] {
        match &self.apart {
            Some(_) => [self.seeds.len(), self.replicas.len() - self.seeds.len()],
            None => [self.replicas.len(), 0],
        }
    }
}

impl Run {
    /// The run as it is between two steps.
    #[must_use]
    pub fn checkpoint(&mut self) -> Checkpoint {
        self.executors_mut().for_each(Executor::sync);
        let state = |executor: &Executor| {
            let program = Arc::clone(executor.program());
            executor.replicas().iter().map(|replica| replica.state(&program)).collect::<Vec<_>>()
        };
        let replicas = std::iter::once(&self.executor).chain(&self.apart).flat_map(state).collect();
        Checkpoint {
            program: Arc::clone(self.executor.program()),
            apart: self.apart.as_ref().map(|apart| Arc::clone(apart.program())),
            columns: Arc::clone(&self.columns),
            experiment: self.experiment.clone(),
            interventions: Arc::clone(&self.interventions),
            twin: self.twin.clone(),
            replicas,
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
        let same_apart = match (&self.apart, &from.apart) {
            (Some(apart), Some(program)) => Arc::ptr_eq(apart.program(), program),
            (None, None) => true,
            _ => false,
        };
        let same_twin = self.twin.is_some() == from.twin.is_some() && same_apart;
        if same_program && same_twin && self.seeds == from.seeds {
            let mut states = from.replicas.iter();
            for executor in self.executors_mut() {
                let program = Arc::clone(executor.program());
                executor.replicas_mut().iter_mut().zip(&mut states).for_each(|(r, state)| r.restore(&program, state));
            }
        } else {
            let threads = self.threads;
            let made = |program: &Arc<Program>, places: std::ops::Range<usize>| {
                let replicas = places.map(|place| from.replica(place)).collect();
                let made = Executor::new(Arc::clone(program), replicas, threads);
                made.map_err(|source| TrainError::Threads { threads, source })
            };
            let [own, twins] = from.executor_lengths();
            let next = made(&from.program, 0..own)?;
            let mut apart = from.apart.as_ref().map(|program| made(program, own..own + twins)).transpose()?;
            let heritage = std::mem::replace(&mut self.executor, next).into_heritage();
            let is_on_device = heritage.device.is_some();
            let of_twin = self.apart.take().map(Executor::into_heritage);
            self.executor.keep_rows(self.watched);
            self.inherit(heritage);
            if let Some(apart) = &mut apart {
                let of_twin = of_twin.or_else(|| is_on_device.then(|| self.device_for_twin()));
                let said = stand_on(apart, of_twin.unwrap_or_default());
                self.loss = said.or(self.loss.take());
            }
            self.apart = apart;
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
        Self::of_one(self.initial.clone(), from, branch, seed)
    }

    /// As [`Self::alone`], of a run that began as `initial`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn of_one(
        initial: Experiment,
        from: &Checkpoint,
        branch: Branch,
        seed: u64,
    ) -> Result<Option<Self>, TrainError> {
        let Some(place) = from.seeds.iter().position(|known| *known == seed) else { return Ok(None) };
        let twin = from.twin_of(branch);
        let of_branch = if twin.is_some() { from.seeds.len() + place } else { place };
        let (experiment, program) = from.terms(of_branch);
        let executor = Executor::new(Arc::clone(program), vec![from.replica(of_branch)], 1)
            .map_err(|source| TrainError::Threads { threads: 1, source })?;
        Ok(Some(Self {
            initial,
            experiment: experiment.clone(),
            executor,
            loss: None,
            data: vec![Arc::clone(&from.data[place])],
            seeds: vec![seed],
            columns: Arc::clone(twin.map_or(&from.columns, |twin| &twin.columns)),
            interventions: Arc::clone(twin.map_or(&from.interventions, |twin| &twin.interventions)),
            initial_norms: vec![from.initial_norms[place].clone()],
            reported: vec![false],
            // Its steps are repeated and not measured.
            collapses: Collapses::default(),
            fault: None,
            twin: None,
            apart: None,
            step: from.step,
            last_epoch: from.last_epoch,
            total_steps: from.total_steps,
            epoch: from.epoch,
            threads: 1,
            watched: None,
            neurons: NeuronBuffer::default(),
            rest: None,
            may_rest: false,
            is_at_rest: false,
        }))
    }
}
