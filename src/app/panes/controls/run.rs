//! How the run is trained: which twin is steered, how fast, and with how many seeds and examples a step.

use eframe::egui::{Align, ComboBox, Layout, RichText, Slider, TextStyle, Ui, vec2};

use crate::app::link::Link;
use crate::app::link::guard::Order;
use crate::app::look::numbers;
use crate::app::look::words;
use crate::app::panes::parts::number_field::NumberField;
use crate::app::panes::parts::setting;
use crate::experiment::Experiment;
use crate::experiment::fields::{Allowed, field};
use crate::training::{Branch, Command};

/// Steps a second from which on speed is not limited.
const FULL_SPEED: f64 = 5_000.0;

/// Batch sizes to pick from, as far as the training set reaches.
const BATCH_SIZES: [u64; 7] = [16, 32, 64, 128, 256, 512, 1024];

/// Numbers of seeds to pick from; others can be typed.
const SEED_COUNTS: [u64; 6] = [1, 2, 4, 8, 12, 16];

/// Most seeds of a run in the window.
const MOST_SEEDS: u64 = 1024;

/// Which of two twins the settings below act on.
pub(super) fn steering(ui: &mut Ui, link: &mut Link) {
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
pub(super) fn speed(ui: &mut Ui, link: &mut Link) {
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

/// The number of seeds, typed or picked. A run cannot gain seeds on its way, so that more of them start a new run.
pub(super) fn seeds(ui: &mut Ui, link: &mut Link, orders: &mut Vec<Order>) {
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

pub(super) fn batch_size(ui: &mut Ui, link: &mut Link) {
    let examples = link.status().experiment.data.train_examples as u64;
    let sizes: Vec<u64> = BATCH_SIZES.into_iter().filter(|&size| size <= examples).collect();
    if let Some(size) = choice(ui, link, "training.batch_size", &sizes) {
        link.set("training.batch_size", toml::Value::Integer(size));
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
