//! A run that its folder holds, opened at its end.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::found::FoundRun;
use super::messages::{Command, Event, RunState};
use super::rows::VALIDATION;
use super::run::Run;
use super::twin::Branch;
use super::worker::{Worker, known_data};
use crate::experiment::{Experiment, differing, from_toml};
use crate::record::{Columns, Intervention, MetricsReader, RecordError, RunFolder, Spool};

/// What a saved session tells beside its run. Those of headless runs, which tell more, read as this too.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    /// Seconds of training; absent where the file must not depend on them.
    pub(super) seconds: Option<f64>,
}

/// A run with its rows.
struct Returned {
    run: Run,
    spool: Spool,
    twin_spool: Spool,
    seconds: f64,
}

impl Worker<'_> {
    /// Opens the run of a folder as it was at its end; where that cannot be had, trains it again.
    pub(super) fn open_at_end(&mut self, folder: &Path, experiment: Experiment, interventions: Vec<Intervention>) {
        self.state = RunState::Preparing;
        self.publish();
        match self.returned(folder, &experiment) {
            Ok(Returned { run, spool, twin_spool, seconds }) => {
                self.experiment = run.initial().clone();
                let step = run.step();
                self.begin(run);
                self.seconds = seconds;
                self.keeping.spool = spool;
                self.keeping.twin_spool = twin_spool;
                self.rebuild_stores();
                self.publish();
                self.show_present();
                self.send(Event::Returned { folder: folder.to_path_buf(), step });
            }
            Err(error) => {
                let text = format!("the run cannot be opened at its end, and begins at its start: {error}");
                self.obey(Command::Replay { experiment: Box::new(experiment), interventions });
                self.send(Event::Notice(text));
            }
        }
    }

    /// Of a run's folder, or of the file of a cell.
    fn returned(&mut self, folder: &Path, experiment: &Experiment) -> Result<Returned, TrainError> {
        let is_cell = folder.is_file();
        let path = if is_cell { folder.to_path_buf() } else { RunFolder::end_in(folder) };
        let found = FoundRun::open(&path)?.without_end();
        let unusable = |message: String| RecordError::NoCheckpoint { path: path.clone(), message };
        // As a folder's configuration is read; it has the steps that were run.
        let mut recorded = from_toml(&path.display().to_string(), &found.initial().to_toml())?;
        recorded.training.steps = experiment.training.steps;
        if let Some(fields) = differing(&recorded, experiment) {
            return Err(unusable(format!("config.toml beside it is another run's: {fields}")).into());
        }
        let Session { seconds } = found.driver()?;
        if is_cell {
            let known = self.run.as_ref().and_then(|old| known_data(old, found.experiment()));
            let mut run = found.resume(self.threads, known)?;
            run.measure_all()?;
            return Ok(Returned { run, spool: Spool::new(), twin_spool: Spool::new(), seconds: 0.0 });
        }
        let summary = RunFolder::summary_in(folder)?;
        let seconds = seconds.or_else(|| summary.map(|told| told.steps as f64 / told.steps_per_second.max(1e-9)));
        let known = self.run.as_ref().and_then(|old| known_data(old, found.experiment()));
        let run = found.resume(self.threads, known)?;
        let spool = rows_of(&run, folder, 0)?;
        let twin_spool = match run.twin().map(|twin| twin.forked_at) {
            Some(forked_at) => rows_of(&run, &RunFolder::twin_in(folder), forked_at)?,
            None => Spool::new(),
        };
        Ok(Returned { run, spool, twin_spool, seconds: seconds.unwrap_or_default() })
    }

    /// What a saved session goes on from.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn write_end(&mut self, folder: &RunFolder) -> Result<(), RecordError> {
        let session = Session { seconds: Some(self.seconds) };
        // What a fault has left half way through a step is nothing to go on from.
        let Some(run) = self.run.as_mut().filter(|run| run.fault().is_none()) else { return Ok(()) };
        folder.begin_checkpoints()?;
        run.stored().write(&folder.last_checkpoint(), &session).map(drop)
    }
}

/// The rows of a run or its twin from step `from` on, as they were while it went on.
fn rows_of(run: &Run, folder: &Path, from: u64) -> Result<Spool, RecordError> {
    let mut reader = MetricsReader::open(&RunFolder::rows_in(folder))?;
    let columns = Arc::new(Columns::new(reader.names().to_vec()));
    let measure = &run.experiment_of(Branch::A).measure;
    let (end, is_validated) = (run.step(), run.is_validated_here());
    let mut spool = Spool::new();
    while let Some(mut row) = reader.next_row()? {
        if row.step < from || row.step >= end {
            continue;
        }
        // The last row of a record is validated, and a record may measure all steps of its last window, as it ends there.
        if row.step + 1 == end && !is_validated {
            row.values.iter_mut().skip(VALIDATION).take(2).for_each(|value| *value = None);
        }
        let is_of_end = row.step + measure.window >= end && !row.step.is_multiple_of(measure.every);
        let is_for_validation = row.values.get(VALIDATION).copied().flatten().is_some();
        if !is_of_end || is_for_validation {
            spool.push(&columns, &row)?;
        }
    }
    Ok(spool)
}

impl Run {
    /// Whether the step before this one ended a pass after which a run that goes on is validated.
    fn is_validated_here(&self) -> bool {
        let every = self.experiment.measure.validate_every;
        self.epoch.first_step == self.step && every > 0 && self.epoch.number.is_multiple_of(every)
    }
}
