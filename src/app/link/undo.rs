//! What a person did that can be taken back and done again: one list for settings, runs, twins and the panes' places.
//!
//! To take a setting back is a new change, and never a way back in time; to take back that a run was replaced is to have that run
//! again, paused. A whole drag of a slider is one deed, and so are settings that are made in one go.

use super::setting::Setting;
use crate::training::ReplacedBy;

/// Deeds that are remembered.
const CAPACITY: usize = 200;

/// One change of a setting as a person made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What was changed.
    pub setting: Setting,
    /// Value before.
    pub old: toml::Value,
    /// Value after.
    pub new: toml::Value,
    /// The press of the mouse, or key, that made it.
    gesture: u64,
}

/// What a person did.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A setting was changed.
    Set(Edit),
    /// Another run took the place of this one, which is on the shelf.
    Replaced {
        /// Its number there.
        run_id: u64,
        /// What took its place.
        by: ReplacedBy,
    },
    /// A twin was forked.
    Forked,
    /// The panes were put elsewhere.
    Arranged {
        /// Their places before, as they are stored.
        before: String,
        /// The press of the mouse, or key, that did it.
        gesture: u64,
    },
}

impl Deed {
    fn gesture(&self) -> Option<u64> {
        match self {
            Self::Set(edit) => Some(edit.gesture),
            _ => None,
        }
    }

    fn is_of(&self, field: &str) -> bool {
        matches!(self, Self::Set(edit) if edit.setting.field == field)
    }
}

/// Which way deeds are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// What was done last is taken back.
    Back,
    /// What was taken back last is done again.
    Again,
}

/// What was done, newest last, and what was taken back.
#[derive(Debug, Default)]
pub struct Deeds {
    done: Vec<Deed>,
    undone: Vec<Deed>,
    /// A run that is on its way back, which way, and what had taken its place.
    swapping: Option<(Way, ReplacedBy)>,
}

impl Deeds {
    /// Notes a change of a setting; those of one gesture on one setting are one.
    pub fn note(&mut self, setting: Setting, old: toml::Value, new: toml::Value, gesture: u64) {
        self.undone.clear();
        // What is dragged through a plane sets two fields by turns.
        let of_gesture = self.done.iter_mut().rev().map_while(|deed| match deed {
            Deed::Set(edit) if edit.gesture == gesture => Some(edit),
            _ => None,
        });
        if let Some(before) = of_gesture.into_iter().find(|edit| edit.setting == setting) {
            before.new = new;
            return;
        }
        self.add(Deed::Set(Edit { setting, old, new, gesture }));
    }

    /// Notes that panes lie elsewhere than `before`; what one gesture does to them is one deed.
    pub fn note_places(&mut self, before: String, gesture: u64) {
        self.undone.clear();
        if matches!(self.done.last(), Some(Deed::Arranged { gesture: last, .. }) if *last == gesture) {
            return;
        }
        self.add(Deed::Arranged { before, gesture });
    }

    /// Notes that a twin was forked.
    pub fn note_fork(&mut self) {
        self.undone.clear();
        self.add(Deed::Forked);
    }

    /// Notes that another run has taken a run's place: one that a person asked for, or one that comes back by undo or redo.
    pub fn note_replaced(&mut self, run_id: u64, by: ReplacedBy) {
        match self.swapping.take() {
            Some((way, of)) if by == ReplacedBy::Restored => {
                let deed = Deed::Replaced { run_id, by: of };
                match way {
                    Way::Back => self.undone.push(deed),
                    Way::Again => self.add(deed),
                }
            }
            _ => {
                self.undone.clear();
                self.add(Deed::Replaced { run_id, by });
            }
        }
    }

    /// Settles that no run comes back any more.
    pub fn swapped(&mut self) {
        self.swapping = None;
    }

    fn add(&mut self, deed: Deed) {
        if self.done.len() == CAPACITY {
            self.done.remove(0);
        }
        self.done.push(deed);
    }

