//! What the trainer leaves in its slots for the window to read, and what is asked of it.

use std::sync::Arc;
use std::time::Instant;

use super::contents::Contents;
use super::{Asked, EXPECT_INTERVAL, EXPECT_SPACING, Link, Recorded};
use crate::experiment::Experiment;
use crate::record::{MetricStore, NeuronStore};
use crate::training::{Branch, Command, Expectations, Moment, RunState, Slot, Watch};

impl Link {
    /// Curves of the current run.
    #[must_use]
    pub fn metrics(&self) -> Slot<MetricStore> {
        self.trainer.metrics()
    }

    /// Curves of twin B from the fork on; `None` within without a twin.
    #[must_use]
    pub fn twin_metrics(&self) -> Slot<Option<MetricStore>> {
        self.trainer.twin_metrics()
    }

    /// Curves as they were before the run went back last; `None` within if it did not.
    #[must_use]
    pub fn before_metrics(&self) -> Slot<Option<MetricStore>> {
        self.trainer.before_metrics()
    }

    /// What is in the curves of the run and its twin, for what is kept of them. While the run goes on it changes no more
    /// often than data are redrawn, unless an effect is waited for: what has been read is good enough until then.
    #[must_use]
    pub fn contents(&self) -> Contents {
        Contents { id: (self.status.run_id << 32) ^ self.turns, reach: self.reach.count }
    }

    /// Whether there may be something new in the curves in this frame.
    pub(in crate::app) fn has_news(&self) -> bool {
        self.reach.is_new
    }

    /// The twin that settings act on; `None` for both, and without a twin.
    #[must_use]
    pub fn steer(&self) -> Option<Branch> {
        self.steer.filter(|_| self.status.twin.is_some())
    }

    /// Lets settings act on one twin, or on both.
    pub fn set_steer(&mut self, steer: Option<Branch>) {
        self.steer = steer;
    }

    /// The present settings of the twin that settings act on; of the run where they act on both.
    #[must_use]
    pub fn steered(&self) -> &Experiment {
        self.experiment_of(self.steer().map(Branch::name))
    }

    pub(super) fn experiment_of(&self, twin: Option<&str>) -> &Experiment {
        match &self.status.twin {
            Some(status) if twin == Some(Branch::B.name()) => &status.experiment,
            _ => &self.status.experiment,
        }
    }

    /// The step of the past that is shown, as it was asked for last; `None` for the present.
    #[must_use]
    pub fn shown_step(&self) -> Option<u64> {
        self.look.asked.unwrap_or(self.status.looking_at)
    }

    /// Whether a look back shows the very numbers of the run: those of a graphics processor are repeated on the CPU.
    #[must_use]
    pub fn is_past_exact(&self) -> bool {
        let twin = self.status.twin.iter().flat_map(|twin| twin.interventions.iter());
        let mut changes = self.status.interventions.iter().chain(twin);
        !self.status.is_on_device && !changes.any(|one| one.is_of_backend())
    }

    /// Shows a step of the past, or the present; of many wishes in a row, those that the trainer can keep up with.
    pub fn look(&mut self, step: Option<u64>) {
        let last = self.status.step;
        self.look.asked = Some(step.map(|step| step.min(last)));
        self.look.is_sent = false;
    }

    /// Whether every pane can show the step that was asked for last, or none was.
    #[must_use]
    pub fn has_look_arrived(&self) -> bool {
        self.look.asked.is_none() && !self.status.is_repeating
    }

    /// Curves of a run that was opened.
    #[must_use]
    pub fn recorded(&self) -> Option<&Recorded> {
        self.recorded.as_ref()
    }

    /// Shows curves of a run that was opened beside those of the present one, or none.
    pub fn show_recorded(&mut self, recorded: Option<Recorded>) {
        self.recorded = recorded;
        self.turns += 1;
    }

    /// The matrices of the step that is shown, as the trainer made them last; none before they were asked for.
    #[must_use]
    pub fn moment(&self) -> Option<Arc<Moment>> {
        self.trainer.moment()
    }

    /// Asks the trainer for what panes need beyond curves, if that differs from what it makes already.
    pub(in crate::app) fn watch(&mut self, matrices: bool, seed_index: usize) {
        let watch = Watch { matrices, seed_index, ..Watch::default() };
        if watch != self.watch {
            self.watch = watch;
            self.trainer.send(Command::Watch(watch));
        }
    }

    /// The newest expectations of the current run; none before they were asked for.
    #[must_use]
    pub fn expectations(&self) -> Option<Arc<Expectations>> {
        self.trainer.expectations().filter(|made| made.run_id == self.status.run_id)
    }

    /// Asks the trainer for expectations over `batches`, if panes need them: now and then while the run goes on, and
    /// once for what stands still.
    pub(in crate::app) fn expect(&mut self, batches: Option<u64>, seed_index: usize) {
        let status = &self.status;
        let Some(batches) = batches else {
            self.asked = None;
            return;
        };
        if matches!(status.state, RunState::Preparing | RunState::Failed) {
            return;
        }
        let step = status.looking_at.unwrap_or(status.step);
        let is_due = match &self.asked {
            None => true,
            Some(asked) if status.state == RunState::Running => {
                let cost = self.expectations().map_or(0.0, |made| made.seconds * EXPECT_SPACING);
                asked.at.elapsed().as_secs_f64() >= cost.max(EXPECT_INTERVAL.as_secs_f64())
            }
            Some(asked) => {
                let same = (asked.run_id, asked.step) == (status.run_id, step)
                    && (asked.seed_index, asked.batches) == (seed_index, batches)
                    && Arc::ptr_eq(&asked.experiment, &status.experiment);
                !same
            }
        };
        if is_due {
            let (run_id, experiment) = (status.run_id, Arc::clone(&status.experiment));
            self.asked = Some(Asked { run_id, step, seed_index, batches, experiment, at: Instant::now() });
            self.trainer.send(Command::Expect { seed_index, batches });
        }
    }

    /// Single neurons of one seed of the current run.
    #[must_use]
    pub fn neurons(&self) -> Slot<NeuronStore> {
        self.trainer.neurons()
    }
}
