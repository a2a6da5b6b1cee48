//! From many rows of an example to one: means, and images as single rows.

use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Node, Value};
use crate::program::groups::RowOp;
use crate::program::images::{ImageLayout, ImageOp};
use crate::program::op::Op;

#[derive(Debug)]
struct MeanOfGroups {
    input: Value,
    output: Value,
}

impl Node for MeanOfGroups {
    fn inputs(&self) -> Vec<Value> {
        vec![self.input]
    }

    fn output(&self) -> Value {
        self.output
    }

    /// Gradients are minus as many times dL/dvalue as a value has rows, so that a mean hands its own to each of them.
    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let from = chain.gradient(self.output);
        if let Some((to, accumulate)) = chain.claim(self.input) {
            builder.push(Op::Rows(RowOp::Spread { from, to, accumulate }));
        }
    }
}

/// Appends the mean over every `size` rows.
pub(in crate::program) fn mean_of_groups(builder: &mut Builder, graph: &mut Graph, size: usize, input: Value) -> Value {
    let from = graph.view(input);
    let name = "mean_of_groups";
    let to = builder.scratch(graph.named(name.into()), from.rows / size, from.columns);
    builder.push(Op::Rows(RowOp::MeanOfGroups { from, to }));
    let output = graph.made(name, to);
    graph.push(MeanOfGroups { input, output });
    output
}

#[derive(Debug)]
struct Flatten {
    pixels: usize,
    input: Value,
    output: Value,
}

impl Node for Flatten {
    fn inputs(&self) -> Vec<Value> {
        vec![self.input]
    }

    fn output(&self) -> Value {
        self.output
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let from = chain.gradient(self.output);
        let (pixels, scale) = (self.pixels, self.pixels as f64);
        if let Some((to, accumulate)) = chain.claim(self.input) {
            let layout = ImageLayout::Planes;
            builder.push(Op::Image(ImageOp::Regroup { layout, pixels, from, to, scale, accumulate }));
        }
    }
}

/// Appends images of `pixels` pixels as single rows, channel by channel.
pub(in crate::program) fn flatten(builder: &mut Builder, graph: &mut Graph, pixels: usize, input: Value) -> Value {
    let from = graph.view(input);
    let name = "flattened";
    let to = builder.scratch(graph.named(name.into()), from.rows / pixels, from.columns * pixels);
    let layout = ImageLayout::Pixels;
    builder.push(Op::Image(ImageOp::Regroup { layout, pixels, from, to, scale: 1.0, accumulate: false }));
    let output = graph.made(name, to);
    graph.push(Flatten { pixels, input, output });
    output
}
