//! Adapters, and a device and queue of the trainer's own.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{Adapter, Backends, Device, DeviceType, ErrorFilter, Instance, InstanceDescriptor, Limits, Queue};

use super::error::GpuError;

/// Backends that run compute shaders at full speed; OpenGL does not.
const BACKENDS: Backends = Backends::VULKAN.union(Backends::METAL).union(Backends::DX12);

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
}

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
        }
    }

    /// Whether the processor itself does the work of the adapter.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.kind == "software"
    }
}

/// All adapters that can train, the one that is used by default first.
#[must_use]
pub fn adapters() -> Vec<(Adapter, AdapterSummary)> {
    let instance = Instance::new(InstanceDescriptor::new_without_display_handle_from_env());
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

/// An open device, with what has gone wrong on it.
pub struct GpuDevice {
    pub(super) device: Device,
    pub(super) queue: Queue,
    /// The adapter.
    pub adapter: AdapterSummary,
    failure: Arc<Mutex<Option<String>>>,
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
            ..Limits::default()
        };
        let descriptor =
            wgpu::DeviceDescriptor { label: Some("hebbscope trainer"), required_limits, ..Default::default() };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (device, queue) =
            opened.map_err(|error| GpuError::NoDevice { adapter: summary.name.clone(), message: error.to_string() })?;
        let failure = Arc::new(Mutex::new(None));
        let note = |failure: &Arc<Mutex<Option<String>>>| {
            let failure = Arc::clone(failure);
            move |message: String| {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
            }
        };
        let lost = note(&failure);
        device.set_device_lost_callback(move |reason, message| lost(format!("{reason:?}: {message}")));
        let failed = note(&failure);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| failed(error.to_string())));
        Ok(Self { device, queue, adapter: summary, failure, total_bytes: None })
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

    /// Whether everything has gone well so far.
    ///
    /// # Errors
    /// What went wrong first.
    pub fn check(&self) -> Result<(), GpuError> {
        match &*self.failure.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(message) => Err(self.lost(message.clone())),
        }
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
