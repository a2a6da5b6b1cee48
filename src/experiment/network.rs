//! The linear maps of a network, in forward order: what everything that lists layers lists.

use super::config::{DataKind, Experiment};
use super::model::{Activation, Model, ModelKind, ResNetBlock, Stem};
use super::windows::Windows;

/// What kind of linear map it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// Of whole examples: a layer of a multilayer perceptron or of a head.
    Linear,
    /// Of tokens, inside an encoder.
    Token,
    /// Of patches: a convolution.
    Convolution(Windows),
}

/// A linear map of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct MapShape {
    /// Name in state dictionaries, without `.weight`: `layers.0`, `encoder.layers.0.self_attn.q`, `layer2.0.conv1`.
    pub state: String,
    /// Name in columns and files: `2`, `encoder_1_query`, `layer2_1_conv1`.
    pub label: String,
    /// What it maps.
    pub kind: MapKind,
    /// Inputs of a neuron.
    pub inputs: usize,
    /// Neurons.
    pub outputs: usize,
    /// Samples of an example: 1, its tokens, or its output positions.
    pub samples: usize,
    /// Whether it has a bias.
    pub has_bias: bool,
    /// Name in state dictionaries of the norm whose gain and shift belong to it.
    pub norm: Option<String>,
    /// The nonlinearity right behind it, or behind its norm.
    pub activation: Activation,
}

impl MapShape {
    /// In words: 'layer 2', 'encoder 1 query', 'conv 3'.
    #[must_use]
    pub fn title(&self) -> String {
        if self.label.parse::<usize>().is_ok() { format!("layer {}", self.label) } else { self.label.replace('_', " ") }
    }

    /// Weights.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.inputs * self.outputs
    }

    fn linear(state: String, label: String, [inputs, outputs]: [usize; 2], has_bias: bool) -> Self {
        Self {
            state,
            label,
            kind: MapKind::Linear,
            inputs,
            outputs,
            samples: 1,
            has_bias,
            norm: None,
            activation: Activation::Linear,
        }
    }
}

/// A block of a residual network and where its maps are among all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResidualBlock {
    /// Convolutions on the way through.
    pub through: usize,
    /// Whether a convolution goes around.
    pub has_downsample: bool,
}

/// Kernel, stride and padding of the pooling in ImageNet's stem.
const STEM_POOL: [usize; 3] = [3, 2, 1];

impl Model {
    /// Blocks of each stage of a residual network.
    #[must_use]
    pub fn residual_blocks(&self) -> (ResNetBlock, Vec<usize>, Vec<usize>) {
        let (block, blocks) = match self.depth {
            Some(18) => (ResNetBlock::Basic, vec![2, 2, 2, 2]),
            Some(34) => (ResNetBlock::Basic, vec![3, 4, 6, 3]),
            Some(50) => (ResNetBlock::Bottleneck, vec![3, 4, 6, 3]),
            _ => (self.block, self.blocks.clone()),
        };
        let planes = if self.depth.is_some() { vec![64, 128, 256, 512] } else { self.planes.clone() };
        (block, planes, blocks)
    }
}

impl Experiment {
    /// Every linear map of the network, in forward order; numbers of layers count them from 1.
    #[must_use]
    pub fn maps(&self) -> Vec<MapShape> {
        match self.model.kind {
            ModelKind::Mlp => self.perceptron_maps(),
            ModelKind::Transformer => self.transformer_maps(),
            ModelKind::Cnn => self.cnn_maps(),
            ModelKind::Resnet => self.resnet_maps(),
        }
    }

    /// How many linear maps there are.
    #[must_use]
    pub fn layer_count(&self) -> usize {
        self.maps().len()
    }

    /// The layers that are measured, counted from 1. Where none are named: all of up to 32, else those of whole examples.
    #[must_use]
    pub fn measured_layers(&self) -> Vec<usize> {
        if !self.measure.layers.is_empty() {
            let mut layers = self.measure.layers.clone();
            layers.sort_unstable();
            return layers;
        }
        let maps = self.maps();
        let is_measured = |map: &MapShape| maps.len() <= 32 || map.kind == MapKind::Linear;
        maps.iter().enumerate().filter(|(_, map)| is_measured(map)).map(|(place, _)| place + 1).collect()
    }

    /// Elements of an example's image: channels, height, width.
    #[must_use]
    pub fn image(&self) -> [usize; 3] {
        match self.data.image[..] {
            [channels, height, width] => [channels, height, width],
            _ if self.data.kind == DataKind::Digits => [1, 8, 8],
            _ => [3, 32, 32],
        }
    }

