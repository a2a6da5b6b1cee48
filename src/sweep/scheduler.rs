//! The scheduler: which thread trains which cell for how long. One for headless sweeps and for the window.
//!
//! On the CPU each thread trains one replica at a time, so that its buffers stay in that core's cache; replicas are
//! independent and threads share only the list of what is next. Without a window a cell is trained to its end. With one,
//! the cells of the coarse grid are trained in slices by turns, so that the whole plane has values within seconds.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::error::SweepError;
use super::fault::{Fault, FaultKind};
use super::grid::Grid;
use super::order::Planner;
use super::outcome::Outcome;
use super::states::{CellStates, EVERY, WORTH};
use super::trial::Trial;
use super::workshop::Workshop;
use crate::backend::gpu::GpuDevice;
use crate::training::{TrainError, caught};

/// Training between two looks at orders to stop, and between two values on the way.
const SLICE: Duration = Duration::from_millis(60);

/// News of a cell.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Its training begins.
    Started {
        /// The cell.
        cell: usize,
    },
    /// It is on its way.
    Running {
        /// The cell.
        cell: usize,
        /// Steps trained.
        step: u64,
        /// Steps to train, at most.
        total: u64,
        /// Values over the last steps; empty where none was measured.
        values: Vec<Option<f64>>,
    },
    /// It is at its end.
    Done {
        /// The cell.
        cell: usize,
        /// What it came to.
        outcome: Outcome,
        /// Seconds of one thread, or of the device divided by the cells beside it.
        seconds: f64,
    },
    /// It cannot be trained.
    Failed {
        /// The cell.
        cell: usize,
        /// Why.
        words: String,
    },
    /// Something the user should know.
    Notice(String),
}

/// In which way cells follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each to its end.
    OneByOne,
    /// The coarse grid by turns, with values on the way.
    ByTurns,
}

/// Work that threads share.
struct Queue {
    planner: Planner,
    /// Cells that were begun and wait for their next slice.
    begun: VecDeque<Trial>,
    /// Cells in the hands of threads.
    in_hand: usize,
    paused: bool,
}

/// Cells to train and the threads that do.
pub struct Session {
    workshop: Workshop,
    order: Order,
    queue: Mutex<Queue>,
    news: Condvar,
    stop: Arc<AtomicBool>,
    /// What ended the session, if it is no fault of the input.
    fault: Mutex<Option<Fault>>,
    /// Place of the alignment whose sign the order follows, among the values.
    followed: Option<usize>,
    /// Where states of cells lie.
    states: Option<Arc<CellStates>>,
}

impl Session {
    /// For the cells of a grid that `is_wanted` is true of; `known` are outcomes that are there already. `stop` ends the
    /// training at the next slice.
    #[must_use]
    pub fn new(
        grid: &Arc<Grid>,
        order: Order,
        is_wanted: impl Fn(usize) -> bool,
        known: &[(usize, Outcome)],
        stop: Arc<AtomicBool>,
    ) -> Self {
        let workshop = Workshop::new(Arc::clone(grid), order == Order::ByTurns);
        Self::in_workshop(workshop, order, is_wanted, known, stop)
    }

    /// As [`Self::new`], with programs and data that are there already.
    #[must_use]
    pub fn in_workshop(
        workshop: Workshop,
        order: Order,
        is_wanted: impl Fn(usize) -> bool,
        known: &[(usize, Outcome)],
        stop: Arc<AtomicBool>,
    ) -> Self {
        let grid = workshop.grid();
        let mut planner = Planner::new(grid, is_wanted);
        let followed = followed(grid);
        for (cell, outcome) in known {
            planner.learn(*cell, followed.and_then(|at| outcome.values[at]));
        }
        let queue = Mutex::new(Queue { planner, begun: VecDeque::new(), in_hand: 0, paused: false });
        Self { workshop, order, queue, news: Condvar::new(), stop, fault: Mutex::new(None), followed, states: None }
    }

    /// Keeps states of cells: what one that is cut short goes on from, and what each has come to where that is asked for.
    #[must_use]
    pub fn keeping(mut self, states: CellStates) -> Self {
        self.states = Some(Arc::new(states));
        self
    }

