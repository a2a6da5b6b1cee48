//! The window's end of the wire to the trainer: settings on their way, news on their way back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::journal::{Journal, Weight};
use super::numbers;
use super::undo::History;
use crate::experiment::fields::{Change, field};
use crate::experiment::{Experiment, with_assignment};
use crate::record::{MetricStore, Target};
use crate::training::{
    Command, Event, Expectations, Moment, RunState, SharedMetrics, SharedNeurons, Status, Trainer, Waker, Watch,
};

/// Data are redrawn at most this often while nothing is touched.
pub(super) const DATA_INTERVAL: Duration = Duration::from_millis(100);

/// Time after a setting was sent in which every piece of news is drawn at once, so that its effect is seen as soon as
/// it is there; the first steps under it fall into it on a slow machine too.
const EFFECT: Duration = Duration::from_millis(300);

/// Least time between two questions for expectations while the run goes on.
const EXPECT_INTERVAL: Duration = Duration::from_secs(1);

/// How many times its own duration an answer is worth in training: its cost stays at two percent.
const EXPECT_SPACING: f64 = 50.0;

/// A setting without an answer is shown as sent for this long, then as the trainer reports it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is set: a field, for all layers or one, for the run with its twin or one of the two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Dotted path of the field.
    pub field: String,
    /// Layer, counted from 1; absent for all.
    pub layer: Option<usize>,
    /// Name of the twin; absent for both.
    pub twin: Option<String>,
}

impl Setting {
    /// A field of the whole run.
    #[must_use]
    pub fn of(field: &str) -> Self {
        Self { field: field.to_owned(), layer: None, twin: None }
    }

    fn target(&self) -> Option<Target> {
        let target = Target { layer: self.layer, twin: self.twin.clone() };
        (target != Target::default()).then_some(target)
    }
}

struct Sent {
    value: toml::Value,
    at: Instant,
}

/// A trainer with what was asked of it and what it said.
pub struct Link {
    trainer: Trainer,
    status: Status,
    journal: Journal,
    /// Values of this frame, sent when it ends: one command a field however far a slider moved.
    outbox: BTreeMap<Setting, toml::Value>,
    unanswered: BTreeMap<Setting, Sent>,
    /// Values that the next run starts with.
    pending: BTreeMap<String, toml::Value>,
    history: History,
    gesture: u64,
    hurry: Arc<Hurry>,
    wants_run: bool,
    /// Curves of a run that was opened, for comparison.
    recorded: Option<Recorded>,
    watch: Watch,
    /// The expectations that were asked for last.
    asked: Option<Asked>,
}

/// What expectations were asked of, and when.
struct Asked {
    run_id: u64,
    step: u64,
    seed_index: usize,
    batches: u64,
    experiment: Arc<Experiment>,
    at: Instant,
}

/// Curves that were read from a run folder.
pub struct Recorded {
    /// Name to show.
    pub name: String,
    /// The curves.
    pub store: MetricStore,
}

impl Link {
    pub(super) fn new(ctx: &Context, experiment: Experiment, threads: usize) -> std::io::Result<Self> {
        let hurry = Arc::new(Hurry::default());
        let trainer = Trainer::spawn(experiment, threads, waker(ctx.clone(), Arc::clone(&hurry)))?;
        let status = trainer.status();
        Ok(Self {
            trainer,
            status,
            journal: Journal::default(),
            outbox: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            pending: BTreeMap::new(),
            history: History::default(),
            gesture: 0,
            hurry,
            wants_run: false,
            recorded: None,
            watch: Watch::default(),
            asked: None,
        })
    }

    /// The trainer's state at the start of the frame.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What happened so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Curves of the current run.
    #[must_use]
    pub fn metrics(&self) -> SharedMetrics {
        self.trainer.metrics()
    }

    /// Curves of a run that was opened.
    #[must_use]
    pub fn recorded(&self) -> Option<&Recorded> {
        self.recorded.as_ref()
    }

