//! What can go wrong with a reproduction, in words that name the option, folder or file and what is allowed.

use std::path::PathBuf;

use crate::data::DataError;
use crate::experiment::ConfigError;
use crate::record::RecordError;
use crate::sweep::SweepError;
use crate::training::COMPUTATION;
use crate::training::TrainError;

/// A reproduction that cannot be begun, gone on with or reported.
#[derive(Debug, thiserror::Error)]
pub enum ReproduceError {
    /// An item that there is none of.
    #[error("{name}: no such item; there are all, {known}")]
    UnknownItem {
        /// What was asked for.
        name: String,
        /// All that there are.
        known: String,
    },
    /// The configuration is not allowed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data cannot be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A run cannot be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A sweep cannot be run or read.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The system refused.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder holds a reproduction, and nobody said what to do with it.
    #[error(
        "{}: holds a reproduction already; go on with --resume, write its report with --report, start anew with --force, \
         or choose another folder",
        .0.display()
    )]
    HasResults(PathBuf),
    /// The folder was begun with other options.
    #[error("{}: was begun as '{there}', and not as '{here}'; give the same options, or choose another folder", path.display())]
    OtherReproduction {
        /// The folder.
        path: PathBuf,
        /// The options that it was begun with.
        there: String,
        /// Those that were given.
        here: String,
    },
    /// The folder is no reproduction's.
    #[error("{}: is not the folder of a reproduction: it has no {}", .0.display(), super::folder::MANIFEST)]
    NoFolder(PathBuf),
    /// A record of a run cannot be used.
    #[error("{}: {message}", path.display())]
    Course {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A record of a version of the program that computes something else.
    #[error(
        "{}: was computed by version {found} of what a cell computes, and this program has version {COMPUTATION}; start anew \
         in another folder, or with --force",
        path.display()
    )]
    OtherComputation {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// More shards than there are cells and runs.
    #[error("--shard {index}/{count}: there are {units} cells and runs in all; at most one shard each")]
    TooManyShards {
        /// Which shard.
        index: usize,
        /// Of how many.
        count: usize,
        /// Cells and runs.
        units: usize,
    },
    /// A fault of this program in a run's thread.
    #[error("{what}: a fault of this program has stopped it: {words}; what is finished is kept")]
    Fault {
        /// Which run.
        what: String,
        /// What happened.
        words: String,
    },
}

impl ReproduceError {
    /// For `map_err` on calls of the system.
    pub(super) fn io(path: &std::path::Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), action, source }
    }
}
