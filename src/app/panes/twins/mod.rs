//! Run and twin: A and B over time, and what tells them apart.

mod fork;
mod named;
mod plots;
mod quantity;
mod settings;

use std::sync::Arc;

use eframe::egui::{ComboBox, Label, RichText, Theme, Ui};

use super::parts::measured::measured_layers;
use super::parts::readout::Summary;
use crate::app::figures::exhibits;
use crate::app::figures::exhibits::Wanted;
use crate::app::link::contents::Contents;
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::follow_button::follow_button;
use crate::app::plot::chart::Heights;
use crate::app::plot::curve_cache::CurveCache;
use crate::app::plot::curves::{Curve, Stretch};
use crate::app::plot::legend;
use crate::app::plot::legend::Mark;
use crate::app::view::{Pane, View};
use crate::record::{Axis, AxisScale, Chart, Exhibit, MetricStore, Panel, Series, SeriesStyle};
use crate::training::Branch;
use fork::ForkForm;
pub use fork::why_not_now;
use quantity::TwinQuantity;

/// Bins among which the newest value is sought; as many as a store has at most.
const BINS: usize = 8192;

/// What identifies a difference that was read: contents of both stores, part and column.
type DifferenceKey = (Contents, Stretch, String);

/// The pane, with what it has read.
pub struct TwinsPane {
    form: ForkForm,
    quantity: TwinQuantity,
    hidden: [bool; 2],
    heights: Heights,
    difference_heights: Heights,
    caches: [CurveCache; 2],
    difference: Option<(DifferenceKey, Arc<Curve>)>,
}

impl Default for TwinsPane {
    fn default() -> Self {
        Self {
            form: ForkForm::default(),
            quantity: TwinQuantity::Signal,
            hidden: [false; 2],
            heights: Heights::default(),
            difference_heights: Heights::default(),
            caches: Default::default(),
            difference: None,
        }
    }
}

/// What is drawn of two twins.
struct Compared {
    a: Arc<Curve>,
    b: Arc<Curve>,
    difference: Arc<Curve>,
    means: Means,
}

/// Height of the pane below which its numbers give way to the plots.
const LOW: f32 = 200.0;

/// Letters of what a twin has of its own that stand in a line beside its name.
const MOST_WORDS: usize = 48;

/// Means of the newest window.
#[derive(Clone, Copy, Default)]
struct Means {
    a: Option<Summary>,
    b: Option<Summary>,
    difference: Option<Summary>,
}

impl Pane for TwinsPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Twins
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(forked_at) = view.link.status().twin.as_ref().map(|twin| twin.forked_at) else {
            self.form.ui(ui, view);
            return;
        };
        let layers = measured_layers(&view.link.status().columns);
        // Where there is little room the plots get it, and the numbers can be read off them.
        let is_low = ui.available_height() < LOW;
        if is_low {
            ui.horizontal_wrapped(|ui| {
                self.header(ui, view, forked_at, true);
                self.choices(ui, view, &layers);
            });
        } else {
            ui.horizontal_wrapped(|ui| self.header(ui, view, forked_at, false));
            ui.horizontal_wrapped(|ui| self.choices(ui, view, &layers));
        }
        let Some(compared) = self.read(view, forked_at, ui.available_width()) else { return };
        if !is_low {
            readout(ui, self.quantity, &compared.means, view);
        }
        self.plots(ui, view, &compared, forked_at);
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let twin = view.link.status().twin.clone()?;
        let differing = settings::differing(&view.link.status().experiment, &twin.experiment);
        let (quantity, layer) = (self.quantity, view.selection.layer);
        let column = quantity.column(layer);
        let panels = exhibits::with_store(view, |store| {
            let twins = view.link.twin_metrics();
            let twins = twins.lock();
            let other = twins.as_ref()?;
            let palette = Palette::of(Theme::Light);
            let colors = plots::colors(quantity, layer, &palette);
            let wanted = |name: String, color, style, store, origin| Wanted {
                column: column.clone(),
                origin: Some(origin),
                name,
                color,
                style,
                marker: None,
                depth: 0,
                paleness: 0.0,
                kind: String::new(),
                band: true,
                joined: quantity.is_sparse(),
                store,
            };
            let curves = [
                wanted(
                    format!("A: {}", settings::words(&differing, |d| &d.a)),
                    colors[0],
                    SeriesStyle::Line,
                    store,
                    Branch::A,
                ),
                wanted(
                    format!("B: {}", settings::words(&differing, |d| &d.b)),
                    colors[1],
                    SeriesStyle::Dashed,
                    other,
                    Branch::B,
                ),
            ];
            let curves =
                curves.into_iter().zip(self.hidden).filter(|(_, hidden)| !hidden).map(|(curve, _)| curve).collect();
            let scale = if quantity.is_cosine() { AxisScale::Linear } else { AxisScale::Log10 };
            let range = if quantity.is_cosine() { self.heights.seen() } else { self.heights.seen_values() };
            let y = Axis { label: quantity.axis().into(), scale, range };
            let both = exhibits::chart(view, &quantity.title(layer), y, curves, quantity.is_cosine());
            let (from, to) = view.time.steps();
            let window = Stretch {
                from: from.max(twin.forked_at),
                to,
                points: view.points,
                joined: quantity.is_sparse(),
                logarithmic: view.time.is_logarithmic(),
            };
            let difference = Curve::difference(store, other, &column, window);
            let series = vec![Series {
                name: "B − A".into(),
                color: exhibits::rgb(colors[0]),
                style: SeriesStyle::Line,
                points: difference.series_points(),
                ..Series::default()
            }];
            let apart = Panel::Chart(Chart {
                title: "Difference, paired by seed".into(),
                x: exhibits::steps(view),
                y: Axis {
                    label: format!("{}, B − A", quantity.axis()),
                    range: self.difference_heights.seen(),
                    ..Axis::default()
                },
                series,
                marks: exhibits::marks(view),
                zero_line: true,
            });
            Some([both, apart].map(|panel| with_fork(panel, twin.forked_at)).to_vec())
        })?;
        Some(exhibits::exhibit(PaneKind::Twins, "Run and twin", view, panels, 1))
    }
}

