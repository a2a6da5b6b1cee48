//! The force balance of |W|^2: what each part of a step does to it, and how much it changes.

use super::lanes::Lanes;
use super::range::{full_products, raised};
use super::real::{Real, with_lanes};
use super::reduce::row_of;
use super::sums::row_value;
use crate::program::View;
use crate::program::measure::{FORCE_VALUES, FORCES, ROW_SUMS, ROW_VALUES};

/// What a step did to a layer.
pub(super) struct Step<'a, T> {
    /// Row sums, rows x [`ROW_VALUES`].
    pub(super) sums: &'a [T],
    /// W that the step used.
    pub(super) weights: (View, &'a [T]),
    /// Full update.
    pub(super) update: (View, &'a [T]),
}

/// How the update is split into what the signal and what the decay alone cause.
pub(super) enum Split<'a, T> {
    /// The signal's part is `rate * matrix`, the decay's the rest.
    Signal {
        /// g.
        matrix: (View, &'a [T]),
        /// Learning rate.
        rate: f64,
    },
    /// The decay's part is this matrix, the signal's the rest.
    Decay((View, &'a [T])),
    /// Nothing decays.
    SignalOnly,
}

impl<'a, T> Split<'a, T> {
    /// The matrix that is known; for a signal alone the update, of which it is the whole.
    fn known(&self, update: (View, &'a [T])) -> (View, &'a [T]) {
        match self {
            Self::Signal { matrix, .. } | Self::Decay(matrix) => *matrix,
            Self::SignalOnly => update,
        }
    }
}

/// Noise of the step's weights.
pub(super) enum Noise<'a, T> {
    /// There is none.
    None,
    /// It stays in the weights.
    Stays {
        /// eps.
        noise: (View, &'a [T]),
    },
    /// It passes with the step, and is no part of the change of W.
    Passes {
        /// W without it.
        clean: (View, &'a [T]),
    },
}

#[inline(always)]
fn forces_body<L: Lanes<Elem = T>, T: Real>(
    step: &Step<'_, T>,
    split: &Split<'_, T>,
    noise: &Noise<'_, T>,
    rows: &mut [T],
    totals: &mut [f64],
) {
    totals.fill(0.0);
    let known = split.known(step.update);
    for (row, (out, sums)) in rows.chunks_exact_mut(FORCE_VALUES).zip(step.sums.chunks_exact(ROW_VALUES)).enumerate() {
        let (w, u) = (row_of(step.weights.0, step.weights.1, row), row_of(step.update.0, step.update.1, row));
        let x = row_of(known.0, known.1, row);
        let is_plain = sums[ROW_SUMS..].iter().all(|&exponent| exponent == T::ZERO);
        let value = |place: usize| if is_plain { sums[place].into() } else { row_value(sums, place) };
        let [uu, wg, wu] = [value(3), value(6), value(7)];
        // <W,u>, <W,x>, <W,eps>, |u + eps|^2 with W before the noise, and x the matrix that the split knows.
        let [wu, wx, we, square] = match noise {
            Noise::None => {
                let wx = match split {
                    Split::Signal { .. } => wg,
                    Split::Decay(_) => full_products::<L, T, 2, 1>([w, x], [(0, 1)])[0],
                    Split::SignalOnly => wu,
                };
                [wu, wx, 0.0, uu]
            }
            Noise::Passes { clean } => {
                let clean = row_of(clean.0, clean.1, row);
                let [wu, wx] = full_products::<L, T, 3, 2>([clean, u, x], [(0, 1), (0, 2)]);
                [wu, wx, 0.0, uu]
            }
            Noise::Stays { noise } => {
                let eps = row_of(noise.0, noise.1, row);
                let pairs = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3)];
                let [ee, ew, eu, ex, wx] = full_products::<L, T, 4, 5>([eps, w, u, x], pairs);
                [wu - eu, wx - ex, ew - ee, uu + 2.0 * eu + ee]
            }
        };
        let (signal, decay) = match split {
            Split::Signal { rate, .. } => (rate * wx, wu - rate * wx),
            Split::Decay(_) => (wu - wx, wx),
            Split::SignalOnly => (wu, 0.0),
        };
        let values = [signal, decay, we, square];
        let exponent = T::excess_of(&values);
        for ((to, total), value) in out.iter_mut().zip(totals.iter_mut()).zip(values) {
            *to = T::from_f64(value);
            *total += value;
        }
        out[FORCES] = T::from_f64(f64::from(exponent));
        if exponent != 0 {
            for (to, value) in out.iter_mut().zip(values) {
                *to = T::from_f64(value * <f64 as Real>::power_of_two(-exponent));
            }
        }
    }
}

with_lanes! {
    /// <W,u_signal>, <W,u_decay>, <W,eps>, |u + eps|^2 of every row and their exponent into `rows` (rows x 5), and their
    /// totals; W is that before the noise.
    pub(super) fn forces(
        step: &Step<'_, T>, split: &Split<'_, T>, noise: &Noise<'_, T>, rows: &mut [T], totals: &mut [f64],
    ) = forces_body
}

#[inline(always)]
fn change_body<L: Lanes<Elem = T>, T: Real>(from: (View, &[T]), to: (View, &mut [T]), replaces: bool) -> f64 {
    let (view, data) = to;
    let mut total = 0.0;
    for row in 0..view.rows {
        let start = view.offset + row * view.row_stride;
        let (x, w) = (row_of(from.0, from.1, row), &mut data[start..start + view.columns]);
        // The sum comes first: it may have to be taken again from what is about to be overwritten.
        let sum = if replaces {
            changed_row::<L, T>(x, w, [None; 2], |x, _| x, |x, _| x)
        } else {
            changed_row::<L, T>(x, w, [None; 2], |x, old| old.add(x), |x, old| old + x)
        };
        total += if sum.keeps_digits() { sum.into() } else { scaled_change(x, w, replaces) };
        if replaces {
            w.copy_from_slice(x);
        } else {
            add_row::<L, T>(x, w);
        }
    }
    total
}

/// The sum of (new - old)(new + old), differences and values scaled where `scales` says so.
#[inline(always)]
fn changed_row<L: Lanes<Elem = T>, T: Real>(
    x: &[T],
    w: &[T],
    scales: [Option<T>; 2],
    lanes: impl Fn(L, L) -> L,
    single: impl Fn(T, T) -> T,
) -> T {
    assert_eq!(x.len(), w.len(), "rows of one length");
    let whole = x.len() / L::N * L::N;
    let (mut sum, minus) = (L::splat(T::ZERO), L::splat(-T::ONE));
    let by = scales.map(|scale| scale.map(L::splat));
    let scaled = |x: L, by: Option<L>| by.map_or(x, |by| x.mul(by));
    for place in (0..whole).step_by(L::N) {
        // SAFETY: place + N is at most the length of both.
        let (from, old) = unsafe { (L::load(x.as_ptr().add(place)), L::load(w.as_ptr().add(place))) };
        let new = lanes(from, old);
        let both = scaled(old, by[1]).add(scaled(new, by[1]));
        sum = scaled(old.mul_add(minus, new), by[0]).mul_add(both, sum);
    }
    let mut total = sum.total();
    let scaled = |x: T, by: Option<T>| by.map_or(x, |by| x * by);
    for place in whole..x.len() {
        let old = w[place];
        let new = single(x[place], old);
        total += scaled(new - old, scales[0]) * (scaled(new, scales[1]) + scaled(old, scales[1]));
    }
    total
}

/// `w += x`.
#[inline(always)]
fn add_row<L: Lanes<Elem = T>, T: Real>(x: &[T], w: &mut [T]) {
    let whole = x.len() / L::N * L::N;
    for place in (0..whole).step_by(L::N) {
        // SAFETY: place + N is at most the length of both.
        unsafe {
            let (from, to) = (x.as_ptr().add(place), w.as_mut_ptr().add(place));
            L::load(to).add(L::load(from)).store(to);
        }
    }
    for (w, &x) in w[whole..].iter_mut().zip(&x[whole..]) {
        *w += x;
    }
}

/// The change of a row's square where the sum in the row's own precision has lost digits.
#[cold]
#[inline(never)]
fn scaled_change<T: Real>(x: &[T], w: &[T], replaces: bool) -> f64 {
    let new = |(&x, &old): (&T, &T)| if replaces { x } else { old + x };
    let difference = T::scale_of(x.iter().zip(w).map(|(x, old)| new((x, old)) - *old));
    let value = T::scale_of(x.iter().zip(w).map(new).chain(w.iter().copied()));
    let scales = [difference, value].map(|exponent| T::power_of_two(-exponent));
    raised(scaled_change_sum(x, w, replaces, scales), difference + value)
}

#[inline(always)]
fn scaled_change_body<L: Lanes<Elem = T>, T: Real>(x: &[T], w: &[T], replaces: bool, scales: [T; 2]) -> T {
    let scales = scales.map(Some);
    if replaces {
        changed_row::<L, T>(x, w, scales, |x, _| x, |x, _| x)
    } else {
        changed_row::<L, T>(x, w, scales, |x, old| old.add(x), |x, old| old + x)
    }
}

with_lanes! { fn scaled_change_sum(x: &[T], w: &[T], replaces: bool, scales: [T; 2]) -> T = scaled_change_body }

with_lanes! {
    /// Changes a matrix by `to += from` or `to = from`; the change of |to|^2.
    pub(super) fn change(from: (View, &[T]), to: (View, &mut [T]), replaces: bool) -> f64 = change_body
}
