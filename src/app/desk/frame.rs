//! The frame of a pane: its tab, what explains and exports it, and the room that it is drawn in.

use eframe::egui::{
    Button, Color32, Popup, Rect, Response, RichText, ScrollArea, Stroke, StrokeKind, Ui, UiBuilder, Vec2, Visuals,
    WidgetText, scroll_area::ScrollSource, style::ScrollAnimation, vec2,
};
use egui_tiles::{Behavior, EditAction, SimplificationOptions, TabState, Tabs, TileId, Tiles, UiResponse};

use crate::app::look::focus;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::orders::{AppCommand, ExportForm};
use crate::app::panes::Panes;
use crate::app::view::View;

/// Between a tile and what is drawn in it.
const MARGIN: Vec2 = vec2(10.0, 6.0);

/// What a pane has at least to draw in: in a tile that has become smaller, which nothing keeps a window from, its edges are
/// out of sight.
const LEAST: Vec2 = vec2(100.0, 20.0);

/// What the tiles need to draw themselves.
pub(super) struct Shown<'a, 'b> {
    pub panes: &'a mut Panes,
    pub view: &'a mut View<'b>,
    pub touched: Option<PaneKind>,
    /// Panes that have come to the front since the last frame.
    pub revealed: Vec<PaneKind>,
    /// A person has drawn a border or a tab elsewhere.
    pub is_arranged: bool,
}

impl Behavior<PaneKind> for Shown<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, kind: &mut PaneKind) -> UiResponse {
        let pressed = ui.input(|input| input.pointer.any_pressed().then(|| input.pointer.interact_pos()).flatten());
        if pressed.is_some_and(|at| ui.max_rect().contains(at)) && *kind != PaneKind::Controls {
            self.touched = Some(*kind);
        }
        let fill = ui.visuals().panel_fill;
        ui.painter().rect_filled(ui.max_rect(), 0.0, fill);
        let room = ui.max_rect();
        let inner = Rect::from_min_size(room.min + MARGIN, (room.size() - 2.0 * MARGIN).max(LEAST));
        if !room.contains_rect(inner) {
            ui.shrink_clip_rect(room);
        }
        ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt(kind.id()), |ui| {
            // Of the neurons the wheel zooms in time.
            let source = ScrollSource { mouse_wheel: *kind != PaneKind::Neurons, ..ScrollSource::ALL };
            at_least(ui, least_height(*kind, inner.width()), source, |ui| self.panes.get(*kind).ui(ui, self.view));
        });
        if self.view.highlighted.contains(&kind.id()) {
            let accent = Palette::of(ui.ctx().theme()).warning;
            ui.painter().rect_stroke(ui.max_rect(), 4.0, Stroke::new(2.0, accent), StrokeKind::Inside);
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, kind: &PaneKind) -> WidgetText {
        words::say(kind.title()).into()
    }

    fn is_tab_closable(&self, _tiles: &Tiles<PaneKind>, _tile: TileId) -> bool {
        true
    }

    fn on_tab_button(&mut self, tiles: &mut Tiles<PaneKind>, tile: TileId, response: Response) -> Response {
        let Some(kind) = tiles.get_pane(&tile).copied() else { return response };
        if response.clicked() {
            self.touched = Some(kind);
        }
        if response.gained_focus() || self.revealed.contains(&kind) {
            // At once: the bar of tabs keeps no movement from one frame to the next.
            response.scroll_to_me_animation(None, ScrollAnimation::none());
        }
        let response = response.on_hover_text(words::say(kind.description()));
        match term(kind) {
            Some(term) => glossary::explained(response, term),
            None => response,
        }
    }

    fn top_bar_right_ui(
        &mut self,
        tiles: &Tiles<PaneKind>,
        ui: &mut Ui,
        _tile: TileId,
        tabs: &Tabs,
        _scroll: &mut f32,
    ) {
        let Some(kind) = tabs.active.and_then(|id| tiles.get_pane(&id).copied()) else { return };
        if !self.panes.get(kind).has_exhibit() {
            return;
        }
        ui.add_space(6.0);
        let button = Button::new(RichText::new("Export ▼").size(12.0)).frame_when_inactive(false);
        let button =
            ui.add(button).on_hover_text(format!("Take what the {} pane shows out of it.", words::say(kind.title())));
        let button = button.accessible_name(format!("Export {}", kind.title()));
        Popup::menu(&button).show(|ui| {
            let forms = ExportForm::ALL.map(|form| AppCommand::Export(kind, form));
            for command in forms.into_iter().chain([AppCommand::Animate(kind)]) {
                let item = ui.button(command.label()).on_hover_text(command.description());
                if item.accessible_name(format!("{} of {}", command.label(), kind.title())).clicked() {
                    self.view.commands.push(command);
                    ui.close();
                }
            }
        });
    }

    fn tab_bar_height(&self, _style: &eframe::egui::Style) -> f32 {
        26.0
    }

    fn gap_width(&self, _style: &eframe::egui::Style) -> f32 {
        2.0
    }

    fn on_edit(&mut self, action: EditAction) {
        self.is_arranged |= matches!(action, EditAction::TileResized | EditAction::TileDropped);
    }

    fn min_size(&self) -> f32 {
        120.0
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        visuals.faint_bg_color
    }

    fn tab_bg_color(&self, visuals: &Visuals, _tiles: &Tiles<PaneKind>, _tile: TileId, state: &TabState) -> Color32 {
        if state.active { visuals.panel_fill } else { Color32::TRANSPARENT }
    }

    fn tab_outline_stroke(&self, _: &Visuals, _: &Tiles<PaneKind>, _: TileId, _: &TabState) -> Stroke {
        Stroke::NONE
    }

    fn tab_text_color(&self, visuals: &Visuals, _: &Tiles<PaneKind>, _: TileId, state: &TabState) -> Color32 {
        if state.active { visuals.strong_text_color() } else { visuals.weak_text_color() }
    }

    fn simplification_options(&self) -> SimplificationOptions {
        // Every pane keeps its tab, which is what it is dragged, closed and named by.
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }
}

