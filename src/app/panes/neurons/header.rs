//! What is shown of the neurons: layer, reading, order, how many, and of which seed.

use eframe::egui::{Button, ComboBox, RichText, Ui};

use super::Choices;
use super::order::{EXAMPLES, NeuronSort};
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::words;
use crate::app::panes::parts::follow_button::follow_button;
use crate::app::plot::legend;
use crate::app::view::View;
use crate::record::NeuronReading;

/// Draws the choices; `neurons` is the size of the layer, and what it consists of.
pub fn ui(ui: &mut Ui, view: &mut View<'_>, choices: &mut Choices, layers: &[usize], (neurons, unit): (usize, &str)) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let columns = &view.link.status().columns;
        let name = |title: &str| format!("Neurons of {title}");
        if let Some(layer) = legend::layer_choices(ui, columns, layers, Some(view.selection.layer), name) {
            view.selection.pick_layer(layer);
        }
        ui.add_space(8.0);
        let full = view.link.status().experiment.measure.full_update;
        for (reading, name, explanation) in [
            (NeuronReading::Signal, "Learning signal", "cos θ_i between row i of the learning signal g and of H."),
            (
                NeuronReading::Full,
                "Full update",
                "cos θ_i between row i of the full update ΔW and of H: with decay, without injected noise. This is what \
                 Figures 19 and 20 show.",
            ),
        ] {
            let button = Button::selectable(choices.reading == reading, words::say(name));
            let button = ui.add_enabled(reading == NeuronReading::Signal || full, button);
            let button =
                button.on_hover_text(words::say(explanation)).on_disabled_hover_text("The full update is not measured.");
            let term =
                if reading == NeuronReading::Signal { Term::LearningSignal } else { Term::FullUpdate };
            let button = glossary::explained(button, term);
            if button.clicked() {
                choices.reading = reading;
            }
        }
        ui.add_space(8.0);
        weak(ui, "Sort");
        for sort in NeuronSort::ALL {
            let button = ui.selectable_label(choices.sort == sort, sort.label()).on_hover_text(words::say(sort.explanation()));
            let name = format!("Sort neurons by {}", sort.label().to_lowercase());
            if button.accessible_name(name).clicked() {
                choices.sort = sort;
            }
        }
        if neurons > EXAMPLES {
            ui.add_space(8.0);
            weak(ui, &format!("{}s", legend::capitalized(unit)));
            let few = ui.selectable_label(!choices.all, EXAMPLES.to_string());
            let few = few.on_hover_text(words::say("Thirty evenly spaced neurons, as many as Figure 19 shows."));
            if few.accessible_name("Thirty neurons").clicked() {
                choices.all = false;
            }
            let all = ui.selectable_label(choices.all, format!("All {}", numbers::count(neurons as u64)));
            if all.accessible_name("All neurons").clicked() {
                choices.all = true;
            }
        }
        seeds(ui, view);
        follow_button(ui, view);
    });
}

/// The seed whose neurons are shown, where there are several.
fn seeds(ui: &mut Ui, view: &mut View<'_>) {
    let seeds = view.link.status().seeds.clone();
    if seeds.len() < 2 {
        return;
    }
    ui.add_space(8.0);
    let mut picked = view.selection.seed_index;
    let name = |index: usize| seeds.get(index).map_or_else(String::new, |seed| format!("Seed {seed}"));
    let combo = ComboBox::from_id_salt("neurons_seed").selected_text(name(picked)).width(70.0);
    let shown = combo.show_ui(ui, |ui| {
        for index in 0..seeds.len() {
            ui.selectable_value(&mut picked, index, name(index));
        }
    });
    shown.response.accessible_name("Seed of the neurons").on_hover_text(
        "The replica whose neurons are shown. Neurons of one seed are held; those of another count from the moment it \
         is picked.",
    );
    view.selection.seed_index = picked;
}

fn weak(ui: &mut Ui, text: &str) {
    let ink = ui.visuals().weak_text_color();
    ui.label(RichText::new(text).color(ink));
    ui.add_space(2.0);
}
