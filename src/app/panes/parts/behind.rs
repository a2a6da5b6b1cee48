//! Other curves behind those of the run: its twin's, those from before it went back, those of a run that was opened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use eframe::egui::{Color32, PopupCloseBehavior, ScrollArea, Stroke, Theme, Ui};
use egui_plot::{LineStyle, PlotUi};

use crate::app::figures::exhibits;
use crate::app::figures::exhibits::Wanted;
use crate::app::link::contents::Contents;
use crate::app::look::elided::elided;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::plot::curve_cache::CurveCache;
use crate::app::plot::curves::{Curve, HeightScale, Stretch};
use crate::app::plot::layer_sight::READABLE;
use crate::app::plot::legend;
use crate::app::plot::legend::Mark;
use crate::app::view::View;
use crate::record::{Marker, MetricStore, Panel, Series, SeriesStyle};
use crate::training::Branch;

/// More runs than these share one menu: a row of them would be longer than a pane is wide.
const FEW_RUNS: usize = 4;

/// Where other curves come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Twin B.
    Twin,
    /// The run as it was before it went back last.
    Before,
    /// A run folder.
    Recorded,
    /// A run on the shelf, by its number.
    Shelved(u64),
}

/// Patterns of a run's layers, on the screen and in figures: as many as curves of layers are at first in sight. Neighbours differ
/// by their kind, and those of a kind by lengths that grow by half at least.
const PATTERNS: [(LineStyle, SeriesStyle); READABLE] = [
    (LineStyle::Solid, SeriesStyle::Line),
    (LineStyle::Dashed { length: 7.0 }, SeriesStyle::Dashed),
    (LineStyle::Dotted { spacing: 5.0 }, SeriesStyle::Dotted),
    (LineStyle::Dashed { length: 14.0 }, SeriesStyle::LongDashed),
    (LineStyle::Dotted { spacing: 10.0 }, SeriesStyle::SparselyDotted),
    (LineStyle::Dashed { length: 3.5 }, SeriesStyle::ShortDashed),
    (LineStyle::Dotted { spacing: 18.0 }, SeriesStyle::RarelyDotted),
    (LineStyle::Dashed { length: 26.0 }, SeriesStyle::VeryLongDashed),
];

/// What is written beside the shapes of a layer that has the pattern of another one, by what layers are called; else nothing.
fn label(layer: usize, title: &str) -> String {
    if layer <= PATTERNS.len() {
        return String::new();
    }
    elided(title.strip_prefix("layer ").unwrap_or(title), LETTERS)
}

/// Letters that are written there, at most.
const LETTERS: usize = 16;

/// That of a layer, counted from 1.
fn pattern(layer: usize) -> (LineStyle, SeriesStyle) {
    PATTERNS[layer.saturating_sub(1) % PATTERNS.len()]
}

/// The colour and the shape that a run has for all of its curves.
#[derive(Clone, Copy, Debug)]
struct Own {
    color: Color32,
    marker: Marker,
}

impl Origin {
    /// Those that there are, with their names in legends and, of runs on the shelf, the colours and shapes of these.
    fn all(view: &View<'_>, palette: &Palette) -> Vec<(Self, String, Option<Own>)> {
        let fixed = [Self::Twin, Self::Before, Self::Recorded];
        let fixed = fixed.into_iter().filter_map(|origin| Some((origin, origin.name(view)?, None)));
        let shelved = view.link.overlaid().map(|run| {
            let place = view.link.note_of(run.run_id).color;
            let own = Own { color: palette.run(place), marker: Marker::of_run(place) };
            (Self::Shelved(run.run_id), view.link.name_of(run), Some(own))
        });
        fixed.chain(shelved).collect()
    }

    /// Width, opacity and pattern of the curves of a layer.
    fn style(self, layer: usize) -> (f32, f32, LineStyle) {
        match self {
            // One colour a run, so that the pattern tells the layers.
            Self::Shelved(_) => (1.6, 1.0, pattern(layer).0),
            Self::Twin => (1.5, 0.85, LineStyle::Dashed { length: 11.0 }),
            Self::Before => (1.4, 0.42, LineStyle::Solid),
            Self::Recorded => (1.4, 0.55, LineStyle::Dotted { spacing: 4.0 }),
        }
    }

    /// What is written on the curves of a layer of that title, so that no other one's are like them.
    fn label(self, layer: usize, title: &str) -> String {
        match self {
            Self::Shelved(_) => label(layer, title),
            // Colour and shape are those of the layer.
            Self::Twin | Self::Before | Self::Recorded => String::new(),
        }
    }

