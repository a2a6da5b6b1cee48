//! What can go wrong with a sweep, in words that name the file or field and what is allowed.

use std::path::PathBuf;

use crate::backend::gpu::GpuError;
use crate::experiment::ConfigError;
use crate::record::RecordError;
use crate::training::COMPUTATION;
use crate::training::TrainError;

/// A sweep that cannot be run, read or merged.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The experiment has no grid.
    #[error(
        "{0}: has no [sweep]; give sweep.x = \"path.of.a.field\" with sweep.x_from, sweep.x_to and sweep.x_points, or take \
         a preset that has one (fig4, fig5, fig7, fig8, fig13, fig14)"
    )]
    NoSweep(String),
    /// The configuration is not allowed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A cell cannot be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The graphics processor that was asked for cannot train.
    #[error(transparent)]
    Gpu(#[from] GpuError),
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
    /// The folder has results, and nobody said what to do with them.
    #[error("{}: holds results of a sweep already; go on with --resume, start anew with --force, or choose another folder", .0.display())]
    HasResults(PathBuf),
    /// The folder is of another sweep.
    #[error(
        "{}: is the folder of another sweep: {differing}; give what was given there, or choose another folder",
        path.display()
    )]
    OtherSweep {
        /// The folder.
        path: PathBuf,
        /// Fields that differ, with the value there and the one that is asked for.
        differing: String,
    },
    /// Results of a version of the program whose cells compute something else.
    #[error(
        "{}: its cells were computed by version {found} of what a cell computes, and this program has version {COMPUTATION}: \
         they can be shown and merged, but not added to; start anew in another folder, or with --force",
        path.display()
    )]
    OtherComputation {
        /// The folder.
        path: PathBuf,
        /// Version of its results.
        found: u32,
    },
    /// The folder is no sweep's.
    #[error("{}: is not the folder of a sweep: it has no config.toml with a section [sweep]", .0.display())]
    NoFolder(PathBuf),
    /// I/N that is none.
    #[error("--shard {0}: must be I/N with I from 0 to N-1 and N up to 100000, such as 0/8")]
    Shard(String),
    /// Force beside other shards.
    #[error("--force: would remove what other shards have done; remove the folder, or leave --shard out")]
    ForcedShard,
    /// A journal or shard file is of another form.
    #[error("{}, line {line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// More shards than cells.
    #[error("--shard {index}/{count}, --shards {count}: the sweep has {cells} cells; at most one shard a cell")]
    TooManyShards {
        /// Which shard.
        index: usize,
        /// Shards in all.
        count: usize,
        /// Cells to share.
        cells: usize,
    },
    /// The system refused a thread.
    #[error("cannot start a thread to train on: {0}")]
    Thread(std::io::Error),
    /// What a cell came to cannot be written.
    #[error(
        "{cells}: is trained, but its weights cannot be kept (sweep.keep = \"weights\"): {words}; what was finished before is kept"
    )]
    Unkept {
        /// The cell, in words.
        cells: String,
        /// What the system refused.
        words: String,
    },
    /// Something in a thread that trained has failed that is no fault of the input.
    #[error("{cells}: training broke down: {words}; what is finished is kept")]
    Fault {
        /// What was in training, in words.
        cells: String,
        /// What happened.
        words: String,
    },
}

impl SweepError {
    /// For `map_err` on calls of the system.
    pub(super) fn io(path: &std::path::Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), action, source }
    }
}
