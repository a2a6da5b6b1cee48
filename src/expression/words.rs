//! Values of a checked rule written as an expression again.

use super::ast::Operator;
use super::graph::{Graph, Value};
use super::print::{Infix, Text};
use super::rule::Rule;
use super::tape::{Binary, Input, Instruction, Unary};

/// What is longer is left out: nobody reads it, and a value that is used often would be written as often.
const LONGEST: usize = 300;

/// A value of `rule`, with the names of its parameters and states.
#[must_use]
pub fn written(rule: &Rule, value: Value) -> String {
    text(rule, &rule.graph, value).as_str().to_owned()
}

fn text(rule: &Rule, graph: &Graph, value: Value) -> Text {
    let tape = graph.tape(value);
    let mut texts: Vec<Text> = Vec::with_capacity(tape.instructions().len());
    for instruction in tape.instructions() {
        let made = match *instruction {
            Instruction::Constant(number) => Text::number(number),
            Instruction::Input(place) => input(rule, graph, tape.inputs()[place]),
            Instruction::Unary(function, of) => unary(function, texts[of].clone()),
            Instruction::Binary(function, left, right) => binary(function, texts[left].clone(), texts[right].clone()),
        };
        texts.push(if made.as_str().len() > LONGEST { Text::atom("...".to_owned()) } else { made });
    }
    texts.pop().unwrap_or_default()
}

/// An input by its name in the language; means and norms as they are written there.
fn input(rule: &Rule, graph: &Graph, input: Input) -> Text {
    match input {
        Input::Average(place) => Text::call("avg", &[text(rule, graph, graph.averages()[place])]),
        Input::Product(place) => {
            let (post, pre) = graph.products()[place];
            let product = text(rule, graph, post).joined(Infix::from(Operator::Multiply), text(rule, graph, pre));
            Text::call("avg", &[product])
        }
        other => Text::atom(name(rule, other)),
    }
}

/// What an input is called in the language.
#[must_use]
pub fn name(rule: &Rule, input: Input) -> String {
    let fixed = match input {
        Input::Pre => "pre",
        Input::Post => "post",
        Input::Act => "act",
        Input::Slope => "slope",
        Input::Delta => "delta",
        Input::Feedback => "feedback",
        Input::Loss => "loss",
        Input::Weight | Input::Bias => "w",
        Input::RowNorm => "rownorm(w)",
        Input::Norm | Input::BiasNorm => "norm(w)",
        Input::Average(_) | Input::Product(_) => "avg(...)",
        Input::Parameter(place) => rule.parameters.get(place).map_or("", |parameter| parameter.name.as_str()),
        Input::State(place) => rule.states.get(place).map_or("", |state| state.name.as_str()),
        // Of tapes that belong to no rule.
        Input::Operand(_) => "",
    };
    fixed.to_owned()
}

fn unary(function: Unary, of: Text) -> Text {
    let name = match function {
        Unary::Negate => return of.negated(),
        Unary::WholePower(exponent) => {
            return of.joined(Infix::from(Operator::Power), Text::number(f64::from(exponent)));
        }
        Unary::Tanh => "tanh",
        Unary::Sigmoid => "sigmoid",
        Unary::Relu => "relu",
        Unary::Exp => "exp",
        Unary::Log => "log",
        Unary::Sqrt => "sqrt",
        Unary::Abs => "abs",
        Unary::Sign => "sign",
        Unary::Step => "step",
    };
    Text::call(name, &[of])
}

fn binary(function: Binary, left: Text, right: Text) -> Text {
    let operator = match function {
        Binary::Add => Operator::Add,
        Binary::Subtract => Operator::Subtract,
        Binary::Multiply => Operator::Multiply,
        Binary::Divide => Operator::Divide,
        Binary::Power => Operator::Power,
        Binary::Min => return Text::call("min", &[left, right]),
        Binary::Max => return Text::call("max", &[left, right]),
    };
    left.joined(Infix::from(operator), right)
}
