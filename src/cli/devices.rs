//! `hebbscope devices`.

use hebbscope::backend::gpu::{GpuDevice, adapters};
use hebbscope::experiment::resolve;
use hebbscope::training::Run;

use super::print::say;

/// Lists the adapters; each trains the default experiment for a moment, and so does the CPU.
pub(super) fn list() -> anyhow::Result<u8> {
    let experiment = resolve("sre", &["training.seeds=1".into(), "data.train_examples=2560".into()])?;
    let found = adapters();
    if found.is_empty() {
        say!("No graphics adapter with a Vulkan, Metal or Direct3D 12 driver was found. The CPU trains.");
    }
    let mut on_cpu = None;
    for (adapter, summary) in found {
        say!("{} ({}, {}; {})", summary.name, summary.kind, summary.backend, summary.driver);
        say!(
            "  pieces of memory up to {} MB, buffers up to {} MB, {} invocations and {} KiB a workgroup",
            summary.binding_bytes / 1_000_000,
            summary.buffer_bytes / 1_000_000,
            summary.invocations,
            summary.workgroup_bytes / 1024
        );
        let mut run = Run::new(experiment.clone(), 1)?;
        match GpuDevice::open_adapter(&adapter, summary).map(|device| run.compare_with(device)) {
            Ok((cpu, Ok(rate))) => {
                say!("  one network of sre: {rate:.0} steps/s");
                on_cpu = Some(cpu);
            }
            Ok((_, Err(error))) | Err(error) => say!("  cannot train: {error}"),
        }
    }
    if let Some(rate) = on_cpu {
        say!("CPU, one thread\n  one network of sre: {rate:.0} steps/s");
    }
    Ok(0)
}
