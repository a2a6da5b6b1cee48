//! Numbers beside the plots, in columns that do not move.

use std::sync::PoisonError;

use eframe::egui::{Frame, Grid, Margin, Response, RichText, ScrollArea, TextStyle, Ui};

use crate::app::link::Link;
use crate::app::numbers;
use crate::app::theme::Palette;
use crate::record::MetricStore;

/// Width of the column beside the plots.
pub const WIDTH: f32 = 212.0;

/// Bins among which the last value before a step is sought; as many as the store has at most.
const BINS: usize = 8192;

/// Keeps the column clear of the plot.
pub fn frame() -> Frame {
    Frame::NONE.inner_margin(Margin { left: 16, ..Margin::ZERO })
}

/// Mean over seeds and SD between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean over seeds.
    pub mean: f64,
    /// SD over seeds with n - 1; none for one seed.
    pub sd: Option<f64>,
}

impl Summary {
    /// Of one value a seed, leaving out seeds that have none.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f32>) -> Option<Self> {
        let values: Vec<f64> = values.map(f64::from).filter(|value| value.is_finite()).collect();
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self { mean, sd: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()) })
    }
}

/// Windowed means of the alignment, layer by layer.
pub fn alignment(ui: &mut Ui, link: &Link, layers: &[usize]) {
    let palette = Palette::of(ui.ctx().theme());
    let experiment = &link.status().experiment;
    let window = experiment.measure.window;
    let shown = link.shown_step();
    let rows = {
        let metrics = link.metrics();
        let store = metrics.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |name: String| recent(&store, &name, window, shown);
        layers
            .iter()
            .map(|layer| {
                (
                    *layer,
                    read(format!("signal_{layer}")),
                    read(format!("full_{layer}")),
                    read(format!("neggrad_{layer}")),
                )
            })
            .collect::<Vec<_>>()
    };
    ui.add_space(2.0);
    heading(ui, window, shown);
    ui.add_space(4.0);
    let sizes = experiment.sizes();
    let descends = link.status().columns.index("neggrad_1").is_some();
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        for (layer, signal, full, descent) in rows {
            ui.horizontal(|ui| {
                ui.label(RichText::new("●").text_style(TextStyle::Monospace).color(palette.layer(layer)));
                ui.strong(format!("Layer {layer}"));
                if let (Some(output), Some(input)) = (sizes.get(layer), sizes.get(layer - 1)) {
                    weak(ui, &format!("{output}×{input}")).on_hover_text("Outputs × inputs of the weight matrix.");
                }
            });
            Grid::new(("alignment", layer)).num_columns(2).min_col_width(82.0).spacing([6.0, 2.0]).show(ui, |ui| {
                ui.label("Signal");
                value(ui, signal);
                ui.end_row();
                ui.label("Full update");
                value(ui, full);
                ui.end_row();
                if descends {
                    ui.label("−Gradient").on_hover_text("Learning signal against the negative gradient of the loss.");
                    value(ui, descent);
                    ui.end_row();
                }
            });
            ui.add_space(6.0);
        }
    });
}

/// What the numbers below are means of.
fn heading(ui: &mut Ui, window: u64, shown: Option<u64>) {
    let count = numbers::count(window);
    match shown {
        None => weak(ui, &format!("Mean ± SD over seeds, last {count} steps")),
        Some(step) => {
            let text = format!("Mean ± SD, {count} steps up to {}", numbers::count(step));
            let color = Palette::of(ui.ctx().theme()).warning;
            ui.label(RichText::new(text).text_style(TextStyle::Small).color(color))
        }
    };
}

/// One named number of the loss pane.
pub fn line(ui: &mut Ui, name: &str, text: &str, explanation: &str) {
    weak(ui, name);
    ui.label(RichText::new(text).text_style(TextStyle::Monospace).size(14.0).strong()).on_hover_text(explanation);
    ui.add_space(5.0);
}

/// Mean of a column over the last `window` steps of every seed, or over as many up to the step that is shown.
#[must_use]
pub fn recent(store: &MetricStore, column: &str, window: u64, shown: Option<u64>) -> Option<Summary> {
    let index = store.columns().index(column)?;
    let rows = usize::try_from(window).unwrap_or(usize::MAX);
    let mean = |seed| match shown {
        None => store.recent_mean(index, seed, rows),
        Some(step) => store.mean_over(index, seed, (step + 1).saturating_sub(window), step),
    };
    Summary::of((0..store.seeds().len()).filter_map(mean))
}

/// Newest value of a column that is filled now and then, of every seed, or the newest up to the step that is shown.
#[must_use]
pub fn latest(store: &MetricStore, column: &str, shown: Option<u64>) -> Option<Summary> {
    let index = store.columns().index(column)?;
    let value = |seed| match shown {
        None => store.latest_defined(index, seed).map(|(_, value)| value),
        Some(step) => store.envelope(index, seed, 0, step, BINS).last().map(|bin| bin.mean),
    };
    Summary::of((0..store.seeds().len()).filter_map(value))
}

fn value(ui: &mut Ui, summary: Option<Summary>) {
    let mono = |text: String| RichText::new(text).text_style(TextStyle::Monospace);
    match summary {
        Some(Summary { mean, sd }) => {
            let spread = sd.map_or_else(|| " ".repeat(7), |sd| format!(" ±{sd:.3}"));
            ui.label(mono(format!("{}{spread}", numbers::cosine(mean))).strong());
        }
        None => {
            ui.label(mono(format!("{:<13}", "  –"))).on_hover_text(
                "Undefined: one of the two vectors is zero, or nothing has been measured yet, so there is no angle between them.",
            );
        }
    }
}

fn weak(ui: &mut Ui, text: &str) -> Response {
    let ink = ui.visuals().weak_text_color();
    ui.label(RichText::new(text).text_style(TextStyle::Small).color(ink))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_needs_two_seeds() {
        assert_eq!(Summary::of([].into_iter()), None);
        assert_eq!(Summary::of([f32::NAN].into_iter()), None);
        assert_eq!(Summary::of([0.5].into_iter()), Some(Summary { mean: 0.5, sd: None }));
        let two = Summary::of([0.25, 0.75].into_iter());
        assert!(two.is_some_and(|s| s.mean == 0.5 && s.sd.is_some_and(|sd| (sd - 0.125f64.sqrt()).abs() < 1e-12)));
    }
}
