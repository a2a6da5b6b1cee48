//! Twins: a copy of every replica at one step, which goes on beside its original under other settings.

use std::sync::Arc;

use toml::Value;

use super::collapse::Collapses;
use super::error::TrainError;
use super::hyper::replica_of;
use super::memory;
use super::run::Run;
use super::settings::changed;
use crate::experiment::{ConfigError, Experiment, change_in_branch, may_differ};
use crate::record::{Columns, Intervention, Target};

/// One of two twins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Branch {
    /// The original: the run itself.
    #[default]
    A,
    /// The copy.
    B,
}

impl Branch {
    /// `A` or `B`, as targets of interventions name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::A, Self::B].into_iter().find(|branch| branch.name() == name)
    }
}

/// The copy's settings and its history.
///
/// Twins have the seeds, batches and noise in common, so that every difference between them comes from the settings that
/// differ. Where these are live ones, they have one compiled step too.
#[derive(Clone, Debug)]
pub struct Twin {
    /// Step before whose update the twins parted.
    pub forked_at: u64,
    /// What was changed at the fork.
    pub changes: Vec<(String, Value)>,
    /// The copy's present settings.
    pub experiment: Experiment,
    /// The copy's interventions: those of the original up to the fork, and its own.
    pub interventions: Arc<Vec<Intervention>>,
    /// How many of them are the original's.
    pub shared: usize,
    /// Names of the values of its rows.
    pub(super) columns: Arc<Columns>,
    pub(super) reported: Vec<bool>,
    pub(super) collapses: Collapses,
}

impl Run {
    /// The twin, if there is one.
    #[must_use]
    pub fn twin(&self) -> Option<&Twin> {
        self.twin.as_ref()
    }

    /// The present settings of a twin; without twins, those of the run.
    #[must_use]
    pub fn experiment_of(&self, branch: Branch) -> &Experiment {
        match (&self.twin, branch) {
            (Some(twin), Branch::B) => &twin.experiment,
            _ => &self.experiment,
        }
    }

    /// Changes made on the way in a twin, with no twin in their targets; without twins, those of the run.
    #[must_use]
    pub fn interventions_of(&self, branch: Branch) -> &Arc<Vec<Intervention>> {
        match (&self.twin, branch) {
            (Some(twin), Branch::B) => &twin.interventions,
            _ => &self.interventions,
        }
    }

    /// Copies every replica at the present step and applies `changes` to the copies; what was changed, in order. An
    /// existing twin is replaced.
    ///
    /// Changes of live settings leave the copies beside the originals. Others that a branch may have of its own, such as
    /// another rule, give them a compiled step of their own: it begins with the parameters and memories of the original,
    /// by their names, and with initial values where the original has none.
    ///
    /// # Errors
    /// When a field is common to branches, unknown or of a value that is not allowed, or the system does not have the
    /// memory; nothing changes then. When it refuses threads, after which there is no twin.
    pub fn fork(&mut self, changes: &[(String, Value)]) -> Result<Vec<Intervention>, TrainError> {
        let mut experiment = self.experiment.clone();
        for (path, value) in changes {
            if change_in_branch(path).is_some() && !may_differ(path) {
                let message = "cannot differ between twins, which have the same data, batches and columns; twins may \
                               differ in rule, network variants, regularisation and noise";
                return Err(ConfigError::value(path, value, message).into());
            }
            if let Some(change) = changed(&experiment, path, value, None)? {
                experiment = change.experiment;
            }
        }
        let programs = self.programs_for(&self.experiment, Some(&experiment), self.total_steps)?;
        memory::check_twin(&experiment, programs.of_twin().unwrap_or(self.executor.program()))?;
        self.end_twin(Branch::A);
        self.copy_networks()?;
        self.twin = Some(Twin {
            forked_at: self.step,
            changes: changes.to_vec(),
            experiment: self.experiment.clone(),
            interventions: Arc::clone(&self.interventions),
            shared: self.interventions.len(),
            columns: Arc::clone(&self.columns),
            reported: self.reported.clone(),
            collapses: self.collapses.clone(),
        });
        // One by one, as the twin's own record repeats them.
        let mut made = Vec::new();
        for (path, value) in changes {
            match self.set_in(&[Branch::B], path, value, None) {
                Ok(change) => made.extend(change.map(|change| change.intervention)),
                Err(error) => {
                    self.end_twin(Branch::A);
                    return Err(error);
                }
            }
        }
        for one in &mut made {
            one.target = Some(Target { layer: None, twin: Some(Branch::B.name().into()) });
        }
        Ok(made)
    }

    /// Adds a copy of every replica behind the originals.
    fn copy_networks(&mut self) -> Result<(), TrainError> {
        self.executor.sync();
        let program = Arc::clone(self.executor.program());
        let copies = self.executor.replicas().iter().zip(&self.data).map(|(original, data)| {
            let mut copy = replica_of(&self.experiment, &program, Arc::clone(data), original.seed, 0);
            copy.restore(&program, &original.state(&program));
            copy
        });
        let (copies, threads) = (copies.collect(), self.threads);
        self.executor.extend(copies, threads).map_err(|source| TrainError::Threads { threads, source })
    }

    /// Goes on with one twin alone, which is the run from now on; whether there was a twin.
    pub fn end_twin(&mut self, keep: Branch) -> bool {
        let places = self.replicas_of(keep);
        let Some(twin) = self.twin.take() else { return false };
        match self.apart.take() {
            Some(apart) if keep == Branch::B => {
                self.executor = apart;
                self.executor.keep_rows(self.watched);
            }
            Some(_) => {}
            None => self.executor.retain(|place| places.contains(&place)),
        }
        if keep == Branch::B {
            self.experiment = twin.experiment;
            self.interventions = twin.interventions;
            self.columns = twin.columns;
            self.reported = twin.reported;
            self.collapses = twin.collapses;
        }
        true
    }
}
