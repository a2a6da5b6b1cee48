//! Data losses, and what they ask of the output.

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
    let (rows, columns) = (output.0.rows, output.0.columns);
    let (delta_view, deltas) = delta;
    let mut sum = 0.0;
    let mut squares = [T::ZERO; LANES];
    for row in 0..rows {
        let (o, t) = (row_of(output.0, output.1, row), row_of(target.0, target.1, row));
        let from = delta_view.offset + row * delta_view.row_stride;
        let d = &mut deltas[from..from + columns];
        match kind {
            Loss::Mse => {
                let factor = T::from_f64(-2.0 * scale / columns as f64);
                squared_error_row(factor, o, t, d, &mut squares);
            }
            Loss::CrossEntropy => {
                softmax(o, d);
                sum += cross_entropy(o, t);
                let factor = T::from_f64(scale);
                for (d, &t) in d.iter_mut().zip(t) {
                    *d = factor * (t - *d);
                }
            }
        }
    }
    sum += squares.iter().map(|&s| Into::<f64>::into(s)).sum::<f64>();
    scale * sum / (rows * divisor(kind, columns)) as f64
}

crate::dispatched! {
    fn squared_error_row<T: Real>(factor: T, o: &[T], t: &[T], d: &mut [T], sums: &mut [T; LANES]) = squared_error_body
}

/// Partial sums of the squared errors, so that the loop vectorises in a fixed order.
const LANES: usize = 16;

#[inline(always)]
fn squared_error_body<T: Real>(factor: T, o: &[T], t: &[T], d: &mut [T], sums: &mut [T; LANES]) {
    let blocks = d.chunks_mut(LANES).zip(o.chunks(LANES)).zip(t.chunks(LANES));
    for ((d, o), t) in blocks {
        if let (Ok(d), Ok(o), Ok(t)) =
            (<&mut [T; LANES]>::try_from(&mut *d), <&[T; LANES]>::try_from(o), <&[T; LANES]>::try_from(t))
        {
            for lane in 0..LANES {
                let error = o[lane] - t[lane];
                sums[lane] += error * error;
                d[lane] = factor * error;
            }
        } else {
            for (((d, &o), &t), sum) in d.iter_mut().zip(o).zip(t).zip(sums.iter_mut()) {
                let error = o - t;
                *sum += error * error;
                *d = factor * error;
            }
        }
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
