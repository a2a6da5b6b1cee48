//! Single neurons over time: the row-wise cosine as a heat map (Figures 19, 20), and one neuron that is followed.

mod bars;
mod curve;
mod detail;
mod figures;
mod header;
mod map;
mod order;
mod picture;
mod principal;
mod rows;
mod sight;
mod spectrum;
mod taken;

use std::sync::Arc;
use std::time::Instant;

use eframe::egui::{ScrollArea, Ui, UiBuilder};

use super::parts::measured::measured_layers;
use super::parts::readout;
use super::parts::units::Units;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::record::{Exhibit, NeuronReading};
use crate::training::Command;
use curve::NeuronCurve;
use order::{NeuronSort, RowOrder};
use picture::HeatPicture;
use sight::{Look, Reader, Sight, Span, Subject};

/// Narrower panes have the details below the map.
const LEAST_WIDTH_BESIDE: f32 = 440.0;

/// Lower maps leave no room for a curve below them; it stands among the details then.
const LEAST_HEIGHT_BELOW: f32 = 270.0;

/// Keeps the details clear of the map, as beside other plots.
const DETAIL_MARGIN: f32 = 16.0;

/// Height of a curve among the details.
const SMALL_CURVE: f32 = 150.0;

/// Bins at most, however wide the pane: no more are held of a long run.
const MAX_BINS: usize = 1024;

/// What a person has chosen to see.
struct Choices {
    reading: NeuronReading,
    sort: NeuronSort,
    all: bool,
}

/// The pane, with what it has read and painted.
pub struct NeuronsPane {
    choices: Choices,
    reader: Reader,
    order: RowOrder,
    picture: HeatPicture,
    curve: NeuronCurve,
    /// Whether the pointer was over the map when it was drawn last.
    is_pointed_at: bool,
    /// Run and place of the seed that the trainer was asked for last.
    asked: Option<(u64, usize)>,
}

impl Default for NeuronsPane {
    fn default() -> Self {
        Self {
            // What the curves show first; the figures' own is a click away.
            choices: Choices { reading: NeuronReading::Signal, sort: NeuronSort::Index, all: false },
            reader: Reader::default(),
            order: RowOrder::default(),
            picture: HeatPicture::default(),
            curve: NeuronCurve::default(),
            is_pointed_at: false,
            asked: None,
        }
    }
}

impl Pane for NeuronsPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Neurons
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let layers = measured_layers(&view.link.status().columns);
        let pixels = (ui.available_width() * ui.ctx().pixels_per_point()) as usize;
        let now = Instant::now();
        let subject = self.subject(view, &layers);
        let look = self.reader.look(&view.link.neurons(), subject, span(view, pixels), now);
        self.order.update(&look.sight, self.choices.sort, self.choices.all, self.is_pointed_at, now);
        let waits = self.picture.update(
            ui.ctx(),
            &look.sight,
            (self.order.rows(), self.order.changes()),
            view.time,
            pixels.clamp(64, MAX_BINS),
            now,
        );
        let Look { sight, stale_for } = look;
        if let Some(wait) = stale_for.into_iter().chain(waits).min() {
            ui.ctx().request_repaint_after(wait);
        }
        header::ui(ui, view, &mut self.choices, &layers, (sight.neurons, sight.subject.unit));
        self.ask_for_seed(view, &sight);
        if sight.neurons == 0 {
            nothing(ui, view);
            return;
        }
        let size = ui.available_size();
        if size.x >= LEAST_WIDTH_BESIDE {
            let below = size.y >= LEAST_HEIGHT_BELOW;
            // Two places of fixed width, so that a wide number never moves the map.
            let whole = ui.available_rect_before_wrap();
            let border = whole.right() - readout::WIDTH;
            let beside = whole.with_min_x(border + DETAIL_MARGIN);
            ui.scope_builder(UiBuilder::new().max_rect(beside).id_salt("neurons_detail"), |ui| {
                ui.shrink_clip_rect(beside);
                self.detail(ui, view, &sight, !below);
            });
            ui.scope_builder(UiBuilder::new().max_rect(whole.with_max_x(border)).id_salt("neurons_map"), |ui| {
                self.map_and_curve(ui, view, &sight, below);
            });
        } else {
            let width = size.x.min(readout::WIDTH);
            map::color_bar(ui, width);
            let height = (ui.available_height() * 0.55).max(60.0);
            self.map(ui, view, &sight, height, true);
            self.details(ui, view, &sight, true);
        }
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let layers = measured_layers(&view.link.status().columns);
        let subject = self.subject(view, &layers);
        let sight = {
            let neurons = view.link.neurons();
            let store = neurons.lock();
            Sight::read(&store, subject, span(view, MAX_BINS), None)
        };
        self.order.update(&sight, self.choices.sort, self.choices.all, self.is_pointed_at, Instant::now());
        taken::exhibit(view, &sight, self.order.rows())
    }
}