/// The word that explains what a pane is about.
fn term(kind: PaneKind) -> Option<Term> {
    Some(match kind {
        PaneKind::Alignment => Term::Alignment,
        PaneKind::Loss => Term::Loss,
        PaneKind::Neurons => Term::Neuron,
        PaneKind::Matrices => Term::PreAndPost,
        PaneKind::Norms => Term::Norm,
        PaneKind::Forces => Term::ForceBalance,
        PaneKind::Phase => Term::PhaseDiagram,
        PaneKind::Twins => Term::Twin,
        PaneKind::Runs => Term::RunShelf,
        PaneKind::Rule => Term::LearningRule,
        PaneKind::History => Term::Intervention,
        _ => return None,
    })
}

/// Height below which a pane would show its choices and nothing that they are about; it scrolls instead.
fn least_height(kind: PaneKind, width: f32) -> f32 {
    match kind {
        // Its choices take several lines in a narrow room, and its pictures two.
        PaneKind::Matrices if width < 420.0 => 400.0,
        PaneKind::Matrices => 270.0,
        PaneKind::Network | PaneKind::Neurons | PaneKind::Phase => 230.0,
        // Lists and forms scroll by themselves.
        _ => 0.0,
    }
}

/// Draws contents of that height at least, in a room that may be lower.
fn at_least(ui: &mut Ui, least: f32, source: ScrollSource, contents: impl FnOnce(&mut Ui)) {
    if ui.available_height() >= least {
        return contents(ui);
    }
    ScrollArea::vertical().auto_shrink([false, false]).scroll_source(source).show(ui, |ui| {
        // The bar keeps its margin, so that it covers nothing.
        let size = vec2((ui.available_width() - 8.0).max(0.0), least);
        let rect = Rect::from_min_size(ui.cursor().min, size);
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            ui.set_min_size(size);
            contents(ui);
            focus::follow(ui);
        });
    });
}
