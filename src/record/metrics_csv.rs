//! `metrics.csv`: one row per measured step and seed.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::RecordError;
use super::intervention::Intervention;
use super::metric_store::MetricStore;
use super::partial::PartialFile;
use super::row::{Columns, Row};
use crate::input_file::Lines;

/// Bytes gathered before they go to the system.
const BUFFER_BYTES: usize = 1 << 18;
/// Longest time that a row waits before it goes to the system.
const PATIENCE: Duration = Duration::from_secs(1);
/// Name of the rows of a run that is finished.
pub(super) const METRICS: &str = "metrics.csv";
/// Name of the rows of a run that is not finished.
pub const PARTIAL_METRICS: &str = "metrics.partial.csv";
/// Seeds that an experiment may have at most, which bounds what a file can ask for.
const MAX_SEEDS: usize = 65_536;

/// Curves of all seeds that a file can ask for.
const MAX_CURVES: usize = 1 << 23;

/// Memory that the curves of a file may take: those of a table of commas take a thousand times its length.
const MAX_BYTES: usize = 4 << 30;

/// Streams rows to `metrics.partial.csv`, which becomes `metrics.csv` when finished. Dropped before, or after a kill, it
/// stays under its first name, with the whole rows that reached the disk; rows wait for that a second at most.
///
/// Numbers have the fewest digits that read back as the same value. Undefined values, and those that are not finite, are
/// empty cells.
pub struct MetricsCsv {
    rows: PartialFile,
    columns: usize,
    /// Whole lines that are not with the system yet.
    lines: Vec<u8>,
    passed_on: Instant,
}

impl MetricsCsv {
    /// Begins `metrics.csv` in an existing folder.
    ///
    /// # Errors
    /// When the folder cannot be written to, or holds rows that were not finished.
    pub fn create(folder: &Path, columns: &Columns) -> Result<Self, RecordError> {
        let rows = PartialFile::create(folder.join(PARTIAL_METRICS), folder.join(METRICS))?;
        let names = columns.names().iter().map(String::as_str);
        let mut header = csv::Writer::from_writer(Vec::with_capacity(2 * BUFFER_BYTES));
        let lines = header
            .write_record(["step", "epoch", "seed"].into_iter().chain(names))
            .map_err(std::io::Error::from)
            .and_then(|()| header.into_inner().map_err(csv::IntoInnerError::into_error))
            .map_err(RecordError::io(rows.path(), "cannot be written"))?;
        Ok(Self { rows, columns: columns.names().len(), lines, passed_on: Instant::now() })
    }

    /// Takes up the rows that an earlier process left in a folder, the first `bytes` of them.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn take_up(folder: &Path, columns: &Columns, bytes: u64) -> Result<Self, RecordError> {
        let rows = PartialFile::take_up(folder.join(PARTIAL_METRICS), folder.join(METRICS), bytes)?;
        Ok(Self { rows, columns: columns.names().len(), lines: Vec::new(), passed_on: Instant::now() })
    }

    /// Makes the rows that were added so far durable; bytes of the file.
    ///
    /// # Errors
    /// When the disk is full or the folder has gone.
    pub fn secure(&mut self) -> Result<u64, RecordError> {
        self.pass_on()?;
        self.rows.secure()
    }

    /// Where the rows are until they are finished.
    #[must_use]
    pub fn partial_path(&self) -> &Path {
        self.rows.path()
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the row does not fit the columns, or the disk is full. The rows that did fit stay in the file.
    pub fn push(&mut self, row: &Row) -> Result<(), RecordError> {
        if row.values.len() != self.columns {
            let path = self.rows.target().to_path_buf();
            return Err(RecordError::RowLength { path, expected: self.columns, found: row.values.len() });
        }
        encode(&mut self.lines, row).map_err(RecordError::io(self.rows.path(), "cannot be written"))?;
        if self.lines.len() >= BUFFER_BYTES || self.passed_on.elapsed() >= PATIENCE {
            self.pass_on()?;
        }
        Ok(())
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// When the disk is full or the folder has gone.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.pass_on()?;
        self.rows.finish()
    }

    fn pass_on(&mut self) -> Result<(), RecordError> {
        self.passed_on = Instant::now();
        self.rows.append_lines(&mut self.lines)
    }
}

