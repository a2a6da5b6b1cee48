//! Rules as TOML: the section `[rule]` of an experiment, or a file of its own.

use std::fmt::Write as _;

use toml::{Table, Value};

use super::rule::{RateText, RuleText, StateText};

/// A file that holds no rule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RuleFileError {
    /// It is not TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A field has another type than it should.
    #[error("{field}: found {found}, must be {allowed}")]
    Field {
        /// Its path.
        field: String,
        /// What is there.
        found: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Nothing says what the signal is.
    #[error("has no rule.signal, such as signal = \"post * pre\"")]
    NoSignal,
}

fn wrong(field: &str, found: &Value, allowed: &'static str) -> RuleFileError {
    RuleFileError::Field { field: field.to_owned(), found: found.to_string(), allowed }
}

fn number(field: &str, value: &Value) -> Result<f64, RuleFileError> {
    match value {
        Value::Float(number) => Ok(*number),
        Value::Integer(number) => Ok(*number as f64),
        other => Err(wrong(field, other, "a number")),
    }
}

fn text(field: &str, value: &Value) -> Result<String, RuleFileError> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong(field, value, "text"))
}

fn table<'a>(field: &str, value: &'a Value, allowed: &'static str) -> Result<&'a Table, RuleFileError> {
    value.as_table().ok_or_else(|| wrong(field, value, allowed))
}

impl RuleText {
    /// Reads the section `[rule]` of a TOML text, or the whole of it where there is none. Fields of a rule that are not
    /// part of the language, such as `learning_rate`, are passed over.
    ///
    /// # Errors
    /// When it is not TOML, has no signal, or a field is of another type.
    pub fn from_toml(source: &str) -> Result<Self, RuleFileError> {
        let whole = source.parse::<Table>().map_err(|e| RuleFileError::Syntax(e.to_string().trim_end().to_owned()))?;
        let rule = match whole.get("rule") {
            Some(rule) => table("rule", rule, "a section")?,
            None => &whole,
        };
        let signal = text("rule.signal", rule.get("signal").ok_or(RuleFileError::NoSignal)?)?;
        let bias = rule.get("bias").map_or(Ok(String::new()), |bias| text("rule.bias", bias))?;
        let mut parameters = Vec::new();
        if let Some(section) = rule.get("parameters") {
            for (name, value) in table("rule.parameters", section, "a section of numbers")? {
                parameters.push((name.clone(), number(&format!("rule.parameters.{name}"), value)?));
            }
        }
        let mut states = Vec::new();
        if let Some(section) = rule.get("state") {
            for (name, value) in table("rule.state", section, "a section of states")? {
                states.push((name.clone(), state(&format!("rule.state.{name}"), value)?));
            }
        }
        Ok(Self { signal, bias, parameters, states })
    }

    /// The section `[rule]` that reads back as this rule.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let quoted = |text: &str| Value::String(text.to_owned()).to_string();
        let mut out = format!("[rule]\nkind = \"custom\"\nsignal = {}\n", quoted(&self.signal));
        if !self.bias.is_empty() {
            // Writing to a string does not fail.
            let _ = writeln!(out, "bias = {}", quoted(&self.bias));
        }
        if !self.parameters.is_empty() {
            out.push_str("[rule.parameters]\n");
            for (name, value) in &self.parameters {
                let _ = writeln!(out, "{name} = {}", written(*value));
            }
        }
        if !self.states.is_empty() {
            out.push_str("[rule.state]\n");
            for (name, StateText { of, rate, start }) in &self.states {
                let rate = match rate {
                    RateText::Number(number) => written(*number),
                    RateText::Parameter(name) => quoted(name),
                };
                let (of, start) = (quoted(of), written(*start));
                let _ = writeln!(out, "{name} = {{ of = {of}, rate = {rate}, start = {start} }}");
            }
        }
        out
    }
}

/// A number as TOML: the fewest digits that read back, and what is no number in TOML's own words.
fn written(number: f64) -> String {
    if number.is_finite() { format!("{number:?}") } else { Value::Float(number).to_string() }
}

fn state(field: &str, value: &Value) -> Result<StateText, RuleFileError> {
    const ALLOWED: &str = "{ of = \"expression\", rate = a number or a parameter's name, start = a number }";
    let given = table(field, value, ALLOWED)?;
    if let Some((name, value)) = given.iter().find(|(name, _)| !["of", "rate", "start"].contains(&name.as_str())) {
        return Err(wrong(&format!("{field}.{name}"), value, "one of of, rate, start"));
    }
    let (Some(of), Some(rate)) = (given.get("of"), given.get("rate")) else {
        return Err(wrong(field, value, ALLOWED));
    };
    let rate = match rate {
        Value::String(name) => RateText::Parameter(name.clone()),
        other => RateText::Number(number(&format!("{field}.rate"), other)?),
    };
    let start = given.get("start").map_or(Ok(0.0), |start| number(&format!("{field}.start"), start))?;
    Ok(StateText { of: text(&format!("{field}.of"), of)?, rate, start })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::library::KNOWN;

    #[test]
    fn known_rules_read_back() {
        for known in KNOWN {
            let rule = known.text();
            assert_eq!(RuleText::from_toml(&rule.to_toml()).expect("its own form"), rule, "{}", known.name);
        }
    }

    #[test]
    fn numbers_that_are_none_read_back() {
        let state = |start: f64| StateText { of: "post".into(), rate: RateText::Number(f64::NAN), start };
        let rule = RuleText {
            signal: "pre".into(),
            parameters: vec![("k".into(), f64::NEG_INFINITY), ("l".into(), 1e300)],
            states: vec![("a".into(), state(f64::INFINITY)), ("b".into(), state(-0.0))],
            ..RuleText::default()
        };
        // NaN is not equal to itself, its text is.
        let back = RuleText::from_toml(&rule.to_toml()).expect("its own form");
        assert_eq!(format!("{back:?}"), format!("{rule:?}"));
    }

    #[test]
    fn an_experiment_s_section_is_read_and_its_other_fields_are_passed_over() {
        let rule = RuleText::from_toml(
            "name = \"mine\"\n[rule]\nkind = \"custom\"\nlearning_rate = 0.1\nsignal = \"(act - theta) * pre * k\"\n\
             [rule.parameters]\nk = 1\n[rule.state]\ntheta = { of = \"act^2\", rate = \"k\" }\n",
        );
        let rule = rule.expect("a rule");
        assert_eq!(rule.parameters, [("k".to_owned(), 1.0)]);
        let state = StateText { of: "act^2".into(), rate: RateText::Parameter("k".into()), start: 0.0 };
        assert_eq!(rule.states, [("theta".to_owned(), state)]);
    }

    #[test]
    fn what_is_no_rule_is_refused_by_its_field() {
        for (source, words) in [
            ("signal", "not TOML"),
            ("[rule]\nkind = \"sgd\"", "has no rule.signal"),
            ("signal = 3", "rule.signal: found 3, must be text"),
            ("signal = \"pre\"\n[parameters]\nk = \"x\"", "rule.parameters.k: found \"x\", must be a number"),
            ("signal = \"pre\"\n[state]\na = 1", "rule.state.a: found 1, must be { of"),
            ("signal = \"pre\"\n[state]\na = { of = \"pre\", rate = 0.1, begin = 2 }", "rule.state.a.begin: found 2"),
            ("signal = \"pre\"\n[state]\na = { of = \"pre\" }", "must be { of"),
        ] {
            let error = RuleText::from_toml(source).expect_err(source).to_string();
            assert!(error.contains(words), "{source}: {error}");
        }
    }
}
