//! What the window is made of: one pane a file, all behind one trait.

mod alignment;
mod controls;
mod loss;
mod readout;
mod setting;

use eframe::egui::Ui;

pub use alignment::AlignmentPane;
pub use controls::ControlsPane;
pub use loss::LossPane;

use super::command::AppCommand;
use super::link::Link;
use super::time_axis::TimeAxis;

/// What a pane sees and may touch.
pub struct View<'a> {
    /// State, settings and messages of the run.
    pub link: &'a mut Link,
    /// Steps that plots show.
    pub time: &'a mut TimeAxis,
    /// Commands that take effect when the frame ends.
    pub commands: &'a mut Vec<AppCommand>,
}

/// A part of the window.
pub trait Pane {
    /// Name that stays the same from one start to the next.
    fn id(&self) -> &'static str;
    /// Name to read.
    fn title(&self) -> &'static str;
    /// Draws it into `ui`.
    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>);
}
