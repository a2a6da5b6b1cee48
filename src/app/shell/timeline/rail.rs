//! The rail: the whole run from left to right, what happened on its way above it, steps that are held below.

use eframe::egui::accesskit::{Action, ActionData};
use eframe::egui::{
    Color32, CornerRadius, CursorIcon, EventFilter, Key, Modifiers, Rect, Response, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use super::events;
use super::events::Happened;
use crate::app::link::Link;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;

/// Height of rail and marks.
pub const HEIGHT: f32 = 28.0;

/// Points at both ends that the handle needs.
const MARGIN: f32 = 8.0;

/// Marks closer than this share one.
const APART: f32 = 7.0;

/// From the middle of a mark to where it can still be met.
const REACH: f32 = 5.0;

/// What the rail was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A step on the way of a drag.
    Pass(u64),
    /// A step to stay at.
    Stay(u64),
    /// A step further, or back.
    Step(i8),
    /// To the next held step, or the one before.
    Held(i8),
    /// Play, or stay.
    Play,
}

/// Places on the screen of steps from 0 to the newest.
#[derive(Clone, Copy)]
struct Scale {
    left: f32,
    right: f32,
    last: u64,
}

impl Scale {
    fn place(self, step: u64) -> f32 {
        let share = step as f64 / self.last.max(1) as f64;
        self.left + (self.right - self.left) * share.clamp(0.0, 1.0) as f32
    }

    fn step(self, x: f32) -> u64 {
        let share = f64::from((x - self.left) / (self.right - self.left).max(1.0)).clamp(0.0, 1.0);
        (share * self.last as f64).round() as u64
    }
}

/// Draws it over the width that there is; what was asked for.
pub fn ui(ui: &mut Ui, link: &Link, shown: Option<u64>, width: f32) -> Option<Asked> {
    let status = link.status();
    let palette = Palette::of(ui.ctx().theme());
    let is_enabled = status.step > 0 && ui.is_enabled();
    let sense = if is_enabled { Sense::click_and_drag() } else { Sense::hover() };
    let (rect, rail) = ui.allocate_exact_size(vec2(width, HEIGHT), sense);
    let scale = Scale { left: rect.left() + MARGIN, right: rect.right() - MARGIN, last: status.step };
    let now = shown.unwrap_or(status.step);
    let y = rect.center().y + 3.0;
    paint_rail(ui, &scale, y, now, shown.is_some(), rail.has_focus(), &palette);
    paint_held(ui, &scale, y + 8.0, &status.history);
    let all = events::all(link.journal(), status);
    let mut asked = spoken(ui, &rail, is_enabled, now, status.step).or_else(|| keys(ui, &rail));
    let to_step = |rail: &Response| rail.interact_pointer_pos().map(|at| scale.step(at.x));
    if rail.dragged() {
        asked = to_step(&rail).map(Asked::Pass);
    } else if rail.drag_stopped() || rail.clicked() {
        asked = to_step(&rail).map(Asked::Stay);
    }
    let is_pressed = rail.is_pointer_button_down_on();
    if is_enabled {
        let over = rail.hover_pos().filter(|_| !is_pressed);
        if let Some(at) = over {
            let line = [
                pos2(at.x.clamp(scale.left, scale.right), y - 5.0),
                pos2(at.x.clamp(scale.left, scale.right), y + 5.0),
            ];
            ui.painter().line_segment(line, Stroke::new(1.0, ui.visuals().text_color()));
        }
        let step = over.map_or(now, |at| scale.step(at.x));
        let rail = rail.on_hover_cursor(if is_pressed { CursorIcon::Grabbing } else { CursorIcon::Grab });
        if !is_pressed {
            rail.on_hover_text_at_pointer(words::say(&format!(
                "Step {}. Drag to look back, release to stay; every pane shows that step. The right end is the present. \
                 Small ticks below: steps whose whole state is held, which are shown at once.",
                numbers::count(step)
            )));
        }
    }
    // Marks lie above the rail, and take its clicks; a drag that begins on one is the rail's.
    let top = rect.top() + 1.0;
    for group in events::groups(&all, |step| scale.place(step), APART) {
        let members = &all[group];
        if let Some(step) = mark(ui, &scale, (top, y), members, is_enabled, &palette) {
            asked = Some(Asked::Stay(step));
        }
    }
    asked
}

fn paint_rail(ui: &Ui, scale: &Scale, y: f32, now: u64, is_past: bool, has_focus: bool, palette: &Palette) {
    let painter = ui.painter();
    let rail = Rect::from_min_max(pos2(scale.left, y - 2.0), pos2(scale.right, y + 2.0));
    let radius = CornerRadius::same(2);
    painter.rect_filled(rail, radius, ui.visuals().widgets.inactive.bg_fill);
    let x = scale.place(now);
    painter.rect_filled(rail.with_max_x(x), radius, ui.visuals().selection.bg_fill);
    let ink = if is_past { palette.warning } else { ui.visuals().text_color() };
    painter.circle(pos2(x, y), 6.0, ink, Stroke::new(1.5, palette.plot));
    if has_focus {
        painter.circle_stroke(pos2(x, y), 9.0, Stroke::new(1.5, ui.visuals().selection.stroke.color));
    }
}

