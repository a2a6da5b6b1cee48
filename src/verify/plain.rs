//! Trajectories of plain multilayer perceptrons.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::numbers::check_targets;
use super::trajectory::{Golden, MapStep, Step, Values};
use crate::experiment::{
    Activation, Coupling, Experiment, HebbActivity, Init, Loss, Normalization, OjaForm, RuleKind, WeightNoiseMode,
};

type Matrix = Vec<Vec<f64>>;
/// Noise of [W, b] of every layer in one step.
type NoiseStep = Vec<(Matrix, Option<Vec<f64>>)>;

#[derive(Debug, Deserialize)]
struct File {
    config: Config,
    init: Vec<Parameters>,
    x: Vec<Matrix>,
    y: Targets,
    #[serde(default)]
    extra: Extra,
    steps: Vec<FileStep>,
    #[serde(rename = "final")]
    last: Vec<Parameters>,
}

#[derive(Debug, Deserialize)]
struct Config {
    sizes: Vec<usize>,
    act: Activation,
    loss: String,
    rule: String,
    opt: String,
    lr: f64,
    l2: f64,
    l1: f64,
    decay: Coupling,
    decay_bias: bool,
    bias: bool,
    batch: usize,
    steps: u64,
    clip: f64,
    hebb_y: Option<HebbActivity>,
    normalise: Option<String>,
    noise_sigma: Option<f64>,
    noise_mode: Option<String>,
    target_norm: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    #[serde(rename = "W")]
    weights: Matrix,
    #[serde(rename = "b")]
    bias: Option<Vec<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Targets {
    Classes(Vec<Vec<usize>>),
    Values(Vec<Matrix>),
}

#[derive(Debug, Default, Deserialize)]
struct Extra {
    #[serde(rename = "D")]
    decay_matrix: Option<DecayMatrices>,
    feedback: Option<Vec<Matrix>>,
    /// [W, b] of every layer of the random network.
    rnn: Option<Vec<(Matrix, Vec<f64>)>>,
    /// Projections of [W, b] of every layer.
    proj: Option<Vec<(Matrix, Option<Matrix>)>>,
    /// Per step and layer, noise of [W, b].
    noise: Option<Vec<NoiseStep>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum DecayMatrices {
    Diagonal(Vec<Vec<f64>>),
    Full(Vec<Matrix>),
}

#[derive(Debug, Deserialize)]
struct FileStep {
    loss: f64,
    layers: Vec<LayerStep>,
}

#[derive(Debug, Deserialize)]
struct LayerStep {
    signal_hebb: f64,
    signal_hebb_post: f64,
    full_hebb: f64,
    signal_neggrad: f64,
    neggrad_hebb: f64,
    signal_hebb_rows: Vec<f64>,
    full_hebb_rows: Vec<f64>,
    signal_norm: f64,
    weight_norm: f64,
    #[serde(rename = "mean_g_dot_H")]
    mean_signal_dot_hebbian: Option<f64>,
}

/// Reads a file's text.
///
/// # Errors
/// What does not fit.
pub(super) fn read(text: &str) -> Result<Golden, String> {
    let file: File =
        serde_json::from_str(text).map_err(|e| e.to_string().replace("expected struct ", "expected an object, "))?;
    file.check()?;
    let experiment = file.experiment()?;
    let outputs = experiment.output_width();
    let targets = match &file.y {
        Targets::Values(steps) => steps.len(),
        Targets::Classes(steps) => steps.len(),
    };
    check_targets(targets, &experiment)?;
    let y = match &file.y {
        Targets::Values(steps) => steps.iter().map(|rows| rows.concat()).collect(),
        Targets::Classes(steps) => {
            steps.iter().map(|classes| one_hot(classes, file.config.batch, outputs)).collect::<Result<_, _>>()?
        }
    };
    let mut init = parameters(&file.init);
    for (k, matrix) in file.extra.feedback.iter().flatten().enumerate() {
        init.push((format!("feedback/{}", k + 1), matrix.concat()));
    }
    for (k, (weights, bias)) in file.extra.rnn.iter().flatten().enumerate() {
        init.push((format!("random_nn/W{}", k + 1), weights.concat()));
        init.push((format!("random_nn/b{}", k + 1), bias.clone()));
    }
    for (k, (weights, bias)) in file.extra.proj.iter().flatten().enumerate() {
        init.push((format!("projection/W{}", k + 1), weights.concat()));
        init.extend(bias.iter().map(|bias| (format!("projection/b{}", k + 1), bias.concat())));
    }
    let mut draws: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
    for step in file.extra.noise.iter().flatten() {
        for (k, (weights, bias)) in step.iter().enumerate() {
            draws.entry(format!("weight_noise/W{}", k + 1)).or_default().push(weights.concat());
            if let Some(bias) = bias {
                draws.entry(format!("weight_noise/b{}", k + 1)).or_default().push(bias.clone());
            }
        }
    }
    let steps = file.steps.iter().map(|step| Step {
        loss: step.loss,
        maps: step.layers.iter().map(LayerStep::map).collect(),
        ..Step::default()
    });
    Ok(Golden {
        experiment,
        init,
        x: file.x.iter().map(|rows| rows.concat()).collect(),
        y,
        draws,
        steps: steps.collect(),
        last: parameters(&file.last),
    })
}

fn parameters(layers: &[Parameters]) -> Values {
    let mut values = Vec::new();
    for (k, Parameters { weights, bias }) in layers.iter().enumerate() {
        values.push((format!("W{}", k + 1), weights.concat()));
        values.extend(bias.iter().map(|bias| (format!("b{}", k + 1), bias.clone())));
    }
    values
}

fn one_hot(classes: &[usize], batch: usize, outputs: usize) -> Result<Vec<f64>, String> {
    if classes.len() != batch {
        return Err(format!("y: found {} classes in a step, expected {batch}", classes.len()));
    }
    let mut one_hot = vec![0.0; classes.len() * outputs];
    for (row, &class) in classes.iter().enumerate() {
        let place = if class < outputs { one_hot.get_mut(row * outputs + class) } else { None };
        *place.ok_or_else(|| format!("y: class {class}, allowed 0 to {}", outputs - 1))? = 1.0;
    }
    Ok(one_hot)
}

impl LayerStep {
    fn map(&self) -> MapStep {
        MapStep {
            signal_hebb: self.signal_hebb,
            full_hebb: self.full_hebb,
            signal_hebb_rows: self.signal_hebb_rows.clone(),
            full_hebb_rows: self.full_hebb_rows.clone(),
            signal_norm: self.signal_norm,
            weight_norm: self.weight_norm,
            hebbian_norm: None,
            signal_hebb_post: Some(self.signal_hebb_post),
            signal_neggrad: Some(self.signal_neggrad),
            neggrad_hebb: Some(self.neggrad_hebb),
            mean_signal_dot_hebbian: self.mean_signal_dot_hebbian,
            is_clipped_product: false,
            dense: None,
        }
    }
}

impl File {
    fn check(&self) -> Result<(), String> {
        let Config { sizes, batch, steps, .. } = &self.config;
        let layers = sizes.len().saturating_sub(1);
        let expect = |what: &str, found: usize, wanted: usize| {
            if found == wanted { Ok(()) } else { Err(format!("{what}: found {found}, expected {wanted}")) }
        };
        if layers == 0 || *batch == 0 {
            return Err("config: sizes and batch must not be empty".into());
        }
        expect("steps", self.steps.len(), *steps as usize)?;
        expect("x: steps", self.x.len(), self.steps.len())?;
        expect("init: layers", self.init.len(), layers)?;
        expect("final: layers", self.last.len(), layers)?;
        for parameters in [&self.init, &self.last] {
            for (k, p) in parameters.iter().enumerate() {
                expect(&format!("W of layer {k}: rows"), p.weights.len(), sizes[k + 1])?;
                for row in &p.weights {
                    expect(&format!("W of layer {k}: columns"), row.len(), sizes[k])?;
                }
                if let Some(bias) = &p.bias {
                    expect(&format!("b of layer {k}"), bias.len(), sizes[k + 1])?;
                }
            }
        }
        for x in &self.x {
            expect("x: batch", x.len(), *batch)?;
            for row in x {
                expect("x: columns", row.len(), sizes[0])?;
            }
        }
        for step in &self.steps {
            expect("steps: layers", step.layers.len(), layers)?;
        }
        self.experiment().map(|_| ())
    }

