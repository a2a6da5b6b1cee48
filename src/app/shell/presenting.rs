//! The window before a room: one pane on the whole screen, and below it what a lecturer moves.

use eframe::egui::{Button, ComboBox, Context, Rect, RichText, Ui, UiBuilder, Vec2, ViewportCommand, pos2, vec2};

use crate::app::link::Link;
use crate::app::look::stage;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::setting::SettingRow;
use crate::app::panes::{LEARNING_RATE, WEIGHT_DECAY, WEIGHT_NOISE};

/// How it was before.
pub struct Presenting {
    zoom: f32,
    /// The pane that is shown.
    pub pane: PaneKind,
    /// Whether what a lecturer moves is in sight.
    pub shows_strip: bool,
    /// Whether the timeline is, at the present too.
    pub shows_timeline: bool,
}

impl Presenting {
    /// Begins, with the pane that was in front.
    #[must_use]
    pub fn begin(ctx: &Context, front: PaneKind) -> Self {
        let zoom = ctx.zoom_factor();
        // What is enlarged already is not enlarged beyond what leaves room for a pane, but never less than anybody's.
        let seen = ctx.input(|input| input.viewport().monitor_size).unwrap_or(ctx.content_rect().size()) * zoom;
        // Where a point has more pixels, type is as large with less.
        let native = ctx.native_pixels_per_point().unwrap_or(1.0).max(1.0);
        let most = (seen / LEAST).min_elem().max(stage::ZOOM / native);
        ctx.set_zoom_factor((zoom * stage::ZOOM).min(most).max(zoom));
        stage::set_presenting(ctx, true);
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(true));
        let pane = if front == PaneKind::Controls { PaneKind::Alignment } else { front };
        Self { zoom, pane, shows_strip: true, shows_timeline: false }
    }

    /// Gives back what it changed.
    pub fn end(self, ctx: &Context) {
        ctx.set_zoom_factor(self.zoom);
        stage::set_presenting(ctx, false);
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(false));
    }

    /// Height of the strip below the pane, in a window of this width.
    #[must_use]
    pub fn strip_height(ui: &Ui, width: f32) -> f32 {
        if names_stand_above(ui, slider_width(width)) { HIGH } else { LOW }
    }

    /// Run, three sliders at one height, and which pane.
    pub fn strip(&mut self, ui: &mut Ui, link: &mut Link, commands: &mut Vec<AppCommand>) {
        let palette = Palette::of(ui.ctx().theme());
        let room = ui.max_rect();
        let is_running = link.is_running();
        let name = if is_running { "Pause" } else { "Run" };
        let text = RichText::new(name).color(palette.on_accent);
        let button = Button::new(text).fill(palette.accent);
        let at = Rect::from_center_size(pos2(room.left() + BUTTON / 2.0, room.center().y), vec2(BUTTON, TALL));
        if ui.put(at, button).on_hover_text(AppCommand::RunOrPause.tooltip()).clicked() {
            commands.push(AppCommand::RunOrPause);
        }
        let width = slider_width(room.width());
        let is_above = names_stand_above(ui, width);
        let mut left = at.right() + GAP;
        for row in ROWS {
            let column = Rect::from_x_y_ranges(left..=left + width, room.y_range());
            ui.scope_builder(UiBuilder::new().max_rect(column).id_salt(row.path), |ui| {
                row.ui_with(ui, link, None, is_above);
            });
            left += width + GAP;
        }
        let list = Rect::from_min_max(pos2(left, room.center().y - TALL / 2.0), room.right_bottom());
        ui.scope_builder(UiBuilder::new().max_rect(list).id_salt("list of panes"), |ui| {
            ui.spacing_mut().interact_size.y = TALL;
            let list = ComboBox::from_id_salt("presented pane").selected_text(words::say(self.pane.title()));
            let list = list.width(ui.available_width()).height(400.0).truncate().show_ui(ui, |ui| {
                for kind in PaneKind::ALL.into_iter().filter(|kind| *kind != PaneKind::Controls) {
                    ui.selectable_value(&mut self.pane, kind, words::say(kind.title()));
                }
            });
            list.response.accessible_name("Pane to present");
        });
    }
}

/// What a lecturer moves, from left to right.
const ROWS: [SettingRow; 3] = [WEIGHT_DECAY, WEIGHT_NOISE, LEARNING_RATE];

/// Points that a pane and the strip below it take, to be read.
const LEAST: Vec2 = vec2(700.0, 400.0);

/// Width of the button that runs, and of the list of panes.
const BUTTON: f32 = 58.0;
const LIST: f32 = 164.0;
/// Height of both.
const TALL: f32 = 30.0;
/// Between two pieces.
const GAP: f32 = 10.0;
/// Height of the strip, and where names stand above their values.
const LOW: f32 = 44.0;
const HIGH: f32 = 62.0;

/// Width of a strip in which the list of panes is narrow, and width of the list there.
const NARROW: f32 = 560.0;
const NARROW_LIST: f32 = 104.0;

/// Width of each of the sliders in a strip of this width.
fn slider_width(strip: f32) -> f32 {
    let list = if strip < NARROW { NARROW_LIST } else { LIST };
    (strip - BUTTON - list) / 3.0 - GAP
}

/// Whether a name has no room beside its value: then all stand above theirs, so that the sliders are at one height.
fn names_stand_above(ui: &Ui, width: f32) -> bool {
    ROWS.iter().any(|row| row.has_name_above(ui, width, None))
}
