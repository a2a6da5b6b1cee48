//! The panes by name, and the arrangements of them that come with the window.

use eframe::egui::Id;
use egui_tiles::{Container, Linear, LinearDir, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

/// A pane of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaneKind {
    /// Everything that may be changed while the run goes on.
    Controls,
    /// Alignment over time.
    Alignment,
    /// Loss and accuracy over time.
    Loss,
    /// Alignment of single neurons.
    Neurons,
    /// The matrices of one step.
    Matrices,
    /// What makes weights grow and shrink.
    Forces,
    /// Norms over time.
    Norms,
    /// Run and twin.
    Twins,
    /// Weight decay against noise.
    Phase,
    /// A learning rule to write.
    Rule,
    /// The run's past.
    History,
    /// Messages.
    Log,
}

impl PaneKind {
    /// Every pane.
    pub const ALL: [Self; 12] = [
        Self::Controls,
        Self::Alignment,
        Self::Loss,
        Self::Neurons,
        Self::Matrices,
        Self::Forces,
        Self::Norms,
        Self::Twins,
        Self::Phase,
        Self::Rule,
        Self::History,
        Self::Log,
    ];

    /// Name that tours, files and `--hide` use.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Controls => "controls",
            Self::Alignment => "alignment",
            Self::Loss => "loss",
            Self::Neurons => "neurons",
            Self::Matrices => "matrices",
            Self::Forces => "forces",
            Self::Norms => "norms",
            Self::Twins => "twins",
            Self::Phase => "phase",
            Self::Rule => "rule",
            Self::History => "history",
            Self::Log => "log",
        }
    }

    /// Name on tabs.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Controls => "Controls",
            Self::Alignment => "Alignment",
            Self::Loss => "Loss",
            Self::Neurons => "Neurons",
            Self::Matrices => "Matrices",
            Self::Forces => "Force balance",
            Self::Norms => "Norms",
            Self::Twins => "Twins",
            Self::Phase => "Phase diagram",
            Self::Rule => "Learning rule",
            Self::History => "History",
            Self::Log => "Log",
        }
    }

    /// What it shows, in a sentence.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Controls => "Settings that may be changed while the run goes on.",
            Self::Alignment => {
                "Cosine of the learning signal, and of the full update, with the Hebbian update, layer by layer (eq. 10, \
                 Figure 15)."
            }
            Self::Loss => "Training and validation loss on a logarithmic axis; for classifications also the accuracy.",
            Self::Neurons => {
                "The same cosine for single post-synaptic neurons over time, with phases, flips and oscillations \
                 (Figures 19, 20)."
            }
            Self::Matrices => "Learning signal, Hebbian update, full update and weights at one step (Figures 2, 17).",
            Self::Forces => {
                "What makes |W|² grow and shrink: learning signal, weight decay, noise; and theory against measurement \
                 (Figure 1, eq. 6, 8, 12)."
            }
            Self::Norms => "Norms of weights, learning signal and Hebbian update of every layer.",
            Self::Twins => {
                "The run and a twin that differs in a setting or in its rule, with the same batches and noise."
            }
            Self::Phase => {
                "Where this run has been in the plane of noise and weight decay, and how Hebbian it was there (Figure 4)."
            }
            Self::Rule => {
                "Write a learning rule as an expression, see what it is made of, and train a new run with it."
            }
            Self::History => "The run's past: look at any step, list the changes, continue from there.",
            Self::Log => "Messages, warnings and divergences.",
        }
    }

    /// The pane of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// An arrangement of panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayoutPreset {
    /// Curves large, everything else a tab away.
    Explore,
    /// Few things, large.
    Teach,
    /// Single neurons.
    Neurons,
    /// Matrices and forces of one step.
    Matrices,
    /// Noise against weight decay.
    Phase,
    /// Every pane, and all at once but the learning rule, for a large screen.
    Everything,
}

impl LayoutPreset {
    /// Every arrangement.
    pub const ALL: [Self; 6] =
        [Self::Explore, Self::Teach, Self::Neurons, Self::Matrices, Self::Phase, Self::Everything];

