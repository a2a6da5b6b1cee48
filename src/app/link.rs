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
    Branch, Command, Event, Expectations, Moment, OptionalMetrics, RunState, SharedMetrics, SharedNeurons, Status,
    Trainer, Waker, Watch,
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
    /// Runs that the trainer has been asked for, the first one included; its run ids count them.
    runs_asked: u64,
    /// A speed that is on its way.
    speed_asked: Option<Option<f64>>,
    /// Curves of a run that was opened, for comparison.
    recorded: Option<Recorded>,
    watch: Watch,
    /// The twin that settings act on; both without one.
    steer: Option<Branch>,
    look: Look,
    /// Counts how often curves became others: at a new run, a way back, and the begin and end of a twin.
    turns: u64,
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
            runs_asked: 1,
            speed_asked: None,
            recorded: None,
            watch: Watch::default(),
            steer: None,
            look: Look::default(),
            turns: 0,
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

    /// Curves of twin B from the fork on; `None` within without a twin.
    #[must_use]
    pub fn twin_metrics(&self) -> OptionalMetrics {
        self.trainer.twin_metrics()
    }

    /// Curves as they were before the run went back last; `None` within if it did not.
    #[must_use]
    pub fn before_metrics(&self) -> OptionalMetrics {
        self.trainer.before_metrics()
    }

    /// A number that changes whenever curves become others, rather than longer; for what is kept of them.
    #[must_use]
    pub fn curves_id(&self) -> u64 {
        (self.status.run_id << 32) ^ self.turns
    }

    /// The twin that settings act on; `None` for both, and without a twin.
    #[must_use]
    pub fn steer(&self) -> Option<Branch> {
        self.steer.filter(|_| self.status.twin.is_some())
    }

    /// Lets settings act on one twin, or on both.
    pub fn set_steer(&mut self, steer: Option<Branch>) {
        self.steer = steer;
    }

    /// The present settings of the twin that settings act on; of the run where they act on both.
    #[must_use]
    pub fn steered(&self) -> &Experiment {
        self.experiment_of(self.steer().map(Branch::name))
    }

    fn experiment_of(&self, twin: Option<&str>) -> &Experiment {
        match &self.status.twin {
            Some(status) if twin == Some(Branch::B.name()) => &status.experiment,
            _ => &self.status.experiment,
        }
    }

    /// The step of the past that is shown, as it was asked for last; `None` for the present.
    #[must_use]
    pub fn shown_step(&self) -> Option<u64> {
        self.look.asked.unwrap_or(self.status.looking_at)
    }

    /// Shows a step of the past, or the present; of many wishes in a row, those that the trainer can keep up with.
    pub fn look(&mut self, step: Option<u64>) {
        let last = self.status.step;
        self.look.asked = Some(step.map(|step| step.min(last)));
        self.look.is_sent = false;
    }

    /// Curves of a run that was opened.
    #[must_use]
    pub fn recorded(&self) -> Option<&Recorded> {
        self.recorded.as_ref()
    }

    /// Shows curves of a run that was opened beside those of the present one, or none.
    pub fn show_recorded(&mut self, recorded: Option<Recorded>) {
        self.recorded = recorded;
        self.turns += 1;
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
        self.sent(&self.steered_setting(field)).and_then(as_number).or_else(|| number_of(self.steered(), field))
    }

    /// A field as settings act on it now: what is compiled or needs a new run is the same in both twins.
    fn steered_setting(&self, path: &str) -> Setting {
        let is_live = field(path).is_some_and(|known| known.change == Change::Live);
        let twin = self.steer().filter(|_| is_live).map(|branch| branch.name().to_owned());
        Setting { twin, ..Setting::of(path) }
    }

    /// Weight decay of one layer, counted from 1, as the person last set it.
    #[must_use]
    pub fn layer_decay(&self, layer: usize) -> f64 {
        self.decay_of(&Setting { layer: Some(layer), ..self.steered_setting("regularizer.weight_decay") }, layer)
    }

    /// Sets the weight decay of one layer, counted from 1.
    pub fn set_layer_decay(&mut self, layer: usize, decay: f64) {
        let setting = Setting { layer: Some(layer), ..self.steered_setting("regularizer.weight_decay") };
        self.change(setting, toml::Value::Float(decay));
    }

    fn decay_of(&self, setting: &Setting, layer: usize) -> f64 {
        let regularizer = &self.experiment_of(setting.twin.as_deref()).regularizer;
        let own = regularizer.weight_decay_layers.get(layer.wrapping_sub(1)).copied();
        self.sent(setting).and_then(as_number).or(own).unwrap_or(regularizer.weight_decay)
    }

    fn sent(&self, setting: &Setting) -> Option<&toml::Value> {
        let waiting = || self.unanswered.get(setting).map(|sent| &sent.value);
        self.outbox.get(setting).or_else(waiting).or_else(|| self.pending.get(&setting.field))
    }

    /// Sets a field when the frame ends, of the twin that settings act on; one that needs a new run waits for it.
    pub fn set(&mut self, field: &str, value: toml::Value) {
        self.change(self.steered_setting(field), value);
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
            Some(layer) => Some(toml::Value::Float(self.decay_of(setting, layer))),
            None => {
                let experiment = || self.experiment_of(setting.twin.as_deref());
                self.sent(setting).cloned().or_else(|| value_of(experiment(), &setting.field))
            }
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
            Command::Run | Command::RunUntil(_) | Command::RunUntilConverged => self.wants_run = true,
            Command::Pause | Command::Step(_) => self.wants_run = false,
            Command::Reset | Command::NewSeed(_) | Command::Load(_) | Command::Replay { .. } => self.runs_asked += 1,
            Command::LimitRate(limit) => self.speed_asked = Some(*limit),
            _ => {}
        }
        if matches!(
            command,
            Command::Run
                | Command::Step(_)
                | Command::RunUntil(_)
                | Command::RunUntilConverged
                | Command::ForkFrom(_)
                | Command::Reset
                | Command::NewSeed(_)
                | Command::Load(_)
        ) {
            // To train is to go back to the present.
            self.look = Look::default();
        }
        self.trainer.send(command);
    }

    /// Starts a new run by `command`; it goes on training if the present one does, and another experiment also where
    /// the present one has come to its end.
    pub fn restart(&mut self, command: Command) {
        use RunState::{Failed, Finished};
        let ended = matches!(self.status.state, Finished | Failed);
        let goes_on = self.is_running() || (ended && matches!(command, Command::Load(_) | Command::Replay { .. }));
        self.outbox.clear();
        self.unanswered.clear();
        if matches!(command, Command::Load(_) | Command::Replay { .. }) {
            self.pending.clear();
            self.history.clear();
        }
        self.send(command);
        if goes_on {
            self.send(Command::Run);
        }
    }

    /// Starts a new run of another experiment, which waits for an order to train.
    pub fn load_paused(&mut self, experiment: Experiment) {
        // A run that starts in the place of one that trains goes on training.
        self.send(Command::Pause);
        self.outbox.clear();
        self.unanswered.clear();
        self.pending.clear();
        self.history.clear();
        self.send(Command::Load(Box::new(experiment)));
    }

    /// Sets a field at once, before any later order, and leaves nothing to undo.
    pub fn set_at_once(&mut self, field: &str, value: toml::Value) {
        self.put(Setting::of(field), value);
        self.flush();
    }

    /// Whether status and curves are those of the run that was asked for last, with every setting that was sent.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.status.run_id >= self.runs_asked && self.outbox.is_empty() && self.unanswered.is_empty()
    }

    /// Most steps a second, as the person last set it; `None` for full speed.
    #[must_use]
    pub fn speed_limit(&self) -> Option<f64> {
        self.speed_asked.unwrap_or(self.status.speed_limit)
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
                    self.turn();
                    let (name, seeds) = (&status.experiment.name, numbers::seeds(&status.seeds));
                    self.journal.say(Weight::Note, format!("New run of {name}, {seeds}"));
                }
                Event::Forked { .. } => self.turn(),
                Event::TwinEnded { kept } => {
                    self.journal.end_twin(*kept, &status);
                    self.history.end_twin(kept.name());
                    self.turn();
                }
                Event::Rewound { .. } => {
                    self.journal.follow(&status);
                    if status.twin.is_none() {
                        self.history.end_twin(Branch::A.name());
                    }
                    self.turn();
                }
                _ => {}
            }
        }
        self.status = self.trainer.status();
        if self.speed_asked == Some(self.status.speed_limit) {
            self.speed_asked = None;
        }
        self.journal.reach(self.status.step);
        if self.status.twin.is_none() {
            self.steer = None;
        }
        self.look.answer(self.status.looking_at);
        let mut unanswered = std::mem::take(&mut self.unanswered);
        unanswered.retain(|setting, sent| {
            let experiment = self.experiment_of(setting.twin.as_deref());
            let waits = setting.layer.is_some() || number_of(experiment, &setting.field) != as_number(&sent.value);
            sent.at.elapsed() < PATIENCE && waits
        });
        self.unanswered = unanswered;
    }

    /// Curves have become others, and so may have settings.
    fn turn(&mut self) {
        self.turns += 1;
        self.outbox.clear();
        self.unanswered.clear();
    }

    pub(super) fn end_frame(&mut self) {
        self.flush();
    }

    fn flush(&mut self) {
        if !self.outbox.is_empty() {
            self.hurry.start();
        }
        for (setting, value) in std::mem::take(&mut self.outbox) {
            let (field, target) = (setting.field.clone(), setting.target());
            self.unanswered.insert(setting, Sent { value: value.clone(), at: Instant::now() });
            self.trainer.send(Command::Set { field, value, target });
        }
        if let Some(step) = self.look.due() {
            self.trainer.send(Command::Look(step));
        }
    }

    /// Whether the window has to look again soon although nothing is touched.
    pub(super) fn is_moving(&self) -> bool {
        self.is_running()
            || !self.unanswered.is_empty()
            || self.look.asked.is_some()
            || self.status.state == RunState::Preparing
    }

    /// An answer to an older value of a drag leaves the newer one standing.
    fn answered(&mut self, setting: &Setting, new: &serde_json::Value) {
        if self.unanswered.get(setting).is_some_and(|sent| as_number(&sent.value) == new.as_f64()) {
            self.unanswered.remove(setting);
        }
    }
}

/// A wish to see the past on its way to the trainer.
#[derive(Default)]
struct Look {
    asked: Option<Option<u64>>,
    is_sent: bool,
    /// What was sent last, until it was answered.
    under_way: Option<(Option<u64>, Instant)>,
}

impl Look {
    /// What is to be sent: the newest wish, once the one before was answered or has taken too long.
    fn due(&mut self) -> Option<Option<u64>> {
        let step = self.asked.filter(|_| !self.is_sent)?;
        if self.under_way.is_some_and(|(_, at)| at.elapsed() < DATA_INTERVAL) {
            return None;
        }
        self.is_sent = true;
        self.under_way = Some((step, Instant::now()));
        Some(step)
    }

    fn answer(&mut self, looking_at: Option<u64>) {
        if self.under_way.is_some_and(|(step, at)| step == looking_at || at.elapsed() > PATIENCE) {
            self.under_way = None;
            if self.is_sent {
                self.asked = None;
            }
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
