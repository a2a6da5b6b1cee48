//! What can be wrong with a tour's file.

use std::path::PathBuf;

use crate::experiment::ConfigError;

/// A tour that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TourError {
    /// The file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line does not follow the format, or names something that there is not.
    #[error("{file}:{line}: {message}")]
    Line {
        /// Name of the tour or path of its file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong, and what is allowed.
        message: String,
    },
}

/// What an experiment's error says, without the command line's word for where the value came from.
pub(super) fn config_message(error: ConfigError) -> String {
    match error {
        ConfigError::Field { field, message, .. } => format!("{field}: {message}"),
        other => other.to_string(),
    }
}
