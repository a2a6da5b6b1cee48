//! Orders that end what is there, and the question before those that would lose something of worth.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Align, Button, Context, Layout, RichText};

use super::{Link, Recorded};
use crate::app::look::dialog::Dialog;
use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::look::words;
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::experiment::Experiment;
use crate::record::Intervention;
use crate::sweep::{Grid, LeftSweep, SweepState};
use crate::tour::Tour;

/// Training below which an untouched run is repeated sooner than a question is read; chosen here.
const CHEAP: Duration = Duration::from_secs(10);
/// The same where the window is closed, and nobody waits for the repetition; chosen here.
pub const CHEAP_AT_CLOSE: Duration = Duration::from_secs(60);

/// Width of the question.
const WIDTH: f32 = 440.0;

/// An order that ends the run or the grid of runs.
pub enum Order {
    /// A new run from the same initial weights.
    Reset,
    /// A new run from other initial weights.
    NewSeed,
    /// A run of another experiment.
    Load(Box<Loaded>),
    /// Another grid of runs.
    NewGrid,
    /// A guided tour.
    Tour(Box<Tour>),
    /// The end of the program.
    Close,
}

/// What takes the run's place.
#[derive(Default)]
pub struct Loaded {
    /// The experiment.
    pub experiment: Experiment,
    /// Changes on its way.
    pub interventions: Vec<Intervention>,
    /// The folder of the run, where it holds its end, at which it is opened.
    pub end: Option<PathBuf>,
    /// Curves of an earlier run of it.
    pub recorded: Option<Recorded>,
    /// The arrangement that shows it.
    pub layout: Option<LayoutPreset>,
    /// The pane that it is about.
    pub pane: Option<PaneKind>,
    /// The grid of runs that takes the place of the one in the phase diagram.
    pub plane: Option<Plane>,
    /// Whether it trains in any case, and not only where the present run does.
    pub runs: bool,
    /// What is to be said once it is there.
    pub said: Option<String>,
}

/// A grid of runs for the phase diagram.
pub enum Plane {
    /// It is to be trained.
    Planned(Arc<Grid>),
    /// It was trained, as far as its cells are there.
    Trained(Arc<SweepState>),
    /// An earlier start left it, and it can go on.
    Left(Arc<LeftSweep>),
}

impl Loaded {
    /// An experiment without anything else.
    #[must_use]
    pub fn new(experiment: Experiment) -> Self {
        Self { experiment, ..Self::default() }
    }

    /// The same beside a grid of runs.
    #[must_use]
    pub fn with_plane(self, plane: Plane) -> Self {
        Self { plane: Some(plane), ..self }
    }
}

impl Order {
    /// A run of another experiment.
    #[must_use]
    pub fn load(experiment: Experiment) -> Self {
        Self::Load(Box::new(Loaded::new(experiment)))
    }

    fn title(&self) -> String {
        match self {
            Self::Reset => "Start again from the same weights?".into(),
            Self::NewSeed => "Start again with other seeds?".into(),
            Self::Load(loaded) => format!("Open {}?", titles::quoted(&loaded.experiment)),
            Self::NewGrid => "Plan another grid?".into(),
            Self::Tour(tour) => format!("Start the tour '{}'?", words::say(&tour.title)),
            Self::Close => "Close Hebbscope?".into(),
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            Self::Reset | Self::NewSeed => "Start again",
            Self::Load(_) => "Open it",
            Self::NewGrid => "End the grid",
            Self::Tour(_) => "Start the tour",
            Self::Close => "Close it",
        }
    }
}

/// What an order would lose.
pub struct Loss {
    /// In words.
    words: String,
    /// Whether it is the grid of runs, and not the run.
    is_grid: bool,
    /// Whether there is something of it that can be saved.
    can_be_saved: bool,
}

impl Loss {
    /// What ending the run loses since it was saved; nothing of one that was left to itself and trained for less than
    /// `cheap`.
    #[must_use]
    pub fn of_run(link: &Link, cheap: Duration) -> Option<Self> {
        let status = link.status();
        let unsaved = link.unsaved();
        let is_touched = unsaved.changes > 0 || (status.twin.is_some() && unsaved.steps > 0);
        if unsaved.steps == 0 || (unsaved.time < cheap && !is_touched) {
            return None;
        }
        let seeds = status.seeds.len();
        let mut text = format!(
            "{} {} of {} with {} {}, trained in {}",
            numbers::count(unsaved.steps),
            plural(unsaved.steps, "step", "steps"),
            titles::quoted(&status.experiment),
            seeds,
            plural(seeds as u64, "seed", "seeds"),
            numbers::duration(unsaved.time),
        );
        if unsaved.changes > 0 {
            let changes = unsaved.changes as u64;
            let words = plural(changes, "change", "changes");
            text.push_str(&format!(", {} {words} made by hand", numbers::count(changes)));
        }
        if status.twin.is_some() {
            text.push_str(", and its twin");
        }
        Some(Self { words: text, is_grid: false, can_be_saved: true })
    }

