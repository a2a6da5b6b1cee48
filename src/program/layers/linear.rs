//! Linear maps: h_b = W h_a (+ b), with `W` out x in and samples as rows (eq. 1).

use crate::experiment::Activation;
use crate::program::Builder;
use crate::program::builder::product;
use crate::program::graph::{Chain, Graph, Mode, Node, Value};
use crate::program::map::{Map, Parameter};
use crate::program::op::Op;
use crate::program::view::View;

#[derive(Debug)]
struct Linear {
    map: usize,
    input: Value,
    output: Value,
}

impl Node for Linear {
    fn inputs(&self) -> Vec<Value> {
        vec![self.input]
    }

    fn output(&self) -> Value {
        self.output
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let weights = chain.graph.maps[self.map].weights.effective;
        chain.contribute_product(builder, self.input, chain.gradient(self.output), weights);
    }
}

/// Appends a map of `input` and returns its pre-activation.
pub(in crate::program) fn linear(
    builder: &mut Builder,
    graph: &mut Graph,
    name: &str,
    weights: &Parameter,
    bias: Option<&Parameter>,
    input: Value,
) -> Value {
    let map = graph.maps.len();
    let output = linear_of(builder, graph, name, weights, bias, graph.view(input));
    graph.push(Linear { map, input, output });
    output
}

/// Appends a map of a matrix and returns its pre-activation; how a gradient gets back is for the caller to say.
pub(super) fn linear_of(
    builder: &mut Builder,
    graph: &mut Graph,
    name: &str,
    weights: &Parameter,
    bias: Option<&Parameter>,
    from: View,
) -> Value {
    let number = graph.maps.len() + 1;
    let (samples, width) = (from.rows, weights.trained.rows);
    if graph.mode == Mode::Evaluation {
        let out = builder.scratch(graph.named(format!("pre_activation/{number}")), samples, width);
        append(builder, from, weights.trained, bias.map(|bias| bias.trained), out);
        // Only the number of maps matters here.
        graph.maps.push(map(number, name, weights, bias, from, out, out));
        return graph.pre_activation(name, out, number - 1);
    }
    let stacked = builder.scratch(format!("delta_and_pre_activation/{number}"), samples, 2 * width);
    let out = stacked.columns(width, width);
    append(builder, from, weights.effective, bias.map(|bias| bias.effective), out);
    graph.maps.push(map(number, name, weights, bias, from, stacked, out));
    graph.pre_activation(name, out, number - 1)
}

fn map(
    number: usize,
    name: &str,
    weights: &Parameter,
    bias: Option<&Parameter>,
    input: View,
    stacked: View,
    pre_activation: View,
) -> Map {
    Map {
        number,
        name: name.to_owned(),
        weights: weights.clone(),
        bias: bias.cloned(),
        input,
        pre_activation,
        delta: stacked.columns(0, pre_activation.columns),
        stacked,
        activity: pre_activation,
        activation: Activation::Linear,
        norm: None,
        refresh: None,
    }
}

fn append(builder: &mut Builder, input: View, weights: View, bias: Option<View>, out: View) {
    builder.push(product((input, false), (weights, true), out, 1.0));
    if let Some(row) = bias {
        builder.push(Op::AddRow { row, to: out });
    }
}

/// `pre = input W^T (+ b)`, `post = f(pre)`, outside any chain rule.
pub(in crate::program) fn dense(
    builder: &mut Builder,
    input: View,
    weights: View,
    bias: Option<View>,
    pre: View,
    kind: Activation,
    post: View,
) {
    append(builder, input, weights, bias, pre);
    builder.push(Op::Activate { kind, x: pre, y: post });
}
