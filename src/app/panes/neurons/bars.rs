//! Small histograms.

use eframe::egui::{Align2, Color32, FontId, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::app::look::spoken::Picture;

/// Bars side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// What stands below; may be empty.
    pub tick: String,
    /// What the pointer tells.
    pub hover: String,
    /// Heights with their colours.
    pub bars: Vec<(f64, Color32)>,
}

/// Room for what stands below the bars.
const TICKS: f32 = 15.0;

/// What the pointer would tell of every group in which there is something.
fn told(groups: &[Group]) -> String {
    let some = groups.iter().filter(|group| group.bars.iter().any(|(height, _)| *height > 0.0));
    let all: Vec<String> = some.map(|group| group.hover.replace('\n', ": ")).collect();
    if all.is_empty() { "Nothing has been counted yet.".to_owned() } else { all.join("; ") }
}

/// Draws a histogram named `name` for screen readers over the whole width.
pub fn show(ui: &mut Ui, name: &str, groups: &[Group], height: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    Picture::new(name, &|| told(groups)).tell(&response);
    let visuals = ui.visuals();
    let (ink, ground) = (visuals.weak_text_color(), visuals.extreme_bg_color);
    let line = visuals.widgets.noninteractive.bg_stroke.color;
    let painter = ui.painter();
    let inner = Rect::from_min_max(rect.min, rect.max - vec2(0.0, TICKS));
    painter.rect_filled(inner, 2.0, ground);
    let most = groups.iter().flat_map(|group| &group.bars).map(|(height, _)| *height).fold(0.0, f64::max);
    let width = inner.width() / groups.len().max(1) as f32;
    let font = FontId::monospace(11.0);
    let pointer = response.hover_pos();
    let mut told = None;
    for (i, group) in groups.iter().enumerate() {
        let left = inner.left() + i as f32 * width;
        let column = Rect::from_x_y_ranges(left..=left + width, rect.y_range());
        if pointer.is_some_and(|at| column.contains(at)) {
            painter.rect_filled(column.with_max_y(inner.bottom()), 0.0, line);
            told = Some(&group.hover);
        }
        let bar = (width - 2.0) / group.bars.len().max(1) as f32;
        for (k, (height, color)) in group.bars.iter().enumerate() {
            let top = inner.bottom() - (inner.height() - 4.0) * (height / most.max(f64::MIN_POSITIVE)) as f32;
            // One in a thousand is seen too.
            let top = if *height > 0.0 { top.min(inner.bottom() - 1.0) } else { inner.bottom() };
            let from = left + 1.0 + k as f32 * bar;
            painter.rect_filled(
                Rect::from_min_max(pos2(from, top), pos2(from + bar.max(1.0), inner.bottom())),
                0.0,
                *color,
            );
        }
        let at = pos2(left + width / 2.0, inner.bottom() + 2.0);
        painter.text(at, Align2::CENTER_TOP, &group.tick, font.clone(), ink);
    }
    painter.hline(inner.x_range(), inner.bottom(), Stroke::new(1.0, ink.gamma_multiply(0.6)));
    if let Some(text) = told {
        response.on_hover_text_at_pointer(text);
    }
}
