//! A and B over time, and their difference.

use std::sync::Arc;

use eframe::egui::{Color32, Stroke, Ui, UiBuilder};
use egui_plot::{HLine, LineStyle, PlotTransform};

use super::quantity::TwinQuantity;
use super::{Compared, TwinsPane};
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::panes::parts::hover_label;
use crate::app::plot::chart;
use crate::app::plot::curves::Curve;
use crate::app::plot::marks;
use crate::app::plot::time_axis::TimeAxis;
use crate::app::view::View;

/// Lower panes have the two plots beside each other.
const LEAST_HEIGHT_STACKED: f32 = 300.0;

/// Share of the height that A and B take when the difference stands below.
const UPPER: f32 = 0.56;

/// Heights of a cosine: every one, and a little air.
const COSINES: (f64, f64) = (-1.04, 1.04);

/// Heights of a difference while there is none.
const NO_DIFFERENCE: (f64, f64) = (-0.1, 0.1);

/// How far beyond the bulk of the differences the axis reaches: a diverging twin would flatten all that went before.
const BEYOND_BULK: f64 = 4.0;

/// Colours of A and B: A has that of what is shown, B the ink of marks.
pub fn colors(quantity: TwinQuantity, layer: usize, palette: &Palette) -> [Color32; 2] {
    let own = match quantity {
        TwinQuantity::Training => palette.layer(1),
        TwinQuantity::Validation => palette.validation,
        TwinQuantity::Signal | TwinQuantity::Full | TwinQuantity::WeightNorm => palette.layer(layer),
    };
    [own, palette.mark]
}

impl TwinsPane {
    /// Draws both plots into what room there is.
    pub(super) fn plots(&mut self, ui: &mut Ui, view: &mut View<'_>, compared: &Compared, forked_at: u64) {
        let mut room = ui.available_rect_before_wrap();
        room.max.x -= LAST_STEP;
        let gap = 6.0;
        let (first, second) = if room.height() >= LEAST_HEIGHT_STACKED {
            let (mut first, mut second) = room.split_top_bottom_at_fraction(UPPER);
            first.max.y -= gap / 2.0;
            second.min.y += gap / 2.0;
            (first, second)
        } else {
            let (mut first, mut second) = room.split_left_right_at_fraction(0.5);
            first.max.x -= gap / 2.0 + LAST_STEP;
            second.min.x += gap / 2.0;
            (first, second)
        };
        ui.scope_builder(UiBuilder::new().max_rect(first), |ui| self.both(ui, view, compared, forked_at));
        ui.scope_builder(UiBuilder::new().max_rect(second), |ui| self.apart(ui, view, compared, forked_at));
        ui.advance_cursor_after_rect(room);
    }

    fn both(&mut self, ui: &mut Ui, view: &mut View<'_>, compared: &Compared, forked_at: u64) {
        let palette = Palette::of(ui.ctx().theme());
        let quantity = self.quantity;
        let colors = colors(quantity, view.selection.layer, &palette);
        let curves = [Arc::clone(&compared.a), Arc::clone(&compared.b)];
        let hidden = self.hidden;
        let step_at = view.time.reader();
        let is_cosine = quantity.is_cosine();
        let (tick, usual): (fn(f64) -> String, _) =
            if is_cosine { (signed_tick, COSINES) } else { (chart::decade_tick, log_heights(&curves)) };
        let write = move |y: f64| if is_cosine { numbers::cosine(y) } else { numbers::from_log10(y) };
        let plot = chart::plot(ui, "twins", quantity.axis(), view.time, tick)
            .y_grid_spacer(move |input| match is_cosine {
                true => chart::ladder(&input, 1.0, 1e-6),
                false => chart::decades(&input),
            })
            .label_formatter(move |position| hover_label::over_steps(position, step_at, write));
        let summary = || super::told(quantity, view.selection.layer, &compared.means);
        let picture = Picture::new(format!("Plot of {} of twins A and B", quantity.label()), &summary);
        let (_, transform) = chart::show(ui, &picture, plot, view.time, &mut self.heights, usual, move |plot| {
            if is_cosine {
                plot.hline(zero_line(&palette));
            }
            let styles = [LineStyle::Solid, LineStyle::Dashed { length: 8.0 }];
            let curves = curves.iter().zip(colors).zip(["A", "B"]).zip(styles).zip(hidden);
            for ((((curve, color), name), style), _) in curves.filter(|(_, hidden)| !hidden) {
                curve.draw_bands(plot, color);
                let width = if style == LineStyle::Solid { 2.0 } else { 1.6 };
                curve.draw_line(plot, name, Stroke::new(width, color), style);
            }
        });
        marks::paint(ui, &transform, view.time, view.link.journal().changes(), &palette, false);
        mark_fork(ui, &transform, view.time, forked_at, &palette);
    }

