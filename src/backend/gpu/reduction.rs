//! Sums over whole matrices: by parts of fixed sizes, one a workgroup, and then over the parts.
//!
//! Neither the size of a part nor the order of the parts depends on the device or on the replicas, so that no bit does.

use bytemuck::Pod;

use super::kernel::Plain;
use super::lower::{Dispatch, Lowering};
use super::params::{self, GpuSums, GpuView, Keep};
use crate::program::View;

/// Elements that a workgroup sums: 64 for each of its invocations.
const ELEMENTS_OF_A_PART: usize = 1 << 14;

/// Rows whose column means a workgroup takes: an invocation has a column, and goes down one row after another.
const ROWS_OF_A_PART: usize = 256;

/// How rows are shared out where each is summed by itself: to segments of a workgroup.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segments {
    /// Invocations of a row.
    pub(super) lanes: u32,
}

impl Segments {
    /// For rows of so many elements: four an invocation, but no fewer invocations than make whole pieces of memory.
    pub(super) fn of(elements: usize) -> Self {
        Self { lanes: elements.div_ceil(4).next_power_of_two().clamp(8, 256) as u32 }
    }

    /// Workgroups for so many rows.
    pub(super) fn groups(self, rows: usize) -> u32 {
        (rows as u32).div_ceil(256 / self.lanes)
    }
}

/// Sums over the items of a matrix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reduction {
    /// A kernel on top of `sums.wgsl`.
    pub(super) kernel: Plain,
    /// Elements or rows.
    pub(super) items: usize,
    /// Items of a workgroup.
    pub(super) part: usize,
    /// How many sums there are, SUMS of the kernel.
    pub(super) sums: usize,
    /// What becomes of them.
    pub(super) keep: Keep,
    /// Where.
    pub(super) to: u32,
    /// The hyper-parameter that the operation hangs on.
    pub(super) unless_zero: u32,
}

impl Reduction {
    /// Sums over elements, which become metrics.
    pub(super) fn of_elements(kernel: Plain, matrix: View, sums: usize, metric: usize, unless_zero: u32) -> Self {
        let (items, to) = (matrix.len(), metric as u32);
        Self { kernel, items, part: ELEMENTS_OF_A_PART, sums, keep: Keep::Metric, to, unless_zero }
    }

    /// Sums over rows, each an invocation's, which become metrics.
    pub(super) fn of_rows(kernel: Plain, matrix: View, sums: usize, metric: usize, unless_zero: u32) -> Self {
        // Of narrow rows as many as make as much work, but no fewer than there are invocations.
        let part = (ELEMENTS_OF_A_PART / matrix.columns.max(1) / 256).max(1) * 256;
        let (items, to) = (matrix.rows, metric as u32);
        Self { kernel, items, part, sums, keep: Keep::Metric, to, unless_zero }
    }
}

impl Lowering<'_> {
    /// Sums by parts; `params` are the parameters of the kernel with those of its sums.
    pub(super) fn sums<P: Pod>(&mut self, of: &Reduction, params: impl FnOnce(GpuSums) -> P) -> Vec<Dispatch> {
        let parts = of.items.div_ceil(of.part).max(1);
        let part = of.part as u32;
        if parts == 1 {
            return vec![self.plain(of.kernel, &params([part, of.keep as u32, of.to, 1]), 1)];
        }
        let x = self.parts(parts, 2 * of.sums);
        let each = self.plain(of.kernel, &params([part, Keep::Row as u32, x[0], parts as u32]), parts as u32);
        let (keep, to, unless_zero) = (of.keep, of.to, of.unless_zero);
        vec![each, self.add_rows(x, of.sums, 2, keep, to, unless_zero)]
    }

    /// Sums of the first `columns` columns of x, whose rows have exponents of such a kind (see `row_totals.wgsl`).
    pub(super) fn add_rows(
        &mut self,
        x: GpuView,
        columns: usize,
        kind: u32,
        keep: Keep,
        to: u32,
        unless_zero: u32,
    ) -> Dispatch {
        let segments = Segments::of(x[1] as usize);
        let params =
            params::RowTotals { x, kind, keep: keep as u32, to, unless_zero, lanes: segments.lanes, pad: [0; 3] };
        self.plain(Plain::RowTotals, &params, segments.groups(columns))
    }

    /// Mean over rows of x (0), of x y (1), or of the squared difference of x from the row y (2).
    pub(super) fn column_mean(
        &mut self,
        x: View,
        y: Option<View>,
        out: View,
        kind: u32,
        unless_zero: u32,
    ) -> Vec<Dispatch> {
        let parts = x.rows.div_ceil(ROWS_OF_A_PART).max(1);
        let groups = x.columns.div_ceil(64);
        let (rows_of_a_part, divisor) = (ROWS_OF_A_PART as u32, x.rows as f32);
        let (x, y, out) = (self.view(x), self.optional(y), self.view(out));
        let mean = params::ColumnMean { x, y, out, kind, unless_zero, rows_of_a_part, divisor };
        if parts == 1 {
            return vec![self.plain(Plain::ColumnMean, &mean, groups as u32)];
        }
        let between = self.parts(parts, x[2] as usize);
        let each = params::ColumnMean { out: between, divisor: 1.0, ..mean };
        let y = self.optional(None);
        let all = params::ColumnMean { x: between, y, kind: 0, rows_of_a_part: parts as u32, ..mean };
        vec![
            self.plain(Plain::ColumnMean, &each, (groups * parts) as u32),
            self.plain(Plain::ColumnMean, &all, groups as u32),
        ]
    }

    /// Room for a row of `columns` numbers of each part, behind a replica's buffers. Only one operation at a time uses it.
    pub(super) fn parts(&mut self, parts: usize, columns: usize) -> GpuView {
        self.lowered.parts = self.lowered.parts.max(parts * columns);
        [self.arena.parts().start as u32, parts as u32, columns as u32, columns as u32]
    }
}
