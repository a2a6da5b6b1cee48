//! The newest rows of one seed at full rate, in a ring.

/// Rings of the newest values of every column, and of their steps. NaN stands for undefined.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    capacity: usize,
    columns: usize,
    steps: Vec<u64>,
    /// Row after row.
    values: Vec<f32>,
    /// Where the next row goes once the ring is full: the place of the oldest.
    next: usize,
}

impl Recent {
    /// An empty ring; it grows as rows come, up to `capacity`.
    pub(super) fn new(columns: usize, capacity: usize) -> Self {
        Self { capacity: capacity.max(1), columns, steps: Vec::new(), values: Vec::new(), next: 0 }
    }

    /// Adds a row, in place of the oldest when full. Missing values are undefined, surplus ones are ignored.
    pub(super) fn push(&mut self, step: u64, values: &[Option<f32>]) {
        let defined = values.iter().map(|value| finite(*value)).chain(std::iter::repeat(f32::NAN)).take(self.columns);
        if self.steps.len() < self.capacity {
            self.make_room();
            self.steps.push(step);
            self.values.extend(defined);
        } else {
            let at = self.next;
            self.steps[at] = step;
            self.values[at * self.columns..].iter_mut().zip(defined).for_each(|(place, value)| *place = value);
            self.next = if at + 1 == self.capacity { 0 } else { at + 1 };
        }
    }

    /// Values of a row.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Rows held.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether older rows have been overwritten, or soon will be.
    pub(super) fn is_full(&self) -> bool {
        self.steps.len() == self.capacity
    }

    /// Step of the `age`-th row from the oldest.
    pub(super) fn step(&self, age: usize) -> Option<u64> {
        self.place(age).map(|at| self.steps[at])
    }

    /// Value of the `age`-th row from the oldest; NaN where undefined or not there.
    pub(super) fn value(&self, column: usize, age: usize) -> f32 {
        match self.place(age) {
            Some(at) if column < self.columns => self.values[at * self.columns + column],
            _ => f32::NAN,
        }
    }

    /// How many rows, from the oldest, come before `step`.
    pub(super) fn rows_before(&self, step: u64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.step(middle) {
                Some(found) if found < step => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// Heap held.
    pub(super) fn bytes(&self) -> usize {
        self.steps.capacity() * size_of::<u64>() + self.values.capacity() * size_of::<f32>()
    }

    /// Doubles the room, but never beyond the ring's capacity, as a vector of its own accord would.
    fn make_room(&mut self) {
        let held = self.steps.len();
        if held == self.steps.capacity() {
            let more = held.max(64).min(self.capacity - held);
            self.steps.reserve_exact(more);
            self.values.reserve_exact(more * self.columns);
        }
    }

    fn place(&self, age: usize) -> Option<usize> {
        if age >= self.len() {
            return None;
        }
        let at = self.next + age;
        Some(if at >= self.len() { at - self.len() } else { at })
    }
}

/// NaN where undefined; infinities count as undefined too, as they would spoil every mean and axis.
pub(super) fn finite(value: Option<f32>) -> f32 {
    match value {
        Some(value) if value.is_finite() => value,
        _ => f32::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_in_order() {
        let mut recent = Recent::new(1, 3);
        for step in 0..5 {
            recent.push(step * 10, &[Some(step as f32)]);
        }
        assert_eq!(recent.len(), 3);
        assert_eq!((0..3).map(|age| recent.step(age)).collect::<Vec<_>>(), [Some(20), Some(30), Some(40)]);
        assert_eq!((0..3).map(|age| recent.value(0, age)).collect::<Vec<_>>(), [2.0, 3.0, 4.0]);
        assert_eq!(recent.step(3), None);
        assert_eq!([19, 20, 21, 40, 41].map(|step| recent.rows_before(step)), [0, 0, 1, 2, 3]);
    }

    #[test]
    fn undefined_and_infinite_and_missing_are_nan() {
        let mut recent = Recent::new(4, 3);
        recent.push(0, &[None, Some(f32::INFINITY), Some(1.5)]);
        let row: Vec<bool> = (0..4).map(|column| recent.value(column, 0).is_nan()).collect();
        assert_eq!(row, [true, true, false, true]);
    }
}
