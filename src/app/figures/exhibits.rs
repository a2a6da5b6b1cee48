//! What panes have in common when what they show is taken out of them.

use eframe::egui::{Color32, Theme};

use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::titles;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::plot::curves::{Curve, HeightScale, Stretch};
use crate::app::view::View;
use crate::record::{
    Axis, AxisScale, Chart, Exhibit, Mark, Marker, MetricStore, Panel, Series, SeriesPoint, SeriesStyle, Source,
};
use crate::training::{Branch, settings_at};

/// Points of a curve in a figure.
pub const POINTS: usize = 2048;

/// Points of a curve in a file of numbers: all that the store has of any stretch.
pub const ALL_POINTS: usize = 1 << 14;

/// One column as a curve of a figure.
pub struct Wanted<'a> {
    /// Column of the metrics.
    pub column: String,
    /// Name in the legend.
    pub name: String,
    /// Colour of the layer, counted from 1, or one of its own.
    pub color: Color32,
    /// How it is drawn.
    pub style: SeriesStyle,
    /// Shapes on it.
    pub marker: Option<Marker>,
    /// How far behind it lies; 0 in front.
    pub depth: u8,
    /// Share of the ground in its colour.
    pub paleness: f32,
    /// What it is of, where the curve of a layer is one of several; else empty.
    pub kind: String,
    /// Whether the spread over seeds is drawn.
    pub band: bool,
    /// Whether values are joined over steps without one.
    pub joined: bool,
    /// Whose values these are, where they are the run's or its twin's.
    pub origin: Option<Branch>,
    /// Where the values are.
    pub store: &'a MetricStore,
}

/// Colour of a layer, counted from 1, on white.
#[must_use]
pub fn layer_color(layer: usize) -> Color32 {
    Palette::of(Theme::Light).layer(layer)
}

/// An exhibit with the heading that every figure of the window has.
#[must_use]
pub fn exhibit(kind: PaneKind, title: &str, view: &View<'_>, panels: Vec<Panel>, columns: usize) -> Exhibit {
    let status = view.link.status();
    let name = status.experiment.name.clone();
    Exhibit {
        name: format!("{name}-{}", kind.id()),
        title: title.to_owned(),
        subtitle: settings(view),
        panels,
        columns,
    }
}

/// Experiment, seeds and the settings that matter, in a line.
#[must_use]
pub fn settings(view: &View<'_>) -> String {
    let status = view.link.status();
    // A look back has the settings of then.
    let then = view.shown_step.filter(|step| status.interventions.iter().any(|one| one.step > *step));
    let then = then.map(|step| settings_at(&status.initial, &status.interventions, step));
    let e = then.as_ref().unwrap_or(&status.experiment);
    let mut parts = vec![
        titles::title(e).into_owned(),
        numbers::seeds(&status.seeds),
        format!("γ = {}", numbers::scientific(e.regularizer.weight_decay)),
        format!("σ = {}", numbers::scientific(e.noise.weight_sd)),
        format!("η = {}", numbers::scientific(e.rule.learning_rate)),
        format!("batch {}", e.training.batch_size),
        format!("step {}", numbers::count(view.shown_step.unwrap_or(status.step))),
    ];
    if e.noise.input_sd > 0.0 {
        parts.insert(4, format!("input noise {}", numbers::scientific(e.noise.input_sd)));
    }
    parts.extend(e.measure.alignment.note().map(str::to_owned));
    parts.join(", ")
}

/// The axis of steps, as the window shows it.
#[must_use]
pub fn steps(view: &View<'_>) -> Axis {
    let range = view.time.range();
    let last = view.link.status().step as f64;
    let (from, to) = (range.start().max(0.0), range.end().min(last.max(1.0)).max(1.0));
    let scale = if view.time.is_logarithmic() { AxisScale::LogFromZero } else { AxisScale::Linear };
    Axis { label: "step".into(), scale, range: (to > from).then_some((from, to)) }
}

/// A mark at a step.
#[must_use]
pub fn mark(step: u64, label: String) -> Mark {
    Mark { x: step as f64, label, is_ahead: false }
}

/// Changes of settings and collapses of layers in sight.
#[must_use]
pub fn marks(view: &View<'_>) -> Vec<Mark> {
    let (from, to) = view.time.steps();
    let changes = view.link.journal().changes().iter();
    let mut marks: Vec<Mark> = changes
        .filter(|change| (from..=to).contains(&change.from_step))
        .map(|change| {
            let text = crate::app::look::changes::values(std::slice::from_ref(change));
            mark(change.from_step, format!("{} {text}{}", change.symbol(), change.suffix()))
        })
        .collect();
    let status = view.link.status();
    // As far apart as marks have to be in the window to stand side by side.
    let apart = (to - from) / 20;
    let falls = crate::app::look::fallen::falls(&status.collapses, status.seeds.len(), |a, b| b - a > apart);
    let in_sight = falls.into_iter().filter(|fall| (from..=to).contains(&fall.step));
    marks.extend(in_sight.map(|fall| mark(fall.step, fall.label)));
    let shown = view.shown_step.filter(|step| (from..=to).contains(step));
    marks.extend(shown.map(|step| mark(step, format!("step {} is shown", numbers::count(step)))));
    marks
}

/// A chart over time of several columns.
#[must_use]
pub fn chart(view: &View<'_>, title: &str, y: Axis, wanted: Vec<Wanted<'_>>, zero_line: bool) -> Panel {
    let series = wanted.into_iter().map(|wanted| series(view, wanted)).collect();
    Panel::Chart(Chart { title: title.to_owned(), x: steps(view), y, series, marks: marks(view), zero_line })
}

/// A column over the steps in sight.
#[must_use]
pub fn series(view: &View<'_>, wanted: Wanted<'_>) -> Series {
    let (from, to) = view.time.steps();
    let window =
        Stretch { from, to, points: view.points, joined: wanted.joined, logarithmic: view.time.is_logarithmic() };
    let curve = Curve::read(wanted.store, &wanted.column, window, HeightScale::Linear);
    let points = curve.series_points();
    let of = |origin| Source { column: wanted.column.clone(), is_of_twin: origin == Branch::B };
    let source = wanted.origin.map(of);
    let (color, hides_spread) = (rgb(wanted.color), !wanted.band);
    let Wanted { name, style, marker, depth, paleness, kind, .. } = wanted;
    Series { name, color, style, marker, depth, paleness, points, kind, hides_spread, source, ..Series::default() }
}

/// A point without spread.
#[must_use]
pub fn point(x: f64, y: f64) -> SeriesPoint {
    SeriesPoint { x, y, ..SeriesPoint::default() }
}

/// Red, green, blue.
#[must_use]
pub fn rgb(color: Color32) -> [u8; 3] {
    [color.r(), color.g(), color.b()]
}

/// Reads the curves of the run while `f` makes something of them.
pub fn with_store<R>(view: &View<'_>, f: impl FnOnce(&MetricStore) -> R) -> R {
    let metrics = view.link.metrics();
    let store = metrics.lock();
    f(&store)
}
