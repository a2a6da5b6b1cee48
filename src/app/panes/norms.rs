//! Norms of weights, learning signal and Hebbian update over time, on a logarithmic axis.

use std::sync::Arc;

use eframe::egui::{Stroke, Ui};
use egui_plot::{LineStyle, PlotUi};

use super::parts::behind::{Behind, Column, Other};
use super::parts::measured::measured_layers;
use super::parts::told;
use super::parts::told::Told;
use crate::app::figures::exhibits;
use crate::app::figures::exhibits::Wanted;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::hover_label;
use crate::app::plot::alternation;
use crate::app::plot::alternation::Alternating;
use crate::app::plot::chart;
use crate::app::plot::chart::Heights;
use crate::app::plot::curve_cache::CurveCache;
use crate::app::plot::curves::{Curve, HeightScale, Stretch};
use crate::app::plot::layer_sight::LayerSight;
use crate::app::plot::legend;
use crate::app::plot::legend::Mark;
use crate::app::plot::marks;
use crate::app::view::{Pane, View};
use crate::record::{Axis, AxisScale, Exhibit, Marker, Panel, SeriesStyle};
use crate::training::{Branch, Status};

/// A norm: column, name, symbol and how its curve is drawn.
struct Norm {
    column: &'static str,
    name: &'static str,
    explanation: &'static str,
    mark: Mark,
}

const NORMS: [Norm; 3] = [
    Norm {
        column: "weight_norm",
        name: "Weights |W|",
        explanation: "Frobenius norm of the weight matrix that the step used.",
        mark: Mark::Line,
    },
    Norm {
        column: "signal_norm",
        name: "Learning signal |g|",
        explanation: "Frobenius norm of what the rule proposes for the weights, after clipping, without decay.",
        mark: Mark::Dashes,
    },
    Norm {
        column: "hebbian_norm",
        name: "Hebbian update |H|",
        explanation: "Size of what Hebb's rule would do: the mean over the batch of activity behind times activity before each \
                      connection (eq. 2).",
        mark: Mark::Dots,
    },
];

/// The pane, with what its legend hides.
#[derive(Default)]
pub struct NormsPane {
    hidden: [bool; 3],
    sight: LayerSight,
    heights: Heights,
    cache: CurveCache,
    behind: Behind,
}

struct Shown {
    layer: usize,
    norm: usize,
    curve: Arc<Curve>,
}

impl Pane for NormsPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Norms
    }

    fn on_new_run(&mut self, status: &Status) {
        self.sight.fit(&status.experiment);
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let palette = Palette::of(ui.ctx().theme());
        let layers = measured_layers(&view.link.status().columns);
        self.legend(ui, view, &layers, &palette);
        let curves = self.read(view, &layers, ui.available_width());
        let others = self.others(view, &layers, ui.available_width(), &palette);
        let heights = extent(&curves, &others);
        let step_at = view.time.reader();
        let plot = chart::plot(ui, "norms", "norm", view.time, chart::decade_tick)
            .y_grid_spacer(|input| chart::decades(&input))
            .label_formatter(move |position| hover_label::over_steps(position, step_at, numbers::from_log10));
        let alternating: Vec<Alternating> = curves.iter().filter_map(|shown| alternating(shown, &palette)).collect();
        let columns = view.link.status().columns.clone();
        let shown: Vec<Told> = curves
            .iter()
            .map(|shown| {
                let (norm, layer) = (&NORMS[shown.norm], shown.layer);
                let name = format!("{} of {}", norm.name, columns.title(layer));
                Told::new(name, format!("{}_{layer}", norm.column), numbers::measured)
            })
            .collect();
        let window = view.link.status().experiment.measure.window;
        let summary = || told::newest(view.link, window, &shown);
        let picture = Picture::new("Plot of norms", &summary);
        let (_, transform) = chart::show(ui, &picture, plot, view.time, &mut self.heights, heights, move |plot| {
            others.iter().for_each(|other| other.draw(plot, &palette));
            draw(plot, &curves, &palette);
            others.iter().for_each(|other| other.label(plot, &palette));
        });
        marks::paint(ui, &transform, view.time, view.link.journal().changes(), &palette, false);
        marks::paint_collapses(ui, &transform, view.time, view.link.status(), &palette, true);
        alternation::paint(ui, &transform, &alternating, &palette);
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let columns = view.link.status().columns.clone();
        let layers = measured_layers(&columns);
        let layers: Vec<usize> = layers.into_iter().filter(|layer| self.sight.shows(*layer)).collect();
        let reading = view.link.status().experiment.measure.alignment;
        let styles = [SeriesStyle::Line, SeriesStyle::Dashed, SeriesStyle::Dotted];
        let norms: Vec<(&Norm, SeriesStyle)> =
            NORMS.iter().zip(styles).zip(self.hidden).filter(|(_, hidden)| !hidden).map(|(norm, _)| norm).collect();
        let mut panel = exhibits::with_store(view, |store| {
            let wanted = norms.iter().flat_map(|&(norm, style)| {
                let kind = columns.meaning(&format!("{}_1", norm.column), reading).quantity().to_owned();
                let columns = &columns;
                layers.iter().map(move |layer| Wanted {
                    column: format!("{}_{layer}", norm.column),
                    name: columns.title(*layer),
                    color: exhibits::layer_color(*layer),
                    style,
                    marker: Some(Marker::of(*layer)),
                    depth: u8::from(style != SeriesStyle::Line),
                    paleness: 0.0,
                    kind: kind.clone(),
                    band: style == SeriesStyle::Line,
                    joined: false,
                    origin: Some(Branch::A),
                    store,
                })
            });
            let y = Axis { label: "norm".into(), scale: AxisScale::Log10, range: self.heights.seen_values() };
            exhibits::chart(view, "", y, wanted.collect(), false)
        });
        let of_layer = |&layer: &usize| {
            let title = columns.title(layer);
            norms.iter().map(move |(norm, _)| norm.behind(layer, &title))
        };
        let behind: Vec<_> = layers.iter().flat_map(of_layer).collect();
        self.behind.append(view, &mut panel, &behind, false);
        let has_curves = matches!(&panel, Panel::Chart(chart) if !chart.series.is_empty());
        has_curves.then(|| exhibits::exhibit(PaneKind::Norms, "Norms", view, vec![panel], 1))
    }
}

