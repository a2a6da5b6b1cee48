//! Tapes that an engine writes for itself, in the same language, over operands of its own.

use super::ast::{Ast, Function, NodeKind, Operator};
use super::graph::{Graph, Value};
use super::names::Shape;
use super::parser::parse;
use super::tape::{Binary, Input, Tape, Unary};

impl Tape {
    /// The tape of a text whose names are `operands`; its inputs are [`Input::Operand`] in the order of their first use.
    ///
    /// # Panics
    /// When the text is no expression, or has another name or an aggregate: it is part of a program, not given by a
    /// user.
    #[must_use]
    pub fn elementwise(text: &str, operands: &[&str]) -> Self {
        let ast = parse(text).unwrap_or_else(|_| panic!("`{text}` is no expression"));
        let mut graph = Graph::default();
        let root = append(&ast, operands, &mut graph);
        graph.tape(root)
    }

    /// Places of the operands that the inputs stand for, in the order of the inputs.
    pub fn operands(&self) -> impl Iterator<Item = usize> + '_ {
        self.inputs().iter().filter_map(|input| match input {
            Input::Operand(place) => Some(*place),
            _ => None,
        })
    }
}

fn append(ast: &Ast, operands: &[&str], graph: &mut Graph) -> Value {
    let mut values: Vec<Value> = Vec::with_capacity(ast.nodes().len());
    for node in ast.nodes() {
        let value = match &node.kind {
            NodeKind::Number(number) => graph.constant(*number),
            NodeKind::Name(name) => {
                let place = operands.iter().position(|operand| operand == name);
                let place = place.unwrap_or_else(|| panic!("`{name}` of `{}` is no operand", ast.text()));
                graph.input(Input::Operand(place), Shape::SAMPLE_POST)
            }
            NodeKind::Negate(of) => graph.unary(Unary::Negate, values[*of]),
            NodeKind::Binary(Operator::Power, base, exponent) => {
                match graph
                    .constant_of(values[*exponent])
                    .filter(|number| number.fract() == 0.0 && number.abs() <= 64.0)
                {
                    Some(exponent) => graph.whole_power(values[*base], exponent as i32),
                    None => graph.binary(Binary::Power, values[*base], values[*exponent]),
                }
            }
            NodeKind::Binary(operator, left, right) => {
                let function = match operator {
                    Operator::Add => Binary::Add,
                    Operator::Subtract => Binary::Subtract,
                    Operator::Multiply => Binary::Multiply,
                    Operator::Divide => Binary::Divide,
                    Operator::Power => Binary::Power,
                };
                graph.binary(function, values[*left], values[*right])
            }
            NodeKind::Call(function, arguments) => {
                let first = values[arguments[0]];
                match function {
                    Function::Tanh => graph.unary(Unary::Tanh, first),
                    Function::Sigmoid => graph.unary(Unary::Sigmoid, first),
                    Function::Relu => graph.unary(Unary::Relu, first),
                    Function::Exp => graph.unary(Unary::Exp, first),
                    Function::Log => graph.unary(Unary::Log, first),
                    Function::Sqrt => graph.unary(Unary::Sqrt, first),
                    Function::Abs => graph.unary(Unary::Abs, first),
                    Function::Sign => graph.unary(Unary::Sign, first),
                    Function::Step => graph.unary(Unary::Step, first),
                    Function::Min => graph.binary(Binary::Min, first, values[arguments[1]]),
                    Function::Max => graph.binary(Binary::Max, first, values[arguments[1]]),
                    Function::Average | Function::Norm | Function::RowNorm => {
                        panic!("`{}` in `{}` is not elementwise", function.name(), ast.text())
                    }
                }
            }
        };
        values.push(value);
    }
    // The parser gives no empty tree.
    values[values.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::evaluate::{Operand, Scratch};

    #[test]
    fn operands_are_read_by_their_names() {
        let tape = Tape::elementwise("gain * (x - mean) / sqrt(variance + 1e-5)", &["x", "mean", "variance", "gain"]);
        assert_eq!(tape.operands().collect::<Vec<_>>(), [3, 0, 1, 2]);
        let mut out = [0.0; 3];
        let x = [1.0, 2.0, 4.0];
        let operands = [Operand::Same(3.0), Operand::Lanes(&x), Operand::Same(1.0), Operand::Same(4.0 - 1e-5)];
        tape.evaluate(&operands, &mut out, &mut Scratch::default());
        assert_eq!(out, [0.0, 1.5, 4.5]);
    }
}
