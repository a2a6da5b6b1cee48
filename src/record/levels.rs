//! One curve at falling resolution: bins of equal width in steps, whose width doubles when there are too many.

/// Most bins of one curve.
pub(super) const MAX_BINS: usize = 8192;

/// Values of one curve within one bin; bin `index` covers the steps from `index * width` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) sum: f64,
    pub(super) min: f32,
    pub(super) max: f32,
    pub(super) count: u32,
    pub(super) index: u32,
}

impl Cell {
    /// A bin of one value.
    pub(super) fn of(index: u32, value: f32) -> Self {
        Self { sum: f64::from(value), min: value, max: value, count: 1, index }
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

/// The bins of one curve that hold a value, by rising index. The width is the owner's, the same for all its curves.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    cells: Vec<Cell>,
}

impl Levels {
    /// Adds a value to bin `index`, which is the last one so far or a later one below [`MAX_BINS`].
    pub(super) fn push(&mut self, index: u32, value: f32) {
        match self.cells.last_mut() {
            Some(last) if last.index == index => last.absorb(&Cell::of(index, value)),
            _ => self.cells.push(Cell::of(index, value)),
        }
    }

    /// Doubles the width: bins `2 i` and `2 i + 1` become bin `i`.
    pub(super) fn merge_neighbours(&mut self) {
        let mut kept = 0;
        for at in 0..self.cells.len() {
            let cell = Cell { index: self.cells[at].index / 2, ..self.cells[at] };
            if kept > 0 && self.cells[kept - 1].index == cell.index {
                self.cells[kept - 1].absorb(&cell);
            } else {
                self.cells[kept] = cell;
                kept += 1;
            }
        }
        self.cells.truncate(kept);
    }

    /// Bins with indices from `first` to `last`, both included.
    pub(super) fn between(&self, first: u64, last: u64) -> &[Cell] {
        let start = self.cells.partition_point(|cell| u64::from(cell.index) < first);
        let end = self.cells.partition_point(|cell| u64::from(cell.index) <= last);
        self.cells.get(start..end).unwrap_or_default()
    }

    /// Heap held.
    pub(super) fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_extremes_count_and_sum() {
        let mut levels = Levels::default();
        for (index, value) in [(0, 1.0), (1, -3.0), (1, 5.0), (2, 2.0), (5, 7.0)] {
            levels.push(index, value);
        }
        levels.merge_neighbours();
        let expected = [
            Cell { sum: 3.0, min: -3.0, max: 5.0, count: 3, index: 0 },
            Cell { sum: 2.0, min: 2.0, max: 2.0, count: 1, index: 1 },
            Cell { sum: 7.0, min: 7.0, max: 7.0, count: 1, index: 2 },
        ];
        assert_eq!(levels.between(0, 9), expected);
        assert_eq!(levels.between(1, 1), &expected[1..2]);
        assert!(levels.between(3, 9).is_empty());
    }
}
