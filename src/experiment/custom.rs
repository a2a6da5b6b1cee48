//! Rules that a user writes: what the section `[rule]` says of them, as text for the language and as numbers for a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::config::Experiment;
use super::error::ConfigError;
use super::rule::{Rule, RuleKind};
use crate::expression::{self, RateText, RuleText, StateText};

/// How fast a running average follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RuleRate {
    /// A number from 0 to 1.
    Number(f64),
    /// The value of a parameter.
    Parameter(String),
}

/// A running average of a rule that a user writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleState {
    /// What is averaged over samples.
    pub of: String,
    /// How fast.
    pub rate: RuleRate,
    /// Its value before the first step.
    #[serde(default)]
    pub start: f64,
}

/// Numbers of a rule by name.
pub type RuleParameters = BTreeMap<String, f64>;
/// Running averages of a rule by name.
pub type RuleStates = BTreeMap<String, RuleState>;

impl Rule {
    /// The rule as it is written.
    #[must_use]
    pub fn text(&self) -> RuleText {
        let state = |(name, state): (&String, &RuleState)| {
            let rate = match &state.rate {
                RuleRate::Number(rate) => RateText::Number(*rate),
                RuleRate::Parameter(name) => RateText::Parameter(name.clone()),
            };
            (name.clone(), StateText { of: state.of.clone(), rate, start: state.start })
        };
        RuleText {
            signal: self.signal.clone(),
            bias: self.bias.clone(),
            parameters: self.parameters.iter().map(|(name, value)| (name.clone(), *value)).collect(),
            states: self.state.iter().map(state).collect(),
        }
    }

    /// The rule as an engine takes it: rates that are numbers are parameters too, behind those that are written, so that
    /// each may change while a run goes on.
    #[must_use]
    pub fn engine_text(&self) -> RuleText {
        let mut text = self.text();
        let taken = |name: &str, text: &RuleText| {
            text.parameters.iter().any(|(known, _)| known == name) || text.states.iter().any(|(known, _)| known == name)
        };
        for place in 0..text.states.len() {
            let RateText::Number(rate) = text.states[place].1.rate else { continue };
            let mut name = format!("rate_of_{}", text.states[place].0);
            while taken(&name, &text) {
                name.push('_');
            }
            text.states[place].1.rate = RateText::Parameter(name.clone());
            text.parameters.push((name, rate));
        }
        text
    }

    /// Values of the parameters of [`Self::engine_text`], in their order; none of a rule that is built in.
    #[must_use]
    pub fn parameter_values(&self) -> Vec<f64> {
        if self.kind != RuleKind::Custom {
            return Vec::new();
        }
        self.engine_text().parameters.into_iter().map(|(_, value)| value).collect()
    }
}

impl Experiment {
    /// The rule that the user wrote, checked.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub(super) fn check_rule(&self) -> Result<(), ConfigError> {
        if self.rule.kind != RuleKind::Custom {
            return Ok(());
        }
        expression::Rule::check(&self.rule.text()).map(drop).map_err(|error| {
            let value = match &error.field {
                expression::Field::Signal => format!("{:?}", self.rule.signal),
                expression::Field::Bias => format!("{:?}", self.rule.bias),
                expression::Field::State(name) => {
                    self.rule.state.get(name).map_or_else(String::new, |state| format!("{:?}", state.of))
                }
                expression::Field::Parameter(name) => {
                    self.rule.parameters.get(name).map_or_else(String::new, ToString::to_string)
                }
            };
            let place = error.place.map_or_else(String::new, |place| {
                if place.line == 1 {
                    format!("column {}: ", place.column)
                } else {
                    format!("line {}, column {}: ", place.line, place.column)
                }
            });
            ConfigError::value(error.field.to_string(), value, format!("{place}{}", error.problem))
        })
    }
}
