//! What the window is made of: one pane a file, all behind one trait.

mod alignment;
mod behind;
mod controls;
mod forces;
mod history;
mod log;
mod loss;
mod matrices;
mod network;
mod neurons;
mod norms;
mod phase;
mod readout;
mod rule;
mod schedule;
mod setting;
mod twins;

use std::sync::Arc;

use eframe::egui::Ui;

pub use alignment::AlignmentPane;
pub use controls::ControlsPane;
pub use forces::ForcesPane;
pub use history::HistoryPane;
pub use log::LogPane;
pub use loss::LossPane;
pub use matrices::MatricesPane;
pub use neurons::NeuronsPane;
pub use norms::NormsPane;
pub use phase::PhasePane;
pub use rule::RulePane;
pub use twins::TwinsPane;

use super::command::AppCommand;
use super::guard::{Loss, Order, Plane};
use super::link::Link;
use super::pane_kind::PaneKind;
use super::selection::{Hidden, Selection};
use super::time_axis::TimeAxis;
use crate::record::{Exhibit, Snapshot as MatricesOfStep};
use crate::sweep::Snapshot;
use crate::training::Moment;

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
    /// Whether there is ever anything to take out of it.
    fn has_exhibit(&self) -> bool {
        true
    }
    /// What it shows, for figures and files; `None` while there is nothing.
    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit>;
}

/// Every pane with what it remembers.
#[derive(Default)]
pub struct Panes {
    controls: ControlsPane,
    forces: ForcesPane,
    alignment: AlignmentPane,
    loss: LossPane,
    matrices: MatricesPane,
    neurons: NeuronsPane,
    norms: NormsPane,
    phase: PhasePane,
    twins: TwinsPane,
    rule: RulePane,
    history: HistoryPane,
    log: LogPane,
}

impl Panes {
    /// The newest state of the grid of runs, if one was started.
    #[must_use]
    pub fn grid_of_runs(&self) -> Option<Arc<Snapshot>> {
        self.phase.snapshot()
    }

    /// Shows matrices that were read from a file beside those of the run.
    pub fn show_opened(&mut self, name: String, snapshot: Arc<MatricesOfStep>) {
        self.matrices.show_opened(name, snapshot);
    }

    /// What ending the grid of runs would lose.
    #[must_use]
    pub fn loss_of_grid(&self) -> Option<Loss> {
        self.phase.loss()
    }

    /// Takes note that the cells of the grid were saved as they were then.
    pub fn grid_saved(&mut self, then: &Snapshot) {
        self.phase.saved(then);
    }

    /// Gives the phase diagram another grid of runs in the place of its own.
    pub fn show_grid(&mut self, plane: Plane) {
        self.phase.show_grid(plane);
    }

    /// Ends the grid of runs; another can be planned.
    pub fn end_grid(&mut self) {
        self.phase.end_grid();
    }

    /// The pane of that name.
    pub fn get(&mut self, kind: PaneKind) -> &mut dyn Pane {
        match kind {
            PaneKind::Controls => &mut self.controls,
            PaneKind::Alignment => &mut self.alignment,
            PaneKind::Loss => &mut self.loss,
            PaneKind::Neurons => &mut self.neurons,
            PaneKind::Norms => &mut self.norms,
            PaneKind::Phase => &mut self.phase,
            PaneKind::Log => &mut self.log,
            PaneKind::Matrices => &mut self.matrices,
            PaneKind::Twins => &mut self.twins,
            PaneKind::Rule => &mut self.rule,
            PaneKind::History => &mut self.history,
            PaneKind::Forces => &mut self.forces,
        }
    }
}