    fn series_style(self, layer: usize) -> SeriesStyle {
        match self {
            Self::Shelved(_) => pattern(layer).1,
            Self::Before => SeriesStyle::Line,
            Self::Twin => SeriesStyle::LongDashed,
            Self::Recorded => SeriesStyle::Dotted,
        }
    }

    fn mark(self) -> Mark {
        match self {
            Self::Twin => Mark::LongDashes,
            Self::Before | Self::Shelved(_) => Mark::Line,
            Self::Recorded => Mark::Dots,
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::Twin => "Means over seeds of the copy, from the fork on.",
            Self::Before => "Means over seeds of the run as it was before it went back.",
            Self::Recorded => "Means over seeds of the run that was opened.",
            Self::Shelved(_) => {
                "Means over seeds of this run on the shelf; see Runs. The pattern of a line tells the layer; from the ninth on, \
                 the layer is written beside the shapes."
            }
        }
    }

    /// Name in legends; `None` while there are no such curves.
    fn name(self, view: &View<'_>) -> Option<String> {
        match self {
            Self::Twin => view.link.status().twin.is_some().then(|| "Twin B".into()),
            Self::Before => {
                let before = view.link.before_metrics();
                let before = before.lock();
                before.is_some().then(|| "Before going back".into())
            }
            Self::Recorded => view.link.recorded().map(|recorded| format!("Recorded {}", words::own(&recorded.name))),
            Self::Shelved(_) => None,
        }
    }

    /// Reads the curves, if there are any.
    fn with_store<R>(self, view: &View<'_>, f: impl FnOnce(&MetricStore) -> R) -> Option<R> {
        let shared = match self {
            Self::Twin => view.link.twin_metrics(),
            Self::Before => view.link.before_metrics(),
            Self::Shelved(run_id) => {
                let run = view.link.overlaid().find(|run| run.run_id == run_id);
                return run.and_then(|run| run.curves.as_deref()).map(f);
            }
            Self::Recorded => return view.link.recorded().map(|recorded| f(&recorded.store)),
        };
        let store = shared.lock();
        store.as_ref().map(f)
    }
}

/// A column of the metrics, whose values are shown of other runs too.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name among the metrics.
    pub column: String,
    /// What the legend calls the same curve of the run.
    pub name: String,
    /// What of it, where that is one of several of this name; else empty.
    pub part: String,
    /// Its layer, counted from 1.
    pub layer: usize,
    /// Its colour where that is not the layer's.
    pub color: Option<Color32>,
    /// Its shape, where the run has none of its own.
    pub marker: Option<Marker>,
}

impl Column {
    /// What it is, behind the name of a run.
    fn words(&self) -> String {
        let Self { name, part, .. } = self;
        if part.is_empty() { name.clone() } else { format!("{part} of {name}") }
    }
}

/// How far other runs lie behind.
const DEPTH: u8 = 3;

/// Which of them are shown, and what was read of them last.
#[derive(Default)]
pub struct Behind {
    hidden: BTreeSet<Origin>,
    caches: BTreeMap<Origin, CurveCache>,
}

/// A curve of another origin.
pub struct Other {
    origin: Origin,
    name: String,
    color: Option<Color32>,
    marker: Option<Marker>,
    label: String,
    layer: usize,
    /// The curve.
    pub curve: Arc<Curve>,
}

