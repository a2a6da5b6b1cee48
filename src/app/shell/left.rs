//! The question about a run, a grid of runs or both that an earlier start left behind: by a crash, a kill, a power cut, or by
//! closing the window.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use eframe::egui::{Align, Button, Context, Layout, RichText};

use crate::app::look::dialog::Dialog;
use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::look::words;
use crate::record::LeftBehind;
use crate::sweep::LeftSweep;
use crate::training::{FoundRun, left_runs};

/// Width of the question.
const WIDTH: f32 = 440.0;

/// What was left behind, and the question what is to become of it.
pub struct LeftRun {
    left: Left,
    /// What it is.
    words: String,
    is_new: bool,
}

/// The last run and the last grid that were left behind; one of them at least.
#[derive(Clone, Debug)]
pub struct Left {
    /// The run.
    pub run: Option<Arc<LeftBehind>>,
    /// The grid.
    pub grid: Option<Arc<LeftSweep>>,
}

impl Left {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match (&self.run, &self.grid) {
            (Some(_), Some(_)) => "your last run and grid of runs",
            (None, Some(_)) => "your last grid of runs",
            _ => "your last run",
        }
    }
}

/// What became of the question in a frame.
pub enum Answer {
    /// It stays open.
    Waiting(LeftRun),
    /// It is asked again at the next start.
    Later,
    /// It is given up.
    Forget(Left),
    /// The window goes on with it.
    GoOn(Left),
}

impl LeftRun {
    /// The last of the runs that can be read, and the last of the grids.
    #[must_use]
    pub fn last_of(runs: &[Arc<LeftBehind>], grids: &[Arc<LeftSweep>]) -> Option<Self> {
        let age = |saved: SystemTime| SystemTime::now().duration_since(saved).unwrap_or_default();
        let run = runs.iter().find_map(|left| {
            let found = left_runs(left).into_iter().find_map(Result::ok)?;
            Some((Arc::clone(left), words(&found, age(left.saved()))))
        });
        let grid = grids.first().map(|grid| (Arc::clone(grid), words_of_grid(grid, age(grid.place().saved()))));
        let words: Vec<&str> =
            run.iter().map(|(_, words)| words).chain(grid.iter().map(|(_, words)| words)).map(String::as_str).collect();
        let words = words.join(" ");
        let left = Left { run: run.map(|(run, _)| run), grid: grid.map(|(grid, _)| grid) };
        (left.run.is_some() || left.grid.is_some()).then_some(Self { left, words, is_new: true })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.left.name()
    }

    /// How many runs and grids it is about.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::from(self.left.run.is_some()) + usize::from(self.left.grid.is_some())
    }

    /// What it is.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Goes on with it.
    #[must_use]
    pub fn go_on(self) -> Answer {
        Answer::GoOn(self.left)
    }

    /// Gives it up.
    #[must_use]
    pub fn forget(self) -> Answer {
        Answer::Forget(self.left)
    }

    /// Draws the question above everything else. Enter goes on with the run; Escape leaves it for later.
    #[must_use]
    pub fn ui(mut self, ctx: &Context) -> Answer {
        let (mut go_on, mut forget, mut later) = (false, false, false);
        let modal = Dialog::Left.show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading(format!("Go on with {}?", self.left.name()));
            ui.add_space(6.0);
            ui.label(words::say(&self.words));
            ui.add_space(10.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let goes_on = ui.add(Button::new(RichText::new("Go on with it").strong()));
                if self.is_new {
                    goes_on.request_focus();
                    self.is_new = false;
                }
                go_on = goes_on.clicked();
                let asked_later = "Starts as usual, and asks again at the next start";
                later = ui.button("Not now").on_hover_text(words::say(asked_later)).clicked();
                forget = ui.button("Discard it").on_hover_text("Removes it for good").clicked();
            });
        });
        if go_on || modal.confirmed {
            Answer::GoOn(self.left)
        } else if forget {
            Answer::Forget(self.left)
        } else if later || modal.cancelled {
            Answer::Later
        } else {
            Answer::Waiting(self)
        }
    }
}

fn words(found: &FoundRun, age: Duration) -> String {
    let experiment = found.experiment();
    let seeds = experiment.training.seeds as u64;
    let changes = found.interventions().len() as u64;
    let plural = |count: u64, one: &str| {
        let s = if count == 1 { "" } else { "s" };
        format!("{} {one}{s}", numbers::count(count))
    };
    let mut text =
        format!("{} at step {}, {}", titles::quoted(experiment), numbers::count(found.step()), plural(seeds, "seed"));
    if changes > 0 {
        text.push_str(&format!(", {} made by hand", plural(changes, "change")));
    }
    if found.has_twin() {
        text.push_str(", with its twin");
    }
    text.push_str(&format!(
        "; saved {} ago. Curves, settings and history of changes come back; it stays paused.",
        ago(age)
    ));
    text
}

fn words_of_grid(left: &LeftSweep, age: Duration) -> String {
    let state = left.state();
    let count = |count: usize| numbers::count(count as u64);
    let begun = match left.begun() {
        0 => String::new(),
        begun => format!(" and {} on their way", count(begun)),
    };
    format!(
        "The grid over {}: {} of {} runs at their end{begun}; saved {} ago. It comes back into the phase diagram, and waits there.",
        titles::quoted(state.grid.experiment()),
        count(state.done),
        count(state.cells.len()),
        ago(age)
    )
}

/// A time in words that need no seconds.
fn ago(age: Duration) -> String {
    const DAY: u64 = 86_400;
    match age.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..DAY => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        seconds if seconds < 2 * DAY => "1 day".into(),
        seconds => format!("{} days", seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_their_own_units() {
        let told = |seconds| ago(Duration::from_secs(seconds));
        assert_eq!([5, 61, 3700, 90_000, 300_000].map(told), ["5 s", "1 min", "1 h 1 min", "1 day", "3 days"]);
    }
}
