//! What the window is made of: one pane a file, all behind one trait.

mod alignment;
mod controls;
mod forces;
mod history;
mod log;
mod loss;
mod matrices;
mod network;
mod neurons;
mod norms;
pub(in crate::app) mod parts;
mod phase;
mod rule;
mod runs;
mod setup;
mod twins;

use std::sync::Arc;

pub use controls::{LEARNING_RATE, WEIGHT_DECAY, WEIGHT_NOISE};

use crate::app::link::guard::{Loss, Plane};
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::Pane;
use crate::experiment::fields::Field;
use crate::pane_table::for_each_pane;
use crate::record::Snapshot;
use crate::sweep::SweepState;
use crate::training::Status;

macro_rules! panes {
    ($($kind:ident, $module:ident :: $pane:ident, $home:ident, $column:literal, $title:literal, $about:literal;)*) => {
        /// Every pane with what it remembers.
        #[derive(Default)]
        pub struct Panes {
            $($module: $module::$pane,)*
        }

        impl Panes {
            /// The pane of that name.
            pub fn get(&mut self, kind: PaneKind) -> &mut dyn Pane {
                match kind {
                    $(PaneKind::$kind => &mut self.$module,)*
                }
            }

            /// Tells every pane that another run has begun.
            pub fn on_new_run(&mut self, status: &Status) {
                $(self.$module.on_new_run(status);)*
            }
        }
    };
}

for_each_pane!(panes);

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

    /// Saves grids of runs in the user's cache folder on their way, from the next one on.
    pub fn save_grids(&mut self) {
        self.phase.save_grids();
    }

    /// Marks a field among the controls; whether it is there.
    pub fn find_control(&mut self, path: &'static str) -> bool {
        self.controls.find(path)
    }

    /// Brings a field into sight in the list of all settings.
    pub fn find_setting(&mut self, field: &Field) {
        self.setup.find(field);
    }

    /// Ends the grid of runs; another can be planned.
    pub fn end_grid(&mut self) {
        self.phase.end_grid();
    }
}
