//! The cards: a picture, what it is about, what one will see, and how long that takes.

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, FontId, Galley, Popup, Rect, RichText, Role, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

use super::pictures::Pictures;
use super::shelf::{Entry, Piece};
use crate::app::look::focus;
use crate::app::look::words;

/// Least width of a card.
const LEAST: f32 = 340.0;
/// Space between cards.
const GAP: f32 = 12.0;
/// Margin inside a card.
const MARGIN: f32 = 12.0;
/// Height of the picture.
const PICTURE: f32 = 190.0;
/// Height of all below it.
const TEXT: f32 = 164.0;

/// Draws the cards; the experiment that was picked. The keyboard `begins` at the first one.
pub fn ui(ui: &mut Ui, entries: &[Entry], pictures: &mut Pictures, begins: bool) -> Option<Piece> {
    let mut picked = None;
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        // The scroll bar has a margin to itself.
        let width = ui.available_width() - 6.0;
        let columns = ((width + GAP) / (LEAST + GAP)).floor().max(1.0);
        let size = vec2((width - GAP * (columns - 1.0)) / columns, PICTURE + TEXT);
        let columns = columns as usize;
        let rows = entries.len().div_ceil(columns);
        let height = rows as f32 * (size.y + GAP) - GAP;
        let (all, _) = ui.allocate_exact_size(vec2(width, height.max(0.0)), Sense::hover());
        for (place, entry) in entries.iter().enumerate() {
            let (column, row) = ((place % columns) as f32, (place / columns) as f32);
            let at = all.min + vec2(column * (size.x + GAP), row * (size.y + GAP));
            if let Some(piece) = card(ui, Rect::from_min_size(at, size), entry, pictures, begins && place == 0) {
                picked = Some(piece.clone());
            }
        }
        focus::follow(ui);
    });
    picked
}

fn card<'a>(
    ui: &mut Ui,
    rect: Rect,
    entry: &'a Entry,
    pictures: &mut Pictures,
    is_walked_to: bool,
) -> Option<&'a Piece> {
    let item = entry.item;
    let response = ui.interact(rect, ui.scope_id().with(("card", item.id)), Sense::click());
    let name = format!("{}: {}", item.label, item.title);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if is_walked_to {
        response.request_focus();
    }
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    let first = entry.pieces.first()?;
    if ui.is_rect_visible(rect) {
        draw(ui, rect, &response, entry, first, pictures);
    }
    let mut picked = None;
    if entry.pieces.len() > 1 {
        picked = others(ui, rect, entry);
    }
    let hint = format!("{}\n\nLoads {}: {}, {}.{}", item.shows, first.name, first.size, first.time, limits(entry));
    let clicked = response.on_hover_text(words::say(&hint)).on_hover_cursor(CursorIcon::PointingHand).clicked();
    picked.or_else(|| clicked.then_some(first))
}

fn limits(entry: &Entry) -> String {
    if entry.limits.is_empty() {
        String::new()
    } else {
        format!("\n\nLess than in the paper: {}.", entry.limits.join("; "))
    }
}

fn draw(ui: &Ui, rect: Rect, response: &eframe::egui::Response, entry: &Entry, first: &Piece, pictures: &mut Pictures) {
    let visuals = ui.visuals();
    let (strong, text, weak) = (visuals.strong_text_color(), visuals.text_color(), visuals.weak_text_color());
    let edge = if response.has_focus() {
        Stroke::new(2.0, visuals.selection.bg_fill)
    } else if response.hovered() {
        Stroke::new(1.0, weak)
    } else {
        visuals.widgets.noninteractive.bg_stroke
    };
    let fill = if response.hovered() { visuals.widgets.hovered.weak_bg_fill } else { visuals.panel_fill };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(6), fill, edge, StrokeKind::Inside);
    let picture = Rect::from_min_size(rect.min, vec2(rect.width(), PICTURE)).shrink(1.0);
    let corner = CornerRadius { nw: 5, ne: 5, ..CornerRadius::ZERO };
    painter.rect_filled(picture, corner, visuals.extreme_bg_color);
    let (left, width) = (rect.left() + MARGIN, rect.width() - 2.0 * MARGIN);
    let room = picture.shrink2(vec2(8.0, 6.0)).with_max_y(picture.bottom() - 20.0);
    match pictures.draw(ui, room, entry.item.id) {
        Some(made) => {
            let line = laid(ui, &made, 11.0, weak, width, 1);
            painter.galley(pos2(left, picture.bottom() - 17.0), line, weak);
        }
        None => {
            let words = "This build ships no picture of it.";
            painter.text(picture.center(), Align2::CENTER_CENTER, words, FontId::proportional(12.0), weak);
        }
    }
    let mut top = picture.bottom() + 9.0;
    let mut line = |words: &str, size: f32, color: Color32, rows: usize, gap: f32| {
        let galley = laid(ui, words, size, color, width, rows);
        let height = galley.size().y;
        painter.galley(pos2(left, top), galley, color);
        top += height + gap;
    };
    let label = match entry.stand_in {
        Some(what) => format!("{}  ·  {what}", entry.item.label),
        None => entry.item.label.to_owned(),
    };
    line(&label, 12.0, weak, 1, 1.0);
    line(entry.item.title, 15.0, strong, 2, 4.0);
    line(entry.item.shows, 12.5, text, 4, 0.0);
    let foot = rect.bottom() - 17.0;
    // What is cut off at the end matters least.
    let words = format!("{}  ·  {}", first.time, first.size);
    let room = if entry.pieces.len() > 1 { width - 104.0 } else { width };
    let galley = laid(ui, &words, 11.5, weak, room, 1);
    painter.galley(pos2(left, foot - galley.size().y / 2.0), galley, weak);
}

/// The other experiments of an item, in a menu at the card's foot.
fn others<'a>(ui: &mut Ui, rect: Rect, entry: &'a Entry) -> Option<&'a Piece> {
    let place = Rect::from_min_max(rect.right_bottom() - vec2(98.0 + 6.0, 28.0), rect.right_bottom() - vec2(6.0, 6.0));
    let mut picked = None;
    let builder =
        UiBuilder::new().max_rect(place).layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center));
    ui.scope_builder(builder.id_salt(("others", entry.item.id)), |ui| {
        let text = RichText::new(format!("{} more ▼", entry.pieces.len() - 1)).size(11.5);
        let button = ui.add(eframe::egui::Button::new(text).small());
        let button = button.on_hover_text("All experiments of it.");
        let button = button.accessible_name(format!("All experiments of {}", entry.item.label));
        Popup::menu(&button).show(|ui| {
            ui.set_min_width(300.0);
            for piece in &entry.pieces {
                let name = format!("{}: {}, {}", piece.name, piece.size, piece.time);
                if ui.button(name).clicked() {
                    picked = Some(piece);
                    ui.close();
                }
            }
        });
    });
    picked
}

/// Text of at most so many lines.
pub(super) fn laid(ui: &Ui, text: &str, size: f32, color: Color32, width: f32, rows: usize) -> Arc<Galley> {
    let format = TextFormat::simple(FontId::proportional(size), color);
    let mut job = LayoutJob::single_section(words::say(text).into_owned(), format);
    job.wrap = TextWrapping { max_width: width, max_rows: rows, ..TextWrapping::default() };
    ui.painter().layout_job(job)
}
