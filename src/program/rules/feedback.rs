//! Direct Feedback Alignment (Nokland 2016): hidden layers receive the output's error through fixed random weights.
//!
//! Nothing is propagated between units that own parameters: each has a delta of its own at its output, with the
//! derivative of the activation that follows it directly.

use super::Prepared;
use crate::experiment::{Activation, Experiment};
use crate::program::builder::product;
use crate::program::graph::Graph;
use crate::program::groups::RowOp;
use crate::program::op::Op;
use crate::program::view::View;
use crate::program::{Builder, Initial, Role};

pub(super) fn prepare(builder: &mut Builder, experiment: &Experiment, graph: &Graph) -> Prepared {
    let last = graph.maps.len() - 1;
    let error = graph.maps[last].delta;
    for map in &graph.maps[..last] {
        let directly = if map.norm.is_some() { Activation::Linear } else { map.activation };
        append_delta(builder, experiment, error, &map.number.to_string(), map.delta, directly, map.activity);
    }
    let mut others = Vec::new();
    for unit in &graph.units {
        let output = unit.output;
        let delta = builder.scratch(format!("unit_delta/{}", unit.name), output.rows, output.columns);
        append_delta(builder, experiment, error, &unit.name, delta, unit.activation, unit.activity);
        others.extend(unit.append_signals(builder, delta, ""));
    }
    Prepared { others, ..Prepared::default() }
}

/// `delta = (error B^T) f'`, with B of U(-scale / sqrt(outputs), scale / sqrt(outputs)).
fn append_delta(
    builder: &mut Builder,
    experiment: &Experiment,
    error: View,
    name: &str,
    delta: View,
    kind: Activation,
    activity: View,
) {
    append_feedback(builder, experiment, error, name, delta);
    if kind != Activation::Linear {
        builder.push(Op::ActivationBackward { kind, y: activity, gradient: delta });
    }
}

/// `out = error B^T`, the same for every sample of an example.
pub(super) fn append_feedback(builder: &mut Builder, experiment: &Experiment, error: View, unit: &str, out: View) {
    let bound = experiment.rule.feedback_scale / (error.columns as f64).sqrt();
    let name = format!("feedback/{unit}");
    let initial = Initial::Uniform { stream: name.clone(), bound };
    let feedback = builder.buffer(name, out.columns, error.columns, Role::Constant, initial);
    if out.rows == error.rows {
        builder.push(product((error, false), (feedback, true), out, 1.0));
        return;
    }
    let from = builder.scratch(format!("fed_back_once/{unit}"), error.rows, out.columns);
    builder.push(product((error, false), (feedback, true), from, 1.0));
    builder.push(Op::Rows(RowOp::Spread { from, to: out, accumulate: false }));
}
