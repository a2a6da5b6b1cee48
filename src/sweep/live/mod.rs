//! A sweep for the window: it fills while it trains.
//!
//! ```text
//! let live = Live::start(experiment, LiveOptions { threads: 2, ..LiveOptions::default() }, waker)?;
//! let snapshot = live.snapshot();              // cheap: the newest state, which the window reads at its own pace
//! for (cell, state) in snapshot.cells.iter().enumerate() { ... }
//! live.send(LiveCommand::Pause);
//! live.send(LiveCommand::Extend(Box::new(Sweep { x_points: 40, ..snapshot.grid.sweep().clone() })));
//! drop(live);                                  // ends the threads
//! ```
//!
//! The thread `sweep` owns the grid and makes a snapshot ten times a second at most, and calls `waker` then, so that
//! nobody needs to poll; `sweep-N` are the threads that train. Cells of the coarse grid train in slices by turns, so that
//! the whole plane has values within seconds; such values are [`CellState::Running`], means over the steps measured in
//! the last slice. Cells that are [`CellState::Done`] have the bits of a headless sweep.
//!
//! While paused, threads hold no cell; what was begun goes on later where it was. Extending keeps every finished cell, and
//! on the CPU every one that was begun, that the new grid has too.

mod folder;
mod keeper;
mod left;
mod saving;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, unbounded};

pub use left::LeftSweep;

use super::error::SweepError;
use super::grid::Grid;
use super::snapshot::{CellState, LiveState, SweepState};
use super::workshop::Workshop;
use crate::experiment::{Experiment, Sweep};
use crate::training::{BackendChoice, caught};
use folder::LiveFolder;
use keeper::Keeper;

/// Called from the thread of the sweep whenever there is a new snapshot.
pub type LiveWaker = Box<dyn Fn() + Send>;

/// How to train.
#[derive(Clone, Copy, Debug)]
pub struct LiveOptions {
    /// Threads of the CPU.
    pub threads: usize,
    /// What trains.
    pub backend: BackendChoice,
    /// Whether to wait for [`LiveCommand::Resume`].
    pub paused: bool,
    /// Whether the grid is saved in the user's cache folder on its way.
    pub saves: bool,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self { threads: 1, backend: BackendChoice::Cpu, paused: false, saves: false }
    }
}

/// What a live sweep may be told.
#[derive(Clone, Debug)]
pub enum LiveCommand {
    /// Train nothing until told to resume.
    Pause,
    /// Go on.
    Resume,
    /// End; what is known stays in the snapshot.
    Stop,
    /// Go on with another grid of the same experiment: more points or a wider range.
    Extend(Box<Sweep>),
    /// Use so many threads of the CPU.
    Threads(usize),
    /// So many finished cells were saved elsewhere: a grid that is full, and saved so, is not left for the next start.
    Saved(usize),
    /// What was saved on the way is not wanted any longer.
    GiveUp,
}

/// A sweep on its own thread. Dropping it ends the thread.
pub struct Live {
    /// Taken when dropped: the closed channel ends the thread.
    commands: Option<Sender<LiveCommand>>,
    slot: Arc<Mutex<Arc<SweepState>>>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the experiment has no grid or is not allowed, or the system refuses a thread.
    pub fn start(experiment: &Experiment, options: LiveOptions, waker: LiveWaker) -> Result<Self, SweepError> {
        Self::in_workshop(Workshop::new(Arc::new(Grid::new(experiment)?), true), None, options, waker)
    }

    /// Goes on with a grid that an earlier process left behind, with its finished cells, and with those that were on their way
    /// where they were.
    ///
    /// # Errors
    /// When its cells compute something else in this version, its folder cannot be read, or the system refuses a thread.
    pub fn go_on(left: &LeftSweep, options: LiveOptions, waker: LiveWaker) -> Result<Self, SweepError> {
        let folder = LiveFolder::take_up(left)?;
        let workshop = Workshop::new(Arc::clone(&left.state().grid), true);
        Self::in_workshop(workshop, Some((folder, left.state())), options, waker)
    }

