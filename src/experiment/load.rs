//! From a preset's name or a file, and `--set` assignments, to a validated experiment.

use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::branching::RULE_SECTION;
use super::config::Experiment;
use super::effect::Purpose;
use super::error::ConfigError;
use super::fields::{Allowed, FIELDS, field};
use super::given;
use super::own_data::forget_sizes;
use super::paths::{self, PATHS, expand_home};
use super::presets::{PRESETS, meant, preset, preset_of_rule};
use super::rule::{Normalization, RuleKind};
use super::show::shown;
use crate::input_file;

/// An experiment, and what is to be said of how it was given.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The experiment.
    pub experiment: Experiment,
    /// Settings that were given and have no effect, each with the reason.
    pub warnings: Vec<String>,
}

/// What of a configuration somebody gave, rather than a preset or the program itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// Nothing: a preset, or a configuration that the program wrote.
    Nothing,
    /// What differs from the defaults, of a file that has most fields: one that was written out, and changed perhaps.
    Changed,
    /// All of it.
    All,
}

struct Base {
    origin: String,
    table: Table,
    given: Given,
}

/// Resolves EXPERIMENT (a preset's name or a TOML file) and `path=value` assignments, in their order.
///
/// # Errors
/// Names the file or field, the value, and what is allowed.
pub fn resolve(experiment: &str, assignments: &[String]) -> Result<Experiment, ConfigError> {
    resolve_for(Purpose::Window, experiment, assignments).map(|resolved| resolved.experiment)
}

/// As [`resolve`], with warnings of settings that were given and have no effect for that purpose.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_for(purpose: Purpose, experiment: &str, assignments: &[String]) -> Result<Resolved, ConfigError> {
    let mut base = read_base(experiment)?;
    let edits = assignments.iter().map(|a| parse_assignment(a)).collect::<Result<Vec<_>, _>>()?;
    let of_file = base.given_values();
    let applied = given::of_grid(&base.table, edits.clone(), purpose);
    let given = given::of_table(&base.table, base.given == Given::All, &applied);
    adopt_rule_defaults(&mut base, &applied)?;
    forget_widths(&mut base.table, applied.iter().map(|(path, _)| path.as_str()));
    forget_sizes(&mut base.table, applied.iter().map(|(path, _)| path.as_str()));
    for (path, value) in &applied {
        insert(&mut base.table, path, value.clone())?;
    }
    let Base { origin, mut table, .. } = base;
    if purpose != Purpose::Run {
        given::note(&mut table, given, &applied)?;
        given::begin_expressions(&mut table)?;
    }
    let follows = look_up(&table, "data.teacher_activation").is_none();
    let experiment = from_table(&origin, table).map_err(|error| match error {
        ConfigError::Field { field, message, .. } if edits.iter().any(|(path, _)| *path == without_index(&field)) => {
            ConfigError::Field { origin: "--set".into(), field, message }
        }
        other => other,
    })?;
    experiment.validate()?;
    let is_set = |path: &str| edits.iter().any(|(edited, _)| edited == path);
    let of_file = of_file.into_iter().filter(|(path, _)| !is_set(path));
    // A grid that a single run leaves out as a whole is no surprise in each of its fields.
    let of_file = of_file.filter(|(path, _)| purpose != Purpose::Run || !path.starts_with("sweep."));
    let mut warnings = in_vain(&experiment, purpose, follows, &origin, of_file);
    warnings.extend(in_vain(&experiment, purpose, follows, "--set", edits.iter().cloned()));
    Ok(Resolved { experiment, warnings })
}

/// Parses and validates one TOML text; a relative path in it is relative to the working directory.
///
/// # Errors
/// As [`resolve`].
pub fn from_toml(origin: &str, text: &str) -> Result<Experiment, ConfigError> {
    let mut table = parse_table(origin, text)?;
    let given = given::of_table(&table, !is_whole(&table), &[]);
    given::note(&mut table, given, &[])?;
    given::begin_expressions(&mut table)?;
    let experiment = from_table(origin, table)?;
    experiment.validate()?;
    Ok(experiment)
}

