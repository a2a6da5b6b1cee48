//! What happened on the way, for marks on the timeline.

use eframe::egui::Color32;

use crate::app::link::journal::{Divergence, Journal};
use crate::app::look::changes::SettingChange;
use crate::app::look::fallen;
use crate::app::look::fallen::Fall;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::training::Status;

/// Lines that a mark says at most.
const MOST_LINES: usize = 8;

/// One thing that happened.
pub enum Happened<'a> {
    /// A setting was changed.
    Change(&'a SettingChange),
    /// The twins parted, and what was changed then.
    Fork(u64),
    /// A layer collapsed.
    Fall(Fall),
    /// A seed left the run.
    Divergence(&'a Divergence),
}

impl Happened<'_> {
    /// The step that shows the run as it found it.
    #[must_use]
    pub fn step(&self) -> u64 {
        match self {
            Self::Change(change) => change.from_step,
            Self::Fork(step) => *step,
            Self::Fall(fall) => fall.step,
            Self::Divergence(divergence) => divergence.step,
        }
    }

    /// Its last step, of a drag.
    #[must_use]
    pub fn end(&self) -> u64 {
        if let Self::Change(change) = self { change.to_step } else { self.step() }
    }

    /// What happened, with its step.
    #[must_use]
    pub fn text(&self) -> String {
        let step = numbers::count(self.step());
        match self {
            Self::Change(change) => change.text(),
            Self::Fork(_) => format!("Step {step}: twin B parted from the run"),
            Self::Fall(fall) => format!("Step {step}: {}", fall.label),
            Self::Divergence(divergence) => divergence.text.clone(),
        }
    }

    /// The ink of its mark.
    #[must_use]
    pub fn color(&self, palette: &Palette) -> Color32 {
        match self {
            Self::Change(_) | Self::Fork(_) => palette.mark,
            Self::Fall(fall) => palette.layer(fall.layer),
            Self::Divergence(_) => palette.warning,
        }
    }
}

/// Everything that happened up to the newest step, by rising step.
#[must_use]
pub fn all<'a>(journal: &'a Journal, status: &Status) -> Vec<Happened<'a>> {
    let mut all: Vec<Happened<'a>> = journal.changes().iter().map(Happened::Change).collect();
    all.extend(status.twin.as_ref().map(|twin| Happened::Fork(twin.forked_at)));
    let falls = fallen::falls(&status.collapses, status.seeds.len(), |a, b| a != b);
    all.extend(falls.into_iter().map(Happened::Fall));
    all.extend(journal.divergences().iter().map(Happened::Divergence));
    all.retain(|one| one.step() <= status.step);
    all.sort_by_key(Happened::step);
    all
}

/// What a mark says of what happened there, a line each.
#[must_use]
pub fn words(group: &[Happened<'_>]) -> String {
    let mut lines: Vec<String> = group.iter().take(MOST_LINES).map(Happened::text).collect();
    if group.len() > MOST_LINES {
        lines.push(format!("and {} more", numbers::count((group.len() - MOST_LINES) as u64)));
    }
    lines.join("\n")
}

/// What stands so close together that it shares a mark: closer than `apart` by their places. Ranges of `all`.
#[must_use]
pub fn groups(all: &[Happened<'_>], place: impl Fn(u64) -> f32, apart: f32) -> Vec<std::ops::Range<usize>> {
    let mut groups: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, one) in all.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if place(one.step()) - place(all[group.start].step()) < apart => group.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_close_shares_a_mark_and_says_all() {
        let all: Vec<Happened<'_>> = [10, 12, 17, 40].map(Happened::Fork).into_iter().collect();
        assert_eq!(groups(&all, |step| step as f32, 6.0), [0..2, 2..3, 3..4]);
        assert_eq!(words(&all[..2]), "Step 10: twin B parted from the run\nStep 12: twin B parted from the run");
        let many: Vec<Happened<'_>> = (0..10).map(Happened::Fork).collect();
        assert!(words(&many).ends_with("and 2 more"));
    }
}
