//! Sums over rows and columns.

use super::lanes::Lanes;
use super::range::full_products;
use super::real::{Real, with_lanes};
use crate::program::View;

/// Several sums of products over rows of equal length, in one pass.
///
/// Each lane sums every N-th element; lanes are added at the end: the order depends on the length and the instruction
/// set only.
#[inline(always)]
pub(super) fn products<L: Lanes<Elem = T>, T: Real, const A: usize, const S: usize>(
    rows: [&[T]; A],
    pairs: [(usize, usize); S],
) -> [T; S] {
    let len = rows[0].len();
    for row in &rows {
        assert_eq!(row.len(), len, "rows of one length");
    }
    let mut sums: [L; S] = std::array::from_fn(|_| L::splat(T::ZERO));
    let whole = len / L::N;
    for block in 0..whole {
        // SAFETY: block N + N is at most len, the length of every row.
        let x: [L; A] = std::array::from_fn(|i| unsafe { L::load(rows[i].as_ptr().add(block * L::N)) });
        for s in 0..S {
            sums[s] = x[pairs[s].0].mul_add(x[pairs[s].1], sums[s]);
        }
    }
    let mut totals: [T; S] = std::array::from_fn(|s| sums[s].total());
    for place in whole * L::N..len {
        for s in 0..S {
            totals[s] += rows[pairs[s].0][place] * rows[pairs[s].1][place];
        }
    }
    totals
}

#[inline(always)]
fn square_body<L: Lanes<Elem = T>, T: Real>(x: &[T]) -> f64 {
    full_products::<L, T, 1, 1>([x], [(0, 0)])[0]
}

#[inline(always)]
fn pair_body<L: Lanes<Elem = T>, T: Real>(a: &[T], b: &[T]) -> [f64; 3] {
    full_products::<L, T, 2, 3>([a, b], [(0, 0), (1, 1), (0, 1)])
}

with_lanes! { fn square(x: &[T]) -> f64 = square_body }
with_lanes! { fn pair(a: &[T], b: &[T]) -> [f64; 3] = pair_body }

/// A view's row.
#[inline(always)]
pub(super) fn row_of<T>(view: View, data: &[T], row: usize) -> &[T] {
    let from = view.offset + row * view.row_stride;
    &data[from..from + view.columns]
}

/// |x|^2; rows are summed in their own precision, their sums in f64.
pub(super) fn squared_norm<T: Real>(view: View, data: &[T]) -> f64 {
    (0..view.rows).map(|row| square(row_of(view, data, row))).sum()
}

/// Norm of every row, or of the whole.
pub(super) fn norms<T: Real>(x: (View, &[T]), whole: bool, out: &mut [T]) {
    if whole {
        out[0] = T::from_f64(squared_norm(x.0, x.1).sqrt());
        return;
    }
    for (row, norm) in out.iter_mut().enumerate() {
        *norm = T::from_f64(square(row_of(x.0, x.1, row)).sqrt());
    }
}

/// |a|^2, |b|^2, <a,b>.
pub(super) fn pair_sums<T: Real>(a: (View, &[T]), b: (View, &[T])) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for row in 0..a.0.rows {
        for (sum, part) in sums.iter_mut().zip(pair(row_of(a.0, a.1, row), row_of(b.0, b.1, row))) {
            *sum += part;
        }
    }
    sums
}

/// Sum of the absolute elements.
pub(super) fn sum_of_sizes<T: Real>(view: View, data: &[T]) -> f64 {
    let row = |row| row_of(view, data, row).iter().map(|&x| Into::<f64>::into(x).abs()).sum::<f64>();
    (0..view.rows).map(row).sum()
}

/// Mean over rows into `out`.
pub(super) fn column_mean<T: Real>(x: (View, &[T]), out: &mut [T]) {
    out.fill(T::ZERO);
    for row in 0..x.0.rows {
        add_values(row_of(x.0, x.1, row), out);
    }
    divide(x.0.rows, out);
}

/// Mean over rows of a product into `out`.
pub(super) fn column_mean_product<T: Real>(a: (View, &[T]), b: (View, &[T]), out: &mut [T]) {
    out.fill(T::ZERO);
    for row in 0..a.0.rows {
        add_products(row_of(a.0, a.1, row), row_of(b.0, b.1, row), out);
    }
    divide(a.0.rows, out);
}

/// Mean over rows of the squared difference from `mean` into `out`.
pub(super) fn column_variance<T: Real>(x: (View, &[T]), mean: &[T], out: &mut [T]) {
    out.fill(T::ZERO);
    for row in 0..x.0.rows {
        add_deviations(row_of(x.0, x.1, row), mean, out);
    }
    divide(x.0.rows, out);
}

fn divide<T: Real>(rows: usize, out: &mut [T]) {
    let count = T::from_f64(rows as f64);
    for value in out {
        *value = *value / count;
    }
}

crate::dispatched! { fn add_values<T: Real>(x: &[T], out: &mut [T]) = add_values_body }
crate::dispatched! { fn add_products<T: Real>(a: &[T], b: &[T], out: &mut [T]) = add_products_body }
crate::dispatched! { fn add_deviations<T: Real>(x: &[T], mean: &[T], out: &mut [T]) = add_deviations_body }

#[inline(always)]
fn add_values_body<T: Real>(x: &[T], out: &mut [T]) {
    for (sum, &x) in out.iter_mut().zip(x) {
        *sum += x;
    }
}

#[inline(always)]
fn add_products_body<T: Real>(a: &[T], b: &[T], out: &mut [T]) {
    for ((sum, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *sum += a * b;
    }
}

#[inline(always)]
fn add_deviations_body<T: Real>(x: &[T], mean: &[T], out: &mut [T]) {
    for ((sum, &x), &mean) in out.iter_mut().zip(x).zip(mean) {
        let deviation = x - mean;
        *sum += deviation * deviation;
    }
}
