//! A field for a share string.

use eframe::egui::{Align, Context, Key, KeyboardShortcut, Layout, Modifiers, RichText, TextEdit};

use crate::app::look::dialog::Dialog;
use crate::app::look::theme::Palette;
use crate::experiment::Experiment;
use crate::record::Intervention;
use crate::share;

/// Width of the field.
const WIDTH: f32 = 520.0;

/// The open field.
#[derive(Default)]
pub struct Paste {
    text: String,
    problem: Option<String>,
    is_old: bool,
}

/// What became of the field in a frame.
pub enum Pasted {
    /// It stays open.
    Waiting,
    /// It was given up.
    GivenUp,
    /// An experiment and the changes on its way.
    Experiment(Box<Experiment>, Vec<Intervention>),
}

impl Paste {
    /// Draws the field above everything else.
    pub fn ui(&mut self, ctx: &Context) -> Pasted {
        let mut outcome = Pasted::Waiting;
        let mut opens = false;
        let modal = Dialog::Paste.show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading("Open a share string");
            ui.label(RichText::new("Paste the text that 'Copy share string' made.").weak());
            ui.add_space(4.0);
            // Enter opens what was pasted, which has no lines of its own.
            let new_line = KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter);
            let edit = TextEdit::multiline(&mut self.text).desired_width(WIDTH).desired_rows(4).return_key(new_line);
            let edit = ui.add(edit);
            if !self.is_old {
                edit.request_focus();
                self.is_old = true;
            }
            if edit.changed() {
                self.problem = None;
            }
            edit.accessible_name("Share string");
            let warning = Palette::of(ctx.theme()).warning;
            ui.label(RichText::new(self.problem.as_deref().unwrap_or(" ")).color(warning));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                opens = ui.button("Open experiment").clicked();
                if ui.button("Cancel").clicked() {
                    outcome = Pasted::GivenUp;
                }
            });
        });
        if opens || modal.confirmed {
            match share::decode(&self.text) {
                Ok((experiment, changes)) => outcome = Pasted::Experiment(Box::new(experiment), changes),
                Err(error) => self.problem = Some(error.to_string()),
            }
        }
        if modal.cancelled && matches!(outcome, Pasted::Waiting) { Pasted::GivenUp } else { outcome }
    }
}
