//! Where the branches of a run live: replicas of both in one executor while one compiled step serves both, and in an
//! executor each where they differ in more than live settings.

use std::ops::Range;
use std::sync::Arc;

use super::backend::stand_on;
use super::error::TrainError;
use super::hyper::replica_of;
use super::rows;
use super::run::{Run, compile_for};
use super::twin::Branch;
use crate::backend::cpu::Replica;
use crate::backend::gpu::GpuDevice;
use crate::backend::{Executor, Heritage};
use crate::experiment::Experiment;
use crate::program::{Program, Switches};
use crate::record::Columns;

/// The compiled steps of a run: the twin's too where it has its own.
pub(super) struct Programs {
    run: Arc<Program>,
    twin: Option<Arc<Program>>,
}

/// A replica on its way to another executor, with the program that it comes from.
struct Moving {
    branch: Branch,
    seed: usize,
    replica: Replica<f32>,
    from: Arc<Program>,
}

impl Run {
    /// The executor of a twin's replicas; without twins, that of the run.
    #[must_use]
    pub fn executor_of(&self, branch: Branch) -> &Executor {
        match (&self.apart, branch) {
            (Some(apart), Branch::B) => apart,
            _ => &self.executor,
        }
    }

    pub(super) fn executor_of_mut(&mut self, branch: Branch) -> &mut Executor {
        match (&mut self.apart, branch) {
            (Some(apart), Branch::B) => apart,
            _ => &mut self.executor,
        }
    }

    pub(super) fn executors_mut(&mut self) -> impl Iterator<Item = &mut Executor> {
        std::iter::once(&mut self.executor).chain(&mut self.apart)
    }

    /// The compiled step of a twin; without twins, that of the run.
    #[must_use]
    pub fn program_of(&self, branch: Branch) -> &Arc<Program> {
        self.executor_of(branch).program()
    }

    /// Names of the values of a twin's rows; without twins, of the run's.
    #[must_use]
    pub fn columns_of(&self, branch: Branch) -> &Arc<Columns> {
        match (&self.twin, branch) {
            (Some(twin), Branch::B) => &twin.columns,
            _ => &self.columns,
        }
    }

    /// Places of a twin's replicas in its executor; without twins, those of the run.
    #[must_use]
    pub fn replicas_of(&self, branch: Branch) -> Range<usize> {
        let seeds = self.seeds.len();
        match (&self.twin, &self.apart, branch) {
            (Some(_), None, Branch::B) => seeds..2 * seeds,
            _ => 0..seeds,
        }
    }

    /// A twin's replicas; without twins, those of the run.
    #[must_use]
    pub fn networks(&self, branch: Branch) -> &[Replica<f32>] {
        &self.executor_of(branch).replicas()[self.replicas_of(branch)]
    }

    /// Every replica, of both twins.
    pub fn all_networks(&self) -> impl Iterator<Item = &Replica<f32>> {
        std::iter::once(&self.executor).chain(&self.apart).flat_map(Executor::replicas)
    }

    /// Twin and place of the seed of a replica, by its place in the run's own executor.
    pub(super) fn place(&self, replica: usize) -> (Branch, usize) {
        let seeds = self.seeds.len();
        if replica < seeds { (Branch::A, replica) } else { (Branch::B, replica - seeds) }
    }

    /// Compiles what the run and its twin would need with these settings; what there is already is not compiled again.
    ///
    /// # Errors
    /// When one of them needs more memory than a run may have.
    pub(super) fn programs_for(
        &self,
        run: &Experiment,
        twin: Option<&Experiment>,
        total_steps: u64,
    ) -> Result<Programs, TrainError> {
        let is_common = twin.is_none_or(|twin| run.shares_step_with(twin));
        let joint = twin.filter(|_| is_common).map(Switches::of).unwrap_or_default();
        let switches = Switches::of(run).or(joint);
        let compiled = |branch: Branch, experiment: &Experiment, switches: Switches| {
            let (known, of) = (self.program_of(branch), self.experiment_of(branch));
            let fits = known.plan.total_steps == total_steps
                && known.switches.include(switches)
                && of.shares_step_with(experiment);
            if fits { Ok(Arc::clone(known)) } else { compile_for(experiment, switches, total_steps) }
        };
        let own = compiled(Branch::A, run, switches)?;
        let twin = twin.filter(|_| !is_common).map(|twin| compiled(Branch::B, twin, Switches::of(twin)));
        Ok(Programs { run: own, twin: twin.transpose()? })
    }