impl Behind {
    /// One entry for each origin that there is; a click hides or shows it.
    pub fn legend(&mut self, ui: &mut Ui, view: &View<'_>) {
        let palette = Palette::of(ui.ctx().theme());
        let is_run = |(origin, ..): &(Origin, _, _)| matches!(origin, Origin::Shelved(_));
        let (runs, others): (Vec<_>, Vec<_>) = Origin::all(view, &palette).into_iter().partition(is_run);
        self.entries(ui, view, others);
        if runs.len() <= FEW_RUNS {
            return self.entries(ui, view, runs);
        }
        let shown = runs.iter().filter(|(origin, ..)| !self.hidden.contains(origin)).count();
        let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        MenuButton::new(format!("{shown} of {} runs laid over", runs.len())).config(config).ui(ui, |ui| {
            ui.horizontal(|ui| {
                if ui.button("All").on_hover_text("Shows every run that is laid over.").clicked() {
                    self.hidden.retain(|hidden| !runs.iter().any(|(origin, ..)| origin == hidden));
                }
                if ui.button("None").on_hover_text("Hides them all, so that a few can be picked.").clicked() {
                    self.hidden.extend(runs.iter().map(|(origin, ..)| *origin));
                }
            });
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| self.entries(ui, view, runs));
        });
    }

    fn entries(&mut self, ui: &mut Ui, view: &View<'_>, all: Vec<(Origin, String, Option<Own>)>) {
        let ink = ui.visuals().text_color();
        for (origin, name, own) in all {
            let mut shown = !self.hidden.contains(&origin);
            let color = own.map_or_else(|| ink.gamma_multiply(origin.style(1).1), |own| own.color);
            let mark = own.map_or_else(|| origin.mark(), |own| Mark::Marker(own.marker));
            // Who has laid a run over the present one looks for it.
            let end = origin.with_store(view, MetricStore::last_step).flatten();
            let before = end.filter(|end| *end < view.time.steps().0).map(numbers::count);
            let entry = legend::entry(ui, &mut shown, mark, color, &name);
            let entry = entry.on_hover_text(words::say(origin.explanation()));
            if let Some(end) = before {
                let about = format!("It ends at step {end}, before the steps in sight; F shows the whole run.");
                ui.weak(words::say(&format!("(to step {end})"))).on_hover_text(words::say(&about));
                entry.on_hover_text(words::say(&about));
            }
            if shown {
                self.hidden.remove(&origin);
            } else {
                self.hidden.insert(origin);
            }
        }
    }

    /// Learning signals of the layers that `is_shown` names.
    pub fn read(
        &mut self,
        view: &View<'_>,
        palette: &Palette,
        width: f32,
        is_shown: impl Fn(usize) -> bool,
        layers: &[usize],
    ) -> Vec<Other> {
        let layers: Vec<usize> = layers.iter().copied().filter(|&layer| is_shown(layer)).collect();
        self.read_columns(
            view,
            palette,
            Stretch::of(view.time, width),
            &Self::signals(view, &layers),
            HeightScale::Linear,
        )
    }

    /// Columns of the layers' learning signals.
    #[must_use]
    pub fn signals(view: &View<'_>, layers: &[usize]) -> Vec<Column> {
        let columns = &view.link.status().columns;
        let of_layer = |&layer: &usize| Column {
            column: format!("signal_{layer}"),
            name: columns.title(layer),
            part: String::new(),
            layer,
            color: None,
            marker: Some(Marker::of(layer)),
        };
        layers.iter().map(of_layer).collect()
    }

    /// Those columns.
    pub fn read_columns(
        &mut self,
        view: &View<'_>,
        palette: &Palette,
        window: Stretch,
        columns: &[Column],
        scale: HeightScale,
    ) -> Vec<Other> {
        let mut others = Vec::new();
        let titles = &view.link.status().columns;
        let all = Origin::all(view, palette);
        self.caches.retain(|origin, _| all.iter().any(|(one, ..)| one == origin));
        let shown = all.iter().filter(|(origin, ..)| !self.hidden.contains(origin)).count();
        let window = window.among(columns.len() * (shown + 1));
        for (origin, name, of_run) in all.into_iter().filter(|(origin, ..)| !self.hidden.contains(origin)) {
            let cache = self.caches.entry(origin).or_default();
            let contents = match origin {
                Origin::Twin => view.link.contents(),
                Origin::Before | Origin::Recorded => view.link.contents().at_rest(),
                Origin::Shelved(run_id) => Contents { id: run_id, reach: 0 },
            };
            origin.with_store(view, |store| {
                for column in columns {
                    let curve = cache.read(contents, store, &column.column, window, scale);
                    let name = format!("{name}, {}", column.words());
                    let (color, marker) =
                        (of_run.map(|own| own.color).or(column.color), of_run.map(|own| own.marker).or(column.marker));
                    let label = origin.label(column.layer, &titles.title(column.layer));
                    others.push(Other { origin, name, color, marker, label, layer: column.layer, curve });
                }
            });
        }
        others
    }

    /// Puts those columns behind the curves of a chart that is taken out.
    pub fn append(&self, view: &View<'_>, panel: &mut Panel, columns: &[Column], joined: bool) {
        let Panel::Chart(chart) = panel else { return };
        let shown = |(origin, ..): &(Origin, String, Option<Own>)| !self.hidden.contains(origin);
        for (origin, run, of_run) in Origin::all(view, &Palette::of(Theme::Light)).into_iter().filter(shown) {
            origin.with_store(view, |store| {
                for column in columns {
                    // One with a colour of its own has it for all layers; others have the layers' colours, and are one kind.
                    let (name, kind) = match (of_run, column.part.as_str()) {
                        (Some(_), part) => (format!("{run}, {}", column.name), part.to_owned()),
                        (None, "") => (column.name.clone(), run.clone()),
                        (None, part) => (column.name.clone(), format!("{run}, {part}")),
                    };
                    let wanted = Wanted {
                        column: column.column.clone(),
                        name,
                        color: of_run
                            .map(|own| own.color)
                            .or(column.color)
                            .unwrap_or_else(|| exhibits::layer_color(column.layer)),
                        style: origin.series_style(column.layer),
                        marker: of_run.map(|own| own.marker).or(column.marker),
                        depth: DEPTH,
                        paleness: 1.0 - origin.style(column.layer).1,
                        kind,
                        band: false,
                        joined,
                        origin: (origin == Origin::Twin).then_some(Branch::B),
                        store,
                    };
                    // Parts of a layer are drawn alike, and have one entry.
                    let is_unnamed = of_run.is_some() && !column.part.is_empty();
                    let label = origin.label(column.layer, &view.link.status().columns.title(column.layer));
                    let one = Series { is_unnamed, label, ..exhibits::series(view, wanted) };
                    chart.series.extend(Some(one).filter(|one| !one.points.is_empty()));
                }
            });
        }
    }
}

