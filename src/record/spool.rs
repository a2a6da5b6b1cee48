//! Rows of a run at full rate, in a temporary file without a name.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::error::RecordError;
use super::row::{Columns, Row};

/// Bytes gathered before they go to the system.
const BUFFER_BYTES: usize = 1 << 18;

/// Bytes of step, epoch and seed of a record; a 4-byte value for each column follows, NaN where undefined.
const KEY_BYTES: usize = 24;

/// Rows of a run at full rate on disk, in order of step, so that a run that was watched can be saved as a whole. The file
/// has no name and vanishes with the process.
///
/// When what is measured changes on the way, the columns do; each stretch has its own.
pub struct Spool {
    stretches: Vec<Stretch>,
    missing_from: Option<u64>,
    make: fn() -> std::io::Result<File>,
}

/// Records of the same columns.
struct Stretch {
    columns: Arc<Columns>,
    file: File,
    written: u64,
    buffer: Vec<u8>,
}

impl Spool {
    /// Without rows.
    #[must_use]
    pub fn new() -> Self {
        Self { stretches: Vec::new(), missing_from: None, make: tempfile::tempfile }
    }

    /// The first step whose rows are missing because they could not be written, if any are.
    #[must_use]
    pub fn missing_from(&self) -> Option<u64> {
        self.missing_from
    }

    /// Adds a row of these columns. After an error, further rows are passed over.
    ///
    /// # Errors
    /// When the system refuses, with the step from which on rows are missing; only once.
    pub fn push(&mut self, columns: &Arc<Columns>, row: &Row) -> Result<(), RecordError> {
        if self.missing_from.is_some() {
            return Ok(());
        }
        if self.stretches.last().is_none_or(|last| !Arc::ptr_eq(&last.columns, columns) && last.columns != *columns) {
            match (self.make)() {
                Ok(file) => {
                    let columns = Arc::clone(columns);
                    self.stretches.push(Stretch { columns, file, written: 0, buffer: Vec::new() });
                }
                Err(source) => return Err(self.end(row.step, source)),
            }
        }
        let Some(stretch) = self.stretches.last_mut() else { return Ok(()) };
        stretch.append(row);
        if stretch.buffer.len() < BUFFER_BYTES { Ok(()) } else { self.flush() }
    }

    /// Names of all columns: the present ones, then those that only earlier rows have.
    #[must_use]
    pub fn columns(&self) -> Columns {
        let mut names: Vec<String> = Vec::new();
        for stretch in self.stretches.iter().rev() {
            let fresh: Vec<_> = stretch.columns.names().iter().filter(|name| !names.contains(name)).cloned().collect();
            names.extend(fresh);
        }
        Columns::new(names)
    }

    /// Calls `f` with every row before step `until`, its values in the order of `columns`; a value that the row does not
    /// have is undefined.
    ///
    /// # Errors
    /// When the rows cannot be read back, or the first error of `f`.
    pub fn for_each(
        &mut self,
        columns: &Columns,
        until: u64,
        mut f: impl FnMut(Row) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        // What cannot be written now is missing, as `missing_from` tells; what lies in the file is read all the same.
        let _ = self.flush();
        for stretch in &mut self.stretches {
            let places: Vec<_> = columns.names().iter().map(|name| stretch.columns.index(name)).collect();
            let mut record = vec![0; stretch.record()];
            let mut left = stretch.written / record.len() as u64;
            stretch.file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
            let mut reader = BufReader::with_capacity(BUFFER_BYTES, &stretch.file);
            while left > 0 {
                reader.read_exact(&mut record).map_err(unreadable)?;
                left -= 1;
                let step = key(&record, 0);
                if step >= until {
                    return Ok(());
                }
                let values = places.iter().map(|place| place.and_then(|place| value(&record, place))).collect();
                f(Row { step, epoch: key(&record, 1), seed: key(&record, 2), values })?;
            }
        }
        Ok(())
    }

    /// Drops the rows from a step on. Where only those were missing, nothing is missing any more.
    ///
    /// # Errors
    /// When the rows cannot be read back.
    pub fn truncate_from(&mut self, step: u64) -> Result<(), RecordError> {
        let _ = self.flush();
        if self.missing_from.is_some_and(|missing| missing >= step) {
            self.missing_from = None;
        }
        while let Some(stretch) = self.stretches.last_mut() {
            stretch.truncate_from(step).map_err(unreadable)?;
            if stretch.written > 0 {
                break;
            }
            self.stretches.pop();
        }
        Ok(())
    }

    /// Adds all rows of another spool, which come after these.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub fn append(&mut self, mut other: Self) -> Result<(), RecordError> {
        let _ = other.flush();
        for stretch in std::mem::take(&mut other.stretches) {
            let columns = Arc::clone(&stretch.columns);
            let mut one = Self { stretches: vec![stretch], missing_from: None, make: other.make };
            one.for_each(&columns, u64::MAX, |row| self.push(&columns, &row))?;
        }
        self.missing_from = self.missing_from.or(other.missing_from);
        Ok(())
    }

    /// Writes out what is gathered.
    fn flush(&mut self) -> Result<(), RecordError> {
        if self.missing_from.is_some() {
            return Ok(());
        }
        for at in 0..self.stretches.len() {
            let stretch = &mut self.stretches[at];
            if let Err(source) = stretch.flush() {
                let from = key(&stretch.buffer, 0);
                return Err(self.end(from, source));
            }
        }
        Ok(())
    }

    fn end(&mut self, step: u64, source: std::io::Error) -> RecordError {
        self.missing_from = Some(step);
        self.stretches.iter_mut().for_each(|stretch| stretch.buffer = Vec::new());
        RecordError::Spool { step, folder: std::env::temp_dir(), source }
    }
}

