//! An editor of one value, by its type: a switch, a list of names, a number, or text that is read as files are.

use eframe::egui::{Checkbox, ComboBox, Id, TextEdit, Ui, vec2};
use toml::Value;

use crate::app::link::Link;
use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::panes::parts::number_field::NumberField;
use crate::experiment::fields::{Allowed, Field};
use crate::experiment::{check_assignment, parse_assignment};

/// Width of an editor.
const WIDTH: f32 = 150.0;

/// What is typed.
#[derive(Default)]
pub struct Editor {
    /// The field whose text is edited, with the text.
    typed: Option<(&'static str, String)>,
}

impl Editor {
    /// Draws the editor; the value that was chosen or typed in this frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        link: &mut Link,
        field: &'static Field,
        value: Option<&Value>,
        choices: &[&'static str],
        label: Id,
    ) -> Option<Value> {
        match (value, field.allowed) {
            _ if choices == ["false", "true"] => switch(ui, field, value),
            (Some(Value::Boolean(_)), _) => switch(ui, field, value),
            _ if !choices.is_empty() => names(ui, field, value, choices, label),
            (Some(Value::Float(_) | Value::Integer(_)), Allowed::Number { .. } | Allowed::Whole { .. }) => {
                number(ui, link, field, value, label)
            }
            _ => self.text(ui, link, field, value, label),
        }
    }

    fn text(
        &mut self,
        ui: &mut Ui,
        link: &mut Link,
        field: &'static Field,
        value: Option<&Value>,
        label: Id,
    ) -> Option<Value> {
        let now = value.map(shown).unwrap_or_default();
        let mine = self.typed.take_if(|(path, _)| *path == field.path);
        let mut text = mine.map_or_else(|| now.clone(), |(_, text)| text);
        let hint = if value.is_none() { "not given" } else { "" };
        let edit = TextEdit::singleline(&mut text)
            .desired_width(WIDTH)
            .hint_text(hint)
            .id(Id::unique(("setting", field.path)));
        let response = ui.add(edit).labelled_by(label);
        if response.has_focus() {
            self.typed = Some((field.path, text));
            return None;
        }
        if !response.lost_focus() || text == now {
            return None;
        }
        match read(link, field.path, &text) {
            Ok(value) => {
                link.hear_typed(field.path, true, None);
                Some(value)
            }
            Err(why) => {
                link.hear_typed(field.path, false, Some(why));
                None
            }
        }
    }
}

/// A text as files have it: what is no value of another kind is text.
fn read(link: &Link, path: &str, text: &str) -> Result<Value, String> {
    let check = |value: Value| check_assignment(link.steered(), path, &value).map(|()| value);
    let given = parse_assignment(&format!("{path}={text}")).map(|(_, value)| value);
    let first = match given {
        Ok(value) => check(value),
        // Nothing is the empty text, where a field is one.
        Err(_) => check(Value::String(text.trim().to_owned())),
    };
    first
        .or_else(|error| check(Value::String(text.trim().to_owned())).map_err(|_| error))
        .map_err(|error| error.to_string())
}

fn switch(ui: &mut Ui, field: &Field, value: Option<&Value>) -> Option<Value> {
    let mut is_on = value.and_then(Value::as_bool).unwrap_or(false);
    let response = ui.add(Checkbox::without_text(&mut is_on)).accessible_name(titles::of_field(field));
    response.changed().then_some(Value::Boolean(is_on))
}

fn names(ui: &mut Ui, field: &Field, value: Option<&Value>, choices: &[&'static str], label: Id) -> Option<Value> {
    let now = value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut chosen = now.clone();
    let text = if now.is_empty() { "not given" } else { &now };
    let combo = ComboBox::from_id_salt(("setting", field.path)).selected_text(text).width(WIDTH).show_ui(ui, |ui| {
        for name in choices {
            ui.selectable_value(&mut chosen, (*name).to_owned(), *name);
        }
    });
    combo.response.labelled_by(label);
    (chosen != now).then(|| Value::String(chosen))
}

fn number(ui: &mut Ui, link: &mut Link, field: &Field, value: Option<&Value>, label: Id) -> Option<Value> {
    let value = value?;
    let now = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))?;
    let typed = NumberField { speed: 0.0, allowed: field.allowed, zero: None, size: vec2(WIDTH, 20.0) }.ui(ui, now);
    typed.response.labelled_by(label);
    link.hear_typed(field.path, typed.value.is_some(), typed.refused);
    let new = typed.value.filter(|new| *new != now)?;
    Some(match field.allowed {
        Allowed::Whole { .. } => Value::Integer(new as i64),
        _ => Value::Float(new),
    })
}

/// A value as it is read again, without the quotation marks of a text.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => numbers::scientific(*number),
        other => other.to_string(),
    }
}