    /// Lets the cells of a trial have their states kept, and goes on where an earlier process was with them.
    pub(super) fn keep_states_of(&self, trial: &mut Trial, sink: &Sender<Progress>) {
        let Some(states) = &self.states else { return };
        let Some(cell) = trial.cells().next() else { return };
        let cells: Vec<usize> = trial.cells().collect();
        let words = match trial.keep_states(Arc::clone(states)) {
            Ok(None) => return,
            Ok(Some(step)) if self.is_watched() => {
                for cell in cells {
                    let _ = sink.send(Progress::Running { cell, step, total: trial.total(), values: Vec::new() });
                }
                return;
            }
            Ok(Some(step)) if cells.len() > 1 => {
                let count = cells.len();
                format!("{count} cells from {} on go on after step {step}", self.workshop.grid().describe(cell))
            }
            Ok(Some(step)) => format!("{} goes on after step {step}", self.workshop.grid().describe(cell)),
            Err(error) => format!("{}: begins anew: {error}", self.workshop.grid().describe(cell)),
        };
        let _ = sink.send(Progress::Notice(words));
    }

    /// Cells in groups that are at one step each: those that an earlier process has left go on together, and the others begin.
    pub(super) fn by_step(&self, cells: Vec<usize>) -> Vec<Vec<usize>> {
        let Some(states) = &self.states else { return vec![cells] };
        let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for cell in cells {
            let step = states.step_of(self.workshop.grid().key(cell)).unwrap_or(0);
            groups.entry(step).or_default().push(cell);
        }
        // Taken from behind, so that what is nearest to its end comes first.
        groups.into_values().collect()
    }

    /// Ends the session where what a cell came to could not be kept; whether it could.
    pub(super) fn has_kept(&self, trial: &mut Trial) -> bool {
        let Some((cell, failure)) = trial.take_failure() else { return true };
        self.break_down(Fault { cells: vec![cell], words: failure.to_string(), kind: FaultKind::Unkept });
        false
    }

    /// Programs and data of the cells.
    #[must_use]
    pub fn workshop(&self) -> &Workshop {
        &self.workshop
    }

    /// Cells that nobody has begun.
    #[must_use]
    pub fn left(&self) -> usize {
        self.queue().planner.left()
    }

    /// Lets threads wait after their slice, or go on.
    pub fn pause(&self, paused: bool) {
        self.queue().paused = paused;
        self.news.notify_all();
    }

