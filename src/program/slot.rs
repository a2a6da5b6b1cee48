//! Hyper-parameters of a replica.

/// A per-replica hyper-parameter, read at each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// `rule.learning_rate`
    LearningRate,
    /// `rule.clip`; 0 for no limit.
    Clip,
    /// `rule.target_norm`
    TargetNorm,
    /// `regularizer.l1`
    L1,
    /// `noise.weight_sd`
    WeightSd,
    /// `noise.input_sd`
    InputSd,
    /// `noise.gradient_sd`
    GradientSd,
    /// `model.dropout`
    Dropout,
    /// `regularizer.activation_penalty`
    ActivationPenalty,
    /// Weight decay of layer k, counted from 0.
    WeightDecay(usize),
    /// Parameter k of a rule that a user wrote, counted from 0.
    RuleParameter(usize),
}

impl Slot {
    const FIXED: usize = 9;

    /// Place among a replica's values.
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::LearningRate => 0,
            Self::Clip => 1,
            Self::TargetNorm => 2,
            Self::L1 => 3,
            Self::WeightSd => 4,
            Self::InputSd => 5,
            Self::GradientSd => 6,
            Self::Dropout => 7,
            Self::ActivationPenalty => 8,
            // By turns, so that neither list has to know the other's length.
            Self::WeightDecay(layer) => Self::FIXED + 2 * layer,
            Self::RuleParameter(place) => Self::FIXED + 2 * place + 1,
        }
    }

    /// Values that a replica of so many layers has, by a rule of so many parameters.
    #[must_use]
    pub fn count(layers: usize, parameters: usize) -> usize {
        Self::FIXED + 2 * layers.max(parameters)
    }
}
