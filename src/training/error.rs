//! Why a run cannot start.

use crate::data::DataError;
use crate::experiment::ConfigError;
use crate::record::RecordError;

/// Why a run cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The examples cannot be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A checkpoint cannot be read, or nothing can go on from it.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The system refused threads.
    #[error("cannot start {threads} worker threads: {source}; --threads 1 needs none")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// What the system said.
        source: rayon::ThreadPoolBuildError,
    },
    /// The experiment needs more memory than a replica may have.
    #[error(
        "model.hidden = {hidden:?}: one seed needs {gibibytes:.1} GiB of buffers, allowed are {allowed}; use narrower \
         layers or a smaller training.batch_size"
    )]
    Memory {
        /// Hidden widths.
        hidden: Vec<usize>,
        /// Needed.
        gibibytes: f64,
        /// Allowed.
        allowed: f64,
    },
    /// All seeds together need more memory than is free.
    #[error(
        "training.seeds = {seeds}, data.train_examples = {examples}: {what} needs {needed:.1} GiB of memory \
         ({networks:.1} for networks, {data:.1} for examples, {rows:.1} for what is measured), and {free:.1} GiB are \
         free {bound}; use fewer seeds or examples, or narrower layers"
    )]
    TooManySeeds {
        /// The run, or its twin.
        what: &'static str,
        /// How many.
        seeds: usize,
        /// Training examples.
        examples: usize,
        /// Needed, in GiB.
        needed: f64,
        /// Of which for networks.
        networks: f64,
        /// For examples.
        data: f64,
        /// For rows.
        rows: f64,
        /// Free, in GiB.
        free: f64,
        /// What bounds it, in words.
        bound: &'static str,
    },
    /// A recorded change that cannot be made.
    #[error("intervention at step {step}: {source}")]
    Intervention {
        /// Its step.
        step: u64,
        /// Why not.
        source: Box<TrainError>,
    },
}