    /// Ends the training at the next slice.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.news.notify_all();
    }

    /// Takes cells over that were begun in another session of the same grid.
    pub(super) fn take_over(&self, begun: impl IntoIterator<Item = Trial>) {
        self.queue().begun.extend(begun);
    }

    /// Cells that were begun and are not at their end; to be asked once the threads have ended.
    pub(super) fn into_begun(self) -> (Workshop, VecDeque<Trial>) {
        let queue = self.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        (self.workshop, queue.begun)
    }

    /// Trains on `threads` threads of the CPU, or as many of them as the system gives, until all cells are done or the
    /// session is stopped. News go to `sink`.
    ///
    /// # Errors
    /// When something has failed that is no fault of the input, such as a panic in a thread: all others have ended their
    /// slice then, and what is finished has been told.
    pub fn train(&self, threads: usize, sink: &Sender<Progress>) -> Result<(), SweepError> {
        std::thread::scope(|scope| {
            for place in 1..threads.max(1) {
                let work = move || self.work(sink);
                let started = std::thread::Builder::new().name(format!("sweep-{place}")).spawn_scoped(scope, work);
                if let Err(error) = started {
                    let words = format!("the system gives {place} of {threads} threads to train on: {error}");
                    let _ = sink.send(Progress::Notice(words));
                    break;
                }
            }
            // This thread is one of them.
            self.work(sink);
        });
        self.outcome()
    }

    /// Trains on a device in waves of cells that share a program, until all cells are done or the session is stopped.
    ///
    /// # Errors
    /// As [`Self::train`].
    pub fn train_on(&self, device: GpuDevice, threads: usize, sink: &Sender<Progress>) -> Result<(), SweepError> {
        let held = RefCell::new(Vec::new());
        if let Err(words) = caught(|| super::waves::train(self, device, threads, sink, &held)) {
            self.break_down(Fault { cells: held.take(), words, kind: FaultKind::Panic });
        }
        self.outcome()
    }

    /// Ends the session for a fault that is not the input's.
    pub(super) fn break_down(&self, fault: Fault) {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
        self.stop();
    }

    /// What ended the session, if it is no fault of the input.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn outcome(&self) -> Result<(), SweepError> {
        let Some(Fault { cells, words, kind }) = self.fault() else { return Ok(()) };
        let grid = self.workshop.grid();
        let cells = match cells[..] {
            [] => "between two cells".into(),
            [cell] => grid.describe(cell),
            [first, ..] => format!("{} cells from {} on", cells.len(), grid.describe(first)),
        };
        Err(match kind {
            FaultKind::Panic | FaultKind::Threads => SweepError::Fault { cells, words },
            FaultKind::Unkept => SweepError::Unkept { cells, words },
        })
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    pub(super) fn is_watched(&self) -> bool {
        self.order == Order::ByTurns
    }

    /// Waits while paused; false when stopped.
    pub(super) fn may_go_on(&self) -> bool {
        let mut queue = self.queue();
        while queue.paused && !self.is_stopped() {
            queue = self.wait(queue);
        }
        !self.is_stopped()
    }

    /// The next cell, for who trains several at once.
    pub(super) fn next_cell(&self) -> Option<usize> {
        self.queue().planner.next_cell()
    }

    pub(super) fn learn(&self, cell: usize, outcome: &Outcome) {
        let alignment = self.followed.and_then(|at| outcome.values[at]);
        self.queue().planner.learn(cell, alignment);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        // A signal handler that stops the session cannot notify: so not for ever.
        self.news.wait_timeout(queue, Duration::from_millis(100)).unwrap_or_else(PoisonError::into_inner).0
    }

    /// One thread. A panic in it ends all of them, as nothing tells whether the next cell would fare better.
    fn work(&self, sink: &Sender<Progress>) {
        let held = RefCell::new(Vec::new());
        if let Err(words) = caught(|| self.work_on(sink, &held)) {
            self.break_down(Fault { cells: held.take(), words, kind: FaultKind::Panic });
        }
    }

    /// `held` are the cells in this thread's hands.
    fn work_on(&self, sink: &Sender<Progress>, held: &RefCell<Vec<usize>>) {
        let mut pace = Pace::default();
        while let Some(mut trial) = self.take(sink, held) {
            let is_over = self.train_trial(&mut trial, &mut pace, sink);
            held.borrow_mut().clear();
            let mut queue = self.queue();
            queue.in_hand -= 1;
            if !is_over {
                if self.is_watched() && !self.is_stopped() && !queue.paused {
                    queue.begun.push_back(trial);
                } else {
                    queue.begun.push_front(trial);
                }
            }
            drop(queue);
            self.news.notify_all();
        }
    }

    /// The next cell to train, begun or not; `None` when there is nothing more to do.
    fn take(&self, sink: &Sender<Progress>, held: &RefCell<Vec<usize>>) -> Option<Trial> {
        loop {
            let mut queue = self.queue();
            let cell = loop {
                if self.is_stopped() {
                    return None;
                }
                if !queue.paused {
                    let coarse = if self.is_watched() { queue.planner.next_coarse() } else { None };
                    if coarse.is_none()
                        && let Some(trial) = queue.begun.pop_front()
                    {
                        queue.in_hand += 1;
                        held.replace(trial.cells().collect());
                        return Some(trial);
                    }
                    if let Some(cell) = coarse.or_else(|| queue.planner.next_cell()) {
                        break cell;
                    }
                    if queue.in_hand == 0 {
                        return None;
                    }
                }
                // A cell in another thread's hands may come back.
                queue = self.wait(queue);
            };
            queue.in_hand += 1;
            drop(queue);
            let _ = sink.send(Progress::Started { cell });
            held.replace(vec![cell]);
            match self.workshop.trial(cell) {
                Ok(mut trial) => {
                    self.keep_states_of(&mut trial, sink);
                    return Some(trial);
                }
                Err(error @ TrainError::Threads { .. }) => {
                    self.break_down(Fault { cells: vec![cell], words: error.to_string(), kind: FaultKind::Threads });
                    return None;
                }
                Err(error) => {
                    held.borrow_mut().clear();
                    let _ = sink.send(Progress::Failed { cell, words: error.to_string() });
                    self.queue().in_hand -= 1;
                    self.news.notify_all();
                }
            }
        }
    }

    /// Trains a cell: a slice, or to its end. Whether it is there.
    fn train_trial(&self, trial: &mut Trial, pace: &mut Pace, sink: &Sender<Progress>) -> bool {
        let turns = self.is_watched();
        loop {
            let (before, began) = (trial.step(), Instant::now());
            let finished = trial.train(pace.steps());
            pace.note(trial.step() - before, began.elapsed());
            if !self.has_kept(trial) {
                return true;
            }
            let is_over = !finished.is_empty();
            for (cell, outcome) in finished {
                self.learn(cell, &outcome);
                let seconds = pace.seconds(outcome.steps);
                // Who does not listen any longer wants nothing.
                let _ = sink.send(Progress::Done { cell, outcome, seconds });
            }
            if is_over {
                return true;
            }
            if turns {
                for (cell, values) in trial.provisional() {
                    let (step, total) = (trial.step(), trial.total());
                    let _ = sink.send(Progress::Running { cell, step, total, values });
                }
            }
            let stops = self.is_stopped();
            if let Err(error) = trial.write_state(if stops { WORTH } else { EVERY }) {
                let _ = sink.send(Progress::Notice(format!("a cell could not be saved on its way: {error}")));
            }
            if turns || stops || self.queue().paused {
                return false;
            }
        }
    }
}

