//! Expectations over batches at fixed weights, which the paper's theory speaks of: E g, E H, and what comes of them.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::run::Run;
use super::twin::Branch;
use crate::backend::cpu::Replica;
use crate::experiment::Experiment;
use crate::program::measure::cosine;
use crate::program::{MapViews, View};

/// Expectations over some batches, at the weights of one step.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// The run that they are of.
    pub run_id: u64,
    /// Steps run: the weights are those that the update of this step starts from.
    pub step: u64,
    /// Its seed.
    pub seed: u64,
    /// Batches that were asked for; 0 for one pass over the training set.
    pub asked: u64,
    /// Batches averaged over.
    pub batches: u64,
    /// Examples averaged over.
    pub examples: u64,
    /// Every layer.
    pub layers: Vec<LayerExpectations>,
    /// Settings of that step.
    pub experiment: Arc<Experiment>,
    /// What it took, in seconds.
    pub seconds: f64,
}

/// Expectations of one layer; norms are Frobenius norms, E averages over the examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerExpectations {
    /// Layer, counted from 1.
    pub layer: usize,
    /// gamma of this layer.
    pub decay: f64,
    /// |W|^2 = Tr W W^T.
    pub weight_square: f64,
    /// |E g|.
    pub signal_norm: f64,
    /// |E H|.
    pub hebbian_norm: f64,
    /// E|h_a|^2.
    pub input_square: f64,
    /// Coefficient of variation of |h_a|^2 over examples, SD over mean; `None` without inputs.
    pub input_square_cv: Option<f64>,
    /// E|h_b|^2.
    pub pre_activation_square: f64,
    /// C = E<g(x), H(x)>, before clipping (eq. 7); `None` for rules without a signal of single examples.
    pub example_product: Option<f64>,
    /// <W, E g>.
    pub weight_signal: f64,
    /// gamma <W, D W>; D is the identity for uniform decay.
    pub weight_decay: f64,
    /// <E g, E H>.
    pub signal_hebbian: f64,
    /// gamma <D W, E H>, which is gamma E|h_b|^2 for uniform decay and a layer without biases.
    pub decay_hebbian: f64,
    /// |E g - gamma D W|.
    pub gap: f64,
    /// gamma |D W|.
    pub decay_norm: f64,
    /// cos(E g, E H); `None` where one is zero.
    pub cosine: Option<f64>,
    /// cos(D W, E H); `None` where one is zero.
    pub stationary_cosine: Option<f64>,
}

impl Run {
    /// Expectations of every layer over `batches` batches that come next in a twin's replica of the seed at place `seed`
    /// (one beyond the last is the last), at the present weights and without noise; 0 batches are one pass over the
    /// training set, of whose examples those that fill no batch are left out. `None` for a seed that has diverged.
    ///
    /// Nothing of the run changes.
    pub fn expectations(&mut self, branch: Branch, seed: usize, batches: u64) -> Option<Vec<LayerExpectations>> {
        self.expect(branch, seed, batches, || true).map(|expectations| expectations.layers)
    }

    /// As [`Self::expectations`], as long as `goes_on`; `None` also when it does not.
    pub(super) fn expect(
        &mut self,
        branch: Branch,
        seed: usize,
        batches: u64,
        mut goes_on: impl FnMut() -> bool + Send,
    ) -> Option<Expectations> {
        let began = Instant::now();
        let program = Arc::clone(self.program_of(branch));
        let experiment = Arc::new(self.experiment_of(branch).clone());
        let seed_index = seed.min(self.seeds.len().saturating_sub(1));
        let place = self.replicas_of(branch).start + seed_index;
        let train_examples = self.data.get(seed_index)?.train.examples() as u64;
        let step = self.step;
        let executor = self.executor_of_mut(branch);
        let replica = executor.replicas().get(place).filter(|r| r.divergence().is_none())?;
        let seed = replica.seed;
        let cursor = replica.inputs_cursor();
        let batch_size = program.batch_size as u64;
        let (first, count) = match batches {
            0 => (cursor - cursor % train_examples.max(1), (train_examples / batch_size.max(1)).max(1)),
            _ => (cursor, batches),
        };
        let mut sums: Vec<Sums> = program.layers.iter().map(Sums::new).collect();
        let surveyed = executor.survey(place, first, count, |r, views| {
            sums[views.layer - 1].add(r, views);
            // Asked once a batch.
            if views.layer < program.layers.len() || goes_on() { Ok(()) } else { Err(()) }
        });
        surveyed.ok()?;
        let replica = &executor.replicas()[place];
        let layers = sums.into_iter().zip(&program.layers);
        let layers = layers.map(|(sums, views)| sums.finish(replica, views)).collect();
        Some(Expectations {
            run_id: 0,
            step,
            seed,
            asked: batches,
            batches: count,
            examples: count * batch_size,
            layers,
            experiment,
            seconds: began.elapsed().as_secs_f64(),
        })
    }
}

