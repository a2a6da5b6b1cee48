//! Settings on their way: values that were set, wait for an answer or for a new run, and can be undone.

use std::collections::BTreeMap;

use super::Link;
use super::journal::Weight;
use super::judging::Judged;
use super::setting::Setting;
use super::undo::{Deed, Deeds, Way};
use crate::app::look::numbers;
use crate::app::look::titles;
use crate::experiment::fields::{self, Change, field};
use crate::experiment::{Experiment, RuleRate, may_differ};
use crate::training::{Branch, Command, ReplacedBy};

impl Link {
    /// A number of the configuration as the person last set it, answered or not.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<f64> {
        self.sent(&self.steered_setting(field)).and_then(as_number).or_else(|| number_of(self.steered(), field))
    }

    /// Whether a switch is on, as the person last set it.
    #[must_use]
    pub fn switch(&self, path: &str) -> Option<bool> {
        self.value(&self.steered_setting(path))?.as_bool()
    }

    /// A field as settings act on it now. What the run itself takes up with a reset, its copy takes up at once.
    fn steered_setting(&self, path: &str) -> Setting {
        let acts_on = |branch: &Branch| {
            let waits = *branch == Branch::A && field(path).is_some_and(|known| known.change == Change::Reset);
            may_differ(path) && !waits
        };
        let twin = self.steer().filter(acts_on).map(|branch| branch.name().to_owned());
        Setting { twin, ..Setting::of(path) }
    }

    /// Weight decay of one layer, counted from 1, as the person last set it.
    #[must_use]
    pub fn layer_decay(&self, layer: usize) -> f64 {
        self.decay_of(&Setting { layer: Some(layer), ..self.steered_setting("regularizer.weight_decay") }, layer)
    }

    /// Sets the weight decay of one layer, counted from 1.
    pub fn set_layer_decay(&mut self, layer: usize, decay: f64) {
        let setting = Setting { layer: Some(layer), ..self.steered_setting("regularizer.weight_decay") };
        self.change(setting, toml::Value::Float(decay));
    }

    fn decay_of(&self, setting: &Setting, layer: usize) -> f64 {
        let regularizer = &self.experiment_of(setting.twin.as_deref()).regularizer;
        let own = regularizer.weight_decay_layers.get(layer.wrapping_sub(1)).copied();
        self.sent(setting).and_then(as_number).or(own).unwrap_or(regularizer.weight_decay)
    }

    fn sent(&self, setting: &Setting) -> Option<&toml::Value> {
        let waiting = || self.unanswered.get(setting).map(|sent| &sent.value);
        let next_run = || self.pending.get(&setting.field).filter(|_| !is_at_once(setting));
        self.outbox.get(setting).or_else(waiting).or_else(next_run)
    }

    /// Sets a field when the frame ends, of the twin that settings act on; one that needs a new run waits for it.
    pub fn set(&mut self, field: &str, value: toml::Value) {
        self.change(self.steered_setting(field), value);
    }

    /// Sets a field, of a layer or twin if so wished, when the frame ends, so that it can be undone.
    pub fn change(&mut self, setting: Setting, value: toml::Value) {
        if let Some(old) = self.value(&setting).filter(|old| *old != value) {
            self.deeds.note(setting.clone(), old, value.clone(), self.gesture);
        }
        self.put(setting, value);
    }

    pub(super) fn put(&mut self, setting: Setting, value: toml::Value) {
        if !is_at_once(&setting) {
            let now = value_of(&self.status.experiment, &setting.field);
            if now.as_ref() == Some(&value) {
                self.pending.remove(&setting.field);
            } else {
                self.pending.insert(setting.field, value);
            }
        } else {
            self.outbox.insert(setting, value);
        }
    }

    fn value(&self, setting: &Setting) -> Option<toml::Value> {
        match setting.layer {
            Some(layer) => Some(toml::Value::Float(self.decay_of(setting, layer))),
            None => {
                let experiment = || self.experiment_of(setting.twin.as_deref());
                self.sent(setting).cloned().or_else(|| value_of(experiment(), &setting.field))
            }
        }
    }

    /// Says aloud that a typed value of a field was refused, or takes that back once one was taken.
    pub fn hear_typed(&mut self, field: &str, is_taken: bool, refused: Option<String>) {
        match refused {
            Some(why) => {
                let name = fields::field(field).map_or(field, titles::of_field);
                self.journal.refuse(field, format!("{name}: {why}. Nothing changed."));
            }
            None if is_taken => self.journal.settle(field),
            None => {}
        }
    }

    /// A value as the person last set it that the run has not taken up, whether it is on its way or waits for a new run.
    #[must_use]
    pub fn set_value(&self, path: &str) -> Option<&toml::Value> {
        self.sent(&self.steered_setting(path))
    }

    /// Leaves a field that waits for a new run as the run has it.
    pub fn keep(&mut self, path: &str) {
        match value_of(&self.status.experiment, path) {
            Some(value) => self.change(Setting::of(path), value),
            None => drop(self.pending.remove(path)),
        }
    }

    /// Forgets all that waits for a new run.
    pub fn keep_all(&mut self) {
        let paths: Vec<String> = self.pending.keys().cloned().collect();
        paths.iter().for_each(|path| self.keep(path));
    }

    /// Values that wait for a new run, by field.
    #[must_use]
    pub fn pending(&self) -> &BTreeMap<String, toml::Value> {
        &self.pending
    }

    /// What was done, to undo and redo.
    #[must_use]
    pub fn deeds(&self) -> &Deeds {
        &self.deeds
    }

    /// Takes the last deed back, or does again what was taken back last. Where that is to put the panes elsewhere, their places
    /// are the answer; `places` are those of the present.
    pub fn undo(&mut self, way: Way, places: impl FnOnce() -> String) -> Option<String> {
        let said = self.deeds.next(way).map(told);
        let taken = self.deeds.go(way, places);
        let mut arrangement = None;
        for deed in taken {
            match deed {
                Deed::Set(edit) => {
                    let value = if way == Way::Back { edit.old } else { edit.new };
                    self.put(edit.setting, value);
                }
                Deed::Replaced { run_id, .. } => self.send(Command::Restore(run_id)),
                Deed::Forked => self.send(Command::EndTwin { keep: Branch::A }),
                Deed::Arranged { before, .. } => arrangement = Some(before),
            }
        }
        if let Some(said) = said {
            let what = if way == Way::Back { "Took back" } else { "Did again" };
            self.journal.say(Weight::Note, format!("{what}: {said}"));
        }
        arrangement
    }

    /// Notes that panes lay elsewhere before the present press of the mouse or key.
    pub fn note_places(&mut self, before: String) {
        self.deeds.note_places(before, self.gesture);
    }

    /// Changes from here on belong to another press of the mouse or key.
    pub(in crate::app) fn begin_gesture(&mut self) {
        self.gesture = self.gesture.wrapping_add(1);
    }

    /// What waits for a new run, with what it comes to; `None` while its data are read.
    pub fn judged(&mut self) -> Option<&Judged> {
        self.judging.poll(&self.status.experiment, &self.pending)
    }

    /// The present experiment with what waits, for the run that begins now: nothing waits any more.
    ///
    /// # Errors
    /// Why what waits cannot be used, in words, or not yet; it goes on to wait.
    pub fn take_next_experiment(&mut self) -> Result<Experiment, String> {
        let judged = self.judged().ok_or("the data that wait for the new run are still being read")?;
        let next = Experiment::clone(judged.next.as_ref().map_err(String::clone)?);
        self.deeds.absorb(std::mem::take(&mut self.pending).keys());
        Ok(next)
    }
}

