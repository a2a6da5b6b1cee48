//! The settings that two twins differ in.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::look::words;
use crate::experiment::fields::{FIELDS, Field, field};
use crate::experiment::{Experiment, RuleKind};

/// A setting with its values, in short form.
pub struct Differing {
    /// Which one.
    pub field: &'static Field,
    /// A's value.
    pub a: String,
    /// B's value.
    pub b: String,
}

impl Differing {
    /// Its symbol, or its name where it has none.
    #[must_use]
    pub fn symbol(&self) -> &'static str {
        match self.field.path {
            // Their symbols are those of a signal, and not of a rule.
            "rule.kind" => "rule",
            "rule.signal" => "g",
            _ if self.field.symbol.is_empty() => titles::of_field(self.field),
            _ => self.field.symbol,
        }
    }
}

/// Every setting whose values differ, in the order of the table of fields; of rules, what makes them others first.
#[must_use]
pub fn differing(a: &Experiment, b: &Experiment) -> Vec<Differing> {
    let is_written = |e: &&Experiment| e.rule.kind == RuleKind::Custom;
    let parts = |e: &Experiment| {
        let parameters = e.rule.parameters.keys().map(|name| format!("rule.parameters.{name}"));
        let states =
            e.rule.state.keys().flat_map(|name| ["of", "rate"].map(|part| format!("rule.state.{name}.{part}")));
        parameters.chain(states).collect::<Vec<_>>()
    };
    let paths: BTreeSet<String> = [a, b].into_iter().filter(is_written).flat_map(parts).collect();
    let written: Vec<&Field> = paths.iter().filter_map(|path| field(path)).collect();
    // A rule says by itself which of these it reads.
    let reads = |path: &str| a.without_effect(path).is_none() || b.without_effect(path).is_none();
    // A written rule is told by its signal, which no other rule has.
    let are_written = is_written(&a) && is_written(&b);
    let is_told = |path: &str| are_written || path != "rule.signal";
    let signal = |e: &Experiment| is_written(&e).then(|| words::own(&e.rule.signal).into_owned());
    let signals = [signal(a), signal(b)];
    let (Ok(a), Ok(b)) = (Table::try_from(a), Table::try_from(b)) else { return Vec::new() };
    let value = |table: &Table, path: &str| {
        let mut keys = path.split('.');
        let first = table.get(keys.next()?)?;
        keys.try_fold(first, |value, key| value.get(key)).cloned()
    };
    let short = |value: Option<Value>| match value {
        None => NOTHING.to_owned(),
        Some(Value::String(text)) if text.is_empty() => NOTHING.to_owned(),
        Some(Value::Boolean(is_on)) => if is_on { "on" } else { "off" }.to_owned(),
        Some(Value::Array(rates)) if rates.is_empty() => "one for all".to_owned(),
        Some(value) => numbers::json(&serde_json::to_value(&value).unwrap_or_default()),
    };
    let own = FIELDS.iter().filter(|field| field.is_of_branch() && reads(field.path) && is_told(field.path));
    own.chain(written)
        .filter_map(|field| {
            let (a, b) = (value(&a, field.path), value(&b, field.path));
            let [of_a, of_b] = signals.clone().map(|signal| signal.filter(|_| field.path == "rule.kind"));
            let differs = a != b;
            differs.then(|| Differing { field, a: of_a.unwrap_or(short(a)), b: of_b.unwrap_or(short(b)) })
        })
        .collect()
}

/// The value of what a twin does not have.
const NOTHING: &str = "–";

/// One twin's values of what differs, `γ = 0.05, σ = 0`.
#[must_use]
pub fn words(differing: &[Differing], value: impl Fn(&Differing) -> &str) -> String {
    let there = differing.iter().filter(|one| value(one) != NOTHING);
    there.map(|one| format!("{} = {}", one.symbol(), value(one))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;

    #[test]
    fn what_differs_is_named_with_both_values() {
        let of =
            |set: &[&str]| resolve("sre", &set.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()).expect("valid");
        let a = of(&["regularizer.weight_decay=5e-4"]);
        assert!(differing(&a, &a).is_empty());
        let b = of(&["regularizer.weight_decay=0.05", "rule.clip=3"]);
        let found = differing(&a, &b);
        let paths: Vec<_> = found.iter().map(|one| one.field.path).collect();
        assert_eq!(paths, ["rule.clip", "regularizer.weight_decay"]);
        assert!(words(&found, |one| &one.b).ends_with("γ = 0.05"), "{}", words(&found, |one| &one.b));
        let written = ["rule.kind=custom", "rule.signal=k * post * pre"];
        let of_k = |k: &str| of(&[&written[..], &[k]].concat());
        let found = differing(&of_k("rule.parameters.k=1"), &of_k("rule.parameters.k=2"));
        assert_eq!(words(&found, |one| &one.a), "k = 1");
        // Learning rates of 0.05 and 1e-4 belong to the rules.
        let found = differing(&of(&["rule.learning_rate=0.05"]), &of(&["rule.kind=hebb"]));
        assert_eq!(words(&found, |one| &one.b), "rule = hebb, η = 1×10⁻⁴");
        let found = differing(&of(&["model.bias=true"]), &of_k("rule.parameters.k=1"));
        assert_eq!(words(&found, |one| &one.a), "Biases = on, rule = sgd");
        assert_eq!(words(&found, |one| &one.b), "Biases = off, rule = k * post * pre, k = 1");
        assert_eq!(
            words(&differing(&a, &of(&["model.batch_norm=true", "model.activation=tanh"])), |one| &one.b),
            "Batch norm = on"
        );
    }
}
