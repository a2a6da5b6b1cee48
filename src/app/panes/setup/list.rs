//! Every field of the configuration, found by any word of its name or description.

use std::sync::LazyLock;

use eframe::egui::{CollapsingHeader, Label, RichText, TextEdit, TextStyle, Ui};

use super::editor::Editor;
use crate::app::link::Link;
use crate::app::look::words;
use crate::app::panes::parts::setting;
use crate::experiment::fields::{FIELDS, Field};
use crate::experiment::{Experiment, choices};

/// Sections with their titles. A grid is planned in the phase diagram.
const SECTIONS: [(&str, &str); 9] = [
    ("", "Name"),
    ("data", "Data"),
    ("model", "Network"),
    ("rule", "Learning rule"),
    ("regularizer", "Weight decay and its relatives"),
    ("noise", "Noise"),
    ("schedule", "Schedules"),
    ("training", "Training"),
    ("measure", "Measurement"),
];
/// What the program writes itself.
const WRITTEN: [&str; 1] = ["data.content"];

/// A field with what it may be.
struct Entry {
    field: &'static Field,
    section: &'static str,
    choices: Vec<&'static str>,
    /// What is searched.
    words: String,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entry = |field: &'static Field| {
        let section = field.path.split_once('.').map_or("", |(section, _)| section);
        let words = format!("{} {} {} {}", field.label, field.path, field.symbol, field.doc).to_lowercase();
        Entry { field, section, choices: choices(field), words }
    };
    FIELDS
        .iter()
        .filter(|field| !field.path.starts_with("sweep.") && !WRITTEN.contains(&field.path))
        .map(entry)
        .collect()
});

/// What of the experiment the list shows, made once each time that it changes.
struct Known {
    experiment: Experiment,
    table: toml::Table,
    /// Why a field changes nothing, in the order of the entries.
    idle: Vec<Option<&'static str>>,
}

/// The list, with what is searched and typed.
#[derive(Default)]
pub struct List {
    search: String,
    editor: Editor,
    known: Option<Known>,
}

impl List {
    /// Searches for one field.
    pub fn find(&mut self, field: &Field) {
        field.path.clone_into(&mut self.search);
    }

    /// Draws the list.
    pub fn ui(&mut self, ui: &mut Ui, link: &mut Link) {
        ui.horizontal(|ui| {
            ui.label(RichText::new("All settings").text_style(crate::app::look::theme::title_style()).strong());
            let field = TextEdit::singleline(&mut self.search).hint_text("any word").desired_width(f32::INFINITY);
            ui.add(field).accessible_name("Search all settings");
        });
        let wanted = self.search.trim().to_lowercase();
        let is_found = |entry: &Entry| wanted.split_whitespace().all(|word| entry.words.contains(word));
        let known = self.known.take().filter(|known| known.experiment == *link.steered());
        let known = known.unwrap_or_else(|| Known {
            // Plain structs of numbers, strings and lists have a TOML form.
            table: toml::Table::try_from(link.steered()).unwrap_or_default(),
            idle: ENTRIES.iter().map(|entry| link.steered().without_effect(entry.field.path)).collect(),
            experiment: link.steered().clone(),
        });
        let mut found = 0;
        for (section, title) in SECTIONS {
            let of_section = |(_, entry): &(usize, &Entry)| entry.section == section;
            // Without a search, what changes nothing would bury the rest.
            let is_shown = |(place, entry): &(usize, &Entry)| {
                is_found(entry) && (!wanted.is_empty() || known.idle[*place].is_none())
            };
            let rows: Vec<(usize, &Entry)> = ENTRIES.iter().enumerate().filter(of_section).filter(is_shown).collect();
            if rows.is_empty() {
                continue;
            }
            found += rows.len();
            let is_open = (!wanted.is_empty()).then_some(true);
            CollapsingHeader::new(words::say(title)).id_salt(("all settings", section)).open(is_open).show(ui, |ui| {
                for (place, entry) in rows {
                    self.row(ui, link, entry, &known, known.idle[place]);
                }
            });
        }
        if found == 0 {
            ui.weak("No setting has all of these words in its name or description.");
        }
        self.known = Some(known);
    }

    fn row(&mut self, ui: &mut Ui, link: &mut Link, entry: &Entry, known: &Known, idle: Option<&'static str>) {
        let field = entry.field;
        let mut keys = field.path.split('.');
        let first = keys.next().and_then(|key| known.table.get(key));
        let of_run = keys.fold(first, |value, key| value.and_then(|value| value.get(key)));
        let value = link.set_value(field.path).or(of_run).cloned();
        let set = ui
            .horizontal(|ui| {
                let label = setting::label(ui, field);
                label.clone().on_hover_ui(|ui| setting::explain(ui, field, None));
                ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                    self.editor.ui(ui, link, field, value.as_ref(), &entry.choices, label.id)
                })
                .inner
            })
            .inner;
        let about =
            RichText::new(words::say(field.doc)).text_style(TextStyle::Small).color(ui.visuals().weak_text_color());
        ui.add(Label::new(about).wrap());
        if let Some(reason) = idle {
            let text = RichText::new(words::say(&format!("Changes nothing now: {reason}.")))
                .text_style(TextStyle::Small)
                .italics();
            ui.add(Label::new(text).wrap());
        }
        ui.add_space(3.0);
        if let Some(set) = set.filter(|set| Some(set) != value.as_ref()) {
            link.set(field.path, set);
        }
    }
}
