//! The window's end of the wire to the trainer: settings on their way, news on their way back.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::Context;

use crate::app::look::numbers;
use crate::app::look::titles;
use crate::experiment::Experiment;
use crate::record::{Intervention, MetricStore};
use crate::training::{Branch, Command, Event, Leaver, News, RunState, Status, Trainer, Watch};
use journal::{Journal, Weight};
use undo::Deeds;

pub mod contents;
pub mod grids;
pub mod guard;
pub mod journal;
pub mod judging;
mod look;
mod reach;
pub mod selection;
pub mod setting;
pub mod settings;
pub mod shelf;
mod slots;
pub mod undo;
pub mod visited;
mod waker;

use grids::Grids;
use judging::Judging;
use look::Look;
use reach::Reach;
use setting::Setting;
use settings::as_number;
pub use settings::{number_of, value_of};
use shelf::RunNotes;
use waker::{Hurry, waker};

/// Data are redrawn at most this often while nothing is touched.
pub(super) const DATA_INTERVAL: Duration = Duration::from_millis(120);

/// Time after a setting was sent in which every piece of news is drawn at once, so that its effect is seen as soon as
/// it is there; the first steps under it fall into it on a slow machine too.
const EFFECT: Duration = Duration::from_millis(300);

/// Least time between two questions for expectations while the run goes on.
const EXPECT_INTERVAL: Duration = Duration::from_secs(1);

/// How many times its own duration an answer is worth in training: its cost stays at two percent.
const EXPECT_SPACING: f64 = 50.0;

/// A setting without an answer is shown as sent for this long, then as the trainer reports it, unless the trainer is in the middle of
/// a step, which may take longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Settings on their way whose gestures are remembered: some minutes of dragging.
const SENT: usize = 4096;

struct Sent {
    value: toml::Value,
    at: Instant,
    /// The step of the run then.
    step: u64,
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
    judging: Judging,
    deeds: Deeds,
    gesture: u64,
    /// Settings on their way and the press of the mouse or key that each belongs to, oldest first.
    gestures: VecDeque<(Setting, toml::Value, u64)>,
    hurry: Arc<Hurry>,
    wants_run: bool,
    /// Whether a pause is on its way to a trainer in the middle of a step.
    is_pausing: bool,
    /// The run and the step at which another one was asked for last.
    turning: Option<(u64, u64)>,
    /// Runs that the trainer has been asked for, the first one included; its run ids count them.
    runs_asked: u64,
    /// A speed that is on its way.
    speed_asked: Option<Option<f64>>,
    /// Curves of a run that was opened, for comparison.
    recorded: Option<Recorded>,
    watch: Watch,
    /// The twin that settings act on, or will as soon as it is there; both without one.
    steer: Option<Branch>,
    look: Look,
    /// Counts how often curves became others: at a new run, a way back, and the begin and end of a twin.
    turns: u64,
    reach: Reach,
    /// The expectations that were asked for last.
    asked: Option<Asked>,
    kept: Kept,
    /// The same of runs on the shelf.
    kept_of: BTreeMap<u64, Kept>,
    notes: RunNotes,
    grids: Grids,
}

/// What of the present run exists elsewhere.
#[derive(Clone, Copy, Default)]
struct Kept {
    run_id: u64,
    step: u64,
    seconds: f64,
    /// Changes that lie in a run folder.
    changes: usize,
    /// Changes that the next run gets from a record.
    next: usize,
}

