//! Marks of interventions and of collapsed layers in a plot over time.

use eframe::egui::{Align2, Rect, Shape, Stroke, TextStyle, Ui, pos2, vec2};
use egui_plot::{PlotPoint, PlotTransform};

use super::time_axis::TimeAxis;
use crate::app::look::changes;
use crate::app::look::changes::SettingChange;
use crate::app::look::fallen;
use crate::app::look::theme::Palette;
use crate::training::Status;

/// Changes of one field closer than this many points share one mark.
const SAME_MARK: f32 = 36.0;

/// Rows of labels before further ones are left out.
const ROWS: usize = 4;

/// Changes of one field that stand under one mark, from the first to the last on the screen.
struct Group<'a> {
    from: f32,
    to: f32,
    changes: &'a [SettingChange],
}

/// Draws a line at every change and, with `labels`, what it changed; a drag is shaded from its start to its end. Where
/// the labels stand.
pub fn paint(
    ui: &Ui,
    transform: &PlotTransform,
    time: &TimeAxis,
    changes: &[SettingChange],
    palette: &Palette,
    labels: bool,
) -> Vec<Rect> {
    let mut taken = Vec::new();
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let mut rows = [f32::NEG_INFINITY; ROWS];
    for group in groups(transform, time, changes) {
        if group.to < frame.left() - 400.0 || group.from > frame.right() + 1.0 {
            continue;
        }
        let span = Rect::from_x_y_ranges(group.from..=group.to, frame.y_range());
        painter.rect_filled(span, 0.0, palette.mark.gamma_multiply(0.10));
        painter.vline(group.from, frame.y_range(), Stroke::new(1.0, palette.mark.gamma_multiply(0.55)));
        if !labels {
            continue;
        }
        let font = TextStyle::Small.resolve(ui.style());
        let galley = painter.layout_no_wrap(label(&group), font, palette.mark);
        // A label that would leave the plot on the right stands to the left of its line.
        let fits = group.from + galley.size().x + 10.0 <= frame.right();
        let left = if fits { group.from + 5.0 } else { (group.from - galley.size().x - 5.0).max(frame.left()) };
        let Some(row) = rows.iter().position(|&end| left > end + 6.0) else { continue };
        rows[row] = left + galley.size().x;
        let top = frame.top() + 5.0 + row as f32 * (galley.size().y + 4.0);
        let rect = Align2::LEFT_TOP.anchor_size(pos2(left, top), galley.size());
        let ground: Rect = rect.expand2(vec2(3.0, 1.0));
        painter.rect_filled(ground, 3.0, palette.plot.gamma_multiply(0.88));
        painter.galley(rect.min, galley, palette.mark);
        taken.push(ground);
    }
    taken
}

fn groups<'a>(transform: &PlotTransform, time: &TimeAxis, changes: &'a [SettingChange]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let x = |step: u64| transform.position_from_point(&PlotPoint::new(time.place(step as f64), 0.0)).x;
    let mut first = 0;
    for (place, change) in changes.iter().enumerate() {
        let (from, to) = (x(change.from_step), x(change.to_step));
        match groups.last_mut() {
            Some(group)
                if (&changes[first].field, &changes[first].target) == (&change.field, &change.target)
                    && from - group.to < SAME_MARK =>
            {
                group.changes = &changes[first..=place];
                group.to = to;
            }
            _ => {
                first = place;
                groups.push(Group { from, to, changes: &changes[place..=place] });
            }
        }
    }
    groups
}

fn label(group: &Group<'_>) -> String {
    let Some(last) = group.changes.last() else { return String::new() };
    format!("{} {}{}", last.symbol(), changes::values(group.changes), last.suffix())
}

/// Draws a line in its layer's colour where a layer collapsed and, with `labels`, says so from below upwards. Where the
/// labels stand.
pub fn paint_collapses(
    ui: &Ui,
    transform: &PlotTransform,
    time: &TimeAxis,
    status: &Status,
    palette: &Palette,
    labels: bool,
) -> Vec<Rect> {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let x = |step: u64| transform.position_from_point(&PlotPoint::new(time.place(step as f64), 0.0)).x;
    let falls = fallen::falls(&status.collapses, status.seeds.len(), |a, b| x(b) - x(a) >= SAME_MARK);
    let mut taken: Vec<Rect> = Vec::new();
    for fall in falls {
        let at = x(fall.step);
        if at < frame.left() - 1.0 || at > frame.right() + 1.0 {
            continue;
        }
        let color = palette.layer(fall.layer);
        painter.extend(Shape::dashed_line(
            &[pos2(at, frame.top()), pos2(at, frame.bottom())],
            Stroke::new(1.4, color),
            4.0,
            3.0,
        ));
        if !labels {
            continue;
        }
        let font = TextStyle::Small.resolve(ui.style());
        let galley = painter.layout_no_wrap(fall.label, font, color);
        let fits = at + galley.size().x + 10.0 <= frame.right();
        let left = if fits { at + 5.0 } else { (at - galley.size().x - 5.0).max(frame.left()) };
        let size = galley.size();
        let row = |row: usize| {
            let bottom = frame.bottom() - 5.0 - row as f32 * (size.y + 4.0);
            Align2::LEFT_BOTTOM.anchor_size(pos2(left, bottom), size).expand2(vec2(3.0, 1.0))
        };
        let free = (0..ROWS).map(row).find(|place| !taken.iter().any(|other| other.intersects(*place)));
        let Some(ground) = free else { continue };
        painter.rect_filled(ground, 3.0, palette.plot.gamma_multiply(0.88));
        painter.galley(ground.min + vec2(3.0, 1.0), galley, color);
        taken.push(ground);
    }
    taken
}
