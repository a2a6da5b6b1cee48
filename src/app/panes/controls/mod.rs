//! The controls: everything that may be changed while the run goes on.

mod network;
mod schedule;

use std::time::{Duration, Instant};

use eframe::egui::{
    Align, Button, CollapsingHeader, Color32, ComboBox, Label, Layout, RichText, ScrollArea, Slider, Stroke,
    StrokeKind, TextStyle, Ui, vec2,
};

use super::parts::number_field::NumberField;
use super::parts::setting;
use super::parts::setting::SettingRow;
use super::rule::live;
use crate::app::link::guard::Order;
use crate::app::link::{Link, number_of};
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::theme;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::experiment::fields::{Allowed, field};
use crate::experiment::{Experiment, ModelKind, RuleKind, may_differ, preset, resolve};
use crate::record::Exhibit;
use crate::training::{Branch, Command};
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

/// Steps a second from which on speed is not limited.
const FULL_SPEED: f64 = 5_000.0;

/// Batch sizes to pick from, as far as the training set reaches.
const BATCH_SIZES: [u64; 7] = [16, 32, 64, 128, 256, 512, 1024];

/// Numbers of seeds to pick from; others can be typed.
const SEED_COUNTS: [u64; 6] = [1, 2, 4, 8, 12, 16];

/// Most seeds of a run in the window.
const MOST_SEEDS: u64 = 1024;

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
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            self.run(ui, view);
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

    fn run(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        heading(ui, "Run");
        let experiment = view.link.status().experiment.clone();
        if !experiment.description.is_empty() {
            let text = RichText::new(words::say(&experiment.description)).text_style(TextStyle::Small);
            ui.add(Label::new(text.color(ui.visuals().weak_text_color())).wrap());
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

/// Which of two twins the settings below act on.
fn steering(ui: &mut Ui, link: &mut Link) {
    if link.status().twin.is_none() {
        return;
    }
    let steer = link.steer();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.label("Sliders act on:");
        ui.add_space(4.0);
        for (branch, text, name, explanation) in [
            (
                None,
                "Both",
                "Sliders act on both twins",
                "A setting that is moved takes the same value in both; shown are A's.",
            ),
            (Some(Branch::A), "A", "Sliders act on twin A", "The run itself; shown are its values."),
            (Some(Branch::B), "B", "Sliders act on twin B", "The copy; shown are its values."),
        ] {
            let button = ui.selectable_label(steer == branch, text).on_hover_text(words::say(&format!(
                "{explanation} Batch size and number of seeds always change in both."
            )));
            if button.accessible_name(name).clicked() {
                link.set_steer(branch);
            }
        }
    });
    ui.separator();
}

/// Slow motion, down to a step a second.
fn speed(ui: &mut Ui, link: &mut Link) {
    let limit = link.speed_limit();
    let mut speed = limit.unwrap_or(FULL_SPEED);
    let label = ui
        .horizontal(|ui| {
            let label = ui.label("Speed");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = limit.map_or_else(
                    || "as fast as it can".to_owned(),
                    |speed| format!("{:>5} steps/s", numbers::count(speed.round() as u64)),
                );
                ui.label(RichText::new(words::say(&text)).text_style(TextStyle::Monospace));
            });
            label
        })
        .inner;
    let slider = ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = 16.0;
        let slider = Slider::new(&mut speed, 1.0..=FULL_SPEED).logarithmic(true).show_value(false);
        let slider = ui.add(slider).labelled_by(label.id);
        slider.on_hover_text(words::say(
            "Training steps a second, for slow motion. At the right end nothing is held back.",
        ))
    });
    if slider.inner.changed() {
        link.send(Command::LimitRate((speed < 0.98 * FULL_SPEED).then_some(speed.round())));
    }
}

