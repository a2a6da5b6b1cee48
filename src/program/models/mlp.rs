//! The multilayer perceptron and its variants: h = f([norm](W h_a + b)), dropped out, plus h_a where widths allow it.

use super::Network;
use super::parameters::{Layer, batch_norm_of, declare_layer};
use crate::experiment::{Activation, Experiment};
use crate::program::graph::{Graph, Value};
use crate::program::layers::{self, BatchNorm};
use crate::program::map::Parameter;
use crate::program::{Builder, Switches};

/// A multilayer perceptron.
pub(super) struct Mlp {
    layers: Vec<(Layer, Option<BatchNorm>)>,
    activation: Activation,
    is_residual: bool,
    switches: Switches,
}

impl Mlp {
    /// Declares the parameters of every layer.
    pub(super) fn declare(builder: &mut Builder, experiment: &Experiment, switches: Switches) -> Self {
        let maps = experiment.maps();
        let declare = |(place, shape)| {
            let layer = declare_layer(builder, experiment, place + 1, shape);
            let norm = batch_norm_of(builder, &layer);
            (layer, norm)
        };
        let layers = maps.iter().enumerate().map(declare).collect();
        let model = &experiment.model;
        Self { layers, activation: model.activation, is_residual: model.residual, switches }
    }
}

impl Network for Mlp {
    fn parameters(&self) -> Vec<&Parameter> {
        self.layers.iter().flat_map(|(layer, _)| layer.parameters()).collect()
    }

    /// The last layer is linear.
    fn append(&self, builder: &mut Builder, graph: &mut Graph, inputs: Value) -> Value {
        let mut x = inputs;
        for (place, (layer, norm)) in self.layers.iter().enumerate() {
            let map = place + 1;
            let mut h = layers::linear(builder, graph, &layer.shape.state, &layer.weights, layer.bias.as_ref(), x);
            if map == self.layers.len() {
                return h;
            }
            if let Some(norm) = norm {
                h = layers::batch_norm(builder, graph, norm, map, h);
            }
            h = layers::activation(builder, graph, self.activation, map, h);
            if self.switches.activation_penalty {
                layers::penalty(graph, h);
            }
            if self.switches.dropout {
                h = layers::dropout(builder, graph, map, h);
            }
            if self.is_residual && graph.view(x).columns == graph.view(h).columns {
                h = layers::residual(builder, graph, map, x, h);
            }
            x = h;
        }
        x
    }
}
