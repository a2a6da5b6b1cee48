//! Writing expressions with as few parentheses as read back to the same tree.

use super::ast::Operator;

/// A written expression and how tightly its outermost operator binds.
#[derive(Clone, Debug, Default)]
pub struct Text {
    written: String,
    binding: Binding,
}

/// How tightly an expression's outermost operator binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    Negation,
    Power,
    #[default]
    Atom,
}

/// An operator as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Infix(Operator);

impl From<Operator> for Infix {
    fn from(operator: Operator) -> Self {
        Self(operator)
    }
}

impl Text {
    /// A name, which needs no parentheses anywhere.
    #[must_use]
    pub fn atom(written: String) -> Self {
        Self { written, binding: Binding::Atom }
    }

    /// A number; a negative one counts as negated, infinite ones and NaN are written as what gives them.
    #[must_use]
    pub fn number(value: f64) -> Self {
        if value.is_nan() {
            return Self { written: "0 / 0".to_owned(), binding: Binding::Product };
        }
        if value.is_sign_negative() {
            return Self::number(-value).negated();
        }
        if value.is_infinite() {
            return Self { written: "1 / 0".to_owned(), binding: Binding::Product };
        }
        let is_handy = value == 0.0 || (1e-5..1e15).contains(&value);
        Self::atom(if is_handy { format!("{value}") } else { format!("{value:e}") })
    }

    /// A function of arguments.
    #[must_use]
    pub fn call(function: &str, arguments: &[Self]) -> Self {
        let arguments: Vec<&str> = arguments.iter().map(Self::as_str).collect();
        Self::atom(format!("{function}({})", arguments.join(", ")))
    }

    /// With a minus before it.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { written: format!("-{}", self.at_least(Binding::Negation)), binding: Binding::Negation }
    }

    /// With an operator and another operand behind it.
    #[must_use]
    pub fn joined(self, operator: Infix, right: Self) -> Self {
        let (symbol, binding, left_needs, right_needs) = match operator.0 {
            Operator::Add => (" + ", Binding::Sum, Binding::Sum, Binding::Product),
            Operator::Subtract => (" - ", Binding::Sum, Binding::Sum, Binding::Product),
            Operator::Multiply => (" * ", Binding::Product, Binding::Product, Binding::Negation),
            Operator::Divide => (" / ", Binding::Product, Binding::Product, Binding::Negation),
            Operator::Power => ("^", Binding::Power, Binding::Atom, Binding::Negation),
        };
        let written = format!("{}{symbol}{}", self.at_least(left_needs), right.at_least(right_needs));
        Self { written, binding }
    }

    /// As it stands alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    fn at_least(&self, binding: Binding) -> String {
        if self.binding < binding { format!("({})", self.written) } else { self.written.clone() }
    }
}
