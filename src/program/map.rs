//! Linear maps and their parameters: what rules, regularisers and measurement are about.

use super::slot::Slot;
use super::view::View;
use crate::experiment::Activation;

/// What a parameter is in its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// W of a map.
    Weights,
    /// b of a map.
    Bias,
    /// A norm's gain.
    Gain,
    /// A norm's shift.
    Shift,
}

/// A trained parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name of its buffer, such as `W1`.
    pub name: String,
    /// What it is.
    pub kind: ParameterKind,
    /// The layer that it belongs to, counted from 1.
    pub layer: usize,
    /// As training leaves it; out x in for weights, 1 x width else.
    pub trained: View,
    /// As the step uses it: `trained`, or a noisy copy.
    pub effective: View,
    /// The step's noise; not written while its SD is 0.
    pub noise: View,
    /// 1 where a connection exists, 0 elsewhere; absent where all do.
    pub mask: Option<View>,
    /// 1 where it trains, 0 where it is frozen; absent where all of it trains.
    pub trainable: Option<View>,
}

impl Parameter {
    /// Its rate of decay.
    #[must_use]
    pub fn rate(&self) -> Slot {
        Slot::WeightDecay(self.layer - 1)
    }

    /// Whether the step uses a noisy copy.
    #[must_use]
    pub fn is_copied(&self) -> bool {
        self.effective != self.trained
    }
}

/// A linear map h_b = W h_a (+ b), with `W` out x in and samples as rows (eq. 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// In forward order, from 1.
    pub number: usize,
    /// Name in golden files and state dictionaries, such as `layers.0`.
    pub name: String,
    /// W.
    pub weights: Parameter,
    /// b.
    pub bias: Option<Parameter>,
    /// Input h_a, samples x in.
    pub input: View,
    /// Pre-activation h_b, samples x out; right of `delta` in one buffer, so that one product serves both.
    pub pre_activation: View,
    /// What each sample asks of the pre-activation, samples x out: minus N times dL/dh_b for gradients.
    pub delta: View,
    /// `delta` and `pre_activation` side by side, samples x 2 out.
    pub stacked: View,
    /// f(h_b) where an activation follows, maybe behind a norm; else h_b.
    pub activity: View,
    /// The activation that follows, maybe behind a norm; linear where none does.
    pub activation: Activation,
    /// The norm that follows it directly.
    pub norm: Option<Norm>,
}

/// Gain and shift behind a normalisation, and what they act on.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    /// Gain, 1 x width.
    pub gain: Parameter,
    /// Shift, 1 x width.
    pub shift: Parameter,
    /// What is multiplied by the gain, samples x width.
    pub normalized: View,
    /// f of the norm's output.
    pub activity: View,
    /// The activation that follows directly.
    pub activation: Activation,
}
