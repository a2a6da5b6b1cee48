//! Fully connected layers: h_b = W h_a (+ b), with `W` out x in and batches as rows (eq. 1).

use crate::experiment::{Activation, Experiment, Init, WeightNoiseMode};
use crate::program::builder::product;
use crate::program::op::{Op, Slot, View};
use crate::program::{Builder, Initial, Role};

/// Buffers of one layer.
#[derive(Clone, Copy, Debug)]
pub struct DenseLayer {
    /// Layer, counted from 1.
    pub layer: usize,
    /// Activation after it.
    pub activation: Activation,
    /// Trained weights, out x in.
    pub weights: View,
    /// Trained bias, 1 x out.
    pub bias: Option<View>,
    /// Weights that the step uses: `weights`, or a noisy copy.
    pub effective_weights: View,
    /// Bias that the step uses.
    pub effective_bias: Option<View>,
    /// Per-example learning delta, batch x out: minus batch size times dL/dh_b for gradients.
    pub delta: View,
    /// Pre-activations h_b, batch x out; right of `delta` in one buffer, so that one product serves both.
    pub pre_activation: View,
    /// `delta` and `pre_activation` side by side, batch x 2 out.
    pub stacked: View,
}

/// What the forward pass leaves.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Inputs of every layer h_a, then the network's output; each batch x width.
    pub activations: Vec<View>,
    /// Targets, batch x output.
    pub targets: View,
    /// Layers.
    pub layers: Vec<DenseLayer>,
    /// Noise of every layer's weights, out x in; not written while its SD is 0.
    pub weight_noise: Vec<View>,
}