    /// Widths from what the fully connected part reads to the output; layer k of it maps `sizes[k-1]` to `sizes[k]`.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let first = match self.model.kind {
            ModelKind::Mlp => self.input_width(),
            ModelKind::Transformer => self.model.width,
            ModelKind::Cnn => self.cnn_images().last().map_or(0, |[channels, h, w]| channels * h * w),
            ModelKind::Resnet => {
                let (block, planes, _) = self.model.residual_blocks();
                planes.last().map_or(0, |planes| planes * block.expansion())
            }
        };
        let mut sizes = vec![first];
        sizes.extend_from_slice(&self.model.hidden);
        sizes.push(self.output_width());
        sizes
    }

    fn perceptron_maps(&self) -> Vec<MapShape> {
        let mut maps = self.head_maps(|place| (format!("layers.{place}"), (place + 1).to_string()));
        let last = maps.len() - 1;
        for (place, map) in maps[..last].iter_mut().enumerate() {
            map.norm = self.model.batch_norm.then(|| format!("norms.{place}"));
        }
        maps
    }

    /// Fully connected layers; the last one is linear.
    fn head_maps(&self, name: impl Fn(usize) -> (String, String)) -> Vec<MapShape> {
        let sizes = self.sizes();
        let last = sizes.len() - 2;
        let map = |place: usize| {
            let (state, label) = name(place);
            let mut map = MapShape::linear(state, label, [sizes[place], sizes[place + 1]], self.model.bias);
            if place != last {
                map.activation = self.model.activation;
            }
            map
        };
        (0..=last).map(map).collect()
    }

    fn transformer_maps(&self) -> Vec<MapShape> {
        let (width, inner) = (self.model.width, self.model.feed_forward);
        let mut maps = Vec::new();
        for layer in 0..self.model.encoder_layers {
            for (state, label, shape) in [
                ("self_attn.q", "query", [width, width]),
                ("self_attn.k", "key", [width, width]),
                ("self_attn.v", "value", [width, width]),
                ("self_attn.out_proj", "projection", [width, width]),
                ("linear1", "feed_forward_1", [width, inner]),
                ("linear2", "feed_forward_2", [inner, width]),
            ] {
                let module = format!("encoder.layers.{layer}");
                let label = format!("encoder_{}_{label}", layer + 1);
                let mut map = MapShape::linear(format!("{module}.{state}"), label, shape, true);
                map.kind = MapKind::Token;
                map.samples = self.input_width();
                map.norm = match state {
                    "self_attn.out_proj" => Some(format!("{module}.norm1")),
                    "linear2" => Some(format!("{module}.norm2")),
                    _ => None,
                };
                if state == "linear1" {
                    map.activation = self.model.encoder_activation;
                }
                maps.push(map);
            }
        }
        maps.extend(self.head_maps(|place| (format!("head.{place}"), format!("head_{}", place + 1))));
        maps
    }

    /// The images before each convolution of a [`ModelKind::Cnn`], and those that the head reads: channels, height, width.
    fn cnn_images(&self) -> Vec<[usize; 3]> {
        let model = &self.model;
        let mut images = vec![self.image()];
        for &outputs in &model.channels {
            let Some(&image) = images.last() else { break };
            let convolved = windows(image, [model.kernel, model.stride, model.padding]);
            let [height, width] = [convolved.out_height(), convolved.out_width()];
            let pooled = windows([outputs, height, width], [model.pool, model.pool, 0]);
            images.push([outputs, pooled.out_height(), pooled.out_width()]);
        }
        images
    }

    fn cnn_maps(&self) -> Vec<MapShape> {
        let model = &self.model;
        let images = self.cnn_images();
        let convolutions = model.channels.iter().zip(&images).enumerate().map(|(place, (&outputs, &image))| {
            let windows = windows(image, [model.kernel, model.stride, model.padding]);
            let (state, label) = (format!("convs.{place}"), format!("conv_{}", place + 1));
            convolution(state, label, windows, outputs, model.bias, None, model.activation)
        });
        let head = self.head_maps(|place| (format!("linears.{place}"), format!("linear_{}", place + 1)));
        convolutions.chain(head).collect()
    }

    /// The pooling behind the stem of a residual network, and of what it reads.
    #[must_use]
    pub fn stem_pool(&self) -> Option<Windows> {
        let [_, height, width] = self.image();
        (self.model.stem == Stem::Imagenet).then(|| {
            let stem = self.stem_windows([1, height, width]);
            windows([self.stem_channels(), stem.out_height(), stem.out_width()], STEM_POOL)
        })
    }

    fn stem_channels(&self) -> usize {
        let planes = self.model.residual_blocks().1;
        if self.model.stem_channels > 0 { self.model.stem_channels } else { planes.first().copied().unwrap_or(0) }
    }

    fn stem_windows(&self, image: [usize; 3]) -> Windows {
        windows(
            image,
            match self.model.stem {
                Stem::Cifar => [3, 1, 1],
                Stem::Imagenet => [7, 2, 3],
            },
        )
    }

    /// The blocks of a residual network, in forward order.
    #[must_use]
    pub fn residual_layout(&self) -> Vec<ResidualBlock> {
        let (block, planes, blocks) = self.model.residual_blocks();
        let mut channels = self.stem_channels();
        let mut layout = Vec::new();
        for (stage, (&planes, &count)) in planes.iter().zip(&blocks).enumerate() {
            for place in 0..count {
                let stride = if stage > 0 && place == 0 { 2 } else { 1 };
                let outputs = planes * block.expansion();
                let through = if block == ResNetBlock::Basic { 2 } else { 3 };
                layout.push(ResidualBlock { through, has_downsample: stride != 1 || channels != outputs });
                channels = outputs;
            }
        }
        layout
    }

    fn resnet_maps(&self) -> Vec<MapShape> {
        let (block, planes, blocks) = self.model.residual_blocks();
        let act = self.model.activation;
        let stem = self.stem_windows(self.image());
        let channels = self.stem_channels();
        let norm = |name: &str| Some(name.to_owned());
        let mut maps = vec![convolution("conv1".into(), "conv1".into(), stem, channels, false, norm("bn1"), act)];
        let mut image = match self.stem_pool() {
            Some(pool) => [channels, pool.out_height(), pool.out_width()],
            None => [channels, stem.out_height(), stem.out_width()],
        };
        for (stage, (&planes, &count)) in planes.iter().zip(&blocks).enumerate() {
            for place in 0..count {
                let stride = if stage > 0 && place == 0 { 2 } else { 1 };
                let module = format!("layer{}.{place}", stage + 1);
                let label = format!("layer{}_{}", stage + 1, place + 1);
                let outputs = planes * block.expansion();
                // Kernel, stride, padding, channels.
                let convolutions: &[([usize; 3], usize)] = match block {
                    ResNetBlock::Basic => &[([3, stride, 1], planes), ([3, 1, 1], planes)],
                    ResNetBlock::Bottleneck => &[([1, 1, 0], planes), ([3, stride, 1], planes), ([1, 1, 0], outputs)],
                };
                let mut through = image;
                for (k, &(shape, channels)) in convolutions.iter().enumerate() {
                    let (conv, bn) = (format!("{module}.conv{}", k + 1), format!("{module}.bn{}", k + 1));
                    let windows = windows(through, shape);
                    let act = if k + 1 == convolutions.len() { Activation::Linear } else { act };
                    let label = format!("{label}_conv{}", k + 1);
                    maps.push(convolution(conv, label, windows, channels, false, Some(bn), act));
                    through = [channels, windows.out_height(), windows.out_width()];
                }
                if stride != 1 || image[0] != outputs {
                    let (conv, bn) = (format!("{module}.downsample.0"), format!("{module}.downsample.1"));
                    let windows = windows(image, [1, stride, 0]);
                    let label = format!("{label}_downsample");
                    maps.push(convolution(conv, label, windows, outputs, false, Some(bn), Activation::Linear));
                }
                image = through;
            }
        }
        let is_plain = self.model.hidden.is_empty();
        maps.extend(self.head_maps(|place| {
            if is_plain { ("fc".into(), "fc".into()) } else { (format!("fc.{place}"), format!("fc_{}", place + 1)) }
        }));
        maps
    }
}

fn windows([channels, height, width]: [usize; 3], [kernel, stride, padding]: [usize; 3]) -> Windows {
    Windows { channels, height, width, kernel, stride, padding }
}

fn convolution(
    state: String,
    label: String,
    windows: Windows,
    outputs: usize,
    has_bias: bool,
    norm: Option<String>,
    activation: Activation,
) -> MapShape {
    MapShape {
        state,
        label,
        kind: MapKind::Convolution(windows),
        inputs: windows.patch(),
        outputs,
        samples: windows.positions(),
        has_bias,
        norm,
        activation,
    }
}
