//! Twins: a copy of every replica at one step, which goes on beside its original under other settings.

use std::ops::Range;
use std::sync::Arc;

use toml::Value;

use super::collapse::Collapses;
use super::error::TrainError;
use super::inputs::Generator;
use super::memory;
use super::run::{Run, hyper_of};
use super::settings::changed;
use crate::backend::cpu::Replica;
use crate::experiment::fields::{Change, field};
use crate::experiment::{ConfigError, Experiment};
use crate::program::Switches;
use crate::record::{Intervention, Target};

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
/// Twins have the seeds, batches and noise in common, and one program, so that every difference between them comes from
/// the settings that differ.
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

    /// Places of a twin's replicas in the executor; without twins, those of the run.
    #[must_use]
    pub fn replicas_of(&self, branch: Branch) -> Range<usize> {
        let seeds = self.seeds.len();
        match (&self.twin, branch) {
            (Some(_), Branch::B) => seeds..2 * seeds,
            _ => 0..seeds,
        }
    }

    /// Twin and place of the seed of a replica, by its place in the executor.
    pub(super) fn place(&self, replica: usize) -> (Branch, usize) {
        let seeds = self.seeds.len();
        if replica < seeds { (Branch::A, replica) } else { (Branch::B, replica - seeds) }
    }

    /// Copies every replica at the present step and applies `changes` to the copies; what was changed, in order. An
    /// existing twin is replaced.
    ///
    /// # Errors
    /// When a field is not live (twins share one program), unknown or of a value that is not allowed, or the system
    /// does not have the memory or refuses threads; nothing changes then.
    pub fn fork(&mut self, changes: &[(String, Value)]) -> Result<Vec<Intervention>, TrainError> {
        let mut experiment = self.experiment.clone();
        let mut own = Vec::new();
        for (path, value) in changes {
            if field(path).is_some_and(|known| known.change != Change::Live) {
                let message = "cannot differ between twins, as they share one compiled step and its data; twins may \
                               differ in the live settings: rates, decay and noise";
                return Err(ConfigError::value(path, value, message).into());
            }
            if let Some(change) = changed(&experiment, path, value, None)? {
                experiment = change.experiment;
                let (old, new) = (change.old, change.new);
                own.push(Intervention { step: self.step, field: path.clone(), old, new, target: None });
            }
        }
        let switches = self.switches().or(Switches::of(&experiment));
        if !self.executor.program().switches.include(switches) {
            self.rebuild_for(switches)?;
        }
        let program = Arc::clone(self.executor.program());
        memory::check_twin(&experiment, &program)?;
        let hyper = hyper_of(&experiment, &program);
        self.executor.sync();
        let originals = &self.executor.replicas()[self.replicas_of(Branch::A)];
        let copies: Vec<_> = originals
            .iter()
            .zip(&self.data)
            .map(|(original, data)| {
                let inputs = Generator::new(&program, Arc::clone(data), original.seed, 0);
                let mut copy = Replica::new(&program, original.seed, hyper.clone(), Box::new(inputs));
                copy.restore(&program, &original.state(&program));
                copy
            })
            .collect();
        let threads = self.threads;
        // The old twin stays until nothing can fail any more; its replicas lie before the new ones then.
        self.executor.extend(copies, threads).map_err(|source| TrainError::Threads { threads, source })?;
        let seeds = self.seeds.len();
        if self.twin.is_some() {
            self.executor.retain(|place| place < seeds || place >= 2 * seeds);
        }
        let mut interventions = Vec::clone(&self.interventions);
        interventions.extend(own.iter().cloned());
        self.twin = Some(Twin {
            forked_at: self.step,
            changes: changes.to_vec(),
            experiment,
            interventions: Arc::new(interventions),
            shared: self.interventions.len(),
            reported: self.reported.clone(),
            collapses: self.collapses.clone(),
        });
        let named = |mut one: Intervention| {
            one.target = Some(Target { layer: None, twin: Some(Branch::B.name().into()) });
            one
        };
        Ok(own.into_iter().map(named).collect())
    }

    /// Goes on with one twin alone, which is the run from now on; whether there was a twin.
    pub fn end_twin(&mut self, keep: Branch) -> bool {
        let places = self.replicas_of(keep);
        let Some(twin) = self.twin.take() else { return false };
        self.executor.retain(|place| places.contains(&place));
        if keep == Branch::B {
            self.experiment = twin.experiment;
            self.interventions = twin.interventions;
            self.reported = twin.reported;
            self.collapses = twin.collapses;
        }
        true
    }
}
