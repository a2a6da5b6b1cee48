//! Curves of the alignment figure in little memory: a mean for each seed and group of steps.

use std::sync::Arc;

use super::metric_store::{Bin, MetricStore, over_seeds};
use super::row::{Columns, Row};
use super::seed_places::SeedPlaces;

/// Points of a curve: more than one for each second pixel only thickens the line.
pub(super) const MAX_POINTS: usize = 600;

/// A point of a curve over all seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// First step covered.
    pub first_step: u64,
    /// Last step covered.
    pub last_step: u64,
    /// Mean over seeds of each seed's mean.
    pub mean: f32,
    /// Standard deviation over seeds of each seed's mean, with n - 1; `None` for one seed.
    pub sd: Option<f32>,
    /// Whether steps were measured since the point before, at which no seed had a value.
    pub is_after_gap: bool,
}

/// What the alignment figure is drawn from.
pub trait BandCurves {
    /// Names of the values of the rows.
    fn columns(&self) -> &Columns;

    /// How many seeds there are.
    fn seed_count(&self) -> usize;

    /// The latest step of any seed.
    fn last_step(&self) -> Option<u64>;

    /// One column of the whole run in at most 600 points; empty for one that is not kept.
    fn points(&self, column: usize) -> Vec<CurvePoint>;
}

impl BandCurves for MetricStore {
    fn columns(&self) -> &Columns {
        self.columns()
    }

    fn seed_count(&self) -> usize {
        self.seeds().len()
    }

    fn last_step(&self) -> Option<u64> {
        self.last_step()
    }

    fn points(&self, column: usize) -> Vec<CurvePoint> {
        let mut previous = None;
        let point = |point: super::metric_store::BandPoint| {
            let after = previous.replace(point.last_step);
            let (first_step, last_step) = (point.first_step, point.last_step);
            let is_after_gap = after.is_some_and(|after| self.has_rows_between(after, first_step));
            CurvePoint { first_step, last_step, mean: point.mean, sd: point.sd, is_after_gap }
        };
        self.band(column, 0, u64::MAX, MAX_POINTS).into_iter().map(point).collect()
    }
}

/// The alignment of every layer, `signal_k` and `full_k`, of one run.
///
/// Steps lie in at most 600 groups of equal width, which doubles when there are more. Of each group, column and seed
/// only the sum and the number of the defined values are held, so that a run of a thousand seeds takes
/// [`AlignmentCurves::max_bytes`] for its figure, where a [`MetricStore`] takes a hundred times that. The groups are
/// those that a [`MetricStore`] reads for a figure, and so are their means.
#[derive(Clone, Debug)]
pub struct AlignmentCurves {
    columns: Arc<Columns>,
    /// Places of the kept columns among a row's values.
    kept: Vec<usize>,
    seeds: SeedPlaces,
    last_steps: Vec<Option<u64>>,
    /// Groups that hold a row, by rising step.
    groups: Vec<Group>,
    /// Groups are `1 << shift` steps wide.
    shift: u32,
}

/// What is held of some neighbouring steps.
#[derive(Clone, Debug)]
struct Group {
    /// First and last step with a row of any seed.
    rows: [u64; 2],
    /// First and last step at which any seed has a value, for each kept column.
    defined: Vec<Option<[u64; 2]>>,
    /// Seed after seed, each with its kept columns.
    sums: Vec<Sum>,
}

/// Sum and number of values.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    count: u32,
}

impl AlignmentCurves {
    /// Empty curves for the rows of `seeds`.
    #[must_use]
    pub fn new(columns: Arc<Columns>, seeds: &[u64]) -> Self {
        let kept = columns.names().iter().enumerate().filter(|(_, name)| is_kept(name)).map(|(at, _)| at).collect();
        let last_steps = vec![None; seeds.len()];
        Self { columns, kept, seeds: SeedPlaces::new(seeds), last_steps, groups: Vec::new(), shift: 0 }
    }

    /// Heap that curves of these columns can hold at most, in bytes: 10 kB for each alignment and seed.
    #[must_use]
    pub fn max_bytes(columns: &Columns, seeds: usize) -> usize {
        let kept = columns.names().iter().filter(|name| is_kept(name)).count();
        let group = size_of::<Group>() + kept * (size_of::<Option<[u64; 2]>>() + seeds * size_of::<Sum>());
        // A list of groups that grows has room for twice as many.
        MAX_POINTS * (group + size_of::<Group>()) + seeds * (SeedPlaces::BYTES + size_of::<Option<u64>>())
    }