/// Adds a row as a line.
pub(super) fn encode(lines: &mut Vec<u8>, row: &Row) -> std::io::Result<()> {
    write!(lines, "{},{},{}", row.step, row.epoch, row.seed)?;
    for value in &row.values {
        lines.push(b',');
        if let Some(value) = value.filter(|value| value.is_finite()) {
            // Debug, unlike Display, writes 1e-30 and not thirty zeros.
            write!(lines, "{value:?}")?;
        }
    }
    lines.push(b'\n');
    Ok(())
}

impl Drop for MetricsCsv {
    fn drop(&mut self) {
        // An error that ends a run must not take its last second with it. Whoever finishes leaves nothing here.
        if !self.lines.is_empty() {
            let _ = self.pass_on();
        }
    }
}

/// Reads `metrics.csv` into curves, row by row, so that memory stays bounded however long the run; or, of a run that did not
/// come to its end, the whole rows of `metrics.partial.csv`.
///
/// # Errors
/// When the file cannot be read or is no such table, and, naming the line, when a row has too few or too many cells or a
/// cell is not a number.
pub fn read_metrics(path: &Path) -> Result<MetricStore, RecordError> {
    let (seeds, rows) = seeds_of(path)?;
    let (mut reader, names) = open(path)?;
    if names.len().saturating_mul(seeds.len()) > MAX_CURVES {
        let message = format!("{} columns of {} seeds, more than {MAX_CURVES} curves", names.len(), seeds.len());
        return Err(RecordError::Line { path: path.to_path_buf(), line: 1, message });
    }
    let bytes = rows.iter().map(|rows| MetricStore::bytes_of_seed(names.len(), *rows)).fold(0, usize::saturating_add);
    if bytes > MAX_BYTES {
        let (columns, seeds, allowed) = (names.len(), seeds.len(), MAX_BYTES >> 30);
        let message = format!("curves of {columns} columns and {seeds} seeds take more than {allowed} GiB");
        return Err(RecordError::Line { path: path.to_path_buf(), line: 1, message });
    }
    let mut store = MetricStore::new(Arc::new(Columns::new(names)), &seeds);
    let mut record = csv::ByteRecord::new();
    while next(path, &mut reader, &mut record)? {
        let row = row_of(&record).map_err(|message| wrong_line(path, &record, message))?;
        store.push(&row);
    }
    Ok(store)
}

/// Rows of a table, one after the other.
pub struct MetricsReader {
    path: PathBuf,
    reader: csv::Reader<Lines>,
    names: Vec<String>,
    record: csv::ByteRecord,
}

impl MetricsReader {
    /// Opens `metrics.csv`, or the whole rows of `metrics.partial.csv`.
    ///
    /// # Errors
    /// When the file cannot be read or is no such table.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let (reader, names) = open(path)?;
        Ok(Self { path: path.to_path_buf(), reader, names, record: csv::ByteRecord::new() })
    }

    /// Names of the values of its rows.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read, and, naming the line, when a row has too few or too many cells or a cell is not a number.
    pub fn next_row(&mut self) -> Result<Option<Row>, RecordError> {
        if !next(&self.path, &mut self.reader, &mut self.record)? {
            return Ok(None);
        }
        row_of(&self.record).map(Some).map_err(|message| wrong_line(&self.path, &self.record, message))
    }
}

