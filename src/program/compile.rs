//! From an experiment to its step program.

use serde::{Deserialize, Serialize};

use super::check::check;
use super::graph::{Graph, Mode, Value};
use super::map::{Map, Parameter};
use super::measure::{self, MeasurePlan, Measured, MetricLayout, PENALTY};
use super::memory::{List, MemoryPlan};
use super::models::{self, Network, scaled_by};
use super::op::{Decay, DecayShare, Op, Optimizer, When};
use super::rules::{self, Signals};
use super::slot::Slot;
use super::view::{BufferId, View};
use super::{Builder, Initial, MapViews, Program, Role, regularizers};
use crate::experiment::{Coupling, DataKind, Experiment, MapShape, ModelKind, RuleKind};

/// Live settings that a program costs memory or time for only where it is compiled with them.
///
/// One without a switch is right while the setting is 0; one with it is right at any value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switches {
    /// `rule.clip`: all signals are kept until their common norm is known.
    pub clip: bool,
    /// `model.dropout`.
    pub dropout: bool,
    /// `regularizer.activation_penalty`.
    pub activation_penalty: bool,
}

impl Switches {
    /// Those that an experiment needs.
    #[must_use]
    pub fn of(experiment: &Experiment) -> Self {
        // The other networks have neither.
        let has_hidden = !experiment.model.hidden.is_empty() && experiment.model.kind == ModelKind::Mlp;
        let minimises = matches!(experiment.rule.kind, RuleKind::Sgd | RuleKind::Adam);
        Self {
            clip: experiment.rule.clip != 0.0,
            dropout: experiment.model.dropout != 0.0 && has_hidden,
            activation_penalty: experiment.regularizer.activation_penalty != 0.0 && has_hidden && minimises,
        }
    }

    /// Those that either of two needs.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            clip: self.clip || other.clip,
            dropout: self.dropout || other.dropout,
            activation_penalty: self.activation_penalty || other.activation_penalty,
        }
    }

    /// Whether it has all that another has.
    #[must_use]
    pub fn include(self, other: Self) -> bool {
        self.or(other) == self
    }
}

impl Program {
    /// Compiles the step of a validated experiment.
    #[must_use]
    pub fn compile(experiment: &Experiment) -> Self {
        Self::compile_for(experiment, Switches::of(experiment))
    }

    /// As [`Self::compile`], for experiments that differ from `experiment` in live settings, of which `switches` says
    /// which are other than 0.
    ///
    /// # Panics
    /// When what was compiled reads what is not written or overwrites what it reads, which is a fault of this program.
    #[must_use]
    pub fn compile_for(experiment: &Experiment, switches: Switches) -> Self {
        let mut builder = Builder::default();
        let mut metrics = MetricLayout { count: PENALTY + 1, ..MetricLayout::default() };
        let norm_changes = measure::declare_norm_changes(experiment, &mut metrics);
        let network = models::declare(&mut builder, experiment, switches);
        for parameter in network.parameters() {
            let is_weights = parameter.kind == super::ParameterKind::Weights;
            let observed = norm_changes[parameter.layer - 1].filter(|_| is_weights);
            parameter.append_noise(&mut builder, observed);
        }
        let (graph, ends) = append_forward(&mut builder, experiment, &*network, &mut metrics);
        let output = ends.output;
        let prepared = rules::prepare(&mut builder, experiment, &graph, &ends);
        let supervised = experiment
            .measure
            .loss_gradient
            .then(|| rules::supervised_deltas(&mut builder, &graph, output, "supervised_").0);

        let labels = experiment.maps().into_iter().map(|map| map.label).collect();
        let mut step = Step { builder: &mut builder, experiment, metrics: &mut metrics, labels, views: Vec::new() };
        let signals_of = |step: &mut Step<'_>, map: &Map| {
            rules::append(step.builder, experiment, step.metrics, &graph, map, &prepared)
        };
        let clips = switches.clip && experiment.rule.kind != RuleKind::RandomNn;
        let mut early: Option<Vec<Signals>> =
            clips.then(|| graph.maps.iter().map(|map| signals_of(&mut step, map)).collect());
        if let Some(signals) = &mut early {
            for (map, signals) in graph.maps.iter().zip(signals.iter_mut()) {
                measure::append_unclipped(step.builder, experiment, step.metrics, map, signals);
            }
            let views = signals.iter().flat_map(Signals::views).collect();
            step.builder.push_unless_zero(Slot::Clip, Op::Clip { views, limit: Slot::Clip });
        }
        for (place, map) in graph.maps.iter().enumerate() {
            let signals = match &early {
                Some(signals) => signals[place].clone(),
                None => signals_of(&mut step, map),
            };
            step.append(map, &signals, norm_changes[place], supervised.as_ref().map(|deltas| deltas[place]));
        }
        let views = step.views;
        let step = builder.take_instructions();
        let evaluation_batch = append_evaluation(&mut builder, experiment, &*network);
        let evaluation = builder.take_instructions();
        let flops_per_step = step.iter().filter(|i| i.when != When::Unmeasured).map(|i| flops(&i.op)).sum();
        let given = [evaluation_batch.0, evaluation_batch.1];
        for (list, given) in [(&step, &[][..]), (&evaluation, &given[..])] {
            check(&builder.buffers, list, given)
                .unwrap_or_else(|fault| panic!("the compiled program is wrong: {fault}"));
        }
        let to_the_end = views.iter().flat_map(|views| views.row_sums.into_iter().chain(views.forces));
        let to_the_end = to_the_end.map(|view| (view.buffer, step.len()));
        let passing = views.iter().flat_map(|views| views.passing().map(|view| (view.buffer, views.ready)));
        let kept: Vec<(BufferId, usize)> = to_the_end.chain(passing).collect();
        let memory = MemoryPlan::shared(
            &builder.buffers,
            &[
                List { instructions: &step, given: &[], kept: &kept },
                List { instructions: &evaluation, given: &given.map(|view| view.buffer), kept: &[] },
            ],
        );
        Self {
            memory,
            parameters: network.parameters().into_iter().cloned().collect(),
            buffers: builder.buffers,
            step,
            evaluation,
            evaluation_batch,
            noise_streams: builder.noise_streams,
            slots: Slot::count(graph.maps.len(), experiment.rule.parameter_values().len()),
            layers: views,
            metrics,
            plan: MeasurePlan {
                every: experiment.measure.every,
                window: experiment.measure.window,
                total_steps: experiment.total_steps(),
            },
            batch_size: experiment.training.batch_size,
            flops_per_step,
            switches,
        }
    }
}

