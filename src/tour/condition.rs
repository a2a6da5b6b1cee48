//! Conditions on a run: what a stage waits for, and what it claims.

use std::fmt;

use toml::Value;

use super::experiment::Setting;
use super::observation::Observation;
use crate::experiment::fields::{Allowed, field};

/// How the values of a column over some steps become one number for each seed; the seeds' numbers are averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Mean over the steps.
    Mean,
    /// Standard deviation over the steps, with n - 1.
    Sd,
    /// Least value.
    Min,
    /// Greatest value.
    Max,
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// Steps of the whole run.
    Step,
    /// Steps since the stage's actions last took effect.
    Steps,
    /// A column of the metrics over the last `over` steps; for 1 the newest value.
    Column {
        /// Name of the column.
        name: String,
        /// What is taken of it.
        statistic: Statistic,
        /// Steps, at least 1.
        over: u64,
    },
    /// A field of the experiment.
    Field(&'static str),
}

/// What must be true of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Relation {
    /// `>`
    Above(f64),
    /// `>=`
    AtLeast(f64),
    /// `<`
    Below(f64),
    /// `<=`
    AtMost(f64),
    /// `between A and B`, both included.
    Between(f64, f64),
}

impl Relation {
    /// Whether it is true of `value`.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::Above(bound) => value > bound,
            Self::AtLeast(bound) => value >= bound,
            Self::Below(bound) => value < bound,
            Self::AtMost(bound) => value <= bound,
            Self::Between(low, high) => low <= value && value <= high,
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above(bound) => write!(f, "> {bound}"),
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
            Self::Below(bound) => write!(f, "< {bound}"),
            Self::AtMost(bound) => write!(f, "<= {bound}"),
            Self::Between(low, high) => write!(f, "between {low} and {high}"),
        }
    }
}

/// A condition on a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is looked at.
    pub quantity: Quantity,
    /// What must be true of it.
    pub relation: Relation,
}

/// As it is written in a tour.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = self.relation;
        match &self.quantity {
            Quantity::Step => write!(f, "step {relation}"),
            Quantity::Steps => write!(f, "steps {relation}"),
            Quantity::Field(path) => write!(f, "field {path} {relation}"),
            Quantity::Column { name, statistic, over } => {
                let statistic = match statistic {
                    Statistic::Mean => "",
                    Statistic::Sd => "sd ",
                    Statistic::Min => "min ",
                    Statistic::Max => "max ",
                };
                write!(f, "{statistic}{name} {relation}")?;
                if *over > 1 { write!(f, " over {over}") } else { Ok(()) }
            }
        }
    }
}

impl Condition {
    /// The number it speaks of; `None` while there is none. `since` is the step from which values count: a mean over N
    /// steps is undefined until N steps have been run from there.
    pub(super) fn measure(&self, run: &dyn Observation, since: u64) -> Option<f64> {
        match &self.quantity {
            Quantity::Step => Some(run.step() as f64),
            Quantity::Steps => Some(run.step().saturating_sub(since) as f64),
            Quantity::Field(path) => run.field(path),
            Quantity::Column { name, statistic, over } => {
                let enough = run.step().saturating_sub(since) >= *over;
                enough.then(|| run.value_of(name, *statistic, *over)).flatten()
            }
        }
    }
}

/// A condition that a stage waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// The condition.
    pub condition: Condition,
    /// Steps within which it must come true in a rehearsal.
    pub within: u64,
    /// Whether the run pauses as soon as all of the stage's waits have come true.
    pub then_pause: bool,
    /// Line in the file.
    pub line: usize,
}

impl Wait {
    /// The setting that a person makes by hand to fulfil it, where it waits for one.
    #[must_use]
    pub fn by_hand(&self) -> Option<(&'static str, Value)> {
        let Quantity::Field(path) = self.condition.quantity else { return None };
        let value = match self.condition.relation {
            Relation::AtLeast(bound) | Relation::AtMost(bound) => bound,
            // The value that a tour has in mind, with room above it for hands.
            Relation::Between(low, _) => low,
            Relation::Above(bound) => next_beyond(bound, 1.1),
            Relation::Below(bound) => next_beyond(bound, 0.9),
        };
        match field(path).map(|f| f.allowed) {
            Some(Allowed::Whole { .. }) => Some((path, Value::Integer(value.ceil() as i64))),
            _ => Some((path, Value::Float(value))),
        }
    }
}

