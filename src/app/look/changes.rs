//! Changes of settings as a person made them: a drag of a slider is a hundred interventions and one change.

use super::numbers;
use super::titles;
use crate::experiment::RULE_SECTION;
use crate::experiment::fields::{self, Field};
use crate::record::{Intervention, Target};

/// Steps from one intervention to the next up to which they are one drag, where nothing tells one press of the mouse
/// from another, as in a run that is repeated from a file. Chosen here: what 1,500 steps a second make of six frames a
/// second.
const DRAG_STEPS: u64 = 250;

/// A change of one setting.
#[derive(Clone, Debug)]
pub struct SettingChange {
    /// Dotted path of the field.
    pub field: String,
    /// Part of the run that it touched.
    pub target: Target,
    /// Step of the first intervention.
    pub from_step: u64,
    /// Step of the last one.
    pub to_step: u64,
    /// Value before the first.
    pub old: serde_json::Value,
    /// Value after the last.
    pub new: serde_json::Value,
    /// The value on the way that lay farthest beyond both, if one lay far beyond them.
    pub turn: Option<f64>,
    /// The interventions that it is.
    pub(in crate::app) made: Vec<Intervention>,
    /// The press of the mouse or key that made it, where it was made in this window.
    pub(in crate::app) gesture: Option<u64>,
}

impl SettingChange {
    /// Interventions taken together; `None` of none.
    pub(in crate::app) fn of(interventions: &[Intervention], gesture: Option<u64>) -> Option<Self> {
        let (first, last) = (interventions.first()?, interventions.last()?);
        let mut change = Self {
            field: first.field.clone(),
            target: first.target.clone().unwrap_or_default(),
            from_step: first.step,
            to_step: last.step,
            old: first.old.clone(),
            new: last.new.clone(),
            turn: None,
            made: interventions.to_vec(),
            gesture,
        };
        interventions.iter().filter_map(|one| one.new.as_f64()).for_each(|value| change.pass(value));
        Some(change)
    }

    /// Whether an intervention is the next of the same change.
    pub(in crate::app) fn goes_on_with(&self, next: &Intervention, gesture: Option<u64>) -> bool {
        let same = self.field == next.field && self.target == next.target.clone().unwrap_or_default();
        let is_one_movement = match (self.gesture, gesture) {
            (None, None) => next.step.saturating_sub(self.to_step) <= DRAG_STEPS,
            (mine, its) => mine == its,
        };
        // What something else has set in between is no drag.
        same && is_one_movement && self.new == next.old
    }

    pub(in crate::app) fn add(&mut self, next: &Intervention) {
        self.to_step = next.step;
        self.new = next.new.clone();
        self.made.push(next.clone());
        if let Some(turn) = self.turn.take() {
            self.pass(turn);
        }
        // The value before may lie beyond the new end.
        for value in [next.old.as_f64(), next.new.as_f64()].into_iter().flatten() {
            self.pass(value);
        }
    }

    /// Takes note of a value on the way. A little beyond the ends is how a slider is let go, and says nothing.
    fn pass(&mut self, value: f64) {
        let (Some(old), Some(new)) = (self.old.as_f64(), self.new.as_f64()) else { return };
        let beyond = |value: f64| (value - old.max(new)).max(old.min(new) - value);
        let is_far = beyond(value) > 0.5 * old.abs().max(new.abs());
        if is_far && self.turn.is_none_or(|turn| beyond(value) > beyond(turn)) {
            self.turn = Some(value);
        }
    }

    /// Step, name and values, for the list of messages.
    pub(in crate::app) fn text(&self) -> String {
        let name = known(&self.field).map_or_else(|| self.field.clone(), titles::of_field_within);
        let (step, values) = (numbers::count(self.from_step), values(std::slice::from_ref(self)));
        format!("Step {step}: {name} {values}{}", self.suffix())
    }

    /// Symbol of the field, or its name where it has none, for labels with little room.
    #[must_use]
    pub fn symbol(&self) -> &str {
        // That of a signal is no name of a rule.
        if matches!(self.field.as_str(), RULE_SECTION | "rule.kind") {
            return "rule";
        }
        known(&self.field).map_or(self.field.as_str(), |field| {
            if field.symbol.is_empty() { titles::of_field(field) } else { field.symbol }
        })
    }

    /// Layer and twin where it touched not all: ` (layer 2, twin B)`, or nothing.
    #[must_use]
    pub fn suffix(&self) -> String {
        let parts: Vec<String> =
            self.target.layer.map(|layer| format!("layer {layer}")).into_iter().chain(self.twin()).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    }

    fn twin(&self) -> Option<String> {
        self.target.twin.as_ref().map(|twin| format!("twin {twin}"))
    }
}

