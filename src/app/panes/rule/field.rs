//! An expression to type: monospaced, with what is wrong in it underlined and said below.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Color32, FontId, Galley, Id, Label, Response, RichText, Stroke, TextBuffer, TextEdit, TextFormat, TextStyle, Ui,
};

use crate::app::look::theme::Palette;
use crate::expression::RuleError;
use crate::expression::error::Span;

/// An expression that can be typed.
pub struct ExpressionField<'a> {
    /// Where its cursor is remembered.
    pub id: Id,
    /// Name for those who do not see it.
    pub name: &'a str,
    /// What could be typed into it.
    pub hint: &'static str,
    /// Lines that it has room for; one keeps it to a line.
    pub rows: usize,
    /// Room for it.
    pub width: f32,
}

impl ExpressionField<'_> {
    /// Draws it; `fault` is the stretch that is wrong.
    pub fn ui(&self, ui: &mut Ui, text: &mut String, fault: Option<Span>) -> Response {
        let wraps = self.rows > 1;
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| -> Arc<Galley> {
            let mut job = underlined(ui, text.as_str(), fault);
            job.wrap.max_width = if wraps { width } else { f32::INFINITY };
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let edit = if wraps { TextEdit::multiline(text).desired_rows(self.rows) } else { TextEdit::singleline(text) };
        let hint = RichText::new(self.hint).text_style(TextStyle::Monospace);
        let edit = edit.id(self.id).font(TextStyle::Monospace).hint_text(hint).desired_width(self.width);
        ui.add(edit.layouter(&mut layouter)).accessible_name(self.name)
    }
}

fn underlined(ui: &Ui, text: &str, fault: Option<Span>) -> LayoutJob {
    let font = TextStyle::Monospace.resolve(ui.style());
    let plain = TextFormat::simple(font.clone(), ui.visuals().text_color());
    let mut job = LayoutJob::default();
    let Some((start, end)) = fault.and_then(|span| stretch(text, span)) else {
        job.append(text, 0.0, plain);
        return job;
    };
    job.append(&text[..start], 0.0, plain.clone());
    job.append(&text[start..end], 0.0, faulty(font, Palette::of(ui.ctx().theme()).warning));
    job.append(&text[end..], 0.0, plain);
    job
}

fn faulty(font: FontId, color: Color32) -> TextFormat {
    TextFormat { underline: Stroke::new(1.5, color), ..TextFormat::simple(font, color) }
}

/// The bytes of a stretch of characters; what is missing at the end is shown at the last thing that is there.
fn stretch(text: &str, span: Span) -> Option<(usize, usize)> {
    let at = |place: usize| text.char_indices().nth(place).map_or(text.len(), |(byte, _)| byte);
    let (start, end) = (at(span.start), at(span.end));
    if start < end {
        return Some((start, end));
    }
    let before = text[..start].trim_end();
    let last = before.chars().next_back()?;
    Some((before.len() - last.len_utf8(), before.len()))
}

/// What is wrong, below its field.
pub fn fault(ui: &mut Ui, error: &RuleError, is_long: bool) {
    let place = match error.place {
        Some(place) if place.line > 1 => format!("line {}, column {}: ", place.line, place.column),
        Some(place) if is_long => format!("column {}: ", place.column),
        _ => String::new(),
    };
    complain(ui, &capitalized(&format!("{place}{}", error.problem)));
}

/// A line that says what is wrong.
pub fn complain(ui: &mut Ui, text: &str) {
    let color = Palette::of(ui.ctx().theme()).warning;
    ui.add(Label::new(RichText::new(text).color(color)).wrap());
}

/// A message as a sentence of its own.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_counted_in_characters_and_never_empty_where_there_is_text() {
        let of =
            |text: &str, start, end| stretch(text, Span { start, end }).map(|(from, to)| text[from..to].to_owned());
        assert_eq!(of("é * pree", 4, 8).as_deref(), Some("pree"));
        assert_eq!(of("(post * é ", 10, 10).as_deref(), Some("é"));
        assert_eq!(of("", 0, 0), None);
        assert_eq!(of("a", 5, 9).as_deref(), Some("a"));
    }

    #[test]
    fn messages_are_sentences() {
        assert_eq!(capitalized("is given twice"), "Is given twice.");
        assert_eq!(capitalized("`a` is so."), "`a` is so.");
        assert_eq!(capitalized(""), ".");
    }
}
