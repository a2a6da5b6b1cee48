//! Measurement: what is summed, where the sums lie, and at which steps.

use std::sync::Arc;

use super::builder::product;
use super::map::Map;
use super::models::scaled_by;
use super::op::{Decay, DecayShare, InjectedNoise, Op, Optimizer, Source, When};
use super::rules::Signals;
use super::slot::Slot;
use super::view::View;
use super::{Builder, Initial, Role};
use crate::experiment::{AlignmentReading, Experiment, MapShape};
use crate::expression::Tape;

/// Sums of [`Op::RowSums`], by place: |g|^2, |H|^2, <g,H>, |u|^2, <u,H>, |W|^2, <W,g>, <W,u>, <W,H>.
pub const ROW_SUMS: usize = 9;
/// Operands of each of [`ROW_SUMS`], among [`ROW_OPERANDS`].
pub const ROW_PAIRS: [(usize, usize); ROW_SUMS] =
    [(0, 0), (1, 1), (0, 1), (2, 2), (2, 1), (3, 3), (3, 0), (3, 2), (3, 1)];
/// Operands of [`Op::RowSums`], by place: g, H, u, W.
pub const ROW_OPERANDS: usize = 4;
/// Numbers that [`Op::RowSums`] leaves of a row: its sums, and the exponents of two of the operands. The sum of operands
/// a and b stands for itself times 2^(exponent of a + exponent of b), as squares of f32 go beyond what f32 holds.
pub const ROW_VALUES: usize = ROW_SUMS + ROW_OPERANDS;
/// Sums of [`Op::Forces`], by place: <W,u_signal>, <W,u_decay>, <W,eps>, |u + eps|^2.
pub const FORCES: usize = 4;
/// Numbers that [`Op::Forces`] leaves of a row: its sums, and an exponent of two that all of them are to be raised by.
pub const FORCE_VALUES: usize = FORCES + 1;
/// Changes of |W|^2 by [`Op::ChangeWeights`]: by the noise, by the update.
pub const NORM_CHANGES: usize = 2;
/// Sums of [`Op::SignSums`]: non-zeros of g, of H, product of the signs of g and H, non-zeros of u, product of u and H.
pub const SIGN_SUMS: usize = 5;
/// Sums of [`Op::PerExampleSums`]: sum of cosines, examples where defined, sum of <g(x), H(x)>.
pub const PER_EXAMPLE_SUMS: usize = 3;
/// Sums of [`Op::PairSums`]: |a|^2, |b|^2, <a,b>.
pub const PAIR_SUMS: usize = 3;
/// Values of [`Op::CloseWindow`]: gap^2, |mean g|^2, |mean H|^2, <mean g, mean H>.
pub const WINDOW_SUMS: usize = 4;

/// Exponents of two of a finished sum of products that has all of its digits.
///
/// A term that f32, or a device, takes for 0 is below 2^-126, so that 2^20 of them are a part in 2^26 of the least such
/// sum; and the largest leaves room for the sum over 2^28 rows. Sums beyond are taken again over scaled operands.
pub const KEPT_EXPONENTS: std::ops::RangeInclusive<i32> = -80..=99;

/// Which steps are measured: every n-th, and the last `window` of the run, all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasurePlan {
    /// Steps from one measurement to the next.
    pub every: u64,
    /// Window.
    pub window: u64,
    /// Steps of the run; past every step of one that has no end, whose last window is not known beforehand.
    pub total_steps: u64,
}

impl MeasurePlan {
    /// Whether step `step` is measured.
    #[must_use]
    pub fn is_measured(self, step: u64) -> bool {
        step.is_multiple_of(self.every)
            || (step < self.total_steps && step.saturating_add(self.window) >= self.total_steps)
    }

    /// The first measured step after `step`.
    fn next_measured(self, step: u64) -> u64 {
        if self.is_measured(step + 1) {
            return step + 1;
        }
        let multiple = (step / self.every + 1) * self.every;
        let last_window = self.total_steps.saturating_sub(self.window);
        if last_window > step { multiple.min(last_window) } else { multiple }
    }

    /// Whether a measured step is the last one of its tumbling window.
    #[must_use]
    pub fn closes_window(self, step: u64) -> bool {
        let next = self.next_measured(step);
        step / self.window != next / self.window
    }

    /// Measured steps of the tumbling window that `step` is in.
    #[must_use]
    pub fn steps_of_window(self, step: u64) -> u64 {
        let first = step / self.window * self.window;
        (first..first + self.window).filter(|&step| self.is_measured(step)).count() as u64
    }
}

