//! Executors of step programs.

pub mod cpu;

/// What fills a replica's inputs: a generator in training, a file in verification.
pub trait StepInputs<T>: Send {
    /// Fills the step's examples (batch x input) and targets (batch x output), row-major.
    fn batch(&mut self, step: u64, inputs: &mut [T], targets: &mut [T]);
    /// Examples drawn so far: with the seed, all that the order of examples depends on.
    fn cursor(&self) -> u64;
    /// Continues after `cursor` examples.
    fn seek(&mut self, cursor: u64);
    /// Fills `out` with the noise of stream `stream` (its place in the program) at `step`, of that SD.
    fn noise(&mut self, stream: usize, step: u64, sd: f64, out: &mut [T]);
    /// Fills a chunk of the validation set from example `first` on; returns how many rows are in use.
    fn validation(&mut self, first: usize, inputs: &mut [T], targets: &mut [T]) -> usize;
    /// Examples in the validation set.
    fn validation_examples(&self) -> usize;
}
