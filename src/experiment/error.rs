//! What can be wrong with an experiment, in words that name the field, the value and what is allowed.

use std::path::PathBuf;

use crate::tables::TableError;

/// An experiment that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// EXPERIMENT is neither a preset nor a file.
    #[error("no experiment '{0}': neither a preset ({1}) nor a file{2}")]
    Unknown(String, String, String),
    /// The file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{origin}: not valid TOML: {message}")]
    Syntax {
        /// File or preset.
        origin: String,
        /// What the parser said, with line and column.
        message: String,
    },
    /// A field is unknown or of the wrong type.
    #[error("{origin}: {field}: {message}")]
    Field {
        /// File, preset or `--set`.
        origin: String,
        /// Dotted path.
        field: String,
        /// What is wrong and what is allowed.
        message: String,
    },
    /// A `--set` without `=`.
    #[error("--set {0}: expected path.to.field=value, such as regularizer.weight_decay=5e-3")]
    Assignment(String),
    /// Own data that cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A value is out of its range or does not fit the others.
    #[error("{field} = {value}: {message}")]
    Value {
        /// Dotted path.
        field: String,
        /// The refused value.
        value: String,
        /// What is allowed.
        message: String,
    },
}

impl ConfigError {
    /// A value that is not allowed.
    pub fn value(field: impl Into<String>, value: impl std::fmt::Display, message: impl Into<String>) -> Self {
        Self::Value { field: field.into(), value: value.to_string(), message: message.into() }
    }
}
