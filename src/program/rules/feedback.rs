//! Direct Feedback Alignment (Nokland 2016): hidden layers receive the output's error through fixed random weights.
//!
//! Nothing is propagated between units that own parameters: each has a delta of its own at its output, with the
//! derivative of the activation that follows it directly.

use super::Prepared;
use crate::experiment::{Activation, Experiment};
use crate::program::builder::product;
use crate::program::graph::Graph;
use crate::program::op::Op;
use crate::program::view::View;
use crate::program::{Builder, Initial, Role};

pub(super) fn prepare(builder: &mut Builder, experiment: &Experiment, graph: &Graph) -> Prepared {
    let last = graph.maps.len() - 1;
    let error = graph.maps[last].delta;
    let mut others = Vec::new();
    for map in &graph.maps[..last] {
        let directly = if map.norm.is_some() { Activation::Linear } else { map.activation };
        append_delta(builder, experiment, error, &map.number.to_string(), map.delta, directly, map.activity);
        let Some(norm) = &map.norm else { continue };
        let width = map.delta.columns;
        let delta = builder.scratch(format!("norm_delta/{}", map.number), map.delta.rows, width);
        let name = format!("norm{}", map.number);
        append_delta(builder, experiment, error, &name, delta, norm.activation, norm.activity);
        let mut signal = |name: &str| {
            let view = builder.scratch(format!("signal/{name}"), 1, width);
            others.push((name.to_owned(), view));
            view
        };
        let (gain, shift) = (signal(&norm.gain.name), signal(&norm.shift.name));
        builder.push(Op::ColumnMeanProduct { a: delta, b: norm.normalized, out: gain });
        builder.push(Op::ColumnMean { x: delta, out: shift });
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
    let bound = experiment.rule.feedback_scale / (error.columns as f64).sqrt();
    let name = format!("feedback/{name}");
    let initial = Initial::Uniform { stream: name.clone(), bound };
    let feedback = builder.buffer(name, delta.columns, error.columns, Role::Constant, initial);
    builder.push(product((error, false), (feedback, true), delta, 1.0));
    if kind != Activation::Linear {
        builder.push(Op::ActivationBackward { kind, y: activity, gradient: delta });
    }
}
