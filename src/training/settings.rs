//! Settings that change while a run goes on.

use std::sync::Arc;

use toml::Value;

use super::error::TrainError;
use super::rows;
use super::run::{Epoch, Run, compile, needs_new_run};
use super::twin::Branch;
use crate::experiment::fields::Change;
use crate::experiment::{ConfigError, Experiment, RULE_SECTION, change_in_branch, may_differ, with_assignment};
use crate::program::Switches;
use crate::record::{Columns, Intervention, Target};

const WEIGHT_DECAY: &str = "regularizer.weight_decay";
const WEIGHT_DECAY_LAYERS: &str = "regularizer.weight_decay_layers";
const SEEDS: &str = "training.seeds";

/// A change that was made.
pub(super) struct Made {
    /// As it was in the first branch that did not have the value yet.
    pub(super) intervention: Intervention,
    /// The one of two branches that alone could take it.
    only: Option<Branch>,
}

/// A change that may be made.
pub(super) struct Changed {
    pub(super) experiment: Experiment,
    pub(super) old: serde_json::Value,
    pub(super) new: serde_json::Value,
    when: Change,
}

/// Tries a list of changes on an experiment, so that a run that they would break off is not begun.
///
/// # Errors
/// The first change that a headless run would refuse, or not come to before its end, with its step.
pub fn rehearse(experiment: &Experiment, interventions: &[Intervention]) -> Result<(), TrainError> {
    try_out(experiment, interventions, true)
}

/// As [`rehearse`], for a run that goes on until it is paused, and may change on its way what is measured.
///
/// # Errors
/// The first change that such a run would refuse, or that is recorded as a change from another value than it has there.
pub fn rehearse_live(experiment: &Experiment, interventions: &[Intervention]) -> Result<(), TrainError> {
    try_out(experiment, interventions, false)
}

/// The settings that a run had at a step, which began with `initial` and was changed on its way.
#[must_use]
pub fn settings_at(initial: &Experiment, interventions: &[Intervention], step: u64) -> Experiment {
    let until: Vec<&Intervention> =
        interventions.iter().filter(|one| one.step <= step && !one.is_of_backend()).collect();
    let mut experiment = initial.clone();
    for (place, one) in until.iter().enumerate() {
        // Of a slider that was dragged through a hundred values the last one counts.
        let is_last = until[place + 1..].iter().all(|later| (&later.field, &later.target) != (&one.field, &one.target));
        let Some(value) = Value::try_from(&one.new).ok().filter(|_| is_last) else { continue };
        if let Ok(Some(changed)) = changed(&experiment, &one.field, &value, one.target.as_ref()) {
            experiment = changed.experiment;
        }
    }
    experiment
}

fn try_out(experiment: &Experiment, interventions: &[Intervention], is_headless: bool) -> Result<(), TrainError> {
    let mut experiment = experiment.clone();
    let mut total = experiment.total_steps();
    let mut of_another = None;
    for next in interventions.iter().filter(|one| !one.is_of_backend()) {
        let at_step = |source: TrainError| TrainError::Intervention { step: next.step, source: Box::new(source) };
        let value = Value::try_from(&next.new)
            .map_err(|_| at_step(ConfigError::value(&next.field, &next.new, "has no TOML form").into()))?;
        let before = value_of(&experiment, &next.field, next.target.as_ref(), &next.new);
        let changed = changed(&experiment, &next.field, &value, next.target.as_ref()).map_err(at_step)?;
        if is_headless && next.step >= total {
            let message = format!("the run is over by then: its {total} steps count from 0 to {}", total - 1);
            return Err(at_step(ConfigError::value(&next.field, &next.new, message).into()));
        }
        // A value that was given on the command line has no word on the one before, and a configuration has the steps
        // that were run in place of those that were planned.
        if !next.old.is_null() && !next.is_of_length() && !is_same(&next.old, &before) {
            let message = format!(
                "is recorded as a change from {}, but the value here is {before}: these are the interventions of another \
                 run",
                next.old
            );
            of_another.get_or_insert(at_step(ConfigError::value(&next.field, &next.new, message).into()));
        }
        let Some(changed) = changed else { continue };
        if is_headless && next.is_of_length() {
            check_length(&changed.experiment, &next.field, next.step).map_err(at_step)?;
            total = changed.experiment.total_steps();
        }
        if is_headless && changed.when == Change::Rebuild {
            // A penalty that comes on the way is foreseen in the table.
            let columns = |of: &Experiment| columns_of(of, false);
            let (before, after) = (columns(&experiment), columns(&changed.experiment));
            if before.map_err(at_step)? != after.map_err(at_step)? {
                let message = "changes what is measured, which a headless run cannot follow in one table; start a new \
                               run with that setting";
                return Err(at_step(ConfigError::value(&next.field, &next.new, message).into()));
            }
        }
        experiment = changed.experiment;
    }
    // What is wrong in itself is of more interest than that it belongs elsewhere.
    of_another.map_or(Ok(()), Err)
}

