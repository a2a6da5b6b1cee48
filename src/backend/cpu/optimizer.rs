//! From learning signal and decay to the update.

use super::elementwise::scale;
use super::real::Real;
use super::reduce::{row_of, squared_norm};
use crate::experiment::Normalization;
use crate::program::View;

/// Hyper-parameters of one update.
#[derive(Clone, Copy)]
pub(super) struct Rates<T> {
    pub(super) learning_rate: T,
    pub(super) decay: T,
    pub(super) l1: T,
}

/// Operands of one row of an update.
pub(super) struct UpdateRow<'a, T> {
    /// W, which the L1 term follows.
    pub(super) weights: &'a [T],
    /// W or D W, which the L2 term follows.
    pub(super) decayed: &'a [T],
    pub(super) signal: &'a [T],
    pub(super) update: &'a mut [T],
}

crate::dispatched! { fn sgd_row<T: Real>(rates: Rates<T>, row: UpdateRow<'_, T>) = sgd_row_body }
crate::dispatched! {
    fn adam_row<T: Real>(rates: Rates<T>, adam: AdamStep<T>, row: UpdateRow<'_, T>, first: &mut [T], second: &mut [T])
        = adam_row_body
}
crate::dispatched! {
    fn coupled_share<T: Real>(rates: Rates<T>, adam: AdamStep<T>, row: ShareRow<'_, T>, first: &mut [T], second: &[T])
        = coupled_share_body
}
crate::dispatched! { fn decoupled_share<T: Real>(rates: Rates<T>, row: ShareRow<'_, T>) = decoupled_share_body }

/// Operands of the decay's part of one row of an update.
pub(super) struct ShareRow<'a, T> {
    /// W, which the L1 term follows.
    pub(super) weights: &'a [T],
    /// W or D W, which the L2 term follows.
    pub(super) decayed: &'a [T],
    /// The decay's part.
    pub(super) update: &'a mut [T],
}

/// The decay's part of Adam's update where the decay goes through the moments: its own first moment over the root of
/// the second one, which the step has already moved on.
#[inline(always)]
fn coupled_share_body<T: Real>(
    rates: Rates<T>,
    adam: AdamStep<T>,
    row: ShareRow<'_, T>,
    first: &mut [T],
    second: &[T],
) {
    let n = row.update.len();
    let (w, d) = (&row.weights[..n], &row.decayed[..n]);
    let (first, second) = (&mut first[..n], &second[..n]);
    for i in 0..n {
        let decay = rates.decay * d[i] + rates.l1 * w[i].sign();
        first[i] = adam.beta1 * first[i] + adam.complements.0 * decay;
        let mean = first[i] / adam.corrections.0;
        let root = (second[i] / adam.corrections.1).sqrt();
        row.update[i] = -rates.learning_rate * (mean / (root + adam.epsilon));
    }
}

/// The decay's part of Adam's update where the decay stands beside the moments.
#[inline(always)]
fn decoupled_share_body<T: Real>(rates: Rates<T>, row: ShareRow<'_, T>) {
    let n = row.update.len();
    let (w, d) = (&row.weights[..n], &row.decayed[..n]);
    for i in 0..n {
        row.update[i] = -rates.learning_rate * (rates.decay * d[i] + rates.l1 * w[i].sign());
    }
}

#[inline(always)]
fn sgd_row_body<T: Real>(rates: Rates<T>, row: UpdateRow<'_, T>) {
    let Rates { learning_rate, decay, l1 } = rates;
    let n = row.update.len();
    let (w, d, g) = (&row.weights[..n], &row.decayed[..n], &row.signal[..n]);
    if l1 == T::ZERO {
        for i in 0..n {
            row.update[i] = learning_rate * (g[i] - decay * d[i]);
        }
    } else {
        for i in 0..n {
            row.update[i] = learning_rate * (g[i] - (decay * d[i] + l1 * w[i].sign()));
        }
    }
}

/// Constants of one Adam step.
#[derive(Clone, Copy)]
pub(super) struct AdamStep<T> {
    pub(super) beta1: T,
    pub(super) beta2: T,
    /// 1 - beta1 and 1 - beta2, rounded once: in f32 the difference of the rounded beta2 is off by 5e-5.
    pub(super) complements: (T, T),
    pub(super) epsilon: T,
    /// 1 - beta1^t and 1 - beta2^t, t counted from 1.
    pub(super) corrections: (T, T),
    pub(super) coupled: bool,
}

#[inline(always)]
fn adam_row_body<T: Real>(
    rates: Rates<T>,
    adam: AdamStep<T>,
    row: UpdateRow<'_, T>,
    first: &mut [T],
    second: &mut [T],
) {
    let n = row.update.len();
    let (w, d, g) = (&row.weights[..n], &row.decayed[..n], &row.signal[..n]);
    let (first, second) = (&mut first[..n], &mut second[..n]);
    let through = if adam.coupled { T::ONE } else { T::ZERO };
    let beside = T::ONE - through;
    for i in 0..n {
        let decay = rates.decay * d[i] + rates.l1 * w[i].sign();
        let gradient = through * decay - g[i];
        first[i] = adam.beta1 * first[i] + adam.complements.0 * gradient;
        second[i] = adam.beta2 * second[i] + adam.complements.1 * gradient * gradient;
        let mean = first[i] / adam.corrections.0;
        let root = (second[i] / adam.corrections.1).sqrt();
        row.update[i] = -rates.learning_rate * (mean / (root + adam.epsilon) + beside * decay);
    }
}

/// Memory of one parameter's Adam, of the parameter's shape.
pub(super) struct Adam<'a, T> {
    pub(super) step: AdamStep<T>,
    pub(super) first: &'a mut [T],
    pub(super) second: &'a mut [T],
    /// First moment of the decay alone; empty where it is not kept.
    pub(super) decay_first: &'a mut [T],
    /// The decay's part of the update; empty where nobody asks for it.
    pub(super) decay_update: &'a mut [T],
}

/// Applies the optimiser row by row; `diagonal` scales the decay of each row.
pub(super) fn update<T: Real>(
    rates: Rates<T>,
    diagonal: Option<&[T]>,
    weights: (View, &[T]),
    decayed: (View, &[T]),
    signal: (View, &[T]),
    update: (View, &mut [T]),
    mut adam: Option<Adam<'_, T>>,
) {
    let columns = weights.0.columns;
    for i in 0..weights.0.rows {
        let decay = diagonal.map_or(rates.decay, |d| rates.decay * d[i]);
        let from = update.0.offset + i * update.0.row_stride;
        let row = UpdateRow {
            weights: row_of(weights.0, weights.1, i),
            decayed: row_of(decayed.0, decayed.1, i),
            signal: row_of(signal.0, signal.1, i),
            update: &mut update.1[from..from + columns],
        };
        let rates = Rates { decay, ..rates };
        match &mut adam {
            None => sgd_row(rates, row),
            Some(adam) => {
                let range = i * columns..(i + 1) * columns;
                let (weights, decayed) = (row.weights, row.decayed);
                adam_row(rates, adam.step, row, &mut adam.first[range.clone()], &mut adam.second[range.clone()]);
                if adam.decay_update.is_empty() {
                    continue;
                }
                let share = ShareRow { weights, decayed, update: &mut adam.decay_update[range.clone()] };
                if adam.step.coupled {
                    let second = &adam.second[range.clone()];
                    coupled_share(rates, adam.step, share, &mut adam.decay_first[range], second);
                } else {
                    decoupled_share(rates, share);
                }
            }
        }
    }
}

/// Row mean 0 and population SD 1, or row length 1; 1e-8 keeps constant rows finite.
///
/// Means are taken in f64: an error of the SD would scale the whole row, and the full update, being the small
/// difference of two such rows, would point along W.
pub(super) fn normalize_rows<T: Real>(kind: Normalization, x: (View, &mut [T])) {
    let (view, data) = x;
    let n = view.columns as f64;
    for row in 0..view.rows {
        let from = view.offset + row * view.row_stride;
        let values = &mut data[from..from + view.columns];
        let (center, spread) = match kind {
            Normalization::None => return,
            Normalization::Unit => (0.0, sum_of_squares(values, 0.0).sqrt()),
            Normalization::Standardize => {
                let mean = values.iter().map(|&v| Into::<f64>::into(v)).sum::<f64>() / n;
                (mean, (sum_of_squares(values, mean) / n).sqrt())
            }
        };
        for value in values {
            *value = T::from_f64((Into::<f64>::into(*value) - center) / (spread + 1e-8));
        }
    }
}

/// As [`normalize_rows`], over the elements that exist: those whose mask is not 0.
pub(super) fn normalize_existing<T: Real>(kind: Normalization, mask: (View, &[T]), x: (View, &mut [T])) {
    let (view, data) = x;
    for row in 0..view.rows {
        let from = view.offset + row * view.row_stride;
        let values = &mut data[from..from + view.columns];
        let exists = row_of(mask.0, mask.1, row);
        let existing = || values.iter().zip(exists).filter(|(_, exists)| **exists != T::ZERO).map(|(&v, _)| v.into());
        let n = existing().count() as f64;
        let squares = |center: f64| existing().map(|v: f64| (v - center).powi(2)).sum::<f64>();
        let (center, spread) = match kind {
            Normalization::None => return,
            Normalization::Unit => (0.0, squares(0.0).sqrt()),
            Normalization::Standardize => {
                let mean = existing().sum::<f64>() / n;
                (mean, (squares(mean) / n).sqrt())
            }
        };
        for (value, &exists) in values.iter_mut().zip(exists) {
            if exists != T::ZERO {
                *value = T::from_f64((Into::<f64>::into(*value) - center) / (spread + 1e-8));
            }
        }
    }
}

fn sum_of_squares<T: Real>(values: &[T], center: f64) -> f64 {
    values.iter().map(|&v| (Into::<f64>::into(v) - center).powi(2)).sum()
}

/// Scale that brings a norm within a limit: min(1, limit / (norm + 1e-6)).
pub(super) fn clip_factor(squared_norm: f64, limit: f64) -> f64 {
    (limit / (squared_norm.sqrt() + 1e-6)).min(1.0)
}

/// Learning signal of appendix C.6: p s_dir s_red W*, all norms Frobenius.
pub(super) fn random_signal<T: Real>(
    weights: (View, &[T]),
    direction: (View, &[T]),
    target: f64,
    clip: f64,
    signal: (View, &mut [T]),
) {
    let weight_norm = squared_norm(weights.0, weights.1).sqrt();
    let direction_norm = squared_norm(direction.0, direction.1).sqrt();
    let mut distance = 0.0;
    for row in 0..weights.0.rows {
        let (w, d) = (row_of(weights.0, weights.1, row), row_of(direction.0, direction.1, row));
        for (&w, &d) in w.iter().zip(d) {
            let difference: f64 = (w - d).into();
            distance += difference * difference;
        }
    }
    let sign = |x: f64| {
        if x > 0.0 {
            1.0
        } else if x < 0.0 {
            -1.0
        } else {
            0.0
        }
    };
    let reduce = sign(weight_norm - distance.sqrt());
    let toward = sign(target - weight_norm);
    let p = if clip == 0.0 || direction_norm <= clip { 1.0 } else { clip / (direction_norm + 1e-8) };
    let (view, data) = signal;
    super::elementwise::copy(direction, (view, &mut *data));
    scale(T::from_f64(p * toward * reduce), (view, data));
}