impl Norm {
    /// The column of a layer with its name, for curves of other runs.
    fn behind(&self, layer: usize, title: &str) -> Column {
        Column {
            column: format!("{}_{layer}", self.column),
            name: title.to_owned(),
            part: self.name.to_owned(),
            layer,
            color: None,
            marker: Some(Marker::of(layer)),
        }
    }
}

fn alternating(shown: &Shown, palette: &Palette) -> Option<Alternating> {
    let (low, high) = shown.curve.alternates()?;
    let name = format!("{} of layer {}", NORMS[shown.norm].name, shown.layer);
    let between = [low, high].map(numbers::from_log10);
    Some(Alternating { name, between, color: palette.layer(shown.layer) })
}

impl NormsPane {
    fn legend(&mut self, ui: &mut Ui, view: &View<'_>, layers: &[usize], palette: &Palette) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let ink = ui.visuals().text_color();
            for (hidden, norm) in self.hidden.iter_mut().zip(&NORMS) {
                let mut shown = !*hidden;
                let entry = legend::entry(ui, &mut shown, norm.mark, ink, norm.name);
                glossary::explained(entry.on_hover_text(words::say(norm.explanation)), Term::Norm);
                *hidden = !shown;
            }
            self.behind.legend(ui, view);
            ui.add_space(10.0);
            legend::layers(ui, &view.link.status().columns, layers, self.sight.hidden(), palette);
        });
    }

    fn read(&mut self, view: &View<'_>, layers: &[usize], width: f32) -> Vec<Shown> {
        let shown = layers.iter().filter(|layer| self.sight.shows(**layer)).count();
        let curves = shown * self.hidden.iter().filter(|hidden| !**hidden).count();
        let window = Stretch::of(view.time, width).among(curves);
        let contents = view.link.contents();
        let metrics = view.link.metrics();
        let store = metrics.lock();
        let mut shown = Vec::new();
        for &layer in layers.iter().filter(|layer| self.sight.shows(**layer)) {
            for (norm, column) in NORMS.iter().map(|norm| norm.column).enumerate() {
                if !self.hidden[norm] {
                    let name = format!("{column}_{layer}");
                    let curve = self.cache.read(contents, &store, &name, window, HeightScale::Log10);
                    shown.push(Shown { layer, norm, curve });
                }
            }
        }
        shown
    }
}

impl NormsPane {
    /// Norms of other runs, below those of the present one.
    fn others(&mut self, view: &View<'_>, layers: &[usize], width: f32, palette: &Palette) -> Vec<Other> {
        let layers = layers.iter().filter(|layer| self.sight.shows(**layer));
        let norms = NORMS.iter().zip(self.hidden).filter(|(_, hidden)| !hidden).map(|(norm, _)| norm);
        let titles = &view.link.status().columns;
        let columns = layers.flat_map(|&layer| {
            let title = titles.title(layer);
            norms.clone().map(move |norm| norm.behind(layer, &title))
        });
        let (columns, window) = (columns.collect::<Vec<_>>(), Stretch::of(view.time, width));
        self.behind.read_columns(view, palette, window, &columns, HeightScale::Log10)
    }
}

/// Heights that hold every curve, in tenths of a decade so that the axis rests.
fn extent(curves: &[Shown], others: &[Other]) -> (f64, f64) {
    let all = curves.iter().map(|shown| &shown.curve).chain(others.iter().map(|other| &other.curve));
    let extents = all.filter_map(|curve| curve.extent());
    let (low, high) = extents.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), e| (low.min(e.0), high.max(e.1)));
    if low > high {
        return (-3.0, 2.0);
    }
    let tenth = |x: f64, round: fn(f64) -> f64| round(x * 10.0) / 10.0;
    (tenth(low - 0.1, f64::floor), tenth(high + 0.1, f64::ceil))
}

fn draw(plot: &mut PlotUi<'_>, curves: &[Shown], palette: &Palette) {
    for Shown { layer, norm, curve } in curves {
        let color = palette.layer(*layer);
        let name = format!("Layer {layer}, {}", NORMS[*norm].name);
        let (width, style) = match NORMS[*norm].mark {
            Mark::Dashes => (1.4, LineStyle::Dashed { length: 6.0 }),
            Mark::Dots => (1.6, LineStyle::Dotted { spacing: 5.0 }),
            Mark::Line | Mark::LongDashes | Mark::Marker(_) => (2.0, LineStyle::Solid),
        };
        if *norm == 0 {
            curve.draw_bands(plot, color);
        }
        curve.draw_marked(plot, &name, Stroke::new(width, color), style, Some(Marker::of(*layer)));
    }
}