    /// Shows curves of a run that was opened beside those of the present one, or none.
    pub fn show_recorded(&mut self, recorded: Option<Recorded>) {
        self.recorded = recorded;
    }

    /// The matrices of the step that is shown, as the trainer made them last; none before they were asked for.
    #[must_use]
    pub fn moment(&self) -> Option<Arc<Moment>> {
        self.trainer.moment()
    }

    /// Asks the trainer for what panes need beyond curves, if that differs from what it makes already.
    pub(super) fn watch(&mut self, matrices: bool, seed_index: usize) {
        let watch = Watch { matrices, seed_index, ..Watch::default() };
        if watch != self.watch {
            self.watch = watch;
            self.trainer.send(Command::Watch(watch));
        }
    }

    /// The newest expectations of the current run; none before they were asked for.
    #[must_use]
    pub fn expectations(&self) -> Option<Arc<Expectations>> {
        self.trainer.expectations().filter(|made| made.run_id == self.status.run_id)
    }

    /// Asks the trainer for expectations over `batches`, if panes need them: now and then while the run goes on, and
    /// once for what stands still.
    pub(super) fn expect(&mut self, batches: Option<u64>, seed_index: usize) {
        let status = &self.status;
        let Some(batches) = batches else {
            self.asked = None;
            return;
        };
        if matches!(status.state, RunState::Preparing | RunState::Failed) {
            return;
        }
        let step = status.looking_at.unwrap_or(status.step);
        let is_due = match &self.asked {
            None => true,
            Some(asked) if status.state == RunState::Running => {
                let cost = self.expectations().map_or(0.0, |made| made.seconds * EXPECT_SPACING);
                asked.at.elapsed().as_secs_f64() >= cost.max(EXPECT_INTERVAL.as_secs_f64())
            }
            Some(asked) => {
                let same = (asked.run_id, asked.step) == (status.run_id, step)
                    && (asked.seed_index, asked.batches) == (seed_index, batches)
                    && Arc::ptr_eq(&asked.experiment, &status.experiment);
                !same
            }
        };
        if is_due {
            let (run_id, experiment) = (status.run_id, Arc::clone(&status.experiment));
            self.asked = Some(Asked { run_id, step, seed_index, batches, experiment, at: Instant::now() });
            self.trainer.send(Command::Expect { seed_index, batches });
        }
    }

    /// Single neurons of one seed of the current run.
    #[must_use]
    pub fn neurons(&self) -> SharedNeurons {
        self.trainer.neurons()
    }

    /// Whether the run goes on, or will as soon as it is prepared.
    #[must_use]
    pub fn is_running(&self) -> bool {
        use RunState::{Preparing, Running};
        match self.status.state {
            Running => true,
            Preparing => self.wants_run,
            _ => false,
        }
    }

