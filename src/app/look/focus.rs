//! Where keys go: what has the keyboard's focus is brought into sight and has a ring, for those who came there by keys.

use eframe::egui::{Context, Id, Key, LayerId, Order, Rect, Response, Stroke, StrokeKind, Ui};

use super::theme::Palette;

/// Space between what has the focus and its ring, and the ring's width, in points.
const OUTSIDE: f32 = 1.5;
const WIDTH: f32 = 2.0;

/// Draws the ring, of one look around everything that can be reached. A press of the mouse takes it away.
pub fn ring(ctx: &Context) {
    let Some(response) = reached(ctx).filter(|response| response.interact_rect.is_positive()) else { return };
    let color = Palette::of(ctx.theme()).mark;
    let painter = ctx.layer_painter(LayerId::new(Order::Tooltip, Id::unique("ring of the focus")));
    // At the edge of the window there is no room outside of it.
    let seen = ctx.content_rect().shrink(WIDTH);
    let around = response.interact_rect.expand(OUTSIDE).intersect(seen);
    painter.rect_stroke(around, 5.0, Stroke::new(WIDTH, color), StrokeKind::Outside);
}

/// Scrolls to what keys have come to, at the end of contents that can be scrolled.
pub fn follow(ui: &Ui) {
    // Contents reach below what else lies there, out of sight: what is seen elsewhere is none of them.
    let is_elsewhere = |seen: Rect| seen.is_positive() && !ui.clip_rect().expand(1.0).contains_rect(seen);
    let is_within = |response: &Response| {
        let is_here = response.layer_id == ui.layer_id() && ui.min_rect().contains_rect(response.rect);
        response.gained_focus() && is_here && !is_elsewhere(response.interact_rect)
    };
    if let Some(response) = reached(ui.ctx()).filter(is_within)
        && !ui.clip_rect().contains_rect(response.rect)
    {
        response.scroll_to_me(None);
    }
}

/// What has the focus, if keys have brought it there.
fn reached(ctx: &Context) -> Option<Response> {
    let by_keys = Id::unique("focus by keys");
    let (has_moved, has_pressed) = ctx.input(|input| (input.key_pressed(Key::Tab), input.pointer.any_pressed()));
    if has_moved || has_pressed {
        ctx.data_mut(|data| data.insert_temp(by_keys, !has_pressed));
    }
    let is_by_keys = ctx.data(|data| data.get_temp(by_keys)).unwrap_or(false);
    let focused = ctx.memory(|memory| memory.focused()).filter(|_| is_by_keys);
    focused.and_then(|id| ctx.read_response(id))
}
