//! The shapes by which curves are told apart, on the screen.

use eframe::egui::{Color32, Pos2, Shape, Stroke, pos2};

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

fn polygon(part: &[[f32; 2]], center: Pos2, radius: f32, fill: Color32, stroke: Stroke) -> Shape {
    let corners = part.iter().map(|[x, y]| pos2(center.x + radius * x, center.y + radius * y)).collect();
    Shape::convex_polygon(corners, fill, stroke)
}
