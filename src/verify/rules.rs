//! Trajectories of rules that a user writes: as those of plain perceptrons, with the rule's text and states.

use serde::Deserialize;
use serde_json::Value;

use super::numbers::flat;
use super::plain;
use super::trajectory::Golden;
use crate::experiment::{Normalization, RuleKind, RuleParameters, RuleStates};
use crate::expression::Rule;

#[derive(Debug, Deserialize)]
struct Custom {
    signal: String,
    #[serde(default)]
    bias: String,
    #[serde(default)]
    parameters: RuleParameters,
    #[serde(default)]
    state: RuleStates,
    #[serde(default)]
    normalization: Option<Normalization>,
}

/// Reads a file, as text and as values.
///
/// # Errors
/// What does not fit.
pub(super) fn read(text: &str, whole: &Value) -> Result<Golden, String> {
    let custom = whole.pointer("/config/custom").ok_or("config: rule is custom, and there is no config.custom")?;
    let custom: Custom =
        serde_path_to_error::deserialize(custom).map_err(|e| format!("config.custom.{}: {}", e.path(), e.inner()))?;
    let mut golden = plain::read(text)?;
    let rule = &mut golden.experiment.rule;
    rule.kind = RuleKind::Custom;
    (rule.signal, rule.bias) = (custom.signal, custom.bias);
    (rule.parameters, rule.state, rule.normalization) = (custom.parameters, custom.state, custom.normalization);
    golden.experiment.measure.per_example = false;
    Rule::check(&golden.experiment.rule.text()).map_err(|error| format!("config.custom: {error}"))?;
    let steps = whole.get("steps").and_then(Value::as_array).into_iter().flatten();
    for (step, found) in golden.steps.iter_mut().zip(steps) {
        let states = found.get("states").and_then(Value::as_object).into_iter().flatten();
        for (name, maps) in states {
            let maps = maps.as_array().ok_or_else(|| format!("steps: states.{name}: expected one entry a layer"))?;
            for (k, values) in maps.iter().enumerate() {
                step.states.push((format!("state/{name}/{}", k + 1), flat(name, values)?));
            }
        }
    }
    Ok(golden)
}
