//! The CPU executor: step programs on vector units, one replica a thread.

mod activation;
mod aligned;
mod attention;
mod elementwise;
mod executor;
mod forces;
mod groups;
mod images;
mod interpret;
#[cfg(test)]
mod interpret_tests;
mod lanes;
mod loss;
mod matmul;
#[cfg(test)]
mod matmul_tests;
mod optimizer;
mod pack;
mod product;
#[cfg(test)]
mod product_tests;
mod range;
#[cfg(test)]
mod range_tests;
mod real;
mod reduce;
mod replica;
mod rows;
mod shared;
mod sums;
mod tape;
mod team;
mod threads;
mod tile;
mod tokens;
mod wide;

pub use executor::{CpuExecutor, Measurement, Sight};
pub use real::Real;
pub use replica::{Counters, Divergence, Replica, ReplicaState, working_bytes};

/// Name of the matmul kernel for `summary.json`: with the instruction set it fixes the order of every sum.
pub const KERNEL: &str = "register-tiled, k in blocks of 128";
