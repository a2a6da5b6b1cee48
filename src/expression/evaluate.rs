//! Tapes on the CPU: each instruction runs over a chunk of lanes before the next one does.

use super::number::Number;
use super::tape::{Binary, Instruction, Tape, Unary};

/// Values that an instruction runs over before the next one does: registers of a tape stay in the first cache, and the
/// loops are long enough for vectors.
pub const LANES: usize = 128;

/// Where the values of an input lie.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a, T> {
    /// One a lane; at least as many as are asked for.
    Lanes(&'a [T]),
    /// The same for all lanes.
    Same(T),
}

/// Memory of an evaluation, kept between evaluations.
#[derive(Clone, Debug, Default)]
pub struct Scratch<T> {
    registers: Vec<T>,
    /// Of each instruction: the same for all lanes, so that its register is filled before the first chunk.
    same: Vec<bool>,
}

impl<T: Number> Scratch<T> {
    /// Memory that is enough for each of `tapes`.
    #[must_use]
    pub fn of<'a>(tapes: impl IntoIterator<Item = &'a Tape>) -> Self {
        let longest = tapes.into_iter().map(|tape| tape.instructions().len()).max().unwrap_or(0);
        let mut scratch = Self::default();
        scratch.reserve(longest);
        scratch
    }

    fn reserve(&mut self, instructions: usize) {
        if self.same.len() < instructions {
            self.same.resize(instructions, false);
            self.registers.resize(instructions * LANES, T::ZERO);
        }
    }
}

impl Tape {
    /// Writes the tape's value for every lane of `out`. `operands` are in the order of [`Tape::inputs`].
    ///
    /// Nothing is allocated where `scratch` was made for this tape. Inlined, so that it is compiled anew wherever it is
    /// called with other vector instructions.
    ///
    /// # Panics
    /// When there are fewer operands than inputs, or fewer values of an operand than lanes.
    #[inline(always)]
    pub fn evaluate<T: Number>(&self, operands: &[Operand<'_, T>], out: &mut [T], scratch: &mut Scratch<T>) {
        let lanes = out.len();
        assert!(operands.len() >= self.inputs().len(), "an operand for every input");
        let enough = |operand: &Operand<'_, T>| !matches!(operand, Operand::Lanes(values) if values.len() < lanes);
        assert!(operands.iter().all(enough), "a value of every operand for every lane");
        scratch.reserve(self.instructions().len());
        let Scratch { registers, same } = scratch;
        fill_same(self, operands, registers, same, LANES.min(lanes));
        let last = self.instructions().len() - 1;
        if same[last] {
            out.fill(registers[last * LANES]);
            return;
        }
        for (chunk, out) in out.chunks_mut(LANES).enumerate() {
            let (start, n) = (chunk * LANES, out.len());
            for (place, instruction) in self.instructions().iter().enumerate() {
                if same[place] {
                    continue;
                }
                let (before, rest) = registers.split_at_mut(place * LANES);
                let read = |of: usize| -> &[T] {
                    // A slice that is read needs no copy in a register.
                    if let Instruction::Input(input) = self.instructions()[of]
                        && let Operand::Lanes(values) = operands[input]
                    {
                        return &values[start..start + n];
                    }
                    &before[of * LANES..of * LANES + n]
                };
                // The value itself goes where it is wanted.
                let to = if place == last { &mut *out } else { &mut rest[..n] };
                match *instruction {
                    Instruction::Input(input) => {
                        if let (true, Operand::Lanes(values)) = (place == last, operands[input]) {
                            to.copy_from_slice(&values[start..start + n]);
                        }
                    }
                    // Filled before the first chunk.
                    Instruction::Constant(_) => {}
                    Instruction::Unary(function, of) => run_unary(function, read(of), to),
                    Instruction::Binary(function, left, right) => run_binary(function, read(left), read(right), to),
                }
            }
        }
    }
}

/// Computes once what is the same for all lanes.
#[inline(always)]
fn fill_same<T: Number>(tape: &Tape, operands: &[Operand<'_, T>], registers: &mut [T], same: &mut [bool], n: usize) {
    for (place, instruction) in tape.instructions().iter().enumerate() {
        let first = |of: usize| registers[of * LANES];
        let value = match *instruction {
            Instruction::Constant(number) => Some(T::from_f64(number)),
            Instruction::Input(input) => match operands[input] {
                Operand::Same(value) => Some(value),
                Operand::Lanes(_) => None,
            },
            Instruction::Unary(function, of) => same[of].then(|| function.apply(first(of))),
            Instruction::Binary(function, left, right) => {
                (same[left] && same[right]).then(|| function.apply(first(left), first(right)))
            }
        };
        same[place] = value.is_some();
        if let Some(value) = value {
            // The first one is read above even where there are no lanes.
            registers[place * LANES..place * LANES + n.max(1)].fill(value);
        }
    }
}

#[inline(always)]
fn map<T: Number>(from: &[T], to: &mut [T], function: impl Fn(T) -> T) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = function(*from);
    }
}

