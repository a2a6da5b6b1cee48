//! What a branch of a run may have of its own, and what the other one has too.

use toml::{Table, Value};

use super::config::Experiment;
use super::error::ConfigError;
use super::fields::{Change, FIELDS, Field, field};
use super::load::from_table;
use super::rule::{Normalization, Rule, RuleKind};

/// The section whose fields can be changed together, as rules that are written consist of several.
pub const RULE_SECTION: &str = "rule";

/// Fields outside `[rule]`, `[regularizer]` and `[noise]` that need no other data and no other batches.
const OF_BRANCH: [&str; 10] = [
    "model.activation",
    "model.encoder_activation",
    "model.bias",
    "model.residual",
    "model.batch_norm",
    "model.sparsity",
    "model.frozen",
    "model.frozen_layers",
    "training.loss",
    "training.loss_scale",
];

impl Field {
    /// Whether two branches of a run may have different values: data, widths, batches, length, seeds and what is measured
    /// are common to them.
    #[must_use]
    pub fn is_of_branch(&self) -> bool {
        self.change == Change::Live
            || ["rule.", "regularizer.", "noise."].iter().any(|section| self.path.starts_with(section))
            || OF_BRANCH.contains(&self.path)
    }

    /// When a change takes effect, in words.
    #[must_use]
    pub fn takes_effect(&self) -> &'static str {
        match self.change {
            Change::Reset if self.is_of_branch() => "reset: needs a new run or a twin",
            change => change.words(),
        }
    }
}

/// When a change of a branch takes effect, by the field's path or `rule` for several fields of that section; `None` for
/// an unknown one. What a branch may have of its own is compiled anew, and goes on from the parameters that there are.
#[must_use]
pub fn change_in_branch(path: &str) -> Option<Change> {
    if path == RULE_SECTION {
        return Some(Change::Rebuild);
    }
    let known = field(path)?;
    let is_compiled = known.change == Change::Reset && known.is_of_branch();
    Some(if is_compiled { Change::Rebuild } else { known.change })
}

/// Whether a change of this path, or of several fields of `rule`, may be one branch's alone.
#[must_use]
pub fn may_differ(path: &str) -> bool {
    path == RULE_SECTION || field(path).is_some_and(Field::is_of_branch)
}

impl Experiment {
    /// Whether one compiled step serves both branches of a run: they differ in live settings alone.
    #[must_use]
    pub fn shares_step_with(&self, other: &Self) -> bool {
        self.without_live_values() == other.without_live_values()
    }

    /// As a table, with 0 in place of every live value.
    fn without_live_values(&self) -> Table {
        // Plain structs of numbers, strings and lists have a TOML form.
        let mut table = Table::try_from(self).unwrap_or_default();
        // Of data a step has the widths, which come with the batches that branches have in common.
        for of_run in ["name", "description", "data", "sweep"] {
            table.remove(of_run);
        }
        for field in FIELDS.iter().filter(|field| field.change == Change::Live) {
            let place = field.path.split_once('.').and_then(|(section, key)| table.get_mut(section)?.get_mut(key));
            place.into_iter().for_each(|value| *value = Value::Integer(0));
        }
        let rule = table.get_mut(RULE_SECTION).and_then(Value::as_table_mut);
        if let Some(rule) = rule {
            let parameters = rule.get_mut("parameters").and_then(Value::as_table_mut);
            parameters.into_iter().flatten().for_each(|(_, value)| *value = Value::Integer(0));
            for (_, state) in rule.get_mut("state").and_then(Value::as_table_mut).into_iter().flatten() {
                let rate = state.get_mut("rate").filter(|rate| !rate.is_str());
                rate.into_iter().for_each(|rate| *rate = Value::Integer(0));
            }
        }
        table
    }