/// Places of one layer's sums among the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerMetrics {
    /// Layer, counted from 1.
    pub layer: usize,
    /// First of [`ROW_SUMS`] totals.
    pub totals: usize,
    /// Whether the full update is among them.
    pub full_update: bool,
    /// First of [`FORCES`] totals.
    pub forces: Option<usize>,
    /// First of [`NORM_CHANGES`]; there is one where there are forces.
    pub norm_change: Option<usize>,
    /// First of [`SIGN_SUMS`].
    pub sign: Option<usize>,
    /// First of [`PER_EXAMPLE_SUMS`].
    pub per_example: Option<usize>,
    /// First of [`WINDOW_SUMS`].
    pub window: Option<usize>,
    /// First of [`PAIR_SUMS`] of the signal with minus the supervised gradient.
    pub loss_gradient: Option<usize>,
    /// First of [`PAIR_SUMS`] of minus the supervised gradient with H.
    pub gradient_hebbian: Option<usize>,
    /// First of [`PAIR_SUMS`] of the signal with the Hebbian update of post-activations.
    pub post_activation: Option<usize>,
    /// First of [`PAIR_SUMS`] of the Hebbian update of all connections with itself, where some do not exist.
    pub dense: Option<usize>,
    /// First of [`PAIR_SUMS`] of the learning signal before the clip with itself, where signals of single examples, which
    /// nobody clips, are measured beside a clip.
    pub unclipped: Option<usize>,
}

/// Places of all measured numbers of a replica.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MetricLayout {
    /// Numbers in all; place 0 is the training loss.
    pub count: usize,
    /// The penalty on activity, where there may be one. Its place is there in any case, so that it can be put on in the
    /// middle of a run.
    pub penalty: Option<usize>,
    /// Measured layers.
    pub layers: Vec<LayerMetrics>,
}

/// Place of the training loss.
pub const LOSS: usize = 0;
/// Place of the penalty on activity.
pub const PENALTY: usize = 1;

/// Cosine from |a|^2, |b|^2 and <a,b>; `None` where a vector is zero or a sum is not finite.
#[must_use]
pub fn cosine(aa: f64, bb: f64, ab: f64) -> Option<f64> {
    // The root of each by itself: the product of two small squares would underflow.
    let norms = aa.sqrt() * bb.sqrt();
    let defined = aa > 0.0 && bb > 0.0 && norms.is_finite() && ab.is_finite();
    // Rounding may leave parallel vectors a last digit beyond 1.
    defined.then(|| (ab / norms).clamp(-1.0, 1.0))
}

impl MetricLayout {
    pub(super) fn take(&mut self, count: usize) -> usize {
        let first = self.count;
        self.count += count;
        first
    }
}

/// What measurement needs to know of one map.
pub(super) struct Measured<'a> {
    pub(super) map: &'a Map,
    pub(super) signals: &'a Signals,
    pub(super) update: View,
    pub(super) decay: Decay,
    /// The optimiser's word on the decay's part of the update.
    pub(super) decay_share: Option<DecayShare>,
    /// Places of the changes of |W|^2, where the force balance is measured.
    pub(super) norm_change: Option<usize>,
}

/// Views of one layer's sums of single rows.
pub(super) struct RowViews {
    pub(super) sums: View,
    pub(super) forces: Option<View>,
}

/// Places of the changes of |W|^2 of every layer, where they are measured.
pub(super) fn declare_norm_changes(experiment: &Experiment, layout: &mut MetricLayout) -> Vec<Option<usize>> {
    let layers = 1..=experiment.layer_count();
    layers
        .map(|layer| {
            (experiment.measure.force_balance && is_measured(experiment, layer)).then(|| layout.take(NORM_CHANGES))
        })
        .collect()
}

/// Whether layer `layer`, counted from 1, is measured.
pub(super) fn is_measured(experiment: &Experiment, layer: usize) -> bool {
    experiment.measured_layers().contains(&layer)
}

/// Appends minus the supervised gradient of a map's weights, for rules that do not follow it.
pub(super) fn append_loss_gradient(builder: &mut Builder, map: &Map, delta: View) -> View {
    let weights = map.weights.trained;
    let gradient = builder.scratch(format!("supervised/{}", map.number), weights.rows, weights.columns);
    builder.push(product((delta, true), (map.input, false), gradient, 1.0 / map.input.rows as f64));
    if let Some(mask) = map.weights.mask {
        builder.push(scaled_by(gradient, mask));
    }
    gradient
}

/// Appends the square of a signal before it is clipped, where signals of single examples are measured.
pub(super) fn append_unclipped(
    builder: &mut Builder,
    experiment: &Experiment,
    layout: &mut MetricLayout,
    map: &Map,
    signals: &mut Signals,
) {
    let reads = experiment.measure.per_example || experiment.measure.alignment == AlignmentReading::PerExample;
    if reads && signals.has_deltas && is_measured(experiment, map.number) {
        let metrics = layout.take(PAIR_SUMS);
        builder.push_when(When::Measured, Op::PairSums { a: signals.weights, b: signals.weights, metrics });
        signals.unclipped = Some(metrics);
    }
}