/// Names of the values that a run of `experiment` measures, without starting it.
///
/// # Errors
/// When the network needs more memory than a run may have.
pub fn measured_columns(experiment: &Experiment) -> Result<Columns, TrainError> {
    columns_of(experiment, Switches::of(experiment).activation_penalty)
}

fn columns_of(experiment: &Experiment, is_penalised: bool) -> Result<Columns, TrainError> {
    compile(experiment, experiment.total_steps()).map(|program| rows::columns(&program, is_penalised))
}

/// Refuses a length that a run at `step` has reached already: its last step has been taken for one like any other,
/// without the validation and the measurements of a last one.
fn check_length(changed: &Experiment, path: &str, step: u64) -> Result<(), TrainError> {
    let total = changed.total_steps();
    if total > step {
        return Ok(());
    }
    let value = read_field(changed, path);
    let message = format!("would end the run after {total} steps, but {step} are behind it; at least {}", step + 1);
    Err(ConfigError::value(path, value, message).into())
}

/// Whether a change of a field is one of both twins in any case.
pub(super) fn is_common(path: &str) -> bool {
    !may_differ(path)
}

/// The experiment after one change; `None` when the field has that value already.
pub(super) fn changed(
    experiment: &Experiment,
    path: &str,
    value: &Value,
    target: Option<&Target>,
) -> Result<Option<Changed>, TrainError> {
    let Some(when) = change_in_branch(path) else {
        return Err(ConfigError::value(path, value, "unknown field").into());
    };
    if let Some(twin) = target.and_then(|t| t.twin.as_ref()) {
        return Err(ConfigError::value(path, value, format!("there is no twin '{twin}' in this run")).into());
    }
    // Assigning to one would add it to the rule.
    if let Some(name) = path.strip_prefix("rule.parameters.")
        && !experiment.rule.parameters.contains_key(name)
    {
        let known: Vec<&str> = experiment.rule.parameters.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(ConfigError::value(path, value, format!("the rule has no parameter {name}; it has {known}")).into());
    }
    let (after, old, new) = match target.and_then(|t| t.layer) {
        Some(layer) => with_layer_decay(experiment, path, layer, value)?,
        None => {
            let after = with_assignment(experiment, path, value.clone())?;
            let (old, new) = (read_field(experiment, path), read_field(&after, path));
            let (old, new) = if path == RULE_SECTION { differing(value, &old, &new) } else { (old, new) };
            (after, old, new)
        }
    };
    // A schedule that is begun on the way ends with what is planned then.
    let (after, new) = if path.starts_with("schedule.") {
        let after = after.with_schedules_ending();
        let new = read_field(&after, path);
        (after, new)
    } else {
        (after, new)
    };
    if after == *experiment {
        return Ok(None);
    }
    if when == Change::Reset {
        return Err(needs_new_run(path, value).into());
    }
    let acts_on = if target.is_some_and(|t| t.layer.is_some()) { WEIGHT_DECAY_LAYERS } else { path };
    if let Some(reason) = after.without_effect(acts_on) {
        return Err(ConfigError::value(path, value, format!("has no effect: {reason}")).into());
    }
    let (seeds, wanted) = (experiment.training.seeds, after.training.seeds);
    if wanted > seeds {
        let message = format!("a run can lose seeds on its way but not gain any: at most {seeds}, or start a new run");
        return Err(ConfigError::value(path, wanted, message).into());
    }
    Ok(Some(Changed { experiment: after, old, new, when }))
}

/// Of the fields of a section that were given those whose values have become others, with both values.
fn differing(
    given: &Value,
    old: &serde_json::Value,
    new: &serde_json::Value,
) -> (serde_json::Value, serde_json::Value) {
    let given = given.as_table().into_iter().flatten().filter(|(key, _)| old.get(key) != new.get(key));
    // An empty list of parameters is left out of a section, and says in a change that there are to be none.
    let after = |key: &str, value: &Value| new.get(key).cloned().or_else(|| serde_json::to_value(value).ok());
    let both = given.map(|(key, value)| {
        let before = old.get(key).cloned().unwrap_or_default();
        ((key.clone(), before), (key.clone(), after(key, value).unwrap_or_default()))
    });
    let (old, new): (serde_json::Map<_, _>, serde_json::Map<_, _>) = both.unzip();
    (old.into(), new.into())
}

