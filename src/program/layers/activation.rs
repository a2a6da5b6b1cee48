//! Activations: y = f(x).

use crate::experiment::Activation;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Node, Value};
use crate::program::op::Op;

#[derive(Debug)]
struct Activate {
    kind: Activation,
    input: Value,
    output: Value,
}

impl Node for Activate {
    fn inputs(&self) -> Vec<Value> {
        vec![self.input]
    }

    fn output(&self) -> Value {
        self.output
    }

    fn is_in_place(&self) -> bool {
        true
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let gradient = chain.gradient(self.output);
        builder.push(Op::ActivationBackward { kind: self.kind, y: chain.graph.view(self.output), gradient });
        chain.contribute(builder, self.input, gradient);
    }
}

/// Appends f behind the map of number `map`, counted from 1.
pub(in crate::program) fn activation(
    builder: &mut Builder,
    graph: &mut Graph,
    kind: Activation,
    map: usize,
    input: Value,
) -> Value {
    let output = apart(builder, graph, kind, &format!("post_activation/{map}"), input);
    let y = graph.view(output);
    let of = &mut graph.maps[map - 1];
    (of.activation, of.activity) = (kind, y);
    if let Some(norm) = of.norm {
        let unit = &mut graph.units[norm];
        (unit.activation, unit.activity) = (kind, y);
    }
    output
}

/// Appends f behind something that is no map's.
pub(in crate::program) fn apart(
    builder: &mut Builder,
    graph: &mut Graph,
    kind: Activation,
    name: &str,
    input: Value,
) -> Value {
    let x = graph.view(input);
    let y = builder.scratch(graph.named(name.to_owned()), x.rows, x.columns);
    builder.push(Op::Activate { kind, x, y });
    let output = graph.made(name, y);
    graph.push(Activate { kind, input, output });
    output
}
