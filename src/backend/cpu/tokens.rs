//! Embeddings and attention.

use super::elementwise::{add_scaled_row, cut};
use super::real::Real;
use super::reduce::row_of;
use super::replica::Replica;
use crate::program::{Heads, TokenOp, View};

impl<T: Real> Replica<T> {
    /// Runs an operation on tokens.
    pub(super) fn token_op(&mut self, op: &TokenOp) {
        match *op {
            TokenOp::Embed { tokens, table, positions, out } => self.with_rows(out, |s, part, (view, data)| {
                let words = s.slice(tokens);
                for row in 0..view.rows {
                    let number = part.first + row;
                    let to = &mut data[cut(view, row, view.columns)];
                    to.copy_from_slice(row_of(table, s.at(table).1, word(words[number], table)));
                    let position = row_of(positions, s.at(positions).1, number % positions.rows);
                    add_scaled_row(T::ONE, position, to);
                }
            }),
            TokenOp::SumTokens { tokens, from, out, scale } => self.with(out, |s, (view, data)| {
                for row in 0..view.rows {
                    data[cut(view, row, view.columns)].fill(T::ZERO);
                }
                let factor = T::from_f64(scale);
                for (number, &token) in s.slice(tokens).iter().enumerate() {
                    let to = &mut data[cut(view, word(token, out), view.columns)];
                    add_scaled_row(factor, row_of(from, s.at(from).1, number), to);
                }
            }),
            TokenOp::OneHot { tokens, out } => self.with(out, |s, (view, data)| {
                let vocabulary = out.columns / tokens.columns;
                for row in 0..view.rows {
                    let to = &mut data[cut(view, row, view.columns)];
                    to.fill(T::ZERO);
                    for (to, &token) in to.chunks_exact_mut(vocabulary).zip(row_of(tokens, s.at(tokens).1, row)) {
                        let place = (Into::<f64>::into(token) as usize).min(vocabulary - 1);
                        to[place] = T::ONE;
                    }
                }
            }),
            TokenOp::Attention { heads, from, probabilities, out } => {
                let mut block = std::mem::take(&mut self.tapes.block);
                let mut weights = self.take(probabilities.buffer);
                self.with(out, |s, (view, data)| {
                    let (length, width) = (heads.length, view.columns / heads.count);
                    let [query, key, value, to] = pieces(&mut block, length * width);
                    for place in 0..view.rows / length * heads.count {
                        let at = Place::new(heads, width, place);
                        at.load(s.at(from[0]), query);
                        at.load_transposed(s.at(from[1]), key);
                        at.load(s.at(from[2]), value);
                        attend(length, query, key, value, &mut weights[of_place(probabilities, place)], to);
                        at.store(to, (view, &mut *data));
                    }
                });
                self.give(probabilities.buffer, weights);
                self.tapes.block = block;
            }
            TokenOp::AttentionBackward { heads, from, probabilities, gradient, to } => {
                let mut block = std::mem::take(&mut self.tapes.block);
                let (length, width) = (heads.length, gradient.columns / heads.count);
                let [query, key, value, of_out, row, of_query, of_key, of_value] = pieces(&mut block, length * width);
                for place in 0..gradient.rows / length * heads.count {
                    let at = Place::new(heads, width, place);
                    at.load(self.at(from[0]), query);
                    at.load(self.at(from[1]), key);
                    at.load_transposed(self.at(from[2]), value);
                    at.load(self.at(gradient), of_out);
                    let weights = &self.at(probabilities).1[of_place(probabilities, place)];
                    let gradients = [&mut *of_query, &mut *of_key, &mut *of_value];
                    attend_backward([&*query, key, value], weights, of_out, &mut row[..length], gradients);
                    for (values, view) in [&*of_query, of_key, of_value].into_iter().zip(to) {
                        let buffer = self.place(view.buffer);
                        at.store(values, (view, &mut self.buffers[buffer]));
                    }
                }
                self.tapes.block = block;
            }
        }
    }
}

/// Pieces of `elements` each, all of which fit into the nearest cache.
fn pieces<T: Real, const N: usize>(block: &mut Vec<T>, elements: usize) -> [&mut [T]; N] {
    if block.len() < N * elements {
        block.resize(N * elements, T::ZERO);
    }
    let mut rest = &mut block[..];
    std::array::from_fn(|_| {
        let (piece, others) = std::mem::take(&mut rest).split_at_mut(elements);
        rest = others;
        piece
    })
}

/// The probabilities of one head of one sequence, length x length.
fn of_place(probabilities: View, place: usize) -> std::ops::Range<usize> {
    let elements = probabilities.columns * probabilities.columns;
    let first = probabilities.offset + place * elements;
    first..first + elements
}