impl NeuronsPane {
    fn subject(&self, view: &View<'_>, layers: &[usize]) -> Subject {
        let status = view.link.status();
        let selection = &view.selection;
        // Where the picked layer is not measured, the last measured one is shown.
        let is_measured = layers.contains(&selection.layer);
        let layer = if is_measured { selection.layer } else { layers.last().copied().unwrap_or(selection.layer) };
        let neurons = status.experiment.maps().get(layer - 1).map_or(0, |map| map.outputs);
        let followed = selection.neuron.filter(|neuron| is_measured && *neuron < neurons);
        let reading = if status.experiment.measure.full_update { self.choices.reading } else { NeuronReading::Signal };
        let unit = Units::of(&status.experiment, layer).row();
        Subject { run_id: status.run_id, layer, reading, followed, unit }
    }

    /// Asks once a run for the neurons of the picked seed; a new run begins with those of its first one.
    fn ask_for_seed(&mut self, view: &mut View<'_>, sight: &Sight) {
        let (picked, run_id) = (view.selection.seed_index, view.link.status().run_id);
        let is_other = view.link.status().seeds.get(picked).is_some_and(|seed| *seed != sight.seed);
        if is_other && sight.neurons > 0 && self.asked != Some((run_id, picked)) {
            self.asked = Some((run_id, picked));
            view.link.send(Command::WatchNeurons(picked));
        }
    }

    fn map_and_curve(&mut self, ui: &mut Ui, view: &mut View<'_>, sight: &Arc<Sight>, below: bool) {
        let height = ui.available_height();
        if !below || sight.subject.followed.is_none() {
            self.map(ui, view, sight, height, true);
            return;
        }
        let curve = (0.36 * height).clamp(120.0, 240.0);
        self.map(ui, view, sight, height - curve - ui.spacing().item_spacing.y, false);
        self.curve.ui(ui, view, sight, curve);
    }

    fn map(&mut self, ui: &mut Ui, view: &mut View<'_>, sight: &Arc<Sight>, height: f32, has_steps: bool) {
        let touch = map::show(ui, view, sight, self.order.rows(), &self.picture, (height, has_steps));
        self.is_pointed_at = touch.over;
        if let Some(neuron) = touch.clicked {
            view.selection.pick_layer(sight.subject.layer);
            view.selection.neuron = (view.selection.neuron != Some(neuron)).then_some(neuron);
            ui.ctx().request_repaint();
        }
    }

    fn detail(&mut self, ui: &mut Ui, view: &mut View<'_>, sight: &Arc<Sight>, with_curve: bool) {
        map::color_bar(ui, ui.available_width());
        if sight.map.values.iter().any(|value| value.is_nan()) {
            map::undefined_key(ui);
        }
        ui.add_space(4.0);
        self.details(ui, view, sight, with_curve);
    }

    fn details(&mut self, ui: &mut Ui, view: &mut View<'_>, sight: &Arc<Sight>, with_curve: bool) {
        ScrollArea::vertical().id_salt("neuron_details").auto_shrink([false, false]).show(ui, |ui| {
            match sight.subject.followed {
                Some(neuron) => {
                    let let_go = detail::followed(ui, sight, neuron);
                    if with_curve {
                        ui.add_space(4.0);
                        self.curve.ui(ui, view, sight, SMALL_CURVE);
                    }
                    if let_go {
                        view.selection.neuron = None;
                    }
                }
                None => detail::layer(ui, sight),
            }
        });
    }
}

/// Steps in sight, with a bin for each pixel at most.
fn span(view: &View<'_>, pixels: usize) -> Span {
    let (from, to) = view.time.steps();
    let to = to.min(view.link.status().step);
    // On a logarithmic axis a bin may cover a large part of the pixels, so there are as many as possible.
    let bins = if view.time.is_logarithmic() { MAX_BINS } else { pixels.clamp(64, MAX_BINS) };
    Span { from, to, bins }
}

/// Says why there are no neurons, and what to do about it.
fn nothing(ui: &mut Ui, view: &mut View<'_>) {
    if view.link.status().experiment.measure.neurons {
        ui.label(words::say("The neurons appear with the first measured step."));
        return;
    }
    ui.label("Single neurons are not measured in this run.");
    let button = ui
        .button("Measure neurons")
        .on_hover_text(words::say("Measures the cosine of every row of W from the next step on."));
    if button.clicked() {
        view.link.set("measure.neurons", toml::Value::Boolean(true));
    }
}
