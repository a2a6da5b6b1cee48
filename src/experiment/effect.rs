//! Which settings have an effect beside which others: one table for files and `--set`, interventions, axes and sliders.

use super::axis::AxisValue;
use super::config::{AlignmentReading, DataKind, Experiment};
use super::model::{Init, ModelKind};
use super::rule::{OtherParameters, RuleKind};
use super::sweep::StopRule;

/// What an experiment is resolved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A single run.
    Run,
    /// The grid of its `[sweep]`.
    Grid,
    /// The window, which trains a run and can train a grid beside it.
    Window,
}

/// Fields that have an effect only under a condition.
struct Condition {
    paths: &'static [&'static str],
    holds: fn(&Experiment) -> bool,
    /// What is so where it does not hold.
    otherwise: &'static str,
}

const fn only(paths: &'static [&'static str], holds: fn(&Experiment) -> bool, otherwise: &'static str) -> Condition {
    Condition { paths, holds, otherwise }
}

/// Of every run. A live value that is 0 is no condition, as it may be raised at any time.
const OF_RUNS: &[Condition] = &[
    only(
        &["data.target_noise_sd"],
        is_generated,
        "only generated regressions have it: data.kind = \"teacher_student\", \"linear_regression\" or \"tokens\"",
    ),
    only(
        &["data.input_size", "data.output_size"],
        |e| is_generated(e) || is_file(e),
        "images bring their own widths and classes; it is read with data.kind = \"teacher_student\", \
         \"linear_regression\" or \"tokens\"",
    ),
    only(&["data.input_size"], |e| !is_tokens(e), "sequences have data.length tokens"),
    only(&["data.vocabulary", "data.length"], is_tokens, "only data.kind = \"tokens\" is made of tokens"),
    only(
        &["data.image"],
        |e| matches!(e.model.kind, ModelKind::Cnn | ModelKind::Resnet),
        "only model.kind = \"cnn\" and \"resnet\" take inputs as images",
    ),
    only(
        &["data.teacher_hidden", "data.teacher_scale"],
        has_teacher,
        "there is no teacher network without data.kind = \"teacher_student\"; that of \"tokens\" has the network's shape",
    ),
    only(
        &["data.teacher_bias"],
        |e| has_teacher(e) || is_tokens(e),
        "there is no teacher network without data.kind = \"teacher_student\" or \"tokens\"",
    ),
    only(
        &["data.teacher_activation"],
        |e| {
            let hidden = e.data.teacher_hidden.as_ref().filter(|_| has_teacher(e)).unwrap_or(&e.model.hidden);
            (has_teacher(e) || is_tokens(e)) && !hidden.is_empty()
        },
        "it is that of the hidden layers of a teacher network, which there are not",
    ),
    only(
        &["data.class_contrast"],
        |e| e.data.kind == DataKind::SyntheticImages || (e.data.kind == DataKind::Cifar10 && e.data.path.is_empty()),
        "only synthetic images are made with it",
    ),
    only(&["data.content"], |e| !e.data.path.is_empty(), "only files named by data.path are compared with it"),
    only(
        &["data.path"],
        |e| e.data.kind == DataKind::Cifar10 || is_file(e),
        "only data.kind = \"cifar10\" and \"file\" read files",
    ),
    only(
        &[
            "data.input_columns",
            "data.target_columns",
            "data.label_column",
            "data.targets_path",
            "data.labels_path",
            "data.standardize",
            "data.split_seed",
        ],
        is_file,
        "only data.kind = \"file\" reads own data",
    ),
    only(
        &["model.activation"],
        |e| !e.model.hidden.is_empty() || matches!(e.model.kind, ModelKind::Cnn | ModelKind::Resnet),
        "model.hidden is empty, and the output layer linear",
    ),
    only(
        &["model.residual", "model.batch_norm", "model.dropout", "regularizer.activation_penalty"],
        is_perceptron,
        "only model.kind = \"mlp\" has this variant",
    ),
    only(&["model.depth_layers"], |e| e.model.parameters.is_some(), "it belongs to model.parameters"),
    only(
        &["model.width", "model.heads", "model.feed_forward", "model.encoder_layers", "model.encoder_activation"],
        |e| e.model.kind == ModelKind::Transformer,
        "only model.kind = \"transformer\" has it",
    ),
    only(
        &["model.channels", "model.kernel", "model.stride", "model.padding", "model.pool"],
        |e| e.model.kind == ModelKind::Cnn,
        "only model.kind = \"cnn\" has it",
    ),
    only(
        &["model.depth", "model.block", "model.planes", "model.blocks", "model.stem", "model.stem_channels"],
        |e| e.model.kind == ModelKind::Resnet,
        "only model.kind = \"resnet\" has it",
    ),
    only(
        &["model.block", "model.planes", "model.blocks"],
        |e| e.model.depth.is_none(),
        "model.depth says it; leave that out to choose",
    ),
    only(
        &["model.residual"],
        |e| e.sizes().windows(2).rev().skip(1).any(|w| w[0] == w[1]),
        "no hidden layer is as wide as its input",
    ),
    only(
        &["model.batch_norm", "model.dropout"],
        |e| !e.model.hidden.is_empty(),
        "model.hidden is empty, and only hidden layers have it",
    ),
    only(
        &["model.frozen"],
        |e| (1..=e.layer_count()).any(|layer| !e.model.frozen_layers.contains(&layer)),
        "model.frozen_layers holds every layer",
    ),
    only(
        &["rule.others"],
        |e| has_norms(e) && (is_hebbian(e) || e.rule.kind == RuleKind::Custom),
        "only Hebbian and custom rules beside norms and embeddings have other parameters",
    ),
    only(
        &["regularizer.activation_penalty"],
        |e| matches!(e.rule.kind, RuleKind::Sgd | RuleKind::Adam) && !e.model.hidden.is_empty(),
        "only rule.kind = \"sgd\" and \"adam\" minimise it, in hidden layers",
    ),
    only(&["model.init_scale"], |e| e.model.init != Init::Zeros, "model.init = \"zeros\" leaves nothing to scale"),
    only(
        &["rule.beta1", "rule.beta2", "rule.epsilon"],
        |e| e.rule.uses_adam(),
        "only rule.kind = \"adam\" and rule.optimizer = \"adam\" have it",
    ),
    only(
        &["regularizer.coupling"],
        |e| e.rule.uses_adam(),
        "coupled and decoupled decay are the same but for rule.kind = \"adam\" or rule.optimizer = \"adam\"",
    ),
    only(
        &["rule.feedback_scale"],
        |e| e.rule.kind == RuleKind::Dfa && e.layer_count() > 1,
        "only the hidden layers of rule.kind = \"dfa\" have feedback weights",
    ),
    only(
        &["rule.target_norm", "rule.random_nn_hidden", "rule.random_nn_outputs", "rule.random_nn_bias"],
        |e| e.rule.kind == RuleKind::RandomNn,
        "only rule.kind = \"random_nn\" has it",
    ),
    only(
        &["rule.hebb_activity"],
        |e| is_hebbian(e) && e.layer_count() > 1,
        "only rule.kind = \"hebb\", \"hebb_normalized\" and \"oja\" multiply an activity, which in the output layer is linear",
    ),
    only(
        &["rule.normalization"],
        |e| matches!(e.rule.kind, RuleKind::HebbNormalized | RuleKind::Custom),
        "only rule.kind = \"hebb_normalized\" and \"custom\" normalise rows",
    ),
    only(&["rule.optimizer"], |e| e.rule.kind != RuleKind::Adam, "rule.kind = \"adam\" goes through Adam in any case"),
    only(&["rule.signal"], |e| e.rule.kind == RuleKind::Custom, ONLY_CUSTOM),
    only(&["rule.bias"], |e| e.rule.kind == RuleKind::Custom, ONLY_CUSTOM),
    only(&["rule.bias"], |e| e.maps().iter().any(|map| map.has_bias), "there are no biases"),
    only(&["rule.oja_form"], |e| e.rule.kind == RuleKind::Oja, "only rule.kind = \"oja\" has it"),
    only(
        &["regularizer.weight_decay"],
        |e| e.regularizer.weight_decay_layers.is_empty(),
        "regularizer.weight_decay_layers gives every layer its own; set that, or empty it",
    ),
    only(&["regularizer.decay_bias"], trains_others, "there are no biases, gains or shifts that train"),
    only(
        &["training.tolerance", "training.gap_tolerance", "training.min_steps"],
        |e| e.training.stop == StopRule::Stationarity,
        "it belongs to training.stop = \"stationarity\", and to *Run until at rest* in the window",
    ),
    only(&["training.epochs"], |e| e.training.steps.is_none(), "training.steps is given and says how long the run is"),
    only(
        &["measure.per_example"],
        has_deltas,
        "only rule.kind = \"sgd\", \"adam\" and \"dfa\" have a signal of single examples",
    ),
    only(
        &["measure.per_example"],
        |e| e.measure.alignment != AlignmentReading::PerExample,
        "measure.alignment = \"per_example\" measures it already",
    ),
];

