//! Rounded rectangles in upright pieces: three of plain colour, and a quarter of a disc at each corner.

use eframe::egui::emath::GuiRounding as _;
use eframe::egui::epaint::{RectShape, Vertex};
use eframe::egui::{Color32, CornerRadius, Mesh, Pos2, Rect, StrokeKind, pos2, vec2};

use super::disc_atlas;

/// The rectangle, on a larger one in the colour of its outline if it has any; under the texture of discs.
///
/// `pixel` is the size of a pixel in points. `None` for what has no four equal corners, is turned, blurred or painted
/// with an image, or has an outline and nothing opaque within.
pub(in crate::app) fn rectangle(shape: &RectShape, pixel: f32) -> Option<Mesh> {
    let radius = shape.corner_radius;
    let is_plain = shape.brush.is_none() && shape.angle == 0.0 && shape.blur_width == 0.0;
    let is_even = radius == CornerRadius::same(radius.nw);
    (is_plain && is_even && shape.rect.is_finite()).then_some(())?;
    let radius = f32::from(radius.nw);
    let mut mesh = Mesh::default();
    if shape.stroke.is_empty() {
        let rect = shape.rect.round_to_pixels(pixel.recip());
        filled(&mut mesh, rect, radius, shape.fill, pixel)?;
    } else {
        shape.fill.is_opaque().then_some(())?;
        let width = (shape.stroke.width / pixel).round().max(1.0) * pixel;
        let outside = match shape.stroke_kind {
            StrokeKind::Inside => 0.0,
            StrokeKind::Middle => 0.5 * width,
            StrokeKind::Outside => width,
        };
        let outer = shape.rect.expand(outside).round_to_pixels(pixel.recip());
        filled(&mut mesh, outer, radius + outside, shape.stroke.color, pixel)?;
        filled(&mut mesh, outer.shrink(width), radius + outside - width, shape.fill, pixel)?;
    }
    Some(mesh)
}

/// `None` if there is no such disc, or no room for four quarters of it.
fn filled(mesh: &mut Mesh, rect: Rect, radius: f32, color: Color32, pixel: f32) -> Option<()> {
    (color != Color32::TRANSPARENT && rect.size().min_elem() >= 2.0 * radius).then_some(())?;
    let (uv, half) = disc_atlas::place(radius / pixel)?;
    let plain = disc_atlas::opaque();
    let inner = rect.shrink(radius);
    for part in [
        Rect::from_min_max(pos2(inner.left(), rect.top()), pos2(inner.right(), rect.bottom())),
        Rect::from_min_max(pos2(rect.left(), inner.top()), inner.left_bottom()),
        Rect::from_min_max(inner.right_top(), pos2(rect.right(), inner.bottom())),
    ] {
        if part.is_positive() {
            mesh.add_rect_with_uv(part, Rect::from_min_max(plain, plain), color);
        }
    }
    // The soft edge begins inside of the rectangle and ends outside, where no pixel's middle is met.
    let within = 0.5 * uv.size() * (radius / pixel / half).min(1.0);
    for (corner, center) in [
        (rect.left_top(), inner.left_top()),
        (rect.right_top(), inner.right_top()),
        (rect.left_bottom(), inner.left_bottom()),
        (rect.right_bottom(), inner.right_bottom()),
    ] {
        let out = (corner - center) / radius;
        let uv_at = |part: f32| uv.center() + part * vec2(out.x * within.x, out.y * within.y);
        quarter(mesh, [center, corner], [uv_at(0.0), uv_at(1.0)], color);
    }
    Some(())
}

fn quarter(mesh: &mut Mesh, [a, b]: [Pos2; 2], [uv_a, uv_b]: [Pos2; 2], color: Color32) {
    let first = mesh.vertices.len() as u32;
    for (pos, uv) in
        [(a, uv_a), (pos2(b.x, a.y), pos2(uv_b.x, uv_a.y)), (pos2(a.x, b.y), pos2(uv_a.x, uv_b.y)), (b, uv_b)]
    {
        mesh.vertices.push(Vertex { pos, uv, color });
    }
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first + 2, first + 1, first + 3);
}

#[cfg(test)]
mod tests {
    use eframe::egui::Stroke;

    use super::*;

    const RECT: Rect = Rect { min: pos2(10.0, 20.0), max: pos2(50.0, 40.0) };

    fn area(mesh: &Mesh) -> f32 {
        mesh.triangles()
            .map(|corners| {
                let [a, b, c] = corners.map(|i| mesh.vertices[i as usize].pos);
                0.5 * ((b - a).x * (c - a).y - (b - a).y * (c - a).x).abs()
            })
            .sum()
    }

    #[test]
    fn the_pieces_cover_the_rectangle_once() {
        let Some(mesh) = rectangle(&RectShape::filled(RECT, 4, Color32::RED), 1.0) else { panic!("a mesh") };
        assert_eq!(mesh.calc_bounds(), RECT);
        assert!(mesh.is_valid() && (area(&mesh) - RECT.area()).abs() < 1e-3, "{}", area(&mesh));
    }

    #[test]
    fn an_outline_is_a_larger_rectangle_below() {
        let stroke = Stroke::new(1.0, Color32::BLUE);
        let shape = RectShape::new(RECT, 4, Color32::RED, stroke, StrokeKind::Outside);
        let Some(mesh) = rectangle(&shape, 1.0) else { panic!("a mesh") };
        assert_eq!(mesh.calc_bounds(), RECT.expand(1.0));
        assert!((area(&mesh) - RECT.area() - RECT.expand(1.0).area()).abs() < 1e-3, "{}", area(&mesh));
    }

    #[test]
    fn corners_end_where_their_disc_does() {
        let Some(mesh) = rectangle(&RectShape::filled(RECT, 4, Color32::RED), 1.0) else { panic!("a mesh") };
        let Some((uv, half)) = disc_atlas::place(4.0) else { panic!("a disc") };
        let corner = mesh.vertices.iter().find(|vertex| vertex.pos == RECT.min).map(|vertex| vertex.uv);
        let expected = uv.center() - 0.5 * uv.size() * (4.0 / half);
        assert!(corner.is_some_and(|uv| (uv - expected).length() < 1e-6), "{corner:?}, not {expected:?}");
    }

    #[test]
    fn other_rectangles_stay() {
        let outline = RectShape::stroke(RECT, 4, Stroke::new(1.0, Color32::RED), StrokeKind::Inside);
        let tab = RectShape::filled(RECT, CornerRadius { nw: 4, ne: 4, sw: 0, se: 0 }, Color32::RED);
        let narrow = RectShape::filled(Rect::from_min_size(RECT.min, vec2(6.0, 20.0)), 4, Color32::RED);
        let blurred = RectShape::filled(RECT, 4, Color32::RED).with_blur_width(3.0);
        for shape in [outline, tab, narrow, blurred] {
            assert!(rectangle(&shape, 1.0).is_none(), "{shape:?}");
        }
    }
}
