//! Operations that no rule uses by itself, run through a program made by hand.

use super::interpret::StepKind;
use super::replica::{Replica, Working};
use crate::backend::StepInputs;
use crate::program::{Builder, InnerBatch, Op, Program, View};

struct Nothing;

impl StepInputs<f64> for Nothing {
    fn batch(&mut self, _step: u64, _inputs: &mut [f64], _targets: &mut [f64]) {}
    fn cursor(&self) -> u64 {
        0
    }
    fn seek(&mut self, _cursor: u64) {}
    fn noise(&self, _stream: usize, _step: u64, _sd: f64, _first: usize, _out: &mut [f64]) {}
    fn mask(&self, _stream: usize, _step: u64, _rate: f64, _first: usize, _out: &mut [f64]) {}
    fn validation(&mut self, _first: usize, _inputs: &mut [f64], _targets: &mut [f64]) -> usize {
        0
    }
    fn validation_examples(&self) -> usize {
        0
    }
}

/// Runs one operation on buffers that hold `values`; the last view's elements afterwards.
fn run(builder: Builder, values: &[(View, Vec<f64>)], out: View) -> Vec<f64> {
    let (buffers, step) = builder.finish();
    let program = Program::bare(buffers, step, 1);
    let mut replica = Replica::<f64>::new(&program, 0, vec![0.0; program.slots], Box::new(Nothing));
    Working::separate(&program).swap(&mut replica);
    for (view, values) in values {
        replica.write(*view, values);
    }
    replica.run(&program.step, StepKind { measured: true, closes_window: false, trains: true });
    replica.read(out)
}

/// Two heads side by side in one buffer, as attention will have them: each product touches its own columns only.
#[test]
fn products_repeat_over_an_inner_axis() {
    let mut builder = Builder::default();
    let (heads, rows, width) = (2, 3, 2);
    let a = builder.scratch("a", rows, heads * width);
    let b = builder.scratch("b", rows, heads * width);
    let out = builder.scratch("out", heads * rows, rows);
    builder.push(Op::MatMul {
        a: a.columns(0, width),
        transpose_a: false,
        b: b.columns(0, width),
        transpose_b: true,
        out: out.rows(0, rows),
        alpha: 1.0,
        accumulate: false,
        batch: InnerBatch { count: heads, a_stride: width, b_stride: width, out_stride: rows * rows },
    });
    let left: Vec<f64> = (0..12).map(f64::from).collect();
    let right: Vec<f64> = (0..12).map(|i| f64::from(i * i % 7)).collect();
    let found = run(builder, &[(a, left.clone()), (b, right.clone())], out);
    for head in 0..heads {
        for i in 0..rows {
            for j in 0..rows {
                let at = |x: &[f64], row: usize, k: usize| x[row * heads * width + head * width + k];
                let expected: f64 = (0..width).map(|k| at(&left, i, k) * at(&right, j, k)).sum();
                assert_eq!(found[(head * rows + i) * rows + j], expected, "head {head} at {i}, {j}");
            }
        }
    }
}

#[test]
fn softmax_rows_are_distributions() {
    let mut builder = Builder::default();
    let x = builder.scratch("x", 2, 3);
    let y = builder.scratch("y", 2, 3);
    builder.push(Op::Softmax { x, y });
    let found = run(builder, &[(x, vec![0.0, 1.0, 2.0, 1000.0, 1000.0, -1000.0])], y);
    let total: f64 = (0..3).map(|i| f64::from(i).exp()).sum();
    let expected = [1.0 / total, 1.0_f64.exp() / total, 2.0_f64.exp() / total, 0.5, 0.5, 0.0];
    for (found, expected) in found.iter().zip(expected) {
        // A handful of roundings.
        assert!((found - expected).abs() < 1e-15, "{found} instead of {expected}");
    }
}
