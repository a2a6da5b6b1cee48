//! The pane as figure and tables.

use super::block;
use super::terms::{Balance, PARTS, TERMS, colors};
use crate::app::figures::exhibits;
use crate::app::figures::exhibits::Wanted;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::View;
use crate::record::{Axis, Bars, Exhibit, Marker, Panel, SeriesStyle, Table};
use crate::theory::comparisons;
use crate::training::{Branch, Expectations, LayerRest};
use eframe::egui::Theme;

/// Bars of all layers, curves of the picked one, and the theory; `None` while nothing is measured.
#[must_use]
pub fn exhibit(
    view: &View<'_>,
    balances: &[Balance],
    layer: usize,
    (shown, heights): ([bool; 5], Option<(f64, f64)>),
) -> Option<Exhibit> {
    let mut panels = Vec::new();
    if balances.iter().any(Balance::is_measured) {
        panels.push(Panel::Bars(bars(view, balances)));
        panels.push(chart(view, layer, shown, heights));
    }
    panels.extend(view.link.expectations().map(|made| Panel::Table(table(&made, &view.link.status().rest))));
    (!panels.is_empty()).then(|| exhibits::exhibit(PaneKind::Forces, "Force balance", view, panels, 1))
}

fn bars(view: &View<'_>, balances: &[Balance]) -> Bars {
    let palette = Palette::of(Theme::Light);
    let colors = colors(&palette);
    let values = |value: &dyn Fn(&Balance) -> Option<f64>| -> Vec<f64> {
        balances.iter().map(|balance| value(balance).unwrap_or(f64::NAN)).collect()
    };
    let part = |i: usize| {
        let name = TERMS[i].name.to_lowercase();
        (name, exhibits::rgb(colors[i]), values(&|balance| balance.terms[i].map(|s| s.mean)))
    };
    let mut series: Vec<_> = (0..PARTS).map(part).collect();
    series.push(("sum".into(), [150, 150, 150], values(&|balance| balance.sum.map(|s| s.mean))));
    series.push(part(PARTS));
    let held = exhibits::with_store(view, crate::record::MetricStore::recent_rows_held) as u64;
    let window = numbers::count(view.link.status().experiment.measure.window.min(held));
    Bars {
        title: format!("Parts of the change of |W|², mean over {window} steps and over seeds"),
        y: Axis { label: "|W|² a step".into(), ..Axis::default() },
        groups: balances.iter().map(|balance| view.link.status().columns.title(balance.layer)).collect(),
        series,
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
            style: SeriesStyle::Marked(Marker::of(place)),
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
