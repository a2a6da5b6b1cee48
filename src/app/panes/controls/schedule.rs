//! The course of a live value over the run: its curve under the slider, and what it may be changed to.

use eframe::egui::{
    Align, Align2, Button, Color32, Id, Layout, Popup, PopupCloseBehavior, Pos2, Rect, Response, RichText, Sense,
    Stroke, TextEdit, TextStyle, Ui, pos2, vec2,
};

use crate::app::link::{Link, number_of};
use crate::app::look::numbers;
use crate::app::look::theme;
use crate::app::look::titles;
use crate::app::look::words;
use crate::experiment::fields::field;
use crate::experiment::{Experiment, Schedule, Schedules, Shape};

/// A schedule and the value that is shown with it.
#[derive(Clone, Copy)]
pub struct Course {
    /// Path of the schedule.
    pub path: &'static str,
    /// Path of the value that it multiplies.
    pub of: &'static str,
    /// The schedule among those of an experiment.
    pub pick: fn(&Schedules) -> Schedule,
}

/// That of the learning rate.
pub const LEARNING_RATE: Course =
    Course { path: "schedule.learning_rate", of: "rule.learning_rate", pick: |all| all.learning_rate };
/// That of weight decay.
pub const WEIGHT_DECAY: Course =
    Course { path: "schedule.weight_decay", of: "regularizer.weight_decay", pick: |all| all.weight_decay };
/// That of noise.
pub const NOISE: Course = Course { path: "schedule.noise", of: "noise.weight_sd", pick: |all| all.noise };

/// Points of a curve.
const POINTS: u64 = 96;

const CURVE_HEIGHT: f32 = 30.0;

impl Course {
    /// Draws the curve, or says that there is none; a click opens what it may be changed to.
    pub fn ui(&self, ui: &mut Ui, link: &mut Link) {
        let Some(field) = field(self.path) else { return };
        let schedule = (self.pick)(&link.steered().schedule);
        // Close to the slider that it is about.
        ui.add_space(-5.0);
        let (button, values) = match schedule.is_constant() {
            true => {
                let text = RichText::new("constant ▼").text_style(TextStyle::Small);
                let button = ui.horizontal(|ui| {
                    ui.set_height(16.0);
                    ui.spacing_mut().interact_size.y = 16.0;
                    ui.label(RichText::new("over time").text_style(TextStyle::Small).weak());
                    let right = Layout::right_to_left(Align::Center);
                    ui.with_layout(right, |ui| ui.add(Button::new(text).frame(false))).inner
                });
                (button.inner, String::new())
            }
            false => self.curve(ui, link, schedule),
        };
        ui.add_space(3.0);
        let button =
            button.on_hover_text(format!("{}\n\nIn files: {} = \"{schedule}\"", words::say(field.doc), field.path));
        let button = button.accessible_name(format!("{}: {schedule}{values}", titles::of_field(field)));
        Popup::menu(&button)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| self.choices(ui, link, schedule));
    }

    /// Value over steps, with the present one; its values in words, for whoever does not see them.
    fn curve(&self, ui: &mut Ui, link: &Link, schedule: Schedule) -> (Response, String) {
        let status = link.status();
        let experiment = link.steered();
        let step = status.looking_at.unwrap_or(status.step);
        let base = number_of(experiment, self.of).unwrap_or_default();
        let size = vec2(ui.available_width(), CURVE_HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let visuals = ui.style().interact(&response);
        ui.painter().rect_stroke(rect, 3.0, visuals.bg_stroke, eframe::egui::StrokeKind::Inside);
        let palette = theme::Palette::of(ui.ctx().theme());
        let until = shown_until(schedule, step, status.planned_steps);
        let now = draw(ui, rect.shrink2(vec2(5.0, 4.0)), schedule, experiment, (step, until), palette.layer(1));
        let text = format!("now {}", numbers::scientific(base * now));
        let [first, last] = [0, until - 1].map(|step| schedule.factor(step, experiment.total_steps()));
        let [begin, end] = [first, last].map(|factor| numbers::scientific(base * factor));
        let values = format!("; {begin} at step 0, {text}, {end} at step {}", numbers::count(until - 1));
        // On the side where the curve is not.
        let falls = last < 1.0;
        let (align, x) = match falls {
            true => (Align2::RIGHT_TOP, rect.right() - 6.0),
            false => (Align2::LEFT_TOP, rect.left() + 6.0),
        };
        let font = TextStyle::Small.resolve(ui.style());
        ui.painter().text(pos2(x, rect.top() + 3.0), align, text, font, ui.visuals().text_color());
        (response, values)
    }

    fn choices(&self, ui: &mut Ui, link: &mut Link, schedule: Schedule) {
        // Buttons as elsewhere, and not the lines of a menu.
        ui.reset_style();
        ui.set_width(330.0);
        let (id, status) = (Id::unique(self.path), link.status());
        let (step, planned) = (status.step, status.planned_steps);
        let experiment = link.steered().clone();
        let label = field(self.path).map_or(self.path, titles::of_field);
        ui.label(RichText::new(label).strong());
        let mut draft: String = ui.data_mut(|data| data.get_temp(id)).unwrap_or_else(|| schedule.to_string());
        let read = draft.parse::<Schedule>();
        // Beyond its plan a run has as much before it as it was planned for.
        let rest = if planned > step { planned - step } else { planned.max(1) };
        ui.horizontal(|ui| {
            let begins = |shape: Shape| {
                let over = matches!(shape, Shape::Linear { .. } | Shape::Cosine { .. }).then_some(rest);
                Schedule { from: step, warm_up: 0, shape, over }
            };
            let every = (rest / 4).max(1);
            for (name, shape, help) in [
                ("Constant", Shape::Constant, "The slider's value at every step."),
                ("Linear", Shape::Linear { to: 0.0 }, "From here in a straight line to 0 at the end of the plan."),
                ("Cosine", Shape::Cosine { to: 0.0 }, "From here along half a cosine to 0 at the end of the plan."),
                ("Steps", Shape::Steps { by: 0.5, every }, "Half of it after each quarter of what is left."),
            ] {
                let is_it = read.as_ref().is_ok_and(|read| same_kind(read.shape, shape));
                if ui.selectable_label(is_it, name).on_hover_text(words::say(help)).clicked() {
                    let made = begins(shape);
                    draft = if made.is_constant() { Schedule::default() } else { made }.to_string();
                }
            }
            let warm = ui.button("+ warm-up").on_hover_text("Rises in equal parts over a twentieth of the plan first.");
            if let (true, Ok(read)) = (warm.clicked(), &read) {
                let from = if read.is_constant() { step } else { read.from };
                draft = Schedule { from, warm_up: (rest / 20).max(1), ..*read }.to_string();
            }
        });
        let edit = TextEdit::singleline(&mut draft).desired_width(f32::INFINITY).font(TextStyle::Monospace);
        let edit = edit.min_size(vec2(0.0, 24.0)).align(Align2::LEFT_CENTER);
        let edit = ui.add(edit).accessible_name(format!("{label}, as text"));
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
        let read = draft.parse::<Schedule>();
        let palette = theme::Palette::of(ui.ctx().theme());
        match &read {
            Ok(read) => {
                let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::hover());
                ui.painter().rect_filled(rect, 3.0, ui.visuals().extreme_bg_color);
                let until = shown_until(*read, step, planned);
                draw(ui, rect.shrink2(vec2(6.0, 6.0)), *read, &experiment, (step, until), palette.layer(1));
            }
            Err(error) => {
                ui.label(RichText::new(error.to_string()).color(palette.warning).text_style(TextStyle::Small));
            }
        }
        let mut done = false;
        ui.horizontal(|ui| {
            let is_other = read.as_ref().is_ok_and(|read| *read != schedule);
            let apply = ui.add_enabled(is_other, Button::new("Apply"));
            if let (true, Ok(read)) = (apply.clicked() || entered && is_other, &read) {
                link.set(self.path, toml::Value::String(read.to_string()));
                done = true;
            }
            if !schedule.is_constant() {
                let hold = ui.button("Hold the present value");
                if hold.on_hover_text(words::say("The slider takes the value of this step, and stays there.")).clicked()
                {
                    let now = schedule.factor(step, experiment.total_steps());
                    for path in self.values() {
                        let value = number_of(&experiment, path).filter(|value| *value != 0.0);
                        if let Some(value) = value {
                            link.set(path, toml::Value::Float(numbers::round_significant(value * now)));
                        }
                    }
                    let layers = &experiment.regularizer.weight_decay_layers;
                    if self.path == WEIGHT_DECAY.path && !layers.is_empty() {
                        let held = layers.iter().map(|rate| toml::Value::Float(rate * now)).collect();
                        link.set("regularizer.weight_decay_layers", toml::Value::Array(held));
                    }
                    link.set(self.path, toml::Value::String(Schedule::default().to_string()));
                    done = true;
                }
            }
        });
        if done {
            ui.data_mut(|data| data.remove::<String>(id));
            ui.close();
        } else {
            ui.data_mut(|data| data.insert_temp(id, draft));
        }
    }

    /// Paths of the values that it multiplies.
    fn values(&self) -> &'static [&'static str] {
        match self.path {
            "schedule.noise" => &["noise.weight_sd", "noise.input_sd", "noise.gradient_sd"],
            "schedule.weight_decay" => &["regularizer.weight_decay"],
            _ => &["rule.learning_rate"],
        }
    }
}

