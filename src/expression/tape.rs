//! A small program in static single assignment: what is left of an expression once nothing is left to be decided.

use super::names::Shape;
use super::number::Number;

/// Where a tape's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Input {
    /// What the synapse receives, h_a: one number a sample and j.
    Pre,
    /// The pre-activation, h_b: one number a sample and i.
    Post,
    /// The activation f(h_b): one number a sample and i.
    Act,
    /// f'(h_b): one number a sample and i.
    Slope,
    /// Minus N times dL/dh_b: one number a sample and i.
    Delta,
    /// The error through the fixed random feedback: one number a sample and i.
    Feedback,
    /// The data loss of the sample's example: one number a sample.
    Loss,
    /// Mean over the batch's samples of the plan's average of that number, in that one's shape without samples.
    Average(usize),
    /// Mean over the batch's samples of the plan's product of that number: one number a synapse.
    Product(usize),
    /// The weight: one number a synapse.
    Weight,
    /// Euclidean norm of a neuron's incoming weights: one number an i.
    RowNorm,
    /// Frobenius norm of the layer's weights.
    Norm,
    /// The bias: one number an i.
    Bias,
    /// Euclidean norm of the layer's biases.
    BiasNorm,
    /// The rule's parameter of that number.
    Parameter(usize),
    /// The rule's state of that number, before this step's update.
    State(usize),
    /// The operand of that place, of a tape that belongs to no rule (see [`Tape::elementwise`]).
    Operand(usize),
}

impl Input {
    /// The shape of the inputs that have the same one in every rule; none for averages and states.
    #[must_use]
    pub const fn shape(self) -> Option<Shape> {
        Some(match self {
            Self::Pre => Shape::SAMPLE_PRE,
            Self::Post | Self::Act | Self::Slope | Self::Delta | Self::Feedback => Shape::SAMPLE_POST,
            Self::Loss => Shape::SAMPLE,
            Self::Product(_) | Self::Weight => Shape::SYNAPSE,
            Self::RowNorm | Self::Bias => Shape::POST,
            Self::Norm | Self::BiasNorm | Self::Parameter(_) => Shape::LAYER,
            Self::Average(_) | Self::State(_) | Self::Operand(_) => return None,
        })
    }
}

/// Functions of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// -x
    Negate,
    /// Hyperbolic tangent.
    Tanh,
    /// Logistic function.
    Sigmoid,
    /// max(x, 0).
    Relu,
    /// Exponential.
    Exp,
    /// Natural logarithm.
    Log,
    /// Square root.
    Sqrt,
    /// Absolute value.
    Abs,
    /// -1, 0 or 1.
    Sign,
    /// 1 where x > 0, else 0.
    Step,
    /// A whole power that is written as a number.
    WholePower(i32),
}

impl Unary {
    /// Its value.
    #[inline(always)]
    pub fn apply<T: Number>(self, x: T) -> T {
        match self {
            Self::Negate => -x,
            Self::Tanh => x.tanh(),
            Self::Sigmoid => x.sigmoid(),
            Self::Relu => x.relu(),
            Self::Exp => x.exp(),
            Self::Log => x.ln(),
            Self::Sqrt => x.sqrt(),
            Self::Abs => x.abs(),
            Self::Sign => x.sign(),
            Self::Step => x.step(),
            Self::WholePower(exponent) => x.whole_power(exponent),
        }
    }
}

/// Functions of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// x + y
    Add,
    /// x - y
    Subtract,
    /// x * y
    Multiply,
    /// x / y
    Divide,
    /// IEEE's `pow`.
    Power,
    /// The smaller one, NaN where either is.
    Min,
    /// The larger one, NaN where either is.
    Max,
}

impl Binary {
    /// Its value.
    #[inline(always)]
    pub fn apply<T: Number>(self, x: T, y: T) -> T {
        match self {
            Self::Add => x + y,
            Self::Subtract => x - y,
            Self::Multiply => x * y,
            Self::Divide => x / y,
            Self::Power => x.pow(y),
            Self::Min => x.min(y),
            Self::Max => x.max(y),
        }
    }

    /// Whether the operands may be swapped.
    #[must_use]
    pub const fn commutes(self) -> bool {
        matches!(self, Self::Add | Self::Multiply)
    }
}

/// One step of a tape; operands are places of earlier instructions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instruction {
    /// A number.
    Constant(f64),
    /// The input at that place of the tape's list of inputs.
    Input(usize),
    /// A function of one earlier value.
    Unary(Unary, usize),
    /// A function of two earlier values.
    Binary(Binary, usize, usize),
}

/// A program of instructions; the last one is its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    instructions: Vec<Instruction>,
    inputs: Vec<Input>,
    shape: Shape,
}

impl Tape {
    /// A tape of instructions of which each uses earlier ones and listed inputs only.
    pub(super) fn new(instructions: Vec<Instruction>, inputs: Vec<Input>, shape: Shape) -> Self {
        debug_assert!(!instructions.is_empty());
        Self { instructions, inputs, shape }
    }

    /// What is done, in order; the last one is the value.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// What it reads, each once.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// What its value varies over; it may be used for more and is the same along the rest.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The input that the value is a copy of, where nothing is computed: no memory is needed for it then.
    #[must_use]
    pub fn bare(&self) -> Option<Input> {
        match self.instructions[..] {
            [Instruction::Input(place)] => self.inputs.get(place).copied(),
            _ => None,
        }
    }

    /// How many functions are applied for each value.
    #[must_use]
    pub fn operations(&self) -> usize {
        let operation = |i: &&Instruction| matches!(i, Instruction::Unary(..) | Instruction::Binary(..));
        self.instructions.iter().filter(operation).count()
    }
}
