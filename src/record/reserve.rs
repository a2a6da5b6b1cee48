//! Room on the disk that is kept for the last words of a run.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::RecordError;

/// More than configuration, interventions and summary together usually have.
const BYTES: usize = 64 << 10;

/// A file without a name that holds some room on the disk until it is needed.
#[derive(Clone, Debug)]
pub(crate) struct Reserve {
    file: Arc<Mutex<Option<File>>>,
}

impl Reserve {
    /// Takes room in a folder.
    pub(crate) fn take(folder: &Path) -> Result<Self, RecordError> {
        let held = tempfile::tempfile_in(folder).and_then(|mut file| {
            file.write_all(&vec![0; BYTES])?;
            Ok(file)
        });
        let file = held.map_err(RecordError::io(folder, "cannot be written to"))?;
        Ok(Self { file: Arc::new(Mutex::new(Some(file))) })
    }

    /// Gives the room back; whether it was still held.
    pub(crate) fn give_back(&self) -> bool {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }

    /// Writes something small, if need be in the room that was kept for it.
    pub(crate) fn spend<T>(&self, mut write: impl FnMut() -> Result<T, RecordError>) -> Result<T, RecordError> {
        match write() {
            Err(error) if error.is_full() && self.give_back() => write(),
            other => other,
        }
    }
}
