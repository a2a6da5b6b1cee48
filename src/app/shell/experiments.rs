//! The list of experiments at the left of the top bar: what each is about, found by any word of it, by mouse or keys.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align, Align2, Button, Color32, FontId, Galley, Id, Key, Modifiers, Popup, PopupCloseBehavior, Response, RichText,
    ScrollArea, TextEdit, Ui, pos2, vec2,
};

use super::listed;
use crate::app::look::{titles, words};
use crate::experiment::{PRESETS, Preset};

/// Width of the opened list.
const WIDTH: f32 = 560.0;
/// Greatest height of what is seen of it at once.
const HEIGHT: f32 = 500.0;
/// Height of a row.
const ROW: f32 = 38.0;

/// The list, with what it remembers while it is open.
#[derive(Default)]
pub struct Experiments {
    text: String,
    place: usize,
    is_open: bool,
    /// It is to be opened in the next frame.
    is_asked: bool,
}

impl Experiments {
    /// Opens it, as a click on its button does.
    pub fn open(&mut self) {
        self.is_asked = true;
    }

    /// Draws the button with the experiment's title, and the list where it is open; what was picked.
    pub fn ui(&mut self, ui: &mut Ui, current: &str, description: &str) -> Option<&'static Preset> {
        let button =
            show_current(ui, current).on_hover_text(format!("{}\nName in files: {current}", words::say(description)));
        let button = button.accessible_name("Experiment");
        let popup = Popup::default_response_id(&button);
        let down = button.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown));
        if down || std::mem::take(&mut self.is_asked) {
            Popup::open_id(ui.ctx(), popup);
        }
        let shown = Popup::menu(&button)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| self.list(ui, current));
        let Some(shown) = shown else {
            self.is_open = false;
            return None;
        };
        match shown.inner {
            Picked::Nothing => None,
            Picked::Left => {
                self.close(ui, popup, &button);
                None
            }
            Picked::Preset(preset) => {
                self.close(ui, popup, &button);
                Some(preset)
            }
        }
    }

    fn close(&mut self, ui: &Ui, popup: Id, button: &Response) {
        Popup::close_id(ui.ctx(), popup);
        // Else the keyboard would be with a field that is gone.
        button.surrender_focus();
        self.is_open = false;
    }

    fn list(&mut self, ui: &mut Ui, current: &str) -> Picked {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 40.0));
        let is_new = !std::mem::replace(&mut self.is_open, true);
        if is_new {
            self.text.clear();
        }
        let found = matches(&self.text);
        if is_new {
            self.place = found.iter().position(|preset| preset.name == current).unwrap_or(0);
        }
        let keyed = listed::keys(ui.ctx(), &mut self.place, found.len());
        if keyed.left {
            return Picked::Left;
        }
        if let Some(preset) = found.get(self.place).filter(|_| keyed.entered) {
            return Picked::Preset(preset);
        }
        let field = TextEdit::singleline(&mut self.text).hint_text("Find an experiment: any word of it");
        let field = ui.add_sized(vec2(ui.available_width(), 26.0), field.align(Align2::LEFT_CENTER));
        field.request_focus();
        if field.changed() {
            self.place = 0;
        }
        field.accessible_name("Find an experiment");
        ui.add_space(2.0);
        if found.is_empty() {
            ui.weak("No experiment has that in its title, name or description.");
        }
        let room = ui.ctx().content_rect().bottom() - ui.cursor().top() - 16.0;
        let mut picked = Picked::Nothing;
        ScrollArea::vertical().max_height(room.clamp(3.0 * ROW, HEIGHT)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let mut group = "";
            for (place, preset) in found.iter().enumerate() {
                if preset.group != group {
                    group = preset.group;
                    ui.add_space(4.0);
                    ui.label(RichText::new(words::say(group)).weak().size(11.5));
                }
                let row = row(ui, preset, place == self.place);
                if place == self.place && (keyed.moved || is_new) {
                    row.scroll_to_me(is_new.then_some(Align::Center));
                }
                if row.clicked() {
                    picked = Picked::Preset(preset);
                }
            }
        });
        picked
    }
}

/// What became of the list in a frame.
enum Picked {
    Nothing,
    Left,
    Preset(&'static Preset),
}

fn show_current(ui: &mut Ui, current: &str) -> Response {
    let width = (ui.available_width() * 0.2).clamp(150.0, 290.0);
    let text = RichText::new(titles::of_name(current)).strong().size(14.0);
    let button = Button::new(text).truncate().right_text(RichText::new("▼").weak().size(9.0));
    ui.scope(|ui| {
        ui.set_max_width(width);
        ui.add(button.min_size(vec2(width, 28.0)))
    })
    .inner
}

fn row(ui: &mut Ui, preset: &Preset, is_chosen: bool) -> Response {
    let width = ui.available_width() - 4.0;
    let row = ui.add(Button::selectable(is_chosen, "").min_size(vec2(width, ROW)));
    if ui.is_rect_visible(row.rect) {
        let visuals = ui.visuals();
        let (strong, weak) = if is_chosen {
            (visuals.selection.stroke.color, visuals.selection.stroke.color)
        } else {
            (visuals.strong_text_color(), visuals.weak_text_color())
        };
        let inner = row.rect.shrink2(vec2(8.0, 4.0));
        let name = one_line(ui, preset.name, FontId::monospace(11.0), inner.width() / 2.0, weak);
        let room = inner.width() - name.size().x - 12.0;
        let title = one_line(ui, preset.title, FontId::proportional(13.5), room, strong);
        let summary = one_line(ui, &preset.summary(), FontId::proportional(11.5), inner.width(), weak);
        let painter = ui.painter();
        painter.galley(pos2(inner.right() - name.size().x, inner.top() + 2.0), name, weak);
        painter.galley(inner.min, title, strong);
        painter.galley(pos2(inner.left(), inner.bottom() - summary.size().y), summary, weak);
    }
    let summary = words::say(&preset.summary()).into_owned();
    row.on_hover_text(summary).accessible_name(format!("{} ({})", words::say(preset.title), preset.name))
}

fn one_line(ui: &Ui, text: &str, font: FontId, width: f32, color: Color32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(words::say(text).into_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

/// Presets that have every word of `text` in title, name, heading or description.
fn matches(text: &str) -> Vec<&'static Preset> {
    let said = |preset: &Preset| format!("{} {} {}", preset.title, preset.group, preset.summary());
    let is_meant = |preset: &&Preset| {
        let said = said(preset);
        listed::has_words(&format!("{said} {} {}", words::say(&said), preset.name), text)
    };
    PRESETS.iter().filter(is_meant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiments_are_found_by_title_name_and_description() {
        let names = |text| matches(text).into_iter().map(|preset| preset.name).collect::<Vec<_>>();
        assert_eq!(names("oja"), ["sre-oja", "sre-oja-post"]);
        assert_eq!(names("FIG4-quick"), ["fig4-quick"]);
        assert_eq!(names("figure 18 plain hebb"), ["sre-hebb", "sre-hebb-post"]);
        assert_eq!(names("").len(), PRESETS.len());
        assert!(names("no such thing").is_empty());
    }
}
