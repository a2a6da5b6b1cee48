//! One run: replicas in training, and what may be asked of them between steps.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::collapse::{Collapses, Seen};
use super::error::TrainError;
use super::hyper::{hyper_of, replica_of};
use super::memory::{self, Kept};
use super::neurons::{self, NeuronBuffer};
use super::rest::{Rest, rest_of};
use super::rows::{self, VALIDATION};
use super::twin::{Branch, Twin};
use crate::backend::Executor;
use crate::backend::cpu::Replica;
use crate::data::{self, DataSet};
use crate::experiment::{ConfigError, Experiment, SnapshotSeeds};
use crate::program::{Program, Switches};
use crate::record::{Columns, Intervention, NeuronRows, NeuronStore, Row};

/// Bytes of buffers that one seed may have.
const REPLICA_LIMIT: f64 = 8.0 * 1024.0 * 1024.0 * 1024.0;

/// Steps of a run that goes on until it is paused: what its experiment asks for is planned, and not an end.
pub(super) const ENDLESS: u64 = u64::MAX;

/// Replicas in training.
pub struct Run {
    pub(super) initial: Experiment,
    pub(super) experiment: Experiment,
    pub(super) executor: Executor,
    /// What is to be said of a graphics processor that could not go on.
    pub(super) loss: Option<String>,
    pub(super) data: Vec<Arc<DataSet>>,
    pub(super) seeds: Vec<u64>,
    pub(super) columns: Arc<Columns>,
    pub(super) interventions: Arc<Vec<Intervention>>,
    pub(super) initial_norms: Vec<Vec<f64>>,
    pub(super) reported: Vec<bool>,
    pub(super) collapses: Collapses,
    /// What ended it, if a fault of this program did.
    pub(super) fault: Option<String>,
    /// The twin, whose replicas follow the run's own in the same order.
    pub(super) twin: Option<Twin>,
    /// The twin's replicas where they have a compiled step of their own.
    pub(super) apart: Option<Executor>,
    pub(super) step: u64,
    /// Pass that the last step belongs to.
    pub(super) last_epoch: u64,
    pub(super) total_steps: u64,
    pub(super) epoch: Epoch,
    pub(super) threads: usize,
    pub(super) watched: Option<usize>,
    pub(super) neurons: NeuronBuffer,
    /// What tells whether it has come to rest, where that ends it.
    pub(super) rest: Option<Rest>,
    /// Whether it may end there: nothing more is going to be done to it.
    pub(super) may_rest: bool,
    /// Whether it has.
    pub(super) is_at_rest: bool,
}

/// Where in a pass over the training set the run is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Epoch {
    pub(super) number: u64,
    pub(super) first_step: u64,
    pub(super) steps: u64,
}

impl Epoch {
    fn end(self) -> u64 {
        self.first_step + self.steps
    }
}

pub(super) fn compile(experiment: &Experiment, total_steps: u64) -> Result<Arc<Program>, TrainError> {
    compile_for(experiment, Switches::of(experiment), total_steps)
}

/// As [`compile`], for experiments that differ in live settings.
pub(super) fn compile_for(
    experiment: &Experiment,
    switches: Switches,
    total_steps: u64,
) -> Result<Arc<Program>, TrainError> {
    let mut program = Program::compile_for(experiment, switches);
    program.plan.total_steps = total_steps;
    let bytes = (program.lasting_elements() + program.working_elements()) as f64 * 4.0;
    if bytes > REPLICA_LIMIT {
        let gibibyte = 1024.0 * 1024.0 * 1024.0;
        return Err(TrainError::Memory {
            hidden: experiment.model.hidden.clone(),
            gibibytes: bytes / gibibyte,
            allowed: REPLICA_LIMIT / gibibyte,
        });
    }
    Ok(Arc::new(program))
}

impl Run {
    /// Loads the data, compiles the step and sets every seed to its start.
    ///
    /// # Errors
    /// When the configuration, the data or the system do not allow it.
    pub fn new(experiment: Experiment, threads: usize) -> Result<Self, TrainError> {
        let data = Self::load(&experiment, Kept::Outcome, None)?;
        Self::with_data(experiment, threads, data)
    }

