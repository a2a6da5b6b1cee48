//! Which settings of a sweep somebody gave: what stays in cells of another rule, or with another activation.
//!
//! A resolved experiment does not say whether a value was given or is its rule's default. A grid over rules needs to know,
//! since each cell is what the rule comes to with what was given and its own defaults elsewhere. So resolving notes the
//! settings down in `sweep.given`, a field like others, which goes wherever the experiment goes.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::effect::Purpose;
use super::error::ConfigError;
use super::load::{insert, is_expression, look_up, parse_assignment};
use super::sweep::Sweep;

/// The field whose values bring other fields with them.
pub(super) const RULE: &str = "rule.kind";
/// The field that a teacher follows.
pub(super) const ACTIVATION: &str = "model.activation";
/// What it follows it in.
pub(super) const TEACHER_ACTIVATION: &str = "data.teacher_activation";
const BIAS: &str = "model.bias";
const GIVEN: &str = "sweep.given";

/// Assignments as they were given.
type Edits = [(String, Value)];

/// Whether a field is one that a rule brings with it.
pub(super) fn is_of_rule(path: &str) -> bool {
    path == BIAS || path != RULE && path.starts_with("rule.")
}

/// The settings of `sweep.given`, by path.
///
/// # Errors
/// When one is no assignment.
pub(super) fn parsed(given: &[String]) -> Result<BTreeMap<String, Value>, ConfigError> {
    let refused = |text: &String| {
        let message = "must be path = value, of fields of [rule] but its kind, model.bias or data.teacher_activation";
        ConfigError::value(GIVEN, format!("{text:?}"), message)
    };
    let assignment = |text: &String| {
        let parsed = parse_assignment(text).ok();
        let known = parsed.filter(|(path, _)| is_of_rule(path) || path == TEACHER_ACTIVATION);
        known.ok_or_else(|| refused(text))
    };
    given.iter().map(assignment).collect()
}

/// Checks `sweep.given`.
pub(super) fn check(sweep: &Sweep) -> Result<(), ConfigError> {
    parsed(sweep.given.as_deref().unwrap_or_default()).map(drop)
}

/// The field of each axis, as a table and assignments have them.
fn axes(table: &Table, edits: &Edits) -> Vec<String> {
    let of_axis = |name: &str| {
        let edited = edits.iter().rev().find(|(path, _)| path == name).map(|(_, value)| value.clone());
        edited.or_else(|| look_up(table, name))?.as_str().map(str::to_owned)
    };
    ["sweep.x", "sweep.y"].into_iter().filter_map(of_axis).collect()
}

/// Leaves out the assignments of a rule that the cells of a grid replace: the rule beside which they bring their own
/// defaults is that of the file or preset.
pub(super) fn of_grid(table: &Table, edits: Vec<(String, Value)>, purpose: Purpose) -> Vec<(String, Value)> {
    let is_replaced = purpose == Purpose::Grid && axes(table, &edits).iter().any(|axis| axis == RULE);
    edits.into_iter().filter(|(path, _)| !is_replaced || path != RULE).collect()
}

/// What was given of the fields that other fields bring with them: in a table whose rule stays (`keeps`), and by
/// assignments. A table that was noted down before says it itself.
pub(super) fn of_table(table: &Table, keeps: bool, edits: &Edits) -> BTreeMap<String, Value> {
    let mut given = BTreeMap::new();
    if let Some(Value::Array(noted)) = look_up(table, GIVEN) {
        let texts: Vec<String> = noted.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect();
        // What is no assignment is refused with the rest of the table.
        given = parsed(&texts).unwrap_or_default();
    } else {
        if keeps {
            let rule = table.get("rule").cloned();
            rule.into_iter().for_each(|rule| leaves("rule", rule, &mut given));
            given.remove(RULE);
            given.extend(look_up(table, BIAS).map(|bias| (BIAS.to_owned(), bias)));
        }
        given.extend(look_up(table, TEACHER_ACTIVATION).map(|kind| (TEACHER_ACTIVATION.to_owned(), kind)));
    }
    let edited = edits.iter().filter(|(path, _)| is_of_rule(path) || path == TEACHER_ACTIVATION);
    given.extend(edited.cloned());
    given
}

/// Notes down in `[sweep]` what was given, where its cells need to know.
///
/// # Errors
/// When the table has another form.
pub(super) fn note(table: &mut Table, given: BTreeMap<String, Value>, edits: &Edits) -> Result<(), ConfigError> {
    if edits.iter().any(|(path, _)| path == GIVEN) {
        return Ok(());
    }
    let axes = axes(table, &[]);
    let goes_over = |path: &str| axes.iter().any(|axis| axis == path);
    let (rules, activations) = (goes_over(RULE), goes_over(ACTIVATION));
    if !rules && !activations {
        if let Some(Value::Table(sweep)) = table.get_mut("sweep") {
            sweep.remove("given");
        }
        return Ok(());
    }
    let is_needed = |path: &str| if path == TEACHER_ACTIVATION { activations } else { rules };
    let texts = given.into_iter().filter(|(path, _)| is_needed(path));
    let texts = texts.map(|(path, value)| Value::String(format!("{path} = {value}"))).collect();
    insert(table, GIVEN, Value::Array(texts))
}

/// Sets expressions that are swept and given nowhere to the first of their values, as a rule without one is none.
///
/// # Errors
/// When the table has another form.
pub(super) fn begin_expressions(table: &mut Table) -> Result<(), ConfigError> {
    for (axis, values) in [("sweep.x", "sweep.x_values"), ("sweep.y", "sweep.y_values")] {
        let Some(Value::String(path)) = look_up(table, axis) else { continue };
        let first = look_up(table, values).and_then(|values| values.as_array()?.first().cloned());
        if let Some(first @ Value::String(_)) = first
            && is_expression(&path)
            && look_up(table, &path).is_none()
        {
            insert(table, &path, first)?;
        }
    }
    Ok(())
}

fn leaves(path: &str, value: Value, out: &mut BTreeMap<String, Value>) {
    match value {
        Value::Table(inner) => {
            for (key, value) in inner {
                leaves(&format!("{path}.{key}"), value, out);
            }
        }
        value => drop(out.insert(path.to_owned(), value)),
    }
}
