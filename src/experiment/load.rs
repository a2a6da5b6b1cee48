//! From a preset's name or a file, and `--set` assignments, to a validated experiment.

use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::config::{Experiment, RuleKind};
use super::error::ConfigError;
use super::fields::{FIELDS, field};
use super::presets::{PRESETS, preset, preset_of_rule};

/// Resolves EXPERIMENT (a preset's name or a TOML file) and `path=value` assignments, in their order.
///
/// # Errors
/// Names the file or field, the value, and what is allowed.
pub fn resolve(experiment: &str, assignments: &[String]) -> Result<Experiment, ConfigError> {
    let (origin, mut table) = read_base(experiment)?;
    let edits = assignments.iter().map(|a| parse_assignment(a)).collect::<Result<Vec<_>, _>>()?;
    adopt_rule_defaults(&mut table, &edits)?;
    for (path, value) in &edits {
        insert(&mut table, path, value.clone())?;
    }
    let experiment = from_table(&origin, table).map_err(|error| match error {
        ConfigError::Field { field, message, .. } if edits.iter().any(|(path, _)| *path == without_index(&field)) => {
            ConfigError::Field { origin: "--set".into(), field, message }
        }
        other => other,
    })?;
    experiment.validate()?;
    Ok(experiment)
}

/// Parses and validates one TOML text.
///
/// # Errors
/// As [`resolve`].
pub fn from_toml(origin: &str, text: &str) -> Result<Experiment, ConfigError> {
    let experiment = from_table(origin, parse_table(origin, text)?)?;
    experiment.validate()?;
    Ok(experiment)
}

/// Changes one field of a validated experiment, as `--set` would.
///
/// # Errors
/// As [`resolve`].
pub fn with_assignment(experiment: &Experiment, path: &str, value: Value) -> Result<Experiment, ConfigError> {
    let mut table = Table::try_from(experiment)
        .map_err(|e| ConfigError::value(path, &value, format!("cannot be written as TOML: {e}")))?;
    insert(&mut table, path, value)?;
    let changed = from_table("setting", table)?;
    changed.validate()?;
    Ok(changed)
}

fn read_base(experiment: &str) -> Result<(String, Table), ConfigError> {
    if let Some(known) = preset(experiment) {
        let origin = format!("preset {experiment}");
        return Ok((origin.clone(), parse_table(&origin, known.toml)?));
    }
    let path = Path::new(experiment);
    if !path.exists() {
        let names: Vec<_> = PRESETS.iter().map(|p| p.name).collect();
        return Err(ConfigError::Unknown(experiment.into(), names.join(", ")));
    }
    let path = if path.is_dir() { path.join("config.toml") } else { path.to_path_buf() };
    let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
    let origin = path.display().to_string();
    Ok((origin.clone(), parse_table(&origin, &text)?))
}

fn parse_table(origin: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>()
        .map_err(|e| ConfigError::Syntax { origin: origin.into(), message: e.to_string().trim_end().to_owned() })
}

/// Splits `path=value`; a bare word that is not TOML counts as a string, so that quotes can be left out.
fn parse_assignment(text: &str) -> Result<(String, Value), ConfigError> {
    let (path, value) = text.split_once('=').ok_or_else(|| ConfigError::Assignment(text.into()))?;
    let (path, value) = (path.trim(), value.trim());
    if path.is_empty() || value.is_empty() {
        return Err(ConfigError::Assignment(text.into()));
    }
    let parsed = format!("v = {value}").parse::<Table>().ok().and_then(|mut t| t.remove("v"));
    Ok((path.to_owned(), parsed.unwrap_or_else(|| Value::String(value.to_owned()))))
}

