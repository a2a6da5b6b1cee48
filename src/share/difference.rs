//! What of an experiment differs from a preset, field by field.

use toml::{Table, Value};

use crate::experiment::fields::FIELDS;
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
    match path.split_once('.') {
        None => table.get(path),
        Some((section, key)) => table.get(section)?.get(key),
    }
}

/// Fields in which `wanted` differs from `base`.
pub(super) fn edits(base: &Table, wanted: &Table) -> Vec<Edit> {
    FIELDS
        .iter()
        .map(|field| (field.path, look_up(base, field.path), look_up(wanted, field.path)))
        .filter(|(_, before, after)| before != after)
        .map(|(path, _, after)| (path, after.cloned()))
        .collect()
}

/// Every preset as it loads, with its name.
pub(super) fn bases() -> impl Iterator<Item = (&'static str, Experiment)> {
    PRESETS.iter().filter_map(|preset| Some((preset.name, resolve(preset.name, &[]).ok()?)))
}
