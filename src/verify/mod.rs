//! Replays golden trajectories through the step program and compares every recorded number.

mod architecture;
mod error;
mod layers;
mod names;
mod numbers;
mod plain;
mod replay;
mod rules;
mod trajectory;

pub use error::VerifyError;
pub use replay::{Deviations, replay, replay_on};
pub use trajectory::Golden;
