//! The language as it is defined: a number for every sample, i and j, and then the mean. Nothing is expanded.

use super::reference::{At, Data, IN, OUT, SAMPLES, length};
use crate::expression::ast::{Ast, Function, NodeKind, Operator};
use crate::expression::{Number, Rule, Shape};

/// A mean over samples, and how large the numbers were that it is made of.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    pub value: f64,
    /// As the mean of the absolute values of all terms: what rounding is relative to.
    pub scale: f64,
    /// How large a product may become on the way where the expression is expanded, whatever else is 0 there.
    pub largest: f64,
    /// Whether a part that does not mix the sides is infinite or NaN, so that no overflow of a product is to blame.
    pub has_wild_part: bool,
}

pub struct Naive<'a> {
    rule: &'a Rule,
    data: &'a Data,
    ast: &'a Ast,
    of_biases: bool,
    /// Of each node: which of samples, i and j its names combine.
    sides: Vec<Shape>,
    constant: Vec<bool>,
    /// Of each `avg`: its value for every i and j.
    averages: Vec<Vec<f64>>,
}

impl<'a> Naive<'a> {
    pub fn new(rule: &'a Rule, data: &'a Data, ast: &'a Ast, of_biases: bool) -> Self {
        let nodes = ast.nodes().len();
        let (sides, constant) = (Vec::new(), Vec::new());
        let mut naive = Self { rule, data, ast, of_biases, sides, constant, averages: vec![Vec::new(); nodes] };
        for node in 0..nodes {
            let sides = naive.sides_of(node);
            naive.sides.push(sides);
            let constant = match &ast.nodes()[node].kind {
                NodeKind::Number(_) => true,
                NodeKind::Name(name) => name == "pi" || (of_biases && name == "pre"),
                NodeKind::Negate(of) => naive.constant[*of],
                NodeKind::Binary(_, left, right) => naive.constant[*left] && naive.constant[*right],
                NodeKind::Call(_, arguments) => arguments.iter().all(|argument| naive.constant[*argument]),
            };
            naive.constant.push(constant);
        }
        for node in 0..nodes {
            if let NodeKind::Call(Function::Average, arguments) = &ast.nodes()[node].kind {
                let mean = |(i, j)| {
                    (0..SAMPLES).map(|s| naive.values((s, i, j))[arguments[0]].value).sum::<f64>() / SAMPLES as f64
                };
                let means = (0..OUT * IN).map(|place| mean((place / IN, place % IN))).collect();
                naive.averages[node] = means;
            }
        }
        naive
    }

    fn sides_of(&self, node: usize) -> Shape {
        match &self.ast.nodes()[node].kind {
            NodeKind::Number(_) => Shape::LAYER,
            NodeKind::Name(name) => match name.as_str() {
                "pre" if self.of_biases => Shape::LAYER,
                "pre" => Shape::SAMPLE_PRE,
                "loss" => Shape::SAMPLE,
                "w" if self.of_biases => Shape::POST,
                "w" => Shape::SYNAPSE,
                "k" | "pi" => Shape::LAYER,
                "post" | "act" | "slope" | "delta" | "feedback" => Shape::SAMPLE_POST,
                state => self.state(state).map_or(Shape::LAYER, |place| self.rule.states[place].shape),
            },
            NodeKind::Negate(of) => self.sides[*of],
            NodeKind::Binary(_, left, right) => self.sides[*left] | self.sides[*right],
            NodeKind::Call(Function::Norm, _) => Shape::LAYER,
            NodeKind::Call(Function::RowNorm, _) => Shape::POST,
            NodeKind::Call(function, arguments) => {
                let sides = arguments.iter().fold(Shape::LAYER, |sides, argument| sides | self.sides[*argument]);
                if *function == Function::Average { sides.averaged() } else { sides }
            }
        }
    }

    fn state(&self, name: &str) -> Option<usize> {
        self.rule.states.iter().position(|state| state.name == name)
    }

    fn name(&self, name: &str, at: At) -> f64 {
        let (sample, i, j) = at;
        let data = self.data;
        let post = |which: usize| data.post[which][sample * OUT + i];
        match name {
            "pre" if self.of_biases => 1.0,
            "pre" => data.pre[sample * IN + j],
            "post" => post(0),
            "act" => post(1),
            "slope" => post(2),
            "delta" => post(3),
            "feedback" => post(4),
            "loss" => data.loss[sample],
            "w" if self.of_biases => data.bias[i],
            "w" => data.weights[i * IN + j],
            "pi" => std::f64::consts::PI,
            "k" => data.parameter,
            state => {
                let place = self.state(state).expect("the rule was checked");
                data.state(place, self.rule.states[place].shape, at)
            }
        }
    }

