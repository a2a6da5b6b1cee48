//! The followed neuron's cosine over the shared steps.

use eframe::egui::{Stroke, Ui};
use egui_plot::{HLine, LineStyle, PlotPoint};

use super::sight::Sight;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::panes::parts::hover_label;
use crate::app::plot::chart;
use crate::app::plot::chart::Heights;
use crate::app::plot::legend;
use crate::app::plot::legend::Mark;
use crate::app::plot::plot_items::CurveLine;
use crate::app::view::View;

/// Heights shown: every cosine, and a little air.
const HEIGHTS: (f64, f64) = (-1.04, 1.04);

/// Height of the legend.
pub const LEGEND: f32 = 26.0;

/// What the legend hides, and what a person zoomed.
#[derive(Default)]
pub struct NeuronCurve {
    hidden: [bool; 2],
    heights: Heights,
}

const NAMES: [&str; 2] = ["Learning signal", "Full update"];

impl NeuronCurve {
    /// Draws legend and plot, `height` high together.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>, sight: &Sight, height: f32) {
        let Some(neuron) = sight.subject.followed else { return };
        let palette = Palette::of(ui.ctx().theme());
        // Among the details there is no room for both names in one line.
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let ink = ui.visuals().text_color();
            ui.strong(sight.name(neuron));
            for (name, (hidden, mark)) in NAMES.iter().zip(self.hidden.iter_mut().zip([Mark::Line, Mark::Dashes])) {
                let mut shown = !*hidden;
                legend::entry(ui, &mut shown, mark, ink, name).on_hover_text(words::say(match mark {
                    Mark::Line => "cos θ_i = <g_i, H_i> / (|g_i| |H_i|) of this neuron's row.",
                    _ => "The same with the row of the full update ΔW instead of the learning signal g.",
                }));
                *hidden = !shown;
            }
        });
        let color = palette.layer(sight.subject.layer);
        let place = |step: f64| view.time.place(step);
        let lines: Vec<_> = sight.curves.iter().map(|curve| pieces(curve, place)).collect();
        let hidden = self.hidden;
        let step_at = view.time.reader();
        let plot = chart::plot(ui, "neuron", "cosine", view.time, tick)
            .y_grid_spacer(|input| chart::ladder(&input, 1.0, 0.5))
            .height((height - LEGEND).max(60.0))
            .label_formatter(move |position| hover_label::over_steps(position, step_at, hover_label::cosine));
        let summary = || told(sight, neuron);
        let picture = Picture::new("Plot of the followed neuron", &summary);
        chart::show(ui, &picture, plot, view.time, &mut self.heights, HEIGHTS, move |plot| {
            let zero = Stroke::new(1.4, palette.zero.gamma_multiply(0.8));
            plot.hline(HLine::new("zero", 0.0).stroke(zero).allow_hover(false));
            for (reading, pieces) in lines.into_iter().enumerate().rev().filter(|(reading, _)| !hidden[*reading]) {
                let (stroke, style) = match reading {
                    0 => (Stroke::new(1.6, color), LineStyle::Solid),
                    _ => (Stroke::new(1.1, color.gamma_multiply(0.75)), LineStyle::Dashed { length: 5.0 }),
                };
                for piece in pieces {
                    let points = piece.into_iter().map(PlotPoint::from).collect();
                    plot.add(CurveLine::new(NAMES[reading], points, stroke, style));
                }
            }
        });
    }
}

/// The newest cosines in a sentence.
fn told(sight: &Sight, neuron: usize) -> String {
    let newest = |curve: &[(f64, f32)]| match curve.last() {
        Some((_, value)) if value.is_finite() => numbers::cosine(f64::from(*value)).trim().to_owned(),
        _ => "undefined".to_owned(),
    };
    let step = sight.curves[0].last().map_or(0.0, |(step, _)| *step);
    let [signal, full] = [&sight.curves[0], &sight.curves[1]].map(|curve| newest(curve));
    let step = numbers::count(step as u64);
    format!("{} at step {step}: cosine of the learning signal {signal}, of the full update {full}", sight.name(neuron))
}

/// A curve in pieces without undefined values, by its places on the axis.
fn pieces(curve: &[(f64, f32)], place: impl Fn(f64) -> f64) -> Vec<Vec<[f64; 2]>> {
    let defined = curve.split(|(_, value)| value.is_nan()).filter(|piece| !piece.is_empty());
    defined.map(|piece| piece.iter().map(|&(step, value)| [place(step), f64::from(value)]).collect()).collect()
}

fn tick(y: f64) -> String {
    if y.abs() > 1.0 + 1e-9 {
        String::new()
    } else if y.abs() < 1e-9 {
        "0".into()
    } else {
        format!("{}{}", if y < 0.0 { '−' } else { '+' }, numbers::scientific(y.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_values_break_the_curve() {
        let curve = [(0.0, f32::NAN), (1.0, 0.5), (2.0, 0.25), (3.0, f32::NAN), (4.0, -0.5)];
        let expected = [vec![[10.0, 0.5], [20.0, 0.25]], vec![[40.0, -0.5]]];
        assert_eq!(pieces(&curve, |step| 10.0 * step), expected);
    }
}
