//! The bar at the bottom: the newest message, seeds that diverged and layers that collapsed.

use eframe::egui::{Align, Button, Layout, RichText, TextStyle, Ui};

use crate::app::link::journal::{Entry, Journal, Weight};
use crate::app::look::fallen;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::training::Status;

/// Draws the bar.
pub fn bar(ui: &mut Ui, journal: &Journal, status: &Status, commands: &mut Vec<AppCommand>) {
    ui.horizontal_centered(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let log = AppCommand::TogglePane(PaneKind::Log);
            let button = Button::new(RichText::new("Messages").size(12.5)).frame_when_inactive(false);
            if ui.add(button).on_hover_text(log.tooltip()).clicked() {
                commands.push(log);
            }
            let save = Button::new(RichText::new("Save session").size(12.5)).frame_when_inactive(false);
            if ui.add(save).on_hover_text(AppCommand::Save.tooltip()).clicked() {
                commands.push(AppCommand::Save);
            }
            if let Some(text) = diverged(journal) {
                let all: Vec<&str> = journal.divergences().iter().map(|d| d.text.as_str()).collect();
                warning(ui, &text).on_hover_text(words::say(&all.join("\n")));
            }
            if let Some(text) = fallen::summary(&status.collapses) {
                let layers = 1..=status.experiment.layer_count();
                let tags =
                    layers.filter_map(|layer| fallen::tag(&status.collapses, layer, status.step, status.seeds.len()));
                let all: Vec<String> = tags.map(|tag| tag.explanation).collect();
                warning(ui, &text).on_hover_text(words::say(&all.join("\n")));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| match journal.current() {
                Some(entry) => {
                    let widget = eframe::egui::Label::new(rich(ui, entry)).truncate();
                    ui.add(widget);
                }
                None => {
                    ui.weak("Ready");
                }
            });
        });
    });
}

/// The seeds that left the run, in one short text.
fn diverged(journal: &Journal) -> Option<String> {
    match journal.divergences() {
        [] => None,
        [one] => Some(one.text.clone()),
        [many @ .., last] => {
            let seeds: Vec<String> = many.iter().map(|d| d.seed.to_string()).collect();
            Some(format!("Seeds {} and {} diverged", seeds.join(", "), last.seed))
        }
    }
}

fn rich(ui: &Ui, entry: &Entry) -> RichText {
    let text = RichText::new(words::say(&entry.text));
    match entry.weight {
        Weight::Note => text.color(ui.visuals().text_color()),
        Weight::Warning => text.color(Palette::of(ui.ctx().theme()).warning),
    }
}

fn warning(ui: &mut Ui, text: &str) -> eframe::egui::Response {
    let color = Palette::of(ui.ctx().theme()).warning;
    let dot = RichText::new("■").text_style(TextStyle::Monospace).color(color);
    let label = ui.label(RichText::new(words::say(text)).color(color));
    ui.label(dot);
    label
}
