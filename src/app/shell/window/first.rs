//! The first page in the window: what its choices do, and what leaving it does to the run behind it.

use eframe::egui::Context;

use super::Window;
use crate::app::gallery::{Choice, Told};
use crate::app::link::guard::Order;
use crate::app::link::journal::Weight;
use crate::app::orders::AppCommand;
use crate::app::shell::left::{Answer, LeftRun};
use crate::training::Command;

impl Window {
    /// Draws the first page and does what was chosen there.
    pub(super) fn first_page(&mut self, ctx: &Context, commands: &mut Vec<AppCommand>, orders: &mut Vec<Order>) {
        let asked = self.left.as_ref().map_or(0, LeftRun::count);
        let others = (self.all_left.len() + self.left_grids.len()).saturating_sub(asked);
        let warning = self.link.journal().last().filter(|entry| entry.weight == Weight::Warning);
        let told = Told {
            left: self.left.as_ref().map(|left| (left.name(), left.words())),
            others,
            warning: warning.map(|entry| entry.text.as_str()),
        };
        let choice = self.gallery.first_page(ctx, &told, &mut self.shows_first, commands, orders);
        match (choice, self.left.take()) {
            (None, left) => self.left = left,
            (Some(Choice::GoOn), Some(left)) => {
                self.gallery.close();
                self.ask_about(left.go_on());
                self.runs_after = false;
            }
            // The page stays: what to begin with is another question.
            (Some(Choice::Discard), Some(left)) => self.give_up(left.forget()),
            (Some(_), left) => {
                self.left = left;
                self.leave_first_page(true);
            }
        }
    }

    /// Closes the first page, where it is open; runs that were left go to the shelf, and the run behind it begins where
    /// it `runs` and was to train at the start.
    pub(super) fn leave_first_page(&mut self, runs: bool) {
        if !self.gallery.shows_first() {
            return;
        }
        self.gallery.close();
        self.left = None;
        self.shelve_left();
        if runs && std::mem::take(&mut self.runs_after) {
            self.link.send(Command::Run);
        }
    }

    /// Starts as if there were no first page.
    pub(super) fn skip_first_page(&mut self) {
        self.gallery.close();
        if self.runs_after && self.left.is_none() {
            self.link.send(Command::Run);
        }
    }

    fn give_up(&mut self, answer: Answer) {
        if let Answer::Forget(left) = answer {
            self.forget_left(&left);
        }
    }
}
