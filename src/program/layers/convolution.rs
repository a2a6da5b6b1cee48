//! Convolutions: linear maps of patches, with output positions as samples.

use super::linear::{linear, linear_of};
use crate::experiment::Windows;
use crate::program::Builder;
use crate::program::builder::product;
use crate::program::graph::{Chain, Graph, Mode, Node, Value};
use crate::program::images::{ImageLayout, ImageOp};
use crate::program::map::Parameter;
use crate::program::op::Op;

/// Patches of one map that are kept from the forward pass on, in elements: 32 MiB. Larger ones are made again, so that
/// many maps do not each hold their own.
const KEPT_PATCHES: usize = 1 << 23;

#[derive(Debug)]
struct Convolution {
    map: usize,
    windows: Windows,
    input: Value,
    output: Value,
}

impl Node for Convolution {
    fn inputs(&self) -> Vec<Value> {
        vec![self.input]
    }

    fn output(&self) -> Value {
        self.output
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let delta = chain.gradient(self.output);
        let map = &chain.graph.maps[self.map];
        let (weights, number) = (map.weights.effective, map.number);
        let name = chain.named(format!("gradient/patches/{number}"));
        let Some((to, accumulate)) = chain.claim(self.input) else { return };
        let from = builder.scratch(name, delta.rows, weights.columns);
        builder.push(product((delta, false), (weights, false), from, 1.0));
        let (windows, scale) = (self.windows, to.rows as f64 / from.rows as f64);
        builder.push(Op::Image(ImageOp::SumPatches { windows, from, to, scale, accumulate }));
    }
}

/// Appends a convolution of images that lie in `layout`, and returns its pre-activation.
pub(in crate::program) fn convolution(
    builder: &mut Builder,
    graph: &mut Graph,
    name: &str,
    (weights, bias): (&Parameter, Option<&Parameter>),
    (windows, layout): (Windows, ImageLayout),
    input: Value,
) -> Value {
    if windows.is_identity() && layout == ImageLayout::Pixels {
        return linear(builder, graph, name, weights, bias, input);
    }
    let from = graph.view(input);
    let number = graph.maps.len() + 1;
    let images = match layout {
        ImageLayout::Pixels => from.rows / windows.pixels(),
        ImageLayout::Planes => from.rows,
    };
    let (rows, columns) = (images * windows.positions(), windows.patch());
    let patches = builder.scratch(graph.named(format!("patches/{number}")), rows, columns);
    builder.push(Op::Image(ImageOp::Patches { windows, layout, from, to: patches }));
    let output = linear_of(builder, graph, name, weights, bias, patches);
    let is_again = graph.mode == Mode::Training && rows * columns > KEPT_PATCHES;
    if is_again {
        let again = builder.scratch(format!("patches_again/{number}"), rows, columns);
        let map = &mut graph.maps[number - 1];
        map.input = again;
        map.refresh = Some(Op::Image(ImageOp::Patches { windows, layout, from, to: again }));
    }
    graph.push(Convolution { map: number - 1, windows, input, output });
    output
}
