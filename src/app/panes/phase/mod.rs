//! The plane of noise and weight decay: where this run has been, and a grid of runs that fills it.

mod cuts;
mod fixed_axes;
mod grid_view;
mod map;
mod plan;
mod quantity;
mod ring;
mod trail;

use std::sync::Arc;

use eframe::egui::Ui;

use super::parts::measured::measured_layers;
use crate::app::link::guard::{Loss, Plane};
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::plot::legend;
use crate::app::view::{Pane, View};
use crate::record::Exhibit;
use crate::sweep::SweepState;
use crate::training::Status;
use grid_view::GridView;
use trail::Trail;

/// What fills the plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Filled {
    /// This run's own way.
    #[default]
    ByTheRun,
    /// A grid of runs.
    ByGrid,
}

/// The pane.
#[derive(Default)]
pub struct PhasePane {
    filled: Filled,
    /// Name of the experiment that was last seen.
    seen: String,
    trail: Trail,
    grid: GridView,
}

impl PhasePane {
    /// The newest state of the grid of runs, if there is one.
    #[must_use]
    pub fn snapshot(&self) -> Option<Arc<SweepState>> {
        self.grid.snapshot()
    }

    /// What ending the grid would lose.
    #[must_use]
    pub fn loss(&self) -> Option<Loss> {
        self.grid.loss()
    }

    /// Takes note that the cells were saved as they were then.
    pub fn saved(&mut self, then: &SweepState) {
        self.grid.saved(then);
    }

    /// Shows another grid in the place of its own.
    pub fn show_grid(&mut self, plane: Plane) {
        self.filled = Filled::ByGrid;
        self.grid.show(plane);
    }

    /// Saves grids in the user's cache folder on their way, from the next one on.
    pub fn save_grids(&mut self) {
        self.grid.save_on_the_way();
    }

    /// Ends the grid; another can be planned.
    pub fn end_grid(&mut self) {
        self.grid.end();
    }
}

impl Pane for PhasePane {
    fn kind(&self) -> PaneKind {
        PaneKind::Phase
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.trail.update(view);
        let experiment = &view.link.status().experiment;
        if self.seen != experiment.name {
            self.seen.clone_from(&experiment.name);
            if experiment.sweep.is_some() {
                self.filled = Filled::ByGrid;
            }
        }
        let layers = match self.grid.layers().filter(|_| self.filled == Filled::ByGrid) {
            Some(layers) => layers,
            None => measured_layers(&view.link.status().columns),
        };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (filled, name, term, explanation) in [
                (
                    Filled::ByTheRun,
                    "This run",
                    Term::PhaseDiagram,
                    "Where this run has been, and how Hebbian it was there.",
                ),
                (
                    Filled::ByGrid,
                    "Grid of runs",
                    Term::GridOfRuns,
                    "Trains a run for every point of a grid (Figures 4, 5, 7, 8, 13, 14); the plane fills meanwhile.",
                ),
            ] {
                let choice = ui.selectable_label(self.filled == filled, name).on_hover_text(words::say(explanation));
                if glossary::explained(choice, term).clicked() {
                    self.filled = filled;
                }
            }
            ui.add_space(10.0);
            let columns = &view.link.status().columns;
            let name = |title: &str| format!("Plane of {title}");
            if let Some(layer) = legend::layer_choices(ui, columns, &layers, Some(view.selection.layer), name) {
                view.selection.pick_layer(layer);
            }
        });
        match self.filled {
            Filled::ByTheRun => self.trail.ui(ui, view),
            Filled::ByGrid => self.grid.ui(ui, view),
        }
    }

    fn on_new_run(&mut self, status: &Status) {
        self.grid.on_new_run(&status.experiment.name);
    }

    fn changes_with_steps(&self) -> bool {
        matches!(self.filled, Filled::ByTheRun)
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        match self.filled {
            Filled::ByTheRun => {
                self.trail.update(view);
                self.trail.exhibit(view)
            }
            Filled::ByGrid => self.grid.exhibit(view),
        }
    }
}
