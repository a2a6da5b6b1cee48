//! `[model]`: families of networks and their sizes.

use serde::{Deserialize, Serialize};

/// Family of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Fully connected layers with one hidden activation and a linear output.
    Mlp,
    /// An encoder of tokens (Vaswani et al. 2017), whose mean goes into a multilayer perceptron.
    Transformer,
    /// Convolutions with pooling, then a multilayer perceptron.
    Cnn,
    /// A residual network (He et al. 2016), as torchvision's.
    Resnet,
}

/// A block of a residual network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResNetBlock {
    /// Two 3x3 convolutions.
    Basic,
    /// 1x1, 3x3 and 1x1, the last four times as wide.
    Bottleneck,
}

impl ResNetBlock {
    /// Channels behind a block, as a multiple of its planes.
    #[must_use]
    pub fn expansion(self) -> usize {
        match self {
            Self::Basic => 1,
            Self::Bottleneck => 4,
        }
    }
}

/// What comes before the first block of a residual network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stem {
    /// A 3x3 convolution.
    Cifar,
    /// A 7x7 convolution of every second pixel, and pooling.
    Imagenet,
}

/// Nonlinearity of the hidden layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Identity.
    Linear,
    /// max(0, x), derivative 0 at 0.
    Relu,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
}

/// Distribution of the initial weights (biases follow that of PyTorch's `Linear`, or zero).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// U(-1/sqrt(fan_in), 1/sqrt(fan_in)), PyTorch's default for `Linear`.
    UniformFanIn,
    /// U(-a, a) with a = sqrt(6 / (fan_in + fan_out)).
    XavierUniform,
    /// N(0, 2 / fan_in).
    HeNormal,
    /// All zeros.
    Zeros,
}

/// `[model]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Model {
    /// Family of networks.
    pub kind: ModelKind,
    /// Widths of the hidden layers; empty for a single linear layer.
    pub hidden: Vec<usize>,
    /// Nonlinearity of the hidden layers.
    pub activation: Activation,
    /// Whether layers have biases.
    pub bias: bool,
    /// Whether hidden layers add their input to their output where both are of one width.
    pub residual: bool,
    /// Whether hidden layers normalise their pre-activations over the batch.
    pub batch_norm: bool,
    /// Probability that a hidden unit is left out of a step.
    pub dropout: f64,
    /// Share of each weight matrix that does not exist.
    pub sparsity: f64,
    /// Share of each parameter that does not train.
    pub frozen: f64,
    /// Layers that do not train at all, counted from 1.
    pub frozen_layers: Vec<usize>,
    /// Distribution of the initial weights.
    pub init: Init,
    /// Factor on the initial weights.
    pub init_scale: f64,
    /// Weights that equal hidden widths are chosen for (eq. 19), in place of `hidden`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// Layers that `parameters` is shared out to.
    pub depth_layers: usize,
    /// Width of tokens in an encoder.
    pub width: usize,
    /// Attention heads, which share the width.
    pub heads: usize,
    /// Width between an encoder's two feed-forward layers.
    pub feed_forward: usize,
    /// Layers of an encoder.
    pub encoder_layers: usize,
    /// Nonlinearity between an encoder's feed-forward layers.
    pub encoder_activation: Activation,
    /// Channels of the convolutions.
    pub channels: Vec<usize>,
    /// Edge of a convolution's windows, in pixels.
    pub kernel: usize,
    /// Pixels from a window to the next.
    pub stride: usize,
    /// Pixels that images are widened by at every edge.
    pub padding: usize,
    /// Edge of the pooling behind each convolution, in pixels; 1 for none.
    pub pool: usize,
    /// 18, 34 or 50: stands for `block`, `planes` and `blocks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Block of a residual network.
    pub block: ResNetBlock,
    /// Channels of the stages, before a bottleneck's expansion.
    pub planes: Vec<usize>,
    /// Blocks of the stages.
    pub blocks: Vec<usize>,
    /// What comes before the first stage.
    pub stem: Stem,
    /// Channels of the stem; 0 for those of the first stage.
    pub stem_channels: usize,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            kind: ModelKind::Mlp,
            hidden: vec![128, 128],
            activation: Activation::Tanh,
            bias: false,
            residual: false,
            batch_norm: false,
            dropout: 0.0,
            sparsity: 0.0,
            frozen: 0.0,
            frozen_layers: Vec::new(),
            init: Init::UniformFanIn,
            init_scale: 1.0,
            parameters: None,
            depth_layers: 3,
            width: 32,
            heads: 4,
            feed_forward: 32,
            encoder_layers: 2,
            encoder_activation: Activation::Relu,
            channels: vec![32, 64, 128],
            kernel: 3,
            stride: 1,
            padding: 1,
            pool: 2,
            depth: None,
            block: ResNetBlock::Basic,
            planes: vec![64, 128, 256, 512],
            blocks: vec![2, 2, 2, 2],
            stem: Stem::Cifar,
            stem_channels: 0,
        }
    }
}

impl Model {
    /// Equal hidden widths that give a perceptron of `inputs` and `outputs` about [`Self::parameters`] weights (eq. 19):
    /// i h + (layers - 2) h^2 + h o. `None` where that is not asked for.
    #[must_use]
    pub fn scaled_widths(&self, inputs: usize, outputs: usize) -> Option<Vec<usize>> {
        let ends = (inputs + outputs) as f64;
        let squares = self.depth_layers.saturating_sub(2).max(1) as f64;
        let wanted = self.parameters? as f64;
        let width = ((ends * ends + 4.0 * squares * wanted).sqrt() - ends) / (2.0 * squares);
        Some(vec![width.round() as usize; self.depth_layers.saturating_sub(1)])
    }
}

#[cfg(test)]
mod tests {
    use super::Model;

    /// Widths that eq. 19 gives for 3,072 inputs and 10 outputs, by hand, and the weights that follow.
    #[test]
    fn widths_follow_from_a_number_of_parameters() {
        for (parameters, depth_layers, width) in [(1_000_000, 3, 296), (10_000_000, 7, 1_139), (50_000_000, 9, 2_462)] {
            let model = Model { parameters: Some(parameters), depth_layers, ..Model::default() };
            let widths = model.scaled_widths(3072, 10).expect("asked for");
            assert_eq!(widths, vec![width; depth_layers - 1]);
            let squares = (depth_layers - 2) * width * width;
            let weights = 3072 * width + squares + 10 * width;
            assert!((weights as f64 / parameters as f64 - 1.0).abs() < 2e-3, "{weights}");
        }
        assert_eq!(Model::default().scaled_widths(3072, 10), None);
    }
}
