//! Means of all neurons over bins of equal width in steps, whose width doubles when there are too many.

use std::ops::Range;

/// Bins of all columns.
#[derive(Clone, Debug)]
pub(super) struct Heat {
    columns: usize,
    max_bins: usize,
    /// Bins are `1 << shift` steps wide.
    shift: u32,
    /// Numbers of the closed bins that hold a row, rising.
    indices: Vec<u32>,
    /// Bin after bin; NaN where no value is defined.
    means: Vec<f32>,
    counts: Vec<u32>,
    /// Number of the bin that rows still come to.
    open: Option<u32>,
    sums: Vec<f64>,
    open_counts: Vec<u32>,
}

impl Heat {
    pub(super) fn new(columns: usize, max_bins: usize) -> Self {
        Self {
            columns,
            max_bins,
            shift: 0,
            indices: Vec::new(),
            means: Vec::new(),
            counts: Vec::new(),
            open: None,
            sums: vec![0.0; columns],
            open_counts: vec![0; columns],
        }
    }

    /// Heap that bins of that many columns take at most.
    pub(super) const fn bytes_of(columns: usize, max_bins: usize) -> usize {
        max_bins * (4 + columns * 8) + columns * 12
    }

    pub(super) fn bytes(&self) -> usize {
        4 * self.indices.capacity()
            + 4 * self.means.capacity()
            + 4 * self.counts.capacity()
            + 8 * self.sums.capacity()
            + 4 * self.open_counts.capacity()
    }

    pub(super) fn shift(&self) -> u32 {
        self.shift
    }

    /// Adds the values of a step that comes after all others.
    pub(super) fn push(&mut self, step: u64, values: &[f32]) {
        while step >> self.shift >= self.max_bins as u64 {
            self.widen();
        }
        // Below the number of bins by the loop above.
        let index = (step >> self.shift) as u32;
        if self.open != Some(index) {
            self.close();
            self.open = Some(index);
        }
        for ((sum, count), &value) in self.sums.iter_mut().zip(&mut self.open_counts).zip(values) {
            let there = !value.is_nan();
            *sum += f64::from(if there { value } else { 0.0 });
            *count += u32::from(there);
        }
    }

    fn close(&mut self) {
        let Some(index) = self.open.take() else { return };
        if self.indices.len() == self.indices.capacity() {
            // Doubles, but never beyond the largest number of bins.
            let more = self.indices.len().max(16).min(self.max_bins - self.indices.len());
            self.indices.reserve_exact(more);
            self.means.reserve_exact(more * self.columns);
            self.counts.reserve_exact(more * self.columns);
        }
        self.indices.push(index);
        self.means.extend(self.sums.iter().zip(&self.open_counts).map(|(&s, &n)| (s / f64::from(n)) as f32));
        self.counts.extend_from_slice(&self.open_counts);
        self.sums.fill(0.0);
        self.open_counts.fill(0);
    }

    /// Doubles the width: bins `2 i` and `2 i + 1` become bin `i`.
    fn widen(&mut self) {
        self.shift += 1;
        if let Some(open) = self.open {
            // The open bin's sums stay as they are unless its left neighbour is closed already.
            match self.indices.last() {
                Some(&last) if last / 2 == open / 2 => self.reopen_into_open(),
                _ => {}
            }
            self.open = Some(open / 2);
        }
        let mut kept = 0;
        for at in 0..self.indices.len() {
            let index = self.indices[at] / 2;
            let joins = kept > 0 && self.indices[kept - 1] == index;
            if !joins {
                self.indices[kept] = index;
                kept += 1;
            }
            let target = (kept - 1) * self.columns;
            for column in 0..self.columns {
                let (mean, count) = (self.means[at * self.columns + column], self.counts[at * self.columns + column]);
                let (to_mean, to_count) = (&mut self.means[target + column], &mut self.counts[target + column]);
                if joins {
                    (*to_mean, *to_count) = joined((*to_mean, *to_count), (mean, count));
                } else {
                    (*to_mean, *to_count) = (mean, count);
                }
            }
        }
        self.indices.truncate(kept);
        self.means.truncate(kept * self.columns);
        self.counts.truncate(kept * self.columns);
    }

    /// Takes the last closed bin back into the open one's sums.
    fn reopen_into_open(&mut self) {
        self.indices.pop();
        let from = self.indices.len() * self.columns;
        for (column, (mean, count)) in self.means.drain(from..).zip(self.counts.drain(from..)).enumerate() {
            if count > 0 {
                self.sums[column] += f64::from(mean) * f64::from(count);
                self.open_counts[column] = self.open_counts[column].saturating_add(count);
            }
        }
    }

    /// Forgets the bins from `step` on. The bin that `step` lies in is forgotten too and its first step returned, so
    /// that the owner can fill it again; `None` where there is no such bin.
    pub(super) fn truncate_from(&mut self, step: u64) -> Option<u64> {
        let index = step >> self.shift;
        let is_cut = |bin: u32| u64::from(bin) == index && !step.is_multiple_of(1 << self.shift);
        let mut cut = None;
        if let Some(open) = self.open.filter(|&open| u64::from(open) >= index) {
            cut = is_cut(open).then_some(open);
            self.open = None;
            self.sums.fill(0.0);
            self.open_counts.fill(0);
        }
        let kept = self.indices.partition_point(|&bin| u64::from(bin) < index);
        cut = cut.or(self.indices.get(kept).copied().filter(|&bin| is_cut(bin)));
        self.indices.truncate(kept);
        self.means.truncate(kept * self.columns);
        self.counts.truncate(kept * self.columns);
        cut.map(|bin| u64::from(bin) << self.shift)
    }

    /// Calls `f` with first step, means and counts of some columns, for every bin from bin `first` to bin `last`.
    pub(super) fn for_each_between(
        &self,
        columns: Range<usize>,
        first: u64,
        last: u64,
        mut f: impl FnMut(u64, &[f32], &[u32]),
    ) {
        let start = self.indices.partition_point(|&bin| u64::from(bin) < first);
        let end = self.indices.partition_point(|&bin| u64::from(bin) <= last);
        for at in start..end.max(start) {
            let cells = at * self.columns + columns.start..at * self.columns + columns.end;
            f(u64::from(self.indices[at]) << self.shift, &self.means[cells.clone()], &self.counts[cells]);
        }
        if let Some(open) = self.open.map(u64::from).filter(|open| (first..=last).contains(open)) {
            let (sums, counts) = (&self.sums[columns.clone()], &self.open_counts[columns]);
            let means: Vec<f32> = sums.iter().zip(counts).map(|(&s, &n)| (s / f64::from(n)) as f32).collect();
            f(open << self.shift, &means, counts);
        }
    }

    /// Numbers of the bins that hold a row.
    pub(super) fn bins(&self) -> impl Iterator<Item = u64> {
        self.indices.iter().copied().chain(self.open).map(u64::from)
    }
}

/// Mean and count of two bins together.
fn joined(a: (f32, u32), b: (f32, u32)) -> (f32, u32) {
    match (a.1, b.1) {
        (_, 0) => a,
        (0, _) => b,
        (m, n) => {
            let (m, n) = (f64::from(m), f64::from(n));
            let mean = (f64::from(a.0) * m + f64::from(b.0) * n) / (m + n);
            (mean as f32, a.1.saturating_add(b.1))
        }
    }
}
