//! Numbers and arrays of trajectory files, whose whole numbers may stand without a point.

use serde_json::Value;

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
pub(super) fn targets(value: &Value, outputs: usize, is_classes: bool) -> Result<Vec<f64>, String> {
    let found = flat("y", value)?;
    if !is_classes {
        return Ok(found);
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
