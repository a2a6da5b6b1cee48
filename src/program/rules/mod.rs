//! Learning rules: each fills the learning signal of every parameter, without decay.

mod feedback;
mod hebbian;
mod random_network;
mod supervised;

use super::Builder;
use super::builder::product;
use super::layers::{DenseLayer, Forward};
use super::op::{Op, Slot, View, When};
use crate::experiment::{Experiment, RuleKind};

/// Learning signals of one layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signals {
    /// Signal and Hebbian update above each other, 2 out x in.
    pub(super) stacked: View,
    /// Learning signal of W, out x in.
    pub(super) weights: View,
    /// Hebbian update H, out x in.
    pub(super) hebbian: View,
    /// Learning signal of b, 1 x out; absent where the rule does not train biases.
    pub(super) bias: Option<View>,
    /// Whether `DenseLayer::delta` holds what each example asks of the pre-activation.
    pub(super) has_deltas: bool,
}

/// Appends the rule: learning signal, gradient noise, clip; and the Hebbian update at measured steps.
pub(super) fn append(builder: &mut Builder, experiment: &Experiment, forward: &Forward) -> Vec<Signals> {
    let kind = experiment.rule.kind;
    let has_deltas = kind.has_example_signals();
    let trains_biases = has_deltas || kind == RuleKind::RandomNn;
    let signals: Vec<Signals> = forward
        .layers
        .iter()
        .map(|layer| {
            let (out, input) = (layer.weights.rows, layer.weights.columns);
            let stacked = builder.scratch(format!("signal_and_hebbian/{}", layer.layer), 2 * out, input);
            let bias = layer.bias.filter(|_| trains_biases);
            let bias = bias.map(|_| builder.scratch(format!("bias_signal/{}", layer.layer), 1, out));
            let (weights, hebbian) = (stacked.rows(0, out), stacked.rows(out, out));
            Signals { stacked, weights, hebbian, bias, has_deltas }
        })
        .collect();
    match kind {
        RuleKind::Sgd | RuleKind::Adam => supervised::append(builder, forward, &signals),
        RuleKind::Dfa => feedback::append(builder, experiment, forward, &signals),
        RuleKind::RandomNn => random_network::append(builder, experiment, forward, &signals),
        RuleKind::Hebb | RuleKind::HebbNormalized | RuleKind::Oja => {
            hebbian::append(builder, experiment, forward, &signals);
        }
    }
    append_gradient_noise(builder, forward, &signals);
    if kind != RuleKind::RandomNn {
        let views = signals.iter().flat_map(|s| std::iter::once(s.weights).chain(s.bias)).collect();
        builder.push_unless_zero(Slot::Clip, Op::Clip { views, limit: Slot::Clip });
    }
    signals
}

fn append_gradient_noise(builder: &mut Builder, forward: &Forward, signals: &[Signals]) {
    for (layer, signal) in forward.layers.iter().zip(signals) {
        builder.push_noise(format!("gradient_noise/W{}", layer.layer), Slot::GradientSd, signal.weights);
        if let Some(bias) = signal.bias {
            builder.push_noise(format!("gradient_noise/b{}", layer.layer), Slot::GradientSd, bias);
        }
    }
}

/// Batch means of `delta h_a^T`, and at measured steps of `h_b h_a^T` in the same pass over `h_a`.
fn append_outer_products(builder: &mut Builder, layer: &DenseLayer, input: View, signals: &Signals) {
    let mean = 1.0 / input.rows as f64;
    builder.push_when(When::Measured, product((layer.stacked, true), (input, false), signals.stacked, mean));
    builder.push_when(When::Unmeasured, product((layer.delta, true), (input, false), signals.weights, mean));
    if let Some(bias) = signals.bias {
        builder.push(Op::ColumnMean { x: layer.delta, out: bias });
    }
}

/// The Hebbian update alone, for rules whose signal does not come from deltas.
fn append_hebbian_update(builder: &mut Builder, when: When, layer: &DenseLayer, input: View, signals: &Signals) {
    let mean = 1.0 / input.rows as f64;
    builder.push_when(when, product((layer.pre_activation, true), (input, false), signals.hebbian, mean));
}