/// As many steps as the plan, the present and the course itself have.
fn shown_until(schedule: Schedule, step: u64, planned: u64) -> u64 {
    let length = match schedule.shape {
        Shape::Steps { every, .. } => schedule.warm_up + 2 * every,
        _ => schedule.over.unwrap_or(schedule.warm_up),
    };
    planned.max(step + 1).max(schedule.from.saturating_add(length))
}

fn same_kind(one: Shape, other: Shape) -> bool {
    std::mem::discriminant(&one) == std::mem::discriminant(&other)
}

/// Draws the factor over steps up to `until`, from 0 at the bottom; the factor at the present step.
fn draw(
    ui: &Ui,
    rect: Rect,
    schedule: Schedule,
    experiment: &Experiment,
    (step, until): (u64, u64),
    color: Color32,
) -> f64 {
    let factor = |step: u64| schedule.factor(step, experiment.total_steps());
    let last = until.max(2) - 1;
    let steps: Vec<u64> =
        (0..=POINTS).map(|i| (u128::from(last) * u128::from(i) / u128::from(POINTS)) as u64).collect();
    let most = steps.iter().map(|&step| factor(step)).fold(1.0, f64::max);
    let place = |step: u64| -> Pos2 {
        let (x, y) = (step as f64 / last as f64, factor(step) / most);
        pos2(rect.left() + rect.width() * x as f32, rect.bottom() - rect.height() * y as f32)
    };
    let painter = ui.painter();
    painter.line(steps.iter().map(|&step| place(step)).collect(), Stroke::new(1.5, color));
    let here = place(step.min(last));
    painter.vline(here.x, rect.y_range(), Stroke::new(1.0, ui.visuals().weak_text_color()));
    painter.circle_filled(here, 3.0, color);
    factor(step)
}
