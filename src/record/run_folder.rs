//! The folder that a run leaves, a contract with other tools. Every file in it is whole or not there.

use std::fs;
use std::path::{Path, PathBuf};

use super::atomic::{self, TEMPORARY_PREFIX};
use super::error::RecordError;
use super::figure::Figure;
use super::intervention::Intervention;
use super::metrics_csv::MetricsCsv;
use super::metrics_parquet::MetricsParquet;
use super::row::Columns;
use super::snapshot::Snapshot;
use super::summary::Summary;
use super::{interventions_file, npz};
use crate::experiment::Experiment;

const CONFIG: &str = "config.toml";
const SNAPSHOTS: &str = "snapshots";
const FIGURES: &str = "figures";
const TWIN: &str = "twin-b";

/// What to do with a folder that holds something already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It is an error.
    Refuse,
    /// Remove the files that an earlier run left, and nothing else.
    Force,
}

/// A run's folder: `config.toml`, `metrics.csv`, `metrics.parquet`, `summary.json`, `interventions.jsonl`,
/// `snapshots/*.npz`, `figures/*`, and a run folder `twin-b` where it had a twin.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder, and those above it, and checks that it can be written to.
    ///
    /// # Errors
    /// When it is not empty and not to be overwritten, is a file, or cannot be written to.
    pub fn create(path: &Path, overwrite: Overwrite) -> Result<Self, RecordError> {
        if path.exists() && !path.is_dir() {
            return Err(RecordError::NotAFolder(path.to_path_buf()));
        }
        fs::create_dir_all(path).map_err(RecordError::io(path, "cannot be created"))?;
        let mut entries = fs::read_dir(path).map_err(RecordError::io(path, "cannot be read"))?;
        if entries.next().is_some() {
            match overwrite {
                Overwrite::Refuse => return Err(RecordError::NotEmpty(path.to_path_buf())),
                Overwrite::Force => remove_run(path)?,
            }
        }
        atomic::probe(path)?;
        Ok(Self { path: path.to_path_buf() })
    }

    /// Where a run goes that was given no folder: `runs/NAME-TIME`, in UTC.
    #[must_use]
    pub fn default_path(experiment: &str) -> PathBuf {
        let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
        let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        let name: String = experiment.chars().map(plain).collect();
        PathBuf::from("runs").join(format!("{name}-{}", now.format("%Y%m%d-%H%M%S")))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the resolved experiment to `config.toml`, as [`Self::write_config`]; a relative path to its data leads from
    /// this folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_experiment(&self, experiment: &Experiment) -> Result<(), RecordError> {
        self.write_config(&experiment.written_in(&self.path).to_toml())
    }

    /// Writes the resolved experiment to `config.toml`; first of all files, as it marks the folder as a run's.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_config(&self, toml: &str) -> Result<(), RecordError> {
        atomic::write(self.path.join(CONFIG), toml.as_bytes())
    }

    /// Begins `metrics.csv`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn metrics_csv(&self, columns: &Columns) -> Result<MetricsCsv, RecordError> {
        MetricsCsv::create(&self.path, columns)
    }

    /// Begins `metrics.parquet`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn metrics_parquet(&self, columns: &Columns) -> Result<MetricsParquet, RecordError> {
        MetricsParquet::create(&self.path, columns)
    }

    /// Writes `summary.json`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_summary(&self, summary: &Summary) -> Result<(), RecordError> {
        let path = self.path.join("summary.json");
        let mut text =
            serde_json::to_string_pretty(summary).map_err(|source| RecordError::Json { path: path.clone(), source })?;
        text.push('\n');
        atomic::write(path, text.as_bytes())
    }

    /// Writes `interventions.jsonl`, one a line in order of step; an empty file when there are none.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_interventions(&self, interventions: &[Intervention]) -> Result<(), RecordError> {
        let path = self.path.join(interventions_file::NAME);
        let text = interventions_file::to_lines(&path, interventions)?;
        atomic::write(path, text.as_bytes())
    }

    /// Writes a snapshot to `snapshots/step_{:08}.npz` and tells where.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_snapshot(&self, snapshot: &Snapshot) -> Result<PathBuf, RecordError> {
        let path = self.folder(SNAPSHOTS)?.join(format!("step_{:08}.npz", snapshot.step));
        npz::write_snapshot(&path, snapshot)?;
        Ok(path)
    }

    /// Writes a figure to `figures/{name}.svg` and `figures/{name}.png`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_figure(&self, name: &str, figure: &Figure) -> Result<(), RecordError> {
        let folder = self.folder(FIGURES)?;
        atomic::write(folder.join(format!("{name}.svg")), figure.svg.as_bytes())?;
        atomic::write(folder.join(format!("{name}.png")), &figure.png)
    }

    /// Makes the folder of the run's twin within this one: a run folder of its own.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn twin(&self) -> Result<Self, RecordError> {
        Self::create(&self.path.join(TWIN), Overwrite::Refuse)
    }

    fn folder(&self, name: &str) -> Result<PathBuf, RecordError> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).map_err(RecordError::io(&path, "cannot be created"))?;
        Ok(path)
    }
}

/// Removes what runs leave, so that nothing of an earlier one can be taken for the new one's. Everything else stays: the
/// folder may be a home directory, given by mistake.
fn remove_run(folder: &Path) -> Result<(), RecordError> {
    // Every run writes its configuration first; without one, figures and the like are somebody else's.
    if !folder.join(CONFIG).is_file() {
        return Ok(());
    }
    let of_top = |name: &str| {
        ["metrics.csv", "metrics.parquet", "summary.json", interventions_file::NAME].contains(&name)
            || name.starts_with("checkpoint.")
            || name.starts_with(TEMPORARY_PREFIX)
    };
    let of_snapshots = |name: &str| name.starts_with("step_") && name.ends_with(".npz");
    let of_figures = |name: &str| name.ends_with(".svg") || name.ends_with(".png");
    remove_files(folder, of_top)?;
    remove_files(&folder.join(SNAPSHOTS), |name| of_snapshots(name) || name.starts_with(TEMPORARY_PREFIX))?;
    remove_files(&folder.join(FIGURES), |name| of_figures(name) || name.starts_with(TEMPORARY_PREFIX))?;
    remove_run(&folder.join(TWIN))?;
    // Last, as it marks the folder as a run's: a removal that failed half-way can be repeated.
    remove_files(folder, |name| name == CONFIG)
}

fn remove_files(folder: &Path, is_of_run: impl Fn(&str) -> bool) -> Result<(), RecordError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(RecordError::io(folder, "cannot be read"))? {
        let path = entry.map_err(RecordError::io(folder, "cannot be read"))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if is_of_run(&name) && !path.is_dir() {
            fs::remove_file(&path).map_err(RecordError::io(&path, "cannot be removed"))?;
        }
    }
    Ok(())
}
