//! The validation set on a device.

use super::error::GpuError;
use super::executor::GpuExecutor;
use super::group::Group;
use super::params::StepValues;
use crate::backend::cpu::Replica;

impl GpuExecutor {
    /// Loss and accuracy on the validation set of every replica; `None` for one that has diverged.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn evaluate(&mut self, replicas: &[Replica<f32>]) -> Result<Vec<Option<(f64, f64)>>, GpuError> {
        let examples = replicas.first().map_or(0, |replica| replica.inputs.validation_examples());
        let mut results = Vec::with_capacity(replicas.len());
        let takes_turns = self.takes_turns;
        let mut groups = std::mem::take(&mut self.groups);
        let mut outcome = Ok(());
        for (place, wave) in self.waves.iter().enumerate() {
            let group = &mut groups[if takes_turns { 0 } else { place }];
            outcome = (|| {
                if takes_turns {
                    self.seat(group, wave, replicas)?;
                }
                self.evaluate_group(group, replicas, examples, &mut results)
            })();
            if outcome.is_err() {
                break;
            }
        }
        self.groups = groups;
        outcome.map(|()| results)
    }

    fn evaluate_group(
        &self,
        group: &Group,
        replicas: &[Replica<f32>],
        examples: usize,
        results: &mut Vec<Option<(f64, f64)>>,
    ) -> Result<(), GpuError> {
        let rows = self.program.evaluation_batch.0.rows;
        let width = self.arena.metrics as usize;
        let at = self.arena.evaluation as usize;
        for i in 0..group.places.len() {
            group.write_metric(&self.gpu, i * width + at, &[0.0, 0.0]);
        }
        let chunks: Vec<usize> = (0..examples).step_by(rows.max(1)).collect();
        for some in chunks.chunks(group.capacity) {
            let values: Vec<StepValues> = some
                .iter()
                .map(|&first| StepValues {
                    first_example: first as u32,
                    used_examples: rows.min(examples - first) as u32,
                    ..bytemuck::Zeroable::zeroed()
                })
                .collect();
            group.write_steps(&self.gpu, &values, &[]);
            group.run(&self.gpu, &self.pipelines, |pass| {
                for i in 0..values.len() {
                    pass.begin_step(i);
                    let all = self.lowered.evaluation.iter().flat_map(|one| &one.dispatches);
                    all.for_each(|dispatch| pass.dispatch(dispatch));
                }
            });
        }
        let metrics = group.read_metrics(&self.gpu, group.places.len() * width)?;
        let count = examples.max(1) as f64;
        for (replica, own) in replicas[group.places.clone()].iter().zip(metrics.chunks_exact(width)) {
            let sums = (f64::from(own[at]) / count, f64::from(own[at + 1]) / count);
            results.push(replica.diverged.is_none().then_some(sums));
        }
        Ok(())
    }
}
