//! One setting: label, symbol, value to type and slider.

use eframe::egui::{self, Align, Layout, Response, RichText, Sense, Slider, SliderClamping, TextStyle, Ui, vec2};

use super::number_field::{NumberField, Taken};
use crate::app::link::Link;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::look::words;
use crate::experiment::fields::{Allowed, Field, field};

/// Width of the typed value; holds `1.23×10⁻⁴`.
const VALUE_WIDTH: f32 = 86.0;

/// Room that the way back to the experiment's value takes beside it, with its margins.
const RESTORE: f32 = 22.0;

/// A number of the configuration with the reach of its slider. Values beyond the reach can be typed.
#[derive(Clone, Copy)]
pub struct SettingRow {
    /// Dotted path of the field.
    pub path: &'static str,
    /// Smallest value above zero that the slider reaches.
    pub least: f64,
    /// Greatest value that the slider reaches.
    pub most: f64,
    /// What zero means, where it means more than none.
    pub zero: Option<&'static str>,
    /// Whether the slider reaches as far below zero as above.
    pub is_signed: bool,
}

impl SettingRow {
    /// Draws the setting; `standard` is the preset's value.
    pub fn ui(&self, ui: &mut Ui, link: &mut Link, standard: Option<f64>) {
        let is_above = self.has_name_above(ui, ui.available_width(), standard);
        self.ui_with(ui, link, standard, is_above);
    }

    /// Whether its name has no room beside the value, in so much width.
    #[must_use]
    pub fn has_name_above(&self, ui: &Ui, width: f32, standard: Option<f64>) -> bool {
        field(self.path).is_some_and(|field| name_width(ui, field) > room_beside(width, standard))
    }

    /// The same, with the name above the value or beside it.
    pub fn ui_with(&self, ui: &mut Ui, link: &mut Link, standard: Option<f64>, is_above: bool) {
        let (Some(field), Some(current)) = (field(self.path), link.number(self.path)) else { return };
        // A value that came from a file or was typed keeps its digits until it is touched.
        let mut set = None;
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.spacing_mut().interact_size.y = 20.0;
        let mut reset = false;
        let room = room_beside(ui.available_width(), standard);
        let width = ui.available_width();
        let above = is_above.then(|| ui.horizontal(|ui| label_within(ui, field, width)).inner);
        let label = ui
            .horizontal(|ui| {
                let label = above.unwrap_or_else(|| label_within(ui, field, room));
                let away = standard.is_some_and(|standard| standard != current);
                reset |= label.double_clicked();
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let typed = self.typed(ui, current);
                    typed.response.labelled_by(label.id);
                    set = typed.value;
                    link.hear_typed(self.path, set.is_some(), typed.refused);
                    if away {
                        let name = format!("Restore {}", titles::of_field_within(field));
                        let button =
                            egui::Button::new(RichText::new("↺").text_style(TextStyle::Monospace)).frame(false);
                        let shown = numbers::scientific(standard.unwrap_or_default());
                        let button = ui.add(button).on_hover_text(format!("Back to the experiment's value, {shown}"));
                        reset |= button.accessible_name(name).clicked();
                    }
                });
                label
            })
            .inner;
        let mut slid = set.unwrap_or(current);
        let slider = self.slider(ui, &mut slid).labelled_by(label.id);
        if slider.changed() {
            set = Some(numbers::round_significant(slid));
        }
        label.on_hover_ui(|ui| explain(ui, field, standard));
        if let (true, Some(standard)) = (reset, standard) {
            set = Some(standard);
        }
        if let Some(value) = set.filter(|value| *value != current) {
            link.set(self.path, toml::Value::Float(value));
        }
    }

    /// The value, to type or to drag.
    pub fn typed(&self, ui: &mut Ui, current: f64) -> Taken {
        NumberField {
            speed: (current.abs() * 0.01).max(self.least * 0.1),
            allowed: field(self.path).map_or(Allowed::Any, |field| field.allowed),
            zero: self.zero,
            size: vec2(VALUE_WIDTH, 20.0),
        }
        .ui(ui, current)
    }

    /// A slider as wide as there is room.
    pub fn slider(&self, ui: &mut Ui, value: &mut f64) -> Response {
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = 16.0;
        let least = if self.is_signed { -self.most } else { 0.0 };
        let slider = Slider::new(value, least..=self.most)
            .logarithmic(true)
            .smallest_positive(self.least)
            .clamping(SliderClamping::Never)
            .show_value(false);
        ui.add(slider)
    }
}

/// Room for a name beside the value, and beside the way back where there is one.
fn room_beside(width: f32, standard: Option<f64>) -> f32 {
    width - VALUE_WIDTH - if standard.is_some() { RESTORE } else { 0.0 }
}

/// A field's name and symbol.
pub fn label(ui: &mut Ui, field: &Field) -> Response {
    label_within(ui, field, f32::INFINITY)
}

/// A field's name, and its symbol where both have room; the symbol alone where not even the name has.
pub fn label_within(ui: &mut Ui, field: &Field, room: f32) -> Response {
    let gap = 5.0;
    ui.spacing_mut().item_spacing.x = gap;
    let is_symbol = !field.symbol.is_empty() && name_width(ui, field) > room;
    let name = if is_symbol { field.symbol.into() } else { words::say(titles::of_field(field)) };
    let label = ui.add(egui::Label::new(name).sense(Sense::click()));
    if is_symbol {
        return label.accessible_name(words::say(titles::of_field(field)));
    }
    if !field.symbol.is_empty() && label.rect.width() + gap + text_width(ui, field.symbol) <= room {
        ui.weak(field.symbol);
    }
    label
}

fn name_width(ui: &Ui, field: &Field) -> f32 {
    text_width(ui, &words::say(titles::of_field(field)))
}

fn text_width(ui: &Ui, text: &str) -> f32 {
    let font = TextStyle::Body.resolve(ui.style());
    ui.painter().layout_no_wrap(text.to_owned(), font, ui.visuals().text_color()).size().x
}

/// A field's tooltip.
pub fn explain(ui: &mut Ui, field: &Field, standard: Option<f64>) {
    ui.set_max_width(340.0);
    ui.spacing_mut().interact_size.y = 16.0;
    ui.spacing_mut().item_spacing.y = 3.0;
    let name = if field.symbol.is_empty() {
        titles::of_field(field).to_owned()
    } else {
        format!("{} {}", titles::of_field(field), field.symbol)
    };
    ui.strong(words::say(&name));
    ui.label(words::say(field.doc));
    ui.add_space(2.0);
    let mut line = |name: &str, text: String| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.weak(name);
            ui.label(words::say(&text));
        });
    };
    if !field.unit.is_empty() {
        line("Unit:", field.unit.to_owned());
    }
    if let Some(range) = field.allowed.words() {
        line("Allowed:", range);
    }
    line("Takes effect:", field.takes_effect().to_owned());
    if let Some(standard) = standard {
        line("This experiment:", format!("{} (double-click the name to return)", numbers::scientific(standard)));
    }
    line("In files:", field.path.to_owned());
    if let Some(term) = Term::of_field(field.path) {
        ui.separator();
        glossary::card(ui, term);
    }
}
