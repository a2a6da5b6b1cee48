//! Tests that take the whole path from a text to numbers.

mod golden;
mod malformed;
mod naive;
mod plans;
mod printing;
mod random_rules;
mod reference;
mod shaders;
mod tapes;

use super::{RateText, RuleText, StateText};

/// A rule of a signal alone.
fn signal(text: &str) -> RuleText {
    RuleText { signal: text.to_owned(), ..RuleText::default() }
}

/// A rule with parameters and states, all at rate 0.1 unless they name a parameter.
fn rule(text: &str, parameters: &[(&str, f64)], states: &[(&str, &str)]) -> RuleText {
    let state = |of: &str| StateText { of: of.to_owned(), rate: RateText::Number(0.1), start: 0.5 };
    RuleText {
        signal: text.to_owned(),
        bias: String::new(),
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        states: states.iter().map(|(name, of)| ((*name).to_owned(), state(of))).collect(),
    }
}
