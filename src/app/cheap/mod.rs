//! Cheaper pixels where the processor draws them, and triangles that stay where it does not.

mod disc_atlas;
mod discs;
mod overdraw;
mod quads;
mod rounded;
pub mod still;
pub mod strokes;

use eframe::CreationContext;
use eframe::egui::{Context, FullOutput, Plugin, TextureFilter, TextureOptions};
use eframe::glow::{self, HasContext as _};
use eframe::wgpu::DeviceType;

use discs::Discs;
use overdraw::BareBackground;
use quads::Quads;
use strokes::Ribbons;

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
pub(in crate::app) fn adapt(context: &CreationContext<'_>) {
    if is_software(context) {
        draw_cheaply(&context.egui_ctx);
    }
}

pub fn draw_cheaply(ctx: &Context) {
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
