//! Where the panes lie: tiles that a person drags, splits, tabs, closes and brings back.

mod frame;

use std::collections::{BTreeSet, HashSet};

use eframe::egui::{Id, RichText, Ui, Vec2};
use egui_tiles::{Container, Linear, LinearDir, Tile, TileId, Tree};
use serde::{Deserialize, Serialize};

use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::{Extent, LayoutPreset, PaneKind};
use crate::app::panes::Panes;
use crate::app::view::View;
use frame::Shown;

/// Width of the controls below which the names of the three named sliders have no room beside their values.
const CONTROLS: f32 = 228.0;

/// Width of the controls where another column has taken from theirs: what they hold in most layouts.
const BESIDE: f32 = 240.0;

/// Width of the controls beyond which their sliders only take room from what they change, as long as nobody has drawn
/// their border elsewhere.
const WIDEST: f32 = 420.0;

/// Share of the width that a pane with a column of its own gets.
const COLUMN: f32 = 0.36;

/// The panes in their places.
#[derive(Clone, Serialize, Deserialize)]
pub struct Desk {
    preset: LayoutPreset,
    tree: Tree<PaneKind>,
    /// The pane that a person touched last, or that the layout is about; what names no pane takes this one.
    front: PaneKind,
    /// Whether it was touched or asked for since the layout was chosen, so that it stays in sight.
    #[serde(default)]
    is_chosen: bool,
    /// Panes that were in sight in the last frame.
    #[serde(skip)]
    seen: Vec<PaneKind>,
    /// Width of the desk then.
    #[serde(skip)]
    width: f32,
    /// The room for which the layout was made, as long as nobody has arranged anything.
    #[serde(default)]
    made_for: Option<Extent>,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(LayoutPreset::Explore)
    }
}

impl Desk {
    /// Panes as a layout has them.
    #[must_use]
    pub fn new(preset: LayoutPreset) -> Self {
        let extent = Extent::Large;
        Self {
            preset,
            tree: preset.tree(extent),
            front: preset.front(),
            is_chosen: false,
            made_for: Some(extent),
            seen: Vec::new(),
            width: 0.0,
        }
    }

    /// Whether the tiles are a tree of panes that can be drawn: a stored one may be anything.
    pub(super) fn is_sound(&self) -> bool {
        let mut seen = HashSet::new();
        let mut kinds = BTreeSet::new();
        let mut open: Vec<TileId> = self.tree.root().into_iter().collect();
        while let Some(id) = open.pop() {
            let is_new = seen.insert(id);
            let is_well = match self.tree.tiles.get(id) {
                Some(Tile::Pane(kind)) => kinds.insert(*kind),
                Some(Tile::Container(container)) => {
                    open.extend(container.children());
                    match container {
                        Container::Linear(linear) => linear.shares.iter().all(|(_, share)| (1e-3..1e6).contains(share)),
                        Container::Tabs(_) | Container::Grid(_) => true,
                    }
                }
                None => false,
            };
            if !is_new || !is_well {
                return false;
            }
        }
        true
    }

    /// The layout chosen last.
    #[must_use]
    pub fn preset(&self) -> LayoutPreset {
        self.preset
    }

    /// The pane that exports without a name take and that is presented; one that was closed gives way to one in sight.
    #[must_use]
    pub fn front(&self) -> PaneKind {
        if self.has(self.front) {
            return self.front;
        }
        self.in_sight().into_iter().filter(|kind| *kind != PaneKind::Controls).min().unwrap_or(self.front)
    }

    /// Panes that can be seen, those behind another's tab left out.
    #[must_use]
    pub fn in_sight(&self) -> Vec<PaneKind> {
        self.tree.active_tiles().into_iter().filter_map(|id| self.tree.tiles.get_pane(&id).copied()).collect()
    }

    /// Whether a pane is there, in sight or behind another's tab.
    #[must_use]
    pub fn has(&self, kind: PaneKind) -> bool {
        self.tree.tiles.find_pane(&kind).is_some()
    }

