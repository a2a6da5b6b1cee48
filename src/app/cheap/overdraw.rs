//! Fills that nobody would miss are not drawn.

use eframe::egui::emath::TSTransform;
use eframe::egui::{Color32, Context, CornerRadius, FullOutput, Plugin, Rect, Shape};

/// Leaves out rectangles in the background's colour that lie on nothing but the background.
///
/// Window, panels, tiles and panes each fill themselves, one on top of the other and all in one colour, with which the
/// window is cleared already: almost twice the screen's pixels, which a software renderer blends one by one.
pub(in crate::app) struct BareBackground;

impl Plugin for BareBackground {
    fn debug_name(&self) -> &'static str {
        "bare background"
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let background = ctx.style_of(ctx.theme()).visuals.panel_fill;
        let mut drawn: Vec<Rect> = Vec::with_capacity(output.shapes.len());
        output.shapes.retain(|clipped| {
            if clipped.transform_after_tessellation != TSTransform::IDENTITY {
                drawn.push(clipped.clip_rect);
                return true;
            }
            let visible = clipped.shape.visual_bounding_rect().intersect(clipped.clip_rect);
            if !visible.is_positive() {
                return true;
            }
            // Neighbours share an edge, which is no reason to fill.
            let inner = visible.shrink(1.0);
            let is_bare =
                fills_with(&clipped.shape, background) && !drawn.iter().any(|rect| rect.intersect(inner).is_positive());
            if !is_bare {
                drawn.push(visible);
            }
            !is_bare
        });
    }
}

/// Whether the shape is a plain rectangle in this opaque colour, and nothing else.
fn fills_with(shape: &Shape, color: Color32) -> bool {
    let Shape::Rect(rect) = shape else { return false };
    color.is_opaque()
        && rect.fill == color
        && rect.corner_radius == CornerRadius::ZERO
        && rect.stroke.is_empty()
        && rect.blur_width == 0.0
        && rect.brush.is_none()
}

#[cfg(test)]
mod tests {
    use eframe::egui::epaint::ClippedShape;
    use eframe::egui::{Stroke, StrokeKind, pos2, vec2};

    use super::*;

    fn rect(x: f32, color: Color32) -> Shape {
        Shape::rect_filled(Rect::from_min_size(pos2(x, 0.0), vec2(10.0, 10.0)), 0.0, color)
    }

    fn kept(ctx: &Context, shapes: Vec<Shape>) -> Vec<Shape> {
        let clipped = |shape| ClippedShape::new(Rect::EVERYTHING, shape);
        let mut output = FullOutput { shapes: shapes.into_iter().map(clipped).collect(), ..FullOutput::default() };
        BareBackground.output_hook(ctx, &mut output);
        output.shapes.into_iter().map(|clipped| clipped.shape).collect()
    }

    #[test]
    fn only_what_cannot_be_seen_is_left_out() {
        let ctx = Context::default();
        let background = ctx.style_of(ctx.theme()).visuals.panel_fill;
        let on_background = rect(0.0, background);
        let mark = rect(20.0, Color32::RED);
        let beside_mark = rect(30.0, background);
        let hardly_over_mark = rect(29.0, background);
        let over_mark = rect(25.0, background);
        let stroke = Stroke::new(1.0, Color32::RED);
        let framed =
            Shape::rect_stroke(Rect::from_min_size(pos2(50.0, 0.0), vec2(9.0, 9.0)), 0.0, stroke, StrokeKind::Inside);
        let shapes = vec![
            on_background.clone(),
            on_background,
            mark.clone(),
            beside_mark,
            hardly_over_mark,
            over_mark.clone(),
            framed.clone(),
        ];
        assert_eq!(kept(&ctx, shapes), [mark, over_mark, framed]);
    }
}
