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
    /// The renderer to start.
    pub(super) fn resolve(self) -> eframe::Renderer {
        match self {
            Self::Wgpu => eframe::Renderer::Wgpu,
            Self::Glow => eframe::Renderer::Glow,
            Self::Auto if has_graphics_processor() => eframe::Renderer::Wgpu,
            // Software OpenGL draws four times as many frames a second as software Vulkan.
            Self::Auto => eframe::Renderer::Glow,
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
