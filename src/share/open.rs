//! Whatever a user opens or drops: a configuration, a run folder or one of its files, a snapshot, a share string.

use std::path::{Path, PathBuf};

use super::{ShareError, decode};
use crate::experiment::{ConfigError, Experiment, Resolved, from_toml_file};
use crate::input_file;
use crate::record::{
    Intervention, MetricStore, PARTIAL_METRICS, RecordError, RunFolder, Snapshot, read_interventions, read_metrics,
};
use crate::tables;

/// Largest file that is read as text; the largest configurations have some megabytes.
const MAX_TEXT_BYTES: u64 = input_file::CONFIGURATION;
const ALLOWED: &str = "a TOML configuration, a run folder or its config.toml, metrics.csv or summary.json, a snapshot \
                       (.npz), a text file with a share string, or in the window the folder of a reproduction";

/// Files that tell of a run whose configuration lies beside them.
const RUN_FILES: [&str; 4] = ["metrics.csv", PARTIAL_METRICS, "summary.json", "interventions.jsonl"];

/// What was opened.
#[derive(Clone, Debug)]
pub enum Opened {
    /// An experiment to run.
    Experiment {
        /// What to train.
        experiment: Experiment,
        /// Changes on its way, by rising step.
        interventions: Vec<Intervention>,
    },
    /// A run that was recorded.
    RunFolder {
        /// What was trained.
        experiment: Experiment,
        /// Changes on its way, by rising step.
        interventions: Vec<Intervention>,
        /// Its curves; absent where the run was only saved, or broken off before they were whole.
        metrics: Option<MetricStore>,
        /// Its folder, where that holds what the run can go on from at its end.
        end: Option<PathBuf>,
    },
    /// Matrices of one step.
    Snapshot(Snapshot),
}

/// Why something could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system refused.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is nothing that Hebbscope knows.
    #[error("{}: {message}; Hebbscope opens {ALLOWED}", path.display())]
    Unknown {
        /// The file or folder.
        path: PathBuf,
        /// What it is, or lacks.
        message: String,
    },
    /// Numbers that an experiment could be trained on.
    #[error("{}: is data and no experiment; one that is trained on it has {how}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What an experiment says of it.
        how: String,
    },
    /// The configuration is not allowed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file of a run cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A share string cannot be used.
    #[error("{}: {source}", path.display())]
    Share {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: ShareError,
    },
}

/// Opens a file or folder.
///
/// # Errors
/// Names the file, what is wrong with it, and what can be opened.
pub fn open_path(path: &Path) -> Result<Opened, OpenError> {
    open_path_aloud(path).map(|(opened, _)| opened)
}

/// As [`open_path`], with what is to be said of a configuration that can be used: settings that have no effect.
///
/// # Errors
/// As [`open_path`].
pub fn open_path_aloud(path: &Path) -> Result<(Opened, Vec<String>), OpenError> {
    let silent = |opened| (opened, Vec::new());
    let unknown = |message: &str| OpenError::Unknown { path: path.to_path_buf(), message: message.to_owned() };
    let about = std::fs::metadata(path).map_err(|source| OpenError::Read { path: path.to_path_buf(), source })?;
    if about.is_dir() {
        if !path.join("config.toml").is_file() {
            return Err(unknown("this folder has no config.toml"));
        }
        return run_folder(path).map(silent);
    }
    if !about.is_file() {
        return Err(unknown("is neither a file nor a folder"));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_of_run = folder.join("config.toml").is_file();
    match name.as_str() {
        "config.toml" if RUN_FILES.iter().any(|name| folder.join(name).is_file()) => {
            return run_folder(folder).map(silent);
        }
        name if RUN_FILES.contains(&name) && is_of_run => return run_folder(folder).map(silent),
        name if RUN_FILES.contains(&name) => {
            return Err(unknown("there is no config.toml beside it"));
        }
        _ => {}
    }
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npz")) {
        return Ok(silent(Opened::Snapshot(Snapshot::read(path)?)));
    }
    if tables::is_csv(path) || tables::is_npy(path) {
        return Err(OpenError::Data { path: path.to_path_buf(), how: how_to_use(path) });
    }
    let text = read_text(path)?;
    let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    if !is_toml {
        match decode(&text) {
            Ok((experiment, interventions)) => return Ok(silent(Opened::Experiment { experiment, interventions })),
            Err(ShareError::Foreign) => {}
            Err(source) => return Err(OpenError::Share { path: path.to_path_buf(), source }),
        }
    }
    match from_toml_file(path, &text) {
        Ok(Resolved { experiment, warnings }) => {
            Ok((Opened::Experiment { experiment, interventions: Vec::new() }, warnings))
        }
        // Of a file of another kind, what TOML's parser misses says nothing.
        Err(ConfigError::Syntax { .. }) if !is_toml => Err(unknown("is neither TOML nor a share string")),
        Err(error) => Err(error.into()),
    }
}

/// What a file of numbers is good for.
fn how_to_use(path: &Path) -> String {
    let more = if tables::is_npy(path) {
        "targets_path = \"y.npy\" (values) or labels_path = \"y.npy\" (classes)"
    } else {
        "target_columns = [\"y\"] (values) or label_column = \"y\" (classes)"
    };
    format!("[data] kind = \"file\", path = {path:?}, {more}")
}

fn run_folder(folder: &Path) -> Result<Opened, OpenError> {
    let config = folder.join("config.toml");
    let experiment = from_toml_file(&config, &read_text(&config)?)?.experiment;
    let has = |name: &str| folder.join(name).is_file();
    let interventions = if has("interventions.jsonl") { read_interventions(folder)? } else { Vec::new() };
    let end = (has("metrics.csv") && RunFolder::end_in(folder).is_file()).then(|| folder.to_path_buf());
    let rows = ["metrics.csv", PARTIAL_METRICS].into_iter().find(|name| has(name));
    let metrics = rows.map(|name| read_metrics(&folder.join(name))).transpose()?;
    Ok(Opened::RunFolder { experiment, interventions, metrics, end })
}

/// A text file of bounded size.
fn read_text(path: &Path) -> Result<String, OpenError> {
    let unknown = |message: String| OpenError::Unknown { path: path.to_path_buf(), message };
    let bytes = input_file::read(path, MAX_TEXT_BYTES).map_err(|source| match source.kind() {
        std::io::ErrorKind::FileTooLarge => unknown(format!("has more than {} MB", MAX_TEXT_BYTES >> 20)),
        _ => OpenError::Read { path: path.to_path_buf(), source },
    })?;
    if bytes.contains(&0) {
        return Err(unknown("is not a text file".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| unknown("is not a text file in UTF-8".to_owned()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