/// Short ticks for steps that are held; closer than two points they would run into a bar.
fn paint_held(ui: &Ui, scale: &Scale, top: f32, held: &[u64]) {
    let ink = ui.visuals().weak_text_color().gamma_multiply(0.8);
    let mut last = f32::NEG_INFINITY;
    for x in held.iter().map(|&step| scale.place(step)) {
        if x - last >= 2.0 {
            ui.painter().line_segment([pos2(x, top), pos2(x, top + 3.0)], Stroke::new(1.0, ink));
            last = x;
        }
    }
}

/// Draws the mark of what happened about one place; its step, if it was clicked.
fn mark(
    ui: &mut Ui,
    scale: &Scale,
    (top, rail): (f32, f32),
    members: &[Happened<'_>],
    is_enabled: bool,
    palette: &Palette,
) -> Option<u64> {
    let first = members.first()?;
    let (x, end) = (scale.place(first.step()), members.iter().map(|one| scale.place(one.end())).fold(0.0, f32::max));
    let rect = Rect::from_min_max(pos2(x - REACH, top), pos2(x + REACH, rail - 3.0));
    let response = ui.interact(
        rect,
        ui.scope_id().with(("mark", first.step())),
        if is_enabled { Sense::click() } else { Sense::hover() },
    );
    let color = if response.hovered() { ui.visuals().strong_text_color() } else { first.color(palette) };
    let painter = ui.painter();
    // A drag of a slider reaches from its first step to its last.
    if end - x > 3.0 {
        painter.hline(x..=end, rail - 5.0, Stroke::new(2.0, color.gamma_multiply(0.5)));
    }
    sign(ui, first, pos2(x, top + 5.0), color);
    painter.vline(x, top + 9.0..=rail - 3.0, Stroke::new(1.0, color));
    let words = events::words(members);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, &words));
    let step = response.clicked().then(|| first.step());
    response.on_hover_text(format!("{words}\nClick to show the run as this found it."));
    step
}

/// A triangle for a change, a fork for twins, a cross for what was lost.
fn sign(ui: &Ui, what: &Happened<'_>, at: eframe::egui::Pos2, color: Color32) {
    let painter = ui.painter();
    let stroke = Stroke::new(1.6, color);
    match what {
        Happened::Change(_) => {
            let points = [(-4.0, -3.5), (4.0, -3.5), (0.0, 4.0)].map(|(x, y)| at + vec2(x, y));
            painter.add(Shape::convex_polygon(points.to_vec(), color, Stroke::NONE));
        }
        Happened::Fork(_) => {
            for side in [-4.0, 4.0] {
                painter.line_segment([at + vec2(0.0, 4.0), at + vec2(side, -4.0)], stroke);
            }
        }
        Happened::Fall(_) | Happened::Divergence(_) => {
            for side in [-3.5, 3.5] {
                painter.line_segment([at + vec2(-side, 3.5), at + vec2(side, -3.5)], stroke);
            }
        }
    }
}

/// What a screen reader is told, and what it asks for.
fn spoken(ui: &Ui, rail: &Response, is_enabled: bool, now: u64, last: u64) -> Option<Asked> {
    rail.widget_info(|| WidgetInfo::slider(is_enabled, now as f64, "Step to show"));
    ui.ctx().accesskit_node_builder(rail.id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(last as f64);
        node.set_numeric_value_step(1.0);
        for action in [Action::SetValue, Action::Increment, Action::Decrement] {
            node.add_action(action);
        }
    });
    if !is_enabled {
        return None;
    }
    ui.input(|input| {
        let wanted = input.accesskit_action_requests(rail.id, Action::SetValue).last();
        if let Some(ActionData::NumericValue(step)) = wanted.and_then(|request| request.data.clone()) {
            return Some(Asked::Stay(step.max(0.0).round() as u64));
        }
        [(Action::Increment, 1), (Action::Decrement, -1)]
            .into_iter()
            .find(|(action, _)| input.num_accesskit_action_requests(rail.id, *action) > 0)
            .map(|(_, way)| Asked::Step(way))
    })
}

/// Keys while the rail has the focus, which keeps arrows and Space from what else they do.
fn keys(ui: &Ui, rail: &Response) -> Option<Asked> {
    if !rail.has_focus() {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(rail.id, filter));
    let keys = [
        (Modifiers::SHIFT, Key::ArrowLeft, Asked::Held(-1)),
        (Modifiers::SHIFT, Key::ArrowRight, Asked::Held(1)),
        (Modifiers::NONE, Key::ArrowLeft, Asked::Step(-1)),
        (Modifiers::NONE, Key::ArrowRight, Asked::Step(1)),
        (Modifiers::NONE, Key::Home, Asked::Stay(0)),
        (Modifiers::NONE, Key::Space, Asked::Play),
    ];
    keys.into_iter().find(|(modifiers, key, _)| ui.input_mut(|input| input.consume_key(*modifiers, *key))).map(|k| k.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_steps_are_each_others_inverse() {
        let scale = Scale { left: 10.0, right: 410.0, last: 4_000 };
        assert_eq!([0, 1_000, 4_000].map(|step| scale.step(scale.place(step))), [0, 1_000, 4_000]);
        assert_eq!((scale.step(-50.0), scale.step(900.0)), (0, 4_000), "beyond the ends are the ends");
        let empty = Scale { last: 0, ..scale };
        assert_eq!((empty.place(0), empty.step(200.0)), (10.0, 0));
    }
}
