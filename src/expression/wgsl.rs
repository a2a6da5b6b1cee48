//! Tapes as WGSL.
//!
//! What WGSL does not promise is guarded in [`PRELUDE`]: powers of negative bases and 0^0, the exponential and tanh
//! of large numbers, division by 0 and by very large or small numbers, roots and logarithms of negative numbers, NaN
//! in min and max. Tests for NaN and infinity look at bits, as a device may assume that neither exists and drop `x !=
//! x`.
//!
//! What cannot be promised: a device may compute sums and products of infinities and NaN as it likes (most follow
//! IEEE, but some compilers take `0 * x` for 0), flush subnormal numbers, and fuse a product with a sum; its exp, log
//! and pow are accurate to some units in the last place only, `pow` to more of them for large exponents. Whole
//! exponents are therefore printed as multiplications.

use std::fmt::Write;

use super::tape::{Binary, Instruction, Tape, Unary};

/// Functions that printed tapes call; stands once in a shader, at module scope.
pub const PRELUDE: &str = include_str!("tape.wgsl");

/// The body of a function that returns the tape's value: one statement an instruction.
///
/// `operands` are expressions of type f32 in the order of [`Tape::inputs`], each evaluated once.
///
/// # Panics
/// When there are fewer operands than inputs.
#[must_use]
pub fn body(tape: &Tape, operands: &[impl AsRef<str>]) -> String {
    assert!(operands.len() >= tape.inputs().len(), "an operand for every input");
    let mut text = String::new();
    for (place, instruction) in tape.instructions().iter().enumerate() {
        let value = match *instruction {
            Instruction::Constant(number) => literal(number as f32),
            Instruction::Input(input) => operands[input].as_ref().to_owned(),
            Instruction::Unary(function, of) => unary(function, &format!("v{of}")),
            Instruction::Binary(function, left, right) => binary(function, &format!("v{left}"), &format!("v{right}")),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    let v{place} = {value};");
    }
    let _ = writeln!(text, "    return v{};", tape.instructions().len() - 1);
    text
}

/// A number that parses back to the same f32; what no literal can say is made from its bits while the shader runs.
#[must_use]
pub fn literal(number: f32) -> String {
    // Literals of subnormal numbers may become 0 in one compiler and be refused by another.
    if number.is_normal() || number.to_bits() == 0 {
        // The shortest decimal that reads back, with a point or an exponent, so that it is no whole number's literal.
        let text = format!("{number:?}f");
        return if number.is_sign_negative() { format!("({text})") } else { text };
    }
    format!("tape_bits({:#010x}u)", number.to_bits())
}

fn unary(function: Unary, of: &str) -> String {
    let name = match function {
        Unary::Negate => return format!("-{of}"),
        Unary::WholePower(exponent) => return format!("tape_whole_power({of}, {exponent})"),
        Unary::Abs => "abs",
        Unary::Tanh => "tape_tanh",
        Unary::Sigmoid => "tape_sigmoid",
        Unary::Relu => "tape_relu",
        Unary::Exp => "tape_exp",
        Unary::Log => "tape_log",
        Unary::Sqrt => "tape_sqrt",
        Unary::Sign => "tape_sign",
        Unary::Step => "tape_step",
    };
    format!("{name}({of})")
}

fn binary(function: Binary, left: &str, right: &str) -> String {
    match function {
        Binary::Add => format!("{left} + {right}"),
        Binary::Subtract => format!("{left} - {right}"),
        Binary::Multiply => format!("{left} * {right}"),
        Binary::Divide => format!("tape_divide({left}, {right})"),
        Binary::Power => format!("tape_pow({left}, {right})"),
        Binary::Min => format!("tape_min({left}, {right})"),
        Binary::Max => format!("tape_max({left}, {right})"),
    }
}
