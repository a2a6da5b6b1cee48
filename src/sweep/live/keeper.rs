//! The thread of a live sweep: it owns the grid, hands out its cells, and tells what became of them.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, select, unbounded};

use super::folder::LiveFolder;
use super::saving::Worth;
use super::{LiveCommand, LiveOptions, LiveWaker};
use crate::backend::gpu::GpuDevice;
use crate::experiment::{Experiment, Sweep};
use crate::sweep::error::SweepError;
use crate::sweep::fault::{Fault, FaultKind};
use crate::sweep::grid::Grid;
use crate::sweep::outcome::Outcome;
use crate::sweep::scheduler::{Order, Progress, Session};
use crate::sweep::snapshot::{CellState, LiveState, SweepState};
use crate::sweep::trial::Trial;
use crate::sweep::workshop::Workshop;
use crate::training::caught;

/// Time between two snapshots.
const EVERY: Duration = Duration::from_millis(100);
/// Time over which the rate is taken.
const RATE_OVER: Duration = Duration::from_secs(10);

/// Why a round of training ended.
enum End {
    /// Every cell is at its end.
    Complete,
    /// The sweep was told to end.
    Stopped,
    /// Another grid, or other threads.
    Changed(Option<Box<Sweep>>),
}

/// The owner of a live sweep, on its thread.
pub(super) struct Keeper {
    pub(super) snapshot: SweepState,
    pub(super) slot: Arc<Mutex<Arc<SweepState>>>,
    pub(super) waker: LiveWaker,
    pub(super) inbox: Receiver<LiveCommand>,
    pub(super) options: LiveOptions,
    pub(super) paused: bool,
    pub(super) shown: Instant,
    /// Steps of the cells that are on their way.
    pub(super) steps: HashMap<usize, u64>,
    /// When how many replica-steps had been trained.
    pub(super) trained: Vec<(Instant, u64)>,
    pub(super) ended: bool,
    pub(super) is_broken: bool,
    /// Where it is saved on its way.
    pub(super) folder: Option<LiveFolder>,
    pub(super) worth: Worth,
    /// Finished cells that were saved elsewhere.
    pub(super) saved: usize,
}

impl Keeper {
    /// A keeper that has trained nothing yet; a folder is one that an earlier process left behind.
    pub(super) fn new(
        snapshot: SweepState,
        slot: Arc<Mutex<Arc<SweepState>>>,
        waker: LiveWaker,
        inbox: Receiver<LiveCommand>,
        options: LiveOptions,
        folder: Option<LiveFolder>,
    ) -> Self {
        Self {
            snapshot,
            slot,
            waker,
            inbox,
            paused: options.paused,
            options,
            shown: Instant::now(),
            steps: HashMap::new(),
            trained: Vec::new(),
            ended: false,
            is_broken: false,
            worth: if folder.is_some() { Worth::Kept } else { Worth::Since(Instant::now()) },
            folder,
            saved: 0,
        }
    }

    /// Trains and obeys until it is told to end.
    pub(super) fn run(&mut self, mut workshop: Workshop) {
        let mut begun: Vec<Trial> = Vec::new();
        match workshop.source() {
            Ok((_, notice)) => self.snapshot.notice = notice,
            Err(error) => self.snapshot.notice = Some(error.to_string()),
        }
        if workshop.pin().is_ok() {
            self.snapshot.grid = Arc::clone(workshop.grid());
        }
        self.begin_folder();
        loop {
            let (end, left_workshop, left) = self.round(workshop, begun);
            workshop = left_workshop;
            begun = left;
            let wanted = match end {
                End::Changed(wanted) => wanted,
                End::Complete | End::Stopped => {
                    self.ended = matches!(end, End::Stopped);
                    self.publish();
                    match self.wait_for_change() {
                        Some(wanted) => wanted,
                        None => return self.part(&mut begun),
                    }
                }
            };
            self.ended = false;
            if let Some(sweep) = wanted {
                (workshop, begun) = self.move_to(*sweep, workshop, begun);
            }
        }
    }

