//! How much of the paper is to run: at full length or quick, with how many seeds, on which images.

use std::path::PathBuf;

use super::claim::{Limit, LimitKind};

/// What was asked for, beside the items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Fewer seeds, cells and steps.
    pub quick: bool,
    /// Seeds of everything that has several.
    pub seeds: Option<u64>,
    /// Steps of every run; a number so small that nothing can be said tests the way and not the paper.
    pub steps: Option<u64>,
    /// CIFAR-10's folder or archive.
    pub cifar: Option<PathBuf>,
}

/// Seeds of the paper's means.
pub const PAPER_SEEDS: u64 = 10;
/// Seeds of them with `--quick`: the fewest whose spread says something.
pub const QUICK_SEEDS: u64 = 3;

/// Most seeds that may be asked for.
pub const MOST_SEEDS: u64 = 1000;
/// Most steps that may be asked for.
pub const MOST_STEPS: u64 = 1_000_000;

impl Settings {
    /// Seeds of a mean that the paper has over `paper` seeds.
    #[must_use]
    pub fn seeds_of(&self, paper: u64) -> u64 {
        self.seeds.unwrap_or(if self.quick { paper.min(QUICK_SEEDS) } else { paper })
    }

    /// The limit that comes of fewer seeds than the paper's, where it does.
    #[must_use]
    pub fn seed_limit(&self, paper: u64) -> Option<Limit> {
        let seeds = self.seeds_of(paper);
        let words = format!("{seeds} seed{} in place of {paper}", if seeds == 1 { "" } else { "s" });
        (seeds < paper).then_some(Limit { kind: LimitKind::FewerSeeds, words })
    }

    /// The limit that comes of steps that were set by hand.
    #[must_use]
    pub fn step_limit(&self) -> Option<Limit> {
        let words = |steps: u64| {
            format!("--steps {steps}: no run trains longer, which leaves nothing of the paper's experiment")
        };
        self.steps.map(|steps| Limit { kind: LimitKind::Steps, words: words(steps) })
    }

    /// Data and length of the classification experiments (SCE), whose images are CIFAR-10 or stand in for it.
    #[must_use]
    pub fn classification(&self) -> Classification {
        let limit = |kind: LimitKind, words: &str| Limit { kind, words: words.into() };
        match &self.cifar {
            Some(path) => {
                // A path with quotes or backslashes is a TOML string all the same.
                let path = toml::Value::String(path.display().to_string());
                let set = |train: u64, validation: u64, epochs: u64| {
                    vec![
                        "data.kind=cifar10".into(),
                        format!("data.path={path}"),
                        format!("data.train_examples={train}"),
                        format!("data.validation_examples={validation}"),
                        format!("training.epochs={epochs}"),
                    ]
                };
                let (assignments, limits) = match self.quick {
                    true => {
                        let smaller = "10,000 of CIFAR-10's 50,000 training images";
                        let shorter = "30 epochs in place of 50";
                        (
                            set(10_000, 2_000, 30),
                            vec![limit(LimitKind::Smaller, smaller), limit(LimitKind::Shorter, shorter)],
                        )
                    }
                    false => (set(50_000, 10_000, 50), Vec::new()),
                };
                Classification { assignments, limits, label: "CIFAR-10" }
            }
            None => {
                let steps = if self.quick { 1_500 } else { 9_800 };
                let mut assignments = vec![
                    "data.kind=digits".to_owned(),
                    "data.train_examples=1437".into(),
                    "data.validation_examples=360".into(),
                    format!("training.steps={steps}"),
                ];
                // Epochs of six steps: validated now and then is enough.
                assignments.push("measure.validate_every=10".into());
                let words = "CIFAR-10 is not at hand (--cifar PATH); the 8 x 8 digits stand in for it";
                let mut limits = vec![limit(LimitKind::StandIn, words)];
                if self.quick {
                    limits.push(limit(LimitKind::Shorter, "1,500 steps in place of 9,800 (50 epochs of CIFAR-10)"));
                }
                Classification { assignments, limits, label: "8 x 8 digits in place of CIFAR-10" }
            }
        }
    }
}

/// Data and length of the classification experiments.
#[derive(Clone, Debug)]
pub struct Classification {
    /// As assignments.
    pub assignments: Vec<String>,
    /// In which ways they are less than the paper's.
    pub limits: Vec<Limit>,
    /// What figures and tables are labelled with.
    pub label: &'static str,
}
