//! The run of the window in the user's cache folder, and a run that an earlier process left there.

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::found::FoundRun;
use super::keeping::Keeping;
use super::messages::{Event, RunState};
use super::run::Run;
use super::worker::Worker;
use crate::record::{Autosave, LeftBehind, RecordError, RunWords, SpoolRecord};

/// Between two saves of the run in the window.
pub const AUTOSAVE_EVERY: Duration = Duration::from_secs(30);

/// Training below which an untouched run is not left for the next start: it is repeated sooner than a question is read.
const WORTH: f64 = 60.0;

/// What the window needs beside what the run knows itself, to go on.
#[derive(Serialize, Deserialize)]
pub(super) struct Driver {
    rows: SpoolRecord,
    twin_rows: Option<SpoolRecord>,
    /// Seconds of training.
    seconds: f64,
    /// Counts what was saved: clocks jump, and a run may go back to earlier steps.
    #[serde(default)]
    number: u64,
}

impl Driver {
    /// Seconds of training.
    pub(super) fn seconds(&self) -> f64 {
        self.seconds
    }
}

/// Why the program ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parting {
    /// Somebody has closed the window.
    Chosen,
    /// A signal or a fault has.
    Forced,
}

/// Saves on the way.
#[derive(Default)]
pub(super) struct Saving {
    place: Option<Autosave>,
    writing: Option<JoinHandle<Result<u64, RecordError>>>,
    last: Option<Instant>,
    saved_step: Option<u64>,
    last_path: Option<PathBuf>,
    has_failed: bool,
    count: u64,
}

impl Saving {
    /// Whether there is a place to save in.
    pub(super) fn is_on(&self) -> bool {
        self.place.is_some()
    }

    /// Whether that step was saved, or is about to be.
    pub(super) fn has_saved(&self, step: u64) -> bool {
        self.saved_step == Some(step)
    }

    /// Where it was saved last.
    pub(super) fn last_path(&self) -> Option<PathBuf> {
        self.last_path.clone()
    }

    /// Waits until that step is saved; `None` where it is not.
    pub(super) fn wait_for(&mut self, step: u64) -> Option<()> {
        let failure = self.wait();
        self.has_failed |= failure.is_some();
        (self.is_on() && self.has_saved(step) && !self.has_failed).then_some(())
    }

    /// Saves what was said of the run; what went wrong with it, in words.
    pub(super) fn tell(&self, words: &RunWords) -> Option<String> {
        self.place.as_ref()?.tell(words).err().map(|error| error.to_string())
    }

    /// Whether so much training is left for the next start without a further reason.
    pub(super) fn is_worth(&self, seconds: f64) -> bool {
        seconds >= WORTH
    }

    /// Leaves what was saved for the next start of the program.
    pub(super) fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            place.leave();
        }
    }

    /// What was saved of the present step is no longer all.
    pub(super) fn fall_behind(&mut self) {
        self.saved_step = None;
    }

    /// What is saved here is the run in the window from now on, which the next start finds first.
    pub(super) fn come_to_front(&self) {
        // A place that cannot say so keeps its run all the same.
        let Some(told) = self.place.as_ref().and_then(|place| place.come_to_front().ok()) else { return };
        // A disk that writes at its leisure holds up no step; what fails costs the order alone.
        let _ = std::thread::Builder::new().name("autosave".into()).spawn(move || told.sync_all());
    }

    /// What was saved is no longer that of the present run.
    pub(super) fn begin_anew(&mut self) {
        self.wait();
        if let Some(place) = &mut self.place {
            place.forget();
        }
        self.last = None;
        self.saved_step = None;
        self.last_path = None;
    }

    /// Waits for what is being written; what went wrong with it.
    fn wait(&mut self) -> Option<RecordError> {
        match self.writing.take()?.join() {
            Ok(Ok(_)) => {
                self.has_failed = false;
                None
            }
            Ok(Err(error)) => {
                self.saved_step = None;
                Some(error)
            }
            // The hook has told of the panic.
            Err(_) => {
                self.saved_step = None;
                None
            }
        }
    }
}