impl Other {
    /// Draws the mean.
    pub fn draw(&self, plot: &mut PlotUi<'_>, palette: &Palette) {
        let (stroke, style) = self.stroke(palette);
        self.curve.draw_marked(plot, &self.name, stroke, style, self.marker);
    }

    /// Writes on it which layer it is of, where its pattern does not tell; after all curves, so that none crosses it.
    pub fn label(&self, plot: &mut PlotUi<'_>, palette: &Palette) {
        if !self.label.is_empty() {
            self.curve.draw_labels(plot, self.stroke(palette).0, self.marker, &self.label);
        }
    }

    fn stroke(&self, palette: &Palette) -> (Stroke, LineStyle) {
        let (width, opacity, style) = self.origin.style(self.layer);
        let color = self.color.unwrap_or_else(|| palette.layer(self.layer)).gamma_multiply(opacity);
        (Stroke::new(width, color), style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::look::theme::Palette;

    /// Length of what repeats, and what of it is drawn.
    fn lengths(style: LineStyle) -> (bool, f32) {
        match style {
            LineStyle::Solid => (false, 0.0),
            LineStyle::Dashed { length } => (true, length),
            LineStyle::Dotted { spacing } => (false, spacing),
        }
    }

    #[test]
    fn layers_of_every_run_that_is_laid_over_have_patterns_of_their_own() {
        let palette = Palette::of(Theme::Dark);
        let all: Vec<_> = (1..=READABLE).map(|layer| Origin::Shelved(1).style(layer).2).map(lengths).collect();
        for (place, (is_dashed, length)) in all.iter().enumerate() {
            for (other, longer) in all[..place].iter().filter(|(kind, _)| kind == is_dashed) {
                let (short, long) = (length.min(*longer), length.max(*longer));
                assert!(long >= 1.5 * short, "layer {}: {length} beside {longer} ({other})", place + 1);
            }
        }
        let figures: Vec<_> = (1..=READABLE).map(|layer| Origin::Shelved(1).series_style(layer)).collect();
        for (place, style) in figures.iter().enumerate() {
            assert!(!figures[..place].contains(style), "layer {}: {style:?}", place + 1);
        }
        // More layers begin again with the patterns, and have their names beside the shapes.
        let drawn = |layer: usize| {
            let origin = Origin::Shelved(1);
            let title = if layer == 20 { "encoder 2 feed-forward 1".to_owned() } else { format!("layer {layer}") };
            (lengths(origin.style(layer).2), origin.series_style(layer), origin.label(layer, &title))
        };
        for layer in 1..=40 {
            assert!((1..layer).all(|other| drawn(other) != drawn(layer)), "layer {layer}");
        }
        assert_eq!([drawn(8).2, drawn(9).2, drawn(20).2], ["", "9", "encoder…orward 1"]);
        // Runs have colours and shapes of their own, so that no two curves are drawn alike.
        let runs: Vec<_> = (0..16).map(|place| (palette.run(place), Marker::of_run(place))).collect();
        for (place, run) in runs.iter().enumerate() {
            assert!(!runs[..place].contains(run), "run {place}");
        }
    }
}
