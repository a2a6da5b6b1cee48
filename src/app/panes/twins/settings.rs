//! The settings that two twins differ in.

use toml::{Table, Value};

use crate::app::numbers;
use crate::experiment::Experiment;
use crate::experiment::fields::{Change, FIELDS, Field, field};

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
        if self.field.symbol.is_empty() { self.field.label } else { self.field.symbol }
    }
}

/// Every live setting whose values differ, in the order of the table of fields.
#[must_use]
pub fn differing(a: &Experiment, b: &Experiment) -> Vec<Differing> {
    // Twins are of one rule, so that both have the same names.
    let parameters = a.rule.parameters.keys().map(|name| format!("rule.parameters.{name}"));
    let rates = a.rule.state.keys().map(|name| format!("rule.state.{name}.rate"));
    let written: Vec<&Field> = parameters.chain(rates).filter_map(|path| field(&path)).collect();
    let (Ok(a), Ok(b)) = (Table::try_from(a), Table::try_from(b)) else { return Vec::new() };
    let value = |table: &Table, path: &str| {
        let mut keys = path.split('.');
        let first = table.get(keys.next()?)?;
        keys.try_fold(first, |value, key| value.get(key)).cloned()
    };
    let short = |value: Option<Value>| match value {
        None => "–".to_owned(),
        Some(Value::Array(rates)) if rates.is_empty() => "one for all".to_owned(),
        Some(value) => numbers::json(&serde_json::to_value(&value).unwrap_or_default()),
    };
    let live = FIELDS.iter().filter(|field| field.change == Change::Live);
    live.chain(written)
        .filter_map(|field| {
            let (a, b) = (value(&a, field.path), value(&b, field.path));
            (a != b).then(|| Differing { field, a: short(a), b: short(b) })
        })
        .collect()
}

/// One twin's values of what differs, `γ = 0.05, σ = 0`.
#[must_use]
pub fn words(differing: &[Differing], value: impl Fn(&Differing) -> &str) -> String {
    differing.iter().map(|one| format!("{} = {}", one.symbol(), value(one))).collect::<Vec<_>>().join(", ")
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
    }
}
