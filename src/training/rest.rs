//! The end of a run that has come to rest.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rows;
use super::run::Run;
use super::stationarity::Stationarity;
use crate::experiment::{Experiment, StopRule};
use crate::program::Program;
use crate::record::{Columns, Row};

/// The stop rule of a run of several seeds: all that have not diverged must be steady.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rest {
    seeds: Vec<(u64, Stationarity)>,
}

impl Rest {
    /// That of an experiment, where it has one, from step `step` on.
    pub(super) fn of(experiment: &Experiment, columns: &Columns, layers: &[usize], step: u64) -> Option<Self> {
        let training = &experiment.training;
        let window = experiment.measure.window;
        let rule = Stationarity::new(training.into(), columns, layers, window).beginning_at(step);
        let seeds = experiment.seeds().into_iter().map(|seed| (seed, rule.clone())).collect();
        (training.stop == StopRule::Stationarity).then_some(Self { seeds })
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
}

/// The stop rule of an experiment that has one, from step `step` on.
pub(super) fn rest_of(experiment: &Experiment, program: &Program, columns: &Columns, step: u64) -> Option<Rest> {
    let layers: Vec<usize> = program.metrics.layers.iter().map(|layer| layer.layer).collect();
    Rest::of(experiment, columns, &layers, step)
}

impl Run {
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
        let trains = |seed: u64| {
            let place = self.seeds.iter().position(|known| *known == seed);
            place.is_some_and(|place| self.executor.replicas()[place].divergence().is_none())
        };
        let has_come = rest.has_come(self.step, trains) && self.may_rest && self.step < self.total_steps;
        self.rest = Some(rest);
        if has_come {
            self.total_steps = self.step;
            self.is_at_rest = true;
            self.check_weights();
        }
        has_come
    }
}
