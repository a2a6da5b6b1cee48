//! The folder that a run leaves, a contract with other tools. Every file in it is whole or not there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::atomic;
use super::checkpoints::CHECKPOINTS;
use super::claim::Claim;
use super::error::RecordError;
use super::figure::Figure;
use super::file_list::{FILE_LIST, FileList, FolderKind, ListedFiles};
use super::in_place::has_gone;
use super::intervention::Intervention;
use super::metrics_csv::{METRICS, MetricsCsv, PARTIAL_METRICS};
use super::metrics_parquet::MetricsParquet;
use super::npz::SnapshotWriter;
use super::partial::is_being_written;
use super::reserve::Reserve;
use super::row::Columns;
use super::snapshot::SeedParameters;
use super::summary::Summary;
use super::{interventions_file, npz, unlisted};
use crate::experiment::Experiment;

const CONFIG: &str = "config.toml";
const PARQUET: &str = "metrics.parquet";
pub(super) const SUMMARY: &str = "summary.json";
const FINAL: &str = "final.npz";
const SNAPSHOTS: &str = "snapshots";
const FIGURES: &str = "figures";
const TWIN: &str = "twin-b";
/// Every file that a run may write, but for those in subfolders.
const TOPS: [&str; 7] = [CONFIG, METRICS, PARTIAL_METRICS, PARQUET, SUMMARY, interventions_file::NAME, FINAL];

/// What to do with a folder that holds something already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It is an error.
    Refuse,
    /// Remove the files that an earlier run left, and nothing else.
    Force,
}

/// A run's folder: `config.toml`, `metrics.csv`, `metrics.parquet`, `summary.json`, `interventions.jsonl`, `final.npz`,
/// `snapshots/*.npz`, `figures/*`, `checkpoint.*`, the list of these, and a run folder `twin-b` where it had a twin.
#[derive(Clone, Debug)]
pub struct RunFolder {
    pub(super) path: PathBuf,
    pub(super) list: FileList,
    pub(super) reserve: Reserve,
    pub(super) went_by_names: bool,
    pub(super) claim: Claim,
}