/// Parses and validates the text of the file at `path`, for the window.
///
/// # Errors
/// As [`resolve`].
pub fn from_toml_file(path: &Path, text: &str) -> Result<Resolved, ConfigError> {
    let mut base = base_of_file(path, text)?;
    let of_file = base.given_values();
    let given = given::of_table(&base.table, base.given == Given::All, &[]);
    given::note(&mut base.table, given, &[])?;
    given::begin_expressions(&mut base.table)?;
    let follows = look_up(&base.table, "data.teacher_activation").is_none();
    let experiment = from_table(&base.origin, base.table)?;
    experiment.validate()?;
    let warnings = in_vain(&experiment, Purpose::Window, follows, &base.origin, of_file.into_iter());
    Ok(Resolved { experiment, warnings })
}

/// Changes one field of a validated experiment, as `--set` would; with a table for `rule`, several fields of that section.
///
/// # Errors
/// As [`resolve`].
pub fn with_assignment(experiment: &Experiment, path: &str, value: Value) -> Result<Experiment, ConfigError> {
    if let (RULE_SECTION, Value::Table(fields)) = (path, &value) {
        return experiment.with_rule_fields(fields);
    }
    let mut table = Table::try_from(experiment)
        .map_err(|e| ConfigError::value(path, &value, format!("cannot be written as TOML: {e}")))?;
    forget_widths(&mut table, std::iter::once(path));
    forget_sizes(&mut table, std::iter::once(path));
    insert(&mut table, path, value)?;
    let mut changed = from_table("setting", table)?;
    changed.note_changes_since(experiment);
    changed.validate()?;
    Ok(changed)
}

/// As [`with_assignment`], several fields at once, as several `--set` would: what does not fit one by one may fit together.
///
/// # Errors
/// As [`resolve`].
pub fn with_assignments<'a>(
    experiment: &Experiment,
    changes: impl Iterator<Item = (&'a str, &'a Value)> + Clone,
) -> Result<Experiment, ConfigError> {
    let mut table = table_of(experiment)?;
    forget_widths(&mut table, changes.clone().map(|(path, _)| path));
    forget_sizes(&mut table, changes.clone().map(|(path, _)| path));
    for (path, value) in changes {
        insert(&mut table, path, value.clone())?;
    }
    let mut changed = from_table("setting", table)?;
    changed.note_changes_since(experiment);
    changed.validate()?;
    Ok(changed)
}

/// Whether a value can be read as that of a field and lies in its range, whatever the other fields say.
///
/// # Errors
/// The field, the value and what is allowed.
pub fn check_assignment(experiment: &Experiment, path: &str, value: &Value) -> Result<(), ConfigError> {
    let mut table = table_of(experiment)?;
    insert(&mut table, path, value.clone())?;
    from_table("setting", table)?;
    field(path).map_or(Ok(()), |field| super::validate::check_value(field, value))
}

fn table_of(experiment: &Experiment) -> Result<Table, ConfigError> {
    Table::try_from(experiment)
        .map_err(|e| ConfigError::value("experiment", "", format!("cannot be written as TOML: {e}")))
}

/// Warnings of the values that have no effect. `follows`: the teacher's activation is that of the model.
fn in_vain(
    experiment: &Experiment,
    purpose: Purpose,
    follows: bool,
    origin: &str,
    given: impl Iterator<Item = (String, Value)>,
) -> Vec<String> {
    // A grid that is not allowed has been refused.
    let cells = match (purpose, &experiment.sweep) {
        (Purpose::Grid, Some(sweep)) => sweep.axes().and_then(|axes| experiment.cells_of_categories(&axes)),
        _ => Ok(Vec::new()),
    };
    let cells = cells.unwrap_or_default();
    let teacher_has_it = follows && experiment.without_effect("data.teacher_activation").is_none();
    given
        .filter(|(path, _)| !(teacher_has_it && path == "model.activation"))
        .filter_map(|(path, value)| {
            let reason = experiment.given_in_vain(&path, purpose, &cells)?;
            Some(format!("{origin}: {path} = {} has no effect: {reason}", shown(&value)))
        })
        .collect()
}

