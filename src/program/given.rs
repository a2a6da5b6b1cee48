//! Programs whose examples and random numbers somebody else writes before each step, as verification does.

use super::memory::{List, MemoryPlan};
use super::op::{Instruction, Op};
use super::view::View;
use super::{Program, Role};

/// What has to be written before every step.
#[derive(Clone, Debug)]
pub struct Given {
    /// Examples, batch x input.
    pub inputs: View,
    /// Targets, batch x output; one-hot for classes.
    pub targets: View,
    /// What is drawn from each stream, by its name.
    pub draws: Vec<(String, View)>,
}

impl Program {
    /// The same step, with examples, noise and masks as states that it finds; `None` for a program without examples.
    #[must_use]
    pub fn with_given_inputs(mut self) -> Option<(Self, Given)> {
        let mut batch = None;
        let mut draws = Vec::new();
        let names: Vec<String> = self.noise_streams.iter().map(|stream| stream.name.clone()).collect();
        self.step.retain(|Instruction { op, .. }| match op {
            Op::FillBatch { inputs, targets } => {
                batch = Some((*inputs, *targets));
                false
            }
            Op::FillNoise { stream, into, .. } | Op::DrawMask { stream, into, .. } => {
                draws.push((names[*stream].clone(), *into));
                false
            }
            _ => true,
        });
        let (inputs, targets) = batch?;
        for view in draws.iter().map(|(_, view)| *view).chain([inputs, targets]) {
            self.buffers[view.buffer.0].role = Role::State;
        }
        let kept: Vec<_> = self.layers.iter().flat_map(|map| map.row_sums.into_iter().chain(map.forces)).collect();
        let kept: Vec<_> = kept.into_iter().map(|view| (view.buffer, self.step.len())).collect();
        let (inputs_of_evaluation, targets_of_evaluation) = self.evaluation_batch;
        let given = [inputs_of_evaluation.buffer, targets_of_evaluation.buffer];
        self.memory = MemoryPlan::shared(
            &self.buffers,
            &[
                List { instructions: &self.step, given: &[], kept: &kept },
                List { instructions: &self.evaluation, given: &given, kept: &[] },
            ],
        );
        Some((self, Given { inputs, targets, draws }))
    }
}
