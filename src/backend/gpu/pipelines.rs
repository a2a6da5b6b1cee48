//! Compiled kernels and the layout of what they are bound to.

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, BufferBindingType, ComputePipeline,
    ComputePipelineDescriptor, ErrorFilter, PipelineLayoutDescriptor, ShaderModuleDescriptor, ShaderRuntimeChecks,
    ShaderSource, ShaderStages,
};

use super::device::GpuDevice;
use super::error::GpuError;
use super::kernel::{Kernel, Sizes};

/// The kernels of a program on a device. All share one layout: buffers of the replicas and the step, parameters of the
/// dispatch, data and records.
pub struct Pipelines {
    pub(super) layouts: [BindGroupLayout; 3],
    pub(super) compiled: Vec<ComputePipeline>,
    /// Workgroups along an axis, at most.
    pub(super) most_groups: u32,
}

/// The checks of a kernel: all but the count of a loop's turns, which seems to keep drivers from unrolling. Without it a step
/// takes a seventh to a fifth less time on an NVIDIA H200.
const fn runtime_checks(sizes: Sizes) -> ShaderRuntimeChecks {
    // Loops go over elements of a replica in strides of 256; where the last stride would leave 32 bits, they are counted.
    let force_loop_bounding = sizes.arena > u32::MAX - 256;
    ShaderRuntimeChecks { force_loop_bounding, ..ShaderRuntimeChecks::checked() }
}

fn entry(binding: u32, ty: BufferBindingType, has_dynamic_offset: bool) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
        count: None,
    }
}

impl Pipelines {
    /// Compiles `kernels`.
    ///
    /// # Errors
    /// When the driver refuses one.
    pub fn new(gpu: &GpuDevice, kernels: &[Kernel], sizes: Sizes) -> Result<Self, GpuError> {
        let read = BufferBindingType::Storage { read_only: true };
        let write = BufferBindingType::Storage { read_only: false };
        let is_stored = gpu.adapter.stores_parameters();
        let parameters = if is_stored { read } else { BufferBindingType::Uniform };
        let groups = [
            vec![
                entry(0, write, false),
                entry(1, read, false),
                entry(2, write, false),
                entry(3, read, false),
                entry(4, parameters, true),
            ],
            vec![entry(0, parameters, true)],
            vec![entry(0, read, false), entry(1, read, false), entry(2, read, false), entry(3, write, false)],
        ];
        let layouts = groups.map(|entries| {
            let descriptor = BindGroupLayoutDescriptor { label: None, entries: &entries };
            gpu.device.create_bind_group_layout(&descriptor)
        });
        let layout = gpu.device.create_pipeline_layout(&PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &layouts.each_ref().map(Some),
            immediate_size: 0,
        });
        let compile = |kernel: &Kernel| {
            let label = Some(kernel.name());
            let made = gpu.scoped(ErrorFilter::Validation, || {
                let source = ShaderSource::Wgsl(kernel.source(sizes, is_stored).into());
                let descriptor = ShaderModuleDescriptor { label, source };
                // SAFETY: memory accesses are checked as ever. Loops are not made to end, and all of ours do: they count whole
                // numbers up to a size, none of which is beyond 32 bits (see `runtime_checks`).
                let module = unsafe { gpu.device.create_shader_module_trusted(descriptor, runtime_checks(sizes)) };
                gpu.device.create_compute_pipeline(&ComputePipelineDescriptor {
                    label,
                    layout: Some(&layout),
                    module: &module,
                    entry_point: Some("main"),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    cache: None,
                })
            });
            made.map_err(|message| GpuError::Kernel {
                adapter: gpu.adapter.name.clone(),
                kernel: kernel.name(),
                message,
            })
        };
        let compiled = kernels.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { layouts, compiled, most_groups: gpu.most_groups() })
    }
}
