//! The GPU executor: step programs as compute shaders, all replicas at once.
//!
//! Every buffer of every replica lies in one array; an operation is one dispatch, or a few, over all replicas. Many
//! steps go into one submission, and their metrics come back through a ring of staging buffers.

mod arena;
mod assemble;
mod data;
mod device;
mod error;
mod evaluate;
mod executor;
mod group;
mod inspect;
mod kernel;
mod lower;
mod lower_groups;
mod lower_images;
mod lower_measurement;
mod lower_tokens;
mod params;
mod pieces;
mod pipelines;
mod reduction;
mod tape;
mod wide;

pub use device::{AdapterSummary, GpuDevice, adapters};
pub use error::GpuError;
pub use executor::GpuExecutor;
pub use kernel::{Kernel, Plain, Sizes};
