//! What a person makes of the runs on the shelf: names, notes, and which of them lie over the present one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Link;
use crate::app::look::titles;
use crate::app::look::words;
use crate::training::{Command, RunWords, ShelvedRun};

/// Longest name, in characters; it stands in legends.
const NAME: usize = 60;

/// Longest note, in characters.
const NOTE: usize = 400;

/// What is said of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunNote {
    /// A name that somebody gave it; empty for that of its experiment.
    pub name: String,
    /// A remark.
    pub note: String,
    /// Its place among the colours of runs.
    pub color: usize,
    /// Whether its curves lie over those of the present run.
    pub is_overlaid: bool,
}

/// Notes by the numbers of the runs.
#[derive(Debug, Default)]
pub(super) struct RunNotes {
    notes: BTreeMap<u64, RunNote>,
}

impl RunNotes {
    /// Gives every run on the shelf a colour that no other there has, as long as there are any; forgets runs that are gone.
    pub(super) fn follow<'a>(&mut self, shelf: impl Iterator<Item = &'a ShelvedRun> + Clone, present: u64) {
        let is_there = |run_id: u64| shelf.clone().any(|run| run.run_id == run_id);
        self.notes.retain(|run_id, _| *run_id == present || is_there(*run_id));
        for run in shelf {
            if !self.notes.contains_key(&run.run_id) {
                let taken = |color: &usize| self.notes.values().any(|note| note.color == *color);
                let color = (0..).find(|color| !taken(color)).unwrap_or_default();
                // What an earlier start, or the run while it was live, was told of it.
                let RunWords { name, note, .. } = run.words.clone();
                self.notes.insert(run.run_id, RunNote { name, note, color, is_overlaid: false });
            }
        }
    }

    /// A run has come back under another number.
    pub(super) fn comes_back(&mut self, was: u64, run_id: u64) {
        if let Some(note) = self.notes.remove(&was) {
            self.notes.insert(run_id, RunNote { is_overlaid: false, ..note });
        }
    }
}

impl Link {
    /// Runs that others have taken the place of, oldest first.
    #[must_use]
    pub fn shelf(&self) -> &Arc<Vec<ShelvedRun>> {
        &self.status.shelf
    }

    /// What is said of a run.
    #[must_use]
    pub fn note_of(&self, run_id: u64) -> RunNote {
        self.notes.notes.get(&run_id).cloned().unwrap_or_default()
    }

    /// Changes what is said of a run on the shelf.
    pub fn annotate(&mut self, run_id: u64, change: impl FnOnce(&mut RunNote)) {
        let note = self.notes.notes.entry(run_id).or_default();
        let before = (note.name.clone(), note.note.clone());
        change(note);
        for (text, most) in [(&mut note.name, NAME), (&mut note.note, NOTE)] {
            if let Some((end, _)) = text.char_indices().nth(most) {
                text.truncate(end);
            }
        }
        let words = RunWords { name: note.name.clone(), note: note.note.clone(), is_kept: false };
        if before != (words.name.clone(), words.note.clone()) && !self.grids.has(run_id) {
            self.send(Command::Annotate { run_id, words });
        }
    }

    /// Follows which runs there are.
    pub(super) fn follow_notes(&mut self) {
        self.notes.follow(self.status.shelf.iter().chain(self.grids.runs()), self.status.run_id);
    }

    /// The name of a run on the shelf: its own, or that of its experiment with its number.
    #[must_use]
    pub fn name_of(&self, run: &ShelvedRun) -> String {
        match self.notes.notes.get(&run.run_id).map(|note| note.name.trim()) {
            Some(name) if !name.is_empty() => words::own(name).into_owned(),
            _ => default_name(run),
        }
    }

    /// Runs whose curves lie over those of the present one.
    pub fn overlaid(&self) -> impl Iterator<Item = &ShelvedRun> {
        let is_overlaid = |run: &&ShelvedRun| self.notes.notes.get(&run.run_id).is_some_and(|note| note.is_overlaid);
        let all = self.status.shelf.iter().chain(self.grids.runs());
        all.filter(|run| run.curves.is_some()).filter(is_overlaid)
    }

    /// Puts a run from the shelf in the place of the present one, which goes there.
    pub fn bring_back(&mut self, run_id: u64) {
        self.send(Command::Pause);
        self.outbox.clear();
        self.unanswered.clear();
        self.pending.clear();
        self.show_recorded(None);
        self.send(Command::Restore(run_id));
    }
}

/// The name of a run that nobody gave one.
#[must_use]
pub fn default_name(run: &ShelvedRun) -> String {
    match run.left {
        None => format!("{} ({})", titles::title(&run.experiment), run.run_id),
        Some(_) => format!("{} (earlier)", titles::title(&run.experiment)),
    }
}
