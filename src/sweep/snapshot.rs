//! What is known of a live sweep at one moment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::error::SweepError;
use super::folder::SweepFolder;
use super::gather::{Gathered, gather};
use super::grid::Grid;
use super::outcome::Outcome;
use super::plane::Plane;
use super::states::state_of;

/// What a live sweep is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveState {
    /// Makes data and programs.
    Preparing,
    /// Trains.
    Running,
    /// Waits.
    Paused,
    /// All cells are at their end.
    Done,
    /// Was told to end, or was ended by a fault that the notice tells; can go on with what is left.
    Stopped,
    /// Has ended for good by a fault of this program; what is known stays.
    Broken,
}

/// What is known of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum CellState {
    /// Nothing yet.
    Waiting,
    /// It is on its way.
    Running {
        /// Steps trained.
        step: u64,
        /// Steps to train, at most.
        total: u64,
        /// Values now; empty where none was measured yet, and undefined those that only the end has.
        values: Vec<Option<f64>>,
    },
    /// It is at its end.
    Done(Outcome),
    /// It cannot be trained, with the reason.
    Failed(String),
}

impl CellState {
    /// Values, and whether they are final.
    #[must_use]
    pub fn values(&self) -> Option<(&[Option<f64>], bool)> {
        match self {
            Self::Running { values, .. } if !values.is_empty() => Some((values, false)),
            Self::Done(outcome) => Some((&outcome.values, true)),
            _ => None,
        }
    }
}

/// The newest state of a live sweep.
#[derive(Clone, Debug)]
pub struct SweepState {
    /// The grid.
    pub grid: Arc<Grid>,
    /// Its cells, in the grid's order.
    pub cells: Vec<CellState>,
    /// What the sweep is doing.
    pub state: LiveState,
    /// Cells at their end.
    pub done: usize,
    /// Cells that cannot be trained.
    pub failed: usize,
    /// Replica-steps a second.
    pub rate: f64,
    /// Time to the end at this rate, of the steps that are left; `None` while the rate is not known.
    pub eta: Option<Duration>,
    /// What trains, in words.
    pub backend: String,
    /// The newest thing that the user should know: data that stand in for others, a device that was lost, a grid that
    /// was refused.
    pub notice: Option<String>,
    /// Counts the snapshots.
    pub generation: u64,
    /// Where it was read from, and states of its cells may lie.
    pub folder: Option<PathBuf>,
}

impl SweepState {
    /// Of a sweep that is over, with what its folder knows of it.
    #[must_use]
    pub fn recorded(grid: &Arc<Grid>, gathered: &Gathered, folder: PathBuf, notice: String) -> Self {
        let state = |(cell, outcome): (usize, &Option<Outcome>)| match outcome {
            Some(outcome) => CellState::Done(outcome.clone()),
            None => match gathered.failed.iter().find(|(failed, _)| *failed == cell) {
                Some((_, words)) => CellState::Failed(words.clone()),
                None => CellState::Waiting,
            },
        };
        let done = gathered.done();
        Self {
            grid: Arc::clone(grid),
            cells: gathered.outcomes.iter().enumerate().map(state).collect(),
            state: if done == grid.cells() { LiveState::Done } else { LiveState::Stopped },
            done,
            failed: gathered.failed.len(),
            rate: 0.0,
            eta: None,
            backend: gathered.backends.iter().cloned().collect::<Vec<_>>().join(", "),
            notice: Some(notice),
            generation: 0,
            folder: Some(folder),
        }
    }

    /// Reads a sweep's folder.
    ///
    /// # Errors
    /// When it is none, or cannot be read.
    pub fn open(folder: &Path) -> Result<Self, SweepError> {
        let grid = Arc::new(SweepFolder::open(folder)?.1);
        let gathered = gather(&grid, &[folder.to_path_buf()])?;
        let notice = format!("read from {}", folder.display());
        Ok(Self::recorded(&grid, &gathered, folder.to_path_buf(), notice))
    }

    /// Its cells, of which those that are not at their end wait.
    pub(super) fn finished(&self) -> Vec<CellState> {
        let finished = |cell: &CellState| match cell {
            CellState::Done(_) => cell.clone(),
            _ => CellState::Waiting,
        };
        self.cells.iter().map(finished).collect()
    }

    /// The file of what a cell has come to, where it was kept.
    #[must_use]
    pub fn kept(&self, cell: usize) -> Option<PathBuf> {
        self.outcome(cell)?;
        Some(state_of(self.folder.as_deref()?, self.grid.key(cell))).filter(|file| file.is_file())
    }

    /// A quantity over the plane, unfinished cells included.
    #[must_use]
    pub fn plane(&self, name: &str) -> Plane {
        Plane::new(&self.grid, name, |cell| self.cells[cell].values())
    }

    /// What a cell came to, if it is at its end.
    #[must_use]
    pub fn outcome(&self, cell: usize) -> Option<&Outcome> {
        match &self.cells[cell] {
            CellState::Done(outcome) => Some(outcome),
            _ => None,
        }
    }
}