/// What of the present run would be lost with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsaved {
    /// Steps since it was saved.
    pub steps: u64,
    /// Their training.
    pub time: Duration,
    /// Changes made by hand since then.
    pub changes: usize,
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
            judging: Judging::new(ctx),
            deeds: Deeds::default(),
            gesture: 0,
            gestures: VecDeque::new(),
            hurry,
            wants_run: false,
            is_pausing: false,
            turning: None,
            runs_asked: 1,
            speed_asked: None,
            recorded: None,
            watch: Watch::default(),
            steer: None,
            look: Look::default(),
            turns: 0,
            reach: Reach::default(),
            asked: None,
            kept: Kept::default(),
            kept_of: BTreeMap::new(),
            notes: RunNotes::default(),
            grids: Grids::default(),
        })
    }

    /// Leaves the run for the next start and ends the trainer, whatever the run is worth.
    pub(super) fn leave(&mut self, patience: Duration) {
        let said = match self.trainer.leave(patience) {
            Ok(()) => "note: what was trained is kept, and the next start offers to go on with it".to_owned(),
            Err(error) => format!("warning: {error}"),
        };
        let _ = writeln!(std::io::stderr(), "{said}");
    }

    /// A way to have the run left for the next start, from any thread.
    pub(super) fn leaver(&self) -> Leaver {
        self.trainer.leaver()
    }

    /// What of the present run would be lost with it.
    #[must_use]
    pub fn unsaved(&self) -> Unsaved {
        let status = &self.status;
        let kept = if self.kept.run_id == status.run_id { self.kept } else { Kept::default() };
        Unsaved {
            // A run that went back behind what was saved has no step that is not kept.
            steps: status.step.saturating_sub(kept.step),
            time: Duration::from_secs_f64((status.seconds - kept.seconds).max(0.0)),
            changes: changes_of(status).saturating_sub(kept.changes),
        }
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

    /// Whether a pause was asked for that comes with the end of the present step.
    #[must_use]
    pub fn is_pausing(&self) -> bool {
        self.is_pausing && self.status.state == RunState::Running
    }

    /// Whether another run was asked for that comes with the end of the present step. An order that was refused ends with the
    /// step as well.
    #[must_use]
    pub fn is_turning(&self) -> bool {
        let status = &self.status;
        self.turning == Some((status.run_id, status.step)) && status.state == RunState::Running
    }

    /// Whether the run goes on, or will as soon as it is prepared.
    #[must_use]
    pub fn is_running(&self) -> bool {
        use RunState::{Preparing, Running};
        match self.status.state {
            Running => !self.is_pausing,
            Preparing => self.wants_run,
            _ => false,
        }
    }

    /// Sends an order at once.
    pub fn send(&mut self, command: Command) {
        match &command {
            Command::Run | Command::RunUntil(_) | Command::RunUntilConverged => {
                (self.wants_run, self.is_pausing) = (true, false);
            }
            Command::Step(_) => (self.wants_run, self.is_pausing) = (false, false),
            Command::Pause => (self.wants_run, self.is_pausing) = (false, true),
            Command::Reset | Command::NewSeed(_) | Command::Load(_) | Command::Replay { .. } | Command::Open { .. } => {
                self.runs_asked += 1;
                self.kept.next = match &command {
                    Command::Replay { interventions, .. } | Command::Open { interventions, .. } => interventions.len(),
                    _ => 0,
                };
            }
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
                | Command::Open { .. }
                | Command::Restore(_)
        ) {
            // To train is to go back to the present.
            self.look = Look::default();
        }
        if matches!(
            command,
            Command::Reset
                | Command::NewSeed(_)
                | Command::Load(_)
                | Command::Replay { .. }
                | Command::Open { .. }
                | Command::Restore(_)
                | Command::ForkFrom(_)
        ) {
            self.turning = Some((self.status.run_id, self.status.step));
        }
        self.trainer.send(command);
    }

    /// Starts a new run by `command`; it goes on training if the present one does, and another experiment also where
    /// nobody paused the present one.
    pub fn restart(&mut self, command: Command) {
        use RunState::{AtRest, Failed};
        let ended = matches!(self.status.state, AtRest | Failed);
        let goes_on = self.is_running() || (ended && matches!(command, Command::Load(_) | Command::Replay { .. }));
        self.outbox.clear();
        self.unanswered.clear();
        self.gestures.clear();
        if matches!(command, Command::Load(_) | Command::Replay { .. }) {
            self.pending.clear();
        }
        self.send(command);
        if goes_on {
            self.send(Command::Run);
        }
    }

    /// Starts a new run of another experiment, which waits for an order to train.
    pub fn load_paused(&mut self, experiment: Experiment) {
        self.restart_paused(Command::Load(Box::new(experiment)));
    }

    /// Starts another run by `command`, which waits for an order to train.
    pub fn restart_paused(&mut self, command: Command) {
        // A run that starts in the place of one that trains goes on training.
        self.send(Command::Pause);
        self.outbox.clear();
        self.unanswered.clear();
        self.pending.clear();
        self.send(command);
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
        while let Ok(News { step, event }) = self.trainer.events().try_recv() {
            let status = self.trainer.status();
            self.journal.reach(step);
            match &event {
                Event::Intervened(_) => {}
                other => self.journal.hear(other, status.seeds.len()),
            }
            match &event {
                Event::Intervened(intervention) => {
                    let target = intervention.target.clone().unwrap_or_default();
                    let setting = Setting { field: intervention.field.clone(), layer: target.layer, twin: target.twin };
                    let gesture = self.gesture_of(&setting, &intervention.new);
                    self.journal.hear_change(intervention, gesture);
                    self.answered(&setting, &intervention.new);
                }
                Event::Refused { field, .. } => {
                    self.unanswered.retain(|setting, _| setting.field != *field);
                    self.deeds.refused(field);
                }
                Event::Saved(path) if path.extension().is_some_and(|extension| extension == "npz") => {}
                Event::Saved(_) | Event::Returned { .. } => {
                    if matches!(event, Event::Returned { .. }) {
                        self.journal.take_up(&status);
                    }
                    self.kept = Kept {
                        run_id: status.run_id,
                        step: status.step,
                        seconds: status.seconds,
                        changes: changes_of(&status),
                        next: self.kept.next,
                    };
                }
                Event::Started { run_id } => {
                    self.kept = Kept { run_id: *run_id, changes: self.kept.next, ..Kept::default() };
                    self.steer = None;
                    self.unanswered.clear();
                    self.turn();
                    let (name, seeds) = (titles::quoted(&status.experiment), numbers::seeds(&status.seeds));
                    self.journal.say(Weight::Note, format!("New run of {name}, {seeds}"));
                }
                Event::Forked { .. } => {
                    self.deeds.note_fork();
                    self.turn();
                }
                Event::Shelved { run_id, by } => {
                    self.kept_of.insert(*run_id, self.kept);
                    self.deeds.note_replaced(*run_id, by.clone());
                }
                Event::Restored { was, .. } => {
                    let kept = self.kept_of.remove(was).unwrap_or_default();
                    self.kept = Kept { run_id: status.run_id, ..kept };
                    self.deeds.swapped();
                    self.notes.comes_back(*was, status.run_id);
                    self.journal.take_up(&status);
                    self.turn();
                }
                Event::TakenUp { .. } => {
                    self.deeds.swapped();
                    self.journal.take_up(&status);
                    self.turn();
                }
                Event::NotRestored { .. } => self.deeds.swapped(),
                Event::TwinEnded { kept } => {
                    self.steer = None;
                    self.journal.end_twin(*kept, &status);
                    self.deeds.end_twin(kept.name());
                    self.turn();
                }
                Event::Rewound { .. } => {
                    self.journal.follow(&status);
                    if status.twin.is_none() {
                        self.steer = None;
                        self.deeds.end_twin(Branch::A.name());
                    }
                    self.turn();
                }
                _ => {}
            }
        }
        self.status = self.trainer.status();
        self.follow_notes();
        if self.speed_asked == Some(self.status.speed_limit) {
            self.speed_asked = None;
        }
        self.is_pausing &= self.status.state == RunState::Running;
        self.journal.reach(self.status.step);
        let at_once = self.status.state != RunState::Running || self.hurry.is_on(Instant::now());
        let rows = self.rows();
        self.reach.observe((self.status.run_id, self.turns, rows), at_once);
        self.look.answer(self.status.looking_at);
        let mut unanswered = std::mem::take(&mut self.unanswered);
        unanswered.retain(|setting, sent| {
            let experiment = self.experiment_of(setting.twin.as_deref());
            let waits = match as_number(&sent.value) {
                number @ Some(_) => setting.layer.is_some() || number_of(experiment, &setting.field) != number,
                None => value_of(experiment, &setting.field).as_ref() != Some(&sent.value),
            };
            let is_within_a_step = self.status.state == RunState::Running && self.status.step <= sent.step;
            waits && (is_within_a_step || sent.at.elapsed() < PATIENCE)
        });
        self.unanswered = unanswered;
    }

    /// A number that changes with every row of the run or its twin.
    fn rows(&self) -> u64 {
        let (metrics, twins) = (self.metrics(), self.twin_metrics());
        let store = metrics.lock();
        let twins = twins.lock();
        store.version() + twins.as_ref().map_or(0, MetricStore::version)
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
            if self.gestures.len() == SENT {
                self.gestures.pop_front();
            }
            self.gestures.push_back((setting.clone(), value.clone(), self.gesture));
            self.unanswered.insert(setting, Sent { value: value.clone(), at: Instant::now(), step: self.status.step });
            self.trainer.send(Command::Set { field, value, target });
        }
        if let Some(step) = self.look.due() {
            self.trainer.send(Command::Look(step));
        }
    }

    /// Whether the window has to look again soon although nothing is touched.
    pub(super) fn is_moving(&self) -> bool {
        self.is_running()
            || self.is_pausing()
            || !self.unanswered.is_empty()
            || self.look.asked.is_some()
            || self.status.state == RunState::Preparing
    }

    /// The press of the mouse or key that a change comes from; `None` where it was repeated from a record.
    fn gesture_of(&mut self, setting: &Setting, new: &serde_json::Value) -> Option<u64> {
        let same = |value: &toml::Value| match (as_number(value), new.as_f64()) {
            (Some(sent), Some(made)) => sent == made,
            _ => serde_json::to_value(value).is_ok_and(|sent| sent == *new),
        };
        // Answers come in the order of what was sent; a value that was there already has none.
        let place = self.gestures.iter().position(|(sent, value, _)| sent == setting && same(value))?;
        self.gestures.drain(..=place).next_back().map(|(_, _, gesture)| gesture)
    }

    /// An answer to an older value of a drag leaves the newer one standing.
    fn answered(&mut self, setting: &Setting, new: &serde_json::Value) {
        if self.unanswered.get(setting).is_some_and(|sent| as_number(&sent.value) == new.as_f64()) {
            self.unanswered.remove(setting);
        }
    }
}

/// Changes made on the way, in the run or in its twin.
fn changes_of(status: &Status) -> usize {
    let count = |list: &[Intervention]| list.iter().filter(|one| !one.is_of_backend()).count();
    let own = count(&status.interventions);
    status.twin.as_ref().map_or(own, |twin| own.max(count(&twin.interventions)))
}
