//! The matrices of the next step, without taking it.

use std::sync::Arc;

use ndarray::Array2;

use super::run::Run;
use super::twin::Branch;
use crate::backend::cpu::Replica;
use crate::experiment::Experiment;
use crate::program::{LayerViews, View};
use crate::record::{LayerSnapshot, SeedSnapshot, Snapshot};

/// One seed at one step.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Steps run: the matrices are those that the update of this step starts from.
    pub step: u64,
    /// Its seed.
    pub seed: u64,
    /// Its twin.
    pub branch: Branch,
    /// Whether it was the run's present, and not a look back.
    pub is_live: bool,
    /// Settings of that step.
    pub experiment: Arc<Experiment>,
    /// W, learning signal, Hebbian update and full update of every layer, of that seed.
    pub snapshot: Arc<Snapshot>,
    /// The step's weight noise of every layer, out x in; `None` while there is none.
    pub noise: Vec<Option<Array2<f32>>>,
}

impl Run {
    /// W, learning signal, Hebbian update and full update of every layer of the first `seeds` replicas, as the next
    /// step will see them.
    pub fn snapshot(&mut self, seeds: usize) -> Snapshot {
        self.snapshot_of(Branch::A, seeds)
    }

    /// As [`Self::snapshot`], of one twin.
    pub fn snapshot_of(&mut self, branch: Branch, seeds: usize) -> Snapshot {
        let program = Arc::clone(self.executor.program());
        let config = self.recorded_experiment().to_toml();
        let (step, places) = (self.step, self.replicas_of(branch));
        let replicas = self.executor.replicas_mut()[places].iter_mut();
        let seeds = replicas
            .filter(|replica| replica.divergence().is_none())
            .take(seeds)
            .map(|replica| SeedSnapshot {
                seed: replica.seed,
                layers: replica.peek(&program, |r| program.layers.iter().map(|l| read_layer(r, l)).collect()),
            })
            .collect();
        Snapshot { step, config, seeds }
    }

    /// One seed as the next step will see it, by its place among the seeds; a place beyond them is the last one. `None`
    /// for a seed that has diverged.
    pub fn moment(&mut self, branch: Branch, seed: usize, is_live: bool) -> Option<Moment> {
        let program = Arc::clone(self.executor.program());
        let config = self.recorded_experiment().to_toml();
        let experiment = Arc::new(self.experiment_of(branch).clone());
        let place = self.replicas_of(branch).start + seed.min(self.seeds.len().saturating_sub(1));
        let step = self.step;
        let is_noisy = experiment.noise.weight_sd > 0.0;
        let replica = self.executor.replicas_mut().get_mut(place).filter(|r| r.divergence().is_none())?;
        let seed = replica.seed;
        let (layers, noise) = replica.peek(&program, |r| {
            let noise = |layer: &LayerViews| {
                let drawn = program.buffer(&format!("noise/weight_noise/W{}", layer.layer)).filter(|_| is_noisy)?;
                Array2::from_shape_vec((layer.weights.rows, layer.weights.columns), r.buffer(drawn).to_vec()).ok()
            };
            let layers = program.layers.iter().map(|l| read_layer(r, l)).collect();
            (layers, program.layers.iter().map(noise).collect())
        });
        let snapshot = Arc::new(Snapshot { step, config, seeds: vec![SeedSnapshot { seed, layers }] });
        Some(Moment { step, seed, branch, is_live, experiment, snapshot, noise })
    }
}

fn read_layer(replica: &Replica<f32>, views: &LayerViews) -> LayerSnapshot {
    let matrix = |view: View| {
        // A view has rows x columns elements by construction; the default is never taken.
        Array2::from_shape_vec((view.rows, view.columns), replica.read(view)).unwrap_or_default()
    };
    LayerSnapshot {
        layer: views.layer,
        weights: matrix(views.weights),
        signal: matrix(views.signal),
        hebbian: matrix(views.hebbian),
        full_update: matrix(views.update),
    }
}