impl Default for Spool {
    fn default() -> Self {
        Self::new()
    }
}

impl Stretch {
    fn record(&self) -> usize {
        KEY_BYTES + 4 * self.columns.names().len()
    }

    fn append(&mut self, row: &Row) {
        for number in [row.step, row.epoch, row.seed] {
            self.buffer.extend_from_slice(&number.to_le_bytes());
        }
        let width = self.columns.names().len();
        let values = row.values.iter().map(|value| value.unwrap_or(f32::NAN)).chain(std::iter::repeat(f32::NAN));
        for value in values.take(width) {
            self.buffer.extend_from_slice(&value.to_le_bytes());
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(&self.buffer)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn truncate_from(&mut self, step: u64) -> std::io::Result<()> {
        let record = self.record() as u64;
        let (mut low, mut high) = (0, self.written / record);
        while low < high {
            let middle = u64::midpoint(low, high);
            let mut bytes = [0; 8];
            self.file.seek(SeekFrom::Start(middle * record))?;
            self.file.read_exact(&mut bytes)?;
            if u64::from_le_bytes(bytes) < step {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.written = low * record;
        // Only gives back room: rows beyond `written` are never read.
        let _ = self.file.set_len(self.written);
        Ok(())
    }
}

/// The `place`-th of step, epoch and seed.
fn key(record: &[u8], place: usize) -> u64 {
    record.get(8 * place..8 * place + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn value(record: &[u8], column: usize) -> Option<f32> {
    let at = KEY_BYTES + 4 * column;
    let value = f32::from_le_bytes(record.get(at..at + 4)?.try_into().ok()?);
    Some(value).filter(|value| !value.is_nan())
}

fn unreadable(source: std::io::Error) -> RecordError {
    RecordError::Io { path: PathBuf::from("temporary file of the rows"), action: "cannot be read", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Arc<Columns> {
        Arc::new(Columns::new(names.iter().map(|name| (*name).to_owned()).collect()))
    }

    fn row(step: u64, seed: u64) -> Row {
        let values = vec![Some(step as f32), step.is_multiple_of(2).then_some(f32::MIN_POSITIVE), Some(-0.0)];
        Row { step, epoch: step / 7, seed, values }
    }

    fn rows(spool: &mut Spool, columns: &Columns, until: u64) -> Vec<Row> {
        let mut found = Vec::new();
        spool
            .for_each(columns, until, |row| {
                found.push(row);
                Ok(())
            })
            .expect("readable");
        found
    }

    #[test]
    fn rows_come_back_and_end_where_they_are_cut() {
        let names = columns(&["a", "b", "c"]);
        let mut spool = Spool::new();
        // More than one buffer: 36 bytes a row.
        let all: Vec<Row> = (0..10_000).flat_map(|step| [row(step, 4), row(step, 5)]).collect();
        all.iter().for_each(|row| spool.push(&names, row).expect("written"));
        assert_eq!(rows(&mut spool, &names, u64::MAX), all);
        assert_eq!(rows(&mut spool, &names, 3), all[..6]);
        for step in [9_999, 5_001, 1] {
            spool.truncate_from(step).expect("cut");
            assert_eq!(rows(&mut spool, &names, u64::MAX), all[..2 * step as usize]);
        }
        spool.push(&names, &row(1, 4)).expect("written");
        assert_eq!(rows(&mut spool, &names, u64::MAX), all[..3]);
        spool.truncate_from(0).expect("cut");
        assert!(rows(&mut spool, &names, u64::MAX).is_empty());
    }

    #[test]
    fn columns_may_change_on_the_way() {
        let (three, two) = (columns(&["a", "b", "c"]), columns(&["c", "d"]));
        let mut spool = Spool::new();
        spool.push(&three, &row(0, 1)).expect("written");
        let late = Row { step: 1, epoch: 0, seed: 1, values: vec![Some(7.0), Some(8.0)] };
        spool.push(&two, &late).expect("written");
        let all = spool.columns();
        assert_eq!(all.names(), ["c", "d", "a", "b"]);
        let found: Vec<_> = rows(&mut spool, &all, u64::MAX).into_iter().map(|row| row.values).collect();
        let first = vec![Some(-0.0), None, Some(0.0), Some(f32::MIN_POSITIVE)];
        assert_eq!(found, [first, vec![Some(7.0), Some(8.0), None, None]]);
        let mut whole = Spool::new();
        whole.append(spool).expect("copied");
        assert_eq!(whole.columns(), all);
        whole.truncate_from(1).expect("cut");
        assert_eq!(whole.columns(), *three);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_ends_the_spool_once_and_names_the_step() {
        let full = || std::fs::OpenOptions::new().read(true).write(true).open("/dev/full");
        let names = columns(&["a", "b", "c"]);
        let mut spool = Spool { make: full, ..Spool::new() };
        let failures: Vec<_> = (5..20_000).filter_map(|step| spool.push(&names, &row(step, 0)).err()).collect();
        assert_eq!(failures.len(), 1);
        assert!(failures[0].to_string().contains("from step 5 on"), "{}", failures[0]);
        assert_eq!(spool.missing_from(), Some(5));
        spool.truncate_from(6).expect("nothing to cut");
        assert_eq!(spool.missing_from(), Some(5));
        spool.truncate_from(5).expect("nothing to cut");
        assert_eq!(spool.missing_from(), None);
    }
}
