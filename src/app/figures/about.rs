//! What a file of numbers is, in a file beside it: where its numbers come from, how fine they are, what was changed on the way.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::app::look::numbers;
use crate::app::look::words;
use crate::record::{Intervention, Thinned};
use crate::training::Status;

/// What is told of numbers beside the numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct About {
    /// What wrote it.
    pub program: String,
    /// The pane that showed them.
    pub pane: String,
    /// Name of the experiment.
    pub experiment: String,
    /// Which seeds.
    pub seeds: Vec<u64>,
    /// Steps that the run had come to, and the one that was looked back at.
    pub run_at_step: u64,
    /// The step of the past that was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_back_at: Option<u64>,
    /// Settings at the step that was shown, in a line.
    pub settings: String,
    /// How fine the numbers are.
    pub detail: String,
    /// First and last step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<(u64, u64)>,
    /// A step is measured if it is a multiple of this.
    pub measured_every: u64,
    /// Steps that are no longer there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinned: Option<ThinnedNote>,
    /// From this step on the rows could not be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_from: Option<u64>,
    /// Changes up to the last of these steps.
    pub interventions: Vec<Intervention>,
    /// Step before whose update a twin parted from the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin_forked_at: Option<u64>,
    /// Changes of the twin, those before the fork included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interventions_of_twin: Vec<Intervention>,
    /// The files, with their columns.
    pub files: Vec<AboutFile>,
}

/// Which steps were given up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThinnedNote {
    /// From this step on every measured step is there.
    pub before: u64,
    /// Before it, multiples of this.
    pub every: u64,
    /// That in words.
    pub words: String,
}

/// A file of numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AboutFile {
    /// Its name.
    pub file: String,
    /// Whose rows it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Its rows, without the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Its columns, from the left.
    pub columns: Vec<AboutColumn>,
}

/// A column of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AboutColumn {
    /// Its heading.
    pub name: String,
    /// What the number is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub meaning: String,
    /// Its unit or range.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Its name in `metrics.csv` of a run folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
}

impl About {
    /// Of a pane of a run in this state; `settings` are those of the step that is shown.
    #[must_use]
    pub fn of(pane: &str, status: &Status, looked_back_at: Option<u64>, settings: String) -> Self {
        Self {
            program: format!("Hebbscope {}", env!("CARGO_PKG_VERSION")),
            pane: pane.to_owned(),
            experiment: status.experiment.name.clone(),
            seeds: status.seeds.clone(),
            run_at_step: status.step,
            looked_back_at,
            settings,
            measured_every: status.experiment.measure.every,
            interventions: status.interventions.as_ref().clone(),
            twin_forked_at: status.twin.as_ref().map(|twin| twin.forked_at),
            interventions_of_twin: status.twin.as_ref().map(|twin| (*twin.interventions).clone()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Leaves what was changed up to a step.
    pub fn keep_changes_to(&mut self, last: u64) {
        self.interventions.retain(|one| one.step <= last);
        self.interventions_of_twin.retain(|one| one.step <= last);
    }

    /// Says which rows are no longer there, of those before `until`.
    pub fn tell_thinned(&mut self, thinned: Option<Thinned>, until: u64) {
        self.thinned = thinned.map(|thinned| {
            let before = thinned.before.min(until);
            let (from, every) = (numbers::count(before), numbers::count(thinned.every));
            let words = format!(
                "The rows had filled their room on disk: before step {from} only steps that are multiples of {every} are left, and \
                 those with a validation unless these are many."
            );
            ThinnedNote { before, every: thinned.every, words: words::say(&words).into_owned() }
        });
    }

    /// The file as text.
    #[must_use]
    pub fn text(&self) -> String {
        // Texts and numbers have a form in JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Columns of a table by its header, with what endings of names mean.
    #[must_use]
    pub fn columns_of(table: &str) -> Vec<AboutColumn> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table.as_bytes());
        let Ok(header) = reader.headers() else { return Vec::new() };
        let column = |name: &str| {
            let endings = [
                ("_from", "First of those that the row stands for."),
                ("_to", "Last of those that the row stands for."),
                ("_low", "The mean over seeds less one standard deviation over seeds."),
                ("_high", "The mean over seeds and one standard deviation over seeds."),
                ("_sd", "One standard deviation over seeds."),
                ("_min", "Least value of any seed and step that the row stands for."),
                ("_max", "Greatest value of any seed and step that the row stands for."),
            ];
            let meaning = endings.iter().find(|(ending, _)| name.ends_with(ending)).map_or("", |(_, meaning)| meaning);
            AboutColumn { name: name.to_owned(), meaning: meaning.to_owned(), ..AboutColumn::default() }
        };
        header.iter().map(column).collect()
    }
}

/// Where it stands: NAME-about.json beside NAME.csv.
#[must_use]
pub fn path_of(path: &Path) -> PathBuf {
    path.with_file_name(format!("{}-about.json", path.file_stem().unwrap_or_default().to_string_lossy()))
}
