//! Curves of one run in bounded memory: the newest rows at full rate, all of the run in bins.

use std::sync::Arc;

use super::levels::{BLOCK, COARSE_SHIFT, Cell, Course, Levels, MAX_BINS, MAX_COARSE};
use super::recent::{Recent, finite};
use super::row::{Columns, Row};
use super::seed_places::SeedPlaces;

/// Newest rows of each seed that are held at full rate.
const RECENT_ROWS: usize = 4096;

/// Values of one curve over some steps; only values that are defined count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// First step covered.
    pub first_step: u64,
    /// Last step covered.
    pub last_step: u64,
    /// Least value.
    pub min: f32,
    /// Greatest value.
    pub max: f32,
    /// Mean of the values.
    pub mean: f32,
    /// Share of the values that went back from where the two before them had gone: 1 of a curve that alternates with every
    /// value, 2/3 of one that is nothing but chance, 0 of one that only rises or falls.
    pub turning: f32,
}

/// Values of one column over some steps and all seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandPoint {
    /// First step covered.
    pub first_step: u64,
    /// Last step covered.
    pub last_step: u64,
    /// Mean over seeds of each seed's mean.
    pub mean: f32,
    /// Standard deviation over seeds of each seed's mean, with n - 1; `None` for one seed.
    pub sd: Option<f32>,
    /// Least value of any seed.
    pub min: f32,
    /// Greatest value of any seed.
    pub max: f32,
    /// Mean over seeds of the share of values that turned back, as in [`Bin::turning`].
    pub turning: f32,
}

/// Curves of one run.
///
/// Of every column and seed the store holds the newest 4,096 values, and at most 8,192 bins of equal width with the
/// least, the greatest and the mean of their values. When the bins are full, neighbours are merged and the width
/// doubles, so that memory stays below [`MetricStore::max_bytes`] however long the run. The edges of bins are multiples
/// of their width in steps, so that those of different seeds and columns lie on each other.
///
/// Undefined values, and those that are not finite, are gaps.
#[derive(Clone, Debug)]
pub struct MetricStore {
    columns: Arc<Columns>,
    seeds: Vec<u64>,
    places: SeedPlaces,
    curves: Vec<SeedCurves>,
    /// Bins are `1 << shift` steps wide.
    shift: u32,
    version: u64,
}

/// What is held of one seed.
#[derive(Clone, Debug)]
struct SeedCurves {
    recent: Recent,
    levels: Levels,
    /// Where each column comes from.
    courses: Vec<Course>,
    /// Step and value of the newest defined value of each column.
    defined: Vec<Option<(u64, f32)>>,
    last_step: Option<u64>,
}

/// Where a curve is read from, and how coarsely: groups are `1 << shift` steps wide.
#[derive(Clone, Copy)]
struct Reading {
    from: u64,
    to: u64,
    from_recent: bool,
    shift: u32,
}

impl MetricStore {
    /// An empty store for the rows of `seeds`.
    #[must_use]
    pub fn new(columns: Arc<Columns>, seeds: &[u64]) -> Self {
        let count = columns.names().len();
        let one = SeedCurves {
            recent: Recent::new(count, RECENT_ROWS),
            levels: Levels::new(count),
            courses: vec![Course::NEW; count],
            defined: vec![None; count],
            last_step: None,
        };
        let (curves, places) = (vec![one; seeds.len()], SeedPlaces::new(seeds));
        Self { columns, seeds: seeds.to_vec(), places, curves, shift: 0, version: 0 }
    }

    /// Heap that a store can hold at most, in bytes: 238 kB for each column and seed, and 70 kB more for each seed.
    #[must_use]
    pub const fn max_bytes(columns: usize, seeds: usize) -> usize {
        let bins = MAX_BINS + MAX_COARSE;
        let column =
            bins * size_of::<Cell>() + RECENT_ROWS * size_of::<f32>() + size_of::<(Option<(u64, f32)>, Course)>();
        let rows = bins * size_of::<u32>() + RECENT_ROWS * size_of::<u64>();
        seeds * (columns * column + rows + size_of::<SeedCurves>() + size_of::<u64>() + SeedPlaces::BYTES)
    }

    /// Heap that a seed takes of so many rows, at least.
    pub(super) const fn bytes_of_seed(columns: usize, rows: usize) -> usize {
        // Bins of either width come by blocks.
        let bins = if rows < MAX_BINS { rows } else { MAX_BINS } + BLOCK;
        let recent = if rows < RECENT_ROWS { rows } else { RECENT_ROWS };
        columns.saturating_mul(bins * size_of::<Cell>() + recent * size_of::<f32>())
    }

