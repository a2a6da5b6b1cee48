//! The presets: TOML files under `assets/presets`, each saying where its values come from.

use super::Experiment;
use super::rule::RuleKind;

/// A named experiment.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name, as EXPERIMENT takes it.
    pub name: &'static str,
    /// What it is, in plain words.
    pub title: &'static str,
    /// The heading below which it is listed.
    pub group: &'static str,
    /// Its TOML, which holds what differs from the defaults.
    pub toml: &'static str,
}

impl Preset {
    /// Whether it is about a grid of runs.
    #[must_use]
    pub fn is_sweep(&self) -> bool {
        self.toml.lines().any(|line| line.trim() == "[sweep]")
    }

    /// What it is, in the first sentence of its description.
    #[must_use]
    pub fn summary(&self) -> String {
        let description = self.toml.lines().find_map(|line| line.strip_prefix("description = \"")).unwrap_or_default();
        let description = description.trim_end_matches('"');
        description.split_once(". ").map_or(description, |(first, _)| first).trim_end_matches('.').to_owned()
    }
}

macro_rules! presets {
    ($($group:literal { $($name:literal: $title:literal),* $(,)? })*) => {
        /// Every preset, in the order in which they are listed.
        pub const PRESETS: &[Preset] = &[$($(Preset {
            name: $name,
            title: $title,
            group: $group,
            toml: include_str!(concat!("../../assets/presets/", $name, ".toml")),
        }),*),*];
    };
}

presets! {
    "Learning by an error" {
        "sre": "Regression with gradient descent",
        "sre-adam": "Regression with Adam",
        "sre-dfa": "Regression with direct feedback alignment",
        "sre-random-nn": "Updates that a random network makes",
    }
    "Hebbian rules" {
        "sre-hebb": "Hebb's rule",
        "sre-hebb-post": "Hebb's rule on post-activations",
        "sre-hebb-normalized": "Hebb's rule, weights rescaled",
        "sre-hebb-normalized-post": "Hebb's rule on post-activations, weights rescaled",
        "sre-oja": "Oja's rule",
        "sre-oja-post": "Oja's rule on post-activations",
        "rule-bcm": "BCM: a threshold that slides",
        "rule-covariance": "Covariance rule",
        "rule-three-factor": "Three factors: Hebb's rule times a reward",
    }
    "Other tasks" {
        "sce": "Classification of images",
        "digits": "Classification of handwritten digits",
        "linear-regression": "Linear regression with weight noise",
    }
    "Other networks" {
        "sre-transformer": "Transformer with gradient descent",
        "sre-transformer-adam": "Transformer with Adam",
        "sre-transformer-dfa": "Transformer with direct feedback alignment",
        "sre-transformer-random-nn": "Transformer with random updates",
        "cnn": "Convolutional network",
        "resnet-18": "Residual network of 18 layers",
        "resnet-34": "Residual network of 34 layers",
        "resnet-50": "Residual network of 50 layers",
        "mlp-1m": "A million parameters in 3 layers",
        "mlp-10m": "Ten million parameters in 7 layers",
        "mlp-50m": "Fifty million parameters in 9 layers",
        "mlp-6x512": "Six hidden layers of 512",
    }
    "Grids of runs" {
        "fig4": "Alignment over weight noise and decay",
        "fig4-quick": "Alignment over weight noise and decay, quick",
        "fig5": "Loss over weight noise and decay",
        "fig5-quick": "Loss over weight noise and decay, quick",
        "fig7": "Accuracy over batch size and decay",
        "fig7-quick": "Accuracy over batch size and decay, quick",
        "fig8": "Accuracy over learning rate and decay",
        "fig8-quick": "Accuracy over learning rate and decay, quick",
        "fig13": "Adam over weight noise and decay",
        "fig13-quick": "Adam over weight noise and decay, quick",
        "fig14": "Alignment over input noise and decay",
        "fig14-quick": "Alignment over input noise and decay, quick",
    }
}

/// The preset of that name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

/// Likeness of a name that was meant, 1 being the same: one letter of three may be wrong, missing or exchanged.
const LIKE: f64 = 0.65;

/// The preset that somebody meant whose spelling is another.
#[must_use]
pub(super) fn meant(name: &str) -> Option<&'static Preset> {
    let name = name.to_lowercase();
    let likeness = |preset: &&Preset| strsim::normalized_damerau_levenshtein(&name, preset.name);
    PRESETS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|preset| likeness(preset) >= LIKE)
}

impl Experiment {
    /// What it is called in plain words: by the title of a preset, or by the name that its own file gives it.
    #[must_use]
    pub fn title(&self) -> &str {
        preset(&self.name).map_or(&self.name, |preset| preset.title)
    }
}

/// The preset whose `[rule]` holds a rule's own defaults; a rule that the user writes has none.
#[must_use]
pub fn preset_of_rule(rule: RuleKind) -> Option<&'static str> {
    Some(match rule {
        RuleKind::Sgd => "sre",
        RuleKind::Adam => "sre-adam",
        RuleKind::Dfa => "sre-dfa",
        RuleKind::RandomNn => "sre-random-nn",
        RuleKind::Hebb => "sre-hebb",
        RuleKind::HebbNormalized => "sre-hebb-normalized",
        RuleKind::Oja => "sre-oja",
        RuleKind::Custom => return None,
    })
}

impl Preset {
    /// The comment lines that open the file: the sources of its values.
    #[must_use]
    pub fn source(&self) -> String {
        self.toml
            .lines()
            .take_while(|l| l.starts_with('#'))
            .map(|l| l.trim_start_matches(['#', ' ']))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_preset_says_what_it_is_in_words_of_its_own() {
        for preset in PRESETS {
            assert!(preset.summary().len() > 20, "{}: '{}'", preset.name, preset.summary());
            // Several words, which the name in files never is.
            assert!(preset.title.contains(' ') && preset.title.len() <= 50, "{}", preset.title);
            assert_eq!(preset.is_sweep(), preset.group == "Grids of runs", "{}", preset.name);
        }
        let titles: BTreeSet<&str> = PRESETS.iter().map(|preset| preset.title).collect();
        assert_eq!(titles.len(), PRESETS.len());
    }
}
