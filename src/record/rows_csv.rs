//! Rows at full rate as a file of their own, with headings in words.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::atomic::AtomicFile;
use super::error::RecordError;
use super::metrics_csv::encode;
use super::row::Row;

/// Bytes gathered before they go to the system.
const BUFFER_BYTES: usize = 1 << 18;

/// A table of rows under way; it takes its name when it is finished, and leaves nothing when it is dropped before.
///
/// Numbers have the fewest digits that read back as the same value. Undefined values, and those that are not finite, are
/// empty cells.
pub struct RowsCsv {
    file: AtomicFile,
    lines: Vec<u8>,
    path: PathBuf,
}

impl RowsCsv {
    /// Begins a table of step, epoch, seed and what the headings say; folders above it are made where they are missing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(path: &Path, headings: &[String]) -> Result<Self, RecordError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(RecordError::io(folder, "cannot be created"))?;
        }
        let file = AtomicFile::create(path.to_path_buf())?;
        let cells = ["step", "epoch", "seed"].into_iter().chain(headings.iter().map(String::as_str));
        let lines = super::exhibit_csv::block(&[cells.map(str::to_owned).collect()]).into_bytes();
        Ok(Self { file, lines, path: path.to_path_buf() })
    }

    /// Bytes of a row.
    #[must_use]
    pub fn bytes_of(row: &Row) -> usize {
        let mut line = Vec::new();
        // Writing to memory does not fail.
        let _ = encode(&mut line, row);
        line.len()
    }

    /// Adds a row, whose values are those of the headings.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn push(&mut self, row: &Row) -> Result<(), RecordError> {
        // Writing to memory does not fail.
        let _ = encode(&mut self.lines, row);
        if self.lines.len() >= BUFFER_BYTES { self.pass_on() } else { Ok(()) }
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.pass_on()?;
        self.file.commit()
    }

    fn pass_on(&mut self) -> Result<(), RecordError> {
        self.file.write_all(&self.lines).map_err(RecordError::io(&self.path, "cannot be written"))?;
        self.lines.clear();
        Ok(())
    }
}