/// Hands out the rows of the first `bytes` of a table of these columns.
///
/// # Errors
/// As [`read_metrics`], and when its columns are others.
pub(super) fn each_row(
    path: &Path,
    bytes: u64,
    columns: &Columns,
    mut sink: impl FnMut(Row) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let lines = Lines::open_first(path, bytes).map_err(RecordError::io(path, "cannot be read"))?;
    let (reader, names) = begin(path, lines)?;
    if names != columns.names() {
        let message = "its columns are not those of the run".to_owned();
        return Err(RecordError::Line { path: path.to_path_buf(), line: 1, message });
    }
    let mut rows = MetricsReader { path: path.to_path_buf(), reader, names, record: csv::ByteRecord::new() };
    while let Some(row) = rows.next_row()? {
        sink(row)?;
    }
    Ok(())
}

/// Seeds in the order in which they appear, and how many rows each has; a first pass, as the store must know them all.
fn seeds_of(path: &Path) -> Result<(Vec<u64>, Vec<usize>), RecordError> {
    let (mut reader, _) = open(path)?;
    let mut record = csv::ByteRecord::new();
    let (mut seeds, mut rows, mut places) = (Vec::new(), Vec::new(), HashMap::new());
    while next(path, &mut reader, &mut record)? {
        let seed = whole(&record, 2).map_err(|message| wrong_line(path, &record, message))?;
        let place = *places.entry(seed).or_insert_with(|| {
            seeds.push(seed);
            rows.push(0);
            seeds.len() - 1
        });
        rows[place] += 1;
        if seeds.len() > MAX_SEEDS {
            let message = format!("more than {MAX_SEEDS} seeds");
            return Err(wrong_line(path, &record, message));
        }
    }
    Ok((seeds, rows))
}

fn open(path: &Path) -> Result<(csv::Reader<Lines>, Vec<String>), RecordError> {
    let is_partial = path.file_name().is_some_and(|name| name == PARTIAL_METRICS);
    // A power cut may tear the line after the last whole one.
    let opened = if is_partial { Lines::open_whole(path) } else { Lines::open(path) };
    begin(path, opened.map_err(RecordError::io(path, "cannot be read"))?)
}

fn begin(path: &Path, file: Lines) -> Result<(csv::Reader<Lines>, Vec<String>), RecordError> {
    // Within quotation marks a cell would go on over any number of lines: marks around a single cell are taken off later.
    let mut reader = csv::ReaderBuilder::new().quoting(false).buffer_capacity(BUFFER_BYTES).from_reader(file);
    let header = reader.headers().map_err(|error| unreadable(path, error))?;
    let head: Vec<&str> = header.iter().take(3).map(bare).collect();
    if head != ["step", "epoch", "seed"] {
        let message = "the first columns must be step, epoch, seed, as in a run's metrics.csv".to_owned();
        return Err(RecordError::Line { path: path.to_path_buf(), line: 1, message });
    }
    let names: Vec<String> = header.iter().skip(3).map(|name| bare(name).to_owned()).collect();
    if names.is_empty() {
        let message = "there is no column of values behind step, epoch, seed".to_owned();
        return Err(RecordError::Line { path: path.to_path_buf(), line: 1, message });
    }
    Ok((reader, names))
}

fn next(path: &Path, reader: &mut csv::Reader<Lines>, record: &mut csv::ByteRecord) -> Result<bool, RecordError> {
    reader.read_byte_record(record).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: csv::Error) -> RecordError {
    let line = error.position().map_or(1, |position| position.line() as usize);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} cells for {expected_len} columns"),
        csv::ErrorKind::Utf8 { .. } => "is not text in UTF-8".to_owned(),
        _ => return RecordError::io(path, "cannot be read")(error.into()),
    };
    RecordError::Line { path: path.to_path_buf(), line, message }
}

fn wrong_line(path: &Path, record: &csv::ByteRecord, message: String) -> RecordError {
    let line = record.position().map_or(1, |position| position.line() as usize);
    RecordError::Line { path: path.to_path_buf(), line, message }
}

