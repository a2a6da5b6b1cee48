//! The numbers of the run's written rule that may change while it trains, as settings among the controls.

use crate::app::panes::parts::setting::SettingRow;
use crate::experiment::fields::field;
use crate::experiment::{Experiment, RuleKind, RuleRate};

/// Parameters, then rates that are numbers. Sliders reach as far as the values of `standard` ask for, so that they stay as
/// they are while they are moved.
#[must_use]
pub fn settings(experiment: &Experiment, standard: Option<&Experiment>) -> Vec<SettingRow> {
    let rule = &experiment.rule;
    if rule.kind != RuleKind::Custom {
        return Vec::new();
    }
    let rates = || rule.state.iter().map(|(name, state)| (name, &state.rate));
    let is_rate = |name: &str| rates().any(|(_, rate)| matches!(rate, RuleRate::Parameter(of) if of == name));
    let parameters = rule.parameters.iter().filter_map(|(name, now)| {
        let path = field(&format!("rule.parameters.{name}"))?.path;
        if is_rate(name) {
            return Some(share(path));
        }
        let value = standard.and_then(|known| known.rule.parameters.get(name)).unwrap_or(now).abs();
        let least = if value > 0.0 { (0.1 * value).min(LEAST) } else { LEAST };
        Some(SettingRow { path, least, most: (10.0 * value).max(10.0), zero: None, is_signed: true })
    });
    let numbers = rates().filter(|(_, rate)| matches!(rate, RuleRate::Number(_)));
    let rates = numbers.filter_map(|(name, _)| Some(share(field(&format!("rule.state.{name}.rate"))?.path)));
    parameters.chain(rates).collect()
}

/// Least size above zero that a slider reaches.
const LEAST: f64 = 1e-3;

fn share(path: &'static str) -> SettingRow {
    SettingRow { path, least: LEAST, most: 1.0, zero: None, is_signed: false }
}

#[cfg(test)]
mod tests {
    use super::settings;
    use crate::experiment::resolve;

    #[test]
    fn parameters_and_rates_have_a_reach_of_their_own() {
        let given = [
            "rule.kind=custom",
            "rule.signal=k * (post - theta - trace) * pre + c * w",
            "rule.parameters.k=-30",
            "rule.parameters.c=0.25",
            "rule.parameters.fast=0.1",
            "rule.state.theta.of=act",
            "rule.state.theta.rate=0.01",
            "rule.state.trace.of=act",
            "rule.state.trace.rate=fast",
        ]
        .map(str::to_owned);
        let experiment = resolve("sre", &given).expect("valid");
        let found = settings(&experiment, Some(&experiment));
        let reach: Vec<_> = found.iter().map(|one| (one.path, one.most, one.is_signed)).collect();
        assert_eq!(
            reach,
            [
                ("rule.parameters.c", 10.0, true),
                ("rule.parameters.fast", 1.0, false),
                ("rule.parameters.k", 300.0, true),
                ("rule.state.theta.rate", 1.0, false),
            ]
        );
        assert!(settings(&resolve("sre", &[]).expect("valid"), None).is_empty());
    }
}
