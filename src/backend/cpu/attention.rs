//! Attention: one head of one sequence after the other, whose products are sums over vectors of neighbouring rows.
//!
//! All sums run in order within a lane, as they would for a single row: softmax needs no sum across lanes, and no bit
//! depends on how wide a vector is beyond what its instruction set rounds.

use std::sync::PoisonError;

use super::lanes::Lanes;
use super::real::{Real, with_lanes};
use super::replica::Replica;
use super::rows::{Shape, Written, share_all};
use crate::program::{Heads, View};

/// Most lanes of a vector.
const MOST_LANES: usize = 16;
/// Rows of results that are summed side by side, so that no sum waits for the one before.
const ABREAST: usize = 8;

/// A matrix that is read.
type Read<'a, T> = (View, &'a [T]);

impl<T: Real> Replica<T> {
    /// `probabilities = softmax(query key^T / sqrt(width))`, `out = probabilities value`, head by head.
    pub(super) fn attention(&mut self, heads: Heads, from: [View; 3], probabilities: View, out: View) {
        let (length, width) = (heads.length, out.columns / heads.count);
        let (mut to, mut weights) = (self.take(out.buffer), self.take(probabilities.buffer));
        let written =
            [by_sequence(length, out, &mut to), by_sequence(heads.count * length, probabilities, &mut weights)];
        self.share_sequences(heads, out, written, |s, block, sequence, [to, weights]| {
            for head in 0..heads.count {
                let at =
                    Place { first_row: sequence * length, rows: length, first_column: head * width, columns: width };
                let here = Place { first_row: 0, ..at };
                let weights = &mut weights[head * length * length..][..length * length];
                attend(at, from.map(|view| s.at(view)), block, weights, (here, View { offset: 0, ..out }, &mut *to));
            }
        });
        self.give(out.buffer, to);
        self.give(probabilities.buffer, weights);
    }

    /// Gradients of query, key and value from that of the result.
    pub(super) fn attention_backward(
        &mut self,
        heads: Heads,
        from: [View; 3],
        probabilities: View,
        gradient: View,
        to: [View; 3],
    ) {
        let (length, width) = (heads.length, gradient.columns / heads.count);
        // Deltas of three maps, in buffers of their own: that of a delta may hold what it is the gradient of beside it.
        let mut buffers = to.map(|view| self.take(view.buffer));
        let mut views = to.into_iter();
        let written = buffers.each_mut().map(|data| match views.next() {
            Some(view) => by_sequence(length, whole_rows(view), data),
            None => Written { stride: 0, data: &mut [] },
        });
        self.share_sequences(heads, gradient, written, |s, block, sequence, mut gradients| {
            for head in 0..heads.count {
                let at =
                    Place { first_row: sequence * length, rows: length, first_column: head * width, columns: width };
                let here = Place { first_row: 0, ..at };
                let first = probabilities.offset + (sequence * heads.count + head) * length * length;
                let weights = &s.at(probabilities).1[first..first + length * length];
                let [queries, keys, values, asked, space] = pieces(block, backward_sizes(length, width));
                for (k, loaded) in [&mut *queries, &mut *keys, &mut *values].into_iter().enumerate() {
                    if from[k].buffer == to[k].buffer {
                        here.load((within(from[k], to[k]), gradients[k]), loaded);
                    } else {
                        at.load(s.at(from[k]), loaded);
                    }
                }
                at.load(s.at(gradient), asked);
                let views = to.map(|view| within(view, view));
                let written = gradients.each_mut().map(|data| &mut **data);
                attend_backward([queries, keys, values, asked], weights, space, (here, views, written));
            }
        });
        for (view, data) in to.into_iter().zip(buffers) {
            self.give(view.buffer, data);
        }
    }

    /// Calls `f` for every sequence, with memory of the thread's own and what is written of this sequence.
    fn share_sequences<const N: usize>(
        &self,
        heads: Heads,
        rows: View,
        written: [Written<'_, T>; N],
        f: impl Fn(&Self, &mut Vec<T>, usize, [&mut [T]; N]) + Sync,
    ) {
        let strides = written.each_ref().map(|written| written.stride);
        // A score costs about what going over eight elements does: its exponential, and a product each way a column.
        let shape = Shape { rows: rows.rows / heads.length, elements: 8 * heads.count * heads.length * heads.length };
        share_all(self.team.as_deref(), shape, written, |part, mut data| {
            let pool = &self.tapes.blocks;
            let mut block = pool.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            for sequence in 0..part.rows {
                let mut place = 0;
                let here = data.each_mut().map(|data| {
                    place += 1;
                    &mut data[sequence * strides[place - 1]..]
                });
                f(self, &mut block, part.first + sequence, here);
            }
            pool.lock().unwrap_or_else(PoisonError::into_inner).push(block);
        });
    }
}

/// What is written of a matrix of which each sequence has `rows` rows.
fn by_sequence<T>(rows: usize, view: View, data: &mut [T]) -> Written<'_, T> {
    Written { stride: rows * view.row_stride, ..Written::of(view, data) }
}

