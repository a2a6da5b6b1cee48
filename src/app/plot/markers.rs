//! The shapes by which curves are told apart, on the screen.

use eframe::egui::{Align2, Color32, FontId, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

use crate::app::look::theme::Palette;
use crate::record::Marker;

/// Distance between two shapes of a curve, in points.
pub(in crate::app) const DISTANCE: f32 = 130.0;

/// A shape as large as a disc of this radius.
pub(in crate::app) fn filled(marker: Marker, center: Pos2, radius: f32, color: Color32) -> Vec<Shape> {
    match marker.parts() {
        [] => vec![Shape::circle_filled(center, radius, color)],
        parts => parts.iter().map(|part| polygon(part, center, radius, color, Stroke::NONE)).collect(),
    }
}

/// Its outline.
pub(in crate::app) fn outlined(marker: Marker, center: Pos2, radius: f32, stroke: Stroke) -> Vec<Shape> {
    match marker.parts() {
        [] => vec![Shape::circle_stroke(center, radius, stroke)],
        parts => parts.iter().map(|part| polygon(part, center, radius, Color32::TRANSPARENT, stroke)).collect(),
    }
}

/// A word at the upper right of such a shape, or at its upper left where the frame ends, on a ground that keeps curves behind it
/// from running through its letters.
pub(in crate::app) fn label(
    ui: &Ui,
    text: &str,
    (center, radius): (Pos2, f32),
    frame: Rect,
    color: Color32,
) -> [Shape; 2] {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(LABEL), color);
    let side = 0.8 * radius;
    let (anchor, x) = match center.x + side + galley.size().x <= frame.right() {
        true => (Align2::LEFT_BOTTOM, center.x + side),
        false => (Align2::RIGHT_BOTTOM, center.x - side),
    };
    let rect = anchor.anchor_size(pos2(x, center.y - side), galley.size());
    let ground = Palette::of(ui.ctx().theme()).plot.gamma_multiply(0.9);
    [Shape::rect_filled(rect.shrink2(vec2(0.0, 1.0)), 2.0, ground), Shape::galley(rect.min, galley, color)]
}

/// Size of its letters, in points.
const LABEL: f32 = 11.0;

fn polygon(part: &[[f32; 2]], center: Pos2, radius: f32, fill: Color32, stroke: Stroke) -> Shape {
    let corners = part.iter().map(|[x, y]| pos2(center.x + radius * x, center.y + radius * y)).collect();
    Shape::convex_polygon(corners, fill, stroke)
}
