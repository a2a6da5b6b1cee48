//! Runs that come to rest: where a stop rule ends them, and layer by layer while one watches.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rows;
use super::run::Run;
use super::stationarity::Stationarity;
use crate::experiment::{Experiment, StopRule};
use crate::program::Program;
use crate::record::{Columns, Row};

/// A layer that may have come to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerRest {
    /// Layer, counted from 1.
    pub layer: usize,
    /// The step from which on it has been seen at rest, in every seed; `None` while it is not.
    pub since: Option<u64>,
}

impl LayerRest {
    /// Whether it was at rest after `step` steps.
    #[must_use]
    pub fn is_at(&self, step: u64) -> bool {
        self.since.is_some_and(|since| since <= step)
    }
}

/// What is known of the rest of a run of several seeds: all that have not diverged must be steady.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rest {
    seeds: Vec<(u64, Stationarity)>,
    /// Earlier rows do not count.
    #[serde(default)]
    from: u64,
}

impl Rest {
    /// That of an experiment, where it has one, from step `step` on.
    pub(super) fn of(experiment: &Experiment, columns: &Columns, layers: &[usize], step: u64) -> Option<Self> {
        let training = &experiment.training;
        let window = experiment.measure.window;
        let rule = Stationarity::new(training.into(), columns, layers, window).beginning_at(step);
        let seeds = experiment.seeds().into_iter().map(|seed| (seed, rule.clone())).collect();
        (training.stop == StopRule::Stationarity).then_some(Self { seeds, from: 0 })
    }

    /// The same of a run that has no end, for whoever watches it: of the windows that begin at step `step` or later.
    pub(super) fn watching(run: &Run) -> Self {
        let (experiment, columns) = (run.experiment(), run.columns());
        let window = experiment.measure.window;
        let from = run.step().next_multiple_of(window);
        let layers: Vec<usize> = columns.alignments().map(|(layer, _)| layer).collect();
        let rule = Stationarity::new((&experiment.training).into(), columns, &layers, window).beginning_at(from);
        Self { seeds: run.seeds().iter().map(|&seed| (seed, rule.clone())).collect(), from }
    }

    /// Whether it is about windows of that length in rows of those columns.
    pub(super) fn fits(&self, columns: &Columns, window: u64) -> bool {
        self.seeds.iter().all(|(_, rule)| rule.fits(columns, window))
    }

    /// Steps from `step` to the end of its window.
    pub(super) fn steps_left(&self, step: u64) -> u64 {
        self.seeds.first().map_or(u64::MAX, |(_, rule)| rule.steps_left(step))
    }

    /// Takes a row in.
    pub(super) fn push(&mut self, row: &Row) {
        if row.step < self.from {
            return;
        }
        let of_seed = self.seeds.iter_mut().find(|(seed, _)| *seed == row.seed);
        of_seed.into_iter().for_each(|(_, rule)| rule.push(row));
    }

    /// Whether every seed that `trains` is steady after `step` steps.
    pub(super) fn has_come(&mut self, step: u64, trains: impl Fn(u64) -> bool) -> bool {
        // Each closes its windows.
        let steady: Vec<bool> =
            self.seeds.iter_mut().filter(|(seed, _)| trains(*seed)).map(|(_, rule)| rule.is_steady(step)).collect();
        !steady.is_empty() && !steady.contains(&false)
    }

    /// Which layers were steady in every seed that `trains` when the last window ended; `step` steps have been trained.
    pub(super) fn layers(&mut self, step: u64, trains: impl Fn(u64) -> bool) -> Vec<bool> {
        if step < self.from {
            return Vec::new();
        }
        let each = self.seeds.iter_mut().filter(|(seed, _)| trains(*seed)).map(|(_, rule)| rule.steady_layers(step));
        each.reduce(|all, one| all.into_iter().zip(one).map(|(all, one)| all && one).collect()).unwrap_or_default()
    }
}

/// What a run that is watched has come to, layer by layer.
#[derive(Default)]
pub(super) struct Watched {
    rest: Option<Rest>,
    /// For whoever looks; empty before ten windows have been seen.
    pub(super) layers: Arc<Vec<LayerRest>>,
}

impl Watched {
    /// Begins anew: what was at rest moves again.
    pub(super) fn begin(&mut self) {
        *self = Self::default();
    }

    /// Steps until the next window's end.
    pub(super) fn steps_left(&mut self, run: &Run) -> u64 {
        self.rest.get_or_insert_with(|| Rest::watching(run)).steps_left(run.step())
    }

    /// Takes rows in.
    pub(super) fn push<'a>(&mut self, run: &Run, rows: impl Iterator<Item = &'a Row>) {
        let Some(rest) = &mut self.rest else { return };
        if !rest.fits(run.columns(), run.experiment().measure.window) {
            return self.begin();
        }
        rows.for_each(|row| rest.push(row));
        let found = rest.layers(run.step(), |seed| run.trains(seed));
        let numbers = run.columns().alignments().map(|(layer, _)| layer);
        let before = |layer: usize| self.layers.iter().find(|one| one.layer == layer).and_then(|one| one.since);
        let now: Vec<LayerRest> = numbers
            .zip(found)
            .map(|(layer, rests)| {
                let since = rests.then(|| before(layer).unwrap_or(run.step()));
                LayerRest { layer, since }
            })
            .collect();
        if *self.layers != now {
            self.layers = Arc::new(now);
        }
    }

    /// Whether the whole run is at rest, which is told at the end of a window.
    pub(super) fn has_come(&mut self, run: &Run) -> bool {
        let step = run.step();
        self.rest.as_mut().is_some_and(|rest| step >= rest.from && rest.has_come(step, |seed| run.trains(seed)))
    }
}

/// The stop rule of an experiment that has one, from step `step` on.
pub(super) fn rest_of(experiment: &Experiment, program: &Program, columns: &Columns, step: u64) -> Option<Rest> {
    let layers: Vec<usize> = program.metrics.layers.iter().map(|layer| layer.layer).collect();
    Rest::of(experiment, columns, &layers, step)
}

impl Run {
    /// Whether a seed has not diverged.
    fn trains(&self, seed: u64) -> bool {
        let place = self.seeds.iter().position(|known| *known == seed);
        place.is_some_and(|place| self.executor.replicas()[place].divergence().is_none())
    }

    /// Says whether stationarity may end the run, as nothing more is going to be done to it.
    pub fn let_rest(&mut self, may_rest: bool) {
        self.may_rest = may_rest;
    }

    /// Whether stationarity has ended the run, before its last step.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.is_at_rest
    }

    /// Takes the last steps into account; whether they end the run.
    pub(super) fn comes_to_rest(&mut self) -> bool {
        let Some(mut rest) = self.rest.take() else { return false };
        let (program, window) = (Arc::clone(self.executor.program()), self.experiment.measure.window);
        if !rest.fits(&self.columns, window) {
            self.rest = rest_of(&self.experiment, &program, &self.columns, self.step);
            return false;
        }
        self.executor.for_each_measurement(|m| {
            let values = rows::values(&self.experiment, &program, &self.columns, &m);
            rest.push(&Row { step: m.step, epoch: self.epoch.number, seed: self.seeds[m.replica], values });
        });
        let has_come =
            rest.has_come(self.step, |seed| self.trains(seed)) && self.may_rest && self.step < self.total_steps;
        self.rest = Some(rest);
        if has_come {
            self.total_steps = self.step;
            self.is_at_rest = true;
            self.check_weights();
        }
        has_come
    }
}
