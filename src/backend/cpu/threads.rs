//! Threads of an executor, and the memory that each lends the replica that it runs.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::real::Real;
use super::replica::{Replica, Working};
use super::team::Team;
use crate::program::Program;

/// Threads of an executor: one replica each, as far as there are replicas; the rest help with single products.
pub(super) struct Threads<T> {
    /// All of them, those that help included.
    pub(super) asked: usize,
    /// Absent where the caller's own thread does the work.
    pool: Option<rayon::ThreadPool>,
    workers: Vec<Worker<T>>,
}

/// What a thread runs replicas with.
struct Worker<T> {
    /// Those that help it; absent where none do.
    team: Option<Arc<Team>>,
    /// Made when it first runs a step.
    working: Mutex<Option<Working<T>>>,
}

impl<T: Real> Threads<T> {
    /// `asked` threads for so many replicas.
    pub(super) fn new(asked: usize, replicas: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let asked = asked.max(1);
        let workers = asked.min(replicas.max(1));
        let of_each = asked / workers;
        let worker = |_| -> Result<Worker<T>, rayon::ThreadPoolBuildError> {
            let team = (of_each > 1).then(|| Team::new(of_each)).transpose()?.map(Arc::new);
            Ok(Worker { team, working: Mutex::new(None) })
        };
        // A sweep has hundreds of executors of a single replica.
        let builder = rayon::ThreadPoolBuilder::new().num_threads(workers).thread_name(|i| format!("replicas-{i}"));
        let pool = (workers > 1).then(|| builder.build()).transpose()?;
        Ok(Self { asked, pool, workers: (0..workers).map(worker).collect::<Result<_, _>>()? })
    }

    /// Runs `f` on a replica, which has the memory of the thread that runs it for that time.
    pub(super) fn lend<R: Send>(
        &self,
        program: &Program,
        replica: &mut Replica<T>,
        f: impl FnOnce(&mut Replica<T>) -> R + Send,
    ) -> R {
        let thread = rayon::current_thread_index().filter(|&thread| thread < self.workers.len()).unwrap_or(0);
        let worker = &self.workers[thread];
        // A panic ends the run: what it has left half done is not read again.
        let mut working = worker.working.lock().unwrap_or_else(PoisonError::into_inner);
        let working = working.get_or_insert_with(|| Working::new(program, worker.team.clone()));
        working.swap(replica);
        let result = match &worker.team {
            None => f(replica),
            Some(team) => team.lead(|| f(replica)),
        };
        working.swap(replica);
        result
    }

    /// Runs `f` on every replica and its place, on all threads.
    pub(super) fn for_each(&self, replicas: &mut [Replica<T>], f: impl Fn(usize, &mut Replica<T>) + Sync) {
        let f = |(place, replica): (usize, &mut Replica<T>)| f(place, replica);
        match &self.pool {
            None => replicas.iter_mut().enumerate().for_each(f),
            Some(pool) => pool.install(|| replicas.par_iter_mut().enumerate().for_each(f)),
        }
    }
}
