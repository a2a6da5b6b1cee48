//! More workgroups than a device takes along one axis.

use std::sync::Arc;

use hebbscope::backend::Executor;
use hebbscope::backend::gpu::{GpuDevice, GpuError, GpuExecutor, adapters};
use hebbscope::experiment::RuleKind;
use hebbscope::program::Op;

use crate::kernels::{compare, hypers, run};
use crate::programs::{host, same_losses, small};
use crate::{device, samples};

/// The default adapter as one that takes no more than `groups` workgroups along an axis.
pub(crate) fn device_with(groups: u32) -> Option<GpuDevice> {
    // Says aloud where there is none.
    drop(device()?);
    let (adapter, mut summary) = adapters().into_iter().next()?;
    summary.groups = groups;
    Some(GpuDevice::open_adapter(&adapter, summary).expect("a smaller adapter can be opened"))
}

#[test]
fn every_kernel_is_split() {
    // 1000 rows, 32 of them a workgroup, or 128 tiles of 32 x 32, are several rows of a grid of 12 x 12.
    let mut device = device_with(12);
    let shapes = samples::products(1000, 100, 9).into_iter().chain(samples::products(100, 1000, 12));
    let operations = samples::all(1000, 17).into_iter().chain(samples::updates_with_sums(1000, 17));
    for sample in shapes.chain(operations).chain(samples::networks::many()) {
        let Some(both) = run(&sample, &hypers(), &mut device) else { return };
        compare(&sample, &both);
    }
}

#[test]
fn more_elements_than_workgroups_along_an_axis() {
    let mut device = device();
    // 65,537 workgroups of 256; a row that is added to two others, which fit into 128 MiB.
    let samples = samples::all(2, 32_768 * 256 + 1);
    let sample = samples.into_iter().find(|sample| matches!(sample.op, Op::AddRow { .. }));
    let sample = sample.expect("it is among the operations");
    let Some(both) = run(&sample, &hypers()[..1], &mut device) else { return };
    compare(&sample, &both);
}

#[test]
fn more_replicas_than_workgroups_along_an_axis_train_in_waves() {
    let mut experiment = small(RuleKind::Adam);
    experiment.training.seeds = 10;
    let mut mirror = host(&experiment);
    // 8 x 8 workgroups hold the widest layer's rows, and a chunk of the validation set.
    let Some(device) = device_with(8) else { return };
    let program = Arc::clone(mirror.program());
    let mut gpu = GpuExecutor::new(device, program, mirror.replicas(), None).expect("eight at once fit");
    assert_eq!(gpu.waves(), 2);
    same_losses(&experiment, &mut gpu, &mut mirror, 30);
}

#[test]
fn a_kernel_beyond_two_axes_is_named_and_the_cpu_goes_on() {
    let experiment = small(RuleKind::Sgd);
    let cpu = host(&experiment);
    let program = Arc::clone(cpu.program());
    let Some(device) = device_with(2) else { return };
    let mut executor = Executor::new(program, cpu.into_replicas(), 1).expect("one thread");
    let error = executor.use_device(device).expect_err("the examples of an evaluation are more than 2 x 2");
    let said = error.to_string();
    assert!(matches!(error, GpuError::Workgroups { .. }), "{said}");
    assert!(said.contains("the kernel ") && said.contains("workgroups") && !said.contains("lost"), "{said}");
    executor.advance(3);
    assert!(executor.replicas().iter().all(|replica| replica.step() == 3));
}
