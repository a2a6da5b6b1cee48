//! What can go wrong when a run is written or read, in words that name the path and the cause.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::file_list::FolderKind;

/// A run that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The system refused to read or write.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What was tried, as in 'cannot be created'.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The run folder holds something already.
    #[error("{}: exists and is not empty; choose another folder or overwrite the run in it with --force", .0.display())]
    NotEmpty(PathBuf),
    /// The run in the folder did not come to its end.
    #[error(
        "{}: holds a run that did not come to its end: its rows are in {}; choose another folder, or overwrite that run \
         with --force",
        path.display(),
        rows.display()
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
        /// Where the rows are that it left.
        rows: PathBuf,
    },
    /// The run in the folder is not over.
    #[error("{}: another process is writing a run there; choose another folder", .0.display())]
    Busy(PathBuf),
    /// There is no run in the folder.
    #[error("{}: holds no run; without --resume one begins there", .0.display())]
    NoRun(PathBuf),
    /// The folder holds something of another kind.
    #[error("{}: is the folder of {}; choose another folder", path.display(), found.words())]
    OtherKind {
        /// The folder.
        path: PathBuf,
        /// What it holds.
        found: FolderKind,
    },
    /// A file that somebody else wrote has the name of one that is to be written.
    #[error(
        "{}: stands in no list of what this program wrote and would be overwritten; move it away, or choose another folder",
        .0.display()
    )]
    Stranger(PathBuf),
    /// One of several files that belong together is there already, and was not asked about.
    #[error("{}: is there already and would be overwritten; choose another name", .0.display())]
    Occupied(PathBuf),
    /// A folder that was given up holds what somebody else put there.
    #[error(
        "{}: holds '{found}', which this program did not write: the folder stays, and what was the program's is removed",
        folder.display()
    )]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// A file or folder in it, by its path there.
        found: String,
    },
    /// The run folder's path belongs to a file.
    #[error("{}: is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// A line of a file cannot be used.
    #[error("{}, line {line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong and what is allowed.
        message: String,
    },
    /// A row does not fit the columns of its file.
    #[error("{}: a row of {found} values for {expected} columns", path.display())]
    RowLength {
        /// The file.
        path: PathBuf,
        /// Columns of the file.
        expected: usize,
        /// Values of the row.
        found: usize,
    },
    /// The file of the rows cannot be written.
    #[error(
        "rows from step {step} on are missing at full rate (the curves are not): the file in {} cannot be written: \
         {source}",
        folder.display()
    )]
    Spool {
        /// First step whose rows are missing.
        step: u64,
        /// Where it lies.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A person has ended it on its way.
    #[error("cancelled; no file was written")]
    GivenUp,
    /// A value has no form in JSON.
    #[error("{}: has no JSON form: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the serializer said.
        source: serde_json::Error,
    },
    /// The Parquet writer failed.
    #[error("{}: cannot be written as Parquet: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: parquet::errors::ParquetError,
    },
    /// The writer of array archives failed.
    #[error("{}: cannot be written as an array archive: {source}", path.display())]
    Npz {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: ndarray_npy::WriteNpzError,
    },
    /// A file is no array archive of a snapshot, or a damaged one.
    #[error("{}: is not a snapshot of Hebbscope (an .npz as in a run's folder 'snapshots'): {message}", path.display())]
    NoSnapshot {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        message: String,
    },
    /// A file is no checkpoint, or one that nothing can go on from.
    #[error("{}: is not a checkpoint that a run can go on from: {message}", path.display())]
    NoCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        message: String,
    },
    /// A curve is wanted of a column that the run does not have.
    #[error("no column '{0}' among the metrics of this run")]
    NoColumn(String),
    /// A figure could not be drawn.
    #[error("figure '{title}' cannot be drawn: {message}")]
    Figure {
        /// The figure's title.
        title: String,
        /// What the drawing library said.
        message: String,
    },
}

impl RecordError {
    /// Whether the disk, or what one may use of it, is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
            if matches!(kind, Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) {
                return true;
            }
            cause = error.source();
        }
        false
    }

    /// For `map_err` on calls of the system.
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), action, source }
    }
}
