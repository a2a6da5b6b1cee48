//! What an item of the paper is made of, and what is said of it.

use std::sync::Arc;

use super::claim::{Claim, Limit};
use super::course::CoursePlan;
use super::error::ReproduceError;
use super::results::Results;
use super::settings::Settings;
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

/// What an item came to.
#[derive(Debug, Default)]
pub struct Judged {
    /// Claims.
    pub claims: Vec<Claim>,
    /// Figures and tables, as the paper draws them.
    pub exhibits: Vec<Exhibit>,
}
