//! The trainer's thread: commands between chunks of steps, rows and news out.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::handle::{Slots, Waker};
use super::messages::{Command, Event, RunState, Status};
use super::run::Run;
use crate::experiment::Experiment;
use crate::record::{MetricStore, Overwrite, Row, RunFolder};

/// Time between two looks at the commands while training.
const CHUNK: Duration = Duration::from_millis(12);

/// Runs until [`Command::Stop`] or until the handle is dropped.
pub(super) fn run(
    experiment: Experiment,
    threads: usize,
    inbox: &Receiver<Command>,
    outbox: &Sender<Event>,
    slots: &Slots,
    waker: &Waker,
) {
    let mut worker = Worker {
        threads,
        outbox,
        slots,
        waker,
        run: None,
        experiment: experiment.clone(),
        state: RunState::Preparing,
        goal: Goal::Total,
        run_id: 0,
        chunk: 1,
        rate: Rate::new(),
        limit: None,
        rows: Vec::new(),
    };
    worker.start(experiment);
    loop {
        let command = if worker.state == RunState::Running {
            match inbox.try_recv() {
                Ok(command) => Some(command),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return,
            }
        } else {
            match inbox.recv() {
                Ok(command) => Some(command),
                Err(_) => return,
            }
        };
        match command {
            Some(Command::Stop) => return,
            Some(command) => worker.obey(command),
            None => worker.train(inbox),
        }
    }
}

/// Where training pauses by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// At the experiment's number of steps.
    Total,
    /// After that many steps in all.
    Step(u64),
    /// Never.
    Endless,
}

struct Worker<'a> {
    threads: usize,
    outbox: &'a Sender<Event>,
    slots: &'a Slots,
    waker: &'a Waker,
    run: Option<Run>,
    /// Settings that the next run starts with.
    experiment: Experiment,
    state: RunState,
    goal: Goal,
    run_id: u64,
    /// Steps that take about [`CHUNK`].
    chunk: u64,
    rate: Rate,
    limit: Option<f64>,
    rows: Vec<Row>,
}

