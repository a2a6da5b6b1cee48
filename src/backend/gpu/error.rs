//! What can go wrong on a graphics processor, in words.

use thiserror::Error;

/// Why the graphics processor cannot be used, or not any longer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GpuError {
    /// There is none with a driver.
    #[error("no graphics adapter with a Vulkan, Metal or Direct3D 12 driver was found")]
    NoAdapter,
    /// The driver gave no device.
    #[error("{adapter}: no device could be opened: {message}")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// The driver's words.
        message: String,
    },
    /// Something is larger than the adapter allows.
    #[error("{what} take {needed} MB, and {adapter} lets a kernel see {allowed} MB of them at once")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Megabytes.
        needed: u64,
        /// Megabytes.
        allowed: u64,
        /// Name of the adapter.
        adapter: String,
    },
    /// There is not enough memory for a single network.
    #[error("{adapter}: out of memory: {message}")]
    OutOfMemory {
        /// Name of the adapter.
        adapter: String,
        /// The driver's words.
        message: String,
    },
    /// The host cannot keep a copy of what the device trains.
    #[error("the copies that outlast a lost device need {needed} MB of memory, and {free} MB are free {bound}")]
    HostMemory {
        /// Megabytes.
        needed: u64,
        /// Megabytes.
        free: u64,
        /// What bounds it, in words.
        bound: &'static str,
    },
    /// A kernel was refused.
    #[error("{adapter}: the kernel {kernel} was refused: {message}")]
    Kernel {
        /// Name of the adapter.
        adapter: String,
        /// Name of the kernel.
        kernel: &'static str,
        /// The compiler's words.
        message: String,
    },
    /// A kernel has more work than the adapter takes at once.
    #[error("{adapter}: the kernel {kernel} needs {needed} workgroups, and {allowed} along an axis are allowed")]
    Workgroups {
        /// Name of the adapter.
        adapter: String,
        /// Name of the kernel.
        kernel: &'static str,
        /// Workgroups.
        needed: u64,
        /// Workgroups along an axis.
        allowed: u32,
    },
    /// A command was refused, which is a fault of this program or of the driver: the device is still there.
    #[error("{adapter} refused a command: {message}")]
    Refused {
        /// Name of the adapter.
        adapter: String,
        /// The driver's words.
        message: String,
    },
    /// The device is gone, or has failed.
    #[error("{adapter} was lost: {message}")]
    Lost {
        /// Name of the adapter.
        adapter: String,
        /// The driver's words.
        message: String,
    },
    /// The inputs do not come from a data set.
    #[error("these inputs cannot be drawn on a graphics processor")]
    Inputs,
}
