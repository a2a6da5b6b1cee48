//! `metrics.csv`: one row per measured step and seed.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::atomic::AtomicFile;
use super::error::RecordError;
use super::row::{Columns, Row};

/// Bytes gathered before they go to the system.
const BUFFER_BYTES: usize = 1 << 18;

/// Streams rows to a temporary file that becomes `metrics.csv` when finished, and vanishes when dropped before.
///
/// Numbers have the fewest digits that read back as the same value. Undefined values, and those that are not finite, are
/// empty cells.
pub struct MetricsCsv {
    writer: csv::Writer<AtomicFile>,
    columns: usize,
    path: PathBuf,
    cell: Vec<u8>,
}

impl MetricsCsv {
    /// Begins `metrics.csv` in an existing folder.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn create(folder: &Path, columns: &Columns) -> Result<Self, RecordError> {
        let path = folder.join("metrics.csv");
        let file = AtomicFile::create(path.clone())?;
        let writer = csv::WriterBuilder::new().buffer_capacity(BUFFER_BYTES).from_writer(file);
        let mut csv = Self { writer, columns: columns.names().len(), path, cell: Vec::new() };
        let names = columns.names().iter().map(String::as_str);
        let header = ["step", "epoch", "seed"].into_iter().chain(names);
        csv.writer.write_record(header).map_err(|error| csv.failure(error))?;
        Ok(csv)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the row does not fit the columns, or the disk is full.
    pub fn push(&mut self, row: &Row) -> Result<(), RecordError> {
        if row.values.len() != self.columns {
            let path = self.path.clone();
            return Err(RecordError::RowLength { path, expected: self.columns, found: row.values.len() });
        }
        self.record(row).map_err(|error| self.failure(error))
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// When the disk is full or the folder has gone.
    pub fn finish(self) -> Result<(), RecordError> {
        let path = self.path;
        let file = self.writer.into_inner().map_err(|error| {
            let source = error.error();
            RecordError::io(&path, "cannot be written")(std::io::Error::new(source.kind(), source.to_string()))
        })?;
        file.commit()
    }

    fn record(&mut self, row: &Row) -> Result<(), csv::Error> {
        for number in [row.step, row.epoch, row.seed] {
            self.cell.clear();
            write!(self.cell, "{number}")?;
            self.writer.write_field(&self.cell)?;
        }
        for value in &row.values {
            self.cell.clear();
            if let Some(value) = value.filter(|value| value.is_finite()) {
                // Debug, unlike Display, writes 1e-30 and not thirty zeros.
                write!(self.cell, "{value:?}")?;
            }
            self.writer.write_field(&self.cell)?;
        }
        self.writer.write_record(None::<&[u8]>)
    }

    fn failure(&self, error: csv::Error) -> RecordError {
        RecordError::io(&self.path, "cannot be written")(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Columns {
        Columns::new(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn numbers_read_back_and_undefined_is_empty() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut csv = MetricsCsv::create(folder.path(), &columns(&["a", "b", "c", "d"])).expect("created");
        let values = vec![Some(0.1), None, Some(1.0e-30), Some(-16_777_216.0)];
        csv.push(&Row { step: 0, epoch: 1, seed: u64::MAX, values }).expect("written");
        let values = vec![Some(f32::NAN), Some(f32::INFINITY), Some(-0.0), Some(f32::MIN_POSITIVE)];
        csv.push(&Row { step: 3, epoch: 0, seed: 2, values }).expect("written");
        csv.finish().expect("finished");
        let text = std::fs::read_to_string(folder.path().join("metrics.csv")).expect("there");
        let expected = "step,epoch,seed,a,b,c,d\n\
                        0,1,18446744073709551615,0.1,,1e-30,-16777216.0\n\
                        3,0,2,,,-0.0,1.1754944e-38\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn row_of_another_length_is_refused_and_leaves_the_file_whole() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut csv = MetricsCsv::create(folder.path(), &columns(&["a"])).expect("created");
        let wrong = Row { step: 0, epoch: 0, seed: 0, values: vec![None, None] };
        let message = csv.push(&wrong).expect_err("refused").to_string();
        assert!(message.contains("metrics.csv: a row of 2 values for 1 columns"), "{message}");
        csv.push(&Row { values: vec![Some(2.0)], ..wrong }).expect("written");
        csv.finish().expect("finished");
        let text = std::fs::read_to_string(folder.path().join("metrics.csv")).expect("there");
        assert_eq!(text, "step,epoch,seed,a\n0,0,0,2.0\n");
    }
}
