//! Training and validation loss on a logarithmic axis; for classifications also the accuracy.

use std::sync::Arc;

use eframe::egui::{Color32, Panel, RichText, Stroke, Theme, Ui};
use egui_plot::{LineStyle, PlotUi, Points};

use super::parts::behind::{Behind, Column, Other};
use super::parts::readout;
use super::parts::told;
use super::parts::told::Told;
use crate::app::figures::exhibits;
use crate::app::figures::exhibits::Wanted;
use crate::app::link::Link;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::hover_label;
use crate::app::plot::chart;
use crate::app::plot::chart::Heights;
use crate::app::plot::curve_cache::CurveCache;
use crate::app::plot::curves::{Curve, HeightScale, Stretch};
use crate::app::plot::legend;
use crate::app::plot::legend::Mark;
use crate::app::plot::marks;
use crate::app::view::{Pane, View};
use crate::record::{Axis, AxisScale, Exhibit, Marker, MetricStore, SeriesStyle};
use crate::training::Branch;

/// Validation points up to which each is drawn as a dot.
const DOTS: usize = 120;

/// Steps over which the training loss beside the plot is averaged.
const WINDOW: u64 = 100;

/// Decades above the median loss that are shown.
const DECADES_ABOVE: f64 = 4.0;

/// The pane, with what its legend hides.
pub struct LossPane {
    training: bool,
    validation: bool,
    accuracy: bool,
    penalty: bool,
    behind: Behind,
    heights: Heights,
    cache: CurveCache,
}

impl Default for LossPane {
    fn default() -> Self {
        Self {
            training: true,
            validation: true,
            accuracy: false,
            penalty: true,
            behind: Behind::default(),
            heights: Heights::default(),
            cache: CurveCache::default(),
        }
    }
}

