//! From an experiment to its step program.

use super::layers::{DenseLayer, append_evaluation, append_forward, declare_layers};
use super::measure::{self, LOSS, MeasurePlan, Measured, MetricLayout};
use super::op::{Decay, DecayShare, Op, Optimizer, Slot, View, When};
use super::rules::{self, Signals};
use super::{Builder, Initial, LayerViews, Program, Role, regularizers};
use crate::experiment::{Coupling, Experiment, RuleKind};

impl Program {
    /// Compiles the step of a validated experiment.
    #[must_use]
    pub fn compile(experiment: &Experiment) -> Self {
        let mut builder = Builder::default();
        let mut metrics = MetricLayout { count: LOSS + 1, layers: Vec::new() };
        let norm_changes = measure::declare_norm_changes(experiment, &mut metrics);
        let layers = declare_layers(&mut builder, experiment);
        let forward = append_forward(&mut builder, experiment, layers.clone(), &norm_changes);
        builder.push(Op::Loss {
            kind: experiment.training.loss,
            scale: experiment.training.loss_scale,
            output: forward.output(),
            target: forward.targets,
            delta: forward.layers[layers.len() - 1].delta,
        });
        let signals = rules::append(&mut builder, experiment, &forward);
        let supervised =
            experiment.measure.loss_gradient.then(|| measure::append_loss_gradient(&mut builder, &forward));

        let mut views = Vec::new();
        let mut changes = Vec::new();
        for (k, (layer, signal)) in layers.iter().zip(&signals).enumerate() {
            let change = append_weight_update(&mut builder, experiment, layer, signal, norm_changes[k].is_some());
            let rows = measure::is_measured(experiment, layer.layer).then(|| {
                let measured = Measured {
                    layer,
                    input: forward.activations[k],
                    post: forward.activations[k + 1],
                    signals: signal,
                    update: change.update,
                    decay: change.decay,
                    decay_share: change.decay_share,
                    noise: forward.weight_noise[k],
                    norm_change: norm_changes[k],
                };
                let gradient = supervised.as_ref().map(|g| g[k]);
                measure::append(&mut builder, experiment, &mut metrics, &measured, gradient)
            });
            views.push(LayerViews {
                layer: layer.layer,
                weights: layer.effective_weights,
                trained_weights: layer.weights,
                trained_bias: layer.bias,
                input: forward.activations[k],
                pre_activation: layer.pre_activation,
                delta: signal.has_deltas.then_some(layer.delta),
                decay: change.decay,
                signal: signal.weights,
                hebbian: signal.hebbian,
                update: change.update,
                row_sums: rows.as_ref().map(|rows| rows.sums),
                forces: rows.and_then(|rows| rows.forces),
            });
            changes.push(change);
            append_bias_update(&mut builder, experiment, layer, signal);
        }
        for ((layer, change), places) in layers.iter().zip(&changes).zip(&norm_changes) {
            append_change(&mut builder, layer, change, *places);
        }
        let step = builder.take_instructions();
        let evaluation_batch = append_evaluation(&mut builder, experiment, &layers);
        let evaluation = builder.take_instructions();
        let flops_per_step = step.iter().filter(|i| i.when != When::Unmeasured).map(|i| flops(&i.op)).sum();
        Self {
            buffers: builder.buffers,
            step,
            evaluation,
            evaluation_batch,
            noise_streams: builder.noise_streams,
            layers: views,
            metrics,
            plan: MeasurePlan {
                every: experiment.measure.every,
                window: experiment.measure.window,
                total_steps: experiment.total_steps(),
            },
            batch_size: experiment.training.batch_size,
            flops_per_step,
        }
    }
}

