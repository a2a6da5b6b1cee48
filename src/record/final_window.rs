//! The last measured steps of a run, for its summary.

use super::recent::Recent;
use super::row::Row;
use super::seed_places::SeedPlaces;
use super::summary::Stats;

/// The last `window` measured rows of every seed.
#[derive(Clone, Debug)]
pub struct FinalWindow {
    seeds: Vec<u64>,
    window: usize,
    places: SeedPlaces,
    recent: Vec<Recent>,
    diverged: Vec<bool>,
    /// The newest defined value of each seed and column.
    defined: Vec<Vec<Option<f32>>>,
}

impl FinalWindow {
    /// For rows of `columns` values of these seeds; a window of 0 counts as 1.
    #[must_use]
    pub fn new(columns: usize, seeds: &[u64], window: usize) -> Self {
        Self {
            seeds: seeds.to_vec(),
            window: window.max(1),
            places: SeedPlaces::new(seeds),
            recent: vec![Recent::new(columns, window); seeds.len()],
            diverged: vec![false; seeds.len()],
            defined: vec![vec![None; columns]; seeds.len()],
        }
    }

    /// Goes on with those of the seeds that are named, and with the last `window` rows of what is held.
    pub fn narrow_to(&mut self, seeds: &[u64], window: usize) {
        let named = SeedPlaces::new(seeds);
        let kept: Vec<bool> = self.seeds.iter().map(|seed| named.at(*seed).is_some()).collect();
        retain(&mut self.seeds, &kept);
        retain(&mut self.recent, &kept);
        retain(&mut self.diverged, &kept);
        retain(&mut self.defined, &kept);
        self.places = SeedPlaces::new(&self.seeds);
        self.window = window.max(1);
    }

    /// Heap that a window holds at most, in bytes.
    #[must_use]
    pub const fn max_bytes(columns: usize, seeds: usize, window: usize) -> usize {
        let row = columns * size_of::<f32>() + size_of::<u64>();
        let lists = size_of::<Recent>() + columns * size_of::<Option<f32>>() + size_of::<Vec<Option<f32>>>();
        let rest = lists + size_of::<u64>() + size_of::<bool>() + SeedPlaces::BYTES;
        window.saturating_mul(row).saturating_add(rest).saturating_mul(seeds)
    }

    /// Adds a row; rows of unknown seeds are ignored.
    pub fn push(&mut self, row: &Row) {
        let Some(at) = self.at(row.seed) else { return };
        self.recent[at].push(row.step, &row.values);
        for (defined, value) in self.defined[at].iter_mut().zip(&row.values) {
            *defined = value.filter(|value| value.is_finite()).or(*defined);
        }
    }

    /// From now on every value of this seed is undefined.
    pub fn mark_diverged(&mut self, seed: u64) {
        if let Some(at) = self.at(seed) {
            self.diverged[at] = true;
        }
    }