    fn values(&self, at: At) -> Vec<Mean> {
        let (_, i, j) = at;
        let mut values: Vec<Mean> = Vec::new();
        for (node, kind) in self.ast.nodes().iter().map(|node| &node.kind).enumerate() {
            let value = |of: &usize| values[*of].value;
            let found = match kind {
                NodeKind::Number(number) => *number,
                NodeKind::Name(name) => self.name(name, at),
                NodeKind::Negate(of) => -value(of),
                NodeKind::Binary(operator, left, right) => {
                    let (x, y) = (value(left), value(right));
                    match operator {
                        Operator::Add => x + y,
                        Operator::Subtract => x - y,
                        Operator::Multiply => x * y,
                        Operator::Divide => x / y,
                        // As tapes do, so that no jump of sign or step is met by a rounding.
                        Operator::Power if self.constant[*right] && y.fract() == 0.0 && y.abs() <= 64.0 => {
                            x.whole_power(y as i32)
                        }
                        Operator::Power => x.powf(y),
                    }
                }
                NodeKind::Call(function, arguments) => {
                    let x = value(&arguments[0]);
                    match function {
                        Function::Tanh => x.tanh(),
                        Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
                        Function::Relu if x < 0.0 => 0.0,
                        Function::Relu => x,
                        Function::Exp => x.exp(),
                        Function::Log => x.ln(),
                        Function::Sqrt => x.sqrt(),
                        Function::Abs => x.abs(),
                        Function::Sign => Number::sign(x),
                        Function::Step => f64::from(u8::from(x > 0.0)),
                        Function::Min => Number::min(x, value(&arguments[1])),
                        Function::Max => Number::max(x, value(&arguments[1])),
                        // Filled once; while they are being filled, none is read: aggregates hold no aggregates.
                        Function::Average => self.averages[node].get(i * IN + j).copied().unwrap_or(f64::NAN),
                        Function::Norm if self.of_biases => length(&self.data.bias),
                        Function::Norm => length(&self.data.weights),
                        Function::RowNorm if self.of_biases => self.data.bias[i].abs(),
                        Function::RowNorm => length(self.data.row(i)),
                    }
                }
            };
            let scale = self.scale(node, found, &values);
            let largest = self.largest(node, found, &values);
            let has_wild_part = match kind {
                _ if !self.sides[node].mixes() => !found.is_finite(),
                NodeKind::Binary(_, left, right) => values[*left].has_wild_part || values[*right].has_wild_part,
                NodeKind::Negate(of) => values[*of].has_wild_part,
                _ => false,
            };
            values.push(Mean { value: found, scale, largest, has_wild_part });
        }
        values
    }

    fn scale(&self, node: usize, value: f64, values: &[Mean]) -> f64 {
        if !self.sides[node].mixes() {
            return value.abs();
        }
        match &self.ast.nodes()[node].kind {
            NodeKind::Negate(of) => values[*of].scale,
            NodeKind::Binary(operator, left, right) => {
                let (x, y) = (values[*left].scale, values[*right].scale);
                match operator {
                    Operator::Add | Operator::Subtract => x + y,
                    Operator::Multiply => x * y,
                    Operator::Divide => x / values[*right].value.abs(),
                    Operator::Power => x.powf(values[*right].value),
                }
            }
            _ => value.abs(),
        }
    }

    fn largest(&self, node: usize, value: f64, values: &[Mean]) -> f64 {
        let of = |node: &usize| values[*node].largest;
        match &self.ast.nodes()[node].kind {
            _ if !self.sides[node].mixes() => value.abs().max(1.0),
            NodeKind::Negate(inner) => of(inner),
            NodeKind::Binary(Operator::Add | Operator::Subtract, left, right) => of(left) + of(right),
            NodeKind::Binary(Operator::Multiply, left, right) => of(left) * of(right),
            // As a factor, a divisor is its inverse.
            NodeKind::Binary(Operator::Divide, left, right) => of(left) / values[*right].value.abs().min(1.0),
            NodeKind::Binary(Operator::Power, left, right) => of(left).powf(values[*right].value),
            _ => value.abs().max(1.0),
        }
    }

    /// The mean over samples for a synapse.
    pub fn mean(&self, i: usize, j: usize) -> Mean {
        let last = self.ast.nodes().len() - 1;
        let roots: Vec<Mean> = (0..SAMPLES).map(|sample| self.values((sample, i, j))[last]).collect();
        let mean = |of: fn(&Mean) -> f64| roots.iter().map(of).sum::<f64>() / SAMPLES as f64;
        let has_wild_part = roots.iter().any(|root| root.has_wild_part);
        let largest = roots.iter().map(|root| root.largest).fold(0.0, f64::max);
        Mean { value: mean(|root| root.value), scale: mean(|root| root.scale), largest, has_wild_part }
    }
}
