//! The window itself: start, bars, dialogs, finder, what arrives and leaves.

mod animation_dialog;
mod dialogs;
mod display;
mod ending;
mod experiments;
mod figure_dialog;
mod finder;
mod glossary;
mod left;
mod listed;
mod lost_display;
mod menu_bar;
mod numbers_dialog;
mod opening;
mod pace;
mod paste;
mod presenting;
mod progress;
mod renderer;
mod start;
mod status_bar;
mod stored;
mod timeline;
mod top_bar;
mod window;

pub use display::has_stale_wayland;
pub use ending::Ending;
pub use renderer::RendererChoice;
pub use start::{WindowError, WindowOptions, run};
pub use window::{Window, WindowSetup};
