//! The `[rule]` section: which learning rule, its variant and its constants.

use serde::{Deserialize, Serialize};

use super::custom::{RuleParameters, RuleStates};

/// Learning rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Stochastic gradient descent.
    Sgd,
    /// Adam with PyTorch's semantics.
    Adam,
    /// Direct Feedback Alignment: the output error reaches every layer through fixed random weights.
    Dfa,
    /// A fixed random network decides the direction of every update (appendix C.6).
    RandomNn,
    /// Plain Hebbian learning, eq. 2.
    Hebb,
    /// Hebbian learning with weights standardised after every step (Figure 18).
    HebbNormalized,
    /// Oja's rule (Figure 18).
    Oja,
    /// What `signal` and `bias` say.
    Custom,
}

impl Rule {
    /// How rows are normalised after an update; `None` where they are not.
    #[must_use]
    pub fn row_normalization(&self) -> Option<Normalization> {
        match self.kind {
            RuleKind::HebbNormalized => Some(self.normalization.unwrap_or(Normalization::Standardize)),
            RuleKind::Custom => self.normalization,
            _ => None,
        }
        .filter(|kind| *kind != Normalization::None)
    }

    /// Whether signals go through Adam.
    #[must_use]
    pub fn uses_adam(&self) -> bool {
        self.kind == RuleKind::Adam || self.optimizer == OptimizerKind::Adam
    }
}

impl RuleKind {
    /// Whether the learning signal is a mean over signals of single examples, each of which has a cosine.
    #[must_use]
    pub fn has_example_signals(self) -> bool {
        matches!(self, Self::Sgd | Self::Adam | Self::Dfa)
    }
}

/// Which side of the nonlinearity a Hebbian rule multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HebbActivity {
    /// The pre-activation h_b.
    Pre,
    /// The post-activation f(h_b); h_b itself in the linear output layer.
    Post,
}

/// What is done to each row of `W` after an update of `hebb_normalized`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Nothing is done.
    None,
    /// Row mean 0 and population SD 1.
    #[serde(alias = "standardise")]
    Standardize,
    /// Row length 1.
    Unit,
}

/// Form of Oja's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OjaForm {
    /// Every neuron on its own: `E[o_i h_a] - E[o_i^2] w_i`.
    Row,
    /// Oja's subspace rule: `E[o h_a^T] - E[o o^T] W`.
    Subspace,
}

/// How parameters learn that are no linear map's, beside a Hebbian rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherParameters {
    /// By gradient descent.
    Sgd,
    /// Not at all.
    None,
}

/// What a learning signal goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerKind {
    /// Learning rate times signal.
    Sgd,
    /// Adam, as in `rule.kind = "adam"`.
    Adam,
}

/// `[rule]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Learning rule.
    pub kind: RuleKind,
    /// Learning rate, the paper's eta.
    pub learning_rate: f64,
    /// Largest norm of the learning signal; 0 for no limit.
    pub clip: f64,
    /// Adam's decay of the first moment.
    pub beta1: f64,
    /// Adam's decay of the second moment.
    pub beta2: f64,
    /// Adam's epsilon, added outside the root.
    pub epsilon: f64,
    /// DFA: factor on the feedback weights, U(+-1/sqrt(outputs)).
    pub feedback_scale: f64,
    /// RandomNN: norm that each parameter is driven to.
    pub target_norm: f64,
    /// RandomNN: hidden widths of the random network.
    pub random_nn_hidden: Vec<usize>,
    /// RandomNN: outputs of the random network.
    pub random_nn_outputs: usize,
    /// RandomNN: whether the random network has biases.
    pub random_nn_bias: bool,
    /// Hebbian rules: pre- or post-activation.
    pub hebb_activity: HebbActivity,
    /// What a signal goes through; `kind = "adam"` is gradient descent's signal through Adam.
    pub optimizer: OptimizerKind,
    /// `hebb_normalized` and `custom`: how rows are normalised; absent: `standardize` and `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalization: Option<Normalization>,
    /// `oja`: neuron by neuron or subspace form.
    pub oja_form: OjaForm,
    /// Hebbian and written rules: how gains and shifts of norms learn.
    pub others: OtherParameters,
    /// `custom`: the learning signal of a weight.
    pub signal: String,
    /// `custom`: the learning signal of a bias; empty where biases do not learn.
    pub bias: String,
    /// `custom`: numbers that the expressions name.
    #[serde(skip_serializing_if = "RuleParameters::is_empty")]
    pub parameters: RuleParameters,
    /// `custom`: running averages that the expressions name.
    #[serde(skip_serializing_if = "RuleStates::is_empty")]
    pub state: RuleStates,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            kind: RuleKind::Sgd,
            learning_rate: 0.01,
            clip: 0.0,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            feedback_scale: 1.0,
            target_norm: 100.0,
            random_nn_hidden: vec![128, 128, 128],
            random_nn_outputs: 4,
            random_nn_bias: true,
            hebb_activity: HebbActivity::Pre,
            optimizer: OptimizerKind::Sgd,
            normalization: None,
            oja_form: OjaForm::Row,
            others: OtherParameters::Sgd,
            signal: String::new(),
            bias: String::new(),
            parameters: RuleParameters::new(),
            state: RuleStates::new(),
        }
    }
}
