//! What a live sweep saves on its way: the folder of a sweep in the user's cache folder, with journal and states of cells as
//! `hebbscope sweep` has them, so that it goes on after a crash as a sweep does after a kill.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::left::LeftSweep;
use crate::experiment::KeptOfCell;
use crate::record::GridPlace;
use crate::sweep::error::SweepError;
use crate::sweep::folder::{Existing, Shard, SweepFolder};
use crate::sweep::grid::Grid;
use crate::sweep::journal::{Entry, Header, Journal};
use crate::sweep::keeping::entry;
use crate::sweep::scheduler::Progress;
use crate::sweep::states::{CellStates, WORTH};
use crate::sweep::trial::Trial;
use crate::sweep::workshop::Workshop;
use crate::training::COMPUTATION;

/// Bytes that states of cells may have at a time; larger networks begin their cells anew. Chosen here: a share of a disk that
/// nobody misses.
const MOST_STATES: usize = 2 << 30;

/// Cells that are on their way at a time, about: those of the coarse grid.
const AT_ONCE: usize = 64;

/// Longest that the end of the window waits for cells to be written as they are; those that are not have a state of the last
/// minute.
const PATIENCE: Duration = Duration::from_secs(3);

/// The folder, in writing.
pub(super) struct LiveFolder {
    place: Arc<GridPlace>,
    folder: SweepFolder,
    /// Absent until something is known that belongs there.
    journal: Option<Journal>,
    backend: String,
    news: Vec<Entry>,
}

impl LiveFolder {
    /// Begins the folder of a grid in the user's cache folder.
    pub(super) fn begin(grid: &Grid) -> Result<Self, SweepError> {
        let place = GridPlace::new().map_err(SweepError::io(Path::new("the cache folder"), "cannot be used"))?;
        match SweepFolder::create(place.folder(), grid, Shard::ALL, Existing::Resume) {
            Ok(folder) => {
                Ok(Self { place: Arc::new(place), folder, journal: None, backend: String::new(), news: Vec::new() })
            }
            Err(error) => {
                // Nothing of anybody else's lies in a folder that was just made.
                let _ = place.forget();
                Err(error)
            }
        }
    }

    /// Goes on in a folder that was left behind.
    pub(super) fn take_up(left: &LeftSweep) -> Result<Self, SweepError> {
        let place = Arc::clone(left.place());
        let folder = SweepFolder::open(place.folder())?.0;
        Ok(Self { place, folder, journal: None, backend: String::new(), news: Vec::new() })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where states of cells lie that train on an executor, where they are small enough to be kept. Results that follow are
    /// that executor's.
    pub(super) fn states(&mut self, backend: &str, workshop: &Workshop) -> Option<CellStates> {
        if self.backend != backend {
            self.journal = None;
            backend.clone_into(&mut self.backend);
        }
        let grid = workshop.grid();
        let bytes = workshop.bytes_of(0).unwrap_or(usize::MAX).saturating_mul(AT_ONCE.min(grid.cells()));
        let keeps_weights = grid.sweep().keep == KeptOfCell::Weights;
        (bytes <= MOST_STATES || keeps_weights)
            .then(|| CellStates::new(self.folder.clone(), backend.to_owned(), keeps_weights))
    }

    /// Takes note of what belongs into the journal.
    pub(super) fn hear(&mut self, grid: &Grid, news: &Progress) {
        self.news.extend(entry(grid, news));
    }

    /// Writes what was heard; finished cells are durable when it returns.
    pub(super) fn write(&mut self, grid: &Grid) -> Result<(), SweepError> {
        if self.news.is_empty() {
            return Ok(());
        }
        let journal = match &mut self.journal {
            Some(journal) => journal,
            none => none.insert(self.folder.journal(&Header {
                config_hash: grid.config_hash(),
                shard: (0, 1),
                backend: self.backend.clone(),
                computation: COMPUTATION,
            })?),
        };
        journal.write(&std::mem::take(&mut self.news))
    }

    /// Goes over to another grid of the same experiment.
    pub(super) fn move_to(&mut self, grid: &Grid) -> Result<(), SweepError> {
        // Its first line names the grid.
        self.journal = None;
        self.folder.extend(grid)
    }

    /// Writes cells as they are, the last thing before they are gone.
    pub(super) fn write_states(&self, begun: &mut [Trial]) -> Result<(), SweepError> {
        let since = Instant::now();
        for trial in begun.iter_mut().filter(|_| since.elapsed() < PATIENCE) {
            trial.write_state(WORTH)?;
        }
        Ok(())
    }

    /// Removes it.
    pub(super) fn forget(self) {
        // Nobody is left who could be told; the next start tells what stays.
        let _ = self.place.forget();
    }
}
