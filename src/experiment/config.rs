//! The typed configuration: one struct a TOML section. Absent fields take the defaults below.
//!
//! What each field means, its unit, its range and when it may change stand in [`super::fields`],
//! which the interface, `presets show` and validation all read.

use serde::{Deserialize, Serialize};

use super::content::DataContent;
use super::model::{Activation, Model};
use super::rule::Rule;
use super::schedule::Schedules;
use super::sweep::{StopRule, Sweep};

/// A whole experiment: what is trained, on what, by which rule, and what is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Experiment {
    /// Name used for run folders, titles and figures.
    pub name: String,
    /// One line on what the experiment shows and where its values come from.
    pub description: String,
    /// What the network is trained on.
    pub data: Data,
    /// The network.
    pub model: Model,
    /// The learning rule and its own constants.
    pub rule: Rule,
    /// Weight decay and its relatives.
    pub regularizer: Regularizer,
    /// Injected noise; each value is a standard deviation.
    pub noise: Noise,
    /// Courses of learning rate, decay and noise over the run's steps.
    pub schedule: Schedules,
    /// Loss, batches, duration and seeds.
    pub training: Training,
    /// What is recorded and how often.
    pub measure: Measure,
    /// The grid of runs that `hebbscope sweep` trains; absent for a single run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            name: "experiment".into(),
            description: String::new(),
            data: Data::default(),
            model: Model::default(),
            rule: Rule::default(),
            regularizer: Regularizer::default(),
            noise: Noise::default(),
            schedule: Schedules::default(),
            training: Training::default(),
            measure: Measure::default(),
            sweep: None,
        }
    }
}

/// Source of the examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataKind {
    /// Gaussian inputs labelled by a fixed random MLP (the paper's SRE).
    TeacherStudent,
    /// Gaussian inputs labelled by a unit-norm linear map (section 4).
    LinearRegression,
    /// The 1,797 8x8 images of handwritten digits shipped with the program.
    Digits,
    /// CIFAR-10 in its binary version, from `data.path`.
    Cifar10,
    /// Seeded 32x32x3 images with a 1/f^2 spectrum and ten class templates.
    SyntheticImages,
    /// Uniformly drawn sequences of tokens, labelled by a fixed random transformer.
    Tokens,
    /// The user's own examples, from the file or files that are named.
    File,
}

/// `[data]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// Source of the examples.
    pub kind: DataKind,
    /// Examples in the training set.
    pub train_examples: usize,
    /// Examples in the validation set.
    pub validation_examples: usize,
    /// Width of the input, for the generated regressions.
    pub input_size: usize,
    /// Width of the target, for the generated regressions.
    pub output_size: usize,
    /// Tokens that there are, for sequences.
    pub vocabulary: usize,
    /// Tokens of a sequence.
    pub length: usize,
    /// Channels, height and width that inputs are taken as; empty: 1, 8, 8 of digits, else 3, 32, 32.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub image: Vec<usize>,
    /// Teacher's hidden widths; absent means those of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher_hidden: Option<Vec<usize>>,
    /// Teacher's hidden activation; absent means that of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher_activation: Option<Activation>,
    /// Whether the teacher has biases.
    pub teacher_bias: bool,
    /// Factor on the teacher's initial weights.
    pub teacher_scale: f64,
    /// SD of Gaussian noise on the targets of the generated regressions.
    pub target_noise_sd: f64,
    /// How far the class templates stand out of the synthetic images.
    pub class_contrast: f64,
    /// Folder or `.tar.gz` of CIFAR-10's binary version; of own data a CSV file, or the array of inputs.
    pub path: String,
    /// Own data, CSV: columns that are inputs; empty for all that are no targets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub input_columns: Vec<String>,
    /// Own data, CSV: columns whose values are learnt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target_columns: Vec<String>,
    /// Own data, CSV: column of the classes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label_column: String,
    /// Own data, NPY: array of values that are learnt.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub targets_path: String,
    /// Own data, NPY: array of classes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub labels_path: String,
    /// Own data: whether inputs get mean 0 and SD 1 over the training examples.
    #[serde(skip_serializing_if = "is_off")]
    pub standardize: bool,
    /// Own data: seed of the split into training and validation examples.
    #[serde(skip_serializing_if = "is_zero")]
    pub split_seed: u64,
    /// What was read from `path` before; other examples are refused. Absent: any are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<DataContent>,
}