impl Worker<'_> {
    /// Begins to save.
    pub(super) fn begin_autosave(&mut self) {
        self.wants_saving = true;
        match Autosave::new() {
            Ok(place) => self.saving.place = Some(place),
            Err(error) => self.send(Event::Notice(format!(
                "the run is not saved on its way, and a crash would lose it: the cache folder cannot be used: {error}"
            ))),
        }
    }

    /// Saves after some training, if it is time to.
    pub(super) fn autosave_after(&mut self) {
        let last = *self.saving.last.get_or_insert_with(Instant::now);
        let is_busy = self.saving.writing.as_ref().is_some_and(|writing| !writing.is_finished());
        if self.saving.place.is_some() && last.elapsed() >= self.saves_every && !is_busy {
            self.autosave();
        }
    }

    /// Time until a run that takes no steps is to be looked at again; `None` where it is saved as it is.
    pub(super) fn saves_within(&mut self) -> Option<Duration> {
        if !self.is_unsaved() && self.saving.writing.is_none() {
            return None;
        }
        let last = *self.saving.last.get_or_insert_with(Instant::now);
        Some(self.saves_every.saturating_sub(last.elapsed()))
    }

    /// Saves a run that takes no steps, if that was not done or came to nothing.
    pub(super) fn autosave_at_rest(&mut self) {
        let mut failure = self.saving.wait().map(|error| error.to_string());
        if self.is_unsaved() {
            failure = self.save().or(failure);
        }
        self.tell_unsaved(failure);
    }

    /// Whether there is something of the run that is saved nowhere, and a place for it.
    pub(super) fn is_unsaved(&self) -> bool {
        let step = self.run.as_ref().filter(|run| run.fault().is_none()).map(Run::step);
        step.is_some_and(|step| step > 0 && self.saving.is_on() && !self.saving.has_saved(step))
    }

    /// Lets the present run be what the next start finds first, as it is now.
    pub(super) fn come_to_front(&mut self) {
        self.saving.come_to_front();
        if self.is_unsaved() {
            self.autosave();
        }
    }

    /// Saves now, on a thread of its own; what cannot be saved is said once, and the run goes on.
    pub(super) fn autosave(&mut self) {
        let earlier = self.saving.wait().map(|error| error.to_string());
        let failure = self.save().or(earlier);
        self.tell_unsaved(failure);
    }

    fn tell_unsaved(&mut self, failure: Option<String>) {
        if let Some(error) = failure
            && !std::mem::replace(&mut self.saving.has_failed, true)
        {
            let text =
                format!("the run could not be saved on its way, and a crash would lose what came since: {error}");
            self.send(Event::Notice(text));
        }
    }

    /// Begins to save on a thread of its own; what went wrong before that, in words.
    fn save(&mut self) -> Option<String> {
        let mut failure = None;
        self.saving.last = Some(Instant::now());
        let Keeping { spool, twin_spool, .. } = &mut self.keeping;
        let (Some(run), Some(place)) = (&mut self.run, &mut self.saving.place) else { return None };
        // Whoever empties the cache folder takes the lock along, without which nobody would find what is saved.
        if !place.is_there() {
            match Autosave::new() {
                Ok(new) => {
                    // What cannot be said there is still known here.
                    let _ = new.tell(&self.words);
                    *place = new;
                }
                Err(error) => failure = Some(format!("the cache folder cannot be used: {error}")),
            }
        }
        let rows = spool.record();
        let twin_rows = run.twin().is_some().then(|| twin_spool.record()).transpose();
        match (rows, twin_rows) {
            (Ok(rows), Ok(twin_rows)) => {
                self.saving.count += 1;
                let driver = Driver { rows, twin_rows, seconds: self.seconds, number: self.saving.count };
                let (stored, path) = (run.stored(), place.next_path());
                self.saving.saved_step = Some(stored.step());
                self.saving.last_path = Some(path.clone());
                let write = move || stored.write(&path, &driver);
                match std::thread::Builder::new().name("autosave".into()).spawn(write) {
                    Ok(writing) => self.saving.writing = Some(writing),
                    Err(error) => {
                        self.saving.saved_step = None;
                        failure = Some(error.to_string());
                    }
                }
            }
            (Err(error), _) | (_, Err(error)) => failure = failure.or(Some(error.to_string())),
        }
        failure
    }

    /// As [`Self::leave`], at an end that somebody has chosen and been asked about.
    pub(super) fn leave_by_choice(&mut self) {
        // Nobody is left who could be told; what was saved on the way is there.
        let _ = self.leave(Parting::Chosen);
    }

    /// Saves at the end of the program what is worth it, and leaves it for the next start; all that was trained is where nobody
    /// has chosen that end.
    ///
    /// # Errors
    /// Why that could not be saved, in words; what was saved before is left all the same.
    pub(super) fn leave(&mut self, parting: Parting) -> Result<(), String> {
        self.leave_shelf(parting);
        let Some(run) = &self.run else { return Ok(()) };
        let is_touched = !run.interventions().is_empty() || run.twin().is_some() || self.words != RunWords::default();
        let (step, is_sound) = (run.step(), run.fault().is_none());
        let is_worth_it =
            self.wants_saving && step > 0 && (parting == Parting::Forced || self.seconds >= WORTH || is_touched);
        // What was under way and failed is tried once more.
        let earlier = self.saving.wait().map(|error| error.to_string());
        let has_place = self.saving.place.is_some();
        let mut failure = None;
        if is_worth_it && is_sound && self.saving.saved_step != Some(step) {
            let none = || earlier.unwrap_or_else(|| "the cache folder cannot be used".into());
            failure = if has_place { self.save() } else { Some(none()) };
            failure = failure.or(self.saving.wait().map(|error| error.to_string()));
        }
        if let Some(place) = self.saving.place.take().filter(|_| is_worth_it) {
            self.keeping.leave();
            place.leave();
        }
        failure.map_or(Ok(()), Err)
    }

    /// Goes on with a run that was left behind; where none of its checkpoints can be used, all stays as it is.
    pub(super) fn take_up(&mut self, left: &LeftBehind) {
        let mut problems = Vec::new();
        let before = std::mem::replace(&mut self.state, RunState::Preparing);
        self.publish();
        for found in left_runs(left) {
            let taken = found.and_then(|found| {
                let driver: Driver = found.driver()?;
                let known = self.run.as_ref().and_then(|old| super::worker::known_data(old, found.experiment()));
                Ok((found.resume(self.threads, known)?, driver))
            });
            match taken {
                Ok((run, driver)) => {
                    if self.go_on_with(run, &driver, left.words(), problems) {
                        left.forget();
                    }
                    return;
                }
                Err(error) => problems.push(error.to_string()),
            }
        }
        self.state = before;
        self.publish();
        let first = problems.into_iter().next().unwrap_or_else(|| "there is no checkpoint".into());
        self.send(Event::Notice(format!("the run that was left behind cannot be taken up: {first}")));
    }

    /// Whether what the run was taken up from is needed no more.
    fn go_on_with(&mut self, run: Run, driver: &Driver, words: RunWords, mut problems: Vec<String>) -> bool {
        let step = run.step();
        self.experiment = run.initial().clone();
        self.begin(run);
        self.words = words;
        let _ = self.saving.tell(&self.words);
        self.seconds = driver.seconds;
        self.saving.count = driver.number;
        problems.extend(self.keeping.take_up(&driver.rows, driver.twin_rows.as_ref(), step));
        self.rebuild_stores();
        self.publish();
        self.show_present();
        self.send(Event::TakenUp { step });
        for problem in problems {
            self.send(Event::Notice(problem));
        }
        if self.saving.place.is_some() {
            self.autosave();
            return self.saving.wait().is_none() && !self.saving.has_failed;
        }
        true
    }
}

/// What can be gone on with of a run that was left behind: its checkpoints, that which was saved last first. Those that cannot be
/// read come before them.
#[must_use]
pub fn left_runs(left: &LeftBehind) -> Vec<Result<FoundRun, TrainError>> {
    let mut found: Vec<_> = left.paths().iter().map(|path| FoundRun::open(path)).collect();
    let number = |found: &FoundRun| found.driver::<Driver>().map_or(0, |driver| driver.number);
    // Stable: what has no number stays in the order of its times.
    found.sort_by_key(|found| std::cmp::Reverse(found.as_ref().map_or(u64::MAX, number)));
    found
}