impl RunFolder {
    /// Whether it has been neither removed nor moved away since it was begun: whatever is written then lies elsewhere, or in a
    /// folder of somebody else.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.claim.is_of(&self.path)
    }

    /// Makes the folder, and those above it, and checks that it can be written to.
    ///
    /// # Errors
    /// When it is not empty and not to be overwritten, holds a sweep or a run that another process writes, is a file, or
    /// cannot be written to; also when a file would be overwritten that this program did not write. Nothing has changed
    /// then.
    pub fn create(path: &Path, overwrite: Overwrite) -> Result<Self, RecordError> {
        if path.exists() && !path.is_dir() {
            return Err(RecordError::NotAFolder(path.to_path_buf()));
        }
        let was_there = path.is_dir();
        atomic::make_folders(path).map_err(RecordError::io(path, "cannot be created"))?;
        let claim = Claim::take(path)?;
        let begun = Self::begin(path, overwrite, claim.clone());
        if begun.is_err() && !was_there {
            // Only where it is empty; nobody else has it as long as the claim lives.
            let _ = fs::remove_dir(path);
        }
        begun
    }

    fn begin(path: &Path, overwrite: Overwrite, claim: Claim) -> Result<Self, RecordError> {
        let went_by_names = make_room(path, overwrite)?;
        atomic::probe(path)?;
        let reserve = Reserve::take(path)?;
        let list = FileList::open(path, FolderKind::Run)?;
        Ok(Self { path: path.to_path_buf(), list, reserve, went_by_names, claim })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a run was removed from a folder without a list of its files: those with the names that runs give.
    #[must_use]
    pub fn went_by_names(&self) -> bool {
        self.went_by_names
    }

    /// Writes the resolved experiment to `config.toml`, as [`Self::write_config`]; a relative path to its data leads from
    /// this folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_experiment(&self, experiment: &Experiment) -> Result<(), RecordError> {
        self.write_config(&experiment.written_in(&self.path).to_toml())
    }

    /// Writes the resolved experiment to `config.toml`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_config(&self, toml: &str) -> Result<(), RecordError> {
        self.write_small(CONFIG, toml.as_bytes())
    }

    /// Begins `metrics.csv`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn metrics_csv(&self, columns: &Columns) -> Result<MetricsCsv, RecordError> {
        self.list.add(METRICS)?;
        self.list.add(PARTIAL_METRICS)?;
        MetricsCsv::create(&self.path, columns)
    }

    /// Begins `metrics.parquet`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn metrics_parquet(&self, columns: &Columns) -> Result<MetricsParquet, RecordError> {
        self.list.add(PARQUET)?;
        MetricsParquet::create(&self.path, columns)
    }

    /// Writes `summary.json`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_summary(&self, summary: &Summary) -> Result<(), RecordError> {
        let json = |source| RecordError::Json { path: self.path.join(SUMMARY), source };
        let mut text = serde_json::to_string_pretty(summary).map_err(json)?;
        text.push('\n');
        self.write_small(SUMMARY, text.as_bytes())
    }

    /// Writes `interventions.jsonl`, one a line in order of step; an empty file when there are none.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_interventions(&self, interventions: &[Intervention]) -> Result<(), RecordError> {
        let text = interventions_file::to_lines(&self.path.join(interventions_file::NAME), interventions)?;
        self.write_small(interventions_file::NAME, text.as_bytes())
    }

    /// Begins the snapshot `snapshots/step_{:08}.npz`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn snapshot(&self, step: u64) -> Result<SnapshotWriter, RecordError> {
        SnapshotWriter::create(&self.place(SNAPSHOTS, &format!("step_{step:08}.npz"))?)
    }

    /// Writes the parameters after the last update, of every seed, to `final.npz`: `W_{K}_seed{S}` (float32, out x in) and,
    /// where there are biases, `b_{K}_seed{S}`; `step`, the updates done (int64), `seeds` (uint64) and `config_toml`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_final(&self, step: u64, config: &str, seeds: &[SeedParameters<'_>]) -> Result<(), RecordError> {
        self.list.add(FINAL)?;
        npz::write_parameters(&self.path.join(FINAL), step, config, seeds)
    }

    /// Writes a figure to `figures/{name}.svg` and `figures/{name}.png`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_figure(&self, name: &str, figure: &Figure) -> Result<(), RecordError> {
        atomic::write(self.place(FIGURES, &format!("{name}.svg"))?, figure.svg.as_bytes())?;
        atomic::write(self.place(FIGURES, &format!("{name}.png"))?, &figure.png)
    }

    /// Makes the folder of the run's twin within this one: a run folder of its own.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn twin(&self) -> Result<Self, RecordError> {
        self.list.add(&format!("{TWIN}/{FILE_LIST}"))?;
        Self::create(&self.path.join(TWIN), Overwrite::Refuse)
    }

    /// Where a run folder has that of its twin.
    #[must_use]
    pub fn twin_in(folder: &Path) -> PathBuf {
        folder.join(TWIN)
    }

    /// Gives back the room that was kept for configuration, interventions and summary, once they are written.
    pub fn give_back_reserve(&self) {
        self.reserve.give_back();
    }

    /// Where a file of a subfolder is to be written; it is listed, and the subfolder is there.
    fn place(&self, part: &str, name: &str) -> Result<PathBuf, RecordError> {
        self.list.add(&format!("{part}/{name}"))?;
        let folder = self.path.join(part);
        fs::create_dir_all(&folder).map_err(RecordError::io(&folder, "cannot be created"))?;
        Ok(folder.join(name))
    }

    /// Writes one of the files that tell what the run was, for which room is kept on the disk.
    fn write_small(&self, name: &str, bytes: &[u8]) -> Result<(), RecordError> {
        self.reserve.spend(|| {
            self.list.add(name)?;
            atomic::write_where(self.path.join(name), bytes, || self.check_in_place())
        })
    }

    fn check_in_place(&self) -> Result<(), RecordError> {
        if self.is_in_place() {
            return Ok(());
        }
        Err(RecordError::io(&self.path, "cannot be written to")(has_gone()))
    }
}

