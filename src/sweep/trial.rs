//! One cell from its start to its outcome, or several side by side.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::SweepError;
use super::grid::Grid;
use super::outcome::{CollapsedLayers, Outcome};
use super::states::CellStates;
use crate::record::{Columns, Row};
use crate::training::{Ensemble, FoundRun, MemberResult, Stationarity, StoredRun, TrainError};

/// Training between two times that states are written, as a multiple of what that takes; chosen here: 2 % of the time.
const SHARE: u32 = 50;

/// Where a value of an outcome comes from.
#[derive(Clone, Copy)]
enum Source {
    Column(usize),
    ValidationLoss,
    Accuracy,
    Nothing,
}

fn picked(grid: &Grid, columns: &Columns, has_classes: bool) -> Arc<Vec<Source>> {
    let source = |name: &String| match name.as_str() {
        "validation_loss" => Source::ValidationLoss,
        // Beside data with classes a grid may have some without.
        "validation_accuracy" if has_classes => Source::Accuracy,
        "validation_accuracy" => Source::Nothing,
        name => columns.index(name).map_or(Source::Nothing, Source::Column),
    };
    Arc::new(grid.names().iter().map(source).collect())
}

struct Cell {
    cell: usize,
    rule: Option<Stationarity>,
    /// Sums and numbers of the defined values of the rows of the last slice.
    recent: Vec<(f64, f64)>,
    rows: usize,
}

/// One cell in training, or several of one program side by side.
pub struct Trial {
    cells: Vec<Cell>,
    ensemble: Ensemble,
    total: u64,
    picked: Arc<Vec<Source>>,
    grid: Arc<Grid>,
    /// Where states of its cells lie.
    states: Option<Arc<CellStates>>,
    /// When it began, went on, or was written last.
    since: Instant,
    /// How long writing them took last.
    writing: Duration,
    /// A cell whose state at its end could not be kept, and why.
    failure: Option<(usize, SweepError)>,
}

impl Trial {
    /// Cells at their start, each with the rule that may end it, which train in the ensemble in that order.
    pub(super) fn new(
        grid: Arc<Grid>,
        cells: Vec<(usize, Option<Stationarity>)>,
        ensemble: Ensemble,
        total: u64,
        has_classes: bool,
    ) -> Self {
        let cell = |(cell, rule)| Cell { cell, rule, recent: Vec::new(), rows: 0 };
        Self {
            cells: cells.into_iter().map(cell).collect(),
            picked: picked(&grid, ensemble.columns(), has_classes),
            ensemble,
            total,
            grid,
            states: None,
            since: Instant::now(),
            writing: Duration::ZERO,
            failure: None,
        }
    }

    /// The cells still in training.
    pub fn cells(&self) -> impl Iterator<Item = usize> {
        self.cells.iter().map(|cell| cell.cell)
    }

    /// Gives the one cell its place in another grid.
    pub(super) fn move_to(&mut self, grid: Arc<Grid>, cell: usize) {
        self.grid = grid;
        for known in &mut self.cells {
            known.cell = cell;
        }
    }

    /// The ensemble, to choose its device.
    pub fn ensemble_mut(&mut self) -> &mut Ensemble {
        &mut self.ensemble
    }

    /// The ensemble, to take its device out.
    #[must_use]
    pub fn into_ensemble(self) -> Ensemble {
        self.ensemble
    }

