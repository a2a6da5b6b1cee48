//! Adapters, and a device and queue of the trainer's own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wgpu::{Adapter, Backends, Device, DeviceType, ErrorFilter, Instance, InstanceDescriptor, Limits, Queue};

use super::error::GpuError;
use super::pipelines::KeptKernels;

/// Backends that run compute shaders at full speed; OpenGL does not.
const BACKENDS: Backends = Backends::VULKAN.union(Backends::METAL).union(Backends::DX12);

/// Workgroups along an axis, at most: WebGPU's default, which every adapter has.
const MOST_GROUPS: u32 = 65_535;

/// What is known of an adapter without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterSummary {
    /// Name, such as `NVIDIA H200`.
    pub name: String,
    /// Such as `discrete GPU` or `software`.
    pub kind: &'static str,
    /// Such as `vulkan`.
    pub backend: String,
    /// Driver and its version.
    pub driver: String,
    /// Largest piece of memory that a kernel can see, in bytes.
    pub binding_bytes: u64,
    /// Largest buffer, in bytes.
    pub buffer_bytes: u64,
    /// Invocations of a workgroup.
    pub invocations: u32,
    /// Memory of a workgroup, in bytes.
    pub workgroup_bytes: u32,
    /// Workgroups along an axis.
    pub groups: u32,
    /// Storage buffers that a kernel can see.
    pub storage_buffers: u32,
}

/// Storage buffers of a kernel: the replicas, hyper-parameters, metrics, words, three of examples, records.
const OTHER_STORAGE_BUFFERS: u32 = 8;

/// The same where its parameters lie in two more.
const STORAGE_BUFFERS: u32 = 10;

/// Storage buffers that are asked for where there are as many: those beyond take pieces of a replica that one does not hold.
const MOST_STORAGE_BUFFERS: u32 = 16;

impl AdapterSummary {
    fn of(adapter: &Adapter) -> Self {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let kind = match info.device_type {
            DeviceType::DiscreteGpu => "discrete GPU",
            DeviceType::IntegratedGpu => "integrated GPU",
            DeviceType::VirtualGpu => "virtual GPU",
            DeviceType::Cpu => "software",
            DeviceType::Other => "other",
        };
        let driver = format!("{} {}", info.driver, info.driver_info);
        Self {
            name: info.name,
            kind,
            backend: info.backend.to_string(),
            driver: driver.trim().to_owned(),
            binding_bytes: limits.max_storage_buffer_binding_size,
            buffer_bytes: limits.max_buffer_size,
            invocations: limits.max_compute_invocations_per_workgroup,
            workgroup_bytes: limits.max_compute_workgroup_storage_size,
            groups: limits.max_compute_workgroups_per_dimension,
            storage_buffers: limits.max_storage_buffers_per_shader_stage,
        }
    }

    /// Whether the processor itself does the work of the adapter.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.kind == "software"
    }

    /// Whether parameters lie in storage instead of uniform memory.
    ///
    /// Mesa's software driver puts uniforms that end loops into the code, compiles it anew at every dispatch that has
    /// others, and keeps all of it: megabytes a step. Storage it only reads.
    #[must_use]
    pub fn stores_parameters(&self) -> bool {
        self.is_software() && self.storage_buffers >= STORAGE_BUFFERS
    }
}

/// The one instance of the process. Whoever holds it may look for adapters and open a device.
///
/// NVIDIA's driver for Linux hangs or crashes where several threads make instances and open devices at once (gfx-rs/wgpu
/// issues 152 and 5930).
static INSTANCE: Mutex<Option<Instance>> = Mutex::new(None);

fn hold_instance() -> MutexGuard<'static, Option<Instance>> {
    INSTANCE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An instance of the backends in use only: to look for OpenGL takes time and opens libraries of its own.
fn make_instance() -> Instance {
    let mut descriptor = InstanceDescriptor::new_without_display_handle_from_env();
    descriptor.backends &= BACKENDS;
    Instance::new(descriptor)
}