/// Appends the change of a layer's weights, with what it does to |W|^2 where `places` says so.
fn append_change(builder: &mut Builder, layer: &DenseLayer, change: &Change, places: Option<usize>) {
    let to = layer.weights;
    let (from, replaces) = change.replacement.map_or((change.update, false), |new| (new, true));
    let plain = if replaces { Op::Copy { from, to } } else { Op::Add { from, to } };
    match places {
        Some(first) => {
            let observed = Op::ChangeWeights { from, to, replaces, metric: first + 1 };
            builder.push_when(When::TrainingMeasured, observed);
            builder.push_when(When::TrainingUnmeasured, plain);
        }
        None => builder.push_when(When::Training, plain),
    }
}

fn flops(op: &Op) -> u64 {
    match op {
        Op::MatMul { a, b, out, transpose_a, batch, .. } => {
            let depth = if *transpose_a { a.rows } else { a.columns };
            assert!(depth == b.rows || depth == b.columns, "a product of {depth} by {} x {}", b.rows, b.columns);
            2 * (out.len() * depth * batch.count) as u64
        }
        _ => 0,
    }
}

/// What becomes of a layer's weights.
struct Change {
    update: View,
    /// The new weights, where they are not simply `W + update`.
    replacement: Option<View>,
    decay: Decay,
    decay_share: Option<DecayShare>,
}

fn append_weight_update(
    builder: &mut Builder,
    experiment: &Experiment,
    layer: &DenseLayer,
    signals: &Signals,
    splits: bool,
) -> Change {
    let matrix = regularizers::declare(builder, experiment, layer);
    let decay = regularizers::append(builder, layer, matrix);
    let name = format!("W{}", layer.layer);
    let update = builder.scratch(format!("update/{name}"), layer.weights.rows, layer.weights.columns);
    let optimizer = optimizer(builder, experiment, &name, layer.weights);
    let share = if splits { measure::declare_decay_share(builder, layer, &optimizer) } else { None };
    let weights = layer.effective_weights;
    builder.push(Op::Update { weights, signal: signals.weights, decay: Some(decay), optimizer, update, share });
    let replacement = (experiment.rule.kind == RuleKind::HebbNormalized).then(|| {
        // The full update includes the normalisation, so it is the difference of old and new weights.
        let new = builder.scratch(format!("normalized/{name}"), layer.weights.rows, layer.weights.columns);
        builder.push(Op::Copy { from: layer.weights, to: new });
        builder.push(Op::Add { from: update, to: new });
        builder.push(Op::NormalizeRows { kind: experiment.rule.normalization, x: new });
        builder.push(Op::Subtract { a: new, b: layer.weights, out: update });
        new
    });
    Change { update, replacement, decay, decay_share: share }
}

fn append_bias_update(builder: &mut Builder, experiment: &Experiment, layer: &DenseLayer, signals: &Signals) {
    let (Some(bias), Some(weights), Some(signal)) = (layer.bias, layer.effective_bias, signals.bias) else { return };
    let name = format!("b{}", layer.layer);
    let update = builder.scratch(format!("update/{name}"), 1, bias.columns);
    let optimizer = optimizer(builder, experiment, &name, bias);
    let rate = Slot::WeightDecay(layer.layer - 1);
    let decay = experiment.regularizer.decay_bias.then_some(Decay { rate, diagonal: None, product: None });
    builder.push(Op::Update { weights, signal, decay, optimizer, update, share: None });
    builder.push_when(When::Training, Op::Add { from: update, to: bias });
}

fn optimizer(builder: &mut Builder, experiment: &Experiment, name: &str, parameter: View) -> Optimizer {
    let rule = &experiment.rule;
    if rule.kind != RuleKind::Adam {
        return Optimizer::Sgd;
    }
    let mut state = |which: &str| {
        let name = format!("adam_{which}/{name}");
        builder.buffer(name, parameter.rows, parameter.columns, Role::State, Initial::Zero)
    };
    Optimizer::Adam {
        first: state("first"),
        second: state("second"),
        beta1: rule.beta1,
        beta2: rule.beta2,
        epsilon: rule.epsilon,
        coupled: experiment.regularizer.coupling == Coupling::Coupled,
    }
}