/// Of the section `[sweep]`; they are asked where there is one.
const OF_SECTION: &[Condition] = &[
    only(
        &["sweep.x_spacing", "sweep.x_from", "sweep.x_to", "sweep.x_points"],
        |e| sweep(e, |s| s.x_values.is_empty()),
        "sweep.x_values lists the values",
    ),
    only(
        &["sweep.x_squared"],
        |e| sweep(e, |s| s.x_values.iter().all(is_number)),
        "the values of sweep.x are no numbers, and have no square",
    ),
    only(
        &["sweep.y_squared"],
        |e| sweep(e, |s| s.y_values.iter().all(is_number)),
        "the values of sweep.y are no numbers, and have no square",
    ),
    only(
        &["sweep.y_spacing", "sweep.y_from", "sweep.y_to", "sweep.y_points", "sweep.y_values", "sweep.y_squared"],
        |e| sweep(e, |s| !s.y.is_empty()),
        "sweep.y is empty, so that there is no vertical axis",
    ),
    only(
        &["sweep.y_spacing", "sweep.y_from", "sweep.y_to", "sweep.y_points"],
        |e| sweep(e, |s| s.y_values.is_empty()),
        "sweep.y_values lists the values",
    ),
    only(
        &["sweep.tolerance", "sweep.gap_tolerance", "sweep.min_steps", "sweep.max_steps"],
        |e| sweep(e, |s| s.stop == StopRule::Stationarity),
        "it belongs to sweep.stop = \"stationarity\"",
    ),
];