    /// What two losses are together; the run is saved first.
    #[must_use]
    pub fn with(self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        Self { words: format!("{}; {}", self.words, other.words), ..self }
    }

    /// What ending a grid of runs loses after `time`: of `all` runs, `done` that were not saved, and `begun` on their way.
    #[must_use]
    pub fn of_grid(name: &str, [done, begun, all]: [usize; 3], time: Duration) -> Option<Self> {
        if done + begun == 0 || time < CHEAP {
            return None;
        }
        let count = |count: usize| numbers::count(count as u64);
        let of_all = |some: usize| format!("{} of {} runs of the grid over {name}", count(some), count(all));
        let mut words = match (done, begun) {
            (done, 0) => of_all(done),
            (0, begun) => format!("{} on their way", of_all(begun)),
            (done, begun) => format!("{} and {} on their way", of_all(done), count(begun)),
        };
        words.push_str(&format!(", trained in {}", numbers::duration(time)));
        Some(Self { words, is_grid: true, can_be_saved: done > 0 })
    }
}

fn plural(count: u64, one: &'static str, more: &'static str) -> &'static str {
    if count == 1 { one } else { more }
}

/// An order that waits for an answer.
pub struct Question {
    order: Order,
    loss: Loss,
    is_new: bool,
    /// Whether it is the last of its kind.
    never: bool,
}

/// What became of a question in a frame.
pub enum Answer {
    /// It stays open.
    Waiting(Question),
    /// All stays as it is.
    Keep,
    /// All stays as it is, and is saved: the grid, or else the run.
    Save {
        /// Whether it is the grid.
        grid: bool,
    },
    /// The order is carried out; whether such orders are not asked about any more.
    GoOn(Order, bool),
}

impl Question {
    /// Asks whether `order` may lose `loss`.
    #[must_use]
    pub fn new(order: Order, loss: Loss) -> Self {
        Self { order, loss, is_new: true, never: false }
    }

    /// Draws it above everything else. Enter saves what can be saved, and keeps what
    /// cannot; Escape and a press beside it keep.
    #[must_use]
    pub fn ui(mut self, ctx: &Context) -> Answer {
        let (mut keep, mut save, mut go_on) = (false, false, false);
        let grid = self.loss.is_grid;
        let what = if grid { "grid" } else { "run" };
        let modal = Dialog::Question.show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading(words::say(&self.order.title()));
            ui.add_space(6.0);
            ui.label(words::say(&format!("This ends the {what} and loses what was not saved: {}.", self.loss.words)));
            ui.add_space(10.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let keeps = match self.order {
                    Order::Close => "Keep it open".to_owned(),
                    _ => format!("Keep the {what}"),
                };
                // Enter does what loses nothing and is wanted most often: to save, where there is something to be saved.
                let saves = if grid { "Save the cells …" } else { "Save the session …" };
                let saved = self.loss.can_be_saved.then(|| ui.add(Button::new(RichText::new(saves).strong())));
                let is_first = saved.is_none();
                let keeps = if is_first { RichText::new(keeps).strong() } else { RichText::new(keeps) };
                let kept = ui.add(Button::new(keeps));
                if self.is_new {
                    saved.as_ref().unwrap_or(&kept).request_focus();
                    self.is_new = false;
                }
                keep = kept.clicked();
                save = saved.is_some_and(|saved| saved.clicked());
                go_on = ui.button(self.order.verb()).clicked();
            });
            if matches!(self.order, Order::Close) {
                ui.checkbox(&mut self.never, "Do not ask again before the window closes").on_hover_text(
                    "Runs of more than a minute, or changed by hand, are offered at the next start all the same.",
                );
            }
        });
        if go_on {
            Answer::GoOn(self.order, self.never)
        } else if save || (modal.confirmed && self.loss.can_be_saved) {
            Answer::Save { grid }
        } else if keep || modal.confirmed || modal.cancelled {
            Answer::Keep
        } else {
            Answer::Waiting(self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_worth_a_question_once_it_took_time() {
        let loss = |done, begun, seconds| Loss::of_grid("fig4", [done, begun, 400], Duration::from_secs(seconds));
        let words = |done, begun| loss(done, begun, 7505).map(|loss| loss.words);
        assert!(loss(0, 0, 500).is_none() && loss(3, 5, 4).is_none());
        let text = "12 of 400 runs of the grid over fig4, trained in 2 h 5 min";
        assert_eq!(words(12, 0).as_deref(), Some(text));
        // Runs that train by turns are at their ends all at once, hours later.
        let text = "400 of 400 runs of the grid over fig4 on their way, trained in 2 h 5 min";
        assert_eq!(words(0, 400).as_deref(), Some(text));
        assert!(loss(0, 400, 7505).is_some_and(|loss| !loss.can_be_saved));
        let text = "12 of 400 runs of the grid over fig4 and 8 on their way, trained in 2 h 5 min";
        assert_eq!(words(12, 8).as_deref(), Some(text));
    }
}
