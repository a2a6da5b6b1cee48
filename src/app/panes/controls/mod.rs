//! The controls: everything that may be changed while the run goes on.

mod facts;
mod heading;
mod network;
mod run;
mod schedule;

use std::time::{Duration, Instant};

use eframe::egui::{Align, Button, CollapsingHeader, Color32, Label, Layout, RichText, ScrollArea, TextStyle, Ui};

use super::parts::setting::SettingRow;
use super::rule::live;
use crate::app::link::{Link, number_of};
use crate::app::look::focus;
use crate::app::look::numbers;
use crate::app::look::theme;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::plot::legend;
use crate::app::view::{Pane, View};
use crate::experiment::{Experiment, RuleKind, may_differ, preset, resolve};
use crate::record::Exhibit;
use crate::training::Branch;
use facts::{data, facts};
use heading::{heading, highlighted};
use run::{batch_size, seeds, speed, steering};
use schedule::Course;

/// One of the three named sliders.
pub const WEIGHT_DECAY: SettingRow =
    SettingRow { path: "regularizer.weight_decay", least: 1e-6, most: 1.0, zero: None, is_signed: false };
const L1: SettingRow = SettingRow { path: "regularizer.l1", least: 1e-7, most: 1.0, zero: None, is_signed: false };
/// One of the three named sliders.
pub const WEIGHT_NOISE: SettingRow =
    SettingRow { path: "noise.weight_sd", least: 1e-5, most: 1.0, zero: None, is_signed: false };
const INPUT_NOISE: SettingRow =
    SettingRow { path: "noise.input_sd", least: 1e-3, most: 10.0, zero: None, is_signed: false };
const GRADIENT_NOISE: SettingRow =
    SettingRow { path: "noise.gradient_sd", least: 1e-6, most: 10.0, zero: None, is_signed: false };
/// One of the three named sliders.
pub const LEARNING_RATE: SettingRow =
    SettingRow { path: "rule.learning_rate", least: 1e-5, most: 10.0, zero: None, is_signed: false };
const CLIP: SettingRow =
    SettingRow { path: "rule.clip", least: 1e-2, most: 1000.0, zero: Some("off"), is_signed: false };

const DROPOUT: SettingRow =
    SettingRow { path: "model.dropout", least: 1e-2, most: 0.9, zero: Some("off"), is_signed: false };
const PENALTY: SettingRow =
    SettingRow { path: "regularizer.activation_penalty", least: 1e-5, most: 10.0, zero: Some("off"), is_signed: false };
const LAYER_DECAY: &str = "regularizer.weight_decay_layers";

/// Schedules, each with the slider that it stands under.
const COURSES: [(&str, Course); 3] = [
    ("regularizer.weight_decay", schedule::WEIGHT_DECAY),
    ("noise.gradient_sd", schedule::NOISE),
    ("rule.learning_rate", schedule::LEARNING_RATE),
];

/// Sliders and choices, with what they act on.
#[derive(Default)]
pub struct ControlsPane {
    /// The experiment as it was before anyone touched it, and that of a twin of its own rule.
    standards: [Option<Experiment>; 2],
    /// Which of them settings act on.
    is_of_twin: bool,
    /// A control that was searched for, and when.
    found: Option<(&'static str, Instant)>,
}

/// Height of the pane below which what the experiment is about has one line: the three named sliders go first.
const LOW: f32 = 420.0;

/// How long a control that was searched for stays marked.
const MARKED: Duration = Duration::from_secs(3);

/// Every field that has a place here; of some only while the experiment has a use for them.
const PLACED: [&str; 14] = [
    WEIGHT_DECAY.path,
    L1.path,
    DROPOUT.path,
    PENALTY.path,
    WEIGHT_NOISE.path,
    INPUT_NOISE.path,
    GRADIENT_NOISE.path,
    LEARNING_RATE.path,
    CLIP.path,
    "training.batch_size",
    "training.seeds",
    "schedule.learning_rate",
    "schedule.weight_decay",
    "schedule.noise",
];

impl Pane for ControlsPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Controls
    }

    fn has_exhibit(&self) -> bool {
        false
    }

    fn exhibit(&mut self, _view: &mut View<'_>) -> Option<Exhibit> {
        None
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        steering(ui, view.link);
        self.is_of_twin = view.link.steer() == Some(Branch::B);
        self.learn_standard(view.link.steered());
        if let Some((_, at)) = self.found {
            match MARKED.checked_sub(at.elapsed()) {
                Some(left) => ui.ctx().request_repaint_after(left),
                None => self.found = None,
            }
        }
        let height = ui.available_height();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            self.run(ui, view, height);
            // What everything here is about stands together and in sight of the smallest window.
            self.group(ui, view, "Decay, noise, learning rate", &[&WEIGHT_DECAY, &WEIGHT_NOISE, &LEARNING_RATE]);
            self.group(ui, view, "Regularisation", &[&L1, &DROPOUT, &PENALTY]);
            self.layers(ui, view);
            self.group(ui, view, "Other noise", &[&INPUT_NOISE, &GRADIENT_NOISE]);
            self.group(ui, view, "Optimisation", &[&CLIP]);
            if view.hidden.shows("training.batch_size") {
                if !view.hidden.shows(CLIP.path) {
                    heading(ui, "Optimisation");
                }
                highlighted(ui, self.marks(view, "training.batch_size"), |ui| batch_size(ui, view.link));
            }
            let written = live::settings(view.link.steered(), self.standard());
            self.group(ui, view, "Rule", &written.iter().collect::<Vec<_>>());
            self.next_run(ui, view);
            data(ui, view.link);
            focus::follow(ui);
        });
    }
}

