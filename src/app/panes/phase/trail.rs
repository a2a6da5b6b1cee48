//! The plane of noise and weight decay: where this run has been, and a click takes it elsewhere.

use eframe::egui::{Color32, RichText, Role, Stroke, TextStyle, Ui, WidgetInfo, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, HoverPosition, Line, Plot, PlotPoint, PlotPoints};

use crate::app::figures::exhibits;
use crate::app::link::visited::{Stay, Visited};
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::measured::measured_layers;
use crate::app::view::View;
use crate::record::{Axis, Chart, Exhibit, Panel, Series, SeriesStyle, Table};

/// Decades shown of the noise's variance, and of the weight decay.
const VARIANCE: (i32, i32) = (-8, -1);
const DECAY: (i32, i32) = (-5, 0);

/// The plane with where runs have been.
#[derive(Default)]
pub struct Trail {
    visited: Visited,
}

/// A logarithmic axis with a place for zero to the left of its decades.
#[derive(Clone, Copy)]
struct ZeroLog {
    least: i32,
}

impl ZeroLog {
    fn place(self, value: f64) -> f64 {
        let least = f64::from(self.least);
        if value <= 0.0 { least - 1.0 } else { value.log10().max(least - 0.5) }
    }

    fn value(self, place: f64) -> f64 {
        if place < f64::from(self.least) - 0.5 { 0.0 } else { 10f64.powf(place) }
    }

    fn marks(self, input: &GridInput) -> Vec<GridMark> {
        let (from, to) = input.bounds;
        let places = (self.least - 1..=4).map(f64::from).filter(|place| (from..=to).contains(place));
        places.map(|value| GridMark { value, step_size: 1.0 }).collect()
    }

    fn tick(self, place: f64) -> String {
        if place < f64::from(self.least) - 0.5 {
            "0".into()
        } else {
            format!("10{}", numbers::superscript(place.round() as i32))
        }
    }
}

const X: ZeroLog = ZeroLog { least: VARIANCE.0 };
const Y: ZeroLog = ZeroLog { least: DECAY.0 };

impl Trail {
    /// Reads what is new of the run.
    pub fn update(&mut self, view: &View<'_>) {
        self.visited.update(view.link);
    }

