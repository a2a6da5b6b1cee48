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
    #[error("{what} take {needed} MB in one piece, and {adapter} allows {allowed} MB")]
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
