//! The matrices of the next step, without taking it.

use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::run::Run;
use super::twin::Branch;
use crate::backend::cpu::Replica;
use crate::experiment::Experiment;
use crate::program::{LayerViews, Program, View};
use crate::record::{
    LayerParameters, LayerSnapshot, RecordError, RunFolder, SeedParameters, SeedSnapshot, Snapshot, SnapshotWriter,
};

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
    /// W and bias as training left them, learning signal, Hebbian update and full update of every layer, of that seed.
    pub snapshot: Arc<Snapshot>,
    /// The step's weight noise of every layer, out x in; `None` while there is none.
    pub noise: Vec<Option<Array2<f32>>>,
}

impl Run {
    /// Parameters of the first `seeds` replicas as training has left them, and learning signal, Hebbian update and full
    /// update of every layer as the next step will see them.
    pub fn snapshot(&mut self, seeds: usize) -> Snapshot {
        let mut found = Vec::new();
        // Nothing that is only gathered can fail.
        let _ = self.for_each_seed(Branch::A, seeds, |one| {
            found.push(one);
            Ok::<(), std::convert::Infallible>(())
        });
        Snapshot { step: self.step, config: self.recorded_experiment().to_toml(), seeds: found }
    }

    /// Writes what [`Self::snapshot`] holds, of one twin, holding one seed at a time.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_snapshot(
        &mut self,
        branch: Branch,
        seeds: usize,
        mut writer: SnapshotWriter,
    ) -> Result<(), RecordError> {
        self.for_each_seed(branch, seeds, |one| writer.add(&one))?;
        writer.finish(self.step, &self.recorded_experiment().to_toml())
    }

    /// Writes `final.npz` of one twin: the parameters of every seed that has not diverged.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_final(&mut self, branch: Branch, folder: &RunFolder) -> Result<(), RecordError> {
        let program = Arc::clone(self.executor.program());
        let config = self.recorded_experiment().to_toml();
        let (step, places) = (self.step, self.replicas_of(branch));
        self.executor.sync();
        let replicas = self.executor.replicas()[places].iter().filter(|replica| replica.divergence().is_none());
        let seeds: Vec<_> = replicas.map(|replica| lent(replica, &program)).collect();
        folder.write_final(step, &config, &seeds)
    }

    /// Hands out the first `seeds` of a twin that have not diverged, one after the other.
    fn for_each_seed<E>(
        &mut self,
        branch: Branch,
        seeds: usize,
        mut f: impl FnMut(SeedSnapshot) -> Result<(), E>,
    ) -> Result<(), E> {
        // Half a step has no matrices.
        if self.fault().is_some() {
            return Ok(());
        }
        let program = Arc::clone(self.executor.program());
        let places = self.replicas_of(branch);
        let replicas = self.executor.replicas_mut()[places].iter_mut();
        for replica in replicas.filter(|replica| replica.divergence().is_none()).take(seeds) {
            let parameters = Parameters::of(replica, &program);
            let layers = replica.peek(&program, |r| parameters.with_matrices(r, &program));
            f(SeedSnapshot { seed: replica.seed, layers })?;
        }
        Ok(())
    }

    /// One seed as the next step will see it, by its place among the seeds; a place beyond them is the last one. `None`
    /// for a seed that has diverged, and of a run that a fault has ended.
    pub fn moment(&mut self, branch: Branch, seed: usize, is_live: bool) -> Option<Moment> {
        if self.fault().is_some() {
            return None;
        }
        let program = Arc::clone(self.executor.program());
        let config = self.recorded_experiment().to_toml();
        let experiment = Arc::new(self.experiment_of(branch).clone());
        let place = self.replicas_of(branch).start + seed.min(self.seeds.len().saturating_sub(1));
        let step = self.step;
        let is_noisy = experiment.noise.weight_sd > 0.0;
        let replica = self.executor.replicas_mut().get_mut(place).filter(|r| r.divergence().is_none())?;
        let seed = replica.seed;
        let parameters = Parameters::of(replica, &program);
        let (layers, noise) = replica.peek(&program, |r| {
            let noise = |layer: &LayerViews| {
                let drawn = program.buffer(&format!("noise/weight_noise/W{}", layer.layer)).filter(|_| is_noisy)?;
                Array2::from_shape_vec((layer.weights.rows, layer.weights.columns), r.buffer(drawn).to_vec()).ok()
            };
            (parameters.with_matrices(r, &program), program.layers.iter().map(noise).collect())
        });
        let snapshot = Arc::new(Snapshot { step, config, seeds: vec![SeedSnapshot { seed, layers }] });
        Some(Moment { step, seed, branch, is_live, experiment, snapshot, noise })
    }
}

/// The trained parameters of a replica, in its own buffers.
fn lent<'a>(replica: &'a Replica<f32>, program: &Program) -> SeedParameters<'a> {
    let of_layer = |views: &LayerViews| {
        let (w, b) = (views.trained_weights, views.trained_bias);
        // A parameter's view is the whole of its buffer, rows x columns elements.
        let weights = ArrayView2::from_shape((w.rows, w.columns), replica.buffer(w.buffer)).ok()?;
        let bias = b.map(|view| ArrayView1::from(replica.buffer(view.buffer)));
        Some(LayerParameters { layer: views.layer, weights, bias })
    };
    SeedParameters { seed: replica.seed, layers: program.layers.iter().filter_map(of_layer).collect() }
}

/// Weights and biases of every layer, read before the next step's noise comes to them.
struct Parameters(Vec<(Array2<f32>, Option<Array1<f32>>)>);

impl Parameters {
    fn of(replica: &Replica<f32>, program: &Program) -> Self {
        let bias = |views: &LayerViews| views.trained_bias.map(|view| Array1::from(replica.read(view)));
        Self(program.layers.iter().map(|l| (matrix(replica, l.trained_weights), bias(l))).collect())
    }

    /// With the matrices of the step that `replica` has just peeked at.
    fn with_matrices(self, replica: &Replica<f32>, program: &Program) -> Vec<LayerSnapshot> {
        let layers = program.layers.iter().zip(self.0);
        layers
            .map(|(views, (weights, bias))| LayerSnapshot {
                layer: views.layer,
                weights,
                bias,
                signal: matrix(replica, views.signal),
                hebbian: matrix(replica, views.hebbian),
                full_update: matrix(replica, views.update),
            })
            .collect()
    }
}

fn matrix(replica: &Replica<f32>, view: View) -> Array2<f32> {
    // A view has rows x columns elements by construction; the default is never taken.
    Array2::from_shape_vec((view.rows, view.columns), replica.read(view)).unwrap_or_default()
}
