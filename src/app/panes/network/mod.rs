//! The network: neurons as dots, their strongest connections as lines, in the colours of how Hebbian each is at this step.

mod anatomy;
mod describe;
mod header;
mod heads;
mod paint;
mod plan;
mod reader;
mod reading;

use std::mem;
use std::sync::Arc;

use eframe::egui::{CursorIcon, Rect, RichText, ScrollArea, Sense, Ui, vec2};

use crate::app::figures::exhibits;
use crate::app::look::fallen;
use crate::app::look::numbers;
use crate::app::look::spoken::Picture;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::record::{Exhibit, NetworkDrawing, NeuronReading, Panel};
use crate::training::{RunState, Status};
use plan::{Found, Plan};
use reader::Reader;
use reading::Reading;

/// Weights up to which a network is drawn without asking: the matrices of a step take sixteen bytes a weight.
const UNASKED: usize = 4_000_000;
/// Lowest drawing.
const LOWEST: f32 = 90.0;
/// Panes that are lower do without the key.
const LOW: f32 = 190.0;

/// The pane, with what it has read.
pub struct NetworkPane {
    quantity: NeuronReading,
    reader: Reader,
    /// What is drawn of the newest reading while a neuron is picked: layer and neuron.
    picked: Option<Picked>,
    /// Whether a network that is too large to be drawn unasked is drawn.
    is_asked: bool,
    stills: paint::Stills,
}

/// The connections of a picked neuron.
struct Picked {
    reading: Arc<Reading>,
    layer: usize,
    neuron: usize,
    drawing: Option<NetworkDrawing>,
}

impl Default for NetworkPane {
    fn default() -> Self {
        Self {
            quantity: NeuronReading::Signal,
            reader: Reader::default(),
            picked: None,
            is_asked: false,
            stills: paint::Stills::default(),
        }
    }
}

impl Pane for NetworkPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Network
    }

    fn on_new_run(&mut self, _status: &Status) {
        self.reader.forget();
        (self.picked, self.is_asked) = (None, false);
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        if !view.link.status().experiment.measure.full_update {
            self.quantity = NeuronReading::Signal;
        }
        let maps = view.link.status().experiment.maps();
        let weights: usize = maps.iter().map(|map| map.weights()).sum();
        if weights > UNASKED && !self.is_asked {
            self.ask(ui, weights);
            return;
        }
        view.wants.moment = true;
        let reading = self.read(ui, view);
        let mut quantity = self.quantity;
        let mut stills = mem::take(&mut self.stills);
        let drawing = self.pick(view, reading.as_ref());
        let shown = reading.as_ref().zip(drawing);
        header::choices(ui, view, &mut quantity, shown.map(|(reading, drawing)| (&**reading, drawing)));
        match shown {
            Some((reading, drawing)) => {
                if ui.available_height() >= LOW {
                    header::key(ui, drawing);
                }
                draw(ui, view, reading, drawing, &mut stills);
            }
            None => {
                ui.add_space(8.0);
                ui.label(RichText::new(nothing(view)).weak());
            }
        }
        (self.quantity, self.stills) = (quantity, stills);
    }

    fn shows_steps(&self) -> bool {
        true
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let last = self.reader.last().cloned()?;
        // A step of the past that somebody waits for is read here; the present is never waited for.
        let past = view.moment.as_ref().filter(|moment| !moment.is_live && !self.reader.is_of(moment));
        let reading = past.map_or(last, |moment| Arc::new(Reading::new(moment, self.quantity)));
        let drawing = self.pick(view, Some(&reading))?.clone();
        let title = header::title(&reading, &drawing);
        Some(exhibits::exhibit(PaneKind::Network, &title, view, vec![Panel::Network(drawing)], 1))
    }
}

impl NetworkPane {
    /// The newest reading, if there is something to read.
    fn read(&mut self, ui: &Ui, view: &View<'_>) -> Option<Arc<Reading>> {
        match &view.moment {
            Some(moment) => self.reader.look(ui.ctx(), moment, self.quantity),
            None => {
                self.reader.forget();
                None
            }
        }
    }

