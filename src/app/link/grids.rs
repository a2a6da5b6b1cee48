//! Grids of runs on the shelf: those that were opened, and those that earlier starts of the program left. Any of their runs
//! can be brought back or laid over the present one.

use std::sync::Arc;

use super::Link;
use super::guard::{Loaded, Order, Plane};
use super::journal::Weight;
use crate::app::look::words;
use crate::record::{MetricStore, RecordError, Row};
use crate::sweep::{LeftSweep, SweepState};
use crate::training::{RunWords, ShelvedRun};

/// Grids on the shelf, beside those that somebody wants kept: of more, the oldest go. Chosen here: what a list shows.
const MOST: usize = 8;

/// Values of cells that they may have together; chosen here: some 100 MB.
const MOST_VALUES: usize = 4_000_000;

/// Runs of grids that lie over the present one: of more, the oldest go. Chosen here: as many as the shelf has of others.
const MOST_CELLS: usize = 24;

/// Numbers of runs of grids begin here; those of the trainer's shelf end before.
pub const CELL_IDS: u64 = 1 << 42;

/// A grid on the shelf.
pub struct ShelvedGrid {
    /// Its number here.
    pub id: u64,
    /// Its cells, as far as they are known.
    pub state: Arc<SweepState>,
    /// Where it can go on, if an earlier start left it.
    pub left: Option<Arc<LeftSweep>>,
    /// Whether it stays however many come after it.
    pub is_kept: bool,
}

impl ShelvedGrid {
    /// What the phase diagram shows of it.
    #[must_use]
    pub fn plane(&self) -> Plane {
        match &self.left {
            Some(left) => Plane::Left(Arc::clone(left)),
            None => Plane::Trained(Arc::clone(&self.state)),
        }
    }
}

/// A run of a grid with what it came to.
struct Laid {
    run: ShelvedRun,
    state: Arc<SweepState>,
    cell: usize,
}

/// All of them, oldest first.
#[derive(Default)]
pub struct Grids {
    all: Vec<ShelvedGrid>,
    laid: Vec<Laid>,
    count: u64,
}

impl Grids {
    /// The grids, oldest first.
    #[must_use]
    pub fn all(&self) -> &[ShelvedGrid] {
        &self.all
    }

    /// Takes note of a grid that was read from its folder; read again, it takes the place of what was read before.
    pub fn add(&mut self, state: Arc<SweepState>) {
        let is_same = |grid: &ShelvedGrid| grid.left.is_none() && grid.state.folder == state.folder;
        match self.all.iter().position(is_same).map(|place| self.all.remove(place)) {
            Some(known) => self.all.push(ShelvedGrid { state, ..known }),
            None => self.push(state, None),
        }
    }

    /// Takes note of a grid that an earlier start left.
    pub fn add_left(&mut self, left: Arc<LeftSweep>) {
        self.push(Arc::clone(left.state()), Some(left));
    }

    fn push(&mut self, state: Arc<SweepState>, left: Option<Arc<LeftSweep>>) {
        self.count += 1;
        self.all.push(ShelvedGrid { id: self.count, state, left, is_kept: false });
        let values = |grid: &ShelvedGrid| grid.state.cells.len() * grid.state.grid.names().len().max(1);
        while self.all.len() > MOST || self.all.iter().map(values).sum::<usize>() > MOST_VALUES {
            // The newest stays in any case. What an earlier start left is offered again by the next one.
            let last = self.all.len() - 1;
            let Some(place) = self.all[..last].iter().position(|grid| !grid.is_kept) else { break };
            self.all.remove(place);
        }
    }

    /// A grid that was left goes on: it is in the phase diagram, and nowhere else.
    pub fn take(&mut self, left: &Arc<LeftSweep>) {
        self.all.retain(|grid| grid.left.as_ref().is_none_or(|known| !Arc::ptr_eq(known, left)));
    }

    /// Keeps a grid on the shelf however many come after it, or lets it go with its time.
    pub fn keep(&mut self, id: u64, is_kept: bool) {
        self.all.iter_mut().filter(|grid| grid.id == id).for_each(|grid| grid.is_kept = is_kept);
    }

