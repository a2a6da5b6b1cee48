//! The measurement's sums: rows, signs, single examples, windows.

use super::lanes::Lanes;
use super::range::{again, full_products, raised};
use super::real::{Real, with_lanes};
use super::reduce::{products, row_of};
use crate::program::View;
use crate::program::measure::{
    PER_EXAMPLE_SUMS, ROW_OPERANDS, ROW_PAIRS, ROW_SUMS, ROW_VALUES, SIGN_SUMS, WINDOW_SUMS,
};

#[inline(always)]
fn row_sums_body<L: Lanes<Elem = T>, T: Real>(
    signal: (View, &[T]),
    hebbian: (View, &[T]),
    update: Option<(View, &[T])>,
    weights: (View, &[T]),
    sums: &mut [T],
) {
    for (row, out) in sums.chunks_exact_mut(ROW_VALUES).enumerate() {
        let (g, h, w) =
            (row_of(signal.0, signal.1, row), row_of(hebbian.0, hebbian.1, row), row_of(weights.0, weights.1, row));
        let (sums, exponents) = out.split_at_mut(ROW_SUMS);
        let [of_g, of_h, of_u, of_w] = match update {
            Some((view, data)) => {
                let u = row_of(view, data, row);
                let mut found = products::<L, T, ROW_OPERANDS, ROW_SUMS>([g, h, u, w], ROW_PAIRS);
                let scales = scales_of([g, h, u, w], ROW_PAIRS, [0, 1, 3, 5], &mut found);
                sums.copy_from_slice(&found);
                scales
            }
            None => {
                let pairs = [(0, 0), (1, 1), (0, 1), (2, 2), (2, 0), (2, 1)];
                let mut found = products::<L, T, 3, 6>([g, h, w], pairs);
                let [of_g, of_h, of_w] = scales_of([g, h, w], pairs, [0, 1, 3], &mut found);
                let [gg, hh, gh, ww, wg, wh] = found;
                sums.copy_from_slice(&[gg, hh, gh, T::ZERO, T::ZERO, ww, wg, T::ZERO, wh]);
                [of_g, of_h, 0, of_w]
            }
        };
        exponents.copy_from_slice(&[of_g, of_h, of_u, of_w].map(|exponent| T::from_f64(f64::from(exponent))));
    }
}

/// Totals of rows that [`row_sums`] has left, in their order.
pub(super) fn totals<T: Real>(rows: &[T], totals: &mut [f64]) {
    totals.fill(0.0);
    for row in rows.chunks_exact(ROW_VALUES) {
        if row[ROW_SUMS..].iter().all(|&exponent| exponent == T::ZERO) {
            for (total, &part) in totals.iter_mut().zip(row) {
                *total += part.into();
            }
        } else {
            for (place, total) in totals.iter_mut().enumerate() {
                *total += row_value(row, place);
            }
        }
    }
}

/// Exponents of the operands, all 0 while each of their squares, at `squares` among the sums, has its digits; otherwise
/// the sums are those of scaled operands.
#[inline(always)]
fn scales_of<T: Real, const A: usize, const S: usize>(
    rows: [&[T]; A],
    pairs: [(usize, usize); S],
    squares: [usize; A],
    sums: &mut [T; S],
) -> [i32; A] {
    // A product of two operands is as good as their squares are.
    if squares.iter().all(|&square| sums[square].keeps_digits()) { [0; A] } else { again(rows, pairs, sums) }
}

/// Sum `place` of [`ROW_SUMS`] of a row that [`row_sums`] has left.
#[inline(always)]
pub(super) fn row_value<T: Real>(row: &[T], place: usize) -> f64 {
    let (a, b) = ROW_PAIRS[place];
    let [of_a, of_b] = [a, b].map(|operand| Into::<f64>::into(row[ROW_SUMS + operand]) as i32);
    raised(row[place], of_a + of_b)
}

with_lanes! {
    /// Nine sums of every row and the exponents of its operands into `sums` (rows x 13).
    pub(super) fn row_sums(
        signal: (View, &[T]), hebbian: (View, &[T]), update: Option<(View, &[T])>, weights: (View, &[T]),
        sums: &mut [T],
    ) = row_sums_body
}

