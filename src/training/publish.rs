//! The trainer's newest state, for whoever looks.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::messages::{Status, TwinStatus};
use super::run::Run;
use super::twin::Branch;
use super::worker::Worker;

impl Worker<'_> {
    pub(super) fn publish(&self) {
        let mut status = self.slots.status.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(run) = &self.run else {
            *status = Status {
                state: self.state,
                experiment: Arc::new(self.experiment.clone()),
                run_id: self.run_id,
                speed_limit: self.limit,
                shelf: Arc::clone(&self.shelf.about),
                ..Status::default()
            };
            return;
        };
        if *status.experiment != *run.experiment() {
            status.experiment = Arc::new(run.experiment().clone());
        }
        if *status.initial != *run.initial() {
            status.initial = Arc::new(run.initial().clone());
        }
        status.state = self.state;
        status.step = run.step();
        status.seconds = self.seconds;
        status.planned_steps = run.planned_steps();
        status.replica_steps_per_second = self.rate.value();
        let backend = run.describe_backend();
        status.is_on_device = run.executor().adapter().is_some();
        if status.backend != backend {
            status.backend = backend;
        }
        if status.run_id != self.run_id || status.data_source.is_empty() {
            status.data_source = run.data().first().map(|d| d.source.clone()).unwrap_or_default();
        }
        status.columns = Arc::clone(run.columns());
        if status.seeds != run.seeds() {
            status.seeds = run.seeds().to_vec();
        }
        status.run_id = self.run_id;
        status.looking_at = self.looking_at;
        status.rest = Arc::clone(&self.rest.layers);
        status.is_repeating = self.looking.is_repeating;
        status.speed_limit = self.limit;
        status.shelf = Arc::clone(&self.shelf.about);
        if !Arc::ptr_eq(&status.history, &self.keeping.steps) {
            status.history = Arc::clone(&self.keeping.steps);
        }
        status.interventions = Arc::clone(run.interventions());
        let collapses = run.collapses(Branch::A);
        if *status.collapses != collapses {
            status.collapses = Arc::new(collapses);
        }
        publish_twin(&mut status.twin, run);
    }
}

fn publish_twin(status: &mut Option<TwinStatus>, run: &Run) {
    let Some(twin) = run.twin() else {
        *status = None;
        return;
    };
    let experiment = match status.take() {
        Some(before) if *before.experiment == twin.experiment => before.experiment,
        _ => Arc::new(twin.experiment.clone()),
    };
    *status = Some(TwinStatus {
        forked_at: twin.forked_at,
        experiment,
        changes: twin.changes.clone(),
        interventions: Arc::clone(run.interventions_of(Branch::B)),
    });
}

/// Executor and processor in words.
#[must_use]
pub fn describe_backend(threads: usize) -> String {
    let set = crate::instruction_set::InstructionSet::detect().name();
    format!("CPU, f32, {set}, {threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// Steps a second over about the last second.
pub(super) struct Rate {
    since: Instant,
    steps: u64,
    last: f64,
}

impl Rate {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), steps: 0, last: 0.0 }
    }

    pub(super) fn add(&mut self, steps: u64) {
        self.steps += steps;
        let seconds = self.since.elapsed().as_secs_f64();
        if seconds > 0.5 {
            self.last = self.steps as f64 / seconds;
            self.since = Instant::now();
            self.steps = 0;
        }
    }

    fn value(&self) -> f64 {
        let seconds = self.since.elapsed().as_secs_f64();
        if self.last == 0.0 && seconds > 0.05 { self.steps as f64 / seconds } else { self.last }
    }
}
