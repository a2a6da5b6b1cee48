//! The question about a run that an earlier start left behind: by a crash, a kill, a power cut, or by closing the window.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use eframe::egui::{Align, Button, Context, Id, Layout, Modal, RichText};

use crate::app::look::numbers;
use crate::record::LeftBehind;
use crate::training::{FoundRun, left_runs};

/// Width of the question.
const WIDTH: f32 = 440.0;

/// A run that was left behind, and the question what is to become of it.
pub struct LeftRun {
    left: Arc<LeftBehind>,
    /// What it is.
    words: String,
    is_new: bool,
}

/// What became of the question in a frame.
pub enum Answer {
    /// It stays open.
    Waiting(LeftRun),
    /// It is asked again at the next start.
    Later,
    /// The run is given up.
    Forget(Arc<LeftBehind>),
    /// The window goes on with the run.
    GoOn(Arc<LeftBehind>),
}

impl LeftRun {
    /// The last of the runs that can be read.
    #[must_use]
    pub fn last_of(left: &[Arc<LeftBehind>]) -> Option<Self> {
        left.iter().find_map(|left| {
            let found = left_runs(left).into_iter().find_map(Result::ok)?;
            let age = SystemTime::now().duration_since(left.saved()).unwrap_or_default();
            Some(Self { left: Arc::clone(left), words: words(&found, age), is_new: true })
        })
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
        let modal = Modal::new(Id::unique("left run")).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading("Go on with your last run?");
            ui.add_space(6.0);
            ui.label(&self.words);
            ui.add_space(10.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let goes_on = ui.add(Button::new(RichText::new("Go on with it").strong()));
                if self.is_new {
                    goes_on.request_focus();
                    self.is_new = false;
                }
                go_on = goes_on.clicked();
                let asked_later = "Starts as usual, and asks again at the next start";
                later = ui.button("Not now").on_hover_text(asked_later).clicked();
                forget = ui.button("Discard it").on_hover_text("Removes the run for good").clicked();
            });
        });
        if go_on {
            Answer::GoOn(self.left)
        } else if forget {
            Answer::Forget(self.left)
        } else if later || modal.should_close() {
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
    let mut text = format!("{} at step {}, {}", experiment.name, numbers::count(found.step()), plural(seeds, "seed"));
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
