//! The multilayer perceptron and its variants: h = f([norm](W h_a + b)), dropped out, plus h_a where widths allow it.

use super::parameters::declare;
use crate::experiment::{Activation, Experiment, Init};
use crate::program::graph::{Graph, Value};
use crate::program::layers::{self, BatchNorm};
use crate::program::map::{Parameter, ParameterKind};
use crate::program::{Builder, Initial, Role};

struct Layer {
    weights: Parameter,
    bias: Option<Parameter>,
    norm: Option<BatchNorm>,
}

/// Parameters of a multilayer perceptron.
pub(in crate::program) struct Mlp {
    layers: Vec<Layer>,
    activation: Activation,
    is_residual: bool,
    drops: bool,
    is_penalized: bool,
}

impl Mlp {
    /// Declares the parameters of every layer.
    pub(in crate::program) fn declare(
        builder: &mut Builder,
        experiment: &Experiment,
        drops: bool,
        is_penalized: bool,
    ) -> Self {
        let sizes = experiment.sizes();
        let last = sizes.len() - 1;
        let model = &experiment.model;
        let layers = (1..sizes.len())
            .map(|layer| {
                let (fan_in, fan_out) = (sizes[layer - 1], sizes[layer]);
                let parameter = |builder: &mut Builder, kind, shape, initial| {
                    declare(builder, experiment, kind, layer, shape, initial)
                };
                let initial = initial_weights(experiment, layer, fan_in, fan_out);
                let weights = parameter(builder, ParameterKind::Weights, [fan_out, fan_in], initial);
                let bias = model.bias.then(|| {
                    parameter(builder, ParameterKind::Bias, [1, fan_out], initial_bias(experiment, layer, fan_in))
                });
                let norm = (model.batch_norm && layer != last).then(|| {
                    let gain = parameter(builder, ParameterKind::Gain, [1, fan_out], Initial::One);
                    let shift = parameter(builder, ParameterKind::Shift, [1, fan_out], Initial::Zero);
                    let mut state = |name: &str, initial| {
                        builder.buffer(format!("running_{name}/{layer}"), 1, fan_out, Role::State, initial)
                    };
                    let (running_mean, running_variance) =
                        (state("mean", Initial::Zero), state("variance", Initial::One));
                    BatchNorm { gain, shift, running_mean, running_variance }
                });
                Layer { weights, bias, norm }
            })
            .collect();
        Self { layers, activation: model.activation, is_residual: model.residual, drops, is_penalized }
    }

    /// Every parameter, layer by layer.
    pub(in crate::program) fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.layers.iter().flat_map(|layer| {
            let norm = layer.norm.iter().flat_map(|norm| [&norm.gain, &norm.shift]);
            std::iter::once(&layer.weights).chain(&layer.bias).chain(norm)
        })
    }

    /// Appends the forward pass; the last layer is linear.
    pub(in crate::program) fn append(&self, builder: &mut Builder, graph: &mut Graph, inputs: Value) -> Value {
        let mut x = inputs;
        for (place, layer) in self.layers.iter().enumerate() {
            let map = place + 1;
            let name = format!("layers.{place}");
            let mut h = layers::linear(builder, graph, &name, &layer.weights, layer.bias.as_ref(), x);
            if map == self.layers.len() {
                return h;
            }
            if let Some(norm) = &layer.norm {
                h = layers::batch_norm(builder, graph, norm, map, h);
            }
            h = layers::activation(builder, graph, self.activation, map, h);
            if self.is_penalized {
                layers::penalty(graph, h);
            }
            if self.drops {
                h = layers::dropout(builder, graph, map, h);
            }
            if self.is_residual && graph.view(x).columns == graph.view(h).columns {
                h = layers::residual(builder, graph, map, x, h);
            }
            x = h;
        }
        x
    }
}

fn initial_weights(experiment: &Experiment, layer: usize, fan_in: usize, fan_out: usize) -> Initial {
    let stream = format!("init/W{layer}");
    let scale = experiment.model.init_scale;
    match experiment.model.init {
        Init::UniformFanIn => Initial::Uniform { stream, bound: scale / (fan_in as f64).sqrt() },
        Init::XavierUniform => Initial::Uniform { stream, bound: scale * (6.0 / (fan_in + fan_out) as f64).sqrt() },
        Init::HeNormal => Initial::Normal { stream, sd: scale * (2.0 / fan_in as f64).sqrt() },
        Init::Zeros => Initial::Zero,
    }
}

fn initial_bias(experiment: &Experiment, layer: usize, fan_in: usize) -> Initial {
    match experiment.model.init {
        Init::UniformFanIn => Initial::Uniform {
            stream: format!("init/b{layer}"),
            bound: experiment.model.init_scale / (fan_in as f64).sqrt(),
        },
        Init::XavierUniform | Init::HeNormal | Init::Zeros => Initial::Zero,
    }
}
