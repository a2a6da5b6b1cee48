//! Values of a rule, each kept once however often it is written: equal factors are found by their place.

use std::collections::HashMap;

use super::names::Shape;
use super::tape::{Binary, Input, Instruction, Tape, Unary};

/// Place of a value in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(usize);

/// How a value is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    /// A number, by its bits.
    Constant(u64),
    /// Read.
    Input(Input),
    /// A function of one value.
    Unary(Unary, Value),
    /// A function of two values.
    Binary(Binary, Value, Value),
}

/// All values of a rule; what a value uses stands before it.
///
/// Nothing is rewritten but what gives the same bits for every operand: constants are folded in f64, and x * 1, x / 1,
/// -(-x), x + (-y) and x - (-y) are shortened, x * x is x^2.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    made: Vec<(Made, Shape)>,
    places: HashMap<Made, Value>,
    /// What each average is the mean of.
    averages: Vec<Value>,
    /// The post- and pre-synaptic factor of each product.
    products: Vec<(Value, Value)>,
}

/// Largest written whole exponent that is computed by multiplications.
const LARGEST_WHOLE_POWER: f64 = 64.0;

impl Graph {
    /// How a value is made.
    #[must_use]
    pub fn made(&self, value: Value) -> Made {
        self.made[value.0].0
    }

    /// What a value varies over.
    #[must_use]
    pub fn shape(&self, value: Value) -> Shape {
        self.made[value.0].1
    }

