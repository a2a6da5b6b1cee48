//! Hyper-parameters that change from step to step.

use super::slot::Slot;
use crate::experiment::Schedule;

/// A hyper-parameter that follows a schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// Which one.
    pub slot: Slot,
    /// The configured value.
    pub value: f64,
    /// What it is multiplied by.
    pub schedule: Schedule,
    /// Steps of the run, at which a schedule ends that says nothing else.
    pub run_steps: u64,
}

impl Course {
    /// The value at a step; 0 for what single precision, in which training computes, may take for 0.
    #[must_use]
    pub fn at(&self, step: u64) -> f64 {
        let value = self.value * self.schedule.factor(step, self.run_steps);
        if (value as f32).abs() < f32::MIN_POSITIVE { 0.0 } else { value }
    }
}
