//! Compiled kernels and the layout of what they are bound to.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, BufferBindingType, ComputePipeline,
    ComputePipelineDescriptor, ErrorFilter, PipelineLayout, PipelineLayoutDescriptor, ShaderModuleDescriptor,
    ShaderRuntimeChecks, ShaderSource, ShaderStages,
};

use super::device::GpuDevice;
use super::error::GpuError;
use super::kernel::{Kernel, Sizes};
use super::pieces::SECOND_PIECE;

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

/// Kernels that a device keeps, so that a program of known kernels and sizes costs no compilation: a rebuild, a wave, the
/// next cell of a sweep. Beyond so many all are forgotten.
const MOST_KEPT: usize = 512;

/// What is compiled of a device, by the text of the shader.
#[derive(Default)]
pub(super) struct KeptKernels(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// By the number of pieces that a replica lies in.
    layouts: HashMap<u32, ([BindGroupLayout; 3], PipelineLayout)>,
    compiled: HashMap<String, ComputePipeline>,
}

impl Pipelines {
    /// Compiles those of `kernels` that the device does not have.
    ///
    /// # Errors
    /// When the driver refuses one.
    pub fn new(gpu: &GpuDevice, kernels: &[Kernel], sizes: Sizes) -> Result<Self, GpuError> {
        let mut kept = gpu.kernels.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { layouts, compiled } = &mut *kept;
        let (layouts, layout) = layouts.entry(sizes.pieces()).or_insert_with(|| make_layouts(gpu, sizes.pieces()));
        if compiled.len() + kernels.len() > MOST_KEPT {
            compiled.clear();
        }
        let mut found = Vec::with_capacity(kernels.len());
        for kernel in kernels {
            let source = kernel.source(sizes, gpu.adapter.stores_parameters());
            let pipeline = match compiled.get(&source) {
                Some(known) => known.clone(),
                None => {
                    let made = compile(gpu, kernel, &source, layout, sizes)?;
                    compiled.insert(source, made.clone());
                    made
                }
            };
            found.push(pipeline);
        }
        Ok(Self { layouts: layouts.clone(), compiled: found, most_groups: gpu.most_groups() })
    }
}

fn make_layouts(gpu: &GpuDevice, pieces: u32) -> ([BindGroupLayout; 3], PipelineLayout) {
    let read = BufferBindingType::Storage { read_only: true };
    let write = BufferBindingType::Storage { read_only: false };
    let parameters = if gpu.adapter.stores_parameters() { read } else { BufferBindingType::Uniform };
    let mut groups = [
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
    groups[0].extend((1..pieces).map(|place| entry(SECOND_PIECE + place - 1, write, false)));
    let layouts = groups.map(|entries| {
        let descriptor = BindGroupLayoutDescriptor { label: None, entries: &entries };
        gpu.device.create_bind_group_layout(&descriptor)
    });
    let layout = gpu.device.create_pipeline_layout(&PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &layouts.each_ref().map(Some),
        immediate_size: 0,
    });
    (layouts, layout)
}

fn compile(
    gpu: &GpuDevice,
    kernel: &Kernel,
    source: &str,
    layout: &PipelineLayout,
    sizes: Sizes,
) -> Result<ComputePipeline, GpuError> {
    let label = Some(kernel.name());
    let made = gpu.scoped(ErrorFilter::Validation, || {
        let descriptor = ShaderModuleDescriptor { label, source: ShaderSource::Wgsl(source.into()) };
        // SAFETY: memory accesses are checked as ever. Loops are not made to end, and all of ours do: they count whole
        // numbers up to a size, none of which is beyond 32 bits (see `runtime_checks`).
        let module = unsafe { gpu.device.create_shader_module_trusted(descriptor, runtime_checks(sizes)) };
        gpu.device.create_compute_pipeline(&ComputePipelineDescriptor {
            label,
            layout: Some(layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        })
    });
    made.map_err(|message| GpuError::Kernel { adapter: gpu.adapter.name.clone(), kernel: kernel.name(), message })
}