    /// Brings a pane to the front, opening it beside its like where it was closed.
    pub fn show(&mut self, kind: PaneKind) {
        if !self.has(kind) {
            self.open(kind);
        }
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == kind));
        (self.front, self.is_chosen) = (kind, true);
    }

    /// Closes a pane.
    pub fn close(&mut self, kind: PaneKind) {
        self.made_for = None;
        if let Some(id) = self.tree.tiles.find_pane(&kind) {
            self.tree.remove_recursively(id);
        }
    }

    /// Opens a closed pane among the tabs of the group with the most of them, which is never that of the controls.
    fn open(&mut self, kind: PaneKind) {
        self.made_for = None;
        let id = self.tree.tiles.insert_pane(kind);
        if kind.is_editor() && self.open_column(id) {
            return;
        }
        let controls = self.tree.tiles.find_pane(&PaneKind::Controls);
        let group = self
            .tree
            .tiles
            .iter()
            .filter_map(|(group, tile)| match tile {
                Tile::Container(Container::Tabs(tabs)) => Some((*group, tabs)),
                _ => None,
            })
            .filter(|(_, tabs)| kind == PaneKind::Controls || controls.is_none_or(|c| !tabs.children.contains(&c)))
            .max_by_key(|(_, tabs)| {
                // The first pane decides between groups of one size, as the order of tiles is not fixed.
                let first = tabs.children.iter().filter_map(|child| self.tree.tiles.get_pane(child)).min();
                (tabs.children.len(), std::cmp::Reverse(first.copied()))
            })
            .map(|(group, _)| group);
        match group {
            Some(group) => self.tree.move_tile_to_container(id, group, usize::MAX, false),
            None => {
                // Nothing but the controls is left, or nothing at all.
                let tabs = self.tree.tiles.insert_tab_tile(vec![id]);
                let root = match self.tree.root() {
                    Some(old) => self.tree.tiles.insert_horizontal_tile(vec![old, tabs]),
                    None => tabs,
                };
                let tiles = std::mem::take(&mut self.tree.tiles);
                self.tree = Tree::new(Id::unique("desk"), root, tiles);
            }
        }
    }

    /// Gives a pane a column behind that of the controls, which editors share: what is written is seen beside what comes of it.
    fn open_column(&mut self, pane: TileId) -> bool {
        if let Some(column) = self.editors() {
            self.tree.move_tile_to_container(pane, column, usize::MAX, false);
            return true;
        }
        let controls = self.tree.tiles.find_pane(&PaneKind::Controls).and_then(|id| self.tree.tiles.parent_of(id));
        if self.columns().is_none_or(|linear| linear.children.is_empty()) {
            return false;
        }
        let tabs = self.tree.tiles.insert_tab_tile(vec![pane]);
        let Some(linear) = self.columns() else { return false };
        let behind = linear.children.iter().position(|child| Some(*child) == controls).map_or(0, |place| place + 1);
        let all: f32 = linear.children.iter().map(|id| linear.shares[*id]).sum();
        linear.children.insert(behind, tabs);
        linear.shares.set_share(tabs, all * COLUMN / (1.0 - COLUMN));
        true
    }

    /// The group of tabs in which an editor lies, if one is open.
    fn editors(&self) -> Option<TileId> {
        let tiles = &self.tree.tiles;
        let mut editors = PaneKind::ALL.into_iter().filter(|kind| kind.is_editor());
        let group = editors.find_map(|kind| tiles.parent_of(tiles.find_pane(&kind)?));
        group.filter(|group| matches!(tiles.get(*group), Some(Tile::Container(Container::Tabs(_)))))
    }

    /// Draws every pane in sight.
    pub fn ui(&mut self, ui: &mut Ui, panes: &mut Panes, view: &mut View<'_>) {
        if self.tree.active_tiles().is_empty() {
            return nothing_open(ui, view);
        }
        self.fit(ui.available_size());
        let held = self.hold_controls(ui.available_width());
        let now = self.in_sight();
        // A bar that has become narrower may have left the tab in front behind its end.
        let is_resized = self.width != ui.available_width();
        self.width = ui.available_width();
        let revealed = now.iter().copied().filter(|kind| is_resized || !self.seen.contains(kind)).collect();
        self.seen = now;
        let mut shown = Shown { panes, view, touched: None, revealed, is_arranged: false };
        self.tree.ui(&mut shown, ui);
        let (touched, is_arranged) = (shown.touched, shown.is_arranged);
        if let Some(kind) = touched {
            (self.front, self.is_chosen) = (kind, true);
        }
        if is_arranged {
            self.made_for = None;
        }
        if let Some(held) = held {
            self.give_back(held);
        }
    }

    /// Makes a layout that nobody has changed anew where the room has become another one.
    fn fit(&mut self, room: Vec2) {
        let extent = Extent::of(room);
        if self.made_for.is_none_or(|made_for| made_for == extent) {
            return;
        }
        self.tree = self.preset.tree(extent);
        self.made_for = Some(extent);
        if !self.is_chosen {
            return;
        }
        let front = self.front;
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == front));
    }

    /// Gives the controls the width that they need in a narrow window, and no more than that in a wide one, for this frame.
    fn hold_controls(&mut self, width: f32) -> Option<Held> {
        let pane = self.tree.tiles.find_pane(&PaneKind::Controls)?;
        let column = self.tree.tiles.parent_of(pane)?;
        let editor = self.editors();
        let is_as_made = self.made_for.is_some();
        let linear = self.columns().filter(|linear| linear.children.contains(&column))?;
        let all: f32 = linear.children.iter().map(|id| linear.shares[*id]).sum();
        let is_beside = editor.is_some_and(|editor| linear.children.contains(&editor));
        let least = if is_beside { BESIDE } else { CONTROLS };
        let most = if is_as_made && linear.children.len() > 1 { WIDEST } else { f32::INFINITY };
        let before = linear.shares[column];
        let now = before / all * width;
        let wanted = now.clamp(least, most) / width;
        if (wanted * width - now).abs() < 0.01 || wanted > 0.5 {
            return None;
        }
        let now = wanted * (all - before) / (1.0 - wanted);
        linear.shares.set_share(column, now);
        Some(Held { column, before, now })
    }

    /// The share as it was, unless a person has just drawn the border elsewhere.
    fn give_back(&mut self, held: Held) {
        if let Some(linear) = self.columns().filter(|linear| linear.shares[held.column] == held.now) {
            linear.shares.set_share(held.column, held.before);
        }
    }

    fn columns(&mut self) -> Option<&mut Linear> {
        let root = self.tree.root()?;
        match self.tree.tiles.get_mut(root)? {
            Tile::Container(Container::Linear(linear)) if linear.dir == LinearDir::Horizontal => Some(linear),
            _ => None,
        }
    }
}

