//! Changes of settings that can be taken back and made again; a whole drag of a slider is one.

use super::setting::Setting;

/// Changes that are remembered.
const CAPACITY: usize = 200;

/// One change as a person made it.
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

/// Changes made, newest last, and changes taken back.
#[derive(Debug, Default)]
pub struct Edits {
    done: Vec<Edit>,
    undone: Vec<Edit>,
}

impl Edits {
    /// Notes a change; those of one gesture on one setting are one.
    pub fn note(&mut self, setting: Setting, old: toml::Value, new: toml::Value, gesture: u64) {
        self.undone.clear();
        if let Some(last) = self.done.last_mut().filter(|last| last.setting == setting && last.gesture == gesture) {
            last.new = new;
            return;
        }
        if self.done.len() == CAPACITY {
            self.done.remove(0);
        }
        self.done.push(Edit { setting, old, new, gesture });
    }

    /// Takes the last change back: what to set to what.
    pub fn undo(&mut self) -> Option<(Setting, toml::Value)> {
        let edit = self.done.pop()?;
        let back = (edit.setting.clone(), edit.old.clone());
        self.undone.push(edit);
        Some(back)
    }

    /// Makes the change again that was taken back last.
    pub fn redo(&mut self) -> Option<(Setting, toml::Value)> {
        let edit = self.undone.pop()?;
        let again = (edit.setting.clone(), edit.new.clone());
        self.done.push(edit);
        Some(again)
    }

    /// Forgets changes of a setting that the run refused.
    pub fn refused(&mut self, field: &str) {
        if self.done.last().is_some_and(|edit| edit.setting.field == field) {
            self.done.pop();
        }
    }

    /// Forgets changes of the twin that is given up; those of the one that goes on become the run's.
    pub fn end_twin(&mut self, kept: &str) {
        for edits in [&mut self.done, &mut self.undone] {
            edits.retain(|edit| edit.setting.twin.as_ref().is_none_or(|twin| twin == kept));
            edits.iter_mut().for_each(|edit| edit.setting.twin = None);
        }
    }

    /// Forgets everything, as another experiment was loaded.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether there is a change to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is a change to make again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
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

    #[test]
    fn a_drag_is_one_change() {
        let mut history = Edits::default();
        history.note(decay(), float(0.0), float(0.1), 1);
        history.note(decay(), float(0.1), float(0.2), 1);
        history.note(decay(), float(0.2), float(0.3), 2);
        assert_eq!(history.undo(), Some((decay(), float(0.2))));
        assert_eq!(history.undo(), Some((decay(), float(0.0))));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redo(), Some((decay(), float(0.2))));
        history.note(Setting::of("rule.clip"), float(1.0), float(2.0), 3);
        assert!(!history.can_redo(), "a new change ends what was taken back");
    }

    #[test]
    fn changes_of_the_twin_that_goes_on_become_the_runs() {
        let mut history = Edits::default();
        let of = |twin: &str| Setting { twin: Some(twin.into()), ..decay() };
        history.note(decay(), float(0.0), float(0.1), 1);
        history.note(of("B"), float(0.1), float(0.2), 2);
        history.note(of("A"), float(0.1), float(0.3), 3);
        history.end_twin("B");
        assert_eq!(history.undo(), Some((decay(), float(0.1))));
        assert_eq!(history.undo(), Some((decay(), float(0.0))));
        assert_eq!(history.undo(), None);
    }

    #[test]
    fn a_refused_change_cannot_be_taken_back() {
        let mut history = Edits::default();
        history.note(decay(), float(0.0), float(-1.0), 1);
        history.refused("regularizer.weight_decay");
        assert!(!history.can_undo());
    }
}