/// All adapters that can train, the one that is used by default first.
#[must_use]
pub fn adapters() -> Vec<(Adapter, AdapterSummary)> {
    let mut held = hold_instance();
    let instance = held.get_or_insert_with(make_instance);
    let mut found: Vec<_> = pollster::block_on(instance.enumerate_adapters(BACKENDS))
        .into_iter()
        .map(|adapter| {
            let summary = AdapterSummary::of(&adapter);
            (adapter, summary)
        })
        .collect();
    found.sort_by_key(|(adapter, _)| match adapter.get_info().device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    });
    found
}

/// What has gone wrong on a device.
#[derive(Debug, Default)]
struct Trouble {
    /// Why it is gone.
    lost: Option<String>,
    /// What it refused first.
    refused: Option<GpuError>,
}

/// An open device, with what has gone wrong on it.
pub struct GpuDevice {
    pub(super) device: Device,
    pub(super) queue: Queue,
    /// The adapter.
    pub adapter: AdapterSummary,
    /// What it has compiled.
    pub(super) kernels: KeptKernels,
    trouble: Arc<Mutex<Trouble>>,
    /// Bound that was set; the adapter's own shows only when memory is asked for.
    total_bytes: Option<u64>,
}

impl GpuDevice {
    /// Opens the default adapter.
    ///
    /// # Errors
    /// When there is none, or its driver gives no device.
    pub fn open() -> Result<Self, GpuError> {
        let (adapter, summary) = adapters().into_iter().next().ok_or(GpuError::NoAdapter)?;
        Self::open_adapter(&adapter, summary)
    }

