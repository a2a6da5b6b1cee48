//! The controls: everything that may be changed while the run goes on.

use eframe::egui::{Align, ComboBox, Layout, RichText, ScrollArea, TextStyle, Ui};

use super::setting::{self, Setting};
use super::{Pane, View};
use crate::app::link::{Link, number_of};
use crate::app::numbers;
use crate::app::pane_kind::PaneKind;
use crate::app::theme;
use crate::experiment::fields::field;
use crate::experiment::{Activation, Experiment, RuleKind, preset, resolve};
use crate::training::Command;

const WEIGHT_DECAY: Setting = Setting { path: "regularizer.weight_decay", least: 1e-6, most: 1.0, zero: None };
const L1: Setting = Setting { path: "regularizer.l1", least: 1e-7, most: 1.0, zero: None };
const WEIGHT_NOISE: Setting = Setting { path: "noise.weight_sd", least: 1e-5, most: 1.0, zero: None };
const INPUT_NOISE: Setting = Setting { path: "noise.input_sd", least: 1e-3, most: 10.0, zero: None };
const GRADIENT_NOISE: Setting = Setting { path: "noise.gradient_sd", least: 1e-6, most: 10.0, zero: None };
const LEARNING_RATE: Setting = Setting { path: "rule.learning_rate", least: 1e-5, most: 10.0, zero: None };
const CLIP: Setting = Setting { path: "rule.clip", least: 1e-2, most: 1000.0, zero: Some("off") };

/// Batch sizes to pick from, as far as the training set reaches.
const BATCH_SIZES: [u64; 7] = [16, 32, 64, 128, 256, 512, 1024];

/// Numbers of seeds to pick from.
const SEED_COUNTS: [u64; 6] = [1, 2, 4, 8, 12, 16];

/// Sliders and choices, with what they act on.
#[derive(Default)]
pub struct ControlsPane {
    /// The experiment as it was before anyone touched it.
    standard: Option<Experiment>,
}

impl Pane for ControlsPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Controls
    }

    fn has_exhibit(&self) -> bool {
        false
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let link = &mut *view.link;
        self.learn_standard(&link.status().experiment.clone());
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            group(ui, "Run");
            facts(ui, &link.status().experiment.clone());
            seeds(ui, link);
            group(ui, "Regularisation");
            self.setting(ui, link, &WEIGHT_DECAY);
            self.setting(ui, link, &L1);
            group(ui, "Noise");
            self.setting(ui, link, &WEIGHT_NOISE);
            self.setting(ui, link, &INPUT_NOISE);
            self.setting(ui, link, &GRADIENT_NOISE);
            group(ui, "Optimisation");
            self.setting(ui, link, &LEARNING_RATE);
            self.setting(ui, link, &CLIP);
            let examples = link.status().experiment.data.train_examples as u64;
            let sizes: Vec<u64> = BATCH_SIZES.into_iter().filter(|&size| size <= examples).collect();
            if let Some(size) = choice(ui, link, "training.batch_size", &sizes, |_| "") {
                link.set("training.batch_size", toml::Value::Integer(size));
            }
            group(ui, "Data");
            let status = link.status();
            for text in [&status.data_source, &status.backend] {
                if !text.is_empty() {
                    ui.label(RichText::new(text).text_style(TextStyle::Small).color(ui.visuals().weak_text_color()));
                }
            }
        });
    }
}

impl ControlsPane {
    fn setting(&self, ui: &mut Ui, link: &mut Link, setting: &Setting) {
        let standard = self.standard.as_ref().and_then(|experiment| number_of(experiment, setting.path));
        ui.scope(|ui| setting.ui(ui, link, standard));
    }

    /// A preset's own values, or those that an experiment from a file had when it was first seen.
    fn learn_standard(&mut self, experiment: &Experiment) {
        if self.standard.as_ref().is_some_and(|known| known.name == experiment.name) {
            return;
        }
        let known = preset(&experiment.name).and_then(|preset| resolve(preset.name, &[]).ok());
        self.standard = Some(known.unwrap_or_else(|| experiment.clone()));
    }
}

/// A heading with a line to the edge, which tells it from the labels below.
fn group(ui: &mut Ui, name: &str) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.set_height(20.0);
        ui.label(RichText::new(name).text_style(theme::title_style()).strong());
        let (from, line) = (ui.cursor().min.x, ui.visuals().widgets.noninteractive.bg_stroke);
        let y = ui.max_rect().center().y;
        ui.painter().hline(from..=ui.max_rect().right(), y, line);
    });
}

/// What the run is, in two lines.
fn facts(ui: &mut Ui, experiment: &Experiment) {
    let sizes: Vec<String> = experiment.sizes().iter().map(ToString::to_string).collect();
    let activation = match experiment.model.activation {
        Activation::Linear => "linear",
        Activation::Relu => "ReLU",
        Activation::Sigmoid => "sigmoid",
        Activation::Tanh => "tanh",
    };
    let rule = match experiment.rule.kind {
        RuleKind::Sgd => "SGD",
        RuleKind::Adam => "Adam",
        RuleKind::Dfa => "direct feedback alignment",
        RuleKind::RandomNn => "random network",
        RuleKind::Hebb => "Hebb",
        RuleKind::HebbNormalized => "Hebb, rows normalised",
        RuleKind::Oja => "Oja",
    };
    row(ui, "Network", &format!("{} {activation}", sizes.join("–")));
    row(ui, "Learning rule", rule);
}

fn row(ui: &mut Ui, name: &str, value: &str) {
    ui.horizontal(|ui| {
        ui.set_height(18.0);
        ui.label(name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.weak(value);
        });
    });
}

/// The number of seeds. A run cannot gain seeds on its way, so that more of them start a new run.
fn seeds(ui: &mut Ui, link: &mut Link) {
    let current = link.status().experiment.training.seeds as u64;
    let note = |count: u64| if count > current { "new run" } else { "" };
    let Some(picked) = choice(ui, link, "training.seeds", &SEED_COUNTS, note) else { return };
    match usize::try_from(picked) {
        Ok(count) if picked as u64 > current => {
            let mut experiment = Experiment::clone(&link.status().experiment);
            experiment.training.seeds = count;
            link.restart(Command::Load(Box::new(experiment)));
        }
        _ => link.set("training.seeds", toml::Value::Integer(picked)),
    }
}

/// A whole number out of a list, each with a note on what picking it brings about.
fn choice<'a>(
    ui: &mut Ui,
    link: &Link,
    path: &'static str,
    values: &[u64],
    note: impl Fn(u64) -> &'a str,
) -> Option<i64> {
    let (field, current) = (field(path)?, link.number(path)?);
    let current = current as u64;
    let mut picked = current;
    ui.horizontal(|ui| {
        let label = setting::label(ui, field);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let shown = RichText::new(numbers::count(current)).text_style(TextStyle::Monospace);
            let combo = ComboBox::from_id_salt(path).selected_text(shown).width(86.0).show_ui(ui, |ui| {
                for &value in values {
                    let text = format!("{}  {}", numbers::count(value), note(value));
                    ui.selectable_value(&mut picked, value, text.trim_end());
                }
            });
            combo.response.labelled_by(label.id);
        });
        label.on_hover_ui(|ui| setting::explain(ui, field, None));
    });
    if picked == current { None } else { i64::try_from(picked).ok() }
}
