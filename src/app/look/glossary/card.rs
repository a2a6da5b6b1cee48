//! The card that a word shows under the pointer, and the labels that have one.

use eframe::egui::{
    Color32, Context, CursorIcon, Id, Label, Response, RichText, Sense, Shape, Stroke, TextStyle, Ui, WidgetText, pos2,
};

use super::{Term, drawing};
use crate::app::look::words;

/// Width of a card.
const WIDTH: f32 = 330.0;

/// The cosine that drawings show.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Of what: `layer 2`.
    pub title: String,
    /// Between learning signal and Hebbian update.
    pub cosine: f64,
    /// The layer's colour.
    pub color: Color32,
}

fn key(name: &str) -> Id {
    Id::unique("glossary").with(name)
}

/// Tells the cards of this frame what the run measures now.
pub fn set_live(ctx: &Context, live: Option<Live>) {
    ctx.data_mut(|data| data.insert_temp(key("live"), live));
}

/// What the run measures now.
pub(super) fn live(ctx: &Context) -> Option<Live> {
    ctx.data(|data| data.get_temp::<Option<Live>>(key("live"))).flatten()
}

/// Asks the window to open the glossary at a word.
pub fn ask(ctx: &Context, term: Term) {
    ctx.data_mut(|data| data.insert_temp(key("asked"), Some(term)));
    ctx.request_repaint();
}

/// The word at which the glossary was asked for since the last call.
pub fn asked(ctx: &Context) -> Option<Term> {
    ctx.data_mut(|data| data.remove_temp::<Option<Term>>(key("asked"))).flatten()
}

/// What is said of a word, with its drawing.
pub fn card(ui: &mut Ui, term: Term) {
    let entry = term.entry();
    ui.set_max_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.strong(words::say(&entry.name));
    ui.label(words::say(&entry.text));
    if let Some(kind) = entry.drawing {
        drawing::ui(ui, kind);
    }
    if !entry.symbol.is_empty() {
        let symbol = RichText::new(&entry.symbol).text_style(TextStyle::Small);
        ui.label(symbol.color(ui.visuals().weak_text_color()));
    }
}

/// Gives something that is drawn the card of a word.
pub fn explained(response: Response, term: Term) -> Response {
    response.on_hover_ui(|ui| card(ui, term))
}

/// A label that shows the card of a word under the pointer, and opens the glossary there when it is clicked.
pub fn label(ui: &mut Ui, text: impl Into<WidgetText>, term: Term) -> Response {
    // No stop for the Tab key: the sheet of all words is at hand for those who do not point.
    let response = ui.add(Label::new(text).sense(Sense::CLICK));
    underline(ui, &response);
    if response.clicked() {
        ask(ui.ctx(), term);
    }
    explained(response.on_hover_cursor(CursorIcon::Help), term)
}

/// Dots below a word that has a card.
fn underline(ui: &Ui, response: &Response) {
    let rect = response.rect;
    let stroke = Stroke::new(1.0, ui.visuals().weak_text_color().gamma_multiply(0.7));
    let y = rect.bottom() - 0.5;
    let ends = [pos2(rect.left(), y), pos2(rect.right(), y)];
    ui.painter().extend(Shape::dotted_line(&ends, stroke.color, 3.0, 0.6));
}
