//! The command that repeats a run without a window.

use std::path::Path;

use toml::Value;

use super::ShareError;
use super::difference::{bases, edits, look_up, table_of};
use super::value::{from_text, json_to_text, to_text};
use crate::experiment::fields::field;
use crate::experiment::{DataKind, Experiment, RULE_SECTION, RuleKind, resolve};
use crate::record::{Intervention, Target};

/// `hebbscope train ...`, quoted for a POSIX shell, that trains the same experiment with the same interventions: from the
/// file `interventions_path` if there is one, otherwise each as an argument.
///
/// Interventions on a twin are left out, as a run without a window has none.
#[must_use]
pub fn command_line(
    experiment: &Experiment,
    interventions: &[Intervention],
    interventions_path: Option<&Path>,
) -> String {
    let mut words = vec!["hebbscope".to_owned(), "train".to_owned()];
    words.extend(nearest(experiment));
    match interventions_path {
        Some(path) => words.extend(["--interventions".to_owned(), path_word(path)]),
        None => {
            let of_run = |one: &&Intervention| {
                !one.is_of_backend() && one.target.as_ref().is_none_or(|target| target.twin.is_none())
            };
            for one in interventions.iter().filter(of_run) {
                words.extend(["--intervene".to_owned(), argument(one)]);
            }
        }
    }
    shell_line(&words)
}

/// Reads an argument of `--intervene`: `STEP:PATH=VALUE`, or `STEP:PATH@LAYER=VALUE` for a single layer.
///
/// A bare word counts as text, as with `--set`; a table for `rule` changes several fields of that section at once. The value before is not known yet, and null.
///
/// # Errors
/// When the text has another form or the field is unknown; whether the value is allowed is seen when the run is rehearsed.
pub fn parse_intervention(text: &str) -> Result<Intervention, ShareError> {
    let wrong = |message: &str| ShareError::Argument(text.to_owned(), message.to_owned());
    let (step, rest) = text.split_once(':').ok_or_else(|| wrong("there is no ':'"))?;
    let counted = step.trim().parse().ok().filter(|step| *step <= Intervention::MOST_STEP);
    let step = counted.ok_or_else(|| wrong(&format!("'{step}' is not a whole number from 0 that a run counts to")))?;
    let (path, value) = rest.split_once('=').ok_or_else(|| wrong("there is no '='"))?;
    let (path, layer) = match path.split_once('@') {
        Some((path, layer)) => {
            let number = layer.trim().parse().ok().filter(|layer: &usize| *layer > 0);
            (path, Some(number.ok_or_else(|| wrong(&format!("'{layer}' is not a layer, counted from 1")))?))
        }
        None => (path, None),
    };
    let (path, value) = (path.trim(), value.trim());
    if path != RULE_SECTION && field(path).is_none() {
        return Err(wrong(&format!("there is no field '{path}'")));
    }
    if value.is_empty() {
        return Err(wrong("there is no value"));
    }
    let value = from_text(value).unwrap_or_else(|| Value::String(value.to_owned()));
    let new = serde_json::to_value(value).map_err(|error| wrong(&error.to_string()))?;
    let target = layer.map(|layer| Target { layer: Some(layer), twin: None });
    Ok(Intervention { step, field: path.to_owned(), old: serde_json::Value::Null, new, target })
}

fn argument(one: &Intervention) -> String {
    let layer = one.target.as_ref().and_then(|target| target.layer).map(|layer| format!("@{layer}"));
    format!("{}:{}{}={}", one.step, one.field, layer.unwrap_or_default(), json_to_text(&one.new))
}

/// Fields of `[data]` that follow from a file of own data where they are not given.
const FROM_FILE: [&str; 4] = ["input_size", "output_size", "train_examples", "validation_examples"];

