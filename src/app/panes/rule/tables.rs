//! The parameters and the running averages of a rule, a row each.

use eframe::egui::{Button, Id, Label, Response, RichText, TextEdit, TextStyle, Ui, vec2};

use super::draft::{Draft, ParameterRow, StateRow};
use super::field::{ExpressionField, fault};
use crate::app::link::Link;
use crate::app::look::words;
use crate::app::panes::parts::number_field::NumberField;
use crate::experiment::fields::{Allowed, field};
use crate::expression::RuleError;

/// Width of a name; holds ten characters.
const NAME: f32 = 84.0;
/// Width of a number; holds `1.23×10⁻⁴`.
const NUMBER: f32 = 86.0;
/// Width of the button that removes a row.
const REMOVE: f32 = 22.0;
/// Width of a rate, a start and their names.
const RATE_AND_START: f32 = 270.0;
/// Least width of what is averaged.
const LEAST: f32 = 80.0;

/// Numbers that the expressions name.
pub fn parameters(ui: &mut Ui, link: &mut Link, draft: &mut Draft, error: Option<&RuleError>) {
    let at_fault = error.and_then(|error| draft.parameter_at_fault(&error.field));
    let allowed = allowed("rule.parameters.k");
    let mut removed = None;
    for (place, row) in draft.parameters.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let number = place + 1;
            name(ui, &mut row.name, &format!("Name of parameter {number}"), "k");
            ui.label("=");
            number_field(ui, link, &mut row.value, allowed, &format!("Value of parameter {number}"));
            if remove(ui, &format!("Remove parameter {number}")) {
                removed = Some(place);
            }
        });
        if let Some(error) = error.filter(|_| at_fault == Some(place)) {
            fault(ui, error, false);
        }
    }
    if let Some(place) = removed {
        draft.parameters.remove(place);
    }
    let add = ui.button("+ Parameter").on_hover_text(
        "A number that the expressions may name. While the run goes on, it is a slider among the controls.",
    );
    if add.clicked() {
        let name = free_name(draft, &["k", "a", "b", "c", "d"]);
        draft.parameters.push(ParameterRow { name, value: 1.0 });
    }
}

/// Running averages that the expressions name; the field of a state that has the keyboard.
pub fn states(
    ui: &mut Ui,
    link: &mut Link,
    draft: &mut Draft,
    error: Option<&RuleError>,
    id_of: impl Fn(usize) -> Id,
) -> Option<usize> {
    let at_fault = error.and_then(|error| draft.state_at_fault(&error.field));
    let allowed = allowed("rule.state.s.start");
    let (mut removed, mut focused) = (None, None);
    for (place, row) in draft.states.iter_mut().enumerate() {
        let number = place + 1;
        let error = error.filter(|_| at_fault == Some(place));
        ui.horizontal(|ui| {
            name(ui, &mut row.name, &format!("Name of state {number}"), "theta");
            ui.label("averages");
            let field = ExpressionField {
                id: id_of(place),
                name: &format!("What state {number} averages"),
                hint: "act^2",
                rows: 1,
                width: (ui.available_width() - REMOVE - 2.0 * ui.spacing().item_spacing.x).max(LEAST),
            };
            let of = field.ui(ui, &mut row.of, error.and_then(|error| error.place).map(|place| place.span));
            if of.has_focus() {
                focused = Some(place);
            }
            of.on_hover_text(words::say(
                "An expression; its mean over the batch is what the running average follows. With one side alone it is \
                 a number a neuron, with both a number a synapse.",
            ));
            if remove(ui, &format!("Remove state {number}")) {
                removed = Some(place);
            }
        });
        ui.horizontal(|ui| {
            let spare = ui.available_width() - RATE_AND_START;
            if spare > 0.0 {
                ui.add_space(spare.min(NAME + ui.spacing().item_spacing.x));
            }
            ui.label("rate");
            let edit = TextEdit::singleline(&mut row.rate).font(TextStyle::Monospace).desired_width(NUMBER - 16.0);
            ui.add(edit.hint_text("0.01")).accessible_name(format!("Rate of state {number}")).on_hover_text(
                words::say(
                    "A number from 0 to 1, or the name of a parameter: the share of the present step in the average.",
                ),
            );
            ui.add_space(4.0);
            ui.label("start");
            number_field(ui, link, &mut row.start, allowed, &format!("Start of state {number}"));
        });
        if let Some(error) = error {
            fault(ui, error, error.place.is_some());
        }
    }
    if let Some(place) = removed {
        draft.states.remove(place);
        focused = None;
    }
    let add = ui.button("+ Running average").on_hover_text(
        "A running average that the expressions may name, such as the threshold of the BCM rule: one number a neuron, or \
         a synapse.",
    );
    if add.clicked() {
        let name = free_name(draft, &["theta", "trace", "mean", "s", "u"]);
        draft.states.push(StateRow { name, of: "act^2".into(), rate: "0.01".into(), start: 0.0 });
    }
    focused
}

fn allowed(path: &str) -> Allowed {
    field(path).map_or(Allowed::Any, |known| known.allowed)
}

fn name(ui: &mut Ui, text: &mut String, label: &str, hint: &'static str) {
    let edit = TextEdit::singleline(text).font(TextStyle::Monospace).desired_width(NAME - 8.0).hint_text(hint);
    ui.add(edit).accessible_name(label).on_hover_text("A letter, then letters, digits or _.");
}

fn number_field(ui: &mut Ui, link: &mut Link, value: &mut f64, allowed: Allowed, label: &str) {
    let speed = (value.abs() * 0.01).max(1e-3);
    let typed = NumberField { speed, allowed, zero: None, size: vec2(NUMBER, 20.0) }.ui(ui, *value);
    typed.response.accessible_name(label);
    link.hear_typed(label, typed.value.is_some(), typed.refused);
    if let Some(number) = typed.value {
        *value = number;
    }
}

fn remove(ui: &mut Ui, label: &str) -> bool {
    let button = ui.add_sized(vec2(REMOVE, 20.0), Button::new("×").frame(false));
    button.on_hover_text(words::say(label)).accessible_name(label).clicked()
}

/// The first name that is free; beyond these, one with a number.
fn free_name(draft: &Draft, names: &[&str]) -> String {
    let parameters = || draft.parameters.iter().map(|row| &row.name);
    let taken = |name: &String| parameters().chain(draft.states.iter().map(|row| &row.name)).any(|known| known == name);
    let plain = names.iter().map(|name| (*name).to_owned());
    let counted = (1..).map(|number| format!("{}{number}", names[0]));
    plain.chain(counted).find(|name| !taken(name)).unwrap_or_default()
}

/// A heading of a part, with what it is about.
pub fn heading(ui: &mut Ui, name: &str, about: &str) -> Response {
    ui.add_space(4.0);
    let shown = ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.strong(words::say(name));
        if !about.is_empty() {
            let ink = ui.visuals().weak_text_color();
            ui.add(Label::new(RichText::new(about).color(ink)).wrap());
        }
    });
    shown.response
}
