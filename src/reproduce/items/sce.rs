//! The standard classification experiment, on CIFAR-10 or on what stands in for it.

use crate::reproduce::claim::Limit;
use crate::reproduce::recipe::Recipe;
use crate::reproduce::settings::Settings;

/// Weight decays of curves over it: from none to where a classifier collapses.
pub(super) const DECAYS: [f64; 6] = [0.0, 1e-3, 3e-3, 1e-2, 3e-2, 5e-2];

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
