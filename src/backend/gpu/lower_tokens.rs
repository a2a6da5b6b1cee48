//! From operations on tokens to dispatches of kernels.

use super::kernel::Plain;
use super::lower::{Dispatch, Lowering};
use super::params;
use crate::program::{Heads, TokenOp, View};

/// Rows of a head that a workgroup of attention has: the edge of its tiles.
const ATTENTION_ROWS: usize = 32;

impl Lowering<'_> {
    /// Operations on tokens.
    pub(super) fn token_op(&mut self, op: &TokenOp, unless_zero: u32) -> Dispatch {
        match *op {
            TokenOp::Embed { tokens, table, positions, out } => {
                let params = params::Embed {
                    tokens: self.view(tokens),
                    table: self.view(table),
                    positions: self.view(positions),
                    to: self.view(out),
                    unless_zero,
                    pad: [0; 3],
                };
                self.over(Plain::Embed, &params, out.len())
            }
            TokenOp::SumTokens { tokens, from, out, scale } => {
                let params = params::SumTokens {
                    tokens: self.view(tokens),
                    x: self.view(from),
                    to: self.view(out),
                    scale: scale as f32,
                    unless_zero,
                    pad: [0; 2],
                };
                self.over(Plain::SumTokens, &params, out.len())
            }
            TokenOp::OneHot { tokens, out } => {
                let (x, to) = (self.view(tokens), self.view(out));
                let params = params::Elementwise { x, y: self.optional(None), to, unless_zero, pad: [0; 3] };
                self.over(Plain::OneHot, &params, out.len())
            }
            TokenOp::Attention { heads, from, probabilities, out } => {
                let params = params::Attention {
                    from: from.map(|view| self.view(view)),
                    probabilities: self.view(probabilities),
                    to: self.view(out),
                    heads: heads.count as u32,
                    length: heads.length as u32,
                    unless_zero,
                    pad: 0,
                };
                let groups = all_heads(heads, out) * heads.length.div_ceil(ATTENTION_ROWS);
                self.plain(Plain::Attention, &params, groups as u32)
            }
            TokenOp::AttentionBackward { heads, from, probabilities, gradient, to } => {
                let params = params::AttentionBackward {
                    from: from.map(|view| self.view(view)),
                    probabilities: self.view(probabilities),
                    gradient: self.view(gradient),
                    to: to.map(|view| self.view(view)),
                    heads: heads.count as u32,
                    length: heads.length as u32,
                    unless_zero,
                    pad: 0,
                };
                self.plain(Plain::AttentionBackward, &params, all_heads(heads, gradient) as u32)
            }
        }
    }
}

/// Heads of all sequences.
fn all_heads(heads: Heads, tokens: View) -> usize {
    tokens.rows / heads.length * heads.count
}