/// All columns of the rows of a view.
fn whole_rows(view: View) -> View {
    View { offset: view.offset - view.offset % view.row_stride, ..view }
}

/// A view into the rows of another of the same buffer, in memory that begins with them.
fn within(view: View, other: View) -> View {
    View { offset: view.offset - whole_rows(other).offset, ..view }
}

/// One head of one sequence.
#[derive(Clone, Copy)]
struct Place {
    first_row: usize,
    rows: usize,
    first_column: usize,
    columns: usize,
}

impl Place {
    #[inline(always)]
    fn row<'a, T>(self, (view, data): Read<'a, T>, row: usize) -> &'a [T] {
        let from = view.offset + (self.first_row + row) * view.row_stride + self.first_column;
        &data[from..from + self.columns]
    }

    /// Row by row.
    #[inline(always)]
    fn load<T: Copy>(self, from: Read<'_, T>, to: &mut [T]) {
        for (row, to) in to.chunks_exact_mut(self.columns).enumerate() {
            to.copy_from_slice(self.row(from, row));
        }
    }

    /// Column by column, of `padded` elements each, times `scale`.
    #[inline(always)]
    fn load_columns<T: Real>(self, from: Read<'_, T>, scale: T, padded: usize, to: &mut [T]) {
        to.fill(T::ZERO);
        for row in 0..self.rows {
            for (column, &value) in self.row(from, row).iter().enumerate() {
                to[column * padded + row] = value * scale;
            }
        }
    }

    /// Back from columns of a vector's length, `stride` apart, to the rows from `first` on.
    #[inline(always)]
    fn store<T: Copy>(self, from: &[T], stride: usize, (first, rows): (usize, usize), (view, data): (View, &mut [T])) {
        for row in 0..rows {
            let at = view.offset + (self.first_row + first + row) * view.row_stride + self.first_column;
            for (column, to) in data[at..at + self.columns].iter_mut().enumerate() {
                *to = from[column * stride + row];
            }
        }
    }
}

/// Pieces of so many elements each.
fn pieces<T: Real, const N: usize>(block: &mut Vec<T>, sizes: [usize; N]) -> [&mut [T]; N] {
    let whole = sizes.iter().sum();
    if block.len() < whole {
        block.resize(whole, T::ZERO);
    }
    cut(block, sizes)
}

fn cut<T, const N: usize>(block: &mut [T], sizes: [usize; N]) -> [&mut [T]; N] {
    let mut rest = block;
    sizes.map(|elements| {
        let (piece, others) = std::mem::take(&mut rest).split_at_mut(elements);
        rest = others;
        piece
    })
}

/// Where the results of an attention go.
type Out<'a, T> = (Place, View, &'a mut [T]);
/// Where the gradients of query, key and value go.
type Gradients<'a, T> = (Place, [View; 3], [&'a mut [T]; 3]);

with_lanes! {
    /// One head of one sequence, forward.
    fn attend(at: Place, from: [Read<'_, T>; 3], block: &mut Vec<T>, weights: &mut [T], out: Out<'_, T>) = attend_body
}
with_lanes! {
    /// One head of one sequence, backward: of rows of query, key, value and the gradient of the result.
    fn attend_backward(
        rows: [&[T]; 4], weights: &[T], space: &mut [T], to: Gradients<'_, T>,
    ) = attend_backward_body
}

/// Elements of rows of query, key, value and the gradient of the result, and to work in with any vector.
fn backward_sizes(length: usize, width: usize) -> [usize; 5] {
    let (rows, padded) = (length * width, length.next_multiple_of(MOST_LANES));
    [rows, rows, rows, rows, width * padded + 2 * length * padded + (2 * length + width) * MOST_LANES]
}

/// Scalars (k, i) of a product at `k * k_step + i * step`.
struct Scalars<'a, T> {
    values: &'a [T],
    k_step: usize,
    step: usize,
}