    /// Waits, with nothing to train, for a command that changes that; `None` when nobody can give one any longer.
    fn wait_for_change(&mut self) -> Option<Option<Box<Sweep>>> {
        loop {
            match self.inbox.recv().ok()? {
                LiveCommand::Extend(sweep) => return Some(Some(sweep)),
                LiveCommand::Resume if self.ended => {
                    self.paused = false;
                    return Some(None);
                }
                LiveCommand::Pause => self.paused = true,
                LiveCommand::Resume => self.paused = false,
                LiveCommand::Threads(threads) => self.options.threads = threads,
                LiveCommand::Saved(cells) => self.saved = cells,
                LiveCommand::GiveUp => self.worth = Worth::Nothing,
                LiveCommand::Stop => {}
            }
        }
    }

    /// Trains until all is done or something changes; hands back what was begun.
    fn round(&mut self, workshop: Workshop, begun: Vec<Trial>) -> (End, Workshop, Vec<Trial>) {
        let (device, backend) = self.device(&workshop);
        let states = self.folder.as_mut().and_then(|folder| folder.states(&backend, &workshop));
        let known: Vec<(usize, Outcome)> = (0..self.snapshot.cells.len())
            .filter_map(|cell| Some((cell, self.snapshot.outcome(cell)?.clone())))
            .collect();
        let under_way: Vec<usize> = begun.iter().flat_map(Trial::cells).collect();
        let cells = &self.snapshot.cells;
        let is_wanted = |cell: usize| {
            !matches!(cells[cell], CellState::Done(_) | CellState::Failed(_)) && !under_way.contains(&cell)
        };
        let stop = Arc::new(AtomicBool::new(false));
        let session = Session::in_workshop(workshop, Order::ByTurns, is_wanted, &known, stop);
        let session = match states {
            Some(states) => session.keeping(states),
            None => session,
        };
        self.snapshot.backend = backend;
        session.take_over(begun);
        session.pause(self.paused);
        let (sink, news) = unbounded();
        self.trained.clear();
        self.set_state();
        self.publish();
        let threads = self.options.threads;
        let (end, trained) = std::thread::scope(|scope| {
            let session = &session;
            let work = move || match device {
                Some(device) => session.train_on(device, threads, &sink),
                None => session.train(threads, &sink),
            };
            let worker = std::thread::Builder::new().name("sweep-keeper".into()).spawn_scoped(scope, work);
            let worker = match worker.map_err(SweepError::Thread) {
                Ok(worker) => worker,
                Err(error) => return (End::Stopped, Err(error)),
            };
            let end = caught(|| self.follow(session, &news)).unwrap_or_else(|words| {
                // The threads would be waited for to their last cell.
                session.stop();
                std::panic::resume_unwind(Box::new(words))
            });
            let lost = |_| Err(SweepError::Fault { cells: "grid".into(), words: "its thread has panicked".into() });
            (end, worker.join().unwrap_or_else(lost))
        });
        while let Ok(progress) = news.try_recv() {
            self.take_in(progress);
        }
        let end = match (end, trained) {
            (end, Ok(())) => end,
            (end, Err(error)) => {
                self.snapshot.notice = Some(error.to_string());
                // What was ordered meanwhile stays ordered.
                if matches!(end, End::Complete) { End::Stopped } else { end }
            }
        };
        // The others can go on without them.
        if let Some(Fault { cells, words, kind: FaultKind::Panic }) = session.fault() {
            for cell in cells {
                self.steps.remove(&cell);
                self.snapshot.cells[cell] = CellState::Failed(words.clone());
            }
        }
        let (workshop, begun) = session.into_begun();
        (end, workshop, begun.into())
    }

