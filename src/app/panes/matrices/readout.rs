//! Step, cosines and the meaning of the colours, in figures that do not move.

use eframe::egui::{Button, Color32, Label, RichText, Role, Sense, TextStyle, Ui, WidgetInfo, vec2};

use super::header::Choices;
use super::plates::ColorScale;
use super::quantity::MatrixQuantity;
use super::sheet::Sheet;
use super::step::Step;
use crate::app::look::numbers;
use crate::app::look::stage;
use crate::app::look::words;
use crate::app::panes::parts::color_bar;
use crate::app::panes::parts::units::Units;
use crate::record::colormap;

/// Width of the bar of colours.
const BAR: f32 = 120.0;

/// Draws the lines between controls and matrices.
pub fn draw(
    ui: &mut Ui,
    present: &Step,
    frozen: Option<(&Step, &[Option<f64>; 4])>,
    picked: Option<(Units, usize)>,
    choices: &mut Choices,
    range: f64,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        line(ui, present, if frozen.is_some() { "now: " } else { "" }, (true, true));
        if let Some((units, neuron)) = picked {
            mono(ui, &format!("{} {}", units.row(), neuron + 1)).on_hover_text(format!(
                "The {} that was picked, pointed at from the right of each matrix; other panes show it too.",
                units.down()
            ));
        }
        color_bar(ui, choices.scale, range);
        if stage::is_presenting(ui.ctx()) {
            let button = Button::selectable(choices.shows_scatter, "Scatter plot");
            let hint = "The elements of two matrices against each other, in a part of the room.";
            if ui.add(button).on_hover_text(hint).accessible_name("Scatter plot of the matrices").clicked() {
                choices.shows_scatter = !choices.shows_scatter;
            }
        }
    });
    if let Some((frozen, between)) = frozen {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            let is_same =
                frozen.sheet().shape() == present.sheet().shape() && frozen.sheet().seed == present.sheet().seed;
            // Before a room one row of both is enough: the pictures are what is looked at.
            line(ui, frozen, "A:   ", (!is_same, !stage::is_presenting(ui.ctx())));
            let cosines = MatrixQuantity::ALL.map(|quantity| {
                let value = between[quantity.index()];
                format!("{} {}", quantity.symbol(), written(value))
            });
            mono(ui, &format!("cos(A, now): {}", cosines.join("  "))).on_hover_text(words::say(
                "Cosine of each matrix of the frozen step A with the same matrix of the present step.",
            ));
        });
    }
}

/// Step and cosines; of which layer and seed where that is no other line's too.
fn line(ui: &mut Ui, step: &Step, name: &str, (says_seed, says_cosines): (bool, bool)) {
    let sheet = step.sheet();
    let state = if step.is_live() { "live" } else { "past" };
    let text = format!("{name}{state}, step {:<9}", numbers::count(sheet.step()));
    mono(ui, &words::say(&text))
        .on_hover_text(words::say("The step whose update these matrices make, and whether it is the run's newest."));
    let (rows, columns) = sheet.shape();
    if says_seed {
        mono(ui, &format!("{rows}×{columns}, seed {}", sheet.seed))
            .on_hover_text(words::say("Post-synaptic × pre-synaptic neurons of the layer, and the seed of the run."));
    }
    for quantity in [MatrixQuantity::Signal, MatrixQuantity::Update].into_iter().filter(|_| says_cosines) {
        let cosine = sheet.hebbian_cosines[quantity.index()];
        let text = format!("cos({}, H) {}", quantity.symbol(), written(cosine));
        mono(ui, &text).on_hover_text(words::say(&format!(
            "Cosine of {} and Hebbian update over the whole layer at this step (eq. 10).",
            quantity.name()
        )));
    }
}

/// A cosine in six places.
fn written(value: Option<f64>) -> String {
    value.map_or_else(|| " undef".into(), numbers::cosine)
}

fn mono(ui: &mut Ui, text: &str) -> eframe::egui::Response {
    // A piece that has no room at the end of a line begins the next one.
    ui.add(Label::new(RichText::new(text).text_style(TextStyle::Monospace)).extend())
}

/// What the colours mean.
fn color_bar(ui: &mut Ui, scale: ColorScale, range: f64) {
    let ends = match scale {
        ColorScale::Own => ["−max".to_owned(), "+max".to_owned()],
        ColorScale::Direction | ColorScale::Common => {
            let number = numbers::measured(range);
            [format!("−{number}"), format!("+{number}")]
        }
    };
    let unit = match scale {
        ColorScale::Direction => " of ‖·‖",
        ColorScale::Own | ColorScale::Common => "",
    };
    let small = |text: String| RichText::new(text).text_style(TextStyle::Monospace).size(11.0);
    // One piece, so that it is not torn apart where lines wrap.
    let widest = 190.0 + BAR;
    let (rect, _) = ui.allocate_exact_size(vec2(widest, ui.spacing().interact_size.y), Sense::hover());
    ui.scope_builder(eframe::egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.label(small(format!("{:>9}", ends[0])));
            let (bar, response) = ui.allocate_exact_size(vec2(BAR, 11.0), Sense::hover());
            let dark = ui.visuals().dark_mode;
            ui.painter().add(color_bar::gradient(bar, |value| {
                let [r, g, b] = colormap::diverging(value, dark);
                Color32::from_rgb(r, g, b)
            }));
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Colour bar of the matrices"));
            response.on_hover_text(words::say(scale.explanation()));
            ui.label(small(format!("{}{unit}", ends[1])));
        });
    });
}

/// The numbers beside the figure, when the pane is taken out.
#[must_use]
pub fn table(steps: &[(&str, &Sheet)]) -> (Vec<String>, Vec<Vec<String>>) {
    let header = ["matrix", "step", "seed", "layer", "norm", "cosine with H"].map(ToOwned::to_owned).into();
    let mut rows = Vec::new();
    for (name, sheet) in steps {
        for quantity in MatrixQuantity::ALL {
            let cosine = sheet.hebbian_cosines[quantity.index()];
            rows.push(vec![
                format!("{name}{}", quantity.title()),
                sheet.step().to_string(),
                sheet.seed.to_string(),
                sheet.layer.to_string(),
                sheet.norms[quantity.index()].to_string(),
                cosine.map_or_else(|| "undefined".into(), |cosine| format!("{cosine:.4}")),
            ]);
        }
    }
    (header, rows)
}
