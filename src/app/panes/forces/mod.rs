//! Figure 1 as an instrument: what makes |W|² grow and shrink, and the theory of stationarity against measurement.

mod block;
mod header;
mod layers;
mod neurons;
mod taken;
mod terms;
mod time;

use eframe::egui::{Frame, Margin, Panel, ScrollArea, Ui};

use super::parts::measured::measured_layers;
use crate::app::figures::exhibits;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::record::Exhibit;
use header::{Choices, Shown};
use taken::Seen;
use terms::{Balance, PARTS};

/// Narrower panes have the theory below the balance.
const LEAST_WIDTH_BESIDE: f32 = 620.0;

/// Height of the balance above the theory.
const HEIGHT_ABOVE: f32 = 190.0;

/// The pane, with what was chosen in it.
#[derive(Default)]
pub struct ForcesPane {
    choices: Choices,
    curves: time::Curves,
}

impl Pane for ForcesPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Forces
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        view.wants.expectations = Some(block::wanted(view.link.status().state, &self.choices));
        let palette = Palette::of(ui.ctx().theme());
        let layers = measured_layers(&view.link.status().columns);
        header::ui(ui, view, &mut self.choices, &layers);
        let layer = picked(view, &layers);
        if ui.available_width() >= LEAST_WIDTH_BESIDE {
            Panel::right("forces_theory")
                .exact_size(block::WIDTH)
                .resizable(false)
                .show_separator_line(false)
                .frame(Frame::NONE.inner_margin(Margin { left: 14, ..Margin::ZERO }))
                .show(ui, |ui| {
                    ScrollArea::vertical().id_salt("theory").auto_shrink([false, false]).show(ui, |ui| {
                        block::show(ui, view, &mut self.choices, layer, &palette);
                    });
                });
            self.balance(ui, view, &layers, layer, &palette);
        } else {
            ScrollArea::vertical().id_salt("forces").auto_shrink([false, false]).show(ui, |ui| {
                let size = eframe::egui::vec2(ui.available_width(), HEIGHT_ABOVE);
                ui.allocate_ui(size, |ui| self.balance(ui, view, &layers, layer, &palette));
                ui.add_space(6.0);
                block::show(ui, view, &mut self.choices, layer, &palette);
            });
        }
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        let layers = measured_layers(&view.link.status().columns);
        let layer = picked(view, &layers);
        let seen = match self.choices.shown {
            Shown::Layer => {
                let one = [layer];
                Seen::Layers(read(view, if self.choices.all_layers { &layers } else { &one }))
            }
            Shown::Time => Seen::Time { shown: self.curves.shown(), heights: self.curves.heights() },
            Shown::Neurons => {
                Seen::Neurons { forces: of_neurons(view, layer).unwrap_or_default(), sort: self.choices.sort }
            }
        };
        taken::exhibit(view, &seen, layer)
    }
}

impl ForcesPane {
    fn balance(&mut self, ui: &mut Ui, view: &mut View<'_>, layers: &[usize], layer: usize, palette: &Palette) {
        if !view.link.status().experiment.measure.force_balance {
            offer(ui, view, "The balance of forces is not measured in this run.", "measure.force_balance");
            return;
        }
        match self.choices.shown {
            Shown::Layer => {
                let one = [layer];
                let wanted = if self.choices.all_layers { layers } else { &one };
                let balances = read(view, wanted);
                if balances.iter().any(Balance::is_measured) {
                    layers::show(ui, &view.link.status().columns, &balances, palette);
                } else {
                    ui.weak(words::say("The balance appears with the first measured step."));
                }
            }
            Shown::Time => self.curves.show(ui, view, layer, palette),
            Shown::Neurons => self.neurons(ui, view, layer, palette),
        }
    }

    fn neurons(&self, ui: &mut Ui, view: &mut View<'_>, layer: usize, palette: &Palette) {
        if !view.link.status().experiment.measure.neurons {
            offer(ui, view, "Single neurons are not measured in this run.", "measure.neurons");
            return;
        }
        let Some(forces) = of_neurons(view, layer) else {
            ui.weak(words::say("The neurons appear when the first window of steps has closed."));
            return;
        };
        if view.link.status().looking_at.is_some() {
            ui.small(words::say("These are of the present, not of the step that is looked at."));
        }
        let picked = view.selection.neuron.filter(|_| view.selection.layer == layer);
        if let Some(neuron) = neurons::show(ui, layer, &forces, self.choices.sort, picked, palette) {
            view.selection.pick_layer(layer);
            view.selection.neuron = (picked != Some(neuron)).then_some(neuron);
            ui.ctx().request_repaint();
        }
    }
}

/// The parts of each neuron of a layer, once a window has closed.
fn of_neurons(view: &View<'_>, layer: usize) -> Option<Vec<[f32; PARTS]>> {
    let neurons = view.link.neurons();
    let store = neurons.lock();
    store.forces(layer).map(<[_]>::to_vec)
}

/// The picked layer, or the last measured one where it is not measured.
fn picked(view: &View<'_>, layers: &[usize]) -> usize {
    let layer = view.selection.layer;
    if layers.contains(&layer) { layer } else { layers.last().copied().unwrap_or(layer) }
}

fn read(view: &View<'_>, layers: &[usize]) -> Vec<Balance> {
    let status = view.link.status();
    let window = status.experiment.measure.window;
    exhibits::with_store(view, |store| {
        layers.iter().map(|&layer| Balance::read(store, layer, window, status.looking_at)).collect()
    })
}

/// Says what is not measured, and offers to.
fn offer(ui: &mut Ui, view: &mut View<'_>, text: &str, field: &str) {
    ui.label(text);
    let button =
        ui.button("Measure from now on").on_hover_text(words::say(&format!("Sets {field} from the next step on.")));
    if button.clicked() {
        view.link.set(field, toml::Value::Boolean(true));
    }
}
