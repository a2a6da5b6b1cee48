//! `[sweep]`: a grid of runs over one or two fields, as typed configuration.

use serde::{Deserialize, Serialize};

use super::axis::{AsGiven, AxisValue, SweepAxis};
use super::error::ConfigError;

/// Most cells of a grid.
const MOST_CELLS: usize = 10_000_000;

/// How the values of an axis are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Equal differences.
    Linear,
    /// Equal ratios.
    Log,
    /// Equal differences of the squares, as of the variance where the field is a standard deviation.
    Squared,
}

/// When a cell has trained enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopRule {
    /// After the steps of `[training]`.
    Steps,
    /// When the window means of alignment and stationarity gap have become steady.
    Stationarity,
}

/// What stays of a cell that is at its end, beside what is recorded of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptOfCell {
    /// Nothing.
    Nothing,
    /// Its network, with all that it goes on from.
    Weights,
}

/// What a cell leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// Alignment of the learning signal, for each layer.
    Signal,
    /// Alignment of the full update, for each layer.
    Full,
    /// Loss on the validation set.
    ValidationLoss,
    /// Accuracy on the validation set, where there are classes.
    Accuracy,
    /// Norms of weights, signal and Hebbian update, for each layer.
    Norms,
}

impl Recorded {
    /// As the configuration has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Full => "full",
            Self::ValidationLoss => "validation_loss",
            Self::Accuracy => "accuracy",
            Self::Norms => "norms",
        }
    }
}

/// `[sweep]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sweep {
    /// Field of the horizontal axis, by its dotted path.
    pub x: String,
    /// Spacing of its values.
    pub x_spacing: Spacing,
    /// First value.
    pub x_from: f64,
    /// Last value.
    pub x_to: f64,
    /// How many values.
    pub x_points: usize,
    /// The values themselves, in place of spacing, ends and number; fields that take texts have no others.
    pub x_values: Vec<AxisValue>,
    /// Whether the square of the value is shown.
    pub x_squared: bool,
    /// Field of the vertical axis; empty for a sweep over one field.
    pub y: String,
    /// Spacing of its values.
    pub y_spacing: Spacing,
    /// First value.
    pub y_from: f64,
    /// Last value.
    pub y_to: f64,
    /// How many values.
    pub y_points: usize,
    /// The values themselves, in place of spacing, ends and number; fields that take texts have no others.
    pub y_values: Vec<AxisValue>,
    /// Whether the square of the value is shown.
    pub y_squared: bool,
    /// Seeds of each cell, from `training.seed` on.
    pub seeds: usize,
    /// When a cell has trained enough.
    pub stop: StopRule,
    /// Stationarity: largest change of a layer's mean alignment.
    pub tolerance: f64,
    /// Stationarity: largest relative change of a layer's mean stationarity gap.
    pub gap_tolerance: f64,
    /// Stationarity: fewest steps.
    pub min_steps: u64,
    /// Stationarity: most steps; 0 for those of `[training]`.
    pub max_steps: u64,
    /// What is recorded of each cell.
    pub record: Vec<Recorded>,
    /// What stays of each cell in the sweep's folder.
    pub keep: KeptOfCell,
    /// Of a grid over `rule.kind` or `model.activation`: which settings somebody gave, each as `path = value`, rather than
    /// a preset or the program itself. They stay in cells of another rule, whose own defaults replace all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<Vec<String>>,
}

impl Default for Sweep {
    fn default() -> Self {
        Self {
            x: String::new(),
            x_spacing: Spacing::Linear,
            x_from: 0.0,
            x_to: 1.0,
            x_points: 10,
            x_values: Vec::new(),
            x_squared: false,
            y: String::new(),
            y_spacing: Spacing::Linear,
            y_from: 0.0,
            y_to: 1.0,
            y_points: 10,
            y_values: Vec::new(),
            y_squared: false,
            seeds: 1,
            stop: StopRule::Steps,
            tolerance: 0.005,
            gap_tolerance: 0.1,
            min_steps: 0,
            max_steps: 0,
            record: vec![Recorded::Signal, Recorded::Full, Recorded::ValidationLoss, Recorded::Accuracy],
            keep: KeptOfCell::Nothing,
            given: None,
        }
    }
}

impl Sweep {
    /// Whether a field is that of an axis.
    #[must_use]
    pub fn goes_over(&self, path: &str) -> bool {
        self.x == path || self.y == path
    }

    /// The axes with their values: horizontal, then vertical if there is one.
    ///
    /// # Errors
    /// A field that has no single value, values that it does not take or that are equal to each other.
    pub fn axes(&self) -> Result<Vec<SweepAxis>, ConfigError> {
        let x = AsGiven {
            name: "sweep.x",
            path: &self.x,
            spacing: self.x_spacing,
            from: self.x_from,
            to: self.x_to,
            points: self.x_points,
            values: &self.x_values,
            squared: self.x_squared,
        };
        let y = AsGiven {
            name: "sweep.y",
            path: &self.y,
            spacing: self.y_spacing,
            from: self.y_from,
            to: self.y_to,
            points: self.y_points,
            values: &self.y_values,
            squared: self.y_squared,
        };
        let mut axes = vec![x.axis()?];
        if !self.y.is_empty() {
            if self.y == self.x {
                return Err(ConfigError::value("sweep.y", format!("{:?}", self.y), "is the field of sweep.x already"));
            }
            axes.push(y.axis()?);
        }
        let cells = axes.iter().map(|axis| axis.values.len()).product::<usize>().saturating_mul(self.seeds);
        if cells > MOST_CELLS {
            return Err(ConfigError::value("sweep", format!("{cells} cells"), format!("at most {MOST_CELLS}")));
        }
        Ok(axes)
    }
}
