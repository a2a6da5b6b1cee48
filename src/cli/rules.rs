//! `hebbscope rules`.

use std::path::Path;

use anyhow::{Context, anyhow};
use clap::Subcommand;
use hebbscope::experiment::expand_home;
use hebbscope::expression::library::{KNOWN, KnownRule};
use hebbscope::expression::{Field, Rule, RuleError, RuleText};
use hebbscope::input_file;

use super::exit::{DONE, REFUSED, Started};
use super::print::{deliver, remark};

/// Of `rules`.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Say what a rule is made of, or where it is wrong: an expression such as 'post * pre', a TOML file with [rule], or
    /// the name of a known rule.
    Check {
        /// An expression, a file or a name.
        #[arg(value_name = "FILE|EXPRESSION|NAME", allow_hyphen_values = true)]
        rule: String,
    },
    /// Print a known rule as TOML to start from.
    Show {
        /// A known rule's name.
        name: String,
    },
}

/// Lists the known rules, or does what else is asked for.
pub(super) fn run(command: Option<&RulesCommand>) -> anyhow::Result<u8> {
    match command {
        None => list(),
        Some(RulesCommand::Check { rule }) => check(rule),
        Some(RulesCommand::Show { name }) => show(name),
    }
}

fn print(text: &str) -> anyhow::Result<u8> {
    deliver(text).context("standard output cannot be written").after_start()?;
    Ok(DONE)
}

fn list() -> anyhow::Result<u8> {
    let width = KNOWN.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in KNOWN {
        text.push_str(&format!("{:width$}  {}\n", rule.name, rule.signal));
        for (name, of, rate, start) in rule.states {
            text.push_str(&format!("{:width$}  {name}: running average of {of}, rate {rate}, from {start}\n", ""));
        }
        text.push_str(&format!("{:width$}  {}: {}\n", "", rule.title, rule.origin));
    }
    print(&text)
}

fn show(name: &str) -> anyhow::Result<u8> {
    let known = KnownRule::named(name).ok_or_else(|| {
        let names: Vec<_> = KNOWN.iter().map(|rule| rule.name).collect();
        anyhow!("no known rule '{name}'; there are {}", names.join(", "))
    })?;
    print(&format!("# {}: {}\n{}", known.title, known.origin, known.text().to_toml()))
}

/// The rule that is meant, and what to call it.
fn read(rule: &str) -> anyhow::Result<RuleText> {
    if let Some(known) = KnownRule::named(rule) {
        return Ok(known.text());
    }
    let path = expand_home(Path::new(rule));
    if !path.is_file() && path.extension().is_none_or(|extension| extension != "toml") {
        return Ok(RuleText { signal: rule.to_owned(), ..RuleText::default() });
    }
    let text = input_file::read_text(&path, input_file::CONFIGURATION)
        .with_context(|| format!("{}: cannot be read", path.display()))?;
    RuleText::from_toml(&text).with_context(|| path.display().to_string())
}

fn check(rule: &str) -> anyhow::Result<u8> {
    let text = read(rule)?;
    match Rule::check(&text) {
        Ok(rule) => print(&format!("{}\n", rule.explain())),
        Err(error) => {
            remark!("error: {error}");
            if let Some(lines) = underlined(&text, &error) {
                remark!("{lines}");
            }
            Ok(REFUSED)
        }
    }
}

/// The line of the expression with marks below what is wrong.
fn underlined(text: &RuleText, error: &RuleError) -> Option<String> {
    let place = error.place?;
    let expression = match &error.field {
        Field::Signal => &text.signal,
        Field::Bias => &text.bias,
        Field::State(name) => &text.states.iter().find(|(known, _)| known == name)?.1.of,
        Field::Parameter(_) => return None,
    };
    let line = expression.lines().nth(place.line - 1).unwrap_or_default();
    let before: String = line.chars().take(place.column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let rest = line.chars().count().saturating_sub(place.column - 1);
    let marks = "^".repeat((place.span.end - place.span.start).clamp(1, rest.max(1)));
    Some(format!("  {line}\n  {before}{marks}"))
}
