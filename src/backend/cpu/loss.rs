//! Data losses, and what they ask of the output.

use super::elementwise::cut;
use super::real::Real;
use super::reduce::row_of;
use crate::experiment::Loss;
use crate::program::View;

/// Loss of the batch; fills `delta` with minus batch size times its gradient with respect to the output.
pub(super) fn loss<T: Real>(
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
    scale * sum / (output.0.rows * divisor(kind, output.0.columns)) as f64
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

crate::dispatched! {
    fn squared_errors<T: Real>(
        scale: f64, output: (View, &[T]), target: (View, &[T]), delta: (View, &mut [T]), sum: &mut f64,
    ) = squared_errors_body
}

/// Partial sums of the squared errors, so that the loop vectorises in a fixed order.
const LANES: usize = 16;

#[inline(always)]
fn squared_errors_body<T: Real>(
    scale: f64,
    output: (View, &[T]),
    target: (View, &[T]),
    delta: (View, &mut [T]),
    sum: &mut f64,
) {
    let columns = output.0.columns;
    let factor = T::from_f64(-2.0 * scale / columns as f64);
    let mut sums = [T::ZERO; LANES];
    for row in 0..output.0.rows {
        let (o, t) = (row_of(output.0, output.1, row), row_of(target.0, target.1, row));
        let d = &mut delta.1[cut(delta.0, row, columns)];
        let whole = columns / LANES * LANES;
        for block in (0..whole).step_by(LANES) {
            let (o, t, d) = (&o[block..block + LANES], &t[block..block + LANES], &mut d[block..block + LANES]);
            for lane in 0..LANES {
                let error = o[lane] - t[lane];
                sums[lane] += error * error;
                d[lane] = factor * error;
            }
        }
        for place in whole..columns {
            let error = o[place] - t[place];
            sums[place - whole] += error * error;
            d[place] = factor * error;
        }
    }
    *sum = sums.iter().map(|&s| Into::<f64>::into(s)).sum();
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