    /// Adds a row. Rows of unknown seeds are ignored, and so are rows that do not come after their seed's last one.
    pub fn push(&mut self, row: &Row) {
        let Some(at) = self.seeds.at(row.seed) else { return };
        if self.last_steps[at].is_some_and(|last| last >= row.step) {
            return;
        }
        self.last_steps[at] = Some(row.step);
        while row.step >> self.shift >= MAX_POINTS as u64 {
            self.double_width();
        }
        let place = self.group_at(row.step);
        let (group, width) = (&mut self.groups[place], self.kept.len());
        group.rows = [group.rows[0].min(row.step), group.rows[1].max(row.step)];
        let sums = &mut group.sums[at * width..(at + 1) * width];
        for ((column, sum), defined) in self.kept.iter().zip(sums).zip(&mut group.defined) {
            if let Some(value) = row.values.get(*column).copied().flatten().filter(|value| value.is_finite()) {
                *sum = Sum { sum: sum.sum + f64::from(value), count: sum.count.saturating_add(1) };
                *defined = joined(*defined, Some([row.step; 2]));
            }
        }
    }

    /// Heap held, in bytes; never more than [`AlignmentCurves::max_bytes`].
    #[must_use]
    pub fn bytes(&self) -> usize {
        let groups = self.groups.iter().map(|group| {
            group.defined.capacity() * size_of::<Option<[u64; 2]>>() + group.sums.capacity() * size_of::<Sum>()
        });
        let seeds = self.last_steps.len() * (SeedPlaces::BYTES + size_of::<Option<u64>>());
        groups.sum::<usize>() + self.groups.capacity() * size_of::<Group>() + seeds
    }

    /// Place of the group of a step; an empty one is added where there is none.
    fn group_at(&mut self, step: u64) -> usize {
        let number = step >> self.shift;
        // Steps rise, but a seed may be some rows behind another.
        let place = self.groups.partition_point(|group| group.rows[0] >> self.shift < number);
        if self.groups.get(place).is_none_or(|group| group.rows[0] >> self.shift != number) {
            let (kept, seeds) = (self.kept.len(), self.last_steps.len());
            let sums = vec![Sum::default(); kept * seeds];
            self.groups.insert(place, Group { rows: [step; 2], defined: vec![None; kept], sums });
        }
        place
    }

    fn double_width(&mut self) {
        self.shift += 1;
        let shift = self.shift;
        self.groups.dedup_by(|later, group| {
            let is_same = later.rows[0] >> shift == group.rows[0] >> shift;
            if is_same {
                group.absorb(later);
            }
            is_same
        });
    }
}

impl Group {
    /// Takes a later group in.
    fn absorb(&mut self, later: &Self) {
        self.rows[1] = later.rows[1];
        self.defined.iter_mut().zip(&later.defined).for_each(|(own, other)| *own = joined(*own, *other));
        for (own, other) in self.sums.iter_mut().zip(&later.sums) {
            *own = Sum { sum: own.sum + other.sum, count: own.count.saturating_add(other.count) };
        }
    }
}

fn joined(a: Option<[u64; 2]>, b: Option<[u64; 2]>) -> Option<[u64; 2]> {
    match (a, b) {
        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].max(b[1])]),
        _ => a.or(b),
    }
}

fn is_kept(name: &str) -> bool {
    let is_signal = |rest: &str| !rest.starts_with("norm_") && !rest.starts_with("post_");
    name.starts_with("full_") || name.strip_prefix("signal_").is_some_and(is_signal)
}

impl BandCurves for AlignmentCurves {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn seed_count(&self) -> usize {
        self.last_steps.len()
    }

    fn last_step(&self) -> Option<u64> {
        self.last_steps.iter().copied().flatten().max()
    }

