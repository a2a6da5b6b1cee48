//! `data.kind = "file"`: which file has what, and the sizes that follow from it.

use std::path::Path;

use toml::Table;

use super::config::{Data, DataKind, Experiment};
use super::error::ConfigError;
use super::load::look_up;
use crate::tables::{self, Answers, Nowhere, Request, Sample, Shape, is_csv, is_npy};

/// Fields that say which inputs and targets a file has.
const OF_CONTENT: [&str; 6] = [
    "data.path",
    "data.input_columns",
    "data.target_columns",
    "data.label_column",
    "data.targets_path",
    "data.labels_path",
];
/// Fields that follow from these where they are absent.
const SIZES: [&str; 2] = ["data.input_size", "data.output_size"];
/// Fields that follow from the number of rows where they are absent.
const COUNTS: [&str; 2] = ["data.train_examples", "data.validation_examples"];

impl Data {
    /// What is read of which files, of [`DataKind::File`].
    ///
    /// # Errors
    /// Names the field that is missing, or one too many.
    pub fn request(&self) -> Result<Request<'_>, ConfigError> {
        let path = Path::new(&self.path);
        let shown = format!("{:?}", self.path);
        if self.path.is_empty() {
            let message =
                "data.kind = \"file\" reads it: a CSV file with a header (.csv), or an array of inputs (.npy)";
            return Err(ConfigError::value("data.path", shown, message));
        }
        let (names, label) = (&self.target_columns, &self.label_column);
        let [targets, labels] = [&self.targets_path, &self.labels_path].map(Path::new);
        let answers = if is_csv(path) {
            let other = [("data.targets_path", &self.targets_path), ("data.labels_path", &self.labels_path)];
            if let Some((field, value)) = other.into_iter().find(|(_, path)| !path.is_empty()) {
                let message =
                    "belongs to arrays (.npy); of a CSV file data.target_columns or data.label_column says it";
                return Err(ConfigError::value(field, format!("{value:?}"), message));
            }
            match (names.is_empty(), label.is_empty()) {
                (false, true) => Answers::Columns(names),
                (true, false) => Answers::Label(label),
                (true, true) => {
                    let message =
                        "name the columns that are to be learnt, or with data.label_column that of the classes";
                    return Err(ConfigError::value("data.target_columns", "[]", message));
                }
                (false, false) => return Err(both("data.label_column", label, "data.target_columns")),
            }
        } else if is_npy(path) {
            if let Some((field, value)) = [
                ("data.input_columns", format!("{:?}", self.input_columns)),
                ("data.target_columns", format!("{names:?}")),
                ("data.label_column", format!("{label:?}")),
            ]
            .into_iter()
            .find(|(_, value)| !matches!(value.as_str(), "[]" | "\"\""))
            {
                let message = "belongs to CSV files; of arrays data.targets_path or data.labels_path says it";
                return Err(ConfigError::value(field, value, message));
            }
            for (field, path) in [("data.targets_path", targets), ("data.labels_path", labels)] {
                if !path.as_os_str().is_empty() && !is_npy(path) {
                    return Err(ConfigError::value(
                        field,
                        format!("{path:?}"),
                        "must be an array, whose name ends in .npy",
                    ));
                }
            }
            match (targets.as_os_str().is_empty(), labels.as_os_str().is_empty()) {
                (false, true) => Answers::Values(targets),
                (true, false) => Answers::Labels(labels),
                (true, true) => {
                    let message = "name the array that is to be learnt, or with data.labels_path that of the classes";
                    return Err(ConfigError::value("data.targets_path", "\"\"", message));
                }
                (false, false) => return Err(both("data.labels_path", &self.labels_path, "data.targets_path")),
            }
        } else {
            let message = "must be a CSV file, whose name ends in .csv, or an array of NumPy, in .npy";
            return Err(ConfigError::value("data.path", shown, message));
        };
        Ok(Request { path, inputs: &self.input_columns, answers })
    }

    /// The beginning of the files, with their extent; reads them to their end.
    ///
    /// # Errors
    /// As [`Data::request`], and where the files cannot be read.
    pub fn sample(&self) -> Result<Sample, ConfigError> {
        Ok(Sample::of(self.request()?)?)
    }

    /// Whether what a file has to learn is classes.
    pub(super) fn has_labels(&self) -> bool {
        !self.label_column.is_empty() || !self.labels_path.is_empty()
    }
}

fn both(field: &str, value: &str, other: &str) -> ConfigError {
    ConfigError::value(field, format!("{value:?}"), format!("{other} is given too; give one of them"))
}

/// Forgets sizes of other data, where what is read is among the fields `changed`, and numbers of examples where these come
/// from a file only now.
pub(super) fn forget_sizes<'a>(table: &mut Table, mut changed: impl Iterator<Item = &'a str> + Clone) {
    let is_file = look_up(table, "data.kind").is_some_and(|kind| kind.as_str() == Some("file"));
    let becomes_file = !is_file && changed.clone().any(|path| path == "data.kind");
    let is_other = becomes_file || is_file && changed.any(|path| OF_CONTENT.contains(&path));
    let Some(data) = table.get_mut("data").and_then(toml::Value::as_table_mut).filter(|_| is_other) else { return };
    let counts = COUNTS.iter().filter(|_| becomes_file);
    for path in SIZES.iter().chain(counts) {
        data.remove(path.trim_start_matches("data."));
    }
}

impl Experiment {
    /// Takes what a table says nothing of from the file itself: widths, and of its rows a fifth for validation and the
    /// rest for training.
    pub(super) fn take_sizes(&mut self, table: &Table) -> Result<(), ConfigError> {
        let has = |path: &str| look_up(table, path).is_some();
        if self.data.kind != DataKind::File || SIZES.iter().chain(&COUNTS).all(|path| has(path)) {
            return Ok(());
        }
        let Shape { rows, inputs, outputs, .. } = tables::read(self.data.request()?, &mut Nowhere)?;
        let data = &mut self.data;
        if !has(SIZES[0]) {
            data.input_size = inputs;
        }
        if !has(SIZES[1]) {
            data.output_size = outputs;
        }
        let rest = |path: &str, taken: usize| {
            let message =
                || format!("{} has {rows} rows, and training and validation need at least one each", data.path);
            rows.checked_sub(taken).filter(|rest| *rest > 0).ok_or_else(|| ConfigError::value(path, taken, message()))
        };
        match (has(COUNTS[0]), has(COUNTS[1])) {
            (false, false) => {
                data.validation_examples = (rows / 5).max(1);
                data.train_examples = rows - data.validation_examples;
            }
            (true, false) => data.validation_examples = rest(COUNTS[0], data.train_examples)?,
            (false, true) => data.train_examples = rest(COUNTS[1], data.validation_examples)?,
            (true, true) => {}
        }
        Ok(())
    }
}
