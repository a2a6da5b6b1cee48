//! Curves along a row or a column of the grid, and performance against alignment.

use eframe::egui::{FontId, RichText, Stroke, Ui};
use egui_plot::{AxisHints, HLine, Line, Plot, PlotPoints, Points, VLine};

use super::map;
use super::map::{X_THICKNESS, thinned, tick};
use super::quantity::PhaseQuantity;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::titles;
use crate::app::look::words::say;
use crate::app::plot::chart;
use crate::experiment::SweepAxis;
use crate::sweep::{Plane, SweepState};

/// Faint curves beside the one that is picked, at most.
const OTHERS: usize = 8;

/// What is shown beside the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// Along the horizontal axis.
    #[default]
    Across,
    /// Along the vertical axis.
    Up,
    /// Performance against alignment.
    Scatter,
}

/// The choice of a cut.
pub fn choice(ui: &mut Ui, cut: &mut Cut, (x, y): (&SweepAxis, Option<&SweepAxis>)) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.selectable_value(cut, Cut::Across, format!("Cut along {}", say(symbol(x))));
        if let Some(y) = y {
            ui.selectable_value(cut, Cut::Up, format!("Cut along {}", say(symbol(y))));
        }
        let scatter = ui.selectable_value(cut, Cut::Scatter, say("Loss against alignment"));
        scatter.on_hover_text(say(
            "Validation performance of every run that is at its end against its alignment (Figure 5).",
        ));
    });
}

/// Symbol of a field, or its name.
pub fn symbol(axis: &SweepAxis) -> &'static str {
    if axis.field.symbol.is_empty() { titles::of_field(axis.field) } else { axis.field.symbol }
}

/// Curves along one axis: one for each value of the other, faint, and that of `picked`; `zeros` are places where alignment
/// is zero, in cells.
pub fn curves(
    ui: &mut Ui,
    plane: &Plane,
    (along, across): (&SweepAxis, Option<&SweepAxis>),
    (is_row, picked): (bool, usize),
    quantity: PhaseQuantity,
    zeros: &[f64],
    height: f32,
) {
    let palette = Palette::of(ui.ctx().theme());
    let lines = if is_row { plane.rows } else { plane.columns };
    // A line that the coarse grid leaves out has nothing to show yet.
    let has_values = |line: &usize| {
        (0..along.values.len()).any(|at| if is_row { plane.at(at, *line) } else { plane.at(*line, at) }.is_finite())
    };
    let picked = (0..lines).filter(has_values).min_by_key(|line| line.abs_diff(picked)).unwrap_or(0);
    let title = across.map_or_else(String::new, |across| {
        format!("{} = {}", say(symbol(across)), numbers::axis_value(&across.value(picked)))
    });
    ui.label(RichText::new(title).monospace());
    let ticks = map::ticks(along);
    let cells = along.values.len();
    let marks = thinned(&ticks, ui.available_width() - 70.0, cells);
    let is_log = quantity == PhaseQuantity::Loss;
    let place = |value: f64| if is_log { value.log10() } else { value };
    let plot = frame(ui, "cut", height).x_grid_spacer(move |_| marks.clone()).show_grid([false, true]);
    let plot = with_ticks(
        ui,
        plot,
        (map::name_within(ui, along, ui.available_width() - 70.0), name_up(ui, quantity, height)),
        Some(ticks),
        is_log,
    );
    let curve = |line: usize| -> Vec<[f64; 2]> {
        let value = |at: usize| if is_row { plane.at(at, line) } else { plane.at(line, at) };
        (0..cells).map(|at| [at as f64, place(value(at))]).filter(|p| p[1].is_finite()).collect()
    };
    let response = plot.show(ui, |plot| {
        plot.set_plot_bounds_x(-0.5..=cells as f64 - 0.5);
        if quantity.is_cosine() {
            plot.hline(HLine::new("", 0.0).stroke(Stroke::new(1.0, palette.zero)).allow_hover(false).id("zero"));
        }
        for (at, zero) in zeros.iter().enumerate() {
            let stroke = Stroke::new(1.0, palette.zero);
            plot.vline(VLine::new("", *zero).stroke(stroke).allow_hover(false).id(("zero at", at)));
        }
        // Values that are no numbers have nothing between them that a line would go through.
        let has_lines = !along.is_category();
        let every = lines.div_ceil(OTHERS).max(1);
        for line in (0..lines).step_by(every).filter(|line| *line != picked && has_lines) {
            let stroke = Stroke::new(1.0, palette.training.gamma_multiply(0.5));
            plot.line(
                Line::new("", PlotPoints::from(curve(line))).stroke(stroke).allow_hover(false).id(("line", line)),
            );
        }
        let stroke = Stroke::new(2.2, palette.layer(2));
        if has_lines {
            plot.line(Line::new("", PlotPoints::from(curve(picked))).stroke(stroke).allow_hover(false).id("picked"));
        }
        plot.points(
            Points::new("", PlotPoints::from(curve(picked)))
                .radius(2.5)
                .color(palette.layer(2))
                .allow_hover(false)
                .id("dots"),
        );
    });
    let summary = || {
        let values: Vec<f64> = curve(picked).iter().map(|[_, y]| if is_log { 10f64.powf(*y) } else { *y }).collect();
        format!("{} along {}: {}", quantity.label(), along.label(), ends(&values, quantity.is_cosine()))
    };
    Picture::new("Plot of the cut", &summary).tell(&response.response);
}

