//! Ways out of the program and in again: share strings, command lines, and opening whatever a user drops.

mod command_line;
mod difference;
mod open;
mod string;
mod value;

pub use command_line::{command_line, parse_intervention, path_word, shell_line};
pub use open::{OpenError, Opened, open_path, open_path_aloud};
pub use string::{decode, encode};

use crate::experiment::ConfigError;

/// A text that cannot be taken for an experiment.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// It does not begin as one.
    #[error("this is not a share string: it must begin with '{prefix}'", prefix = string::PREFIX)]
    Foreign,
    /// It is one of a later version.
    #[error("this share string begins with '{0}' and needs a newer Hebbscope; this one reads '{prefix}'", prefix = string::PREFIX)]
    Newer(String),
    /// It is too long.
    #[error("this share string holds more than {0} MB, which no experiment needs")]
    TooLarge(usize),
    /// Characters are missing or changed.
    #[error("this share string is incomplete or damaged ({0}): copy the whole of it")]
    Damaged(String),
    /// What it says has no meaning here.
    #[error("this share string cannot be used: {0}")]
    Content(String),
    /// It holds an experiment that is not allowed.
    #[error("this share string cannot be used: {0}")]
    Config(#[from] ConfigError),
    /// An argument of `--intervene` that cannot be read.
    #[error(
        "--intervene {0}: expected STEP:PATH=VALUE or STEP:PATH@LAYER=VALUE, such as \
             1000:regularizer.weight_decay=5e-3; {1}"
    )]
    Argument(String, String),
}
