//! The presets: TOML files under `assets/presets`, each saying where its values come from.

use super::rule::RuleKind;

/// A named experiment.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name, as EXPERIMENT takes it.
    pub name: &'static str,
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
    ($($name:literal),* $(,)?) => {
        /// Every preset, in the order in which they are listed.
        pub const PRESETS: &[Preset] = &[$(Preset {
            name: $name,
            toml: include_str!(concat!("../../assets/presets/", $name, ".toml")),
        }),*];
    };
}

presets![
    "sre",
    "sre-adam",
    "sre-dfa",
    "sre-random-nn",
    "sre-hebb",
    "sre-hebb-post",
    "sre-hebb-normalized",
    "sre-hebb-normalized-post",
    "sre-oja",
    "sre-oja-post",
    "rule-bcm",
    "rule-covariance",
    "rule-three-factor",
    "sce",
    "digits",
    "linear-regression",
    "sre-transformer",
    "sre-transformer-adam",
    "sre-transformer-dfa",
    "sre-transformer-random-nn",
    "cnn",
    "resnet-18",
    "resnet-34",
    "resnet-50",
    "mlp-1m",
    "mlp-10m",
    "mlp-50m",
    "mlp-6x512",
    "fig4",
    "fig4-quick",
    "fig5",
    "fig5-quick",
    "fig7",
    "fig7-quick",
    "fig8",
    "fig8-quick",
    "fig13",
    "fig13-quick",
    "fig14",
    "fig14-quick",
];

/// The preset of that name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
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
