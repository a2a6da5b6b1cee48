//! What ran, by the names of grids and runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::course::CourseRecord;
use super::error::ReproduceError;
use super::evidence::Sample;
use super::folder::ReproductionFolder;
use super::plan::Plan;
use crate::sweep::{Gathered, Grid, Outcome, Place, Plane, SweepState, gather};

/// Outcomes of grids and runs.
#[derive(Default)]
pub struct Results {
    grids: BTreeMap<String, GridResults>,
    courses: BTreeMap<String, CourseRecord>,
    units: usize,
    done: usize,
    /// Cells and runs that could not be trained, in words.
    pub failed: Vec<String>,
}

/// Outcomes of a grid.
pub struct GridResults {
    grid: Arc<Grid>,
    gathered: Gathered,
    folder: PathBuf,
}

impl Results {
    /// Reads what a folder holds of a plan.
    ///
    /// # Errors
    /// When a file cannot be read or is of another version.
    pub fn read(folder: &ReproductionFolder, plan: &Plan) -> Result<Self, ReproduceError> {
        let mut results = Self::default();
        for one in &plan.grids {
            let path = folder.grid(&one.name);
            let gathered = gather(&one.grid, std::slice::from_ref(&path))?;
            gathered.check_computation(&path)?;
            results.units += one.grid.cells();
            results.done += gathered.done();
            let failed = gathered
                .failed
                .iter()
                .map(|(cell, words)| format!("{}: {}: {words}", one.name, one.grid.describe(*cell)));
            results.failed.extend(failed);
            results.grids.insert(one.name.clone(), GridResults { grid: Arc::clone(&one.grid), gathered, folder: path });
        }
        for one in &plan.courses {
            results.units += 1;
            if let Some(record) = folder.course(one)? {
                results.done += 1;
                results.courses.insert(one.name.clone(), record);
            }
        }
        Ok(results)
    }

    /// Cells and runs, and how many of them are at their end.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.units)
    }

    /// A grid; `None` where the plan has none of that name.
    #[must_use]
    pub fn grid(&self, name: &str) -> Option<&GridResults> {
        self.grids.get(name)
    }

    /// Whether a run is at its end, by its own name.
    #[must_use]
    pub fn has_course(&self, name: &str) -> bool {
        self.courses.contains_key(name)
    }

    /// Records of the runs of a recipe, by seed; those that are not at their end are left out.
    #[must_use]
    pub fn courses(&self, name: &str) -> Vec<&CourseRecord> {
        let prefix = format!("{name}-seed");
        let seed = |name: &str| name.strip_prefix(&prefix)?.parse::<u64>().ok();
        let mut found: Vec<_> = self.courses.iter().filter_map(|(name, record)| Some((seed(name)?, record))).collect();
        found.sort_by_key(|(seed, _)| *seed);
        found.into_iter().map(|(_, record)| record).collect()
    }

    /// Executors of what ran, each once.
    #[must_use]
    pub fn backends(&self) -> Vec<String> {
        let of_grids = self.grids.values().flat_map(|one| one.gathered.backends.iter().cloned());
        let mut all: Vec<String> = of_grids.chain(self.courses.values().map(|one| one.backend.clone())).collect();
        all.sort();
        all.dedup();
        all
    }
}

impl GridResults {
    /// The grid.
    #[must_use]
    pub fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }

    /// What is there of a cell.
    #[must_use]
    pub fn outcome(&self, cell: usize) -> Option<&Outcome> {
        self.gathered.outcomes.get(cell)?.as_ref()
    }

    /// A quantity of a point over its seeds, but for those where its layer has collapsed.
    #[must_use]
    pub fn sample(&self, name: &str, column: usize, row: usize) -> Sample {
        let at = self.grid.names().iter().position(|known| known == name);
        let layer = at.and_then(|at| self.grid.layer_of(at));
        let mut sample = Sample::default();
        for seed_place in 0..self.grid.seeds().len() {
            match self.outcome(self.grid.cell(Place { column, row, seed_place })) {
                None => sample.missing += 1,
                Some(outcome) => {
                    let has_collapsed = outcome.collapsed.has(layer);
                    sample.collapsed += usize::from(has_collapsed);
                    sample.diverged += usize::from(outcome.diverged && !has_collapsed);
                    let is_sound = !has_collapsed && !outcome.diverged;
                    sample
                        .values
                        .extend(at.filter(|_| is_sound).and_then(|at| outcome.values.get(at).copied().flatten()));
                }
            }
        }
        sample
    }

    /// A quantity along the horizontal axis.
    #[must_use]
    pub fn row(&self, name: &str, row: usize) -> Vec<Sample> {
        (0..self.grid.columns()).map(|column| self.sample(name, column, row)).collect()
    }

    /// A quantity along the vertical axis.
    #[must_use]
    pub fn column(&self, name: &str, column: usize) -> Vec<Sample> {
        (0..self.grid.rows()).map(|row| self.sample(name, column, row)).collect()
    }

    /// Values of a cell and whether they are final, as figures of sweeps take them.
    #[must_use]
    pub fn values(&self, cell: usize) -> Option<(&[Option<f64>], bool)> {
        self.outcome(cell).map(|outcome| (outcome.values.as_slice(), true))
    }

    /// A quantity over the plane.
    #[must_use]
    pub fn plane(&self, name: &str) -> Plane {
        Plane::new(&self.grid, name, |cell| self.values(cell))
    }

    /// As the state of a live sweep that is over, with what there is to know of it.
    #[must_use]
    pub fn snapshot(&self, notice: String) -> SweepState {
        SweepState::recorded(&self.grid, &self.gathered, self.folder.clone(), notice)
    }

    /// Two quantities of every cell and seed that has both.
    #[must_use]
    pub fn pairs(&self, x: &str, y: &str) -> Vec<(f64, f64)> {
        let place = |name: &str| self.grid.names().iter().position(|known| known == name);
        let Some((x, y)) = place(x).zip(place(y)) else { return Vec::new() };
        let layers = [x, y].map(|at| self.grid.layer_of(at));
        let is_sound = |one: &&Outcome| !one.diverged && !layers.iter().any(|layer| one.collapsed.has(*layer));
        let sound = (0..self.grid.cells()).filter_map(|cell| self.outcome(cell)).filter(is_sound);
        sound.filter_map(|one| Some((one.values[x]?, one.values[y]?))).collect()
    }
}
