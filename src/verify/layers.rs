//! Trajectories of networks with named layers: variants of the multilayer perceptron, transformers, convolutions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::architecture;
use super::names::Names;
use super::numbers::{check_targets, flat, targets};
use super::trajectory::{Golden, MapStep, Step, Values};
use crate::experiment::{Coupling, Experiment, Init, Loss, RuleKind, WeightNoiseMode};

#[derive(Debug, Deserialize)]
struct Config {
    model: Value,
    loss: String,
    rule: String,
    opt: String,
    lr: f64,
    l2: f64,
    l1: f64,
    decay: Coupling,
    decay_on: String,
    batch: usize,
    steps: u64,
    clip: f64,
    #[serde(default)]
    activation_penalty: f64,
    #[serde(default)]
    target_norm: Option<f64>,
    maps: Vec<NamedMap>,
}

#[derive(Debug, Deserialize)]
struct NamedMap {
    name: String,
}

/// What a file records of a map.
#[derive(Debug, Deserialize)]
struct Record {
    name: String,
    signal_hebb: f64,
    full_hebb: f64,
    signal_hebb_rows: Vec<f64>,
    full_hebb_rows: Vec<f64>,
    signal_norm: f64,
    weight_norm: f64,
    hebbian_norm: f64,
    #[serde(rename = "mean_g_dot_H")]
    mean_signal_dot_hebbian: Option<f64>,
    signal_hebb_dense: Option<f64>,
    full_hebb_dense: Option<f64>,
    hebbian_norm_dense: Option<f64>,
}

/// Reads a whole file.
///
/// # Errors
/// What does not fit.
pub(super) fn read(whole: &Value) -> Result<Golden, String> {
    let part = |name: &str| whole.get(name).ok_or_else(|| format!("there is no {name:?}"));
    let config: Config =
        serde_path_to_error::deserialize(part("config")?).map_err(|e| format!("config.{}: {}", e.path(), e.inner()))?;
    let extra = whole.get("extra").and_then(Value::as_object).cloned().unwrap_or_default();
    let experiment = experiment(&config, &extra)?;
    let names = Names::of(&experiment);
    let mut init = state(&names, part("init")?, "init", None)?;
    constants(&names, &extra, &mut init)?;
    let list = |name: &str| -> Result<&Vec<Value>, String> {
        part(name)?.as_array().ok_or_else(|| format!("{name}: expected a list of steps"))
    };
    let is_classes = experiment.training.loss == Loss::CrossEntropy;
    let steps = list("steps")?;
    if steps.len() as u64 != config.steps {
        return Err(format!("steps: found {}, expected {}", steps.len(), config.steps));
    }
    check_targets(list("y")?.len(), &experiment)?;
    Ok(Golden {
        init,
        x: list("x")?.iter().map(|x| flat("x", x)).collect::<Result<_, _>>()?,
        y: list("y")?.iter().map(|y| targets(y, &experiment, is_classes)).collect::<Result<_, _>>()?,
        draws: draws(&names, &extra, experiment.model.dropout)?,
        steps: steps.iter().map(|step| read_step(step, &config.maps)).collect::<Result<_, _>>()?,
        last: state(&names, part("final")?, "final", Some(config.steps))?,
        experiment,
    })
}

fn experiment(config: &Config, extra: &Map<String, Value>) -> Result<Experiment, String> {
    let mut e = Experiment::default();
    (e.data.train_examples, e.data.validation_examples) = (config.batch, 1);
    architecture::fill(&config.model, &mut e)?;
    e.model.init = Init::Zeros;
    // Which share it is, the file's own masks say.
    e.model.sparsity = if extra.contains_key("mask") { 0.5 } else { 0.0 };
    e.model.frozen = if extra.contains_key("frozen") { 0.5 } else { 0.0 };
    (e.training.batch_size, e.training.steps, e.training.seeds) = (config.batch, Some(config.steps), 1);
    e.training.loss = match config.loss.as_str() {
        "mse" => Loss::Mse,
        "ce" => Loss::CrossEntropy,
        other => return Err(format!("config.loss: \"{other}\", expected mse or ce")),
    };
    e.rule.kind = match (config.rule.as_str(), config.opt.as_str()) {
        ("bp", "sgd") => RuleKind::Sgd,
        ("bp", "adam") => RuleKind::Adam,
        ("dfa", "sgd") => RuleKind::Dfa,
        ("randomnn", "sgd") => RuleKind::RandomNn,
        (rule, opt) => return Err(format!("config.rule: \"{rule}\" with opt \"{opt}\" is not known")),
    };
    (e.rule.learning_rate, e.rule.clip) = (config.lr, config.clip);
    e.rule.target_norm = config.target_norm.unwrap_or(1.0);
    if let Some(network) = extra.get("rnn").and_then(Value::as_array) {
        let width = |layer: &Value| layer.get(0).and_then(Value::as_array).map_or(0, Vec::len);
        let widths: Vec<usize> = network.iter().map(width).collect();
        let (&outputs, hidden) = widths.split_last().ok_or("extra.rnn: empty")?;
        (e.rule.random_nn_hidden, e.rule.random_nn_outputs) = (hidden.to_vec(), outputs);
    }
    (e.regularizer.weight_decay, e.regularizer.l1, e.regularizer.coupling) = (config.l2, config.l1, config.decay);
    e.regularizer.activation_penalty = config.activation_penalty;
    e.regularizer.decay_bias = match config.decay_on.as_str() {
        "all" => true,
        "weights" => false,
        other => return Err(format!("config.decay_on: \"{other}\", expected all or weights")),
    };
    if extra.contains_key("noise") {
        // The file has the noise itself; any SD but 0 lets it in.
        (e.noise.weight_sd, e.noise.weight_mode) = (1.0, WeightNoiseMode::Accumulate);
    }
    e.measure.per_example = e.rule.kind.has_example_signals();
    e.check_sizes().map_err(|error| format!("config: {error}"))?;
    Ok(e)
}