impl ControlsPane {
    /// Marks a field and scrolls to it; whether it has a place here.
    pub fn find(&mut self, path: &'static str) -> bool {
        let is_placed = PLACED.contains(&path);
        if is_placed {
            self.found = Some((path, Instant::now()));
        }
        is_placed
    }

    /// Whether a tour points at a control, or it was searched for.
    fn marks(&self, view: &View<'_>, path: &'static str) -> bool {
        view.highlighted.contains(&path) || self.found.is_some_and(|(found, _)| found == path)
    }

    fn run(&mut self, ui: &mut Ui, view: &mut View<'_>, height: f32) {
        heading(ui, "Run");
        let experiment = view.link.status().experiment.clone();
        if !experiment.description.is_empty() {
            let text = RichText::new(words::say(&experiment.description)).text_style(TextStyle::Small);
            let label = Label::new(text.color(ui.visuals().weak_text_color()));
            // A cut text tells all of it under the pointer.
            ui.add(if height < LOW { label.truncate() } else { label.wrap() });
        }
        facts(ui, view.link.steered());
        if view.hidden.shows("training.seeds") {
            highlighted(ui, self.marks(view, "training.seeds"), |ui| seeds(ui, view.link, view.orders));
        }
        if view.hidden.shows("speed") {
            speed(ui, view.link);
        }
        let command = AppCommand::RunUntilConverged;
        if ui.button(command.label()).on_hover_text(command.tooltip()).clicked() {
            view.commands.push(command);
        }
    }

    fn group(&self, ui: &mut Ui, view: &mut View<'_>, name: &str, settings: &[&SettingRow]) {
        let shown: Vec<_> = settings.iter().filter(|setting| view.hidden.shows(setting.path)).collect();
        if shown.is_empty() {
            return;
        }
        heading(ui, name);
        for setting in shown {
            highlighted(ui, self.marks(view, setting.path), |ui| self.setting(ui, view.link, setting));
            // Under the value that it multiplies, of several under the last.
            if let Some(course) = COURSES.iter().find(|(under, _)| *under == setting.path).map(|(_, course)| course)
                && view.hidden.shows(course.path)
            {
                highlighted(ui, self.marks(view, course.path), |ui| course.ui(ui, view.link));
            }
        }
    }

    fn setting(&self, ui: &mut Ui, link: &mut Link, setting: &SettingRow) {
        let standard = self.standard().and_then(|experiment| number_of(experiment, setting.path));
        let idle = link.steered().without_effect(setting.path);
        let shown = ui.add_enabled_ui(idle.is_none(), |ui| setting.ui(ui, link, standard)).response;
        if let Some(reason) = idle {
            shown.on_hover_text(format!("Changes nothing now: {reason}."));
        }
    }

