//! The axes of a sweep: fields with their values, which are numbers or, of fields that take none, texts and switches.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Value;

use super::config::Experiment;
use super::error::ConfigError;
use super::fields::{Allowed, Field, field};
use super::load::look_up;
use super::sweep::Spacing;
use crate::own_words;

/// Most values of an axis of numbers.
const MOST_NUMBERS: usize = 100_000;
/// Most values of an axis of texts: all of them, and all pairs of two such axes, are tried before a sweep starts.
const MOST_TEXTS: usize = 100;
/// Significant digits of the values between the ends of an axis: what the last digit of a power or a root is depends on
/// the system's library, and a cell must be the same cell on every machine of a cluster.
const DIGITS: i32 = 9;

/// A value of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AxisValue {
    /// Of a numeric field.
    Number(f64),
    /// Of a field that is true or false.
    Switch(bool),
    /// Of every other field: the name of an alternative, or an expression.
    Text(String),
}

impl AxisValue {
    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Switch(_) | Self::Text(_) => None,
        }
    }

    /// The value without quotation marks; numbers have the fewest digits that read back as the same.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// As the field takes it.
    pub(super) fn to_toml(&self, field: &Field) -> Value {
        match (self, field.allowed) {
            (Self::Number(number), Allowed::Whole { .. }) => Value::Integer(*number as i64),
            (Self::Number(number), _) => Value::Float(*number),
            (Self::Switch(switch), _) => Value::Boolean(*switch),
            (Self::Text(text), _) => Value::String(text.clone()),
        }
    }
}

impl From<f64> for AxisValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// As messages have it: text in quotation marks.
impl fmt::Display for AxisValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Switch(switch) => write!(f, "{switch}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// One axis of a sweep with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepAxis {
    /// The field.
    pub field: &'static Field,
    /// Its values, rising, or as listed; where they are no numbers, their places: 0, 1, 2, ...
    pub values: Vec<f64>,
    /// The values where they are no numbers, as listed; empty where they are.
    pub categories: Vec<AxisValue>,
    /// Spacing; of a listed axis the one that its values are nearest to.
    pub spacing: Spacing,
    /// Whether the square is shown.
    pub squared: bool,
}

impl SweepAxis {
    /// Whether its values are no numbers, so that nothing lies between two of them.
    #[must_use]
    pub fn is_category(&self) -> bool {
        !self.categories.is_empty()
    }

    /// The `at`-th value.
    ///
    /// # Panics
    /// When there are fewer.
    #[must_use]
    pub fn value(&self, at: usize) -> AxisValue {
        if self.is_category() { self.categories[at].clone() } else { AxisValue::Number(self.values[at]) }
    }

    /// Name and symbol of what is shown; in it, what a person has written is marked ([`own_words`](crate::own_words)).
    #[must_use]
    pub fn label(&self) -> String {
        let Field { symbol, unit, .. } = self.field;
        let label = self.field.marked_label();
        let square = if self.squared { "²" } else { "" };
        let name = match (symbol.is_empty(), self.squared) {
            (false, _) => format!("{label} {symbol}{square}"),
            (true, true) => format!("square of {label}"),
            (true, false) => label.into_owned(),
        };
        if unit.is_empty() { name } else { format!("{name} ({unit}{square})") }
    }

    /// Name and symbol without the unit, for headings.
    #[must_use]
    pub fn short_label(&self) -> String {
        self.label().split(" (").next().unwrap_or_default().to_owned()
    }

    /// Symbol of the field, or its name where it has none, marked as that of [`Self::label`].
    #[must_use]
    pub fn symbol(&self) -> String {
        match self.field.symbol {
            "" => self.field.marked_label().into_owned(),
            symbol => symbol.to_owned(),
        }
    }

    /// The `at`-th value as labels have it: one that is a text is the words of a person, and marked.
    ///
    /// # Panics
    /// When there are fewer.
    #[must_use]
    pub fn named_value(&self, at: usize) -> String {
        match self.value(at) {
            AxisValue::Text(text) => own_words::marked(&text),
            value => value.plain(),
        }
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
pub(super) struct AsGiven<'a> {
    pub name: &'static str,
    pub path: &'a str,
    pub spacing: Spacing,
    pub from: f64,
    pub to: f64,
    pub points: usize,
    pub values: &'a [AxisValue],
    pub squared: bool,
}

/// Fields that a grid cannot go along, with the reason.
fn refused(path: &str) -> Option<&'static str> {
    match path {
        "training.seeds" | "training.seed" => Some("seeds are no axis; sweep.seeds says how many each cell has"),
        "measure.every" | "measure.validate_every" | "measure.snapshot_every" => {
            Some("a sweep measures the end of each run only, so this changes nothing")
        }
        "name" | "description" => Some("it changes nothing of what is trained"),
        "data.path" | "data.targets_path" | "data.labels_path" | "data.label_column" | "data.split_seed"
        | "data.content" => Some("the cells of a grid have their data from one place"),
        _ if path.starts_with("sweep.") => Some("a sweep cannot go over its own settings"),
        _ => None,
    }
}