/// A state dictionary; batches that norms have counted must be `counted`.
fn state(names: &Names, value: &Value, part: &str, counted: Option<u64>) -> Result<Values, String> {
    let entries = value.as_object().ok_or_else(|| format!("{part}: expected an object"))?;
    let mut values = Vec::new();
    for (name, value) in entries {
        if name.ends_with(".num_batches_tracked") {
            let counted = counted.unwrap_or(0);
            if value.as_u64() != Some(counted) {
                return Err(format!("{part}.{name}: found {value}, expected {counted}"));
            }
            continue;
        }
        values.extend(names.split(name, flat(name, value)?)?);
    }
    Ok(values)
}

/// Masks, feedback and random networks.
fn constants(names: &Names, extra: &Map<String, Value>, to: &mut Values) -> Result<(), String> {
    let named = |part: &str| extra.get(part).and_then(Value::as_object).into_iter().flatten();
    let mut of_parameters = |kind: &str, values: Values| {
        to.extend(values.into_iter().map(|(buffer, values)| (format!("{kind}/{buffer}"), values)));
    };
    for (name, value) in named("mask") {
        of_parameters("mask", names.split(name, flat(name, value)?)?);
    }
    for (name, value) in named("frozen") {
        let trains = flat(name, value)?.into_iter().map(|frozen| 1.0 - frozen).collect();
        of_parameters("trainable", names.split(name, trains)?);
    }
    for (name, value) in named("feedback") {
        of_parameters("feedback", vec![(names.unit(name)?, flat(name, value)?)]);
    }
    for (name, value) in named("proj") {
        of_parameters("projection", vec![(names.whole(name)?, flat(name, value)?)]);
    }
    for (k, layer) in extra.get("rnn").and_then(Value::as_array).into_iter().flatten().enumerate() {
        for (letter, place) in [("W", 0), ("b", 1)] {
            let value = layer.get(place).ok_or("extra.rnn: expected pairs of W and b")?;
            to.push((format!("random_nn/{letter}{}", k + 1), flat("extra.rnn", value)?));
        }
    }
    Ok(())
}

/// Noise and dropout, by stream and step.
fn draws(names: &Names, extra: &Map<String, Value>, dropout: f64) -> Result<BTreeMap<String, Vec<Vec<f64>>>, String> {
    let mut draws: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
    let steps = |part: &str| extra.get(part).and_then(Value::as_array).into_iter().flatten();
    for step in steps("noise") {
        let entries = step.as_object().ok_or("extra.noise: expected an object a step")?;
        for (name, value) in entries {
            for (buffer, values) in names.split(name, flat(name, value)?)? {
                draws.entry(format!("weight_noise/{buffer}")).or_default().push(values);
            }
        }
    }
    for step in steps("dropout") {
        let layers = step.as_array().ok_or("extra.dropout: expected a list of masks a step")?;
        for (k, kept) in layers.iter().enumerate() {
            let kept = flat("extra.dropout", kept)?.into_iter().map(|kept| kept / (1.0 - dropout)).collect();
            draws.entry(format!("dropout/{}", k + 1)).or_default().push(kept);
        }
    }
    Ok(draws)
}

fn read_step(step: &Value, maps: &[NamedMap]) -> Result<Step, String> {
    let number = |name: &str| step.get(name).and_then(Value::as_f64);
    let loss = number("loss").ok_or("steps: a step without a loss")?;
    let layers = step.get("layers").and_then(Value::as_array).ok_or("steps: a step without layers")?;
    let mut found = Vec::new();
    for (place, layer) in layers.iter().enumerate() {
        let record: Record = serde_path_to_error::deserialize(layer)
            .map_err(|e| format!("steps: layers[{place}].{}: {}", e.path(), e.inner()))?;
        if maps.get(place).is_none_or(|map| map.name != record.name) {
            return Err(format!("steps: layers[{place}] is {:?}, which config.maps does not say", record.name));
        }
        let dense = match (record.signal_hebb_dense, record.full_hebb_dense, record.hebbian_norm_dense) {
            (Some(signal), Some(full), Some(norm)) => Some([signal, full, norm]),
            _ => None,
        };
        found.push(MapStep {
            signal_hebb: record.signal_hebb,
            full_hebb: record.full_hebb,
            signal_hebb_rows: record.signal_hebb_rows,
            full_hebb_rows: record.full_hebb_rows,
            signal_norm: record.signal_norm,
            weight_norm: record.weight_norm,
            hebbian_norm: Some(record.hebbian_norm),
            mean_signal_dot_hebbian: record.mean_signal_dot_hebbian,
            is_clipped_product: true,
            dense,
            ..MapStep::default()
        });
    }
    Ok(Step { loss, penalty: number("penalty"), maps: found, states: Vec::new() })
}