fn with_layer_decay(
    experiment: &Experiment,
    path: &str,
    layer: usize,
    value: &Value,
) -> Result<(Experiment, serde_json::Value, serde_json::Value), TrainError> {
    let layers = experiment.layer_count();
    if path != WEIGHT_DECAY {
        let message = format!("only {WEIGHT_DECAY} can change for a single layer");
        return Err(ConfigError::value(path, value, message).into());
    }
    if layer == 0 || layer > layers {
        let message = format!("target.layer = {layer}, but must be 1 to {layers}");
        return Err(ConfigError::value(path, value, message).into());
    }
    let number = value.as_float().or_else(|| value.as_integer().map(|i| i as f64));
    let Some(number) = number else {
        return Err(ConfigError::value(path, value, "must be a number").into());
    };
    let regularizer = &experiment.regularizer;
    let mut rates = regularizer.weight_decay_layers.clone();
    rates.resize(layers, regularizer.weight_decay);
    let old = rates[layer - 1];
    rates[layer - 1] = number;
    let list = Value::Array(rates.into_iter().map(Value::Float).collect());
    let changed = with_assignment(experiment, WEIGHT_DECAY_LAYERS, list)?;
    Ok((changed, old.into(), number.into()))
}

impl Run {
    /// Prepares for changes that are going to be made: what they measure beside the rest has its column from now on, so
    /// that one table holds all rows. To be called before the first step.
    pub fn foresee(&mut self, interventions: &[Intervention]) {
        let mut experiment = self.experiment.clone();
        let mut is_penalised = false;
        for next in interventions {
            // What cannot be made is refused when its step comes.
            let value = Value::try_from(&next.new).ok();
            let made = value.and_then(|value| changed(&experiment, &next.field, &value, next.target.as_ref()).ok());
            if let Some(made) = made.flatten() {
                experiment = made.experiment;
                is_penalised |= Switches::of(&experiment).activation_penalty;
            }
        }
        if is_penalised {
            self.columns = Arc::new(rows::columns(self.executor.program(), true));
        }
    }

    /// Changes one field from the next step on, or with a table for `rule` several of that section; `None` when it has that
    /// value already.
    ///
    /// Of twins, both are changed, or the one that the target names; where only one of both can take the value, such as a
    /// number of its rule or a reading that only its signal has, that one. Batches, length and seeds always change in both. The record of each
    /// has no twin in its targets, so that it repeats by itself.
    ///
    /// # Errors
    /// When the field is unknown, needs a new run, the value is not allowed, or there is no such twin; nothing changes
    /// then.
    pub fn set(
        &mut self,
        path: &str,
        value: Value,
        target: Option<Target>,
    ) -> Result<Option<Intervention>, TrainError> {
        let Target { layer, twin } = target.unwrap_or_default();
        let named = match twin {
            None => None,
            Some(name) => match Branch::from_name(&name).filter(|_| self.twin.is_some()) {
                Some(branch) => Some(branch).filter(|_| !is_common(path)),
                None => {
                    let message = format!("there is no twin '{name}' in this run");
                    return Err(ConfigError::value(path, value, message).into());
                }
            },
        };
        let branches: &[Branch] = match named {
            Some(Branch::A) => &[Branch::A],
            Some(Branch::B) => &[Branch::B],
            None => &[Branch::A, Branch::B],
        };
        let only_layer = layer.map(|layer| Target { layer: Some(layer), twin: None });
        let made = self.set_in(branches, path, &value, only_layer.as_ref())?;
        Ok(made.map(|Made { mut intervention, only }| {
            if let Some(branch) = named.or(only) {
                intervention.target = Some(Target { layer, twin: Some(branch.name().into()) });
            }
            intervention
        }))
    }