/// `out[i] = sum over k of lanes[k] * scalars(k, i)`, vectors of neighbouring elements; those of `lanes` are `lane_step` apart,
/// those of `out` lie one behind the other. Every sum starts at 0 and is taken in the order of k.
#[inline(always)]
fn sum_products<L: Lanes<Elem = T>, T: Real>(
    depth: usize,
    lanes: &[T],
    lane_step: usize,
    scalars: &Scalars<'_, T>,
    out: &mut [T],
) {
    let count = out.len() / L::N;
    assert!(depth > 0 && count > 0 && lanes.len() >= (depth - 1) * lane_step + L::N);
    assert!(scalars.values.len() > (depth - 1) * scalars.k_step + (count - 1) * scalars.step);
    let mut first = 0;
    while first < count {
        let abreast = (count - first).min(ABREAST);
        // SAFETY: the extents were just checked, for all of k and of the results.
        unsafe {
            if abreast == ABREAST {
                sum_abreast::<L, T, ABREAST>(depth, lanes, lane_step, scalars, first, out);
                first += ABREAST;
            } else {
                sum_abreast::<L, T, 1>(depth, lanes, lane_step, scalars, first, out);
                first += 1;
            }
        }
    }
}

/// # Safety
/// `lanes` must hold `depth` vectors, `scalars` values up to `(depth - 1, first + C - 1)`, and `out` `first + C` vectors; the
/// instruction set must be there.
#[inline(always)]
unsafe fn sum_abreast<L: Lanes<Elem = T>, T: Real, const C: usize>(
    depth: usize,
    lanes: &[T],
    lane_step: usize,
    scalars: &Scalars<'_, T>,
    first: usize,
    out: &mut [T],
) {
    let mut sums = [L::splat(T::ZERO); C];
    // SAFETY: the caller's promise; checked accesses here cost half of the speed.
    unsafe {
        let mut lane = lanes.as_ptr();
        let mut scalar = scalars.values.as_ptr().add(first * scalars.step);
        for _ in 0..depth {
            let left = L::load(lane);
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = sum.add(left.mul(L::splat(*scalar.add(i * scalars.step))));
            }
            lane = lane.wrapping_add(lane_step);
            scalar = scalar.wrapping_add(scalars.k_step);
        }
        for (i, sum) in sums.into_iter().enumerate() {
            sum.store(out.as_mut_ptr().add((first + i) * L::N));
        }
    }
}

/// Copies the transpose of the `rows x columns` of `from`.
#[inline(always)]
fn transpose<L: Lanes<Elem = T>, T: Copy>(from: (&[T], usize), to: (&mut [T], usize), (rows, columns): (usize, usize)) {
    let ((from, from_step), (to, to_step)) = (from, to);
    let (whole_rows, whole_columns) = (rows / L::N * L::N, columns / L::N * L::N);
    for row in (0..whole_rows).step_by(L::N) {
        for column in (0..whole_columns).step_by(L::N) {
            let (source, target) = (&from[row * from_step + column..], &mut to[column * to_step + row..]);
            assert!(source.len() >= (L::N - 1) * from_step + L::N && target.len() >= (L::N - 1) * to_step + L::N);
            // SAFETY: N rows of N elements were just checked on either side.
            unsafe { L::transpose(source.as_ptr(), from_step, target.as_mut_ptr(), to_step) };
        }
    }
    for row in 0..rows {
        let done = if row < whole_rows { whole_columns } else { 0 };
        for column in done..columns {
            to[column * to_step + row] = from[row * from_step + column];
        }
    }
}

