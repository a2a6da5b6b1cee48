//! A tour's text as it stands in the window: a little larger than the panes' own, for people at the back of a room.

use std::borrow::Cow;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Align, Color32, FontId, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::app::look::words;
use crate::tour::{Block, Span, Style};

/// Size of the text.
pub(in crate::app) const SIZE: f32 = 15.5;

/// Height of a line of it.
const LINE: f32 = 22.0;
/// Height of a word that is underlined.
const UNDERLINED: f32 = 18.5;

/// Space between two paragraphs.
const GAP: f32 = 9.0;

/// Where the text of a list's item begins.
const INDENT: f32 = 22.0;

/// Paragraphs and lists.
pub(in crate::app) fn blocks(ui: &mut Ui, blocks: &[Block]) {
    let mut was_item = false;
    for block in blocks {
        let is_item = matches!(block, Block::Item { .. });
        ui.add_space(if is_item && was_item { 3.0 } else { GAP });
        was_item = is_item;
        match block {
            Block::Paragraph(spans) => paragraph(ui, spans, "", 0.0),
            Block::Item { number: Some(number), text } => paragraph(ui, text, &format!("{number}."), INDENT),
            Block::Item { number: None, text } => paragraph(ui, text, "•", INDENT),
        }
    }
}

/// A paragraph, its first line behind `mark`.
pub(in crate::app) fn paragraph(ui: &mut Ui, spans: &[Span], mark: &str, indent: f32) {
    let width = ui.available_width();
    let (ink, strong) = (ui.visuals().text_color(), ui.visuals().strong_text_color());
    let galley = ui.painter().layout_job(job(ui, spans, width - indent, ink, strong));
    let (rect, response) = ui.allocate_exact_size(vec2(width, galley.size().y), Sense::hover());
    let text = plain(spans);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let at = pos2(rect.left() + indent, rect.top());
    ui.painter().galley(at, galley, ink);
    if !mark.is_empty() {
        let mark = [Span { text: mark.into(), style: Style::Plain }];
        let galley = ui.painter().layout_job(job(ui, &mark, indent, ink, strong));
        ui.painter().galley(pos2(rect.left() + 4.0, rect.top()), galley, ink);
    }
}

/// The text, broken at `width`; `strong` is the colour of bold words.
pub(in crate::app) fn job(ui: &Ui, spans: &[Span], width: f32, ink: Color32, strong: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    for span in spans {
        let code = span.style == Style::Code;
        let mut format = TextFormat {
            font_id: if code { FontId::monospace(SIZE - 1.5) } else { FontId::proportional(SIZE) },
            line_height: Some(LINE),
            color: if span.style == Style::Bold { strong } else { ink },
            italics: span.style == Style::Italic,
            ..TextFormat::default()
        };
        // No bundled font is bold, and words drawn twice smear: a line below and the strong colour set them apart.
        if span.style == Style::Bold {
            format.underline = Stroke::new(1.0, strong.gamma_multiply(0.55));
            // It is drawn where the height of the word ends: below a whole line it would float between two of them.
            (format.line_height, format.valign) = (Some(UNDERLINED), Align::TOP);
        }
        if code {
            format.background = ui.visuals().widgets.inactive.weak_bg_fill;
        }
        job.append(&spoken(span), 0.0, format);
    }
    job
}

/// The words in the vocabulary of the window; names of fields and expressions stay.
fn spoken(span: &Span) -> Cow<'_, str> {
    if span.style == Style::Code { Cow::Borrowed(&span.text) } else { words::say(&span.text) }
}

/// The words alone.
pub(in crate::app) fn plain(spans: &[Span]) -> String {
    spans.iter().map(spoken).collect()
}
