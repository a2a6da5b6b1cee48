//! `interventions.jsonl`: one intervention a line, in order of step.

use std::path::{Path, PathBuf};

use super::error::RecordError;
use super::intervention::Intervention;
use crate::input_file;

/// Name within a run folder.
pub(super) const NAME: &str = "interventions.jsonl";

/// The file's text.
pub(super) fn to_lines(path: &Path, interventions: &[Intervention]) -> Result<String, RecordError> {
    let mut text = String::new();
    for intervention in interventions {
        let line = serde_json::to_string(intervention)
            .map_err(|source| RecordError::Json { path: path.to_path_buf(), source })?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

/// Reads the interventions of a run from its folder, or from a file of their form.
///
/// # Errors
/// When the file cannot be read, and, naming the line, when one is not JSON, has unknown or missing keys or wrong types,
/// or has an earlier step than the line before.
pub fn read_interventions(path: &Path) -> Result<Vec<Intervention>, RecordError> {
    let path: PathBuf = if path.is_dir() { path.join(NAME) } else { path.to_path_buf() };
    let text =
        input_file::read_text(&path, input_file::INTERVENTIONS).map_err(RecordError::io(&path, "cannot be read"))?;
    let mut interventions: Vec<Intervention> = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |message| RecordError::Line { path: path.clone(), line: index + 1, message };
        let next: Intervention = serde_json::from_str(line).map_err(|error| wrong(in_words(&error)))?;
        if next.step > Intervention::MOST_STEP {
            return Err(wrong(format!("step {} is more than any run counts to", next.step)));
        }
        if let Some(before) = interventions.last().filter(|before| before.step > next.step) {
            let message = format!("step {} comes after step {}: lines go by rising step", next.step, before.step);
            return Err(wrong(message));
        }
        interventions.push(next);
    }
    Ok(interventions)
}

/// The parser counts lines within the one line that it gets, which would contradict the file's.
fn in_words(error: &serde_json::Error) -> String {
    let message = [
        ("expected u64", "expected a whole number from 0"),
        ("expected usize", "expected a whole number from 0"),
        ("expected struct Intervention", "expected an object with step, field, old and new"),
        ("expected struct Target", "expected an object with layer or twin"),
    ]
    .into_iter()
    .fold(error.to_string(), |message, (of_rust, plain)| message.replace(of_rust, plain));
    let place = format!(" at line {} column {}", error.line(), error.column());
    match message.strip_suffix(&place) {
        Some(cause) => format!("{cause} (column {})", error.column()),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Target;

    fn error_of(text: &str) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(NAME);
        std::fs::write(&path, text).expect("written");
        read_interventions(&path).expect_err("refused").to_string()
    }

    const GOOD: &str = r#"{"step":3,"field":"noise.weight_sd","old":0.0,"new":0.1}"#;

    #[test]
    fn lines_have_the_documented_form() {
        let one = Intervention {
            step: 120,
            field: "regularizer.weight_decay".into(),
            old: serde_json::json!(0.0005),
            new: serde_json::json!(0.005),
            target: Some(Target { layer: Some(2), twin: Some("B".into()) }),
        };
        let other = Intervention { step: 121, target: None, ..one.clone() };
        let text = to_lines(Path::new(NAME), &[one, other]).expect("JSON");
        let expected = concat!(
            r#"{"step":120,"field":"regularizer.weight_decay","old":0.0005,"new":0.005,"#,
            r#""target":{"layer":2,"twin":"B"}}"#,
            "\n",
            r#"{"step":121,"field":"regularizer.weight_decay","old":0.0005,"new":0.005}"#,
            "\n"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn bad_lines_are_named() {
        let broken = error_of(&format!("{GOOD}\n\n{{\"step\": 4,\n"));
        assert!(broken.contains("interventions.jsonl, line 3: EOF"), "{broken}");
        let unknown = error_of(&GOOD.replace("}", r#","note":"x"}"#));
        assert!(unknown.contains("line 1: unknown field `note`, expected one of"), "{unknown}");
        let missing = error_of(r#"{"step":3,"field":"noise.weight_sd","old":0.0}"#);
        assert!(missing.contains("line 1: missing field `new`"), "{missing}");
        let typed = error_of(&GOOD.replace('3', "-3"));
        assert!(typed.contains("line 1: invalid value: integer `-3`"), "{typed}");
        let late = error_of(&GOOD.replace('3', "18446744073709551615"));
        assert!(late.contains("line 1: step 18446744073709551615 is more than any run counts to"), "{late}");
        let target = error_of(&GOOD.replace("}", r#","target":{"layers":2}}"#));
        assert!(target.contains("unknown field `layers`"), "{target}");
    }

    #[test]
    fn falling_steps_are_refused_and_equal_ones_are_not() {
        let earlier = GOOD.replace('3', "2");
        let message = error_of(&format!("{GOOD}\n{earlier}\n"));
        assert!(message.contains("line 2: step 2 comes after step 3"), "{message}");
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(NAME), format!("{GOOD}\n{GOOD}")).expect("written");
        assert_eq!(read_interventions(folder.path()).expect("read").len(), 2);
    }

    #[test]
    fn missing_file_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let message = read_interventions(folder.path()).expect_err("nothing there").to_string();
        assert!(message.contains(NAME) && message.contains("cannot be read"), "{message}");
    }
}
