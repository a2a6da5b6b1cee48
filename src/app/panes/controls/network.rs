//! The network that the next run begins with, or a twin goes on with.

use eframe::egui::{Checkbox, RichText, TextStyle, Ui};

use crate::app::link::{Link, number_of};
use crate::app::panes::parts::setting;
use crate::app::panes::parts::setting::SettingRow;
use crate::experiment::fields::field;
use crate::experiment::{Activation, Experiment};

/// Numbers of the network, in the order in which they are shown.
pub const NUMBERS: [SettingRow; 3] = [
    SettingRow { path: "model.init_scale", least: 1e-2, most: 10.0, zero: None, is_signed: false },
    SettingRow { path: "model.sparsity", least: 1e-2, most: 0.99, zero: Some("none"), is_signed: false },
    SettingRow { path: "model.frozen", least: 1e-2, most: 1.0, zero: Some("none"), is_signed: false },
];

/// Switches of the network.
pub const SWITCHES: [&str; 2] = ["model.residual", "model.batch_norm"];

/// A switch, which tells why it changes nothing where it does not.
pub fn switch(ui: &mut Ui, link: &mut Link, path: &str) {
    let (Some(known), Some(now)) = (field(path), link.switch(path)) else { return };
    let mut next = link.steered().clone();
    match path {
        "model.residual" => next.model.residual = true,
        _ => next.model.batch_norm = true,
    }
    let idle = next.without_effect(path);
    let mut is_on = now;
    let response = ui.add_enabled(idle.is_none(), Checkbox::new(&mut is_on, known.label));
    if response.changed() {
        link.set(path, toml::Value::Boolean(is_on));
    }
    match idle {
        Some(reason) => response.on_disabled_hover_text(format!("Changes nothing now: {reason}.")),
        None => response.on_hover_ui(|ui| setting::explain(ui, known, None)),
    };
}

/// Width that these switches take side by side.
pub fn switches_width(ui: &Ui, paths: &[&str]) -> f32 {
    let spacing = ui.spacing();
    let font = TextStyle::Button.resolve(ui.style());
    let width = |path: &&str| {
        let label = field(path).map_or("", |field| field.label).to_owned();
        let text = ui.painter().layout_no_wrap(label, font.clone(), ui.visuals().text_color()).size().x;
        spacing.icon_width + spacing.icon_spacing + text + spacing.item_spacing.x
    };
    paths.iter().map(width).sum()
}

/// What of the network that trains is not in its widths, in words.
pub fn variants(experiment: &Experiment) -> Option<String> {
    let model = &experiment.model;
    let share = |share: f64, of: &str| (share > 0.0).then(|| format!("{:.0} % {of}", 100.0 * share));
    let parts = [
        model.batch_norm.then(|| "batch norm".to_owned()),
        model.residual.then(|| "residual".to_owned()),
        share(model.sparsity, "of weights missing"),
        share(model.frozen, "frozen"),
        (!model.frozen_layers.is_empty()).then(|| {
            let layers: Vec<String> = model.frozen_layers.iter().map(ToString::to_string).collect();
            format!("layer {} frozen", layers.join(", "))
        }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The hidden layers' activation, as it is written in running text.
pub fn activation(experiment: &Experiment) -> &'static str {
    match experiment.model.activation {
        Activation::Linear => "linear",
        Activation::Relu => "ReLU",
        Activation::Sigmoid => "sigmoid",
        Activation::Tanh => "tanh",
    }
}

/// A number of the network; `standard` is the experiment's own.
pub fn number(ui: &mut Ui, link: &mut Link, setting: &SettingRow, standard: Option<&Experiment>) {
    let standard = standard.and_then(|experiment| number_of(experiment, setting.path));
    let idle = link.steered().without_effect(setting.path);
    let shown = ui.add_enabled_ui(idle.is_none(), |ui| setting.ui(ui, link, standard)).response;
    if let Some(reason) = idle {
        shown.on_hover_text(RichText::new(format!("Changes nothing now: {reason}.")));
    }
}
