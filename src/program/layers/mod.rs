//! Layers: what turns inputs into pre-activations, activations and the loss.

mod dense;

pub(super) use dense::append_dense;
pub use dense::{DenseLayer, Forward, append_backward, append_evaluation, append_forward, declare_layers};
