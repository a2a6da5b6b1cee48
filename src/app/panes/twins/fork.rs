//! The question before there is a twin: which setting is to differ, and what it is to be in B.

use eframe::egui::{Button, ComboBox, Label, RichText, Ui};
use toml::Value;

use super::named::{NAMED, Named};
use crate::app::look::glossary;
use crate::app::look::glossary::Term;
use crate::app::look::numbers;
use crate::app::look::words;
use crate::app::panes::parts::setting;
use crate::app::panes::parts::setting::SettingRow;
use crate::app::view::View;
use crate::experiment::fields::{Field, field};
use crate::experiment::{Experiment, RuleKind};
use crate::training::{Branch, Command, RunState};

/// A setting that twins may differ in.
enum Choice {
    /// A number, with B's value where A's is zero.
    Number { setting: SettingRow, from_zero: f64 },
    /// One of several names.
    Name(&'static Named),
}

const fn number(path: &'static str, least: f64, most: f64, from_zero: f64) -> Choice {
    Choice::Number { setting: SettingRow { path, least, most, zero: None, is_signed: false }, from_zero }
}

const CHOICES: [Choice; 12] = [
    number("regularizer.weight_decay", 1e-6, 1.0, 0.01),
    number("noise.weight_sd", 1e-5, 1.0, 0.02),
    number("noise.input_sd", 1e-3, 10.0, 0.5),
    number("noise.gradient_sd", 1e-6, 10.0, 0.01),
    number("rule.learning_rate", 1e-5, 10.0, 0.1),
    Choice::Number {
        setting: SettingRow { path: "rule.clip", least: 1e-2, most: 1000.0, zero: Some("off"), is_signed: false },
        from_zero: 1.0,
    },
    number("regularizer.l1", 1e-7, 1.0, 1e-3),
    number("rule.target_norm", 1e-2, 1e4, 100.0),
    Choice::Name(&NAMED[0]),
    Choice::Name(&NAMED[1]),
    Choice::Name(&NAMED[2]),
    Choice::Name(&NAMED[3]),
];

/// Room of B's name, symbol and value.
const VALUE: f32 = 190.0;

/// Tenfold: a difference that is seen within some hundred steps.
const FACTOR: f64 = 10.0;

/// B's value as it is going to be, with the words for it.
#[derive(Clone, Debug, PartialEq)]
enum Chosen {
    Number(f64),
    Name(&'static str),
}

/// The form, with what was chosen.
pub struct ForkForm {
    picked: usize,
    /// B's value, once a person has chosen one.
    value: Option<Chosen>,
    /// Whether another rule comes with its usual learning rate and the like.
    with_defaults: bool,
}

impl Default for ForkForm {
    fn default() -> Self {
        Self { picked: 0, value: None, with_defaults: true }
    }
}

impl ForkForm {
    /// Draws the form.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        ui.add_space(4.0);
        let what =
            "Fork the run here into a twin B with one setting changed, or another rule; both go on side by side.";
        glossary::label(ui, words::say(what), Term::Twin);
        let ink = ui.visuals().weak_text_color();
        ui.label(RichText::new(words::say("B starts as an exact copy and sees the same batches and the same noise, so that every difference between them \
             comes from the change. Training takes twice as long meanwhile.")).color(ink));
        ui.add_space(6.0);
        let experiment = view.link.status().experiment.clone();
        if !CHOICES[self.picked].applies(&experiment) {
            self.pick(0);
        }
        ui.horizontal_wrapped(|ui| {
            ui.label("Setting");
            self.setting(ui, &experiment);
            let choice = &CHOICES[self.picked];
            let Some(known) = field(choice.path()) else { return };
            ui.add_space(8.0);
            let symbol = if known.symbol.is_empty() || matches!(choice, Choice::Name(_)) {
                String::new()
            } else {
                format!("{} = ", known.symbol)
            };
            let shown = choice.shown(view, &experiment);
            // A value and its name stay in one line.
            ui.add(Label::new(RichText::new(format!("A: {symbol}{shown}")).monospace()).extend())
                .on_hover_text("The run's present value.");
            ui.add_space(8.0);
            if ui.available_size_before_wrap().x < VALUE {
                ui.end_row();
            }
            ui.add(Label::new(RichText::new(format!("B: {symbol}")).monospace()).extend());
            let Some(value) = self.value_of_b(ui, view, known, &experiment) else { return };
            if choice.path() == "rule.kind" {
                ui.add_space(8.0);
                ui.checkbox(&mut self.with_defaults, "with its usual settings").on_hover_text(
                    "The rule's own learning rate, clip and the like, as in its preset; without it, B keeps those of A.",
                );
            }
            ui.add_space(8.0);
            self.button(ui, view, value, &experiment);
        });
    }