impl Pane for LossPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Loss
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let palette = Palette::of(ui.ctx().theme());
        let classifies = view.link.status().experiment.is_classification();
        let accuracy = classifies && self.accuracy;
        let penalised = is_penalised(view.link);
        self.legend(ui, view, classifies, penalised, &palette);
        let penalty = penalised && self.penalty;
        if readout::has_room(ui) {
            Panel::right("loss_readout")
                .exact_size(readout::WIDTH)
                .resizable(false)
                .show_separator_line(false)
                .frame(readout::frame())
                .show(ui, |ui| numbers_beside(ui, view.link, classifies));
        }
        let window = Stretch::of(view.time, ui.available_width());
        let contents = view.link.contents();
        let curves = {
            let metrics = view.link.metrics();
            let store = metrics.lock();
            let cache = &mut self.cache;
            let mut read = |column, window, scale| cache.read(contents, &store, column, window, scale);
            let apart = window.joined();
            if accuracy {
                vec![Series::new(
                    "Validation accuracy",
                    palette.validation,
                    read("validation_accuracy", apart, HeightScale::Linear),
                    true,
                    None,
                )]
            } else {
                let mut curves = Vec::new();
                if self.training {
                    curves.push(Series::new(
                        "Training loss",
                        palette.training,
                        read("train_loss", window, HeightScale::Log10),
                        false,
                        None,
                    ));
                }
                if self.validation {
                    curves.push(Series::new(
                        "Validation loss",
                        palette.validation,
                        read("validation_loss", apart, HeightScale::Log10),
                        true,
                        Some(VALIDATION),
                    ));
                }
                if penalty {
                    curves.push(Series::new(
                        "Activation penalty",
                        penalty_color(&palette),
                        read(PENALTY, window, HeightScale::Log10),
                        false,
                        Some(PENALTY_MARKER),
                    ));
                }
                curves
            }
        };
        let others = {
            let columns: Vec<_> = [
                (accuracy, behind("validation_accuracy", "validation accuracy", 1, palette.validation)),
                (!accuracy && self.training, behind("train_loss", "training loss", 1, palette.training)),
                (!accuracy && self.validation, behind("validation_loss", "validation loss", 2, palette.validation)),
                (!accuracy && penalty, behind(PENALTY, "activation penalty", 3, penalty_color(&palette))),
            ]
            .into_iter()
            .filter_map(|(is_shown, column)| is_shown.then_some(column))
            .collect();
            let scale = if accuracy { HeightScale::Linear } else { HeightScale::Log10 };
            self.behind.read_columns(view, &palette, window.joined(), &columns, scale)
        };
        let heights = if accuracy { (-0.02, 1.02) } else { log_heights(&curves, &others) };
        let name = if accuracy { "Plot of accuracy" } else { "Plot of loss" };
        let shown: Vec<Told> = [
            (accuracy, Told::sparse("validation accuracy", "validation_accuracy", percent)),
            (!accuracy && self.training, Told::new("training loss", "train_loss", numbers::measured)),
            (!accuracy && self.validation, Told::sparse("validation loss", "validation_loss", numbers::measured)),
            (!accuracy && penalty, Told::new("activation penalty", PENALTY, numbers::measured)),
        ]
        .into_iter()
        .filter_map(|(is_shown, told)| is_shown.then_some(told))
        .collect();
        let summary = || told::newest(view.link, WINDOW, &shown);
        let picture = Picture::new(name, &summary);
        let step_at = view.time.reader();
        let plot = if accuracy {
            chart::plot(ui, "accuracy", "accuracy", view.time, percent)
                .y_grid_spacer(|input| chart::ladder(&input, 0.8, 1e-3))
                .label_formatter(move |p| hover_label::over_steps(p, step_at, percent))
        } else {
            chart::plot(ui, "loss", "loss", view.time, chart::decade_tick)
                .y_grid_spacer(|input| chart::decades(&input))
                .label_formatter(move |p| hover_label::over_steps(p, step_at, numbers::from_log10))
        };
        let (_, transform) = chart::show(ui, &picture, plot, view.time, &mut self.heights, heights, move |plot| {
            others.iter().for_each(|other| other.draw(plot, &palette));
            for series in &curves {
                series.draw(plot);
            }
        });
        marks::paint(ui, &transform, view.time, view.link.journal().changes(), &palette, false);
        marks::paint_collapses(ui, &transform, view.time, view.link.status(), &palette, false);
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let palette = Palette::of(Theme::Light);
        let classifies = view.link.status().experiment.is_classification();
        // What is looked at: the losses, or the accuracy.
        let accuracy = classifies && self.accuracy;
        let penalty = self.penalty && is_penalised(view.link);
        let curves: Vec<_> = [
            (accuracy, "validation_accuracy", "validation accuracy", 1, palette.validation, true),
            (!accuracy && self.training, "train_loss", "training loss", 1, palette.training, false),
            (!accuracy && self.validation, "validation_loss", "validation loss", 2, palette.validation, true),
            (!accuracy && penalty, PENALTY, "activation penalty", 3, penalty_color(&palette), false),
        ]
        .into_iter()
        .filter(|(is_shown, ..)| *is_shown)
        .collect();
        let mut panel = exhibits::with_store(view, |store| {
            let there = curves.iter().filter(|(_, column, ..)| store.columns().index(column).is_some());
            let wanted = there.map(|&(_, column, name, _, color, joined)| Wanted {
                column: column.to_owned(),
                name: name.to_owned(),
                color,
                style: SeriesStyle::Line,
                marker: marker(column),
                depth: u8::from(!joined),
                paleness: 0.0,
                kind: String::new(),
                band: true,
                joined,
                origin: Some(Branch::A),
                store,
            });
            let y = match accuracy {
                true => {
                    Axis { label: "share classified correctly".into(), range: self.heights.seen(), ..Axis::default() }
                }
                false => Axis { label: "loss".into(), scale: AxisScale::Log10, range: self.heights.seen_values() },
            };
            exhibits::chart(view, "", y, wanted.collect(), false)
        });
        for &(_, column, what, place, color, joined) in &curves {
            self.behind.append(view, &mut panel, &[behind(column, what, place, color)], joined);
        }
        let title = if accuracy { "Accuracy" } else { "Loss" };
        (!curves.is_empty()).then(|| exhibits::exhibit(PaneKind::Loss, title, view, vec![panel], 1))
    }
}