/// Fields at these values are left out where a configuration is written: few experiments are about own data.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_off(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Default for Data {
    fn default() -> Self {
        Self {
            kind: DataKind::TeacherStudent,
            train_examples: 20_000,
            validation_examples: 2_000,
            input_size: 32,
            output_size: 32,
            vocabulary: 16,
            length: 32,
            image: Vec::new(),
            teacher_hidden: None,
            teacher_activation: None,
            teacher_bias: false,
            teacher_scale: 1.0,
            target_noise_sd: 0.0,
            class_contrast: 0.5,
            path: String::new(),
            input_columns: Vec::new(),
            target_columns: Vec::new(),
            label_column: String::new(),
            targets_path: String::new(),
            labels_path: String::new(),
            standardize: false,
            split_seed: 0,
            content: None,
        }
    }
}

/// How weight decay enters the update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coupling {
    /// Added to the gradient before the optimiser (PyTorch's `weight_decay`).
    Coupled,
    /// Applied beside the optimiser, as in AdamW.
    Decoupled,
}

/// `[regularizer]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Regularizer {
    /// L2 coefficient, the paper's gamma.
    pub weight_decay: f64,
    /// L2 coefficient layer by layer; empty to use `weight_decay` everywhere.
    pub weight_decay_layers: Vec<f64>,
    /// L1 coefficient.
    pub l1: f64,
    /// Whether biases decay too.
    pub decay_bias: bool,
    /// Coupled or decoupled.
    pub coupling: Coupling,
    /// D of appendix C.4, one matrix a layer: one row for a diagonal, n rows for a full one.
    pub decay_matrix: Vec<Vec<Vec<f64>>>,
    /// Draws a diagonal D log-uniformly between 1/spread and spread.
    pub decay_spread: f64,
    /// Correlates the rates of neighbouring neurons: `D_ij` gains a factor rho^|i-j|.
    pub decay_correlation: f64,
    /// Coefficient of the mean absolute activation of each hidden layer, as part of the loss.
    pub activation_penalty: f64,
}

impl Default for Regularizer {
    fn default() -> Self {
        Self {
            weight_decay: 5e-4,
            weight_decay_layers: Vec::new(),
            l1: 0.0,
            decay_bias: true,
            coupling: Coupling::Coupled,
            decay_matrix: Vec::new(),
            decay_spread: 1.0,
            decay_correlation: 0.0,
            activation_penalty: 0.0,
        }
    }
}

/// What becomes of the weight noise after the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightNoiseMode {
    /// It stays in the weights.
    Accumulate,
    /// It perturbs the step only.
    Transient,
}

/// `[noise]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Noise {
    /// SD of the noise added to every parameter at the start of a step, the paper's sigma.
    pub weight_sd: f64,
    /// Whether weight noise stays.
    pub weight_mode: WeightNoiseMode,
    /// SD of the noise added to the input.
    pub input_sd: f64,
    /// SD of the noise added to the learning signal.
    pub gradient_sd: f64,
}

impl Default for Noise {
    fn default() -> Self {
        Self { weight_sd: 0.0, weight_mode: WeightNoiseMode::Accumulate, input_sd: 0.0, gradient_sd: 0.0 }
    }
}

/// Data loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Mean over all batch and output elements of the squared error.
    Mse,
    /// Softmax cross-entropy, mean over the batch.
    CrossEntropy,
}

/// `[training]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// Data loss.
    pub loss: Loss,
    /// Factor on the data loss.
    pub loss_scale: f64,
    /// Examples a step.
    pub batch_size: usize,
    /// Passes over the training set.
    pub epochs: usize,
    /// Steps to run, instead of `epochs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// How many seeds train side by side.
    pub seeds: usize,
    /// The first seed; the others follow it.
    pub seed: u64,
    /// When a headless run has trained enough; at the latest after its steps.
    pub stop: StopRule,
    /// Stationarity: largest change of a layer's mean alignment.
    pub tolerance: f64,
    /// Stationarity: largest relative change of a layer's mean stationarity gap.
    pub gap_tolerance: f64,
    /// Stationarity: fewest steps.
    pub min_steps: u64,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            loss: Loss::Mse,
            loss_scale: 1.0,
            batch_size: 256,
            epochs: 50,
            steps: None,
            seeds: 4,
            seed: 0,
            stop: StopRule::Steps,
            tolerance: 0.005,
            gap_tolerance: 0.1,
            min_steps: 0,
        }
    }
}

/// Reading of 'alignment'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlignmentReading {
    /// Cosine of the batch-mean learning signal with the batch-mean Hebbian update.
    Batch,
    /// Mean over examples of the cosine of each example's signal and Hebbian update.
    PerExample,
    /// Cosine of the signs of the two batch means.
    Sign,
}

/// Seeds that snapshots hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotSeeds {
    /// The first that has not diverged.
    First,
    /// All that have not.
    All,
}