    /// Steps trained.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.ensemble.step()
    }

    /// Steps that the cell trains at most.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Trains up to `steps` steps; hands out the cells that are at their end.
    pub fn train(&mut self, steps: u64) -> Vec<(usize, Outcome)> {
        for cell in &mut self.cells {
            cell.recent.clear();
            cell.rows = 0;
        }
        let end = self.step().saturating_add(steps).min(self.total);
        let mut finished = Vec::new();
        while self.step() < end && !self.cells.is_empty() {
            let step = self.step();
            let to_window = self.cells[0].rule.as_ref().map_or(u64::MAX, |rule| rule.steps_left(step));
            let cells = &mut self.cells;
            self.ensemble.advance((end - step).min(to_window), |place, row| {
                let cell = &mut cells[place];
                cell.recent.resize(row.values.len(), (0.0, 0.0));
                cell.rows += 1;
                for (sum, value) in cell.recent.iter_mut().zip(&row.values) {
                    if let Some(value) = value {
                        *sum = (sum.0 + f64::from(*value), sum.1 + 1.0);
                    }
                }
                if let Some(rule) = &mut cell.rule {
                    rule.push(row);
                }
            });
            let step = self.step();
            let is_over = step == self.total || !self.ensemble.is_alive();
            let is_steady = |cell: &mut Cell| cell.rule.as_mut().is_some_and(|rule| rule.is_steady(step));
            let over: Vec<bool> = self.cells.iter_mut().map(|cell| is_steady(cell) || is_over).collect();
            if over.contains(&true) {
                finished.extend(self.take_finished(&over));
            }
        }
        finished
    }

    /// Keeps states of its cells from here on, and goes on where an earlier process was: the step, where there is one. Several
    /// cells are at one step, and go on where all of them have a state of the same.
    ///
    /// # Errors
    /// When there is a state that cannot be used; the cells begin anew then.
    pub(super) fn keep_states(&mut self, states: Arc<CellStates>) -> Result<Option<u64>, TrainError> {
        let taken = states.take_up(self);
        self.states = Some(states);
        self.since = Instant::now();
        taken
    }

    /// Writes the states of its cells, if it has trained for `least` since the last ones; less often where that takes long.
    pub(super) fn write_state(&mut self, least: Duration) -> Result<(), SweepError> {
        let least = least.max(SHARE * self.writing);
        let Some(states) = self.states.clone().filter(|_| self.since.elapsed() >= least) else { return Ok(()) };
        if self.step() == 0 {
            return Ok(());
        }
        let began = Instant::now();
        let written = (0..self.cells.len()).try_for_each(|place| states.write(self, place));
        self.since = Instant::now();
        self.writing = began.elapsed();
        written
    }

    /// A cell whose state at its end could not be kept, and why; once.
    pub(super) fn take_failure(&mut self) -> Option<(usize, SweepError)> {
        self.failure.take()
    }

    fn keep_finished(&mut self, over: &[bool]) {
        let Some(states) = self.states.clone() else { return };
        for place in (0..self.cells.len()).filter(|place| over[*place]) {
            if states.keeps_weights() {
                let cell = self.cells[place].cell;
                if let Err(error) = states.write(self, place) {
                    self.failure.get_or_insert((cell, error));
                }
            } else {
                states.remove(self.key(place));
            }
        }
    }

    /// [`Grid::key`] of a cell, by its place here.
    pub(super) fn key(&self, place: usize) -> u64 {
        self.grid.key(self.cells[place].cell)
    }

    pub(super) fn ensemble(&self) -> &Ensemble {
        &self.ensemble
    }

    pub(super) fn rule(&self, place: usize) -> Option<&Stationarity> {
        self.cells[place].rule.as_ref()
    }

    /// A cell as a run of its own.
    pub(super) fn stored(&mut self, place: usize) -> Result<StoredRun, TrainError> {
        let initial = self.grid.experiment_of(self.cells[place].cell)?;
        Ok(self.ensemble.stored(place, initial))
    }

    /// Goes on where a state has a cell, by its place here; whether it can.
    pub(super) fn take_up(
        &mut self,
        place: usize,
        found: FoundRun,
        rows: &[Row],
        rule: Option<Stationarity>,
    ) -> Result<bool, TrainError> {
        let window = self.ensemble.window();
        let fits = |rule: &Stationarity| rule.fits(self.ensemble.columns(), window);
        let is_sound = rule.as_ref().is_none_or(fits) && rule.is_some() == self.cells[place].rule.is_some();
        if is_sound {
            self.ensemble.take_up(place, found, rows)?;
            self.cells[place].rule = rule;
        }
        Ok(is_sound)
    }

    fn take_finished(&mut self, over: &[bool]) -> Vec<(usize, Outcome)> {
        let results = self.ensemble.results();
        self.keep_finished(over);
        let pairs = self.cells.iter().zip(&results).zip(over);
        let finished =
            pairs.filter(|(_, over)| **over).map(|((cell, result), _)| (cell.cell, self.outcome(result))).collect();
        self.ensemble.retain(|place| !over[place]);
        let mut place = 0;
        self.cells.retain(|_| {
            place += 1;
            !over[place - 1]
        });
        finished
    }

    fn outcome(&self, result: &MemberResult) -> Outcome {
        // As a run's rows have them: single precision, and undefined where not finite.
        let single = |value: f64| Some(value as f32).filter(|v| v.is_finite()).map(f64::from);
        let value = |source: &Source| match source {
            Source::Column(column) => result.means[*column],
            Source::ValidationLoss => result.validation.and_then(|(loss, _)| single(loss)),
            Source::Accuracy => result.validation.and_then(|(_, accuracy)| single(accuracy)),
            Source::Nothing => None,
        };
        Outcome {
            values: self.picked.iter().map(value).collect(),
            steps: result.steps,
            collapsed: CollapsedLayers::of(result.collapsed.clone()),
            diverged: result.diverged,
        }
    }

    /// Values of the cells as they are now: means over the rows measured by the last call of [`Self::train`]; none where
    /// it measured none.
    pub fn provisional(&self) -> impl Iterator<Item = (usize, Vec<Option<f64>>)> {
        self.cells.iter().filter(|cell| cell.rows > 0).map(|cell| {
            let mean = |column: &usize| cell.recent.get(*column).filter(|sum| sum.1 > 0.0).map(|sum| sum.0 / sum.1);
            let value = |source: &Source| match source {
                Source::Column(column) => mean(column),
                _ => None,
            };
            (cell.cell, self.picked.iter().map(value).collect())
        })
    }
}