    /// A number of the configuration as the person last set it, answered or not.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<f64> {
        self.sent(&Setting::of(field)).and_then(as_number).or_else(|| number_of(&self.status.experiment, field))
    }

    /// Weight decay of one layer, counted from 1, as the person last set it.
    #[must_use]
    pub fn layer_decay(&self, layer: usize) -> f64 {
        let setting = Setting { layer: Some(layer), ..Setting::of("regularizer.weight_decay") };
        let regularizer = &self.status.experiment.regularizer;
        let own = regularizer.weight_decay_layers.get(layer.wrapping_sub(1)).copied();
        self.sent(&setting).and_then(as_number).or(own).unwrap_or(regularizer.weight_decay)
    }

    fn sent(&self, setting: &Setting) -> Option<&toml::Value> {
        let waiting = || self.unanswered.get(setting).map(|sent| &sent.value);
        self.outbox.get(setting).or_else(waiting).or_else(|| self.pending.get(&setting.field))
    }

    /// Sets a field when the frame ends; one that needs a new run waits for it.
    pub fn set(&mut self, field: &str, value: toml::Value) {
        self.change(Setting::of(field), value);
    }

    /// Sets a field, of a layer or twin if so wished, when the frame ends, so that it can be undone.
    pub fn change(&mut self, setting: Setting, value: toml::Value) {
        if let Some(old) = self.value(&setting).filter(|old| *old != value) {
            self.history.note(setting.clone(), old, value.clone(), self.gesture);
        }
        self.put(setting, value);
    }

    fn put(&mut self, setting: Setting, value: toml::Value) {
        if field(&setting.field).is_some_and(|known| known.change == Change::Reset) {
            let now = value_of(&self.status.experiment, &setting.field);
            if now.as_ref() == Some(&value) {
                self.pending.remove(&setting.field);
            } else {
                self.pending.insert(setting.field, value);
            }
        } else {
            self.outbox.insert(setting, value);
        }
    }

    fn value(&self, setting: &Setting) -> Option<toml::Value> {
        match setting.layer {
            Some(layer) => Some(toml::Value::Float(self.layer_decay(layer))),
            None => self.sent(setting).cloned().or_else(|| value_of(&self.status.experiment, &setting.field)),
        }
    }

    /// Values that wait for a new run, by field.
    #[must_use]
    pub fn pending(&self) -> &BTreeMap<String, toml::Value> {
        &self.pending
    }

    /// Changes of settings, to undo and redo.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Takes the last change of a setting back.
    pub fn undo(&mut self) {
        if let Some((setting, value)) = self.history.undo() {
            self.put(setting, value);
        }
    }

    /// Makes the change again that was taken back last.
    pub fn redo(&mut self) {
        if let Some((setting, value)) = self.history.redo() {
            self.put(setting, value);
        }
    }

    /// Changes from here on belong to another press of the mouse or key.
    pub(super) fn begin_gesture(&mut self) {
        self.gesture = self.gesture.wrapping_add(1);
    }

    /// The present experiment with what waits for a new run.
    ///
    /// # Errors
    /// The values that wait and cannot be used, in words; they are dropped.
    pub fn next_experiment(&mut self) -> Result<Experiment, String> {
        let mut experiment = Experiment::clone(&self.status.experiment);
        for (field, value) in std::mem::take(&mut self.pending) {
            experiment = with_assignment(&experiment, &field, value).map_err(|error| error.to_string())?;
        }
        Ok(experiment)
    }

    /// Sends an order at once.
    pub fn send(&mut self, command: Command) {
        match &command {
            Command::Run | Command::RunUntil(_) => self.wants_run = true,
            Command::Pause | Command::Step(_) => self.wants_run = false,
            _ => {}
        }
        self.trainer.send(command);
    }

    /// Starts a new run by `command`; it goes on training if the present one does, and another experiment also where
    /// the present one has come to its end.
    pub fn restart(&mut self, command: Command) {
        use RunState::{Failed, Finished};
        let ended = matches!(self.status.state, Finished | Failed);
        let goes_on = self.is_running() || (ended && matches!(command, Command::Load(_)));
        self.outbox.clear();
        self.unanswered.clear();
        if matches!(command, Command::Load(_)) {
            self.pending.clear();
            self.history.clear();
        }
        self.send(command);
        if goes_on {
            self.send(Command::Run);
        }
    }

    pub(super) fn begin_frame(&mut self) {
        while let Ok(event) = self.trainer.events().try_recv() {
            let status = self.trainer.status();
            self.journal.reach(status.step);
            self.journal.hear(&event, status.seeds.len());
            match &event {
                Event::Intervened(intervention) => {
                    let target = intervention.target.clone().unwrap_or_default();
                    let setting = Setting { field: intervention.field.clone(), layer: target.layer, twin: target.twin };
                    self.answered(&setting, &intervention.new);
                }
                Event::Refused { field, .. } => {
                    self.unanswered.retain(|setting, _| setting.field != *field);
                    self.history.refused(field);
                }
                Event::Started { .. } => {
                    self.unanswered.clear();
                    let (name, seeds) = (&status.experiment.name, numbers::seeds(&status.seeds));
                    self.journal.say(Weight::Note, format!("New run of {name}, {seeds}"));
                }
                _ => {}
            }
        }
        self.status = self.trainer.status();
        self.journal.reach(self.status.step);
        let experiment = &self.status.experiment;
        self.unanswered.retain(|setting, sent| {
            let waits = setting.layer.is_some() || number_of(experiment, &setting.field) != as_number(&sent.value);
            sent.at.elapsed() < PATIENCE && waits
        });
    }

    pub(super) fn end_frame(&mut self) {
        if !self.outbox.is_empty() {
            self.hurry.start();
        }
        for (setting, value) in std::mem::take(&mut self.outbox) {
            let (field, target) = (setting.field.clone(), setting.target());
            self.unanswered.insert(setting, Sent { value: value.clone(), at: Instant::now() });
            self.trainer.send(Command::Set { field, value, target });
        }
    }

    /// Whether the window has to look again soon although nothing is touched.
    pub(super) fn is_moving(&self) -> bool {
        self.is_running() || !self.unanswered.is_empty() || self.status.state == RunState::Preparing
    }

    /// An answer to an older value of a drag leaves the newer one standing.
    fn answered(&mut self, setting: &Setting, new: &serde_json::Value) {
        if self.unanswered.get(setting).is_some_and(|sent| as_number(&sent.value) == new.as_f64()) {
            self.unanswered.remove(setting);
        }
    }
}