fn cell(record: &csv::ByteRecord, at: usize) -> &str {
    record.get(at).and_then(|bytes| std::str::from_utf8(bytes).ok()).map_or("\u{fffd}", bare)
}

/// A name or number without the quotation marks that other programs put around it; none has one within.
fn bare(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

fn whole(record: &csv::ByteRecord, at: usize) -> Result<u64, String> {
    let text = cell(record, at);
    text.parse().map_err(|_| format!("column {}: '{}' is not a whole number from 0", at + 1, beginning(text)))
}

/// A number of steps or epochs.
fn counted(record: &csv::ByteRecord, at: usize) -> Result<u64, String> {
    let number = whole(record, at)?;
    if number > Intervention::MOST_STEP {
        return Err(format!("column {}: {number} is more than any run counts to", at + 1));
    }
    Ok(number)
}

fn beginning(text: &str) -> String {
    text.chars().take(40).collect()
}

fn row_of(record: &csv::ByteRecord) -> Result<Row, String> {
    let value = |at: usize| match cell(record, at) {
        "" => Ok(None),
        text => {
            let number =
                text.parse().map_err(|_| format!("column {}: '{}' is not a number", at + 1, beginning(text)))?;
            Ok(Some(number))
        }
    };
    let values = (3..record.len()).map(value).collect::<Result<_, String>>()?;
    Ok(Row { step: counted(record, 0)?, epoch: counted(record, 1)?, seed: whole(record, 2)?, values })
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
    fn names_and_numbers_are_read_in_quotation_marks() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("metrics.csv");
        let plain = "step,epoch,seed,a,b\n0,0,1,0.5,\n3,0,1,-2.0,1e-30\n";
        let names = "\"step\",\"epoch\",\"seed\",\"a\",\"b\"\n0,0,1,0.5,\n3,0,1,-2.0,1e-30\n";
        let all = "\u{feff}\"step\",\"epoch\",\"seed\",\"a\",\"b\"\r\n\"0\",\"0\",\"1\",\"0.5\",\"\"\r\n\"3\",\"0\",\"1\",\"-2.0\",\"1e-30\"\r\n";
        let read = |text: &str| {
            std::fs::write(&path, text).expect("written");
            let mut reader = MetricsReader::open(&path).expect("a table");
            let rows: Vec<Row> = std::iter::from_fn(|| reader.next_row().expect("rows")).collect();
            (reader.names().to_vec(), rows)
        };
        let expected = read(plain);
        assert_eq!(expected.1[1].values, [Some(-2.0), Some(1e-30)]);
        assert_eq!(read(names), expected);
        assert_eq!(read(all), expected);
        std::fs::write(&path, all).expect("written");
        assert_eq!(read_metrics(&path).expect("curves").columns().names(), ["a", "b"]);
    }

    #[test]
    fn tables_that_no_run_leaves_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("metrics.csv");
        let said = |text: &str| {
            std::fs::write(&path, text).expect("written");
            read_metrics(&path).expect_err("refused").to_string()
        };
        let none = said("step,epoch,seed\n0,0,1\n1,0,1\n");
        assert!(none.contains("line 1: there is no column of values"), "{none}");
        let open = said("step,epoch,seed,a\n0,0,1,\"0.5\n1,0,1,0.5\n");
        assert!(open.contains("line 2: column 4: '\"0.5' is not a number"), "{open}");
        let late = said("step,epoch,seed,a\n18446744073709551615,0,1,0.5\n");
        assert!(late.contains("line 2: column 1: 18446744073709551615 is more than any run counts to"), "{late}");
        // A megabyte of commas, for which there would be gigabytes of bins.
        let row = ",".repeat(1499);
        let rows: String = (0..4096).map(|seed| format!("0,0,{seed},{row}\n")).collect();
        let wide = said(&format!("step,epoch,seed{}\n{rows}", ",a".repeat(1500)));
        assert!(wide.contains("curves of 1500 columns and 4096 seeds take more than 4 GiB"), "{wide}");
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
