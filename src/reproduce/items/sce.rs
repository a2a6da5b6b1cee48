//! The standard classification experiment, on CIFAR-10 or on what stands in for it.

use crate::reproduce::claim::{Limit, LimitKind};
use crate::reproduce::evidence::{Finding, Sample, count};
use crate::reproduce::recipe::Recipe;
use crate::reproduce::settings::Settings;

/// Weight decays of curves over it: from none to where a classifier collapses.
pub(super) const DECAYS: [f64; 6] = [0.0, 1e-3, 3e-3, 1e-2, 3e-2, 5e-2];
/// Steps of the paper's 50 epochs of CIFAR-10 in batches of 256.
const PAPER_STEPS: &str = "9,800";

/// The experiment under a name.
pub(super) fn recipe(name: impl Into<String>, settings: &Settings) -> Recipe {
    Recipe::new(name, "sce").with(&settings.classification().assignments)
}

/// In which ways it is less than the paper's, with `seeds` of the paper's; 1 where it shows single runs.
pub(super) fn limits(settings: &Settings, seeds: u64) -> Vec<Limit> {
    let data = settings.classification().limits;
    data.into_iter().chain(settings.seed_limit(seeds)).chain(settings.step_limit()).collect()
}

/// What figures say below their titles.
pub(super) fn label(settings: &Settings) -> &'static str {
    settings.classification().label
}

/// What a point of a figure is, in words.
pub(super) fn points(seeds: u64) -> String {
    if seeds == 1 { "one run a point".into() } else { format!("mean and SD over {seeds} seeds") }
}

/// A network whose steps take so long that it has fewer of them than the experiment itself, and fewer seeds.
pub(super) struct Cut {
    /// Which, as limits name it.
    pub what: String,
    /// Seeds of the paper.
    pub paper: u64,
    /// Seeds at full length.
    pub full: u64,
    /// Seeds with `--quick`.
    pub quick: u64,
    /// Steps with `--quick`: on the digits, and on CIFAR-10, whose images are as many times larger.
    pub steps: [u64; 2],
}

impl Cut {
    /// How many seeds.
    pub(super) fn seeds(&self, settings: &Settings) -> u64 {
        settings.seeds.unwrap_or(if settings.quick { self.quick } else { self.full })
    }

    fn quick_steps(&self, settings: &Settings) -> u64 {
        self.steps[usize::from(settings.cifar.is_some())]
    }

    /// Data and length.
    pub(super) fn assignments(&self, settings: &Settings) -> Vec<String> {
        let mut all = settings.classification().assignments;
        if settings.quick {
            all.retain(|one| !one.starts_with("training.epochs") && !one.starts_with("training.steps"));
            all.push(format!("training.steps={}", self.quick_steps(settings)));
        }
        all
    }

    /// In which ways it is less than the paper's.
    pub(super) fn limits(&self, settings: &Settings) -> Vec<Limit> {
        let data = settings.classification().limits;
        let mut limits: Vec<Limit> = data.into_iter().filter(|limit| limit.kind != LimitKind::Shorter).collect();
        if settings.quick {
            let words = format!("{}: {} steps in place of {PAPER_STEPS}", self.what, count(self.quick_steps(settings)));
            limits.push(Limit { kind: LimitKind::Shorter, words });
        }
        let seeds = self.seeds(settings);
        if seeds < self.paper {
            let s = if seeds == 1 { "" } else { "s" };
            let words = format!("{}: {seeds} seed{s} in place of {}", self.what, self.paper);
            limits.push(Limit { kind: LimitKind::FewerSeeds, words });
        }
        limits.extend(settings.step_limit());
        limits
    }
}

/// Whether alignment rises along weight decays. Weights that collapsed have none, and stand in no order.
pub(super) fn rises(row: &[Sample]) -> Finding {
    let defined: Vec<Sample> = row.iter().filter(|one| one.collapsed == 0).cloned().collect();
    Finding::order(&defined, true)
}
