//! Learning rules: each fills the learning signal of every parameter, without decay.
//!
//! What a rule needs of the whole network comes first ([`prepare`]); signals of one map after the other follow, so that
//! a map's may lie where the last one's were.

mod custom;
mod feedback;
mod hebbian;
mod random_network;
mod supervised;

pub(super) use supervised::supervised_deltas;

use super::Builder;
use super::builder::product;
use super::compile::Ends;
use super::graph::Graph;
use super::map::{Map, Parameter, Unit};
use super::measure::{MetricLayout, PAIR_SUMS};
use super::models::scaled_by;
use super::op::{Op, When};
use super::slot::Slot;
use super::view::View;
use crate::experiment::{Experiment, OtherParameters, RuleKind};

/// Learning signals of one map and of the norm behind it.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    /// Signal and Hebbian update above each other, 2 out x in.
    pub(super) stacked: View,
    /// Learning signal of W, out x in.
    pub(super) weights: View,
    /// Hebbian update H, out x in.
    pub(super) hebbian: View,
    /// Learning signals of b, and of what is listed with the map, each of its parameter's shape, of those that the rule
    /// trains.
    pub(super) others: Vec<(Parameter, View)>,
    /// First of the pair sums of H with all connections, where some do not exist.
    pub(super) dense: Option<usize>,
    /// First of the pair sums of the learning signal before a clip, where that is asked for.
    pub(super) unclipped: Option<usize>,
    /// Whether [`Map::delta`] holds what each example asks of the pre-activation.
    pub(super) has_deltas: bool,
}

impl Signals {
    /// Every signal, that of W first.
    pub(super) fn views(&self) -> impl Iterator<Item = View> + '_ {
        std::iter::once(self.weights).chain(self.others.iter().map(|(_, view)| *view))
    }
}

/// What a rule has computed of the whole network before the signals of single maps.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The random network's output, averaged over the batch.
    random: Option<View>,
    /// Signals of gains and shifts by their names, and those of biases where the rule has none of its own.
    others: Vec<(String, View)>,
    /// What a written rule reads.
    written: Option<custom::Written>,
}

/// Appends backward passes and what else a rule needs of the whole network.
pub(super) fn prepare(builder: &mut Builder, experiment: &Experiment, graph: &Graph, ends: &Ends) -> Prepared {
    let output = ends.output;
    let kind = experiment.rule.kind;
    match kind {
        RuleKind::Sgd | RuleKind::Adam => supervised::prepare(builder, graph, output),
        RuleKind::Dfa => feedback::prepare(builder, experiment, graph),
        RuleKind::RandomNn => random_network::prepare(builder, experiment, graph, ends),
        RuleKind::Hebb | RuleKind::HebbNormalized | RuleKind::Oja => {
            if trains_others(experiment, graph) {
                supervised::prepare_others(builder, graph, output)
            } else {
                Prepared::default()
            }
        }
        RuleKind::Custom => custom::prepare(builder, experiment, graph, ends),
    }
}

/// Whether there are parameters that are no maps', and they learn by gradient descent beside a rule of another kind.
fn trains_others(experiment: &Experiment, graph: &Graph) -> bool {
    !graph.units.is_empty() && experiment.rule.others == OtherParameters::Sgd
}

/// Appends the signals of one map: of the rule, with gradient noise, of connections that exist; and the Hebbian update at
/// measured steps.
pub(super) fn append(
    builder: &mut Builder,
    experiment: &Experiment,
    layout: &mut MetricLayout,
    graph: &Graph,
    map: &Map,
    prepared: &Prepared,
) -> Signals {
    if let Some(refresh) = &map.refresh {
        builder.push(refresh.clone());
    }
    let kind = experiment.rule.kind;
    let has_deltas = kind.has_example_signals();
    let (out, input) = (map.weights.trained.rows, map.weights.trained.columns);
    let stacked = builder.scratch(format!("signal_and_hebbian/{}", map.number), 2 * out, input);
    let (weights, hebbian) = (stacked.rows(0, out), stacked.rows(out, out));
    let mut signals =
        Signals { stacked, weights, hebbian, others: Vec::new(), dense: None, unclipped: None, has_deltas };
    match kind {
        RuleKind::Sgd | RuleKind::Adam | RuleKind::Dfa => append_outer_products(builder, map, &mut signals),
        RuleKind::RandomNn => random_network::append(builder, map, prepared, &mut signals),
        RuleKind::Hebb | RuleKind::HebbNormalized | RuleKind::Oja => {
            hebbian::append(builder, experiment, map, &signals);
        }
        RuleKind::Custom => {
            if let Some(written) = &prepared.written {
                custom::append(builder, written, map, &mut signals);
            }
        }
    }
    let of_units = graph.units.iter().filter(|unit| unit.layer == map.number).flat_map(Unit::parameters);
    for parameter in of_units {
        let found = prepared.others.iter().find(|(name, _)| *name == parameter.name);
        signals.others.extend(found.map(|(_, view)| (parameter.clone(), *view)));
    }
    builder.push_noise(format!("gradient_noise/{}", map.weights.name), Slot::GradientSd, weights);
    for (parameter, view) in &signals.others {
        builder.push_noise(format!("gradient_noise/{}", parameter.name), Slot::GradientSd, *view);
    }
    if let Some(mask) = map.weights.mask {
        let metrics = layout.take(PAIR_SUMS);
        builder.push_when(When::Measured, Op::PairSums { a: hebbian, b: hebbian, metrics });
        signals.dense = Some(metrics);
        builder.push_when(When::Measured, scaled_by(hebbian, mask));
        builder.push(scaled_by(weights, mask));
    }
    signals
}

/// Batch means of `delta h_a^T`, and at measured steps of `h_b h_a^T` in the same pass over `h_a`.
fn append_outer_products(builder: &mut Builder, map: &Map, signals: &mut Signals) {
    let input = map.input;
    let mean = 1.0 / input.rows as f64;
    builder.push_when(When::Measured, product((map.stacked, true), (input, false), signals.stacked, mean));
    builder.push_when(When::Unmeasured, product((map.delta, true), (input, false), signals.weights, mean));
    if let Some(bias) = &map.bias {
        let out = builder.scratch(format!("bias_signal/{}", map.number), 1, bias.trained.columns);
        builder.push(Op::ColumnMean { x: map.delta, out });
        signals.others.push((bias.clone(), out));
    }
}

/// The Hebbian update alone, for rules whose signal does not come from deltas.
fn append_hebbian_update(builder: &mut Builder, map: &Map, hebbian: View) {
    let mean = 1.0 / map.input.rows as f64;
    builder.push_when(When::Measured, product((map.pre_activation, true), (map.input, false), hebbian, mean));
}
