//! The sheet of all words: a list that one searches, and what is said of the word that is picked.

use eframe::egui::{Align, Context, Key, Layout, Modifiers, RichText, ScrollArea, TextEdit, Ui, UiBuilder, vec2};

use crate::app::look::dialog::Dialog;
use crate::app::look::focus;
use crate::app::look::glossary::{self, Term};
use crate::app::look::words;

/// Size that the sheet takes at most, its margin not included.
const WIDEST: f32 = 760.0;
const HIGHEST: f32 = 460.0;
/// Width of the list.
const LIST: f32 = 220.0;

/// The open sheet.
pub struct Sheet {
    text: String,
    picked: Term,
    is_new: bool,
    /// The picked word is out of sight in the list.
    scrolls: bool,
}

impl Sheet {
    /// Opened at a word.
    #[must_use]
    pub fn new(term: Option<Term>) -> Self {
        let picked = term.unwrap_or_else(|| glossary::search("").first().copied().unwrap_or(Term::Alignment));
        Self { text: String::new(), picked, is_new: true, scrolls: true }
    }

    /// Draws the sheet above everything else; whether it stays open.
    pub fn ui(&mut self, ctx: &Context) -> bool {
        let mut stays = true;
        let screen = ctx.content_rect().size();
        let size = vec2((screen.x - 80.0).min(WIDEST), (screen.y - 80.0).min(HIGHEST));
        let modal = Dialog::Glossary.show(ctx, |ui| {
            ui.set_width(size.x);
            ui.set_height(size.y);
            ui.horizontal(|ui| {
                ui.heading("Glossary");
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if ui.button("Close").on_hover_text("Key: Escape").clicked() {
                        stays = false;
                    }
                    let field = TextEdit::singleline(&mut self.text).hint_text("Search").desired_width(200.0);
                    let field = ui.add(field);
                    if self.is_new {
                        field.request_focus();
                        self.is_new = false;
                    }
                    if field.changed() {
                        self.picked = glossary::search(&self.text).first().copied().unwrap_or(self.picked);
                    }
                    field.accessible_name("Search the glossary");
                });
            });
            ui.add_space(6.0);
            let whole = ui.available_rect_before_wrap();
            let (left, right) = (whole.with_max_x(whole.left() + LIST), whole.with_min_x(whole.left() + LIST + 18.0));
            ui.scope_builder(UiBuilder::new().max_rect(left).id_salt("words"), |ui| self.list(ui));
            ui.scope_builder(UiBuilder::new().max_rect(right).id_salt("word"), |ui| {
                ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| self.word(ui));
            });
        });
        // Enter has found the word; the next one is typed over it.
        self.is_new |= modal.confirmed;
        stays && !modal.cancelled
    }

    fn list(&mut self, ui: &mut Ui) {
        let found = glossary::search(&self.text);
        let (down, up) = ui.input_mut(|input| {
            let mut key = |key| input.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp))
        });
        if down || up {
            let place = found.iter().position(|term| *term == self.picked);
            let next = match place {
                Some(place) if down => place + 1,
                Some(place) => place.saturating_sub(1),
                None => 0,
            };
            self.picked = found.get(next).copied().unwrap_or(self.picked);
            self.scrolls = true;
        }
        if found.is_empty() {
            ui.weak("No word has that in its name or explanation.");
        }
        ScrollArea::vertical().id_salt("list of words").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for term in found {
                let is_picked = term == self.picked;
                let row = ui.selectable_label(is_picked, words::say(&term.entry().name));
                if is_picked && self.scrolls {
                    row.scroll_to_me(None);
                    self.scrolls = false;
                }
                if row.clicked() {
                    self.picked = term;
                }
            }
            focus::follow(ui);
        });
    }

    fn word(&mut self, ui: &mut Ui) {
        let entry = self.picked.entry();
        ui.scope(|ui| {
            for style in [eframe::egui::TextStyle::Body, eframe::egui::TextStyle::Small] {
                if let Some(font) = ui.style_mut().text_styles.get_mut(&style) {
                    font.size *= 1.12;
                }
            }
            glossary::card(ui, self.picked);
        });
        if !entry.also.is_empty() {
            ui.add_space(6.0);
            ui.weak(format!("Also: {}", entry.also.join(", ")));
        }
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            ui.weak("See");
            for term in entry.related() {
                let name = words::say(&term.entry().name);
                if ui.small_button(RichText::new(name.clone())).accessible_name(format!("See {name}")).clicked() {
                    (self.picked, self.scrolls) = (term, true);
                    self.text.clear();
                }
            }
        });
    }
}
