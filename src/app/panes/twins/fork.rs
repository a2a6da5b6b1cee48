//! The question before there is a twin: which setting is to differ, and what it is to be in B.

use eframe::egui::{Button, ComboBox, RichText, Ui};

use crate::app::numbers;
use crate::app::panes::View;
use crate::app::panes::setting::{self, Setting};
use crate::experiment::RuleKind;
use crate::experiment::fields::field;
use crate::training::{Command, RunState};

/// A setting that twins may differ in, with B's value where A's is zero.
struct Choice {
    setting: Setting,
    from_zero: f64,
}

const fn choice(path: &'static str, least: f64, most: f64, from_zero: f64) -> Choice {
    Choice { setting: Setting { path, least, most, zero: None, is_signed: false }, from_zero }
}

const CHOICES: [Choice; 8] = [
    choice("regularizer.weight_decay", 1e-6, 1.0, 0.01),
    choice("noise.weight_sd", 1e-5, 1.0, 0.02),
    choice("noise.input_sd", 1e-3, 10.0, 0.5),
    choice("noise.gradient_sd", 1e-6, 10.0, 0.01),
    choice("rule.learning_rate", 1e-5, 10.0, 0.1),
    Choice {
        setting: Setting { path: "rule.clip", least: 1e-2, most: 1000.0, zero: Some("off"), is_signed: false },
        from_zero: 1.0,
    },
    choice("regularizer.l1", 1e-7, 1.0, 1e-3),
    choice("rule.target_norm", 1e-2, 1e4, 100.0),
];

/// Tenfold: a difference that is seen within some hundred steps.
const FACTOR: f64 = 10.0;

/// The form, with what was chosen.
#[derive(Default)]
pub struct ForkForm {
    picked: usize,
    /// B's value, once a person has typed one.
    value: Option<f64>,
}

impl ForkForm {
    /// Draws the form.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        ui.add_space(4.0);
        ui.label("Fork the run here into a twin B with one value changed; both go on side by side.");
        let ink = ui.visuals().weak_text_color();
        ui.label(RichText::new(
            "B starts as an exact copy and sees the same batches and the same noise, so that every difference comes from \
             the changed value. Training takes twice as long meanwhile.",
        ).color(ink));
        ui.add_space(6.0);
        let is_random = view.link.status().experiment.rule.kind == RuleKind::RandomNn;
        let applies = |choice: &Choice| choice.setting.path != "rule.target_norm" || is_random;
        if !applies(&CHOICES[self.picked]) {
            self.pick(0);
        }
        ui.horizontal_wrapped(|ui| {
            ui.label("Setting");
            let name = |choice: &Choice| field(choice.setting.path).map_or("", |field| field.label);
            let combo = ComboBox::from_id_salt("twins_field").selected_text(name(&CHOICES[self.picked])).width(150.0);
            let mut picked = self.picked;
            let shown = combo.show_ui(ui, |ui| {
                for (i, choice) in CHOICES.iter().enumerate().filter(|(_, choice)| applies(choice)) {
                    let entry = ui.selectable_value(&mut picked, i, name(choice));
                    if let Some(field) = field(choice.setting.path) {
                        entry.on_hover_ui(|ui| setting::explain(ui, field, None));
                    }
                }
            });
            shown
                .response
                .accessible_name("Setting that differs")
                .on_hover_text("The setting that B has another value of.");
            if picked != self.picked {
                self.pick(picked);
            }
            let choice = &CHOICES[self.picked];
            let path = choice.setting.path;
            let (Some(field), Some(own)) = (field(path), view.link.number(path)) else { return };
            let value = self.value.unwrap_or_else(|| choice.other(own));
            ui.add_space(8.0);
            let symbol = if field.symbol.is_empty() { String::new() } else { format!("{} = ", field.symbol) };
            let shown = match choice.setting.zero {
                Some(word) if own == 0.0 => word.to_owned(),
                _ => numbers::scientific(own),
            };
            ui.monospace(format!("A: {symbol}{shown}")).on_hover_text("The run's present value.");
            ui.add_space(8.0);
            ui.monospace(format!("B: {symbol}"));
            let typed = choice.setting.typed(ui, value);
            let response = typed.response.accessible_name("Value of twin B");
            response.on_hover_ui(|ui| setting::explain(ui, field, None));
            view.link.hear_typed(path, typed.value.is_some(), typed.refused);
            let value = typed.value.unwrap_or(value);
            if typed.value.is_some() {
                self.value = typed.value;
            }
            ui.add_space(8.0);
            self.button(ui, view, path, value);
        });
    }

    fn pick(&mut self, picked: usize) {
        *self = Self { picked, value: None };
    }

    fn button(&self, ui: &mut Ui, view: &mut View<'_>, path: &str, value: f64) {
        let is_ready = !matches!(view.link.status().state, RunState::Preparing | RunState::Failed);
        let enabled = is_ready && view.shown_step.is_none();
        let button = ui.add_enabled(enabled, Button::new("Fork twin here"));
        let button = button
            .on_hover_text(
                "Copy every seed's run at the present step and go on with both; the key T forks without a change.",
            )
            .on_disabled_hover_text(if is_ready {
                "A twin parts from the present: go back to it, or continue from the step that is shown."
            } else {
                "There is no run to copy."
            });
        if button.clicked() {
            view.link.send(Command::Fork { changes: vec![(path.to_owned(), toml::Value::Float(value))] });
        }
    }
}

impl Choice {
    /// B's value to begin with.
    fn other(&self, own: f64) -> f64 {
        if own == 0.0 {
            self.from_zero
        } else {
            numbers::round_significant(own * FACTOR).min(self.setting.most.max(own))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fields::Change;

    #[test]
    fn twins_may_differ_in_every_choice() {
        for choice in &CHOICES {
            assert_eq!(
                field(choice.setting.path).map(|field| field.change),
                Some(Change::Live),
                "{}",
                choice.setting.path
            );
        }
    }

    #[test]
    fn b_begins_with_another_value_within_reach() {
        let decay = &CHOICES[0];
        assert_eq!([0.0, 5e-4, 0.5].map(|own| decay.other(own)), [0.01, 5e-3, 1.0]);
    }
}
