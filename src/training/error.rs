//! Why a run cannot start.

use crate::data::DataError;
use crate::experiment::ConfigError;

/// Why a run cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The examples cannot be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The system refused threads.
    #[error("cannot start {threads} worker threads: {source}")]
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
        "training.seeds = {seeds}, data.train_examples = {examples}: buffers and examples need {gibibytes:.1} GiB, \
         {free:.1} GiB are free; use fewer seeds or examples, or narrower layers"
    )]
    TooManySeeds {
        /// How many.
        seeds: usize,
        /// Training examples.
        examples: usize,
        /// Needed.
        gibibytes: f64,
        /// Free.
        free: f64,
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