/// A deed in words.
#[must_use]
pub fn told(deed: &Deed) -> String {
    match deed {
        Deed::Set(edit) => {
            let field = &edit.setting.field;
            let name = fields::field(field).map_or(field.as_str(), titles::of_field);
            let layer = edit.setting.layer.map(|layer| format!(" of layer {layer}")).unwrap_or_default();
            let twin = edit.setting.twin.as_ref().map(|twin| format!(" of twin {twin}")).unwrap_or_default();
            let value = |value: &toml::Value| match serde_json::to_value(value) {
                Ok(json) => numbers::json(&json),
                Err(_) => value.to_string(),
            };
            format!("{name}{layer}{twin}, {} to {}", value(&edit.old), value(&edit.new))
        }
        Deed::Replaced { by, .. } => match by {
            ReplacedBy::Reset => "reset".into(),
            ReplacedBy::NewSeed => "new seeds".into(),
            ReplacedBy::Another(name) => format!("new run of {}", titles::quoted_name(name)),
            ReplacedBy::TwinEnded => "end of the twins".into(),
            ReplacedBy::Restored => "a run from the shelf".into(),
        },
        Deed::Forked => "fork of a twin".into(),
        Deed::Arranged { .. } => "layout".into(),
    }
}

/// Whether a setting does not wait for a new run.
fn is_at_once(setting: &Setting) -> bool {
    let is_of_copy = setting.twin.as_deref() == Some(Branch::B.name());
    is_of_copy || field(&setting.field).is_none_or(|known| known.change != Change::Reset)
}

pub(super) fn as_number(value: &toml::Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// A number of an experiment by its path.
#[must_use]
pub fn number_of(experiment: &Experiment, field: &str) -> Option<f64> {
    Some(match field {
        "regularizer.weight_decay" => experiment.regularizer.weight_decay,
        "regularizer.l1" => experiment.regularizer.l1,
        "noise.weight_sd" => experiment.noise.weight_sd,
        "noise.input_sd" => experiment.noise.input_sd,
        "noise.gradient_sd" => experiment.noise.gradient_sd,
        "rule.learning_rate" => experiment.rule.learning_rate,
        "rule.clip" => experiment.rule.clip,
        "rule.target_norm" => experiment.rule.target_norm,
        "model.init_scale" => experiment.model.init_scale,
        "model.dropout" => experiment.model.dropout,
        "model.sparsity" => experiment.model.sparsity,
        "model.frozen" => experiment.model.frozen,
        "regularizer.activation_penalty" => experiment.regularizer.activation_penalty,
        "training.batch_size" => experiment.training.batch_size as f64,
        "training.seeds" => experiment.training.seeds as f64,
        _ => {
            if let Some(name) = field.strip_prefix("rule.parameters.") {
                return experiment.rule.parameters.get(name).copied();
            }
            let state = field.strip_prefix("rule.state.").and_then(|rest| rest.strip_suffix(".rate"));
            if let Some(RuleRate::Number(rate)) = state.and_then(|name| Some(&experiment.rule.state.get(name)?.rate)) {
                return Some(*rate);
            }
            return value_of(experiment, field).as_ref().and_then(as_number);
        }
    })
}

/// Any value of an experiment by its path; `None` for a field that is absent.
#[must_use]
pub fn value_of(experiment: &Experiment, field: &str) -> Option<toml::Value> {
    let table = toml::Table::try_from(experiment).ok()?;
    let mut keys = field.split('.');
    let first = table.get(keys.next()?)?;
    keys.try_fold(first, |value, key| value.get(key)).cloned()
}