/// A preset of one rule asked to use another takes that rule's own `[rule]` and bias.
fn adopt_rule_defaults(table: &mut Table, edits: &[(String, Value)]) -> Result<(), ConfigError> {
    let Some((_, Value::String(wanted))) = edits.iter().rev().find(|(path, _)| path == "rule.kind") else {
        return Ok(());
    };
    let current = table.get("rule").and_then(|r| r.get("kind")).and_then(Value::as_str).unwrap_or("sgd");
    // An unknown name is reported with the alternatives when the whole table is read.
    let Ok(rule) = RuleKind::deserialize(Value::String(wanted.clone())) else { return Ok(()) };
    if current == wanted {
        return Ok(());
    }
    let name = preset_of_rule(rule);
    let Some(own) = preset(name) else { return Ok(()) };
    let own = parse_table(name, own.toml)?;
    if let Some(section) = own.get("rule") {
        table.insert("rule".into(), section.clone());
    }
    if let Some(bias) = own.get("model").and_then(|m| m.get("bias")) {
        insert(table, "model.bias", bias.clone())?;
    }
    Ok(())
}

fn insert(table: &mut Table, path: &str, value: Value) -> Result<(), ConfigError> {
    if field(path).is_none() {
        return Err(unknown_field("--set", path));
    }
    match path.split_once('.') {
        None => {
            table.insert(path.into(), value);
        }
        Some((section, key)) => {
            let entry = table.entry(section.to_owned()).or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(inner) = entry else {
                return Err(ConfigError::Field {
                    origin: "--set".into(),
                    field: section.into(),
                    message: "expected a section".into(),
                });
            };
            inner.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

fn unknown_field(origin: &str, path: &str) -> ConfigError {
    let section = path.split('.').next().unwrap_or_default();
    let siblings: Vec<_> =
        FIELDS.iter().map(|f| f.path).filter(|p| p.split('.').next() == Some(section) && p.contains('.')).collect();
    let message = if siblings.is_empty() {
        "unknown field; sections are data, model, rule, regularizer, noise, training, measure, sweep".to_owned()
    } else {
        format!("unknown field; [{section}] has {}", siblings.join(", "))
    };
    ConfigError::Field { origin: origin.into(), field: path.into(), message }
}

fn from_table(origin: &str, table: Table) -> Result<Experiment, ConfigError> {
    let mut experiment: Experiment =
        serde_path_to_error::deserialize(Value::Table(table.clone())).map_err(|e| misread(origin, &table, &e))?;
    let model = &experiment.model;
    experiment.data.teacher_hidden.get_or_insert_with(|| model.hidden.clone());
    experiment.data.teacher_activation.get_or_insert(model.activation);
    Ok(experiment)
}

/// A value of the wrong type, or an unknown name: the parser speaks of Rust's types and of no range.
fn misread(origin: &str, table: &Table, error: &serde_path_to_error::Error<toml::de::Error>) -> ConfigError {
    let path = error.path().to_string();
    let said = error.inner().message();
    let known = field(without_index(&path));
    let Some(known) = known else {
        let section = path.split('.').next().unwrap_or_default();
        let message = if table.get(section).is_some_and(|value| !value.is_table()) {
            let value = &table[section];
            format!("found {value}, expected a section [{section}]")
        } else {
            said.to_owned()
        };
        return ConfigError::Field { origin: origin.into(), field: path, message };
    };
    let value = look_up(table, known.path).map_or_else(|| "nothing".to_owned(), |value| value.to_string());
    let expected = |what: &str| said.contains(&format!("expected {what}"));
    let message = match known.allowed.words() {
        Some(words) if expected("a sequence") => format!("found {value}, must be a list, each item {words}"),
        Some(words) => format!("found {value}, must be {words}"),
        None if said.starts_with("unknown variant") => said.to_owned(),
        None if expected("a boolean") => format!("found {value}, must be true or false"),
        None if expected("a string") => format!("found {value}, must be text in quotes"),
        None => format!("found {value}, allowed: {}", known.doc),
    };
    ConfigError::Field { origin: origin.into(), field: path, message }
}

fn look_up(table: &Table, path: &str) -> Option<Value> {
    match path.split_once('.') {
        None => table.get(path).cloned(),
        Some((section, key)) => table.get(section)?.get(key).cloned(),
    }
}

/// `model.hidden` of `model.hidden[1]`.
fn without_index(path: &str) -> &str {
    path.split('[').next().unwrap_or(path)
}