    fn in_workshop(
        workshop: Workshop,
        left: Option<(LiveFolder, &SweepState)>,
        options: LiveOptions,
        waker: LiveWaker,
    ) -> Result<Self, SweepError> {
        let grid = Arc::clone(workshop.grid());
        let (folder, cells) = match left {
            Some((folder, state)) => (Some(folder), state.finished()),
            None => (None, vec![CellState::Waiting; grid.cells()]),
        };
        let snapshot = SweepState {
            done: cells.iter().filter(|cell| matches!(cell, CellState::Done(_))).count(),
            cells,
            grid,
            state: LiveState::Preparing,
            failed: 0,
            rate: 0.0,
            eta: None,
            backend: String::new(),
            notice: None,
            generation: 0,
            folder: folder.as_ref().map(|folder| folder.path().to_path_buf()),
        };
        let slot = Arc::new(Mutex::new(Arc::new(snapshot.clone())));
        let (commands, inbox) = unbounded();
        let mut keeper = Keeper::new(snapshot, Arc::clone(&slot), waker, inbox, options, folder);
        let keep = move || {
            if let Err(words) = caught(|| keeper.run(workshop)) {
                keeper.break_down(&words);
            }
        };
        let thread = std::thread::Builder::new().name("sweep".into()).spawn(keep).map_err(SweepError::Thread)?;
        Ok(Self { commands: Some(commands), slot, thread: Some(thread) })
    }

    /// Sends a command; a sweep that has ended ignores it.
    pub fn send(&self, command: LiveCommand) {
        if let Some(commands) = &self.commands {
            // The only failure is a thread that has ended.
            let _ = commands.send(command);
        }
    }

    /// The newest state.
    #[must_use]
    pub fn snapshot(&self) -> Arc<SweepState> {
        Arc::clone(&self.slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Live {
    /// Ends it and removes what was saved on its way, without waiting for that.
    pub fn give_up(mut self) {
        self.send(LiveCommand::GiveUp);
        self.commands = None;
        drop(self.thread.take());
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed by the runtime; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sweep::workshop::broken_workshop;

    /// The first state of which that is true; half a minute is hundreds of times what it takes.
    fn wait_until(live: &Live, what: &str, is_there: impl Fn(&SweepState) -> bool) -> Arc<SweepState> {
        for _ in 0..3000 {
            let snapshot = live.snapshot();
            if is_there(&snapshot) {
                return snapshot;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{what} never came: {:?}", live.snapshot().state);
    }

    #[test]
    fn a_panic_in_a_cell_is_told_and_the_rest_can_go_on() {
        let live =
            Live::in_workshop(broken_workshop(true), None, LiveOptions::default(), Box::new(|| {})).expect("started");
        let mut failed = 0;
        // The four cells of the broken seed, one after the other.
        while failed < 4 {
            let stopped = wait_until(&live, "a stop", |now| now.state == LiveState::Stopped && now.failed > failed);
            assert_eq!(stopped.failed, failed + 1);
            let notice = stopped.notice.as_deref().unwrap_or_default();
            assert!(notice.contains("seed 1: training broke down: "), "{notice}");
            failed = stopped.failed;
            live.send(LiveCommand::Resume);
        }
        let end = wait_until(&live, "the end", |now| now.state == LiveState::Done);
        assert_eq!((end.done, end.failed), (8, 4));
    }

    #[test]
    fn a_panic_of_the_keeper_is_told_and_what_is_finished_stays() {
        let count = std::sync::atomic::AtomicUsize::new(0);
        // The first snapshots are those of the start; then one that has a finished cell.
        let waker = move || {
            if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 3 {
                panic!("the window is gone");
            }
        };
        let live =
            Live::in_workshop(broken_workshop(true), None, LiveOptions::default(), Box::new(waker)).expect("started");
        for _ in 0..6 {
            live.send(LiveCommand::Pause);
            live.send(LiveCommand::Resume);
        }
        let end = wait_until(&live, "the fault", |now| now.state == LiveState::Broken);
        assert!(end.notice.as_deref().is_some_and(|words| words.contains("the window is gone")), "{:?}", end.notice);
        // Comes back.
        drop(live);
    }
}
