//! Which of eframe's two renderers draws the window.

/// The renderer that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RendererChoice {
    /// wgpu where there is a graphics processor, OpenGL where everything is drawn in software.
    #[default]
    Auto,
    /// wgpu (Vulkan, Metal, Direct3D).
    Wgpu,
    /// OpenGL.
    Glow,
}

impl RendererChoice {
    /// The renderers to try, the preferred one first.
    pub(in crate::app) fn order(self) -> Vec<eframe::Renderer> {
        use eframe::Renderer::{Glow, Wgpu};
        match self {
            Self::Wgpu => vec![Wgpu],
            Self::Glow => vec![Glow],
            Self::Auto if has_graphics_processor() => vec![Wgpu, Glow],
            // Software OpenGL draws four times as many frames a second as software Vulkan, but may not be installed.
            Self::Auto => vec![Glow, Wgpu],
        }
    }
}

fn has_graphics_processor() -> bool {
    // Through the engine, which asks drivers one question at a time.
    crate::training::has_graphics_processor()
}
