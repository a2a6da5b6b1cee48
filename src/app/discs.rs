//! Dots, round handles and round corners under a texture, for renderers that pay for every triangle.

use eframe::egui::epaint::CircleShape;
use eframe::egui::{
    Color32, ColorImage, Context, FullOutput, Mesh, Plugin, Pos2, Rect, Shape, TextureHandle, TextureOptions, pos2,
    vec2,
};

use super::rounded;

/// Smallest and largest disc that the texture has, in pixels.
const RADII: [f32; 2] = [1.0, 12.0];

/// Discs for each pixel of radius; more would make the texture wider than 2,048 texels, which every driver has.
const DISCS_PER_PIXEL: f32 = 5.0;

/// Texels along a disc's sides.
const TEXELS: usize = 32;

/// Draws discs with two triangles in place of fifty and more, and rounded rectangles with pairs that lie along the
/// pixels in place of a fan. Outlines without an opaque filling stay as they are.
#[derive(Default)]
pub(super) struct Discs {
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

/// Where the texture has a disc with nearly this radius, and half the side of the square around it and its soft edge,
/// all in pixels; `None` if there is none.
pub(super) fn place(radius: f32) -> Option<(Rect, f32)> {
    (RADII[0]..=RADII[1]).contains(&radius).then(|| {
        let index = ((radius - RADII[0]) * DISCS_PER_PIXEL).round();
        let (left, right) = (index / count() as f32, (index + 1.0) / count() as f32);
        (Rect::from_min_max(pos2(left, 0.0), pos2(right, 1.0)), radius_of(index as usize) + 0.5)
    })
}

/// A place in the texture that is opaque: the middle of the largest disc.
pub(super) fn opaque() -> Pos2 {
    pos2(1.0 - 0.5 / count() as f32, 0.5)
}

fn count() -> usize {
    ((RADII[1] - RADII[0]) * DISCS_PER_PIXEL) as usize + 1
}

fn radius_of(index: usize) -> f32 {
    RADII[0] + index as f32 / DISCS_PER_PIXEL
}

/// Discs beside each other, each with half a pixel of softness outside and inside.
fn atlas() -> ColorImage {
    let width = TEXELS * count();
    let pixels = (0..width * TEXELS).map(|index| {
        let (column, row) = (index % width, index / width);
        let radius = radius_of(column / TEXELS);
        let place = |texel: usize| ((texel as f32 + 0.5) / TEXELS as f32 - 0.5) * 2.0 * (radius + 0.5);
        let distance = place(column % TEXELS).hypot(place(row));
        Color32::from_white_alpha((255.0 * (radius + 0.5 - distance).clamp(0.0, 1.0)).round() as u8)
    });
    ColorImage::new([width, TEXELS], pixels.collect())
}

#[cfg(test)]
mod tests {
    use eframe::egui::Stroke;

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

    #[test]
    fn discs_have_their_areas() {
        let atlas = atlas();
        for index in 0..count() {
            let radius = radius_of(index);
            let texels = (0..TEXELS).flat_map(|row| {
                let start = row * atlas.width() + index * TEXELS;
                &atlas.pixels[start..start + TEXELS]
            });
            let covered: f32 = texels.map(|texel| f32::from(texel.a()) / 255.0).sum();
            let area = covered * (2.0 * (radius + 0.5) / TEXELS as f32).powi(2);
            // A cone with a flat top: its soft edge adds a twelfth of a square pixel times pi.
            let exact = std::f32::consts::PI * (radius.powi(2) + 1.0 / 12.0);
            assert!((area - exact).abs() < 0.02 * exact, "radius {radius}: {area} for {exact}");
        }
    }
}
