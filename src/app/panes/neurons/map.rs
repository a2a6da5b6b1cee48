//! The heat map over the shared steps: a click follows a neuron.

use std::sync::Arc;

use eframe::egui::{Color32, FontId, Rect, RichText, Sense, Stroke, StrokeKind, Ui, vec2};
use egui_plot::{GridInput, GridMark, HoverPosition, PlotPoint, PlotTransform};

use super::picture;
use super::picture::HeatPicture;
use super::sight::Sight;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::panes::parts::color_bar::gradient;
use crate::app::plot::chart;
use crate::app::plot::chart::Heights;
use crate::app::plot::legend;
use crate::app::plot::marks;
use crate::app::view::View;

/// Least distance between the numbers of two rows.
const NUMBER_DISTANCE: f64 = 14.0;

/// Points between grid lines that egui's base step stands for.
const BASE_DISTANCE: f64 = 8.0;

/// What the pointer does on the map.
pub struct Touch {
    /// Whether it is there.
    pub over: bool,
    /// The neuron that was clicked.
    pub clicked: Option<usize>,
}

/// Draws the map with the rows from top to bottom, `height` high.
pub fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    sight: &Arc<Sight>,
    rows: &[usize],
    picture: &HeatPicture,
    (height, has_steps): (f32, bool),
) -> Touch {
    let palette = Palette::of(ui.ctx().theme());
    let step_at = view.time.inverse();
    let count = rows.len().max(1);
    let names = rows.to_vec();
    let tick = move |y: f64| picture::neuron_at(&names, y).map(name).unwrap_or_default();
    let (under, order) = (Arc::clone(sight), rows.to_vec());
    let plot = chart::plot(ui, "neurons", sight.subject.unit, view.time, tick)
        .y_grid_spacer(move |input| numbered(&input, count))
        .show_grid(false)
        .show_axes([has_steps, true])
        .height(height)
        .allow_zoom([true, false])
        .allow_drag([true, false])
        .allow_axis_zoom_drag([true, false])
        .allow_boxed_zoom(false)
        .label_formatter(move |position| describe(position, &under, &order, step_at));
    let item = picture.item();
    // Rows are not zoomed, so heights begin anew in every frame.
    let mut heights = Heights::default();
    let usual = (-(count as f64), 0.0);
    let summary = || told(sight);
    let picture = Picture::new(format!("Heat map of neurons of layer {}", sight.subject.layer), &summary);
    let (response, transform) = chart::show(ui, &picture, plot, view.time, &mut heights, usual, move |plot| {
        if let Some(item) = item {
            plot.image(item);
        }
    });
    if let Some(row) = sight.subject.followed.and_then(|neuron| rows.iter().position(|n| *n == neuron)) {
        mark_row(ui, &transform, row, &palette);
    }
    marks::paint(ui, &transform, view.time, view.link.journal().changes(), &palette, false);
    let pointed = response.hover_pos().filter(|at| transform.frame().contains(*at));
    let clicked = response.interact_pointer_pos().filter(|_| response.clicked());
    let clicked = clicked.and_then(|at| picture::neuron_at(rows, transform.value_from_position(at).y));
    Touch { over: pointed.is_some(), clicked }
}

/// What the map shows in a sentence.
fn told(sight: &Sight) -> String {
    let all = &sight.statistics;
    let means: Vec<f64> = all.iter().filter_map(|neuron| neuron.mean).collect();
    let mean = if means.is_empty() {
        "undefined".to_owned()
    } else {
        numbers::cosine(means.iter().sum::<f64>() / means.len() as f64).trim().to_owned()
    };
    let shares: Vec<f64> = all.iter().filter_map(|neuron| neuron.hebbian_fraction).collect();
    let (hebbian, others) = shares.iter().partition::<Vec<f64>, _>(|share| **share > 0.5);
    let [count, hebbian, others] = [sight.neurons, hebbian.len(), others.len()].map(|n| numbers::count(n as u64));
    let last = numbers::count(sight.counted.unwrap_or(0));
    format!(
        "{count} {}s up to step {last}, mean cosine {mean}; {hebbian} are Hebbian at most steps, {others} anti-Hebbian",
        sight.subject.unit
    )
}

/// A neuron's name; people count them from 1.
#[must_use]
pub fn name(neuron: usize) -> String {
    numbers::count(neuron as u64 + 1)
}

