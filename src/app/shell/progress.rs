//! How far something is that goes on beside the window.

use eframe::egui::{Align2, Context, Id, ProgressBar, RichText, Window, vec2};

use crate::app::look::words;

/// Width in points.
const WIDTH: f32 = 260.0;

/// A small window with a bar, in the corner; whether it is to be given up.
pub fn window(ctx: &Context, title: &str, (done, all): (u64, u64), counted: &str, advice: &str) -> bool {
    let window = Window::new(words::say(title))
        .id(Id::unique(("progress", title)))
        .anchor(Align2::RIGHT_BOTTOM, vec2(-12.0, -40.0))
        .collapsible(false)
        .resizable(false);
    let shown = window.show(ctx, |ui| {
        ui.set_width(WIDTH);
        ui.add(ProgressBar::new(done as f32 / all.max(1) as f32).text(counted));
        ui.label(RichText::new(advice).small().weak());
        ui.button("Cancel").clicked()
    });
    shown.and_then(|shown| shown.inner).unwrap_or(false)
}
