//! Max pooling over windows of images.

use crate::experiment::Windows;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Node, Value};
use crate::program::images::ImageOp;
use crate::program::op::Op;
use crate::program::view::View;

#[derive(Debug)]
struct MaxPool {
    windows: Windows,
    places: View,
    input: Value,
    output: Value,
}

impl Node for MaxPool {
    fn inputs(&self) -> Vec<Value> {
        vec![self.input]
    }

    fn output(&self) -> Value {
        self.output
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let from = chain.gradient(self.output);
        let (windows, places) = (self.windows, self.places);
        if let Some((to, accumulate)) = chain.claim(self.input) {
            let scale = to.rows as f64 / from.rows as f64;
            builder.push(Op::Image(ImageOp::MaxPoolBackward { windows, places, from, to, scale, accumulate }));
        }
    }
}

/// Appends the largest value under each window, behind the map of number `map`, counted from 1.
pub(in crate::program) fn max_pool(
    builder: &mut Builder,
    graph: &mut Graph,
    windows: Windows,
    map: usize,
    input: Value,
) -> Value {
    let from = graph.view(input);
    let rows = from.rows / windows.pixels() * windows.positions();
    let name = format!("pooled/{map}");
    let to = builder.scratch(graph.named(name.clone()), rows, from.columns);
    let places = builder.scratch(graph.named(format!("largest/{map}")), rows, from.columns);
    builder.push(Op::Image(ImageOp::MaxPool { windows, from, to, places }));
    let output = graph.made(&name, to);
    graph.push(MaxPool { windows, places, input, output });
    output
}