impl Worker<'_> {
    fn send(&self, event: Event) {
        // A window that reads nothing for a thousand events misses some; the newest state is in the slots all the same.
        let _ = self.outbox.try_send(event);
        // While training, the next steps wake the window anyway: one frame then shows the news and what came of it.
        if self.state != RunState::Running {
            (self.waker)();
        }
    }

    fn start(&mut self, experiment: Experiment) {
        self.experiment = experiment.clone();
        self.state = RunState::Preparing;
        // The data of a run of the same seeds and data section are the same; loading CIFAR again would take seconds.
        let reusable = self.run.take().filter(|old| {
            let before = old.experiment();
            before.data == experiment.data && before.model == experiment.model && old.seeds() == experiment.seeds()
        });
        let made = match reusable {
            Some(old) => Run::with_data(experiment, self.threads, old.data().to_vec()),
            None => {
                self.publish();
                Run::new(experiment, self.threads)
            }
        };
        self.run_id += 1;
        self.chunk = 1;
        self.rate = Rate::new();
        self.goal = Goal::Total;
        match made {
            Ok(run) => {
                let store = MetricStore::new(Arc::clone(run.columns()), run.seeds());
                *self.slots.metrics.lock().unwrap_or_else(PoisonError::into_inner) = store;
                let notice = run.data().first().and_then(|d| d.notice.clone());
                self.run = Some(run);
                self.watch(0);
                self.state = RunState::Paused;
                self.publish();
                self.send(Event::Started { run_id: self.run_id });
                if let Some(notice) = notice {
                    self.send(Event::Notice(notice));
                }
            }
            Err(error) => {
                self.state = RunState::Failed;
                self.publish();
                self.send(Event::Failed(error.to_string()));
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Run => {
                let finished = self.run.as_ref().is_some_and(|run| run.step() >= run.total_steps());
                self.set_off(if finished { Goal::Endless } else { Goal::Total });
            }
            Command::Pause => {
                if self.state == RunState::Running {
                    self.state = RunState::Paused;
                    self.publish();
                }
            }
            Command::Step(steps) => {
                let from = match self.goal {
                    // Steps asked for while others are under way come on top of them.
                    Goal::Step(goal) if self.state == RunState::Running => goal,
                    _ => self.run.as_ref().map_or(0, Run::step),
                };
                self.set_off(Goal::Step(from.saturating_add(steps)));
            }
            Command::RunUntil(step) => {
                if self.run.as_ref().is_some_and(|run| run.step() < step) {
                    self.set_off(Goal::Step(step));
                }
            }
            Command::Reset => {
                let experiment = self.current();
                self.restart(experiment);
            }
            Command::NewSeed(seed) => {
                let mut experiment = self.current();
                experiment.training.seed = seed;
                self.restart(experiment);
            }
            Command::Load(experiment) => self.restart(*experiment),
            Command::Set { field, value, target } => self.set(&field, value, target),
            Command::Snapshot => {
                if let Some(run) = &mut self.run {
                    let all = run.seeds().len();
                    let snapshot = Arc::new(run.snapshot(all));
                    self.send(Event::Snapshot(snapshot));
                }
            }
            Command::Save(path) => self.save(&path),
            Command::WatchNeurons(replica) => self.watch(replica),
            Command::LimitRate(limit) => self.limit = limit.filter(|l| l.is_finite() && *l > 0.0),
            // Handled by the loop.
            Command::Stop => {}
        }
    }

    fn save(&self, path: &Path) {
        let Some(run) = &self.run else { return };
        let saved = RunFolder::create(path, Overwrite::Refuse).and_then(|folder| {
            folder.write_config(&run.recorded_experiment().to_toml())?;
            folder.write_interventions(run.interventions())
        });
        self.send(match saved {
            Ok(()) => Event::Saved(path.to_path_buf()),
            Err(error) => Event::Notice(format!("nothing saved: {error}")),
        });
    }

    fn current(&self) -> Experiment {
        self.run.as_ref().map_or_else(|| self.experiment.clone(), |run| run.experiment().clone())
    }

    /// A new run that goes on if the old one was going.
    fn restart(&mut self, experiment: Experiment) {
        let was_running = self.state == RunState::Running;
        self.start(experiment);
        if was_running {
            self.set_off(Goal::Total);
        }
    }

    fn set_off(&mut self, goal: Goal) {
        if self.run.as_ref().is_some_and(Run::is_alive) {
            self.goal = goal;
            self.state = RunState::Running;
            self.rate = Rate::new();
            self.publish();
        }
    }

    fn set(&mut self, field: &str, value: toml::Value, target: Option<crate::record::Target>) {
        let Some(run) = &mut self.run else { return };
        let columns = Arc::clone(run.columns());
        match run.set(field, value, target) {
            Ok(None) => {}
            Ok(Some(intervention)) => {
                if *columns != **run.columns() || field == "training.seeds" {
                    let store = MetricStore::new(Arc::clone(run.columns()), run.seeds());
                    *self.slots.metrics.lock().unwrap_or_else(PoisonError::into_inner) = store;
                }
                self.watch_on();
                self.chunk = 1;
                self.publish();
                self.send(Event::Intervened(intervention));
            }
            Err(error) => {
                self.publish();
                self.send(Event::Refused { field: field.into(), message: error.to_string() });
            }
        }
    }

    /// Follows the neurons of one replica, if they are measured; a store that fits is kept.
    fn watch(&mut self, replica: usize) {
        let Some(run) = &mut self.run else { return };
        let replica = replica.min(run.seeds().len() - 1);
        run.watch_neurons(run.experiment().measure.neurons.then_some(replica));
        *self.slots.neurons.lock().unwrap_or_else(PoisonError::into_inner) = run.neuron_store();
    }

    /// Makes a new store where a change of the settings has changed what is watched.
    fn watch_on(&mut self) {
        let Some(run) = &self.run else { return };
        let (wanted, fits) = {
            let store = self.slots.neurons.lock().unwrap_or_else(PoisonError::into_inner);
            let place = run.seeds().iter().position(|&seed| seed == store.seed());
            let measured = run.experiment().measure.neurons;
            let same = store.layers() == run.watched_layers() && store.window() == run.experiment().measure.window;
            (place.unwrap_or(0), place.is_some() && same && measured != store.layers().is_empty())
        };
        if !fits {
            self.watch(wanted);
        }
    }

    fn train(&mut self, inbox: &Receiver<Command>) {
        let Some(run) = &mut self.run else { return };
        let target = match self.goal {
            Goal::Total => run.total_steps(),
            Goal::Step(step) => step,
            Goal::Endless => u64::MAX,
        };
        let mut steps = self.chunk.min(target.saturating_sub(run.step()));
        if let Some(limit) = self.limit {
            // Slow motion: one frame's worth of steps, then a wait that a command cuts short.
            steps = steps.min((limit * CHUNK.as_secs_f64()).ceil() as u64);
        }
        let began = Instant::now();
        if steps > 0 {
            let before = run.step();
            let rows = &mut self.rows;
            // The store is free while the steps are computed, and taken for the pushes alone.
            let (neurons, mut store) = (&self.slots.neurons, None);
            run.advance_watching(
                steps,
                false,
                |row| rows.push(row),
                |step, row| {
                    let store = store.get_or_insert_with(|| neurons.lock().unwrap_or_else(PoisonError::into_inner));
                    store.push(step, row);
                },
            );
            drop(store);
            let done = run.step() - before;
            self.adapt(done, began.elapsed());
            self.store_rows();
            self.report(done);
            self.hold_rate(done, began, inbox);
        }
        let Some(run) = &self.run else { return };
        let reached = run.step() >= target;
        if !run.is_alive() {
            self.state = RunState::Failed;
        } else if reached {
            self.state = if self.goal == Goal::Total { RunState::Finished } else { RunState::Paused };
        }
        let step = run.step();
        self.publish();
        if reached && self.goal == Goal::Total {
            self.send(Event::Finished { step });
        }
        (self.waker)();
    }

    /// Keeps a chunk near [`CHUNK`], so that a slider is felt at once.
    fn adapt(&mut self, done: u64, took: Duration) {
        let per_step = took.as_secs_f64() / done.max(1) as f64;
        let fitting = (CHUNK.as_secs_f64() / per_step.max(1e-9)) as u64;
        self.chunk = fitting.clamp(1, (self.chunk * 2).min(4096));
    }

    fn store_rows(&mut self) {
        let mut store = self.slots.metrics.lock().unwrap_or_else(PoisonError::into_inner);
        for row in self.rows.drain(..) {
            store.push(&row);
        }
    }

    fn report(&mut self, done: u64) {
        let Some(run) = &mut self.run else { return };
        let alive = run.executor().replicas().iter().filter(|r| r.divergence().is_none()).count();
        self.rate.add(done * alive as u64);
        for news in run.newly_diverged() {
            let (step, field) = (news.divergence.step, news.divergence.field);
            let _ = self.outbox.try_send(Event::Diverged { seed: news.seed, step, field });
        }
    }

    fn hold_rate(&self, done: u64, began: Instant, inbox: &Receiver<Command>) {
        let Some(limit) = self.limit else { return };
        let until = began + Duration::from_secs_f64(done as f64 / limit);
        (self.waker)();
        while inbox.is_empty() && Instant::now() < until {
            std::thread::sleep((until - Instant::now().min(until)).min(Duration::from_millis(10)));
        }
    }

    fn publish(&self) {
        let mut status = self.slots.status.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(run) = &self.run else {
            *status = Status {
                state: self.state,
                experiment: Arc::new(self.experiment.clone()),
                run_id: self.run_id,
                ..Status::default()
            };
            return;
        };
        if *status.experiment != *run.experiment() {
            status.experiment = Arc::new(run.experiment().clone());
        }
        status.state = self.state;
        status.step = run.step();
        status.total_steps = run.total_steps();
        status.replica_steps_per_second = self.rate.value();
        if status.run_id != self.run_id || status.backend.is_empty() {
            status.backend = describe_backend(run.threads());
            status.data_source = run.data().first().map(|d| d.source.clone()).unwrap_or_default();
        }
        status.columns = Arc::clone(run.columns());
        if status.seeds != run.seeds() {
            status.seeds = run.seeds().to_vec();
        }
        status.run_id = self.run_id;
    }
}

/// Executor and processor in words.
#[must_use]
pub fn describe_backend(threads: usize) -> String {
    let set = crate::instruction_set::InstructionSet::detect().name();
    format!("CPU, f32, {set}, {threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// Steps a second over about the last second.
struct Rate {
    since: Instant,
    steps: u64,
    last: f64,
}

impl Rate {
    fn new() -> Self {
        Self { since: Instant::now(), steps: 0, last: 0.0 }
    }

    fn add(&mut self, steps: u64) {
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