impl LossPane {
    fn legend(&mut self, ui: &mut Ui, view: &View<'_>, classifies: bool, penalised: bool, palette: &Palette) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            if classifies {
                for (accuracy, name, term) in [(false, "Loss", Term::Loss), (true, "Accuracy", Term::Accuracy)] {
                    let choice = ui.selectable_label(self.accuracy == accuracy, words::say(name));
                    if glossary::explained(choice, term).clicked() {
                        self.accuracy = accuracy;
                        self.heights = Heights::default();
                    }
                }
                ui.add_space(10.0);
            }
            if classifies && self.accuracy {
                ui.label(RichText::new(words::say("Share of validation examples classified correctly")).weak());
            } else {
                let training = legend::entry(ui, &mut self.training, Mark::Line, palette.training, "Training loss")
                    .on_hover_text(words::say(
                        "Loss of the batch at every measured step. Mean over seeds, band of one SD.",
                    ));
                glossary::explained(training, Term::Loss);
                let validation = legend::entry(
                    ui,
                    &mut self.validation,
                    Mark::Marker(VALIDATION),
                    palette.validation,
                    "Validation loss",
                )
                .on_hover_text(words::say(
                    "Loss on the validation set at the end of epochs (measure.validate_every), without noise.",
                ));
                glossary::explained(validation, Term::ValidationLoss);
                if penalised {
                    legend::entry(
                        ui,
                        &mut self.penalty,
                        Mark::Marker(PENALTY_MARKER),
                        penalty_color(palette),
                        "Activation penalty",
                    )
                    .on_hover_text(words::say(
                        "λ times the mean absolute activation of each hidden layer, which is minimised beside the \
                             training loss and not part of it.",
                    ));
                }
            }
            self.behind.legend(ui, view);
        });
    }
}

/// A column of other runs, in the colour that it has of this one; runs with one colour for all are told apart by the place's
/// pattern, as layers are.
fn behind(column: &str, name: &str, place: usize, color: Color32) -> Column {
    Column {
        column: column.to_owned(),
        name: name.to_owned(),
        part: String::new(),
        layer: place,
        color: Some(color),
        marker: marker(column),
    }
}

/// Shapes beside the colours, which not all kinds of colour vision tell apart; the training loss has none.
const VALIDATION: Marker = Marker::Square;
const PENALTY_MARKER: Marker = Marker::Triangle;

/// The shape of a column's curves.
fn marker(column: &str) -> Option<Marker> {
    match column {
        "validation_loss" => Some(VALIDATION),
        PENALTY => Some(PENALTY_MARKER),
        _ => None,
    }
}

/// Column of the penalty on activity, where there is one.
const PENALTY: &str = "activation_penalty";

/// Whether the run or its twin has been penalised since what is compiled into it was changed last.
fn is_penalised(link: &Link) -> bool {
    let (metrics, twins) = (link.metrics(), link.twin_metrics());
    let has_it = |store: &MetricStore| store.columns().index(PENALTY).is_some();
    let own = has_it(&metrics.lock());
    own || twins.lock().as_ref().is_some_and(has_it)
}

/// Apart from both losses, and from the marks.
fn penalty_color(palette: &Palette) -> Color32 {
    palette.layer(3)
}

struct Series {
    name: &'static str,
    color: Color32,
    curve: Arc<Curve>,
    is_validation: bool,
    marker: Option<Marker>,
}

impl Series {
    fn new(name: &'static str, color: Color32, curve: Arc<Curve>, is_validation: bool, marker: Option<Marker>) -> Self {
        Self { name, color, curve, is_validation, marker }
    }