fn with_fork(panel: Panel, step: u64) -> Panel {
    match panel {
        Panel::Chart(mut chart) => {
            chart.marks.push(exhibits::mark(step, "fork".into()));
            Panel::Chart(chart)
        }
        other => other,
    }
}

impl TwinsPane {
    /// What differs, and which twin is to go on.
    fn header(&mut self, ui: &mut Ui, view: &mut View<'_>, forked_at: u64, is_low: bool) {
        let palette = Palette::of(ui.ctx().theme());
        let colors = plots::colors(self.quantity, view.selection.layer, &palette);
        let status = view.link.status();
        let differing = match &status.twin {
            Some(twin) => settings::differing(&status.experiment, &twin.experiment),
            None => Vec::new(),
        };
        let texts = [settings::words(&differing, |d| &d.a), settings::words(&differing, |d| &d.b)];
        ui.spacing_mut().item_spacing.x = 4.0;
        let marks = [Mark::Line, Mark::Dashes];
        for (i, ((text, mark), name)) in texts.iter().zip(marks).zip(["A", "B"]).enumerate() {
            let mut shown = !self.hidden[i];
            let entry = legend::entry(ui, &mut shown, mark, colors[i], name);
            glossary::explained(entry.on_hover_text(words::say(["The run itself.", "The copy."][i])), Term::Twin);
            self.hidden[i] = !shown;
            if !text.is_empty() {
                named(ui, &words::say(text));
            }
            ui.add_space(6.0);
        }
        let ink = ui.visuals().weak_text_color();
        let mut weak = |text: String| {
            ui.add(Label::new(RichText::new(words::say(&text)).color(ink)).extend());
        };
        if differing.is_empty() && !is_low {
            weak("No setting differs: let the sliders act on B, and move one.".into());
        }
        if !is_low {
            weak(format!("parted at step {}", numbers::count(forked_at)));
        }
        ui.add_space(6.0);
        for (name, command) in [("Keep A", AppCommand::EndTwin), ("Keep B", AppCommand::KeepTwin)] {
            if ui.button(name).on_hover_text(command.tooltip()).clicked() {
                view.commands.push(command);
            }
        }
    }

    fn choices(&mut self, ui: &mut Ui, view: &mut View<'_>, layers: &[usize]) {
        ui.spacing_mut().item_spacing.x = 2.0;
        let combo =
            ComboBox::from_id_salt("twins_quantity").selected_text(words::say(self.quantity.label())).width(140.0);
        let before = self.quantity;
        let shown = combo.show_ui(ui, |ui| {
            for quantity in TwinQuantity::ALL {
                let entry = ui.selectable_value(&mut self.quantity, quantity, words::say(quantity.label()));
                entry.on_hover_text(words::say(quantity.explanation()));
            }
        });
        shown.response.accessible_name("Quantity of the twins").on_hover_text(words::say(self.quantity.explanation()));
        if before != self.quantity {
            (self.heights, self.difference_heights) = (Heights::default(), Heights::default());
        }
        if self.quantity.is_of_layer() {
            ui.add_space(8.0);
            let columns = &view.link.status().columns;
            let name = |title: &str| format!("Twins' {title}");
            if let Some(layer) = legend::layer_choices(ui, columns, layers, Some(view.selection.layer), name) {
                view.selection.pick_layer(layer);
            }
        }
        follow_button(ui, view);
    }

