//! Alignment of learning signal and full update with the Hebbian update, over time.

use std::sync::Arc;

use eframe::egui::{self, Align2, FontId, Pos2, Rect, Stroke, Ui, pos2, vec2};
use egui_plot::{HLine, LineStyle, PlotTransform, PlotUi};

use super::parts::behind::Behind;
use super::parts::measured::measured_layers;
use super::parts::readout;
use super::parts::told;
use crate::app::figures::exhibits;
use crate::app::figures::exhibits::Wanted;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::stage;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::follow_button::follow_button;
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
use crate::app::plot::names;
use crate::app::plot::names::Named;
use crate::app::view::{Pane, View};
use crate::record::{Axis, Exhibit, Marker, Panel, SeriesStyle};
use crate::training::{Branch, Status};

/// Heights shown: every cosine, and a little air.
const HEIGHTS: (f64, f64) = (-1.04, 1.04);

/// The pane, with what its legend hides.
pub struct AlignmentPane {
    signal: bool,
    full: bool,
    descent: bool,
    sight: LayerSight,
    behind: Behind,
    heights: Heights,
    cache: CurveCache,
}

impl Default for AlignmentPane {
    fn default() -> Self {
        Self {
            signal: true,
            full: true,
            descent: true,
            sight: LayerSight::default(),
            behind: Behind::default(),
            heights: Heights::default(),
            cache: CurveCache::default(),
        }
    }
}

struct LayerCurves {
    layer: usize,
    signal: Option<Arc<Curve>>,
    full: Option<Arc<Curve>>,
    descent: Option<Arc<Curve>>,
}

impl Pane for AlignmentPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Alignment
    }

    fn on_new_run(&mut self, status: &Status) {
        self.sight.fit(&status.experiment);
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let palette = Palette::of(ui.ctx().theme());
        let layers = measured_layers(&view.link.status().columns);
        self.legend(ui, view, &layers, &palette);
        let presents = stage::is_presenting(ui.ctx());
        if !presents && readout::has_room(ui) {
            egui::Panel::right("alignment_readout")
                .exact_size(readout::WIDTH)
                .resizable(false)
                .show_separator_line(false)
                .frame(readout::frame())
                .show(ui, |ui| readout::alignment(ui, view.link, &layers));
        }
        let curves = self.read(view, &layers, ui.available_width());
        let tick = |y: f64| if y.abs() > 1.0 + 1e-9 { String::new() } else { signed_tick(y) };
        let step_at = view.time.reader();
        let plot = chart::plot(ui, "alignment", "cosine", view.time, tick)
            .y_grid_spacer(|input| chart::ladder(&input, 1.0, 1e-6))
            .label_formatter(move |position| hover_label::over_steps(position, step_at, hover_label::cosine));
        let others = self.behind.read(view, &palette, ui.available_width(), |layer| self.sight.shows(layer), &layers);
        let ends: Vec<(usize, [f64; 2])> = curves
            .iter()
            .filter(|_| presents)
            .filter_map(|curve| Some((curve.layer, curve.signal.as_ref()?.end()?)))
            .collect();
        let alternating = alternating(&curves, &palette);
        let build = move |plot: &mut PlotUi<'_>| {
            others.iter().for_each(|other| other.draw(plot, &palette));
            draw(plot, &curves, &palette);
            others.iter().for_each(|other| other.label(plot, &palette));
        };
        let summary = || told::alignment(view.link, &layers);
        let picture = Picture::new("Plot of alignment", &summary);
        let (_, transform) = chart::show(ui, &picture, plot, view.time, &mut self.heights, HEIGHTS, build);
        let mut taken = marks::paint(ui, &transform, view.time, view.link.journal().changes(), &palette, true);
        taken.extend(marks::paint_collapses(ui, &transform, view.time, view.link.status(), &palette, true));
        taken.extend(alternation::paint(ui, &transform, &alternating, &palette));
        taken.extend(chart::name_of_plan(ui, &transform, view.time));
        name_half_planes(ui, &transform, &palette, &mut taken);
        name_for_a_room(ui, view, &transform, &ends, (&palette, taken));
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let columns = view.link.status().columns.clone();
        let layers = measured_layers(&columns);
        let shown = layers.into_iter().filter(|layer| self.sight.shows(*layer)).collect::<Vec<_>>();
        let descends = self.descent && view.link.status().columns.index("neggrad_1").is_some();
        let reading = view.link.status().experiment.measure.alignment;
        let kinds = [
            (self.signal, "signal", columns.meaning("signal_1", reading), SeriesStyle::Line, 0),
            (self.full, "full", columns.meaning("full_1", reading), SeriesStyle::Dashed, 1),
            (descends, "neggrad", columns.meaning("neggrad_1", reading), SeriesStyle::Dotted, 2),
        ];
        // As in the window: one plot, with a band around the learning signals alone, which lie above all else.
        let mut panel = exhibits::with_store(view, |store| {
            let kinds = kinds.iter().filter(|(is_shown, ..)| *is_shown);
            let (shown, columns) = (&shown, &columns);
            let wanted = kinds.flat_map(|(_, column, meaning, style, depth)| {
                shown.iter().map(move |layer| Wanted {
                    column: format!("{column}_{layer}"),
                    name: columns.title(*layer),
                    color: exhibits::layer_color(*layer),
                    style: *style,
                    marker: Some(Marker::of(*layer)),
                    depth: *depth,
                    paleness: if *depth == 1 { 0.25 } else { 0.0 },
                    kind: meaning.quantity().to_owned(),
                    band: *column == "signal",
                    joined: false,
                    origin: Some(Branch::A),
                    store,
                })
            });
            let y =
                Axis { label: "cosine".to_owned(), range: self.heights.seen().or(Some(HEIGHTS)), ..Axis::default() };
            exhibits::chart(view, "", y, wanted.collect(), true)
        });
        self.behind.append(view, &mut panel, &Behind::signals(view, &shown), false);
        let has_curves = matches!(&panel, Panel::Chart(chart) if !chart.series.is_empty());
        let title = "Alignment with the Hebbian update";
        has_curves.then(|| exhibits::exhibit(PaneKind::Alignment, title, view, vec![panel], 1))
    }
}

