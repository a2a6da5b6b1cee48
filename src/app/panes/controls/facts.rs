//! What the run is, in words: its network, its rule, and the data.

use eframe::egui::{Align, Label, Layout, RichText, TextStyle, Ui};

use super::heading::heading;
use super::network;
use crate::app::link::Link;
use crate::app::look::words;
use crate::experiment::{Experiment, ModelKind, RuleKind};

/// What the run is, in two lines.
pub(super) fn facts(ui: &mut Ui, experiment: &Experiment) {
    let sizes: Vec<String> = experiment.sizes().iter().map(ToString::to_string).collect();
    let activation = network::activation(experiment);
    let rule = match experiment.rule.kind {
        RuleKind::Sgd => "SGD",
        RuleKind::Adam => "Adam",
        RuleKind::Dfa => "direct feedback alignment",
        RuleKind::RandomNn => "random network",
        RuleKind::Hebb => "Hebb",
        RuleKind::HebbNormalized => "Hebb, rows normalised",
        RuleKind::Oja => "Oja",
        RuleKind::Custom => &experiment.rule.signal,
    };
    let widths = format!("{} {activation}", sizes.join("–"));
    let network = match experiment.model.kind {
        ModelKind::Mlp => None,
        ModelKind::Transformer => Some(format!("transformer, {} layers", experiment.model.encoder_layers)),
        ModelKind::Cnn => Some(format!("{} convolutions", experiment.model.channels.len())),
        ModelKind::Resnet => Some(match experiment.model.depth {
            Some(depth) => format!("ResNet-{depth}"),
            None => format!("residual, {} layers", experiment.layer_count()),
        }),
    };
    match network {
        None => row(ui, "Network", &widths),
        Some(network) => {
            row(ui, "Network", &network);
            row(ui, "then", &widths);
        }
    }
    if let Some(variants) = network::variants(experiment) {
        row(ui, "", &variants);
    }
    row(ui, "Learning rule", rule);
}

fn row(ui: &mut Ui, name: &str, value: &str) {
    ui.horizontal(|ui| {
        ui.set_height(18.0);
        ui.label(words::say(name));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add(Label::new(RichText::new(words::say(value)).weak()).truncate());
        });
    });
}

pub(super) fn data(ui: &mut Ui, link: &Link) {
    heading(ui, "Data");
    let status = link.status();
    for text in [&status.data_source, &status.backend] {
        if !text.is_empty() {
            let text = RichText::new(text).text_style(TextStyle::Small).color(ui.visuals().weak_text_color());
            ui.add(Label::new(text).wrap());
        }
    }
}
