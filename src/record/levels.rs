//! Curves at falling resolution: bins of equal width in steps, whose width doubles when there are too many.

/// Most bins of one seed.
pub(super) const MAX_BINS: usize = 8192;

/// Bins of one column that lie together in memory.
///
/// A row writes to every column, a drawing reads one. Whole columns one after the other lie a power of two apart and
/// compete for the same cache sets (pushing a value took 100 ns instead of 12), whole rows make drawing slow; blocks
/// serve both.
const BLOCK: usize = 32;

/// Values of one column within one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) sum: f64,
    pub(super) min: f32,
    pub(super) max: f32,
    pub(super) count: u32,
}

impl Cell {
    const EMPTY: Self = Self { sum: 0.0, min: f32::INFINITY, max: f32::NEG_INFINITY, count: 0 };

    /// A bin of one value.
    pub(super) fn of(value: f32) -> Self {
        Self { sum: f64::from(value), min: value, max: value, count: 1 }
    }

    /// Takes in another bin's values.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count = self.count.saturating_add(other.count);
    }

    /// Mean of the values.
    pub(super) fn mean(&self) -> f64 {
        self.sum / f64::from(self.count)
    }
}

/// The bins of one seed that hold a row, by rising index; bin `index` covers the steps from `index * width` on. The width
/// is the owner's, the same for all seeds.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    columns: usize,
    indices: Vec<u32>,
    cells: Vec<Cell>,
}

impl Levels {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, indices: Vec::new(), cells: Vec::new() }
    }

    /// Adds a row to bin `index`, which is the last one so far or a later one below [`MAX_BINS`]. NaN is undefined.
    pub(super) fn push(&mut self, index: u32, values: impl Iterator<Item = f32>) {
        if self.indices.last() != Some(&index) {
            self.append(index);
        }
        let start = self.place(self.indices.len() - 1, 0);
        for (cell, value) in self.cells[start..].iter_mut().step_by(BLOCK).zip(values) {
            if !value.is_nan() {
                cell.absorb(&Cell::of(value));
            }
        }
    }

    /// Doubles the width: bins `2 i` and `2 i + 1` become bin `i`.
    pub(super) fn merge_neighbours(&mut self) {
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
    pub(super) fn between(&self, column: usize, first: u64, last: u64) -> impl Iterator<Item = (u32, &Cell)> {
        let rows = if column < self.columns { self.rows(first, last) } else { 0..0 };
        rows.map(move |row| (self.indices[row], &self.cells[self.place(row, column)]))
            .filter(|(_, cell)| cell.count > 0)
    }

    /// Whether a bin with an index from `first` to `last` holds a row, be its values defined or not.
    pub(super) fn has_row_between(&self, first: u64, last: u64) -> bool {
        !self.rows(first, last).is_empty()
    }

    /// Heap held.
    pub(super) fn bytes(&self) -> usize {
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
            (0, Cell { sum: 3.0, min: -3.0, max: 5.0, count: 3 }),
            (1, Cell { sum: 2.0, min: 2.0, max: 2.0, count: 1 }),
            (2, Cell { sum: 7.0, min: 7.0, max: 7.0, count: 1 }),
        ];
        assert_eq!(column(&levels, 0), expected);
        assert!(column(&levels, 1).is_empty() && column(&levels, 2).is_empty());
        assert!(levels.has_row_between(1, 1) && !levels.has_row_between(3, 9));
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
