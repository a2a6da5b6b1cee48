//! Declares parameters: what they are at the start, which of them exist, which train, and the noise on them.

use std::sync::Arc;

use crate::experiment::{Experiment, Init, MapKind, MapShape, ModelKind, WeightNoiseMode};
use crate::expression::Tape;
use crate::program::layers::BatchNorm;
use crate::program::map::{Parameter, ParameterKind, Part};
use crate::program::op::{Instruction, Op, Source, When};
use crate::program::slot::Slot;
use crate::program::view::View;
use crate::program::{Builder, Initial, Role};

/// Names of a parameter.
pub(super) struct Named {
    /// What it is.
    pub(super) kind: ParameterKind,
    /// The layer that it belongs to, counted from 1.
    pub(super) layer: usize,
    /// Name in state dictionaries.
    pub(super) state: String,
    /// Which part of that it is.
    pub(super) part: Option<Part>,
}

/// Declares a parameter.
pub(super) fn declare(
    builder: &mut Builder,
    experiment: &Experiment,
    named: Named,
    [rows, columns]: [usize; 2],
    initial: Initial,
) -> Parameter {
    let Named { kind, layer, state, part } = named;
    let name = match kind {
        ParameterKind::Weights => format!("W{layer}"),
        ParameterKind::Bias => format!("b{layer}"),
        ParameterKind::Gain => format!("gain{layer}"),
        ParameterKind::Shift => format!("shift{layer}"),
        ParameterKind::Embedding => "embedding".into(),
        ParameterKind::Positions => "position".into(),
    };
    let model = &experiment.model;
    let is_sparse = kind == ParameterKind::Weights && model.sparsity > 0.0;
    let missing = || Initial::Kept { stream: format!("mask/{name}"), without: model.sparsity };
    let initial = if is_sparse { Initial::Product(Box::new(initial), Box::new(missing())) } else { initial };
    let trained = builder.buffer(name.clone(), rows, columns, Role::Parameter, initial);
    let mask = is_sparse.then(|| builder.buffer(format!("mask/{name}"), rows, columns, Role::Constant, missing()));
    let is_whole_layer = model.frozen_layers.contains(&layer);
    let trainable = (is_whole_layer || model.frozen > 0.0).then(|| {
        let stream = format!("frozen/{name}");
        let initial = if is_whole_layer { Initial::Zero } else { Initial::Kept { stream, without: model.frozen } };
        builder.buffer(format!("trainable/{name}"), rows, columns, Role::Constant, initial)
    });
    let is_transient = experiment.noise.weight_mode == WeightNoiseMode::Transient;
    let effective = if is_transient { builder.scratch(format!("noisy/{name}"), rows, columns) } else { trained };
    let noise = builder.scratch(format!("noise/weight_noise/{name}"), rows, columns);
    Parameter { name, state, part, kind, layer, trained, effective, noise, mask, trainable }
}

/// Parameters of a linear map, and of the norm that belongs to it.
pub(super) struct Layer {
    pub(super) shape: MapShape,
    pub(super) weights: Parameter,
    pub(super) bias: Option<Parameter>,
    pub(super) norm: Option<(Parameter, Parameter)>,
}

impl Layer {
    /// Every parameter.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        let norm = self.norm.iter().flat_map(|(gain, shift)| [gain, shift]);
        std::iter::once(&self.weights).chain(&self.bias).chain(norm)
    }
}

/// Declares the parameters of map `layer`, counted from 1.
pub(super) fn declare_layer(builder: &mut Builder, experiment: &Experiment, layer: usize, shape: &MapShape) -> Layer {
    let (inputs, outputs) = (shape.inputs, shape.outputs);
    // Query, key and value are rows of one matrix.
    let split = |what: &str| {
        let (module, which) = shape.state.rsplit_once('.')?;
        let place = ["q", "k", "v"].iter().position(|name| *name == which)?;
        Some((format!("{module}.in_proj_{what}"), Some(Part { first: place * outputs, of: 3 * outputs })))
    };
    let named = |kind, what: &str| {
        let (state, part) = split(what).unwrap_or_else(|| (format!("{}.{what}", shape.state), None));
        Named { kind, layer, state, part }
    };
    let weights = named(ParameterKind::Weights, "weight");
    let weights = declare(builder, experiment, weights, [outputs, inputs], initial_weights(experiment, layer, shape));
    let bias = shape.has_bias.then(|| {
        let initial = initial_bias(experiment, layer, shape);
        declare(builder, experiment, named(ParameterKind::Bias, "bias"), [1, outputs], initial)
    });
    let norm = shape.norm.as_ref().map(|module| {
        let mut of_norm = |kind, what: &str, initial| {
            let named = Named { kind, layer, state: format!("{module}.{what}"), part: None };
            declare(builder, experiment, named, [1, outputs], initial)
        };
        let gain = of_norm(ParameterKind::Gain, "weight", Initial::One);
        (gain, of_norm(ParameterKind::Shift, "bias", Initial::Zero))
    });
    Layer { shape: shape.clone(), weights, bias, norm }
}

