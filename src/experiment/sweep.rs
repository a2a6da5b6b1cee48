//! `[sweep]`: a grid of runs over one or two numeric fields, as typed configuration.

use serde::{Deserialize, Serialize};

use super::config::Experiment;
use super::error::ConfigError;
use super::fields::{Allowed, Field, field};
use super::load::with_assignment;

/// Most values of an axis, and most cells of a grid.
const MOST_VALUES: usize = 100_000;
const MOST_CELLS: usize = 10_000_000;
/// Significant digits of the values between the ends of an axis: what the last digit of a power or a root is depends on
/// the system's library, and a cell must be the same cell on every machine of a cluster.
const DIGITS: i32 = 9;

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
    /// The values themselves, in place of spacing, ends and number.
    pub x_values: Vec<f64>,
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
    /// The values themselves, in place of spacing, ends and number.
    pub y_values: Vec<f64>,
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
        }
    }
}

/// One axis of a sweep with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepAxis {
    /// The field.
    pub field: &'static Field,
    /// Its values, rising, or as listed.
    pub values: Vec<f64>,
    /// Spacing; of a listed axis the one that its values are nearest to.
    pub spacing: Spacing,
    /// Whether the square is shown.
    pub squared: bool,
}

impl SweepAxis {
    /// Name and symbol of what is shown.
    #[must_use]
    pub fn label(&self) -> String {
        let Field { label, symbol, unit, .. } = self.field;
        let square = if self.squared { "²" } else { "" };
        let name = match (symbol.is_empty(), self.squared) {
            (false, _) => format!("{label} {symbol}{square}"),
            (true, true) => format!("square of {label}"),
            (true, false) => (*label).to_owned(),
        };
        if unit.is_empty() { name } else { format!("{name} ({unit}{square})") }
    }

    /// Name and symbol without the unit, for headings.
    #[must_use]
    pub fn short_label(&self) -> String {
        self.label().split(" (").next().unwrap_or_default().to_owned()
    }

    /// The `at`-th value as shown.
    ///
    /// # Panics
    /// When there are fewer.
    #[must_use]
    pub fn shown(&self, at: usize) -> f64 {
        if self.squared { self.values[at] * self.values[at] } else { self.values[at] }
    }

    /// From a value of the field to its place along the axis, where the centre of the first cell is 0 and that of the
    /// next 1; values beyond the ends lie beyond them, by half a cell at most.
    #[must_use]
    pub fn place_of(&self, value: f64) -> f64 {
        let values = &self.values;
        let last = values.len() - 1;
        if last == 0 {
            return if value == values[0] { 0.0 } else { f64::midpoint(0.0, (value - values[0]).signum()) };
        }
        let rises = values[last] >= values[0];
        let is_below = |at: usize| if rises { values[at] <= value } else { values[at] >= value };
        let at = (0..=last).rev().find(|at| is_below(*at)).unwrap_or(0).min(last - 1);
        let (a, b, v) = (self.scaled(values[at]), self.scaled(values[at + 1]), self.scaled(value));
        let share = (v - a) / (b - a);
        let place = at as f64 + if share.is_finite() { share } else { 0.0 };
        place.clamp(-0.5, last as f64 + 0.5)
    }

    /// The inverse of [`Self::place_of`].
    #[must_use]
    pub fn value_at(&self, place: f64) -> f64 {
        let last = self.values.len() - 1;
        if last == 0 {
            return self.values[0];
        }
        let at = (place.max(0.0) as usize).min(last - 1);
        let (a, b) = (self.values[at], self.values[at + 1]);
        let share = place - at as f64;
        match self.spacing {
            Spacing::Log if a > 0.0 && b > 0.0 => a * (b / a).powf(share),
            Spacing::Squared => (a * a + share * (b * b - a * a)).max(0.0).sqrt(),
            _ => a + share * (b - a),
        }
    }

    /// Values in which neighbours are joined by a straight line.
    fn scaled(&self, value: f64) -> f64 {
        match self.spacing {
            Spacing::Log if self.values.iter().all(|v| *v > 0.0) => value.max(f64::MIN_POSITIVE).ln(),
            Spacing::Squared => value * value,
            _ => value,
        }
    }
}

/// An axis as the configuration gives it.
struct Given<'a> {
    name: &'static str,
    path: &'a str,
    spacing: Spacing,
    from: f64,
    to: f64,
    points: usize,
    values: &'a [f64],
    squared: bool,
}