/// `old → new` of changes of one setting that follow each other, in short form; where a value on the way lay far beyond
/// both, that one too.
#[must_use]
pub fn values(changes: &[SettingChange]) -> String {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return String::new() };
    let mut whole = SettingChange { new: last.new.clone(), turn: None, ..first.clone() };
    for change in changes {
        for value in [change.old.as_f64(), change.turn, change.new.as_f64()].into_iter().flatten() {
            whole.pass(value);
        }
    }
    let turn = whole.turn.map_or_else(String::new, |turn| format!("{} → ", numbers::scientific(turn)));
    format!("{} → {turn}{}", short(&whole.old, &whole.new), short(&whole.new, &whole.old))
}

/// The field that a change is named by; of one of a whole rule, its kind.
fn known(path: &str) -> Option<&'static Field> {
    fields::field(if path == RULE_SECTION { "rule.kind" } else { path })
}

/// A value in short form. Of several fields of a rule that were changed at once what tells it best from the `other`: its
/// kind, its signal, or all of them.
fn short(value: &serde_json::Value, other: &serde_json::Value) -> String {
    let Some(fields) = value.as_object() else { return numbers::json(value) };
    let text = |key: &str| fields.get(key).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    match (text("kind"), text("signal")) {
        (Some("custom") | None, Some(signal)) if other.get("signal") != fields.get("signal") => signal.to_owned(),
        (Some(kind), _) => kind.to_owned(),
        _ => {
            let parts = fields.iter().map(|(key, value)| format!("{key} = {}", numbers::json(value)));
            parts.collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(step: u64, old: f64, new: f64) -> Intervention {
        let (old, new) = (old.into(), new.into());
        Intervention { step, field: "regularizer.weight_decay".into(), old, new, target: None }
    }

    fn steps(interventions: &[Intervention], gestures: &[Option<u64>]) -> Vec<(u64, u64)> {
        let mut changes: Vec<SettingChange> = Vec::new();
        for (one, &gesture) in interventions.iter().zip(gestures) {
            match changes.last_mut().filter(|last| last.goes_on_with(one, gesture)) {
                Some(last) => last.add(one),
                None => changes.extend(SettingChange::of(std::slice::from_ref(one), gesture)),
            }
        }
        changes.iter().map(|change| (change.from_step, change.to_step)).collect()
    }

    #[test]
    fn repeated_changes_belong_together_by_their_steps_and_values() {
        let drag = [one(10, 0.1, 0.2), one(40, 0.2, 0.3), one(3_000, 0.3, 0.4), one(3_010, 0.5, 0.6)];
        assert_eq!(steps(&drag, &[None; 4]), [(10, 40), (3_000, 3_000), (3_010, 3_010)]);
    }

    #[test]
    fn changes_of_this_window_belong_together_by_the_press_that_made_them() {
        let drag = [one(10, 0.1, 0.2), one(9_000, 0.2, 0.3), one(9_001, 0.3, 0.4)];
        assert_eq!(steps(&drag, &[Some(1), Some(1), Some(2)]), [(10, 9_000), (9_001, 9_001)]);
    }

    #[test]
    fn a_change_of_a_rule_is_told_by_what_it_is() {
        let of = |old: serde_json::Value, new: serde_json::Value| {
            let one = Intervention { step: 7, field: RULE_SECTION.into(), old, new, target: None };
            SettingChange::of(&[one], None).expect("one").text()
        };
        let written = serde_json::json!({"kind": "custom", "signal": "post * pre", "parameters": {"k": 0.5}});
        let sgd = serde_json::json!({"kind": "sgd", "signal": "", "parameters": null});
        assert_eq!(of(sgd.clone(), written.clone()), "Step 7: learning rule sgd → post * pre");
        assert_eq!(of(written, sgd), "Step 7: learning rule post * pre → sgd");
        let adam = |name: &str| serde_json::json!({"optimizer": name, "beta1": 0.9});
        assert_eq!(
            of(adam("sgd"), adam("adam")),
            "Step 7: learning rule optimizer = sgd, beta1 = 0.9 → optimizer = adam, beta1 = 0.9"
        );
    }

    #[test]
    fn a_value_far_beyond_both_ends_is_shown() {
        let there_and_back = [one(1, 5e-4, 7e-2), one(2, 7e-2, 3e-2), one(3, 3e-2, 1e-4)];
        let change = SettingChange::of(&there_and_back, None).expect("three interventions");
        assert_eq!(values(std::slice::from_ref(&change)), "5×10⁻⁴ → 0.07 → 1×10⁻⁴");
        let mut grown = SettingChange::of(&there_and_back[..1], None).expect("one intervention");
        there_and_back[1..].iter().for_each(|next| grown.add(next));
        assert_eq!((grown.turn, grown.text()), (change.turn, change.text()));
        let overshot =
            SettingChange::of(&[one(1, 1e-3, 2.1e-3), one(2, 2.1e-3, 2e-3)], None).expect("two interventions");
        assert_eq!(overshot.turn, None);
        let apart = [one(1, 5e-4, 7e-2), one(900, 7e-2, 1e-4)].map(|one| SettingChange::of(&[one], None).expect("one"));
        assert_eq!(values(&apart), "5×10⁻⁴ → 0.07 → 1×10⁻⁴");
    }
}