impl Base {
    /// What somebody gave, by path.
    fn given_values(&self) -> Vec<(String, Value)> {
        if self.given == Given::Nothing {
            return Vec::new();
        }
        let defaults = Experiment { sweep: Some(super::Sweep::default()), ..Experiment::default() };
        // Plain structs of numbers, strings and lists have a TOML form.
        let mut defaults = Table::try_from(defaults).unwrap_or_default();
        make_whole(&mut defaults);
        let mut own = self.table.clone();
        make_whole(&mut own);
        let is_given = |path: &str, value: &Value| {
            let default = match path {
                // Where they are absent, they are filled in from the model.
                "data.teacher_hidden" => look_up(&own, "model.hidden"),
                "data.teacher_activation" => look_up(&own, "model.activation"),
                path => look_up(&defaults, path),
            };
            self.given == Given::All || default.is_none_or(|default| default != *value)
        };
        let values = FIELDS.iter().filter_map(|field| Some((field.path, look_up(&own, field.path)?)));
        values.filter(|(path, value)| is_given(path, value)).map(|(path, value)| (path.to_owned(), value)).collect()
    }
}

fn read_base(experiment: &str) -> Result<Base, ConfigError> {
    if let Some(known) = preset(experiment) {
        let origin = format!("preset {experiment}");
        let table = parse_table(&origin, known.toml)?;
        return Ok(Base { origin, table, given: Given::Nothing });
    }
    let path = expand_home(Path::new(experiment));
    if !path.exists() {
        let names: Vec<_> = PRESETS.iter().map(|p| p.name).collect();
        let meant = meant(experiment).map_or_else(String::new, |preset| format!("; did you mean '{}'?", preset.name));
        return Err(ConfigError::Unknown(experiment.into(), names.join(", "), meant));
    }
    let path = if path.is_dir() { path.join("config.toml") } else { path };
    let text = input_file::read_text(&path, input_file::CONFIGURATION)
        .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
    base_of_file(&path, &text)
}

fn base_of_file(path: &Path, text: &str) -> Result<Base, ConfigError> {
    let origin = path.display().to_string();
    let mut table = parse_table(&origin, text)?;
    for key in PATHS.iter().filter_map(|path| path.strip_prefix("data.")) {
        if let Some(Value::String(given)) = table.get_mut("data").and_then(|data| data.get_mut(key))
            && !given.is_empty()
        {
            *given = paths::from_file(path.parent().unwrap_or(Path::new("")), given);
        }
    }
    let given = match path.file_name().is_some_and(|name| name == "config.toml") {
        true => Given::Nothing,
        false if is_whole(&table) => Given::Changed,
        false => Given::All,
    };
    Ok(Base { origin, table, given })
}

/// Whether a configuration has most fields, as one that was written out.
fn is_whole(table: &Table) -> bool {
    // Some may be absent of a configuration that was written out, and an earlier version knew fewer; nobody types as many.
    let ours: Vec<_> = FIELDS.iter().filter(|field| !field.path.starts_with("sweep.")).collect();
    let there = ours.iter().filter(|field| look_up(table, field.path).is_some()).count();
    2 * there > ours.len()
}

fn parse_table(origin: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>()
        .map_err(|e| ConfigError::Syntax { origin: origin.into(), message: e.to_string().trim_end().to_owned() })
}

/// Splits `path=value`; a bare word that is not TOML counts as a string, so that quotes can be left out.
///
/// # Errors
/// When there is no path, no value, or no `=`.
pub fn parse_assignment(text: &str) -> Result<(String, Value), ConfigError> {
    let (path, value) = text.split_once('=').ok_or_else(|| ConfigError::Assignment(text.into()))?;
    let (path, value) = (path.trim(), value.trim());
    if path.is_empty() || value.is_empty() {
        return Err(ConfigError::Assignment(text.into()));
    }
    let parsed = format!("v = {value}").parse::<Table>().ok().filter(|table| table.len() == 1);
    let parsed = parsed.and_then(|mut table| table.remove("v"));
    // An expression such as 1 is text all the same.
    let parsed = parsed.filter(|value| !is_expression(path) || value.is_str());
    Ok((path.to_owned(), parsed.unwrap_or_else(|| Value::String(value.to_owned()))))
}

