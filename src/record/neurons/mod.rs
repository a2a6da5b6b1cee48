//! What single neurons do: cosines of the rows of W's learning signal and full update with those of its Hebbian update,
//! in bounded memory (Figures 19 and 20).

mod forces;
mod heat;
mod phases;
mod ring;
mod spectrum;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

use forces::ForceWindow;
use heat::Heat;
use phases::Phases;
pub use phases::{Dwell, NeuronStatistics, Phase};
use ring::Ring;

/// Most steps held at full rate, and most bytes that they may take: with wider networks there are fewer.
const RECENT_STEPS: usize = 4096;
const RECENT_BYTES: usize = 48 << 20;
/// Most bins of the heat map, and most bytes that they may take.
const HEAT_BINS: usize = 1024;
const HEAT_BYTES: usize = 48 << 20;
/// Most earlier states of the counters, from which they are made anew after a rewind, and most bytes that they may take.
const MARKS: usize = 4;
const MARK_BYTES: usize = 16 << 20;
/// Fewest values of a spectrum.
const SPECTRUM_STEPS: usize = 16;

/// Which update of a neuron's weights is compared with its Hebbian update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NeuronReading {
    /// The learning signal.
    Signal,
    /// The full update.
    Full,
}

/// One measured step of all neurons, layer after layer in the order of [`NeuronStore::layers`].
#[derive(Clone, Copy, Debug)]
pub struct NeuronRows<'a> {
    /// Cosine of each row of the learning signal with that of H; NaN where undefined.
    pub signal: &'a [f32],
    /// The same of the full update.
    pub full: &'a [f32],
    /// 2<w,u_signal>, 2<w,u_decay>, 2<w,eps> and |u + eps|^2 of each row w of W, where they are measured.
    pub forces: Option<&'a [[f32; 4]]>,
}

/// Mean cosines of one layer's neurons over bins of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// First step of the first bin.
    pub first_step: u64,
    /// Steps of a bin; a power of two.
    pub bin_width: u64,
    /// Bins.
    pub bins: usize,
    /// Neurons.
    pub neurons: usize,
    /// neurons x bins, row-major; NaN where nothing was measured or no cosine is defined.
    pub values: Vec<f32>,
}

/// Cosines of single neurons of one seed.
///
/// Held are the newest steps at full rate, means over at most 1,024 bins of equal width however long the run, and
/// counters of signs and their changes; at most [`NeuronStore::max_bytes`] in all. Steps are those that are measured.
#[derive(Clone, Debug)]
pub struct NeuronStore {
    /// Layer, counted from 1, and its neurons.
    layers: Vec<(usize, usize)>,
    seed: u64,
    window: u64,
    neurons: usize,
    ring: Ring,
    heat: Heat,
    phases: Phases,
    /// Counters as they were before the row of a step, oldest first.
    marks: VecDeque<(u64, Phases)>,
    max_marks: usize,
    rows_since_mark: usize,
    forces: ForceWindow,
    last_step: Option<u64>,
    /// The row that is being added: signal, then full.
    row: Vec<f32>,
}

/// Sizes that follow from the number of columns, two a neuron.
struct Sizes {
    recent: usize,
    bins: usize,
    marks: usize,
}

impl Sizes {
    const fn of(columns: usize) -> Self {
        let columns = if columns == 0 { 1 } else { columns };
        Self {
            recent: clamp(RECENT_BYTES / (columns * size_of::<f32>() + size_of::<u64>()), 1, RECENT_STEPS),
            bins: clamp(HEAT_BYTES / (columns * 8 + 4), 2, HEAT_BINS),
            marks: clamp(MARK_BYTES / Phases::bytes_of(columns), 0, MARKS),
        }
    }
}

