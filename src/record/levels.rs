//! Curves at falling resolution: bins of equal width in steps, whose width doubles when there are too many.

/// Most bins of one seed.
pub(super) const MAX_BINS: usize = 8192;

/// Bins of one column that lie together in memory.
///
/// A row writes to every column, a drawing reads one. Whole columns one after the other lie a power of two apart and
/// compete for the same cache sets (pushing a value took 100 ns instead of 12), whole rows make drawing slow; blocks
/// serve both.
pub(super) const BLOCK: usize = 32;

/// Values of one column within one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) sum: f64,
    pub(super) min: f32,
    pub(super) max: f32,
    pub(super) count: u32,
    /// How many of the values turned back from where the two before them went.
    pub(super) turns: u32,
}

/// A value as it comes, and whether the curve turns with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) value: f32,
    pub(super) turns: bool,
}

impl From<f32> for Sample {
    fn from(value: f32) -> Self {
        Self { value, turns: false }
    }
}

/// The last value of a curve and the last change, by which the next value turns back or goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    value: f32,
    change: f32,
}

impl Course {
    /// Before the first value.
    pub(super) const NEW: Self = Self { value: f32::NAN, change: f32::NAN };

    /// Takes a value in; an undefined one ends the course.
    pub(super) fn next(&mut self, value: f32) -> Sample {
        let change = value - self.value;
        // NaN compares as false: the first two values turn nothing.
        let turns = change * self.change < 0.0;
        *self = Self { value, change };
        Sample { value, turns }
    }
}

impl Cell {
    const EMPTY: Self = Self { sum: 0.0, min: f32::INFINITY, max: f32::NEG_INFINITY, count: 0, turns: 0 };

    /// In place of a coarse bin with gaps: where they lie, only the fine ones tell.
    const MIXED: Self = Self { count: u32::MAX, ..Self::EMPTY };

    fn is_mixed(&self) -> bool {
        self.count == u32::MAX && self.min > self.max
    }

    /// A bin of one value.
    pub(super) fn of(sample: impl Into<Sample>) -> Self {
        let Sample { value, turns } = sample.into();
        Self { sum: f64::from(value), min: value, max: value, count: 1, turns: turns.into() }
    }

    /// Takes in another bin's values.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count = self.count.saturating_add(other.count);
        self.turns = self.turns.saturating_add(other.turns);
    }

    /// Mean of the values.
    pub(super) fn mean(&self) -> f64 {
        self.sum / f64::from(self.count)
    }

    /// Share of the values that turned back.
    pub(super) fn turning(&self) -> f64 {
        f64::from(self.turns) / f64::from(self.count)
    }
}

/// Bins of the finest level that one coarse bin stands for, as a power of two.
pub(super) const COARSE_SHIFT: u32 = 3;

/// Fine bins in a coarse one.
const FINE_IN_COARSE: usize = 1 << COARSE_SHIFT;

/// Most coarse bins of one seed.
pub(super) const MAX_COARSE: usize = MAX_BINS / FINE_IN_COARSE;

/// The bins of one seed that hold a row, by rising index; bin `index` covers the steps from `index * width` on. The width
/// is the owner's, the same for all seeds.
///
/// Eight bins are also held as one coarse bin as soon as a later one has begun: a drawing of the whole run reads an eighth
/// of the memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    fine: Bins,
    coarse: Bins,
}

impl Levels {
    pub(super) fn new(columns: usize) -> Self {
        Self { fine: Bins::new(columns), coarse: Bins::new(columns) }
    }

    /// Adds a row to bin `index`, which is the last one so far or a later one below [`MAX_BINS`]. NaN is undefined.
    pub(super) fn push(&mut self, index: u32, values: impl Iterator<Item = impl Into<Sample>>) {
        let last = self.fine.indices.last().map(|last| last >> COARSE_SHIFT);
        if let Some(ended) = last.filter(|last| *last != index >> COARSE_SHIFT) {
            self.close(ended);
        }
        self.fine.push(index, values);
    }

    /// Sums the fine bins of a coarse one, all of them in place, up.
    fn close(&mut self, coarse: u32) {
        let first = u64::from(coarse) << COARSE_SHIFT;
        let rows = self.fine.rows(first, first + FINE_IN_COARSE as u64 - 1);
        self.coarse.append(coarse);
        let to = self.coarse.indices.len() - 1;
        for column in 0..self.fine.columns {
            let mut sum = Cell::EMPTY;
            let mut filled = 0;
            for row in rows.clone() {
                let cell = &self.fine.cells[self.fine.place(row, column)];
                sum.absorb(cell);
                filled += usize::from(cell.count > 0);
            }
            let place = self.coarse.place(to, column);
            self.coarse.cells[place] = match filled {
                0 | FINE_IN_COARSE => sum,
                _ => Cell::MIXED,
            };
        }
    }

