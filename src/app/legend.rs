//! The legend above a plot: each entry shows how its curve is drawn, and a click hides or shows it.

use std::collections::BTreeSet;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Response, Role, Sense, Stroke, TextFormat, TextStyle, Ui, WidgetInfo, pos2,
    vec2,
};

use egui_plot::LineStyle;

use super::patterns::patterned;
use super::theme::Palette;

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A full line.
    Line,
    /// Dashes.
    Dashes,
    /// Long dashes.
    LongDashes,
    /// A row of dots.
    Dots,
    /// A dot.
    Dot,
}

/// One entry a layer; a click hides or shows it.
pub fn layers(ui: &mut Ui, layers: &[usize], hidden: &mut BTreeSet<usize>, palette: &Palette) {
    for &layer in layers {
        let mut shown = !hidden.contains(&layer);
        let name = format!("Layer {layer}");
        if entry(ui, &mut shown, Mark::Dot, palette.layer(layer), &name).changed() {
            if shown {
                hidden.remove(&layer);
            } else {
                hidden.insert(layer);
            }
        }
    }
}

/// A layer with its colour, to choose one of several; `picked` is the chosen one.
pub fn layer_choice(ui: &mut Ui, layer: usize, picked: bool, palette: &Palette) -> Response {
    let body = TextStyle::Button.resolve(ui.style());
    let ink = if picked { palette.on_accent } else { ui.visuals().text_color() };
    let dot = if picked { palette.on_accent } else { palette.layer(layer) };
    let mut text = LayoutJob::default();
    text.append("●", 0.0, TextFormat { font_id: FontId::monospace(body.size), color: dot, ..TextFormat::default() });
    text.append(&format!("Layer {layer}"), 4.0, TextFormat { font_id: body, color: ink, ..TextFormat::default() });
    ui.selectable_label(picked, text)
}

/// One entry; a click turns `shown` round.
pub fn entry(ui: &mut Ui, shown: &mut bool, mark: Mark, color: Color32, name: &str) -> Response {
    let font = TextStyle::Body.resolve(ui.style());
    let ink = if *shown { ui.visuals().text_color() } else { ui.visuals().weak_text_color() };
    let galley = ui.painter().layout_no_wrap(name.to_owned(), font, ink);
    let sample = if mark == Mark::Dot { 10.0 } else { 20.0 };
    let size = vec2(sample + 6.0 + galley.size().x + 12.0, 22.0);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
    if response.clicked() {
        *shown = !*shown;
        response.mark_changed();
    }
    let now = *shown;
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, now, name));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, ui.visuals().widgets.inactive.weak_bg_fill);
    }
    let color = if now { color } else { ui.visuals().weak_text_color().gamma_multiply(0.6) };
    let left = rect.left() + 6.0;
    let y = rect.center().y;
    let ends = [pos2(left, y), pos2(left + sample, y)];
    let stroke = Stroke::new(2.2, color);
    match mark {
        Mark::Line => {
            ui.painter().line_segment(ends, stroke);
        }
        Mark::Dashes => {
            ui.painter().add(patterned(ui.ctx(), &ends, stroke, LineStyle::Dashed { length: 5.0 }));
        }
        Mark::LongDashes => {
            ui.painter().add(patterned(ui.ctx(), &ends, stroke, LineStyle::Dashed { length: 9.0 }));
        }
        Mark::Dots => {
            let dots = Stroke::new(1.3, color);
            ui.painter().add(patterned(ui.ctx(), &ends, dots, LineStyle::Dotted { spacing: 5.0 }));
        }
        Mark::Dot if now => {
            ui.painter().circle_filled(pos2(left + 5.0, y), 5.0, color);
        }
        Mark::Dot => {
            ui.painter().circle_stroke(pos2(left + 5.0, y), 4.0, Stroke::new(1.5, color));
        }
    }
    let at = Align2::LEFT_CENTER.anchor_size(pos2(left + sample + 6.0, y), galley.size()).min;
    ui.painter().galley(at, galley, ink);
    response.on_hover_cursor(CursorIcon::PointingHand)
}
