//! Multi-head attention (Vaswani et al. 2017) without its four linear maps.

use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Node, Value};
use crate::program::op::Op;
use crate::program::tokens::{Heads, TokenOp};
use crate::program::view::View;

#[derive(Debug)]
struct Attention {
    heads: Heads,
    from: [Value; 3],
    probabilities: View,
    output: Value,
}

impl Node for Attention {
    fn inputs(&self) -> Vec<Value> {
        self.from.to_vec()
    }

    fn output(&self) -> Value {
        self.output
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let gradient = chain.gradient(self.output);
        let to = self.from.map(|value| {
            // Query, key and value are pre-activations of maps, which nothing else reads.
            let (view, accumulate) = chain.claim(value).expect("the gradient of a map's pre-activation is its delta");
            assert!(!accumulate, "attention alone reads query, key and value");
            view
        });
        let from = self.from.map(|value| chain.graph.view(value));
        let (heads, probabilities) = (self.heads, self.probabilities);
        builder.push(Op::Token(TokenOp::AttentionBackward { heads, from, probabilities, gradient, to }));
    }
}

/// Appends an attention of sequences of `heads.length` tokens: query, key and value to what the heads have found.
pub(in crate::program) fn attention(
    builder: &mut Builder,
    graph: &mut Graph,
    heads: Heads,
    number: usize,
    from: [Value; 3],
) -> Value {
    let views = from.map(|value| graph.view(value));
    let [View { rows, columns, .. }, ..] = views;
    let probabilities =
        builder.scratch(graph.named(format!("probabilities/{number}")), rows * heads.count, heads.length);
    let name = format!("attended/{number}");
    let out = builder.scratch(graph.named(name.clone()), rows, columns);
    builder.push(Op::Token(TokenOp::Attention { heads, from: views, probabilities, out }));
    let output = graph.made(&name, out);
    graph.push(Attention { heads, from, probabilities, output });
    output
}