    /// Adds a row. Rows of unknown seeds are ignored, and so are rows that do not come after their seed's last one.
    pub fn push(&mut self, row: &Row) {
        let Some(at) = self.places.at(row.seed) else { return };
        if self.curves[at].last_step.is_some_and(|last| last >= row.step) {
            return;
        }
        while row.step >> self.shift >= MAX_BINS as u64 {
            self.shift += 1;
            self.curves.iter_mut().for_each(|curves| curves.levels.merge_neighbours());
        }
        self.curves[at].push(row, (row.step >> self.shift) as u32);
        self.version += 1;
    }

    /// Changes with every row, so that what was read can be kept until there is something new.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Calls `f` with the rows from step `from` on that are held at full rate, seed by seed; their epochs are not known
    /// and 0.
    pub fn recent_rows(&self, from: u64, mut f: impl FnMut(Row)) {
        for (curves, &seed) in self.curves.iter().zip(&self.seeds) {
            for age in curves.recent.rows_before(from)..curves.recent.len() {
                let Some(step) = curves.recent.step(age) else { break };
                let value = |column| Some(curves.recent.value(column, age)).filter(|value| !value.is_nan());
                f(Row { step, epoch: 0, seed, values: (0..self.columns.names().len()).map(value).collect() });
            }
        }
    }

    /// Names of the columns.
    #[must_use]
    pub fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// Seeds, in the order of `seed_index`.
    #[must_use]
    pub fn seeds(&self) -> &[u64] {
        &self.seeds
    }

    /// The latest step of any seed.
    #[must_use]
    pub fn last_step(&self) -> Option<u64> {
        self.curves.iter().filter_map(|curves| curves.last_step).max()
    }

    /// Whether a seed has a row at the latest step, which one that has diverged has not.
    #[must_use]
    pub fn is_current(&self, seed_index: usize) -> bool {
        self.curves.get(seed_index).is_some_and(|curves| curves.last_step == self.last_step())
    }

    /// Most rows that are held at full rate of any seed.
    #[must_use]
    pub fn recent_rows_held(&self) -> usize {
        self.curves.iter().map(|curves| curves.recent.len()).max().unwrap_or(0)
    }

    /// Value of the newest row; `None` where it is undefined.
    #[must_use]
    pub fn latest(&self, column: usize, seed_index: usize) -> Option<f32> {
        let recent = &self.curves.get(seed_index)?.recent;
        let value = recent.value(column, recent.len().checked_sub(1)?);
        (!value.is_nan()).then_some(value)
    }

    /// Step and value of the newest row whose value is defined; for columns that are filled now and then.
    #[must_use]
    pub fn latest_defined(&self, column: usize, seed_index: usize) -> Option<(u64, f32)> {
        *self.curves.get(seed_index)?.defined.get(column)?
    }

    /// Mean over the last `window` rows, of which at most 4,096 are held; `None` if one is undefined or there is none.
    #[must_use]
    pub fn recent_mean(&self, column: usize, seed_index: usize, window: usize) -> Option<f32> {
        let recent = &self.curves.get(seed_index)?.recent;
        let rows = window.min(recent.len());
        let sum: f64 = (recent.len() - rows..recent.len()).map(|age| f64::from(recent.value(column, age))).sum();
        // One NaN makes the sum NaN, and so does 0 / 0.
        let mean = sum / rows as f64;
        (!mean.is_nan()).then_some(mean as f32)
    }

    /// One curve from step `from` to step `to`, both included, in at most `max_bins` bins that hold a value.
    ///
    /// Full rate as long as the range lies in the newest 4,096 rows. Otherwise the first and last bin may reach beyond
    /// the range by less than their width.
    #[must_use]
    pub fn envelope(&self, column: usize, seed_index: usize, from: u64, to: u64, max_bins: usize) -> Vec<Bin> {
        let Some(curves) = self.curves.get(seed_index) else { return Vec::new() };
        let Some(last) = curves.last_step else { return Vec::new() };
        match self.reading(from, to.min(last), max_bins, curves.recent_from(from)) {
            Some(reading) => curves.read(column, reading, self.shift),
            None => Vec::new(),
        }
    }

    /// One column over all seeds from step `from` to step `to`, both included, in at most `max_bins` points.
    ///
    /// Seeds that have no value in a bin, as after divergence, do not count there.
    #[must_use]
    pub fn band(&self, column: usize, from: u64, to: u64, max_bins: usize) -> Vec<BandPoint> {
        let Some(last) = self.last_step() else { return Vec::new() };
        let from_recent = self.curves.iter().all(|curves| curves.recent_from(from));
        let Some(reading) = self.reading(from, to.min(last), max_bins, from_recent) else { return Vec::new() };
        let mut bins: Vec<Bin> =
            self.curves.iter().flat_map(|curves| curves.read(column, reading, self.shift)).collect();
        let group_of = |bin: &Bin| group(bin.first_step, reading.shift);
        bins.sort_by_key(group_of);
        bins.chunk_by(|a, b| group_of(a) == group_of(b)).filter_map(over_seeds).collect()
    }

