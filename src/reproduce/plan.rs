//! What an item of the paper is made of, and what is said of it.

use std::sync::Arc;

use super::claim::{Claim, Limit};
use super::course::CoursePlan;
use super::error::ReproduceError;
use super::results::Results;
use super::settings::Settings;
use crate::experiment::fields::Change;
use crate::experiment::{ConfigError, Experiment};
use crate::record::Exhibit;
use crate::sweep::Grid;

/// A table or figure of the paper.
pub struct Item {
    /// As it is asked for: `table1`, `fig4`.
    pub id: &'static str,
    /// As the paper numbers it.
    pub label: &'static str,
    /// What it is about, in plain words.
    pub title: &'static str,
    /// What one will see, in a sentence or two.
    pub shows: &'static str,
    /// Its experiments.
    pub plan: fn(&Settings) -> Result<Plan, ReproduceError>,
    /// Its claims and figures, from what ran.
    pub judge: fn(&Settings, &[Limit], &Results) -> Judged,
}

/// Experiments of an item. Grids and runs of the same name are the same, and run once for all items.
#[derive(Debug, Default)]
pub struct Plan {
    /// Grids.
    pub grids: Vec<GridPlan>,
    /// Single runs.
    pub courses: Vec<CoursePlan>,
    /// In which ways they are less than the paper's.
    pub limits: Vec<Limit>,
    /// What the paper leaves open and was chosen.
    pub chosen: Vec<&'static str>,
}

/// A grid of runs.
#[derive(Clone, Debug)]
pub struct GridPlan {
    /// Name of its folder.
    pub name: String,
    /// The grid.
    pub grid: Arc<Grid>,
}

impl GridPlan {
    /// Experiments that take a time of their own, and their cells: only what is no value of a running step, such as the
    /// batch size, changes the work of a step or the number of steps.
    ///
    /// # Errors
    /// When the experiment of a cell is not allowed.
    pub(super) fn alike(&self) -> Result<Vec<(Experiment, Vec<usize>)>, ConfigError> {
        let grid = &self.grid;
        if grid.axes().iter().all(|axis| axis.field.change == Change::Live) {
            return Ok(vec![(grid.experiment().clone(), (0..grid.cells()).collect())]);
        }
        let points = grid.columns() * grid.rows();
        // Seeds lie behind one another.
        let of_point = |point: usize| Ok((grid.experiment_of(point)?, (point..grid.cells()).step_by(points).collect()));
        (0..points).map(of_point).collect()
    }
}

/// What an item came to.
#[derive(Debug, Default)]
pub struct Judged {
    /// Claims.
    pub claims: Vec<Claim>,
    /// Figures and tables, as the paper draws them.
    pub exhibits: Vec<Exhibit>,
}
