//! From operations on groups of rows to dispatches of kernels.

use super::kernel::Plain;
use super::lower::{Dispatch, Lowering};
use super::params;
use super::reduction::Segments;
use crate::program::RowOp;

impl Lowering<'_> {
    /// Operations on groups of rows, and on rows as a whole.
    pub(super) fn row_op(&mut self, op: &RowOp, unless_zero: u32) -> Dispatch {
        match *op {
            RowOp::MeanOfGroups { from, to } => {
                let (x, of_mean) = (self.view(from), self.view(to));
                let params = params::Elementwise { x, y: self.optional(None), to: of_mean, unless_zero, pad: [0; 3] };
                self.over(Plain::MeanOfGroups, &params, to.len())
            }
            RowOp::Spread { from, to, accumulate } => {
                let params = params::Spread {
                    x: self.view(from),
                    to: self.view(to),
                    accumulate: u32::from(accumulate),
                    unless_zero,
                    pad: [0; 2],
                };
                self.over(Plain::Spread, &params, to.len())
            }
            RowOp::Standardize { x, out, deviations, epsilon } => {
                let segments = Segments::of(x.columns);
                let params = params::Standardize {
                    x: self.view(x),
                    to: self.view(out),
                    deviations: self.view(deviations),
                    epsilon: epsilon as f32,
                    unless_zero,
                    lanes: segments.lanes,
                    pad: 0,
                };
                self.plain(Plain::Standardize, &params, segments.groups(x.rows))
            }
            RowOp::StandardizeBackward { z, deviations, gradient } => {
                let segments = Segments::of(z.columns);
                let params = params::StandardizeBackward {
                    z: self.view(z),
                    deviations: self.view(deviations),
                    to: self.view(gradient),
                    unless_zero,
                    lanes: segments.lanes,
                    pad: [0; 2],
                };
                self.plain(Plain::StandardizeBackward, &params, segments.groups(z.rows))
            }
        }
    }
}
