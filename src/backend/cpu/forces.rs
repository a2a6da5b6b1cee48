//! The force balance of |W|^2: what each part of a step does to it, and how much it changes.

use super::lanes::Lanes;
use super::real::{Real, with_lanes};
use super::reduce::{products, row_of};
use crate::program::View;
use crate::program::measure::{FORCES, ROW_SUMS};

/// What a step did to a layer.
pub(super) struct Step<'a, T> {
    /// Row sums, rows x [`ROW_SUMS`].
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
    for (row, (out, sums)) in rows.chunks_exact_mut(FORCES).zip(step.sums.chunks_exact(ROW_SUMS)).enumerate() {
        let (w, u) = (row_of(step.weights.0, step.weights.1, row), row_of(step.update.0, step.update.1, row));
        let x = row_of(known.0, known.1, row);
        let [uu, wg, wu]: [f64; 3] = [sums[3], sums[6], sums[7]].map(Into::into);
        // <W,u>, <W,x>, <W,eps>, |u + eps|^2 with W before the noise, and x the matrix that the split knows.
        let [wu, wx, we, square] = match noise {
            Noise::None => {
                let wx = match split {
                    Split::Signal { .. } => wg,
                    Split::Decay(_) => products::<L, T, 2, 1>([w, x], [(0, 1)])[0].into(),
                    Split::SignalOnly => wu,
                };
                [wu, wx, 0.0, uu]
            }
            Noise::Passes { clean } => {
                let clean = row_of(clean.0, clean.1, row);
                let [wu, wx] = products::<L, T, 3, 2>([clean, u, x], [(0, 1), (0, 2)]).map(Into::<f64>::into);
                [wu, wx, 0.0, uu]
            }
            Noise::Stays { noise } => {
                let eps = row_of(noise.0, noise.1, row);
                let pairs = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3)];
                let [ee, ew, eu, ex, wx] = products::<L, T, 4, 5>([eps, w, u, x], pairs).map(Into::<f64>::into);
                [wu - eu, wx - ex, ew - ee, uu + 2.0 * eu + ee]
            }
        };
        let (signal, decay) = match split {
            Split::Signal { rate, .. } => (rate * wx, wu - rate * wx),
            Split::Decay(_) => (wu - wx, wx),
            Split::SignalOnly => (wu, 0.0),
        };
        let values = [signal, decay, we, square];
        for ((to, total), value) in out.iter_mut().zip(totals.iter_mut()).zip(values) {
            *to = T::from_f64(value);
            *total += value;
        }
    }
}

with_lanes! {
    /// <W,u_signal>, <W,u_decay>, <W,eps>, |u + eps|^2 of every row into `rows` (rows x 4), and their totals; W is that
    /// before the noise.
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
        let (x, old) = (row_of(from.0, from.1, row), &mut data[start..start + view.columns]);
        total += Into::<f64>::into(if replaces { replace_row::<L, T>(x, old) } else { add_row::<L, T>(x, old) });
    }
    total
}

/// `w += x`; the sum of (new - old)(new + old).
#[inline(always)]
fn add_row<L: Lanes<Elem = T>, T: Real>(x: &[T], w: &mut [T]) -> T {
    changed_row::<L, T>(x, w, |x, old| old.add(x), |x, old| old + x)
}

/// `w = x`; the sum of (new - old)(new + old).
#[inline(always)]
fn replace_row<L: Lanes<Elem = T>, T: Real>(x: &[T], w: &mut [T]) -> T {
    changed_row::<L, T>(x, w, |x, _| x, |x, _| x)
}

#[inline(always)]
fn changed_row<L: Lanes<Elem = T>, T: Real>(
    x: &[T],
    w: &mut [T],
    lanes: impl Fn(L, L) -> L,
    single: impl Fn(T, T) -> T,
) -> T {
    assert_eq!(x.len(), w.len(), "rows of one length");
    let whole = x.len() / L::N * L::N;
    let (mut sum, minus) = (L::splat(T::ZERO), L::splat(-T::ONE));
    for place in (0..whole).step_by(L::N) {
        // SAFETY: place + N is at most the length of both.
        unsafe {
            let (from, to) = (x.as_ptr().add(place), w.as_mut_ptr().add(place));
            let old = L::load(to);
            let new = lanes(L::load(from), old);
            new.store(to);
            sum = old.mul_add(minus, new).mul_add(old.add(new), sum);
        }
    }
    let mut total = sum.total();
    for place in whole..x.len() {
        let old = w[place];
        let new = single(x[place], old);
        w[place] = new;
        total += (new - old) * (new + old);
    }
    total
}

with_lanes! {
    /// Changes a matrix by `to += from` or `to = from`; the change of |to|^2.
    pub(super) fn change(from: (View, &[T]), to: (View, &mut [T]), replaces: bool) -> f64 = change_body
}
