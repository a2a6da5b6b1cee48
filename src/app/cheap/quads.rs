//! Rectangles and level lines as two triangles along the pixels, for renderers that pay for every triangle.

use eframe::egui::emath::GuiRounding as _;
use eframe::egui::epaint::RectShape;
use eframe::egui::{Color32, Context, FullOutput, Mesh, Plugin, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

/// Corners with a smaller radius, in points, are cut square on shapes of at least [`LARGE`] at each side.
const HARDLY_ROUND: u8 = 2;

/// In points.
const LARGE: f32 = 64.0;

/// Draws square rectangles, and horizontal and vertical lines, without the strips that soften edges.
///
/// They lie on whole pixels already, where nothing is left to soften; two triangles replace ten and more. A software
/// renderer fills a pair that makes a rectangle much faster than the fan of a rounded one, so that a large frame with
/// hardly round corners gets square ones.
pub(in crate::app) struct Quads;

impl Plugin for Quads {
    fn debug_name(&self) -> &'static str {
        "quads"
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        let pixels_per_point = output.pixels_per_point;
        for clipped in &mut output.shapes {
            square(&mut clipped.shape, pixels_per_point);
        }
    }
}

fn square(shape: &mut Shape, pixels_per_point: f32) {
    let mesh = match shape {
        Shape::Vec(shapes) => {
            shapes.iter_mut().for_each(|shape| square(shape, pixels_per_point));
            None
        }
        Shape::LineSegment { points, stroke } => level(*points, *stroke, pixels_per_point),
        Shape::Rect(rect) => rectangle(rect, pixels_per_point),
        _ => None,
    };
    if let Some(mesh) = mesh {
        *shape = mesh.into();
    }
}

/// A horizontal or vertical line, as thick as the nearest number of pixels; paler where it is thinner than one.
fn level([a, b]: [Pos2; 2], stroke: Stroke, pixels_per_point: f32) -> Option<Mesh> {
    if stroke.is_empty() || (a.x != b.x && a.y != b.y) {
        return None;
    }
    let in_pixels = stroke.width * pixels_per_point;
    let width = in_pixels.round().max(1.0) / pixels_per_point;
    let color = stroke.color.gamma_multiply(in_pixels.min(1.0));
    let half = if a.x == b.x { vec2(0.5 * width, 0.0) } else { vec2(0.0, 0.5 * width) };
    let ends = Rect::from_two_pos(a, b);
    let first = (ends.min - half).round_to_pixels(pixels_per_point);
    let last = if a.x == b.x {
        pos2(first.x + width, ends.max.y.round_to_pixels(pixels_per_point))
    } else {
        pos2(ends.max.x.round_to_pixels(pixels_per_point), first.y + width)
    };
    Some(filled(Rect::from_min_max(first, last), color))
}

fn rectangle(shape: &RectShape, pixels_per_point: f32) -> Option<Mesh> {
    let radius = shape.corner_radius;
    let roundest = radius.nw.max(radius.ne).max(radius.sw).max(radius.se);
    let is_large = shape.rect.size().min_elem() >= LARGE;
    let is_square = roundest == 0 || (roundest <= HARDLY_ROUND && is_large);
    let is_plain = shape.brush.is_none() && shape.angle == 0.0 && shape.blur_width == 0.0;
    let thinnest = shape.rect.size().min_elem() * pixels_per_point;
    if !is_square || !is_plain || !shape.rect.is_finite() || thinnest < 2.0 {
        return None;
    }
    let stroke = if shape.stroke.width > 0.0 { shape.stroke } else { Stroke::NONE };
    if stroke.is_empty() {
        let rect = shape.rect.round_to_pixels(pixels_per_point);
        return (shape.fill != Color32::TRANSPARENT).then(|| filled(rect, shape.fill));
    }
    let width = (stroke.width * pixels_per_point).round().max(1.0) / pixels_per_point;
    let outside = match shape.stroke_kind {
        StrokeKind::Inside => 0.0,
        StrokeKind::Middle => 0.5 * width,
        StrokeKind::Outside => width,
    };
    let outer = shape.rect.expand(outside).round_to_pixels(pixels_per_point);
    let inner = outer.shrink(width);
    if !inner.is_positive() {
        return None;
    }
    let mut mesh = Mesh::default();
    if shape.fill != Color32::TRANSPARENT {
        mesh.add_colored_rect(inner, shape.fill);
    }
    let (left, right) = (outer.left(), outer.right());
    for edge in [
        Rect::from_min_max(outer.min, pos2(right, inner.top())),
        Rect::from_min_max(pos2(left, inner.bottom()), outer.max),
        Rect::from_min_max(pos2(left, inner.top()), inner.left_bottom()),
        Rect::from_min_max(inner.right_top(), pos2(right, inner.bottom())),
    ] {
        mesh.add_colored_rect(edge, stroke.color);
    }
    Some(mesh)
}

fn filled(rect: Rect, color: Color32) -> Mesh {
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(rect, color);
    mesh
}

#[cfg(test)]
mod tests {
    use eframe::egui::CornerRadius;

    use super::*;

    fn squared(mut shape: Shape) -> Shape {
        square(&mut shape, 1.0);
        shape
    }

    fn mesh(shape: Shape) -> Mesh {
        let Shape::Mesh(mesh) = squared(shape) else { panic!("a mesh") };
        (*mesh).clone()
    }

    #[test]
    fn level_lines_cover_whole_pixels() {
        let stroke = Stroke::new(1.0, Color32::RED);
        let grid = mesh(Shape::vline(10.5, 0.0..=7.2, stroke));
        assert_eq!(grid.calc_bounds(), Rect::from_min_max(pos2(10.0, 0.0), pos2(11.0, 7.0)));
        assert_eq!(grid.indices.len(), 6);
        let thin = mesh(Shape::hline(0.0..=5.0, 3.0, Stroke::new(0.5, Color32::RED)));
        assert!((thin.calc_bounds().height() - 1.0).abs() < 1e-6);
        assert_eq!(thin.vertices[0].color, Color32::RED.gamma_multiply(0.5));
    }

    #[test]
    fn a_frame_surrounds_its_fill() {
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 80.0));
        let stroke = Stroke::new(1.0, Color32::RED);
        let frame = mesh(Shape::Rect(RectShape::new(rect, 2, Color32::BLUE, stroke, StrokeKind::Inside)));
        assert_eq!(frame.calc_bounds(), rect);
        // Each pixel is covered once: fill and edges make up the whole.
        let area: f32 = frame.vertices.chunks(4).map(|quad| Rect::from_two_pos(quad[0].pos, quad[3].pos).area()).sum();
        assert!((area - rect.area()).abs() < 1e-3, "{area}");
    }

    #[test]
    fn round_and_sloped_shapes_stay() {
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(30.0, 20.0));
        let button = Shape::rect_filled(rect, 4, Color32::BLUE);
        let tick = Shape::rect_filled(rect, HARDLY_ROUND, Color32::BLUE);
        let large = Shape::rect_filled(rect.scale_from_center(10.0), CornerRadius::same(4), Color32::BLUE);
        let sloped = Shape::line_segment([pos2(0.0, 0.0), pos2(3.0, 2.0)], Stroke::new(1.0, Color32::RED));
        for shape in [button, tick, large, sloped] {
            assert_eq!(squared(shape.clone()), shape);
        }
    }
}
