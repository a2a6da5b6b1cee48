//! Residual connections: y = x + h.

use std::sync::Arc;

use crate::expression::Tape;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Node, Value};
use crate::program::op::{Op, Source};

#[derive(Debug)]
struct Residual {
    around: Value,
    through: Value,
    output: Value,
}

impl Node for Residual {
    fn inputs(&self) -> Vec<Value> {
        vec![self.around, self.through]
    }

    fn output(&self) -> Value {
        self.output
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let gradient = chain.gradient(self.output);
        chain.contribute(builder, self.around, gradient);
        chain.contribute(builder, self.through, gradient);
    }
}

/// Appends the sum of what goes around the map of number `map` and what comes through it.
pub(in crate::program) fn residual(
    builder: &mut Builder,
    graph: &mut Graph,
    map: usize,
    around: Value,
    through: Value,
) -> Value {
    let (a, b) = (graph.view(around), graph.view(through));
    let name = format!("residual/{map}");
    let out = builder.scratch(graph.named(name.clone()), a.rows, a.columns);
    let tape = Arc::new(Tape::elementwise("a + b", &["a", "b"]));
    builder.push(Op::Evaluate { tape, operands: vec![Source::Matrix(a), Source::Matrix(b)], out });
    let output = graph.made(&name, out);
    graph.push(Residual { around, through, output });
    output
}
