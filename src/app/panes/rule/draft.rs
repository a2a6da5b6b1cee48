//! A rule as it stands in the editor, right or wrong, and its ways from and to an experiment.

use std::collections::BTreeMap;

use crate::app::look::reading;
use crate::experiment::{
    Experiment, HebbActivity, Normalization, OjaForm, OptimizerKind, RULE_SECTION, Rule, RuleKind, RuleRate, RuleState,
    WRITTEN_SUFFIX, with_assignment, with_assignments,
};
use crate::expression::library::KnownRule;
use crate::expression::{Field, RateText, RuleText, StateText};

/// A number with a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterRow {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// A running average.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateRow {
    /// Its name.
    pub name: String,
    /// What is averaged.
    pub of: String,
    /// A number, or the name of a parameter.
    pub rate: String,
    /// Its value before the first step.
    pub start: f64,
}

/// A rule as it stands in the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The signal of the weights.
    pub signal: String,
    /// The signal of the biases.
    pub bias: String,
    /// Numbers that the expressions name.
    pub parameters: Vec<ParameterRow>,
    /// Running averages that the expressions name.
    pub states: Vec<StateRow>,
    /// What is done to rows of weights after a step.
    pub normalization: Normalization,
    /// What the signal goes through.
    pub optimizer: OptimizerKind,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            signal: String::new(),
            bias: String::new(),
            parameters: Vec::new(),
            states: Vec::new(),
            normalization: Normalization::None,
            optimizer: OptimizerKind::Sgd,
        }
    }
}

impl From<RuleText> for Draft {
    fn from(text: RuleText) -> Self {
        let rate = |rate| match rate {
            RateText::Number(number) => format!("{number}"),
            RateText::Parameter(name) => name,
        };
        let state = |(name, StateText { of, rate: given, start })| StateRow { name, of, rate: rate(given), start };
        Self {
            signal: text.signal,
            bias: text.bias,
            parameters: text.parameters.into_iter().map(|(name, value)| ParameterRow { name, value }).collect(),
            states: text.states.into_iter().map(state).collect(),
            ..Self::default()
        }
    }
}

impl StateRow {
    fn rate(&self) -> RateText {
        let text = self.rate.trim();
        reading::read(text).map_or_else(|_| RateText::Parameter(text.to_owned()), RateText::Number)
    }
}

impl Draft {
    /// A rule of the library.
    #[must_use]
    pub fn known(rule: &KnownRule) -> Self {
        Self::from(rule.text())
    }

    /// The rule that an experiment trains by; `None` where it cannot be written in the language.
    #[must_use]
    pub fn of(experiment: &Experiment) -> Option<Self> {
        let rule = &experiment.rule;
        let written = |signal: &str| Self { signal: signal.to_owned(), ..Self::default() };
        let library = |name: &str| KnownRule::named(name).map(Self::known);
        let draft = match (rule.kind, rule.hebb_activity) {
            (RuleKind::Custom, _) => {
                Self { normalization: rule.normalization.unwrap_or(Normalization::None), ..Self::from(rule.text()) }
            }
            (RuleKind::Sgd | RuleKind::Adam, _) => library("sgd")?,
            (RuleKind::Dfa, _) => library("dfa")?,
            (RuleKind::Hebb | RuleKind::HebbNormalized, HebbActivity::Pre) => library("hebb")?,
            (RuleKind::Hebb | RuleKind::HebbNormalized, HebbActivity::Post) => written("act * pre"),
            (RuleKind::Oja, _) if rule.oja_form == OjaForm::Subspace => return None,
            (RuleKind::Oja, HebbActivity::Pre) => library("oja")?,
            (RuleKind::Oja, HebbActivity::Post) => written("act * pre - act^2 * w"),
            (RuleKind::RandomNn, _) => return None,
        };
        let optimizer = if rule.uses_adam() { OptimizerKind::Adam } else { OptimizerKind::Sgd };
        let normalization = rule.row_normalization().unwrap_or(draft.normalization);
        Some(Self { optimizer, normalization, ..draft })
    }

    /// The rule as the language reads it; a network without biases has no signal for them.
    #[must_use]
    pub fn text(&self, has_biases: bool) -> RuleText {
        let state =
            |row: &StateRow| (row.name.clone(), StateText { of: row.of.clone(), rate: row.rate(), start: row.start });
        RuleText {
            signal: self.signal.clone(),
            bias: if has_biases { self.bias.clone() } else { String::new() },
            parameters: self.parameters.iter().map(|row| (row.name.clone(), row.value)).collect(),
            states: self.states.iter().map(state).collect(),
        }
    }

    /// The section `[rule]` with this rule in place of the one that `rule` has.
    #[must_use]
    pub fn written_into(&self, rule: &Rule, has_biases: bool) -> Rule {
        let state = |row: &StateRow| {
            let rate = match row.rate() {
                RateText::Number(number) => RuleRate::Number(number),
                RateText::Parameter(name) => RuleRate::Parameter(name),
            };
            (row.name.clone(), RuleState { of: row.of.clone(), rate, start: row.start })
        };
        Rule {
            kind: RuleKind::Custom,
            signal: self.signal.clone(),
            bias: if has_biases { self.bias.clone() } else { String::new() },
            parameters: self.parameters.iter().map(|row| (row.name.clone(), row.value)).collect(),
            state: self.states.iter().map(state).collect(),
            normalization: Some(self.normalization).filter(|kind| *kind != Normalization::None),
            optimizer: self.optimizer,
            ..rule.clone()
        }
    }

