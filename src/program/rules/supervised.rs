//! Gradient descent: the learning signal is minus the batch-mean loss gradient (eq. 4).

use super::Prepared;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Value};
use crate::program::view::View;

/// Fills every map's delta by the chain rule.
pub(super) fn prepare(builder: &mut Builder, graph: &Graph, output: Value) -> Prepared {
    let deltas: Vec<View> = graph.maps.iter().map(|map| map.delta).collect();
    let mut chain = Chain::new(builder, graph, &deltas, "");
    chain.append(builder, output);
    Prepared { others: chain.signals, ..Prepared::default() }
}

/// The chain rule for parameters that are no maps', beside a rule for maps that does not follow it.
pub(super) fn prepare_others(builder: &mut Builder, graph: &Graph, output: Value) -> Prepared {
    let (_, others) = supervised_deltas(builder, graph, output, "others/");
    Prepared { others, ..Prepared::default() }
}

/// Deltas of the chain rule in memory of their own, map by map, and signals of gains and shifts.
pub(in crate::program) fn supervised_deltas(
    builder: &mut Builder,
    graph: &Graph,
    output: Value,
    prefix: &str,
) -> (Vec<View>, Vec<(String, View)>) {
    let last = graph.maps.len() - 1;
    let deltas: Vec<View> = graph
        .maps
        .iter()
        .enumerate()
        .map(|(place, map)| {
            // The output's delta is the loss's own, whatever the rule.
            if place == last {
                map.delta
            } else {
                builder.scratch(format!("{prefix}delta/{}", map.number), map.delta.rows, map.delta.columns)
            }
        })
        .collect();
    let mut chain = Chain::new(builder, graph, &deltas, prefix);
    chain.append(builder, output);
    let signals = chain.signals;
    (deltas, signals)
}
