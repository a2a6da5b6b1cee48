//! The values of fields that take a name, or true and false, as files have them.

use super::fields::{Allowed, FIELDS, Field};

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

/// The names that a field may be, of any that takes one of several: its [`alternatives`], or those that its description
/// lists with bars between them; empty for every other field.
#[must_use]
pub fn choices(field: &Field) -> Vec<&'static str> {
    if let Some(names) = alternatives(field.path) {
        return names.to_vec();
    }
    // A schedule's bars are between forms that have numbers in them.
    if field.allowed != Allowed::Any || ["schedule.", "sweep."].iter().any(|section| field.path.starts_with(section)) {
        return Vec::new();
    }
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let parts: Vec<&'static str> = field.doc.split(" | ").collect();
    if parts.len() < 2 {
        return Vec::new();
    }
    // Before the first bar there may be words, and behind each name an explanation in parentheses.
    let first = parts[0].split(" (").next().unwrap_or_default().rsplit(' ').next().unwrap_or_default();
    let others = parts[1..].iter().map(|part| part.split(|c| !is_name(c)).next().unwrap_or_default());
    std::iter::once(first).chain(others).filter(|name| !name.is_empty()).collect()
}

/// The fields that have [`alternatives`], in the order of the table of fields.
pub fn enumerated() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(|field| alternatives(field.path).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;

    /// Every name that a description lists is read, and a field of none of them refuses nothing but them.
    #[test]
    fn descriptions_list_what_is_read() {
        use crate::experiment::{Experiment, check_assignment};
        let listed = FIELDS.iter().filter(|field| alternatives(field.path).is_none() && !choices(field).is_empty());
        let listed: Vec<&Field> = listed.collect();
        let paths: Vec<&str> = listed.iter().map(|field| field.path).collect();
        assert_eq!(
            paths,
            [
                "data.kind",
                "data.teacher_activation",
                "model.kind",
                "model.encoder_activation",
                "model.block",
                "model.stem",
                "training.loss",
                "training.stop",
                "measure.alignment",
                "measure.snapshot_seeds",
            ]
        );
        for field in listed {
            let read = |name: &str| check_assignment(&Experiment::default(), field.path, &name.into());
            for name in choices(field) {
                read(name).unwrap_or_else(|error| panic!("{}: {name}: {error}", field.path));
            }
            let error = read("neither").expect_err("no such name").to_string();
            let all = choices(field).iter().all(|name| error.contains(&format!("`{name}`")));
            assert!(all && error.matches('`').count() == 2 * (choices(field).len() + 1), "{}: {error}", field.path);
        }
    }

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
