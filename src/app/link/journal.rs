//! What happened in the run, in words: the trainer's events, kept for the status bar and the plots.

use std::collections::{BTreeSet, VecDeque};

use crate::app::look::fallen::Told;
use crate::app::look::numbers;
use crate::app::look::titles;
use crate::app::look::words;
use crate::experiment::fields;
use crate::record::{Collapse, Intervention, Target};
use crate::share::{path_word, shell_line};
use crate::training::{Branch, Event, Status};

pub use crate::app::look::changes::SettingChange;

/// Entries that are kept; older ones have scrolled far away.
const CAPACITY: usize = 500;

/// How much an entry matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Something happened as asked.
    Note,
    /// Something was refused or went wrong.
    Warning,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// How much it matters.
    pub weight: Weight,
    /// The step that it is about, or the steps run when it happened.
    pub step: u64,
    /// In words.
    pub text: String,
    /// The field that it refuses a value of, until one was taken.
    refuses: Option<String>,
    /// Whether what it warned of is over.
    is_over: bool,
}

/// A seed that left the run.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// Its seed.
    pub seed: u64,
    /// Step whose value was not finite.
    pub step: u64,
    /// In words.
    pub text: String,
}

/// Everything that happened, and what of it belongs to the current run.
#[derive(Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    interventions: Vec<Intervention>,
    divergences: Vec<Divergence>,
    changes: Vec<SettingChange>,
    /// Messages about layers that further seeds are added to.
    told: Vec<Told>,
    step: u64,
}

impl Journal {
    /// Messages, oldest first.
    #[must_use]
    pub fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// The newest message.
    #[must_use]
    pub fn last(&self) -> Option<&Entry> {
        self.entries.back()
    }

    /// Changes of settings in the current run and its twin, oldest first.
    #[must_use]
    pub fn interventions(&self) -> &[Intervention] {
        &self.interventions
    }

    /// The same, drags taken together.
    #[must_use]
    pub fn changes(&self) -> &[SettingChange] {
        &self.changes
    }

    /// Seeds that left the current run.
    #[must_use]
    pub fn divergences(&self) -> &[Divergence] {
        &self.divergences
    }

    /// Tells how far the run has come, for the messages that follow.
    pub(in crate::app) fn reach(&mut self, step: u64) {
        self.step = step;
    }

    /// Adds a message that the window itself has to say.
    pub fn say(&mut self, weight: Weight, text: String) {
        self.say_at(weight, self.step, text);
    }