/// A value a tenth beyond `bound`.
fn next_beyond(bound: f64, factor: f64) -> f64 {
    if bound == 0.0 { factor - 1.0 } else { bound * factor }
}

/// Steps that a wait may take where its line does not say.
const WITHIN: u64 = 4000;

const FORMS: &str = "expected 'step >= 600', 'steps >= 600' (since the stage's actions), 'signal_2 > 0.3 over 100', \
                     'sd full_2 > 0.1 over 100' (also min, max), or 'field regularizer.weight_decay >= 5e-3'; relations \
                     are >, >=, <, <= and 'between A and B'";

/// Reads `CONDITION [within N] [then pause]`.
pub(super) fn parse_wait(text: &str, line: usize, setting: &Setting) -> Result<Wait, String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let then_pause = words.ends_with(&["then", "pause"]);
    if then_pause {
        words.truncate(words.len() - 2);
    }
    let mut within = WITHIN;
    if let [.., "within", steps] = words[..] {
        within = count("within", steps)?;
        words.truncate(words.len() - 2);
    }
    Ok(Wait { condition: from_words(&words, setting)?, within, then_pause, line })
}

/// Reads a condition and checks its names against the experiment.
pub(super) fn parse_condition(text: &str, setting: &Setting) -> Result<Condition, String> {
    from_words(&text.split_whitespace().collect::<Vec<_>>(), setting)
}

fn from_words(words: &[&str], setting: &Setting) -> Result<Condition, String> {
    let (words, over) = match words {
        [rest @ .., "over", steps] => (rest, Some(count("over", steps)?)),
        _ => (words, None),
    };
    let start = words.iter().position(|word| matches!(*word, ">" | ">=" | "<" | "<=" | "between"));
    let (subject, relation) = words.split_at(start.ok_or(FORMS)?);
    let relation = match relation {
        [">", bound] => Relation::Above(number(bound)?),
        [">=", bound] => Relation::AtLeast(number(bound)?),
        ["<", bound] => Relation::Below(number(bound)?),
        ["<=", bound] => Relation::AtMost(number(bound)?),
        ["between", low, "and", high] => {
            let (low, high) = (number(low)?, number(high)?);
            if low > high {
                return Err(format!("between {low} and {high}: the first must not be the greater"));
            }
            Relation::Between(low, high)
        }
        _ => return Err(FORMS.into()),
    };
    let quantity = match subject {
        ["step"] if over.is_none() => Quantity::Step,
        ["steps"] if over.is_none() => Quantity::Steps,
        ["field", path] if over.is_none() => Quantity::Field(number_field(path)?),
        ["sd", name] if over.unwrap_or(1) > 1 => column(name, Statistic::Sd, over, setting)?,
        ["sd", _] => return Err("sd needs the steps it is taken over, such as 'sd full_2 > 0.1 over 100'".into()),
        ["min", name] => column(name, Statistic::Min, over, setting)?,
        ["max", name] => column(name, Statistic::Max, over, setting)?,
        ["mean", name] | [name] => column(name, Statistic::Mean, over, setting)?,
        _ => return Err(FORMS.into()),
    };
    Ok(Condition { quantity, relation })
}

fn column(name: &str, statistic: Statistic, over: Option<u64>, setting: &Setting) -> Result<Quantity, String> {
    setting.check_column(name)?;
    Ok(Quantity::Column { name: name.to_owned(), statistic, over: over.unwrap_or(1) })
}

fn number_field(path: &str) -> Result<&'static str, String> {
    let known = super::experiment::known_field(path)?;
    match field(known).map(|f| f.allowed) {
        Some(Allowed::Number { .. } | Allowed::Whole { .. }) => Ok(known),
        _ => Err(format!("field {path} is not a number, so it cannot be compared")),
    }
}

fn number(text: &str) -> Result<f64, String> {
    let parsed = text.parse::<f64>().ok().filter(|value| value.is_finite());
    parsed.ok_or_else(|| format!("'{text}' must be a finite number, such as 0.3 or 5e-3"))
}

fn count(what: &str, text: &str) -> Result<u64, String> {
    let parsed = text.parse::<u64>().ok().filter(|value| (1..=1_000_000).contains(value));
    parsed.ok_or_else(|| format!("{what} {text}: must be a whole number of steps from 1 to 1000000"))
}
