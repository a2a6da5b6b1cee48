//! What a stage does to the window and the run.

use toml::Value;

use super::experiment::{Setting, known_field};
use super::names::{LAYOUTS, PANES, known};
use crate::experiment::Experiment;

/// Something that a tour points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The control of a field, by its path.
    Field(&'static str),
    /// A pane, by its id.
    Pane(&'static str),
}

/// An order of the tour to whoever shows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start a new, paused run of this experiment.
    LoadExperiment {
        /// Name of the preset that it comes from.
        preset: String,
        /// The experiment, complete and valid.
        experiment: Box<Experiment>,
    },
    /// Change a field of the run.
    Set {
        /// Its path.
        field: &'static str,
        /// Its new value.
        value: Value,
    },
    /// Train.
    Run,
    /// Stop training.
    Pause,
    /// Start anew from the same weights, with the present settings; whether it trains does not change.
    Reset,
    /// At most that many steps a second; `None` for full speed.
    Rate(Option<f64>),
    /// Arrange the panes; one of [`LAYOUTS`].
    Layout(&'static str),
    /// Bring a pane to the front; one of [`PANES`].
    Pane(&'static str),
    /// Point at something until the stage ends.
    Highlight(Mark),
    /// Hide the control of a field until the tour ends.
    Hide(&'static str),
    /// Select a layer, counted from 1.
    SelectLayer(usize),
}

impl Action {
    /// Whether it changes the run, so that only later steps tell of its effect.
    #[must_use]
    pub fn changes_run(&self) -> bool {
        matches!(self, Self::LoadExperiment { .. } | Self::Set { .. } | Self::Reset)
    }
}

/// Words that an action's directive can begin with.
pub(super) const ACTIONS: &[&str] =
    &["experiment", "set", "run", "pause", "reset", "rate", "layout", "pane", "highlight", "hide", "select"];

/// Reads the directive `word rest`; one of [`ACTIONS`].
pub(super) fn parse_actions(word: &str, rest: &str, setting: &mut Setting) -> Result<Vec<Action>, String> {
    let one = match word {
        "experiment" => {
            let (preset, experiment) = setting.load(rest)?;
            Action::LoadExperiment { preset, experiment: Box::new(experiment) }
        }
        "set" => {
            let (field, value) = setting.set(rest)?;
            Action::Set { field, value }
        }
        "run" | "pause" | "reset" => {
            setting.experiment()?;
            if !rest.is_empty() {
                return Err(format!("::{word} takes nothing behind it, found '{rest}'"));
            }
            match word {
                "run" => Action::Run,
                "pause" => Action::Pause,
                _ => Action::Reset,
            }
        }
        "rate" => Action::Rate(rate(rest)?),
        "layout" => Action::Layout(known("layout", rest, LAYOUTS)?),
        "pane" => Action::Pane(known("pane", rest, PANES)?),
        "select" => Action::SelectLayer(layer(rest, setting)?),
        "highlight" => {
            return some(word, rest)?.map(|name| Ok(Action::Highlight(mark(name)?))).collect();
        }
        "hide" => {
            return some(word, rest)?.map(|name| Ok(Action::Hide(known_field(name)?))).collect();
        }
        _ => return Err(format!("unknown directive '::{word}'")),
    };
    Ok(vec![one])
}

fn some<'a>(word: &str, rest: &'a str) -> Result<impl Iterator<Item = &'a str>, String> {
    if rest.is_empty() {
        return Err(format!("::{word} needs the path of a field, such as regularizer.weight_decay"));
    }
    Ok(rest.split_whitespace())
}

fn rate(text: &str) -> Result<Option<f64>, String> {
    if text == "full" {
        return Ok(None);
    }
    let rate = text.parse::<f64>().ok().filter(|rate| (0.1..=1e6).contains(rate));
    rate.map(Some).ok_or_else(|| format!("::rate {text}: must be 'full' or steps a second from 0.1 to 1000000"))
}

fn layer(text: &str, setting: &Setting) -> Result<usize, String> {
    let layers = setting.layers()?;
    let number = text.strip_prefix("layer ").and_then(|number| number.trim().parse::<usize>().ok());
    let number = number.filter(|number| (1..=layers).contains(number));
    number.ok_or_else(|| format!("::select {text}: expected '::select layer K' with K from 1 to {layers}"))
}

fn mark(name: &str) -> Result<Mark, String> {
    if let Some(pane) = PANES.iter().find(|pane| **pane == name) {
        return Ok(Mark::Pane(pane));
    }
    let field = known_field(name).map_err(|e| format!("{e}; or one of the panes {}", PANES.join(", ")))?;
    Ok(Mark::Field(field))
}