    /// The experiment, every number measured at every step.
    fn experiment(&self) -> Result<Experiment, String> {
        let c = &self.config;
        let mut e = Experiment::default();
        e.data.input_size = c.sizes[0];
        e.data.output_size = c.sizes[c.sizes.len() - 1];
        e.data.train_examples = c.batch;
        e.data.validation_examples = 1;
        e.model.hidden = c.sizes[1..c.sizes.len() - 1].to_vec();
        e.model.activation = c.act;
        e.model.bias = c.bias;
        e.model.init = Init::Zeros;
        e.training.batch_size = c.batch;
        e.training.steps = Some(c.steps);
        e.training.seeds = 1;
        e.training.loss = match c.loss.as_str() {
            "mse" => Loss::Mse,
            "ce" => Loss::CrossEntropy,
            other => return Err(format!("config.loss: '{other}', expected mse or ce")),
        };
        e.rule.kind = match (c.rule.as_str(), c.opt.as_str(), &c.normalise) {
            ("bp", "sgd", _) => RuleKind::Sgd,
            ("bp", "adam", _) => RuleKind::Adam,
            ("dfa", _, _) => RuleKind::Dfa,
            ("randomnn", _, _) => RuleKind::RandomNn,
            ("hebb", _, None) => RuleKind::Hebb,
            ("hebb", _, Some(_)) => RuleKind::HebbNormalized,
            ("oja" | "oja_subspace", _, _) => RuleKind::Oja,
            // What it is, the file says elsewhere.
            ("custom", "sgd", _) => RuleKind::Custom,
            (rule, opt, _) => return Err(format!("config.rule: '{rule}' with opt '{opt}' is unknown")),
        };
        e.rule.oja_form = if c.rule == "oja_subspace" { OjaForm::Subspace } else { OjaForm::Row };
        e.rule.normalization = match c.normalise.as_deref() {
            None => None,
            Some("standardise") => Some(Normalization::Standardize),
            Some("unit") => Some(Normalization::Unit),
            Some(other) => return Err(format!("config.normalise: '{other}', expected standardise or unit")),
        };
        e.rule.hebb_activity = c.hebb_y.unwrap_or(HebbActivity::Pre);
        e.rule.learning_rate = c.lr;
        e.rule.clip = c.clip;
        e.rule.target_norm = c.target_norm.unwrap_or(1.0);
        if let Some(network) = &self.extra.rnn {
            let widths: Vec<usize> = network.iter().map(|(w, _)| w.len()).collect();
            let (&outputs, hidden) = widths.split_last().ok_or("extra.rnn: empty")?;
            e.rule.random_nn_hidden = hidden.to_vec();
            e.rule.random_nn_outputs = outputs;
        }
        e.regularizer.weight_decay = c.l2;
        e.regularizer.l1 = c.l1;
        e.regularizer.coupling = c.decay;
        e.regularizer.decay_bias = c.decay_bias;
        e.regularizer.decay_matrix = match &self.extra.decay_matrix {
            None => Vec::new(),
            Some(DecayMatrices::Diagonal(rows)) => rows.iter().map(|row| vec![row.clone()]).collect(),
            Some(DecayMatrices::Full(matrices)) => matrices.clone(),
        };
        e.noise.weight_sd = c.noise_sigma.unwrap_or(0.0);
        e.noise.weight_mode = match c.noise_mode.as_deref() {
            None | Some("persist") => WeightNoiseMode::Accumulate,
            Some("temp") => WeightNoiseMode::Transient,
            Some(other) => return Err(format!("config.noise_mode: '{other}', expected persist or temp")),
        };
        e.measure.loss_gradient = true;
        e.measure.post_activation = true;
        e.measure.per_example = true;
        e.check_sizes().map_err(|error| format!("config: {error}"))?;
        Ok(e)
    }
}