/// Sums over batches and samples of one layer.
struct Sums {
    signal: Vec<f64>,
    hebbian: Vec<f64>,
    batches: f64,
    /// Rows of its input: examples, tokens or output positions.
    samples: f64,
    input_square: f64,
    input_fourth: f64,
    pre_activation_square: f64,
    product: f64,
    /// D W as the last step had it.
    decayed: Vec<f64>,
}

impl Sums {
    fn new(views: &MapViews) -> Self {
        let elements = views.weights.len();
        Self {
            signal: vec![0.0; elements],
            hebbian: vec![0.0; elements],
            batches: 0.0,
            samples: 0.0,
            input_square: 0.0,
            input_fourth: 0.0,
            pre_activation_square: 0.0,
            product: 0.0,
            decayed: Vec::new(),
        }
    }

    fn add(&mut self, replica: &Replica<f32>, views: &MapViews) {
        for (sums, view) in [(&mut self.signal, views.signal), (&mut self.hebbian, views.hebbian)] {
            for (sums, row) in sums.chunks_exact_mut(view.columns.max(1)).zip(rows(replica, view)) {
                sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
            }
        }
        self.batches += 1.0;
        let mut deltas = views.delta.map(|view| rows(replica, view));
        for (input, pre_activation) in rows(replica, views.input).zip(rows(replica, views.pre_activation)) {
            let square = dot(input, input);
            self.samples += 1.0;
            self.input_square += square;
            self.input_fourth += square * square;
            self.pre_activation_square += dot(pre_activation, pre_activation);
            if let Some(delta) = deltas.as_mut().and_then(Iterator::next) {
                self.product += dot(delta, pre_activation) * square;
            }
        }
        if self.decayed.is_empty() {
            self.decayed = decayed(replica, views);
        }
    }

    fn finish(self, replica: &Replica<f32>, views: &MapViews) -> LayerExpectations {
        assert_eq!(views.input.rows as f64 * self.batches, self.samples, "whole batches");
        let mean = |sums: Vec<f64>| -> Vec<f64> { sums.into_iter().map(|sum| sum / self.batches).collect() };
        let (signal, hebbian) = (mean(self.signal), mean(self.hebbian));
        // Without noise the weights of the step are those that are trained.
        let weights: Vec<f64> = replica.read(views.trained_weights).into_iter().map(f64::from).collect();
        let decay = replica.hyper()[views.decay.rate.index()];
        let gap = signal.iter().zip(&self.decayed).map(|(g, dw)| (g - decay * dw).powi(2)).sum::<f64>().sqrt();
        let [signal_square, hebbian_square, decayed_square] =
            [&signal, &hebbian, &self.decayed].map(|matrix| inner(matrix, matrix));
        let input_square = self.input_square / self.samples;
        let variance = (self.input_fourth / self.samples - input_square * input_square).max(0.0);
        let (signal_hebbian, decayed_hebbian) = (inner(&signal, &hebbian), inner(&self.decayed, &hebbian));
        LayerExpectations {
            layer: views.layer,
            decay,
            weight_square: inner(&weights, &weights),
            signal_norm: signal_square.sqrt(),
            hebbian_norm: hebbian_square.sqrt(),
            input_square,
            input_square_cv: (input_square > 0.0).then(|| variance.sqrt() / input_square),
            pre_activation_square: self.pre_activation_square / self.samples,
            example_product: views.delta.map(|_| self.product / self.samples),
            weight_signal: inner(&weights, &signal),
            weight_decay: decay * inner(&weights, &self.decayed),
            signal_hebbian,
            decay_hebbian: decay * decayed_hebbian,
            gap,
            decay_norm: decay * decayed_square.sqrt(),
            cosine: cosine(signal_square, hebbian_square, signal_hebbian),
            stationary_cosine: cosine(decayed_square, hebbian_square, decayed_hebbian),
        }
    }
}

/// D W of the step that was run last.
fn decayed(replica: &Replica<f32>, views: &MapViews) -> Vec<f64> {
    let whole = |view: View| replica.read(view).into_iter().map(f64::from).collect::<Vec<_>>();
    let mut matrix = whole(views.decay.product.unwrap_or(views.weights));
    if let Some(diagonal) = views.decay.diagonal {
        let columns = views.weights.columns.max(1);
        for (row, rate) in matrix.chunks_exact_mut(columns).zip(whole(diagonal)) {
            row.iter_mut().for_each(|value| *value *= rate);
        }
    }
    matrix
}

fn rows(replica: &Replica<f32>, view: View) -> impl Iterator<Item = &[f32]> {
    let data = replica.buffer(view.buffer);
    (0..view.rows).map(move |row| {
        let from = view.offset + row * view.row_stride;
        &data[from..from + view.columns]
    })
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
