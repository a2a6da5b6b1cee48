//! A step's inputs that are given by hand.

use hebbscope::backend::StepInputs;
use hebbscope::random::Stream;

/// The same batch and masks in every step, and no noise.
pub struct OneBatch {
    /// Rows of inputs.
    pub inputs: Vec<f64>,
    /// Rows of targets.
    pub targets: Vec<f64>,
}

impl StepInputs<f64> for OneBatch {
    fn batch(&mut self, _step: u64, inputs: &mut [f64], targets: &mut [f64]) {
        inputs.copy_from_slice(&self.inputs);
        targets.copy_from_slice(&self.targets);
    }
    fn cursor(&self) -> u64 {
        0
    }
    fn seek(&mut self, _cursor: u64) {}
    fn noise(&self, _stream: usize, _step: u64, _sd: f64, _first: usize, out: &mut [f64]) {
        out.fill(0.0);
    }
    fn mask(&self, stream: usize, _step: u64, rate: f64, first: usize, out: &mut [f64]) {
        let mut units = vec![0.0_f32; out.len()];
        Stream::new(stream as u64, "mask").fill_unit_from(0, first, &mut units);
        for (to, unit) in out.iter_mut().zip(units) {
            *to = if f64::from(unit) < rate { 0.0 } else { 1.0 / (1.0 - rate) };
        }
    }
    fn validation(&mut self, _first: usize, _inputs: &mut [f64], _targets: &mut [f64]) -> usize {
        0
    }
    fn validation_examples(&self) -> usize {
        0
    }
}
