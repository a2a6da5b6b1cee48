//! What a pane is shown, and what the window wants of one.

use std::sync::Arc;

use eframe::egui::Ui;

use super::link::Link;
use super::link::guard::Order;
use super::link::selection::{Hidden, Selection};
use super::orders::AppCommand;
use super::orders::pane_kind::PaneKind;
use super::plot::time_axis::TimeAxis;
use crate::record::Exhibit;
use crate::training::{Moment, Status};

/// What a pane sees and may touch.
pub struct View<'a> {
    /// State, settings and messages of the run.
    pub link: &'a mut Link,
    /// Steps that plots show.
    pub time: &'a mut TimeAxis,
    /// Layer, neuron and seed that were picked.
    pub selection: &'a mut Selection,
    /// Controls that are out of sight.
    pub hidden: &'a Hidden,
    /// What a tour points at, by field path or pane name.
    pub highlighted: &'a [&'static str],
    /// The matrices of the step that is shown, once a pane wants them.
    pub moment: Option<Arc<Moment>>,
    /// The step of the past that is shown; `None` for the present.
    pub shown_step: Option<u64>,
    /// Points that a curve taken out has at most: more for files of numbers than for figures.
    pub points: usize,
    /// The animation that a frame is taken for: what a pane would choose anew at each step stays as it was for its first one.
    pub film: Option<u64>,
    /// What panes in sight need from the trainer.
    pub wants: &'a mut Wants,
    /// Commands that take effect when the frame ends.
    pub commands: &'a mut Vec<AppCommand>,
    /// Orders that end the run or the grid of runs, which may be asked about first.
    pub orders: &'a mut Vec<Order>,
}

/// What the panes of a frame need beyond curves; the trainer makes it only while someone looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// The matrices of the step that is shown.
    pub moment: bool,
    /// Expectations at the weights that are shown, over that many batches; 0 for the whole training set.
    pub expectations: Option<u64>,
}

/// A part of the window.
pub trait Pane {
    /// Which one.
    fn kind(&self) -> PaneKind;
    /// Draws it into `ui`.
    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>);
    /// Forgets what it holds of the run before; another one has begun, whose state this is.
    fn on_new_run(&mut self, _status: &Status) {}
    /// Whether there is ever anything to take out of it.
    fn has_exhibit(&self) -> bool {
        true
    }
    /// Whether it shows matrices, or something else that is made of the moment of a step.
    fn shows_steps(&self) -> bool {
        false
    }
    /// Whether what it shows of one step differs from what it shows of another in more than curves over steps.
    fn changes_with_steps(&self) -> bool {
        self.shows_steps()
    }
    /// What it shows, for figures and files; `None` while there is nothing.
    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit>;
}
