//! What happened in the run, in words: the trainer's events, kept for the status bar and the plots.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::numbers;
use crate::experiment::fields;
use crate::record::Intervention;
use crate::training::Event;

/// Entries that are kept; older ones have scrolled far away.
const CAPACITY: usize = 500;

/// Changes of one setting that follow each other faster than this are one drag.
const DRAG_PAUSE: Duration = Duration::from_millis(800);

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
    /// Steps run when it happened.
    pub step: u64,
    /// In words.
    pub text: String,
}

/// A seed that left the run.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// Its seed.
    pub seed: u64,
    /// In words.
    pub text: String,
}

/// Everything that happened, and what of it belongs to the current run.
#[derive(Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    interventions: Vec<Intervention>,
    divergences: Vec<Divergence>,
    changes: Vec<Change>,
    last_change: Option<Instant>,
    step: u64,
}

/// A change of one setting as a person made it: a drag of a slider is a hundred interventions and one change.
#[derive(Clone, Debug)]
pub struct Change {
    /// Dotted path of the field.
    pub field: String,
    /// Step of the first intervention.
    pub from_step: u64,
    /// Step of the last one.
    pub to_step: u64,
    /// Value before the first.
    pub old: serde_json::Value,
    /// Value after the last.
    pub new: serde_json::Value,
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

    /// Changes of settings in the current run, oldest first.
    #[must_use]
    pub fn interventions(&self) -> &[Intervention] {
        &self.interventions
    }

    /// The same, drags taken together.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Seeds that left the current run.
    #[must_use]
    pub fn divergences(&self) -> &[Divergence] {
        &self.divergences
    }

    /// Tells how far the run has come, for the messages that follow.
    pub(super) fn reach(&mut self, step: u64) {
        self.step = step;
    }

    /// Adds a message that the window itself has to say.
    pub fn say(&mut self, weight: Weight, text: String) {
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { weight, step: self.step, text });
    }

    /// Puts an event of a run of `seeds` seeds into words.
    pub(super) fn hear(&mut self, event: &Event, seeds: usize) {
        match event {
            Event::Started { .. } => {
                self.interventions.clear();
                self.changes.clear();
                self.divergences.clear();
            }
            Event::Intervened(intervention) => self.hear_intervention(intervention),
            Event::Refused { field, message } => {
                let name = fields::field(field).map_or(field.as_str(), |f| f.label);
                // A message of the configuration opens with the field's path, which the label replaces.
                let reason =
                    message.strip_prefix(field.as_str()).map_or(message.as_str(), |m| m.trim_start_matches([' ', ':']));
                let reason = reason
                    .strip_prefix("= ")
                    .map_or_else(|| reason.to_owned(), |value| value.replacen(": ", " refused: ", 1));
                self.say(Weight::Warning, format!("{name}: {reason}. Nothing changed."));
            }
            Event::Diverged { seed, step, field } => {
                let text = format!(
                    "Seed {seed} diverged at step {}: {} is no longer finite",
                    numbers::count(*step),
                    quantity(field)
                );
                self.divergences.push(Divergence { seed: *seed, text: text.clone() });
                let outlook = if self.divergences.len() < seeds {
                    "The other seeds go on."
                } else {
                    "No seed is left: lower the learning rate or the noise, then Reset."
                };
                self.say(Weight::Warning, format!("{text}. {outlook}"));
            }
            Event::Snapshot(snapshot) => {
                self.say(Weight::Note, format!("Snapshot of step {}", numbers::count(snapshot.step)));
            }
            Event::Finished { step } => {
                self.say(
                    Weight::Note,
                    format!("Finished after {} steps. Run continues beyond them.", numbers::count(*step)),
                );
            }
            Event::Saved(folder) => {
                let path = folder.display();
                let text =
                    format!("Saved. To repeat: hebbscope train {path} --interventions {path} --out {path}-repeated");
                self.say(Weight::Note, text);
            }
            // What the trainer has to say unasked changes how the curves are to be read.
            Event::Notice(text) => self.say(Weight::Warning, sentence(text)),
            Event::Failed(text) => self.say(Weight::Warning, sentence(text)),
        }
    }

    fn hear_intervention(&mut self, intervention: &Intervention) {
        let Intervention { step, field, old, new, .. } = intervention;
        let now = Instant::now();
        let goes_on = self
            .changes
            .last_mut()
            .filter(|change| change.field == *field && self.last_change.is_some_and(|last| now - last < DRAG_PAUSE));
        match goes_on {
            Some(change) => {
                if self.entries.back().is_some_and(|entry| entry.text == change.text()) {
                    self.entries.pop_back();
                }
                change.to_step = *step;
                change.new = new.clone();
            }
            None => self.changes.push(Change {
                field: field.clone(),
                from_step: *step,
                to_step: *step,
                old: old.clone(),
                new: new.clone(),
            }),
        }
        self.last_change = Some(now);
        self.interventions.push(intervention.clone());
        if let Some(text) = self.changes.last().map(Change::text) {
            self.say(Weight::Note, text);
        }
    }
}

impl Change {
    /// Step, name and values, for the list of messages.
    fn text(&self) -> String {
        let name = fields::field(&self.field).map_or(self.field.as_str(), |f| f.label);
        format!("Step {}: {} {}", numbers::count(self.from_step), name.to_lowercase(), change(&self.old, &self.new))
    }
}

/// `old → new`, in short form.
#[must_use]
pub fn change(old: &serde_json::Value, new: &serde_json::Value) -> String {
    format!("{} → {}", numbers::json(old), numbers::json(new))
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
    use super::*;

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
    fn a_refusal_names_setting_value_and_range() {
        let mut journal = Journal::default();
        let message = "rule.learning_rate = -1: must be a number from 0 to 1e3".to_owned();
        journal.hear(&Event::Refused { field: "rule.learning_rate".into(), message }, 2);
        assert_eq!(texts(&journal), ["Learning rate: -1 refused: must be a number from 0 to 1e3. Nothing changed."]);
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
}
