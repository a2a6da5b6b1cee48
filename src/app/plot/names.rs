//! Names on curves, for readers who are too far away for a legend, and a number that is seen from the last row.

use eframe::egui::{Align2, Color32, FontId, Rect, Ui, pos2, vec2};
use egui_plot::{PlotPoint, PlotTransform};

/// A curve that has a name.
pub struct Named {
    /// What is written.
    pub text: String,
    /// The curve's colour.
    pub color: Color32,
    /// Its last point, in the plot's own units.
    pub end: [f64; 2],
}

/// Size of the names, in points.
const SIZE: f32 = 14.0;

/// Size of the large number, in points.
const LARGE: f32 = 44.0;

/// Writes each name at the end of its curve, none over another.
pub fn paint(ui: &Ui, transform: &PlotTransform, mut names: Vec<Named>, ground: Color32) {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    names.retain(|name| name.end.iter().all(|value| value.is_finite()));
    let place = |name: &Named| transform.position_from_point(&PlotPoint::new(name.end[0], name.end[1]));
    names.sort_by(|a, b| place(a).y.total_cmp(&place(b).y));
    let mut lowest = frame.top() + 2.0;
    for name in &names {
        let galley = painter.layout_no_wrap(name.text.clone(), FontId::proportional(SIZE), name.color);
        let end = place(name);
        let left = (end.x + 6.0).min(frame.right() - galley.size().x - 6.0).max(frame.left());
        let top = (end.y - 0.5 * galley.size().y).clamp(lowest, (frame.bottom() - galley.size().y).max(lowest));
        let rect = Rect::from_min_size(pos2(left, top), galley.size());
        painter.rect_filled(rect.expand2(vec2(3.0, 0.0)), 3.0, ground.gamma_multiply(0.8));
        painter.galley(rect.min, galley, name.color);
        lowest = rect.bottom() + 1.0;
    }
}

/// Writes a number as large as it can be read from the last row, with what it is above it and what it means below, in the upper
/// or the lower half of the plot.
pub fn large(
    ui: &Ui,
    transform: &PlotTransform,
    [what, number, means]: [&str; 3],
    is_above: bool,
    [color, ground]: [Color32; 2],
) {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    let line = |text: &str, size: f32| painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), color);
    let galleys = [line(what, SIZE), line(number, LARGE), line(means, SIZE)];
    let width = galleys.iter().map(|galley| galley.size().x).fold(0.0, f32::max);
    let height: f32 = galleys.iter().map(|galley| galley.size().y).sum();
    let top = if is_above { frame.top() + 8.0 } else { frame.bottom() - 14.0 - height };
    let rect = Rect::from_min_size(pos2(frame.center().x - 0.5 * width, top), vec2(width, height));
    painter.rect_filled(rect.expand(6.0), 6.0, ground.gamma_multiply(0.85));
    let mut top = rect.top();
    for galley in galleys {
        let size = galley.size();
        painter.galley(Align2::CENTER_TOP.anchor_size(pos2(rect.center().x, top), size).min, galley, color);
        top += size.y;
    }
}
