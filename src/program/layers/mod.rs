//! Layers: each appends a forward pass over values, and knows how a gradient gets back through it.

mod activation;
mod batch_norm;
mod dropout;
mod linear;
mod penalty;
mod residual;

pub(super) use activation::activation;
pub(super) use batch_norm::{BatchNorm, batch_norm};
pub(super) use dropout::dropout;
pub(super) use linear::{dense, linear};
pub(super) use penalty::penalty;
pub(super) use residual::residual;