/// A column that is wider or narrower than its share for a frame.
struct Held {
    column: TileId,
    before: f32,
    now: f32,
}

/// Says how panes come back where all were closed.
fn nothing_open(ui: &mut Ui, view: &mut View<'_>) {
    ui.vertical_centered(|ui| {
        ui.add_space(0.35 * ui.available_height());
        ui.label(RichText::new("All panes are closed.").strong());
        ui.label(
            RichText::new("The menu Window opens each of them; Undo brings back the one that was closed last.").weak(),
        );
        ui.add_space(8.0);
        if ui.button(AppCommand::ResetLayout.label()).clicked() {
            view.commands.push(AppCommand::ResetLayout);
        }
    });
}

#[cfg(test)]
mod tests {
    use eframe::egui::vec2;

    use super::*;

    #[test]
    fn what_a_layout_is_about_is_in_front_and_what_is_closed_is_not() {
        for preset in LayoutPreset::ALL {
            let mut desk = Desk::new(preset);
            assert!(desk.in_sight().contains(&desk.front()), "{preset:?}");
            let first = desk.front();
            desk.close(first);
            assert!(desk.front() == first || desk.in_sight().contains(&desk.front()), "{preset:?}");
            assert_eq!(desk.front() == first, preset == LayoutPreset::Teach, "{preset:?}: it has no other pane");
        }
        let fronts =
            [LayoutPreset::Neurons, LayoutPreset::Matrices, LayoutPreset::Phase].map(|of| Desk::new(of).front());
        assert_eq!(fronts, [PaneKind::Neurons, PaneKind::Matrices, PaneKind::Phase]);
    }

    #[test]
    fn a_closed_pane_comes_back() {
        for preset in LayoutPreset::ALL {
            let mut desk = Desk::new(preset);
            for kind in PaneKind::ALL {
                desk.show(kind);
                assert!(desk.has(kind), "{kind:?} in {preset:?}");
            }
            for kind in PaneKind::ALL {
                desk.close(kind);
                assert!(!desk.has(kind));
            }
            desk.show(PaneKind::Norms);
            desk.show(PaneKind::Controls);
            assert!(desk.has(PaneKind::Norms) && desk.has(PaneKind::Controls));
        }
    }

    #[test]
    fn a_small_room_has_every_pane_and_fewer_at_once() {
        let seen = |size: Vec2| {
            let mut desk = Desk::new(LayoutPreset::Everything);
            desk.fit(size);
            assert!(PaneKind::ALL.into_iter().all(|kind| desk.has(kind)) && desk.is_sound(), "{size}");
            desk.in_sight().len()
        };
        let rooms = [(3840.0, 2000.0), (1900.0, 940.0), (1280.0, 560.0), (900.0, 600.0), (800.0, 340.0)];
        let [vast, large, middling, small, low] = rooms.map(|(width, height)| seen(vec2(width, height)));
        assert!(vast > 9 && vast > large, "{vast} {large}");
        assert_eq!((large, middling, small, low), (9, 5, 3, 2));

        let mut desk = Desk::new(LayoutPreset::Everything);
        desk.show(PaneKind::Matrices);
        desk.fit(vec2(1280.0, 560.0));
        assert!(desk.in_sight().contains(&PaneKind::Matrices), "what is in front stays in sight");
        desk.close(PaneKind::Log);
        desk.fit(vec2(1900.0, 940.0));
        assert_eq!(desk.in_sight().len(), 5, "what a person has arranged stays as it is");
    }

