//! What of two twins is compared.

use crate::app::plot::curves::HeightScale;

/// A quantity over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwinQuantity {
    /// Cosine of learning signal and Hebbian update of a layer.
    Signal,
    /// Cosine of full update and Hebbian update of a layer.
    Full,
    /// Loss of the batch.
    Training,
    /// Loss on the validation set.
    Validation,
    /// Frobenius norm of a layer's weights.
    WeightNorm,
}

impl TwinQuantity {
    /// Every quantity.
    pub const ALL: [Self; 5] = [Self::Signal, Self::Full, Self::Training, Self::Validation, Self::WeightNorm];

    /// Name to choose it by.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Signal => "Signal alignment",
            Self::Full => "Full alignment",
            Self::Training => "Training loss",
            Self::Validation => "Validation loss",
            Self::WeightNorm => "Weight norm |W|",
        }
    }

    /// What it is.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Signal => "Cosine of the learning signal g with the Hebbian update H (eq. 10).",
            Self::Full => "Cosine of the full update ΔW, with decay and without injected noise, with H.",
            Self::Training => "Loss of the batch at every measured step.",
            Self::Validation => {
                "Loss on the validation set at the end of epochs (measure.validate_every), without noise."
            }
            Self::WeightNorm => "Frobenius norm of the weight matrix that the step used.",
        }
    }

    /// Name of the vertical axis.
    #[must_use]
    pub fn axis(self) -> &'static str {
        match self {
            Self::Signal | Self::Full => "cosine",
            Self::Training | Self::Validation => "loss",
            Self::WeightNorm => "norm",
        }
    }

    /// Whether there is one a layer.
    #[must_use]
    pub fn is_of_layer(self) -> bool {
        matches!(self, Self::Signal | Self::Full | Self::WeightNorm)
    }

    /// Whether it is a cosine, from -1 to 1.
    #[must_use]
    pub fn is_cosine(self) -> bool {
        matches!(self, Self::Signal | Self::Full)
    }

    /// Whether values stand only at the end of epochs.
    #[must_use]
    pub fn is_sparse(self) -> bool {
        self == Self::Validation
    }

    /// How it is drawn.
    #[must_use]
    pub fn scale(self) -> HeightScale {
        if self.is_cosine() { HeightScale::Linear } else { HeightScale::Log10 }
    }

    /// Column of the metrics, for a layer counted from 1.
    #[must_use]
    pub fn column(self, layer: usize) -> String {
        match self {
            Self::Signal => format!("signal_{layer}"),
            Self::Full => format!("full_{layer}"),
            Self::Training => "train_loss".into(),
            Self::Validation => "validation_loss".into(),
            Self::WeightNorm => format!("weight_norm_{layer}"),
        }
    }

    /// The quantity in words, with its layer if it has one.
    #[must_use]
    pub fn title(self, layer: usize) -> String {
        if self.is_of_layer() { format!("{}, layer {layer}", self.label()) } else { self.label().to_owned() }
    }
}