    /// Doubles the width: bins `2 i` and `2 i + 1` become bin `i`.
    pub(super) fn merge_neighbours(&mut self) {
        self.fine.merge_neighbours();
        self.coarse.clear();
        let Some(last) = self.fine.indices.last().map(|last| last >> COARSE_SHIFT) else { return };
        let mut closed: Vec<u32> = self.fine.indices.iter().map(|index| index >> COARSE_SHIFT).collect();
        closed.dedup();
        closed.into_iter().filter(|coarse| *coarse != last).for_each(|coarse| self.close(coarse));
    }

    /// Bins of one column that hold a value, with indices from `first` to `last`, both included.
    #[cfg(test)]
    pub(super) fn between(&self, column: usize, first: u64, last: u64) -> impl Iterator<Item = (u32, &Cell)> {
        self.fine.between(column, first, last)
    }

    /// Calls `f` with first and last index and the values of bins of one column that hold a value, from index `first` to
    /// `last`, both included; coarse bins among them if groups of `1 << shift` bins are wanted and hold whole ones.
    pub(super) fn read(&self, column: usize, first: u64, last: u64, shift: u32, mut f: impl FnMut(u64, u64, &Cell)) {
        let fine = |first: u64, last: u64, f: &mut dyn FnMut(u64, u64, &Cell)| {
            for (index, cell) in self.fine.between(column, first, last) {
                f(u64::from(index), u64::from(index), cell);
            }
        };
        // What is summed up: every bin before the coarse one that the newest bin lies in.
        let summed = self.fine.indices.last().map_or(0, |newest| u64::from(newest >> COARSE_SHIFT));
        let begin = first.div_ceil(FINE_IN_COARSE as u64);
        let end = ((last.saturating_add(1)) >> COARSE_SHIFT).min(summed);
        if shift < COARSE_SHIFT || begin >= end {
            return fine(first, last, &mut f);
        }
        if first < begin << COARSE_SHIFT {
            fine(first, (begin << COARSE_SHIFT) - 1, &mut f);
        }
        for (index, cell) in self.coarse.between(column, begin, end - 1) {
            let first = u64::from(index) << COARSE_SHIFT;
            let last = first + FINE_IN_COARSE as u64 - 1;
            if cell.is_mixed() {
                fine(first, last, &mut f);
            } else {
                f(first, last, cell);
            }
        }
        fine(end << COARSE_SHIFT, last, &mut f);
    }

    /// Whether a bin with an index from `first` to `last` holds a row, be its values defined or not.
    pub(super) fn has_row_between(&self, first: u64, last: u64) -> bool {
        !self.fine.rows(first, last).is_empty()
    }

    /// Heap held.
    pub(super) fn bytes(&self) -> usize {
        self.fine.bytes() + self.coarse.bytes()
    }
}

/// Bins of one width.
#[derive(Clone, Debug, Default)]
struct Bins {
    columns: usize,
    indices: Vec<u32>,
    cells: Vec<Cell>,
}

impl Bins {
    fn new(columns: usize) -> Self {
        Self { columns, indices: Vec::new(), cells: Vec::new() }
    }

    fn clear(&mut self) {
        self.indices.clear();
        self.cells.clear();
    }

    fn push(&mut self, index: u32, values: impl Iterator<Item = impl Into<Sample>>) {
        if self.indices.last() != Some(&index) {
            self.append(index);
        }
        let start = self.place(self.indices.len() - 1, 0);
        for (cell, value) in self.cells[start..].iter_mut().step_by(BLOCK).zip(values) {
            let sample = value.into();
            if !sample.value.is_nan() {
                cell.absorb(&Cell::of(sample));
            }
        }
    }

    /// Doubles the width: bins `2 i` and `2 i + 1` become bin `i`.
    fn merge_neighbours(&mut self) {
        let mut kept = 0;
        for at in 0..self.indices.len() {
            let index = self.indices[at] / 2;
            let joins = kept > 0 && self.indices[kept - 1] == index;
            if !joins {
                self.indices[kept] = index;
                kept += 1;
            }
            for column in 0..self.columns {
                let cell = self.cells[self.place(at, column)];
                let target = self.place(kept - 1, column);
                if joins {
                    self.cells[target].absorb(&cell);
                } else {
                    self.cells[target] = cell;
                }
            }
        }
        self.indices.truncate(kept);
        self.cells.truncate(kept.div_ceil(BLOCK) * BLOCK * self.columns);
    }

    /// Bins of one column that hold a value, with indices from `first` to `last`, both included.
    fn between(&self, column: usize, first: u64, last: u64) -> impl Iterator<Item = (u32, &Cell)> {
        let rows = if column < self.columns { self.rows(first, last) } else { 0..0 };
        rows.map(move |row| (self.indices[row], &self.cells[self.place(row, column)]))
            .filter(|(_, cell)| cell.count > 0)
    }

    /// Heap held.
    fn bytes(&self) -> usize {
        self.indices.capacity() * size_of::<u32>() + self.cells.capacity() * size_of::<Cell>()
    }

