//! The ring: where the live run is in a plane, and a handle that takes it elsewhere while it trains.

use eframe::egui::{
    Color32, CursorIcon, EventFilter, Key, Modifiers, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, vec2,
};

use crate::app::link::{Link, value_of};
use crate::app::look::titles;
use crate::experiment::Spacing;
use crate::experiment::SweepAxis;
use crate::experiment::fields::{Change, Field};

/// Radius of the ring.
const RADIUS: f32 = 10.0;

/// From its middle to where it can still be held.
const REACH: f32 = 15.0;

/// What was done with the ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moved {
    /// It was dragged to that place on the screen.
    To(Pos2),
    /// Keys move it by so many steps to the right and upwards.
    By(f64, f64),
}

/// Why a field cannot be taken elsewhere while the run goes on; `None` where it can.
#[must_use]
pub fn refused(field: &Field) -> Option<String> {
    (field.change == Change::Reset)
        .then(|| format!("It cannot be dragged here: {} changes only with a new run.", titles::of_field_within(field)))
}

/// Draws the ring at `at` within `frame`; what was done with it. `here` says where the run is.
pub fn show(ui: &mut Ui, at: Pos2, frame: Rect, here: &str, refused: Option<&str>) -> Option<Moved> {
    let rect = Rect::from_center_size(at, vec2(2.0 * REACH, 2.0 * REACH)).intersect(frame.expand(REACH));
    let sense = if refused.is_none() { Sense::click_and_drag() } else { Sense::hover() };
    let ring = ui.interact(rect, ui.scope_id().with("ring of the run"), sense);
    ring.widget_info(|| WidgetInfo::labeled(Role::Button, refused.is_none(), "Ring of the run"));
    let is_held = ring.is_pointer_button_down_on();
    let radius = if ring.hovered() || is_held { RADIUS + 2.0 } else { RADIUS };
    let painter = ui.painter().with_clip_rect(frame);
    outline(&painter, at, radius, 1.0);
    if ring.has_focus() {
        painter.circle_stroke(at, radius + 6.0, Stroke::new(1.5, ui.visuals().selection.stroke.color));
    }
    let moved = ring.interact_pointer_pos().filter(|_| ring.dragged()).map(|to| Moved::To(frame.clamp(to)));
    let moved = moved.or_else(|| ring.has_focus().then(|| keys(ui, ring.id)).flatten());
    let cursor = match (refused, is_held) {
        (Some(_), _) => CursorIcon::NotAllowed,
        (None, true) => CursorIcon::Grabbing,
        (None, false) => CursorIcon::Grab,
    };
    let ring = ring.on_hover_cursor(cursor);
    if !is_held {
        let how = refused.unwrap_or(
            "Drag the ring, and the run follows through the plane while it trains; Ctrl+Z takes the whole drag back. With \
             the keyboard: Tab to it, then the arrow keys, with Shift further.",
        );
        ring.on_hover_text(format!("The run is here: {here}\n{how}"));
    }
    moved
}

/// Dark around light, which stands out on cells of any colour.
pub fn outline(painter: &Painter, at: Pos2, radius: f32, strength: f32) {
    painter.circle_stroke(at, radius, Stroke::new(4.8, Color32::BLACK.gamma_multiply(strength)));
    painter.circle_stroke(at, radius, Stroke::new(2.0, Color32::WHITE.gamma_multiply(strength)));
}

fn keys(ui: &Ui, ring: eframe::egui::Id) -> Option<Moved> {
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(ring, filter));
    let keys = [
        (Key::ArrowLeft, -1.0, 0.0),
        (Key::ArrowRight, 1.0, 0.0),
        (Key::ArrowDown, 0.0, -1.0),
        (Key::ArrowUp, 0.0, 1.0),
    ];
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    keys.into_iter().find_map(|(key, x, y)| {
        let far = if pressed(Modifiers::SHIFT, key) {
            5.0
        } else if pressed(Modifiers::NONE, key) {
            1.0
        } else {
            return None;
        };
        Some(Moved::By(far * x, far * y))
    })
}

/// The value at a place along an axis of a grid, in cells: those in between count too, and of a logarithmic axis that begins
/// with zero the whole first cell is zero.
#[must_use]
pub fn value(axis: &SweepAxis, place: f64) -> f64 {
    let place = place.clamp(0.0, (axis.values.len() - 1) as f64);
    let begins_with_zero = axis.spacing == Spacing::Log && axis.values.first() == Some(&0.0);
    if begins_with_zero && place < 0.5 { 0.0 } else { axis.value_at(place) }
}

/// Takes the live run to a value of a field, as its slider does.
pub fn set(link: &mut Link, field: &str, value: f64) {
    if link.number(field) == Some(value) {
        return;
    }
    let is_whole = matches!(value_of(link.steered(), field), Some(toml::Value::Integer(_)));
    let value = if is_whole { toml::Value::Integer(value.round() as i64) } else { toml::Value::Float(value) };
    link.set(field, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fields::field;

    fn axis(values: &[f64], spacing: Spacing) -> SweepAxis {
        let field = field("regularizer.weight_decay").expect("a field");
        SweepAxis { field, values: values.to_vec(), categories: Vec::new(), spacing, squared: false }
    }

    #[test]
    fn the_first_cell_of_a_logarithmic_axis_with_zero_is_zero() {
        let with_zero = axis(&[0.0, 1e-4, 1e-3, 1e-2], Spacing::Log);
        assert_eq!([-0.5, 0.0, 0.49].map(|place| value(&with_zero, place)), [0.0; 3]);
        assert!((value(&with_zero, 1.5) / 10f64.powf(-3.5) - 1.0).abs() < 1e-9);
        let plain = axis(&[1e-4, 1e-3], Spacing::Log);
        assert_eq!(value(&plain, -0.4), 1e-4, "nothing lies beyond the ends");
        assert!((value(&plain, 0.2) / 10f64.powf(-3.8) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_needs_a_new_run_cannot_be_dragged() {
        let of = |path: &str| refused(field(path).expect("a field"));
        assert_eq!(of("regularizer.weight_decay"), None);
        assert!(of("model.init_scale").is_some_and(|why| why.contains("only with a new run")));
    }
}
