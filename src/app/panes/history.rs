//! The run's past: a scrub over its steps, and the changes on its way.

use eframe::egui::{
    Button, Key, Modifiers, Rect, RichText, ScrollArea, Slider, SliderClamping, Stroke, TextStyle, Ui, pos2, vec2,
};

use crate::app::figures::exhibits;
use crate::app::look::changes;
use crate::app::look::changes::SettingChange;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::experiment::fields::field;
use crate::record::{Exhibit, Panel, Table};

/// Characters of the columns step, setting, values and whose.
const COLUMNS: [usize; 4] = [13, 24, 30, 20];

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
        scrub(ui, view, shown, now);
        let asked = buttons(ui, view, shown, now).or_else(|| keys(ui, shown, now));
        if let Some(step) = asked {
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
                label(change).to_owned(),
                numbers::json(&change.old),
                numbers::json(&change.new),
                whose(change),
            ]
        });
        let header = ["step", "setting", "old", "new", "acts on"].map(String::from).to_vec();
        let table = Table { title: String::new(), header, rows: rows.collect() };
        Some(exhibits::exhibit(PaneKind::History, "Changes on the way", view, vec![Panel::Table(table)], 1))
    }
}

/// Said of a past step of a run that a graphics processor has trained.
const INEXACT: &str = "repeated on the CPU: not exactly";

/// Looks at a step; the last one is the present.
fn go(view: &mut View<'_>, step: u64, now: u64) {
    view.link.look((step < now).then_some(step));
}

/// The slider, with a tick at every step that is held.
fn scrub(ui: &mut Ui, view: &mut View<'_>, shown: u64, now: u64) {
    let palette = Palette::of(ui.ctx().theme());
    let weak = ui.visuals().weak_text_color();
    ui.horizontal(|ui| {
        ui.label("Step to show");
        let digits = numbers::count(now).len();
        let ink = if view.shown_step.is_some() { palette.warning } else { ui.visuals().text_color() };
        let text = format!("{:>digits$} of {}", numbers::count(shown), numbers::count(now));
        ui.label(RichText::new(text).monospace().color(ink));
        let held = view.link.status().history.len() as u64;
        let text = format!("{} held", numbers::count(held));
        let digits = if view.link.is_past_exact() { "to the last bit" } else { "on the CPU, so that last digits differ" };
        ui.label(RichText::new(text).small().color(weak)).on_hover_text(format!(
            "Steps, marked below the slider, whose whole state is held. They are shown at once; those between are \
             repeated from the one before, with the same noise and batches, {digits}. When there is no more room, \
             every other one is given up, changes last.",
        ));
        if view.shown_step.is_some() && !view.link.is_past_exact() {
            ui.label(RichText::new(INEXACT).small().color(palette.warning)).on_hover_text(
                "The run, or a part of it, was trained on a graphics processor, and a look back repeats its steps on the \
                 CPU: sums are rounded in another order there. Continue from here goes on with what trains the run.",
            );
        }
    });
    let mut step = shown;
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = 18.0;
        let slider = Slider::new(&mut step, 0..=now.max(1)).show_value(false).clamping(SliderClamping::Always);
        let slider = ui.add_enabled(now > 0, slider.step_by(1.0));
        ticks(ui, slider.rect, &view.link.status().history, view.link.journal().changes(), now, &palette);
        slider
            .on_hover_text("Drag to look back; every pane shows that step. At the right end is the present.")
            .on_disabled_hover_text("There is no past yet.")
            .accessible_name("Step to show");
    });
    if step != shown {
        go(view, step, now);
    }
}

