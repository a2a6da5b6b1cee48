//! Experiments of an item: a preset and what is changed of it.

use std::fmt::Display;
use std::sync::Arc;

use super::course::{CoursePlan, Keep};
use super::error::ReproduceError;
use super::plan::GridPlan;
use super::settings::Settings;
use crate::experiment::{Experiment, Purpose, resolve_for};
use crate::sweep::Grid;

/// Fields and their values.
pub(super) type Changes = &'static [(&'static str, &'static str)];

/// A preset with assignments.
#[derive(Clone, Debug)]
pub struct Recipe {
    name: String,
    preset: &'static str,
    assignments: Vec<String>,
}

impl Recipe {
    /// A preset under a name that no other recipe has: that of its folder or file.
    #[must_use]
    pub fn new(name: impl Into<String>, preset: &'static str) -> Self {
        Self { name: name.into(), preset, assignments: Vec::new() }
    }

    /// Sets a field.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Display) -> Self {
        self.assignments.push(format!("{path}={value}"));
        self
    }

    /// Sets what a variant changes.
    #[must_use]
    pub fn changed(self, changes: Changes) -> Self {
        changes.iter().fold(self, |recipe, (path, value)| recipe.set(path, value))
    }

    /// Sets fields.
    #[must_use]
    pub fn with(mut self, assignments: &[String]) -> Self {
        self.assignments.extend_from_slice(assignments);
        self
    }

    /// An axis over values: `letter` is x or y.
    #[must_use]
    pub fn over(self, letter: char, path: &str, values: &[f64]) -> Self {
        let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        self.axis(letter, path, &values)
    }

    /// An axis over values that are no numbers.
    #[must_use]
    pub fn over_texts(self, letter: char, path: &str, values: &[&str]) -> Self {
        let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        self.axis(letter, path, &values)
    }

    fn axis(self, letter: char, path: &str, values: &[String]) -> Self {
        self.set(&format!("sweep.{letter}"), path)
            .set(&format!("sweep.{letter}_values"), format!("[{}]", values.join(", ")))
    }

    /// Seeds of each cell.
    #[must_use]
    pub fn seeds(self, seeds: u64) -> Self {
        self.set("sweep.seeds", seeds)
    }

    /// What is recorded of each cell.
    #[must_use]
    pub fn record(self, what: &[&str]) -> Self {
        self.set("sweep.record", format!("{what:?}"))
    }

    fn resolved(&self, purpose: Purpose, settings: &Settings) -> Result<Experiment, ReproduceError> {
        let mut assignments = self.assignments.clone();
        if let Some(steps) = settings.steps {
            assignments.extend([format!("training.steps={steps}"), format!("measure.window={}", steps.min(100))]);
        }
        let mut experiment = resolve_for(purpose, self.preset, &assignments)?.experiment;
        experiment.name.clone_from(&self.name);
        Ok(experiment)
    }

    /// As a grid.
    ///
    /// # Errors
    /// When the experiment is not allowed.
    pub fn grid(&self, settings: &Settings) -> Result<GridPlan, ReproduceError> {
        let experiment = self.resolved(Purpose::Grid, settings)?;
        Ok(GridPlan { name: self.name.clone(), grid: Arc::new(Grid::new(&experiment)?) })
    }

    /// As a single run for each seed from the preset's first on.
    ///
    /// # Errors
    /// When the experiment is not allowed.
    pub fn courses(&self, seeds: u64, keep: &Keep, settings: &Settings) -> Result<Vec<CoursePlan>, ReproduceError> {
        let mut experiment = self.resolved(Purpose::Run, settings)?;
        experiment.sweep = None;
        experiment.training.seeds = 1;
        let first = experiment.training.seed;
        let course = |place: u64| {
            let mut experiment = experiment.clone();
            experiment.training.seed = first.wrapping_add(place);
            CoursePlan {
                name: format!("{}-seed{}", self.name, experiment.training.seed),
                experiment,
                keep: keep.clone(),
            }
        };
        Ok((0..seeds).map(course).collect())
    }
}
