//! Shapes that stay from frame to frame, tessellated once.

use std::sync::Arc;

use eframe::egui::emath::TSTransform;
use eframe::egui::epaint::{ClippedShape, Primitive, TessellationOptions};
use eframe::egui::{Mesh, Painter, Rect, Shape};

use super::strokes::Ribbons;

/// The triangles of thousands of shapes, for as long as these stay the same.
///
/// Frames come six times as often as data, and making triangles of shapes costs more than everything else that is done with them. `K`
/// tells one picture from another: everything that its shapes depend on.
pub(in crate::app) struct Still<K> {
    held: Option<(K, Ground)>,
    meshes: Vec<Arc<Mesh>>,
}

/// What triangles depend on beside the shapes.
#[derive(PartialEq)]
struct Ground {
    clip: Rect,
    pixels_per_point: f32,
    options: TessellationOptions,
    /// Size of the texture that has discs beside letters: as it grows, places in it change.
    texture: [usize; 2],
}

impl<K> Default for Still<K> {
    fn default() -> Self {
        Self { held: None, meshes: Vec::new() }
    }
}

impl<K: PartialEq> Still<K> {
    /// Draws these shapes, which are asked for where the picture is another than before. They must have no words and no textures of
    /// their own.
    pub(in crate::app) fn draw(&mut self, painter: &Painter, key: K, shapes: impl FnOnce() -> Vec<Shape>) {
        let ctx = painter.ctx();
        // Renderers that pay for every triangle get shapes, which are made cheap once all are there.
        if ctx.plugin_opt::<Ribbons>().is_some() {
            self.held = None;
            painter.extend(shapes());
            return;
        }
        let ground = Ground {
            clip: painter.clip_rect(),
            pixels_per_point: ctx.pixels_per_point(),
            options: ctx.tessellation_options(|options| *options),
            texture: ctx.fonts(|fonts| fonts.font_image_size()),
        };
        let held = (key, ground);
        if self.held.as_ref() != Some(&held) {
            let clipped = ClippedShape {
                clip_rect: held.1.clip,
                shape: Shape::Vec(shapes()),
                transform_after_tessellation: TSTransform::IDENTITY,
            };
            let primitives = ctx.tessellate(vec![clipped], held.1.pixels_per_point);
            let meshes = primitives.into_iter().filter_map(|clipped| match clipped.primitive {
                Primitive::Mesh(mesh) => Some(Arc::new(mesh)),
                Primitive::Callback(_) => None,
            });
            self.meshes = meshes.collect();
            self.held = Some(held);
        }
        painter.extend(self.meshes.iter().map(|mesh| Shape::Mesh(Arc::clone(mesh))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Color32, Context, LayerId, RawInput, Stroke, pos2, vec2};

    fn shapes() -> Vec<Shape> {
        let line = [pos2(3.2, 4.0), pos2(40.0, 21.7)];
        vec![
            Shape::line_segment(line, Stroke::new(1.3, Color32::RED)),
            Shape::circle_filled(pos2(20.0, 20.0), 3.1, Color32::BLUE),
            Shape::rect_filled(Rect::from_min_size(pos2(30.0, 5.0), vec2(8.0, 2.0)), 0.0, Color32::GREEN),
        ]
    }

    /// What a frame comes to.
    fn frame(ctx: &Context, draw: impl FnMut(&Painter)) -> Vec<Mesh> {
        let mut draw = draw;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 100.0))),
            ..RawInput::default()
        };
        let mut output = ctx.run_ui(input, |ui| {
            draw(
                &ui.ctx()
                    .layer_painter(LayerId::background())
                    .with_clip_rect(Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 50.0))),
            );
        });
        output.textures_delta.clear();
        let primitives = ctx.tessellate(output.shapes, output.pixels_per_point);
        let meshes = primitives.into_iter().filter_map(|clipped| match clipped.primitive {
            Primitive::Mesh(mesh) => Some(mesh),
            Primitive::Callback(_) => None,
        });
        meshes.collect()
    }

    #[test]
    fn a_still_is_what_its_shapes_are_and_asks_for_them_where_something_is_another() {
        let ctx = Context::default();
        let wanted = frame(&ctx, |painter| {
            painter.extend(shapes());
        });
        assert!(wanted.iter().map(|mesh| mesh.vertices.len()).sum::<usize>() > 12);
        let mut still = Still::default();
        let mut asked = 0;
        let mut drawn = |still: &mut Still<u8>, key: u8| {
            let before = asked;
            let meshes = frame(&ctx, |painter| {
                still.draw(painter, key, || {
                    asked += 1;
                    shapes()
                });
            });
            (meshes, asked - before)
        };
        assert_eq!(drawn(&mut still, 1), (wanted.clone(), 1));
        assert_eq!(drawn(&mut still, 1), (wanted.clone(), 0));
        assert_eq!(drawn(&mut still, 2), (wanted.clone(), 1));
        ctx.set_zoom_factor(1.5);
        let (larger, asks) = drawn(&mut still, 2);
        // The zoom holds from the next frame on.
        let (later, more) = drawn(&mut still, 2);
        assert!(asks + more >= 1 && (larger != wanted || later != wanted));
    }

    /// What is made cheap as shapes is not hidden from those who do so.
    #[test]
    fn where_triangles_are_dear_shapes_stay_shapes() {
        let ctx = Context::default();
        super::super::draw_cheaply(&ctx);
        let mut still = Still::default();
        let mut asked = 0;
        for _ in 0..2 {
            let plain = frame(&ctx, |painter| {
                painter.extend(shapes());
            });
            let meshes = frame(&ctx, |painter| {
                still.draw(painter, 1, || {
                    asked += 1;
                    shapes()
                });
            });
            assert_eq!(meshes, plain);
        }
        assert_eq!(asked, 2);
    }
}
