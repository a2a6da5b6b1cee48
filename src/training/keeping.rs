//! What the trainer keeps of a run: checkpoints, rows at full rate, curves; and what that allows: going back, twins,
//! saving.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::history::{HISTORY_BYTES, History};
use super::messages::{Command, Event, RunState};
use super::run::Run;
use super::session;
use super::twin::Branch;
use super::worker::Worker;
use crate::record::{
    Columns, MetricStore, Overwrite, RecordError, Row, RunFolder, SnapshotWriter, Spool, SpoolRecord, write_snapshot,
};

/// Least training between two checkpoints. Chosen here: what must be repeated to look at a recent step takes no longer.
const SPACING: Duration = Duration::from_millis(250);

/// How many times its own duration a checkpoint must be away from the next: its cost stays below half a percent.
const COST: u32 = 200;

/// What is kept of one run.
pub(super) struct Keeping {
    pub(super) history: History,
    /// Steps of the history, shared with the status.
    pub(super) steps: Arc<Vec<u64>>,
    pub(super) spool: Spool,
    pub(super) twin_spool: Spool,
    /// Training since the last checkpoint, and since the last one before an intervention.
    since: Duration,
    since_marked: Duration,
    spacing: Duration,
}

impl Keeping {
    pub(super) fn new() -> Self {
        Self {
            history: History::new(HISTORY_BYTES),
            steps: Arc::default(),
            spool: Spool::new(),
            twin_spool: Spool::new(),
            since: Duration::ZERO,
            since_marked: SPACING,
            spacing: SPACING,
        }
    }

    fn push(&mut self, run: &mut Run, is_marked: bool) {
        let began = Instant::now();
        self.history.push(run.checkpoint(), is_marked);
        self.steps = Arc::new(self.history.steps());
        self.spacing = SPACING.max(began.elapsed() * COST);
        self.since = Duration::ZERO;
        if is_marked {
            self.since_marked = Duration::ZERO;
        }
    }
}

impl Keeping {
    /// Begins its past with the present.
    pub(super) fn keep_present(&mut self, run: &mut Run) {
        self.push(run, true);
        self.since_marked = SPACING;
    }

    /// Takes up the rows that an earlier process left; what could not be had, in words.
    pub(super) fn take_up(&mut self, rows: &SpoolRecord, twin_rows: Option<&SpoolRecord>, step: u64) -> Vec<String> {
        let mut problems = Vec::new();
        let spools = [Some(rows), twin_rows].map(|record| match record.map(|record| Spool::take_up(record, step)) {
            Some(Ok(spool)) => spool,
            Some(Err(error)) => {
                problems.push(format!("the curves begin at step {step}: the rows from before cannot be had: {error}"));
                Spool::new()
            }
            None => Spool::new(),
        });
        [self.spool, self.twin_spool] = spools;
        problems
    }

    /// Leaves the rows for the next start of the program.
    pub(super) fn leave(&mut self) {
        self.spool.leave();
        self.twin_spool.leave();
    }
}

