//! Which settings of a sweep somebody gave: what stays in cells of another rule, or with another activation.
//!
//! A resolved experiment does not say whether a value was given or is its rule's default. A grid over rules needs to know,
//! since each cell is what the rule comes to with what was given and its own defaults elsewhere. So resolving notes the
//! settings down in `sweep.given`, a field like others, which goes wherever the experiment goes.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::config::Experiment;
use super::effect::Purpose;
use super::error::ConfigError;
use super::load::{insert, is_expression, look_up, parse_assignment, resolve};
use super::presets::{preset, preset_of_rule};
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
    let needed = given.into_iter().filter(|(path, _)| is_needed(path)).collect();
    insert(table, GIVEN, Value::Array(texts(needed).into_iter().map(Value::String).collect()))
}

/// Settings as the list has them.
fn texts(given: BTreeMap<String, Value>) -> Vec<String> {
    given.into_iter().map(|(path, value)| format!("{path} = {value}")).collect()
}

/// Settings of the fields that a rule brings with it, or a teacher follows, in which a table differs from another.
fn changed_since(before: &Table, now: &Table) -> BTreeMap<String, Value> {
    let settings = |table: &Table| {
        let mut found = BTreeMap::new();
        table.get("rule").cloned().into_iter().for_each(|rule| leaves("rule", rule, &mut found));
        found.remove(RULE);
        for path in [BIAS, TEACHER_ACTIVATION] {
            found.extend(look_up(table, path).map(|value| (path.to_owned(), value)));
        }
        found
    };
    let before = settings(before);
    settings(now).into_iter().filter(|(path, value)| before.get(path) != Some(value)).collect()
}

impl Experiment {
    /// Notes in `sweep.given` what has become other than `before`, where the settings of this grid are noted at all.
    pub(super) fn note_changes_since(&mut self, before: &Self) {
        if self.sweep.as_ref().is_none_or(|sweep| sweep.given.is_none()) {
            return;
        }
        let (Ok(old), Ok(new)) = (Table::try_from(before), Table::try_from(&*self)) else { return };
        let changed = changed_since(&old, &new);
        if let Some(noted) = self.sweep.as_mut().and_then(|sweep| sweep.given.as_mut()) {
            // What is no assignment was refused when the experiment was read.
            let mut given = parsed(noted).unwrap_or_default();
            // A number that the rule has no more is nobody's setting.
            given.retain(|path, _| look_up(&new, path).is_some());
            given.extend(changed);
            *noted = texts(given);
        }
    }

    /// A grid of this experiment, planned for its present settings: with what its cells have to know of these, as `--set`
    /// would note it. Where nothing is noted yet, what somebody has set is what differs from the preset of that name or,
    /// without one, from that of the rule.
    #[must_use]
    pub fn planned(&self, sweep: Sweep) -> Self {
        let mut planned = Self { sweep: Some(sweep), ..self.clone() };
        let noted = self.sweep.as_ref().and_then(|sweep| sweep.given.as_deref()).and_then(|given| parsed(given).ok());
        let Ok(mut table) = Table::try_from(&planned) else { return planned };
        let given = noted.unwrap_or_else(|| self.set_by_hand(&table));
        let is_noted = note(&mut table, given, &[]);
        let list = look_up(&table, GIVEN).filter(|_| is_noted.is_ok());
        let list = list.and_then(|list| list.try_into().ok());
        if let Some(sweep) = &mut planned.sweep {
            sweep.given = list;
        }
        planned
    }

    /// Settings of a table of this experiment that its preset, or its rule's, does not have.
    fn set_by_hand(&self, table: &Table) -> BTreeMap<String, Value> {
        let name = self.name.strip_suffix(WRITTEN_SUFFIX).unwrap_or(&self.name);
        let known = preset(name).map(|preset| preset.name);
        let of_rule = preset_of_rule(self.rule.kind);
        let base = known.or(of_rule).unwrap_or("sre");
        let kind = look_up(table, RULE).and_then(|kind| kind.as_str().map(|kind| format!("{RULE}={kind}")));
        // A rule that is written has no defaults of its own.
        let kind: Vec<String> = kind.into_iter().filter(|_| of_rule.is_some()).collect();
        let before = resolve(base, &kind).ok().and_then(|plain| Table::try_from(plain).ok());
        let mut changed = changed_since(&before.unwrap_or_default(), table);
        if self.data.teacher_activation == Some(self.model.activation) {
            changed.remove(TEACHER_ACTIVATION);
        }
        changed
    }
}