/// Of runs that are cells of a grid.
const OF_CELLS: &[Condition] = &[
    only(
        &["training.steps", "training.epochs"],
        |e| sweep(e, |s| s.stop != StopRule::Stationarity || s.max_steps == 0),
        "cells train until they are stationary, for sweep.max_steps at most",
    ),
    only(
        &["training.stop", "training.tolerance", "training.gap_tolerance", "training.min_steps"],
        |_| false,
        "sweep.stop and the fields after it say when a cell of a grid stops",
    ),
    only(&["training.seeds"], |_| false, "sweep.seeds says how many seeds each cell of a grid has"),
    only(
        &[
            "measure.every",
            "measure.neurons",
            "measure.full_update",
            "measure.stationarity",
            "measure.force_balance",
            "measure.loss_gradient",
            "measure.post_activation",
            "measure.per_example",
            "measure.validate_every",
            "measure.snapshot_every",
            "measure.snapshot_seeds",
        ],
        |_| false,
        "the cells of a grid are measured at their end, for what sweep.record lists",
    ),
];

fn is_number(value: &AxisValue) -> bool {
    value.number().is_some()
}

fn is_generated(experiment: &Experiment) -> bool {
    matches!(experiment.data.kind, DataKind::TeacherStudent | DataKind::LinearRegression | DataKind::Tokens)
}

fn is_file(experiment: &Experiment) -> bool {
    experiment.data.kind == DataKind::File
}

fn is_tokens(experiment: &Experiment) -> bool {
    experiment.data.kind == DataKind::Tokens
}

fn is_perceptron(experiment: &Experiment) -> bool {
    experiment.model.kind == ModelKind::Mlp
}

