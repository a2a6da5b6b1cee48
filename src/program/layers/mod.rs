//! Layers: each appends a forward pass over values, and knows how a gradient gets back through it.

mod activation;
mod attention;
mod batch_norm;
mod convolution;
mod dropout;
mod embedding;
mod groups;
mod layer_norm;
mod linear;
mod penalty;
mod pool;
mod residual;

use std::sync::Arc;

pub(super) use activation::{activation, apart as activation_apart};
pub(super) use attention::attention;
pub(super) use batch_norm::{BatchNorm, batch_norm};
pub(super) use convolution::convolution;
pub(super) use dropout::dropout;
pub(super) use embedding::embedding;
pub(super) use groups::{flatten, mean_of_groups};
pub(super) use layer_norm::layer_norm;
pub(super) use linear::{dense, linear};
pub(super) use penalty::penalty;
pub(super) use pool::max_pool;
pub(super) use residual::residual;

use super::op::{Op, Source};
use super::view::View;
use crate::expression::Tape;

/// `out` = the value of an expression of named operands.
fn evaluate(text: &str, named: &[(&str, Source)], out: View) -> Op {
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let tape = Tape::elementwise(text, &names);
    let operands = tape.operands().map(|place| named[place].1).collect();
    Op::Evaluate { tape: Arc::new(tape), operands, out }
}