#[inline(always)]
fn attend_body<L: Lanes<Elem = T>, T: Real>(
    at: Place,
    [query, key, value]: [Read<'_, T>; 3],
    block: &mut Vec<T>,
    weights: &mut [T],
    (here, view, out): Out<'_, T>,
) {
    let (length, width, padded) = (at.rows, at.columns, at.rows.next_multiple_of(L::N));
    let sizes = [width * padded, length * width, length * width, length * L::N, width * L::N];
    let [queries, keys, values, scores, results] = pieces(block, sizes);
    let scale = T::ONE / T::from_f64(width as f64).sqrt();
    at.load_columns(query, scale, padded, queries);
    at.load(key, keys);
    at.load(value, values);
    for first in (0..length).step_by(L::N) {
        let rows = L::N.min(length - first);
        sum_products::<L, T>(
            width,
            &queries[first..],
            padded,
            &Scalars { values: keys, k_step: 1, step: width },
            scores,
        );
        softmax::<L, T>(scores);
        // Lanes beyond the last row are of no query.
        transpose::<L, T>((scores, L::N), (&mut weights[first * length..], length), (length, rows));
        sum_products::<L, T>(length, scores, L::N, &Scalars { values, k_step: width, step: 1 }, results);
        here.store(results, L::N, (first, rows), (view, &mut *out));
    }
}

/// Softmax of each lane over the vectors.
#[inline(always)]
fn softmax<L: Lanes<Elem = T>, T: Real>(scores: &mut [T]) {
    let (mut top, mut sum) = ([T::ZERO; MOST_LANES], [T::ZERO; MOST_LANES]);
    top[..L::N].copy_from_slice(&scores[..L::N]);
    for scores in scores.chunks_exact(L::N) {
        for lane in 0..L::N {
            top[lane] = if scores[lane] > top[lane] { scores[lane] } else { top[lane] };
        }
    }
    for scores in scores.chunks_exact_mut(L::N) {
        for lane in 0..L::N {
            scores[lane] = scores[lane] - top[lane];
        }
    }
    // One long loop: of a short one, which is unrolled first, compilers make no vectors of an exponential.
    for score in scores.iter_mut() {
        *score = score.exp();
    }
    for scores in scores.chunks_exact(L::N) {
        for lane in 0..L::N {
            sum[lane] += scores[lane];
        }
    }
    for scores in scores.chunks_exact_mut(L::N) {
        for lane in 0..L::N {
            scores[lane] = scores[lane] / sum[lane];
        }
    }
}

#[inline(always)]
fn attend_backward_body<L: Lanes<Elem = T>, T: Real>(
    [queries, keys, values, asked]: [&[T]; 4],
    given: &[T],
    space: &mut [T],
    (here, views, [of_query, of_key, of_value]): Gradients<'_, T>,
) {
    let (length, width, padded) = (here.rows, here.columns, here.rows.next_multiple_of(L::N));
    let (square, vectors) = (length * padded, length * L::N);
    let sizes = [width * padded, square, square, vectors, vectors, width * L::N];
    let [asked_columns, weights, of_scores, lanes, of_lanes, results] = cut(space, sizes);
    let scale = T::ONE / T::from_f64(width as f64).sqrt();
    asked_columns.fill(T::ZERO);
    transpose::<L, T>((asked, width), (asked_columns, padded), (length, width));
    for (to, from) in weights.chunks_exact_mut(padded).zip(given.chunks_exact(length)) {
        to[..length].copy_from_slice(from);
        to[length..].fill(T::ZERO);
    }
    of_scores.fill(T::ZERO);
    lanes.fill(T::ZERO);
    for first in (0..length).step_by(L::N) {
        let rows = L::N.min(length - first);
        transpose::<L, T>((&weights[first * padded..], padded), (lanes, L::N), (rows, length));
        let by_value = Scalars { values, k_step: 1, step: width };
        sum_products::<L, T>(width, &asked_columns[first..], padded, &by_value, of_lanes);
        softmax_backward::<L, T>(lanes, of_lanes, scale);
        let by_key = Scalars { values: keys, k_step: width, step: 1 };
        sum_products::<L, T>(length, of_lanes, L::N, &by_key, results);
        here.store(results, L::N, (first, rows), (views[0], &mut *of_query));
        transpose::<L, T>((of_lanes, L::N), (&mut of_scores[first * padded..], padded), (length, rows));
    }
    for first in (0..length).step_by(L::N) {
        let rows = L::N.min(length - first);
        let by_query = Scalars { values: queries, k_step: width, step: 1 };
        sum_products::<L, T>(length, &of_scores[first..], padded, &by_query, results);
        here.store(results, L::N, (first, rows), (views[1], &mut *of_key));
        let by_asked = Scalars { values: asked, k_step: width, step: 1 };
        sum_products::<L, T>(length, &weights[first..], padded, &by_asked, results);
        here.store(results, L::N, (first, rows), (views[2], &mut *of_value));
    }
}

/// Gradients of scores from those of their softmax, lane by lane, times `scale`.
#[inline(always)]
fn softmax_backward<L: Lanes<Elem = T>, T: Real>(weights: &[T], of_weights: &mut [T], scale: T) {
    let mut mean = [T::ZERO; MOST_LANES];
    for (of_weights, weights) in of_weights.chunks_exact(L::N).zip(weights.chunks_exact(L::N)) {
        for lane in 0..L::N {
            mean[lane] += of_weights[lane] * weights[lane];
        }
    }
    for (of_weights, weights) in of_weights.chunks_exact_mut(L::N).zip(weights.chunks_exact(L::N)) {
        for lane in 0..L::N {
            of_weights[lane] = weights[lane] * (of_weights[lane] - mean[lane]) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, attend, attend_backward, backward_sizes};
    use crate::backend::cpu::real::Real;
    use crate::program::{BufferId, View};

    /// Numbers between -1 and 1.
    fn numbers<T: Real>(count: usize, start: u32) -> Vec<T> {
        let next = |state: &mut u32| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some(T::from_f64(f64::from(*state >> 8) / f64::from(1 << 23) - 1.0))
        };
        std::iter::repeat_with(|| ()).scan(start, |state, ()| next(state)).take(count).collect()
    }

    /// One query's softmax and result, and its row's part in the gradients, as the sums are written.
    struct Plain<T> {
        weights: Vec<T>,
        out: Vec<T>,
        gradients: [Vec<T>; 3],
    }

    fn plain<T: Real>(length: usize, width: usize, [query, key, value, asked]: [&[T]; 4]) -> Plain<T> {
        let scale = T::ONE / T::from_f64(width as f64).sqrt();
        let sum = |terms: &mut dyn Iterator<Item = T>| terms.fold(T::ZERO, |sum, term| sum + term);
        let zeros = || vec![T::ZERO; length * width];
        let mut found = Plain { weights: Vec::new(), out: zeros(), gradients: [zeros(), zeros(), zeros()] };
        for i in 0..length {
            let score = |j: usize| sum(&mut (0..width).map(|c| query[i * width + c] * scale * key[j * width + c]));
            let scores: Vec<T> = (0..length).map(score).collect();
            let top = scores.iter().fold(scores[0], |top, &score| if score > top { score } else { top });
            let powers: Vec<T> = scores.iter().map(|&score| (score - top).exp()).collect();
            let whole = sum(&mut powers.iter().copied());
            let weights: Vec<T> = powers.iter().map(|&power| power / whole).collect();
            let of_weight = |j: usize| sum(&mut (0..width).map(|c| asked[i * width + c] * value[j * width + c]));
            let of_weights: Vec<T> = (0..length).map(of_weight).collect();
            let mean = sum(&mut of_weights.iter().zip(&weights).map(|(&of, &weight)| of * weight));
            for j in 0..length {
                let of_score = weights[j] * (of_weights[j] - mean) * scale;
                for c in 0..width {
                    found.out[i * width + c] += weights[j] * value[j * width + c];
                    found.gradients[0][i * width + c] += of_score * key[j * width + c];
                    found.gradients[1][j * width + c] += of_score * query[i * width + c];
                    found.gradients[2][j * width + c] += weights[j] * asked[i * width + c];
                }
            }
            found.weights.extend(weights);
        }
        found
    }

    fn compare<T: Real + std::fmt::Debug + PartialEq>(length: usize, width: usize) {
        let given: [Vec<T>; 4] = [1, 2, 3, 4].map(|start| numbers(length * width, start));
        let expected = plain(length, width, given.each_ref().map(|given| &given[..]));
        // Each matrix lies among columns of others, which must stay as they are.
        let (stride, first_column) = (width + 5, 2);
        let view = View { buffer: BufferId(0), offset: 0, rows: length, columns: stride, row_stride: stride };
        let place = Place { first_row: 0, rows: length, first_column, columns: width };
        let among = |values: &[T]| {
            let mut wide = vec![T::ONE; length * stride];
            for (to, from) in wide.chunks_exact_mut(stride).zip(values.chunks_exact(width)) {
                to[first_column..first_column + width].copy_from_slice(from);
            }
            wide
        };
        let sources = given.each_ref().map(|given| among(given));
        let [query, key, value, _] = sources.each_ref().map(|source| (view, &source[..]));
        let blank = || vec![T::ONE; length * stride];
        let (mut block, mut weights, mut out) = (Vec::new(), vec![T::ZERO; length * length], blank());
        attend(place, [query, key, value], &mut block, &mut weights, (place, view, &mut out));
        assert_eq!(weights, expected.weights, "weights, {length} x {width}");
        assert_eq!(out, among(&expected.out), "result, {length} x {width}");
        let mut found = [blank(), blank(), blank()];
        let to = found.each_mut().map(|found| &mut found[..]);
        // What the space held before must not matter.
        let mut space = vec![T::from_f64(f64::NAN); backward_sizes(length, width)[4]];
        attend_backward(given.each_ref().map(|given| &given[..]), &weights, &mut space, (place, [view; 3], to));
        for (found, expected) in found.iter().zip(&expected.gradients) {
            assert_eq!(*found, among(expected), "gradients, {length} x {width}");
        }
    }

    /// Bit for bit, with fewer rows than lanes, some beyond, and columns that are no multiple of what is summed abreast.
    #[test]
    fn every_sum_is_taken_in_the_order_in_which_it_is_written() {
        for length in [1, 3, 8, 16, 17, 32, 41] {
            for width in [1, 4, 8, 11, 16] {
                compare::<f32>(length, width);
                compare::<f64>(length, width);
            }
        }
    }
}