    /// Takes news and commands in until the training ends.
    fn follow(&mut self, session: &Session, news: &Receiver<Progress>) -> End {
        let mut end = End::Complete;
        let mut is_open = true;
        loop {
            select! {
                recv(news) -> progress => match progress {
                    Ok(progress) => {
                        self.take_in(progress);
                        for progress in news.try_iter().take(1000) {
                            self.take_in(progress);
                        }
                    }
                    Err(_) => return end,
                },
                recv(if is_open { &self.inbox } else { const { &crossbeam_channel::never() } }) -> command => match command {
                    Ok(LiveCommand::Pause) => self.set_paused(session, true),
                    Ok(LiveCommand::Resume) => self.set_paused(session, false),
                    Ok(LiveCommand::Threads(threads)) => {
                        self.options.threads = threads;
                        // What was ordered before stays ordered.
                        if matches!(end, End::Complete) {
                            end = End::Changed(None);
                        }
                        session.stop();
                    }
                    Ok(LiveCommand::Saved(cells)) => self.saved = cells,
                    Ok(LiveCommand::GiveUp) => self.worth = Worth::Nothing,
                    Ok(LiveCommand::Extend(sweep)) => {
                        end = End::Changed(Some(sweep));
                        session.stop();
                    }
                    Ok(LiveCommand::Stop) => {
                        end = End::Stopped;
                        session.stop();
                    }
                    Err(_) => {
                        is_open = false;
                        end = End::Stopped;
                        session.stop();
                    }
                },
                default(EVERY) => {}
            }
            if self.shown.elapsed() >= EVERY {
                self.publish();
            }
        }
    }

    /// Tells of a panic of this thread, which ends with it.
    pub(super) fn break_down(&mut self, words: &str) {
        self.snapshot.notice = Some(format!("the grid broke down: {words}; what is finished can be saved"));
        self.is_broken = true;
        self.publish();
    }

    fn set_paused(&mut self, session: &Session, paused: bool) {
        self.paused = paused;
        session.pause(paused);
        self.trained.clear();
        self.set_state();
        self.publish();
    }

    fn set_state(&mut self) {
        self.snapshot.state = if self.paused { LiveState::Paused } else { LiveState::Running };
    }

    fn take_in(&mut self, progress: Progress) {
        if let Some(folder) = &mut self.folder {
            folder.hear(&self.snapshot.grid, &progress);
        }
        match progress {
            // It goes on where an earlier process was.
            Progress::Running { cell, step, total, values } if values.is_empty() => {
                self.steps.insert(cell, step);
                self.snapshot.cells[cell] = CellState::Running { step, total, values };
            }
            Progress::Started { cell } => {
                self.steps.insert(cell, 0);
                if self.snapshot.cells[cell] == CellState::Waiting {
                    self.snapshot.cells[cell] = CellState::Running { step: 0, total: 0, values: Vec::new() };
                }
            }
            Progress::Running { cell, step, total, values } => {
                self.note_steps(cell, step);
                self.steps.insert(cell, step);
                self.snapshot.cells[cell] = CellState::Running { step, total, values };
            }
            Progress::Done { cell, outcome, .. } => {
                self.note_steps(cell, outcome.steps);
                self.steps.remove(&cell);
                self.snapshot.cells[cell] = CellState::Done(outcome);
            }
            Progress::Failed { cell, words } => {
                self.steps.remove(&cell);
                self.snapshot.notice = Some(format!("{}: {words}", self.snapshot.grid.describe(cell)));
                self.snapshot.cells[cell] = CellState::Failed(words);
            }
            Progress::Notice(words) => self.snapshot.notice = Some(words),
        }
    }

    fn note_steps(&mut self, cell: usize, step: u64) {
        let before = self.steps.get(&cell).copied().unwrap_or(0);
        let all = self.trained.last().map_or(0, |(_, all)| *all) + step.saturating_sub(before);
        let now = Instant::now();
        self.trained.push((now, all));
        if self.trained.len() > 4096 || self.trained.first().is_some_and(|(at, _)| now - *at > 2 * RATE_OVER) {
            self.trained.retain(|(at, _)| now - *at <= RATE_OVER);
        }
    }