/// Declares a norm's running statistics.
pub(super) fn batch_norm_of(builder: &mut Builder, layer: &Layer) -> Option<BatchNorm> {
    let (gain, shift) = layer.norm.clone()?;
    let mut state = |name: &str, initial| {
        let name = format!("running_{name}/{}", layer.weights.layer);
        builder.buffer(name, 1, layer.shape.outputs, Role::State, initial)
    };
    let (running_mean, running_variance) = (state("mean", Initial::Zero), state("variance", Initial::One));
    Some(BatchNorm { gain, shift, running_mean, running_variance })
}

/// As `model.init` has it, or by default as PyTorch and torchvision have it for that kind of map.
fn initial_weights(experiment: &Experiment, layer: usize, shape: &MapShape) -> Initial {
    let stream = format!("init/W{layer}");
    let scale = experiment.model.init_scale;
    let (fan_in, fan_out) = (shape.inputs as f64, shape.outputs as f64);
    let xavier = |fans: f64| scale * (6.0 / fans).sqrt();
    match experiment.model.init {
        Init::UniformFanIn if is_split(shape) => {
            // Xavier's bound for the matrix that query, key and value are rows of.
            Initial::Uniform { stream, bound: xavier(fan_in + 3.0 * fan_out) }
        }
        Init::UniformFanIn if experiment.model.kind == ModelKind::Resnet && shape.kind != MapKind::Linear => {
            // N(0, 2 / fan_out), with fan_out = the weights that read an element.
            let area = match shape.kind {
                MapKind::Convolution(windows) => (windows.kernel * windows.kernel) as f64,
                MapKind::Linear | MapKind::Token => 1.0,
            };
            Initial::Normal { stream, sd: scale * (2.0 / (fan_out * area)).sqrt() }
        }
        Init::UniformFanIn => Initial::Uniform { stream, bound: scale / fan_in.sqrt() },
        Init::XavierUniform => Initial::Uniform { stream, bound: xavier(fan_in + fan_out) },
        Init::HeNormal => Initial::Normal { stream, sd: scale * (2.0 / fan_in).sqrt() },
        Init::Zeros => Initial::Zero,
    }
}

fn is_split(shape: &MapShape) -> bool {
    [".q", ".k", ".v"].iter().any(|which| shape.state.ends_with(which))
}

fn initial_bias(experiment: &Experiment, layer: usize, shape: &MapShape) -> Initial {
    // PyTorch's attention begins without biases.
    let is_attention = is_split(shape) || shape.state.ends_with(".out_proj");
    match experiment.model.init {
        Init::UniformFanIn if !is_attention => Initial::Uniform {
            stream: format!("init/b{layer}"),
            bound: experiment.model.init_scale / (shape.inputs as f64).sqrt(),
        },
        _ => Initial::Zero,
    }
}

impl Parameter {
    /// Appends the step's noise; what it does to |W|^2 goes to the metric `observed`, where it stays and that is wanted.
    pub(in crate::program) fn append_noise(&self, builder: &mut Builder, observed: Option<usize>) {
        if self.is_copied() {
            builder.push(Op::Copy { from: self.trained, to: self.effective });
        }
        let stream = builder.stream(format!("weight_noise/{}", self.name), self.noise.len());
        builder.push_unless_zero(Slot::WeightSd, Op::FillNoise { stream, sd: Slot::WeightSd, into: self.noise });
        for factor in self.mask.into_iter().chain(self.trainable) {
            builder.push_unless_zero(Slot::WeightSd, scaled_by(self.noise, factor));
        }
        match observed.filter(|_| !self.is_copied()) {
            Some(metric) => builder.push_observed(Slot::WeightSd, self.noise, self.effective, metric),
            None => builder.push_unless_zero(Slot::WeightSd, Op::Add { from: self.noise, to: self.effective }),
        }
    }
}

impl Parameter {
    /// Appends the same noise once more, at measured steps, in memory of its own.
    pub(in crate::program) fn append_noise_again(&self, builder: &mut Builder) -> View {
        let name = format!("weight_noise/{}", self.name);
        let out = builder.scratch(format!("noise_again/{}", self.name), self.trained.rows, self.trained.columns);
        let Some(stream) = builder.stream_of(&name) else { return self.noise };
        let draw = Op::FillNoise { stream, sd: Slot::WeightSd, into: out };
        let factors = self.mask.into_iter().chain(self.trainable).map(|factor| scaled_by(out, factor));
        for op in std::iter::once(draw).chain(factors) {
            builder.push_instruction(Instruction { op, when: When::Measured, unless_zero: Some(Slot::WeightSd) });
        }
        out
    }
}

/// `x *= factor`, element by element.
pub(in crate::program) fn scaled_by(x: View, factor: View) -> Op {
    let tape = Arc::new(Tape::elementwise("x * factor", &["x", "factor"]));
    Op::Evaluate { tape, operands: vec![Source::Matrix(x), Source::Matrix(factor)], out: x }
}
