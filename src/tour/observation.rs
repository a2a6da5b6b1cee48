//! What a tour sees of a run.

use super::condition::Statistic;
use crate::experiment::Experiment;
use crate::record::MetricStore;

/// The run that a tour speaks of.
///
/// After [`super::Action::LoadExperiment`] or [`super::Action::Reset`] it must be the new run.
pub trait Observation {
    /// Steps run.
    fn step(&self) -> u64;
    /// A column of the metrics over the last `over` steps: the mean over seeds of each seed's statistic; `None` where
    /// there is no value.
    fn value_of(&self, column: &str, statistic: Statistic, over: u64) -> Option<f64>;
    /// A field of the experiment, if it is a number.
    fn field(&self, path: &str) -> Option<f64>;
}

/// A run seen through its curves.
#[derive(Clone, Copy, Debug)]
pub struct StoreObservation<'a> {
    /// Its curves.
    pub metrics: &'a MetricStore,
    /// Its present settings.
    pub experiment: &'a Experiment,
    /// Steps run.
    pub step: u64,
}

/// Values that are read one by one; the store holds this many at full rate.
const FULL_RATE: usize = 4096;

impl Observation for StoreObservation<'_> {
    fn step(&self) -> u64 {
        self.step
    }

    fn value_of(&self, column: &str, statistic: Statistic, over: u64) -> Option<f64> {
        let column = self.metrics.columns().index(column)?;
        let seeds = 0..self.metrics.seeds().len();
        let of_seed = |seed: usize| {
            if over == 1 {
                return self.metrics.latest_defined(column, seed).map(|(_, value)| f64::from(value));
            }
            let bins = self.metrics.envelope(column, seed, self.step.saturating_sub(over), self.step, FULL_RATE);
            let means = bins.iter().map(|bin| f64::from(bin.mean));
            match statistic {
                Statistic::Mean => mean(means),
                Statistic::Sd => sd(means),
                Statistic::Min => bins.iter().map(|bin| f64::from(bin.min)).reduce(f64::min),
                Statistic::Max => bins.iter().map(|bin| f64::from(bin.max)).reduce(f64::max),
            }
        };
        mean(seeds.filter_map(of_seed))
    }

    fn field(&self, path: &str) -> Option<f64> {
        super::experiment::number_of(self.experiment, path)
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

fn sd(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let centre = mean(values.clone())?;
    let (squares, count) = values.fold((0.0, 0.0), |(s, n), value| (s + (value - centre) * (value - centre), n + 1.0));
    (count > 1.0).then(|| f64::sqrt(squares / (count - 1.0)))
}
