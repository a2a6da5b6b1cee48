//! The matrices as heat maps, with what the pointer finds in them.

use std::f32::consts::FRAC_PI_2;
use std::sync::Arc;

use eframe::egui::epaint::TextShape;
use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Galley, Mesh, Painter, Rect, Response, RichText, Role, Sense, Shape, Stroke,
    StrokeKind, TextStyle, Tooltip, Ui, WidgetInfo, pos2, vec2,
};

use super::picture::Reduced;
use super::plan;
use super::plan::{FOOT, HEAD, SIDE};
use super::quantity::MatrixQuantity;
use super::step::Step;
use crate::app::look::glossary;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::panes::parts::units::Units;
use crate::record::{colormap, signs};

/// A step and what it is called.
pub struct Labelled<'a> {
    /// Its matrices.
    pub step: &'a Step,
    /// `A`, `now`, or nothing where there is only one.
    pub name: &'a str,
    /// What its rows and columns are.
    pub units: Units,
}

impl Labelled<'_> {
    /// What stands above one of its matrices.
    fn title(&self, ui: &Ui, quantity: &str, ink: Color32) -> Arc<Galley> {
        let prefix = if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) };
        let title = words::say(&format!("{prefix}{quantity}")).into_owned();
        ui.painter().layout_no_wrap(title, FontId::proportional(12.5), ink)
    }
}

/// Draws the maps into their rooms, step by step; returns the post-synaptic neuron of a click.
pub fn draw(ui: &mut Ui, pictures: &[Rect], steps: &[Labelled<'_>], neuron: Option<usize>) -> Option<usize> {
    let last = steps.last()?;
    let cells = last.step.cells();
    let palette = Palette::of(ui.ctx().theme());
    let room = plan::title_room(pictures);
    let has_names = { steps.iter() }
        .flat_map(|step| MatrixQuantity::ALL.map(|quantity| step.title(ui, quantity.title(), palette.zero)))
        .all(|title| title.size().x <= room);
    let mut hovered = None;
    let mut clicked = None;
    for (i, &picture) in pictures.iter().enumerate() {
        let (Some(labelled), quantity) = (steps.get(i / 4), MatrixQuantity::ALL[i % 4]) else { continue };
        let response = ui.interact(picture, ui.scope_id().with(("heat map", i)), Sense::click());
        let suffix = if labelled.name.is_empty() { String::new() } else { format!(", {}", labelled.name) };
        let summary = || {
            let sheet = labelled.step.sheet();
            let cosine = sheet.hebbian_cosines[quantity.index()];
            let cosine = cosine.map_or_else(|| "undefined".into(), |cosine| numbers::cosine(cosine).trim().to_owned());
            let (norm, (rows, columns)) = (numbers::measured(sheet.norms[quantity.index()]), sheet.shape());
            format!("step {}, {rows} × {columns}, norm {norm}, cosine with the Hebbian update {cosine}", sheet.step())
        };
        Picture::new(format!("Heat map of {}{suffix}", quantity.name()), &summary).tell(&response);
        paint(ui, (picture, room, has_names), labelled, quantity, &palette);
        let cell = response.hover_pos().and_then(|at| plan::cell_at(picture, cells, at));
        if let Some(cell) = cell {
            hovered = Some(cell);
            if response.clicked() {
                clicked = labelled.step.arrangement().rows.get(cell.0).copied();
            }
            tooltip(&response.on_hover_cursor(CursorIcon::PointingHand), steps, cell);
        }
    }
    let picked = neuron.and_then(|neuron| last.step.arrangement().rows.iter().position(|row| *row == neuron));
    for &picture in pictures {
        if let Some(row) = picked {
            point_at_row(ui.painter(), picture, row, cells.0, palette.warning);
        }
        if let Some(cell) = hovered {
            mark(ui.painter(), picture, cell, cells, palette.mark);
        }
    }
    clicked
}

fn paint(
    ui: &mut Ui,
    (picture, room, has_names): (Rect, f32, bool),
    labelled: &Labelled<'_>,
    quantity: MatrixQuantity,
    palette: &Palette,
) {
    let step = labelled.step;
    let ink = ui.visuals().text_color();
    let weak = ui.visuals().weak_text_color();
    let head = Rect::from_min_max(pos2(picture.left() - 1.0, picture.top() - HEAD), picture.right_top());
    let head = Rect::from_min_size(head.min, vec2(head.width().max(110.0).min(room), HEAD - 2.0));
    let named = ui.interact(head, ui.scope_id().with(("head", labelled.name, quantity.symbol())), Sense::hover());
    glossary::explained(named.on_hover_text(words::say(quantity.explanation())), quantity.term())
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, words::say(quantity.title())));
    let painter = ui.painter();
    let title = labelled.title(ui, if has_names { quantity.title() } else { quantity.symbol() }, ink);
    painter.galley(head.min, title, ink);
    let norm = format!("‖{}‖ {}", quantity.symbol(), numbers::measured(step.sheet().norms[quantity.index()]));
    let at = head.min + vec2(0.0, 15.5);
    painter.text(at, Align2::LEFT_TOP, norm, FontId::monospace(11.0), weak);
    if let (Some(texture), Some(reduced)) = (step.texture(quantity), step.reduced()) {
        painter.image(texture.id(), picture, reduced[quantity.index()].filled, Color32::WHITE);
    }
    if let Some(reduced) = step.reduced() {
        painter.add(minuses(picture, &reduced[quantity.index()], ui.visuals().dark_mode));
    }
    painter.rect_stroke(picture, 0.0, Stroke::new(1.0, palette.zero.gamma_multiply(0.45)), StrokeKind::Outside);
    let font = FontId::proportional(11.0);
    let foot = pos2(picture.center().x, picture.bottom() + FOOT * 0.5 + 1.0);
    let names = step.ends();
    let fitting = |names: [&str; 3], room: f32| {
        let all = names.map(|name| painter.layout_no_wrap(words::say(name).into(), font.clone(), weak));
        all.into_iter().find(|name| name.size().x <= room)
    };
    if let Some(across) = fitting(labelled.units.names_across(), picture.width() + plan::GAP - 8.0) {
        if picture.width() > across.size().x + 60.0 {
            let y = foot.y;
            painter.text(pos2(picture.left(), y), Align2::LEFT_CENTER, names.1.0, font.clone(), weak);
            painter.text(pos2(picture.right(), y), Align2::RIGHT_CENTER, names.1.1, font.clone(), weak);
        }
        painter.galley(Align2::CENTER_CENTER.anchor_size(foot, across.size()).min, across, weak);
    }
    // Upwards, as the name of an axis is: such a text begins at its lower end.
    let upwards = |text: Arc<Galley>, bottom: f32| {
        painter.add(TextShape::new(pos2(picture.left() - SIDE + 1.0, bottom), text, weak).with_angle(-FRAC_PI_2));
    };
    let [first, last] = [names.0.0, names.0.1].map(|end| painter.layout_no_wrap(end, font.clone(), weak));
    let Some(name) = fitting(labelled.units.names_down(), picture.height()) else { return };
    let length = name.size().x;
    if picture.height() >= length + first.size().x + last.size().x + 16.0 {
        let top = picture.top() + first.size().x;
        upwards(first, top);
        upwards(last, picture.bottom());
    }
    upwards(name, picture.center().y + length / 2.0);
}