    fn setting(&mut self, ui: &mut Ui, experiment: &Experiment) {
        let name = |choice: &Choice| words::say(field(choice.path()).map_or("", |field| field.label)).into_owned();
        let combo = ComboBox::from_id_salt("twins_field").selected_text(name(&CHOICES[self.picked])).width(150.0);
        let mut picked = self.picked;
        let shown = combo.height(400.0).show_ui(ui, |ui| {
            for (i, choice) in CHOICES.iter().enumerate().filter(|(_, choice)| choice.applies(experiment)) {
                let entry = ui.selectable_value(&mut picked, i, name(choice));
                if let Some(field) = field(choice.path()) {
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
    }

    /// Draws the field of B's value; the value.
    fn value_of_b(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        known: &Field,
        experiment: &Experiment,
    ) -> Option<Chosen> {
        match &CHOICES[self.picked] {
            Choice::Number { setting, from_zero } => {
                let own = view.link.number(setting.path)?;
                let value = match self.value {
                    Some(Chosen::Number(value)) => value,
                    _ => other(setting, *from_zero, own),
                };
                let typed = setting.typed(ui, value);
                let response = typed.response.accessible_name("Value of twin B");
                response.on_hover_ui(|ui| setting::explain(ui, known, None));
                view.link.hear_typed(setting.path, typed.value.is_some(), typed.refused);
                if let Some(value) = typed.value {
                    self.value = Some(Chosen::Number(value));
                }
                Some(Chosen::Number(typed.value.unwrap_or(value)))
            }
            Choice::Name(named) => {
                let own = named.of(experiment);
                let others = || named.values.iter().filter(|one| one.value != own);
                let first = others().next()?.value;
                let mut value = match self.value {
                    Some(Chosen::Name(value)) if value != own => value,
                    _ => first,
                };
                let words = named.words(value);
                let combo = ComboBox::from_id_salt("twins_name").selected_text(words).width(150.0);
                let shown = combo.show_ui(ui, |ui| {
                    for one in others() {
                        ui.selectable_value(&mut value, one.value, one.words);
                    }
                });
                shown.response.accessible_name("Value of twin B");
                self.value = Some(Chosen::Name(value));
                Some(Chosen::Name(value))
            }
        }
    }

    fn pick(&mut self, picked: usize) {
        *self = Self { picked, value: None, ..*self };
    }

    fn button(&self, ui: &mut Ui, view: &mut View<'_>, value: Chosen, experiment: &Experiment) {
        let why = why_not_now(view);
        let button = ui.add_enabled(why.is_none(), Button::new("Fork twin here"));
        let button = button
            .on_hover_text(words::say(
                "Copy every seed's run at the present step and go on with both; the key T forks without a change.",
            ))
            .on_disabled_hover_text(words::say(why.unwrap_or_default()));
        if !button.clicked() {
            return;
        }
        let changes = match (&CHOICES[self.picked], value) {
            (Choice::Name(named), Chosen::Name(value)) => named.changes(value, experiment, self.with_defaults),
            (choice, Chosen::Number(value)) => vec![(choice.path().to_owned(), Value::Float(value))],
            (choice, Chosen::Name(value)) => vec![(choice.path().to_owned(), value.into())],
        };
        let is_of_rule = changes.iter().any(|(path, _)| path.starts_with("rule"));
        view.link.send(Command::Fork { changes });
        if is_of_rule {
            // Its numbers are B's alone.
            view.link.set_steer(Some(Branch::B));
        }
    }
}

/// Why the run cannot be copied now.
pub fn why_not_now(view: &View<'_>) -> Option<&'static str> {
    if matches!(view.link.status().state, RunState::Preparing | RunState::Failed) {
        return Some("There is no run to copy.");
    }
    let why = "A twin parts from the present: go back to it, or continue from the step that is shown.";
    view.shown_step.map(|_| why)
}

impl Choice {
    fn path(&self) -> &'static str {
        match self {
            Self::Number { setting, .. } => setting.path,
            Self::Name(named) => named.path,
        }
    }

    fn applies(&self, experiment: &Experiment) -> bool {
        match self.path() {
            "rule.target_norm" => experiment.rule.kind == RuleKind::RandomNn,
            path => experiment.without_effect(path).is_none(),
        }
    }

    /// A's value.
    fn shown(&self, view: &View<'_>, experiment: &Experiment) -> String {
        match self {
            Self::Number { setting, .. } => match (setting.zero, view.link.number(setting.path).unwrap_or_default()) {
                (Some(word), 0.0) => word.to_owned(),
                (_, own) => numbers::scientific(own),
            },
            Self::Name(named) => named.words(named.of(experiment)).to_owned(),
        }
    }
}

/// B's value of a number to begin with.
fn other(setting: &SettingRow, from_zero: f64, own: f64) -> f64 {
    if own == 0.0 { from_zero } else { numbers::round_significant(own * FACTOR).min(setting.most.max(own)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::may_differ;

    #[test]
    fn twins_may_differ_in_every_choice() {
        for choice in &CHOICES {
            assert!(field(choice.path()).is_some() && may_differ(choice.path()), "{}", choice.path());
        }
    }

    #[test]
    fn b_begins_with_another_value_within_reach() {
        let Choice::Number { setting, from_zero } = &CHOICES[0] else { panic!("weight decay is a number") };
        assert_eq!([0.0, 5e-4, 0.5].map(|own| other(setting, *from_zero, own)), [0.01, 5e-3, 1.0]);
    }
}