    fn append(&mut self, index: u32) {
        let row = self.indices.len();
        self.indices.push(index);
        if row.is_multiple_of(BLOCK) {
            self.cells.resize(self.cells.len() + BLOCK * self.columns, Cell::EMPTY);
        } else {
            // Merging leaves old values behind the last bin of a block.
            let start = self.place(row, 0);
            self.cells[start..].iter_mut().step_by(BLOCK).for_each(|cell| *cell = Cell::EMPTY);
        }
    }

    fn rows(&self, first: u64, last: u64) -> std::ops::Range<usize> {
        let start = self.indices.partition_point(|index| u64::from(*index) < first);
        start..self.indices.partition_point(|index| u64::from(*index) <= last).max(start)
    }

    fn place(&self, row: usize, column: usize) -> usize {
        (row / BLOCK * self.columns + column) * BLOCK + row % BLOCK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(levels: &Levels, column: usize) -> Vec<(u32, Cell)> {
        levels.between(column, 0, u64::MAX).map(|(index, cell)| (index, *cell)).collect()
    }

    #[test]
    fn merging_keeps_extremes_count_and_sum() {
        let mut levels = Levels::new(2);
        for (index, value) in [(0, 1.0), (1, -3.0), (1, 5.0), (2, 2.0), (5, 7.0)] {
            levels.push(index, [value, f32::NAN].into_iter());
        }
        levels.merge_neighbours();
        let expected = [
            (0, Cell { sum: 3.0, min: -3.0, max: 5.0, count: 3, turns: 0 }),
            (1, Cell { sum: 2.0, min: 2.0, max: 2.0, count: 1, turns: 0 }),
            (2, Cell { sum: 7.0, min: 7.0, max: 7.0, count: 1, turns: 0 }),
        ];
        assert_eq!(column(&levels, 0), expected);
        assert!(column(&levels, 1).is_empty() && column(&levels, 2).is_empty());
        assert!(levels.has_row_between(1, 1) && !levels.has_row_between(3, 9));
    }

    #[test]
    fn a_value_turns_where_it_goes_back() {
        let mut course = Course::NEW;
        let turns = [1.0, 2.0, 1.5, 1.5, 1.0, 2.0, f32::NAN, 1.0, 0.0, 3.0].map(|value| course.next(value).turns);
        assert_eq!(turns, [false, false, true, false, false, true, false, false, false, true]);
    }

    #[test]
    fn coarse_bins_tell_what_fine_ones_do() {
        let mut levels = Levels::new(3);
        let add = |levels: &mut Levels, indices: std::ops::Range<u32>| {
            for index in indices {
                // One column is whole, one has a gap, one is filled now and then; bin 77 has no row.
                let gap = if (40..59).contains(&index) { f32::NAN } else { 2.0 };
                let sparse = if index.is_multiple_of(13) { index as f32 } else { f32::NAN };
                if index != 77 {
                    levels.push(index, [index as f32, gap, sparse].into_iter());
                }
            }
        };
        add(&mut levels, 0..301);
        for _ in 0..2 {
            for column in 0..3 {
                for (first, last) in [(0, 400), (3, 290), (8, 63), (9, 14), (50, 58), (296, 300), (0, 0)] {
                    let fine: Vec<(u32, Cell)> =
                        levels.between(column, first, last).map(|(index, cell)| (index, *cell)).collect();
                    let mut reached = 0;
                    levels.read(column, first, last, COARSE_SHIFT, |from, to, cell| {
                        let mut sum = Cell::EMPTY;
                        let begin = reached;
                        while fine.get(reached).is_some_and(|(index, _)| u64::from(*index) <= to) {
                            sum.absorb(&fine[reached].1);
                            reached += 1;
                        }
                        // Whole numbers below 2^53, so sums are exact in any order.
                        assert_eq!((u64::from(fine[begin].0), sum), (from, *cell), "{column} {first} {last}");
                        assert_eq!(u64::from(fine[reached - 1].0), to);
                    });
                    assert_eq!(reached, fine.len());
                }
            }
            levels.merge_neighbours();
            add(&mut levels, 151..301);
        }
        let mut read = 0;
        levels.read(0, 0, 400, COARSE_SHIFT, |_, _, _| read += 1);
        assert!(read < 60, "{read} of 300 bins");
    }

    #[test]
    fn bins_after_a_merge_start_empty() {
        // Merging leaves half of the bins, and a block that is begun.
        let (all, half) = (2 * BLOCK as u32 + 4, BLOCK as u32 + 2);
        let mut levels = Levels::new(2);
        for index in 0..all {
            levels.push(index, [1.0, index as f32].into_iter());
        }
        levels.merge_neighbours();
        for index in half..all {
            levels.push(index, [2.0, index as f32].into_iter());
        }
        let ones = column(&levels, 0);
        assert_eq!(ones.len(), all as usize);
        let expected = |index| if index < half { (1.0, 2) } else { (2.0, 1) };
        assert!(ones.iter().all(|(index, cell)| (cell.min, cell.count) == expected(*index)));
        let own = column(&levels, 1);
        let sum = |index| f64::from(if index < half { 4 * index + 1 } else { index });
        assert!(own.iter().all(|(index, cell)| cell.sum == sum(*index)));
    }
}
