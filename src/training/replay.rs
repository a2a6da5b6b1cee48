//! A recorded run, repeated and compared with its record row by row.

use std::path::Path;
use std::sync::Arc;

use super::deviation::{Growth, Measure};
use super::error::TrainError;
use super::rows::{FIRST_LAYER, VALIDATION};
use super::run::Run;
use super::settings::rehearse_live;
use super::twin::Branch;
use crate::experiment::Experiment;
use crate::record::{Columns, Intervention, MetricsReader, RecordError, Row};

/// Steps between two looks at the interventions and at whether to stop, at most.
const CHUNK: u64 = 64;

/// A value that came out otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// Its step.
    pub step: u64,
    /// Its seed.
    pub seed: u64,
    /// Its column; none where a whole row is missing on one side.
    pub column: Option<String>,
    /// In the record; none where it is undefined, or its row is missing.
    pub recorded: Option<f32>,
    /// In the repetition; likewise.
    pub repeated: Option<f32>,
}

/// What a repetition came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replayed {
    /// Steps repeated.
    pub steps: u64,
    /// Rows compared.
    pub rows: u64,
    /// Values compared.
    pub values: u64,
    /// The first one beyond the tolerance.
    pub first: Option<Deviation>,
    /// How many are.
    pub beyond: u64,
    /// The largest deviation: of cosines as it is, of all else as a share of the recorded value, or of what that is left of: of the greatest
    /// change of |W|² that such a step makes (force balance), of the signal's norm (stationarity gap).
    pub largest: f64,
    /// Where deviations grew gradually from 1e-6 to 1e-2, as those of another rounding do in a run that amplifies them: the step of the
    /// first, and steps until one was ten times as large.
    pub growth: Option<(u64, f64)>,
    /// Whether it was stopped before its end.
    pub is_stopped: bool,
}

/// The record of a run, read along with its repetition.
struct Record<'a> {
    reader: MetricsReader,
    next: Option<Row>,
    /// For each column of the record: what its values are measured by, and its place in the repetition's rows.
    columns: Vec<(Measure, Option<usize>)>,
    known: Option<Arc<Columns>>,
    tolerance: f64,
    /// Steps at which rows must be there; others are there in one of a run and its windowed twin brother.
    must_have: &'a dyn Fn(u64) -> bool,
    found: Replayed,
    growth: Growth,
}

impl Record<'_> {
    fn note(&mut self, deviation: Deviation, distance: f64) {
        self.found.largest = self.found.largest.max(distance);
        self.growth.push(deviation.step, distance);
        if distance > self.tolerance {
            self.found.beyond += 1;
            self.found.first.get_or_insert(deviation);
        }
    }

    fn missing(&mut self, row: &Row, is_recorded: bool) {
        let value = row.values.first().copied().flatten();
        let (recorded, repeated) = if is_recorded { (value, None) } else { (None, value) };
        let deviation = Deviation { step: row.step, seed: row.seed, column: None, recorded, repeated };
        self.note(deviation, f64::INFINITY);
    }

    /// Compares a row of the repetition with that of the record.
    fn compare(&mut self, columns: &Arc<Columns>, row: &Row) -> Result<(), RecordError> {
        if self.known.as_ref().is_none_or(|known| !Arc::ptr_eq(known, columns)) {
            let names = self.reader.names();
            let place = |name: &String| columns.names().iter().position(|other| other == name);
            self.columns = names.iter().map(|name| (Measure::of(name, names), place(name))).collect();
            self.known = Some(Arc::clone(columns));
        }
        // What the record has of earlier steps, the repetition lacks.
        while let Some(recorded) = self.next.take_if(|recorded| recorded.step < row.step) {
            self.missing(&recorded, true);
            self.next = self.reader.next_row()?;
        }
        let Some(recorded) = self.next.take_if(|recorded| (recorded.step, recorded.seed) == (row.step, row.seed))
        else {
            if (self.must_have)(row.step) {
                self.missing(row, false);
            }
            return Ok(());
        };
        self.found.rows += 1;
        for (at, value) in recorded.values.iter().enumerate() {
            let (measure, place) = self.columns[at];
            let repeated = place.and_then(|place| row.values.get(place).copied().flatten());
            self.found.values += 1;
            let distance = measure.distance(&recorded.values, *value, repeated);
            if distance > 0.0 {
                let column = Some(self.reader.names()[at].clone());
                let (step, seed) = (row.step, row.seed);
                self.note(Deviation { step, seed, column, recorded: *value, repeated }, distance);
            }
        }
        self.next = self.reader.next_row()?;
        Ok(())
    }
}

/// A record to repeat.
#[derive(Clone, Copy, Debug)]
pub struct Replay<'a> {
    /// The experiment as it started, with the steps that were run.
    pub experiment: &'a Experiment,
    /// Changes that were made on its way.
    pub interventions: &'a [Intervention],
    /// Its rows.
    pub metrics: &'a Path,
    /// The first step from which on all rows are there; those before may have been thinned.
    pub whole_from: u64,
    /// Largest deviation that is allowed, measured as [`Replayed::largest`].
    pub tolerance: f64,
    /// Worker threads.
    pub threads: usize,
}