    /// Weight decay of single layers.
    fn layers(&self, ui: &mut Ui, view: &mut View<'_>) {
        if !view.hidden.shows(LAYER_DECAY) {
            return;
        }
        let experiment = view.link.status().experiment.clone();
        let own = !view.link.steered().regularizer.weight_decay_layers.is_empty();
        let title = if own { "Decay by layer (in use)" } else { "Decay by layer" };
        CollapsingHeader::new(words::say(title)).id_salt("decay by layer").default_open(own).show(ui, |ui| {
            let palette = theme::Palette::of(ui.ctx().theme());
            for layer in 1..=experiment.layer_count() {
                layer_decay(ui, view.link, layer, palette.layer(layer));
            }
            let back = ui.add_enabled(own, Button::new(words::say("One decay for all layers")));
            if back.on_hover_text(words::say("Give every layer the weight decay above again.")).clicked() {
                view.link.set(LAYER_DECAY, toml::Value::Array(Vec::new()));
            }
        });
    }

    /// What only a new run can take up, or a copy of this one.
    fn next_run(&self, ui: &mut Ui, view: &mut View<'_>) {
        let is_at_hand = |path: &str| view.hidden.shows(path) && (!self.is_of_twin || may_differ(path));
        let numbers: Vec<_> = network::NUMBERS.iter().filter(|one| is_at_hand(one.path)).collect();
        let switches: Vec<_> = network::SWITCHES.into_iter().filter(|path| is_at_hand(path)).collect();
        if numbers.is_empty() && switches.is_empty() {
            return;
        }
        heading(ui, if self.is_of_twin { "Network of twin B" } else { "At the next reset" });
        for setting in numbers {
            highlighted(ui, view.highlighted.contains(&setting.path), |ui| {
                network::number(ui, view.link, setting, self.standard());
            });
        }
        ui.add_space(2.0);
        let mut draw = |ui: &mut Ui| {
            for path in &switches {
                highlighted(ui, view.highlighted.contains(path), |ui| network::switch(ui, view.link, path));
            }
        };
        if network::switches_width(ui, &switches) <= ui.available_width() {
            ui.horizontal(draw);
        } else {
            draw(ui);
        }
        if !view.link.pending().is_empty() {
            let warning = theme::Palette::of(ui.ctx().theme()).warning;
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new("Waits for a reset.").color(warning));
                if ui.button("Reset now").on_hover_text(AppCommand::Reset.tooltip()).clicked() {
                    view.commands.push(AppCommand::Reset);
                }
            });
        }
    }

    /// A preset's own values, or those that an experiment from a file had when it was first seen.
    fn learn_standard(&mut self, experiment: &Experiment) {
        let standard = &mut self.standards[usize::from(self.is_of_twin)];
        if standard.as_ref().is_some_and(|known| known.name == experiment.name && has_rule_of(known, experiment)) {
            return;
        }
        let known = preset(&experiment.name).and_then(|preset| resolve(preset.name, &[]).ok());
        let known = known.filter(|known| has_rule_of(known, experiment));
        *standard = Some(known.unwrap_or_else(|| experiment.clone()));
    }

    fn standard(&self) -> Option<&Experiment> {
        self.standards[usize::from(self.is_of_twin)].as_ref()
    }
}

/// Whether both name the same numbers in the rule that was written, if one was.
fn has_rule_of(known: &Experiment, experiment: &Experiment) -> bool {
    let (one, other) = (&known.rule, &experiment.rule);
    let is_written = [one.kind, other.kind].contains(&RuleKind::Custom);
    let texts = one.kind == other.kind && one.signal == other.signal && one.bias == other.bias;
    !is_written
        || (texts && one.parameters.keys().eq(other.parameters.keys()) && one.state.keys().eq(other.state.keys()))
}

fn layer_decay(ui: &mut Ui, link: &mut Link, layer: usize, color: Color32) {
    let current = link.layer_decay(layer);
    let mut set = None;
    ui.horizontal(|ui| {
        legend::layer_mark(ui, layer, color);
        let label = ui.label(words::say(&format!("Layer {layer}")));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let typed = WEIGHT_DECAY.typed(ui, current);
            typed.response.labelled_by(label.id);
            set = typed.value;
            link.hear_typed(LAYER_DECAY, set.is_some(), typed.refused);
            let mut slid = set.unwrap_or(current);
            let slider = WEIGHT_DECAY.slider(ui, &mut slid).labelled_by(label.id);
            if slider.changed() {
                set = Some(numbers::round_significant(slid));
            }
            slider.on_hover_text(words::say(&format!(
                "Weight decay γ of layer {layer} alone (per unit of learning rate, eq. 4)."
            )));
        });
    });
    if let Some(value) = set.filter(|value| *value != current) {
        link.set_layer_decay(layer, value);
    }
}
