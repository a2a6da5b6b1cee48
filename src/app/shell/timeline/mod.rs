//! The timeline below all panes: the run's history, to look back in and to play.

mod events;
mod player;
mod rail;

use std::time::{Duration, Instant};

use eframe::egui::{
    Align, Align2, Button, Color32, ComboBox, Context, FontId, Layout, Rect, RichText, Sense, Shape, Stroke, Ui, pos2,
    vec2,
};

use crate::app::link::Link;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::past::Past;
use player::{Direction, Next, Player, SPEEDS, Seen};
use rail::Asked;

/// Height of the strip.
pub const HEIGHT: f32 = 34.0;

/// Windows lower than this leave their height to the panes, unless somebody wants the strip.
const LEAST_WINDOW: f32 = 600.0;

/// Time between two pictures of a play; chosen here: 30 a second look like motion.
const PICTURE: Duration = Duration::from_millis(33);

/// Width of the numbers to the right of the rail.
const NUMBERS: f32 = 178.0;

/// The strip, with the play that may be under way.
#[derive(Default)]
pub struct Timeline {
    /// Whether it is in sight; where nobody has said so, as there is room.
    pub wanted: Option<bool>,
    player: Player,
}

impl Timeline {
    /// Goes on with the play, in every frame whether the strip is seen or not.
    pub fn go_on(&mut self, ctx: &Context, link: &mut Link) {
        match self.player.next(seen(link), Instant::now()) {
            Some(Next::Step(step)) => link.look(Some(step)),
            Some(Next::Present) => link.look(None),
            None => {}
        }
        if self.player.direction().is_some() {
            ctx.request_repaint_after(PICTURE);
        }
    }

    /// Whether it is in sight, of a window that is not shown to a room.
    #[must_use]
    pub fn is_shown(&self, ctx: &Context) -> bool {
        self.wanted.unwrap_or_else(|| ctx.content_rect().height() >= LEAST_WINDOW)
    }

    /// Whether the past is being played.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.player.direction().is_some()
    }

    /// Does what a key, a button or a menu asks for.
    pub fn obey(&mut self, link: &mut Link, past: Past) {
        match past {
            Past::Play => self.play(link, Direction::Forwards),
            Past::PlayBackwards => self.play(link, Direction::Backwards),
            Past::StepBack => self.step(link, -1),
            Past::StepOn => self.step(link, 1),
            Past::HeldBack => self.held(link, -1),
            Past::HeldOn => self.held(link, 1),
        }
    }

    /// Draws the strip.
    pub fn ui(&mut self, ui: &mut Ui, link: &mut Link, commands: &mut Vec<AppCommand>) {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let has_past = link.status().step > 0;
            ui.add_enabled_ui(has_past, |ui| {
                for past in [Past::PlayBackwards, Past::StepBack, Past::StepOn, Past::Play] {
                    if self.button(ui, past) {
                        commands.push(AppCommand::Past(past));
                    }
                }
                self.speed(ui, link.status().step);
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                live(ui, link, commands);
                self.numbers(ui, link);
                let width = ui.available_width() - ui.spacing().item_spacing.x;
                if let Some(asked) = rail::ui(ui, link, link.shown_step(), width) {
                    self.take(link, asked);
                }
            });
        });
    }

    fn take(&mut self, link: &mut Link, asked: Asked) {
        let last = link.status().step;
        match asked {
            // At the right end of a drag the present is not gone back to before it is let go: a run would train on.
            Asked::Pass(step) => {
                self.player.stop();
                link.look(Some(step.min(last)));
            }
            Asked::Stay(step) => {
                self.player.stop();
                link.look((step < last).then_some(step));
            }
            Asked::Step(way) => self.step(link, way),
            Asked::Held(way) => self.held(link, way),
            Asked::Play => self.play(link, Direction::Forwards),
        }
    }

    fn play(&mut self, link: &mut Link, direction: Direction) {
        if self.player.direction() == Some(direction) {
            return self.player.stop();
        }
        if let Some(step) = self.player.start(direction, seen(link), Instant::now()) {
            link.look(Some(step));
        }
    }

    fn step(&mut self, link: &mut Link, way: i8) {
        let last = link.status().step;
        let shown = link.shown_step();
        let now = shown.unwrap_or(last);
        let to = if way < 0 { now.checked_sub(1) } else { shown.map(|step| step + 1) };
        self.player.stop();
        if let Some(step) = to {
            link.look((step < last).then_some(step));
        }
    }

    fn held(&mut self, link: &mut Link, way: i8) {
        let last = link.status().step;
        let now = link.shown_step().unwrap_or(last);
        let held = &link.status().history;
        let to = if way < 0 {
            held.iter().copied().rfind(|&step| step < now)
        } else {
            Some(held.iter().copied().find(|&step| step > now).unwrap_or(last))
        };
        self.player.stop();
        if let Some(step) = to {
            link.look((step < last).then_some(step));
        }
    }

    fn button(&self, ui: &mut Ui, past: Past) -> bool {
        let plays = match past {
            Past::Play => self.player.direction() == Some(Direction::Forwards),
            Past::PlayBackwards => self.player.direction() == Some(Direction::Backwards),
            _ => false,
        };
        let command = AppCommand::Past(past);
        let button = ui.add(Button::new("").min_size(vec2(26.0, 24.0)));
        let name = if plays { "Stop the play".to_owned() } else { command.label() };
        let hint = if plays { "Stay at this step.".to_owned() } else { command.tooltip() };
        let color = ui.style().interact(&button).fg_stroke.color;
        sign(ui, button.rect, past, plays, color);
        button.on_hover_text(words::say(&hint)).accessible_name(name).clicked()
    }

    fn speed(&mut self, ui: &mut Ui, last: u64) {
        let mut speed = self.player.speed(last);
        let text = |speed: f64| format!("{}/s", numbers::count(speed as u64));
        let shown = RichText::new(text(speed)).font(FontId::monospace(11.5));
        let before = speed;
        let list = ComboBox::from_id_salt("speed of the play").selected_text(shown).width(76.0).show_ui(ui, |ui| {
            for choice in SPEEDS {
                ui.selectable_value(
                    &mut speed,
                    choice,
                    words::say(&format!("{} steps/s", numbers::count(choice as u64))),
                );
            }
        });
        list.response.on_hover_text(words::say("Steps a second of the play.")).accessible_name("Speed of the play");
        if speed != before {
            self.player.set_speed(speed);
        }
    }

    /// The step in two lines: which, and what is shown of the run.
    fn numbers(&self, ui: &mut Ui, link: &Link) {
        let status = link.status();
        let palette = Palette::of(ui.ctx().theme());
        let weak = ui.visuals().weak_text_color();
        let (rect, response) = ui.allocate_exact_size(vec2(NUMBERS, HEIGHT - 4.0), Sense::hover());
        let shown = link.shown_step();
        let step = numbers::count(shown.unwrap_or(status.step));
        let (first, ink) = match shown {
            Some(_) => (format!("step {step} of {}", numbers::count(status.step)), palette.warning),
            None => (format!("step {step}"), ui.visuals().text_color()),
        };
        let first = words::say(&first).into_owned();
        let slower = self.player.slower(status.step);
        let (second, note) = match (shown, slower) {
            (None, _) => ("the present".to_owned(), weak),
            (Some(_), Some(speed)) => {
                let speed = if speed < 1.0 { numbers::measured(speed) } else { numbers::count(speed.round() as u64) };
                (format!("slower than asked: {speed}/s"), palette.warning)
            }
            (Some(_), None) if !link.is_past_exact() => ("the past, repeated nearly".to_owned(), palette.warning),
            (Some(_), None) if self.is_playing() => ("plays the past".to_owned(), weak),
            (Some(_), None) => ("the past".to_owned(), weak),
        };
        let painter = ui.painter().with_clip_rect(rect);
        let left = rect.left() + 6.0;
        painter.text(pos2(left, rect.top() + 2.0), Align2::LEFT_TOP, first, FontId::monospace(11.5), ink);
        painter.text(pos2(left, rect.bottom() - 1.0), Align2::LEFT_BOTTOM, second, FontId::proportional(11.0), note);
        let held = numbers::count(status.history.len() as u64);
        response.on_hover_text(words::say(&if link.is_past_exact() {
            format!(
                "The whole state of {held} steps is held. They are shown at once; those between are repeated from the one \
                 before, with the same noise and batches, to the last bit. When there is no more room, every other one is \
                 given up, changes last."
            )
        } else {
            format!(
                "The whole state of {held} steps is held. The run, or a part of it, was trained on a graphics processor, and \
                 a look back repeats its steps on the CPU: sums are rounded in another order there, and last digits differ. \
                 Continue from the shown step goes on with what trains the run."
            )
        }));
    }
}

