//! Numbers beside the plots, in columns that do not move.

use eframe::egui::{Frame, Grid, Label, Margin, Response, RichText, ScrollArea, TextStyle, Ui};

use crate::app::link::Link;
use crate::app::look::fallen;
use crate::app::look::fallen::Tag;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::plot::legend;
use crate::experiment::{Experiment, Measure};
use crate::record::MetricStore;

/// Width of the column beside the plots.
pub const WIDTH: f32 = 212.0;

/// Least width of a plot that has numbers beside it.
const LEAST_PLOT: f32 = 300.0;

/// Whether there is room for numbers beside a plot: in a narrow pane the plot alone says more.
#[must_use]
pub fn has_room(ui: &Ui) -> bool {
    ui.available_width() >= WIDTH + LEAST_PLOT
}

/// Bins among which the last value before a step is sought; as many as the store has at most.
pub const BINS: usize = 8192;

/// Keeps the column clear of the plot.
pub fn frame() -> Frame {
    Frame::NONE.inner_margin(Margin { left: 16, ..Margin::ZERO })
}

/// What rest is, wherever the window says it of a layer.
pub const REST: &str = "At rest: over five windows, the layer's alignment and gap are those of the five windows before, within the \
                        tolerances of [training], in every seed. A change of a setting begins anew.";

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
    let (rows, held) = {
        let metrics = link.metrics();
        let store = metrics.lock();
        let read = |name: String| recent(&store, &name, window, shown);
        let rows = layers
            .iter()
            .map(|layer| {
                (
                    *layer,
                    read(format!("signal_{layer}")),
                    read(format!("full_{layer}")),
                    read(format!("neggrad_{layer}")),
                )
            })
            .collect::<Vec<_>>();
        (rows, store.recent_rows_held())
    };
    ui.add_space(2.0);
    let text = heading(experiment, link.status().seeds.len(), held, shown);
    match shown {
        None => glossary::explained(weak(ui, &text), Term::Band),
        Some(_) => ui.label(RichText::new(words::say(&text)).text_style(TextStyle::Small).color(palette.warning)),
    };
    let reading = experiment.measure.alignment;
    if let Some(note) = reading.note() {
        weak(ui, reading.heading()).on_hover_text(words::say(note));
    }
    ui.add_space(4.0);
    let maps = experiment.maps();
    let status = link.status();
    let descends = status.columns.index("neggrad_1").is_some();
    let step = shown.unwrap_or(status.step);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        for (layer, signal, full, descent) in rows {
            let tag = fallen::tag(&status.collapses, layer, step, status.seeds.len());
            ui.horizontal(|ui| {
                legend::layer_mark(ui, layer, palette.layer(layer));
                let Some(map) = maps.get(layer - 1) else { return };
                let title = RichText::new(words::say(&legend::capitalized(&map.title()))).strong();
                let shape = format!("{}×{}", map.outputs, map.inputs);
                let explanation = "Outputs × inputs of the weight matrix.";
                if map.label.parse::<usize>().is_ok() {
                    ui.label(title);
                    weak(ui, &shape).on_hover_text(words::say(explanation));
                } else {
                    // Beside a long name there is no room for it.
                    ui.add(Label::new(title).truncate()).on_hover_text(format!("{shape}. {explanation}"));
                }
                if let Some(tag) = &tag {
                    let text = RichText::new(&tag.text).text_style(TextStyle::Small).color(palette.warning);
                    ui.label(text).on_hover_text(words::say(&tag.explanation));
                } else if status.rest.iter().any(|rest| rest.layer == layer && rest.is_at(step)) {
                    weak(ui, "at rest").on_hover_text(words::say(REST));
                }
            });
            let tag = tag.as_ref();
            Grid::new(("alignment", layer)).num_columns(2).min_col_width(82.0).spacing([6.0, 2.0]).show(ui, |ui| {
                glossary::label(ui, words::say("Signal"), Term::LearningSignal);
                value(ui, signal, tag);
                ui.end_row();
                glossary::label(ui, words::say("Full update"), Term::FullUpdate);
                value(ui, full, tag);
                ui.end_row();
                if descends {
                    ui.label("−Gradient")
                        .on_hover_text(words::say("Learning signal against the negative gradient of the loss."));
                    value(ui, descent, tag);
                    ui.end_row();
                }
            });
            ui.add_space(6.0);
        }
    });
}

/// What the numbers below are means of: of a run that holds `held` rows of each seed.
fn heading(experiment: &Experiment, seeds: usize, held: usize, shown: Option<u64>) -> String {
    let Measure { window, every, .. } = experiment.measure;
    let over = if seeds > 1 { "Mean ± SD over seeds" } else { "Mean" };
    match shown {
        None => {
            let steps = match window.min(held as u64) {
                0 => return "Nothing measured yet".into(),
                1 => "the last step".to_owned(),
                many if every > 1 => format!("last {} measured", numbers::count(many)),
                many => format!("last {} steps", numbers::count(many)),
            };
            format!("{over}, {steps}")
        }
        Some(step) => {
            let from = (step + 1).saturating_sub(window);
            let over = if seeds > 1 { "Mean ± SD" } else { "Mean" };
            format!("{over}, steps {} to {}", numbers::count(from), numbers::count(step))
        }
    }
}