impl Sweep {
    /// The axes with their values: horizontal, then vertical if there is one.
    ///
    /// # Errors
    /// A field that is no number, values outside its range or equal to each other.
    pub fn axes(&self) -> Result<Vec<SweepAxis>, ConfigError> {
        let x = Given {
            name: "sweep.x",
            path: &self.x,
            spacing: self.x_spacing,
            from: self.x_from,
            to: self.x_to,
            points: self.x_points,
            values: &self.x_values,
            squared: self.x_squared,
        };
        let y = Given {
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

/// Fields that a grid cannot go along, with the reason.
fn refused(path: &str) -> Option<&'static str> {
    match path {
        "training.seeds" | "training.seed" => Some("seeds are no axis; sweep.seeds says how many each cell has"),
        "measure.every" | "measure.validate_every" | "measure.snapshot_every" => {
            Some("a sweep measures the end of each run only, so this changes nothing")
        }
        _ if path.starts_with("sweep.") => Some("a sweep cannot go over its own settings"),
        _ => None,
    }
}

impl Given<'_> {
    fn error(&self, part: &str, value: impl std::fmt::Display, message: impl Into<String>) -> ConfigError {
        ConfigError::value(format!("{}{part}", self.name), value, message)
    }

    fn axis(&self) -> Result<SweepAxis, ConfigError> {
        let shown = format!("{:?}", self.path);
        let numbers = "must be a numeric field by its path, such as noise.weight_sd, regularizer.weight_decay or \
                       training.batch_size";
        let known = field(self.path).ok_or_else(|| self.error("", &shown, numbers))?;
        if let Some(reason) = refused(self.path) {
            return Err(self.error("", &shown, reason));
        }
        if !is_number(known) {
            return Err(self.error("", &shown, numbers));
        }
        let values = if self.values.is_empty() { self.spaced(known)? } else { self.listed()? };
        for value in &values {
            if let Some(refusal) = known.refusal(*value) {
                return Err(self.error("", &shown, format!("takes the value {value:?}; {} {refusal}", self.path)));
            }
        }
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            let message = "some of its values are equal; give fewer points, a wider range or another list";
            return Err(self.error("", &shown, message));
        }
        let spacing = if self.values.is_empty() { self.spacing } else { nearest_spacing(&values) };
        Ok(SweepAxis { field: known, values, spacing, squared: self.squared })
    }

    fn listed(&self) -> Result<Vec<f64>, ConfigError> {
        if self.values.len() > MOST_VALUES {
            return Err(self.error("_values", self.values.len(), format!("at most {MOST_VALUES} values")));
        }
        // Minus zero would be another cell than zero.
        Ok(self.values.iter().map(|value| value + 0.0).collect())
    }

    fn spaced(&self, known: &Field) -> Result<Vec<f64>, ConfigError> {
        let (from, to) = (self.from + 0.0, self.to + 0.0);
        for (part, end) in [("_from", from), ("_to", to)] {
            if self.spacing == Spacing::Log && end <= 0.0 {
                return Err(self.error(part, end, "must be above 0 for the spacing \"log\""));
            }
            if self.spacing == Spacing::Squared && end < 0.0 {
                return Err(self.error(part, end, "must not be negative for the spacing \"squared\""));
            }
        }
        let whole = matches!(known.allowed, Allowed::Whole { .. });
        let last = self.points.saturating_sub(1);
        let between = |at: usize| {
            let share = at as f64 / last as f64;
            match self.spacing {
                Spacing::Linear => from + share * (to - from),
                Spacing::Log => from * (to / from).powf(share),
                Spacing::Squared => (from * from + share * (to * to - from * from)).sqrt(),
            }
        };
        let value = |at: usize| match at {
            0 => from,
            _ if at == last => to,
            _ if whole => between(at).round(),
            _ => rounded(between(at)),
        };
        Ok((0..self.points).map(value).collect())
    }
}

fn is_number(field: &Field) -> bool {
    let lists = [
        "data.teacher_hidden",
        "model.hidden",
        "rule.random_nn_hidden",
        "regularizer.weight_decay_layers",
        "regularizer.decay_matrix",
        "measure.layers",
    ];
    field.allowed != Allowed::Any && !lists.contains(&field.path)
}

/// A number to [`DIGITS`] significant digits.
fn rounded(value: f64) -> f64 {
    // The shortest way that rounds the decimal digits, and not a binary fraction of a power of ten.
    format!("{value:.*e}", DIGITS as usize - 1).parse().unwrap_or(value)
}