/// Whether a field is an expression of the language of rules.
pub(super) fn is_expression(path: &str) -> bool {
    matches!(path, "rule.signal" | "rule.bias") || path.starts_with("rule.state.") && path.ends_with(".of")
}

/// A preset of one rule asked to use another takes that rule's own `[rule]` and bias; a file's own values stay.
fn adopt_rule_defaults(base: &mut Base, edits: &[(String, Value)]) -> Result<(), ConfigError> {
    let keeps = base.given == Given::All;
    let table = &mut base.table;
    let Some((_, Value::String(wanted))) = edits.iter().rev().find(|(path, _)| path == "rule.kind") else {
        return Ok(());
    };
    let Some(own) = other_rule(table, wanted)? else { return Ok(()) };
    let has_bias = keeps && look_up(table, "model.bias").is_some();
    if let Some(section) = own.get("rule").and_then(Value::as_table) {
        let mut section = section.clone();
        if let (true, Some(Value::Table(given))) = (keeps, table.get("rule")) {
            section.extend(given.clone());
        }
        table.insert("rule".into(), Value::Table(section));
    }
    if let Some(bias) = own.get("model").and_then(|m| m.get("bias")).filter(|_| !has_bias) {
        insert(table, "model.bias", bias.clone())?;
    }
    Ok(())
}

/// The preset that holds the defaults of a rule, where a table has another one.
fn other_rule(table: &Table, wanted: &str) -> Result<Option<Table>, ConfigError> {
    let current = table.get("rule").and_then(|r| r.get("kind")).and_then(Value::as_str).unwrap_or("sgd");
    // An unknown name is reported with the alternatives when the whole table is read.
    let rule = RuleKind::deserialize(Value::String(wanted.to_owned())).ok().filter(|_| current != wanted);
    let known = rule.and_then(preset_of_rule).and_then(|name| Some((name, preset(name)?)));
    known.map(|(name, own)| parse_table(name, own.toml)).transpose()
}

/// Puts another rule into a resolved configuration, with its own defaults for all but `kept`.
///
/// # Errors
/// When there is no such field.
pub(super) fn take_rule(
    table: &mut Table,
    wanted: &str,
    kept: impl Iterator<Item = (String, Value)>,
) -> Result<(), ConfigError> {
    let Some(own) = other_rule(table, wanted)? else { return Ok(()) };
    table.insert("rule".into(), own.get("rule").cloned().unwrap_or_else(|| Value::Table(Table::new())));
    if let Some(bias) = look_up(&own, "model.bias") {
        insert(table, "model.bias", bias)?;
    }
    for (path, value) in kept {
        insert(table, &path, value)?;
    }
    Ok(())
}

pub(super) fn insert(table: &mut Table, path: &str, value: Value) -> Result<(), ConfigError> {
    if field(path).is_none() {
        return Err(unknown_field("--set", path));
    }
    let value = match value {
        Value::String(given) if PATHS.contains(&path) => {
            Value::String(expand_home(Path::new(&given)).to_string_lossy().into_owned())
        }
        value => value,
    };
    let (mut table, mut path) = (table, path);
    while let Some((section, key)) = path.split_once('.') {
        let entry = table.entry(section.to_owned()).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(inner) = entry else {
            return Err(ConfigError::Field {
                origin: "--set".into(),
                field: section.into(),
                message: "expected a section".into(),
            });
        };
        (table, path) = (inner, key);
    }
    table.insert(path.to_owned(), value);
    Ok(())
}

