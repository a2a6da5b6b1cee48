//! The four matrices of a layer that are laid side by side.

use ndarray::Array2;

use crate::app::look::glossary::Term;
use crate::record::LayerSnapshot;

/// One of the matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatrixQuantity {
    /// What the rule proposes.
    Signal,
    /// What a Hebbian rule would do.
    Hebbian,
    /// What is added to the weights.
    Update,
    /// The weights.
    Weights,
}

impl MatrixQuantity {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Signal, Self::Hebbian, Self::Update, Self::Weights];

    /// Name and symbol.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Signal => "Learning signal g",
            Self::Hebbian => "Hebbian update H",
            Self::Update => "Full update ΔW",
            Self::Weights => "Weights W",
        }
    }

    /// Name within a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Signal => "learning signal",
            Self::Hebbian => "Hebbian update",
            Self::Update => "full update",
            Self::Weights => "weights",
        }
    }

    /// Symbol in formulas.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Signal => "g",
            Self::Hebbian => "H",
            Self::Update => "ΔW",
            Self::Weights => "W",
        }
    }

    /// What it is, with its equation.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Signal => {
                "g: what the learning rule proposes for the weights, without decay and noise; for SGD the negative \
                 gradient of the loss (eq. 4, 9)."
            }
            Self::Hebbian => {
                "H = E[h_b h_aᵀ]: for every synapse the activity behind it times the activity before it, averaged over the batch \
                 (eq. 2)."
            }
            Self::Update => {
                "ΔW = η (g − γ W) for SGD: the whole change of the weights in this step, without injected noise (eq. 4, \
                 9)."
            }
            Self::Weights => "W before this step's noise and update.",
        }
    }

    /// The word that explains it.
    #[must_use]
    pub fn term(self) -> Term {
        match self {
            Self::Signal => Term::LearningSignal,
            Self::Hebbian => Term::HebbianUpdate,
            Self::Update => Term::FullUpdate,
            Self::Weights => Term::PreAndPost,
        }
    }

    /// Its values in a layer, out x in.
    #[must_use]
    pub fn of(self, layer: &LayerSnapshot) -> &Array2<f32> {
        match self {
            Self::Signal => &layer.signal,
            Self::Hebbian => &layer.hebbian,
            Self::Update => &layer.full_update,
            Self::Weights => &layer.weights,
        }
    }

    /// Its place in [`Quantity::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::Signal => 0,
            Self::Hebbian => 1,
            Self::Update => 2,
            Self::Weights => 3,
        }
    }
}
