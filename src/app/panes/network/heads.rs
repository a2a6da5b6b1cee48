//! The heads of the columns: a layer's name, which picks it, and its cosine.

use eframe::egui::{Align2, CursorIcon, FontId, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2};

use super::paint::words;
use super::plan::Plan;
use super::reading::Reading;
use crate::app::look::fallen::Tag;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words::say;
use crate::record::NetworkDrawing;

/// Draws them; the layer that was clicked.
pub fn draw(
    ui: &mut Ui,
    plan: &Plan,
    reading: &Reading,
    drawing: &NetworkDrawing,
    picked: usize,
    collapsed: &dyn Fn(usize) -> Option<Tag>,
) -> Option<usize> {
    let palette = Palette::of(ui.ctx().theme());
    let (strong, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let mut clicked = None;
    for (place, column) in drawing.columns.iter().enumerate() {
        let room = plan.head(place).shrink(2.0);
        let layer = reading.layer_of(place);
        let x = room.center().x;
        let title = FontId::proportional(12.5);
        let ink = if layer == Some(picked) { ui.visuals().strong_text_color() } else { strong };
        let at = (pos2(x, room.top() + 1.0), Align2::CENTER_TOP);
        let used = words(ui.painter(), &say(&column.title), title, ink, at, room.width(), plan.rows);
        let tag = layer.and_then(collapsed);
        if let Some(tag) = &tag {
            let at = (pos2(x, room.bottom() - 1.0), Align2::CENTER_BOTTOM);
            words(ui.painter(), &say(&tag.text), FontId::proportional(11.5), palette.warning, at, room.width(), 1);
        } else if let Some(cosine) = column.cosine {
            let text = format!("cos {}", numbers::cosine(cosine));
            let at = (pos2(x, room.bottom() - 1.0), Align2::CENTER_BOTTOM);
            words(ui.painter(), &text, FontId::monospace(11.5), weak, at, room.width(), 1);
        }
        let Some(layer) = layer else { continue };
        let response = ui.interact(room, ui.scope_id().with(("head", place)), Sense::click());
        let cosine = column.cosine.map_or_else(|| "undefined".into(), numbers::cosine);
        let name = format!("Network: {}, cosine {cosine}", column.title.to_lowercase());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, layer == picked, &name));
        if layer == picked || response.hovered() {
            let width = (0.5 * room.width()).min(54.0);
            let y = room.top() + used + 2.0;
            let color = palette.layer(layer).gamma_multiply(if layer == picked { 1.0 } else { 0.5 });
            let line = Rect::from_center_size(pos2(x, y), eframe::egui::vec2(width, 2.0));
            ui.painter().line_segment([line.left_center(), line.right_center()], Stroke::new(2.0, color));
        }
        let hint = tag.map_or_else(|| hint(drawing, place), |tag| tag.explanation);
        let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(say(&hint));
        if response.clicked() {
            clicked = Some(layer);
        }
    }
    clicked
}

fn hint(drawing: &NetworkDrawing, place: usize) -> String {
    let column = &drawing.columns[place];
    let (quantity, symbol) = (&drawing.quantity, &drawing.symbol);
    match column.cosine {
        Some(_) => format!(
            "{}: cosine of the whole layer's {quantity} {symbol} with its Hebbian update H at this step (eq. 10). Click to pick the \
             layer in every pane.",
            column.title
        ),
        None => {
            format!("{}: no cosine, as it is not measured or a matrix is zero. Click to pick the layer.", column.title)
        }
    }
}
