//! The pane as figure and tables.

use super::block;
use super::neurons::{ForceSort, order};
use super::terms::{Balance, PARTS, TERMS, colors};
use crate::app::figures::exhibits;
use crate::app::figures::exhibits::Wanted;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::plot::legend::capitalized;
use crate::app::view::View;
use crate::record::{Axis, BarSeries, Bars, Exhibit, Marker, Panel, SeriesStyle, Table};
use crate::theory::comparisons;
use crate::training::{Branch, Expectations, LayerRest};
use eframe::egui::Theme;

/// What is seen beside the theory.
pub enum Seen {
    /// Bars of these layers.
    Layers(Vec<Balance>),
    /// The parts over time.
    Time {
        /// Which of them.
        shown: [bool; 5],
        /// Heights that were seen last.
        heights: Option<(f64, f64)>,
    },
    /// The parts of each neuron.
    Neurons {
        /// Part by part.
        forces: Vec<[f32; PARTS]>,
        /// Their order.
        sort: ForceSort,
    },
}

/// What is seen, and the theory; `None` while nothing is measured.
#[must_use]
pub fn exhibit(view: &View<'_>, seen: &Seen, layer: usize) -> Option<Exhibit> {
    let mut panels: Vec<Panel> = match seen {
        Seen::Layers(balances) => {
            let measured = balances.iter().filter(|balance| balance.is_measured());
            measured.map(|balance| Panel::Bars(bars(view, balance))).collect()
        }
        Seen::Time { shown, heights } => vec![chart(view, layer, *shown, *heights)],
        Seen::Neurons { forces, .. } if forces.is_empty() => Vec::new(),
        Seen::Neurons { forces, sort } => vec![Panel::Bars(neurons(view, layer, forces, *sort))],
    };
    panels.extend(view.link.expectations().map(|made| Panel::Table(table(&made, &view.link.status().rest))));
    (!panels.is_empty()).then(|| exhibits::exhibit(PaneKind::Forces, "Force balance", view, panels, 1))
}

/// The parts of a layer, each by its name, with their sum and the change that was observed; scaled by themselves, as they are seen.
fn bars(view: &View<'_>, balance: &Balance) -> Bars {
    let colors = colors(&Palette::of(Theme::Light));
    let part = |i: usize| (TERMS[i].name.to_lowercase(), exhibits::rgb(colors[i]), balance.terms[i]);
    let mut parts: Vec<_> = (0..PARTS).map(part).collect();
    parts.push(("sum".into(), [150, 150, 150], balance.sum));
    parts.push(part(PARTS));
    let count = parts.len();
    let alone = |at: usize, value: Option<f64>| -> Vec<f64> {
        (0..count).map(|place| value.filter(|_| place == at).unwrap_or(f64::NAN)).collect()
    };
    let series = parts.iter().enumerate().map(|(at, (name, color, summary))| BarSeries {
        name: name.clone(),
        color: *color,
        values: alone(at, summary.map(|summary| summary.mean)),
        spreads: alone(at, summary.and_then(|summary| summary.sd)),
    });
    let held = exhibits::with_store(view, crate::record::MetricStore::recent_rows_held) as u64;
    let window = numbers::count(view.link.status().experiment.measure.window.min(held));
    let layer = capitalized(&view.link.status().columns.title(balance.layer));
    let scale = numbers::round_up(balance.greatest());
    Bars {
        title: format!("{layer}: parts of the change of |W|², mean over {window} steps and over seeds, SD over seeds"),
        y: Axis { label: "|W|² a step".into(), range: Some((-scale, scale)), ..Axis::default() },
        groups: parts.iter().map(|(name, ..)| name.clone()).collect(),
        series: series.collect(),
        is_stacked: false,
    }
}

/// The parts of each neuron, on each other.
fn neurons(view: &View<'_>, layer: usize, forces: &[[f32; PARTS]], sort: ForceSort) -> Bars {
    let colors = colors(&Palette::of(Theme::Light));
    let order = order(forces, sort);
    let series = (0..PARTS).map(|part| BarSeries {
        name: TERMS[part].name.to_lowercase(),
        color: exhibits::rgb(colors[part]),
        values: order.iter().map(|&neuron| f64::from(forces[neuron][part])).collect(),
        spreads: Vec::new(),
    });
    let layer = capitalized(&view.link.status().columns.title(layer));
    Bars {
        title: format!("{layer}: parts of the change of each neuron's |w|², mean over the last window"),
        y: Axis { label: "|w|² a step".into(), ..Axis::default() },
        groups: order.iter().map(|neuron| (neuron + 1).to_string()).collect(),
        series: series.collect(),
        is_stacked: true,
    }
}

fn chart(view: &View<'_>, layer: usize, shown: [bool; 5], range: Option<(f64, f64)>) -> Panel {
    let colors = colors(&Palette::of(Theme::Light));
    exhibits::with_store(view, |store| {
        let terms = TERMS.iter().zip(colors).zip(1..).zip(shown).filter(|(_, shown)| *shown);
        let wanted = terms.map(|(((term, color), place), _)| Wanted {
            column: format!("{}_{layer}", term.column),
            name: term.name.to_lowercase(),
            color,
            style: SeriesStyle::Line,
            marker: Some(Marker::of(place)),
            depth: 0,
            paleness: 0.0,
            kind: String::new(),
            band: true,
            joined: false,
            origin: Some(Branch::A),
            store,
        });
        let y = Axis { label: "|W|² a step".into(), range, ..Axis::default() };
        exhibits::chart(view, &format!("Layer {layer}"), y, wanted.collect(), true)
    })
}

fn table(made: &Expectations, rest: &[LayerRest]) -> Table {
    let text = |value: Option<f64>| value.map_or_else(|| "–".into(), numbers::signed);
    let rows = made.layers.iter().flat_map(|layer| {
        comparisons(layer).map(|comparison| {
            vec![
                layer.layer.to_string(),
                block::law(comparison.law).0.to_owned(),
                comparison.equation.to_owned(),
                text(comparison.predicted),
                text(comparison.measured),
                text(comparison.residual()),
                layer.input_square_cv.map_or_else(|| "–".into(), |cv| format!("{cv:.3}")),
                block::verdict(layer, rest.iter().find(|rest| rest.layer == layer.layer), made.step),
            ]
        })
    });
    Table {
        title: format!(
            "Theory at step {}, seed {}, over {} examples",
            numbers::count(made.step),
            made.seed,
            numbers::count(made.examples)
        ),
        header: ["layer", "quantity", "equation", "predicted", "measured", "residual", "CV of |h_a|²", "premise"]
            .map(ToOwned::to_owned)
            .into(),
        rows: rows.collect(),
    }
}
