//! `summary.json`: what a run came to.

use serde::{Deserialize, Serialize};

use super::collapse::CollapsedSeed;
use super::spool::Thinned;
use crate::experiment::AlignmentReading;

/// A value of every seed, and its mean and spread over those where it is defined.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Mean over seeds.
    pub mean: Option<f64>,
    /// Standard deviation over seeds, with n - 1; null for fewer than two.
    pub sd: Option<f64>,
    /// The seeds' values, in the order of [`Summary::seeds`]; null where undefined.
    pub per_seed: Vec<Option<f64>>,
}

impl Stats {
    /// Over the seeds' values. One that is not finite is undefined.
    #[must_use]
    pub fn over(per_seed: Vec<Option<f64>>) -> Self {
        let per_seed: Vec<Option<f64>> = per_seed.into_iter().map(|value| value.filter(|v| v.is_finite())).collect();
        let values: Vec<f64> = per_seed.iter().copied().flatten().collect();
        let n = values.len() as f64;
        let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / n);
        let sd = mean
            .filter(|_| values.len() > 1)
            .map(|mean| (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt());
        Self { mean, sd, per_seed }
    }
}

/// Alignments of one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// Layer, counted from 1.
    pub layer: usize,
    /// The map's name in state dictionaries, such as `layers.0`.
    #[serde(default)]
    pub name: String,
    /// What the columns of its numbers end in, where that is not the layer's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Cosine of the learning signal and the Hebbian update: each seed's mean over its last `window` measured steps.
    pub signal: Stats,
    /// The same of the full update.
    pub full: Stats,
    /// Whether the layer has collapsed in a seed.
    pub collapsed: bool,
    /// Seeds in which it has.
    pub collapsed_seeds: Vec<u64>,
    /// Since when and why, one entry for each of them.
    #[serde(default)]
    pub collapses: Vec<CollapsedSeed>,
}

impl LayerSummary {
    /// Of a layer, counted from 1.
    #[must_use]
    pub fn new(layer: usize, signal: Stats, full: Stats, collapses: Vec<CollapsedSeed>) -> Self {
        let collapsed_seeds = collapses.iter().map(|one| one.seed).collect();
        let name = format!("layers.{}", layer.saturating_sub(1));
        Self { layer, name, label: None, signal, full, collapsed: !collapses.is_empty(), collapsed_seeds, collapses }
    }

    /// With the names that a network gives its map.
    #[must_use]
    pub fn named(self, name: &str, label: &str) -> Self {
        let label = (label != self.layer.to_string()).then(|| label.to_owned());
        Self { name: name.to_owned(), label, ..self }
    }
}

/// A seed that left the run because a value was not finite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    /// The seed.
    pub seed: u64,
    /// The step whose value was not finite, counted from 0.
    pub step: u64,
    /// The value that was not finite.
    pub field: String,
}

/// `summary.json`. The first ten fields are the contract with other tools; what follows was appended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The experiment's name.
    pub experiment: String,
    /// Executor and processor in words.
    pub backend: String,
    /// Seeds, in the order of the values per seed.
    pub seeds: Vec<u64>,
    /// Steps run by each seed that did not diverge.
    pub steps: u64,
    /// Steps a second of wall-clock time, all seeds advancing together.
    pub steps_per_second: f64,
    /// Measured steps that the alignments are means of, where there are as many: [`Self::averaged_steps`] tells.
    pub window: usize,
    /// Alignments of the measured layers.
    pub layers: Vec<LayerSummary>,
    /// Loss on the validation set at the end of the run.
    pub validation_loss: Stats,
    /// Version of Hebbscope.
    pub version: String,
    /// First 16 hexadecimal digits of the SHA-256 of `config.toml`.
    pub config_hash: String,
    /// Share of the validation set classified correctly at the end; null where there are no classes.
    pub validation_accuracy: Option<Stats>,
    /// Loss on the batch: each seed's mean over its last `window` measured steps.
    pub train_loss: Stats,
    /// Vector instructions that the inner loops used.
    pub instruction_set: String,
    /// Kernel of the matrix products.
    pub kernel: String,
    /// Where the examples came from.
    pub data_source: String,
    /// What the reader must know, such as that other data stood in.
    pub notice: Option<String>,
    /// The fault of this program that ended the run, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Which reading of 'alignment' the cosines are.
    pub alignment_reading: AlignmentReading,
    /// Seeds that left the run.
    pub diverged: Vec<Divergence>,
    /// Whether all steps were run; false after an interrupt.
    pub complete: bool,
    /// Steps a second of wall-clock time, each seed counting for itself.
    pub replica_steps_per_second: f64,
    /// Threads that trained.
    pub threads: usize,
    /// Measured steps that the alignments are means of: `window`, or all of a run that has fewer.
    #[serde(default)]
    pub averaged_steps: usize,
    /// Measured steps that the metrics no longer have, as a windowed run has filled its room on disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinned: Option<Thinned>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_is_that_of_a_sample() {
        let stats = Stats::over(vec![Some(1.0), None, Some(2.0), Some(6.0)]);
        assert_eq!(stats.mean, Some(3.0));
        // Deviations -2, -1, 3: squares sum to 14, divided by n - 1 = 2.
        assert_eq!(stats.sd, Some(7.0_f64.sqrt()));
        assert_eq!(stats.per_seed.len(), 4);
    }

    #[test]
    fn one_seed_has_no_spread_and_none_has_nothing() {
        let one = Stats::over(vec![Some(2.0)]);
        assert_eq!((one.mean, one.sd), (Some(2.0), None));
        let none = Stats::over(vec![None, Some(f64::NAN)]);
        assert_eq!(none, Stats { mean: None, sd: None, per_seed: vec![None, None] });
        assert_eq!(serde_json::to_string(&none).expect("JSON"), r#"{"mean":null,"sd":null,"per_seed":[null,null]}"#);
    }
}