/// A dot for each run that is at its end.
pub fn scatter(ui: &mut Ui, snapshot: &SweepState, layer: usize, height: f32) {
    let palette = Palette::of(ui.ctx().theme());
    let grid = &snapshot.grid;
    let at = |name: &str| grid.names().iter().position(|known| known == name);
    let is_class = at("validation_accuracy").is_some();
    let performance = if is_class { PhaseQuantity::Accuracy } else { PhaseQuantity::Loss };
    let columns = at(&PhaseQuantity::Signal.column(layer)).zip(at(&performance.column(layer)));
    let dots: Vec<[f64; 2]> = { columns.into_iter() }
        .flat_map(|(x, y)| {
            let done = (0..grid.cells()).filter_map(|cell| snapshot.outcome(cell));
            done.filter_map(move |outcome| Some([outcome.values[x]?, outcome.values[y]?]))
        })
        .map(|[x, y]| [x, if is_class { y } else { y.log10() }])
        .filter(|dot| dot[1].is_finite())
        .collect();
    ui.label(RichText::new(format!("{} runs at their end", numbers::count(dots.len() as u64))).weak());
    let plot = frame(ui, "scatter", height);
    let long = format!("alignment of layer {layer}");
    let across = chart::name_within(ui, &[&long, "alignment"], ui.available_width() - 70.0);
    let plot = with_ticks(ui, plot, (across, name_up(ui, performance, height)), None, !is_class);
    let response = plot.show(ui, |plot| {
        let color = palette.layer(1).gamma_multiply(0.85);
        plot.points(
            Points::new("", PlotPoints::from(dots.clone())).radius(2.5).color(color).allow_hover(false).id("runs"),
        );
    });
    let summary = || {
        let heights: Vec<f64> = dots.iter().map(|dot| if is_class { dot[1] } else { 10f64.powf(dot[1]) }).collect();
        let across: Vec<f64> = dots.iter().map(|dot| dot[0]).collect();
        let (across, heights) = (ends(&across, true), ends(&heights, false));
        format!("alignment of layer {layer}: {across}; {}: {heights}", performance.label().to_lowercase())
    };
    Picture::new("Plot of performance against alignment", &summary).tell(&response.response);
}

/// How many values there are, and the least and the greatest of them.
fn ends(values: &[f64], is_cosine: bool) -> String {
    let write =
        |value: f64| if is_cosine { numbers::cosine(value).trim().to_owned() } else { numbers::measured(value) };
    let least = values.iter().copied().reduce(f64::min);
    let greatest = values.iter().copied().reduce(f64::max);
    match least.zip(greatest) {
        Some((least, greatest)) => {
            let count = numbers::count(values.len() as u64);
            format!("{count} values from {} to {}", write(least), write(greatest))
        }
        None => "no values yet".to_owned(),
    }
}

fn frame<'a>(ui: &Ui, id: &'static str, height: f32) -> Plot<'a> {
    crate::app::panes::phase::fixed_axes::fixed(Plot::new(("grid of runs", id)))
        .height(height)
        .grid_color(ui.visuals().widgets.noninteractive.bg_stroke.color)
        .set_margin_fraction(eframe::egui::vec2(0.05, 0.06))
}

/// The name of the vertical axis of a plot of this height. Where a plot is low, as on a projector, a long one would run into what
/// stands above.
fn name_up(ui: &Ui, quantity: PhaseQuantity, height: f32) -> String {
    chart::name_within(ui, &[quantity.axis(), quantity.short_axis()], height - X_THICKNESS - NAME_AIR)
}

/// Room that stays free at both ends of that name together.
const NAME_AIR: f32 = 16.0;

fn with_ticks<'a>(
    ui: &Ui,
    plot: Plot<'a>,
    (x, y): (String, String),
    ticks: Option<Vec<(f64, String)>>,
    is_log: bool,
) -> Plot<'a> {
    let ink = ui.visuals().weak_text_color();
    let font = FontId::monospace(11.0);
    let axis = |hints: AxisHints<'a>, name: String| {
        hints
            .label(RichText::new(name).size(chart::AXIS_NAME).color(ink))
            .tick_label_font(font.clone())
            .tick_label_color(ink)
    };
    let mut across = axis(AxisHints::new_x(), x);
    if let Some(ticks) = ticks {
        across = across.formatter(move |mark, _| tick(&ticks, mark.value)).label_spacing(8.0..=12.0);
        across = across.min_thickness(X_THICKNESS);
    } else {
        across = across.formatter(|mark, _| chart::plain_tick(mark.value));
    }
    let mut up = axis(AxisHints::new_y(), y).min_thickness(56.0).label_spacing(14.0..=16.0);
    if is_log {
        up = up.formatter(|mark, _| chart::decade_tick(mark.value));
        return plot.custom_x_axes(vec![across]).custom_y_axes(vec![up]).y_grid_spacer(|input| chart::decades(&input));
    }
    up = up.formatter(|mark, _| chart::plain_tick(mark.value));
    plot.custom_x_axes(vec![across]).custom_y_axes(vec![up]).y_grid_spacer(|input| chart::ladder(&input, 1.0, 1e-30))
}
