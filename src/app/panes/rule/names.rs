//! What an expression can name, with what it means; a click writes it.

use crate::app::look::words;
use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Button, CollapsingHeader, Id, Label, RichText, TextStyle, Ui, vec2};

/// Names and functions with their meanings.
type Words = [(&'static str, &'static str)];

const OF_NEURONS: &Words = &[
    ("pre", "What the synapse receives: the activity h_a of the neuron before it."),
    ("post", "The pre-activation h_b of the neuron behind it, W h_a + b."),
    ("act", "The activation f(h_b) of that neuron; at the last layer the same as post."),
    ("slope", "The derivative f'(h_b); 1 at the last layer."),
    ("delta", "The neuron's error: minus the derivative of the loss by h_b, back-propagated."),
    ("feedback", "The output's error through fixed random weights, as in direct feedback alignment."),
    ("loss", "The loss of the example."),
    ("w", "The weight of the synapse; in the signal of biases, the bias."),
    ("pi", "3.14159 …"),
];

const OF_MANY: &Words = &[
    ("avg()", "Mean over the batch of something that one side alone has, such as avg(post)."),
    ("norm()", "Norm of all weights of the layer: norm(w)."),
    ("rownorm()", "Length of the weights into the neuron: rownorm(w)."),
];

const FUNCTIONS: &Words = &[
    ("tanh()", "Hyperbolic tangent."),
    ("sigmoid()", "Logistic function."),
    ("relu()", "The number where it is positive, else 0."),
    ("exp()", "Exponential."),
    ("log()", "Natural logarithm."),
    ("sqrt()", "Square root."),
    ("abs()", "Size without sign."),
    ("sign()", "−1, 0 or 1."),
    ("step()", "1 where the number is positive, else 0."),
    ("min()", "The lesser of two: min(a, b)."),
    ("max()", "The greater of two: max(a, b)."),
];

/// Width of the buttons; holds `rownorm()`.
const NAME_WIDTH: f32 = 92.0;

/// Draws the list; what was clicked.
pub fn ui(ui: &mut Ui) -> Option<&'static str> {
    let mut clicked = None;
    CollapsingHeader::new("What an expression can name").id_salt("rule names").show(ui, |ui| {
        let ink = ui.visuals().weak_text_color();
        ui.add(Label::new(RichText::new("A click writes it at the cursor.").color(ink)).wrap());
        for (heading, words) in [
            ("Of each sample and neuron", OF_NEURONS),
            ("Of the batch or the layer", OF_MANY),
            ("Functions", FUNCTIONS),
        ] {
            ui.add_space(4.0);
            ui.strong(words::say(heading));
            for &(name, meaning) in words {
                ui.horizontal(|ui| {
                    let text = RichText::new(name).text_style(TextStyle::Monospace);
                    let button = ui.add_sized(vec2(NAME_WIDTH, 20.0), Button::new(text));
                    if button.on_hover_text(meaning).accessible_name(format!("Insert {name}")).clicked() {
                        clicked = Some(name);
                    }
                    ui.add(Label::new(meaning).wrap());
                });
            }
        }
        ui.add_space(4.0);
        ui.strong("Operators");
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("+ - * / ^ ( )").text_style(TextStyle::Monospace));
            ui.label("Multiplication is written, ^ binds first. Names of parameters and states may stand anywhere.");
        });
    });
    clicked
}

/// Writes `name` where the cursor of the text field `id` was last, or at the end; inside the parentheses of a function
/// writing goes on.
pub fn insert(ui: &Ui, id: Id, text: &mut String, name: &str) {
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let count = text.chars().count();
    let range = state.cursor.char_range().map(|range| range.as_sorted_char_range());
    let (start, end) = range.map_or((count, count), |range| (range.start.0.min(count), range.end.0.min(count)));
    let cursor = replace(text, start, end, name);
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(cursor))));
    state.store(ui.ctx(), id);
    ui.ctx().memory_mut(|memory| memory.request_focus(id));
}

/// Puts `name` in place of the characters from `start` to `end`; where the cursor comes to stand.
fn replace(text: &mut String, start: usize, end: usize, name: &str) -> usize {
    let before: String = text.chars().take(start).collect();
    let after: String = text.chars().skip(end).collect();
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let left = if is_word(before.chars().next_back()) { " " } else { "" };
    let right = if is_word(after.chars().next()) { " " } else { "" };
    *text = format!("{before}{left}{name}{right}{after}");
    let written = start + left.len() + name.chars().count();
    if name.ends_with("()") { written - 1 } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::ast::Function;
    use crate::expression::names::{BUILT_IN, PI};

    #[test]
    fn every_name_of_the_language_is_listed_once() {
        let listed = |name: &str| {
            let all = OF_NEURONS.iter().chain(OF_MANY).chain(FUNCTIONS);
            all.filter(|(known, _)| known.trim_end_matches("()") == name).count()
        };
        for (name, _) in BUILT_IN {
            assert_eq!(listed(name), 1, "{name}");
        }
        assert_eq!(listed(PI), 1);
        for function in Function::ALL {
            assert_eq!(listed(function.name()), 1, "{}", function.name());
        }
        assert_eq!(OF_NEURONS.len() + OF_MANY.len() + FUNCTIONS.len(), BUILT_IN.len() + 1 + Function::ALL.len());
    }

    #[test]
    fn names_are_written_apart_from_others() {
        let mut text = "post".to_owned();
        assert_eq!(replace(&mut text, 4, 4, "pre"), 8);
        assert_eq!(text, "post pre");
        let mut text = "a * é".to_owned();
        assert_eq!(replace(&mut text, 4, 5, "tanh()"), 9);
        assert_eq!(text, "a * tanh()");
    }
}