    /// Mean over the defined values of the window.
    ///
    /// Undefined if the last value is, for a layer that has collapsed has no alignment, whatever it had before. A value
    /// that was undefined on the way only leaves a gap, as in the curve. Undefined also for a seed that diverged.
    #[must_use]
    pub fn mean(&self, column: usize, seed: u64) -> Option<f64> {
        let recent = self.recent_of(seed)?;
        if recent.value(column, recent.len().checked_sub(1)?).is_nan() {
            return None;
        }
        let first = recent.len().saturating_sub(self.window);
        let values = (first..recent.len()).map(|age| recent.value(column, age)).filter(|value| !value.is_nan());
        let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + f64::from(value), count + 1.0));
        Some(sum / count)
    }

    /// The newest defined value of the run, for columns that are filled now and then; `None` for a seed that diverged.
    #[must_use]
    pub fn last_defined(&self, column: usize, seed: u64) -> Option<f64> {
        let at = self.at(seed).filter(|at| !self.diverged[*at])?;
        self.defined[at].get(column).copied().flatten().map(f64::from)
    }

    /// Most rows that a seed which did not diverge has in the window.
    #[must_use]
    pub fn rows(&self) -> usize {
        let alive = self.recent.iter().zip(&self.diverged).filter(|(_, diverged)| !**diverged);
        alive.map(|(recent, _)| recent.len()).max().unwrap_or(0)
    }

    /// The newest value of a seed; `None` where it is undefined, and for a seed that diverged.
    #[must_use]
    pub fn newest(&self, column: usize, seed: u64) -> Option<f32> {
        let recent = self.recent_of(seed)?;
        Some(recent.value(column, recent.len().checked_sub(1)?)).filter(|value| !value.is_nan())
    }

    /// Seeds whose last value is undefined though they did not diverge: for a cosine, those whose layer has collapsed.
    #[must_use]
    pub fn undefined_at_the_end(&self, column: usize) -> Vec<u64> {
        let ends_undefined = |seed: &u64| {
            self.recent_of(*seed).is_some_and(|recent| {
                recent.len().checked_sub(1).is_some_and(|newest| recent.value(column, newest).is_nan())
            })
        };
        self.seeds.iter().copied().filter(ends_undefined).collect()
    }

    /// [`FinalWindow::mean`] of every seed, over seeds.
    #[must_use]
    pub fn mean_stats(&self, column: usize) -> Stats {
        Stats::over(self.seeds.iter().map(|seed| self.mean(column, *seed)).collect())
    }

    /// [`FinalWindow::last_defined`] of every seed, over seeds.
    #[must_use]
    pub fn last_stats(&self, column: usize) -> Stats {
        Stats::over(self.seeds.iter().map(|seed| self.last_defined(column, *seed)).collect())
    }

    /// The rows of a seed that are held, oldest first; of its pass they say nothing.
    #[must_use]
    pub fn rows_of(&self, seed: u64) -> Vec<Row> {
        let Some(recent) = self.at(seed).map(|at| &self.recent[at]) else { return Vec::new() };
        let row = |age: usize| {
            let value = |column: usize| Some(recent.value(column, age)).filter(|value| !value.is_nan());
            let values = (0..recent.columns()).map(value).collect();
            Some(Row { step: recent.step(age)?, epoch: 0, seed, values })
        };
        (0..recent.len()).filter_map(row).collect()
    }

    fn at(&self, seed: u64) -> Option<usize> {
        self.places.at(seed)
    }

    fn recent_of(&self, seed: u64) -> Option<&Recent> {
        self.at(seed).filter(|at| !self.diverged[*at]).map(|at| &self.recent[at])
    }
}

fn retain<T>(list: &mut Vec<T>, kept: &[bool]) {
    let mut places = kept.iter();
    list.retain(|_| places.next().copied().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(rows: &[(u64, Option<f32>)]) -> FinalWindow {
        let mut window = FinalWindow::new(1, &[0, 7], 3);
        for (step, (seed, value)) in rows.iter().enumerate() {
            window.push(&Row { step: step as u64, epoch: 0, seed: *seed, values: vec![*value] });
        }
        window
    }

    #[test]
    fn only_the_last_rows_count_and_gaps_are_skipped() {
        let window = window(&[(0, Some(100.0)), (0, Some(1.0)), (0, None), (0, Some(4.0)), (7, Some(9.0))]);
        assert_eq!(window.mean(0, 0), Some(2.5));
        assert_eq!(window.mean(0, 7), Some(9.0));
        assert_eq!(window.mean(0, 8), None);
        assert_eq!(window.mean(1, 0), None);
    }

    #[test]
    fn fewer_seeds_and_a_shorter_window_leave_the_last_rows_of_those_seeds() {
        let mut window = window(&[(0, Some(5.0)), (7, Some(1.0)), (7, Some(2.0)), (7, Some(4.0))]);
        window.narrow_to(&[7], 2);
        assert_eq!(window.mean_stats(0).per_seed, [Some(3.0)]);
    }

    #[test]
    fn undefined_end_is_undefined() {
        let window = window(&[(0, Some(1.0)), (0, None), (7, Some(2.0))]);
        assert_eq!(window.mean(0, 0), None);
        assert_eq!(window.last_defined(0, 0), Some(1.0));
        assert_eq!(window.undefined_at_the_end(0), [0]);
        assert_eq!(window.mean_stats(0).per_seed, [None, Some(2.0)]);
    }

    #[test]
    fn diverged_seed_has_no_values() {
        let mut window = window(&[(0, Some(1.0)), (7, None)]);
        window.mark_diverged(0);
        window.mark_diverged(7);
        assert_eq!((window.mean(0, 0), window.last_defined(0, 0)), (None, None));
        assert!(window.undefined_at_the_end(0).is_empty());
    }
}