/// Appends the measurement of one layer, and notes its places.
pub(super) fn append(
    builder: &mut Builder,
    experiment: &Experiment,
    layout: &mut MetricLayout,
    measured: &Measured<'_>,
    supervised: Option<View>,
) -> RowViews {
    let Measured { map, signals, .. } = *measured;
    let weights = map.weights.effective;
    let full_update = experiment.measure.full_update;
    let update = (full_update || measured.norm_change.is_some()).then_some(measured.update);
    let (signal, hebbian) = (signals.weights, signals.hebbian);

    let sums = builder.scratch(format!("row_sums/{}", map.number), weights.rows, ROW_VALUES);
    let totals = layout.take(ROW_SUMS);
    builder.push_when(When::Measured, Op::RowSums { signal, hebbian, update, weights, sums, metrics: totals });
    let (forces, force_metrics) = match measured.norm_change {
        Some(change) => {
            let (view, metrics) = append_forces(builder, experiment, layout, measured, sums, change);
            (Some(view), Some(metrics))
        }
        None => (None, None),
    };

    let reading = experiment.measure.alignment;
    let sign = (reading == AlignmentReading::Sign).then(|| {
        let metrics = layout.take(SIGN_SUMS);
        builder.push_when(When::Measured, Op::SignSums { signal, hebbian, update, metrics });
        metrics
    });
    let wants_examples = reading == AlignmentReading::PerExample || experiment.measure.per_example;
    let per_example = (wants_examples && signals.has_deltas).then(|| {
        let metrics = layout.take(PER_EXAMPLE_SUMS);
        let (delta, pre_activation, input) = (map.delta, map.pre_activation, map.input);
        let power = map.weights.mask.map(|mask| append_power(builder, map, mask));
        let op = Op::PerExampleSums { delta, pre_activation, input, power, metrics };
        builder.push_when(When::Measured, op);
        metrics
    });
    let window = experiment.measure.stationarity.then(|| append_window(builder, layout, measured));
    let mut pair = |builder: &mut Builder, a, b| {
        let metrics = layout.take(PAIR_SUMS);
        builder.push_when(When::Measured, Op::PairSums { a, b, metrics });
        metrics
    };
    let loss_gradient = supervised.map(|gradient| pair(builder, signal, gradient));
    let gradient_hebbian = supervised.map(|gradient| pair(builder, gradient, hebbian));
    let post_activation = experiment.measure.post_activation.then(|| {
        let post = builder.scratch(format!("hebbian_post/{}", map.number), weights.rows, weights.columns);
        let mean = 1.0 / map.input.rows as f64;
        builder.push_when(When::Measured, product((map.activity, true), (map.input, false), post, mean));
        if let Some(mask) = map.weights.mask {
            builder.push_when(When::Measured, scaled_by(post, mask));
        }
        pair(builder, signal, post)
    });
    layout.layers.push(LayerMetrics {
        layer: map.number,
        totals,
        full_update,
        forces: force_metrics,
        norm_change: measured.norm_change,
        sign,
        per_example,
        window,
        loss_gradient,
        gradient_hebbian,
        post_activation,
        dense: signals.dense,
        unclipped: signals.unclipped,
    });
    RowViews { sums, forces }
}

/// Sum of the squared inputs of each neuron's own connections, batch x out.
fn append_power(builder: &mut Builder, map: &Map, mask: View) -> View {
    let squares = builder.scratch(format!("squared_input/{}", map.number), map.input.rows, map.input.columns);
    let tape = Arc::new(Tape::elementwise("x^2", &["x"]));
    let op = Op::Evaluate { tape, operands: vec![Source::Matrix(map.input)], out: squares };
    builder.push_when(When::Measured, op);
    let power = builder.scratch(format!("input_power/{}", map.number), map.input.rows, mask.rows);
    builder.push_when(When::Measured, product((squares, false), (mask, true), power, 1.0));
    power
}

