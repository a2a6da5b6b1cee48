//! The controls above the matrices: which layer, seed and neurons, in which order and colours.

use eframe::egui::{Button, ComboBox, RichText, Ui};

use super::ordering::{MatrixOrder, Subset};
use super::plates::ColorScale;
use super::quantity::MatrixQuantity;
use crate::app::look::numbers;
use crate::app::look::words;
use crate::app::plot::legend;
use crate::app::view::View;

/// What a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Which neurons are shown.
    pub subset: Subset,
    /// In which order.
    pub order: MatrixOrder,
    /// In which colours.
    pub scale: ColorScale,
    /// What is drawn against the Hebbian update.
    pub scatter: MatrixQuantity,
    /// Whether that has a part of the room while the pane is presented.
    pub shows_scatter: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            subset: Subset::default(),
            order: MatrixOrder::default(),
            scale: ColorScale::default(),
            scatter: MatrixQuantity::Signal,
            shows_scatter: false,
        }
    }
}

/// What a press of the header's buttons asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing.
    Nothing,
    /// Keep the step that is shown beside those that follow.
    Freeze,
    /// Let it go.
    Unfreeze,
}

const SUBSETS: [(Subset, &str, &str, &str); 3] = [
    (
        Subset::First,
        "First 20×20",
        "Matrices: first 20 x 20",
        "The first 20 post-synaptic and the first 20 pre-synaptic neurons, as Figure 2 shows them.",
    ),
    (
        Subset::MostActive,
        "Most active",
        "Matrices: most active 20 x 20",
        "The 20 post-synaptic and 20 pre-synaptic neurons whose rows and columns of the Hebbian update H have the \
         greatest norms.",
    ),
    (
        Subset::Whole,
        "Whole",
        "Matrices: whole",
        "All neurons of the layer; where there are more of them than pixels, a pixel is their mean.",
    ),
];

const ORDERS: [(MatrixOrder, &str, &str); 3] = [
    (MatrixOrder::Index, "By number", "Neurons in the order of their numbers."),
    (
        MatrixOrder::Mean,
        "By mean of H",
        "Neurons by the means of their rows and columns of the Hebbian update, the greatest first; the same order for \
         all matrices.",
    ),
    (
        MatrixOrder::Similarity,
        "By similarity",
        "Neurons by their part in the Hebbian update's strongest pattern (first singular vectors), so that similar ones \
         stand together; the same order for all matrices.",
    ),
];

/// Draws the controls; `frozen` is the step that is kept.
pub fn controls(
    ui: &mut Ui,
    view: &mut View<'_>,
    choices: &mut Choices,
    layers: &[usize],
    frozen: Option<u64>,
    has_matrices: bool,
) -> Asked {
    let mut asked = Asked::Nothing;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 7.0;
        ui.label(words::say("Layer"));
        let columns = &view.link.status().columns;
        // Numbers are enough where they are the names.
        let named =
            legend::are_many(layers) || layers.iter().any(|layer| columns.title(*layer) != format!("layer {layer}"));
        if named {
            let name = |title: &str| format!("Matrices: {title}");
            if let Some(layer) = legend::layer_choices(ui, columns, layers, Some(view.selection.layer), name) {
                view.selection.pick_layer(layer);
            }
        }
        for &layer in layers.iter().filter(|_| !named) {
            let button = Button::selectable(view.selection.layer == layer, layer.to_string());
            let name = format!("Matrices: layer {layer}");
            if ui
                .add(button)
                .on_hover_text(words::say(&format!("Shows layer {layer}.")))
                .accessible_name(name)
                .clicked()
            {
                view.selection.pick_layer(layer);
            }
        }
        seeds(ui, view);
        ui.add_space(6.0);
        for (subset, short, name, hint) in SUBSETS {
            let button = Button::selectable(choices.subset == subset, short);
            if ui.add(button).on_hover_text(words::say(hint)).accessible_name(name).clicked() {
                choices.subset = subset;
            }
        }
        ui.add_space(6.0);
        let order = ORDERS.iter().find(|(order, ..)| *order == choices.order).map_or("", |(_, name, _)| name);
        let list = ComboBox::from_id_salt("matrices order").width(104.0).selected_text(order).show_ui(ui, |ui| {
            for (order, name, hint) in ORDERS {
                ui.selectable_value(&mut choices.order, order, name).on_hover_text(words::say(hint));
            }
        });
        list.response.on_hover_text("Order of the neurons, the same for all matrices.").accessible_name("Neuron order");
        let scale = choices.scale;
        let list =
            ComboBox::from_id_salt("matrices scale").width(104.0).selected_text(scale.label()).show_ui(ui, |ui| {
                for scale in ColorScale::ALL {
                    ui.selectable_value(&mut choices.scale, scale, scale.label())
                        .on_hover_text(words::say(scale.explanation()));
                }
            });
        list.response.on_hover_text(words::say(scale.explanation())).accessible_name("Colour scale");
        let button = match frozen {
            None => ui
                .add_enabled(has_matrices, Button::new("Freeze"))
                .on_hover_text(words::say(
                    "Keeps the matrices of this step as A, so that later steps can be compared with it.",
                ))
                .accessible_name("Freeze matrices"),
            Some(step) => ui
                .button("Unfreeze")
                .on_hover_text(words::say(&format!("Lets the matrices of step {} go.", numbers::count(step))))
                .accessible_name("Unfreeze matrices"),
        };
        if button.clicked() {
            asked = if frozen.is_some() { Asked::Unfreeze } else { Asked::Freeze };
        }
    });
    asked
}

fn seeds(ui: &mut Ui, view: &mut View<'_>) {
    let seeds = &view.link.status().seeds;
    if seeds.len() < 2 {
        return;
    }
    let seed_of = |place: usize| seeds.get(place).map_or_else(String::new, |seed| format!("Seed {seed}"));
    let chosen = &mut view.selection.seed_index;
    let shown = RichText::new(seed_of(*chosen));
    let list = ComboBox::from_id_salt("matrices seed").width(62.0).selected_text(shown).show_ui(ui, |ui| {
        for place in 0..seeds.len() {
            ui.selectable_value(chosen, place, seed_of(place));
        }
    });
    list.response.on_hover_text("The seed whose matrices are shown.").accessible_name("Seed of the matrices");
}
