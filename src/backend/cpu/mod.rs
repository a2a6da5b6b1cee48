//! The CPU executor: step programs on vector units, one replica a thread.

mod activation;
mod aligned;
mod elementwise;
mod executor;
mod forces;
mod interpret;
#[cfg(test)]
mod interpret_tests;
mod lanes;
mod loss;
mod matmul;
#[cfg(test)]
mod matmul_tests;
mod optimizer;
mod range;
#[cfg(test)]
mod range_tests;
mod real;
mod reduce;
mod replica;
mod sums;

pub use executor::{CpuExecutor, Measurement};
pub use real::Real;
pub use replica::{Divergence, Replica, ReplicaState};

/// Name of the matmul kernel for `summary.json`: with the instruction set it fixes the order of every sum.
pub const KERNEL: &str = "register-tiled, k in blocks of 128";
