//! Dropout: y = x mask / (1 - p), with a new mask at every step.

use std::sync::Arc;

use crate::expression::Tape;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Mode, Node, Value};
use crate::program::op::{Op, Source};
use crate::program::slot::Slot;
use crate::program::view::View;

#[derive(Debug)]
struct Dropout {
    input: Value,
    output: Value,
    /// 0, or 1 / (1 - p).
    mask: View,
}

impl Node for Dropout {
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
        builder.push(multiplied(gradient, self.mask, gradient));
        chain.contribute(builder, self.input, gradient);
    }
}

/// `out = x by`, element by element.
fn multiplied(x: View, by: View, out: View) -> Op {
    let tape = Arc::new(Tape::elementwise("x * by", &["x", "by"]));
    Op::Evaluate { tape, operands: vec![Source::Matrix(x), Source::Matrix(by)], out }
}

/// Appends dropout behind the map of number `map`, counted from 1.
pub(in crate::program) fn dropout(builder: &mut Builder, graph: &mut Graph, map: usize, input: Value) -> Value {
    if graph.mode == Mode::Evaluation {
        return input;
    }
    let x = graph.view(input);
    let name = format!("dropped/{map}");
    let mask = builder.scratch(format!("dropout/{map}"), x.rows, x.columns);
    let stream = builder.stream(format!("dropout/{map}"), mask.len());
    builder.push(Op::DrawMask { stream, rate: Slot::Dropout, into: mask });
    let y = builder.scratch(name.clone(), x.rows, x.columns);
    builder.push(multiplied(x, mask, y));
    let output = graph.made(&name, y);
    graph.push(Dropout { input, output, mask });
    output
}