fn as_number(value: &toml::Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// A number of an experiment by its path.
#[must_use]
pub fn number_of(experiment: &Experiment, field: &str) -> Option<f64> {
    Some(match field {
        "regularizer.weight_decay" => experiment.regularizer.weight_decay,
        "regularizer.l1" => experiment.regularizer.l1,
        "noise.weight_sd" => experiment.noise.weight_sd,
        "noise.input_sd" => experiment.noise.input_sd,
        "noise.gradient_sd" => experiment.noise.gradient_sd,
        "rule.learning_rate" => experiment.rule.learning_rate,
        "rule.clip" => experiment.rule.clip,
        "rule.target_norm" => experiment.rule.target_norm,
        "model.init_scale" => experiment.model.init_scale,
        "training.batch_size" => experiment.training.batch_size as f64,
        "training.seeds" => experiment.training.seeds as f64,
        _ => return None,
    })
}

/// Any value of an experiment by its path; `None` for a field that is absent.
#[must_use]
pub fn value_of(experiment: &Experiment, field: &str) -> Option<toml::Value> {
    let table = toml::Table::try_from(experiment).ok()?;
    match field.split_once('.') {
        None => table.get(field).cloned(),
        Some((section, key)) => table.get(section)?.get(key).cloned(),
    }
}

/// Until when news are drawn at once; shared with the trainer's thread.
#[derive(Default)]
struct Hurry(Mutex<Option<Instant>>);

impl Hurry {
    fn start(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + EFFECT);
    }

    fn is_on(&self, now: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }
}

/// Wakes the window for new data, but no more often than data are redrawn unless there is a hurry; the last call is
/// never lost.
fn waker(ctx: Context, hurry: Arc<Hurry>) -> Waker {
    let planned = std::cell::Cell::new(None::<Instant>);
    Box::new(move || {
        let now = Instant::now();
        match planned.get() {
            _ if hurry.is_on(now) => {
                planned.set(Some(now));
                ctx.request_repaint();
            }
            Some(at) if now < at => {}
            Some(at) if now < at + DATA_INTERVAL => {
                planned.set(Some(at + DATA_INTERVAL));
                ctx.request_repaint_after(at + DATA_INTERVAL - now);
            }
            _ => {
                planned.set(Some(now));
                ctx.request_repaint();
            }
        }
    })
}
