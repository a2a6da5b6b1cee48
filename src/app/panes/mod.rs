//! What the window is made of: one pane a file, all behind one trait.

mod alignment;
mod controls;
mod forces;
mod log;
mod loss;
mod matrices;
mod neurons;
mod norms;
mod phase;
mod readout;
mod setting;

use std::sync::Arc;

use eframe::egui::Ui;

pub use alignment::AlignmentPane;
pub use controls::ControlsPane;
pub use forces::ForcesPane;
pub use log::LogPane;
pub use loss::LossPane;
pub use matrices::MatricesPane;
pub use neurons::NeuronsPane;
pub use norms::NormsPane;
pub use phase::PhasePane;

use super::command::AppCommand;
use super::link::Link;
use super::pane_kind::PaneKind;
use super::selection::{Hidden, Selection};
use super::time_axis::TimeAxis;
use crate::record::Exhibit;
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
    /// A control that a tour points at, by field path or pane name.
    pub highlighted: Option<&'a str>,
    /// The matrices of the step that is shown, once a pane wants them.
    pub moment: Option<Arc<Moment>>,
    /// What panes in sight need from the trainer.
    pub wants: &'a mut Wants,
    /// Commands that take effect when the frame ends.
    pub commands: &'a mut Vec<AppCommand>,
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
    log: LogPane,
    empty: EmptyPane,
}

impl Panes {
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
            PaneKind::Forces => &mut self.forces,
            PaneKind::Twins | PaneKind::History => &mut self.empty,
        }
    }
}

/// Stands where a pane is being built.
#[derive(Default)]
struct EmptyPane;

impl Pane for EmptyPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Log
    }
    fn ui(&mut self, _ui: &mut Ui, _view: &mut View<'_>) {}
    fn exhibit(&mut self, _view: &mut View<'_>) -> Option<Exhibit> {
        None
    }
}