impl Forward {
    /// The network's output, batch x output.
    ///
    /// # Panics
    /// Never: there is at least one layer.
    #[must_use]
    pub fn output(&self) -> View {
        self.activations[self.layers.len()]
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

/// Declares parameters and working memory of every layer.
pub fn declare_layers(builder: &mut Builder, experiment: &Experiment) -> Vec<DenseLayer> {
    let sizes = experiment.sizes();
    let batch = experiment.training.batch_size;
    let transient = experiment.noise.weight_mode == WeightNoiseMode::Transient;
    let last = sizes.len() - 1;
    (1..sizes.len())
        .map(|layer| {
            let (fan_in, fan_out) = (sizes[layer - 1], sizes[layer]);
            let initial = initial_weights(experiment, layer, fan_in, fan_out);
            let weights = builder.buffer(format!("W{layer}"), fan_out, fan_in, Role::Parameter, initial);
            let bias = experiment.model.bias.then(|| {
                let initial = initial_bias(experiment, layer, fan_in);
                builder.buffer(format!("b{layer}"), 1, fan_out, Role::Parameter, initial)
            });
            let (effective_weights, effective_bias) = if transient {
                (
                    builder.scratch(format!("noisy/W{layer}"), fan_out, fan_in),
                    bias.map(|_| builder.scratch(format!("noisy/b{layer}"), 1, fan_out)),
                )
            } else {
                (weights, bias)
            };
            let stacked = builder.scratch(format!("delta_and_pre_activation/{layer}"), batch, 2 * fan_out);
            DenseLayer {
                layer,
                activation: if layer == last { Activation::Linear } else { experiment.model.activation },
                weights,
                bias,
                effective_weights,
                effective_bias,
                delta: stacked.columns(0, fan_out),
                pre_activation: stacked.columns(fan_out, fan_out),
                stacked,
            }
        })
        .collect()
}

/// Weight noise, batch, input noise, forward pass, in that order; the loss is appended by its caller.
///
/// `observed` holds, layer by layer, the metric of what noise that stays does to |W|^2, where that is measured.
pub fn append_forward(
    builder: &mut Builder,
    experiment: &Experiment,
    layers: Vec<DenseLayer>,
    observed: &[Option<usize>],
) -> Forward {
    let mut weight_noise = Vec::with_capacity(layers.len());
    for (layer, observed) in layers.iter().zip(observed) {
        if layer.effective_weights != layer.weights {
            builder.push(Op::Copy { from: layer.weights, to: layer.effective_weights });
            if let (Some(from), Some(to)) = (layer.bias, layer.effective_bias) {
                builder.push(Op::Copy { from, to });
            }
        }
        let stream = format!("weight_noise/W{}", layer.layer);
        let stays = layer.effective_weights == layer.weights;
        weight_noise.push(match observed {
            Some(metric) if stays => builder.push_observed_noise(stream, Slot::WeightSd, layer.weights, *metric),
            _ => builder.push_noise(stream, Slot::WeightSd, layer.effective_weights),
        });
        if let Some(bias) = layer.effective_bias {
            builder.push_noise(format!("weight_noise/b{}", layer.layer), Slot::WeightSd, bias);
        }
    }
    let batch = experiment.training.batch_size;
    let sizes = experiment.sizes();
    let inputs = builder.scratch("inputs", batch, sizes[0]);
    let targets = builder.scratch("targets", batch, sizes[layers.len()]);
    builder.push(Op::FillBatch { inputs, targets });
    builder.push_noise("input_noise", Slot::InputSd, inputs);
    let mut activations = vec![inputs];
    for layer in &layers {
        let input = activations[layer.layer - 1];
        let post = builder.scratch(format!("post_activation/{}", layer.layer), batch, layer.weights.rows);
        append_dense(
            builder,
            input,
            layer.effective_weights,
            layer.effective_bias,
            layer.pre_activation,
            layer.activation,
            post,
        );
        activations.push(post);
    }
    Forward { activations, targets, layers, weight_noise }
}

/// `pre = input W^T (+ b)`, `post = f(pre)`.
pub(in crate::program) fn append_dense(
    builder: &mut Builder,
    input: View,
    weights: View,
    bias: Option<View>,
    pre: View,
    activation: Activation,
    post: View,
) {
    builder.push(product((input, false), (weights, true), pre, 1.0));
    if let Some(row) = bias {
        builder.push(Op::AddRow { row, to: pre });
    }
    builder.push(Op::Activate { kind: activation, x: pre, y: post });
}

/// Fills every layer's delta from the output's, by the chain rule; `deltas[k]` belongs to layer k + 1.
pub fn append_backward(builder: &mut Builder, forward: &Forward, deltas: &[View]) {
    for k in (1..deltas.len()).rev() {
        let upper = &forward.layers[k];
        builder.push(product((deltas[k], false), (upper.effective_weights, false), deltas[k - 1], 1.0));
        builder.push(Op::ActivationBackward {
            kind: forward.layers[k - 1].activation,
            y: forward.activations[k],
            gradient: deltas[k - 1],
        });
    }
}

/// Forward pass and loss of a chunk of the validation set with the trained, noise-free weights.
pub fn append_evaluation(builder: &mut Builder, experiment: &Experiment, layers: &[DenseLayer]) -> (View, View) {
    // Chunks of a quarter of a million activations at most stay in the cache.
    let widest = experiment.sizes().into_iter().max().unwrap_or(1);
    let rows = experiment.data.validation_examples.min(500).min((262_144 / widest).max(16));
    let sizes = experiment.sizes();
    let inputs = builder.scratch("evaluation/inputs", rows, sizes[0]);
    let targets = builder.scratch("evaluation/targets", rows, sizes[layers.len()]);
    let mut input = inputs;
    for layer in layers {
        let width = layer.weights.rows;
        let pre = builder.scratch(format!("evaluation/pre_activation/{}", layer.layer), rows, width);
        let post = builder.scratch(format!("evaluation/post_activation/{}", layer.layer), rows, width);
        append_dense(builder, input, layer.weights, layer.bias, pre, layer.activation, post);
        input = post;
    }
    builder.push(Op::EvaluateLoss {
        kind: experiment.training.loss,
        scale: experiment.training.loss_scale,
        output: input,
        target: targets,
    });
    (inputs, targets)
}