impl Worker<'_> {
    /// Begins to keep a new run.
    pub(super) fn keep_from_start(&mut self, run: &mut Run) {
        self.keeping = Keeping::new();
        self.keeping.keep_present(run);
        self.show_nothing_of(Arc::clone(run.columns()), run.seeds());
    }

    /// Shows nothing of an earlier run, and no more than the columns of another.
    pub(super) fn show_nothing_of(&mut self, columns: Arc<Columns>, seeds: &[u64]) {
        self.slots.metrics.put(MetricStore::new(columns, seeds));
        self.slots.twin_metrics.put(None);
        self.slots.before_metrics.put(None);
        self.slots.moment.put(None);
        self.slots.expectations.put(None);
    }

    /// Takes a checkpoint after some training, if it is time for one.
    pub(super) fn keep_after(&mut self, took: Duration) {
        self.keeping.since += took;
        self.keeping.since_marked = self.keeping.since_marked.saturating_add(took);
        if let Some(run) = self.run.as_mut().filter(|_| self.keeping.since >= self.keeping.spacing) {
            self.keeping.push(run, false);
        }
    }

    /// Takes a checkpoint where somebody may want to go back to; of a drag, at its beginning.
    pub(super) fn keep_before_change(&mut self) {
        let is_due = self.keeping.since > Duration::ZERO && self.keeping.since_marked >= self.keeping.spacing;
        if let Some(run) = self.run.as_mut().filter(|_| is_due) {
            self.keeping.push(run, true);
        }
    }

    /// Adds rows to the curves and the full record.
    pub(super) fn store_rows(&mut self, rows: &[(Branch, Row)]) {
        let Some(run) = &self.run else { return };
        let [of_run, of_twin] = [Branch::A, Branch::B].map(|branch| Arc::clone(run.columns_of(branch)));
        let mut failures = Vec::new();
        let was_whole = self.keeping.spool.thinned().is_none();
        {
            let mut own = self.slots.metrics.change();
            let mut twins = self.slots.twin_metrics.change();
            for (branch, row) in rows {
                match branch {
                    Branch::A => own.push(row),
                    Branch::B => twins.iter_mut().for_each(|store| store.push(row)),
                }
            }
        }
        // The window reads the curves meanwhile: a record that is full is written anew, which takes a third of a second.
        for (branch, row) in rows {
            let (spool, columns) = match branch {
                Branch::A => (&mut self.keeping.spool, &of_run),
                Branch::B => (&mut self.keeping.twin_spool, &of_twin),
            };
            failures.extend(spool.push(columns, row).err());
        }
        self.notice_all(failures);
        if was_whole && let Some(thinned) = self.keeping.spool.thinned() {
            self.send(Event::Notice(format!(
                "the rows at full rate have filled their room on disk, and older steps are thinned from now on: before step {}, \
                 multiples of {} are left; what is saved says so",
                thinned.before, thinned.every
            )));
        }
    }

    fn notice_all(&self, failures: Vec<RecordError>) {
        for failure in failures {
            self.send(Event::Notice(failure.to_string()));
        }
    }

    /// Makes the curves anew from the full record, for the present columns and seeds.
    pub(super) fn rebuild_stores(&mut self) {
        let Some(run) = &self.run else { return };
        let mut failures = Vec::new();
        let mut read = |spool: &mut Spool, branch: Branch| {
            let columns = run.columns_of(branch);
            let mut store = MetricStore::new(Arc::clone(columns), run.seeds());
            let failure = spool.for_each(columns, u64::MAX, |row| {
                store.push(&row);
                Ok(())
            });
            failures.extend(failure.err());
            store
        };
        let own = read(&mut self.keeping.spool, Branch::A);
        let twins = run.twin().map(|_| read(&mut self.keeping.twin_spool, Branch::B));
        self.slots.metrics.put(own);
        self.slots.twin_metrics.put(twins);
        self.notice_all(failures);
    }

    pub(super) fn fork(&mut self, changes: &[(String, toml::Value)]) {
        let Some(run) = &mut self.run else { return };
        match run.fork(changes) {
            Ok(made) => {
                let step = run.step();
                // Checkpoints know the old twin no more.
                self.keeping.history.end_twin(Branch::A);
                self.keeping.push(run, true);
                self.keeping.twin_spool = Spool::new();
                let store = MetricStore::new(Arc::clone(run.columns_of(Branch::B)), run.seeds());
                self.slots.twin_metrics.put(Some(store));
                self.looking.forget();
                self.chunk = 1;
                self.publish();
                self.send(Event::Forked { step });
                made.into_iter().for_each(|intervention| self.send(Event::Intervened(intervention)));
                if self.state != RunState::Running {
                    self.show_present();
                }
            }
            Err(error) => {
                let field = changes.first().map(|(field, _)| field.clone()).unwrap_or_default();
                let message = error.to_string();
                let named = changes.iter().find(|(field, _)| message.contains(field.as_str()));
                self.send(Event::Refused { field: named.map_or(field, |(field, _)| field.clone()), message });
            }
        }
    }

    pub(super) fn end_twin(&mut self, keep: Branch) {
        let Some(forked_at) = self.run.as_ref().and_then(Run::twin).map(|twin| twin.forked_at) else { return };
        self.shelve_twins();
        let Some(run) = &mut self.run else { return };
        run.end_twin(keep);
        self.keeping.history.end_twin(keep);
        self.looking.forget();
        let twins = std::mem::take(&mut self.keeping.twin_spool);
        if keep == Branch::B {
            let joined = self.keeping.spool.truncate_from(forked_at).and_then(|()| self.keeping.spool.append(twins));
            self.notice_all(joined.err().into_iter().collect());
            self.rebuild_stores();
            // Neurons are followed in the original alone, so that those of the twin begin here.
            self.slots.neurons.change().truncate_from(forked_at);
            self.watch_on();
        }
        self.slots.twin_metrics.put(None);
        // The next start is to find the run as it is now before the one that was copied.
        self.come_to_front();
        self.chunk = 1;
        self.publish();
        self.send(Event::TwinEnded { kept: keep });
        if self.state != RunState::Running {
            self.show_present();
        }
    }

    /// Goes back to a step for good.
    pub(super) fn go_back(&mut self, step: u64) {
        let Some(run) = &mut self.run else { return };
        let step = step.min(run.step());
        let Some(nearest) = self.keeping.history.nearest(step) else { return };
        let course = run.course();
        let seen = run.take_seen();
        let (inbox, pending) = (self.inbox, &mut self.pending);
        let mut arrived = Ok(true);
        if step < run.step() {
            arrived = run.restore(nearest).and_then(|()| {
                run.follow(&course, step, || {
                    pending.extend(inbox.try_iter());
                    !pending.iter().any(|command| matches!(command, Command::Stop | Command::Leave(_)))
                })
            });
        }
        run.put_seen_before(seen);
        let step = run.step();
        let (has_twin, is_alive) = (run.twin().is_some(), run.is_alive());
        self.state = if is_alive { RunState::Paused } else { RunState::Failed };
        self.keeping.history.forget_after(step);
        self.keeping.steps = Arc::new(self.keeping.history.steps());
        let cut = self.keeping.spool.truncate_from(step).err();
        let cut_twin = if has_twin {
            self.keeping.twin_spool.truncate_from(step).err()
        } else {
            self.keeping.twin_spool = Spool::new();
            None
        };
        self.notice_all(cut.into_iter().chain(cut_twin).collect());
        let before = self.slots.metrics.share();
        self.rebuild_stores();
        self.slots.before_metrics.put(Some(Arc::unwrap_or_clone(before)));
        self.slots.neurons.change().truncate_from(step);
        self.watch_on();
        self.looking.forget();
        self.looking.has_paused = false;
        self.looking_at = None;
        self.rest.begin();
        self.scheduled.clear();
        self.chunk = 1;
        self.publish();
        self.send(Event::Rewound { step });
        if let Err(error) = arrived {
            self.send(Event::Notice(format!("went back to step {step} only: {error}")));
        }
        self.slots.moment.put(None);
        self.slots.expectations.put(None);
        self.show_present();
    }

    pub(super) fn save_session(&mut self, path: &Path) {
        let folder = match RunFolder::create(path, Overwrite::Refuse) {
            Ok(folder) => folder,
            Err(error) => return self.send(Event::Notice(format!("nothing saved: {error}"))),
        };
        let saved = self.write_session(&folder);
        self.send(match saved {
            Ok(()) => Event::Saved(path.to_path_buf()),
            Err(error) => Event::Notice(format!("not all was saved: {error}")),
        });
    }

    fn write_session(&mut self, folder: &RunFolder) -> Result<(), RecordError> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let Keeping { spool, twin_spool, .. } = &mut self.keeping;
        let live = self.slots.metrics.share();
        session::save(run, Branch::A, folder, &mut [(&mut *spool, u64::MAX)], &live, self.seconds)?;
        if let Some(forked_at) = run.twin().map(|twin| twin.forked_at) {
            let twins = self.slots.twin_metrics.share();
            let live = (*twins).as_ref().unwrap_or(&live);
            let mut spools = [(spool, forked_at), (twin_spool, u64::MAX)];
            session::save(run, Branch::B, &folder.twin()?, &mut spools, live, self.seconds)?;
        }
        self.write_end(folder)
    }

    pub(super) fn save_snapshot(&mut self, path: &Path) {
        let shown = self.slots.moment.copy();
        let shown = shown.filter(|moment| self.looking_at == Some(moment.step));
        let Some(run) = &mut self.run else { return };
        let saved = match shown {
            Some(moment) => write_snapshot(path, &moment.snapshot),
            None => {
                let seeds = run.seeds().len();
                SnapshotWriter::create(path).and_then(|writer| run.write_snapshot(self.watch.branch, seeds, writer))
            }
        };
        self.send(match saved {
            Ok(()) => Event::Saved(path.to_path_buf()),
            Err(error) => Event::Notice(format!("nothing saved: {error}")),
        });
    }
}
