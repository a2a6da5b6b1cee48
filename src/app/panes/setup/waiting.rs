//! What waits for a new run, beside what the present one has; together it becomes a run, or a twin.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Button, Grid, Label, RichText, ScrollArea, Ui};

use super::editor::shown;
use crate::app::link::{Link, value_of};
use crate::app::look::theme;
use crate::app::look::titles;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::setting;
use crate::app::panes::twins;
use crate::app::view::View;
use crate::experiment::fields::field;
use crate::experiment::{Experiment, may_differ};
use crate::training::Command;

/// Height of the list of changes, beyond which it scrolls: the rest of the pane stays in sight.
const MOST_HEIGHT: f32 = 130.0;

/// Characters of a value that are shown.
const MOST_SHOWN: usize = 36;

/// The changes that wait, with what they came to last.
#[derive(Default)]
pub struct Waiting {
    next: Option<Arc<Experiment>>,
}

/// Said while a file is read.
const READS: &str = "The data are being read …";

impl Waiting {
    /// The experiment that the changes lead to; while they cannot be used, that of the run, and while they are judged, the one
    /// before.
    pub fn next(&mut self, link: &mut Link) -> Arc<Experiment> {
        let of = Arc::clone(&link.status().experiment);
        if let Some(judged) = link.judged() {
            self.next = Some(judged.next.as_ref().map_or_else(|_| Arc::clone(&of), Arc::clone));
        }
        self.next.clone().unwrap_or(of)
    }

    /// Forgets what there was of the run before.
    pub fn forget(&mut self) {
        self.next = None;
    }

    /// Draws the changes and what can be done with them.
    pub fn ui(&self, ui: &mut Ui, view: &mut View<'_>) {
        let (changes, now) = (view.link.pending().clone(), Arc::clone(&view.link.status().experiment));
        let reads = Some(READS.to_owned());
        let error = view.link.judged().map_or(reads, |judged| judged.next.as_ref().err().cloned());
        if changes.is_empty() {
            ui.weak("What is changed below and needs a new run is gathered here first, beside what the run has now.");
            ui.separator();
            return;
        }
        let palette = theme::Palette::of(ui.ctx().theme());
        ui.label(RichText::new("Waits for a new run").strong());
        let mut kept = None;
        ScrollArea::vertical().id_salt("waiting").max_height(MOST_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
            Grid::new("waiting").num_columns(5).spacing([8.0, 2.0]).show(ui, |ui| {
                for (path, value) in &changes {
                    let known = field(path);
                    let label = ui.label(known.map_or(path.as_str().into(), |known| words::say(known.label)));
                    if let Some(known) = known {
                        label.on_hover_ui(|ui| setting::explain(ui, known, None));
                    }
                    match value_of(&now, path) {
                        Some(old) => short(ui, &shown(&old), false),
                        None => drop(ui.weak("not given")),
                    }
                    ui.label("→");
                    short(ui, &shown(value), true);
                    let name = known.map_or(path.as_str(), titles::of_field);
                    let button = ui.add(Button::new("Keep").small()).on_hover_text("Leave it as the run has it.");
                    if button.accessible_name(format!("Keep {name}")).clicked() {
                        kept = Some(path.clone());
                    }
                    ui.end_row();
                }
            });
        });
        if let Some(path) = kept {
            view.link.keep(&path);
        }
        if let Some(error) = &error {
            ui.add(Label::new(RichText::new(error).color(palette.warning)).wrap());
        }
        ui.horizontal_wrapped(|ui| {
            let text = RichText::new("Train a new run with it").color(palette.on_accent).strong();
            let button = ui.add_enabled(error.is_none(), Button::new(text).fill(palette.accent));
            let button = button
                .on_hover_text("End this run and start another with these changes, from the same first seed.")
                .on_disabled_hover_text(words::say(&error.clone().unwrap_or_default()));
            if button.clicked() {
                view.commands.push(AppCommand::Reset);
            }
            let why = error.or_else(|| why_no_twin(view, &changes));
            let button = ui.add_enabled(why.is_none(), Button::new("Fork it as a twin"));
            let button = button
                .on_hover_text(words::say("Copy the run at the present step and let the copy go on with these changes, on the same batches and noise."))
                .on_disabled_hover_text(words::say(&why.unwrap_or_default()));
            if button.clicked() {
                view.link.keep_all();
                view.link.send(Command::Fork { changes: changes.into_iter().collect() });
                view.commands.push(AppCommand::ShowPane(PaneKind::Twins));
            }
            if ui.button("Keep all as it is").on_hover_text("Leave everything as the run has it.").clicked() {
                view.link.keep_all();
            }
        });
        ui.separator();
    }
}

/// A value, the beginning of a long one.
fn short(ui: &mut Ui, value: &str, is_new: bool) {
    let mut text: String = value.chars().take(MOST_SHOWN).collect();
    let is_cut = value.chars().nth(MOST_SHOWN).is_some();
    if is_cut {
        text.push('…');
    }
    let text = RichText::new(text).monospace();
    let label = ui.label(if is_new { text.strong() } else { text.weak() });
    if is_cut {
        label.on_hover_text(value);
    }
}

/// Why a copy of the run cannot go on with these changes.
fn why_no_twin(view: &View<'_>, changes: &BTreeMap<String, toml::Value>) -> Option<String> {
    let common: Vec<&str> = changes
        .keys()
        .filter(|path| !may_differ(path))
        .filter_map(|path| Some(titles::of_field(field(path)?)))
        .collect();
    if common.is_empty() {
        return twins::why_not_now(view).map(str::to_owned);
    }
    Some(format!(
        "A twin has the run's data, widths, batches and seeds, so that it cannot differ in {}.",
        common.join(", ").to_lowercase()
    ))
}
