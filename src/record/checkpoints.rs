//! Checkpoints in a run folder, and how a run that was cut short goes on in it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atomic;
use super::claim::Claim;
use super::error::RecordError;
use super::file_list::{FileList, FolderKind, ListedFiles};
use super::metrics_csv::{METRICS, MetricsCsv, PARTIAL_METRICS, each_row};
use super::partial::is_being_written;
use super::reserve::Reserve;
use super::row::{Columns, Row};
use super::run_folder::{RunFolder, SUMMARY};
use super::summary::Summary;
use super::unlisted;
use crate::input_file;

/// How many checkpoints of a run under way are kept.
pub const CHECKPOINT_SLOTS: usize = 3;

/// Their names, in turns, and that of a run that has ended: names that say no step, so that the list of a run's files is
/// the same however often it was cut short.
pub(super) const CHECKPOINTS: [&str; CHECKPOINT_SLOTS + 1] =
    ["checkpoint.0", "checkpoint.1", "checkpoint.2", "checkpoint.end"];

const END: &str = CHECKPOINTS[CHECKPOINT_SLOTS];

/// Most bytes of `summary.json`.
const MOST_SUMMARY: u64 = 64 << 20;

/// How much of a run folder belongs to a checkpoint; what follows is of later steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderMark {
    /// Bytes of the rows.
    pub rows: u64,
    /// Bytes of the list of files.
    pub listed: u64,
}

impl RunFolder {
    /// Lists the checkpoints that may be written.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin_checkpoints(&self) -> Result<(), RecordError> {
        CHECKPOINTS.iter().try_for_each(|name| self.list.add(name))
    }

    /// Where a checkpoint on the way lies, by its turn.
    #[must_use]
    pub fn checkpoint(&self, turn: usize) -> PathBuf {
        self.path.join(CHECKPOINTS[turn % CHECKPOINT_SLOTS])
    }

    /// Where the checkpoint of the end of the run lies.
    #[must_use]
    pub fn last_checkpoint(&self) -> PathBuf {
        self.path.join(END)
    }

    /// Where a run folder has the checkpoint of the run's end.
    #[must_use]
    pub fn end_in(folder: &Path) -> PathBuf {
        folder.join(END)
    }

    /// Where a run folder has its rows.
    #[must_use]
    pub fn rows_in(folder: &Path) -> PathBuf {
        folder.join(METRICS)
    }

    /// Makes the rows durable, and says how much of the folder belongs to a checkpoint that is made now.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn mark(&self, rows: &mut MetricsCsv) -> Result<FolderMark, RecordError> {
        Ok(FolderMark { rows: rows.secure()?, listed: self.list.bytes()? })
    }

    /// Removes the checkpoints on the way, once the run has ended.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn drop_checkpoints(&self) -> Result<(), RecordError> {
        for name in &CHECKPOINTS[..CHECKPOINT_SLOTS] {
            let path = self.path.join(name);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(RecordError::io(&path, "cannot be removed")(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The checkpoints of a run folder that are there, in no particular order.
    #[must_use]
    pub fn checkpoints_in(folder: &Path) -> Vec<PathBuf> {
        CHECKPOINTS.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect()
    }

    /// Whether a folder has the rows of a run up to a mark.
    #[must_use]
    pub fn reaches(folder: &Path, mark: FolderMark) -> bool {
        let length = |name: &str| std::fs::metadata(folder.join(name)).ok().map(|about| about.len());
        length(PARTIAL_METRICS).or_else(|| length(METRICS)).is_some_and(|length| length >= mark.rows)
    }

    /// `summary.json` of a run folder; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is no summary.
    pub fn summary_in(folder: &Path) -> Result<Option<Summary>, RecordError> {
        let path = folder.join(SUMMARY);
        if !path.exists() {
            return Ok(None);
        }
        let text = input_file::read_text(&path, MOST_SUMMARY).map_err(RecordError::io(&path, "cannot be read"))?;
        let wrong = |error: serde_json::Error| RecordError::Line {
            path: path.clone(),
            line: error.line(),
            message: error.to_string(),
        };
        serde_json::from_str(&text).map(Some).map_err(wrong)
    }

    /// Says why no run can go on in a folder: it is another kind's, or another process writes there.
    ///
    /// # Errors
    /// That.
    pub fn check_idle(folder: &Path) -> Result<(), RecordError> {
        if !folder.is_dir() {
            return Err(RecordError::NotAFolder(folder.to_path_buf()));
        }
        // A run that another process is just beginning has no list yet.
        Claim::take(folder)?;
        match ListedFiles::read(folder)?.map(|listed| listed.kind) {
            Some(FolderKind::Run) => {}
            Some(found) => return Err(RecordError::OtherKind { path: folder.to_path_buf(), found }),
            None => return Err(RecordError::NoRun(folder.to_path_buf())),
        }
        let rows = folder.join(PARTIAL_METRICS);
        if rows.is_file() && is_being_written(&rows) {
            return Err(RecordError::Busy(folder.to_path_buf()));
        }
        Ok(())
    }

    /// Hands out the rows of a run folder up to a mark, in their order; nothing is changed.
    ///
    /// # Errors
    /// When they cannot be read or are none of these columns, or the first of `sink`.
    pub fn rows_up_to(
        folder: &Path,
        mark: FolderMark,
        columns: &Columns,
        sink: impl FnMut(Row) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        let partial = folder.join(PARTIAL_METRICS);
        let path = if partial.exists() { partial } else { folder.join(METRICS) };
        each_row(&path, mark.rows, columns, sink)
    }

    /// Takes a folder up where a checkpoint was made: what was written later is removed.
    ///
    /// # Errors
    /// When the system refuses; the same can be tried again then.
    pub fn take_up(folder: &Path, mark: FolderMark, columns: &Columns) -> Result<(Self, MetricsCsv), RecordError> {
        Self::check_idle(folder)?;
        let claim = Claim::take(folder)?;
        atomic::probe(folder)?;
        let reserve = Reserve::take(folder)?;
        let list = FileList::open(folder, FolderKind::Run)?;
        // Locked first: two that go on at once must not both cut.
        let rows = MetricsCsv::take_up(folder, columns, mark.rows)?;
        for leftover in unlisted::leftovers(folder)? {
            let path = folder.join(leftover);
            std::fs::remove_file(&path).map_err(RecordError::io(&path, "cannot be removed"))?;
        }
        list.forget_after(mark.listed)?;
        Ok((Self { path: folder.to_path_buf(), list, reserve, went_by_names: false, claim }, rows))
    }
}
