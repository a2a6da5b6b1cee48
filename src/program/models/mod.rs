//! Networks: which parameters there are, and how layers follow each other.

mod mlp;
mod parameters;

pub(super) use mlp::Mlp;
pub(super) use parameters::scaled_by;
