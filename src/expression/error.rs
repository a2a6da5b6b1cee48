//! What can be wrong with a rule, in words that name the field, the place, what was found and what is allowed.

use std::fmt;

/// The part of a rule that an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The learning signal of the weights.
    Signal,
    /// The learning signal of the biases.
    Bias,
    /// A running average, by name.
    State(String),
    /// A parameter, by name.
    Parameter(String),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal => f.write_str("rule.signal"),
            Self::Bias => f.write_str("rule.bias"),
            Self::State(name) => write!(f, "rule.state.{name}"),
            Self::Parameter(name) => write!(f, "rule.parameters.{name}"),
        }
    }
}

/// A stretch of an expression, counted in characters from 0, the end left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// Where in an expression an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column, counted in characters from 1.
    pub column: usize,
    /// The offending part, for an editor to underline; empty at the end of the expression.
    pub span: Span,
}

impl Place {
    /// The place of `span` in `text`.
    #[must_use]
    pub fn of(text: &str, span: Span) -> Self {
        let (mut line, mut column) = (1, 1);
        for character in text.chars().take(span.start) {
            if character == '\n' {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        Self { line, column, span }
    }
}

/// A rule that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field}{}: {problem}", Where(*.place))]
pub struct RuleError {
    /// The part of the rule.
    pub field: Field,
    /// The place in that part's expression; none where no expression is to blame.
    pub place: Option<Place>,
    /// What is wrong; boxed, as errors are rare and results of checks are not.
    pub problem: Box<Problem>,
}

struct Where(Option<Place>);

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |place| write!(f, ", line {}, column {}", place.line, place.column))
    }
}

/// A problem with its stretch of the expression, before the field is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Flaw {
    /// The offending part.
    pub span: Span,
    /// What is wrong.
    pub problem: Problem,
}

impl Flaw {
    /// The error of the field whose expression is `text`.
    #[must_use]
    pub fn within(self, field: Field, text: &str) -> RuleError {
        RuleError { field, place: Some(Place::of(text, self.span)), problem: Box::new(self.problem) }
    }
}

impl RuleError {
    /// An error that is in no expression.
    #[must_use]
    pub fn outside(field: Field, problem: Problem) -> Self {
        Self { field, place: None, problem: Box::new(problem) }
    }
}

