//! A number to type or to drag: taken as it is typed, shown short, and refused aloud.

use std::cell::RefCell;

use eframe::egui::{DragValue, Response, Ui, Vec2};

use crate::app::look::numbers;
use crate::app::look::reading::read_allowed;
use crate::experiment::fields::Allowed;

/// How a number is shown and what it may be.
#[derive(Clone, Copy)]
pub struct NumberField {
    /// Change a point of a drag; 0 for a number that is typed only.
    pub speed: f64,
    /// What it may be.
    pub allowed: Allowed,
    /// What zero means, where it means more than none.
    pub zero: Option<&'static str>,
    /// Room for it.
    pub size: Vec2,
}

/// What became of a number in a frame.
pub struct Taken {
    /// The widget.
    pub response: Response,
    /// The number after this frame, where a person has set it; it may be the one that was there.
    pub value: Option<f64>,
    /// Why what was typed is refused, with what is allowed.
    pub refused: Option<String>,
}

impl NumberField {
    /// Draws the number.
    pub fn ui(self, ui: &mut Ui, current: f64) -> Taken {
        let (zero, allowed) = (self.zero, self.allowed);
        let shown = move |value: f64| match (zero, allowed) {
            (Some(word), _) if value == 0.0 => word.to_owned(),
            (_, Allowed::Whole { .. }) => format!("{value:.0}"),
            _ => numbers::scientific(value),
        };
        let typed = RefCell::new(None);
        let mut value = current;
        let widget = DragValue::new(&mut value)
            .speed(self.speed)
            .update_while_editing(false)
            .custom_formatter(move |value, _| shown(value))
            .custom_parser(|text| {
                let text = text.trim();
                // A text that was opened and left as it was shown is not a shorter number.
                let read = match zero {
                    _ if text == shown(current) => Ok(current),
                    Some(word) if text == word => Ok(0.0),
                    _ => read_allowed(text, allowed),
                };
                let number = read.as_ref().ok().copied();
                *typed.borrow_mut() = Some(read);
                number
            });
        let response = ui.add_sized(self.size, widget);
        let whole = numbers::scientific(current);
        let response = if numbers::round_significant(current) == current || matches!(allowed, Allowed::Whole { .. }) {
            response
        } else {
            response.on_hover_text(format!("{current}, shown as {whole}"))
        };
        match typed.into_inner() {
            Some(Ok(number)) => Taken { response, value: Some(number), refused: None },
            Some(Err(why)) => Taken { response, value: None, refused: Some(why) },
            // A drag cannot be aimed any finer.
            None => {
                let value = (value != current).then(|| numbers::round_significant(value));
                Taken { response, value, refused: None }
            }
        }
    }
}
