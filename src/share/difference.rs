//! What of an experiment differs from a preset, field by field.

use toml::{Table, Value};

use crate::experiment::fields::{FIELDS, field};
use crate::experiment::{Experiment, PRESETS, resolve};

/// A changed field; `None` removes one that the base has.
pub(super) type Edit = (&'static str, Option<Value>);

/// The experiment's fields by path. A teacher that is like the model is left out, as it follows the model when read.
pub(super) fn table_of(experiment: &Experiment) -> Table {
    let mut plain = experiment.clone();
    let model = &experiment.model;
    plain.data.teacher_hidden = plain.data.teacher_hidden.filter(|widths| *widths != model.hidden);
    plain.data.teacher_activation = plain.data.teacher_activation.filter(|kind| *kind != model.activation);
    // Plain structs of numbers, strings and lists have a TOML form.
    Table::try_from(&plain).unwrap_or_default()
}

pub(super) fn look_up<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    let mut keys = path.split('.');
    let first = table.get(keys.next()?)?;
    keys.try_fold(first, |value, key| value.get(key))
}

/// Fields of the rule that a user has written, by the names that it has.
fn written(table: &Table) -> Vec<&'static str> {
    let section = |name: &str| look_up(table, name).and_then(Value::as_table).into_iter().flatten();
    let parameters = section("rule.parameters").map(|(name, _)| format!("rule.parameters.{name}"));
    let states = section("rule.state").flat_map(|(name, _)| ["of", "rate", "start"].map(|part| (name, part)));
    let states = states.map(|(name, part)| format!("rule.state.{name}.{part}"));
    parameters.chain(states).filter_map(|path| Some(field(&path)?.path)).collect()
}

/// Fields in which `wanted` differs from `base`.
pub(super) fn edits(base: &Table, wanted: &Table) -> Vec<Edit> {
    let own = written(wanted);
    let foreign = written(base).into_iter().filter(|path| !own.contains(path));
    let paths = FIELDS.iter().map(|field| field.path).chain(foreign).chain(own.iter().copied());
    paths
        .map(|path| (path, look_up(base, path), look_up(wanted, path)))
        .filter(|(_, before, after)| before != after)
        .map(|(path, _, after)| (path, after.cloned()))
        .collect()
}

/// Every preset as it loads, with its name.
pub(super) fn bases() -> impl Iterator<Item = (&'static str, Experiment)> {
    PRESETS.iter().filter_map(|preset| Some((preset.name, resolve(preset.name, &[]).ok()?)))
}
