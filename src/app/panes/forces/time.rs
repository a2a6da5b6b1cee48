//! The parts of the change of |W|² over time.

use std::sync::Arc;

use eframe::egui::{Stroke, Ui};
use egui_plot::{HLine, LineStyle};

use super::terms::{TERMS, colors};
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::panes::parts::hover_label;
use crate::app::panes::parts::told;
use crate::app::panes::parts::told::Told;
use crate::app::plot::chart;
use crate::app::plot::chart::Heights;
use crate::app::plot::curve_cache::CurveCache;
use crate::app::plot::curves::{Curve, HeightScale, Stretch};
use crate::app::plot::legend;
use crate::app::plot::legend::Mark;
use crate::app::plot::marks;
use crate::app::view::View;
use crate::record::Marker;

/// The plot, with what its legend hides.
#[derive(Default)]
pub struct Curves {
    hidden: [bool; 5],
    heights: Heights,
    cache: CurveCache,
}

impl Curves {
    /// Which terms are shown, in their order.
    #[must_use]
    pub fn shown(&self) -> [bool; 5] {
        self.hidden.map(|hidden| !hidden)
    }

    /// Heights that were seen last.
    #[must_use]
    pub fn heights(&self) -> Option<(f64, f64)> {
        self.heights.seen()
    }

    /// Draws legend and plot of one layer.
    pub fn show(&mut self, ui: &mut Ui, view: &mut View<'_>, layer: usize, palette: &Palette) {
        let colors = colors(palette);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = eframe::egui::vec2(1.0, 0.0);
            for (((hidden, term), color), place) in self.hidden.iter_mut().zip(&TERMS).zip(colors).zip(1..) {
                let mut shown = !*hidden;
                legend::entry(ui, &mut shown, Mark::Marker(Marker::of(place)), color, term.name)
                    .on_hover_text(words::say(term.explanation));
                *hidden = !shown;
            }
        });
        let curves = self.read(view, layer, ui.available_width());
        let heights = extent(&curves);
        let step_at = view.time.reader();
        let plot = chart::plot(ui, "forces", "|W|² a step", view.time, tick)
            .y_grid_spacer(|input| chart::ladder(&input, 1.0, f64::MIN_POSITIVE))
            .label_formatter(move |position| hover_label::over_steps(position, step_at, numbers::signed));
        let zero = Stroke::new(1.2, palette.zero.gamma_multiply(0.6));
        let shown: Vec<Told> = curves
            .iter()
            .map(|(term, _)| Told::new(TERMS[*term].name, format!("{}_{layer}", TERMS[*term].column), numbers::signed))
            .collect();
        let window = view.link.status().experiment.measure.window;
        let summary = || format!("layer {layer}, {}", told::newest(view.link, window, &shown));
        let picture = Picture::new("Plot of forces", &summary);
        let (_, transform) = chart::show(ui, &picture, plot, view.time, &mut self.heights, heights, move |plot| {
            plot.hline(HLine::new("zero", 0.0).stroke(zero).allow_hover(false));
            for (term, curve) in &curves {
                curve.draw_bands(plot, colors[*term]);
            }
            for (term, curve) in &curves {
                let name = format!("Layer {layer}, {}", TERMS[*term].name.to_lowercase());
                let stroke = Stroke::new(1.8, colors[*term]);
                curve.draw_marked(plot, &name, stroke, LineStyle::Solid, Some(Marker::of(term + 1)));
            }
        });
        marks::paint(ui, &transform, view.time, view.link.journal().changes(), palette, false);
    }

    fn read(&mut self, view: &View<'_>, layer: usize, width: f32) -> Vec<(usize, Arc<Curve>)> {
        let window = Stretch::of(view.time, width);
        let contents = view.link.contents();
        let metrics = view.link.metrics();
        let store = metrics.lock();
        let shown = (0..TERMS.len()).filter(|term| !self.hidden[*term]);
        shown
            .map(|term| {
                let column = format!("{}_{layer}", TERMS[term].column);
                (term, self.cache.read(contents, &store, &column, window, HeightScale::Linear))
            })
            .collect()
    }
}

/// Heights that hold zero and every curve, to a round number so that the axis rests.
fn extent(curves: &[(usize, Arc<Curve>)]) -> (f64, f64) {
    let extents = curves.iter().filter_map(|(_, curve)| curve.extent());
    let (low, high) = extents.fold((0.0_f64, 0.0_f64), |(low, high), e| (low.min(e.0), high.max(e.1)));
    if low == high {
        return (-1.0, 1.0);
    }
    let step = numbers::round_up(0.1 * (high - low));
    (((low / step).floor() - 0.4) * step, ((high / step).ceil() + 0.4) * step)
}

fn tick(value: f64) -> String {
    // Grid lines are multiples of a round step: what is left of zero is rounding.
    if value.abs() < 1e-12 { "0".into() } else { numbers::scientific(value).replace('-', "−") }
}