/// Makes an existing folder ready for a run, or says why it cannot be; whether files were removed by their names alone.
fn make_room(folder: &Path, overwrite: Overwrite) -> Result<bool, RecordError> {
    let (listed, by_names) = match ListedFiles::read(folder)? {
        Some(listed) => (Some(listed), false),
        None => (unlisted::find(folder)?, true),
    };
    if let Some(found) = listed.as_ref().map(|listed| listed.kind).filter(|kind| *kind != FolderKind::Run) {
        return Err(RecordError::OtherKind { path: folder.to_path_buf(), found });
    }
    let files = listed.map(|listed| listed.files).unwrap_or_default();
    let rows = folder.join(PARTIAL_METRICS);
    let has_rows = files.contains(PARTIAL_METRICS) && rows.is_file();
    if has_rows && is_being_written(&rows) {
        return Err(RecordError::Busy(folder.to_path_buf()));
    }
    let leftovers = unlisted::leftovers(folder)?;
    if overwrite == Overwrite::Refuse {
        let mut entries = fs::read_dir(folder).map_err(RecordError::io(folder, "cannot be read"))?;
        let is_ours = |name: &str| name == FILE_LIST || leftovers.contains(name);
        let holds = entries.any(|entry| entry.map_or(true, |entry| !is_ours(&entry.file_name().to_string_lossy())));
        return match (holds, has_rows) {
            (true, true) => Err(RecordError::Unfinished { path: folder.to_path_buf(), rows }),
            (true, false) => Err(RecordError::NotEmpty(folder.to_path_buf())),
            (false, _) => Ok(false),
        };
    }
    // A file may be written at any time, a removal cannot be taken back: so all is looked at first.
    let mut written: BTreeSet<String> = TOPS.into_iter().chain(CHECKPOINTS).map(str::to_owned).collect();
    written.extend(["svg", "png"].map(|ending| format!("{FIGURES}/alignment.{ending}")));
    unlisted::collect(folder, SNAPSHOTS, unlisted::is_snapshot, &mut written)?;
    let is_there = |file: &String| fs::symlink_metadata(folder.join(file)).is_ok();
    if let Some(stranger) = written.iter().find(|file| !files.contains(*file) && is_there(file)) {
        return Err(RecordError::Stranger(folder.join(stranger)));
    }
    for part in [SNAPSHOTS, FIGURES].map(|part| folder.join(part)) {
        if part.exists() && !part.is_dir() {
            return Err(RecordError::NotAFolder(part));
        }
    }
    if files.contains(&format!("{TWIN}/{FILE_LIST}"))
        && let Some(twin) = ListedFiles::read(&folder.join(TWIN))?
    {
        twin.remove(&folder.join(TWIN))?;
    }
    let by_names = by_names && !files.is_empty();
    let files = files.into_iter().chain(leftovers).collect();
    ListedFiles { kind: FolderKind::Run, files }.remove(folder)?;
    Ok(by_names)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Files that a run writes more than once are replaced by their names, which may lead elsewhere by then.
    #[test]
    fn nothing_is_replaced_in_a_folder_that_took_the_place() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let path = scratch.path().join("run");
        let folder = RunFolder::create(&path, Overwrite::Refuse).expect("made");
        folder.write_config("first").expect("written");
        folder.write_config("second").expect("written");
        fs::rename(&path, scratch.path().join("elsewhere")).expect("moved");
        fs::create_dir(&path).expect("made");
        fs::write(path.join(CONFIG), "mine").expect("written");
        let error = folder.write_config("third").expect_err("another's folder").to_string();
        assert!(error.contains("removed or moved away"), "{error}");
        assert_eq!(fs::read_to_string(path.join(CONFIG)).expect("there"), "mine");
        assert_eq!(fs::read_dir(&path).expect("there").count(), 1, "nothing is left there");
    }
}
