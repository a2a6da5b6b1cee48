//! Hebbian and anti-Hebbian phases of single neurons, counted as the run goes on.

/// Bins of a histogram of dwell times: bin i holds those from 2^i to 2^(i+1) - 1 steps, the last one all longer ones.
pub(super) const DWELL_BINS: usize = 32;

/// How long phases of one sign last. Times are in steps, from the first measured step of a phase to that of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dwell {
    /// Phases that have ended.
    pub count: u64,
    /// Steps of all of them.
    pub total: u64,
    /// Steps of the longest one.
    pub max: u64,
    /// Phases of 2^i to 2^(i+1) - 1 steps; the last bin holds all longer ones.
    pub histogram: [u32; DWELL_BINS],
}

impl Dwell {
    const NONE: Self = Self { count: 0, total: 0, max: 0, histogram: [0; DWELL_BINS] };

    /// Mean length in steps; `None` before a phase has ended.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.total as f64 / self.count as f64)
    }

    fn add(&mut self, steps: u64) {
        self.count += 1;
        self.total += steps;
        self.max = self.max.max(steps);
        let bin = (steps.max(1).ilog2() as usize).min(DWELL_BINS - 1);
        self.histogram[bin] = self.histogram[bin].saturating_add(1);
    }
}

/// A phase that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Whether the cosine is positive.
    pub hebbian: bool,
    /// Its first measured step.
    pub since: u64,
}

/// What has been counted of one neuron and reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NeuronStatistics {
    /// First step that counts: that of the run, or a later one after a rewind (see
    /// [`super::NeuronStore::truncate_from`]).
    pub first_step: u64,
    /// Measured steps at which the cosine is defined.
    pub defined: u64,
    /// Mean of the cosine; `None` where it was never defined.
    pub mean: Option<f64>,
    /// Share of the defined steps with a positive cosine.
    pub hebbian_fraction: Option<f64>,
    /// Changes of sign; steps at which the cosine is zero or undefined are passed over.
    pub flips: u64,
    /// Hebbian phases that have ended.
    pub hebbian: Dwell,
    /// Anti-Hebbian phases that have ended.
    pub anti_hebbian: Dwell,
    /// The phase that goes on; it does not count among the dwell times yet.
    pub open: Option<Phase>,
}

/// Counters of all columns.
#[derive(Clone, Debug)]
pub(super) struct Phases {
    first_step: Option<u64>,
    /// Sums since the last carry: whole columns side by side, so that a row is a few vector instructions.
    sums: Vec<f64>,
    defined: Vec<u32>,
    positive: Vec<u32>,
    /// Rows since the last carry; the 32-bit counters are emptied before they overflow.
    rows: u32,
    carried_defined: Vec<u64>,
    carried_positive: Vec<u64>,
    /// -1, 1, or 0 before the first sign.
    signs: Vec<i8>,
    since: Vec<u64>,
    dwells: Vec<[Dwell; 2]>,
}

impl Phases {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            first_step: None,
            sums: vec![0.0; columns],
            defined: vec![0; columns],
            positive: vec![0; columns],
            rows: 0,
            carried_defined: vec![0; columns],
            carried_positive: vec![0; columns],
            signs: vec![0; columns],
            since: vec![0; columns],
            dwells: vec![[Dwell::NONE; 2]; columns],
        }
    }

    /// Heap of the counters of that many columns.
    pub(super) const fn bytes_of(columns: usize) -> usize {
        columns * (8 + 4 + 4 + 8 + 8 + 1 + 8 + size_of::<[Dwell; 2]>())
    }

    /// Adds the cosines of one step, NaN where undefined.
    pub(super) fn push(&mut self, step: u64, values: &[f32]) {
        self.first_step.get_or_insert(step);
        for ((sum, defined), (positive, &value)) in
            self.sums.iter_mut().zip(&mut self.defined).zip(self.positive.iter_mut().zip(values))
        {
            let there = !value.is_nan();
            *sum += f64::from(if there { value } else { 0.0 });
            *defined += u32::from(there);
            *positive += u32::from(value > 0.0);
        }
        self.rows += 1;
        if self.rows == u32::MAX {
            self.carry();
        }
        for (column, (&value, &last)) in values.iter().zip(&self.signs).enumerate() {
            let sign = i8::from(value > 0.0) - i8::from(value < 0.0);
            // A neuron keeps its sign at most steps; only a change leaves this loop's straight line.
            if sign != last && sign != 0 {
                let since = std::mem::replace(&mut self.since[column], step);
                if last != 0 {
                    self.dwells[column][usize::from(last < 0)].add(step - since);
                }
            }
        }
        for (last, &value) in self.signs.iter_mut().zip(values) {
            let sign = i8::from(value > 0.0) - i8::from(value < 0.0);
            *last = if sign == 0 { *last } else { sign };
        }
    }

    fn carry(&mut self) {
        self.rows = 0;
        for (carried, counts) in
            [(&mut self.carried_defined, &mut self.defined), (&mut self.carried_positive, &mut self.positive)]
        {
            for (carried, count) in carried.iter_mut().zip(counts) {
                *carried += u64::from(std::mem::take(count));
            }
        }
    }

    pub(super) fn statistics(&self, column: usize) -> Option<NeuronStatistics> {
        let [hebbian, anti_hebbian] = *self.dwells.get(column)?;
        let defined = self.carried_defined[column] + u64::from(self.defined[column]);
        let positive = self.carried_positive[column] + u64::from(self.positive[column]);
        let share = |x: f64| (defined > 0).then(|| x / defined as f64);
        let sign = self.signs[column];
        Some(NeuronStatistics {
            first_step: self.first_step.unwrap_or(0),
            defined,
            mean: share(self.sums[column]),
            hebbian_fraction: share(positive as f64),
            // Every phase that has ended has ended with a change of sign.
            flips: hebbian.count + anti_hebbian.count,
            hebbian,
            anti_hebbian,
            open: (sign != 0).then(|| Phase { hebbian: sign > 0, since: self.since[column] }),
        })
    }
}
