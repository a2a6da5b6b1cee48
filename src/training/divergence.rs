//! Seeds that left the run, and layers that end it collapsed.

use super::collapse::COLLAPSED;
use super::run::{Run, weight_norms};
use super::twin::Branch;
use crate::backend::cpu::Divergence;

/// A seed that left the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DivergedSeed {
    /// Its seed.
    pub seed: u64,
    /// When and why.
    pub divergence: Divergence,
}

impl Run {
    /// Seeds of the run itself that diverged since the last call.
    pub fn newly_diverged(&mut self) -> Vec<DivergedSeed> {
        self.newly_diverged_in(Branch::A)
    }

    /// Seeds of a twin that diverged since the last call.
    pub fn newly_diverged_in(&mut self, branch: Branch) -> Vec<DivergedSeed> {
        let known = self.reported(branch).to_vec();
        let fresh = self.diverged_at(branch).filter(|(place, _)| !known[*place]).collect::<Vec<_>>();
        for (place, _) in &fresh {
            self.reported_mut(branch)[*place] = true;
        }
        fresh.into_iter().map(|(_, news)| news).collect()
    }

    /// Every seed of the run itself that diverged.
    #[must_use]
    pub fn diverged(&self) -> Vec<DivergedSeed> {
        self.diverged_in(Branch::A)
    }

    /// Every seed of a twin that diverged.
    #[must_use]
    pub fn diverged_in(&self, branch: Branch) -> Vec<DivergedSeed> {
        self.diverged_at(branch).map(|(_, news)| news).collect()
    }

    /// Seeds of a twin whose layer k (by its place) has less than a thousandth of its initial norm; none of a run that a fault
    /// has ended.
    #[must_use]
    pub fn shrunken_seeds(&self, branch: Branch, layer: usize) -> Vec<u64> {
        if self.fault().is_some() {
            return Vec::new();
        }
        let program = self.program_of(branch);
        let norms = self.networks(branch).iter().map(|r| weight_norms(program, r)[layer]);
        let pairs = norms.zip(&self.initial_norms).zip(&self.seeds);
        // A layer that started at zero cannot shrink.
        pairs
            .filter(|((now, start), _)| start[layer] > 0.0 && *now < COLLAPSED * start[layer])
            .map(|(_, &s)| s)
            .collect()
    }

    fn diverged_at(&self, branch: Branch) -> impl Iterator<Item = (usize, DivergedSeed)> {
        self.networks(branch).iter().zip(&self.seeds).enumerate().filter_map(|(place, (replica, &seed))| {
            Some((place, DivergedSeed { seed, divergence: replica.divergence()?.clone() }))
        })
    }

    fn reported(&self, branch: Branch) -> &[bool] {
        match (&self.twin, branch) {
            (Some(twin), Branch::B) => &twin.reported,
            _ => &self.reported,
        }
    }

    fn reported_mut(&mut self, branch: Branch) -> &mut [bool] {
        match (&mut self.twin, branch) {
            (Some(twin), Branch::B) => &mut twin.reported,
            _ => &mut self.reported,
        }
    }
}
