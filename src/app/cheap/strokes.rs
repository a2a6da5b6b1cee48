//! Lines of curves as textured ribbons, for renderers that pay for every triangle.

use eframe::egui::epaint::tessellator::Path;
use eframe::egui::epaint::{ColorMode, PathStroke, StrokeKind};
use eframe::egui::{
    Color32, ColorImage, Context, FullOutput, Mesh, Plugin, Pos2, Shape, TextureHandle, TextureOptions, pos2,
};

/// Narrowest and widest line that the texture has, in pixels.
const WIDTHS: [f32; 2] = [1.0, 5.0];

/// Columns of the texture for each pixel of width.
const COLUMNS_PER_PIXEL: f32 = 16.0;

/// Texels across a line: an edge of one pixel gets at least ten shades.
const ACROSS: usize = 64;

/// Draws a line's soft edges with a texture instead of strips of triangles at both sides.
///
/// Two triangles a segment instead of six, and instead of ten for a dash. The picture is the same but for the ends of
/// dashes, which are not softened. Closed and filled shapes stay as they are, and so do wide lines.
#[derive(Default)]
pub(in crate::app) struct Ribbons {
    texture: Option<TextureHandle>,
}

impl Plugin for Ribbons {
    fn debug_name(&self) -> &'static str {
        "ribbons"
    }

    fn setup(&mut self, ctx: &Context) {
        self.texture = Some(ctx.load_texture("ribbons", profiles(), TextureOptions::NEAREST));
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        let Some(texture) = &self.texture else { return };
        let pixel = output.pixels_per_point.recip();
        for clipped in &mut output.shapes {
            lay(&mut clipped.shape, pixel, texture);
        }
    }
}

/// Puts a ribbon in place of every line in this shape. `pixel` is the size of a pixel in points.
fn lay(shape: &mut Shape, pixel: f32, texture: &TextureHandle) {
    let ribbon = match shape {
        Shape::Vec(shapes) => {
            shapes.iter_mut().for_each(|shape| lay(shape, pixel, texture));
            None
        }
        Shape::LineSegment { points, stroke } => ribbon(points, stroke.width, stroke.color, pixel),
        Shape::Path(path) if !path.closed && path.fill == Color32::TRANSPARENT => match &path.stroke {
            PathStroke { width, color: ColorMode::Solid(color), kind: StrokeKind::Middle } => {
                ribbon(&path.points, *width, *color, pixel)
            }
            _ => None,
        },
        _ => None,
    };
    if let Some(mut mesh) = ribbon {
        mesh.texture_id = texture.id();
        *shape = mesh.into();
    }
}

fn ribbon(points: &[Pos2], width: f32, color: Color32, pixel: f32) -> Option<Mesh> {
    let in_pixels = width / pixel;
    if points.len() < 2 || width <= 0.0 || color == Color32::TRANSPARENT || in_pixels > WIDTHS[1] {
        return None;
    }
    // What is thinner than a pixel gets paler instead.
    let color = color.gamma_multiply(in_pixels.min(1.0));
    let in_pixels = in_pixels.max(WIDTHS[0]);
    let mut mesh = strip(points, (in_pixels + 1.0) * pixel, color);
    let u = (((in_pixels - WIDTHS[0]) * COLUMNS_PER_PIXEL).round() + 0.5) / columns() as f32;
    for (side, vertex) in mesh.vertices.iter_mut().enumerate() {
        vertex.uv = pos2(u, (side % 2) as f32);
    }
    Some(mesh)
}

/// Two triangles a segment, and two at the outside of a sharp turn; the vertices of both sides by turns.
pub(in crate::app) fn strip(points: &[Pos2], width: f32, color: Color32) -> Mesh {
    let mut path = Path::default();
    path.add_open_points(points);
    let mut mesh = Mesh::default();
    path.stroke_open(0.0, &PathStroke::new(width, color), &mut mesh);
    mesh
}

fn columns() -> usize {
    ((WIDTHS[1] - WIDTHS[0]) * COLUMNS_PER_PIXEL) as usize + 1
}

/// Opacity across lines: a column a width, from one edge to the other, half a pixel of softness outside and inside.
fn profiles() -> ColorImage {
    let columns = columns();
    let pixels = (0..ACROSS * columns).map(|index| {
        let width = WIDTHS[0] + (index % columns) as f32 / COLUMNS_PER_PIXEL;
        let across = ((index / columns) as f32 + 0.5) / ACROSS as f32;
        let distance = (across - 0.5).abs() * (width + 1.0);
        let opacity = (0.5 * width + 0.5 - distance).clamp(0.0, 1.0);
        Color32::from_white_alpha((255.0 * opacity).round() as u8)
    });
    ColorImage::new([columns, ACROSS], pixels.collect())
}

#[cfg(test)]
mod tests {
    use eframe::egui::Stroke;
    use eframe::egui::epaint::PathShape;

    use super::*;

    fn laid(mut shape: Shape) -> Shape {
        let ctx = Context::default();
        let texture = ctx.load_texture("ribbons", profiles(), TextureOptions::NEAREST);
        lay(&mut shape, 1.0, &texture);
        shape
    }

    #[test]
    fn a_line_costs_two_triangles_a_segment() {
        let points: Vec<Pos2> = (0..9).map(|x| pos2(10.0 * x as f32, (x % 3) as f32)).collect();
        let Shape::Mesh(mesh) = laid(Shape::line(points.clone(), Stroke::new(2.0, Color32::RED))) else {
            panic!("a ribbon is a mesh")
        };
        assert_eq!(mesh.indices.len(), 3 * 2 * (points.len() - 1));
        assert!(mesh.is_valid() && mesh.vertices.iter().all(|vertex| vertex.color == Color32::RED));
        // Half a pixel wider at each side, where the texture fades out.
        let first = (mesh.vertices[0].pos - mesh.vertices[1].pos).length();
        assert!((first - 3.0).abs() < 1e-4, "{first}");
    }

    #[test]
    fn shapes_that_are_no_lines_stay() {
        let points = vec![pos2(0.0, 0.0), pos2(9.0, 4.0), pos2(3.0, 8.0)];
        let stroke = Stroke::new(2.0, Color32::RED);
        let closed = Shape::Path(PathShape::closed_line(points.clone(), stroke));
        let filled = Shape::convex_polygon(points.clone(), Color32::BLUE, stroke);
        let wide = Shape::line(points, Stroke::new(6.0, Color32::RED));
        for shape in [closed, filled, wide] {
            assert_eq!(laid(shape.clone()), shape);
        }
    }

    #[test]
    fn a_profile_has_the_area_of_its_line() {
        let image = profiles();
        for column in 0..columns() {
            let width = WIDTHS[0] + column as f32 / COLUMNS_PER_PIXEL;
            let alphas = (0..ACROSS).map(|row| f32::from(image.pixels[row * columns() + column].a()) / 255.0);
            let area = alphas.sum::<f32>() * (width + 1.0) / ACROSS as f32;
            // A 64th of the pixels across, and half of a 255th of opacity each.
            assert!((area - width).abs() < 0.02 * width, "width {width}: {area}");
        }
    }
}