/// Marks below the rail: short ones for steps that are held, long ones for changes.
fn ticks(ui: &mut Ui, slider: Rect, held: &[u64], changes: &[SettingChange], now: u64, palette: &Palette) {
    let (rect, _) = ui.allocate_exact_size(vec2(slider.width(), 9.0), eframe::egui::Sense::hover());
    // The handle keeps within the slider: its centre reaches from half its width to the same before the end.
    let margin = slider.height() / 2.5;
    let rail = slider.left() + margin..=slider.right() - margin;
    let x = |step: u64| {
        let share = step as f64 / now.max(1) as f64;
        rail.start() + (rail.end() - rail.start()) * share.clamp(0.0, 1.0) as f32
    };
    let ink = ui.visuals().weak_text_color();
    let mut last = f32::NEG_INFINITY;
    for at in held.iter().map(|&step| x(step)) {
        // Closer than two points they would run into a bar.
        if at - last >= 2.0 {
            let ends = [pos2(at, rect.top()), pos2(at, rect.top() + 4.0)];
            ui.painter().line_segment(ends, Stroke::new(1.0, ink.gamma_multiply(0.7)));
            last = at;
        }
    }
    for change in changes {
        let at = x(change.from_step);
        ui.painter().line_segment([pos2(at, rect.top()), pos2(at, rect.bottom())], Stroke::new(1.6, palette.mark));
    }
}

/// Buttons that move the shown step; the step that was asked for.
fn buttons(ui: &mut Ui, view: &mut View<'_>, shown: u64, now: u64) -> Option<u64> {
    let changes = view.link.journal().changes();
    let before = changes.iter().map(|change| change.from_step).filter(|&step| step < shown).max();
    let after = changes.iter().map(|change| change.from_step).filter(|&step| step > shown).min();
    let mut asked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let targets = [
            ("Previous change", before, "Show the step of the change before the one that is shown."),
            ("− 1 step", shown.checked_sub(1), "Show the step before. Key: ←"),
            ("+ 1 step", (shown < now).then_some(shown + 1), "Show the step after. Key: →"),
            ("Next change", after, "Show the step of the change after the one that is shown."),
        ];
        for (name, target, explanation) in targets {
            let button = ui.add_enabled(target.is_some(), Button::new(name)).on_hover_text(explanation);
            if button.clicked() {
                asked = target;
            }
        }
        ui.add_space(8.0);
        for (name, command) in [
            (AppCommand::ShowPresent.label(), AppCommand::ShowPresent),
            ("Continue from here".into(), AppCommand::ForkFromHere),
        ] {
            let button = ui.add_enabled(view.shown_step.is_some(), Button::new(name)).on_hover_text(command.tooltip());
            if button.clicked() {
                view.commands.push(command);
            }
        }
    });
    asked
}

/// The arrow keys, while no widget has the focus.
fn keys(ui: &Ui, shown: u64, now: u64) -> Option<u64> {
    if ui.memory(|memory| memory.focused().is_some()) || !ui.is_enabled() {
        return None;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowLeft) {
        shown.checked_sub(1)
    } else if pressed(Key::ArrowRight) {
        (shown < now).then_some(shown + 1)
    } else {
        None
    }
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
            ui.label(RichText::new(head).font(font.clone()).color(weak));
        });
        for (i, change) in changes.iter().enumerate() {
            let values = changes::values(std::slice::from_ref(change));
            let text = row([numbers::count(change.from_step), label(change).to_owned(), values.clone(), whose(change)]);
            let button = Button::selectable(current == Some(i), RichText::new(text).font(font.clone()));
            let button = ui.add(button.min_size(vec2(0.0, ROW)));
            let drag = if change.to_step > change.from_step {
                format!(" A drag, up to step {}.", numbers::count(change.to_step))
            } else {
                String::new()
            };
            let button = button.on_hover_text(format!("Show the run as this change found it.{drag}"));
            let step = numbers::count(change.from_step);
            let name = format!("Step {step}: {} {values}, {}", label(change), whose(change));
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

fn label(change: &SettingChange) -> &str {
    field(&change.field).map_or(change.field.as_str(), |field| field.label)
}

/// The part of the run that was changed.
fn whose(change: &SettingChange) -> String {
    let layer = change.target.layer.map(|layer| format!("layer {layer}"));
    let twin = change.target.twin.as_ref().map(|twin| format!("twin {twin}"));
    let parts: Vec<String> = layer.into_iter().chain(twin).collect();
    if parts.is_empty() { "all".into() } else { parts.join(", ") }
}
