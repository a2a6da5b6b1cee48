//! Rules to begin from: the run's own, and those of the literature.

use eframe::egui::{Popup, RichText, Ui};

use super::draft::Draft;
use crate::experiment::Experiment;
use crate::expression::library::KNOWN;

/// Draws the menu; the rule that was chosen. `before` is what the last choice replaced.
pub fn ui(ui: &mut Ui, experiment: &Experiment, before: Option<&Draft>) -> Option<Draft> {
    let mut chosen = None;
    let button = ui.button("Start from ▼").on_hover_text("Fill the fields with a known rule, to change it from there.");
    let button = button.accessible_name("Start from");
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(260.0);
        let of_run = Draft::of(experiment);
        let entry = ui.add_enabled(of_run.is_some(), eframe::egui::Button::new("The present rule"));
        let entry = entry
            .on_hover_text("What the run trains by, as it is written in the language.")
            .on_disabled_hover_text("The run's rule cannot be written in the language.");
        if entry.clicked() {
            chosen = of_run;
        }
        if let Some(before) = before
            && ui.button("What was here before").on_hover_text("Takes the last choice of this menu back.").clicked()
        {
            chosen = Some(before.clone());
        }
        ui.separator();
        ui.label(RichText::new("Of the literature").weak().small());
        for known in KNOWN {
            if ui.button(known.title).on_hover_text(known.origin).clicked() {
                chosen = Some(Draft::known(known));
            }
        }
        if chosen.is_some() {
            ui.close();
        }
    });
    chosen
}
