//! The Hebbian family of Figure 18: plain Hebb (eq. 2) and Oja's rule, on pre- or post-activations.

use super::{Signals, append_hebbian_update};
use crate::experiment::{Experiment, HebbActivity, OjaForm, RuleKind};
use crate::program::Builder;
use crate::program::builder::product;
use crate::program::map::Map;
use crate::program::op::{InnerBatch, Op};

pub(super) fn append(builder: &mut Builder, experiment: &Experiment, map: &Map, signal: &Signals) {
    let input = map.input;
    let mean = 1.0 / input.rows as f64;
    let activity = match experiment.rule.hebb_activity {
        HebbActivity::Pre => map.pre_activation,
        HebbActivity::Post => map.activity,
    };
    append_hebbian_update(builder, map, signal.hebbian);
    builder.push(product((activity, true), (input, false), signal.weights, mean));
    if experiment.rule.kind != RuleKind::Oja {
        return;
    }
    let weights = map.weights.effective;
    let neurons = weights.rows;
    match experiment.rule.oja_form {
        OjaForm::Row => {
            let power = builder.scratch(format!("oja/power/{}", map.number), 1, neurons);
            builder.push(Op::ColumnMeanProduct { a: activity, b: activity, out: power });
            builder.push(Op::SubtractScaledRows { scale: power, x: weights, from: signal.weights });
        }
        OjaForm::Subspace => {
            let correlation = builder.scratch(format!("oja/correlation/{}", map.number), neurons, neurons);
            builder.push(product((activity, true), (activity, false), correlation, mean));
            builder.push(Op::MatMul {
                a: correlation,
                transpose_a: false,
                b: weights,
                transpose_b: false,
                out: signal.weights,
                alpha: -1.0,
                accumulate: true,
                batch: InnerBatch::ONE,
            });
        }
    }
}
