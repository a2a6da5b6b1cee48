//! Data losses, and what they ask of the output.

use super::elementwise::cut;
use super::lanes::Lanes;
use super::real::{Real, with_lanes};
use super::reduce::row_of;
use crate::experiment::Loss;
use crate::program::View;

/// What an element costs, in elements of a copy: an exponential takes some times as long as a product.
pub(super) const fn cost(kind: Loss) -> usize {
    match kind {
        Loss::Mse => 1,
        Loss::CrossEntropy => 4,
    }
}

/// Sum over some rows of what [`mean`] makes the loss of; fills `delta` with minus batch size times the loss's gradient with
/// respect to the output.
pub(super) fn sum<T: Real>(
    kind: Loss,
    scale: f64,
    output: (View, &[T]),
    target: (View, &[T]),
    delta: (View, &mut [T]),
) -> f64 {
    let mut sum = 0.0;
    match kind {
        Loss::Mse => squared_errors(scale, output, target, delta, &mut sum),
        Loss::CrossEntropy => cross_entropies(scale, output, target, delta, &mut sum),
    }
    sum
}

/// Loss of the batch, from the sum over its rows.
pub(super) fn mean(kind: Loss, scale: f64, output: View, sum: f64) -> f64 {
    scale * sum / (output.rows * divisor(kind, output.columns)) as f64
}

fn cross_entropies<T: Real>(
    scale: f64,
    output: (View, &[T]),
    target: (View, &[T]),
    delta: (View, &mut [T]),
    sum: &mut f64,
) {
    let factor = T::from_f64(scale);
    for row in 0..output.0.rows {
        let (o, t) = (row_of(output.0, output.1, row), row_of(target.0, target.1, row));
        let d = &mut delta.1[cut(delta.0, row, output.0.columns)];
        softmax(o, d);
        *sum += cross_entropy(o, t);
        for (d, &t) in d.iter_mut().zip(t) {
            *d = factor * (t - *d);
        }
    }
}

with_lanes! {
    fn squared_errors(
        scale: f64, output: (View, &[T]), target: (View, &[T]), delta: (View, &mut [T]), sum: &mut f64,
    ) = squared_errors_body
}

#[inline(always)]
fn squared_errors_body<L: Lanes<Elem = T>, T: Real>(
    scale: f64,
    output: (View, &[T]),
    target: (View, &[T]),
    delta: (View, &mut [T]),
    sum: &mut f64,
) {
    let columns = output.0.columns;
    let factor = T::from_f64(-2.0 * scale / columns as f64);
    let (factors, minus) = (L::splat(factor), L::splat(-T::ONE));
    let (mut squares, mut rest) = (L::splat(T::ZERO), T::ZERO);
    let whole = columns / L::N * L::N;
    for row in 0..output.0.rows {
        let (o, t) = (row_of(output.0, output.1, row), row_of(target.0, target.1, row));
        let d = &mut delta.1[cut(delta.0, row, columns)];
        assert!(o.len() == columns && t.len() == columns, "rows of one length");
        for place in (0..whole).step_by(L::N) {
            // SAFETY: place + N is at most columns, the length of all three rows.
            unsafe {
                let error = L::load(t.as_ptr().add(place)).mul_add(minus, L::load(o.as_ptr().add(place)));
                squares = error.mul_add(error, squares);
                error.mul(factors).store(d.as_mut_ptr().add(place));
            }
        }
        for place in whole..columns {
            let error = o[place] - t[place];
            rest += error * error;
            d[place] = factor * error;
        }
    }
    *sum = (squares.total() + rest).into();
}

/// Loss of every example.
pub(super) fn examples<T: Real>(kind: Loss, scale: f64, output: (View, &[T]), target: (View, &[T]), out: &mut [T]) {
    let factor = scale / divisor(kind, output.0.columns) as f64;
    for (row, out) in out.iter_mut().enumerate() {
        let (o, t) = (row_of(output.0, output.1, row), row_of(target.0, target.1, row));
        let sum = match kind {
            Loss::Mse => o.iter().zip(t).map(|(&o, &t)| Into::<f64>::into((o - t) * (o - t))).sum::<f64>(),
            Loss::CrossEntropy => cross_entropy(o, t),
        };
        *out = T::from_f64(factor * sum);
    }
}

/// Sum of the losses and number of right answers of the first `used` rows.
pub(super) fn evaluate<T: Real>(
    kind: Loss,
    scale: f64,
    output: (View, &[T]),
    target: (View, &[T]),
    used: usize,
) -> (f64, f64) {
    let columns = output.0.columns;
    let (mut sum, mut right) = (0.0, 0.0);
    for row in 0..used.min(output.0.rows) {
        let (o, t) = (row_of(output.0, output.1, row), row_of(target.0, target.1, row));
        sum += match kind {
            Loss::Mse => o.iter().zip(t).map(|(&o, &t)| Into::<f64>::into((o - t) * (o - t))).sum::<f64>(),
            Loss::CrossEntropy => cross_entropy(o, t),
        };
        if largest(o) == largest(t) {
            right += 1.0;
        }
    }
    (scale * sum / divisor(kind, columns) as f64, right)
}

fn divisor(kind: Loss, columns: usize) -> usize {
    match kind {
        Loss::Mse => columns,
        Loss::CrossEntropy => 1,
    }
}

fn largest<T: Real>(row: &[T]) -> usize {
    let mut best = 0;
    for (place, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = place;
        }
    }
    best
}

/// Softmax of one row.
pub(super) fn softmax<T: Real>(x: &[T], y: &mut [T]) {
    let top = x[largest(x)];
    let mut sum = T::ZERO;
    for (y, &x) in y.iter_mut().zip(x) {
        *y = (x - top).exp();
        sum += *y;
    }
    for y in y {
        *y = *y / sum;
    }
}

/// -sum t log softmax(o), from logits, in f64.
fn cross_entropy<T: Real>(o: &[T], t: &[T]) -> f64 {
    let top: f64 = o[largest(o)].into();
    let total: f64 = o.iter().map(|&o| (Into::<f64>::into(o) - top).exp()).sum();
    o.iter().zip(t).map(|(&o, &t)| Into::<f64>::into(t) * (top + total.ln() - Into::<f64>::into(o))).sum()
}