    /// The number, where a value is one.
    #[must_use]
    pub fn constant_of(&self, value: Value) -> Option<f64> {
        match self.made(value) {
            Made::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// Whether a value is read and not computed.
    #[must_use]
    pub fn is_input(&self, value: Value) -> bool {
        matches!(self.made(value), Made::Input(_))
    }

    /// What the averages are means of, in an order in which each needs earlier ones only.
    #[must_use]
    pub fn averages(&self) -> &[Value] {
        &self.averages
    }

    /// The post- and pre-synaptic factors of the products.
    #[must_use]
    pub fn products(&self) -> &[(Value, Value)] {
        &self.products
    }

    fn keep(&mut self, made: Made, shape: Shape) -> Value {
        *self.places.entry(made).or_insert_with(|| {
            self.made.push((made, shape));
            Value(self.made.len() - 1)
        })
    }

    /// A number.
    pub fn constant(&mut self, number: f64) -> Value {
        self.keep(Made::Constant(number.to_bits()), Shape::LAYER)
    }

    /// Something that is read.
    pub fn input(&mut self, input: Input, shape: Shape) -> Value {
        self.keep(Made::Input(input), shape)
    }

    /// The mean over samples; a value without samples is its own.
    pub fn average(&mut self, of: Value) -> Value {
        let shape = self.shape(of);
        if !shape.sample {
            return of;
        }
        let place = self.averages.iter().position(|known| *known == of).unwrap_or_else(|| {
            self.averages.push(of);
            self.averages.len() - 1
        });
        self.input(Input::Average(place), shape.averaged())
    }

    /// The mean over samples of the product of a post- and a pre-synaptic value.
    pub fn product(&mut self, post: Value, pre: Value) -> Value {
        let place = self.products.iter().position(|known| *known == (post, pre)).unwrap_or_else(|| {
            self.products.push((post, pre));
            self.products.len() - 1
        });
        self.input(Input::Product(place), Shape::SYNAPSE)
    }

    /// A function of one value.
    pub fn unary(&mut self, function: Unary, of: Value) -> Value {
        if let Some(number) = self.constant_of(of) {
            return self.constant(function.apply(number));
        }
        if let (Unary::Negate, Made::Unary(Unary::Negate, inner)) = (function, self.made(of)) {
            return inner;
        }
        self.keep(Made::Unary(function, of), self.shape(of))
    }

    /// A function of two values.
    pub fn binary(&mut self, function: Binary, left: Value, right: Value) -> Value {
        match (self.constant_of(left), self.constant_of(right)) {
            // Powers are folded below, as they would be computed.
            (Some(left), Some(right)) if function != Binary::Power => {
                return self.constant(function.apply(left, right));
            }
            (Some(1.0), None) if function == Binary::Multiply => return right,
            (_, Some(1.0)) if matches!(function, Binary::Multiply | Binary::Divide) => return left,
            (_, Some(exponent)) if function == Binary::Power => {
                if exponent.fract() == 0.0 && exponent.abs() <= LARGEST_WHOLE_POWER {
                    return self.whole_power(left, exponent as i32);
                }
                if let Some(base) = self.constant_of(left) {
                    return self.constant(function.apply(base, exponent));
                }
            }
            _ => {}
        }
        if let Made::Unary(Unary::Negate, inner) = self.made(right) {
            match function {
                Binary::Add => return self.binary(Binary::Subtract, left, inner),
                Binary::Subtract => return self.binary(Binary::Add, left, inner),
                _ => {}
            }
        }
        if function == Binary::Multiply && left == right {
            return self.whole_power(left, 2);
        }
        if function.commutes()
            && let Some(known) = self.places.get(&Made::Binary(function, right, left))
        {
            return *known;
        }
        self.keep(Made::Binary(function, left, right), self.shape(left) | self.shape(right))
    }

    /// A whole power.
    pub fn whole_power(&mut self, base: Value, exponent: i32) -> Value {
        match exponent {
            // IEEE's pow gives 1 even for NaN.
            0 => self.constant(1.0),
            1 => base,
            _ => self.unary(Unary::WholePower(exponent), base),
        }
    }

    /// The program that computes `root`.
    #[must_use]
    pub fn tape(&self, root: Value) -> Tape {
        let mut needed = vec![false; root.0 + 1];
        needed[root.0] = true;
        for place in (0..=root.0).rev() {
            if !needed[place] {
                continue;
            }
            match self.made[place].0 {
                Made::Constant(_) | Made::Input(_) => {}
                Made::Unary(_, of) => needed[of.0] = true,
                Made::Binary(_, left, right) => (needed[left.0], needed[right.0]) = (true, true),
            }
        }
        let mut places = vec![0; root.0 + 1];
        let (mut instructions, mut inputs) = (Vec::new(), Vec::new());
        for place in (0..=root.0).filter(|place| needed[*place]) {
            places[place] = instructions.len();
            instructions.push(match self.made[place].0 {
                Made::Constant(bits) => Instruction::Constant(f64::from_bits(bits)),
                Made::Input(input) => {
                    inputs.push(input);
                    Instruction::Input(inputs.len() - 1)
                }
                Made::Unary(function, of) => Instruction::Unary(function, places[of.0]),
                Made::Binary(function, left, right) => Instruction::Binary(function, places[left.0], places[right.0]),
            });
        }
        Tape::new(instructions, inputs, self.shape(root))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_twice_is_computed_once() {
        let mut graph = Graph::default();
        let post = graph.input(Input::Post, Shape::SAMPLE_POST);
        let act = graph.input(Input::Act, Shape::SAMPLE_POST);
        let one = graph.binary(Binary::Multiply, post, act);
        let other = graph.binary(Binary::Multiply, act, post);
        assert_eq!(one, other);
        let twice = graph.binary(Binary::Add, one, other);
        assert_eq!(graph.tape(twice).operations(), 2);
    }

    #[test]
    fn constants_are_folded_and_nothing_else_changes_bits() {
        let mut graph = Graph::default();
        let (zero, two) = (graph.constant(0.0), graph.constant(2.0));
        let infinite = graph.binary(Binary::Divide, two, zero);
        assert_eq!(graph.constant_of(infinite), Some(f64::INFINITY));
        let post = graph.input(Input::Post, Shape::SAMPLE_POST);
        // 0 * x is NaN for infinite x, x + 0 turns -0 into 0.
        for function in [Binary::Multiply, Binary::Add] {
            let kept = graph.binary(function, post, zero);
            assert_eq!(graph.tape(kept).operations(), 1);
        }
        let power = graph.binary(Binary::Power, post, zero);
        assert_eq!(graph.constant_of(power), Some(1.0));
    }

    #[test]
    fn a_mean_of_what_has_no_samples_is_itself() {
        let mut graph = Graph::default();
        let norm = graph.input(Input::Norm, Shape::LAYER);
        assert_eq!(graph.average(norm), norm);
        let loss = graph.input(Input::Loss, Shape::SAMPLE);
        let mean = graph.average(loss);
        assert_eq!(graph.average(loss), mean);
        assert_eq!((graph.shape(mean), graph.averages().len()), (Shape::LAYER, 1));
    }
}