fn nearest_spacing(values: &[f64]) -> Spacing {
    let positive = values.iter().all(|v| *v > 0.0);
    let (low, high) = values.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    if positive && high > 10.0 * low { Spacing::Log } else { Spacing::Linear }
}

impl Experiment {
    /// The experiment of one cell: without `[sweep]`, a single seed, and the axes' fields set.
    ///
    /// # Errors
    /// When the values do not fit the rest of the experiment.
    pub fn cell(&self, values: &[(&'static Field, f64)], seed: u64) -> Result<Self, ConfigError> {
        let mut cell = self.clone();
        cell.sweep = None;
        cell.training.seeds = 1;
        cell.training.seed = seed;
        for (field, value) in values {
            let value = match field.allowed {
                Allowed::Whole { .. } => toml::Value::Integer(*value as i64),
                _ => toml::Value::Float(*value),
            };
            cell = with_assignment(&cell, field.path, value)?;
        }
        Ok(cell)
    }

    /// Checks `[sweep]`: the axes, and that the experiments at the ends of the axes are allowed.
    pub(super) fn check_sweep(&self) -> Result<(), ConfigError> {
        let Some(sweep) = &self.sweep else { return Ok(()) };
        let axes = sweep.axes()?;
        let mut recorded = sweep.record.clone();
        recorded.sort_by_key(|one| *one as u8);
        recorded.dedup();
        if recorded.len() != sweep.record.len() || recorded.is_empty() {
            let allowed = "one or more of signal, full, validation_loss, accuracy, norms, each at most once";
            return Err(ConfigError::value("sweep.record", format!("{:?}", sweep.record), allowed));
        }
        if sweep.max_steps != 0 && sweep.min_steps > sweep.max_steps {
            let allowed = format!("at most sweep.max_steps = {}", sweep.max_steps);
            return Err(ConfigError::value("sweep.min_steps", sweep.min_steps, allowed));
        }
        let ends = |axis: &SweepAxis| {
            let (low, high) = axis
                .values
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
            [low, high].map(|value| (axis.field, value))
        };
        for first in ends(&axes[0]) {
            let second = axes.get(1).map_or_else(Vec::new, |axis| ends(axis).to_vec());
            let corners: Vec<Vec<_>> = match second.is_empty() {
                true => vec![vec![first]],
                false => second.into_iter().map(|second| vec![first, second]).collect(),
            };
            for corner in corners {
                let cell = self.cell(&corner, self.training.seed).map_err(|error| {
                    let at: Vec<_> =
                        corner.iter().map(|(field, value)| format!("{} = {value:?}", field.path)).collect();
                    ConfigError::value("sweep", at.join(", "), error.to_string())
                })?;
                for (name, (field, _)) in ["sweep.x", "sweep.y"].iter().zip(&corner) {
                    if let Some(reason) = self.without_effect_in(&cell, field.path) {
                        let message = format!("would make cells that are all the same: {reason}");
                        return Err(ConfigError::value(*name, format!("{:?}", field.path), message));
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(spacing: Spacing, from: f64, to: f64, points: usize) -> SweepAxis {
        let sweep = Sweep {
            x: "noise.weight_sd".into(),
            x_spacing: spacing,
            x_from: from,
            x_to: to,
            x_points: points,
            ..Sweep::default()
        };
        sweep.axes().expect("allowed").remove(0)
    }

    #[test]
    fn spacings() {
        assert_eq!(axis(Spacing::Linear, 0.0, 0.3, 4).values, [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(axis(Spacing::Log, 1e-3, 1.0, 4).values, [1e-3, 1e-2, 1e-1, 1.0]);
        let squared = axis(Spacing::Squared, 0.0, 2.0, 5).values;
        for (value, square) in squared.iter().zip([0.0, 1.0, 2.0, 3.0, 4.0]) {
            // Nine digits are kept.
            assert!((value * value - square).abs() < 1e-8, "{squared:?}");
        }
    }

    #[test]
    fn places_along_an_axis_and_back() {
        for axis in
            [axis(Spacing::Linear, 0.0, 3.0, 7), axis(Spacing::Log, 1e-4, 5e-3, 9), axis(Spacing::Squared, 0.0, 2.0, 5)]
        {
            for place in [0.0, 0.25, 1.0, 2.5, 3.9] {
                let back = axis.place_of(axis.value_at(place));
                // Values in between have nine digits.
                assert!((back - place).abs() < 1e-6, "{:?}: {place} became {back}", axis.spacing);
            }
            assert!(axis.place_of(1e9) <= axis.values.len() as f64 - 0.5);
        }
    }
}
