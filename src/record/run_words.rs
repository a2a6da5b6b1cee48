//! What a person has said of a run: it lies beside the run's checkpoints in the user's cache folder, and outlives the window
//! with them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::atomic::write_file;
use super::error::RecordError;
use crate::input_file;

/// Longest file that is read: names and notes are short.
const MAX_BYTES: u64 = 64 << 10;

/// Name and note of a run; both empty where nobody has said anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunWords {
    /// A name in place of the experiment's.
    pub name: String,
    /// A remark.
    pub note: String,
    /// Whether the run stays however many come after it.
    pub is_kept: bool,
}

impl RunWords {
    /// Reads them; what cannot be read says nothing.
    pub(super) fn read(path: &Path) -> Self {
        let bytes = input_file::read(path, MAX_BYTES).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Writes them, whole or not at all; where there is nothing to say, there is no file.
    pub(super) fn write(&self, path: &Path) -> Result<(), RecordError> {
        if *self == Self::default() {
            return match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(RecordError::io(path, "cannot be removed")(error))
                }
                _ => Ok(()),
            };
        }
        // Two texts and a truth value are always JSON.
        write_file(path, &serde_json::to_vec(self).unwrap_or_default())
    }
}