/// Splits the change of |W|^2 of one layer; `row_sums` are those of [`Op::RowSums`].
fn append_forces(
    builder: &mut Builder,
    experiment: &Experiment,
    layout: &mut MetricLayout,
    measured: &Measured<'_>,
    row_sums: View,
    noise_change: usize,
) -> (View, usize) {
    let map = measured.map;
    let weights = &map.weights;
    let forces = builder.scratch(format!("forces/{}", map.number), weights.trained.rows, FORCE_VALUES);
    let metrics = layout.take(FORCES);
    let clean = weights.is_copied().then_some(weights.trained);
    // A normalisation is part of the update at any rate of decay.
    let rates = experiment.rule.row_normalization().is_none().then_some([measured.decay.rate, Slot::L1]);
    let (signal, update) = (measured.signals.weights, measured.update);
    let decay_share = match (measured.decay_share, weights.trainable) {
        (Some(share), _) => Some(share.update),
        (None, None) => None,
        (None, Some(trainable)) => Some(append_frozen_share(builder, map, signal, update, trainable)),
    };
    let noise =
        if clean.is_none() && is_large(experiment) { weights.append_noise_again(builder) } else { weights.noise };
    let op = Op::Forces {
        row_sums,
        weights: weights.effective,
        signal,
        update,
        decay_share,
        rates,
        noise: InjectedNoise { sd: Slot::WeightSd, noise, clean },
        forces,
        metrics,
        noise_change,
    };
    builder.push_when(When::Measured, op);
    (forces, metrics)
}

/// Whether the noise on all weights is better drawn twice than kept from the beginning of a step to its measurement:
/// beyond 16 MiB of it.
fn is_large(experiment: &Experiment) -> bool {
    experiment.maps().iter().map(MapShape::weights).sum::<usize>() > 1 << 22
}

/// What of an update is not the signal's, where some weights are frozen.
fn append_frozen_share(builder: &mut Builder, map: &Map, signal: View, update: View, trainable: View) -> View {
    let out = builder.scratch(format!("decay_share/{}", map.weights.name), update.rows, update.columns);
    let names = ["update", "rate", "signal", "trainable"];
    let tape = Tape::elementwise("update - rate * signal * trainable", &names);
    let sources =
        [Source::Matrix(update), Source::Slot(Slot::LearningRate), Source::Matrix(signal), Source::Matrix(trainable)];
    let operands = tape.operands().map(|place| sources[place]).collect();
    builder.push_when(When::Measured, Op::Evaluate { tape: Arc::new(tape), operands, out });
    out
}

/// Declares where Adam keeps the decay's part of its update.
///
/// The moment begins at 0 when measurement is switched on in the middle of a run: what decay did before counts as
/// signal until Adam has forgotten it, after some 1 / (1 - beta1) steps.
pub(super) fn declare_decay_share(builder: &mut Builder, map: &Map, optimizer: &Optimizer) -> Option<DecayShare> {
    let Optimizer::Adam { coupled, .. } = *optimizer else { return None };
    let (rows, columns) = (map.weights.trained.rows, map.weights.trained.columns);
    let name = &map.weights.name;
    Some(DecayShare {
        first: coupled
            .then(|| builder.buffer(format!("decay_moment/{name}"), rows, columns, Role::State, Initial::Zero)),
        update: builder.scratch(format!("decay_share/{name}"), rows, columns),
    })
}

/// Sums of g, H and D W over the measured steps of a tumbling window.
fn append_window(builder: &mut Builder, layout: &mut MetricLayout, measured: &Measured<'_>) -> usize {
    let map = measured.map;
    let (rows, columns) = (map.weights.trained.rows, map.weights.trained.columns);
    let sum_of = |builder: &mut Builder, what: &str, from: View| {
        let name = format!("window_{what}/{}", map.number);
        let sum = builder.buffer(name, rows, columns, Role::State, Initial::Zero);
        // A step that is only looked at belongs to no window.
        builder.push_when(When::TrainingMeasured, Op::Add { from, to: sum });
        sum
    };
    let signal = sum_of(builder, "signal", measured.signals.weights);
    let hebbian = sum_of(builder, "hebbian", measured.signals.hebbian);
    let weights = sum_of(builder, "weights", measured.decay.product.unwrap_or(map.weights.effective));
    let metrics = layout.take(WINDOW_SUMS);
    let Decay { rate, diagonal, .. } = measured.decay;
    builder.push_when(When::WindowEnd, Op::CloseWindow { signal, hebbian, weights, diagonal, rate, metrics });
    metrics
}

#[cfg(test)]
mod tests {
    use super::cosine;

    #[test]
    fn a_cosine_is_within_its_range_or_undefined() {
        assert_eq!(cosine(4.0, 9.0, 3.0), Some(0.5));
        assert_eq!(cosine(1.0, 1.0, 1.000_000_2), Some(1.0));
        assert_eq!(cosine(0.0, 1.0, 0.0), None);
        assert_eq!(cosine(f64::INFINITY, 1.0, 1.0), None);
        assert_eq!(cosine(1.0, 1.0, f64::NAN), None);
        // The smallest vectors that f32 holds have a direction like others.
        let least = f64::from(f32::MIN_POSITIVE).powi(2);
        assert_eq!(cosine(least, least, least), Some(1.0));
        assert_eq!(cosine(least, 0.25, 0.25 * least.sqrt()), Some(0.5));
    }
}
