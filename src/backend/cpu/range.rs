//! Sums of products whose terms leave the range of f32.
//!
//! A finished sum tells whether it has all of its digits: terms that were too small for f32 do not count beside a sum well
//! inside the range, and one that was too large leaves no finite sum. Only other sums are taken again, over rows that are
//! scaled by powers of two so that the largest element is near 1. Scaling is exact and the order of the terms is the
//! same, so that a sum that had lost nothing comes out the same to the last bit.

use super::lanes::Lanes;
use super::real::{Real, with_lanes};
use super::reduce::products;

/// Sums of products over rows, at any scale of the rows.
#[inline(always)]
pub(super) fn full_products<L: Lanes<Elem = T>, T: Real, const A: usize, const S: usize>(
    rows: [&[T]; A],
    pairs: [(usize, usize); S],
) -> [f64; S] {
    let mut sums = products::<L, T, A, S>(rows, pairs);
    if sums.iter().all(|sum| sum.keeps_digits()) {
        return sums.map(Into::into);
    }
    let exponents = again(rows, pairs, &mut sums);
    std::array::from_fn(|s| raised(sums[s], exponents[pairs[s].0] + exponents[pairs[s].1]))
}

/// Takes the sums that may have lost digits again; the exponent of each row: sum s stands for
/// `sums[s] * 2^(exponents[i] + exponents[j])`, where (i, j) is its pair.
///
/// A row's own square says whether it is to be scaled; where that is not among the sums, any sum that it is part of does.
#[cold]
#[inline(never)]
pub(super) fn again<T: Real, const A: usize, const S: usize>(
    rows: [&[T]; A],
    pairs: [(usize, usize); S],
    sums: &mut [T; S],
) -> [i32; A] {
    let exponents: [i32; A] = std::array::from_fn(|row| {
        let is_lost = match pairs.iter().position(|&pair| pair == (row, row)) {
            Some(square) => !sums[square].keeps_digits(),
            None => pairs.iter().zip(&*sums).any(|(&(i, j), sum)| (i == row || j == row) && !sum.keeps_digits()),
        };
        if is_lost { T::scale_of(rows[row].iter().copied()) } else { 0 }
    });
    for (&(i, j), sum) in pairs.iter().zip(sums) {
        if (exponents[i], exponents[j]) != (0, 0) {
            let scales = [exponents[i], exponents[j]].map(|exponent| T::power_of_two(-exponent));
            *sum = scaled_product(rows[i], rows[j], scales);
        }
    }
    exponents
}

/// `sum * 2^exponent`.
pub(super) fn raised<T: Real>(sum: T, exponent: i32) -> f64 {
    let sum: f64 = sum.into();
    if exponent == 0 { sum } else { sum * <f64 as Real>::power_of_two(exponent) }
}

#[inline(always)]
fn scaled_product_body<L: Lanes<Elem = T>, T: Real>(a: &[T], b: &[T], scales: [T; 2]) -> T {
    assert_eq!(a.len(), b.len(), "rows of one length");
    let whole = a.len() / L::N * L::N;
    let (mut sum, [by_a, by_b]) = (L::splat(T::ZERO), scales.map(L::splat));
    for place in (0..whole).step_by(L::N) {
        // SAFETY: place + N is at most the length of both.
        let (x, y) = unsafe { (L::load(a.as_ptr().add(place)), L::load(b.as_ptr().add(place))) };
        sum = x.mul(by_a).mul_add(y.mul(by_b), sum);
    }
    let mut total = sum.total();
    for place in whole..a.len() {
        total += a[place] * scales[0] * (b[place] * scales[1]);
    }
    total
}

with_lanes! {
    /// The sum of products of two rows, each element scaled, in the order of `products`.
    fn scaled_product(a: &[T], b: &[T], scales: [T; 2]) -> T = scaled_product_body
}