    /// Draws the plane; a click takes the run elsewhere.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let palette = Palette::of(ui.ctx().theme());
        ui.label(RichText::new("Click in the plane to take the run there. Lines: γ ∝ σ² (eq. 18).").weak());
        color_bar(ui);
        if let Some((noise, decay)) = self.plane(ui, view, &palette) {
            view.link.set("noise.weight_sd", toml::Value::Float(noise));
            view.link.set("regularizer.weight_decay", toml::Value::Float(decay));
        }
    }

    /// What is shown, for figures and files; `None` while there is nothing.
    pub fn exhibit(&self, view: &View<'_>) -> Option<Exhibit> {
        let layers = measured_layers(&view.link.status().columns);
        let layer = view.selection.layer;
        let series = self.visited.all().filter_map(|stay| {
            let value = stay.alignment.iter().find(|(l, _)| *l == layer).and_then(|(_, value)| *value)?;
            Some(Series {
                name: format!("{} ({} to {})", numbers::cosine(value).trim(), stay.from, stay.to.saturating_sub(1)),
                color: crate::record::colormap::diverging(value as f32, false),
                style: SeriesStyle::Points,
                points: vec![exhibits::point(stay.noise, stay.decay)],
            })
        });
        let series: Vec<Series> = series.collect();
        if series.is_empty() {
            return None;
        }
        let chart = Chart {
            title: format!("Mean cosine of layer {layer} (steps)"),
            x: Axis { label: "SD of the weight noise σ".into(), ..Axis::default() },
            y: Axis { label: "weight decay γ".into(), ..Axis::default() },
            series,
            marks: Vec::new(),
            zero_line: false,
        };
        let panels = vec![Panel::Chart(chart), Panel::Table(self.table(&layers))];
        Some(exhibits::exhibit(PaneKind::Phase, "Noise against weight decay", view, panels, 1))
    }

    fn table(&self, layers: &[usize]) -> Table {
        let mut header: Vec<String> =
            ["noise σ", "σ²", "weight decay γ", "first step", "last step"].map(ToOwned::to_owned).into();
        header.extend(layers.iter().map(|layer| format!("cosine of layer {layer}")));
        let rows = self.visited.all().map(|stay| {
            let mut row = vec![
                stay.noise.to_string(),
                stay.noise.powi(2).to_string(),
                stay.decay.to_string(),
                stay.from.to_string(),
                stay.to.saturating_sub(1).to_string(),
            ];
            let cosine = |layer: &usize| stay.alignment.iter().find(|(l, _)| l == layer).and_then(|(_, value)| *value);
            row.extend(
                layers.iter().map(|layer| cosine(layer).map_or_else(String::new, |value| format!("{value:.4}"))),
            );
            row
        });
        Table { title: "Where runs have been".into(), header, rows: rows.collect() }
    }

    /// Draws the plane; returns noise SD and weight decay of a click.
    fn plane(&self, ui: &mut Ui, view: &View<'_>, palette: &Palette) -> Option<(f64, f64)> {
        let layer = view.selection.layer;
        let dark = ui.visuals().dark_mode;
        let ink = ui.visuals().weak_text_color();
        let font = eframe::egui::FontId::monospace(11.0);
        let axis = |hints: AxisHints<'static>, name: &str| {
            let name = RichText::new(name).size(11.5).color(ink);
            hints.label(name).tick_label_font(font.clone()).tick_label_color(ink)
        };
        let stays: Vec<Stay> = self.visited.all().cloned().collect();
        let now = self.visited.now().cloned();
        let texts: Vec<(f64, f64, String)> = stays
            .iter()
            .map(|stay| (X.place(stay.noise.powi(2)), Y.place(stay.decay), describe(stay, layer)))
            .collect();
        let plot = crate::app::panes::phase::fixed_axes::fixed(Plot::new("phase"))
            .custom_x_axes(vec![
                axis(AxisHints::new_x(), "variance of the weight noise σ²")
                    .formatter(|mark, _| X.tick(mark.value))
                    .label_spacing(16.0..=24.0),
            ])
            .custom_y_axes(vec![
                axis(AxisHints::new_y(), "weight decay γ").formatter(|mark, _| Y.tick(mark.value)).min_thickness(56.0),
            ])
            .x_grid_spacer(|input| X.marks(&input))
            .y_grid_spacer(|input| Y.marks(&input))
            .grid_color(ui.visuals().widgets.noninteractive.bg_stroke.color)
            .label_formatter(move |position| nearest(position, &texts));
        let stays_drawn = stays.clone();
        let response = plot.show(ui, |plot| {
            plot.set_plot_bounds_x(f64::from(VARIANCE.0) - 1.6..=f64::from(VARIANCE.1) + 1.4);
            plot.set_plot_bounds_y(f64::from(DECAY.0) - 1.6..=f64::from(DECAY.1) + 0.4);
            // A line of gamma proportional to sigma squared has slope one here: the boundary that eq. 18 expects.
            for shift in -1..=6 {
                let ends = [-8.0, 0.0].map(|x: f64| [x, x + f64::from(shift)]);
                let line = Line::new("", PlotPoints::from(ends.to_vec())).allow_hover(false);
                plot.line(line.stroke(Stroke::new(0.8, ink.gamma_multiply(0.35))).id(("guide", shift)));
            }
            let path: Vec<[f64; 2]> =
                stays_drawn.iter().map(|s| [X.place(s.noise.powi(2)), Y.place(s.decay)]).collect();
            plot.line(
                Line::new("", path).stroke(Stroke::new(1.0, ink.gamma_multiply(0.6))).allow_hover(false).id("path"),
            );
            plot.pointer_coordinate()
        });
        response.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Plot of phase diagram"));
        let transform = response.transform;
        let painter = ui.painter().with_clip_rect(*transform.frame());
        for stay in &stays {
            let at = transform.position_from_point(&PlotPoint::new(X.place(stay.noise.powi(2)), Y.place(stay.decay)));
            let value = stay.alignment.iter().find(|(l, _)| *l == layer).and_then(|(_, value)| *value);
            let radius = if stay.is_long { 8.0 } else { 5.0 };
            match value {
                Some(value) => painter.circle_filled(at, radius, diverging(value, dark)),
                None => painter.circle_stroke(at, radius, Stroke::new(1.0, ink)),
            };
            painter.circle_stroke(at, radius, Stroke::new(1.0, palette.zero.gamma_multiply(0.7)));
        }
        for run in view.link.overlaid() {
            let (noise, decay) = (run.experiment.noise.weight_sd, run.experiment.regularizer.weight_decay);
            let at = transform.position_from_point(&PlotPoint::new(X.place(noise.powi(2)), Y.place(decay)));
            let color = palette.run(view.link.note_of(run.run_id).color);
            painter.circle_stroke(at, 10.5, Stroke::new(2.5, color));
        }
        if let Some(now) = now {
            let at = transform.position_from_point(&PlotPoint::new(X.place(now.noise.powi(2)), Y.place(now.decay)));
            painter.circle_stroke(at, 12.0, Stroke::new(2.0, palette.warning));
        }
        let at = response.inner.filter(|_| response.response.clicked())?;
        let (variance, decay) = (X.value(at.x), Y.value(at.y));
        Some((numbers::round_significant(variance.sqrt()), numbers::round_significant(decay)))
    }
}