/// EXPERIMENT and its `--set` in fewest characters, among the presets from which the experiment can be reached.
fn nearest(experiment: &Experiment) -> Vec<String> {
    let wanted = table_of(experiment);
    let canonical = toml::to_string(&wanted).ok().and_then(|text| crate::experiment::from_toml("", &text).ok());
    let words_from = |name: &str, base: &Experiment| {
        let mut assignments = Vec::new();
        let mut base = base.clone();
        // Another rule brings its preset's section with it: what differs from that is set besides.
        if base.rule.kind != experiment.rule.kind {
            let kind = look_up(&wanted, "rule.kind").map(bare).unwrap_or_default();
            assignments.push(format!("rule.kind={kind}"));
            // A rule that is written has no section to bring, and is none without its text.
            if experiment.rule.kind != RuleKind::Custom {
                base = resolve(name, &assignments).ok()?;
            }
        }
        let mut table = table_of(&base);
        if experiment.data.kind == DataKind::File && base.data.kind != DataKind::File {
            // Own data bring their own, where nothing is said.
            let data = table.get_mut("data").and_then(Value::as_table_mut).into_iter();
            data.for_each(|data| data.retain(|field, _| FROM_FILE.iter().all(|one| *one != field)));
        }
        let edits = edits(&table, &wanted);
        for (path, value) in edits.iter().filter(|(path, _)| *path != "rule.kind") {
            assignments.push(format!("{path}={}", bare(value.as_ref()?)));
        }
        let reached = resolve(name, &assignments).ok();
        (canonical.is_none() || reached == canonical).then_some((name.to_owned(), assignments))
    };
    let length = |(name, assignments): &(String, Vec<String>)| {
        name.len() + assignments.iter().map(|a| a.len() + "--set ".len()).sum::<usize>()
    };
    let reachable = bases().filter_map(|(name, base)| words_from(name, &base));
    // From the presets every experiment is reached that is allowed; one that is not has no command that trains it.
    let (name, assignments) = reachable.min_by_key(length).unwrap_or_else(|| (experiment.name.clone(), Vec::new()));
    let sets = assignments.into_iter().flat_map(|assignment| ["--set".to_owned(), assignment]);
    std::iter::once(name).chain(sets).collect()
}

/// As `--set` takes it: names without quotation marks, where they cannot be taken for something else.
fn bare(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !text.is_empty() && text.trim() == text && from_text(text).is_none() => text.to_owned(),
        _ => to_text(value),
    }
}

/// A command of these words, as it is typed in a POSIX shell.
#[must_use]
pub fn shell_line<W: AsRef<str>>(words: &[W]) -> String {
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// A path as a word of a command, for [`shell_line`]: one that begins with a dash is not an option.
#[must_use]
pub fn path_word(path: &Path) -> String {
    let word = path.display().to_string();
    if word.starts_with('-') { format!("./{word}") } else { word }
}

/// One word of a POSIX shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    // zsh takes =word for the path of a command.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_read_back() {
        for text in [
            "0:rule.learning_rate=0.05",
            "12:regularizer.weight_decay@2=5e-3",
            "3:model.activation=\"relu\"",
            "4:rule={ kind = \"hebb\" }",
        ] {
            assert_eq!(argument(&parse_intervention(text).expect("valid")), text);
        }
        let spaced = parse_intervention("3: model.activation = relu").expect("valid");
        assert_eq!((spaced.new, spaced.field.as_str()), (serde_json::json!("relu"), "model.activation"));
        for (text, part) in [
            ("rule.clip=1", "no ':'"),
            ("-1:rule.clip=1", "'-1' is not a whole number"),
            ("1:rule.clip", "no '='"),
            ("1:rule.clap=1", "no field 'rule.clap'"),
            ("1:rule.clip=", "no value"),
            ("1:regularizer.weight_decay@0=1", "'0' is not a layer"),
        ] {
            let message = parse_intervention(text).expect_err(text).to_string();
            assert!(message.contains(part) && message.contains("STEP:PATH=VALUE"), "{message}");
        }
    }

    #[test]
    fn a_written_rule_has_a_command() {
        let given = ["rule.kind=custom", "rule.signal=k * post * pre", "rule.parameters.k=0.5"].map(str::to_owned);
        let experiment = resolve("sre", &given).expect("valid");
        let line = command_line(&experiment, &[], None);
        assert_eq!(
            line,
            "hebbscope train sre --set rule.kind=custom --set 'rule.signal=k * post * pre' --set rule.parameters.k=0.5"
        );
    }

    #[test]
    fn words_are_quoted_only_where_needed() {
        assert_eq!(quoted("regularizer.weight_decay=5e-3"), "regularizer.weight_decay=5e-3");
        assert_eq!(quoted("model.hidden=[3,4]"), "'model.hidden=[3,4]'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("=ls"), "'=ls'");
        let words = ["hebbscope", "--out", &path_word(Path::new("-my runs/$HOME ~"))];
        assert_eq!(shell_line(&words), "hebbscope --out './-my runs/$HOME ~'");
    }
}
