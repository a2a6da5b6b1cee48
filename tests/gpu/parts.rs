//! Sums over matrices that take more than one workgroup.

use hebbscope::experiment::Loss;
use hebbscope::program::measure::PAIR_SUMS;
use hebbscope::program::{Op, Slot, View};

use crate::device;
use crate::kernels::{After, compare, hypers, run};
use crate::limits::device_with;
use crate::samples::{self, Buffers, RATE, Sample, hyper};

/// Rows and columns. A workgroup sums 16,384 elements, of 17 columns 768 rows, and takes the column means of 256 rows: this is
/// one full part, two, four, and more than there are invocations for in the second stage.
const SIZES: [[usize; 2]; 4] = [[128, 128], [129, 128], [3000, 17], [700, 300]];

/// An operation over a matrix, and the buffers that it needs beside it.
type Make<'a> = &'a dyn Fn(&mut Buffers, View) -> Op;

/// Whether an operation is nothing but sums over whole matrices.
fn is_sum(op: &Op) -> bool {
    match op {
        Op::ChangeWeights { .. }
        | Op::Loss { .. }
        | Op::ActivationPenalty { .. }
        | Op::SignSums { .. }
        | Op::PerExampleSums { .. }
        | Op::PairSums { .. }
        | Op::CloseWindow { .. } => true,
        Op::Norms { whole, .. } => *whole,
        _ => false,
    }
}

/// Operations that contain such sums, or means of columns.
fn has_sum(op: &Op) -> bool {
    matches!(
        op,
        Op::Clip { .. }
            | Op::RandomSignal { .. }
            | Op::ColumnMean { .. }
            | Op::ColumnMeanProduct { .. }
            | Op::ColumnVariance { .. }
    ) || is_sum(op)
}

#[test]
fn sums_of_several_workgroups_are_those_of_the_cpu() {
    let mut device = device();
    for [rows, columns] in SIZES {
        let samples = samples::all(rows, columns).into_iter().filter(|sample| has_sum(&sample.op));
        let mut count = 0;
        for sample in samples {
            let Some(both) = run(&sample, &hypers(), &mut device) else { return };
            compare(&sample, &both);
            count += 1;
        }
        assert!(count >= 20, "{count} operations");
    }
}

#[test]
fn parts_lie_along_two_axes() {
    // Four parts are all that a grid of 2 x 2 holds.
    let mut device = device_with(2);
    let samples: Vec<Sample> = samples::all(3000, 17).into_iter().filter(|sample| is_sum(&sample.op)).collect();
    assert!(samples.len() >= 13, "{} operations", samples.len());
    for sample in samples {
        let Some(both) = run(&sample, &hypers()[..1], &mut device) else { return };
        compare(&sample, &both);
    }
}

/// A matrix of three parts whose first rows are of another size than the others, or 0.
fn of_two_sizes(b: &mut Buffers, first: Option<i32>, others: i32) -> (Op, View) {
    let (rows, columns) = (300, 128);
    let to = b.scaled(rows, columns, others);
    // All of the first part, and some of the second.
    let from = match first {
        Some(power) => b.scaled(150, columns, power),
        None => b.zeros(150, columns),
    };
    (Op::Copy { from, to: to.rows(0, 150) }, to)
}