    fn read(&mut self, view: &View<'_>, forked_at: u64, width: f32) -> Option<Compared> {
        let quantity = self.quantity;
        let column = quantity.column(view.selection.layer);
        let window = Stretch { joined: quantity.is_sparse(), ..Stretch::of(view.time, width) };
        let contents = view.link.contents();
        let (metrics, twins) = (view.link.metrics(), view.link.twin_metrics());
        // In the order in which the trainer takes them.
        let store = metrics.lock();
        let twins = twins.lock();
        let other = twins.as_ref()?;
        let common = Stretch { from: window.from.max(forked_at), ..window };
        let key = (contents, common, column.clone());
        let difference = match &self.difference {
            Some((known, curve)) if *known == key => Arc::clone(curve),
            _ => Arc::new(Curve::difference(&store, other, &column, common)),
        };
        self.difference = Some((key, Arc::clone(&difference)));
        let [a, b] = &mut self.caches;
        Some(Compared {
            a: a.read(contents, &store, &column, window, quantity.scale()),
            b: b.read(contents, other, &column, window, quantity.scale()),
            difference,
            means: means(&store, other, &column, forked_at, view, quantity),
        })
    }
}

/// Means of the newest window since the fork, or of as many steps up to the one that is shown.
fn means(
    store: &MetricStore,
    other: &MetricStore,
    column: &str,
    forked_at: u64,
    view: &View<'_>,
    quantity: TwinQuantity,
) -> Means {
    let newest = store.last_step().into_iter().chain(other.last_step()).min();
    let (Some(index), Some(newest)) = (store.columns().index(column), newest) else { return Means::default() };
    let to = view.shown_step.map_or(newest, |step| step.min(newest));
    if other.last_step().is_none() || to < forked_at {
        return Means::default();
    }
    let window = view.link.status().experiment.measure.window;
    let from = (to + 1).saturating_sub(window).max(forked_at);
    let value = |store: &MetricStore, seed| match quantity.is_sparse() {
        true => store.envelope(index, seed, forked_at, to, BINS).last().map(|bin| bin.mean),
        false => store.mean_over(index, seed, from, to),
    };
    let seeds = 0..store.seeds().len();
    let pairs: Vec<_> = seeds.map(|seed| (value(store, seed), value(other, seed))).collect();
    Means {
        a: Summary::of(pairs.iter().filter_map(|(a, _)| *a)),
        b: Summary::of(pairs.iter().filter_map(|(_, b)| *b)),
        difference: Summary::of(pairs.iter().filter_map(|(a, b)| Some((*b)? - (*a)?))),
    }
}

/// What a twin has of its own; a written rule is long, and is whole where the pointer rests.
fn named(ui: &mut Ui, text: &str) {
    let shown: String = match text.char_indices().nth(MOST_WORDS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let label = ui.add(Label::new(RichText::new(&shown).monospace()).extend());
    if shown != text {
        label.on_hover_text(RichText::new(text).monospace());
    }
}

/// A mean of A, B or their difference, with its spread.
fn written(quantity: TwinQuantity, summary: Option<Summary>) -> String {
    let number = |value: f64| match quantity.is_cosine() {
        true => numbers::cosine(value),
        false => format!("{}{}", if value < 0.0 { "−" } else { " " }, numbers::measured(value.abs())),
    };
    match summary {
        None => "–".to_owned(),
        Some(Summary { mean, sd: None }) => number(mean),
        Some(Summary { mean, sd: Some(sd) }) => {
            let sd = if quantity.is_cosine() { format!("{sd:.3}") } else { numbers::measured(sd) };
            format!("{} ± {sd}", number(mean))
        }
    }
}

/// The same in a sentence.
fn told(quantity: TwinQuantity, layer: usize, means: &Means) -> String {
    let [a, b, difference] = [means.a, means.b, means.difference].map(|mean| match mean {
        None => "not there yet".to_owned(),
        mean => written(quantity, mean).trim().to_owned(),
    });
    format!("{}: A {a}, B {b}, difference B − A {difference}", quantity.title(layer))
}

/// Means of A, of B and of their difference in a line.
fn readout(ui: &mut Ui, quantity: TwinQuantity, means: &Means, view: &View<'_>) {
    let palette = Palette::of(ui.ctx().theme());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let rows = [
            ("A", means.a, "Mean of A ± SD over seeds."),
            ("B", means.b, "Mean of B ± SD over seeds."),
            (
                "B − A",
                means.difference,
                "Mean over seeds of each seed's difference ± SD of these differences: as both see the same batches and \
                 noise, it is far smaller than that of either.",
            ),
        ];
        for (name, summary, explanation) in rows {
            let ink = ui.visuals().weak_text_color();
            glossary::label(ui, RichText::new(name).color(ink), Term::Twin);
            let shown = format!("{:<22}", written(quantity, summary));
            ui.label(RichText::new(shown).monospace().strong()).on_hover_text(words::say(explanation));
        }
        let window = numbers::count(view.link.status().experiment.measure.window);
        let (words, ink) = match view.shown_step {
            _ if quantity.is_sparse() => ("newest epoch".to_owned(), ui.visuals().weak_text_color()),
            None => (format!("last {window} steps"), ui.visuals().weak_text_color()),
            Some(step) => (format!("{window} steps up to {}", numbers::count(step)), palette.warning),
        };
        ui.label(RichText::new(words::say(&words)).small().color(ink));
    });
}