    #[test]
    fn a_low_room_has_the_pane_that_a_layout_is_about() {
        let about = [PaneKind::Network, PaneKind::Alignment, PaneKind::Neurons, PaneKind::Matrices, PaneKind::Phase];
        for (preset, about) in LayoutPreset::ALL.into_iter().zip(about) {
            let mut desk = Desk::new(preset);
            let panes = |desk: &Desk| PaneKind::ALL.into_iter().filter(|kind| desk.has(*kind)).collect::<Vec<_>>();
            let before = panes(&desk);
            desk.fit(vec2(853.0, 330.0));
            assert_eq!(desk.in_sight(), [PaneKind::Controls, about], "{preset:?}");
            assert_eq!(panes(&desk), before, "{preset:?}");
        }
    }

    #[test]
    fn controls_are_never_wider_than_they_need_until_their_border_is_drawn() {
        let mut desk = Desk::default();
        let share = |desk: &mut Desk| {
            let column = desk.tree.tiles.find_pane(&PaneKind::Controls).and_then(|id| desk.tree.tiles.parent_of(id));
            let linear = desk.columns().expect("a layout has columns");
            let all: f32 = linear.children.iter().map(|id| linear.shares[*id]).sum();
            linear.shares[column.expect("there")] / all
        };
        for (width, wanted) in [(3840.0, WIDEST), (1600.0, 352.0), (800.0, CONTROLS)] {
            let before = share(&mut desk);
            let held = desk.hold_controls(width);
            // Shares are f32: a hundredth of a point of some thousand.
            assert!((share(&mut desk) * width - wanted).abs() < 0.01 * width / 1000.0, "{width}");
            if let Some(held) = held {
                desk.give_back(held);
            }
            assert_eq!(share(&mut desk), before);
        }
        desk.made_for = None;
        assert!(desk.hold_controls(3840.0).is_none(), "a border that was drawn stays");
    }

    #[test]
    fn what_is_written_lies_beside_what_comes_of_it() {
        let mut desk = Desk::default();
        let in_sight = |desk: &Desk| desk.in_sight().into_iter().collect::<BTreeSet<_>>();
        let before = in_sight(&desk);
        desk.show(PaneKind::Rule);
        let beside = in_sight(&desk);
        assert!(beside.is_superset(&before) && beside.contains(&PaneKind::Rule), "{beside:?}");
        assert!(desk.is_sound());
        desk.close(PaneKind::Rule);
        assert_eq!(in_sight(&desk), before);
    }

    #[test]
    fn a_desk_is_written_and_read() {
        let mut desk = Desk::new(LayoutPreset::Matrices);
        desk.close(PaneKind::Forces);
        let text = serde_json::to_string(&desk).expect("a desk has a text");
        let read: Desk = serde_json::from_str(&text).expect("and is read from it");
        assert_eq!(read.preset(), LayoutPreset::Matrices);
        assert!(read.has(PaneKind::Matrices) && !read.has(PaneKind::Forces));
        assert!(read.is_sound());
    }

    #[test]
    fn only_a_tree_of_panes_is_taken_up() {
        for preset in LayoutPreset::ALL {
            assert!(Desk::new(preset).is_sound(), "{preset:?}");
        }
        let mut empty = Desk::default();
        PaneKind::ALL.into_iter().for_each(|kind| empty.close(kind));
        assert!(empty.is_sound(), "all panes may be closed");
        // A group that holds itself would be drawn without end.
        let mut circle = Desk::default();
        let root = circle.tree.root().expect("a layout has panes");
        if let Some(Tile::Container(Container::Linear(linear))) = circle.tree.tiles.get_mut(root) {
            linear.add_child(root);
        }
        assert!(!circle.is_sound());
        let mut dangling = Desk::default();
        dangling.tree.tiles.remove(dangling.tree.tiles.find_pane(&PaneKind::Loss).expect("there"));
        assert!(!dangling.is_sound());
        let mut endless = Desk::default();
        if let Some(Tile::Container(Container::Linear(linear))) = endless.tree.tiles.get_mut(root) {
            let child = linear.children[0];
            linear.shares.set_share(child, f32::NAN);
        }
        assert!(!endless.is_sound());
    }
}
