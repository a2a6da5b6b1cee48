//! Residual networks (He et al. 2016), as torchvision's (Figure 11).

use super::parameters::{Layer, batch_norm_of, declare_layer};
use super::{Network, head};
use crate::experiment::{Activation, Experiment, MapKind, ResidualBlock, Windows};
use crate::program::Builder;
use crate::program::graph::{Graph, Value};
use crate::program::images::ImageLayout;
use crate::program::layers::{self, BatchNorm};
use crate::program::map::Parameter;

/// A convolution with its norm.
struct Convolution {
    layer: Layer,
    norm: BatchNorm,
    windows: Windows,
}

/// A residual network.
pub(super) struct ResNet {
    convolutions: Vec<Convolution>,
    head: Vec<Layer>,
    blocks: Vec<ResidualBlock>,
    pool: Option<Windows>,
    activation: Activation,
}

impl ResNet {
    /// Declares the parameters of every layer.
    pub(super) fn declare(builder: &mut Builder, experiment: &Experiment) -> Self {
        let (mut convolutions, mut head) = (Vec::new(), Vec::new());
        for (place, shape) in experiment.maps().iter().enumerate() {
            let layer = declare_layer(builder, experiment, place + 1, shape);
            match (shape.kind, batch_norm_of(builder, &layer)) {
                (MapKind::Convolution(windows), Some(norm)) => convolutions.push(Convolution { layer, norm, windows }),
                _ => head.push(layer),
            }
        }
        let (blocks, pool) = (experiment.residual_layout(), experiment.stem_pool());
        Self { convolutions, head, blocks, pool, activation: experiment.model.activation }
    }

    /// A convolution and its norm.
    fn convolve(&self, builder: &mut Builder, graph: &mut Graph, place: usize, layout: ImageLayout, x: Value) -> Value {
        let Convolution { layer, norm, windows } = &self.convolutions[place];
        let parameters = (&layer.weights, layer.bias.as_ref());
        let x = layers::convolution(builder, graph, &layer.shape.state, parameters, (*windows, layout), x);
        layers::batch_norm(builder, graph, norm, place + 1, x)
    }
}

impl Network for ResNet {
    fn parameters(&self) -> Vec<&Parameter> {
        let convolutions = self.convolutions.iter().map(|convolution| &convolution.layer);
        convolutions.chain(&self.head).flat_map(Layer::parameters).collect()
    }

    fn append(&self, builder: &mut Builder, graph: &mut Graph, inputs: Value) -> Value {
        let act = self.activation;
        let mut x = self.convolve(builder, graph, 0, ImageLayout::Planes, inputs);
        x = layers::activation(builder, graph, act, 1, x);
        if let Some(windows) = self.pool {
            x = layers::max_pool(builder, graph, windows, 1, x);
        }
        let mut next = 1;
        let mut pixels = graph.view(x).rows / graph.view(inputs).rows;
        for block in &self.blocks {
            let mut h = x;
            for step in 0..block.through {
                h = self.convolve(builder, graph, next, ImageLayout::Pixels, h);
                pixels = self.convolutions[next].windows.positions();
                next += 1;
                if step + 1 < block.through {
                    h = layers::activation(builder, graph, act, next, h);
                }
            }
            let last = next;
            let mut around = x;
            if block.has_downsample {
                around = self.convolve(builder, graph, next, ImageLayout::Pixels, x);
                next += 1;
            }
            let sum = layers::residual(builder, graph, last, around, h);
            x = layers::activation_apart(builder, graph, act, &format!("block/{last}"), sum);
        }
        x = layers::mean_of_groups(builder, graph, pixels, x);
        head::append(builder, graph, &self.head, x)
    }
}
