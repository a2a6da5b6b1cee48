//! The panes by name, and the arrangements of them that come with the window.

use eframe::egui::{Id, Vec2};
use egui_tiles::{Container, Linear, LinearDir, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

use crate::pane_table::for_each_pane;

/// Where a pane lies in the arrangement 'Explore'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    /// Left of everything.
    Side,
    /// Among the large ones.
    Front,
    /// Below these.
    Below,
    /// The same; behind another where panes lie side by side.
    Stacked,
    /// Nowhere until it is opened.
    Aside,
}

macro_rules! kinds {
    ($($kind:ident, $module:ident :: $pane:ident, $home:ident, $column:literal, $title:literal, $about:literal;)*) => {
        /// A pane of the window.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum PaneKind {
            $(#[doc = $about] $kind,)*
        }

        impl PaneKind {
            /// Every pane.
            pub const ALL: [Self; [$(Self::$kind),*].len()] = [$(Self::$kind),*];

            /// Name that tours, files and `--hide` use.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($module),)*
                }
            }

            /// Name on tabs.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$kind => $title,)*
                }
            }

            /// What it shows, in a sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$kind => $about,)*
                }
            }

            /// Whether it is opened when it is needed, beside what it changes.
            #[must_use]
            pub fn is_editor(self) -> bool {
                self.home() == Home::Aside
            }

            fn home(self) -> Home {
                match self {
                    $(Self::$kind => Home::$home,)*
                }
            }

            /// Its place in the arrangement 'Everything'.
            fn column(self) -> usize {
                match self {
                    $(Self::$kind => $column,)*
                }
            }
        }
    };
}

for_each_pane!(kinds);

impl PaneKind {
    /// The pane of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Those of some columns of the arrangement 'Everything'.
    fn in_columns(some: &[usize]) -> Vec<Self> {
        Self::ALL.into_iter().filter(|kind| some.contains(&kind.column())).collect()
    }

    fn at(home: Home) -> Vec<Self> {
        let is_there = |kind: &Self| kind.home() == home || (home == Home::Below && kind.home() == Home::Stacked);
        Self::ALL.into_iter().filter(is_there).collect()
    }
}

/// Widths of the columns of the arrangement 'Everything'.
const COLUMNS: [f32; 4] = [0.16, 0.28, 0.30, 0.26];

/// How much room panes have beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// One beside the controls: of two above each other neither would have room for more than its choices.
    Low,
    /// Two beside the controls.
    Small,
    /// Four.
    Middling,
    /// Seven.
    Large,
    /// All of them.
    Vast,
}

impl Extent {
    /// That of a room of this size in points.
    #[must_use]
    pub fn of(room: Vec2) -> Self {
        match () {
            () if room.x >= 2400.0 && room.y >= 1200.0 => Self::Vast,
            () if room.x >= 1500.0 && room.y >= 760.0 => Self::Large,
            () if room.y < 400.0 => Self::Low,
            () if room.x >= 1000.0 && room.y >= 420.0 => Self::Middling,
            () => Self::Small,
        }
    }
}

