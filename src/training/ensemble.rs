//! Runs of one program that differ in seed and hyper-parameters, trained side by side: the cells of a sweep.
//!
//! A member's numbers are those of a [`super::Run`] of the same experiment: same program, same inputs, same executor,
//! same reading of the sums.

use std::sync::Arc;

use super::collapse::COLLAPSED;
use super::error::TrainError;
use super::hyper::replica_of;
use super::memory::{self, Kept};
use super::rows;
use super::run::{compile, weight_norms};
use crate::backend::Executor;
use crate::backend::gpu::GpuDevice;
use crate::data::DataSet;
use crate::experiment::{AlignmentReading, Experiment};
use crate::program::Program;
use crate::program::measure::LayerMetrics;
use crate::record::{Columns, FinalWindow, Row};

/// One member at its start. Its seed is the experiment's first.
pub struct Member {
    /// What it trains; of all members it compiles to the same program.
    pub experiment: Experiment,
    /// Its data.
    pub data: Arc<DataSet>,
}

/// A member in training.
pub(super) struct Place {
    pub(super) experiment: Experiment,
    pub(super) data: Arc<DataSet>,
    pub(super) window: FinalWindow,
    pub(super) initial_norms: Vec<f64>,
}

/// What a member came to.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberResult {
    /// Mean over the last window of each column, in the order of [`Ensemble::columns`].
    pub means: Vec<Option<f64>>,
    /// Loss and accuracy on the validation set.
    pub validation: Option<(f64, f64)>,
    /// Steps trained.
    pub steps: u64,
    /// Measured layers that have collapsed, counted from 1.
    pub collapsed: Vec<usize>,
    /// Whether it diverged.
    pub diverged: bool,
}

/// Members in training.
pub struct Ensemble {
    pub(super) executor: Executor,
    pub(super) places: Vec<Place>,
    pub(super) columns: Arc<Columns>,
    pub(super) step: u64,
}

impl Ensemble {
    /// The program of an experiment, for all members that share it.
    ///
    /// # Errors
    /// When it needs more memory than a run may have.
    pub fn program(experiment: &Experiment) -> Result<Arc<Program>, TrainError> {
        let program = compile(experiment, experiment.total_steps())?;
        memory::check(experiment, &program, Kept::Outcome, false)?;
        Ok(program)
    }

    /// Sets every member to its start, on the CPU.
    ///
    /// # Errors
    /// When the system refuses threads.
    pub fn new(program: Arc<Program>, members: Vec<Member>, threads: usize) -> Result<Self, TrainError> {
        let columns = Arc::new(rows::columns(&program, false));
        let (mut replicas, mut places) = (Vec::with_capacity(members.len()), Vec::with_capacity(members.len()));
        for Member { experiment, data } in members {
            let seed = experiment.training.seed;
            let replica = replica_of(&experiment, &program, Arc::clone(&data), seed, 0);
            let window = FinalWindow::new(columns.names().len(), &[seed], experiment.measure.window as usize);
            places.push(Place { initial_norms: weight_norms(&program, &replica), data, window, experiment });
            replicas.push(replica);
        }
        let executor =
            Executor::new(program, replicas, threads).map_err(|source| TrainError::Threads { threads, source })?;
        Ok(Self { executor, places, columns, step: 0 })
    }

    /// Names of the values of the rows.
    #[must_use]
    pub fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// Steps of a window.
    #[must_use]
    pub fn window(&self) -> u64 {
        self.places.first().map_or(1, |place| place.experiment.measure.window)
    }

    /// Members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Steps trained.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Whether any member still trains.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.executor.is_alive()
    }

    /// The executor, to choose or ask for its device.
    #[must_use]
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// The executor, to choose its device.
    pub fn executor_mut(&mut self) -> &mut Executor {
        &mut self.executor
    }

    /// The device that trained, for the next ensemble.
    #[must_use]
    pub fn into_device(self) -> Option<GpuDevice> {
        self.executor.into_heritage().device
    }

    /// Trains every member for `steps` steps, and hands out the measured rows of each, by its place.
    pub fn advance(&mut self, steps: u64, mut sink: impl FnMut(usize, &Row)) {
        self.executor.advance(steps);
        self.step += steps;
        let program = self.executor.program();
        let places = &mut self.places;
        self.executor.for_each_measurement(|m| {
            let place = &mut places[m.replica];
            let values = rows::values(&place.experiment, program, &self.columns, &m);
            // Passes over the data are of no interest here.
            let row = Row { step: m.step, epoch: 0, seed: place.experiment.training.seed, values };
            place.window.push(&row);
            sink(m.replica, &row);
        });
    }

    /// Mean over the rows of a member's last window so far, in the order of [`Self::columns`].
    #[must_use]
    pub fn means(&self, member: usize) -> Vec<Option<f64>> {
        let place = &self.places[member];
        let seed = place.experiment.training.seed;
        (0..self.columns.names().len()).map(|column| place.window.mean(column, seed)).collect()
    }

    /// What every member has come to, as a run that ends here would have it.
    pub fn results(&mut self) -> Vec<MemberResult> {
        let program = Arc::clone(self.executor.program());
        for (replica, place) in self.executor.replicas_mut().iter_mut().zip(&mut self.places) {
            replica.check_weights(&program);
            if replica.divergence().is_some() {
                place.window.mark_diverged(place.experiment.training.seed);
            }
        }
        let validation = self.executor.evaluate();
        (0..self.places.len())
            .map(|member| {
                let replica = &self.executor.replicas()[member];
                let diverged = replica.divergence();
                MemberResult {
                    means: self.means(member),
                    validation: validation.get(member).copied().flatten(),
                    steps: diverged.map_or(self.step, |divergence| divergence.step),
                    collapsed: self.collapsed_layers(member, &program),
                    diverged: diverged.is_some(),
                }
            })
            .collect()
    }

    /// Layers with less than a thousandth of their initial norm, or without a direction at the end.
    fn collapsed_layers(&self, member: usize, program: &Program) -> Vec<usize> {
        let place = &self.places[member];
        let norms = weight_norms(program, &self.executor.replicas()[member]);
        let measured = &program.metrics.layers;
        // Without the chosen reading, undefined does not mean collapsed.
        let is_read = place.experiment.measure.alignment != AlignmentReading::PerExample
            || measured.iter().all(|layer| layer.per_example.is_some());
        let has_collapsed = |layer: &LayerMetrics| {
            let k = layer.layer - 1;
            let has_shrunk = place.initial_norms[k] > 0.0 && norms[k] < COLLAPSED * place.initial_norms[k];
            let column = self.columns.index(&format!("signal_{}", layer.layer)).filter(|_| is_read);
            has_shrunk || column.is_some_and(|column| !place.window.undefined_at_the_end(column).is_empty())
        };
        measured.iter().filter(|layer| has_collapsed(layer)).map(|layer| layer.layer).collect()
    }

    /// Keeps the members at the places that `keep` is true of.
    pub fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let kept: Vec<bool> = (0..self.places.len()).map(&mut keep).collect();
        self.executor.retain(|place| kept[place]);
        let mut place = 0;
        self.places.retain(|_| {
            place += 1;
            kept[place - 1]
        });
    }
}
