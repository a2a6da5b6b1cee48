//! Means and copies over groups of rows, and rows brought to mean 0 and variance 1.

use super::elementwise::{add_scaled_row, cut};
use super::lanes::Lanes;
use super::real::{Real, with_lanes};
use super::reduce::{products, row_of};
use super::replica::Replica;
use crate::program::RowOp;

impl<T: Real> Replica<T> {
    /// Runs an operation on groups of rows.
    pub(super) fn row_op(&mut self, op: &RowOp) {
        match *op {
            RowOp::MeanOfGroups { from, to } => {
                let size = from.rows / to.rows;
                let factor = T::ONE / T::from_f64(size as f64);
                self.with_rows(to, |s, part, (view, data)| {
                    for row in 0..view.rows {
                        let out = &mut data[cut(view, row, view.columns)];
                        out.fill(T::ZERO);
                        for member in 0..size {
                            let number = (part.first + row) * size + member;
                            add_scaled_row(factor, row_of(from, s.at(from).1, number), out);
                        }
                    }
                });
            }
            RowOp::Spread { from, to, accumulate } => {
                let size = to.rows / from.rows;
                self.with_rows(to, |s, part, (view, data)| {
                    for row in 0..view.rows {
                        let out = &mut data[cut(view, row, view.columns)];
                        let group = row_of(from, s.at(from).1, (part.first + row) / size);
                        if accumulate {
                            add_scaled_row(T::ONE, group, out);
                        } else {
                            out.copy_from_slice(group);
                        }
                    }
                });
            }
            RowOp::Standardize { x, out, deviations, epsilon } => {
                let mut found = self.take(deviations.buffer);
                self.with(out, |s, (view, data)| {
                    for row in 0..view.rows {
                        let to = &mut data[cut(view, row, view.columns)];
                        found[deviations.offset + row] = standardize(row_of(x, s.at(x).1, row), epsilon, to);
                    }
                });
                self.give(deviations.buffer, found);
            }
            RowOp::StandardizeBackward { z, deviations, gradient } => {
                self.with_rows(gradient, |s, part, (view, data)| {
                    let found = &s.slice(deviations)[part.first..part.first + part.rows];
                    for (row, &deviation) in found.iter().enumerate() {
                        let z = row_of(z, s.at(z).1, part.first + row);
                        standardize_backward(z, deviation, &mut data[cut(view, row, view.columns)]);
                    }
                });
            }
        }
    }
}

with_lanes! {
    fn standardize(x: &[T], epsilon: f64, out: &mut [T]) -> T = standardize_body
}
with_lanes! {
    fn standardize_backward(z: &[T], deviation: T, gradient: &mut [T]) = standardize_backward_body
}

#[inline(always)]
fn standardize_body<L: Lanes<Elem = T>, T: Real>(x: &[T], epsilon: f64, out: &mut [T]) -> T {
    let count = T::from_f64(x.len() as f64);
    let mean = sum::<L, T>(x) / count;
    for (out, &x) in out.iter_mut().zip(x) {
        *out = x - mean;
    }
    let [squares] = products::<L, T, 1, 1>([out], [(0, 0)]);
    let deviation = (squares / count + T::from_f64(epsilon)).sqrt();
    for out in out {
        *out = *out / deviation;
    }
    deviation
}

#[inline(always)]
fn standardize_backward_body<L: Lanes<Elem = T>, T: Real>(z: &[T], deviation: T, gradient: &mut [T]) {
    let count = T::from_f64(z.len() as f64);
    let mean = sum::<L, T>(gradient) / count;
    let [slope] = products::<L, T, 2, 1>([&*gradient, z], [(0, 1)]);
    let slope = slope / count;
    for (gradient, &z) in gradient.iter_mut().zip(z) {
        *gradient = (*gradient - mean - z * slope) / deviation;
    }
}

/// Each lane sums every N-th element; lanes are added at the end.
#[inline(always)]
fn sum<L: Lanes<Elem = T>, T: Real>(x: &[T]) -> T {
    let whole = x.len() / L::N * L::N;
    let mut sums = L::splat(T::ZERO);
    for place in (0..whole).step_by(L::N) {
        // SAFETY: place + N is at most the length.
        sums = sums.add(unsafe { L::load(x.as_ptr().add(place)) });
    }
    let mut total = sums.total();
    for &rest in &x[whole..] {
        total += rest;
    }
    total
}
