//! What becomes of the run and the grid of runs that an earlier start left behind.

use std::sync::Arc;

use super::Window;
use crate::app::link::guard::{Loaded, Plane};
use crate::app::look::titles;
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::app::shell::left::{Answer, Left};
use crate::training::Command;

impl Window {
    /// Does what is to become of what was left behind.
    pub(super) fn ask_about(&mut self, answer: Answer) {
        match answer {
            Answer::Waiting(left) => return self.left = Some(left),
            Answer::GoOn(left) => return self.go_on_with(&left),
            Answer::Forget(left) => {
                self.forget_left(&left);
                self.shelve_left();
            }
            Answer::Later => self.shelve_left(),
        }
        if self.runs_after {
            self.link.send(Command::Run);
        }
    }

    /// Takes up what was left behind; other things that were left go to the shelf.
    fn go_on_with(&mut self, left: &Left) {
        if let Some(run) = &left.run {
            self.all_left.retain(|one| !Arc::ptr_eq(one, run));
            self.link.send(Command::TakeUp(Arc::clone(run)));
        }
        self.shelve_left();
        let Some(grid) = &left.grid else { return };
        let plane = Plane::Left(Arc::clone(grid));
        if left.run.is_some() {
            self.panes.show_grid(plane);
            let name = titles::quoted(grid.state().grid.experiment());
            self.tell(Ok(format!("The grid over {name} is in the phase diagram as it was left, and waits.")));
            return;
        }
        self.load(Loaded {
            layout: Some(LayoutPreset::Phase),
            pane: Some(PaneKind::Phase),
            ..Loaded::new(grid.state().grid.experiment().clone()).with_plane(plane)
        });
    }

    /// Removes what was left behind.
    pub(super) fn forget_left(&mut self, left: &Left) {
        if let Some(run) = &left.run {
            run.forget();
            self.all_left.retain(|one| !Arc::ptr_eq(one, run));
        }
        if let Some(grid) = &left.grid {
            if let Err(error) = grid.place().forget() {
                self.tell(Err(error.to_string()));
            }
            self.left_grids.retain(|one| !Arc::ptr_eq(one, grid));
        }
    }

    /// Puts what earlier starts left on the shelf.
    pub(super) fn shelve_left(&mut self) {
        // The last one comes first.
        for grid in std::mem::take(&mut self.left_grids).into_iter().rev() {
            self.link.grids_mut().add_left(grid);
        }
        let all = std::mem::take(&mut self.all_left);
        if !all.is_empty() {
            self.link.send(Command::ShelveLeft(all));
        }
    }
}