    /// Opens an adapter.
    ///
    /// # Errors
    /// When its driver gives no device.
    pub fn open_adapter(adapter: &Adapter, summary: AdapterSummary) -> Result<Self, GpuError> {
        // WebGPU's defaults, but for the sizes of memory: kernels keep within the former, ensembles use the latter.
        let required_limits = Limits {
            max_storage_buffer_binding_size: summary.binding_bytes,
            max_buffer_size: summary.buffer_bytes,
            // An adapter with fewer is opened all the same, and refuses the kernels that it cannot run by name.
            max_compute_invocations_per_workgroup: summary.invocations.min(256),
            max_compute_workgroups_per_dimension: summary.groups.min(MOST_GROUPS),
            max_storage_buffers_per_shader_stage: summary
                .storage_buffers
                .clamp(Limits::default().max_storage_buffers_per_shader_stage, MOST_STORAGE_BUFFERS),
            ..Limits::default()
        };
        let descriptor =
            wgpu::DeviceDescriptor { label: Some("hebbscope trainer"), required_limits, ..Default::default() };
        let held = hold_instance();
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        drop(held);
        let (device, queue) =
            opened.map_err(|error| GpuError::NoDevice { adapter: summary.name.clone(), message: error.to_string() })?;
        let trouble = Arc::new(Mutex::new(Trouble::default()));
        let lost = Arc::clone(&trouble);
        device.set_device_lost_callback(move |reason, message| {
            let words = format!("{reason:?}: {message}");
            lost.lock().unwrap_or_else(PoisonError::into_inner).lost.get_or_insert(words);
        });
        let (refused, adapter) = (Arc::clone(&trouble), summary.name.clone());
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let (adapter, message) = (adapter.clone(), error.to_string());
            let error = match error {
                wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory { adapter, message },
                _ => GpuError::Refused { adapter, message },
            };
            refused.lock().unwrap_or_else(PoisonError::into_inner).refused.get_or_insert(error);
        }));
        Ok(Self { device, queue, adapter: summary, kernels: KeptKernels::default(), trouble, total_bytes: None })
    }

    /// Keeps every piece of memory to at most that many bytes, as a smaller adapter would.
    pub fn limit_memory(&mut self, bytes: u64) {
        self.adapter.binding_bytes = self.adapter.binding_bytes.min(bytes);
    }

    /// Keeps all replicas together to at most that many bytes, as an adapter with less memory would.
    pub fn limit_total_memory(&mut self, bytes: u64) {
        self.total_bytes = Some(bytes);
    }

    /// Whether replicas may take that many bytes in all.
    pub(super) fn has_room(&self, bytes: u64) -> Result<(), GpuError> {
        match self.total_bytes {
            Some(most) if bytes > most => Err(GpuError::OutOfMemory {
                adapter: self.adapter.name.clone(),
                message: format!("{bytes} bytes are needed, and {most} allowed"),
            }),
            _ => Ok(()),
        }
    }

    /// Largest piece of memory that a kernel can see, in bytes.
    pub(super) fn binding_bytes(&self) -> u64 {
        self.adapter.binding_bytes.min(self.adapter.buffer_bytes)
    }

    /// Pieces of a replica that a kernel can see at once.
    pub(super) fn most_pieces(&self) -> u32 {
        let taken = if self.adapter.stores_parameters() { STORAGE_BUFFERS } else { OTHER_STORAGE_BUFFERS };
        self.adapter.storage_buffers.min(MOST_STORAGE_BUFFERS).saturating_sub(taken) + 1
    }

    /// Workgroups along an axis of a dispatch, at most.
    pub(super) fn most_groups(&self) -> u32 {
        self.adapter.groups.clamp(1, MOST_GROUPS)
    }

    /// Whether everything has gone well so far.
    ///
    /// # Errors
    /// What went wrong first; that the device is gone before all else, for then it refuses everything.
    pub fn check(&self) -> Result<(), GpuError> {
        if self.trouble().refused.is_some() {
            // Whether it is gone is told when it is asked. What else comes of that is of no interest.
            let _ = self.device.poll(wgpu::PollType::Poll);
        }
        let trouble = self.trouble();
        match (&trouble.lost, &trouble.refused) {
            (Some(message), _) => Err(self.lost(message.clone())),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Ok(()),
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lost(&self, message: impl Into<String>) -> GpuError {
        GpuError::Lost { adapter: self.adapter.name.clone(), message: message.into() }
    }

    /// Waits for everything that was submitted.
    pub(super) fn wait(&self) -> Result<(), GpuError> {
        let polled = self.device.poll(wgpu::PollType::wait_indefinitely());
        self.check()?;
        polled.map(drop).map_err(|error| self.lost(error.to_string()))
    }

    /// Waits for one submission.
    pub(super) fn wait_for(&self, index: wgpu::SubmissionIndex) -> Result<(), GpuError> {
        let polled = self.device.poll(wgpu::PollType::Wait { submission_index: Some(index), timeout: None });
        self.check()?;
        polled.map(drop).map_err(|error| self.lost(error.to_string()))
    }

    /// Runs `make`, whose errors of that kind come back instead of being noted.
    pub(super) fn scoped<R>(&self, filter: ErrorFilter, make: impl FnOnce() -> R) -> Result<R, String> {
        let scope = self.device.push_error_scope(filter);
        let made = make();
        match pollster::block_on(scope.pop()) {
            None => Ok(made),
            Some(error) => Err(error.to_string()),
        }
    }

    /// Ends the device, as a driver's reset would.
    pub fn destroy(&self) {
        self.device.destroy();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_command_is_not_a_lost_device() {
        if adapters().is_empty() {
            let is_required = std::env::var_os("HEBBSCOPE_REQUIRE_GPU").is_some_and(|value| value == "1");
            assert!(!is_required, "HEBBSCOPE_REQUIRE_GPU is 1, and there is no adapter");
            return;
        }
        let gpu = GpuDevice::open().expect("an adapter that is listed can be opened");
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("small"),
            size: 16,
            usage: wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        gpu.check().expect("nothing has gone wrong");
        gpu.queue.write_buffer(&buffer, 0, &[0; 32]);
        let error = gpu.check().expect_err("32 bytes do not fit into 16");
        assert!(matches!(error, GpuError::Refused { .. }), "{error}");
        assert!(error.to_string().contains("refused a command"), "{error}");
        gpu.destroy();
        let error = gpu.check().expect_err("it is gone now");
        assert!(matches!(error, GpuError::Lost { .. }), "{error}");
    }
}
