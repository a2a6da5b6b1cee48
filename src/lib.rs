//! Hebbscope: an instrument for one question. When does a learning rule that computes nothing Hebbian look Hebbian?
//!
//! The rooms and the data's way through them are in `ARCHITECTURE.md`.

#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

pub mod app;
pub mod backend;
pub mod cores;
pub mod data;
pub mod experiment;
pub mod expression;
pub mod heap;
pub mod input_file;
pub mod instruction_set;
pub mod own_words;
mod pane_table;
pub mod program;
pub mod random;
pub mod record;
pub mod reproduce;
pub mod share;
pub mod sweep;
pub mod tables;
pub mod theory;
pub mod tour;
pub mod training;
pub mod verify;

#[cfg(test)]
#[path = "../tests/narrower/mod.rs"]
mod narrower;
