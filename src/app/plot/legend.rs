//! The legend above a plot: each entry shows how its curve is drawn, and a click hides or shows it.

use std::collections::BTreeSet;

use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align2, Color32, ComboBox, CursorIcon, PopupCloseBehavior, Response, Role, ScrollArea, Sense, Stroke, TextFormat,
    TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use egui_plot::LineStyle;

use super::markers;
use super::patterns::patterned;
use crate::app::look::elided::elided;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::record::{Columns, Marker};

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
    /// What stands on a curve of that place in a list: of a layer, by its number.
    Marker(Marker),
}

/// Letters of a name at most: longer ones would take the room of the plot below.
const LETTERS: usize = 34;

/// More layers than these are chosen from a list: a row of them would be longer than a pane is wide.
const FEW_LAYERS: usize = 8;

/// Whether layers are too many for a row of them.
#[must_use]
pub fn are_many(layers: &[usize]) -> bool {
    layers.len() > FEW_LAYERS
}

/// One entry a layer; a click hides or shows it. Many share one menu.
pub fn layers(ui: &mut Ui, columns: &Columns, layers: &[usize], hidden: &mut BTreeSet<usize>, palette: &Palette) {
    if !are_many(layers) {
        entries(ui, columns, layers, hidden, palette);
        return;
    }
    let shown = layers.iter().filter(|layer| !hidden.contains(layer)).count();
    let title = format!("{shown} of {} layers", layers.len());
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    MenuButton::new(words::say(&title).into_owned()).config(config).ui(ui, |ui| {
        ui.horizontal(|ui| {
            if ui.button("All").on_hover_text(words::say("Shows every layer.")).clicked() {
                hidden.clear();
            }
            if ui.button("None").on_hover_text(words::say("Hides every layer, so that a few can be picked.")).clicked()
            {
                hidden.extend(layers);
            }
        });
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| entries(ui, columns, layers, hidden, palette));
    });
}

fn entries(ui: &mut Ui, columns: &Columns, layers: &[usize], hidden: &mut BTreeSet<usize>, palette: &Palette) {
    for &layer in layers {
        let mut shown = !hidden.contains(&layer);
        let name = capitalized(&columns.title(layer));
        if entry(ui, &mut shown, Mark::Marker(Marker::of(layer)), palette.layer(layer), &name).changed() {
            if shown {
                hidden.remove(&layer);
            } else {
                hidden.insert(layer);
            }
        }
    }
}

/// Layers to choose one of: buttons, or a list where there are many. `name` says what is chosen, for those who do not see
/// it, from a layer's title. The layer that was clicked.
pub fn layer_choices(
    ui: &mut Ui,
    columns: &Columns,
    layers: &[usize],
    picked: Option<usize>,
    name: impl Fn(&str) -> String,
) -> Option<usize> {
    let palette = Palette::of(ui.ctx().theme());
    let mut clicked = None;
    if !are_many(layers) {
        for &layer in layers {
            let title = columns.title(layer);
            let button = layer_choice(ui, layer, &title, picked == Some(layer), &palette);
            if button.accessible_name(name(&title)).clicked() {
                clicked = Some(layer);
            }
        }
        return clicked;
    }
    let shown = picked.map_or_else(|| "all layers".to_owned(), |layer| columns.title(layer));
    let salt = name("of many");
    let combo = ComboBox::from_id_salt(&salt)
        .selected_text(words::say(&capitalized(&shown)).into_owned())
        .width(190.0)
        .height(360.0);
    combo.show_ui(ui, |ui| {
        for &layer in layers {
            if layer_choice(ui, layer, &columns.title(layer), picked == Some(layer), &palette).clicked() {
                clicked = Some(layer);
            }
        }
    });
    clicked
}

/// With a capital at the beginning, as labels have it.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A layer with its colour, to choose one of several; `picked` is the chosen one.
fn layer_choice(ui: &mut Ui, layer: usize, title: &str, picked: bool, palette: &Palette) -> Response {
    let body = TextStyle::Button.resolve(ui.style());
    let ink = if picked { palette.on_accent } else { ui.visuals().text_color() };
    let dot = if picked { palette.on_accent } else { palette.layer(layer) };
    let mut text = LayoutJob::default();
    let format = TextFormat { font_id: body, color: ink, ..TextFormat::default() };
    // Room for the painted shape.
    text.append(&words::say(&capitalized(title)), 13.0, format);
    let response = ui.selectable_label(picked, text);
    let at = pos2(response.rect.left() + ui.spacing().button_padding.x + 5.0, response.rect.center().y);
    ui.painter().extend(markers::filled(Marker::of(layer), at, 4.0, dot));
    response
}

/// The shape and colour of a layer, in a line of text.
pub fn layer_mark(ui: &mut Ui, layer: usize, color: Color32) {
    let height = ui.text_style_height(&TextStyle::Body);
    let (rect, _) = ui.allocate_exact_size(vec2(11.0, height), Sense::hover());
    ui.painter().extend(markers::filled(Marker::of(layer), rect.center(), 4.0, color));
}

/// One entry; a click turns `shown` round.
pub fn entry(ui: &mut Ui, shown: &mut bool, mark: Mark, color: Color32, name: &str) -> Response {
    let name = words::say(name);
    let name = name.as_ref();
    let font = TextStyle::Body.resolve(ui.style());
    let ink = if *shown { ui.visuals().text_color() } else { ui.visuals().weak_text_color() };
    let seen = elided(name, LETTERS);
    let is_whole = seen == name;
    let galley = ui.painter().layout_no_wrap(seen, font, ink);
    let sample = if matches!(mark, Mark::Marker(_)) { 10.0 } else { 20.0 };
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
        Mark::Marker(marker) if now => {
            ui.painter().extend(markers::filled(marker, pos2(left + 5.0, y), 4.8, color));
        }
        Mark::Marker(marker) => {
            ui.painter().extend(markers::outlined(marker, pos2(left + 5.0, y), 4.0, Stroke::new(1.5, color)));
        }
    }
    let at = Align2::LEFT_CENTER.anchor_size(pos2(left + sample + 6.0, y), galley.size()).min;
    ui.painter().galley(at, galley, ink);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if is_whole { response } else { response.on_hover_text(name) }
}