/// An arrangement of panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayoutPreset {
    /// The network and the curves, everything else a tab away.
    Explore,
    /// Few things, large.
    Teach,
    /// Single neurons.
    Neurons,
    /// Matrices and forces of one step.
    Matrices,
    /// Noise against weight decay.
    Phase,
    /// Every pane, and as many at once as there is room for.
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

    /// The pane that is in front in it until another is touched: the one that it is about, and else the curves.
    #[must_use]
    pub fn front(self) -> PaneKind {
        match self {
            Self::Neurons => PaneKind::Neurons,
            Self::Matrices => PaneKind::Matrices,
            Self::Phase => PaneKind::Phase,
            Self::Explore | Self::Teach | Self::Everything => PaneKind::Alignment,
        }
    }

    /// Its panes but the controls, the one that it is about first, for a room of one group.
    fn in_one_group(self) -> Vec<PaneKind> {
        use PaneKind::{Alignment, Controls, Forces, History, Loss, Matrices, Neurons, Phase, Twins};
        match self {
            Self::Explore => [Home::Front, Home::Below].map(PaneKind::at).concat(),
            Self::Teach => vec![Alignment],
            Self::Neurons => vec![Neurons, Alignment, Loss, History],
            Self::Matrices => vec![Matrices, Forces, Alignment, History],
            Self::Phase => vec![Phase, Alignment, Forces, Loss, Twins],
            Self::Everything => {
                let mut all = PaneKind::in_columns(&[2, 3, 1]);
                all.retain(|kind| *kind != Controls);
                all
            }
        }
    }

    /// Its panes in place, where there is so much room.
    #[must_use]
    pub fn tree(self, extent: Extent) -> Tree<PaneKind> {
        use PaneKind::{Alignment, Controls, Forces, History, Loss, Matrices, Neurons, Phase, Twins};
        let mut plan = Plan::default();
        let root = match self {
            _ if extent == Extent::Low => {
                let (left, right) = (plan.tabs(&[Controls]), plan.tabs(&self.in_one_group()));
                plan.split(LinearDir::Horizontal, &[(left, 0.22), (right, 0.78)])
            }
            Self::Explore => {
                let [left, top, bottom] =
                    [Home::Side, Home::Front, Home::Below].map(|home| plan.tabs(&PaneKind::at(home)));
                let right = plan.split(LinearDir::Vertical, &[(top, 0.57), (bottom, 0.43)]);
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
            // A pane that is too small shows nothing: what has no room lies behind another.
            Self::Everything if extent == Extent::Large => {
                let [controls, curves, network, rest] = [0, 1, 2, 3].map(|column| PaneKind::in_columns(&[column]));
                let without = |kinds: &[PaneKind], some: &[PaneKind]| -> Vec<PaneKind> {
                    kinds.iter().copied().filter(|kind| !some.contains(kind)).collect()
                };
                let [alignment, loss] = [Alignment, Loss].map(|kind| (plan.tabs(&[kind]), 0.34));
                let others = (plan.tabs(&without(&curves, &[Alignment, Loss])), 0.32);
                let (front, matrices) = (plan.tabs(&without(&network, &[Matrices, Forces])), plan.tabs(&[Matrices]));
                let (phase, forces) = (plan.tabs(&[Phase]), plan.tabs(&[Forces]));
                let last = plan.tabs(&without(&rest, &[Phase]));
                let left = (plan.tabs(&controls), COLUMNS[0]);
                let first = (plan.split(LinearDir::Vertical, &[alignment, loss, others]), COLUMNS[1]);
                let middle = (plan.split(LinearDir::Vertical, &[(front, 0.45), (matrices, 0.55)]), COLUMNS[2]);
                let right = [(phase, 0.40), (forces, 0.33), (last, 0.27)];
                let right = (plan.split(LinearDir::Vertical, &right), COLUMNS[3]);
                plan.split(LinearDir::Horizontal, &[left, first, middle, right])
            }
            Self::Everything if extent != Extent::Vast => {
                let columns = PaneKind::in_columns;
                let left = plan.tabs(&columns(&[0]));
                if extent == Extent::Small {
                    let (top, bottom) = (plan.tabs(&columns(&[2, 3])), plan.tabs(&columns(&[1])));
                    let right = plan.split(LinearDir::Vertical, &[(top, 0.57), (bottom, 0.43)]);
                    plan.split(LinearDir::Horizontal, &[(left, 0.22), (right, 0.78)])
                } else {
                    let last = columns(&[3]);
                    let (first, rest) = last.split_at(1.min(last.len()));
                    let [a, b] = [columns(&[2]), columns(&[1])].map(|kinds| (plan.tabs(&kinds), 0.5));
                    let [c, d] = [first, rest].map(|kinds| (plan.tabs(kinds), 0.5));
                    let middle = plan.split(LinearDir::Vertical, &[a, b]);
                    let right = plan.split(LinearDir::Vertical, &[c, d]);
                    plan.split(LinearDir::Horizontal, &[(left, 0.18), (middle, 0.41), (right, 0.41)])
                }
            }
            Self::Everything => {
                let mut columns = Vec::new();
                for (column, share) in COLUMNS.into_iter().enumerate() {
                    let mut rows: Vec<Vec<PaneKind>> = Vec::new();
                    for kind in PaneKind::ALL.into_iter().filter(|kind| kind.column() == column) {
                        match rows.last_mut() {
                            // What is opened when it is needed lies behind another until then.
                            Some(row) if matches!(kind.home(), Home::Aside | Home::Stacked) => row.push(kind),
                            _ => rows.push(vec![kind]),
                        }
                    }
                    let rows: Vec<_> = rows.iter().map(|row| (plan.tabs(row), 1.0)).collect();
                    columns.push((plan.split(LinearDir::Vertical, &rows), share));
                }
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
