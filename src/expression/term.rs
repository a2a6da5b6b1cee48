//! Products of one-sided factors: what a separable expression is a sum of.

use super::graph::{Graph, Made, Value};
use super::names::Shape;
use super::tape::{Binary, Unary};

/// A number times at most one factor of each shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The number.
    pub coefficient: f64,
    factors: [Option<Value>; 7],
}

impl Term {
    /// A number.
    #[must_use]
    pub fn number(coefficient: f64) -> Self {
        Self { coefficient, factors: [None; 7] }
    }

    /// A value that does not mix the sides, taken apart where it is itself a product or quotient: so factors meet their
    /// like, and what has no sample stays out of the sums over samples.
    #[must_use]
    pub fn of(graph: &mut Graph, value: Value) -> Self {
        enum Rest {
            Times(Value),
            Over(Value),
        }
        let mut term = Self::number(1.0);
        let mut rest = vec![Rest::Times(value)];
        while let Some(next) = rest.pop() {
            match next {
                Rest::Over(divisor) => term.divide(graph, divisor),
                Rest::Times(value) => match graph.made(value) {
                    Made::Binary(Binary::Multiply, left, right) => rest.extend([Rest::Times(right), Rest::Times(left)]),
                    Made::Binary(Binary::Divide, left, right) => rest.extend([Rest::Over(right), Rest::Times(left)]),
                    Made::Unary(Unary::Negate, of) => {
                        term.coefficient = -term.coefficient;
                        rest.push(Rest::Times(of));
                    }
                    Made::Constant(bits) => term.coefficient *= f64::from_bits(bits),
                    Made::Input(_) | Made::Unary(..) | Made::Binary(..) => term.multiply_factor(graph, value),
                },
            }
        }
        term
    }

    fn place(shape: Shape) -> usize {
        debug_assert!(!shape.mixes(), "values of a term have one side or no sample");
        usize::from(shape.sample) * 4 + usize::from(shape.post) * 2 + usize::from(shape.pre)
    }

    /// The factor of a shape.
    #[must_use]
    pub fn factor(&self, shape: Shape) -> Option<Value> {
        self.factors.get(Self::place(shape)).copied().flatten()
    }

    /// Takes out the factor of a shape.
    pub fn take(&mut self, shape: Shape) -> Option<Value> {
        self.factors.get_mut(Self::place(shape)).and_then(Option::take)
    }

    /// Puts a factor in the place of another of that shape.
    pub fn set(&mut self, shape: Shape, value: Option<Value>) {
        if let Some(factor) = self.factors.get_mut(Self::place(shape)) {
            *factor = value;
        }
    }

    /// Times a factor, which is not taken apart.
    pub fn multiply_factor(&mut self, graph: &mut Graph, value: Value) {
        let shape = graph.shape(value);
        let product = times(graph, self.factor(shape), value);
        self.set(shape, Some(product));
    }

    /// Divided by a value that does not mix the sides.
    pub fn divide(&mut self, graph: &mut Graph, divisor: Value) {
        if let Some(number) = graph.constant_of(divisor) {
            self.coefficient /= number;
            return;
        }
        let shape = graph.shape(divisor);
        let dividend = self.factor(shape).unwrap_or_else(|| graph.constant(1.0));
        let quotient = graph.binary(Binary::Divide, dividend, divisor);
        self.set(shape, Some(quotient));
    }

    /// The product of two terms.
    #[must_use]
    pub fn times(&self, graph: &mut Graph, other: &Self) -> Self {
        let mut product = self.clone();
        product.coefficient *= other.coefficient;
        for value in other.factors.iter().flatten() {
            product.multiply_factor(graph, *value);
        }
        product
    }

    /// A whole power.
    #[must_use]
    pub fn power(&self, graph: &mut Graph, exponent: i32) -> Self {
        let factors = self.factors.map(|factor| factor.map(|value| graph.whole_power(value, exponent)));
        let mut power = Self::number(self.coefficient.powi(exponent));
        for value in factors.into_iter().flatten() {
            match graph.constant_of(value) {
                Some(number) => power.coefficient *= number,
                None => power.multiply_factor(graph, value),
            }
        }
        power
    }

    /// Whether both differ in their numbers only.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.factors == other.factors
    }

    /// The number times the factors of some shapes.
    #[must_use]
    pub fn part(&self, graph: &mut Graph, shapes: &[Shape]) -> Value {
        let mut part = None;
        for shape in shapes {
            if let Some(value) = self.factor(*shape) {
                part = Some(times(graph, part, value));
            }
        }
        scaled(graph, self.coefficient, part)
    }
}

/// A sum of terms in which no two are alike.
#[derive(Clone, Debug, Default)]
pub struct Terms(Vec<Term>);

impl Terms {
    /// Adds a term to its like, or behind the others.
    pub fn add(&mut self, term: Term) {
        match self.0.iter_mut().find(|known| known.is_like(&term)) {
            Some(known) => known.coefficient += term.coefficient,
            None => self.0.push(term),
        }
    }

    /// The terms in the order in which they came.
    #[must_use]
    pub fn list(&self) -> &[Term] {
        &self.0
    }

    /// The terms, to be changed one by one.
    pub fn list_mut(&mut self) -> &mut [Term] {
        &mut self.0
    }

    /// The terms alone.
    #[must_use]
    pub fn into_list(self) -> Vec<Term> {
        self.0
    }
}

/// `factor * by`, as a quotient where either is a reciprocal and as one power where both are of the same value.
pub fn times(graph: &mut Graph, factor: Option<Value>, by: Value) -> Value {
    let Some(factor) = factor else { return by };
    if let Some(divisor) = divisor_of(graph, by) {
        return graph.binary(Binary::Divide, factor, divisor);
    }
    if let Some(divisor) = divisor_of(graph, factor) {
        return graph.binary(Binary::Divide, by, divisor);
    }
    let ((base, exponent), (other, more)) = (power_of(graph, factor), power_of(graph, by));
    if base == other && exponent + more <= LARGEST_POWER {
        return graph.whole_power(base, exponent + more);
    }
    graph.binary(Binary::Multiply, factor, by)
}

/// Beyond what can be expanded, powers stay as they were written.
const LARGEST_POWER: i32 = 8;

/// The value that a positive power is of; every value is its own first.
fn power_of(graph: &Graph, value: Value) -> (Value, i32) {
    match graph.made(value) {
        Made::Unary(Unary::WholePower(exponent), base) if exponent > 0 => (base, exponent),
        _ => (value, 1),
    }
}

fn divisor_of(graph: &Graph, value: Value) -> Option<Value> {
    match graph.made(value) {
        Made::Binary(Binary::Divide, one, divisor) if graph.constant_of(one) == Some(1.0) => Some(divisor),
        _ => None,
    }
}

/// A number times a value, 1 where there is none; the sign stays outside, so that a sum can subtract.
pub fn scaled(graph: &mut Graph, coefficient: f64, value: Option<Value>) -> Value {
    let Some(value) = value else { return graph.constant(coefficient) };
    let size = graph.constant(coefficient.abs());
    let product = times(graph, Some(size), value);
    if coefficient.is_sign_negative() { graph.unary(Unary::Negate, product) } else { product }
}
