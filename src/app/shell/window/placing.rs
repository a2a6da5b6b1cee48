//! How the window takes its place on the screen.

use eframe::egui::{Context, Vec2, ViewportCommand};

use crate::app::shell::display;

/// Height that a window manager's title bar and a taskbar may take.
const TITLE_BAR: f32 = 40.0;

/// A window that leaves no room for its own title bar on a small screen fills that screen instead, and everything in it
/// becomes smaller where that screen has too few points.
pub(super) fn take_place(ctx: &Context, place: &mut Placing) {
    match *place {
        Placing::Unknown => {
            let (screen, inner) = ctx.input(|input| (input.viewport().monitor_size, input.viewport().inner_rect));
            if let (Some(screen), Some(inner)) = (screen, inner) {
                let fit = display::fit(screen, ctx.zoom_factor());
                let fills = inner.height() + TITLE_BAR > screen.y || inner.width() > screen.x;
                // From the next frame on; sizes in points are those of then.
                ctx.set_zoom_factor(fit.zoom);
                *place = Placing::Fitted { least: fit.least, fills };
                ctx.request_repaint();
            }
        }
        Placing::Fitted { least, fills } => {
            ctx.send_viewport_cmd(ViewportCommand::MinInnerSize(least));
            if fills {
                ctx.send_viewport_cmd(ViewportCommand::Maximized(true));
            }
            *place = Placing::Done;
        }
        Placing::Done => {}
    }
}

/// How far the window has taken its place on the screen.
#[derive(Clone, Copy)]
pub(super) enum Placing {
    /// The screen is not known yet.
    Unknown,
    /// The zoom is set.
    Fitted { least: Vec2, fills: bool },
    /// Size and least size were asked for.
    Done,
}
