//! What can be wrong with a table.

use std::path::{Path, PathBuf};

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something in it is not allowed.
    #[error("{}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Where it is, what was found, and what is allowed.
        message: String,
    },
}

impl TableError {
    /// A system error on `path`.
    pub(super) fn read(path: &Path) -> impl Fn(std::io::Error) -> Self + use<'_> {
        move |source| Self::Read { path: path.to_path_buf(), source }
    }

    /// Something that is not allowed in `path`.
    pub(super) fn content(path: &Path, message: impl Into<String>) -> Self {
        Self::Content { path: path.to_path_buf(), message: message.into() }
    }
}
