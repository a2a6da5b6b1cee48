//! Hebbscope: an instrument for one question. When does a learning rule that computes nothing Hebbian look Hebbian?
//!
//! The rooms and the data's way through them are in `ARCHITECTURE.md`.

pub mod app;
pub mod experiment;
pub mod instruction_set;
pub mod random;
