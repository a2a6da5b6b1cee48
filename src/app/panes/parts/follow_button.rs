//! The way back from a stretch of steps that was zoomed into.

use eframe::egui::Ui;

use crate::app::orders::AppCommand;
use crate::app::view::View;

/// A button that shows the whole run again, and its newest steps as they come; nothing while that is so.
pub fn follow_button(ui: &mut Ui, view: &mut View<'_>) {
    if view.time.is_following() {
        return;
    }
    ui.add_space(8.0);
    let button = ui.button(AppCommand::FollowRun.label()).on_hover_text(AppCommand::FollowRun.tooltip());
    if button.clicked() {
        view.commands.push(AppCommand::FollowRun);
    }
}