/// A minus on every cell that is negative, where cells have room for it.
fn minuses(picture: Rect, reduced: &Reduced, dark: bool) -> Shape {
    let filled = picture.size() * reduced.filled.size();
    let cell = filled / vec2(reduced.columns.max(1) as f32, reduced.rows.max(1) as f32);
    let Some([length, width]) = signs::minus_on(cell.min_elem()) else { return Shape::Noop };
    let mut mesh = Mesh::default();
    for (at, value) in reduced.values.iter().enumerate().filter(|(_, value)| signs::has_minus(**value, reduced.peak)) {
        let place = vec2((at % reduced.columns) as f32 + 0.5, (at / reduced.columns) as f32 + 0.5);
        let [red, green, blue] = signs::ink_on(colormap::diverging(value / reduced.peak, dark));
        let sign = Rect::from_center_size(picture.min + place * cell, vec2(length, width));
        mesh.add_colored_rect(sign, Color32::from_rgb(red, green, blue));
    }
    mesh.into()
}

/// The row and the column of a cell.
fn mark(painter: &Painter, picture: Rect, (row, column): (usize, usize), cells: (usize, usize), color: Color32) {
    let cell = picture.size() / vec2(cells.1 as f32, cells.0 as f32);
    let (top, left) = (picture.top() + row as f32 * cell.y, picture.left() + column as f32 * cell.x);
    let stroke = Stroke::new(1.0, color.gamma_multiply(0.85));
    let across = Rect::from_min_size(pos2(picture.left(), top), vec2(picture.width(), cell.y));
    let down = Rect::from_min_size(pos2(left, picture.top()), vec2(cell.x, picture.height()));
    for strip in [across, down] {
        painter.rect_stroke(strip, 0.0, stroke, StrokeKind::Outside);
    }
}

/// The neuron that other panes show.
fn point_at_row(painter: &Painter, picture: Rect, row: usize, rows: usize, color: Color32) {
    let height = picture.height() / rows.max(1) as f32;
    let y = picture.top() + (row as f32 + 0.5) * height;
    let tip = pos2(picture.right() + 1.0, y);
    let points = vec![tip, tip + vec2(7.0, -4.5), tip + vec2(7.0, 4.5)];
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// The pair of neurons and all values of it.
fn tooltip(response: &Response, steps: &[Labelled<'_>], (row, column): (usize, usize)) {
    let Some(last) = steps.last() else { return };
    let shown = last.step.arrangement();
    let (Some(&post), Some(&pre)) = (shown.rows.get(row), shown.columns.get(column)) else { return };
    Tooltip::for_widget(response).at_pointer().gap(14.0).show(|ui| {
        let units = last.units;
        ui.label(format!("{} {}, {}", units.down(), post + 1, units.column(pre)));
        for quantity in MatrixQuantity::ALL {
            let mut text = format!("{:<2}", quantity.symbol());
            for labelled in steps {
                let value = quantity.of(labelled.step.sheet().matrices()).get((post, pre)).copied();
                let value = value.map_or_else(|| "-".into(), |value| numbers::measured(f64::from(value)));
                let name = if labelled.name.is_empty() { String::new() } else { format!(" {}", labelled.name) };
                text.push_str(&format!("{name} {value:>11}"));
            }
            ui.label(RichText::new(text).text_style(TextStyle::Monospace));
        }
        let block = last.step.block();
        if block != (1, 1) {
            let text = format!("A pixel is the mean of up to {}×{} cells.", block.0, block.1);
            ui.label(RichText::new(text).weak());
        }
        ui.label(RichText::new(format!("Click to pick the {}.", units.down())).weak());
    });
}
