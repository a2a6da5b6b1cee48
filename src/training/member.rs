//! Members of an ensemble in files: what each goes on from in another process, or in the window.

use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::collapse::Collapses;
use super::ensemble::Ensemble;
use super::error::TrainError;
use super::found::FoundRun;
use super::run::{Epoch, Run};
use super::stored::StoredRun;
use crate::experiment::Experiment;
use crate::record::Row;

impl Ensemble {
    /// A member as it is between two steps, as a run of its own. `initial` is its experiment with all that such a run
    /// measures.
    pub fn stored(&mut self, member: usize, initial: Experiment) -> StoredRun {
        self.executor.sync();
        let program = Arc::clone(self.executor.program());
        let place = &self.places[member];
        let replica = &self.executor.replicas()[member];
        let experiment = place.experiment.clone().with_schedules_ending();
        let steps = experiment.steps_per_epoch();
        let epoch = Epoch { number: self.step / steps, first_step: self.step / steps * steps, steps };
        let mut recorded = initial;
        recorded.training.steps = Some(experiment.total_steps());
        recorded.training.seeds = 1;
        recorded.training.seed = experiment.training.seed;
        let collapses = Collapses::new(1, program.layers.len());
        let checkpoint = Checkpoint {
            columns: Arc::clone(&self.columns),
            interventions: Arc::default(),
            twin: None,
            apart: None,
            replicas: vec![replica.state(&program)],
            seeds: vec![experiment.training.seed],
            data: vec![Arc::clone(&place.data)],
            initial_norms: vec![place.initial_norms.clone()],
            step: self.step,
            last_epoch: self.step.saturating_sub(1) / steps,
            total_steps: experiment.total_steps(),
            epoch,
            experiment: Experiment {
                training: crate::experiment::Training { seeds: 1, ..experiment.training.clone() },
                ..experiment
            },
            program,
        };
        StoredRun::new(checkpoint, recorded.with_schedules_ending(), collapses)
    }

    /// Rows of a member that are in its last window so far.
    #[must_use]
    pub fn window_rows(&self, member: usize) -> Vec<Row> {
        let place = &self.places[member];
        place.window.rows_of(place.experiment.training.seed)
    }

    /// Puts a member where a file has it, and the ensemble at its step, which is that of all members; `rows` are those of its
    /// window then.
    ///
    /// # Errors
    /// When the file is damaged or another member's.
    pub fn take_up(&mut self, member: usize, found: FoundRun, rows: &[Row]) -> Result<(), TrainError> {
        let program = Arc::clone(self.executor.program());
        let (step, state) = found.state(&program)?;
        self.executor.replicas_mut()[member].restore(&program, &state);
        rows.iter().for_each(|row| self.places[member].window.push(row));
        self.step = step;
        Ok(())
    }
}

impl Run {
    /// Measures all that its experiment says: a run that was a member of an ensemble was measured for that alone.
    ///
    /// # Errors
    /// When the step needs more memory than a run may have.
    pub(super) fn measure_all(&mut self) -> Result<(), TrainError> {
        let experiment = self.initial.clone();
        let programs = self.programs_for(&experiment, None, self.total_steps)?;
        self.experiment = experiment;
        self.arrange(programs)
    }
}
