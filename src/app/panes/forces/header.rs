//! What is shown of the balance: which layer, and in which view.

use eframe::egui::{RichText, Ui};

use super::neurons::ForceSort;
use crate::app::look::words;
use crate::app::panes::parts::follow_button::follow_button;
use crate::app::plot::legend;
use crate::app::view::View;

/// The three views of the balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Bars of whole layers.
    #[default]
    Layer,
    /// Curves.
    Time,
    /// A bar a neuron.
    Neurons,
}

const VIEWS: [(Shown, &str, &str); 3] = [
    (
        Shown::Layer,
        "Layer",
        "Means over the last window of steps: what pushes the weights out, and what pulls them in.",
    ),
    (Shown::Time, "Over time", "The same parts at each step."),
    (Shown::Neurons, "Neurons", "The same parts for the weights of each post-synaptic neuron."),
];

/// What a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The view.
    pub shown: Shown,
    /// Whether bars of all layers are shown.
    pub all_layers: bool,
    /// Order of the neurons.
    pub sort: ForceSort,
    /// Whether the theory is compared over the whole training set.
    pub whole_set: bool,
}

/// Draws the choices.
pub fn ui(ui: &mut Ui, view: &mut View<'_>, choices: &mut Choices, layers: &[usize]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let is_one = !(choices.all_layers && choices.shown == Shown::Layer);
        let (columns, picked) = (&view.link.status().columns, is_one.then_some(view.selection.layer));
        let name = |title: &str| format!("Forces of {title}");
        if let Some(layer) = legend::layer_choices(ui, columns, layers, picked, name) {
            view.selection.pick_layer(layer);
            choices.all_layers = false;
        }
        if choices.shown == Shown::Layer && layers.len() > 1 {
            let button =
                ui.selectable_label(choices.all_layers, "All").on_hover_text(words::say("Bars of every layer."));
            if button.accessible_name("Forces of all layers").clicked() {
                choices.all_layers = true;
            }
        }
        ui.add_space(8.0);
        for (shown, name, explanation) in VIEWS {
            let button =
                ui.selectable_label(choices.shown == shown, words::say(name)).on_hover_text(words::say(explanation));
            if button.accessible_name(format!("Forces: {}", name.to_lowercase())).clicked() {
                choices.shown = shown;
            }
        }
        if choices.shown == Shown::Neurons {
            ui.add_space(8.0);
            ui.label(RichText::new("Sort").weak());
            ui.add_space(2.0);
            for (sort, name, explanation) in [
                (ForceSort::Index, "By number", "Neurons in the order of their numbers."),
                (
                    ForceSort::Sum,
                    "By sum",
                    "Neurons by the sum of their parts: those whose weights grow most stand first.",
                ),
            ] {
                let button = ui.selectable_label(choices.sort == sort, name).on_hover_text(words::say(explanation));
                if button.accessible_name(format!("Sort forces {}", name.to_lowercase())).clicked() {
                    choices.sort = sort;
                }
            }
        }
        if choices.shown == Shown::Time {
            follow_button(ui, view);
        }
    });
}
