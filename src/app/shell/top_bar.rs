//! The bar at the top: which experiment, run and pause, how far, how fast, and the theme.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Align2, Button, Color32, ComboBox, CornerRadius, FontId, Layout, Rect, RichText, Role, Sense, Shape, Stroke,
    TextStyle, ThemePreference, Ui, WidgetInfo, pos2, vec2,
};

use super::experiments::Experiments;
use crate::app::link::Link;
use crate::app::link::guard::{Loaded, Order};
use crate::app::link::journal::Weight;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::experiment::{Preset, RuleKind, resolve};
use crate::training::{RunState, Status};

/// Steps that one press of 'Step' may train.
const STEP_SIZES: [u64; 4] = [1, 10, 100, 1000];

/// The bar, with what it remembers.
pub struct TopBar {
    /// Steps that one press of 'Step' trains.
    pub step_size: u64,
    experiments: Experiments,
    hint: bool,
}

impl Default for TopBar {
    fn default() -> Self {
        Self { step_size: 1, experiments: Experiments::default(), hint: true }
    }
}

impl TopBar {
    /// Draws the bar; buttons add to `commands`, the list of experiments to `orders`.
    pub fn ui(&mut self, ui: &mut Ui, link: &mut Link, commands: &mut Vec<AppCommand>, orders: &mut Vec<Order>) {
        ui.horizontal(|ui| {
            ui.set_height(32.0);
            let experiment = &link.status().experiment;
            if let Some(preset) = self.experiments.ui(ui, &experiment.name, &experiment.description) {
                orders.extend(order_for(preset, link));
            }
            button(ui, AppCommand::Gallery, true, commands);
            ui.add_space(6.0);
            self.buttons(ui, link, commands);
            ui.add_space(6.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if link.shown_step().is_some() {
                    button(ui, AppCommand::ShowPresent, true, commands);
                } else if ui.available_width() >= SPEED {
                    speed(ui, link);
                }
                ui.add_space(8.0);
                progress(ui, link);
            });
        });
        self.hint(ui, link, commands);
    }

    /// Opens the list of experiments.
    pub fn open_experiments(&mut self) {
        self.experiments.open();
    }

    /// Takes the line for beginners away; a tour says more.
    pub fn close_hint(&mut self) {
        self.hint = false;
    }

    fn buttons(&mut self, ui: &mut Ui, link: &Link, commands: &mut Vec<AppCommand>) {
        let palette = Palette::of(ui.ctx().theme());
        let running = link.is_running();
        let name = if running { "Pause" } else { "Run" };
        let enabled = link.status().state != RunState::Failed;
        // Room on the left for the painted sign, which no bundled font has for pausing.
        let text = RichText::new(format!("      {name}")).color(palette.on_accent);
        let run = Button::new(text).fill(palette.accent).min_size(vec2(86.0, 28.0));
        let run = ui.add_enabled(enabled, run).on_hover_text(AppCommand::RunOrPause.tooltip()).accessible_name(name);
        sign(ui, run.rect, running, palette.on_accent);
        if run.clicked() {
            commands.push(AppCommand::RunOrPause);
        }
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            button(ui, AppCommand::Step, enabled && !running, commands);
            let shown = RichText::new(numbers::count(self.step_size)).text_style(TextStyle::Monospace);
            let sizes = ComboBox::from_id_salt("step size").selected_text(shown).width(62.0).show_ui(ui, |ui| {
                for size in STEP_SIZES {
                    ui.selectable_value(&mut self.step_size, size, numbers::count(size));
                }
            });
            sizes
                .response
                .on_hover_text(words::say("Steps that one press of Step trains."))
                .accessible_name("Step size");
        });
        button(ui, AppCommand::Reset, true, commands);
        button(ui, AppCommand::NewSeed, true, commands);
    }

    /// One line for people who see the window for the first time; gone once they know, or close it.
    fn hint(&mut self, ui: &mut Ui, link: &Link, commands: &mut Vec<AppCommand>) {
        let experiment = &link.status().experiment;
        let hebbian = matches!(experiment.rule.kind, RuleKind::Hebb | RuleKind::HebbNormalized | RuleKind::Oja);
        if !self.hint || hebbian {
            return;
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            // The longest that leaves room for what is pressed; names of controls stand out.
            let room = ui.available_width() - HINT_BUTTONS;
            let laid = HINTS.map(|hint| ui.fonts_mut(|fonts| fonts.layout_job(hint_text(ui, hint))));
            if let Some(galley) = laid.into_iter().find(|galley| galley.size().x <= room) {
                ui.label(galley);
            }
            let tour = ui.add(Button::new(RichText::new("Take the tour").size(12.0)));
            if tour.on_hover_text(AppCommand::StartTour(0).description()).clicked() {
                commands.push(AppCommand::StartTour(0));
            }
            if ui.add(Button::new("×").small().frame(false)).accessible_name("Close hint").clicked() {
                self.hint = false;
            }
        });
    }
}