fn layer_decay(ui: &mut Ui, link: &mut Link, layer: usize, color: Color32) {
    let current = link.layer_decay(layer);
    let mut set = None;
    ui.horizontal(|ui| {
        ui.label(RichText::new("●").text_style(TextStyle::Monospace).color(color));
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

fn batch_size(ui: &mut Ui, link: &mut Link) {
    let examples = link.status().experiment.data.train_examples as u64;
    let sizes: Vec<u64> = BATCH_SIZES.into_iter().filter(|&size| size <= examples).collect();
    if let Some(size) = choice(ui, link, "training.batch_size", &sizes) {
        link.set("training.batch_size", toml::Value::Integer(size));
    }
}

fn data(ui: &mut Ui, link: &Link) {
    heading(ui, "Data");
    let status = link.status();
    for text in [&status.data_source, &status.backend] {
        if !text.is_empty() {
            let text = RichText::new(text).text_style(TextStyle::Small).color(ui.visuals().weak_text_color());
            ui.add(Label::new(text).wrap());
        }
    }
}

/// Draws a control, framed while a tour points at it.
fn highlighted(ui: &mut Ui, is_on: bool, content: impl FnOnce(&mut Ui)) {
    let response = ui.scope(content).response;
    if is_on {
        let accent = theme::Palette::of(ui.ctx().theme()).warning;
        let rect = response.rect.expand2(vec2(6.0, 3.0));
        ui.painter().rect_stroke(rect, 5.0, Stroke::new(2.0, accent), StrokeKind::Outside);
        // Once, or nobody could scroll away from it.
        let frame = ui.ctx().cumulative_frame_nr();
        let id = response.id.with("highlighted");
        let last = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<u64>(id), frame));
        if last + 1 < frame {
            response.scroll_to_me(None);
        }
    }
}

/// The word that explains a heading.
fn headed(name: &str) -> Option<Term> {
    Some(match name {
        "Decay, noise, learning rate" | "Regularisation" => Term::WeightDecay,
        "Other noise" => Term::Noise,
        "Optimisation" => Term::LearningRate,
        "Rule" => Term::LearningRule,
        _ => return None,
    })
}

/// A heading with a line to the edge, which tells it from the labels below.
fn heading(ui: &mut Ui, name: &str) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.set_height(20.0);
        let text = RichText::new(words::say(name)).text_style(theme::title_style()).strong();
        match headed(name) {
            Some(term) => glossary::label(ui, text, term),
            None => ui.label(text),
        };
        let (from, line) = (ui.cursor().min.x, ui.visuals().widgets.noninteractive.bg_stroke);
        let y = ui.max_rect().center().y;
        ui.painter().hline(from..=ui.max_rect().right(), y, line);
    });
}

/// What the run is, in two lines.
fn facts(ui: &mut Ui, experiment: &Experiment) {
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

/// The number of seeds, typed or picked. A run cannot gain seeds on its way, so that more of them start a new run.
fn seeds(ui: &mut Ui, link: &mut Link, orders: &mut Vec<Order>) {
    const PATH: &str = "training.seeds";
    let (Some(field), Some(shown)) = (field(PATH), link.number(PATH)) else { return };
    let current = link.status().experiment.training.seeds as u64;
    let note = |count: u64| if count > current { "new run" } else { "" };
    let mut picked = None;
    ui.horizontal(|ui| {
        let label = setting::label(ui, field);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let combo = ComboBox::from_id_salt(PATH).selected_text("").width(20.0).show_ui(ui, |ui| {
                ui.set_min_width(86.0);
                for value in SEED_COUNTS {
                    let text = format!("{}  {}", numbers::count(value), note(value));
                    if ui.selectable_label(value as f64 == shown, text.trim_end()).clicked() {
                        picked = Some(value as f64);
                    }
                }
            });
            combo.response.labelled_by(label.id);
            let allowed = Allowed::Whole { min: 1, max: MOST_SEEDS };
            let typed = NumberField { speed: 0.0, allowed, zero: None, size: vec2(64.0, 20.0) }.ui(ui, shown);
            typed.response.labelled_by(label.id);
            link.hear_typed(PATH, typed.value.is_some(), typed.refused);
            picked = picked.or(typed.value);
        });
        label.on_hover_ui(|ui| setting::explain(ui, field, None));
    });
    let Some(count) = picked.filter(|count| *count != shown && (1.0..=MOST_SEEDS as f64).contains(count)) else {
        return;
    };
    let count = count.round() as usize;
    if count as u64 > current {
        let mut experiment = Experiment::clone(&link.status().experiment);
        experiment.training.seeds = count;
        orders.push(Order::load(experiment));
    } else {
        link.set(PATH, toml::Value::Integer(count as i64));
    }
}

/// A whole number out of a list.
fn choice(ui: &mut Ui, link: &Link, path: &'static str, values: &[u64]) -> Option<i64> {
    let (field, current) = (field(path)?, link.number(path)?);
    let current = current as u64;
    let mut picked = current;
    ui.horizontal(|ui| {
        let label = setting::label(ui, field);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let shown = RichText::new(numbers::count(current)).text_style(TextStyle::Monospace);
            let combo = ComboBox::from_id_salt(path).selected_text(shown).width(86.0).show_ui(ui, |ui| {
                for &value in values {
                    ui.selectable_value(&mut picked, value, numbers::count(value));
                }
            });
            combo.response.labelled_by(label.id);
        });
        label.on_hover_ui(|ui| setting::explain(ui, field, None));
    });
    if picked == current { None } else { i64::try_from(picked).ok() }
}