/// What the colours mean.
pub fn color_bar(ui: &mut Ui, width: f32) {
    let dark = ui.visuals().dark_mode;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 10.0), Sense::hover());
    ui.painter().add(gradient(rect, |value| picture::color(value, dark)));
    let explanation = "cos θ_i = <g_i, H_i> / (|g_i| |H_i|): g_i and H_i are row i of the learning signal (or of the \
                       full update ΔW) and of the Hebbian update H (eq. 10 row by row; Figures 19, 20).";
    response.on_hover_text(words::say(explanation));
    ui.allocate_ui_with_layout(
        vec2(width, 14.0),
        eframe::egui::Layout::left_to_right(eframe::egui::Align::Center),
        |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            small(ui, "anti-Hebbian −1");
            ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                small(ui, "+1 Hebbian");
            });
        },
    );
}

/// The colour of what has no cosine.
pub fn undefined_key(ui: &mut Ui) {
    let dark = ui.visuals().dark_mode;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 10.0), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, picture::color(f32::NAN, dark));
        small(ui, "undefined").on_hover_text(words::say(
            "One of the two rows is zero, as that of a neuron that is silent in the whole batch: there is no angle.",
        ));
    });
}

fn small(ui: &mut Ui, text: &str) -> eframe::egui::Response {
    let ink = ui.visuals().weak_text_color();
    ui.label(RichText::new(text).font(FontId::proportional(11.0)).color(ink))
}

/// Numbers beside rows, as many as there is room for.
fn numbered(input: &GridInput, rows: usize) -> Vec<GridMark> {
    let needed = (NUMBER_DISTANCE * input.base_step_size / BASE_DISTANCE).ceil().max(1.0);
    let power = 10f64.powf(needed.log10().floor());
    let every = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|n| *n >= needed).unwrap_or(needed);
    // The plot decides by the step whether there is room for numbers, which has been decided here.
    let mark = |row: usize| GridMark { value: -(row as f64 + 0.5), step_size: rows as f64 };
    (0..rows).step_by((every as usize).max(1)).map(mark).collect()
}

/// A frame around a row, and an arrow that finds it even where rows are a few points high.
fn mark_row(ui: &Ui, transform: &PlotTransform, row: usize, palette: &Palette) {
    let frame = *transform.frame();
    let y = |row: f64| transform.position_from_point(&PlotPoint::new(0.0, -row)).y;
    let rect = Rect::from_x_y_ranges(frame.x_range(), y(row as f64)..=y(row as f64 + 1.0));
    let painter = ui.painter();
    let around = rect.expand2(vec2(0.0, 1.0));
    painter.rect_stroke(around, 0.0, Stroke::new(3.0, palette.plot.gamma_multiply(0.8)), StrokeKind::Outside);
    painter.rect_stroke(around, 0.0, Stroke::new(1.5, palette.zero), StrokeKind::Outside);
    let tip = eframe::egui::pos2(frame.left() - 1.0, rect.center().y);
    let points = vec![tip, tip + vec2(-7.0, -4.5), tip + vec2(-7.0, 4.5)];
    painter.add(eframe::egui::Shape::convex_polygon(points, palette.zero, Stroke::new(0.0, Color32::TRANSPARENT)));
}

fn describe(
    position: &HoverPosition<'_>,
    sight: &Sight,
    rows: &[usize],
    step_at: impl Fn(f64) -> f64,
) -> Option<String> {
    let (HoverPosition::NearDataPoint { position: at, .. } | HoverPosition::Elsewhere { position: at }) = position;
    let cell = picture::cell(&sight.map, rows, step_at, at.x, at.y)?;
    let (neuron, first) = (name(cell.neuron), numbers::count(cell.first_step));
    let steps = if cell.last_step > cell.first_step {
        format!("steps {first} to {}, mean", numbers::count(cell.last_step))
    } else {
        format!("step {first}")
    };
    let value = if cell.value.is_nan() {
        "undefined".into()
    } else {
        format!("cosine {}", numbers::cosine(f64::from(cell.value)))
    };
    let text = format!("{} {neuron}\n{steps}\n{value}", legend::capitalized(sight.subject.unit));
    Some(words::say(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_rows_are_not_crowded() {
        // 128 rows in 256 points: a number every 10 rows, 20 points apart.
        let input = GridInput { bounds: (-128.0, 0.0), base_step_size: 0.5 * BASE_DISTANCE };
        let marks = numbered(&input, 128);
        assert_eq!((marks.len(), marks[0].value, marks[1].value), (13, -0.5, -10.5));
        let few = numbered(&GridInput { bounds: (-30.0, 0.0), base_step_size: 0.05 * BASE_DISTANCE }, 30);
        assert_eq!(few.len(), 30);
    }
}
