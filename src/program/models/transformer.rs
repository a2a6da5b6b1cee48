//! An encoder of tokens as PyTorch's `TransformerEncoderLayer` (norms behind the sums, no dropout), the mean of its output
//! into a multilayer perceptron: the paper's transformer variant of SRE.

use super::parameters::{Layer, Named, declare, declare_layer};
use super::{Network, head};
use crate::experiment::{Activation, Experiment};
use crate::program::graph::{Graph, Value};
use crate::program::layers;
use crate::program::map::{Parameter, ParameterKind};
use crate::program::tokens::Heads;
use crate::program::{Builder, Initial};

/// Linear maps of an encoder layer: query, key, value, projection, and the two of its feed-forward part.
const MAPS: usize = 6;

/// A transformer with a head.
pub(super) struct Transformer {
    embedding: Parameter,
    positions: Parameter,
    encoder: Vec<Layer>,
    head: Vec<Layer>,
    heads: Heads,
    activation: Activation,
}

impl Transformer {
    /// Declares the parameters of every layer.
    pub(super) fn declare(builder: &mut Builder, experiment: &Experiment) -> Self {
        let model = &experiment.model;
        let mut table = |kind, name: &str, rows| {
            let named = Named { kind, layer: 1, state: format!("{name}.weight"), part: None };
            let initial = Initial::Normal { stream: format!("init/{name}"), sd: 1.0 };
            declare(builder, experiment, named, [rows, model.width], initial)
        };
        let embedding = table(ParameterKind::Embedding, "embedding", experiment.data.vocabulary);
        let positions = table(ParameterKind::Positions, "position", experiment.data.length);
        let maps = experiment.maps();
        let mut all =
            maps.iter().enumerate().map(|(place, shape)| declare_layer(builder, experiment, place + 1, shape));
        let encoder = all.by_ref().take(MAPS * model.encoder_layers).collect();
        let head = all.collect();
        let heads = Heads { count: model.heads, length: experiment.data.length };
        Self { embedding, positions, encoder, head, heads, activation: model.encoder_activation }
    }

    fn append_encoder(&self, builder: &mut Builder, graph: &mut Graph, maps: &[Layer], x: Value) -> Value {
        let linear = |builder: &mut Builder, graph: &mut Graph, place: usize, x: Value| {
            let layer = &maps[place];
            layers::linear(builder, graph, &layer.shape.state, &layer.weights, layer.bias.as_ref(), x)
        };
        let added = |builder: &mut Builder, graph: &mut Graph, place: usize, around: Value, through: Value| {
            let layer = &maps[place];
            let number = layer.weights.layer;
            let sum = layers::residual(builder, graph, number, around, through);
            match &layer.norm {
                Some((gain, shift)) => layers::layer_norm(builder, graph, (gain, shift), number, sum),
                None => sum,
            }
        };
        let [query, key, value] = [0, 1, 2].map(|place| linear(builder, graph, place, x));
        let number = maps[0].weights.layer;
        let attended = layers::attention(builder, graph, self.heads, number, [query, key, value]);
        let projected = linear(builder, graph, 3, attended);
        let x = added(builder, graph, 3, x, projected);
        let inner = linear(builder, graph, 4, x);
        let inner = layers::activation(builder, graph, self.activation, maps[4].weights.layer, inner);
        let outer = linear(builder, graph, 5, inner);
        added(builder, graph, 5, x, outer)
    }
}

impl Network for Transformer {
    fn parameters(&self) -> Vec<&Parameter> {
        let maps = self.encoder.iter().chain(&self.head).flat_map(Layer::parameters);
        [&self.embedding, &self.positions].into_iter().chain(maps).collect()
    }

    fn append(&self, builder: &mut Builder, graph: &mut Graph, inputs: Value) -> Value {
        let mut x = layers::embedding(builder, graph, &self.embedding, &self.positions, inputs);
        for maps in self.encoder.chunks_exact(MAPS) {
            x = self.append_encoder(builder, graph, maps, x);
        }
        x = layers::mean_of_groups(builder, graph, self.heads.length, x);
        head::append(builder, graph, &self.head, x)
    }
}