    /// Changes several fields of `[rule]` at once; parameters and states as a whole.
    pub(super) fn with_rule_fields(&self, fields: &Table) -> Result<Self, ConfigError> {
        let mut table = Table::try_from(self)
            .map_err(|e| ConfigError::value(RULE_SECTION, "", format!("cannot be written as TOML: {e}")))?;
        let section = table.entry(RULE_SECTION).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.extend(fields.clone());
        }
        let mut changed = from_table("setting", table)?;
        let rule = &mut changed.rule;
        if rule.kind != RuleKind::HebbNormalized {
            // What it is where it is absent.
            rule.normalization = rule.normalization.filter(|kind| *kind != Normalization::None);
        }
        changed.note_changes_since(self);
        changed.validate()?;
        Ok(changed)
    }
}

impl Rule {
    /// All that another rule has to be given to become this one.
    #[must_use]
    pub fn fields(&self) -> Table {
        let mut fields = Table::try_from(self).unwrap_or_default();
        // They are left out where there are none, which would keep the other rule's.
        for list in ["parameters", "state"] {
            fields.entry(list).or_insert_with(|| Value::Table(Table::new()));
        }
        let usual = if self.kind == RuleKind::HebbNormalized { "standardize" } else { "none" };
        fields.entry("normalization").or_insert_with(|| Value::String(usual.into()));
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{resolve, with_assignment};

    fn of(set: &[&str]) -> Experiment {
        resolve("sre", &set.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()).expect("valid")
    }

    const WRITTEN: [&str; 5] = [
        "rule.kind=custom",
        "rule.signal=k * (post - theta) * pre",
        "rule.parameters.k=1",
        "rule.state.theta.of=act",
        "rule.state.theta.rate=0.1",
    ];

    #[test]
    fn live_values_leave_the_step_as_it_is() {
        let plain = of(&[]);
        let live = ["regularizer.weight_decay=0.1", "regularizer.weight_decay_layers=[0.1,0.2,0.3]", "rule.clip=3"];
        assert!(plain.shares_step_with(&of(&live)));
        for other in ["rule.kind=hebb", "rule.optimizer=adam", "model.batch_norm=true", "noise.weight_mode=transient"] {
            assert!(!plain.shares_step_with(&of(&[other])), "{other}");
        }
        let written = of(&WRITTEN);
        let with = |path: &str, value: Value| with_assignment(&written, path, value).expect("valid");
        assert!(written.shares_step_with(&with("rule.parameters.k", 2.0.into())));
        assert!(written.shares_step_with(&with("rule.state.theta.rate", 0.5.into())));
        assert!(!written.shares_step_with(&with("rule.state.theta.start", 0.5.into())));
        assert!(!written.shares_step_with(&with("rule.state.theta.rate", "k".into())));
    }

    #[test]
    fn a_rule_becomes_another_by_its_fields() {
        let rules = [
            of(&[]).rule,
            of(&WRITTEN).rule,
            of(&["rule.kind=hebb_normalized"]).rule,
            of(&["rule.kind=custom", "rule.signal=act * pre", "rule.normalization=unit"]).rule,
        ];
        for from in &rules {
            for to in &rules {
                let now = Experiment { rule: from.clone(), ..of(&[]) };
                let changed = with_assignment(&now, RULE_SECTION, Value::Table(to.fields())).expect("valid");
                assert_eq!(changed.rule, *to);
            }
        }
        let unknown = Table::from_iter([("speed".to_owned(), Value::Integer(1))]);
        let error = with_assignment(&of(&[]), RULE_SECTION, Value::Table(unknown)).expect_err("no such field");
        assert!(error.to_string().contains("speed"), "{error}");
    }

    #[test]
    fn what_brings_other_data_or_batches_is_common() {
        for common in
            ["data.kind", "model.hidden", "model.init", "training.batch_size", "training.seeds", "measure.every"]
        {
            assert!(!may_differ(common), "{common}");
        }
        for own in [RULE_SECTION, "rule.kind", "rule.state.theta.start", "model.batch_norm", "regularizer.decay_matrix"]
        {
            assert!(may_differ(own), "{own}");
            assert_eq!(change_in_branch(own), Some(Change::Rebuild), "{own}");
        }
        assert_eq!(change_in_branch("model.hidden"), Some(Change::Reset));
        assert_eq!(change_in_branch("rule.clip"), Some(Change::Live));
        assert_eq!(of(&["rule.kind=oja"]).rule.kind, RuleKind::Oja);
    }
}