    /// Name that tours and files use.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Explore => "explore",
            Self::Teach => "teach",
            Self::Neurons => "neurons",
            Self::Matrices => "matrices",
            Self::Phase => "phase",
            Self::Everything => "everything",
        }
    }

    /// Name in menus.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Explore => "Explore",
            Self::Teach => "Teach",
            Self::Neurons => "Neurons",
            Self::Matrices => "Matrices",
            Self::Phase => "Phase diagram",
            Self::Everything => "Everything",
        }
    }

    /// The arrangement of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.id() == id)
    }

    /// Its panes in place.
    #[must_use]
    pub fn tree(self) -> Tree<PaneKind> {
        use PaneKind::{Alignment, Controls, Forces, History, Log, Loss, Matrices, Neurons, Norms, Phase, Rule, Twins};
        let mut plan = Plan::default();
        let root = match self {
            Self::Explore => {
                let left = plan.tabs(&[Controls]);
                let top = plan.tabs(&[Alignment, Neurons, Matrices, Phase]);
                let bottom = plan.tabs(&[Loss, Norms, Forces, Twins, History, Log]);
                let right = plan.split(LinearDir::Vertical, &[(top, 0.62), (bottom, 0.38)]);
                plan.split(LinearDir::Horizontal, &[(left, 0.22), (right, 0.78)])
            }
            Self::Teach => {
                let left = plan.tabs(&[Controls]);
                let right = plan.tabs(&[Alignment]);
                plan.split(LinearDir::Horizontal, &[(left, 0.24), (right, 0.76)])
            }
            Self::Neurons => {
                let left = plan.tabs(&[Controls]);
                let top = plan.tabs(&[Neurons]);
                let bottom = plan.tabs(&[Alignment, Loss, History]);
                let right = plan.split(LinearDir::Vertical, &[(top, 0.66), (bottom, 0.34)]);
                plan.split(LinearDir::Horizontal, &[(left, 0.22), (right, 0.78)])
            }
            Self::Matrices => {
                let left = plan.tabs(&[Controls]);
                let top = plan.tabs(&[Matrices]);
                let bottom = plan.tabs(&[Forces, Alignment, History]);
                let right = plan.split(LinearDir::Vertical, &[(top, 0.56), (bottom, 0.44)]);
                plan.split(LinearDir::Horizontal, &[(left, 0.22), (right, 0.78)])
            }
            Self::Phase => {
                let left = plan.tabs(&[Controls]);
                let middle = plan.tabs(&[Phase]);
                let top = plan.tabs(&[Alignment]);
                let bottom = plan.tabs(&[Forces, Loss, Twins]);
                let right = plan.split(LinearDir::Vertical, &[(top, 0.5), (bottom, 0.5)]);
                plan.split(LinearDir::Horizontal, &[(left, 0.22), (middle, 0.40), (right, 0.38)])
            }
            Self::Everything => {
                let mut column = |share: f32, kinds: &[PaneKind]| {
                    // What is written needs room only while it is written.
                    let behind = |kind| if kind == Norms { vec![Norms, Rule] } else { vec![kind] };
                    let rows: Vec<_> = kinds.iter().map(|kind| (plan.tabs(&behind(*kind)), 1.0)).collect();
                    (plan.split(LinearDir::Vertical, &rows), share)
                };
                let columns = [
                    column(0.16, &[Controls]),
                    column(0.28, &[Alignment, Loss, Norms]),
                    column(0.30, &[Neurons, Matrices, Forces]),
                    column(0.26, &[Phase, Twins, History, Log]),
                ];
                plan.split(LinearDir::Horizontal, &columns)
            }
        };
        Tree::new(Id::unique("desk"), root, plan.tiles)
    }
}

#[derive(Default)]
struct Plan {
    tiles: Tiles<PaneKind>,
}

impl Plan {
    /// Panes behind each other, the first in front.
    fn tabs(&mut self, kinds: &[PaneKind]) -> TileId {
        let children = kinds.iter().map(|kind| self.tiles.insert_pane(*kind)).collect();
        self.tiles.insert_tab_tile(children)
    }

    fn split(&mut self, dir: LinearDir, children: &[(TileId, f32)]) -> TileId {
        let mut linear = Linear::new(dir, children.iter().map(|(id, _)| *id).collect());
        for (id, share) in children {
            linear.shares.set_share(*id, *share);
        }
        self.tiles.insert_container(Container::Linear(linear))
    }
}
