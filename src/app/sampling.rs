//! Cheaper pixels where the processor draws them.

use eframe::CreationContext;
use eframe::egui::{Context, FullOutput, Plugin, TextureFilter, TextureOptions};
use eframe::glow::{self, HasContext as _};
use eframe::wgpu::DeviceType;

use super::discs::Discs;
use super::overdraw::BareBackground;
use super::quads::Quads;
use super::strokes::Ribbons;

/// Takes the nearest texel in place of a mean of four.
///
/// Every triangle is textured, with white where it is plain, and glyphs lie on whole pixels: the nearest texel is what
/// the mean would be. A software renderer spent most of its time on gathering the other three.
struct NearestTexel;

impl Plugin for NearestTexel {
    fn debug_name(&self) -> &'static str {
        "nearest texel"
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        for delta in output.textures_delta.set.values_mut().flatten() {
            let nearest = TextureFilter::Nearest;
            delta.options = TextureOptions { magnification: nearest, minification: nearest, ..delta.options };
        }
    }
}

/// Makes pixels cheap if they are drawn in software.
pub(super) fn adapt(context: &CreationContext<'_>) {
    if is_software(context) {
        draw_cheaply(&context.egui_ctx);
    }
}

fn draw_cheaply(ctx: &Context) {
    ctx.add_plugin(NearestTexel);
    ctx.add_plugin(BareBackground);
    ctx.add_plugin(Quads);
    ctx.add_plugin(Discs::default());
    ctx.add_plugin(Ribbons::default());
    // Discs that were drawn beforehand are scaled, which needs means.
    ctx.tessellation_options_mut(|options| options.prerasterized_discs = false);
}

fn is_software(context: &CreationContext<'_>) -> bool {
    if let Some(state) = &context.wgpu_render_state {
        return state.adapter.get_info().device_type == DeviceType::Cpu;
    }
    let Some(gl) = &context.gl else { return false };
    // SAFETY: eframe makes the context current in this thread before it creates the app, and RENDERER is a string that
    // every OpenGL version has. Reading it is the only way to learn who draws; it halves the cost of a software frame.
    let renderer = unsafe { gl.get_parameter_string(glow::RENDERER) };
    ["llvmpipe", "softpipe", "swrast", "SwiftShader", "Software"].iter().any(|name| renderer.contains(name))
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Button, Color32, Pos2, Rect, Shape, Slider, Stroke, StrokeKind, Theme, Ui, Vec2, pos2, vec2};
    use egui_kittest::Harness;
    use egui_plot::LineStyle;

    use super::*;
    use crate::app::patterns::patterned;

    const SIZE: Vec2 = vec2(300.0, 200.0);

    /// Everything that is drawn in another way in software.
    fn sheet(ui: &mut Ui) {
        // Over the fill that is left out, as the window's is drawn in the colour that it is cleared with.
        ui.painter().rect_filled(Rect::from_min_size(pos2(0.0, 0.0), SIZE), 0.0, Color32::from_gray(20));
        ui.add(Slider::new(&mut 0.3, 0.0..=1.0).text("value"));
        let _ = ui.add(Button::new("Button"));
        let painter = ui.painter();
        let wave: Vec<Pos2> =
            (0..60).map(|i| pos2(10.0 + 3.0 * i as f32, 110.0 + 25.0 * (0.4 * i as f32).sin())).collect();
        let lower: Vec<Pos2> = wave.iter().map(|at| *at + vec2(0.0, 45.0)).collect();
        painter.add(Shape::line(wave, Stroke::new(2.0, Color32::LIGHT_BLUE)));
        painter.add(patterned(ui.ctx(), &lower, Stroke::new(1.6, Color32::GREEN), LineStyle::Dashed { length: 5.0 }));
        painter.line_segment([pos2(200.0, 20.0), pos2(290.0, 75.0)], Stroke::new(1.0, Color32::WHITE));
        painter.hline(200.0..=290.0, 90.5, Stroke::new(1.0, Color32::GRAY));
        painter.vline(250.5, 20.0..=180.0, Stroke::new(1.0, Color32::GRAY));
        painter.rect_filled(Rect::from_min_size(pos2(210.0, 100.0), vec2(30.0, 20.0)), 0.0, Color32::DARK_GREEN);
        painter.rect_filled(Rect::from_min_size(pos2(210.0, 130.0), vec2(30.0, 20.0)), 4.0, Color32::DARK_RED);
        let framed = Rect::from_min_size(pos2(210.0, 160.0), vec2(30.0, 20.0));
        painter.rect(framed, 5.0, Color32::DARK_BLUE, Stroke::new(1.0, Color32::WHITE), StrokeKind::Inside);
        for (i, radius) in [2.6, 4.0, 6.4, 10.0].into_iter().enumerate() {
            painter.circle_filled(pos2(272.0, 105.0 + 22.0 * i as f32), radius, Color32::ORANGE);
        }
    }

    /// Red, green and blue of every pixel.
    fn drawn(cheaply: bool) -> Vec<[u8; 3]> {
        let builder = Harness::builder().with_size(SIZE).with_theme(Theme::Dark).wgpu();
        let mut harness = builder.build_ui(sheet);
        if cheaply {
            draw_cheaply(&harness.ctx);
        }
        harness.run();
        harness.remove_cursor();
        let image = harness.render().expect("a renderer is at hand");
        image.pixels().map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect()
    }

    #[test]
    fn the_cheap_picture_is_nearly_the_same() {
        let (usual, cheap) = (drawn(false), drawn(true));
        let off = |(a, b): (&[u8; 3], &[u8; 3])| (0..3).map(|i| a[i].abs_diff(b[i])).max().unwrap_or_default();
        let differences: Vec<u8> = usual.iter().zip(&cheap).map(off).collect();
        let mean = differences.iter().map(|d| f64::from(*d)).sum::<f64>() / differences.len() as f64;
        let count = |least: u8| differences.iter().filter(|d| **d >= least).count();
        assert!(count(1) > 0, "the plugins drew nothing");
        // Soft edges have another slope, some 2,000 pixels by 20 or 30 each. By more than half differ only the two ends of
        // a line, which are not soft, and edges of discs, which the usual way takes from prepared ones; a shape out of
        // place by a pixel would be off by dozens.
        let (far, near) = (count(128), count(1));
        assert!(far <= 12 && mean < 1.5, "{near} pixels are off, {far} of them far, by {mean} in the mean");
    }
}