/// Whether there are parameters that are no map's.
fn has_norms(experiment: &Experiment) -> bool {
    let model = &experiment.model;
    if is_perceptron(experiment) { model.batch_norm && !model.hidden.is_empty() } else { model.kind != ModelKind::Cnn }
}

fn has_teacher(experiment: &Experiment) -> bool {
    experiment.data.kind == DataKind::TeacherStudent
}

fn is_hebbian(experiment: &Experiment) -> bool {
    matches!(experiment.rule.kind, RuleKind::Hebb | RuleKind::HebbNormalized | RuleKind::Oja)
}

fn trains_others(experiment: &Experiment) -> bool {
    let (has_norms, has_bias) = (has_norms(experiment), experiment.maps().iter().any(|map| map.has_bias));
    let learns_others = has_norms && experiment.rule.others == OtherParameters::Sgd;
    if is_hebbian(experiment) {
        learns_others
    } else if experiment.rule.kind == RuleKind::Custom {
        learns_others || has_bias && !experiment.rule.bias.trim().is_empty()
    } else {
        has_bias || has_norms
    }
}

fn has_deltas(experiment: &Experiment) -> bool {
    matches!(experiment.rule.kind, RuleKind::Sgd | RuleKind::Adam | RuleKind::Dfa)
}

fn sweep(experiment: &Experiment, holds: fn(&super::Sweep) -> bool) -> bool {
    experiment.sweep.as_ref().is_none_or(holds)
}

const ONLY_CUSTOM: &str = "only rule.kind = \"custom\" reads it";

fn unmet(conditions: &[Condition], experiment: &Experiment, path: &str) -> Option<&'static str> {
    let of_field = conditions.iter().filter(|condition| condition.paths.contains(&path));
    of_field.filter(|condition| !(condition.holds)(experiment)).map(|condition| condition.otherwise).next()
}

impl Experiment {
    /// Why a change of a field would change nothing in a run of this experiment; `None` where it has an effect.
    #[must_use]
    pub fn without_effect(&self, path: &str) -> Option<&'static str> {
        let is_written = path.starts_with("rule.parameters.") || path.starts_with("rule.state.");
        if is_written && self.rule.kind != RuleKind::Custom {
            return Some(ONLY_CUSTOM);
        }
        unmet(OF_RUNS, self, path)
    }

    /// As [`Self::without_effect`], for the cells of its grid: `cell` is one of them.
    pub(super) fn without_effect_in(&self, cell: &Self, path: &str) -> Option<&'static str> {
        cell.without_effect(path).or_else(|| unmet(OF_CELLS, self, path))
    }

    /// Why a value that was given for a field has no effect for that purpose; `None` where it has one. `cells` are those
    /// of a grid that differ in more than numbers.
    pub(super) fn given_in_vain(&self, path: &str, purpose: Purpose, cells: &[Self]) -> Option<String> {
        if path.starts_with("sweep.") {
            let reason = match purpose {
                Purpose::Run => Some("a single run has no grid; `hebbscope sweep` trains it"),
                Purpose::Grid | Purpose::Window => unmet(OF_SECTION, self, path),
            };
            return reason.map(str::to_owned);
        }
        if purpose == Purpose::Window && path == "training.stop" && self.training.stop == StopRule::Stationarity {
            let reason = "a run of the window has no end; *Run until at rest* pauses it";
            return Some(reason.to_owned());
        }
        if (purpose, path) == (Purpose::Run, "measure.neurons") {
            return Some("single neurons are followed in the window only".to_owned());
        }
        if let (Purpose::Grid, Some(sweep)) = (purpose, &self.sweep) {
            for (name, axis) in [("sweep.x", &sweep.x), ("sweep.y", &sweep.y)] {
                if axis == path {
                    return Some(format!("it is the field of {name}, whose values take its place"));
                }
            }
            let reasons = cells.iter().map(|cell| self.without_effect_in(cell, path)).collect::<Option<Vec<_>>>()?;
            return reasons.first().map(|reason| (*reason).to_owned());
        }
        self.without_effect(path).map(str::to_owned)
    }
}
