//! Operations on sequences of tokens: a row for each position, sequence by sequence.

use super::access::Accesses;
use super::view::View;

/// The heads of an attention over sequences (Vaswani et al. 2017, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Heads: blocks of neighbouring columns.
    pub count: usize,
    /// Positions of a sequence.
    pub length: usize,
}

/// An operation on tokens.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenOp {
    /// `out` = the token's row of `table` + the position's row of `positions`.
    Embed {
        /// sequences x length: whole numbers below the rows of `table`.
        tokens: View,
        /// vocabulary x width.
        table: View,
        /// length x width.
        positions: View,
        /// (sequences x length) x width.
        out: View,
    },
    /// `out[v, :] = scale` times the sum of the rows where token v is.
    SumTokens {
        /// sequences x length.
        tokens: View,
        /// (sequences x length) x width.
        from: View,
        /// vocabulary x width.
        out: View,
        /// Factor.
        scale: f64,
    },
    /// `out[s, t vocabulary + v]` = 1 where token v is at position t, else 0.
    OneHot {
        /// sequences x length.
        tokens: View,
        /// sequences x (length x vocabulary).
        out: View,
    },
    /// Head by head, `probabilities = softmax(query key^T / sqrt(width of a head))` by rows, `out = probabilities value`.
    Attention {
        /// Heads.
        heads: Heads,
        /// (sequences x length) x width: query, key, value.
        from: [View; 3],
        /// (sequences x heads x length) x length.
        probabilities: View,
        /// (sequences x length) x width.
        out: View,
    },
    /// Gradients of query, key and value from that of [`TokenOp::Attention`]'s `out`.
    ///
    /// They may lie beside query, key and value in the same buffers.
    AttentionBackward {
        /// Heads.
        heads: Heads,
        /// (sequences x length) x width: query, key, value.
        from: [View; 3],
        /// What [`TokenOp::Attention`] has left.
        probabilities: View,
        /// Gradient of its result.
        gradient: View,
        /// Gradients of query, key, value.
        to: [View; 3],
    },
}

impl TokenOp {
    /// What it reads and writes.
    #[must_use]
    pub fn accesses(&self) -> Accesses {
        let (reads, writes) = match self {
            Self::Embed { tokens, table, positions, out } => (vec![*tokens, *table, *positions], vec![*out]),
            Self::SumTokens { tokens, from, out, .. } => (vec![*tokens, *from], vec![*out]),
            Self::OneHot { tokens, out } => (vec![*tokens], vec![*out]),
            Self::Attention { from, probabilities, out, .. } => (from.to_vec(), vec![*probabilities, *out]),
            Self::AttentionBackward { from, probabilities, gradient, to, .. } => {
                let reads = from.iter().chain([probabilities, gradient]).copied();
                (reads.collect(), to.to_vec())
            }
        };
        Accesses { reads, writes, ..Accesses::default() }
    }
}