    fn publish(&mut self) {
        self.save();
        let snapshot = &mut self.snapshot;
        snapshot.done = snapshot.cells.iter().filter(|cell| matches!(cell, CellState::Done(_))).count();
        snapshot.failed = snapshot.cells.iter().filter(|cell| matches!(cell, CellState::Failed(_))).count();
        if self.is_broken {
            snapshot.state = LiveState::Broken;
        } else if self.ended {
            snapshot.state = LiveState::Stopped;
        } else if snapshot.done + snapshot.failed == snapshot.cells.len() {
            snapshot.state = LiveState::Done;
        }
        let rate = match (self.trained.first(), self.trained.last()) {
            (Some((from, a)), Some((to, b))) if *to - *from > Duration::from_millis(200) => {
                (b - a) as f64 / (*to - *from).as_secs_f64()
            }
            _ => 0.0,
        };
        snapshot.rate = if snapshot.state == LiveState::Running { rate } else { 0.0 };
        let steps = snapshot.grid.experiment().total_steps();
        let left: u64 = snapshot
            .cells
            .iter()
            .map(|cell| match cell {
                CellState::Waiting => steps,
                CellState::Running { step, total, .. } => (*total).max(steps).saturating_sub(*step),
                CellState::Done(_) | CellState::Failed(_) => 0,
            })
            .sum();
        snapshot.eta = (snapshot.rate > 0.0).then(|| Duration::from_secs_f64((left as f64 / snapshot.rate).min(1e9)));
        snapshot.generation += 1;
        self.shown = Instant::now();
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot.clone());
        (self.waker)();
    }

    /// The device to train on, as it was asked for, and what trains in words.
    fn device(&mut self, workshop: &Workshop) -> (Option<GpuDevice>, String) {
        let (device, words) = crate::sweep::waves::choose(self.options.backend, workshop, self.options.threads);
        let device = device.unwrap_or_else(|error| {
            self.snapshot.notice = Some(format!("{error}. The CPU goes on."));
            None
        });
        (device, words)
    }

    /// Goes over to another grid, with what it has in common with this one.
    fn move_to(&mut self, sweep: Sweep, workshop: Workshop, begun: Vec<Trial>) -> (Workshop, Vec<Trial>) {
        let experiment = Experiment { sweep: Some(sweep), ..self.snapshot.grid.experiment().clone() };
        let grid = match Grid::new(&experiment) {
            Ok(grid) => Arc::new(grid),
            Err(error) => {
                self.snapshot.notice = Some(error.to_string());
                return (workshop, begun);
            }
        };
        if let Some(Err(error)) = self.folder.as_mut().map(|folder| folder.move_to(&grid)) {
            self.is_not_saved(&error);
            self.folder = None;
        }
        let places: HashMap<u64, usize> = (0..grid.cells()).map(|cell| (grid.key(cell), cell)).collect();
        let mut cells = vec![CellState::Waiting; grid.cells()];
        let mut steps = HashMap::new();
        let old = Arc::clone(&self.snapshot.grid);
        for (cell, state) in std::mem::take(&mut self.snapshot.cells).into_iter().enumerate() {
            if let (Some(&place), CellState::Done(_)) = (places.get(&old.key(cell)), &state) {
                cells[place] = state;
            }
        }
        let mut kept = Vec::new();
        for mut trial in begun {
            let alone = { trial.cells().next() }.and_then(|cell| places.get(&old.key(cell)));
            if let Some(&place) = alone {
                steps.insert(place, trial.step());
                cells[place] = CellState::Running { step: trial.step(), total: trial.total(), values: Vec::new() };
                trial.move_to(Arc::clone(&grid), place);
                kept.push(trial);
            }
        }
        self.steps = steps;
        self.snapshot.cells = cells;
        self.snapshot.grid = Arc::clone(&grid);
        (workshop.moved_to(grid), kept)
    }
}