/// One named number of the loss pane.
pub fn line(ui: &mut Ui, name: &str, text: &str, explanation: &str) {
    weak(ui, name);
    ui.label(RichText::new(text).text_style(TextStyle::Monospace).size(14.0).strong())
        .on_hover_text(words::say(explanation));
    ui.add_space(5.0);
}

/// Mean of a column over the last `window` rows of every seed that has not diverged, or over as many up to the step that is shown.
#[must_use]
pub fn recent(store: &MetricStore, column: &str, window: u64, shown: Option<u64>) -> Option<Summary> {
    let index = store.columns().index(column)?;
    let rows = usize::try_from(window).unwrap_or(usize::MAX);
    let mean = |seed| match shown {
        None => store.recent_mean(index, seed, rows),
        Some(step) => store.mean_over(index, seed, (step + 1).saturating_sub(window), step),
    };
    Summary::of(alive(store, shown).filter_map(mean))
}

/// Seeds that count: of those that have diverged, nothing is left at the present step.
fn alive(store: &MetricStore, shown: Option<u64>) -> impl Iterator<Item = usize> {
    (0..store.seeds().len()).filter(move |seed| shown.is_some() || store.is_current(*seed))
}

/// Newest value of a column that is filled now and then, of every seed that has not diverged, or the newest up to the step that is shown.
#[must_use]
pub fn latest(store: &MetricStore, column: &str, shown: Option<u64>) -> Option<Summary> {
    let index = store.columns().index(column)?;
    let value = |seed| match shown {
        None => store.latest_defined(index, seed).map(|(_, value)| value),
        Some(step) => store.envelope(index, seed, 0, step, BINS).last().map(|bin| bin.mean),
    };
    Summary::of(alive(store, shown).filter_map(value))
}

/// A value, which says little while its layer has collapsed.
fn value(ui: &mut Ui, summary: Option<Summary>, tag: Option<&Tag>) {
    let mono = |text: String| RichText::new(text).text_style(TextStyle::Monospace);
    let text = match summary {
        Some(Summary { mean, sd }) => {
            let spread = sd.map_or_else(|| " ".repeat(7), |sd| format!(" ±{sd:.3}"));
            let text = mono(format!("{}{spread}", numbers::cosine(mean)));
            if tag.is_some() { text.weak() } else { text.strong() }
        }
        None => mono(format!("{:<13}", "  –")),
    };
    let shown = ui.label(text);
    match tag {
        Some(tag) => {
            shown.on_hover_text(words::say(&tag.explanation));
        }
        None if summary.is_none() => {
            shown.on_hover_text(
                "Undefined: one of the two vectors is zero, or nothing has been measured yet, so there is no angle between them.",
            );
        }
        None => {}
    }
}

fn weak(ui: &mut Ui, text: &str) -> Response {
    let ink = ui.visuals().weak_text_color();
    ui.label(RichText::new(words::say(text)).text_style(TextStyle::Small).color(ink))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Columns, Row};
    use std::sync::Arc;

    #[test]
    fn the_heading_counts_what_there_is() {
        let mut experiment = Experiment::default();
        experiment.measure.window = 100;
        let says = |experiment: &Experiment, seeds, held, shown| heading(experiment, seeds, held, shown);
        assert_eq!(says(&experiment, 4, 5, None), "Mean ± SD over seeds, last 5 steps");
        assert_eq!(says(&experiment, 1, 4000, None), "Mean, last 100 steps");
        assert_eq!(says(&experiment, 4, 0, None), "Nothing measured yet");
        assert_eq!(says(&experiment, 4, 4000, Some(1_049)), "Mean ± SD, steps 950 to 1,049");
        assert_eq!(says(&experiment, 4, 4000, Some(20)), "Mean ± SD, steps 0 to 20");
        experiment.measure.every = 10;
        assert_eq!(says(&experiment, 2, 7, None), "Mean ± SD over seeds, last 7 measured");
    }

    #[test]
    fn a_seed_that_left_the_run_does_not_count() {
        let columns = Arc::new(Columns::new(vec!["signal_1".into()]));
        let mut store = MetricStore::new(columns, &[0, 1]);
        for (step, seed, value) in [(0, 0, 0.2), (0, 1, 0.8), (1, 0, 0.4)] {
            store.push(&Row { step, epoch: 0, seed, values: vec![Some(value)] });
        }
        let mean = |shown| recent(&store, "signal_1", 1, shown).map(|summary| summary.mean as f32);
        assert_eq!(mean(None), Some(0.4));
        assert_eq!(mean(Some(0)), Some(0.5));
    }

    #[test]
    fn spread_needs_two_seeds() {
        assert_eq!(Summary::of([].into_iter()), None);
        assert_eq!(Summary::of([f32::NAN].into_iter()), None);
        assert_eq!(Summary::of([0.5].into_iter()), Some(Summary { mean: 0.5, sd: None }));
        let two = Summary::of([0.25, 0.75].into_iter());
        assert!(two.is_some_and(|s| s.mean == 0.5 && s.sd.is_some_and(|sd| (sd - 0.125f64.sqrt()).abs() < 1e-12)));
    }
}
