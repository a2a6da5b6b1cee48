//! The points of a grid that was trained, in colours; each can be trained here.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, FontId, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::look::words;
use crate::experiment::SweepAxis;
use crate::record::colormap;
use crate::reproduce::GridResults;
use crate::sweep::{Grid, Place, Plane, color};

/// Room for the values of the vertical axis.
const LEFT: f32 = 92.0;
/// Height of the values of the horizontal axis, and of its name.
const BELOW: f32 = 40.0;
/// Sides of a cell.
const WIDEST: f32 = 92.0;
const HIGHEST: f32 = 40.0;
const LOWEST: f32 = 15.0;
/// Least width of a cell that has its value written in it.
const WRITTEN: f32 = 52.0;

/// The point that was clicked.
pub struct Touched {
    /// From the left.
    pub column: usize,
    /// From the bottom.
    pub row: usize,
}

/// Draws a grid's points by a recorded quantity.
pub fn ui(ui: &mut Ui, name: &str, results: &GridResults, quantity: &str) -> Option<Touched> {
    let grid = results.grid();
    let (columns, rows) = (grid.columns(), grid.rows());
    let plane = results.plane(quantity);
    let room = ui.available_width() - LEFT;
    let side =
        vec2((room / columns as f32).clamp(2.0, WIDEST).floor(), (320.0 / rows as f32).clamp(LOWEST, HIGHEST).floor());
    let whole = vec2(LEFT + side.x * columns as f32, side.y * rows as f32 + BELOW);
    let (all, _) = ui.allocate_exact_size(whole, Sense::hover());
    let inner = Rect::from_min_size(all.min + vec2(LEFT, 0.0), vec2(side.x * columns as f32, side.y * rows as f32));
    let mut touched = None;
    for row in 0..rows {
        for column in 0..columns {
            let corner = inner.left_bottom() + vec2(column as f32 * side.x, -(row as f32 + 1.0) * side.y);
            let rect = Rect::from_min_size(corner, side);
            let response = ui.interact(rect, ui.scope_id().with((name, column, row)), Sense::click());
            let spoken = format!("{name}: {}", words(grid, column, row));
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            if ui.is_rect_visible(rect) {
                draw(ui, rect, &plane, column, row, quantity, (response.hovered(), response.has_focus()));
            }
            let response = response.on_hover_cursor(CursorIcon::PointingHand);
            if response.clicked() {
                touched = Some(Touched { column, row });
            }
            response.on_hover_ui(|ui| {
                ui.label(words(grid, column, row));
                ui.label(format!("{}: {}", words_of(quantity), results.sample(quantity, column, row).words()));
                let missing = (0..grid.seeds().len())
                    .filter(|seed_place| {
                        results.outcome(grid.cell(Place { column, row, seed_place: *seed_place })).is_none()
                    })
                    .count();
                if missing > 0 {
                    ui.weak(format!("{missing} of {} seeds are not at their end", grid.seeds().len()));
                }
            });
        }
    }
    scales(ui, inner, side, grid);
    touched
}

fn draw(
    ui: &Ui,
    rect: Rect,
    plane: &Plane,
    column: usize,
    row: usize,
    quantity: &str,
    (hovered, focused): (bool, bool),
) {
    let dark = ui.visuals().dark_mode;
    let value = plane.at(column, row);
    let fill = shade(plane, quantity, value, dark);
    let painter = ui.painter();
    let inside = rect.shrink(0.5);
    painter.rect_filled(inside, CornerRadius::same(1), fill);
    if hovered || focused {
        let color = if focused { ui.visuals().selection.bg_fill } else { ui.visuals().strong_text_color() };
        painter.rect_stroke(inside, CornerRadius::same(1), Stroke::new(2.0, color), StrokeKind::Inside);
    }
    if rect.width() >= WRITTEN && rect.height() >= LOWEST {
        let text = if value.is_finite() { numbers::measured(value) } else { "–".into() };
        let light = u32::from(fill.r()) * 3 + u32::from(fill.g()) * 6 + u32::from(fill.b()) > 1_280;
        let ink = if light { Color32::from_gray(0x14) } else { Color32::from_gray(0xf4) };
        painter.text(rect.center(), Align2::CENTER_CENTER, text, FontId::monospace(11.5), ink);
    }
}

/// Cosines have two colours; of others, more is stronger.
fn shade(plane: &Plane, quantity: &str, value: f64, dark: bool) -> Color32 {
    let [red, green, blue] = if quantity.starts_with("signal") || quantity.starts_with("full") {
        color(plane, value, dark)
    } else if value.is_finite() {
        let known = || plane.values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        colormap::sequential((0.06 + 0.94 * share) as f32, dark)
    } else {
        colormap::undefined(dark)
    };
    Color32::from_rgb(red, green, blue)
}

/// Values of the axes, as many as there is room for, and their names.
fn scales(ui: &Ui, inner: Rect, side: eframe::egui::Vec2, grid: &Grid) {
    let painter = ui.painter();
    let (text, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let font = FontId::monospace(11.0);
    let widest =
        (0..grid.columns()).map(|at| value(grid.x(), at).chars().count()).max().unwrap_or(1) as f32 * 6.7 + 10.0;
    let every = (widest / side.x).ceil().max(1.0) as usize;
    for column in (0..grid.columns()).step_by(every) {
        let x = inner.left() + (column as f32 + 0.5) * side.x;
        painter.text(pos2(x, inner.bottom() + 3.0), Align2::CENTER_TOP, value(grid.x(), column), font.clone(), text);
    }
    let name = FontId::proportional(12.0);
    let below = pos2(inner.left(), inner.bottom() + 19.0);
    painter.text(below, Align2::LEFT_TOP, format!("{} →", titles::of_field(grid.x().field)), name.clone(), weak);
    let Some(y) = grid.y() else { return };
    let every = (14.0 / side.y).ceil().max(1.0) as usize;
    for row in (0..grid.rows()).step_by(every) {
        let at = pos2(inner.left() - 6.0, inner.bottom() - (row as f32 + 0.5) * side.y);
        painter.text(at, Align2::RIGHT_CENTER, value(y, row), font.clone(), text);
    }
    let at = pos2(inner.left() - 6.0, inner.bottom() + 19.0);
    painter.text(at, Align2::RIGHT_TOP, format!("{} ↑", titles::of_field(y.field)), name, weak);
}

fn value(axis: &SweepAxis, at: usize) -> String {
    let words = numbers::axis_value(&axis.value(at));
    // The expression of a rule may be long.
    if words.chars().count() > 13 { words.chars().take(12).chain(['…']).collect() } else { words }
}

/// A point in words: its fields and values.
pub fn words(grid: &Grid, column: usize, row: usize) -> String {
    let values = grid.values(grid.cell(Place { column, row, seed_place: 0 }));
    let of = |(field, value): &(&crate::experiment::fields::Field, crate::experiment::AxisValue)| {
        format!("{} {}", titles::of_field_within(field), numbers::axis_value(value))
    };
    words::say(&values.iter().map(of).collect::<Vec<_>>().join(", ")).into_owned()
}

/// A recorded quantity in words.
pub fn words_of(name: &str) -> String {
    let of = |rest: &str, what: &str| {
        format!(
            "{what}, {}",
            if rest.parse::<usize>().is_ok() { format!("layer {rest}") } else { rest.replace('_', " ") }
        )
    };
    let plain = match (name.strip_prefix("signal_"), name.strip_prefix("full_")) {
        (Some(rest), _) => of(rest, "signal"),
        (_, Some(rest)) => of(rest, "full update"),
        _ => name.replace('_', " "),
    };
    words::say(&plain).into_owned()
}