fn unknown_field(origin: &str, path: &str) -> ConfigError {
    let section = path.split('.').next().unwrap_or_default();
    let siblings: Vec<_> =
        FIELDS.iter().map(|f| f.path).filter(|p| p.split('.').next() == Some(section) && p.contains('.')).collect();
    let message = if siblings.is_empty() {
        "unknown field; sections are data, model, rule, regularizer, noise, schedule, training, measure, sweep"
            .to_owned()
    } else {
        format!("unknown field; [{section}] has {}", siblings.join(", "))
    };
    ConfigError::Field { origin: origin.into(), field: path.into(), message }
}

/// Turns whole numbers that are written with a point or an exponent (`20.0`, `1e3`) into integers where a field wants
/// these.
fn make_whole(table: &mut Table) {
    for field in FIELDS.iter().filter(|field| matches!(field.allowed, Allowed::Whole { .. })) {
        let value = field.path.split_once('.').and_then(|(section, key)| table.get_mut(section)?.get_mut(key));
        value.into_iter().for_each(whole);
    }
}

fn whole(value: &mut Value) {
    // Beyond it, not every whole number is a floating-point number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT => {
            *value = Value::Integer(*number as i64)
        }
        Value::Array(items) => items.iter_mut().for_each(whole),
        _ => {}
    }
}

/// Forgets widths that a number of parameters has given, where one of `changed` is what they follow from.
fn forget_widths<'a>(table: &mut Table, changed: impl Iterator<Item = &'a str>) {
    let has_parameters = look_up(table, "model.parameters").is_some();
    let gives_widths = |path: &str| path == "model.parameters" || has_parameters && path == "model.depth_layers";
    let mut changed = changed.filter(|path| gives_widths(path));
    if changed.next().is_none() {
        return;
    }
    for (section, key) in [("model", "hidden"), ("data", "teacher_hidden")] {
        if let Some(Value::Table(section)) = table.get_mut(section) {
            section.remove(key);
        }
    }
}

pub(super) fn from_table(origin: &str, mut table: Table) -> Result<Experiment, ConfigError> {
    make_whole(&mut table);
    let mut experiment: Experiment =
        serde_path_to_error::deserialize(Value::Table(table.clone())).map_err(|e| misread(origin, &table, &e))?;
    if experiment.rule.kind != RuleKind::Custom && experiment.rule.normalization == Some(Normalization::Standardize) {
        // What it is where it is absent.
        experiment.rule.normalization = None;
    }
    experiment.take_sizes(&table)?;
    if look_up(&table, "model.hidden").is_none()
        && experiment.model.has_depth_in_range()
        && let Some(widths) = experiment.model.scaled_widths(experiment.input_width(), experiment.output_width())
    {
        // Widths of 0 are refused by the number that asks for them.
        experiment.model.hidden = if widths.contains(&0) { experiment.model.hidden } else { widths };
    }
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
    let value = look_up(table, known.path).map_or_else(|| "nothing".to_owned(), |value| shown(&value));
    let expected = |what: &str| said.contains(&format!("expected {what}"));
    let message = match known.allowed.words() {
        Some(words) if expected("a sequence") => format!("found {value}, must be a list, each item {words}"),
        Some(words) => format!("found {value}, must be {words}"),
        None if said.starts_with("unknown variant") => said.to_owned(),
        None if known.path.starts_with("schedule.") && !expected("a string") => said.to_owned(),
        None if expected("a boolean") => format!("found {value}, must be true or false"),
        None if expected("a string") => format!("found {value}, must be text in quotes"),
        None => format!("found {value}, allowed: {}", known.doc),
    };
    ConfigError::Field { origin: origin.into(), field: path, message }
}

pub(super) fn look_up(table: &Table, path: &str) -> Option<Value> {
    let mut keys = path.split('.');
    let first = table.get(keys.next()?)?;
    keys.try_fold(first, |value, key| value.get(key)).cloned()
}

/// `model.hidden` of `model.hidden[1]`.
fn without_index(path: &str) -> &str {
    path.split('[').next().unwrap_or(path)
}
