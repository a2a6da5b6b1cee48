//! RandomNN (appendix C.6): a fixed random network of the input, projected to every parameter, decides its update.

use super::{Prepared, Signals, append_hebbian_update};
use crate::experiment::{Activation, Experiment};
use crate::program::builder::product;
use crate::program::graph::Graph;
use crate::program::layers::dense;
use crate::program::map::{Map, Parameter};
use crate::program::op::Op;
use crate::program::slot::Slot;
use crate::program::view::View;
use crate::program::{Builder, Initial, Role};

pub(super) fn prepare(builder: &mut Builder, experiment: &Experiment, graph: &Graph) -> Prepared {
    let inputs = graph.maps[0].input;
    let mean = append_network(builder, experiment, inputs);
    let mut others = Vec::new();
    for norm in graph.maps.iter().filter_map(|map| map.norm.as_ref()) {
        for parameter in [&norm.gain, &norm.shift] {
            others.push((parameter.name.clone(), append_parameter(builder, mean, parameter)));
        }
    }
    Prepared { random: Some(mean), others, ..Prepared::default() }
}

pub(super) fn append(builder: &mut Builder, map: &Map, mean_output: Option<View>, signals: &mut Signals) {
    append_hebbian_update(builder, map, signals.hebbian);
    // Prepared for this rule always has it.
    let Some(mean_output) = mean_output else { return };
    append_direction(builder, mean_output, &map.weights.name, map.weights.effective, signals.weights);
    if let Some(bias) = &map.bias {
        signals.others.push((bias.clone(), append_parameter(builder, mean_output, bias)));
    }
}

/// The signal of a parameter that is no map's weights.
fn append_parameter(builder: &mut Builder, mean_output: View, parameter: &Parameter) -> View {
    let signal = builder.scratch(format!("signal/{}", parameter.name), 1, parameter.trained.columns);
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
