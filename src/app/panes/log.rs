//! Everything that was said, to read and to copy.

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, TextStyle, Ui};

use crate::app::link::journal::{Entry, Weight};
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::record::Exhibit;

/// The pane, with what it leaves out.
#[derive(Default)]
pub struct LogPane {
    warnings_only: bool,
}

impl Pane for LogPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Log
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let journal = view.link.journal();
        let shown = || journal.entries().iter().filter(|e| !self.warnings_only || e.weight == Weight::Warning);
        let text = || shown().map(line).collect::<Vec<_>>().join("\n");
        ui.horizontal(|ui| {
            let count = shown().count();
            let noun = if self.warnings_only { "warnings" } else { "messages" };
            ui.label(RichText::new(format!("{count:>4} {noun}")).text_style(TextStyle::Monospace));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Copy messages").on_hover_text("Copy what is listed to the clipboard.").clicked() {
                    ui.ctx().copy_text(text());
                }
            });
        });
        let warning = Palette::of(ui.ctx().theme()).warning;
        ScrollArea::vertical().auto_shrink([false, false]).stick_to_bottom(true).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for entry in shown() {
                let color = match entry.weight {
                    Weight::Note => ui.visuals().text_color(),
                    Weight::Warning => warning,
                };
                // A message that goes on in a second line keeps to the right of the steps.
                ui.horizontal_top(|ui| {
                    let step = format!("{:>11}", numbers::count(entry.step));
                    ui.label(RichText::new(step).text_style(TextStyle::Monospace).weak());
                    ui.add(Label::new(RichText::new(words::say(&entry.text)).color(color)).selectable(true).wrap());
                });
            }
        });
        ui.checkbox(&mut self.warnings_only, "Warnings only");
    }

    fn has_exhibit(&self) -> bool {
        false
    }

    fn exhibit(&mut self, _view: &mut View<'_>) -> Option<Exhibit> {
        None
    }
}

fn line(entry: &Entry) -> String {
    format!("step {}: {}", entry.step, words::plain(&entry.text))
}
