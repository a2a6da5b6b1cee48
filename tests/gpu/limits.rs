//! More workgroups than a device takes along one axis.

use std::sync::Arc;

use hebbscope::backend::Executor;
use hebbscope::backend::gpu::{GpuDevice, GpuError, GpuExecutor, adapters};
use hebbscope::experiment::RuleKind;
use hebbscope::program::Op;

use crate::kernels::{compare, hypers, run};
use crate::programs::{host, same_losses, small};
use crate::samples::Sample;
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

/// The sizes of what an operation works on do not matter: elements of one matrix lie in several arrays.
#[test]
fn every_kernel_finds_its_elements_in_pieces() {
    let Some(mut small) = device() else { return };
    // Matrices of some 8 KiB in pieces of 16, of which there are seven at most.
    small.limit_memory(16 << 10);
    let mut device = Some(small);
    let products = samples::products(36, 60, 64).into_iter().chain(samples::products(37, 60, 65));
    let operations = samples::all(17, 129).into_iter().chain(samples::updates_with_sums(8, 129));
    // With 96 numbers beside each buffer.
    let bytes = |sample: &Sample| sample.buffers.iter().map(|b| 4 * (b.rows * b.columns + 112)).sum::<usize>();
    let all = products.chain(operations).chain(samples::networks::all());
    let mut count = 0;
    for sample in all.filter(|sample| (20 << 10..110 << 10).contains(&bytes(sample))) {
        let Some(both) = run(&sample, &hypers(), &mut device) else { return };
        compare(&sample, &both);
        count += 1;
    }
    assert!(count >= 40, "{count} operations lie in pieces");
}

#[test]
fn a_network_beyond_one_binding_lies_in_several() {
    let mut experiment = small(RuleKind::Adam);
    experiment.training.seeds = 2;
    // So few examples that they fit into what the network does not.
    experiment.data.train_examples = 40;
    experiment.data.validation_examples = 20;
    let mut mirror = host(&experiment);
    let program = Arc::clone(mirror.program());
    let bytes = 4 * (program.lasting_elements() + program.working_elements()) as u64;
    let limited = |bindings: Option<u32>| {
        let (adapter, mut summary) = adapters().into_iter().next()?;
        summary.storage_buffers = bindings.unwrap_or(summary.storage_buffers);
        let mut device = GpuDevice::open_adapter(&adapter, summary).expect("a smaller adapter can be opened");
        device.limit_memory(bytes * 2 / 5);
        Some(device)
    };
    if device().is_none() {
        return;
    }
    let device = limited(None).expect("there is an adapter");
    let mut gpu = GpuExecutor::new(device, Arc::clone(&program), mirror.replicas(), Some(1)).expect("three pieces");
    mirror.keep_rows(Some(1));
    // Each has its pieces for itself.
    assert_eq!((gpu.waves(), gpu.takes_turns()), (2, false));
    same_losses(&experiment, &mut gpu, &mut mirror, 30);
    // WebGPU promises eight storage buffers, which the other arrays take.
    let device = limited(Some(8)).expect("there is an adapter");
    let error = GpuExecutor::new(device, program, mirror.replicas(), None).map(|gpu| gpu.waves());
    let said = error.expect_err("a kernel sees one piece").to_string();
    assert!(said.contains("the matrices of one network take ") && said.contains("at once"), "{said}");
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