/// How many steps a slice has.
#[derive(Default)]
pub(super) struct Pace {
    rate: Option<f64>,
}

impl Pace {
    pub(super) fn steps(&self) -> u64 {
        self.rate.map_or(16, |rate| (rate * SLICE.as_secs_f64()).clamp(8.0, 1e9) as u64)
    }

    pub(super) fn note(&mut self, steps: u64, took: Duration) {
        if steps > 0 {
            let rate = steps as f64 / took.as_secs_f64().max(1e-9);
            self.rate = Some(self.rate.map_or(rate, |old| 0.5 * old + 0.5 * rate));
        }
    }

    /// What so many steps take.
    pub(super) fn seconds(&self, steps: u64) -> f64 {
        self.rate.map_or(0.0, |rate| steps as f64 / rate)
    }
}

/// The alignment whose sign the order follows: the second layer's, which the paper reports, or that of the last layer.
fn followed(grid: &Grid) -> Option<usize> {
    let layers = grid.layers();
    let layer = layers.iter().find(|layer| **layer == 2).or(layers.last())?;
    grid.index(&format!("signal_{layer}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::workshop::broken_workshop;

    #[test]
    fn a_panic_in_a_thread_ends_all_and_keeps_what_is_finished() {
        for (threads, order) in [(1, Order::OneByOne), (3, Order::OneByOne), (2, Order::ByTurns)] {
            let workshop = broken_workshop(order == Order::ByTurns);
            let session = Session::in_workshop(workshop, order, |_| true, &[], Arc::new(AtomicBool::new(false)));
            let (sink, news) = crossbeam_channel::unbounded();
            // Comes back at all: nobody waits for the thread that is gone.
            let error = session.train(threads, &sink).expect_err("a panic").to_string();
            drop(sink);
            assert!(error.contains("seed 1: training broke down: "), "{error}");
            assert!(error.contains("regularizer.weight_decay = "), "{error}");
            let done: Vec<usize> = news
                .iter()
                .filter_map(|one| match one {
                    Progress::Done { cell, .. } => Some(cell),
                    Progress::Failed { words, .. } => panic!("no fault of a cell's own: {words}"),
                    _ => None,
                })
                .collect();
            // Seeds follow each other, so that the first is done but for cells that another thread had in its hands.
            assert!(done.iter().all(|cell| !(4..8).contains(cell)), "{done:?}");
            assert!(done.len() + threads > 4, "{threads} threads: {done:?}");
            let fault = session.fault().expect("a fault");
            assert!(
                fault.kind == FaultKind::Panic && fault.cells.iter().all(|cell| (4..8).contains(cell)),
                "{fault:?}"
            );
        }
    }
}
