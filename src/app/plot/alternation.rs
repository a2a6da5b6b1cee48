//! Words on curves that alternate with every step, of which a plot shows the edges alone.

use eframe::egui::{Align2, Color32, Rect, Role, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};
use egui_plot::PlotTransform;

use crate::app::look::theme::Palette;
use crate::app::look::words;

/// Height of the edge of the plot that other words may take.
const BELOW: f32 = 22.0;

/// A curve that alternates.
pub struct Alternating {
    /// What it is, as a sentence begins with it.
    pub name: String,
    /// The two heights in words, the lower one first.
    pub between: [String; 2],
    /// Its ink.
    pub color: Color32,
}

/// Says in the lower right corner of a plot which curves alternate, a line each. Where the words stand.
pub fn paint(ui: &Ui, transform: &PlotTransform, all: &[Alternating], palette: &Palette) -> Vec<Rect> {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let font = TextStyle::Small.resolve(ui.style());
    let mut bottom = frame.bottom() - BELOW;
    let mut taken = Vec::new();
    for one in all.iter().rev() {
        let [low, high] = &one.between;
        let text = words::say(&format!("{} alternates every step between {low} and {high}", one.name)).into_owned();
        let lay = |text: String| painter.layout_no_wrap(text, font.clone(), one.color);
        let mut galley = lay(text.clone());
        if galley.size().x + 20.0 > frame.width() {
            // The whole is said where the pointer is.
            galley = lay(format!("{}: {low} ↔ {high}", one.name));
        }
        let rect = Align2::RIGHT_BOTTOM.anchor_size(pos2(frame.right() - 8.0, bottom), galley.size());
        if rect.top() < frame.top() {
            break;
        }
        let ground = rect.expand2(vec2(4.0, 1.0));
        painter.rect_filled(ground, 3.0, palette.plot.gamma_multiply(0.88));
        painter.galley(rect.min, galley, one.color);
        let hover = ui.interact(ground, ui.scope_id().with(("alternates", &one.name)), Sense::hover());
        hover.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
        hover.on_hover_text(words::say(
            "Nearly every value in sight lies on the other side of the one before. Steps are narrower than the screen can \
             show, so the plot draws both edges in place of the curve; zoom in to see single steps.",
        ));
        bottom = ground.top() - 2.0;
        taken.push(ground);
    }
    taken
}
