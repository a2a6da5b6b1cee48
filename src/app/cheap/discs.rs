//! Dots, round handles and round corners under a texture, for renderers that pay for every triangle.

use eframe::egui::epaint::CircleShape;
use eframe::egui::{
    Color32, Context, FullOutput, Mesh, Plugin, Pos2, Rect, Shape, TextureHandle, TextureOptions, vec2,
};

use super::disc_atlas::{atlas, place};
use super::rounded;

/// Draws discs with two triangles in place of fifty and more, and rounded rectangles with pairs that lie along the
/// pixels in place of a fan. Outlines without an opaque filling stay as they are.
#[derive(Default)]
pub(in crate::app) struct Discs {
    texture: Option<TextureHandle>,
}

impl Plugin for Discs {
    fn debug_name(&self) -> &'static str {
        "discs"
    }

    fn setup(&mut self, ctx: &Context) {
        self.texture = Some(ctx.load_texture("discs", atlas(), TextureOptions::NEAREST));
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        let Some(texture) = &self.texture else { return };
        let pixel = output.pixels_per_point.recip();
        for clipped in &mut output.shapes {
            lay(&mut clipped.shape, pixel, texture);
        }
    }
}

/// Puts a square in place of every disc in this shape. `pixel` is the size of a pixel in points.
fn lay(shape: &mut Shape, pixel: f32, texture: &TextureHandle) {
    match shape {
        Shape::Vec(shapes) => shapes.iter_mut().for_each(|shape| lay(shape, pixel, texture)),
        Shape::Circle(circle) => {
            if let Some(mut mesh) = squares(circle, pixel) {
                mesh.texture_id = texture.id();
                *shape = mesh.into();
            }
        }
        Shape::Rect(rect) => {
            if let Some(mut mesh) = rounded::rectangle(rect, pixel) {
                mesh.texture_id = texture.id();
                *shape = mesh.into();
            }
        }
        _ => {}
    }
}

/// A disc, on a larger one in the colour of its outline if it has any.
fn squares(circle: &CircleShape, pixel: f32) -> Option<Mesh> {
    let CircleShape { center, radius, fill, stroke } = *circle;
    let mut mesh = Mesh::default();
    if stroke.is_empty() {
        square(&mut mesh, center, radius, fill, pixel)?;
    } else {
        // The smaller disc has to hide the middle of the larger one.
        (fill.is_opaque() && stroke.width < radius).then_some(())?;
        square(&mut mesh, center, radius + 0.5 * stroke.width, stroke.color, pixel)?;
        square(&mut mesh, center, radius - 0.5 * stroke.width, fill, pixel)?;
    }
    Some(mesh)
}

/// `None` if the texture has no such disc.
fn square(mesh: &mut Mesh, center: Pos2, radius: f32, color: Color32, pixel: f32) -> Option<()> {
    (color != Color32::TRANSPARENT).then_some(())?;
    let (uv, half) = place(radius / pixel)?;
    let half = half * pixel;
    mesh.add_rect_with_uv(Rect::from_center_size(center, vec2(2.0 * half, 2.0 * half)), uv, color);
    Some(())
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Stroke, pos2};

    use super::*;

    fn laid(mut shape: Shape) -> Shape {
        let ctx = Context::default();
        let texture = ctx.load_texture("discs", atlas(), TextureOptions::NEAREST);
        lay(&mut shape, 1.0, &texture);
        shape
    }

    #[test]
    fn a_disc_is_a_square_around_it() {
        let Shape::Mesh(mesh) = laid(Shape::circle_filled(pos2(20.0, 10.0), 4.0, Color32::RED)) else {
            panic!("a square is a mesh")
        };
        assert_eq!(mesh.indices.len(), 6);
        // Half a pixel larger on every side, where the texture fades out.
        assert_eq!(mesh.calc_bounds(), Rect::from_center_size(pos2(20.0, 10.0), vec2(9.0, 9.0)));
    }

    #[test]
    fn an_outline_is_a_larger_disc_below() {
        let mut circle = CircleShape::filled(pos2(9.0, 9.0), 6.0, Color32::BLUE);
        circle.stroke = Stroke::new(2.0, Color32::RED);
        let Shape::Mesh(mesh) = laid(circle.into()) else { panic!("squares are a mesh") };
        assert_eq!((mesh.vertices[0].color, mesh.vertices[4].color), (Color32::RED, Color32::BLUE));
        assert_eq!(mesh.calc_bounds().width(), 15.0);
    }

    #[test]
    fn rings_and_very_large_discs_stay() {
        let ring = Shape::circle_stroke(pos2(9.0, 9.0), 6.0, Stroke::new(1.0, Color32::RED));
        let large = Shape::circle_filled(pos2(9.0, 9.0), 60.0, Color32::RED);
        for shape in [ring, large] {
            assert_eq!(laid(shape.clone()), shape);
        }
    }
}