    fn say_at(&mut self, weight: Weight, step: u64, text: String) {
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { weight, step, text, refuses: None, is_over: false });
    }

    /// The newest message that still holds.
    #[must_use]
    pub fn current(&self) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| !entry.is_over)
    }

    /// Adds that a value of a field was refused; an earlier refusal of it is over.
    pub(in crate::app) fn refuse(&mut self, field: &str, text: String) {
        self.settle(field);
        self.say(Weight::Warning, text);
        if let Some(entry) = self.entries.back_mut() {
            entry.refuses = Some(field.to_owned());
        }
    }

    /// Tells that a value of a field was taken, so that refusals of it are over.
    pub(in crate::app) fn settle(&mut self, field: &str) {
        for entry in self.entries.iter_mut().filter(|entry| entry.refuses.as_deref() == Some(field)) {
            entry.is_over = true;
        }
    }

    /// Puts an event of a run of `seeds` seeds into words.
    pub(in crate::app) fn hear(&mut self, event: &Event, seeds: usize) {
        match event {
            Event::Started { .. } => {
                self.interventions.clear();
                self.changes.clear();
                self.divergences.clear();
                self.told.clear();
                // Refusals were of the run before.
                self.entries.iter_mut().filter(|entry| entry.refuses.is_some()).for_each(|entry| entry.is_over = true);
            }
            Event::Intervened(intervention) => self.hear_change(intervention, None),
            // What was replaced is said by what replaced it.
            Event::Shelved { .. } => {}
            Event::Restored { step, .. } => {
                self.say_at(Weight::Note, *step, format!("The run is back, at step {}", numbers::count(*step)));
            }
            Event::NotRestored { message } => self.say(Weight::Warning, sentence(message)),
            Event::Collapsed { branch, collapse } | Event::Recovered { branch, collapse } => {
                self.hear_of_layer(*branch, collapse);
            }
            Event::Refused { field, message } => {
                let name = fields::field(field).map_or(field.as_str(), titles::of_field);
                // A message of the configuration opens with the field's path, which the label replaces.
                let reason =
                    message.strip_prefix(field.as_str()).map_or(message.as_str(), |m| m.trim_start_matches([' ', ':']));
                let reason = reason
                    .strip_prefix("= ")
                    .map_or_else(|| reason.to_owned(), |value| value.replacen(": ", " refused: ", 1));
                self.refuse(field, format!("{name}: {reason}. Nothing changed."));
            }
            Event::Diverged { seed, step, field } => {
                let text = format!(
                    "Seed {seed} diverged at step {}: {} is no longer finite",
                    numbers::count(*step),
                    quantity(field)
                );
                self.divergences.push(Divergence { seed: *seed, step: *step, text: text.clone() });
                let outlook = if self.divergences.len() < seeds {
                    "The other seeds go on."
                } else {
                    "No seed is left: lower the learning rate or the noise, then Reset."
                };
                self.say_at(Weight::Warning, *step, format!("{text}. {outlook}"));
            }
            Event::TwinDiverged { seed, step, field } => {
                let (at, what) = (numbers::count(*step), quantity(field));
                let text = format!("Twin B: seed {seed} diverged at step {at}: {what} is no longer finite.");
                self.say_at(Weight::Warning, *step, text);
            }
            Event::Forked { step } => {
                let text = format!("Twin B parted from the run at step {}", numbers::count(*step));
                self.say_at(Weight::Note, *step, text);
            }
            Event::TwinEnded { kept } => {
                self.say(Weight::Note, format!("Twin {} goes on alone", kept.name()));
            }
            Event::Rewound { step } => {
                self.divergences.retain(|divergence| divergence.step < *step);
                self.told.clear();
                self.say_at(Weight::Note, *step, format!("Went back to step {}", numbers::count(*step)));
            }
            Event::Converged { step } => {
                let text = format!("Every layer is at rest at step {}. Paused.", numbers::count(*step));
                self.say_at(Weight::Note, *step, text);
            }
            Event::Snapshot(snapshot) => {
                self.say_at(Weight::Note, snapshot.step, format!("Snapshot of step {}", numbers::count(snapshot.step)));
            }
            Event::TakenUp { step } => {
                let text = format!("Went on at step {}, as the run was left.", numbers::count(*step));
                self.say_at(Weight::Note, *step, text);
            }
            Event::PlanDone { step } => {
                let text =
                    format!("The planned {} steps are done. The run goes on until paused.", numbers::count(*step));
                self.say_at(Weight::Note, *step, text);
            }
            Event::Saved(file) if file.extension().is_some_and(|extension| extension == "npz") => {
                self.say(Weight::Note, format!("Snapshot saved: {}", words::path(file)));
            }
            Event::Returned { folder, step } => {
                let text = format!("Opened {} at its end, step {}", words::path(folder), numbers::count(*step));
                self.say_at(Weight::Note, *step, text);
            }
            Event::Saved(folder) => {
                let path = path_word(folder);
                let again = format!("{path}-repeated");
                let words = ["hebbscope", "train", &path, "--interventions", &path, "--out", &again];
                self.say(Weight::Note, format!("Saved. To repeat: {}", shell_line(&words)));
            }
            // What the trainer has to say unasked changes how the curves are to be read.
            Event::Backend(text) => self.say(Weight::Note, format!("Trains on {text}")),
            Event::Notice(text) => self.say(Weight::Warning, sentence(text)),
            Event::Failed(text) => self.say(Weight::Warning, sentence(text)),
        }
    }

    /// Takes up that one twin goes on alone, with `status` as it is since.
    pub(in crate::app) fn end_twin(&mut self, kept: Branch, status: &Status) {
        self.told.clear();
        let is_kept = |twin: &String| twin == kept.name();
        self.keep(|one| one.target.as_ref().and_then(|target| target.twin.as_ref()).is_none_or(is_kept));
        let made = self.changes.iter_mut().flat_map(|change| {
            change.target.twin = None;
            &mut change.made
        });
        for one in made.chain(&mut self.interventions) {
            one.target = one.target.take().map(|target| Target { twin: None, ..target }).filter(|t| t.layer.is_some());
        }
        self.follow(status);
    }

    /// Forgets changes that the records of the run and its twin have no more.
    pub(in crate::app) fn follow(&mut self, status: &Status) {
        let keys = |record: &[Intervention]| {
            record.iter().map(key).map(|(step, field, new, layer)| (step, field.to_owned(), new, layer)).collect()
        };
        let of_run: BTreeSet<_> = keys(&status.interventions);
        let of_twin: BTreeSet<_> = status.twin.as_ref().map(|twin| keys(&twin.interventions)).unwrap_or_default();
        self.keep(|one| {
            let (step, field, new, layer) = key(one);
            let key = (step, field.to_owned(), new, layer);
            match one.target.as_ref().and_then(|target| target.twin.as_deref()) {
                Some("B") => of_twin.contains(&key),
                Some(_) => of_run.contains(&key),
                // A value that one of the twins had already is new in the other alone.
                None => of_run.contains(&key) || of_twin.contains(&key),
            }
        });
    }

    /// Takes up the changes that a run which comes from elsewhere brings with it.
    pub(in crate::app) fn take_up(&mut self, status: &Status) {
        self.interventions.clear();
        self.changes.clear();
        let of_twin = status.twin.as_ref().map(|twin| (twin.forked_at, &twin.interventions));
        let has = |record: &[Intervention], one: &Intervention| record.iter().any(|other| key(other) == key(one));
        let told = |one: &Intervention, twin: Option<Branch>| {
            let target = one.target.clone().unwrap_or_default();
            let target = Target { twin: twin.map(|twin| twin.name().to_owned()), ..target };
            Intervention { target: (target != Target::default()).then_some(target), ..one.clone() }
        };
        let mut all: Vec<Intervention> = Vec::new();
        for one in status.interventions.iter() {
            let is_own = of_twin.is_some_and(|(forked_at, twin)| one.step >= forked_at && !has(twin, one));
            all.push(told(one, is_own.then_some(Branch::A)));
        }
        for one in of_twin.iter().flat_map(|(_, twin)| twin.iter()).filter(|one| !has(&status.interventions, one)) {
            all.push(told(one, Some(Branch::B)));
        }
        all.sort_by_key(|one| one.step);
        for one in &all {
            match self.changes.last_mut().filter(|change| change.goes_on_with(one, None)) {
                Some(change) => change.add(one),
                None => self.changes.extend(SettingChange::of(std::slice::from_ref(one), None)),
            }
        }
        self.interventions = all;
    }

    /// Keeps some interventions, and of every change what is left of it.
    fn keep(&mut self, keeps: impl Fn(&Intervention) -> bool) {
        self.interventions.retain(&keeps);
        for change in &mut self.changes {
            change.made.retain(&keeps);
            if let Some(left) = SettingChange::of(&change.made, change.gesture) {
                *change = left;
            }
        }
        self.changes.retain(|change| !change.made.is_empty());
    }

    /// Takes up a change of a setting; `gesture` is the press of the mouse or key that made it, where one of this window
    /// did.
    pub(in crate::app) fn hear_change(&mut self, intervention: &Intervention, gesture: Option<u64>) {
        self.settle(&intervention.field);
        self.interventions.push(intervention.clone());
        // What is dragged through a plane sets two fields by turns: what goes on is the last change, or one of its gesture.
        let last = self.changes.last().and_then(|change| change.gesture);
        let of_gesture =
            self.changes.iter().rev().take_while(|change| last.is_some() && change.gesture == last).count();
        let near = self.changes.len() - of_gesture.max(1).min(self.changes.len());
        let goes_on = (near..self.changes.len()).rev().find(|&at| self.changes[at].goes_on_with(intervention, gesture));
        let at = match goes_on {
            Some(at) => {
                let said = self.changes[at].text();
                // Only where nothing else was said since.
                let from = self.entries.len().saturating_sub(self.changes.len() - near);
                if let Some(place) = self.entries.iter().skip(from).position(|entry| entry.text == said) {
                    self.entries.remove(from + place);
                }
                self.changes[at].add(intervention);
                Some(at)
            }
            None => {
                self.changes.extend(SettingChange::of(std::slice::from_ref(intervention), gesture));
                self.changes.len().checked_sub(1)
            }
        };
        if let Some((text, step)) = at.map(|at| (self.changes[at].text(), self.changes[at].from_step)) {
            self.say_at(Weight::Note, step, text);
        }
    }

    /// Adds a seed to what was told of a layer, or tells it.
    fn hear_of_layer(&mut self, branch: Branch, collapse: &Collapse) {
        let (cause, step) = match collapse.until {
            None => (Some(collapse.cause), collapse.step),
            Some(until) => (None, until),
        };
        let before = self.told.iter_mut().rfind(|told| told.is_of(branch, collapse.layer));
        match before.filter(|told| told.cause() == cause) {
            Some(told) => {
                let old = told.text.clone();
                told.add(collapse.seed, step);
                let text = told.text.clone();
                // What is told of further seeds stands where the first one was told of.
                match self.entries.iter_mut().rfind(|entry| entry.text == old) {
                    Some(entry) => entry.text = text,
                    None => self.say_at(Weight::Warning, step, text),
                }
            }
            None => {
                let mut told = Told::new(branch, cause, collapse.layer);
                told.add(collapse.seed, step);
                let weight = if cause.is_some() { Weight::Warning } else { Weight::Note };
                self.say_at(weight, step, told.text.clone());
                self.told.retain(|told| !told.is_of(branch, collapse.layer));
                self.told.push(told);
            }
        }
    }
}

