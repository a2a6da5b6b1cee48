//! What happened in the run, in words: the trainer's events, kept for the status bar and the plots.

use std::collections::VecDeque;

use super::numbers;
use crate::experiment::fields;
use crate::record::Intervention;
use crate::training::Event;

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

    /// Seeds that left the current run.
    #[must_use]
    pub fn divergences(&self) -> &[Divergence] {
        &self.divergences
    }

    /// Adds a message that the window itself has to say.
    pub fn say(&mut self, weight: Weight, text: String) {
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { weight, text });
    }

    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Started { .. } => {
                self.interventions.clear();
                self.divergences.clear();
                self.say(Weight::Note, "New run".into());
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
                self.say(Weight::Warning, format!("{text}. The other seeds go on."));
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
            Event::Notice(text) => self.say(Weight::Note, text.clone()),
            Event::Failed(text) => self.say(Weight::Warning, text.clone()),
        }
    }

    fn hear_intervention(&mut self, intervention: &Intervention) {
        let name = fields::field(&intervention.field).map_or(intervention.field.as_str(), |f| f.label);
        let text = format!(
            "Step {}: {} {}",
            numbers::count(intervention.step),
            name.to_lowercase(),
            change(&intervention.old, &intervention.new)
        );
        // A drag is a hundred changes; the list keeps its last one.
        let same_drag =
            self.interventions.last().is_some_and(|last| {
                last.field == intervention.field && intervention.step.saturating_sub(last.step) < 50
            }) && self.entries.back().is_some_and(|entry| entry.text.contains(&format!(": {} ", name.to_lowercase())));
        if same_drag {
            self.entries.pop_back();
        }
        self.say(Weight::Note, text);
        self.interventions.push(intervention.clone());
    }
}

/// `old → new`, in short form.
#[must_use]
pub fn change(old: &serde_json::Value, new: &serde_json::Value) -> String {
    format!("{} → {}", numbers::json(old), numbers::json(new))
}

/// A column of the metrics in words.
fn quantity(column: &str) -> String {
    match column.rsplit_once('_') {
        Some((name, layer)) if layer.chars().all(|c| c.is_ascii_digit()) => {
            format!("the {} of layer {layer}", name.replace('_', " "))
        }
        _ => format!("the {}", column.replace("train_", "training ").replace('_', " ")),
    }
}
