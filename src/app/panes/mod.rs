//! What the window is made of: one pane a file, all behind one trait.

mod alignment;
mod controls;
mod forces;
mod history;
mod log;
mod loss;
mod matrices;
mod neurons;
mod norms;
pub(in crate::app) mod parts;
mod phase;
mod rule;
mod twins;

use std::sync::Arc;

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

use crate::app::link::guard::{Loss, Plane};
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::Pane;
use crate::record::Snapshot;
use crate::sweep::SweepState;

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
    pub fn grid_of_runs(&self) -> Option<Arc<SweepState>> {
        self.phase.snapshot()
    }

    /// Shows matrices that were read from a file beside those of the run.
    pub fn show_opened(&mut self, name: String, snapshot: Arc<Snapshot>) {
        self.matrices.show_opened(name, snapshot);
    }

    /// What ending the grid of runs would lose.
    #[must_use]
    pub fn loss_of_grid(&self) -> Option<Loss> {
        self.phase.loss()
    }

    /// Takes note that the cells of the grid were saved as they were then.
    pub fn grid_saved(&mut self, then: &SweepState) {
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
