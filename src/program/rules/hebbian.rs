//! The Hebbian family of Figure 18: plain Hebb (eq. 2) and Oja's rule, on pre- or post-activations.

use super::{Signals, append_hebbian_update};
use crate::experiment::{Experiment, HebbActivity, OjaForm, RuleKind};
use crate::program::Builder;
use crate::program::builder::product;
use crate::program::layers::Forward;
use crate::program::op::{InnerBatch, Op, When};

pub(super) fn append(builder: &mut Builder, experiment: &Experiment, forward: &Forward, signals: &[Signals]) {
    for (layer, signal) in forward.layers.iter().zip(signals) {
        let input = forward.activations[layer.layer - 1];
        let mean = 1.0 / input.rows as f64;
        let activity = match experiment.rule.hebb_activity {
            HebbActivity::Pre => layer.pre_activation,
            HebbActivity::Post => forward.activations[layer.layer],
        };
        append_hebbian_update(builder, When::Measured, layer, input, signal);
        builder.push(product((activity, true), (input, false), signal.weights, mean));
        if experiment.rule.kind != RuleKind::Oja {
            continue;
        }
        let neurons = layer.weights.rows;
        match experiment.rule.oja_form {
            OjaForm::Row => {
                let power = builder.scratch(format!("oja/power/{}", layer.layer), 1, neurons);
                builder.push(Op::ColumnMeanSquare { x: activity, out: power });
                builder.push(Op::SubtractScaledRows { scale: power, x: layer.effective_weights, from: signal.weights });
            }
            OjaForm::Subspace => {
                let correlation = builder.scratch(format!("oja/correlation/{}", layer.layer), neurons, neurons);
                builder.push(product((activity, true), (activity, false), correlation, mean));
                builder.push(Op::MatMul {
                    a: correlation,
                    transpose_a: false,
                    b: layer.effective_weights,
                    transpose_b: false,
                    out: signal.weights,
                    alpha: -1.0,
                    accumulate: true,
                    batch: InnerBatch::ONE,
                });
            }
        }
    }
}
