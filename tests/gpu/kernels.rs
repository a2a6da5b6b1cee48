//! Every kernel beside its twin on the CPU.

use std::sync::Arc;

use hebbscope::backend::StepInputs;
use hebbscope::backend::cpu::{CpuExecutor, Replica};
use hebbscope::backend::gpu::{GpuDevice, GpuExecutor};
use hebbscope::program::{BufferId, Instruction, Program, Slot, When};

use crate::device;
use crate::samples::{self, KINDS, Sample, WITH_DATA, hyper, kind};

/// Rows and columns: odd, smaller and larger than a tile, and larger than a workgroup, in either place.
const SIZES: [[usize; 2]; 8] = [[1, 1], [7, 17], [17, 129], [129, 7], [128, 128], [1000, 17], [1, 1000], [129, 129]];

/// Numbers of a test program.
const METRICS: usize = 16;

/// What lies between buffers: a NaN that no operation makes.
const POISON: u32 = 0x7fc1_2345;

struct Nothing;

impl StepInputs<f32> for Nothing {
    fn batch(&mut self, _step: u64, _inputs: &mut [f32], _targets: &mut [f32]) {}
    fn cursor(&self) -> u64 {
        0
    }
    fn seek(&mut self, _cursor: u64) {}
    fn noise(&self, _stream: usize, _step: u64, _sd: f64, _first: usize, _out: &mut [f32]) {}
    fn mask(&self, _stream: usize, _step: u64, _rate: f64, _first: usize, _out: &mut [f32]) {}
    fn validation(&mut self, _first: usize, _inputs: &mut [f32], _targets: &mut [f32]) -> usize {
        0
    }
    fn validation_examples(&self) -> usize {
        0
    }
}

fn program(sample: &Sample, unless_zero: Option<Slot>) -> Arc<Program> {
    let first = Instruction { op: sample.op.clone(), when: When::Always, unless_zero };
    let next = sample.next.clone().map(|op| Instruction { op, when: When::Measured, unless_zero });
    Arc::new(Program::bare(sample.buffers.clone(), std::iter::once(first).chain(next).collect(), METRICS))
}

/// Metrics of every replica after a step, and its buffers.
pub(crate) struct After {
    pub(crate) metrics: Vec<Vec<f64>>,
    pub(crate) buffers: Vec<Vec<Vec<f32>>>,
}

fn host(program: &Arc<Program>, hypers: &[Vec<f64>]) -> CpuExecutor<f32> {
    let replicas = hypers
        .iter()
        .enumerate()
        .map(|(seed, hyper)| Replica::new(program, seed as u64, hyper.clone(), Box::new(Nothing)))
        .collect();
    CpuExecutor::new(Arc::clone(program), replicas, 1).expect("one thread")
}

fn metrics(executor: &CpuExecutor<f32>) -> Vec<Vec<f64>> {
    let mut all = Vec::new();
    executor.for_each_measurement(|m| all.push(m.metrics.to_vec()));
    all
}

/// Both executors' results of one step; nothing may be written between buffers, and nothing left unwritten.
pub(crate) fn run(sample: &Sample, hypers: &[Vec<f64>], device: &mut Option<GpuDevice>) -> Option<[After; 2]> {
    run_program(sample, program(sample, None), hypers, device)
}

fn run_program(
    sample: &Sample,
    program: Arc<Program>,
    hypers: &[Vec<f64>],
    device: &mut Option<GpuDevice>,
) -> Option<[After; 2]> {
    let mut cpu = host(&program, hypers);
    cpu.advance(1);
    let buffers = |r: &Replica<f32>| (0..program.buffers.len()).map(|i| r.buffer(BufferId(i)).to_vec()).collect();
    let on_cpu = After { metrics: metrics(&cpu), buffers: cpu.replicas().iter().map(buffers).collect() };
    let mut mirror = host(&program, hypers);
    let mut gpu = GpuExecutor::with_guard(device.take()?, Arc::clone(&program), mirror.replicas(), None, 96)
        .unwrap_or_else(|error| panic!("{}: {error}", sample.name));
    let kernels = gpu.kernels();
    assert!(sample.kernel.is_none_or(|kernel| kernels.contains(&kernel)), "{}: {kernels:?}", sample.name);
    gpu.poison(f32::from_bits(POISON));
    gpu.advance(mirror.replicas_mut(), 1).expect("the device is there");
    let guards = gpu.read_guards().expect("the device is there");
    assert!(guards.len() > 100 && guards.iter().all(|value| value.to_bits() == POISON), "{}: guards", sample.name);
    let by_buffer: Vec<_> =
        (0..program.buffers.len()).map(|i| gpu.read_buffer(i).expect("the device is there")).collect();
    let buffers = (0..hypers.len()).map(|r| by_buffer.iter().map(|all| all[r].clone()).collect()).collect();
    *device = Some(gpu.into_device());
    Some([on_cpu, After { metrics: metrics(&mirror), buffers }])
}

