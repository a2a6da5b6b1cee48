//! The language of user-written learning rules: text to a checked rule, and the rule to small programs that an engine
//! runs.
//!
//! [`parser`] reads a text, [`separate`] gives its names a meaning and writes it as a sum of terms (post-synaptic
//! side) x (pre-synaptic side) x (synapse), [`assemble`] merges the terms into as few products over samples as can
//! be, and [`Rule::check`] does all of that for a whole rule. The result is a [`Plan`] of tapes: [`evaluate`] runs
//! them on the CPU, [`wgsl`] prints them as a shader. One-sided factors are never expanded: where they cancel,
//! expanding loses digits.

pub mod assemble;
pub mod ast;
pub mod elementwise;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod file;
pub mod graph;
pub mod lexer;
pub mod library;
pub mod names;
pub mod number;
pub mod parser;
pub mod plan;
pub mod print;
pub mod rule;
pub mod separate;
pub mod tape;
pub mod term;
pub mod wgsl;
pub mod words;

#[cfg(test)]
mod tests;

pub use error::{Field, Place, Problem, RuleError};
pub use evaluate::{Operand, Scratch};
pub use explain::Explanation;
pub use file::RuleFileError;
pub use names::Shape;
pub use number::Number;
pub use parser::parse;
pub use plan::{Plan, Product};
pub use rule::{Parameter, Rate, RateText, Rule, RuleText, State, StateText};
pub use tape::{Input, Tape};

/// Longest expression.
pub const MAX_CHARACTERS: usize = 4096;
/// Deepest nesting of parentheses, functions, signs and exponents.
pub const MAX_LEVELS: usize = 64;
/// Most parameters of a rule.
pub const MAX_PARAMETERS: usize = 256;
/// Most states of a rule.
pub const MAX_STATES: usize = 64;
/// Most terms of an expanded expression.
pub const MAX_TERMS: usize = 256;
