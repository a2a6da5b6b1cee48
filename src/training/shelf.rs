//! Runs that others have taken the place of, each ready to take it again as it was.
//!
//! A run on the shelf is what it was while it was live: replicas, checkpoints of its past, rows at full rate, curves. Beyond
//! [`SHELF_BYTES`] of memory the oldest are taken up from their last checkpoint in the cache folder when they come back, and
//! have no past to look at before it.

use std::sync::Arc;
use std::time::SystemTime;

use super::autosaving::Saving;
use super::history::{HISTORY_BYTES, History};
use super::keeping::Keeping;
use super::run::Run;
use crate::backend::Executor;
use crate::backend::cpu::Replica;
use crate::experiment::Experiment;
use crate::record::{Columns, Intervention, LeftBehind, MetricStore, NeuronStore, RunWords};

/// Bytes of memory that networks and checkpoints of runs on the shelf may hold; chosen here: a few runs of the paper's
/// sizes with their whole past.
pub const SHELF_BYTES: usize = 512 * 1024 * 1024;

/// Bytes of rows on disk that runs on the shelf may have; chosen here.
pub const SHELF_DISK: u64 = 4 << 30;

/// Runs on the shelf, beside those that somebody wants kept: of more, the oldest go. Chosen here: what a list shows.
pub const SHELF_RUNS: usize = 24;

/// What the shelf holds of a run, for whoever looks.
#[derive(Clone, Debug)]
pub struct ShelvedRun {
    /// The run's number while it was live.
    pub run_id: u64,
    /// The experiment with the settings that the run had last.
    pub experiment: Arc<Experiment>,
    /// Changes made on the way.
    pub interventions: Arc<Vec<Intervention>>,
    /// Steps run.
    pub step: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Seeds that trained.
    pub seeds: Vec<u64>,
    /// Whether there is a twin.
    pub has_twin: bool,
    /// Its columns.
    pub columns: Arc<Columns>,
    /// Its curves; `None` of a run that an earlier start left, until it has come back.
    pub curves: Option<Arc<MetricStore>>,
    /// Whether it stays however many come after it.
    pub is_kept: bool,
    /// When it was left, of a run that an earlier start did.
    pub left: Option<SystemTime>,
    /// What was said of it.
    pub words: RunWords,
}

/// What took the place of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplacedBy {
    /// The same from its start.
    Reset,
    /// The same with other seeds.
    NewSeed,
    /// A run of another experiment, or a recorded one.
    Another(String),
    /// A run from the shelf.
    Restored,
    /// Itself, without its twin.
    TwinEnded,
}

/// All of them, oldest first.
pub(super) struct Shelf {
    pub(super) entries: Vec<Entry>,
    /// Most bytes of memory.
    pub(super) limit: usize,
    /// Counts runs that were copied before their twin ended.
    pub(super) copies: u64,
    /// What is said of them, made anew when they change.
    pub(super) about: Arc<Vec<ShelvedRun>>,
}

pub(super) struct Entry {
    pub(super) about: ShelvedRun,
    pub(super) body: Body,
}

impl Entry {
    /// Whether nothing is lost with it.
    fn is_empty(&self) -> bool {
        let about = &self.about;
        about.step == 0 && about.interventions.is_empty() && !about.has_twin && about.words == RunWords::default()
    }
}

pub(super) enum Body {
    Held(Box<Held>),
    Left(Arc<LeftBehind>),
}

/// A run with everything that the trainer keeps beside it.
pub(super) struct Held {
    /// Absent where it lies in the cache folder alone.
    pub(super) run: Option<Run>,
    pub(super) keeping: Keeping,
    pub(super) twin_metrics: Option<MetricStore>,
    pub(super) before_metrics: Option<MetricStore>,
    pub(super) neurons: NeuronStore,
    pub(super) saving: Saving,
    pub(super) scheduled: std::collections::VecDeque<Intervention>,
    pub(super) seconds: f64,
    pub(super) is_touched: bool,
    /// What its last step ran on.
    pub(super) trained_on: &'static str,
}

impl Held {
    /// Bytes in memory but for the curves.
    fn bytes(&self) -> usize {
        let run = self.run.as_ref().map_or(0, Run::bytes);
        run + self.keeping.history.bytes()
    }

    fn disk(&self) -> u64 {
        self.keeping.spool.bytes() + self.keeping.twin_spool.bytes()
    }

    /// Leaves it to its checkpoint in the cache folder; whether that could be done.
    fn lie_on_disk(&mut self) -> bool {
        let Some(step) = self.run.as_ref().map(Run::step) else { return false };
        if self.saving.wait_for(step).is_none() {
            return false;
        }
        self.run = None;
        self.keeping.history = History::new(HISTORY_BYTES);
        true
    }
}

impl Default for Shelf {
    fn default() -> Self {
        Self { entries: Vec::new(), limit: SHELF_BYTES, copies: 0, about: Arc::default() }
    }
}

impl Shelf {
    pub(super) fn tell(&mut self) {
        self.about = Arc::new(self.entries.iter().map(|entry| entry.about.clone()).collect());
    }

    pub(super) fn take(&mut self, run_id: u64) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.about.run_id == run_id)?;
        Some(self.entries.remove(place))
    }

    pub(super) fn held(&self) -> impl Iterator<Item = &Held> {
        self.entries.iter().filter_map(|entry| match &entry.body {
            Body::Held(held) => Some(&**held),
            Body::Left(_) => None,
        })
    }

    /// Keeps the bounds; names of the runs that had to go.
    pub(super) fn trim(&mut self) -> Vec<String> {
        let mut gone = Vec::new();
        loop {
            let loose = self.entries.iter().filter(|entry| !entry.about.is_kept).count();
            let disk: u64 = self.held().map(Held::disk).sum();
            if loose <= SHELF_RUNS && disk <= SHELF_DISK {
                break;
            }
            // The newest stays in any case: it is what an undo brings back.
            let last = self.entries.len().saturating_sub(1);
            let older = &self.entries[..last];
            // A run that took no step and was not touched, as every start has one, costs none that did its place.
            let empty = older.iter().position(|entry| !entry.about.is_kept && entry.is_empty());
            let oldest = || older.iter().position(|entry| !entry.about.is_kept);
            let Some(place) = empty.or_else(oldest) else { break };
            let about = self.entries.remove(place).about;
            gone.extend((about.step > 0).then(|| format!("{} at step {}", about.experiment.title(), about.step)));
        }
        let mut place = 0;
        while self.held().map(Held::bytes).sum::<usize>() > self.limit && place < self.entries.len() {
            if let Body::Held(held) = &mut self.entries[place].body
                && !held.lie_on_disk()
            {
                // Without a checkpoint to come back from, its past is all that can be spared.
                held.keeping.history = History::new(HISTORY_BYTES);
            }
            place += 1;
        }
        while self.held().map(Held::bytes).sum::<usize>() > self.limit {
            let Some(place) = self.entries.iter().position(|entry| !entry.about.is_kept) else { break };
            let about = self.entries.remove(place).about;
            gone.extend((about.step > 0).then(|| format!("{} at step {}", about.experiment.title(), about.step)));
        }
        gone
    }
}

impl Run {
    /// Heap that its networks and what measures them hold, in bytes.
    fn bytes(&self) -> usize {
        let of = |executor: &Executor| executor.replicas().len() * Replica::<f32>::bytes(executor.program());
        of(&self.executor) + self.apart.as_ref().map_or(0, of)
    }
}
