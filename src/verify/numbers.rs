//! Numbers and arrays of trajectory files, whose whole numbers may stand without a point.

use serde_json::Value;

use crate::experiment::Experiment;

/// Most targets of a trajectory, 128 MiB; classes are given by one number each, and become rows.
const MOST_TARGETS: usize = 1 << 24;

/// Checks that classes do not become more numbers than any trajectory has.
///
/// # Errors
/// How many there would be.
pub(super) fn check_targets(steps: usize, experiment: &Experiment) -> Result<(), String> {
    let (batch, outputs) = (experiment.training.batch_size, experiment.output_width());
    let targets = steps.checked_mul(batch).and_then(|examples| examples.checked_mul(outputs));
    match targets.filter(|targets| *targets <= MOST_TARGETS) {
        Some(_) => Ok(()),
        None => {
            Err(format!("y: {steps} steps of {batch} examples with {outputs} targets are more than a file may have"))
        }
    }
}

/// All numbers of an array of any depth, row by row.
///
/// # Errors
/// What is no number, with the name of the array.
pub(super) fn flat(name: &str, value: &Value) -> Result<Vec<f64>, String> {
    let mut numbers = Vec::new();
    collect(name, value, &mut numbers)?;
    Ok(numbers)
}

fn collect(name: &str, value: &Value, to: &mut Vec<f64>) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| collect(name, item, to)),
        // Those that are true or false are masks.
        Value::Bool(is_set) => {
            to.push(f64::from(u8::from(*is_set)));
            Ok(())
        }
        other => {
            to.push(other.as_f64().ok_or_else(|| format!("{name}: found {other}, expected a number"))?);
            Ok(())
        }
    }
}

/// Targets of a step: rows of numbers, or classes as rows with a single 1.
///
/// # Errors
/// What is neither.
pub(super) fn targets(value: &Value, experiment: &Experiment, is_classes: bool) -> Result<Vec<f64>, String> {
    let found = flat("y", value)?;
    if !is_classes {
        return Ok(found);
    }
    let (batch, outputs) = (experiment.training.batch_size, experiment.output_width());
    if found.len() != batch {
        return Err(format!("y: found {} classes in a step, expected {batch}", found.len()));
    }
    let mut one_hot = vec![0.0; found.len() * outputs];
    for (row, class) in found.into_iter().enumerate() {
        if class.fract() != 0.0 || class < 0.0 || class >= outputs as f64 {
            return Err(format!("y: class {class}, allowed 0 to {}", outputs.saturating_sub(1)));
        }
        one_hot[row * outputs + class as usize] = 1.0;
    }
    Ok(one_hot)
}