/// Room of the two buttons behind the hint.
const HINT_BUTTONS: f32 = 130.0;

/// The hint for beginners, the most wordy first; every second part is the name of a control.
const HINTS: [&[&str]; 4] = [
    &[
        "Drag ",
        "weight decay",
        " up: the learning signal turns Hebbian.  Drag ",
        "weight noise",
        " up: it turns anti-Hebbian. Neither makes the rule compute anything Hebbian.",
    ],
    &["Drag ", "weight decay", " up: the learning signal turns Hebbian.  Drag ", "weight noise", " up: anti-Hebbian."],
    &["Drag ", "weight decay", " up: Hebbian.  Drag ", "weight noise", " up: anti-Hebbian."],
    &["Drag ", "weight decay", " up, then ", "weight noise", "."],
];

fn hint_text(ui: &Ui, parts: &[&str]) -> LayoutJob {
    let font = TextStyle::Body.resolve(ui.style());
    let colors = [ui.visuals().weak_text_color(), ui.visuals().text_color()];
    let mut job = LayoutJob::default();
    for (part, color) in parts.iter().zip(colors.into_iter().cycle()) {
        job.append(&words::say(part), 0.0, TextFormat::simple(font.clone(), color));
    }
    job
}

/// A triangle or two bars at the left of a button.
fn sign(ui: &Ui, button: Rect, running: bool, color: Color32) {
    let center = pos2(button.left() + 20.0, button.center().y);
    if running {
        for x in [-3.5, 3.5] {
            let bar = Rect::from_center_size(center + vec2(x, 0.0), vec2(3.5, 11.0));
            ui.painter().rect_filled(bar, 1.0, color);
        }
    } else {
        let points = [(-4.0, -6.0), (6.0, 0.0), (-4.0, 6.0)].map(|(x, y)| center + vec2(x, y));
        ui.painter().add(Shape::convex_polygon(points.to_vec(), color, Stroke::NONE));
    }
}

fn button(ui: &mut Ui, command: AppCommand, enabled: bool, commands: &mut Vec<AppCommand>) {
    let widget = Button::new(command.label()).min_size(vec2(0.0, 28.0));
    if ui.add_enabled(enabled, widget).on_hover_text(command.tooltip()).clicked() {
        commands.push(command);
    }
}

/// The order to train a preset; one that cannot be resolved is said aloud.
pub fn order_for(preset: &Preset, link: &mut Link) -> Option<Order> {
    match resolve(preset.name, &[]) {
        Ok(experiment) => {
            // Its run is only one point of what it is about.
            let pane = preset.is_sweep().then_some(PaneKind::Phase);
            Some(Order::Load(Box::new(Loaded { pane, ..Loaded::new(experiment) })))
        }
        Err(error) => {
            link.journal_mut().say(Weight::Warning, error.to_string());
            None
        }
    }
}

/// Width below which there is no room for progress, and between its words and what stands beside it.
const LEAST_PROGRESS: f32 = 104.0;
const PROGRESS_GAP: f32 = 12.0;

/// How far the run has come, in numbers above a bar.
fn progress(ui: &mut Ui, link: &Link) {
    let status = link.status();
    let (step, planned) = (status.step, status.planned_steps.max(1));
    // The rail is as long as the planned steps, and grows with a run that goes beyond them.
    let whole = planned.max(step) as f64;
    let share = (step as f64 / whole) as f32;
    let epoch = step as f64 / status.experiment.steps_per_epoch().max(1) as f64;
    let shown = link.shown_step();
    let text = match status.state {
        _ if shown.is_some() => {
            let nearly = if link.is_past_exact() { "" } else { ", nearly" };
            format!("showing step {} of the past{nearly}", numbers::count(shown.unwrap_or_default()))
        }
        RunState::Preparing => "Preparing …".to_owned(),
        // What is taken up within a frame or two needs no words.
        RunState::Running if link.is_turning() && step_seconds(status).is_none_or(|seconds| seconds >= LONG) => {
            "waiting for the end of this step".to_owned()
        }
        RunState::Failed => format!("stopped at step {}", numbers::count(step)),
        _ => format!("step {}, planned {}", numbers::count(step), numbers::count(planned)),
    };
    let text = words::say(&text).into_owned();
    let width = ui.available_width().min(300.0);
    if width < LEAST_PROGRESS {
        return;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(width, 30.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, format!("Progress: {text}")));
    let response = match step_seconds(status).filter(|seconds| *seconds >= LONG) {
        Some(seconds) => response.on_hover_text(words::say(&format!(
            "A step takes {seconds:.1} s. What is asked for meanwhile (a pause, a reset, another setting) comes with its end."
        ))),
        None => response,
    };
    let response = glossary::explained(response, Term::Step);
    glossary::explained(response, Term::Epoch);
    let font = FontId::monospace(11.5);
    let warning = Palette::of(ui.ctx().theme()).warning;
    let ink = if shown.is_some() { warning } else { ui.visuals().text_color() };
    let weak = ui.visuals().weak_text_color();
    let y = rect.top() + 9.0;
    let painter = ui.painter();
    let mut galley = painter.layout_no_wrap(text, font.clone(), ink);
    if galley.size().x > width - PROGRESS_GAP {
        // The rail says how much that is of what is planned.
        let short = words::say(&format!("step {}", numbers::count(shown.unwrap_or(step)))).into_owned();
        galley = painter.layout_no_wrap(short, font.clone(), ink);
    }
    painter.galley(Align2::LEFT_CENTER.anchor_size(pos2(rect.left(), y), galley.size()).min, galley, ink);
    if width > 270.0 && shown.is_none() {
        let epoch = words::say(&format!("epoch {epoch:.0}")).into_owned();
        painter.text(pos2(rect.right(), y), Align2::RIGHT_CENTER, epoch, font, weak);
    }
    let rail = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 9.0), pos2(rect.right(), rect.bottom() - 4.0));
    let radius = CornerRadius::same(2);
    painter.rect_filled(rail, radius, ui.visuals().widgets.inactive.bg_fill);
    let done = Rect::from_min_size(rail.min, vec2(rail.width() * share, rail.height()));
    painter.rect_filled(done, radius, ui.visuals().selection.bg_fill);
    let at = |step: u64| rail.left() + rail.width() * (step as f64 / whole) as f32;
    if step > planned {
        painter.vline(at(planned), rail.expand(2.0).y_range(), Stroke::new(1.0, weak));
    }
    if let Some(shown) = shown {
        painter.vline(at(shown), rail.expand(3.0).y_range(), Stroke::new(2.0, warning));
    }
}

