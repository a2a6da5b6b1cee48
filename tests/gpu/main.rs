//! The GPU executor beside the CPU's: every kernel by itself, then whole programs.

mod deviations;
mod golden;
mod kernels;
mod limits;
mod losses;
mod networks;
mod parts;
mod programs;
mod random_programs;
mod samples;
mod scales;
mod tapes;

use hebbscope::backend::gpu::{GpuDevice, adapters};

/// The default adapter's device; `None`, said aloud, where there is no adapter and none is required.
fn device() -> Option<GpuDevice> {
    if adapters().is_empty() {
        assert!(
            std::env::var_os("HEBBSCOPE_REQUIRE_GPU").is_none_or(|value| value != "1"),
            "HEBBSCOPE_REQUIRE_GPU is 1, and there is no adapter"
        );
        println!("skipped: no adapter");
        return None;
    }
    Some(GpuDevice::open().expect("an adapter that is listed can be opened"))
}