impl AlignmentPane {
    fn legend(&mut self, ui: &mut Ui, view: &mut View<'_>, layers: &[usize], palette: &Palette) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let ink = ui.visuals().text_color();
            let signal = legend::entry(ui, &mut self.signal, Mark::Line, ink, "Learning signal");
            glossary::explained(signal, Term::LearningSignal);
            let full = legend::entry(ui, &mut self.full, Mark::Dashes, ink, "Full update");
            glossary::explained(full, Term::FullUpdate);
            if view.link.status().columns.index("neggrad_1").is_some() {
                legend::entry(ui, &mut self.descent, Mark::Dots, ink, "Signal and negative gradient").on_hover_text(words::say("Cosine between the learning signal and the negative gradient of the loss: above zero, the rule \
                     descends the loss."));
            }
            self.behind.legend(ui, view);
            ui.add_space(10.0);
            legend::layers(ui, &view.link.status().columns, layers, self.sight.hidden(), palette);
            follow_button(ui, view);
        });
    }

    fn read(&mut self, view: &View<'_>, layers: &[usize], width: f32) -> Vec<LayerCurves> {
        let shown = layers.iter().filter(|layer| self.sight.shows(**layer)).count();
        let curves = shown * [self.signal, self.full, self.descent].iter().filter(|wanted| **wanted).count();
        let window = Stretch::of(view.time, width).among(curves);
        let contents = view.link.contents();
        let metrics = view.link.metrics();
        let store = metrics.lock();
        let cache = &mut self.cache;
        let mut curve = |wanted: bool, name: String| {
            wanted.then(|| cache.read(contents, &store, &name, window, HeightScale::Linear))
        };
        layers
            .iter()
            .filter(|layer| self.sight.shows(**layer))
            .map(|&layer| LayerCurves {
                layer,
                signal: curve(self.signal, format!("signal_{layer}")),
                full: curve(self.full, format!("full_{layer}")),
                descent: curve(self.descent, format!("neggrad_{layer}")),
            })
            .collect()
    }
}

fn draw(plot: &mut PlotUi<'_>, curves: &[LayerCurves], palette: &Palette) {
    plot.hline(HLine::new("zero", 0.0).stroke(Stroke::new(1.4, palette.zero.gamma_multiply(0.8))).allow_hover(false));
    for curve in curves {
        if let Some(signal) = &curve.signal {
            signal.draw_bands(plot, palette.layer(curve.layer));
        }
    }
    for curve in curves {
        let (color, marker) = (palette.layer(curve.layer), Some(Marker::of(curve.layer)));
        if let Some(descent) = &curve.descent {
            let name = format!("Layer {}, learning signal and negative gradient", curve.layer);
            descent.draw_marked(plot, &name, Stroke::new(1.6, color), LineStyle::Dotted { spacing: 5.0 }, marker);
        }
        if let Some(full) = &curve.full {
            let name = format!("Layer {}, full update", curve.layer);
            let stroke = Stroke::new(1.1, color.gamma_multiply(0.75));
            full.draw_marked(plot, &name, stroke, LineStyle::Dashed { length: 5.0 }, marker);
        }
    }
    for curve in curves {
        if let Some(signal) = &curve.signal {
            let name = format!("Layer {}, learning signal", curve.layer);
            let stroke = Stroke::new(2.0, palette.layer(curve.layer));
            signal.draw_marked(plot, &name, stroke, LineStyle::Solid, Some(Marker::of(curve.layer)));
        }
    }
}