/// Counts of non-zero signs and sums of products of signs.
pub(super) fn sign_sums<T: Real>(
    signal: (View, &[T]),
    hebbian: (View, &[T]),
    update: Option<(View, &[T])>,
    out: &mut [f64],
) {
    let mut counts = [0_i64; SIGN_SUMS];
    for row in 0..signal.0.rows {
        let (g, h) = (row_of(signal.0, signal.1, row), row_of(hebbian.0, hebbian.1, row));
        let u = update.map(|(view, data)| row_of(view, data, row));
        for place in 0..g.len() {
            let (sg, sh) = (sign(g[place]), sign(h[place]));
            counts[0] += i64::from(sg * sg);
            counts[1] += i64::from(sh * sh);
            counts[2] += i64::from(sg * sh);
            if let Some(u) = u {
                let su = sign(u[place]);
                counts[3] += i64::from(su * su);
                counts[4] += i64::from(su * sh);
            }
        }
    }
    for (value, count) in out.iter_mut().zip(counts) {
        *value = count as f64;
    }
}

fn sign<T: Real>(x: T) -> i32 {
    i32::from(x > T::ZERO) - i32::from(x < T::ZERO)
}

#[inline(always)]
fn per_example_body<L: Lanes<Elem = T>, T: Real>(
    delta: (View, &[T]),
    pre_activation: (View, &[T]),
    input: (View, &[T]),
    out: &mut [f64],
) {
    let mut sums = [0.0; PER_EXAMPLE_SUMS];
    for example in 0..delta.0.rows {
        let d = row_of(delta.0, delta.1, example);
        let h = row_of(pre_activation.0, pre_activation.1, example);
        let a = row_of(input.0, input.1, example);
        let [dd, hh, dh] = full_products::<L, T, 2, 3>([d, h], [(0, 0), (1, 1), (0, 1)]);
        let [aa] = full_products::<L, T, 1, 1>([a], [(0, 0)]);
        // g(x) = delta h_a^T and H(x) = h_b h_a^T share their right factor, which drops out of the cosine.
        let norms = dd.sqrt() * hh.sqrt();
        if norms > 0.0 && aa > 0.0 {
            sums[0] += dh / norms;
            sums[1] += 1.0;
        }
        sums[2] += dh * aa / delta.0.rows as f64;
    }
    out.copy_from_slice(&sums);
}

with_lanes! {
    /// Per-example cosines, their number, and the mean of <g(x), H(x)>.
    pub(super) fn per_example(
        delta: (View, &[T]), pre_activation: (View, &[T]), input: (View, &[T]), out: &mut [f64],
    ) = per_example_body
}

/// As [`per_example`], where some connections do not exist: `power` holds the sum of the squared inputs of each neuron's
/// own.
pub(super) fn per_example_of_some<T: Real>(
    delta: (View, &[T]),
    pre_activation: (View, &[T]),
    power: (View, &[T]),
    out: &mut [f64],
) {
    let mut sums = [0.0; PER_EXAMPLE_SUMS];
    for example in 0..delta.0.rows {
        let rows = [delta, pre_activation, power].map(|(view, data)| row_of(view, data, example));
        let [mut dd, mut hh, mut dh] = [0.0; 3];
        for ((&d, &h), &power) in rows[0].iter().zip(rows[1]).zip(rows[2]) {
            let (d, h, power): (f64, f64, f64) = (d.into(), h.into(), power.into());
            dd += d * d * power;
            hh += h * h * power;
            dh += d * h * power;
        }
        let norms = dd.sqrt() * hh.sqrt();
        if norms > 0.0 {
            sums[0] += dh / norms;
            sums[1] += 1.0;
        }
        sums[2] += dh / delta.0.rows as f64;
    }
    out.copy_from_slice(&sums);
}

/// |g - gamma D W|^2, |g|^2, |H|^2, <g, H> of sums of g, H and W over steps.
pub(super) fn window<T: Real>(
    [signal, hebbian, weights]: [&[T]; 3],
    diagonal: Option<&[T]>,
    columns: usize,
    gamma: f64,
) -> [f64; WINDOW_SUMS] {
    let mut sums = [0.0; WINDOW_SUMS];
    for (place, ((&g, &h), &w)) in signal.iter().zip(hebbian).zip(weights).enumerate() {
        let (g, h, w): (f64, f64, f64) = (g.into(), h.into(), w.into());
        let rate = gamma * diagonal.map_or(1.0, |d| d[place / columns].into());
        let gap = g - rate * w;
        sums[0] += gap * gap;
        sums[1] += g * g;
        sums[2] += h * h;
        sums[3] += g * h;
    }
    sums
}