const OPERAND: &str = "allowed are a number, a name, a function, `-` or `(`";

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// Nothing but blanks.
    #[error("empty expression: write, for example, `post * pre`")]
    Empty,
    /// More characters than allowed.
    #[error("the expression has {0} characters; allowed are {limit}", limit = super::MAX_CHARACTERS)]
    TooLong(usize),
    /// More levels of parentheses, functions, signs and exponents than allowed.
    #[error("nested deeper than {limit}", limit = super::MAX_LEVELS)]
    TooDeep,
    /// More terms than allowed.
    #[error(
        "expands into more than {limit} terms; keep sums of one side together in parentheses",
        limit = super::MAX_TERMS
    )]
    TooManyTerms,
    /// A character that is in no token.
    #[error("found the character `{found}`; {hint}")]
    Character {
        /// The character.
        found: char,
        /// What to write instead.
        hint: &'static str,
    },
    /// `**`.
    #[error("found `**`; a power is written `^`")]
    Stars,
    /// An exponent without digits.
    #[error("malformed number `{0}`: after `e` come digits, as in `1e-3`")]
    Number(String),
    /// A number beyond f64.
    #[error("the number `{0}` is too large")]
    TooLarge(String),
    /// An operand behind an operand.
    #[error(
        "found {found} after a complete operand; allowed are an operator or {closing}. Multiplication is written `*`"
    )]
    AfterOperand {
        /// What stands there.
        found: String,
        /// `the end`, or what ends the part.
        closing: &'static str,
    },
    /// No operand where one is needed.
    #[error("found {found}; {OPERAND}{}", if *.plus { "; there is no unary plus" } else { "" })]
    NoOperand {
        /// What stands there.
        found: String,
        /// Whether that is `+`.
        plus: bool,
    },
    /// A parenthesis that is never closed.
    #[error("found the end of the expression; missing `)` for the `(` at {0}")]
    Unclosed(String),
    /// A parenthesis that was never opened.
    #[error("found `)` without a `(` before it")]
    Unopened,
    /// A comma outside a function.
    #[error("found `,` outside a function; allowed are an operator or {0}")]
    Comma(&'static str),
    /// A function without its parentheses.
    #[error("found {found} after the function `{function}`; its argument is written `{function}(...)`")]
    NoArguments {
        /// What stands there.
        found: String,
        /// The function.
        function: &'static str,
    },
    /// A parenthesis after a name that is no function.
    #[error(
        "found `(` after the name `{name}`, which is not a function{}; multiplication is written `*`; functions are {}",
        suggestion(.nearest.as_deref()), super::names::function_list()
    )]
    NotAFunction {
        /// The name.
        name: String,
        /// The function that may have been meant.
        nearest: Option<String>,
    },
    /// The wrong number of arguments.
    #[error("`{function}` takes {takes} argument{}, found {found}", if *.takes == 1 { "" } else { "s" })]
    Arity {
        /// The function.
        function: &'static str,
        /// How many it takes.
        takes: usize,
        /// How many there are.
        found: usize,
    },
    /// A name that means nothing.
    #[error("unknown name `{name}`{}; known are {known}", suggestion(.nearest.as_deref()))]
    UnknownName {
        /// The name.
        name: String,
        /// The closest known one.
        nearest: Option<String>,
        /// All known ones.
        known: String,
    },
    /// An aggregate inside `avg`.
    #[error("`{inner}` inside `avg`: an aggregate may not contain another; take it out of the parentheses")]
    NestedAggregate {
        /// The inner one.
        inner: &'static str,
    },
    /// `avg` of both sides.
    #[error(
        "`{0}`: `avg` takes an expression of one side; write the product outside (the signal is averaged over samples \
         anyway) or `avg(a) * avg(b)`"
    )]
    AverageOfBothSides(String),
    /// `norm` or `rownorm` of something else than the weights.
    #[error("`{function}` takes `w` only, found `{found}`")]
    NormOf {
        /// The function.
        function: &'static str,
        /// Its argument.
        found: String,
    },
    /// A function of both sides.
    #[error(
        "`{part}` mixes pre- and post-synaptic values of a sample inside `{function}` and cannot be separated; write a \
         product such as `{function}(a) * {function}(b)`, each of one side"
    )]
    MixedFunction {
        /// The call.
        part: String,
        /// The function.
        function: &'static str,
    },
    /// `min` or `max` of both sides.
    #[error(
        "`{0}` compares the two sides sample by sample and cannot be separated; each argument must be of the same side"
    )]
    MixedComparison(String),
    /// A divisor of both sides.
    #[error("division by `{0}`, which mixes the two sides: divide by one side alone, as in `x / a / b`")]
    MixedDivisor(String),
    /// A power of both sides that is no short product.
    #[error(
        "the power `{0}` mixes the two sides: only whole exponents from 0 to 8, written as numbers, can be expanded; \
         else take powers of one side alone"
    )]
    MixedPower(String),
    /// A state in `bias` that biases do not have.
    #[error("the state `{0}` has a value per pre-synaptic neuron or synapse: a bias has none")]
    StateOfNoBias(String),
    /// A parameter or state with the name of something built in.
    #[error("shadows the built-in name `{0}`; choose another")]
    Shadows(String),
    /// A state with the name of a parameter.
    #[error("a parameter has the same name")]
    SameAsParameter,
    /// Two of one name.
    #[error("is given twice")]
    Twice,
    /// More parameters or states than allowed.
    #[error("is one of {found}; allowed are {most}")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        most: usize,
    },
    /// A name that could not be written in an expression.
    #[error("a name is a letter followed by letters, digits or `_`")]
    BadName,
    /// States that need each other.
    #[error("needs itself through {0}")]
    Cycle(String),
    /// A rate that names no parameter.
    #[error("rate `{name}` is not a parameter; parameters are {known}")]
    UnknownRate {
        /// The name.
        name: String,
        /// All parameters, or `none`.
        known: String,
    },
    /// A rate outside its range.
    #[error("rate {0} is not between 0 and 1")]
    Rate(String),
    /// A start or a parameter that is no finite number.
    #[error("{what} {value} is not a finite number")]
    NotFinite {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: String,
    },
}

fn suggestion(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}
