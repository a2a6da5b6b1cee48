//! Embeddings; attention has a file of its own.

use super::elementwise::{add_scaled_row, cut};
use super::real::Real;
use super::reduce::row_of;
use super::replica::Replica;
use crate::program::{TokenOp, View};

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
            TokenOp::Attention { heads, from, probabilities, out } => self.attention(heads, from, probabilities, out),
            TokenOp::AttentionBackward { heads, from, probabilities, gradient, to } => {
                self.attention_backward(heads, from, probabilities, gradient, to);
            }
        }
    }
}

/// A token's row of a table. Batches hold whole numbers below its rows; what somebody else writes there may not.
fn word<T: Real>(token: T, table: View) -> usize {
    (Into::<f64>::into(token) as usize).min(table.rows - 1)
}