    /// Takes the deed off one list that is next that way, or all settings of one gesture, the one to be put right first in front.
    /// What can be gone through the other way is added to the other list.
    pub fn go(&mut self, way: Way, places: impl FnOnce() -> String) -> Vec<Deed> {
        if self.swapping.is_some() {
            return Vec::new();
        }
        let (from, to) = match way {
            Way::Back => (&mut self.done, &mut self.undone),
            Way::Again => (&mut self.undone, &mut self.done),
        };
        let Some(first) = from.pop() else { return Vec::new() };
        let mut taken = vec![first];
        while let (Some(gesture), Some(next)) = (taken[0].gesture(), from.last())
            && next.gesture() == Some(gesture)
        {
            taken.extend(from.pop());
        }
        for deed in &taken {
            match deed {
                Deed::Set(_) => to.push(deed.clone()),
                Deed::Arranged { gesture, .. } => {
                    to.push(Deed::Arranged { before: places(), gesture: *gesture });
                    break;
                }
                Deed::Replaced { by, .. } => self.swapping = Some((way, by.clone())),
                // A twin that is forked again would be another.
                Deed::Forked => {}
            }
        }
        taken
    }

    /// Forgets changes of a setting that the run refused.
    pub fn refused(&mut self, field: &str) {
        if self.done.last().is_some_and(|deed| deed.is_of(field)) {
            self.done.pop();
        }
    }