    fn points(&self, column: usize) -> Vec<CurvePoint> {
        let Some(kept) = self.kept.iter().position(|known| *known == column) else { return Vec::new() };
        let mut points: Vec<CurvePoint> = Vec::new();
        let mut has_undefined = false;
        for group in &self.groups {
            let Some([first_step, last_step]) = group.defined[kept] else {
                has_undefined = true;
                continue;
            };
            let mean = |sum: &Sum| (sum.sum / f64::from(sum.count)) as f32;
            let bins: Vec<Bin> = group.sums[kept..]
                .iter()
                .step_by(self.kept.len())
                .filter(|sum| sum.count > 0)
                .map(|sum| Bin { first_step, last_step, min: mean(sum), max: mean(sum), mean: mean(sum), turning: 0.0 })
                .collect();
            let Some(over) = over_seeds(&bins) else { continue };
            let is_after_gap = !points.is_empty() && (has_undefined || group.rows[0] < first_step);
            points.push(CurvePoint { first_step, last_step, mean: over.mean, sd: over.sd, is_after_gap });
            has_undefined = last_step < group.rows[1];
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Arc<Columns> {
        let names = ["train_loss", "signal_1", "signal_norm_1", "full_1", "signal_2", "full_2"];
        Arc::new(Columns::new(names.map(String::from).into()))
    }

    /// Rows of `steps` steps of two seeds, with gaps.
    fn rows(steps: u64) -> impl Iterator<Item = Row> {
        (0..steps).flat_map(move |step| {
            [3, 9].into_iter().map(move |seed| {
                let value = |column: u64| ((step * 7 + seed * 13 + column * 29) % 101) as f32 / 50.0 - 1.0;
                let mut values: Vec<Option<f32>> = (0..6).map(|column| Some(value(column))).collect();
                // Seed 9 ends early; one column has a gap of all seeds, another is filled now and then.
                values[1] = values[1].filter(|_| seed == 3 || step < steps / 2);
                values[3] = values[3].filter(|_| !(steps / 4..steps / 3).contains(&step));
                values[4] = values[4].filter(|_| step.is_multiple_of(37));
                Row { step, epoch: 0, seed, values }
            })
        })
    }

    #[test]
    fn points_are_those_of_a_full_store() {
        for steps in [1, 7, 600, 601, 1_000, 4_097, 9_000, 40_000] {
            let mut store = MetricStore::new(columns(), &[3, 9]);
            let mut curves = AlignmentCurves::new(columns(), &[3, 9]);
            for row in rows(steps) {
                store.push(&row);
                curves.push(&row);
            }
            assert_eq!(BandCurves::last_step(&store), BandCurves::last_step(&curves));
            for column in [1, 3, 4, 5] {
                let (expected, found) = (store.points(column), curves.points(column));
                assert_eq!(expected.len(), found.len(), "{steps} steps, column {column}");
                assert!(!found.is_empty() && found.len() <= MAX_POINTS);
                for (expected, found) in expected.iter().zip(&found) {
                    // Sums of the same numbers in another order.
                    assert!((expected.mean - found.mean).abs() < 1e-6, "{steps}, {column}: {expected:?} {found:?}");
                    let [sd, other] = [expected.sd, found.sd].map(|sd| sd.unwrap_or(-1.0));
                    assert!((sd - other).abs() < 1e-6, "{steps}, {column}: {expected:?} {found:?}");
                    // A store's bins reach to their edges, where these reach to the first and last value.
                    assert!(expected.first_step <= found.first_step && found.last_step <= expected.last_step);
                    assert!(found.last_step >= found.first_step);
                }
            }
            let gaps = |points: Vec<CurvePoint>| points.iter().filter(|point| point.is_after_gap).count();
            assert_eq!(gaps(curves.points(5)), 0);
            assert_eq!(gaps(curves.points(3)), usize::from(steps > 6), "{steps} steps");
            assert_eq!(gaps(store.points(3)), gaps(curves.points(3)), "{steps} steps");
        }
    }

    #[test]
    fn other_columns_are_not_kept() {
        let mut curves = AlignmentCurves::new(columns(), &[3, 9]);
        rows(10).for_each(|row| curves.push(&row));
        assert!(curves.points(0).is_empty() && curves.points(2).is_empty() && curves.points(17).is_empty());
    }

    #[test]
    fn rows_of_unknown_seeds_and_of_the_past_are_ignored() {
        let mut curves = AlignmentCurves::new(columns(), &[3]);
        for (seed, step, value) in [(3, 5, 1.0), (3, 5, 9.0), (3, 4, 9.0), (4, 6, 9.0), (3, 6, 2.0)] {
            curves.push(&Row { step, epoch: 0, seed, values: vec![Some(value); 6] });
        }
        let means: Vec<f32> = curves.points(1).iter().map(|point| point.mean).collect();
        assert_eq!(means, [1.0, 2.0]);
    }

    #[test]
    fn memory_is_bounded_by_groups_and_linear_in_seeds() {
        let [few, many] = [2_u64, 200].map(|count| {
            let seeds: Vec<u64> = (0..count).collect();
            let mut curves = AlignmentCurves::new(columns(), &seeds);
            for step in 0..5_000 {
                for &seed in &seeds {
                    curves.push(&Row { step, epoch: 0, seed, values: vec![Some(0.5); 6] });
                }
            }
            let most = AlignmentCurves::max_bytes(&columns(), seeds.len());
            assert!(curves.bytes() <= most, "{} of {most} bytes", curves.bytes());
            // Half of the bound at least, so that it says something.
            assert!(curves.bytes() * 2 > most, "{} of {most} bytes", curves.bytes());
            curves.bytes()
        });
        assert!(many < 100 * few, "{few} and {many} bytes");
    }
}
