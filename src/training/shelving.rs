//! What the trainer puts on the shelf, and takes from it.

use std::path::PathBuf;
use std::sync::Arc;

use super::autosaving::{Driver, Parting, left_runs};
use super::backend::{BackendChoice, CPU};
use super::error::TrainError;
use super::found::FoundRun;
use super::keeping::Keeping;
use super::messages::{Event, RunState};
use super::run::Run;
use super::shelf::{Body, Entry, Held, ReplacedBy, ShelvedRun};
use super::worker::{Worker, known_data};
use crate::data::DataSet;
use crate::experiment::Experiment;
use crate::record::{LeftBehind, MetricStore, NeuronStore, RunWords};

/// Bytes of rows beyond which a twin that ends is not kept; chosen here: what is copied in a moment.
const MOST_COPIED: u64 = 128 << 20;

/// Numbers of runs that were copied before their twin ended begin here.
const COPY_IDS: u64 = 1 << 41;

/// Numbers of runs that earlier starts left begin here.
const LEFT_IDS: u64 = 1 << 40;

impl Worker<'_> {
    /// Puts the present run on the shelf, if it is one that somebody may want back.
    pub(super) fn shelve(&mut self) {
        if self.is_passing || self.run.is_none() {
            self.run = None;
            return;
        }
        let step = self.run.as_ref().map_or(0, Run::step);
        let is_sound = self.run.as_ref().is_some_and(|run| run.fault().is_none());
        if step > 0 && is_sound && !self.saving.has_saved(step) {
            self.autosave();
        }
        let Some(mut run) = self.run.take() else { return };
        let trained_on = run.backend_name();
        run.rest_on_cpu();
        let place = self.saving.is_on();
        let saving = std::mem::take(&mut self.saving);
        if place {
            self.begin_autosave();
        }
        let metrics = self.slots.metrics.replace(MetricStore::new(Arc::clone(run.columns()), run.seeds()));
        let neurons = self.slots.neurons.replace(NeuronStore::new(&[], 0, 1));
        let about_it = self.words != RunWords::default();
        let about = ShelvedRun {
            run_id: self.run_id,
            experiment: Arc::new(run.experiment().clone()),
            interventions: Arc::clone(run.interventions()),
            step,
            seconds: self.seconds,
            seeds: run.seeds().to_vec(),
            has_twin: run.twin().is_some(),
            columns: Arc::clone(run.columns()),
            curves: Some(Arc::new(metrics)),
            is_kept: self.words.is_kept,
            left: None,
            words: std::mem::take(&mut self.words),
        };
        let held = Held {
            is_touched: about_it || run.twin().is_some() || run.interventions().iter().any(|one| !one.is_of_backend()),
            run: Some(run),
            keeping: std::mem::replace(&mut self.keeping, Keeping::new()),
            twin_metrics: self.slots.twin_metrics.replace(None),
            before_metrics: self.slots.before_metrics.replace(None),
            neurons,
            saving,
            scheduled: std::mem::take(&mut self.scheduled),
            seconds: self.seconds,
            trained_on,
        };
        let run_id = about.run_id;
        self.shelf.entries.push(Entry { about, body: Body::Held(Box::new(held)) });
        self.trim_shelf();
        let by = std::mem::replace(&mut self.replacing, ReplacedBy::Restored);
        self.send(Event::Shelved { run_id, by });
    }

    /// Puts the run with its twin on the shelf as well, before it goes on with one of them; where there is no place to save it in,
    /// or its rows are many, it cannot come back.
    pub(super) fn shelve_twins(&mut self) {
        let Some(run) = self.run.as_mut().filter(|_| !self.is_passing && self.saving.is_on()) else { return };
        let (step, is_sound) = (run.step(), run.fault().is_none());
        let rows = self.keeping.spool.bytes() + self.keeping.twin_spool.bytes();
        if !is_sound || rows > MOST_COPIED {
            return;
        }
        let trained_on = run.backend_name();
        let spools = self.keeping.spool.duplicate().and_then(|own| Ok((own, self.keeping.twin_spool.duplicate()?)));
        let Ok((spool, twin_spool)) = spools else { return };
        let experiment = Arc::new(run.experiment().clone());
        let (interventions, columns) = (Arc::clone(run.interventions()), Arc::clone(run.columns()));
        let seeds = run.seeds().to_vec();
        let own = std::mem::take(&mut self.saving);
        let spools = [&mut self.keeping.spool, &mut self.keeping.twin_spool].map(std::mem::take);
        // What is saved names the files of the copies.
        (self.keeping.spool, self.keeping.twin_spool) = (spool, twin_spool);
        self.begin_autosave();
        self.autosave();
        let saving = std::mem::replace(&mut self.saving, own);
        let [spool, twin_spool] = spools;
        let copies = (
            std::mem::replace(&mut self.keeping.spool, spool),
            std::mem::replace(&mut self.keeping.twin_spool, twin_spool),
        );
        if !saving.has_saved(step) {
            return;
        }
        let metrics = self.slots.metrics.copy();
        self.shelf.copies += 1;
        let run_id = COPY_IDS + self.shelf.copies;
        let about = ShelvedRun {
            run_id,
            experiment,
            interventions,
            step,
            seconds: self.seconds,
            seeds,
            has_twin: true,
            columns,
            curves: Some(Arc::new(metrics)),
            is_kept: false,
            left: None,
            words: RunWords { is_kept: false, ..self.words.clone() },
        };
        let _ = saving.tell(&about.words);
        let mut keeping = Keeping::new();
        (keeping.spool, keeping.twin_spool) = copies;
        let held = Held {
            run: None,
            keeping,
            twin_metrics: self.slots.twin_metrics.copy(),
            before_metrics: self.slots.before_metrics.copy(),
            neurons: self.slots.neurons.copy(),
            saving,
            scheduled: std::collections::VecDeque::new(),
            seconds: self.seconds,
            is_touched: true,
            trained_on,
        };
        self.shelf.entries.push(Entry { about, body: Body::Held(Box::new(held)) });
        self.trim_shelf();
        self.send(Event::Shelved { run_id, by: ReplacedBy::TwinEnded });
    }

    fn trim_shelf(&mut self) {
        for name in self.shelf.trim() {
            self.send(Event::Notice(format!("the shelf is full, and its oldest run was given up: {name}")));
        }
        self.shelf.tell();
    }

    /// Holds at most so many bytes of memory.
    pub(super) fn bound_shelf(&mut self, bytes: usize) {
        self.shelf.limit = bytes;
        self.trim_shelf();
        self.publish();
    }

    /// The data that a run on the shelf, or the one that was put there last, has in common with an experiment.
    pub(super) fn known_on_shelf(&self, experiment: &Experiment) -> Option<Vec<Arc<DataSet>>> {
        let held = self.shelf.held().filter_map(|held| held.run.as_ref());
        held.chain(&self.run).find_map(|run| known_data(run, experiment))
    }

    /// Puts a run from the shelf in the place of the present one, paused.
    pub(super) fn restore(&mut self, run_id: u64) {
        let Some(mut entry) = self.shelf.take(run_id) else {
            return self.send(Event::NotRestored { message: "that run is no longer on the shelf".into() });
        };
        self.state = RunState::Preparing;
        self.publish();
        self.replacing = ReplacedBy::Restored;
        let restored = match &mut entry.body {
            Body::Left(left) => {
                let left = Arc::clone(left);
                self.take_up(&left);
                // Whether it could be is said by it; one that could not stays where it was left.
                if self.shelf_lacks_present(&left) {
                    self.shelf.entries.push(entry);
                    self.shelf.tell();
                    self.publish();
                }
                return;
            }
            Body::Held(held) => match held.run.take() {
                Some(run) => Ok(run),
                None => self.taken_from_checkpoint(held, entry.about.step),
            },
        };
        match (restored, entry.body) {
            (Ok(run), Body::Held(held)) => {
                self.install(run_id, run, *held, entry.about.curves);
                self.words = entry.about.words;
            }
            (Err(error), body) => {
                self.shelf.entries.push(Entry { about: entry.about, body });
                self.shelf.tell();
                self.state = if self.run.is_some() { RunState::Paused } else { RunState::Failed };
                self.publish();
                self.send(Event::NotRestored { message: format!("that run cannot be had: {error}") });
            }
            (Ok(_), Body::Left(_)) => {}
        }
    }

    /// Whether a run that was to be taken up is still where it was left.
    fn shelf_lacks_present(&self, left: &LeftBehind) -> bool {
        !left.paths().is_empty()
    }

    fn taken_from_checkpoint(&self, held: &mut Held, step: u64) -> Result<Run, TrainError> {
        // It may still be on its way.
        held.saving.wait_for(step);
        let path: PathBuf = held.saving.last_path().unwrap_or_default();
        let found = FoundRun::open(&path)?;
        let known = self.known_on_shelf(found.experiment());
        found.resume(self.threads, known)
    }

    fn install(&mut self, was: u64, mut run: Run, held: Held, curves: Option<Arc<MetricStore>>) {
        self.shelve();
        self.shelf.tell();
        self.forget_run();
        let Held { keeping, twin_metrics, before_metrics, neurons, saving, scheduled, seconds, trained_on, .. } = held;
        self.experiment = run.initial().clone();
        self.keeping = keeping;
        if self.keeping.steps.is_empty() || self.keeping.history.steps().is_empty() {
            self.keeping.keep_present(&mut run);
        }
        let metrics = curves.map(Arc::unwrap_or_clone);
        let metrics = metrics.unwrap_or_else(|| MetricStore::new(Arc::clone(run.columns()), run.seeds()));
        self.slots.metrics.put(metrics);
        self.slots.twin_metrics.put(twin_metrics);
        self.slots.before_metrics.put(before_metrics);
        self.slots.neurons.put(neurons);
        self.slots.moment.put(None);
        self.slots.expectations.put(None);
        if saving.is_on() {
            self.saving = saving;
        }
        self.scheduled = scheduled;
        self.seconds = seconds;
        self.state = if run.is_alive() { RunState::Paused } else { RunState::Failed };
        let step = run.step();
        self.run = Some(run);
        self.come_to_front();
        self.watch_on();
        self.publish();
        self.send(Event::Started { run_id: self.run_id });
        self.send(Event::Restored { was, step });
        self.show_present();
        if self.backend != BackendChoice::Cpu || trained_on != CPU {
            self.take_executor(trained_on);
        }
    }

    /// Gives a run on the shelf up.
    pub(super) fn discard(&mut self, run_id: u64) {
        if let Some(Entry { body: Body::Left(left), .. }) = self.shelf.take(run_id) {
            left.forget();
        }
        self.shelf.tell();
        self.publish();
    }

    /// Keeps a run on the shelf however many come after it, or lets it go with its time.
    pub(super) fn pin(&mut self, run_id: u64, is_kept: bool) {
        self.say_of(run_id, |words| words.is_kept = is_kept);
    }

    /// Takes up what somebody says of a run.
    pub(super) fn annotate(&mut self, run_id: u64, said: RunWords) {
        self.say_of(run_id, |words| *words = RunWords { is_kept: words.is_kept, ..said });
    }

    fn say_of(&mut self, run_id: u64, change: impl FnOnce(&mut RunWords)) {
        let told = if run_id == self.run_id {
            change(&mut self.words);
            self.saving.tell(&self.words)
        } else {
            let Some(entry) = self.shelf.entries.iter_mut().find(|entry| entry.about.run_id == run_id) else { return };
            let about = &mut entry.about;
            change(&mut about.words);
            about.is_kept = about.words.is_kept;
            match &mut entry.body {
                Body::Held(held) => {
                    held.is_touched |= about.words != RunWords::default();
                    held.saving.tell(&about.words)
                }
                Body::Left(left) => left.tell(&about.words).err().map(|error| error.to_string()),
            }
        };
        self.shelf.tell();
        self.publish();
        if let Some(error) = told {
            self.send(Event::Notice(format!("what was said of a run is not saved, and ends with the window: {error}")));
        }
    }

    /// Puts runs that earlier starts left on the shelf.
    pub(super) fn shelve_left(&mut self, left: &[Arc<LeftBehind>]) {
        for left in left {
            let Some(found) = left_runs(left).into_iter().find_map(Result::ok) else { continue };
            // Beyond the numbers of the runs of this trainer, which count from one.
            let run_id = LEFT_IDS + self.shelf.entries.len() as u64;
            let words = left.words();
            let experiment = found.experiment();
            let seconds = found.driver::<Driver>().map_or(0.0, |driver| driver.seconds());
            let about = ShelvedRun {
                run_id,
                experiment: Arc::new(experiment.clone()),
                interventions: Arc::new(found.interventions().to_vec()),
                step: found.step(),
                seconds,
                seeds: experiment.seeds(),
                has_twin: found.has_twin(),
                columns: Arc::default(),
                curves: None,
                is_kept: words.is_kept,
                left: Some(left.saved()),
                words,
            };
            self.shelf.entries.insert(0, Entry { about, body: Body::Left(Arc::clone(left)) });
        }
        self.shelf.tell();
        self.publish();
    }

    /// Leaves what is worth it for the next start, as the present run is.
    pub(super) fn leave_shelf(&mut self, parting: Parting) {
        for entry in std::mem::take(&mut self.shelf.entries) {
            let Body::Held(mut held) = entry.body else { continue };
            let is_worth_it = entry.about.step > 0
                && (parting == Parting::Forced
                    || entry.about.is_kept
                    || held.is_touched
                    || held.saving.is_worth(held.seconds));
            if is_worth_it && held.saving.wait_for(entry.about.step).is_some() {
                held.keeping.leave();
                held.saving.leave();
            }
        }
    }
}