    /// Changes a field of some branches; what was changed in the first of them that did not have the value yet.
    pub(super) fn set_in(
        &mut self,
        branches: &[Branch],
        path: &str,
        value: &Value,
        target: Option<&Target>,
    ) -> Result<Option<Made>, TrainError> {
        let try_in = |branch: Branch, experiment: &Experiment| match branches.contains(&branch) {
            true => changed(experiment, path, value, target),
            false => Ok(None),
        };
        let own = try_in(Branch::A, &self.experiment);
        let twins = self.twin.as_ref().map_or(Ok(None), |twin| try_in(Branch::B, &twin.experiment));
        // What one of them cannot take, as it has another rule or network, may be meant for the other; but batches, length and
        // seeds are those of both.
        let is_of_steps = is_common(path) && !path.starts_with("measure.");
        let may_be_one_s = branches.len() > 1 && !is_of_steps;
        let (own, twins, only) = match (own, twins) {
            (Ok(own), Ok(twins)) => (own, twins, None),
            (Ok(Some(own)), Err(_)) if may_be_one_s => (Some(own), None, Some(Branch::A)),
            (Err(_), Ok(Some(twins))) if may_be_one_s => (None, Some(twins), Some(Branch::B)),
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let Some(first) = own.as_ref().or(twins.as_ref()) else { return Ok(None) };
        let (step, field) = (self.step, path.to_owned());
        let note = |change: &Changed| {
            let (old, new) = (change.old.clone(), change.new.clone());
            Intervention { step, field: field.clone(), old, new, target: target.cloned() }
        };
        let made = note(first);
        let mut total_steps = self.total_steps;
        if made.is_of_length() && !self.is_live() {
            check_length(&first.experiment, path, step)?;
            total_steps = first.experiment.total_steps();
        }
        // A program that needs too much memory is refused before anything has changed.
        let run = own.as_ref().map_or(&self.experiment, |change| &change.experiment);
        let twin = self.twin.as_ref().map(|twin| twins.as_ref().map_or(&twin.experiment, |change| &change.experiment));
        let programs = match path {
            SEEDS => None,
            _ => Some(self.programs_for(run, twin, total_steps)?),
        };
        let batch_size = self.experiment.training.batch_size;
        if let Some(change) = own {
            Arc::make_mut(&mut self.interventions).push(note(&change));
            self.experiment = change.experiment;
        }
        if let Some((twin, change)) = self.twin.as_mut().zip(twins) {
            Arc::make_mut(&mut twin.interventions).push(note(&change));
            twin.experiment = change.experiment;
        }
        self.total_steps = total_steps;
        if self.experiment.training.batch_size != batch_size {
            self.renew_epoch();
        }
        match programs {
            Some(programs) => self.arrange(programs)?,
            None => self.drop_seeds(self.experiment.training.seeds),
        }
        Ok(Some(Made { intervention: made, only }))
    }

    /// Goes on from the same share of a pass with batches of another size.
    fn renew_epoch(&mut self) {
        let share = (self.step - self.epoch.first_step) as f64 / self.epoch.steps as f64;
        let steps = self.experiment.steps_per_epoch();
        let done = ((share * steps as f64).round() as u64).min(steps - 1).min(self.step);
        self.epoch = Epoch { first_step: self.step - done, steps, ..self.epoch };
    }
}

/// The value of a field, or of a layer's weight decay; of a section, those of the fields that `new` has.
fn value_of(
    experiment: &Experiment,
    path: &str,
    target: Option<&Target>,
    new: &serde_json::Value,
) -> serde_json::Value {
    if let (RULE_SECTION, Some(fields)) = (path, new.as_object()) {
        let section = read_field(experiment, path);
        let values = fields.keys().map(|key| (key.clone(), section.get(key).cloned().unwrap_or_default()));
        return serde_json::Value::Object(values.collect());
    }
    let Some(layer) = target.and_then(|target| target.layer) else { return read_field(experiment, path) };
    let regularizer = &experiment.regularizer;
    let own = layer.checked_sub(1).and_then(|place| regularizer.weight_decay_layers.get(place)).copied();
    own.unwrap_or(regularizer.weight_decay).into()
}

/// Whether two values are the same to a run: `1` and `1.0` are.
fn is_same(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    match (one, other) {
        (serde_json::Value::Number(one), serde_json::Value::Number(other)) => one.as_f64() == other.as_f64(),
        (serde_json::Value::Array(one), serde_json::Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (serde_json::Value::Object(one), serde_json::Value::Object(other)) => {
            let of_other = |(key, value): (&String, _)| other.get(key).is_some_and(|other| is_same(value, other));
            one.len() == other.len() && one.iter().all(of_other)
        }
        _ => one == other,
    }
}

fn read_field(experiment: &Experiment, path: &str) -> serde_json::Value {
    let whole = serde_json::to_value(experiment).unwrap_or_default();
    let pointer = format!("/{}", path.replace('.', "/"));
    whole.pointer(&pointer).cloned().unwrap_or_default()
}
