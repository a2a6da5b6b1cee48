//! RandomNN (appendix C.6): a fixed random network of the input, projected to every parameter, decides its update.

use super::{Prepared, Signals, append_hebbian_update};
use crate::experiment::{Activation, Experiment, ModelKind};
use crate::program::builder::product;
use crate::program::compile::Ends;
use crate::program::graph::Graph;
use crate::program::layers::dense;
use crate::program::map::{Map, Parameter, Unit};
use crate::program::op::Op;
use crate::program::slot::Slot;
use crate::program::tokens::TokenOp;
use crate::program::view::View;
use crate::program::{Builder, Initial, Role};

pub(super) fn prepare(builder: &mut Builder, experiment: &Experiment, graph: &Graph, ends: &Ends) -> Prepared {
    let inputs = append_inputs(builder, experiment, ends.inputs);
    let mean = append_network(builder, experiment, inputs);
    let mut others = Vec::new();
    for parameter in graph.units.iter().flat_map(Unit::parameters) {
        others.push((parameter.name.clone(), append_parameter(builder, mean, parameter)));
    }
    // Weights, then biases, so that the parts of one parameter follow each other.
    let weights = graph.maps.iter().map(|map| &map.weights);
    let biases = graph.maps.iter().filter_map(|map| map.bias.as_ref());
    let parts: Vec<&Parameter> = weights.chain(biases).filter(|parameter| parameter.part.is_some()).collect();
    for group in parts.chunk_by(|a, b| a.state == b.state) {
        others.extend(append_together(builder, mean, group));
    }
    Prepared { random: Some(mean), others, ..Prepared::default() }
}

pub(super) fn append(builder: &mut Builder, map: &Map, prepared: &Prepared, signals: &mut Signals) {
    append_hebbian_update(builder, map, signals.hebbian);
    // Prepared for this rule always has it.
    let Some(mean_output) = prepared.random else { return };
    let together =
        |parameter: &Parameter| prepared.others.iter().find(|(name, _)| *name == parameter.name).map(|(_, view)| *view);
    match together(&map.weights) {
        Some(from) => builder.push(Op::Copy { from, to: signals.weights }),
        None => append_direction(builder, mean_output, &map.weights.name, map.weights.effective, signals.weights),
    }
    if let Some(bias) = &map.bias {
        let signal = together(bias).unwrap_or_else(|| append_parameter(builder, mean_output, bias));
        signals.others.push((bias.clone(), signal));
    }
}

/// The network's input as a row of numbers: tokens as one-hot vectors, one behind the other.
fn append_inputs(builder: &mut Builder, experiment: &Experiment, inputs: View) -> View {
    if experiment.model.kind != ModelKind::Transformer {
        return inputs;
    }
    let out = builder.scratch("one_hot", inputs.rows, inputs.columns * experiment.data.vocabulary);
    builder.push(Op::Token(TokenOp::OneHot { tokens: inputs, out }));
    out
}

/// The signals of parameters that are rows of one: one norm, one sign and one limit for all of them.
fn append_together(builder: &mut Builder, mean: View, parts: &[&Parameter]) -> Vec<(String, View)> {
    let [first, ..] = parts else { return Vec::new() };
    let (is_row, columns) = (first.trained.rows == 1, first.trained.columns);
    let of = first.part.as_ref().map_or(0, |part| part.of);
    let [rows, columns] = if is_row { [1, of] } else { [of, columns] };
    let name = &first.state;
    let whole = builder.scratch(format!("together/{name}"), rows, columns);
    let signal = builder.scratch(format!("signal/{name}"), rows, columns);
    let within = |view: View, parameter: &Parameter| {
        let (first, shape) = (parameter.part.as_ref().map_or(0, |part| part.first), parameter.trained);
        if is_row { view.columns(first, shape.columns) } else { view.rows(first, shape.rows) }
    };
    for parameter in parts {
        builder.push(Op::Copy { from: parameter.effective, to: within(whole, parameter) });
    }
    append_direction(builder, mean, name, whole, signal);
    parts.iter().map(|parameter| (parameter.name.clone(), within(signal, parameter))).collect()
}

/// The signal of a parameter that is no map's weights.
fn append_parameter(builder: &mut Builder, mean_output: View, parameter: &Parameter) -> View {
    let shape = parameter.trained;
    let signal = builder.scratch(format!("signal/{}", parameter.name), shape.rows, shape.columns);
    append_direction(builder, mean_output, &parameter.name, parameter.effective, signal);
    signal
}

/// The random network's output, averaged over the batch: 1 x outputs.
fn append_network(builder: &mut Builder, experiment: &Experiment, inputs: View) -> View {
    let rule = &experiment.rule;
    let mut sizes = vec![inputs.columns];
    sizes.extend_from_slice(&rule.random_nn_hidden);
    sizes.push(rule.random_nn_outputs);
    let mut input = inputs;
    for layer in 1..sizes.len() {
        let (fan_in, fan_out) = (sizes[layer - 1], sizes[layer]);
        let bound = 1.0 / (fan_in as f64).sqrt();
        let uniform = |name: &str| Initial::Uniform { stream: format!("random_nn/{name}{layer}"), bound };
        let weights = builder.buffer(format!("random_nn/W{layer}"), fan_out, fan_in, Role::Constant, uniform("W"));
        let bias = rule
            .random_nn_bias
            .then(|| builder.buffer(format!("random_nn/b{layer}"), 1, fan_out, Role::Constant, uniform("b")));
        let pre = builder.scratch(format!("random_nn/pre_activation/{layer}"), inputs.rows, fan_out);
        let post = builder.scratch(format!("random_nn/post_activation/{layer}"), inputs.rows, fan_out);
        let activation = if layer + 1 == sizes.len() { Activation::Linear } else { Activation::Tanh };
        dense(builder, input, weights, bias, pre, activation, post);
        input = post;
    }
    let mean = builder.scratch("random_nn/mean_output", 1, rule.random_nn_outputs);
    builder.push(Op::ColumnMean { x: input, out: mean });
    mean
}

/// W* = reshape(projection v), then the two sign rules, the norm scaling and the clip.
fn append_direction(builder: &mut Builder, mean_output: View, parameter: &str, weights: View, signal: View) {
    let projection = builder.buffer(
        format!("projection/{parameter}"),
        weights.len(),
        mean_output.columns,
        Role::Constant,
        Initial::Normal { stream: format!("projection/{parameter}"), sd: 1.0 },
    );
    let direction = builder.scratch(format!("random_nn/direction/{parameter}"), weights.len(), 1);
    builder.push(product((projection, false), (mean_output, true), direction, 1.0));
    let shaped = View { rows: weights.rows, columns: weights.columns, row_stride: weights.columns, ..direction };
    builder.push(Op::RandomSignal { weights, direction: shaped, signal, target: Slot::TargetNorm, clip: Slot::Clip });
}
