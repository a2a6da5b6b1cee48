//! Trajectories of networks with named layers: the variants of the multilayer perceptron.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::numbers::{flat, targets};
use super::trajectory::{Golden, MapStep, Step, Values};
use crate::experiment::{Activation, Coupling, Experiment, Init, Loss, RuleKind, WeightNoiseMode};

#[derive(Debug, Deserialize)]
struct Config {
    model: Model,
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
struct Model {
    kind: String,
    #[serde(default)]
    sizes: Vec<usize>,
    #[serde(default)]
    activation: Option<Activation>,
    #[serde(default)]
    bias: bool,
    #[serde(default)]
    residual: bool,
    #[serde(default)]
    batch_norm: Value,
    #[serde(default)]
    dropout: f64,
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
    let mut init = state(part("init")?, "init", None)?;
    constants(&extra, &mut init)?;
    let list = |name: &str| -> Result<&Vec<Value>, String> {
        part(name)?.as_array().ok_or_else(|| format!("{name}: expected a list of steps"))
    };
    let is_classes = experiment.training.loss == Loss::CrossEntropy;
    let outputs = experiment.output_width();
    let steps = list("steps")?;
    if steps.len() as u64 != config.steps {
        return Err(format!("steps: found {}, expected {}", steps.len(), config.steps));
    }
    Ok(Golden {
        init,
        x: list("x")?.iter().map(|x| flat("x", x)).collect::<Result<_, _>>()?,
        y: list("y")?.iter().map(|y| targets(y, outputs, is_classes)).collect::<Result<_, _>>()?,
        draws: draws(&extra, config.model.dropout)?,
        steps: steps.iter().map(|step| read_step(step, &config.maps)).collect::<Result<_, _>>()?,
        last: state(part("final")?, "final", Some(config.steps))?,
        experiment,
    })
}

fn experiment(config: &Config, extra: &Map<String, Value>) -> Result<Experiment, String> {
    let Config { model, .. } = config;
    if model.kind != "mlp" {
        return Err(format!("config.model.kind: \"{}\" is not known; allowed is \"mlp\"", model.kind));
    }
    let [inputs, hidden @ .., outputs] = &model.sizes[..] else {
        return Err(format!("config.model.sizes: found {:?}, expected at least 2 widths", model.sizes));
    };
    let mut e = Experiment::default();
    (e.data.input_size, e.data.output_size) = (*inputs, *outputs);
    (e.data.train_examples, e.data.validation_examples) = (config.batch, 1);
    e.model.hidden = hidden.to_vec();
    e.model.activation = model.activation.unwrap_or(Activation::Linear);
    (e.model.bias, e.model.residual, e.model.dropout) = (model.bias, model.residual, model.dropout);
    e.model.batch_norm = match &model.batch_norm {
        Value::Null | Value::Bool(false) => false,
        given => {
            let expected = serde_json::json!({ "eps": 1e-5, "momentum": 0.1 });
            if *given != expected {
                return Err(format!("config.model.batch_norm: found {given}, allowed is {expected}"));
            }
            true
        }
    };
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
    Ok(e)
}

/// The program's name of what a state dictionary calls `layers.0.weight`.
fn buffer(name: &str) -> Result<String, String> {
    let unknown = || format!("{name}: no such parameter in a multilayer perceptron");
    let (module, what) = name.rsplit_once('.').ok_or_else(unknown)?;
    let (kind, place) = module.split_once('.').ok_or_else(unknown)?;
    let layer = place.parse::<usize>().map_err(|_| unknown())? + 1;
    Ok(match (kind, what) {
        ("layers", "weight") => format!("W{layer}"),
        ("layers", "bias") => format!("b{layer}"),
        ("norms", "weight") => format!("gain{layer}"),
        ("norms", "bias") => format!("shift{layer}"),
        ("norms", "running_mean") => format!("running_mean/{layer}"),
        ("norms", "running_var") => format!("running_variance/{layer}"),
        _ => return Err(unknown()),
    })
}

/// A state dictionary; batches that norms have counted must be `counted`.
fn state(value: &Value, part: &str, counted: Option<u64>) -> Result<Values, String> {
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
        values.push((buffer(name)?, flat(name, value)?));
    }
    Ok(values)
}

/// Masks, feedback and random networks.
fn constants(extra: &Map<String, Value>, to: &mut Values) -> Result<(), String> {
    let named = |part: &str| extra.get(part).and_then(Value::as_object).into_iter().flatten();
    for (name, value) in named("mask") {
        to.push((format!("mask/{}", buffer(name)?), flat(name, value)?));
    }
    for (name, value) in named("frozen") {
        let trains = flat(name, value)?.into_iter().map(|frozen| 1.0 - frozen).collect();
        to.push((format!("trainable/{}", buffer(name)?), trains));
    }
    for (name, value) in named("feedback") {
        let unknown = || format!("extra.feedback.{name}: no such unit in a multilayer perceptron");
        let (kind, place) = name.split_once('.').ok_or_else(unknown)?;
        let layer = place.parse::<usize>().map_err(|_| unknown())? + 1;
        let unit = match kind {
            "layers" => layer.to_string(),
            "norms" => format!("norm{layer}"),
            _ => return Err(unknown()),
        };
        to.push((format!("feedback/{unit}"), flat(name, value)?));
    }
    for (name, value) in named("proj") {
        to.push((format!("projection/{}", buffer(name)?), flat(name, value)?));
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
fn draws(extra: &Map<String, Value>, dropout: f64) -> Result<BTreeMap<String, Vec<Vec<f64>>>, String> {
    let mut draws: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
    let steps = |part: &str| extra.get(part).and_then(Value::as_array).into_iter().flatten();
    for step in steps("noise") {
        let entries = step.as_object().ok_or("extra.noise: expected an object a step")?;
        for (name, value) in entries {
            let stream = format!("weight_noise/{}", buffer(name)?);
            draws.entry(stream).or_default().push(flat(name, value)?);
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
            dense,
            ..MapStep::default()
        });
    }
    Ok(Step { loss, penalty: number("penalty"), maps: found, states: Vec::new() })
}