impl AsGiven<'_> {
    fn error(&self, part: &str, value: impl fmt::Display, message: impl Into<String>) -> ConfigError {
        ConfigError::value(format!("{}{part}", self.name), value, message)
    }

    pub(super) fn axis(&self) -> Result<SweepAxis, ConfigError> {
        let shown = format!("{:?}", self.path);
        let message = "must be a numeric field by its path, such as noise.weight_sd, regularizer.weight_decay or \
                       training.batch_size, or one that takes a text or true and false, such as rule.kind or \
                       model.batch_norm";
        let known = field(self.path).ok_or_else(|| self.error("", &shown, message))?;
        if let Some(reason) = refused(self.path) {
            return Err(self.error("", &shown, reason));
        }
        if is_list(known) {
            return Err(self.error("", &shown, message));
        }
        if known.allowed == Allowed::Any {
            let categories = self.categories()?;
            let values = (0..categories.len()).map(|at| at as f64).collect();
            return Ok(SweepAxis { field: known, values, categories, spacing: Spacing::Linear, squared: false });
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
        Ok(SweepAxis { field: known, values, categories: Vec::new(), spacing, squared: self.squared })
    }

    fn listed(&self) -> Result<Vec<f64>, ConfigError> {
        if self.values.len() > MOST_NUMBERS {
            return Err(self.error("_values", self.values.len(), format!("at most {MOST_NUMBERS} values")));
        }
        let number = |value: &AxisValue| {
            let refusal = || self.error("_values", value, format!("{} takes numbers", self.path));
            // Minus zero would be another cell than zero.
            value.number().map(|number| number + 0.0).ok_or_else(refusal)
        };
        self.values.iter().map(number).collect()
    }

    /// The values of a field that takes no numbers. Whether it takes these is seen where they meet the experiment.
    fn categories(&self) -> Result<Vec<AxisValue>, ConfigError> {
        let is_switch = is_switch(self.path);
        let takes = if is_switch { "true or false" } else { "texts in quotation marks" };
        if self.values.is_empty() {
            let such = if is_switch { "[false, true]" } else { "[\"one\", \"another\"]" };
            let message = format!(
                "{} takes {takes}, which have no spacing: list the values, as in {}_values = {such}",
                self.path, self.name
            );
            return Err(self.error("_values", "[]", message));
        }
        if self.values.len() > MOST_TEXTS {
            let message = format!("at most {MOST_TEXTS} values of a field that takes no numbers");
            return Err(self.error("_values", self.values.len(), message));
        }
        let mut categories: Vec<AxisValue> = Vec::new();
        for value in self.values {
            let taken = match (is_switch, value) {
                (true, AxisValue::Switch(_)) | (false, AxisValue::Text(_)) => Some(value.clone()),
                (true, AxisValue::Text(text)) => text.parse().ok().map(AxisValue::Switch),
                _ => None,
            };
            let taken = taken.ok_or_else(|| self.error("_values", value, format!("{} takes {takes}", self.path)))?;
            if categories.contains(&taken) {
                return Err(self.error("_values", value, "is there twice; each value once"));
            }
            categories.push(taken);
        }
        Ok(categories)
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

/// Whether a field holds several values.
fn is_list(field: &Field) -> bool {
    const LISTS: [&str; 7] = [
        "data.teacher_hidden",
        "model.hidden",
        "model.frozen_layers",
        "rule.random_nn_hidden",
        "regularizer.weight_decay_layers",
        "regularizer.decay_matrix",
        "measure.layers",
    ];
    LISTS.contains(&field.path)
}

/// Whether a field is true or false.
fn is_switch(path: &str) -> bool {
    let defaults = toml::Table::try_from(Experiment::default());
    defaults.is_ok_and(|defaults| look_up(&defaults, path).is_some_and(|value| value.is_bool()))
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

#[cfg(test)]
mod tests {
    use super::super::Sweep;
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
