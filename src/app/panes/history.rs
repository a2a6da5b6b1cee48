//! The changes on the run's way, and the way back to one of its steps for good.

use eframe::egui::{Button, RichText, ScrollArea, TextStyle, Ui, vec2};

use crate::app::figures::exhibits;
use crate::app::look::changes;
use crate::app::look::changes::SettingChange;
use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::experiment::fields::field;
use crate::record::{Exhibit, Panel, Table};

/// Characters of the columns step, setting, values and whose.
const COLUMNS: [usize; 4] = [17, 24, 30, 20];

/// Height of a row.
const ROW: f32 = 22.0;

/// The pane.
#[derive(Default)]
pub struct HistoryPane;

impl Pane for HistoryPane {
    fn kind(&self) -> PaneKind {
        PaneKind::History
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let now = view.link.status().step;
        let shown = view.shown_step.unwrap_or(now);
        if let Some(step) = buttons(ui, view, shown) {
            go(view, step, now);
        }
        ui.add_space(4.0);
        if let Some(step) = table(ui, view.link.journal().changes(), view.shown_step) {
            go(view, step, now);
        }
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let changes = view.link.journal().changes();
        if changes.is_empty() {
            return None;
        }
        let rows = changes.iter().map(|change| {
            vec![
                change.from_step.to_string(),
                change.to_step.to_string(),
                label(change).to_owned(),
                numbers::json(&change.old),
                numbers::json(&change.new),
                whose(change),
            ]
        });
        let header = ["step", "to step", "setting", "old", "new", "acts on"].map(String::from).to_vec();
        let table = Table { title: String::new(), header, rows: rows.collect() };
        Some(exhibits::exhibit(PaneKind::History, "Changes on the way", view, vec![Panel::Table(table)], 1))
    }
}

/// Looks at a step; the last one is the present.
fn go(view: &mut View<'_>, step: u64, now: u64) {
    view.link.look((step < now).then_some(step));
}

/// Buttons that move the shown step; the step that was asked for.
fn buttons(ui: &mut Ui, view: &mut View<'_>, shown: u64) -> Option<u64> {
    let changes = view.link.journal().changes();
    let before = changes.iter().map(|change| change.from_step).filter(|&step| step < shown).max();
    let after = changes.iter().map(|change| change.from_step).filter(|&step| step > shown).min();
    let mut asked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let targets = [
            ("Previous change", before, "Show the step of the change before the one that is shown."),
            ("Next change", after, "Show the step of the change after the one that is shown."),
        ];
        for (name, target, explanation) in targets {
            let button = ui.add_enabled(target.is_some(), Button::new(name)).on_hover_text(words::say(explanation));
            if button.clicked() {
                asked = target;
            }
        }
        ui.add_space(8.0);
        let command = AppCommand::ForkFromHere;
        let button = Button::new("Continue from here");
        if ui.add_enabled(view.shown_step.is_some(), button).on_hover_text(command.tooltip()).clicked() {
            view.commands.push(command);
        }
    });
    asked
}

/// The changes; the step of one that was clicked.
fn table(ui: &mut Ui, changes: &[SettingChange], shown: Option<u64>) -> Option<u64> {
    let weak = ui.visuals().weak_text_color();
    if changes.is_empty() {
        ui.label(RichText::new("No setting was changed in this run so far.").color(weak));
        return None;
    }
    let mut clicked = None;
    // The last change at or before the shown step is the one that it stands under.
    let current = shown.and_then(|shown| changes.iter().rposition(|change| change.from_step <= shown));
    ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let font = TextStyle::Monospace.resolve(ui.style());
        let head = row(["step", "setting", "old → new", "acts on"].map(str::to_owned));
        ui.horizontal(|ui| {
            ui.add_space(ui.spacing().button_padding.x);
            ui.label(RichText::new(words::say(&head)).font(font.clone()).color(weak));
        });
        for (i, change) in changes.iter().enumerate() {
            let values = changes::values(std::slice::from_ref(change));
            let setting = words::say(label(change)).into_owned();
            let whose_words = words::say(&whose(change)).into_owned();
            let text = row([steps(change), setting, values.clone(), whose_words]);
            let button = Button::selectable(current == Some(i), RichText::new(text).font(font.clone()));
            let button = ui.add(button.min_size(vec2(0.0, ROW)));
            let drag = if change.to_step > change.from_step {
                " It was dragged over these steps.".to_owned()
            } else {
                String::new()
            };
            let button = button.on_hover_text(words::say(&format!("Show the run as this change found it.{drag}")));
            let name = format!("Step {}: {} {values}, {}", steps(change), label(change), whose(change));
            if button.accessible_name(name).clicked() {
                clicked = Some(change.from_step);
            }
        }
    });
    clicked
}

/// Cells in columns that do not move: numbers to the right, words to the left.
fn row([step, setting, values, whose]: [String; 4]) -> String {
    let [a, b, c, d] = COLUMNS;
    format!("{step:>a$}  {setting:<b$}{values:<c$}{whose:<d$}")
}

/// The step of a change, and the last one of a drag.
fn steps(change: &SettingChange) -> String {
    let [from, to] = [change.from_step, change.to_step].map(numbers::count);
    if change.to_step > change.from_step { format!("{from} to {to}") } else { from }
}

fn label(change: &SettingChange) -> &str {
    field(&change.field).map_or(change.field.as_str(), titles::of_field)
}

/// The part of the run that was changed.
fn whose(change: &SettingChange) -> String {
    let layer = change.target.layer.map(|layer| format!("layer {layer}"));
    let twin = change.target.twin.as_ref().map(|twin| format!("twin {twin}"));
    let parts: Vec<String> = layer.into_iter().chain(twin).collect();
    if parts.is_empty() { "all".into() } else { parts.join(", ") }
}
