//! Convolutions, each with an activation and pooling, then fully connected layers (Figure 10).

use super::parameters::{Layer, declare_layer};
use super::{Network, head};
use crate::experiment::{Experiment, MapKind, Windows};
use crate::program::Builder;
use crate::program::graph::{Graph, Value};
use crate::program::images::ImageLayout;
use crate::program::layers;
use crate::program::map::Parameter;

/// A convolutional network.
pub(super) struct Cnn {
    convolutions: Vec<(Layer, Windows)>,
    head: Vec<Layer>,
    pool: usize,
}

impl Cnn {
    /// Declares the parameters of every layer.
    pub(super) fn declare(builder: &mut Builder, experiment: &Experiment) -> Self {
        let (mut convolutions, mut head) = (Vec::new(), Vec::new());
        for (place, shape) in experiment.maps().iter().enumerate() {
            let layer = declare_layer(builder, experiment, place + 1, shape);
            match shape.kind {
                MapKind::Convolution(windows) => convolutions.push((layer, windows)),
                MapKind::Linear | MapKind::Token => head.push(layer),
            }
        }
        Self { convolutions, head, pool: experiment.model.pool }
    }
}

impl Network for Cnn {
    fn parameters(&self) -> Vec<&Parameter> {
        let convolutions = self.convolutions.iter().map(|(layer, _)| layer);
        convolutions.chain(&self.head).flat_map(Layer::parameters).collect()
    }

    fn append(&self, builder: &mut Builder, graph: &mut Graph, inputs: Value) -> Value {
        let (mut x, mut layout, mut pixels) = (inputs, ImageLayout::Planes, 0);
        for (layer, windows) in &self.convolutions {
            let number = layer.weights.layer;
            let parameters = (&layer.weights, layer.bias.as_ref());
            x = layers::convolution(builder, graph, &layer.shape.state, parameters, (*windows, layout), x);
            x = layers::activation(builder, graph, layer.shape.activation, number, x);
            layout = ImageLayout::Pixels;
            let (kernel, channels) = (self.pool, layer.shape.outputs);
            let (height, width) = (windows.out_height(), windows.out_width());
            let pooled = Windows { channels, height, width, kernel, stride: kernel, padding: 0 };
            if kernel > 1 {
                x = layers::max_pool(builder, graph, pooled, number, x);
            }
            pixels = pooled.positions();
        }
        if layout == ImageLayout::Pixels {
            x = layers::flatten(builder, graph, pixels, x);
        }
        head::append(builder, graph, &self.head, x)
    }
}