fn describe(stay: &Stay, layer: usize) -> String {
    let value = stay.alignment.iter().find(|(l, _)| *l == layer).and_then(|(_, value)| *value);
    format!(
        "σ = {}, γ = {}\nsteps {} to {}\ncosine of layer {layer}: {}",
        numbers::scientific(stay.noise),
        numbers::scientific(stay.decay),
        numbers::count(stay.from),
        numbers::count(stay.to),
        value.map_or_else(|| "undefined".into(), numbers::cosine)
    )
}

/// The stay next to the pointer, or the values under it.
fn nearest(position: &HoverPosition<'_>, texts: &[(f64, f64, String)]) -> Option<String> {
    let (HoverPosition::NearDataPoint { position: at, .. } | HoverPosition::Elsewhere { position: at }) = position;
    let distance = |x: f64, y: f64| (x - at.x).hypot(y - at.y);
    let near = texts.iter().rev().min_by(|a, b| distance(a.0, a.1).total_cmp(&distance(b.0, b.1)));
    match near {
        Some((x, y, text)) if distance(*x, *y) < 0.25 => Some(text.clone()),
        _ => Some(format!(
            "σ = {}, γ = {}",
            numbers::scientific(X.value(at.x).sqrt()),
            numbers::scientific(Y.value(at.y))
        )),
    }
}

/// What the colours mean.
fn color_bar(ui: &mut Ui) {
    let dark = ui.visuals().dark_mode;
    ui.horizontal(|ui| {
        let mono = |text: &str| RichText::new(text).text_style(TextStyle::Monospace).size(11.0);
        ui.label(mono("anti-Hebbian −1"));
        let (rect, _) = ui.allocate_exact_size(vec2(160.0, 12.0), eframe::egui::Sense::hover());
        let cells = 64;
        for i in 0..cells {
            let part = |i: i32| rect.left() + rect.width() * i as f32 / cells as f32;
            let cell = eframe::egui::Rect::from_x_y_ranges(part(i)..=part(i + 1), rect.y_range());
            let value = 2.0 * (f64::from(i) + 0.5) / f64::from(cells) - 1.0;
            ui.painter().rect_filled(cell, 0.0, diverging(value, dark));
        }
        ui.label(mono("+1 Hebbian"));
    });
}

fn diverging(value: f64, dark: bool) -> Color32 {
    let [r, g, b] = crate::record::colormap::diverging(value as f32, dark);
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_a_place_of_its_own() {
        assert_eq!(X.value(X.place(0.0)), 0.0);
        for value in [1e-7, 3e-3, 0.5] {
            assert!((X.value(X.place(value)) / value - 1.0).abs() < 1e-12);
        }
        assert_eq!(X.tick(X.place(0.0)), "0");
        assert_eq!(X.tick(-4.0), "10⁻⁴");
    }
}
