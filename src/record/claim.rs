//! Who writes a run into a folder: one process at a time.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use super::error::RecordError;
use super::in_place::leads_to;

/// The right to write a run into a folder, as long as it or a clone of it lives.
///
/// The folder itself is locked, as nothing in it is there before somebody writes it, and what is there may be removed.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// Absent where a file system locks no folders, or a system opens none: then two that begin at once meet at the rows,
    /// of which only one can be made.
    lock: Option<Arc<File>>,
}

impl Claim {
    /// Claims an existing folder.
    ///
    /// # Errors
    /// When another process has it.
    pub(super) fn take(folder: &Path) -> Result<Self, RecordError> {
        let Ok(file) = File::open(folder) else { return Ok(Self { lock: None }) };
        match file.try_lock() {
            Ok(()) => Ok(Self { lock: Some(Arc::new(file)) }),
            Err(TryLockError::WouldBlock) => Err(RecordError::Busy(folder.to_path_buf())),
            Err(TryLockError::Error(_)) => Ok(Self { lock: None }),
        }
    }

    /// Whether the folder is still where it was claimed.
    pub(super) fn is_of(&self, folder: &Path) -> bool {
        self.lock.as_ref().map_or_else(|| folder.is_dir(), |lock| leads_to(folder, lock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_is_claimed_once_and_given_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = Claim::take(folder.path()).expect("free");
        let clone = first.clone();
        drop(first);
        let error = Claim::take(folder.path()).expect_err("taken").to_string();
        assert!(error.contains("another process is writing a run there"), "{error}");
        drop(clone);
        Claim::take(folder.path()).expect("free again");
    }
}
