//! Settings of twins that are names: rule, optimizer, activation, batch norm.

use toml::Value;

use crate::experiment::{
    Activation, Experiment, OptimizerKind, RULE_SECTION, RuleKind, preset, preset_of_rule, resolve,
};

/// One of the values, as files have it and in words.
pub struct NamedValue {
    /// In files; `true` and `false` for a switch.
    pub value: &'static str,
    /// In the window.
    pub words: &'static str,
}

const fn named(value: &'static str, words: &'static str) -> NamedValue {
    NamedValue { value, words }
}

/// A setting that has one of several values.
pub struct Named {
    /// Dotted path of the field.
    pub path: &'static str,
    /// Values to choose from.
    pub values: &'static [NamedValue],
}

/// All of them.
pub const NAMED: [Named; 4] = [
    Named {
        path: "rule.kind",
        values: &[
            named("sgd", "SGD"),
            named("adam", "Adam"),
            named("dfa", "direct feedback alignment"),
            named("hebb", "Hebb"),
            named("hebb_normalized", "Hebb, rows normalised"),
            named("oja", "Oja"),
            named("random_nn", "random network"),
        ],
    },
    Named { path: "rule.optimizer", values: &[named("sgd", "SGD"), named("adam", "Adam")] },
    Named {
        path: "model.activation",
        values: &[named("tanh", "tanh"), named("relu", "ReLU"), named("sigmoid", "sigmoid"), named("linear", "linear")],
    },
    Named { path: "model.batch_norm", values: &[named("true", "on"), named("false", "off")] },
];

impl Named {
    /// The value that an experiment has.
    pub fn of(&self, experiment: &Experiment) -> &'static str {
        match self.path {
            "rule.kind" => match experiment.rule.kind {
                RuleKind::Sgd => "sgd",
                RuleKind::Adam => "adam",
                RuleKind::Dfa => "dfa",
                RuleKind::RandomNn => "random_nn",
                RuleKind::Hebb => "hebb",
                RuleKind::HebbNormalized => "hebb_normalized",
                RuleKind::Oja => "oja",
                RuleKind::Custom => "custom",
            },
            "rule.optimizer" => match experiment.rule.optimizer {
                OptimizerKind::Sgd => "sgd",
                OptimizerKind::Adam => "adam",
            },
            "model.activation" => match experiment.model.activation {
                Activation::Tanh => "tanh",
                Activation::Relu => "relu",
                Activation::Sigmoid => "sigmoid",
                Activation::Linear => "linear",
            },
            _ if experiment.model.batch_norm => "true",
            _ => "false",
        }
    }

    /// A value in words.
    pub fn words(&self, value: &str) -> &'static str {
        let known = self.values.iter().find(|known| known.value == value);
        known.map_or("written in the window", |known| known.words)
    }

    /// What makes B of A. A rule comes with what its preset has in `[rule]`, if that is wanted.
    pub fn changes(&self, value: &'static str, of: &Experiment, with_defaults: bool) -> Vec<(String, Value)> {
        if self.path == "rule.kind" && with_defaults {
            let of_rule = |kind: &RuleKind| Named::of(self, &with_kind(of, *kind)) == value;
            let name = RULES.iter().find(|kind| of_rule(kind)).and_then(|kind| preset_of_rule(*kind));
            let usual = name.and_then(preset).and_then(|preset| resolve(preset.name, &[]).ok());
            if let Some(usual) = usual {
                return vec![(RULE_SECTION.to_owned(), Value::Table(usual.rule.fields()))];
            }
        }
        let value = match self.path {
            "model.batch_norm" => Value::Boolean(value == "true"),
            _ => value.into(),
        };
        vec![(self.path.to_owned(), value)]
    }
}

const RULES: [RuleKind; 7] = [
    RuleKind::Sgd,
    RuleKind::Adam,
    RuleKind::Dfa,
    RuleKind::RandomNn,
    RuleKind::Hebb,
    RuleKind::HebbNormalized,
    RuleKind::Oja,
];

fn with_kind(experiment: &Experiment, kind: RuleKind) -> Experiment {
    let mut other = experiment.clone();
    other.rule.kind = kind;
    other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::with_assignment;

    #[test]
    fn every_choice_makes_a_twin_that_has_it() {
        let run = resolve("sre", &["model.batch_norm=false".to_owned()]).expect("valid");
        for named in &NAMED {
            for one in named.values.iter().filter(|one| one.value != named.of(&run)) {
                for with_defaults in [true, false] {
                    let changes = named.changes(one.value, &run, with_defaults);
                    let twin = changes.iter().fold(run.clone(), |twin, (path, value)| {
                        with_assignment(&twin, path, value.clone()).unwrap_or_else(|error| panic!("{error}"))
                    });
                    assert_eq!((named.of(&twin), named.words(one.value)), (one.value, one.words));
                }
            }
        }
        let hebb = NAMED[0].changes("hebb", &run, true);
        let twin = with_assignment(&run, &hebb[0].0, hebb[0].1.clone()).expect("valid");
        assert_eq!((twin.rule.learning_rate, twin.model.bias), (1e-4, run.model.bias));
    }
}
