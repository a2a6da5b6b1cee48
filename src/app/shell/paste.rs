//! A field for a share string.

use eframe::egui::{Align, Context, Id, Layout, Modal, RichText, TextEdit};

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
        let modal = Modal::new(Id::unique("paste")).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading("Open a share string");
            ui.label(RichText::new("Paste the text that 'Copy share string' made.").weak());
            ui.add_space(4.0);
            let edit = ui.add(TextEdit::multiline(&mut self.text).desired_width(WIDTH).desired_rows(4));
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
                if ui.button("Open experiment").clicked() {
                    match share::decode(&self.text) {
                        Ok((experiment, changes)) => outcome = Pasted::Experiment(Box::new(experiment), changes),
                        Err(error) => self.problem = Some(error.to_string()),
                    }
                }
                if ui.button("Cancel").clicked() {
                    outcome = Pasted::GivenUp;
                }
            });
        });
        if modal.should_close() && matches!(outcome, Pasted::Waiting) { Pasted::GivenUp } else { outcome }
    }
}
