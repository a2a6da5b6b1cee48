//! Direct Feedback Alignment (Nokland 2016): hidden layers receive the output's error through fixed random weights.

use super::{Signals, append_outer_products};
use crate::experiment::Experiment;
use crate::program::builder::product;
use crate::program::layers::Forward;
use crate::program::op::Op;
use crate::program::{Builder, Initial, Role};

pub(super) fn append(builder: &mut Builder, experiment: &Experiment, forward: &Forward, signals: &[Signals]) {
    let output = forward.layers.len() - 1;
    let error = forward.layers[output].delta;
    for layer in &forward.layers[..output] {
        let bound = experiment.rule.feedback_scale / (error.columns as f64).sqrt();
        let feedback = builder.buffer(
            format!("feedback/{}", layer.layer),
            layer.weights.rows,
            error.columns,
            Role::Constant,
            Initial::Uniform { stream: format!("feedback/{}", layer.layer), bound },
        );
        builder.push(product((error, false), (feedback, true), layer.delta, 1.0));
        builder.push(Op::ActivationBackward {
            kind: layer.activation,
            y: forward.activations[layer.layer],
            gradient: layer.delta,
        });
    }
    for (layer, signal) in forward.layers.iter().zip(signals) {
        append_outer_products(builder, layer, forward.activations[layer.layer - 1], signal);
    }
}
