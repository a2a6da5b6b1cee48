//! The fully connected part behind an encoder or convolutions.

use super::parameters::Layer;
use crate::program::Builder;
use crate::program::graph::{Graph, Value};
use crate::program::layers;

/// Appends fully connected layers; the last one is linear.
pub(super) fn append(builder: &mut Builder, graph: &mut Graph, head: &[Layer], inputs: Value) -> Value {
    let mut x = inputs;
    for (place, layer) in head.iter().enumerate() {
        x = layers::linear(builder, graph, &layer.shape.state, &layer.weights, layer.bias.as_ref(), x);
        if place + 1 < head.len() {
            x = layers::activation(builder, graph, layer.shape.activation, layer.weights.layer, x);
        }
    }
    x
}
