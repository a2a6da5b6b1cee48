//! Which of eframe's two renderers draws the window.

use eframe::wgpu;

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
    pub(super) fn order(self) -> Vec<eframe::Renderer> {
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
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let adapters = pollster::block_on(instance.enumerate_adapters(backends));
    adapters.iter().any(|adapter| {
        use wgpu::DeviceType::{DiscreteGpu, IntegratedGpu, VirtualGpu};
        matches!(adapter.get_info().device_type, DiscreteGpu | IntegratedGpu | VirtualGpu)
    })
}
