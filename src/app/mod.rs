//! The window: an egui front end that shows a run while it goes on and lets a person change it.
//!
//! The window's thread draws, [`crate::training::Trainer`]'s thread trains; settings go one way as commands, state and
//! messages come the other way through [`link::Link`]. A frame reads what is new, lets the panes draw and collect
//! orders, and sends those when it ends.

mod cheap;
mod desk;
mod figures;
mod gallery;
pub mod link;
pub mod look;
mod orders;
pub mod panes;
mod plot;
mod shell;
mod tours;
mod view;

pub use link::selection::{Hidden, Selection};
pub use orders::pane_kind::{LayoutPreset, PaneKind};
pub use orders::{AppCommand, ExportForm};
pub use plot::time_axis::TimeAxis;
pub use shell::{Ending, RendererChoice, Window, WindowError, WindowOptions, WindowSetup, has_stale_wayland, run};
pub use view::{Pane, View, Wants};
