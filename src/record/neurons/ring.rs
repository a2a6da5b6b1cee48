//! The newest measured steps of all neurons at full rate.

/// A ring of rows, one a measured step.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    capacity: usize,
    columns: usize,
    steps: Vec<u64>,
    /// Row after row.
    values: Vec<f32>,
    /// Place of the oldest row.
    oldest: usize,
    len: usize,
    /// Whether a row has ever been overwritten.
    forgot: bool,
}

impl Ring {
    pub(super) fn new(columns: usize, capacity: usize) -> Self {
        Self { capacity, columns, steps: Vec::new(), values: Vec::new(), oldest: 0, len: 0, forgot: false }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a row, in place of the oldest when full.
    pub(super) fn push(&mut self, step: u64, values: &[f32]) {
        let place = if self.len == self.capacity {
            self.forgot = true;
            let place = self.oldest;
            self.oldest = (self.oldest + 1) % self.capacity;
            place
        } else {
            self.len += 1;
            (self.oldest + self.len - 1) % self.capacity
        };
        if place < self.steps.len() {
            self.steps[place] = step;
            self.values[place * self.columns..(place + 1) * self.columns].copy_from_slice(values);
        } else {
            if self.steps.len() == self.steps.capacity() {
                // Doubles, but never beyond the capacity, as a vector of its own accord would.
                let more = self.steps.len().max(64).min(self.capacity - self.steps.len());
                self.steps.reserve_exact(more);
                self.values.reserve_exact(more * self.columns);
            }
            self.steps.push(step);
            self.values.extend_from_slice(values);
        }
    }

    /// Step of the `age`-th row from the oldest, which must be there.
    pub(super) fn step(&self, age: usize) -> u64 {
        self.steps[(self.oldest + age) % self.capacity]
    }

    /// Values of the `age`-th row from the oldest, which must be there.
    pub(super) fn row(&self, age: usize) -> &[f32] {
        let place = (self.oldest + age) % self.capacity;
        &self.values[place * self.columns..(place + 1) * self.columns]
    }

    /// Whether every row from step `from` on that was ever pushed is still there.
    pub(super) fn reaches(&self, from: u64) -> bool {
        !self.forgot || (self.len > 0 && self.step(0) <= from)
    }

    /// How many rows, from the oldest, come before `step`.
    pub(super) fn rows_before(&self, step: u64) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.step(middle) < step { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Forgets the rows from `step` on.
    pub(super) fn truncate_from(&mut self, step: u64) {
        self.len = self.rows_before(step);
    }

    pub(super) fn bytes(&self) -> usize {
        self.steps.capacity() * size_of::<u64>() + self.values.capacity() * size_of::<f32>()
    }
}