/// What a forward pass ends in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// The batch's examples.
    pub(super) inputs: View,
    /// The output.
    pub(super) output: Value,
    /// Its elements, apart from the buffer that its gradient is written to; batch x output.
    pub(super) predictions: View,
    /// Targets, batch x output.
    pub(super) targets: View,
}

/// The batch, its forward pass and its loss.
fn append_forward(
    builder: &mut Builder,
    experiment: &Experiment,
    network: &dyn Network,
    metrics: &mut MetricLayout,
) -> (Graph, Ends) {
    let batch = experiment.training.batch_size;
    let inputs = builder.scratch("inputs", batch, experiment.input_width());
    let targets = builder.scratch("targets", batch, experiment.output_width());
    builder.push(Op::FillBatch { inputs, targets });
    if experiment.data.kind != DataKind::Tokens {
        builder.push_noise("input_noise", Slot::InputSd, inputs);
    }
    let mut graph = Graph::new(Mode::Training);
    let x = graph.given("inputs", inputs);
    let output = network.append(builder, &mut graph, x);
    // The loss writes the delta beside the pre-activations that it would read.
    let from = graph.view(output);
    let copy = builder.scratch("output", from.rows, from.columns);
    builder.push(Op::Copy { from, to: copy });
    builder.push(Op::Loss {
        kind: experiment.training.loss,
        scale: experiment.training.loss_scale,
        output: copy,
        target: targets,
        delta: graph.maps[graph.maps.len() - 1].delta,
    });
    if !graph.activities.is_empty() {
        metrics.penalty = Some(PENALTY);
        let views = graph.activities.iter().map(|&value| graph.view(value)).collect();
        builder
            .push_when(When::Measured, Op::ActivationPenalty { views, rate: Slot::ActivationPenalty, metric: PENALTY });
    }
    (graph, Ends { inputs, output, predictions: copy, targets })
}

/// Forward pass and loss of a chunk of the validation set with the trained, noise-free weights.
fn append_evaluation(builder: &mut Builder, experiment: &Experiment, network: &dyn Network) -> (View, View) {
    // Chunks of a quarter of a million activations at most stay in the cache.
    let width = |map: &MapShape| map.inputs.max(map.outputs) * map.samples;
    let widest = experiment.maps().iter().map(width).max().unwrap_or(1);
    let rows = experiment.data.validation_examples.min(500).min((262_144 / widest).max(16));
    let inputs = builder.scratch("evaluation/inputs", rows, experiment.input_width());
    let target = builder.scratch("evaluation/targets", rows, experiment.output_width());
    let mut graph = Graph::new(Mode::Evaluation);
    let x = graph.given("inputs", inputs);
    let output = network.append(builder, &mut graph, x);
    let output = graph.view(output);
    let (kind, scale) = (experiment.training.loss, experiment.training.loss_scale);
    builder.push(Op::EvaluateLoss { kind, scale, output, target });
    (inputs, target)
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

/// What becomes of a map's weights.
struct Change {
    update: View,
    /// The new weights, where they are not simply `W + update`.
    replacement: Option<View>,
    decay: Decay,
    decay_share: Option<DecayShare>,
}

/// The part of a step that goes through the maps one by one.
struct Step<'a> {
    builder: &'a mut Builder,
    experiment: &'a Experiment,
    metrics: &'a mut MetricLayout,
    labels: Vec<String>,
    views: Vec<MapViews>,
}