    fn draw(&self, plot: &mut PlotUi<'_>) {
        self.curve.draw_bands(plot, self.color);
        let width = if self.is_validation { 2.0 } else { 1.3 };
        self.curve.draw_marked(plot, self.name, Stroke::new(width, self.color), LineStyle::Solid, self.marker);
        if self.is_validation && self.curve.count() <= DOTS {
            let dots = Points::new(self.name, self.curve.points()).radius(2.6).color(self.color);
            plot.points(dots.allow_hover(false).id((self.name, "dots")));
        }
    }
}

/// Heights that hold every curve, at least half a decade, moving in tenths of a decade so that the axis rests.
///
/// The last steps of a diverging run span dozens of decades, which would flatten all that went before.
fn log_heights(curves: &[Series], others: &[Other]) -> (f64, f64) {
    let all = || curves.iter().map(|series| &series.curve).chain(others.iter().map(|other| &other.curve));
    let extents = all().filter_map(|curve| curve.extent());
    let (low, high) = extents.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), e| (low.min(e.0), high.max(e.1)));
    if low > high {
        return (-4.0, 0.0);
    }
    let middle = all().filter_map(|curve| curve.median()).fold(f64::NEG_INFINITY, f64::max);
    let high = high.min(middle + DECADES_ABOVE);
    let missing = (0.5 - (high - low)).max(0.0) / 2.0;
    let tenth = |x: f64, round: fn(f64) -> f64| round(x * 10.0) / 10.0;
    (tenth(low - missing - 0.05, f64::floor), tenth(high + missing + 0.05, f64::ceil))
}

fn numbers_beside(ui: &mut Ui, link: &Link, classifies: bool) {
    let shown = link.shown_step();
    let (training, validation, accuracy, held, validated) = {
        let metrics = link.metrics();
        let store = metrics.lock();
        (
            readout::recent(&store, "train_loss", WINDOW, shown),
            readout::latest(&store, "validation_loss", shown),
            readout::latest(&store, "validation_accuracy", shown),
            store.recent_rows_held() as u64,
            last_validation(&store, shown),
        )
    };
    let loss = |summary: Option<readout::Summary>| summary.map_or_else(|| "–".into(), |s| numbers::measured(s.mean));
    ui.add_space(2.0);
    if let Some(step) = shown {
        let color = Palette::of(ui.ctx().theme()).warning;
        ui.label(RichText::new(words::say(&format!("Up to step {}", numbers::count(step)))).small().color(color));
    }
    let over = match (shown, WINDOW.min(held)) {
        (Some(step), _) => format!(
            "Mean over seeds and the measured steps from {} to {}.",
            numbers::count((step + 1).saturating_sub(WINDOW)),
            numbers::count(step)
        ),
        (None, 0) => "Nothing has been measured yet.".into(),
        (None, 1) => "Mean over seeds at the last measured step.".into(),
        (None, many) => format!("Mean over seeds and the last {many} measured steps."),
    };
    let at = validated.map_or_else(
        || "Not validated yet.".into(),
        |step| format!("Mean over seeds, validated after step {}.", numbers::count(step)),
    );
    readout::line(ui, "Training loss", &loss(training), &over);
    readout::line(ui, "Validation loss", &loss(validation), &at);
    if classifies {
        let text = accuracy.map_or_else(|| "–".into(), |s| format!("{:.1} %", 100.0 * s.mean));
        readout::line(ui, "Validation accuracy", &text, &at);
    }
}

/// The last step with a validation, up to the step that is shown.
fn last_validation(store: &MetricStore, shown: Option<u64>) -> Option<u64> {
    let column = store.columns().index("validation_loss")?;
    let last = |seed| match shown {
        None => store.latest_defined(column, seed).map(|(step, _)| step),
        Some(step) => store.envelope(column, seed, 0, step, readout::BINS).last().map(|bin| bin.last_step),
    };
    (0..store.seeds().len()).filter_map(last).max()
}

fn percent(share: f64) -> String {
    if (-1e-9..=1.0 + 1e-9).contains(&share) { format!("{:.0} %", 100.0 * share) } else { String::new() }
}
