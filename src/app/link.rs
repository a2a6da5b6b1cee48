//! The window's end of the wire to the trainer: settings on their way, news on their way back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::journal::{Journal, Weight};
use super::numbers;
use crate::experiment::Experiment;
use crate::training::{Command, Event, SharedMetrics, Status, Trainer, Waker};

/// Data are redrawn at most this often while nothing is touched.
pub(super) const DATA_INTERVAL: Duration = Duration::from_millis(100);

/// Time after a setting was sent in which every piece of news is drawn at once, so that its effect is seen as soon as
/// it is there; the first steps under it fall into it on a slow machine too.
const EFFECT: Duration = Duration::from_millis(300);

/// A setting without an answer is shown as sent for this long, then as the trainer reports it.
const PATIENCE: Duration = Duration::from_secs(5);

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
    outbox: BTreeMap<&'static str, toml::Value>,
    unanswered: BTreeMap<&'static str, Sent>,
    hurry: Arc<Hurry>,
    wants_run: bool,
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
            hurry,
            wants_run: false,
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

    /// Whether the run goes on, or will as soon as it is prepared.
    #[must_use]
    pub fn is_running(&self) -> bool {
        use crate::training::RunState::{Preparing, Running};
        match self.status.state {
            Running => true,
            Preparing => self.wants_run,
            _ => false,
        }
    }

    /// A number of the configuration as the person last set it, answered or not.
    #[must_use]
    pub fn number(&self, field: &'static str) -> Option<f64> {
        let sent = self.outbox.get(field).or_else(|| self.unanswered.get(field).map(|sent| &sent.value));
        sent.and_then(as_number).or_else(|| number_of(&self.status.experiment, field))
    }

    /// Sets a field when the frame ends.
    pub fn set(&mut self, field: &'static str, value: toml::Value) {
        self.outbox.insert(field, value);
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
        use crate::training::RunState::{Failed, Finished};
        let ended = matches!(self.status.state, Finished | Failed);
        let goes_on = self.is_running() || (ended && matches!(command, Command::Load(_)));
        self.outbox.clear();
        self.unanswered.clear();
        self.send(command);
        if goes_on {
            self.send(Command::Run);
        }
    }

    pub(super) fn begin_frame(&mut self) {
        while let Ok(event) = self.trainer.events().try_recv() {
            let status = self.trainer.status();
            self.journal.hear(&event, status.seeds.len());
            match &event {
                Event::Intervened(intervention) => self.answered(&intervention.field, Some(&intervention.new)),
                Event::Refused { field, .. } => self.answered(field, None),
                Event::Started { .. } => {
                    self.unanswered.clear();
                    let (name, seeds) = (&status.experiment.name, numbers::seeds(&status.seeds));
                    self.journal.say(Weight::Note, format!("New run of {name}, {seeds}"));
                }
                _ => {}
            }
        }
        self.status = self.trainer.status();
        let experiment = &self.status.experiment;
        self.unanswered.retain(|field, sent| {
            sent.at.elapsed() < PATIENCE && number_of(experiment, field) != as_number(&sent.value)
        });
    }

    pub(super) fn end_frame(&mut self) {
        if !self.outbox.is_empty() {
            self.hurry.start();
        }
        for (field, value) in std::mem::take(&mut self.outbox) {
            self.unanswered.insert(field, Sent { value: value.clone(), at: Instant::now() });
            self.trainer.send(Command::Set { field: field.to_owned(), value, target: None });
        }
    }

    /// Whether the window has to look again soon although nothing is touched.
    pub(super) fn is_moving(&self) -> bool {
        self.is_running() || !self.unanswered.is_empty() || self.status.state == crate::training::RunState::Preparing
    }

    /// An answer to an older value of a drag leaves the newer one standing.
    fn answered(&mut self, field: &str, new: Option<&serde_json::Value>) {
        let answers = self.unanswered.get(field).is_some_and(|sent| match new {
            Some(new) => as_number(&sent.value) == new.as_f64(),
            None => true,
        });
        if answers {
            self.unanswered.remove(field);
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
        "training.batch_size" => experiment.training.batch_size as f64,
        "training.seeds" => experiment.training.seeds as f64,
        _ => return None,
    })
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
