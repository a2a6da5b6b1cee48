//! Replays golden trajectories through the step program and compares every recorded number.

mod golden;
mod replay;

pub use golden::{Golden, VerifyError};
pub use replay::{Deviations, replay};