/// The curves that alternate with every step: of a layer its signal, and its full update where that alone does.
fn alternating(curves: &[LayerCurves], palette: &Palette) -> Vec<Alternating> {
    let all = curves.iter().filter_map(|curve| {
        let found = |curve: &Option<Arc<Curve>>| curve.as_ref().and_then(|curve| curve.alternates());
        let (name, (low, high)) = match (found(&curve.signal), found(&curve.full)) {
            (Some(edges), _) => (format!("Layer {}", curve.layer), edges),
            (None, Some(edges)) => (format!("Full update of layer {}", curve.layer), edges),
            (None, None) => return None,
        };
        let between = [low, high].map(|cosine| numbers::cosine(cosine).trim().to_owned());
        Some(Alternating { name, between, color: palette.layer(curve.layer) })
    });
    all.collect()
}

/// Names at the ends of the curves, and the cosine of the layer that is picked, large.
fn name_for_a_room(
    ui: &Ui,
    view: &View<'_>,
    transform: &PlotTransform,
    ends: &[(usize, [f64; 2])],
    (palette, mut taken): (&Palette, Vec<Rect>),
) {
    let columns = &view.link.status().columns;
    let title = |layer: usize| words::say(&legend::capitalized(&columns.title(layer))).into_owned();
    let names = ends.iter().map(|&(layer, end)| Named { text: title(layer), color: palette.layer(layer), end });
    taken.extend(names::paint(ui, transform, names.collect(), palette.plot));
    if let Some((layer, [_, cosine])) = ends.iter().find(|(layer, _)| *layer == view.selection.layer) {
        let means = if *cosine > 0.0 { "Hebbian" } else { "anti-Hebbian" };
        let lines = [title(*layer), numbers::cosine(*cosine), means.to_owned()];
        let colors = [palette.layer(*layer), palette.plot];
        // In the half that the curve is not in.
        names::large(ui, transform, lines.each_ref().map(String::as_str), *cosine <= 0.0, colors, &taken);
    }
}

/// The two words that the whole window is about, in their half of the plot, clear of what is `taken`, which they take part of.
fn name_half_planes(ui: &Ui, transform: &PlotTransform, palette: &Palette, taken: &mut Vec<Rect>) {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    let ink = palette.zero.gamma_multiply(0.75);
    let zero = transform.position_from_point_y(0.0);
    let left = frame.left() + 8.0;
    let mut name = |text: &str, at: Pos2, anchor: Align2| {
        let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(12.5), ink);
        let mut rect = anchor.anchor_size(at, galley.size());
        // Labels come row by row, those of changes from above and those of layers from below.
        let is_upper = anchor == Align2::LEFT_TOP;
        for label in taken.iter() {
            if label.intersects(rect.expand(4.0)) {
                let clear =
                    if is_upper { label.bottom() + 6.0 - rect.top() } else { label.top() - 6.0 - rect.bottom() };
                rect = rect.translate(vec2(0.0, clear));
            }
        }
        if rect.bottom() > frame.bottom() || rect.top() < frame.top() {
            return;
        }
        // Curves near a cosine of one run through the word, which stays legible on a ground of its own.
        painter.rect_filled(rect.expand2(vec2(3.0, 1.0)), 3.0, palette.plot.gamma_multiply(0.88));
        painter.galley(rect.min, galley, ink);
        taken.push(rect);
    };
    if zero > frame.top() + 40.0 {
        name("Hebbian", pos2(left, frame.top() + 12.0), Align2::LEFT_TOP);
    }
    if zero < frame.bottom() - 40.0 {
        name("anti-Hebbian", pos2(left, frame.bottom() - 12.0), Align2::LEFT_BOTTOM);
    }
}

fn signed_tick(y: f64) -> String {
    if y.abs() < 1e-9 {
        return "0".into();
    }
    let sign = if y < 0.0 { '−' } else { '+' };
    let digits = format!("{:.3}", y.abs());
    format!("{sign}{}", digits.trim_end_matches('0').trim_end_matches('.'))
}
