//! The values of fields that take a name, or true and false, as files have them.

use super::fields::{FIELDS, Field};

/// What a field may be that takes one of several names; `None` for every other field.
#[must_use]
pub fn alternatives(path: &str) -> Option<&'static [&'static str]> {
    let names: &[&str] = match path {
        "rule.kind" => &["sgd", "adam", "dfa", "random_nn", "hebb", "hebb_normalized", "oja", "custom"],
        "rule.optimizer" => &["sgd", "adam"],
        "rule.normalization" => &["none", "standardize", "unit"],
        "rule.hebb_activity" => &["pre", "post"],
        "rule.oja_form" => &["row", "subspace"],
        "rule.others" => &["sgd", "none"],
        "model.activation" => &["linear", "relu", "sigmoid", "tanh"],
        "model.init" => &["uniform_fan_in", "xavier_uniform", "he_normal", "zeros"],
        "model.bias" | "model.batch_norm" | "model.residual" | "regularizer.decay_bias" => &["false", "true"],
        "regularizer.coupling" => &["coupled", "decoupled"],
        "noise.weight_mode" => &["accumulate", "transient"],
        _ => return None,
    };
    Some(names)
}

/// The fields that have [`alternatives`], in the order of the table of fields.
pub fn enumerated() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(|field| alternatives(field.path).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;

    /// Each is read, and what is not among them is refused with all that are.
    #[test]
    fn they_are_what_files_may_have() {
        assert_eq!(enumerated().count(), 14);
        for field in enumerated() {
            let names = alternatives(field.path).expect("has some");
            for name in names {
                let set = [format!("{}={name}", field.path), "rule.signal=pre * post".into()];
                resolve("sre", &set).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            let error = resolve("sre", &[format!("{}=neither", field.path)]).expect_err("refused").to_string();
            let is_switch = names == ["false", "true"];
            assert!(is_switch || names.iter().all(|name| error.contains(&format!("`{name}`"))), "{error}");
            // Of two spellings one is the name.
            let spellings = names.len() + usize::from(names.contains(&"standardize"));
            assert_eq!(error.matches('`').count(), if is_switch { 0 } else { 2 * (spellings + 1) }, "{error}");
        }
    }
}