    /// Gives a grid up: what was read from a folder stays there, what an earlier start left is removed.
    fn discard(&mut self, id: u64) -> Result<(), RecordError> {
        let Some(place) = self.all.iter().position(|grid| grid.id == id) else { return Ok(()) };
        self.all.remove(place).left.map_or(Ok(()), |left| left.place().forget())
    }

    /// Runs of grids that were laid over the present one, oldest first.
    pub fn runs(&self) -> impl Iterator<Item = &ShelvedRun> + Clone {
        self.laid.iter().map(|laid| &laid.run)
    }

    /// Whether a run on the shelf is one of a grid.
    #[must_use]
    pub fn has(&self, run_id: u64) -> bool {
        self.laid.iter().any(|laid| laid.run.run_id == run_id)
    }

    /// The order to bring a run of a grid back.
    #[must_use]
    pub fn order(&self, run_id: u64) -> Option<Order> {
        let laid = self.laid.iter().find(|laid| laid.run.run_id == run_id)?;
        order_of_cell(&laid.state, laid.cell)
    }

    /// Takes a run of a grid off the shelf.
    pub fn lift(&mut self, run_id: u64) {
        self.laid.retain(|laid| laid.run.run_id != run_id);
    }
}

/// The order to open a cell as the window's run: at its end where its network was kept, else from its start.
#[must_use]
pub fn order_of_cell(state: &SweepState, cell: usize) -> Option<Order> {
    let mut experiment = state.grid.experiment_of(cell).ok()?;
    // The name stays, so that the plane and its plan stay.
    experiment.name.clone_from(&state.grid.experiment().name);
    // One that was kept is there at its end.
    let end = state.kept(cell);
    Some(Order::Load(Box::new(Loaded { runs: end.is_none(), end, ..Loaded::new(experiment) })))
}

impl Link {
    /// Grids of runs on the shelf.
    #[must_use]
    pub fn grids(&self) -> &Grids {
        &self.grids
    }

    /// The same, to change them.
    pub fn grids_mut(&mut self) -> &mut Grids {
        &mut self.grids
    }

    /// Gives a grid up, and says what stays of its folder.
    pub fn discard_grid(&mut self, id: u64) {
        if let Err(error) = self.grids.discard(id) {
            self.journal.say(Weight::Warning, error.to_string());
        }
    }

    /// Puts a run of a grid on the shelf under a name, laid over the present one: its values over the window at its end. One that
    /// is not at its end has none.
    pub fn lay_cell(&mut self, state: &Arc<SweepState>, cell: usize, name: String) {
        let Some(run) = run_of_cell(state, cell, CELL_IDS + self.grids.count) else { return };
        let run_id = run.run_id;
        self.grids.count += 1;
        self.grids.laid.push(Laid { run, state: Arc::clone(state), cell });
        if self.grids.laid.len() > MOST_CELLS {
            self.grids.laid.remove(0);
        }
        self.follow_notes();
        let name = words::plain(&name).into_owned();
        self.annotate(run_id, |note| (note.name, note.is_overlaid) = (name, true));
    }
}

/// A cell as a run on the shelf. A sweep records no curves: these are level over the window whose mean the values are.
fn run_of_cell(state: &SweepState, cell: usize, run_id: u64) -> Option<ShelvedRun> {
    let (grid, outcome) = (&state.grid, state.outcome(cell)?);
    let mut experiment = grid.experiment_of(cell).ok()?;
    experiment.name.clone_from(&grid.experiment().name);
    let columns = Arc::new(grid.value_columns().clone());
    let seed = grid.seed(cell);
    let mut curves = MetricStore::new(Arc::clone(&columns), &[seed]);
    let values: Vec<Option<f32>> = outcome.values.iter().map(|value| value.map(|value| value as f32)).collect();
    let last = outcome.steps.saturating_sub(1);
    let first = outcome.steps.saturating_sub(experiment.measure.window);
    for step in if first < last { vec![first, last] } else { vec![last] } {
        curves.push(&Row { step, epoch: 0, seed, values: values.clone() });
    }
    Some(ShelvedRun {
        run_id,
        experiment: Arc::new(experiment),
        interventions: Arc::default(),
        step: outcome.steps,
        seconds: 0.0,
        seeds: vec![seed],
        has_twin: false,
        columns,
        curves: Some(Arc::new(curves)),
        is_kept: true,
        left: None,
        words: RunWords::default(),
    })
}