impl Step<'_> {
    /// Updates, measures and changes one map and what belongs to it.
    fn append(&mut self, map: &Map, signals: &Signals, norm_change: Option<usize>, supervised: Option<View>) {
        let change = self.append_weight_update(map, signals, norm_change.is_some());
        let gradient = supervised.map(|delta| measure::append_loss_gradient(self.builder, map, delta));
        let rows = measure::is_measured(self.experiment, map.number).then(|| {
            let (update, decay, decay_share) = (change.update, change.decay, change.decay_share);
            let measured = Measured { map, signals, update, decay, decay_share, norm_change };
            measure::append(self.builder, self.experiment, self.metrics, &measured, gradient)
        });
        self.views.push(MapViews {
            layer: map.number,
            name: map.name.clone(),
            label: self.labels[map.number - 1].clone(),
            weights: map.weights.effective,
            trained_weights: map.weights.trained,
            trained_bias: map.bias.as_ref().map(|bias| bias.trained),
            input: map.input,
            pre_activation: map.pre_activation,
            delta: signals.has_deltas.then_some(map.delta),
            decay: change.decay,
            signal: signals.weights,
            hebbian: signals.hebbian,
            update: change.update,
            row_sums: rows.as_ref().map(|rows| rows.sums),
            forces: rows.and_then(|rows| rows.forces),
            ready: self.builder.instructions.len(),
        });
        for (parameter, signal) in &signals.others {
            self.append_other_update(parameter, *signal);
        }
        self.append_change(map, &change, norm_change);
    }

    fn append_weight_update(&mut self, map: &Map, signals: &Signals, splits: bool) -> Change {
        let (builder, experiment) = (&mut *self.builder, self.experiment);
        let matrix = regularizers::declare(builder, experiment, map);
        let decay = regularizers::append(builder, map, matrix);
        let (name, trained) = (&map.weights.name, map.weights.trained);
        let update = builder.scratch(format!("update/{name}"), trained.rows, trained.columns);
        let optimizer = optimizer(builder, experiment, &map.weights);
        let share = if splits { measure::declare_decay_share(builder, map, &optimizer) } else { None };
        let weights = map.weights.effective;
        builder.push(Op::Update { weights, signal: signals.weights, decay: Some(decay), optimizer, update, share });
        let mut replacement = None;
        if let Some(kind) = experiment.rule.row_normalization() {
            // The full update includes the normalisation, so it is the difference of old and new weights.
            let new = builder.scratch(format!("normalized/{name}"), trained.rows, trained.columns);
            builder.push(Op::Copy { from: trained, to: new });
            builder.push(Op::Add { from: update, to: new });
            builder.push(Op::NormalizeRows { kind, x: new, mask: map.weights.mask });
            builder.push(Op::Subtract { a: new, b: trained, out: update });
            replacement = Some(new);
        }
        if let Some(trainable) = map.weights.trainable {
            builder.push(scaled_by(update, trainable));
            if let Some(share) = share {
                builder.push(scaled_by(share.update, trainable));
            }
            replacement = None;
        }
        Change { update, replacement, decay, decay_share: share }
    }

    fn append_other_update(&mut self, parameter: &Parameter, signal: View) {
        let (builder, experiment) = (&mut *self.builder, self.experiment);
        let shape = parameter.trained;
        let update = builder.scratch(format!("update/{}", parameter.name), shape.rows, shape.columns);
        let optimizer = optimizer(builder, experiment, parameter);
        let rate = parameter.rate();
        let decay = experiment.regularizer.decay_bias.then_some(Decay { rate, diagonal: None, product: None });
        builder.push(Op::Update { weights: parameter.effective, signal, decay, optimizer, update, share: None });
        if let Some(trainable) = parameter.trainable {
            builder.push(scaled_by(update, trainable));
        }
        builder.push_when(When::Training, Op::Add { from: update, to: parameter.trained });
    }

    /// Appends the change of a map's weights, with what it does to |W|^2 where `places` says so.
    fn append_change(&mut self, map: &Map, change: &Change, places: Option<usize>) {
        let to = map.weights.trained;
        let (from, replaces) = change.replacement.map_or((change.update, false), |new| (new, true));
        let plain = if replaces { Op::Copy { from, to } } else { Op::Add { from, to } };
        match places {
            Some(first) => {
                let observed = Op::ChangeWeights { from, to, replaces, metric: first + 1 };
                self.builder.push_when(When::TrainingMeasured, observed);
                self.builder.push_when(When::TrainingUnmeasured, plain);
            }
            None => self.builder.push_when(When::Training, plain),
        }
    }
}

fn optimizer(builder: &mut Builder, experiment: &Experiment, parameter: &Parameter) -> Optimizer {
    let rule = &experiment.rule;
    if !rule.uses_adam() {
        return Optimizer::Sgd;
    }
    let (rows, columns) = (parameter.trained.rows, parameter.trained.columns);
    let mut state = |which: &str| {
        let name = format!("adam_{which}/{}", parameter.name);
        builder.buffer(name, rows, columns, Role::State, Initial::Zero)
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