fn seen(link: &Link) -> Seen {
    Seen { shown: link.shown_step(), last: link.status().step, has_arrived: link.has_look_arrived() }
}

/// The way back to the present, with a dot that is full while that is what is shown.
fn live(ui: &mut Ui, link: &Link, commands: &mut Vec<AppCommand>) {
    let is_live = link.shown_step().is_none();
    let palette = Palette::of(ui.ctx().theme());
    let button = Button::new("    Live").min_size(vec2(62.0, 24.0)).selected(is_live);
    let button = ui.add(button).on_hover_text(AppCommand::ShowPresent.tooltip()).accessible_name("Live");
    let at = pos2(button.rect.left() + 15.0, button.rect.center().y);
    if is_live {
        ui.painter().circle_filled(at, 4.0, ui.style().interact_selectable(&button, true).fg_stroke.color);
    } else {
        ui.painter().circle_stroke(at, 3.5, Stroke::new(1.5, palette.warning));
    }
    if button.clicked() && !is_live {
        commands.push(AppCommand::ShowPresent);
    }
}

/// Triangles for the play, thin arrows for single steps, two bars to stay.
fn sign(ui: &Ui, rect: Rect, past: Past, plays: bool, color: Color32) {
    let (center, painter) = (rect.center(), ui.painter());
    if plays {
        for x in [-3.0, 3.0] {
            painter.rect_filled(Rect::from_center_size(center + vec2(x, 0.0), vec2(3.0, 10.0)), 1.0, color);
        }
        return;
    }
    let side = if matches!(past, Past::PlayBackwards | Past::StepBack | Past::HeldBack) { -1.0 } else { 1.0 };
    match past {
        Past::Play | Past::PlayBackwards => {
            let points = [(-3.5, -5.5), (5.5, 0.0), (-3.5, 5.5)].map(|(x, y)| center + vec2(side * x, y));
            painter.add(Shape::convex_polygon(points.to_vec(), color, Stroke::NONE));
        }
        Past::StepBack | Past::StepOn | Past::HeldBack | Past::HeldOn => {
            let points = [(-2.5, -5.0), (2.5, 0.0), (-2.5, 5.0)].map(|(x, y)| center + vec2(side * x, y));
            painter.add(Shape::line(points.to_vec(), Stroke::new(1.8, color)));
        }
    }
}
