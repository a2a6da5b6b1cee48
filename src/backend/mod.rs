//! Executors of step programs.

pub mod cpu;
mod executor;
pub mod gpu;

use std::sync::Arc;

use crate::data::DataSet;

pub use executor::{Executor, Heritage};

/// What fills a replica's inputs: a generator in training, a file in verification.
pub trait StepInputs<T>: Send + Sync {
    /// Fills the step's examples (batch x input) and targets (batch x output), row-major.
    fn batch(&mut self, step: u64, inputs: &mut [T], targets: &mut [T]);
    /// Examples drawn so far: with the seed, all that the order of examples depends on.
    fn cursor(&self) -> u64;
    /// Continues after `cursor` examples.
    fn seek(&mut self, cursor: u64);
    /// Fills `out` with the noise of stream `stream` (its place in the program) at `step`, of that SD, from element `first` of
    /// the stream on, a multiple of [`crate::random::CHUNK`].
    fn noise(&self, stream: usize, step: u64, sd: f64, first: usize, out: &mut [T]);
    /// Fills `out` with 0, of the probability `rate`, or 1 / (1 - rate), from stream `stream` at `step`, from element `first` on
    /// as [`Self::noise`].
    fn mask(&self, stream: usize, step: u64, rate: f64, first: usize, out: &mut [T]);
    /// Fills a chunk of the validation set from example `first` on; returns how many rows are in use.
    fn validation(&mut self, first: usize, inputs: &mut [T], targets: &mut [T]) -> usize;
    /// The data set that examples are drawn from, for executors that draw them themselves; `None` where there is none.
    fn data(&self) -> Option<&Arc<DataSet>> {
        None
    }
    /// Draws the places of the next examples in place of the examples.
    fn indices(&mut self, _indices: &mut [u32]) {}
    /// Key of the noise stream `stream`, for executors that draw the noise themselves.
    fn stream_key(&self, _stream: usize) -> [u32; 4] {
        [0; 4]
    }
    /// Examples in the validation set.
    fn validation_examples(&self) -> usize;
}