/// `[measure]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Measure {
    /// Steps from one measurement to the next; the last `window` steps are always measured.
    pub every: u64,
    /// Steps over which final means and the stationarity gap are taken.
    pub window: u64,
    /// Reading of 'alignment'.
    pub alignment: AlignmentReading,
    /// Layers to measure, counted from 1; empty for all.
    pub layers: Vec<usize>,
    /// Whether the cosines of single neurons (rows) are measured.
    pub neurons: bool,
    /// Whether the full update's alignment is measured.
    pub full_update: bool,
    /// Whether the stationarity gap and the averaged form of eq. 10 are measured.
    pub stationarity: bool,
    /// Whether the four terms that change |W|^2 are measured, and the cosine that exact stationarity would give.
    pub force_balance: bool,
    /// Whether the signal is also compared with the supervised gradient (Figure 18).
    pub loss_gradient: bool,
    /// Whether alignment with the Hebbian update of post-activations is measured too.
    pub post_activation: bool,
    /// Whether the per-example alignment and C(W) of Lemma 1 are measured beside the chosen reading.
    pub per_example: bool,
    /// Epochs from one validation to the next; 0 for the end of the run only.
    pub validate_every: u64,
    /// Steps between snapshots of the matrices; 0 for none but the last.
    pub snapshot_every: u64,
    /// Seeds that snapshots hold.
    pub snapshot_seeds: SnapshotSeeds,
}

impl Default for Measure {
    fn default() -> Self {
        Self {
            every: 1,
            window: 100,
            alignment: AlignmentReading::Batch,
            layers: Vec::new(),
            neurons: true,
            full_update: true,
            stationarity: true,
            force_balance: true,
            loss_gradient: false,
            post_activation: false,
            per_example: false,
            validate_every: 1,
            snapshot_every: 0,
            snapshot_seeds: SnapshotSeeds::First,
        }
    }
}

impl Experiment {
    /// Steps in one pass over the training set: ceil(examples / batch size).
    #[must_use]
    pub fn steps_per_epoch(&self) -> u64 {
        (self.data.train_examples as u64).div_ceil(self.training.batch_size.max(1) as u64)
    }

    /// Steps of the whole run.
    #[must_use]
    pub fn total_steps(&self) -> u64 {
        self.training.steps.unwrap_or_else(|| self.training.epochs as u64 * self.steps_per_epoch())
    }

    /// Width of the network's input.
    #[must_use]
    pub fn input_width(&self) -> usize {
        match self.data.kind {
            DataKind::TeacherStudent | DataKind::LinearRegression | DataKind::File => self.data.input_size,
            DataKind::Tokens => self.data.length,
            DataKind::Digits => 64,
            DataKind::Cifar10 | DataKind::SyntheticImages => 3072,
        }
    }

    /// Width of the network's output.
    #[must_use]
    pub fn output_width(&self) -> usize {
        match self.data.kind {
            DataKind::TeacherStudent | DataKind::LinearRegression | DataKind::Tokens | DataKind::File => {
                self.data.output_size
            }
            DataKind::Digits | DataKind::Cifar10 | DataKind::SyntheticImages => 10,
        }
    }

    /// Why the chosen reading of alignment is undefined at every step, if it is.
    #[must_use]
    pub fn unread_alignment(&self) -> Option<String> {
        let kind = self.rule.kind;
        let is_unread = self.measure.alignment == AlignmentReading::PerExample && !kind.has_example_signals();
        is_unread.then(|| {
            let kind = toml::Value::try_from(kind).map_or_else(|_| format!("{kind:?}"), |kind| kind.to_string());
            format!(
                "alignment is undefined under rule.kind = {kind}, which has no learning signal of single examples (sgd, \
                 adam and dfa have); take \"batch\" or \"sign\""
            )
        })
    }

    /// Why the full update's alignment is undefined at every step although it is measured, if it is.
    #[must_use]
    pub fn unread_full_update(&self) -> Option<&'static str> {
        (self.measure.alignment == AlignmentReading::PerExample).then_some(
            "the full update's alignment is undefined: there is no full update of single examples; take \"batch\" or \
             \"sign\" for it",
        )
    }

    /// Whether targets are classes.
    #[must_use]
    pub fn is_classification(&self) -> bool {
        match self.data.kind {
            DataKind::Digits | DataKind::Cifar10 | DataKind::SyntheticImages => true,
            DataKind::TeacherStudent | DataKind::LinearRegression | DataKind::Tokens => false,
            DataKind::File => self.data.has_labels(),
        }
    }

    /// Whether each seed has examples of its own, rather than the same ones.
    #[must_use]
    pub fn draws_data(&self) -> bool {
        matches!(self.data.kind, DataKind::TeacherStudent | DataKind::LinearRegression | DataKind::Tokens)
    }

    /// The seeds that train side by side.
    #[must_use]
    pub fn seeds(&self) -> Vec<u64> {
        (0..self.training.seeds as u64).map(|i| self.training.seed.wrapping_add(i)).collect()
    }
}