    /// `self` subtracted from `other`, step by step and seed by seed, from step `from` to step `to`, both included, in at
    /// most `max_bins` points; their spread is that of the differences over seeds.
    ///
    /// What two runs have in common from one seed to the next, such as its data and noise, thus does not widen the
    /// spread. Points without a value of a seed in both stores leave that seed out. Beyond the newest 4,096 rows, the
    /// bin that holds step `from` is left out unless it begins there. Stores of other columns or seeds have no
    /// difference.
    #[must_use]
    pub fn difference(&self, other: &Self, column: usize, from: u64, to: u64, max_bins: usize) -> Vec<BandPoint> {
        let (Some(last), Some(others_last)) = (self.last_step(), other.last_step()) else { return Vec::new() };
        if self.seeds != other.seeds || self.columns != other.columns {
            return Vec::new();
        }
        let from_recent = self.curves.iter().chain(&other.curves).all(|curves| curves.recent_from(from));
        let to = to.min(last).min(others_last);
        let Some(mut reading) = self.reading(from, to, max_bins, from_recent) else { return Vec::new() };
        if !from_recent {
            reading.shift = reading.shift.max(other.shift);
        }
        let group_of = |bin: &Bin| group(bin.first_step, reading.shift);
        let mut differences = Vec::new();
        for (own, others) in self.curves.iter().zip(&other.curves) {
            let mut subtrahends = own.read(column, reading, self.shift).into_iter().peekable();
            // A bin that begins before the range may hold what the two have in common.
            for bin in others.read(column, reading, other.shift).into_iter().filter(|bin| bin.first_step >= from) {
                while subtrahends.next_if(|own| group_of(own) < group_of(&bin)).is_some() {}
                if let Some(own) = subtrahends.next_if(|own| group_of(own) == group_of(&bin)) {
                    let mean = bin.mean - own.mean;
                    differences.push(Bin { min: mean, max: mean, mean, turning: 0.0, ..bin });
                }
            }
        }
        differences.sort_by_key(group_of);
        differences.chunk_by(|a, b| group_of(a) == group_of(b)).filter_map(over_seeds).collect()
    }

    /// Mean of the defined values from step `from` to step `to`, both included; `None` without any.
    ///
    /// Beyond the newest 4,096 rows whole bins count, which may reach beyond the range by less than their width.
    #[must_use]
    pub fn mean_over(&self, column: usize, seed_index: usize, from: u64, to: u64) -> Option<f32> {
        let bins = self.envelope(column, seed_index, from, to, MAX_BINS);
        let sum: f64 = bins.iter().map(|bin| f64::from(bin.mean)).sum();
        (!bins.is_empty()).then(|| (sum / bins.len() as f64) as f32)
    }

    /// Whether a row was pushed for a step after `after` and before `before`: if so, a curve without a value there has a
    /// gap, and if not, it was just not measured there.
    #[must_use]
    pub fn has_rows_between(&self, after: u64, before: u64) -> bool {
        let (Some(first), Some(last)) = (after.checked_add(1), before.checked_sub(1)) else { return false };
        first <= last
            && self.curves.iter().any(|curves| {
                if curves.recent_from(first) {
                    curves.recent.rows_before(before) > curves.recent.rows_before(first)
                } else {
                    curves.levels.has_row_between(first >> self.shift, last >> self.shift)
                }
            })
    }

    /// Heap held, in bytes; never more than [`MetricStore::max_bytes`]. The names of the columns are shared and not
    /// counted.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.seeds.capacity() * (size_of::<u64>() + SeedPlaces::BYTES)
            + self.curves.capacity() * size_of::<SeedCurves>()
            + self.curves.iter().map(SeedCurves::bytes).sum::<usize>()
    }

    /// The finest reading of the range that keeps to `max_bins`; `None` for an empty one.
    fn reading(&self, from: u64, to: u64, max_bins: usize, from_recent: bool) -> Option<Reading> {
        if from > to || max_bins == 0 {
            return None;
        }
        let mut shift = if from_recent { 0 } else { self.shift };
        while group(to, shift) - group(from, shift) >= max_bins as u64 {
            shift += 1;
        }
        Some(Reading { from, to, from_recent, shift })
    }
}