/// Ends the name of an experiment whose rule was written in the window, which is else that of the experiment that it was
/// made of.
pub const WRITTEN_SUFFIX: &str = "-custom";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{AxisValue, RuleKind, with_assignment};

    fn of(name: &str, set: &[&str]) -> Experiment {
        resolve(name, &set.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()).expect("valid")
    }

    fn over(field: &str, values: &[&str]) -> Sweep {
        let values = values.iter().map(|value| AxisValue::Text((*value).to_owned())).collect();
        Sweep { x: field.into(), x_values: values, y: String::new(), ..Sweep::default() }
    }

    fn given(experiment: &Experiment) -> Option<Vec<String>> {
        experiment.sweep.as_ref().and_then(|sweep| sweep.given.clone())
    }

    const RULES: [&str; 3] = ["sgd", "hebb", "dfa"];

    #[test]
    fn a_plan_gives_each_cell_what_was_set() {
        // A slider of a run, and what `--set` gave at the start; a field that is no rule's is in every cell anyway.
        let run = of("sre", &["rule.clip=3", "regularizer.weight_decay=0.1"]);
        let run = with_assignment(&run, "rule.learning_rate", 0.002.into()).expect("valid");
        let planned = run.planned(over(RULE, &RULES));
        assert_eq!(given(&planned).expect("noted"), ["rule.clip = 3.0", "rule.learning_rate = 0.002"]);
        let axes = planned.sweep.as_ref().expect("there").axes().expect("valid");
        for (at, kind) in RULES.iter().enumerate() {
            let cell = planned.cell(&[(axes[0].field, axes[0].value(at))], 0).expect("valid");
            let same = of("sre", &["rule.clip=3", "rule.learning_rate=0.002", &format!("rule.kind={kind}")]);
            assert_eq!(cell.rule, same.rule, "{kind}");
        }
        // What nobody touched is each rule's own; a grid of numbers needs no notes.
        assert_eq!(given(&of("digits", &[]).planned(over(RULE, &RULES))), Some(Vec::new()));
        assert_eq!(given(&of("sre", &["rule.kind=hebb"]).planned(over(RULE, &RULES))), Some(Vec::new()));
        assert_eq!(given(&run.planned(Sweep { x: "noise.weight_sd".into(), x_to: 1.0, ..Sweep::default() })), None);
        let teacher = of("sre", &["data.teacher_activation=relu"]);
        let planned = teacher.planned(over(ACTIVATION, &["tanh", "linear"]));
        assert_eq!(given(&planned).expect("noted"), ["data.teacher_activation = \"relu\""]);
    }

    #[test]
    fn changes_of_a_noted_grid_are_noted() {
        let set = ["sweep.x=rule.kind", "sweep.x_values=[\"sgd\", \"hebb\"]", "sweep.y=", "rule.clip=3"];
        let grid = of("sre", &[&set[..2], &set[3..]].concat());
        let mut changed = with_assignment(&grid, "rule.learning_rate", 0.002.into()).expect("valid");
        changed = with_assignment(&changed, "rule.clip", 4.0.into()).expect("valid");
        changed = with_assignment(&changed, BIAS, true.into()).expect("valid");
        changed = with_assignment(&changed, "noise.weight_sd", 0.1.into()).expect("valid");
        let expected = ["model.bias = true", "rule.clip = 4.0", "rule.learning_rate = 0.002"];
        assert_eq!(given(&changed).expect("noted"), expected);
        // The window's own plan has the same.
        let sweep = Sweep { given: None, ..changed.sweep.clone().expect("there") };
        assert_eq!(given(&changed.planned(sweep)).expect("noted"), expected);
        assert_eq!(changed.rule.kind, RuleKind::Sgd);
    }

    #[test]
    fn a_rule_that_was_written_is_what_was_set() {
        let mut written = of("sre", &["rule.kind=custom", "rule.signal=k * post * pre", "rule.parameters.k=0.5"]);
        written.name.push_str(WRITTEN_SUFFIX);
        let planned = written.planned(over(RULE, &["custom", "hebb"]));
        assert_eq!(given(&planned).expect("noted"), ["rule.parameters.k = 0.5", "rule.signal = \"k * post * pre\""]);
    }
}