    /// What is drawn: everything that is strong, or what belongs to the picked neuron.
    fn pick<'a>(&'a mut self, view: &View<'_>, reading: Option<&'a Arc<Reading>>) -> Option<&'a NetworkDrawing> {
        let reading = reading?;
        let layer = view.selection.layer;
        let Some(neuron) = view.selection.neuron else {
            self.picked = None;
            return Some(&reading.drawing);
        };
        let is_held =
            |held: &Picked| Arc::ptr_eq(&held.reading, reading) && (held.layer, held.neuron) == (layer, neuron);
        if !self.picked.as_ref().is_some_and(is_held) {
            let drawing = reading.of_neuron(layer, neuron);
            self.picked = Some(Picked { reading: Arc::clone(reading), layer, neuron, drawing });
        }
        let held = self.picked.as_ref().and_then(|held| held.drawing.as_ref());
        Some(held.unwrap_or(&reading.drawing))
    }

    /// Draws nothing of a network so large that it takes memory, until someone says so.
    fn ask(&mut self, ui: &mut Ui, weights: usize) {
        ui.add_space(8.0);
        let gigabytes = 16.0 * weights as f64 / 1e9;
        let weights = numbers::count(weights as u64);
        ui.label(words::say(&format!(
            "This network has {weights} weights. Drawing it takes {gigabytes:.1} GB of memory while it is in sight."
        )));
        if ui.button("Draw the network").clicked() {
            self.is_asked = true;
        }
    }
}

fn draw(
    ui: &mut Ui,
    view: &mut View<'_>,
    reading: &Arc<Reading>,
    drawing: &NetworkDrawing,
    stills: &mut paint::Stills,
) {
    let room = ui.available_size();
    let width = room.x.max(plan::PITCH * drawing.columns.len() as f32);
    let is_scrolled = width > room.x;
    let height = (room.y - if is_scrolled { 12.0 } else { 0.0 }).max(LOWEST);
    ScrollArea::horizontal().id_salt("network").auto_shrink([false, false]).show(ui, |ui| {
        let (area, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
        paint_ground(ui, area);
        let plan = Plan::new(area, drawing);
        let name = format!("Drawing of the network: {} columns", drawing.columns.len());
        Picture::new(name, &|| describe::told(reading, drawing)).tell(&response);
        let at = response.hover_pos();
        let found = at.and_then(|at| plan.find(drawing, at));
        let painter = ui.painter_at(area);
        paint::draw(ui, &painter, &plan, (reading, drawing), found, stills);
        let status = view.link.status();
        let (collapses, seed) = (Arc::clone(&status.collapses), reading.moment.seed);
        let own: Vec<_> = collapses.iter().filter(|one| one.seed == seed).cloned().collect();
        let tag = |layer: usize| fallen::tag(&own, layer, reading.moment.step, 1);
        if let Some(layer) = heads::draw(ui, &plan, reading, drawing, view.selection.layer, &tag) {
            view.selection.pick_layer(layer);
        }
        let clicked = response.clicked();
        if let Some(found) = found {
            let response = response.on_hover_cursor(CursorIcon::PointingHand);
            describe::tooltip(&response, reading, drawing, found);
        }
        if clicked {
            pick(view, reading, found);
            ui.ctx().request_repaint();
        }
    });
}

/// A click on a neuron picks it; a second one, and one beside everything, lets it go.
fn pick(view: &mut View<'_>, reading: &Reading, found: Option<Found>) {
    let unit = match found {
        Some(Found::Unit(column, unit)) => reading.layer_of(column).map(|layer| (layer, unit)),
        Some(Found::Line(_)) => return,
        None => None,
    };
    let Some((layer, neuron)) = unit else {
        view.selection.neuron = None;
        return;
    };
    view.selection.pick_layer(layer);
    view.selection.neuron = (view.selection.neuron != Some(neuron)).then_some(neuron);
}

fn paint_ground(ui: &Ui, area: Rect) {
    let palette = Palette::of(ui.ctx().theme());
    ui.painter().rect_filled(area, 0.0, palette.plot);
}

/// Why there is nothing to see, and what to do.
fn nothing(view: &View<'_>) -> &'static str {
    match view.link.status().state {
        RunState::Preparing => "The run is being prepared; its network appears here as soon as it is.",
        RunState::Failed => "This run has stopped and has no network. Reset it, or pick another experiment.",
        _ if view.link.is_running() => "The network appears with the first step.",
        _ => "The network appears with the first step: press Run or Step.",
    }
}
