//! What is known of a live sweep at one moment.

use std::sync::Arc;
use std::time::Duration;

use super::grid::Grid;
use super::outcome::Outcome;
use super::plane::Plane;

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
pub struct Snapshot {
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
}

impl Snapshot {
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
