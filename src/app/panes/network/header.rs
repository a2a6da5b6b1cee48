//! Above the drawing: which step of which seed, what pushes, what is picked, and what colours and lines mean.

use eframe::egui::{Button, ComboBox, RichText, Role, Sense, TextStyle, Ui, WidgetInfo, vec2};

use super::describe;
use super::paint::line_color;
use super::reading::{Reading, names};
use crate::app::look::numbers;
use crate::app::look::words;
use crate::app::panes::parts::color_bar;
use crate::app::view::View;
use crate::record::{NetworkDrawing, NeuronReading};

/// Width of the bar of colours.
const BAR: f32 = 110.0;

/// Draws the choices, and what is shown.
pub fn choices(
    ui: &mut Ui,
    view: &mut View<'_>,
    quantity: &mut NeuronReading,
    shown: Option<(&Reading, &NetworkDrawing)>,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let full = view.link.status().experiment.measure.full_update;
        for (choice, name, explanation) in [
            (
                NeuronReading::Signal,
                "Learning signal",
                "Colours say whether the learning signal g pushes each synapse as the Hebbian update H would.",
            ),
            (
                NeuronReading::Full,
                "Full update",
                "Colours say whether the full update ΔW, weight decay included, changes each synapse as the Hebbian update H would.",
            ),
        ] {
            let button = Button::selectable(*quantity == choice, words::say(name));
            let button = ui.add_enabled(choice == NeuronReading::Signal || full, button);
            let button = button.on_hover_text(words::say(explanation)).on_disabled_hover_text("The full update is not measured.");
            if button.accessible_name(format!("Network: {}", name.to_lowercase())).clicked() {
                *quantity = choice;
            }
        }
        seeds(ui, view);
        let Some((reading, drawing)) = shown else { return };
        ui.add_space(6.0);
        let moment = &reading.moment;
        let when = if moment.is_live { "live" } else { "past" };
        let twin = if view.link.status().twin.is_some() { format!(", twin {}", moment.branch.name()) } else { String::new() };
        let text = format!("{when}, step {}, seed {}{twin}", numbers::count(moment.step), moment.seed);
        ui.label(RichText::new(words::say(&text)).text_style(TextStyle::Monospace))
            .on_hover_text(words::say("The step whose weights and updates are drawn, and whether it is the run's newest."));
        if let Some(picked) = drawing.picked {
            ui.add_space(6.0);
            let cosine = drawing.columns[picked.0].cosines.as_ref().map_or(f32::NAN, |cosines| cosines[picked.1]);
            let cosine = if cosine.is_nan() { "undefined".into() } else { numbers::cosine(f64::from(cosine)) };
            ui.label(RichText::new(describe::unit_name(drawing, picked)).strong());
            ui.label(RichText::new(format!("cos {cosine}")).text_style(TextStyle::Monospace));
            let button = ui.small_button("×").on_hover_text("Lets the neuron go: all strong connections are drawn again.");
            if button.accessible_name("Let the neuron of the network go").clicked() {
                view.selection.neuron = None;
            }
        }
    });
}

/// What colours and lines mean, in plain words.
pub fn key(ui: &mut Ui, drawing: &NetworkDrawing) {
    let symbol = &drawing.symbol;
    let ink = ui.visuals().weak_text_color();
    let small = |text: String| RichText::new(text).text_style(TextStyle::Small).color(ink);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        // One piece, so that it is not torn apart where lines wrap.
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.label(small("A line is a synapse, pushed against Hebb (dashed)".into()));
            let (bar, response) = ui.allocate_exact_size(vec2(BAR, 10.0), Sense::hover());
            ui.painter().rect_filled(bar, 0.0, ui.visuals().extreme_bg_color);
            let dark = ui.visuals().dark_mode;
            ui.painter().add(color_bar::gradient(bar, |value| line_color(value, dark)));
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Colour bar of the network"));
            response.on_hover_text(words::say(&format!(
                "{symbol}·H of a synapse, over the root mean squares of both: +1 at the right end, −1 at the left one, beyond as at the \
                 ends. Its mean over a layer is the layer's cosine (eq. 10)."
            )));
            ui.label(small("as Hebb would".into()));
        });
        ui.label(small("·  thick: large |w|".into()));
        ui.label(small("·  a dot is a neuron, by the cosine of its row".into()))
            .on_hover_text(format!("Cosine of the neuron's row of {symbol} with its row of H (eq. 10 row by row), −1 to +1."));
        let (shown, all) = (drawing.connections.len() as u64, drawing.all_connections);
        if drawing.picked.is_some() {
            ui.label(small(format!("·  its {} strongest synapses", numbers::count(shown))));
        } else if shown < all {
            ui.label(small(format!("·  the strongest {} of {} synapses", numbers::count(shown), numbers::count(all))));
        }
    });
}

fn seeds(ui: &mut Ui, view: &mut View<'_>) {
    let seeds = &view.link.status().seeds;
    if seeds.len() < 2 {
        return;
    }
    let seed_of = |place: usize| seeds.get(place).map_or_else(String::new, |seed| format!("Seed {seed}"));
    let chosen = &mut view.selection.seed_index;
    let list = ComboBox::from_id_salt("network seed").width(62.0).selected_text(seed_of(*chosen)).show_ui(ui, |ui| {
        for place in 0..seeds.len() {
            ui.selectable_value(chosen, place, seed_of(place));
        }
    });
    list.response.on_hover_text("The seed whose network is drawn.").accessible_name("Seed of the network");
}

/// The heading of a figure.
#[must_use]
pub fn title(reading: &Reading, drawing: &NetworkDrawing) -> String {
    let moment = &reading.moment;
    let picked = drawing.picked.map(|picked| format!(": {}", describe::unit_name(drawing, picked))).unwrap_or_default();
    let (name, _) = names(reading.quantity);
    format!("The network at step {}, seed {}{picked}, coloured by its {name}", numbers::count(moment.step), moment.seed)
}