    fn apart(&mut self, ui: &mut Ui, view: &mut View<'_>, compared: &Compared, forked_at: u64) {
        let palette = Palette::of(ui.ctx().theme());
        let quantity = self.quantity;
        let color = colors(quantity, view.selection.layer, &palette)[0];
        let curve = Arc::clone(&compared.difference);
        let usual = difference_heights(&curve);
        let step_at = view.time.reader();
        let plot = chart::plot(ui, "twins_difference", "B − A", view.time, signed_tick)
            .y_grid_spacer(|input| chart::ladder(&input, 1.0, 1e-30))
            .label_formatter(move |position| hover_label::over_steps(position, step_at, signed));
        let heights = &mut self.difference_heights;
        let summary = || super::told(quantity, view.selection.layer, &compared.means);
        let picture = Picture::new("Plot of difference of twins B − A", &summary);
        let (_, transform) = chart::show(ui, &picture, plot, view.time, heights, usual, move |plot| {
            plot.hline(zero_line(&palette));
            curve.draw_bands(plot, color);
            curve.draw_line(plot, "B − A", Stroke::new(2.0, color), LineStyle::Solid);
        });
        marks::paint(ui, &transform, view.time, view.link.journal().changes(), &palette, false);
        mark_fork(ui, &transform, view.time, forked_at, &palette);
    }
}

fn zero_line(palette: &Palette) -> HLine {
    HLine::new("zero", 0.0).stroke(Stroke::new(1.4, palette.zero.gamma_multiply(0.8))).allow_hover(false)
}

/// Where lines are closer, their names need a line of text each, in points.
const NAMES: f32 = 110.0;

/// Half the number of a last step, which stands below the edge of its plot, less what a pane has beside it.
const LAST_STEP: f32 = 10.0;

/// A line where the twins parted, with its name at the foot of the plot.
fn mark_fork(ui: &Ui, transform: &PlotTransform, time: &TimeAxis, step: u64, palette: &Palette) {
    let stroke = Stroke::new(1.4, palette.accent);
    let x = chart::mark_step(ui, transform, time, step, stroke);
    let at = |step: u64| transform.position_from_point_x(time.place(step as f64));
    let is_beside_plan = time.planned().is_some_and(|planned| (at(planned) - x).abs() < NAMES);
    chart::name_at_foot(ui, transform, (x, false), usize::from(is_beside_plan), "fork", palette.mark);
}

/// Heights that hold both curves, in tenths of a decade so that the axis rests.
fn log_heights(curves: &[Arc<Curve>; 2]) -> (f64, f64) {
    let extents = curves.iter().filter_map(|curve| curve.extent());
    let (low, high) = extents.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), e| (low.min(e.0), high.max(e.1)));
    if low > high {
        return (-3.0, 1.0);
    }
    let middle = curves.iter().filter_map(|curve| curve.median()).fold(f64::NEG_INFINITY, f64::max);
    let high = high.min(middle + BEYOND_BULK);
    let tenth = |x: f64, round: fn(f64) -> f64| round(x * 10.0) / 10.0;
    (tenth(low - 0.05, f64::floor), tenth(high + 0.05, f64::ceil))
}

/// Heights that hold zero and the bulk of the differences, in round steps so that the axis rests.
fn difference_heights(curve: &Curve) -> (f64, f64) {
    let Some((low, high)) = curve.extent() else { return NO_DIFFERENCE };
    let mut sizes: Vec<f64> = curve.points().iter().map(|point| point[1].abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let bulk = sizes.get(sizes.len() * 19 / 20).copied().unwrap_or(0.0);
    let most = low.abs().max(high.abs());
    let limit = if bulk > 0.0 { most.min(BEYOND_BULK * bulk) } else { most };
    if limit <= 0.0 || !limit.is_finite() {
        return NO_DIFFERENCE;
    }
    let (low, high) = (low.clamp(-limit, 0.0), high.clamp(0.0, limit));
    let span = high - low;
    let unit = 10f64.powf((span / 4.0).log10().floor());
    let unit = [1.0, 2.0, 5.0].into_iter().map(|m| m * unit).rfind(|unit| *unit <= span / 4.0).unwrap_or(unit);
    // A little air above and below keeps the curve off the frame.
    let air = 0.04 * span;
    (((low - air) / unit).floor() * unit, ((high + air) / unit).ceil() * unit)
}

fn signed_tick(y: f64) -> String {
    if y.abs() < 1e-30 { "0".into() } else { signed(y) }
}

fn signed(y: f64) -> String {
    let sign = if y < 0.0 { '−' } else { '+' };
    format!("{sign}{}", numbers::scientific(y.abs()))
}