impl SeedCurves {
    fn push(&mut self, row: &Row, index: u32) {
        self.last_step = Some(row.step);
        self.recent.push(row.step, &row.values);
        let values = self.courses.iter_mut().zip(&row.values).map(|(course, value)| course.next(finite(*value)));
        self.levels.push(index, values);
        for (defined, value) in self.defined.iter_mut().zip(&row.values) {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                *defined = Some((row.step, value));
            }
        }
    }

    /// Whether every row from step `from` on is still held at full rate.
    fn recent_from(&self, from: u64) -> bool {
        !self.recent.is_full() || self.recent.step(0).is_some_and(|oldest| oldest <= from)
    }

    /// Groups of one column; `stored_shift` is that of the bins.
    fn read(&self, column: usize, reading: Reading, stored_shift: u32) -> Vec<Bin> {
        let last_step = self.last_step.unwrap_or(0);
        let mut groups = Groups { shift: reading.shift, bins: Vec::new(), open: None };
        // While a bin is a step, groups as wide as coarse bins are read from these: the same values, an eighth of the memory.
        let is_summed_up = stored_shift == 0 && reading.shift >= COARSE_SHIFT;
        if reading.from_recent && !is_summed_up {
            let first = self.recent.rows_before(reading.from);
            // What is read is told by itself, so that it is the same wherever the curve begins.
            let mut course = Course::NEW;
            for age in first..self.recent.len() {
                let Some(step) = self.recent.step(age).filter(|step| *step <= reading.to) else { break };
                let sample = course.next(self.recent.value(column, age));
                if !sample.value.is_nan() {
                    groups.add(step, step, &Cell::of(sample));
                }
            }
        } else {
            let (from, to) = (reading.from >> stored_shift, reading.to >> stored_shift);
            let shift = reading.shift.saturating_sub(stored_shift);
            self.levels.read(column, from, to, shift, |first, last, cell| {
                let (first, last) = (first << stored_shift, (last << stored_shift) + ((1 << stored_shift) - 1));
                groups.add(first, last.min(last_step), cell);
            });
        }
        groups.finish()
    }

    fn bytes(&self) -> usize {
        let columns = self.defined.capacity() * size_of::<Option<(u64, f32)>>();
        self.recent.bytes() + self.levels.bytes() + columns + self.courses.capacity() * size_of::<Course>()
    }
}

/// Merges values that come in order of step into groups of `1 << shift` steps.
struct Groups {
    shift: u32,
    bins: Vec<Bin>,
    open: Option<(u64, u64, Cell)>,
}

impl Groups {
    fn add(&mut self, first_step: u64, last_step: u64, cell: &Cell) {
        match &mut self.open {
            Some((first, last, sum)) if group(*first, self.shift) == group(first_step, self.shift) => {
                *last = last_step;
                sum.absorb(cell);
            }
            open => {
                let closed = open.replace((first_step, last_step, *cell));
                self.bins.extend(closed.map(bin));
            }
        }
    }

    fn finish(mut self) -> Vec<Bin> {
        self.bins.extend(self.open.map(bin));
        self.bins
    }
}

/// Number of the group of `1 << shift` steps that `step` lies in; at a shift of 64 all lie in one.
fn group(step: u64, shift: u32) -> u64 {
    step.checked_shr(shift).unwrap_or(0)
}

fn bin((first_step, last_step, cell): (u64, u64, Cell)) -> Bin {
    let (mean, turning) = (cell.mean() as f32, cell.turning() as f32);
    Bin { first_step, last_step, min: cell.min, max: cell.max, mean, turning }
}

/// The seeds' bins of one group; `None` for no bins.
pub(super) fn over_seeds(bins: &[Bin]) -> Option<BandPoint> {
    let first = bins.first()?;
    let n = bins.len() as f64;
    let mean = bins.iter().map(|bin| f64::from(bin.mean)).sum::<f64>() / n;
    let squares: f64 = bins.iter().map(|bin| (f64::from(bin.mean) - mean).powi(2)).sum();
    Some(BandPoint {
        first_step: bins.iter().fold(first.first_step, |step, bin| step.min(bin.first_step)),
        last_step: bins.iter().fold(first.last_step, |step, bin| step.max(bin.last_step)),
        mean: mean as f32,
        sd: (bins.len() > 1).then(|| (squares / (n - 1.0)).sqrt() as f32),
        min: bins.iter().fold(first.min, |least, bin| least.min(bin.min)),
        max: bins.iter().fold(first.max, |greatest, bin| greatest.max(bin.max)),
        turning: (bins.iter().map(|bin| f64::from(bin.turning)).sum::<f64>() / n) as f32,
    })
}

#[cfg(test)]
#[path = "metric_store_tests.rs"]
mod tests;
