//! What tests and profiles want to know of a device's arrays.

use std::ops::Range;
use std::time::Instant;

use super::error::GpuError;
use super::executor::GpuExecutor;
use super::group::Group;
use super::params::StepValues;
use crate::program::Role;

impl GpuExecutor {
    /// Names of the kernels in use, for tests.
    #[must_use]
    pub fn kernels(&self) -> Vec<&'static str> {
        self.lowered.kernels.iter().map(|kernel| kernel.name()).collect()
    }

    /// Memory of the replicas' large arrays, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.groups.iter().map(Group::bytes).sum()
    }

    /// A view of a buffer of every replica, for tests.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn read_buffer(&self, buffer: usize) -> Result<Vec<Vec<f32>>, GpuError> {
        let spec = &self.program.buffers[buffer];
        let (first, count) = (self.arena.offset(buffer), spec.rows * spec.columns);
        let mut all = Vec::new();
        for group in &self.groups {
            for i in 0..group.places.len() {
                let at = i * self.arena.elements + first;
                all.push(self.read(group, std::slice::from_ref(&(at..at + count)))?);
            }
        }
        Ok(all)
    }

    /// Writes `value` into all that belongs to no buffer, and into every buffer that a step overwrites; for tests.
    pub fn poison(&self, value: f32) {
        let owned = self.owned(|role| role != Role::Scratch);
        for group in &self.groups {
            for i in 0..group.places.len() {
                let mut at = 0;
                for range in owned.iter().cloned().chain(std::iter::once(self.arena.elements..self.arena.elements)) {
                    let first = i * self.arena.elements + at;
                    group.write_arena(&self.gpu, first, &vec![value; range.start - at]);
                    at = range.end;
                }
            }
        }
    }

    /// All that belongs to no buffer, for tests.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn read_guards(&self) -> Result<Vec<f32>, GpuError> {
        let owned = self.owned(|_| true);
        let mut values = Vec::new();
        for group in &self.groups {
            for i in 0..group.places.len() {
                let first = i * self.arena.elements;
                let all = self.read(group, std::slice::from_ref(&(first..first + self.arena.elements)))?;
                let mut at = 0;
                for range in owned.iter().cloned().chain(std::iter::once(self.arena.elements..self.arena.elements)) {
                    values.extend_from_slice(&all[at..range.start]);
                    at = range.end;
                }
            }
        }
        Ok(values)
    }

    /// Elements of a replica that belong to buffers of such a role, in order.
    fn owned(&self, wanted: impl Fn(Role) -> bool) -> Vec<Range<usize>> {
        let buffers = self.program.buffers.iter().enumerate().filter(|(_, spec)| wanted(spec.role));
        let mut ranges: Vec<Range<usize>> = buffers
            .map(|(place, spec)| self.arena.offset(place)..self.arena.offset(place) + spec.rows * spec.columns)
            .collect();
        ranges.extend(wanted(Role::Scratch).then(|| self.arena.parts()));
        ranges.sort_by_key(|range| range.start);
        ranges
    }

    /// Mean seconds of every instruction of the step, each repeated by itself `repeats` times. The replicas' numbers on
    /// the device are spoiled.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn profile(&self, repeats: usize) -> Result<Vec<(String, f64)>, GpuError> {
        let Some(group) = self.groups.first() else { return Ok(Vec::new()) };
        let zero = bytemuck::Zeroable::zeroed();
        group.write_steps(&self.gpu, &[StepValues { used_examples: 1, window_steps: 1.0, ..zero }], &[]);
        let mut seconds = Vec::new();
        for (instruction, lowered) in self.program.step.iter().zip(&self.lowered.step) {
            self.gpu.wait()?;
            let began = Instant::now();
            group.run(&self.gpu, &self.pipelines, |pass| {
                pass.begin_step(0);
                (0..repeats).flat_map(|_| &lowered.dispatches).for_each(|dispatch| pass.dispatch(dispatch));
            });
            self.gpu.wait()?;
            seconds.push((self.program.describe(instruction), began.elapsed().as_secs_f64() / repeats.max(1) as f64));
        }
        Ok(seconds)
    }
}
