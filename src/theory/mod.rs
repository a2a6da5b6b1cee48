//! The paper's closed forms against what is measured: alignment at stationarity with its premise, and the boundary of
//! section 4's linear model.

mod comparison;
mod linear;
mod premise;

pub use comparison::{Comparison, Law, comparisons};
pub use linear::LinearModel;
pub use premise::{PREMISE_LIMIT, Premise, premise};