const fn clamp(value: usize, low: usize, high: usize) -> usize {
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

/// Means of some columns over bins of equal width.
struct Grid {
    first_step: u64,
    width: u64,
    bins: usize,
    /// columns x bins.
    values: Vec<f32>,
}

impl NeuronStore {
    /// An empty store for layers given as (layer counted from 1, neurons) of the replica with that seed; `window` is the
    /// number of steps over which the force balance is averaged.
    #[must_use]
    pub fn new(layers: &[(usize, usize)], seed: u64, window: u64) -> Self {
        let neurons: usize = layers.iter().map(|(_, neurons)| neurons).sum();
        let columns = 2 * neurons;
        let sizes = Sizes::of(columns);
        Self {
            layers: layers.to_vec(),
            seed,
            window,
            neurons,
            ring: Ring::new(columns, sizes.recent),
            heat: Heat::new(columns, sizes.bins),
            phases: Phases::new(columns),
            marks: VecDeque::new(),
            max_marks: sizes.marks,
            rows_since_mark: 0,
            forces: ForceWindow::new(neurons, window),
            last_step: None,
            row: vec![0.0; columns],
        }
    }

    /// Heap that a store of that many neurons can hold at most, in bytes; never much above 112 MB, and 17 MB for the 288
    /// neurons of the standard regression experiment.
    #[must_use]
    pub const fn max_bytes(neurons: usize) -> usize {
        let columns = 2 * neurons;
        let sizes = Sizes::of(columns);
        sizes.recent * (columns * size_of::<f32>() + size_of::<u64>())
            + Heat::bytes_of(columns, sizes.bins)
            + (1 + sizes.marks) * Phases::bytes_of(columns)
            + MARKS * size_of::<(u64, Phases)>() * 2
            + ForceWindow::bytes_of(neurons)
            + columns * size_of::<f32>()
            + 64 * size_of::<(usize, usize)>()
    }

    /// Heap held, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let columns = 2 * self.neurons;
        self.ring.bytes()
            + self.heat.bytes()
            + (1 + self.marks.len()) * Phases::bytes_of(columns)
            + self.marks.capacity() * size_of::<(u64, Phases)>()
            + ForceWindow::bytes_of(self.neurons)
            + self.row.capacity() * size_of::<f32>()
            + self.layers.capacity() * size_of::<(usize, usize)>()
    }

    /// Layers, counted from 1, and their neurons.
    #[must_use]
    pub fn layers(&self) -> &[(usize, usize)] {
        &self.layers
    }

    /// Seed of the replica.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Steps over which the force balance is averaged.
    #[must_use]
    pub fn window(&self) -> u64 {
        self.window
    }

    /// The newest step.
    #[must_use]
    pub fn last_step(&self) -> Option<u64> {
        self.last_step
    }

    /// Measured steps that are held at full rate at most: 4,096, or fewer where they would take more than 48 MB.
    #[must_use]
    pub fn recent_steps(&self) -> usize {
        self.ring.capacity()
    }

    /// The oldest step that is held at full rate.
    #[must_use]
    pub fn first_recent_step(&self) -> Option<u64> {
        (self.ring.len() > 0).then(|| self.ring.step(0))
    }

    /// Adds a measured step. Steps that do not come after the last one are ignored, and so are rows of other widths.
    pub fn push(&mut self, step: u64, rows: NeuronRows<'_>) {
        let fits = rows.signal.len() == self.neurons && rows.full.len() == self.neurons;
        if !fits || self.neurons == 0 || self.last_step.is_some_and(|last| last >= step) {
            return;
        }
        self.last_step = Some(step);
        let (signal, full) = self.row.split_at_mut(self.neurons);
        signal.copy_from_slice(rows.signal);
        full.copy_from_slice(rows.full);
        self.mark(step);
        self.ring.push(step, &self.row);
        self.heat.push(step, &self.row);
        self.phases.push(step, &self.row);
        if let Some(forces) = rows.forces.filter(|forces| forces.len() == self.neurons) {
            self.forces.push(step, forces);
        }
    }

    /// Notes the counters now and then, at as many steps as lie within the ring.
    fn mark(&mut self, step: u64) {
        if self.max_marks == 0 {
            return;
        }
        if self.rows_since_mark.is_multiple_of(self.ring.capacity().div_ceil(self.max_marks)) {
            self.rows_since_mark = 0;
            if self.marks.len() == self.max_marks {
                self.marks.pop_front();
            }
            self.marks.push_back((step, self.phases.clone()));
        }
        self.rows_since_mark += 1;
    }

    /// Forgets everything from step `step` on, for a run that is taken back there; nothing that is left counts a step
    /// from there on.
    ///
    /// Exact are the steps held at full rate (those that the ring has overwritten do not come back) and the bins of the
    /// heat map that end before `step`. The bin that `step` lies in, and the counters, are made anew from what is still
    /// held at full rate: exact while `step` is less than about 3,000 measured steps ago; otherwise they count from the
    /// first step still held, which [`NeuronStatistics::first_step`] tells. The force balance averages what is left of
    /// its window.
    pub fn truncate_from(&mut self, step: u64) {
        if self.last_step.is_none_or(|last| last < step) {
            return;
        }
        self.ring.truncate_from(step);
        if let Some(from) = self.heat.truncate_from(step) {
            for age in self.ring.rows_before(from)..self.ring.len() {
                self.heat.push(self.ring.step(age), self.ring.row(age));
            }
        }
        while self.marks.back().is_some_and(|(marked, _)| *marked >= step) {
            self.marks.pop_back();
        }
        let mut first = 0;
        self.phases = match self.marks.back() {
            Some((marked, phases)) if self.ring.reaches(*marked) => {
                first = self.ring.rows_before(*marked);
                phases.clone()
            }
            _ => {
                self.marks.clear();
                Phases::new(2 * self.neurons)
            }
        };
        for age in first..self.ring.len() {
            self.phases.push(self.ring.step(age), self.ring.row(age));
        }
        self.rows_since_mark = self.ring.len() - first;
        self.forces.truncate_from(step);
        let held = (self.ring.len() > 0).then(|| self.ring.step(self.ring.len() - 1));
        // Without a row at full rate the last bin's end is the nearest that is known.
        self.last_step = held.or_else(|| {
            let end = (self.heat.bins().last()? + 1) << self.heat.shift();
            Some(end.min(step).saturating_sub(1))
        });
    }

    /// Cosines of one layer's neurons from step `from` to step `to`, both included, in at most `max_bins` bins.
    ///
    /// At full rate as long as the range lies in the newest steps held; where only every n-th step is measured, bins are
    /// wide enough to hold one. Without bins where there is no such layer or nothing in the range.
    #[must_use]
    pub fn heat(&self, layer: usize, reading: NeuronReading, from: u64, to: u64, max_bins: usize) -> HeatMap {
        let columns = self.columns(layer, reading).unwrap_or(0..0);
        let neurons = columns.len();
        let Grid { first_step, width, bins, values } = self.grid(columns, from, to, max_bins);
        HeatMap { first_step, bin_width: width, bins, neurons, values }
    }

    /// One neuron's cosine, as [`Self::heat`] has it: the middle of each bin in steps, and the mean; NaN where undefined.
    /// Neurons count from 0.
    #[must_use]
    pub fn curve(
        &self,
        layer: usize,
        neuron: usize,
        reading: NeuronReading,
        from: u64,
        to: u64,
        max_bins: usize,
    ) -> Vec<(f64, f32)> {
        let Some(column) = self.column(layer, neuron, reading) else { return Vec::new() };
        let grid = self.grid(column..column + 1, from, to, max_bins);
        let middle =
            |bin: usize| grid.first_step as f64 + grid.width as f64 * bin as f64 + (grid.width - 1) as f64 / 2.0;
        grid.values.iter().enumerate().map(|(bin, &value)| (middle(bin), value)).collect()
    }

    /// What has been counted of one neuron; `None` where there is no such neuron. Neurons count from 0.
    #[must_use]
    pub fn statistics(&self, layer: usize, neuron: usize, reading: NeuronReading) -> Option<NeuronStatistics> {
        self.phases.statistics(self.column(layer, neuron, reading)?)
    }

    /// Power density of one neuron's cosine over the newest steps: frequency in cycles per step, and cosine squared per
    /// that; the mean is left out, and undefined values count as the mean.
    ///
    /// Of the newest evenly spaced steps, the largest power of two up to 4,096; empty below 16.
    #[must_use]
    pub fn spectrum(&self, layer: usize, neuron: usize, reading: NeuronReading) -> Vec<(f64, f64)> {
        let Some(column) = self.column(layer, neuron, reading) else { return Vec::new() };
        let len = self.ring.len();
        if len < SPECTRUM_STEPS {
            return Vec::new();
        }
        let gap = |age: usize| self.ring.step(age) - self.ring.step(age - 1);
        let spacing = gap(len - 1);
        let even = 1 + (1..len).rev().take_while(|&age| gap(age) == spacing).count();
        if even < SPECTRUM_STEPS {
            return Vec::new();
        }
        let count = 1 << even.ilog2();
        let values: Vec<f32> = (len - count..len).map(|age| self.ring.row(age)[column]).collect();
        spectrum::power(&values, spacing as f64)
    }

    /// Force balance of every neuron of a layer, mean over the measured steps of the last window that closed:
    /// 2<w,u_signal>, 2<w,u_decay>, 2<w,eps>, |u + eps|^2. `None` before a window has closed or where it is not measured.
    #[must_use]
    pub fn forces(&self, layer: usize) -> Option<&[[f32; 4]]> {
        self.forces.means()?.get(self.columns(layer, NeuronReading::Signal)?)
    }

    fn columns(&self, layer: usize, reading: NeuronReading) -> Option<Range<usize>> {
        let mut first = match reading {
            NeuronReading::Signal => 0,
            NeuronReading::Full => self.neurons,
        };
        for &(number, neurons) in &self.layers {
            if number == layer {
                return Some(first..first + neurons);
            }
            first += neurons;
        }
        None
    }

    fn column(&self, layer: usize, neuron: usize, reading: NeuronReading) -> Option<usize> {
        self.columns(layer, reading)?.nth(neuron)
    }

    fn grid(&self, columns: Range<usize>, from: u64, to: u64, max_bins: usize) -> Grid {
        let to = self.last_step.map_or(0, |last| to.min(last));
        if self.last_step.is_none() || from > to || max_bins == 0 || columns.is_empty() {
            return Grid { first_step: from, width: 1, bins: 0, values: Vec::new() };
        }
        let rows = self.ring.rows_before(from)..self.ring.rows_before(to.saturating_add(1));
        let from_ring = self.ring.reaches(from);
        let (first_bin, last_bin) = (from >> self.heat.shift(), to >> self.heat.shift());
        let spacing = if from_ring {
            typical_gap(rows.clone().map(|age| self.ring.step(age)))
        } else {
            typical_gap(self.heat.bins().filter(|bin| (first_bin..=last_bin).contains(bin))) << self.heat.shift()
        };
        let mut shift = spacing.next_power_of_two().trailing_zeros();
        while (to >> shift) - (from >> shift) >= max_bins as u64 {
            shift += 1;
        }
        let first = from >> shift;
        let bins = ((to >> shift) - first + 1) as usize;
        // Bin after bin, as rows lie in memory: the sums of a cell come in the same order either way.
        let width = columns.len();
        let (mut sums, mut totals) = (vec![0.0_f64; width * bins], vec![0_u32; width * bins]);
        // A stored bin may begin before the range, in which case it belongs to the first bin.
        let place = |step: u64| ((step >> shift).max(first) - first) as usize * width;
        if from_ring {
            for age in rows {
                let at = place(self.ring.step(age));
                let cells = sums[at..at + width].iter_mut().zip(&mut totals[at..at + width]);
                for ((sum, total), &value) in cells.zip(&self.ring.row(age)[columns.clone()]) {
                    let there = !value.is_nan();
                    *sum += if there { f64::from(value) } else { 0.0 };
                    *total += u32::from(there);
                }
            }
        } else {
            self.heat.for_each_between(columns.clone(), first_bin, last_bin, |step, means, counts| {
                let at = place(step);
                let cells = sums[at..at + width].iter_mut().zip(&mut totals[at..at + width]);
                for ((sum, total), (&mean, &count)) in cells.zip(means.iter().zip(counts)) {
                    *sum += if count > 0 { f64::from(mean) * f64::from(count) } else { 0.0 };
                    *total = total.saturating_add(count);
                }
            });
        }
        let mut values = vec![0.0_f32; width * bins];
        for (bin, (sums, totals)) in sums.chunks_exact(width).zip(totals.chunks_exact(width)).enumerate() {
            for (row, (&sum, &total)) in sums.iter().zip(totals).enumerate() {
                values[row * bins + bin] = (sum / f64::from(total)) as f32;
            }
        }
        Grid { first_step: first << shift, width: 1 << shift, bins, values }
    }
}

/// Median of the differences of rising numbers; 1 where there are fewer than two.
fn typical_gap(numbers: impl Iterator<Item = u64>) -> u64 {
    let mut last = None;
    let mut gaps: Vec<u64> = numbers.filter_map(|n| last.replace(n).map(|before| n - before)).collect();
    if gaps.is_empty() {
        return 1;
    }
    let middle = gaps.len() / 2;
    *gaps.select_nth_unstable(middle).1
}