#[inline(always)]
fn map_both<T: Number>(left: &[T], right: &[T], to: &mut [T], function: impl Fn(T, T) -> T) {
    for ((to, left), right) in to.iter_mut().zip(left).zip(right) {
        *to = function(*left, *right);
    }
}

/// The function is chosen outside the loop, so that each loop is of one kind and becomes vectors.
#[inline(always)]
fn run_unary<T: Number>(function: Unary, from: &[T], to: &mut [T]) {
    match function {
        Unary::Negate => map(from, to, |x| Unary::Negate.apply(x)),
        Unary::Tanh => map(from, to, |x| Unary::Tanh.apply(x)),
        Unary::Sigmoid => map(from, to, |x| Unary::Sigmoid.apply(x)),
        Unary::Relu => map(from, to, |x| Unary::Relu.apply(x)),
        Unary::Exp => map(from, to, |x| Unary::Exp.apply(x)),
        Unary::Log => map(from, to, |x| Unary::Log.apply(x)),
        Unary::Sqrt => map(from, to, |x| Unary::Sqrt.apply(x)),
        Unary::Abs => map(from, to, |x| Unary::Abs.apply(x)),
        Unary::Sign => map(from, to, |x| Unary::Sign.apply(x)),
        Unary::Step => map(from, to, |x| Unary::Step.apply(x)),
        Unary::WholePower(exponent) => run_whole_power(exponent, from, to),
    }
}

/// Common exponents as constants, so that no loop over an exponent's bits is left and the loop over lanes becomes
/// vectors.
#[inline(always)]
fn run_whole_power<T: Number>(exponent: i32, from: &[T], to: &mut [T]) {
    macro_rules! constants {
        ($($constant:literal)*) => {
            match exponent {
                $($constant => map(from, to, |x| x.whole_power($constant)),)*
                other => map(from, to, |x| x.whole_power(other)),
            }
        };
    }
    constants!(2 3 4 5 6 7 8 -1 -2 -3 -4);
}

#[inline(always)]
fn run_binary<T: Number>(function: Binary, left: &[T], right: &[T], to: &mut [T]) {
    match function {
        Binary::Add => map_both(left, right, to, |x, y| Binary::Add.apply(x, y)),
        Binary::Subtract => map_both(left, right, to, |x, y| Binary::Subtract.apply(x, y)),
        Binary::Multiply => map_both(left, right, to, |x, y| Binary::Multiply.apply(x, y)),
        Binary::Divide => map_both(left, right, to, |x, y| Binary::Divide.apply(x, y)),
        Binary::Power => map_both(left, right, to, |x, y| Binary::Power.apply(x, y)),
        Binary::Min => map_both(left, right, to, |x, y| Binary::Min.apply(x, y)),
        Binary::Max => map_both(left, right, to, |x, y| Binary::Max.apply(x, y)),
    }
}