/// A sum of `depth` products of numbers near 1 grows like the root of `depth`, and so does its rounding error, at 6e-8 a
/// part; WGSL lets division, roots and exponentials be off by a few more units than the CPU's. Relative to the largest
/// number there is, 40 such units.
fn tolerance(depth: usize, scale: f64) -> f64 {
    40.0 * 6e-8 * (depth as f64).sqrt().max(1.0) * scale.max(1e-3)
}

pub(crate) fn compare(sample: &Sample, [cpu, gpu]: &[After; 2]) {
    let close = |what: &str, least: f64, expected: &[f64], found: &[f64]| {
        assert_eq!(expected.len(), found.len(), "{}: {what}", sample.name);
        let scale = expected.iter().fold(least, |scale, value| scale.max(value.abs()));
        let allowed = tolerance(sample.depth, scale);
        for (i, (a, b)) in expected.iter().zip(found).enumerate() {
            assert!((a - b).abs() <= allowed, "{}: {what}: place {i}: CPU {a}, GPU {b}", sample.name);
        }
    };
    for replica in 0..cpu.buffers.len() {
        for (i, (a, b)) in cpu.buffers[replica].iter().zip(&gpu.buffers[replica]).enumerate() {
            let wide = |values: &[f32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
            close(&format!("replica {replica}, buffer {i}"), 0.0, &wide(a), &wide(b));
        }
        // Parts of both signs may cancel by chance; their partial sums are of this size all the same.
        let least = (sample.depth as f64).sqrt();
        close(&format!("replica {replica}, metrics"), least, &cpu.metrics[replica], &gpu.metrics[replica]);
    }
}

/// Hyper-parameters of two replicas that differ in what is 0.
pub(crate) fn hypers() -> [Vec<f64>; 2] {
    [hyper(0.1, 0.2), hyper(0.0, 0.0)]
}

#[test]
fn products_are_those_of_the_cpu() {
    let small = [1, 7, 17, 129];
    let mut shapes: Vec<[usize; 3]> = Vec::new();
    for (i, &m) in small.iter().enumerate() {
        // Each size meets each other one, in every place.
        for (j, &n) in small.iter().enumerate() {
            shapes.push([m, n, small[(i + j) % small.len()]]);
        }
    }
    shapes.extend([[1000, 7, 128], [7, 1000, 17], [17, 128, 1000], [128, 32, 256], [129, 129, 129]]);
    // Whole vectors of four, in full tiles and in parts of one.
    shapes.extend([[4, 4, 4], [8, 36, 20], [1000, 4, 128], [100, 1000, 12], [68, 132, 1000]]);
    let mut device = device();
    for [m, n, k] in shapes {
        for sample in samples::products(m, n, k) {
            let Some(both) = run(&sample, &hypers(), &mut device) else { return };
            compare(&sample, &both);
        }
    }
}

#[test]
fn large_tiles_are_those_of_the_cpu() {
    // So many replicas that tiles of 64 are taken.
    let hypers = vec![hyper(0.1, 0.2); 130];
    let mut device = device();
    for [m, n, k] in [[65, 130, 33], [68, 132, 36]] {
        for sample in samples::products(m, n, k) {
            let Some(both) = run(&sample, &hypers, &mut device) else { return };
            compare(&sample, &both);
        }
    }
}

#[test]
fn operations_are_those_of_the_cpu() {
    let mut device = device();
    for [rows, columns] in SIZES {
        for sample in samples::all(rows, columns) {
            let Some(both) = run(&sample, &hypers(), &mut device) else { return };
            compare(&sample, &both);
        }
    }
}

#[test]
fn operations_of_networks_are_those_of_the_cpu() {
    let mut device = device();
    for sample in samples::networks::all() {
        let Some(both) = run(&sample, &hypers(), &mut device) else { return };
        compare(&sample, &both);
    }
}

#[test]
fn a_replica_leaves_out_what_hangs_on_a_hyper_parameter_that_is_0() {
    let mut device = device();
    let mut seen = [false; KINDS];
    for sample in samples::networks::all() {
        if !std::mem::replace(&mut seen[kind(&sample.op)], true) {
            // The second of the two has no noise.
            let program = program(&sample, Some(Slot::WeightSd));
            let Some(both) = run_program(&sample, program, &hypers(), &mut device) else { return };
            compare(&sample, &both);
        }
    }
}

#[test]
fn an_update_and_the_sums_of_its_rows_are_one_pass() {
    let mut device = device();
    for [rows, columns] in SIZES {
        for sample in samples::updates_with_sums(rows, columns) {
            let Some(both) = run(&sample, &hypers(), &mut device) else { return };
            compare(&sample, &both);
        }
    }
}

#[test]
fn every_operation_is_sampled() {
    let mut seen = [false; KINDS];
    let sampled = samples::all(3, 3).into_iter().chain(samples::products(3, 3, 3)).chain(samples::networks::all());
    sampled.for_each(|sample| seen[kind(&sample.op)] = true);
    WITH_DATA.into_iter().for_each(|kind| seen[kind] = true);
    assert_eq!(seen, [true; KINDS]);
}