/// Repeats a run with the changes that were made on its way and compares it with the rows of its record. `prepare` may
/// choose an executor; `go_on` is asked now and then, with the steps done, whether to.
///
/// # Errors
/// When the run cannot be started, a change cannot be made, or the record cannot be read.
pub fn replay<E: From<TrainError>>(
    of: Replay<'_>,
    prepare: impl FnOnce(&mut Run) -> Result<(), E>,
    go_on: impl FnMut(u64) -> bool,
) -> Result<Replayed, E> {
    rehearse_live(of.experiment, of.interventions)?;
    let mut run = if was_watched(of).map_err(TrainError::from)? {
        Run::live(of.experiment.clone(), of.threads, None)?
    } else {
        Run::new(of.experiment.clone(), of.threads)?
    };
    run.foresee(of.interventions);
    prepare(&mut run)?;
    Ok(repeat(of, run, go_on)?)
}

/// Whether a record was made by a run without an end, which does not know which steps will be its last: where not every step
/// is measured, a run with an end measures all of its last window.
fn was_watched(of: Replay<'_>) -> Result<bool, RecordError> {
    let last = |field: &str, from: u64| {
        let mut made = of.interventions.iter().filter(|one| one.field == field).filter_map(|one| one.new.as_u64());
        made.next_back().unwrap_or(from)
    };
    let measure = &of.experiment.measure;
    let (every, window) = (last("measure.every", measure.every), last("measure.window", measure.window));
    let end = of.experiment.total_steps();
    let is_between = |step: u64| step + window >= end && !step.is_multiple_of(every);
    if !(end.saturating_sub(window)..end).any(is_between) {
        return Ok(false);
    }
    let mut reader = MetricsReader::open(of.metrics)?;
    while let Some(row) = reader.next_row()? {
        if is_between(row.step) && row.values.iter().skip(FIRST_LAYER).any(Option::is_some) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn repeat(of: Replay<'_>, mut run: Run, mut go_on: impl FnMut(u64) -> bool) -> Result<Replayed, TrainError> {
    let Replay { experiment, interventions, metrics, whole_from, tolerance, .. } = of;
    let mut reader = MetricsReader::open(metrics)?;
    let next = reader.next_row()?;
    let mut pending = interventions.iter().filter(|one| !one.is_of_backend()).peekable();
    let every = std::cell::Cell::new(experiment.measure.every);
    let must_have = |step: u64| step >= whole_from && step.is_multiple_of(every.get());
    let found = Replayed::default();
    let is_watched = run.is_live();
    let mut held = Vec::new();
    let mut record = Record {
        reader,
        next,
        columns: Vec::new(),
        known: None,
        tolerance,
        must_have: &must_have,
        found,
        growth: Growth::default(),
    };
    let end_of = |run: &Run| if is_watched { experiment.total_steps() } else { run.total_steps() };
    while run.step() < end_of(&run) && run.is_alive() {
        if !go_on(run.step()) {
            record.found.is_stopped = true;
            break;
        }
        while let Some(due) = pending.next_if(|one| one.step <= run.step()) {
            let value = toml::Value::try_from(&due.new).map_err(|_| {
                let message = format!("{} = {} has no TOML form", due.field, due.new);
                RecordError::Line { path: metrics.to_path_buf(), line: 0, message }
            })?;
            run.set(&due.field, value, due.target.clone())?;
            every.set(run.experiment().measure.every);
        }
        run.let_rest(pending.peek().is_none());
        let limit = pending.peek().map_or(CHUNK, |next| (next.step - run.step()).clamp(1, CHUNK));
        let end = end_of(&run);
        let limit = limit.min(end - run.step());
        let columns = Arc::clone(run.columns());
        let mut failure = None;
        run.advance(limit, false, |row| {
            if is_watched && row.step + 1 == end {
                held.push(row);
            } else if failure.is_none() {
                failure = record.compare(&columns, &row).err();
            }
        });
        if let Some(failure) = failure {
            return Err(failure.into());
        }
    }
    if !record.found.is_stopped {
        if is_watched && run.step() > 0 {
            for row in last_rows(&mut run, held) {
                record.compare(run.columns(), &row)?;
            }
        }
        while let Some(row) = record.next.take() {
            record.missing(&row, true);
            record.next = record.reader.next_row()?;
        }
    }
    record.found.growth = record.growth.gradual();
    record.found.steps = run.step();
    Ok(record.found)
}

/// The rows of the last step as a session is saved with them: validated, whether they were measured or not.
fn last_rows(run: &mut Run, mut held: Vec<Row>) -> Vec<Row> {
    run.check_weights();
    let validation = run.validate(Branch::A);
    let seeds = run.seeds().to_vec();
    for (place, seed) in seeds.iter().enumerate() {
        let of_seed = validation.get(place).copied().flatten();
        match held.iter_mut().find(|row| row.seed == *seed) {
            Some(row) if row.values[VALIDATION].is_none() => run.fill_validation(&mut row.values, of_seed),
            Some(_) => {}
            None if of_seed.is_some() => held.push(run.unmeasured_row(Branch::A, place, of_seed)),
            None => {}
        }
    }
    held.sort_by_key(|row| seeds.iter().position(|seed| *seed == row.seed));
    held
}
