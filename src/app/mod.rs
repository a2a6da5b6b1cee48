//! The window: an egui front end that shows a run while it goes on and lets a person change it.
//!
//! The window's thread draws, [`crate::training::Trainer`]'s thread trains; settings go one way as commands, state and
//! messages come the other way through [`link::Link`]. A frame reads what is new, lets the panes draw and collect
//! orders, and sends those when it ends.

mod changes;
mod chart;
mod command;
mod curves;
mod desk;
mod dialogs;
mod discs;
mod display;
mod ending;
mod exhibits;
mod exports;
mod fallen;
mod gallery;
mod guard;
pub mod journal;
mod left;
mod legend;
pub mod link;
mod marks;
mod menu_bar;
mod number_field;
pub mod numbers;
mod opening;
mod overdraw;
mod pace;
mod palette;
mod pane_kind;
pub mod panes;
mod paste;
mod patterns;
mod plot_items;
mod quads;
pub mod reading;
mod renderer;
mod rounded;
mod sampling;
mod selection;
mod start;
mod status_bar;
mod stored;
mod strokes;
mod takeout;
pub mod theme;
mod time_axis;
mod top_bar;
mod tour_panel;
mod tour_text;
mod tour_words;
mod touring;
mod undo;
mod visited;
mod window;

pub use command::{AppCommand, ExportForm};
pub use display::has_stale_wayland;
pub use ending::Ending;
pub use pane_kind::{LayoutPreset, PaneKind};
pub use renderer::RendererChoice;
pub use selection::{Hidden, Selection};
pub use start::{WindowError, WindowOptions, run};
pub use time_axis::TimeAxis;
pub use window::{Window, WindowSetup};
