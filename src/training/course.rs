//! What was done to a run, so that its steps can be repeated from a checkpoint.

use std::sync::Arc;

use toml::Value;

use super::error::TrainError;
use super::run::Run;
use super::settings::is_common;
use super::twin::Branch;
use crate::experiment::ConfigError;
use crate::record::Intervention;

/// Steps repeated between two looks at whether to go on.
const CHUNK: u64 = 16;

/// All that was done to a run up to now: with a checkpoint, it determines every later step.
#[derive(Clone, Debug)]
pub struct Course {
    interventions: Arc<Vec<Intervention>>,
    twin: Option<Fork>,
}

#[derive(Clone, Debug)]
struct Fork {
    step: u64,
    /// Interventions of the original before it.
    shared: usize,
    changes: Vec<(String, Value)>,
    interventions: Arc<Vec<Intervention>>,
}

impl Run {
    /// What was done to the run and its twin.
    #[must_use]
    pub fn course(&self) -> Course {
        let twin = self.twin().map(|twin| Fork {
            step: twin.forked_at,
            shared: twin.shared,
            changes: twin.changes.clone(),
            interventions: Arc::clone(&twin.interventions),
        });
        Course { interventions: Arc::clone(&self.interventions), twin }
    }

    /// What was done to one twin, as if it had been alone.
    #[must_use]
    pub fn course_of(&self, branch: Branch) -> Course {
        Course { interventions: Arc::clone(self.interventions_of(branch)), twin: None }
    }

    /// Repeats the steps up to `until`, and what was done on the way and at that step itself; no rows are handed out.
    /// `goes_on` is asked every few steps; false when it ended the repetition early.
    ///
    /// # Errors
    /// When an intervention cannot be repeated, which would be a fault, as it was made before.
    pub fn follow(
        &mut self,
        course: &Course,
        until: u64,
        mut goes_on: impl FnMut() -> bool,
    ) -> Result<bool, TrainError> {
        loop {
            self.catch_up(course)?;
            if self.step >= until {
                return Ok(true);
            }
            if !goes_on() {
                return Ok(false);
            }
            let next = self.next_event(course).map_or(until, |step| step.min(until));
            self.repeat(next.saturating_sub(self.step).min(CHUNK));
        }
    }

    /// The step of whatever was done next.
    fn next_event(&self, course: &Course) -> Option<u64> {
        let own = course.interventions.get(self.interventions.len()).map(|next| next.step);
        let twin = course.twin.as_ref().and_then(|fork| match self.twin() {
            None => Some(fork.step),
            Some(twin) => fork.interventions.get(twin.interventions.len()).map(|next| next.step),
        });
        own.into_iter().chain(twin).min()
    }

    /// Does everything that was done before the next update.
    fn catch_up(&mut self, course: &Course) -> Result<(), TrainError> {
        loop {
            let fork = course.twin.as_ref();
            let waiting = fork.filter(|fork| self.twin().is_none() && self.interventions.len() >= fork.shared);
            if let Some(fork) = waiting.filter(|fork| fork.step <= self.step) {
                self.fork(&[])?;
                if let Some(twin) = &mut self.twin {
                    twin.changes.clone_from(&fork.changes);
                }
                continue;
            }
            if self.note_backend(course) {
                continue;
            }
            let due = |list: &[Intervention], done: usize| list.get(done).filter(|i| i.step <= self.step).cloned();
            let first = due(&course.interventions, self.interventions.len());
            let second = fork.zip(self.twin()).and_then(|(f, twin)| due(&f.interventions, twin.interventions.len()));
            // What is common to both waits until both lists have come to it.
            let (next, branches): (_, &[Branch]) = match (first, second) {
                (Some(a), Some(b)) if a == b => (a, &[Branch::A, Branch::B]),
                (Some(a), _) if !is_common(&a.field) => (a, &[Branch::A]),
                (_, Some(b)) if !is_common(&b.field) => (b, &[Branch::B]),
                (Some(a), Some(_)) => (a, &[Branch::A, Branch::B]),
                (Some(a), None) => (a, &[Branch::A]),
                // Only one of them could take it.
                (None, Some(b)) => (b, &[Branch::B]),
                (None, None) => return Ok(()),
            };
            self.repeat_change(&next, branches)?;
        }
    }

    /// Takes over a change of the executor, which is recorded and not repeated; whether there was one.
    fn note_backend(&mut self, course: &Course) -> bool {
        let step = self.step;
        let due = |list: &[Intervention], done: usize| {
            list.get(done).filter(|one| one.step <= step && one.is_of_backend()).cloned()
        };
        if let Some(next) = due(&course.interventions, self.interventions.len()) {
            Arc::make_mut(&mut self.interventions).push(next);
            return true;
        }
        let Some((fork, twin)) = course.twin.as_ref().zip(self.twin.as_mut()) else { return false };
        let next = due(&fork.interventions, twin.interventions.len());
        next.map(|next| Arc::make_mut(&mut twin.interventions).push(next)).is_some()
    }

    fn repeat_change(&mut self, next: &Intervention, branches: &[Branch]) -> Result<(), TrainError> {
        let fault = |message: &str| {
            let source = Box::new(ConfigError::value(&next.field, &next.new, message.to_owned()).into());
            TrainError::Intervention { step: next.step, source }
        };
        let value = Value::try_from(&next.new).map_err(|_| fault("has no TOML form"))?;
        match self.set_in(branches, &next.field, &value, next.target.as_ref())? {
            Some(_) => Ok(()),
            None => Err(fault("has that value already")),
        }
    }
}