    /// The data of every seed, which may be `known`, of a run that fits into memory with what is `kept` of its rows.
    pub(super) fn load(
        experiment: &Experiment,
        kept: Kept,
        known: Option<Vec<Arc<DataSet>>>,
    ) -> Result<Vec<Arc<DataSet>>, TrainError> {
        experiment.validate()?;
        // A network that is refused for its size has a teacher of that size: minutes, and gigabytes, to label the data.
        let program = compile(experiment, experiment.total_steps())?;
        memory::check(experiment, &program, kept, known.is_some())?;
        Ok(known.map_or_else(|| data::load(experiment, &experiment.seeds()), Ok)?)
    }

    /// As [`Self::new`], on data that is already there, one set a seed.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_data(experiment: Experiment, threads: usize, data: Vec<Arc<DataSet>>) -> Result<Self, TrainError> {
        let total_steps = experiment.total_steps();
        Self::of_steps(experiment, threads, data, total_steps)
    }

    /// As [`Self::new`], without an end: the experiment's steps are planned, and nothing happens at the last of them. On
    /// `data` that is already there, one set a seed, or on what is loaded.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn live(experiment: Experiment, threads: usize, data: Option<Vec<Arc<DataSet>>>) -> Result<Self, TrainError> {
        let data = Self::load(&experiment, Kept::Curves, data)?;
        Self::of_steps(experiment, threads, data, ENDLESS)
    }

    fn of_steps(
        experiment: Experiment,
        threads: usize,
        data: Vec<Arc<DataSet>>,
        total_steps: u64,
    ) -> Result<Self, TrainError> {
        experiment.validate()?;
        let experiment = experiment.with_schedules_ending();
        let program = compile(&experiment, total_steps)?;
        let seeds = experiment.seeds();
        let made = |(&seed, data): (&u64, &Arc<DataSet>)| replica_of(&experiment, &program, Arc::clone(data), seed, 0);
        let replicas: Vec<_> = seeds.iter().zip(&data).map(made).collect();
        let initial_norms = replicas.iter().map(|r| weight_norms(&program, r)).collect();
        let columns = Arc::new(rows::columns(&program, Switches::of(&experiment).activation_penalty));
        let rest = (total_steps != ENDLESS).then(|| rest_of(&experiment, &program, &columns, 0)).flatten();
        let executor =
            Executor::new(program, replicas, threads).map_err(|source| TrainError::Threads { threads, source })?;
        Ok(Self {
            epoch: Epoch { number: 0, first_step: 0, steps: experiment.steps_per_epoch() },
            reported: vec![false; seeds.len()],
            collapses: Collapses::new(seeds.len(), executor.program().layers.len()),
            fault: None,
            initial: experiment.clone(),
            experiment,
            executor,
            loss: None,
            data,
            seeds,
            columns,
            interventions: Arc::default(),
            initial_norms,
            twin: None,
            apart: None,
            step: 0,
            last_epoch: 0,
            total_steps,
            threads,
            watched: None,
            neurons: NeuronBuffer::default(),
            rest,
            may_rest: true,
            is_at_rest: false,
        })
    }

    /// The experiment with the present settings.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The experiment as it started.
    #[must_use]
    pub fn initial(&self) -> &Experiment {
        &self.initial
    }

    /// The experiment as it started, with what its data are.
    pub(super) fn recorded_start(&self) -> Experiment {
        let mut recorded = self.initial.clone();
        if let Some(content) = self.data().first().and_then(|data| data.content.clone()) {
            recorded.data.content = Some(content);
        }
        recorded
    }

    /// The experiment as it started, with the steps actually run and what its data are: with the interventions it repeats this run.
    #[must_use]
    pub fn recorded_experiment(&self) -> Experiment {
        let mut recorded = self.recorded_start();
        // The rule that has ended it ends its repetition too.
        if self.step != recorded.total_steps() && !self.is_at_rest {
            recorded.training.steps = Some(self.step.max(1));
        }
        recorded
    }

    /// The changes that repeat this run with [`Self::recorded_experiment`], which has the steps actually run: what was
    /// planned on the way is left out.
    #[must_use]
    pub fn recorded_interventions(&self, branch: Branch) -> Vec<Intervention> {
        self.interventions_of(branch).iter().filter(|one| !one.is_of_length()).cloned().collect()
    }

    /// Names of the values of the rows.
    #[must_use]
    pub fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// Seeds in the order of the replicas.
    #[must_use]
    pub fn seeds(&self) -> &[u64] {
        &self.seeds
    }

    /// Data sets in the order of the replicas.
    #[must_use]
    pub fn data(&self) -> &[Arc<DataSet>] {
        &self.data
    }

    /// Steps run.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Steps after which the run ends; past every step of a live run.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        self.total_steps
    }

    /// Steps that the experiment asks for; a live run may go beyond them.
    #[must_use]
    pub fn planned_steps(&self) -> u64 {
        self.experiment.total_steps()
    }

    /// Whether the run goes on until it is paused.
    pub(super) fn is_live(&self) -> bool {
        self.total_steps == ENDLESS
    }

    /// Changes made on the way.
    #[must_use]
    pub fn interventions(&self) -> &Arc<Vec<Intervention>> {
        &self.interventions
    }

    /// How many seeds a snapshot of the run folder has.
    #[must_use]
    pub fn snapshot_seeds(&self) -> usize {
        match self.experiment.measure.snapshot_seeds {
            SnapshotSeeds::First => 1,
            SnapshotSeeds::All => self.seeds.len(),
        }
    }

    /// Worker threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.executor.threads()
    }

    /// Whether any seed still trains.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.fault.is_none() && (self.executor.is_alive() || self.apart.as_ref().is_some_and(Executor::is_alive))
    }

    /// The executor, for what reads buffers.
    #[must_use]
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Trains up to `limit` steps, no further than the end of the epoch or of the run, and hands out the measured rows
    /// by step and seed. `last` says that the run ends with this call, so that its last row is validated. A twin trains
    /// along, but its rows are not handed out.
    pub fn advance(&mut self, limit: u64, last: bool, mut sink: impl FnMut(Row)) {
        self.advance_branches(limit, last, |branch, row| {
            if branch == Branch::A {
                sink(row);
            }
        });
    }

    /// As [`Self::advance`], with the rows of both twins: by step, then twin, then seed.
    pub fn advance_branches(&mut self, limit: u64, last: bool, sink: impl FnMut(Branch, Row)) {
        self.advance_watching(limit, last, sink, |_, _| {});
    }

    /// Watches the neurons of one replica, by its place, from the next step on, or none; others cost nothing.
    pub fn watch_neurons(&mut self, replica: Option<usize>) {
        self.watched = replica;
        self.executor.keep_rows(replica);
    }

    /// An empty store for the neurons that are watched; without layers where none are.
    #[must_use]
    pub fn neuron_store(&self) -> NeuronStore {
        let seed = self.watched.and_then(|replica| self.seeds.get(replica)).copied();
        let seed = seed.unwrap_or(self.experiment.training.seed);
        NeuronStore::new(&self.watched_layers(), seed, self.experiment.measure.window)
    }

    /// Layers whose neurons are watched, counted from 1, and their neurons.
    pub(super) fn watched_layers(&self) -> Vec<(usize, usize)> {
        let there = self.watched.is_some_and(|replica| replica < self.seeds.len());
        if there { neurons::layers(self.executor.program()) } else { Vec::new() }
    }

    /// As [`Self::advance_branches`]; `neurons` is handed each measured step of the replica that is watched.
    pub fn advance_watching(
        &mut self,
        limit: u64,
        last: bool,
        mut sink: impl FnMut(Branch, Row),
        neurons: impl FnMut(u64, NeuronRows<'_>),
    ) {
        let Some(finished) = self.guarded(|run| run.train_up_to(limit, last)) else { return };
        let finished = self.comes_to_rest() || finished;
        let end = self.step;
        let every = self.experiment.measure.validate_every;
        let epoch_ends = end == self.epoch.end();
        let validates = finished || (epoch_ends && every > 0 && (self.epoch.number + 1).is_multiple_of(every));
        let evaluate = |executor: &mut Executor| if validates { executor.evaluate() } else { Vec::new() };
        let validation = self.guarded(|run| run.executors_mut().map(evaluate).collect::<Vec<_>>());
        self.emit(end, &validation.unwrap_or_default(), &mut sink);
        self.emit_neurons(neurons);
        self.end_epoch();
    }

    /// As [`Self::advance`], for steps that have been measured before: neither rows nor validation.
    pub(super) fn repeat(&mut self, limit: u64) {
        self.train_up_to(limit, false);
        self.end_epoch();
    }

    /// Whether the run ends here.
    fn train_up_to(&mut self, limit: u64, last: bool) -> bool {
        let mut end = self.step.saturating_add(limit.max(1)).min(self.epoch.end());
        if self.step < self.total_steps {
            end = end.min(self.total_steps);
        }
        if let Some(rest) = &self.rest {
            end = end.min(self.step.saturating_add(rest.steps_left(self.step)));
        }
        let steps = end - self.step;
        self.executors_mut().for_each(|executor| executor.advance(steps));
        self.step = end;
        self.last_epoch = self.epoch.number;
        let finished = end == self.total_steps || last;
        if finished {
            self.check_weights();
        }
        finished
    }

    /// Looks for weights that are not finite, which no measurement has seen.
    pub(super) fn check_weights(&mut self) {
        for executor in self.executors_mut() {
            let program = Arc::clone(executor.program());
            executor.replicas_mut().iter_mut().for_each(|r| r.check_weights(&program));
        }
    }

    fn end_epoch(&mut self) {
        if self.step == self.epoch.end() {
            let (number, first_step) = (self.epoch.number + 1, self.step);
            self.epoch = Epoch { number, first_step, steps: self.experiment.steps_per_epoch() };
        }
    }

    /// Hands the rows of the last steps out; `validation` is that of each executor, empty where there was none.
    fn emit(&mut self, end: u64, validation: &[Vec<Option<(f64, f64)>>], sink: &mut impl FnMut(Branch, Row)) {
        let mut seen = self.take_seen();
        let of = |executor: usize| validation.get(executor).map_or(&[][..], Vec::as_slice);
        match &self.apart {
            None => self.emit_of(&self.executor, |replica| self.place(replica), (end, of(0)), &mut seen, sink),
            Some(apart) => {
                let (mut own, mut twins) = (VecDeque::new(), Vec::new());
                let place = |replica: usize| (Branch::A, replica);
                self.emit_of(&self.executor, place, (end, of(0)), &mut seen, &mut |_, row| own.push_back(row));
                let place = |replica: usize| (Branch::B, replica);
                self.emit_of(apart, place, (end, of(1)), &mut seen, &mut |_, row| twins.push(row));
                let mut twins = twins.into_iter().peekable();
                while !own.is_empty() || twins.peek().is_some() {
                    let step = own.front().into_iter().chain(twins.peek()).map(|row| row.step).min();
                    while let Some(row) = own.pop_front_if(|row| Some(row.step) == step) {
                        sink(Branch::A, row);
                    }
                    while let Some(row) = twins.next_if(|row| Some(row.step) == step) {
                        sink(Branch::B, row);
                    }
                }
            }
        }
        self.put_seen(seen);
    }

    /// Hands the rows of one executor out, whose replicas are those of `place`.
    fn emit_of(
        &self,
        executor: &Executor,
        place: impl Fn(usize) -> (Branch, usize),
        (end, validation): (u64, &[Option<(f64, f64)>]),
        seen: &mut Seen,
        sink: &mut impl FnMut(Branch, Row),
    ) {
        let program = executor.program();
        let mut written = vec![false; executor.replicas().len()];
        executor.for_each_measurement(|m| {
            let (branch, seed) = place(m.replica);
            let mut values = rows::values(self.experiment_of(branch), program, self.columns_of(branch), &m);
            self.observe(seen, (branch, seed), m.step, &values);
            if m.step + 1 == end {
                written[m.replica] = true;
                self.fill_validation(&mut values, validation.get(m.replica).copied().flatten());
            }
            sink(branch, Row { step: m.step, epoch: self.epoch.number, seed: self.seeds[seed], values });
        });
        if validation.is_empty() {
            return;
        }
        for (replica, state) in executor.replicas().iter().enumerate() {
            // An epoch's last step that is not measured has a row all the same, for its validation.
            if !written[replica] && state.divergence().is_none() {
                let (branch, seed) = place(replica);
                sink(branch, self.unmeasured_row(branch, seed, validation.get(replica).copied().flatten()));
            }
        }
    }

    fn emit_neurons(&mut self, mut sink: impl FnMut(u64, NeuronRows<'_>)) {
        if self.watched.is_none() {
            return;
        }
        let (program, buffer) = (self.executor.program(), &mut self.neurons);
        self.executor.for_each_measurement(|m| {
            if let Some(rows) = buffer.fill(program, &m) {
                sink(m.step, rows);
            }
        });
    }

    /// The row of the last step for a twin's replica, by the place of its seed, that was not measured there.
    pub(super) fn unmeasured_row(&self, branch: Branch, seed: usize, validation: Option<(f64, f64)>) -> Row {
        let mut values = vec![None; self.columns_of(branch).names().len()];
        values[0] = Some(self.networks(branch)[seed].train_loss() as f32);
        self.fill_validation(&mut values, validation);
        Row { step: self.step - 1, epoch: self.last_epoch, seed: self.seeds[seed], values }
    }

    /// Loss and accuracy on the validation set of every replica of a twin; `None` for one that has diverged. Of a run that
    /// a fault has ended, nothing.
    pub(super) fn validate(&mut self, branch: Branch) -> Vec<Option<(f64, f64)>> {
        let places = self.replicas_of(branch);
        let all = self.guarded(|run| run.executor_of_mut(branch).evaluate()).unwrap_or_default();
        all.into_iter().skip(places.start).take(places.len()).collect()
    }

    pub(super) fn fill_validation(&self, values: &mut [Option<f32>], validation: Option<(f64, f64)>) {
        if let Some((loss, accuracy)) = validation {
            values[VALIDATION] = Some(loss as f32).filter(|v| v.is_finite());
            values[VALIDATION + 1] = self.experiment.is_classification().then_some(accuracy as f32);
        }
    }

    /// Trains the first seed alone for `steps` steps and tells each operation's mean seconds; for benchmarks.
    pub fn profile(&mut self, steps: u64) -> Vec<(String, f64)> {
        let program = Arc::clone(self.executor.program());
        let Some(replica) = self.executor.replicas_mut().first_mut() else { return Vec::new() };
        let seconds = replica.profile(&program, steps);
        program.step.iter().zip(seconds).map(|(i, seconds)| (program.describe(i), seconds)).collect()
    }

    /// Keeps the first `count` seeds, of both twins.
    pub(super) fn drop_seeds(&mut self, count: usize) {
        let seeds = self.seeds.len();
        self.executors_mut().for_each(|executor| executor.retain(|place| place % seeds < count));
        self.seeds.truncate(count);
        self.data.truncate(count);
        self.reported.truncate(count);
        self.initial_norms.truncate(count);
        if let Some(twin) = &mut self.twin {
            twin.reported.truncate(count);
        }
    }

    pub(super) fn refresh_hyper(&mut self) {
        let branches: &[Branch] = if self.twin.is_some() { &[Branch::A, Branch::B] } else { &[Branch::A] };
        for &branch in branches {
            let (values, courses) = hyper_of(self.experiment_of(branch), self.program_of(branch));
            for place in self.replicas_of(branch) {
                self.executor_of_mut(branch).set_hyper(place, &values, &courses);
            }
        }
    }
}

pub(super) fn weight_norms(program: &Program, replica: &Replica<f32>) -> Vec<f64> {
    let norm = |k: usize| {
        let values = replica.buffer(program.layers[k].trained_weights.buffer);
        values.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>().sqrt()
    };
    (0..program.layers.len()).map(norm).collect()
}

/// What a change of a field that needs a new run is answered with.
pub(super) fn needs_new_run(field: &str, value: &impl std::fmt::Display) -> ConfigError {
    ConfigError::value(field, value, "can only change with a new run; reset or load the experiment to apply it")
}
