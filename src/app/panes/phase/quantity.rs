//! What the colours of the grid stand for.

use crate::sweep::Grid;

/// A quantity that cells have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhaseQuantity {
    /// Alignment of the learning signal.
    #[default]
    Signal,
    /// Alignment of the full update.
    Full,
    /// Loss on the validation set.
    Loss,
    /// Share of the validation set that is classified correctly.
    Accuracy,
}

impl PhaseQuantity {
    const ALL: [Self; 4] = [Self::Signal, Self::Full, Self::Loss, Self::Accuracy];

    /// Those that the grid records of a layer, counted from 1.
    pub fn recorded(grid: &Grid, layer: usize) -> Vec<Self> {
        let is_there = |quantity: &Self| grid.names().iter().any(|name| *name == quantity.column(layer));
        Self::ALL.into_iter().filter(is_there).collect()
    }

    /// Name of the column.
    pub fn column(self, layer: usize) -> String {
        match self {
            Self::Signal => format!("signal_{layer}"),
            Self::Full => format!("full_{layer}"),
            Self::Loss => "validation_loss".into(),
            Self::Accuracy => "validation_accuracy".into(),
        }
    }

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Signal => "Learning signal",
            Self::Full => "Full update",
            Self::Loss => "Validation loss",
            Self::Accuracy => "Validation accuracy",
        }
    }

    /// As the name of an axis.
    pub fn axis(self) -> &'static str {
        match self {
            Self::Signal => "cosine of learning signal",
            Self::Full => "cosine of full update",
            Self::Loss => "validation loss",
            Self::Accuracy => "share classified correctly",
        }
    }

    /// The same in a word, where the axis is short.
    pub fn short_axis(self) -> &'static str {
        match self {
            Self::Signal | Self::Full => "cosine",
            Self::Loss => "loss",
            Self::Accuracy => "share",
        }
    }

    /// As the heading of a map.
    pub fn title(self, layer: usize) -> String {
        if self.is_cosine() { format!("{}, layer {layer}", self.label()) } else { self.label().to_owned() }
    }

    /// What it is.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Signal => "Cosine of learning signal and Hebbian update, mean over the last window (eq. 10).",
            Self::Full => "Cosine of the full update ΔW and the Hebbian update, mean over the last window.",
            Self::Loss => "Loss on the validation set at the end of the run, without noise (Figure 5).",
            Self::Accuracy => "Share of the validation set that is classified correctly, without noise.",
        }
    }

    /// Whether it has a sign.
    pub fn is_cosine(self) -> bool {
        matches!(self, Self::Signal | Self::Full)
    }
}
