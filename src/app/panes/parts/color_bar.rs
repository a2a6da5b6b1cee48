//! A bar of colours.

use eframe::egui::{Color32, Mesh, Rect, Shape};

/// Patches of a bar, fine enough for none to be seen.
const PATCHES: u32 = 64;

/// The colours of `value` from -1 at the left end to 1 at the right one.
pub fn gradient(bar: Rect, color: impl Fn(f32) -> Color32) -> Shape {
    let mut mesh = Mesh::default();
    let x = |patch: u32| bar.left() + bar.width() * patch as f32 / PATCHES as f32;
    for patch in 0..PATCHES {
        let value = 2.0 * (patch as f32 + 0.5) / PATCHES as f32 - 1.0;
        mesh.add_colored_rect(Rect::from_x_y_ranges(x(patch)..=x(patch + 1), bar.y_range()), color(value));
    }
    Shape::mesh(mesh)
}
