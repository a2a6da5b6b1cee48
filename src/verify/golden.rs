//! The format of golden trajectory files, and the experiment that each describes.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::experiment::{
    Activation, Coupling, Experiment, HebbActivity, Init, Loss, Normalization, OjaForm, RuleKind, WeightNoiseMode,
};
use crate::input_file;

/// A file that cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not a trajectory.
    #[error("{}: not a golden trajectory: {message}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

type Matrix = Vec<Vec<f64>>;
/// Noise of [W, b] of every layer in one step.
pub(super) type NoiseStep = Vec<(Matrix, Option<Vec<f64>>)>;

/// One trajectory.
#[derive(Debug, Deserialize)]
pub struct Golden {
    pub(super) config: Config,
    pub(super) init: Vec<Parameters>,
    pub(super) x: Vec<Matrix>,
    pub(super) y: Targets,
    #[serde(default)]
    pub(super) extra: Extra,
    pub(super) steps: Vec<Step>,
    #[serde(rename = "final")]
    pub(super) last: Vec<Parameters>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Config {
    sizes: Vec<usize>,
    act: Activation,
    loss: String,
    rule: String,
    opt: String,
    pub(super) lr: f64,
    pub(super) l2: f64,
    pub(super) l1: f64,
    decay: Coupling,
    decay_bias: bool,
    bias: bool,
    pub(super) batch: usize,
    steps: u64,
    clip: f64,
    hebb_y: Option<HebbActivity>,
    normalise: Option<String>,
    noise_sigma: Option<f64>,
    noise_mode: Option<String>,
    target_norm: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    #[serde(rename = "W")]
    pub(super) weights: Matrix,
    #[serde(rename = "b")]
    pub(super) bias: Option<Vec<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Targets {
    Classes(Vec<Vec<usize>>),
    Values(Vec<Matrix>),
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Extra {
    #[serde(rename = "D")]
    decay_matrix: Option<DecayMatrices>,
    pub(super) feedback: Option<Vec<Matrix>>,
    /// [W, b] of every layer of the random network.
    pub(super) rnn: Option<Vec<(Matrix, Vec<f64>)>>,
    /// Projections of [W, b] of every layer.
    pub(super) proj: Option<Vec<(Matrix, Option<Matrix>)>>,
    /// Per step and layer, noise of [W, b].
    pub(super) noise: Option<Vec<NoiseStep>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum DecayMatrices {
    Diagonal(Vec<Vec<f64>>),
    Full(Vec<Matrix>),
}

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) loss: f64,
    pub(super) layers: Vec<LayerStep>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LayerStep {
    pub(super) signal_hebb: f64,
    pub(super) signal_hebb_post: f64,
    pub(super) full_hebb: f64,
    pub(super) signal_neggrad: f64,
    pub(super) neggrad_hebb: f64,
    pub(super) signal_hebb_rows: Vec<f64>,
    pub(super) full_hebb_rows: Vec<f64>,
    pub(super) signal_norm: f64,
    pub(super) weight_norm: f64,
    #[serde(rename = "mean_g_dot_H")]
    pub(super) mean_signal_dot_hebbian: Option<f64>,
}

impl Golden {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, is no trajectory, or its parts do not fit each other.
    pub fn read(path: &Path) -> Result<Self, VerifyError> {
        let text = input_file::read_text(path, input_file::TRAJECTORY)
            .map_err(|source| VerifyError::Read { path: path.into(), source })?;
        let format = |message: String| VerifyError::Format { path: path.into(), message };
        let golden: Self = serde_json::from_str(&text)
            .map_err(|e| format(e.to_string().replace("expected struct ", "expected an object, ")))?;
        golden.check().map_err(format)?;
        Ok(golden)
    }

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
    pub(super) fn experiment(&self) -> Result<Experiment, String> {
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
            (rule, opt, _) => return Err(format!("config.rule: '{rule}' with opt '{opt}' is unknown")),
        };
        e.rule.oja_form = if c.rule == "oja_subspace" { OjaForm::Subspace } else { OjaForm::Row };
        e.rule.normalization = match c.normalise.as_deref() {
            None | Some("standardise") => Normalization::Standardize,
            Some("unit") => Normalization::Unit,
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
        Ok(e)
    }
}