/// Width of a speed. Where there is less, the button that pauses says whether the run goes on.
const SPEED: f32 = 118.0;

fn speed(ui: &mut Ui, link: &Link) {
    let status = link.status();
    let seeds = status.seeds.len().max(1);
    let all = status.replica_steps_per_second;
    // As wide as a speed, so that nothing moves.
    let text = match status.state {
        RunState::Running if link.is_pausing() => format!("{:>15}", "pausing …"),
        RunState::Running if all > 0.0 => format!("{:>15}", pace(all / seeds as f64)),
        RunState::Running if status.step == 0 => format!("{:>15}", "first step …"),
        RunState::Paused if !link.is_running() => format!("{:>15}", "paused"),
        RunState::AtRest => format!("{:>15}", "at rest"),
        _ => " ".repeat(15),
    };
    let text = RichText::new(words::say(&text)).text_style(TextStyle::Monospace);
    ui.label(text).on_hover_text(words::say(&format!(
        "Training steps a second, with {seeds} seeds side by side ({} counting each seed).",
        numbers::count(all.round() as u64)
    )));
}

/// Seconds a step from which on one waits for its end, and is told.
const LONG: f64 = 0.25;

/// Seconds that a step takes; `None` where that is not known yet.
fn step_seconds(status: &Status) -> Option<f64> {
    let pace = status.replica_steps_per_second / status.seeds.len().max(1) as f64;
    (pace > 0.0).then(|| 1.0 / pace)
}

/// Steps a second, or seconds a step where that is the number that one waits by.
fn pace(steps_per_second: f64) -> String {
    match steps_per_second {
        fast if fast >= 9.95 => format!("{} steps/s", numbers::count(fast.round() as u64)),
        slow if slow >= 0.995 => format!("{slow:.1} steps/s"),
        slower => format!("{:.1} s/step", 1.0 / slower),
    }
}

/// Dark, light, or as the system.
pub fn theme_switch(ui: &mut Ui) {
    let before = ui.ctx().options(|options| options.theme_preference);
    let mut chosen = before;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 1.0;
        // Laid out from the right, so the last comes first.
        for (preference, short, name) in [
            (ThemePreference::System, "Auto", "System theme"),
            (ThemePreference::Light, "Light", "Light theme"),
            (ThemePreference::Dark, "Dark", "Dark theme"),
        ] {
            let hint = format!("{name}. Ctrl and + or − make everything larger or smaller.");
            let button = Button::selectable(chosen == preference, RichText::new(short).size(12.0));
            if ui.add(button).on_hover_text(words::say(&hint)).accessible_name(name).clicked() {
                chosen = preference;
            }
        }
    });
    if chosen != before {
        ui.ctx().set_theme(chosen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_run_says_how_long_a_step_takes() {
        let paces = [12_345.6, 9.96, 9.94, 1.0, 0.4, 0.05].map(pace);
        let expected = ["12,346 steps/s", "10 steps/s", "9.9 steps/s", "1.0 steps/s", "2.5 s/step", "20.0 s/step"];
        assert_eq!(paces, expected);
        assert!(paces.iter().all(|pace| pace.len() <= 15));
    }
}