/// Parts whose sums do not fit into one f32 beside each other, or have lost their digits, each for itself.
#[test]
fn parts_need_not_be_of_one_size() {
    let mut device = device();
    let pair = |b: &mut Buffers, x: View| Op::PairSums { a: x, b: b.random(x.rows, x.columns), metrics: 1 };
    let window = |b: &mut Buffers, x: View| {
        let (hebbian, weights) = (b.random(x.rows, x.columns), b.random(x.rows, x.columns));
        Op::CloseWindow { signal: x, hebbian, weights, diagonal: None, rate: RATE, metrics: 1 }
    };
    let norm = |b: &mut Buffers, x: View| Op::Norms { x, out: b.out(1, 1), whole: true };
    let change = |b: &mut Buffers, x: View| Op::ChangeWeights {
        from: x,
        to: b.zeros(x.rows, x.columns),
        replaces: true,
        metric: 1,
    };
    let random = |b: &mut Buffers, x: View| {
        // No larger than W*: of |W| - |W - W*| there would be nothing left but rounding.
        let (weights, signal) = (b.scaled(x.rows, x.columns, -70), b.out(x.rows, x.columns));
        Op::RandomSignal { weights, direction: x, signal, target: Slot::TargetNorm, clip: Slot::Clip }
    };
    let made: [(&str, Make<'_>); 5] =
        [("pair", &pair), ("window", &window), ("norm", &norm), ("change", &change), ("random signal", &random)];
    for (name, make) in made {
        for (first, others) in [(Some(-110), 0), (Some(0), -110), (Some(60), -60), (None, -70), (Some(105), -110)] {
            let mut b = Buffers::default();
            let (op, x) = of_two_sizes(&mut b, first, others);
            let next = Some(make(&mut b, x));
            let name = format!("{name}, parts at 2^{first:?} and 2^{others}");
            let sample = Sample { name, buffers: b.all, op, next, kernel: None, depth: x.len() };
            let Some(both) = run(&sample, &hypers()[..1], &mut device) else { return };
            relative(&sample, &both);
        }
    }
}

/// Compares every number with itself: sums of squares have digits at any scale. Products of two matrices may cancel, and are
/// compared with what they could be.
fn relative(sample: &Sample, [cpu, gpu]: &[After; 2]) {
    // Some 6e-8 of every of the 38,400 parts of a sum, which add up like their root.
    let allowed = 40.0 * 6e-8 * (sample.depth as f64).sqrt();
    let (expected, found) = (&cpu.metrics[0][1..], &gpu.metrics[0][1..]);
    for (place, (a, b)) in expected.iter().zip(found).enumerate() {
        let product = match sample.next {
            Some(Op::PairSums { .. }) if place + 1 == PAIR_SUMS => Some((expected[0] * expected[1]).sqrt()),
            Some(Op::CloseWindow { .. }) if place == 3 => Some((expected[1] * expected[2]).sqrt()),
            _ => None,
        };
        let size = product.unwrap_or(a.abs());
        assert!((a - b).abs() <= allowed * size, "{}: metric {place}: CPU {a:e}, GPU {b:e}", sample.name);
    }
    for (place, (expected, found)) in cpu.buffers[0].iter().zip(&gpu.buffers[0]).enumerate() {
        for (&a, &b) in expected.iter().zip(found) {
            let [a, b] = [a, b].map(f64::from);
            assert!((a - b).abs() <= allowed * a.abs(), "{}: buffer {place}: CPU {a:e}, GPU {b:e}", sample.name);
        }
    }
}

/// What a replica's sums are is a function of its own numbers: every bit is the same beside others.
#[test]
fn sums_do_not_depend_on_the_replicas_beside() {
    let mut device = device();
    let mut b = Buffers::default();
    let (output, target) = (b.random(3000, 17), b.positive(3000, 17));
    let op = Op::Loss { kind: Loss::CrossEntropy, scale: 1.0, output, target, delta: b.out(3000, 17) };
    let next = Some(Op::PairSums { a: output, b: target, metrics: 1 });
    let sample = Sample { name: "beside others".into(), buffers: b.all, op, next, kernel: None, depth: 1 };
    let Some([_, alone]) = run(&sample, &[hyper(0.1, 0.2)], &mut device) else { return };
    let Some([_, beside]) = run(&sample, &vec![hyper(0.1, 0.2); 30], &mut device) else { return };
    let bits = |after: &After| after.metrics[0].iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert!(alone.metrics[0][1] > 0.0);
    assert_eq!(bits(&alone), bits(&beside));
}
