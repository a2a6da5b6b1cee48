//! Whether the window is shown to a room: larger type, thick curves with their names, no bars.

use eframe::egui::{Color32, Context, Id, LayerId, Order, Stroke};

/// How much larger everything is drawn: the smallest type, of 11 points, is 18 pixels high then.
pub const ZOOM: f32 = 1.65;

/// How much thicker curves are drawn beside that.
const THICKNESS: f32 = 1.7;

/// Size of the ring around the pointer, in points.
const RING: f32 = 17.0;

fn id() -> Id {
    Id::unique("presenting")
}

/// Whether it is.
#[must_use]
pub fn is_presenting(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(id())).unwrap_or(false)
}

/// Begins or ends it, as far as panes are concerned.
pub fn set_presenting(ctx: &Context, presents: bool) {
    ctx.data_mut(|data| data.insert_temp(id(), presents));
}

/// The stroke of a curve, thicker for a room.
#[must_use]
pub fn stroke(ctx: &Context, stroke: Stroke) -> Stroke {
    let width = if is_presenting(ctx) { THICKNESS * stroke.width } else { stroke.width };
    Stroke::new(width, stroke.color)
}

/// A ring around the pointer, which is too small to be seen from afar.
pub fn ring(ctx: &Context, color: Color32) {
    if let Some(at) = ctx.pointer_latest_pos() {
        let painter = ctx.layer_painter(LayerId::new(Order::Tooltip, Id::unique("pointer ring")));
        painter.circle_stroke(at, RING, Stroke::new(2.5, color));
    }
}
