//! The window before a room: one pane on the whole screen, and below it what a lecturer moves.

use eframe::egui::{Align, Button, ComboBox, Context, Layout, RichText, Ui, ViewportCommand, vec2};

use crate::app::link::Link;
use crate::app::look::stage;
use crate::app::look::theme::Palette;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::{LEARNING_RATE, WEIGHT_DECAY, WEIGHT_NOISE};

/// How it was before.
pub struct Presenting {
    zoom: f32,
    /// The pane that is shown.
    pub pane: PaneKind,
    /// Whether what a lecturer moves is in sight.
    pub shows_strip: bool,
}

impl Presenting {
    /// Begins, with the pane that was in front.
    #[must_use]
    pub fn begin(ctx: &Context, front: PaneKind) -> Self {
        let zoom = ctx.zoom_factor();
        ctx.set_zoom_factor(zoom * stage::ZOOM);
        stage::set_presenting(ctx, true);
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(true));
        let pane = if front == PaneKind::Controls { PaneKind::Alignment } else { front };
        Self { zoom, pane, shows_strip: true }
    }

    /// Gives back what it changed.
    pub fn end(self, ctx: &Context) {
        ctx.set_zoom_factor(self.zoom);
        stage::set_presenting(ctx, false);
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(false));
    }

    /// Run, three sliders, and which pane.
    pub fn strip(&mut self, ui: &mut Ui, link: &mut Link, commands: &mut Vec<AppCommand>) {
        let palette = Palette::of(ui.ctx().theme());
        ui.horizontal(|ui| {
            let is_running = link.is_running();
            let name = if is_running { "Pause" } else { "Run" };
            let text = RichText::new(name).color(palette.on_accent);
            let button = Button::new(text).fill(palette.accent).min_size(vec2(58.0, 30.0));
            if ui.add(button).on_hover_text(AppCommand::RunOrPause.tooltip()).clicked() {
                commands.push(AppCommand::RunOrPause);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let list = ComboBox::from_id_salt("presented pane").selected_text(self.pane.title()).width(104.0);
                let list = list.show_ui(ui, |ui| {
                    for kind in PaneKind::ALL.into_iter().filter(|kind| *kind != PaneKind::Controls) {
                        ui.selectable_value(&mut self.pane, kind, kind.title());
                    }
                });
                list.response.accessible_name("Pane to present");
                let width = (ui.available_width() - 24.0) / 3.0;
                for row in [LEARNING_RATE, WEIGHT_NOISE, WEIGHT_DECAY] {
                    ui.allocate_ui_with_layout(vec2(width, 44.0), Layout::top_down(Align::Min), |ui| {
                        row.ui(ui, link, None);
                    });
                }
            });
        });
    }
}