/// What tells one intervention from another, whichever twin's record it stands in.
fn key(intervention: &Intervention) -> (u64, &str, String, Option<usize>) {
    let Intervention { step, field, new, target, .. } = intervention;
    (*step, field, new.to_string(), target.as_ref().and_then(|target| target.layer))
}

fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// A column of the metrics or a matrix in words.
fn quantity(column: &str) -> String {
    match column.rsplit_once('_') {
        Some((name, layer)) if layer.chars().all(|c| c.is_ascii_digit()) => {
            let name = if name == "W" { "weight matrix".into() } else { name.replace('_', " ") };
            format!("the {name} of layer {layer}")
        }
        _ => format!("the {}", column.replace("train_", "training ").replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::training::TwinStatus;

    fn intervention(step: u64, field: &str, old: f64, new: f64) -> Event {
        let (old, new) = (old.into(), new.into());
        Event::Intervened(Intervention { step, field: field.into(), old, new, target: None })
    }

    fn texts(journal: &Journal) -> Vec<&str> {
        journal.entries().iter().map(|entry| entry.text.as_str()).collect()
    }

    #[test]
    fn a_drag_is_one_message_and_keeps_every_intervention() {
        let mut journal = Journal::default();
        journal.hear(&intervention(10, "regularizer.weight_decay", 5e-4, 1e-3), 2);
        journal.hear(&intervention(20, "regularizer.weight_decay", 1e-3, 5e-3), 2);
        journal.hear(&intervention(30, "noise.weight_sd", 0.0, 0.02), 2);
        assert_eq!(texts(&journal), ["Step 10: weight decay 5×10⁻⁴ → 5×10⁻³", "Step 30: weight noise 0 → 0.02"]);
        assert_eq!(journal.interventions().len(), 3);
        let steps: Vec<_> = journal.changes().iter().map(|change| (change.from_step, change.to_step)).collect();
        assert_eq!(steps, [(10, 20), (30, 30)]);
    }

    #[test]
    fn a_drag_of_two_settings_by_turns_is_one_message_of_each() {
        let mut journal = Journal::default();
        let of = |step: u64, field: &str, old: f64, new: f64| match intervention(step, field, old, new) {
            Event::Intervened(one) => one,
            other => panic!("{other:?}"),
        };
        journal.hear_change(&of(5, "noise.weight_sd", 0.5, 0.0), Some(1));
        for step in 0..4_u32 {
            let (at, value) = (u64::from(10 + step), f64::from(step));
            journal.hear_change(&of(at, "regularizer.weight_decay", value, value + 1.0), Some(2));
            journal.hear_change(&of(at, "noise.weight_sd", value, value + 1.0), Some(2));
        }
        let changes: Vec<_> =
            journal.changes().iter().map(|c| (c.from_step, c.to_step, c.new.as_f64().unwrap_or_default())).collect();
        assert_eq!(changes, [(5, 5, 0.0), (10, 13, 4.0), (10, 13, 4.0)], "another press is another change");
        assert_eq!((journal.interventions().len(), texts(&journal).len()), (9, 3));
        // Half of it is gone back over.
        let left: Vec<_> = journal.interventions()[..5].to_vec();
        journal.follow(&Status { interventions: left.clone().into(), ..Status::default() });
        assert_eq!(journal.interventions(), left);
        assert_eq!(journal.changes().iter().map(|c| c.to_step).collect::<Vec<_>>(), [5, 11, 11]);
    }

    fn of(step: u64, old: f64, new: f64, twin: Option<&str>) -> Intervention {
        let target = twin.map(|twin| Target { layer: None, twin: Some(twin.into()) });
        Intervention { step, field: "noise.weight_sd".into(), old: old.into(), new: new.into(), target }
    }

    #[test]
    fn going_back_forgets_what_came_after_and_shortens_a_drag() {
        let mut journal = Journal::default();
        for (step, old, new) in [(10, 0.0, 0.1), (20, 0.1, 0.2), (30, 0.2, 0.3)] {
            journal.hear(&Event::Intervened(of(step, old, new, None)), 2);
        }
        journal.hear(&intervention(40, "rule.clip", 1.0, 2.0), 2);
        let left: Vec<_> = journal.interventions()[..2].to_vec();
        journal.follow(&Status { interventions: left.clone().into(), ..Status::default() });
        assert_eq!(journal.interventions(), left);
        let changes: Vec<_> = journal.changes().iter().map(|c| (c.from_step, c.to_step, c.new.as_f64())).collect();
        assert_eq!(changes, [(10, 20, Some(0.2))]);
    }

    #[test]
    fn the_twin_that_goes_on_keeps_its_changes() {
        let mut journal = Journal::default();
        let (a, b) = (Some("A"), Some("B"));
        for (step, old, new, twin) in [(10, 0.0, 0.1, None), (20, 0.1, 0.2, a), (20, 0.1, 0.3, b), (30, 0.3, 0.4, b)] {
            journal.hear(&Event::Intervened(of(step, old, new, twin)), 2);
        }
        let twins: Vec<_> = journal.changes().iter().map(|c| (c.to_step, c.target.twin.clone())).collect();
        assert_eq!(twins, [(10, None), (20, Some("A".into())), (30, Some("B".into()))]);
        let run =
            [(10, 0.0, 0.1), (20, 0.1, 0.3), (30, 0.3, 0.4)].map(|(step, old, new)| of(step, old, new, None)).to_vec();
        journal.end_twin(Branch::B, &Status { interventions: run.clone().into(), ..Status::default() });
        assert_eq!(journal.interventions(), run);
        let changes: Vec<_> = journal.changes().iter().map(|c| (c.from_step, c.new.as_f64())).collect();
        assert_eq!(changes, [(10, Some(0.1)), (20, Some(0.4))]);
    }

    #[test]
    fn a_refusal_names_setting_value_and_range() {
        let mut journal = Journal::default();
        let message = "rule.learning_rate = -1: must be a number from 0 to 1e3".to_owned();
        journal.hear(&Event::Refused { field: "rule.learning_rate".into(), message }, 2);
        assert_eq!(texts(&journal), ["Learning rate: -1 refused: must be a number from 0 to 1e3. Nothing changed."]);
    }

    #[test]
    fn a_refusal_is_over_once_a_value_is_taken() {
        let current = |journal: &Journal| journal.current().map(|entry| entry.text.clone());
        let mut journal = Journal::default();
        journal.say(Weight::Note, "first".into());
        journal.refuse("rule.clip", "no".into());
        journal.refuse("rule.clip", "no again".into());
        assert_eq!(current(&journal).as_deref(), Some("no again"));
        journal.settle("noise.weight_sd");
        assert_eq!(current(&journal).as_deref(), Some("no again"));
        journal.settle("rule.clip");
        assert_eq!(current(&journal).as_deref(), Some("first"));
        assert_eq!(journal.entries().len(), 3, "the list of messages keeps them");
    }

    #[test]
    fn a_new_run_forgets_marks_and_divergences() {
        let mut journal = Journal::default();
        journal.hear(&intervention(10, "noise.weight_sd", 0.0, 0.1), 2);
        journal.hear(&Event::Diverged { seed: 2, step: 812, field: "train_loss".into() }, 2);
        assert_eq!(journal.divergences()[0].text, "Seed 2 diverged at step 812: the training loss is no longer finite");
        journal.hear(&Event::Started { run_id: 2 }, 2);
        assert!(journal.interventions().is_empty() && journal.divergences().is_empty());
    }

    #[test]
    fn the_last_seed_to_diverge_ends_the_run() {
        let mut journal = Journal::default();
        let mut diverge = |seed| {
            journal.hear(&Event::Diverged { seed, step: 3, field: "W_1".into() }, 2);
            journal.last().map(|entry| entry.text.clone()).unwrap_or_default()
        };
        assert_eq!(
            diverge(0),
            "Seed 0 diverged at step 3: the weight matrix of layer 1 is no longer finite. The other seeds go on."
        );
        assert!(diverge(1).ends_with("No seed is left: lower the learning rate or the noise, then Reset."));
    }

    #[test]
    fn a_run_from_elsewhere_brings_its_changes() {
        let of = |step, old: f64, new: f64| Intervention {
            step,
            field: "regularizer.weight_decay".into(),
            old: old.into(),
            new: new.into(),
            target: None,
        };
        let common = of(5, 0.1, 0.2);
        let twin = TwinStatus {
            forked_at: 10,
            experiment: Arc::default(),
            changes: Vec::new(),
            interventions: vec![common.clone(), of(20, 0.2, 0.3), of(900, 0.3, 0.5)].into(),
        };
        let own = vec![common, of(900, 0.2, 0.4)].into();
        let status = Status { interventions: own, twin: Some(twin), ..Status::default() };
        let mut journal = Journal::default();
        journal.take_up(&status);
        let told = |change: &SettingChange| (change.from_step, change.target.twin.clone());
        let twins = ["B", "A", "B"].map(|name| Some(name.to_owned()));
        let [b, a, late] = twins;
        assert_eq!(journal.changes().iter().map(told).collect::<Vec<_>>(), [(5, None), (20, b), (900, a), (900, late)]);
        assert_eq!(journal.interventions().len(), 4);
        journal.follow(&status);
        assert_eq!(journal.changes().len(), 4, "all of them are in the records");
    }
}
