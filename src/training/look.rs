//! The matrices of the next step, without taking it.

use std::sync::Arc;

use ndarray::{Array1, Array2};

use super::parameters::lent;
use super::run::Run;
use super::twin::Branch;
use crate::backend::cpu::Sight;
use crate::experiment::Experiment;
use crate::program::{MapViews, View};
use crate::record::{LayerSnapshot, RecordError, RunFolder, SeedSnapshot, Snapshot, SnapshotWriter};

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
        let mut found: Vec<SeedSnapshot> = Vec::new();
        // Nothing that is only gathered can fail.
        let _ = self.for_each_layer(Branch::A, seeds, |seed, sight, views| {
            let one = matrices(&sight, views);
            match found.last_mut().filter(|last| last.seed == seed) {
                Some(last) => last.layers.push(one),
                None => found.push(SeedSnapshot { seed, layers: vec![one] }),
            }
            Ok::<(), std::convert::Infallible>(())
        });
        Snapshot { step: self.step, config: self.recorded_experiment().to_toml(), seeds: found }
    }

    /// Writes what [`Self::snapshot`] holds, of one twin, holding one matrix at a time.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_snapshot(
        &mut self,
        branch: Branch,
        seeds: usize,
        mut writer: SnapshotWriter,
    ) -> Result<(), RecordError> {
        self.for_each_layer(branch, seeds, |seed, sight, views| {
            let layer = views.layer;
            let weights = views.trained_weights;
            writer.add(seed, layer, "W", shaped(weights, sight.trained(weights)).view())?;
            if let Some(bias) = views.trained_bias {
                writer.add(seed, layer, "b", Array1::from(sight.trained(bias)).view())?;
            }
            for (name, view) in [("signal", views.signal), ("hebbian", views.hebbian), ("full_update", views.update)] {
                writer.add(seed, layer, name, shaped(view, sight.read(view)).view())?;
            }
            Ok(())
        })?;
        writer.finish(self.step, &self.recorded_experiment().to_toml())
    }

    /// Writes `final.npz` of one twin: the parameters of every seed that has not diverged.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_final(&mut self, branch: Branch, folder: &RunFolder) -> Result<(), RecordError> {
        let config = self.recorded_experiment().to_toml();
        let step = self.step;
        self.executor_of_mut(branch).sync();
        let (program, experiment) = (self.program_of(branch), self.experiment_of(branch));
        let replicas = self.networks(branch).iter().filter(|replica| replica.divergence().is_none());
        let seeds: Vec<_> = replicas.map(|replica| lent(replica, program, experiment)).collect();
        folder.write_final(step, &config, &seeds)
    }

    /// Looks at the layers of the first `seeds` of a twin that have not diverged, one after the other.
    fn for_each_layer<E: Send>(
        &mut self,
        branch: Branch,
        seeds: usize,
        mut f: impl FnMut(u64, Sight<'_, f32>, &MapViews) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        // Half a step has no matrices.
        if self.fault().is_some() {
            return Ok(());
        }
        let executor = self.executor_of(branch);
        let alive = self.replicas_of(branch).filter(|&place| executor.replicas()[place].divergence().is_none());
        for place in alive.take(seeds).collect::<Vec<_>>() {
            let executor = self.executor_of_mut(branch);
            let seed = executor.replicas()[place].seed;
            executor.look(place, false, |sight, views| f(seed, sight, views))?;
        }
        Ok(())
    }

    /// One seed as the next step will see it, by its place among the seeds; a place beyond them is the last one. `None`
    /// for a seed that has diverged, and of a run that a fault has ended.
    pub fn moment(&mut self, branch: Branch, seed: usize, is_live: bool) -> Option<Moment> {
        if self.fault().is_some() {
            return None;
        }
        let config = self.recorded_experiment().to_toml();
        let experiment = Arc::new(self.experiment_of(branch).clone());
        let place = self.replicas_of(branch).start + seed.min(self.seeds.len().saturating_sub(1));
        let step = self.step;
        let is_noisy = experiment.noise.weight_sd > 0.0;
        let executor = self.executor_of_mut(branch);
        let seed = executor.replicas().get(place).filter(|r| r.divergence().is_none())?.seed;
        let (mut layers, mut noise) = (Vec::new(), Vec::new());
        let looked = executor.look(place, is_noisy, |mut sight, views| {
            layers.push(matrices(&sight, views));
            noise.push(sight.noise.take().map(|noise| shaped(views.trained_weights, noise)));
            Ok::<(), std::convert::Infallible>(())
        });
        looked.ok()?;
        let snapshot = Arc::new(Snapshot { step, config, seeds: vec![SeedSnapshot { seed, layers }] });
        Some(Moment { step, seed, branch, is_live, experiment, snapshot, noise })
    }
}

/// The matrices of a layer at a step that is looked at.
fn matrices(sight: &Sight<'_, f32>, views: &MapViews) -> LayerSnapshot {
    let matrix = |view: View| shaped(view, sight.read(view));
    LayerSnapshot {
        layer: views.layer,
        weights: shaped(views.trained_weights, sight.trained(views.trained_weights)),
        bias: views.trained_bias.map(|view| Array1::from(sight.trained(view))),
        signal: matrix(views.signal),
        hebbian: matrix(views.hebbian),
        full_update: matrix(views.update),
    }
}

fn shaped(view: View, values: Vec<f32>) -> Array2<f32> {
    // A view has rows x columns elements by construction; the default is never taken.
    Array2::from_shape_vec((view.rows, view.columns), values).unwrap_or_default()
}
