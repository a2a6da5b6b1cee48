//! What a live sweep leaves for the next start, and what it takes up of an earlier one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::folder::LiveFolder;
use super::keeper::Keeper;
use crate::sweep::error::SweepError;
use crate::sweep::trial::Trial;

/// Whether what a grid has come to is left for the next start.
#[derive(Clone, Copy)]
pub(super) enum Worth {
    /// Once it has trained for a while.
    Since(Instant),
    /// In any case: an earlier process has left it already.
    Kept,
    /// It was given up.
    Nothing,
}

/// Training after which a grid is left for the next start; chosen here: what is repeated sooner than a question is read.
const WORTH: Duration = Duration::from_secs(10);

impl Keeper {
    /// Begins to save, where that is wanted and nothing was left behind that is gone on with.
    pub(super) fn begin_folder(&mut self) {
        if self.folder.is_some() || !self.options.saves {
            return;
        }
        match LiveFolder::begin(&self.snapshot.grid) {
            Ok(folder) => {
                self.snapshot.folder = Some(folder.path().to_path_buf());
                self.folder = Some(folder);
            }
            Err(error) => self.is_not_saved(&error),
        }
    }

    /// Says that it is not saved any longer.
    pub(super) fn is_not_saved(&mut self, error: &SweepError) {
        self.snapshot.notice = Some(format!("the grid is not saved on its way, and a crash would lose it: {error}"));
    }

    /// Saves what is known; once that cannot be done, it is told and not tried again.
    pub(super) fn save(&mut self) {
        let grid = Arc::clone(&self.snapshot.grid);
        let written = self.folder.as_mut().map_or(Ok(()), |folder| folder.write(&grid));
        if let Err(error) = written {
            self.is_not_saved(&error);
            self.folder = None;
        }
    }

    /// Leaves the grid for the next start, where it is worth it, or removes what was saved.
    pub(super) fn part(&mut self, begun: &mut [Trial]) {
        self.save();
        let Some(folder) = self.folder.take() else { return };
        let is_begun = !begun.is_empty() || self.snapshot.done > 0;
        let is_full = self.snapshot.done + self.snapshot.failed == self.snapshot.cells.len();
        let is_saved = is_full && self.saved >= self.snapshot.done;
        let is_worth_it = match self.worth {
            Worth::Kept => true,
            Worth::Since(start) => start.elapsed() >= WORTH,
            Worth::Nothing => false,
        };
        if is_worth_it && is_begun && !is_saved {
            // Nobody is left who could be told; what was written before is there.
            let _ = folder.write_states(begun);
        } else {
            folder.forget();
        }
    }
}
