//! The matrices of the next step, without taking it.

use ndarray::Array2;

use super::run::Run;
use crate::backend::cpu::Replica;
use crate::program::{LayerViews, View};
use crate::record::{LayerSnapshot, SeedSnapshot, Snapshot};

impl Run {
    /// W, learning signal, Hebbian update and full update of every layer of the first `seeds` replicas, as the next
    /// step will see them.
    pub fn snapshot(&mut self, seeds: usize) -> Snapshot {
        let program = std::sync::Arc::clone(self.executor.program());
        let config = self.recorded_experiment().to_toml();
        let step = self.step;
        let replicas = self.executor.replicas_mut().iter_mut().filter(|r| r.divergence().is_none()).take(seeds);
        let seeds = replicas
            .map(|replica| SeedSnapshot {
                seed: replica.seed,
                layers: replica.peek(&program, |r| program.layers.iter().map(|l| read_layer(r, l)).collect()),
            })
            .collect();
        Snapshot { step, config, seeds }
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
