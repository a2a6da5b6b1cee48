//! What an experiment is: typed configuration, presets, validation. Computes nothing.

mod alternatives;
mod axis;
mod branching;
mod cells;
mod check_counts;
mod check_model;
mod comparison;
mod config;
mod content;
mod custom;
mod effect;
mod error;
pub mod fields;
mod given;
mod load;
mod model;
mod network;
mod own_data;
mod paths;
mod presets;
mod reading;
mod rule;
mod schedule;
mod show;
mod sources;
mod sweep;
mod validate;
mod windows;
mod written_fields;

pub use alternatives::{alternatives, choices, enumerated};
pub use axis::{AxisValue, SweepAxis};
pub use branching::{RULE_SECTION, change_in_branch, may_differ};
pub use comparison::differing;
pub use config::{
    AlignmentReading, Coupling, Data, DataKind, Experiment, Loss, Measure, Noise, Regularizer, SnapshotSeeds, Training,
    WeightNoiseMode,
};
pub use content::DataContent;
pub use custom::{RuleParameters, RuleRate, RuleState, RuleStates};
pub use effect::Purpose;
pub use error::ConfigError;
pub use given::WRITTEN_SUFFIX;
pub use load::{
    Resolved, check_assignment, from_toml, from_toml_file, parse_assignment, resolve, resolve_for, with_assignment,
    with_assignments,
};
pub use model::{Activation, Init, Model, ModelKind, ResNetBlock, Stem};
pub use network::{MapKind, MapShape, ResidualBlock};
pub use paths::expand_home;
pub use presets::{PRESETS, Preset, preset, preset_of_rule};
pub use rule::{HebbActivity, Normalization, OjaForm, OptimizerKind, OtherParameters, Rule, RuleKind};
pub use schedule::{NoSchedule, Schedule, Schedules, Shape};
pub use sources::MapSource;
pub use sweep::{KeptOfCell, Recorded, Spacing, StopRule, Sweep};
pub use validate::check_number;
pub use windows::Windows;

#[cfg(test)]
mod tests {
    use super::fields::FIELDS;
    use super::{Experiment, PRESETS, from_toml, resolve};

    /// Paths of all leaves of an experiment that has every optional field.
    fn leaves(prefix: &str, value: &toml::Value, out: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) => {
                for (key, inner) in table {
                    let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    leaves(&path, inner, out);
                }
            }
            _ => out.push(prefix.to_owned()),
        }
    }

    #[test]
    fn the_table_of_fields_and_the_structs_name_the_same_fields() {
        let mut full = Experiment::default();
        full.data.teacher_hidden = Some(vec![3]);
        full.data.teacher_activation = Some(super::Activation::Relu);
        full.data.content = Some("1+1:0123456789abcdef".parse().expect("of that form"));
        full.training.steps = Some(5);
        full.data.image = vec![3, 32, 32];
        (full.data.input_columns, full.data.target_columns) = (vec!["a".into()], vec!["b".into()]);
        full.data.label_column = "c".into();
        (full.data.targets_path, full.data.labels_path) = ("t.npy".into(), "l.npy".into());
        (full.data.standardize, full.data.split_seed) = (true, 1);
        full.model.parameters = Some(1);
        full.model.depth = Some(18);
        full.rule.normalization = Some(super::Normalization::Unit);
        full.sweep = Some(super::Sweep { given: Some(Vec::new()), ..super::Sweep::default() });
        let mut found = Vec::new();
        leaves("", &toml::Value::try_from(&full).expect("plain structs have a TOML form"), &mut found);
        let mut listed: Vec<String> = FIELDS.iter().map(|f| f.path.to_owned()).collect();
        found.sort();
        listed.sort();
        assert_eq!(found, listed);
    }

    #[test]
    fn both_forms_of_toml_read_back() {
        for preset in PRESETS {
            let experiment = resolve(preset.name, &[]).expect("presets are valid");
            assert_eq!(experiment.name, preset.name);
            for text in [experiment.to_toml(), experiment.to_commented_toml()] {
                assert_eq!(from_toml("text", &text).expect("reads back"), experiment);
            }
            assert!(!preset.source().is_empty(), "{} says where its values come from", preset.name);
        }
    }

    #[test]
    fn another_rule_brings_its_own_defaults_but_not_over_the_users() {
        let set = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|s| (*s).to_owned()).collect();
            resolve("sre", &list).expect("valid")
        };
        let dfa = set(&["rule.kind=dfa"]);
        assert_eq!((dfa.rule.clip, dfa.rule.learning_rate, dfa.model.bias), (5.0, 0.1, true));
        let adam = set(&["rule.kind=adam", "rule.learning_rate=0.02"]);
        assert_eq!((adam.rule.learning_rate, adam.model.bias), (0.02, false));
    }
}