/// A token's row of a table. Batches hold whole numbers below its rows; what somebody else writes there may not.
fn word<T: Real>(token: T, table: View) -> usize {
    (Into::<f64>::into(token) as usize).min(table.rows - 1)
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
    fn new(heads: Heads, width: usize, place: usize) -> Self {
        let (sequence, head) = (place / heads.count, place % heads.count);
        Self { first_row: sequence * heads.length, rows: heads.length, first_column: head * width, columns: width }
    }

    fn row(self, view: View, row: usize) -> std::ops::Range<usize> {
        let from = view.offset + (self.first_row + row) * view.row_stride + self.first_column;
        from..from + self.columns
    }

    fn load<T: Real>(self, from: (View, &[T]), to: &mut [T]) {
        for (row, to) in to.chunks_exact_mut(self.columns).enumerate() {
            to.copy_from_slice(&from.1[self.row(from.0, row)]);
        }
    }

    fn load_transposed<T: Real>(self, from: (View, &[T]), to: &mut [T]) {
        for row in 0..self.rows {
            for (column, &value) in from.1[self.row(from.0, row)].iter().enumerate() {
                to[column * self.rows + row] = value;
            }
        }
    }

    fn store<T: Real>(self, from: &[T], to: (View, &mut [T])) {
        for (row, from) in from.chunks_exact(self.columns).enumerate() {
            to.1[self.row(to.0, row)].copy_from_slice(from);
        }
    }
}

crate::dispatched! {
    fn attend<T: Real>(
        length: usize, query: &[T], key: &[T], value: &[T], weights: &mut [T], out: &mut [T],
    ) = attend_body
}
crate::dispatched! {
    fn attend_backward<T: Real>(
        from: [&[T]; 3], weights: &[T], of_out: &[T], of_weights: &mut [T], to: [&mut [T]; 3],
    ) = attend_backward_body
}

/// `weights = softmax(query key^T / sqrt(width))`, `out = weights value`; `key` is transposed.
#[inline(always)]
fn attend_body<T: Real>(length: usize, query: &[T], key: &[T], value: &[T], weights: &mut [T], out: &mut [T]) {
    let width = query.len() / length;
    let scale = T::ONE / T::from_f64(width as f64).sqrt();
    for row in 0..length {
        let scores = &mut weights[row * length..(row + 1) * length];
        scores.fill(T::ZERO);
        for column in 0..width {
            let factor = query[row * width + column] * scale;
            for (score, &key) in scores.iter_mut().zip(&key[column * length..(column + 1) * length]) {
                *score += factor * key;
            }
        }
        let mut top = scores[0];
        for &score in scores.iter() {
            top = if score > top { score } else { top };
        }
        for score in scores.iter_mut() {
            *score = (*score - top).exp();
        }
        let mut sum = T::ZERO;
        for &score in scores.iter() {
            sum += score;
        }
        for score in scores.iter_mut() {
            *score = *score / sum;
        }
        let out = &mut out[row * width..(row + 1) * width];
        out.fill(T::ZERO);
        for (&weight, value) in scores.iter().zip(value.chunks_exact(width)) {
            for (out, &value) in out.iter_mut().zip(value) {
                *out += weight * value;
            }
        }
    }
}

/// Gradients of query, key and value from that of the result; `value` is transposed, `of_weights` is overwritten.
#[inline(always)]
fn attend_backward_body<T: Real>(
    [query, key, value]: [&[T]; 3],
    weights: &[T],
    of_out: &[T],
    of_weights: &mut [T],
    [of_query, of_key, of_value]: [&mut [T]; 3],
) {
    let length = of_weights.len();
    let width = query.len() / length;
    let scale = T::ONE / T::from_f64(width as f64).sqrt();
    of_key.fill(T::ZERO);
    of_value.fill(T::ZERO);
    for row in 0..length {
        let weights = &weights[row * length..(row + 1) * length];
        let asked = &of_out[row * width..(row + 1) * width];
        let query = &query[row * width..(row + 1) * width];
        let of_query = &mut of_query[row * width..(row + 1) * width];
        of_query.fill(T::ZERO);
        of_weights.fill(T::ZERO);
        for (&asked, value) in asked.iter().zip(value.chunks_exact(length)) {
            for (to, &value) in of_weights.iter_mut().zip(value) {
                *to += asked * value;
            }
        }
        let mut mean = T::ZERO;
        for (&of_weight, &weight) in of_weights.iter().zip(weights) {
            mean += of_weight * weight;
        }
        for (of_weight, &weight) in of_weights.iter_mut().zip(weights) {
            *of_weight = weight * (*of_weight - mean) * scale;
        }
        for (other, (&of_score, &weight)) in of_weights.iter().zip(weights).enumerate() {
            let at = other * width..(other + 1) * width;
            for (to, &key) in of_query.iter_mut().zip(&key[at.clone()]) {
                *to += of_score * key;
            }
            for (to, &query) in of_key[at.clone()].iter_mut().zip(query) {
                *to += of_score * query;
            }
            for (to, &asked) in of_value[at].iter_mut().zip(asked) {
                *to += weight * asked;
            }
        }
    }
}