    /// Carries every replica over to these programs; parameters, states, counters and the order of the data go with it,
    /// by their names. Hyper-parameters are those of the present settings.
    ///
    /// # Errors
    /// When the system refuses threads.
    pub(super) fn arrange(&mut self, programs: Programs) -> Result<(), TrainError> {
        let Programs { run, twin } = programs;
        let is_same = |executor: Option<&Executor>, program: Option<&Arc<Program>>| match (executor, program) {
            (Some(executor), Some(program)) => Arc::ptr_eq(executor.program(), program),
            (None, None) => true,
            _ => false,
        };
        // Two that live apart and stay so are independent of each other.
        let stays = [is_same(Some(&self.executor), Some(&run)), is_same(self.apart.as_ref(), twin.as_ref())];
        let stays_apart = self.apart.is_some() && twin.is_some();
        let (moves_run, moves_twin) = match (stays, stays_apart) {
            ([true, true], _) => (false, false),
            ([of_run, of_twin], true) => (!of_run, !of_twin),
            _ => (true, true),
        };
        let (mut moving, mut heritage, mut of_twin) = (Vec::new(), None, None);
        if moves_run {
            let (parts, left) = self.take_apart(Branch::A)?;
            moving.extend(parts);
            heritage = Some(left);
        }
        if moves_twin && self.apart.is_some() {
            let (parts, left) = self.take_apart(Branch::B)?;
            moving.extend(parts);
            of_twin = Some(left);
        }
        let (of_b, of_a): (Vec<_>, Vec<_>) =
            moving.into_iter().partition(|one| twin.is_some() && one.branch == Branch::B);
        if let Some(heritage) = heritage {
            let is_on_device = heritage.device.is_some();
            self.executor = self.settled(run, of_a)?;
            self.executor.keep_rows(self.watched);
            self.inherit(heritage);
            if is_on_device && twin.is_some() && of_twin.is_none() && !stays_apart {
                of_twin = Some(self.device_for_twin());
            }
        }
        if let Some(program) = twin.filter(|_| moves_twin) {
            let mut apart = self.settled(program, of_b)?;
            let said = stand_on(&mut apart, of_twin.unwrap_or_default());
            self.loss = said.or(self.loss.take());
            self.apart = Some(apart);
        } else if moves_twin {
            self.apart = None;
        }
        self.name_columns();
        self.refresh_hyper();
        Ok(())
    }

    /// Names the columns of the present programs. What has been penalised once keeps its column.
    fn name_columns(&mut self) {
        let renamed = |present: &Arc<Columns>, program: &Program, experiment: &Experiment| {
            let is_penalised = Switches::of(experiment).activation_penalty || present.index(rows::PENALTY).is_some();
            let named = rows::columns(program, is_penalised);
            if **present == named { Arc::clone(present) } else { Arc::new(named) }
        };
        self.columns = renamed(&self.columns, self.executor.program(), &self.experiment);
        let program = self.program_of(Branch::B);
        let of_twin = self.twin.as_ref().map(|twin| renamed(&twin.columns, program, &twin.experiment));
        if let Some((twin, columns)) = self.twin.as_mut().zip(of_twin) {
            twin.columns = columns;
        }
    }

    /// Takes the replicas out of the executor that holds a branch.
    fn take_apart(&mut self, branch: Branch) -> Result<(Vec<Moving>, Heritage), TrainError> {
        let is_apart = branch == Branch::B && self.apart.is_some();
        let from = Arc::clone(self.program_of(branch));
        let empty = Executor::new(Arc::clone(&from), Vec::new(), 1)
            .map_err(|source| TrainError::Threads { threads: 1, source })?;
        let (replicas, heritage) = std::mem::replace(self.executor_of_mut(branch), empty).into_parts();
        let placed = replicas.into_iter().enumerate().map(|(place, replica)| {
            let (branch, seed) = if is_apart { (Branch::B, place) } else { self.place(place) };
            Moving { branch, seed, replica, from: Arc::clone(&from) }
        });
        Ok((placed.collect(), heritage))
    }

    /// An executor of these replicas on the CPU, each with what training has made of it so far.
    fn settled(&self, program: Arc<Program>, moving: Vec<Moving>) -> Result<Executor, TrainError> {
        let threads = self.threads;
        let replicas = moving.into_iter().map(|Moving { branch, seed, replica, from }| {
            if Arc::ptr_eq(&from, &program) {
                return replica;
            }
            let (data, cursor) = (Arc::clone(&self.data[seed]), replica.inputs_cursor());
            let mut new = replica_of(self.experiment_of(branch), &program, data, replica.seed, cursor);
            new.adopt(&program, &from, replica);
            new
        });
        let replicas = replicas.collect();
        Executor::new(program, replicas, threads).map_err(|source| TrainError::Threads { threads, source })
    }

    /// What a twin's own executor goes on with where a graphics processor trains the run.
    pub(super) fn device_for_twin(&self) -> Heritage {
        match GpuDevice::open() {
            Ok(device) => Heritage { device: Some(device), loss: None },
            Err(error) => {
                let loss = Some(format!("{error}. The CPU trains the twin."));
                Heritage { device: None, loss }
            }
        }
    }
}

impl Programs {
    /// Whether the twin has its own.
    pub(super) fn of_twin(&self) -> Option<&Arc<Program>> {
        self.twin.as_ref()
    }
}
