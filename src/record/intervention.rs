//! A change of a setting while the run goes on.

use serde::{Deserialize, Serialize};

/// What part of a run an intervention touches; absent means all of it.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Layer, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// Twin's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
}

/// One line of `interventions.jsonl`: applied before the update of `step`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// Step before whose update the change took effect.
    pub step: u64,
    /// Dotted path of the field.
    pub field: String,
    /// Value before.
    pub old: serde_json::Value,
    /// Value after.
    pub new: serde_json::Value,
    /// Part of the run that it touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

impl Intervention {
    /// In place of a field: the executor that trains, `cpu` or `gpu`. Recorded, as the last digits depend on it, and not
    /// repeated, as another machine may have another processor.
    pub const BACKEND: &str = "backend";

    /// Beyond it no run counts its steps, so that what is added to a step stays one.
    pub const MOST_STEP: u64 = 1 << 60;

    /// Whether it tells of the executor rather than of a setting.
    #[must_use]
    pub fn is_of_backend(&self) -> bool {
        self.field == Self::BACKEND
    }

    /// Whether it says how long the run is to be. A record of a run has the steps actually run in its configuration.
    #[must_use]
    pub fn is_of_length(&self) -> bool {
        matches!(self.field.as_str(), "training.steps" | "training.epochs")
    }
}
