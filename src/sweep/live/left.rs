//! A grid of runs that an earlier process left in the user's cache folder.

use std::sync::Arc;

use crate::record::GridPlace;
use crate::sweep::error::SweepError;
use crate::sweep::folder::SweepFolder;
use crate::sweep::gather::gather;
use crate::sweep::snapshot::SweepState;
use crate::sweep::states::state_of;

/// What was left, as far as it was read: enough to show it, and to go on with it. While it is held, no other process takes it.
#[derive(Debug)]
pub struct LeftSweep {
    place: Arc<GridPlace>,
    state: Arc<SweepState>,
    begun: usize,
}

impl LeftSweep {
    /// Reads the folder of a grid that was left.
    ///
    /// # Errors
    /// When it cannot be read, or its cells compute something else in this version of the program.
    pub fn open(place: Arc<GridPlace>) -> Result<Self, SweepError> {
        let folder = place.folder();
        let grid = Arc::new(SweepFolder::open(folder)?.1);
        let gathered = gather(&grid, &[folder.to_path_buf()])?;
        gathered.check_computation(folder)?;
        let begun = gathered.missing().filter(|cell| state_of(folder, grid.key(*cell)).is_file()).count();
        let notice = "left by an earlier start of the program".to_owned();
        let state = Arc::new(SweepState::recorded(&grid, &gathered, folder.to_path_buf(), notice));
        Ok(Self { place, state, begun })
    }

    /// Where it lies.
    #[must_use]
    pub fn place(&self) -> &Arc<GridPlace> {
        &self.place
    }

    /// Its cells as far as they are known.
    #[must_use]
    pub fn state(&self) -> &Arc<SweepState> {
        &self.state
    }

    /// Cells that are on their way, with a state to go on from.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.begun
    }
}
