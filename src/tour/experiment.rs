//! The experiment as a tour has set it up so far, against which its lines are checked.

use toml::{Table, Value};

use super::error::config_message;
use crate::experiment::fields::{Change, FIELDS, field};
use crate::experiment::{Experiment, PRESETS, preset, resolve, with_assignment};
use crate::record::Columns;
use crate::training;

/// What the tour has loaded and set.
#[derive(Clone, Debug, Default)]
pub(super) struct Setting {
    experiment: Option<(Experiment, Columns)>,
}

impl Setting {
    pub(super) fn experiment(&self) -> Result<&Experiment, String> {
        let missing = "there is no experiment yet; load one with '::experiment sre' in this stage or before";
        self.experiment.as_ref().map(|(experiment, _)| experiment).ok_or_else(|| missing.to_owned())
    }

    /// Reads `PRESET [FIELD=VALUE ...]`.
    pub(super) fn load(&mut self, text: &str) -> Result<(String, Experiment), String> {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default();
        if preset(name).is_none() {
            let names: Vec<_> = PRESETS.iter().map(|p| p.name).collect();
            return Err(format!("unknown experiment '{name}'; presets are {}", names.join(", ")));
        }
        let assignments: Vec<String> = words.map(str::to_owned).collect();
        let experiment = resolve(name, &assignments).map_err(config_message)?;
        self.adopt(experiment.clone())?;
        Ok((name.to_owned(), experiment))
    }

    /// Reads `FIELD = VALUE`.
    pub(super) fn set(&mut self, text: &str) -> Result<(&'static str, Value), String> {
        let expected = || "expected '::set FIELD = VALUE', such as '::set regularizer.weight_decay = 5e-3'".to_owned();
        let (path, value) = text.split_once('=').ok_or_else(expected)?;
        let path = known_field(path.trim())?;
        let value = value.trim();
        let parsed = format!("v = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("v"));
        let value = parsed.unwrap_or_else(|| Value::String(value.to_owned()));
        self.assign(path, value.clone())?;
        Ok((path, value))
    }

    /// Changes a field as the run would.
    pub(super) fn assign(&mut self, path: &'static str, value: Value) -> Result<(), String> {
        let changed = with_assignment(self.experiment()?, path, value).map_err(config_message)?;
        if field(path).is_some_and(|f| f.change == Change::Reset) {
            return Err(format!("{path} needs a new run; write it behind ::experiment"));
        }
        self.adopt(changed)
    }

    pub(super) fn check_column(&self, name: &str) -> Result<(), String> {
        self.experiment()?;
        let columns = self.experiment.as_ref().map(|(_, columns)| columns.names()).unwrap_or_default();
        if columns.iter().any(|column| column == name) {
            return Ok(());
        }
        Err(format!("unknown column '{name}'; this experiment measures {}", columns.join(", ")))
    }

    pub(super) fn layers(&self) -> Result<usize, String> {
        Ok(self.experiment()?.layer_count())
    }

    fn adopt(&mut self, experiment: Experiment) -> Result<(), String> {
        let columns = training::measured_columns(&experiment).map_err(|e| e.to_string())?;
        self.experiment = Some((experiment, columns));
        Ok(())
    }
}

/// The field of that path, or what there is instead.
pub(super) fn known_field(path: &str) -> Result<&'static str, String> {
    if let Some(known) = field(path) {
        return Ok(known.path);
    }
    let section = path.split('.').next().unwrap_or_default();
    let siblings: Vec<_> =
        FIELDS.iter().map(|f| f.path).filter(|p| p.split_once('.').is_some_and(|(s, _)| s == section)).collect();
    Err(if siblings.is_empty() {
        format!("unknown field '{path}'; sections are data, model, rule, regularizer, noise, training, measure, sweep")
    } else {
        format!("unknown field '{path}'; there are {}", siblings.join(", "))
    })
}

/// A field's value as TOML; `None` where it is absent.
pub(super) fn value_of(experiment: &Experiment, path: &str) -> Option<Value> {
    let table = Table::try_from(experiment).ok()?;
    let mut keys = path.split('.');
    let first = table.get(keys.next()?)?;
    keys.try_fold(first, |value, key| value.get(key)).cloned()
}

/// A field's value, if it is a number.
pub(super) fn number_of(experiment: &Experiment, path: &str) -> Option<f64> {
    let value = value_of(experiment, path)?;
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}
