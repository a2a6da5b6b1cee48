//! An experiment as TOML: plain for run folders, commented for people who start from it.

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
        }
        out
    }

    /// First 16 hexadecimal digits of the SHA-256 of the resolved configuration; where data lie has no part in it.
    #[must_use]
    pub fn config_hash(&self) -> String {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(self.without_place().to_toml().as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
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
    notes.push(field.change.words().to_owned());
    out.push_str(&format!("# {} [{}]\n", field.doc, notes.join("; ")));
    match value {
        Some(value) => out.push_str(&format!("{key} = {value}\n")),
        None => out.push_str(&format!("# {key} =\n")),
    }
}
