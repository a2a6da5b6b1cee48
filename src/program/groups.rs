//! Operations on groups of rows, such as the tokens of a sequence or the pixels of an image, and on rows as a whole.

use super::access::Accesses;
use super::view::View;

/// An operation on rows.
#[derive(Clone, Debug, PartialEq)]
pub enum RowOp {
    /// The mean of every group of as many rows as there are more of them in `from` than in `to`.
    MeanOfGroups {
        /// (groups x size) x columns.
        from: View,
        /// groups x columns.
        to: View,
    },
    /// `to (+)= ` the group's row, for every row of a group.
    Spread {
        /// groups x columns.
        from: View,
        /// (groups x size) x columns.
        to: View,
        /// Whether it is added to `to`.
        accumulate: bool,
    },
    /// `out = (x - mean) / deviation` by rows, with deviation = sqrt(variance + epsilon), the variance biased.
    Standardize {
        /// rows x columns.
        x: View,
        /// rows x columns.
        out: View,
        /// 1 x rows.
        deviations: View,
        /// epsilon.
        epsilon: f64,
    },
    /// `gradient = (gradient - mean gradient - z mean(gradient z)) / deviation` by rows, with z = what
    /// [`RowOp::Standardize`] has left.
    StandardizeBackward {
        /// z, rows x columns.
        z: View,
        /// 1 x rows.
        deviations: View,
        /// In place.
        gradient: View,
    },
}

impl RowOp {
    /// What it reads and writes.
    #[must_use]
    pub fn accesses(&self) -> Accesses {
        match self {
            Self::MeanOfGroups { from, to } => Accesses::of_result(vec![*from], *to, false),
            Self::Spread { from, to, accumulate } => Accesses::of_result(vec![*from], *to, *accumulate),
            Self::Standardize { x, out, deviations, .. } => {
                Accesses { reads: vec![*x], writes: vec![*out, *deviations], ..Accesses::default() }
            }
            Self::StandardizeBackward { z, deviations, gradient } => {
                Accesses::of_result(vec![*z, *deviations], *gradient, true)
            }
        }
    }
}