    /// Forgets the changes on top that waited for a new run and have begun with it: they go back with it.
    pub fn absorb<'a>(&mut self, fields: impl IntoIterator<Item = &'a String>) {
        let fields: Vec<&String> = fields.into_iter().collect();
        while self.done.pop_if(|deed| fields.iter().any(|field| deed.is_of(field))).is_some() {}
    }

    /// Forgets changes of the twin that is given up; those of the one that goes on become the run's.
    pub fn end_twin(&mut self, kept: &str) {
        // What lies below is come back to with the twins.
        if matches!(self.done.last(), Some(Deed::Replaced { by: ReplacedBy::TwinEnded, .. })) {
            return;
        }
        for deeds in [&mut self.done, &mut self.undone] {
            deeds.retain(|deed| match deed {
                Deed::Set(edit) => edit.setting.twin.as_ref().is_none_or(|twin| twin == kept),
                Deed::Forked => false,
                Deed::Replaced { .. } | Deed::Arranged { .. } => true,
            });
            for deed in deeds.iter_mut() {
                if let Deed::Set(edit) = deed {
                    edit.setting.twin = None;
                }
            }
        }
    }

    /// Forgets what cannot be taken back once a run of another kind has come by itself.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// What would be gone through next that way.
    #[must_use]
    pub fn next(&self, way: Way) -> Option<&Deed> {
        if self.swapping.is_some() {
            return None;
        }
        match way {
            Way::Back => self.done.last(),
            Way::Again => self.undone.last(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decay() -> Setting {
        Setting::of("regularizer.weight_decay")
    }

    fn float(value: f64) -> toml::Value {
        toml::Value::Float(value)
    }

    fn back(deeds: &mut Deeds) -> Vec<(Setting, toml::Value)> {
        let sets = deeds.go(Way::Back, String::new).into_iter().filter_map(|deed| match deed {
            Deed::Set(edit) => Some((edit.setting, edit.old)),
            _ => None,
        });
        sets.collect()
    }

    #[test]
    fn a_drag_is_one_change() {
        let mut deeds = Deeds::default();
        deeds.note(decay(), float(0.0), float(0.1), 1);
        deeds.note(decay(), float(0.1), float(0.2), 1);
        deeds.note(decay(), float(0.2), float(0.3), 2);
        assert_eq!(back(&mut deeds), [(decay(), float(0.2))]);
        assert_eq!(back(&mut deeds), [(decay(), float(0.0))]);
        assert_eq!(back(&mut deeds), []);
        assert!(matches!(&deeds.go(Way::Again, String::new)[..], [Deed::Set(edit)] if edit.new == float(0.2)));
        deeds.note(Setting::of("rule.clip"), float(1.0), float(2.0), 3);
        assert!(deeds.next(Way::Again).is_none(), "a new change ends what was taken back");
    }

    #[test]
    fn settings_in_one_go_are_taken_back_in_one() {
        let mut deeds = Deeds::default();
        deeds.note(decay(), float(0.0), float(0.1), 1);
        deeds.note(Setting::of("rule.clip"), float(1.0), float(2.0), 2);
        deeds.note(decay(), float(0.1), float(0.2), 2);
        assert_eq!(back(&mut deeds), [(decay(), float(0.1)), (Setting::of("rule.clip"), float(1.0))]);
        assert_eq!(deeds.go(Way::Again, String::new).len(), 2);
        assert_eq!(back(&mut deeds).len(), 2);
        assert_eq!(back(&mut deeds), [(decay(), float(0.0))]);
    }

    #[test]
    fn a_drag_of_two_settings_by_turns_is_one_change_of_each() {
        let mut deeds = Deeds::default();
        let clip = || Setting::of("rule.clip");
        for at in 0..3 * CAPACITY {
            let (old, new) = (float(at as f64), float(at as f64 + 1.0));
            deeds.note(decay(), old.clone(), new.clone(), 1);
            deeds.note(clip(), old, new, 1);
        }
        assert_eq!(back(&mut deeds), [(clip(), float(0.0)), (decay(), float(0.0))]);
        assert_eq!(back(&mut deeds), []);
    }

    #[test]
    fn changes_of_the_twin_that_goes_on_become_the_runs() {
        let mut deeds = Deeds::default();
        let of = |twin: &str| Setting { twin: Some(twin.into()), ..decay() };
        deeds.note(decay(), float(0.0), float(0.1), 1);
        deeds.note_fork();
        deeds.note(of("B"), float(0.1), float(0.2), 2);
        deeds.note(of("A"), float(0.1), float(0.3), 3);
        deeds.end_twin("B");
        assert_eq!(back(&mut deeds), [(decay(), float(0.1))]);
        assert_eq!(back(&mut deeds), [(decay(), float(0.0))]);
        assert_eq!(back(&mut deeds), []);
    }

    #[test]
    fn a_refused_change_cannot_be_taken_back() {
        let mut deeds = Deeds::default();
        deeds.note(decay(), float(0.0), float(-1.0), 1);
        deeds.refused("regularizer.weight_decay");
        assert!(deeds.next(Way::Back).is_none());
    }

    #[test]
    fn a_run_that_comes_back_goes_again_by_redo() {
        let mut deeds = Deeds::default();
        deeds.note(decay(), float(0.0), float(0.1), 1);
        deeds.note_replaced(1, ReplacedBy::Reset);
        let taken = deeds.go(Way::Back, String::new);
        assert_eq!(taken, [Deed::Replaced { run_id: 1, by: ReplacedBy::Reset }]);
        assert!(deeds.next(Way::Back).is_none(), "nothing more while it is on its way");
        deeds.note_replaced(2, ReplacedBy::Restored);
        assert_eq!(deeds.next(Way::Again), Some(&Deed::Replaced { run_id: 2, by: ReplacedBy::Reset }));
        assert!(deeds.next(Way::Back).is_some_and(|deed| deed.is_of("regularizer.weight_decay")));
        deeds.go(Way::Again, String::new);
        deeds.note_replaced(3, ReplacedBy::Restored);
        assert_eq!(deeds.next(Way::Back), Some(&Deed::Replaced { run_id: 3, by: ReplacedBy::Reset }));
        // One that cannot come back leaves the rest as it was.
        deeds.go(Way::Back, String::new);
        deeds.swapped();
        assert!(deeds.next(Way::Back).is_some_and(|deed| deed.is_of("regularizer.weight_decay")));
    }

    #[test]
    fn places_of_panes_are_changed_forth_and_back() {
        let mut deeds = Deeds::default();
        deeds.note_places("a".into(), 1);
        deeds.note_places("ab".into(), 1);
        assert!(matches!(&deeds.go(Way::Back, || "b".into())[..], [Deed::Arranged { before, .. }] if before == "a"));
        assert!(matches!(&deeds.go(Way::Again, || "a".into())[..], [Deed::Arranged { before, .. }] if before == "b"));
        assert!(matches!(deeds.next(Way::Back), Some(Deed::Arranged { before, .. }) if before == "a"));
    }
}
