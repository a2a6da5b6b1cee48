//! A layer without a direction: why, since when, and until when.

use serde::{Deserialize, Serialize};

/// Why the alignment of a layer says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollapseCause {
    /// Its weights are below a thousandth of their initial norm.
    Weights,
    /// No learning signal reaches it.
    Signal,
    /// Its inputs or outputs are silent.
    Hebbian,
}

impl CollapseCause {
    /// What is so, as a clause about the layer.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Weights => "|W| is below a thousandth of its initial norm",
            Self::Signal => "the learning signal is exactly zero",
            Self::Hebbian => "the Hebbian update is exactly zero",
        }
    }
}

/// A layer of a seed that collapsed on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collapse {
    /// Seed.
    pub seed: u64,
    /// Layer, counted from 1.
    pub layer: usize,
    /// Why.
    pub cause: CollapseCause,
    /// First step that shows it.
    pub step: u64,
    /// First step that shows it grown back; `None` while it has not.
    pub until: Option<u64>,
}

impl Collapse {
    /// Whether the layer is collapsed after `step` steps.
    #[must_use]
    pub fn is_at(&self, step: u64) -> bool {
        self.step <= step && self.until.is_none_or(|until| until > step)
    }
}

/// A seed in which a layer ends without a direction, in `summary.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollapsedSeed {
    /// Seed.
    pub seed: u64,
    /// First step that shows it, where it was seen on the way.
    pub step: Option<u64>,
    /// Why, in words.
    pub reason: String,
}
