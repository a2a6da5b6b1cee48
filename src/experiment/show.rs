//! An experiment as TOML: plain for run folders, commented for people who start from it.

use std::collections::BTreeMap;

use super::config::Experiment;
use super::fields::{FIELDS, Field};

impl Experiment {
    /// Every field, without comments; parses back to the same experiment.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Plain structs of numbers, strings and lists have a TOML form.
        toml::to_string(self).unwrap_or_default()
    }

    /// Every field under its description, unit, range, default and time of change.
    #[must_use]
    pub fn to_commented_toml(&self) -> String {
        let mut out = String::new();
        let Ok(toml::Value::Table(table)) = toml::Value::try_from(self) else { return out };
        // An optional section has defaults too, once it is there.
        let defaults = Self { sweep: Some(super::Sweep::default()), ..Self::default() };
        let defaults = toml::Value::try_from(defaults).ok();
        let default_of = |path: &str| {
            let mut keys = path.split('.');
            keys.try_fold(defaults.as_ref()?, |value, key| value.get(key)).map(ToString::to_string)
        };
        for field in FIELDS.iter().filter(|f| !f.path.contains('.')) {
            push(&mut out, field, field.path, table.get(field.path), default_of(field.path));
        }
        for (section, inner) in table.iter().filter_map(|(k, v)| v.as_table().map(|t| (k, t))) {
            out.push_str(&format!("\n[{section}]\n"));
            for field in FIELDS {
                if let Some(key) = field.path.strip_prefix(section.as_str()).and_then(|p| p.strip_prefix('.')) {
                    push(&mut out, field, key, inner.get(key), default_of(field.path));
                }
            }
            if section == "rule" {
                self.push_written(&mut out);
            }
        }
        out
    }

    /// Parameters and states of a rule that is written, which are not in the table of fields.
    fn push_written(&self, out: &mut String) {
        let Ok(text) = toml::Value::try_from(&self.rule) else { return };
        for (name, doc) in [
            ("parameters", "Numbers that the expressions name [live: from the next step]"),
            ("state", "Running averages: { of = \"act^2\", rate = 0.01, start = 0.1 } [rate: live; of, start: reset]"),
        ] {
            let Some(entries) = text.get(name).and_then(toml::Value::as_table) else { continue };
            out.push_str(&format!("# {doc}\n[rule.{name}]\n"));
            for (key, value) in entries {
                out.push_str(&format!("{key} = {value}\n"));
            }
        }
    }

    /// First 16 hexadecimal digits of the SHA-256 of [`Self::differing_fields`]; where data lie has no part in it.
    #[must_use]
    pub fn config_hash(&self) -> String {
        use sha2::Digest;
        let mut digest = sha2::Sha256::new();
        for (path, value) in self.without_place().differing_fields() {
            digest.update(format!("{path} = {value}\n"));
        }
        digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Paths and values of the fields that differ from their defaults, those of `[sweep]` where there is one from its
    /// own, in the order of the paths. A field that is added later, at its default, is not among them: hashes of what was
    /// recorded before stay what they were.
    #[must_use]
    pub fn differing_fields(&self) -> BTreeMap<String, toml::Value> {
        let defaults = leaves(&Self { sweep: Some(super::Sweep::default()), ..Self::default() });
        let mut fields = leaves(self);
        fields.retain(|path, value| defaults.get(path) != Some(value));
        if self.sweep.is_some() {
            // A grid of defaults differs from no grid.
            fields.insert("sweep".into(), true.into());
        }
        fields
    }
}

/// Every field that has a value, by its path.
fn leaves(experiment: &Experiment) -> BTreeMap<String, toml::Value> {
    let mut fields = BTreeMap::new();
    // Plain structs of numbers, strings and lists have a TOML form.
    for (key, value) in toml::Table::try_from(experiment).unwrap_or_default() {
        match value {
            toml::Value::Table(inner) => {
                fields.extend(inner.into_iter().map(|(inner, value)| (format!("{key}.{inner}"), value)));
            }
            value => drop(fields.insert(key, value)),
        }
    }
    fields
}

/// A value for messages: numbers of many zeros with an exponent.
pub(super) fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::Float(number) if number.is_finite() => format!("{number:?}"),
        other => other.to_string(),
    }
}

fn push(out: &mut String, field: &Field, key: &str, value: Option<&toml::Value>, default: Option<String>) {
    let mut notes = Vec::new();
    if !field.unit.is_empty() {
        notes.push(field.unit.to_owned());
    }
    notes.extend(field.allowed.words());
    notes.push(format!("default {}", default.unwrap_or_else(|| "absent".into())));
    notes.push(field.takes_effect().to_owned());
    out.push_str(&format!("# {} [{}]\n", field.doc, notes.join("; ")));
    match value {
        Some(value) => out.push_str(&format!("{key} = {value}\n")),
        None => out.push_str(&format!("# {key} =\n")),
    }
}

#[cfg(test)]
mod tests {
    use crate::experiment::{Experiment, resolve};

    /// Of a folder that an earlier version wrote, which knew fewer fields, nothing changes its name.
    #[test]
    fn hashes_are_of_what_differs_from_the_defaults() {
        let plain = Experiment::default();
        assert!(plain.differing_fields().is_empty(), "{:?}", plain.differing_fields());
        let mut other = plain.clone();
        other.rule.learning_rate *= 2.0;
        let differing: Vec<_> = other.differing_fields().into_keys().collect();
        assert_eq!(differing, ["rule.learning_rate"]);
        assert_ne!(plain.config_hash(), other.config_hash());
        let grid = resolve("fig4", &[]).expect("a preset");
        let without = Experiment { sweep: None, ..grid.clone() };
        assert_ne!(grid.config_hash(), without.config_hash());
        let default_grid = Experiment { sweep: Some(crate::experiment::Sweep::default()), ..without.clone() };
        assert_ne!(default_grid.config_hash(), without.config_hash());
    }

    #[test]
    fn hashes_are_of_the_data_and_not_of_their_place() {
        let mut one = Experiment::default();
        one.data.kind = crate::experiment::DataKind::Cifar10;
        one.data.path = "here/images".into();
        let mut moved = one.clone();
        moved.data.path = "elsewhere/copy".into();
        assert_eq!(one.config_hash(), moved.config_hash());
        one.data.content = Some("20+5:0123456789abcdef".parse().expect("of that form"));
        moved.data.content = Some("20+5:0123456789abcde0".parse().expect("of that form"));
        assert_ne!(one.config_hash(), moved.config_hash());
    }
}