    /// Whether both are the same rule, whatever the order of their rows and the writing of their numbers.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let plain = Rule::default();
        let rows = |draft: &Self| (draft.parameters.len(), draft.states.len());
        rows(self) == rows(other) && self.written_into(&plain, true) == other.written_into(&plain, true)
    }

    /// The experiment with this rule in place of its own, and with the values that wait for a new run.
    ///
    /// # Errors
    /// What does not fit together, in words.
    pub fn experiment(&self, now: &Experiment, pending: &BTreeMap<String, toml::Value>) -> Result<Experiment, String> {
        let pending = pending.iter().map(|(path, value)| (path.as_str(), value));
        let mut next = with_assignments(now, pending).map_err(|error| error.to_string())?;
        let fields = toml::Value::Table(self.written_into(&next.rule, next.model.bias).fields());
        next = with_assignment(&next, RULE_SECTION, fields).map_err(|error| error.to_string())?;
        if now.rule.kind != RuleKind::Custom || !next.name.ends_with(WRITTEN_SUFFIX) {
            next.description = format!("As {}, but for the learning rule, which was written in the window.", now.name);
            next.name.push_str(WRITTEN_SUFFIX);
        }
        Ok(next)
    }

    /// The row of the parameter that an error is about; of several of one name the last.
    #[must_use]
    pub fn parameter_at_fault(&self, field: &Field) -> Option<usize> {
        let Field::Parameter(name) = field else { return None };
        self.parameters.iter().rposition(|row| row.name == *name)
    }

    /// The row of the state that an error is about; of several of one name the last.
    #[must_use]
    pub fn state_at_fault(&self, field: &Field) -> Option<usize> {
        let Field::State(name) = field else { return None };
        self.states.iter().rposition(|row| row.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;
    use crate::expression::{self, library::KNOWN};

    fn experiment(name: &str, settings: &[&str]) -> Experiment {
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        resolve(name, &settings).expect("the preset takes these values")
    }

    #[test]
    fn a_rule_of_the_library_becomes_an_experiment_and_comes_back() {
        for known in KNOWN {
            let draft = Draft::known(known);
            let made = draft.experiment(&experiment("sre", &["model.bias=true"]), &BTreeMap::new()).expect(known.name);
            assert_eq!((made.rule.kind, made.name.as_str()), (RuleKind::Custom, "sre-custom"));
            assert!(Draft::of(&made).is_some_and(|back| back.is_same(&draft)), "{}", known.name);
            let again = draft.experiment(&made, &BTreeMap::new()).expect(known.name);
            assert_eq!(again, made, "a second one is named as the first");
        }
    }

    #[test]
    fn built_in_rules_that_the_language_has_are_written_in_it() {
        for (name, settings, signal) in [
            ("sre", &[][..], Some("delta * pre")),
            ("sre-adam", &[], Some("delta * pre")),
            ("sre-dfa", &[], Some("feedback * slope * pre")),
            ("sre-hebb", &[], Some("post * pre")),
            ("sre-hebb-normalized-post", &[], Some("act * pre")),
            ("sre-oja", &[], Some("post * pre - post^2 * w")),
            ("sre-oja", &["rule.oja_form=subspace"], None),
            ("sre-random-nn", &[], None),
        ] {
            let draft = Draft::of(&experiment(name, settings));
            assert_eq!(draft.as_ref().map(|draft| draft.signal.as_str()), signal, "{name}");
            if let Some(draft) = draft {
                assert!(expression::Rule::check(&draft.text(true)).is_ok(), "{name}");
                assert_eq!(draft.optimizer == OptimizerKind::Adam, name == "sre-adam");
            }
        }
        let normalized = Draft::of(&experiment("sre-hebb-normalized", &[])).expect("written");
        assert_eq!(normalized.normalization, Normalization::Standardize);
    }

    #[test]
    fn a_rate_is_a_number_or_a_name() {
        let row = |rate: &str| StateRow { rate: rate.into(), ..StateRow::default() }.rate();
        assert_eq!(row("0,01"), RateText::Number(0.01));
        assert_eq!(row(" k "), RateText::Parameter("k".into()));
        assert_eq!(row(""), RateText::Parameter(String::new()));
    }

    #[test]
    fn an_error_finds_its_row() {
        let row = |name: &str| ParameterRow { name: name.into(), value: 1.0 };
        let draft = Draft { parameters: vec![row("k"), row("m"), row("k")], ..Draft::default() };
        assert_eq!(draft.parameter_at_fault(&Field::Parameter("k".into())), Some(2));
        assert_eq!(draft.parameter_at_fault(&Field::State("k".into())), None);
    }
}
