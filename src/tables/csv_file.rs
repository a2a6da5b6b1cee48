//! CSV with a header: names of columns, then a line of values for each row.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::error::TableError;
use super::labels::{Labels, MOST_CLASSES};
use super::{MOST_COLUMNS, MOST_ROWS, Request, Shape, Sink};
use crate::input_file;

/// Most bytes of a row: a quotation mark that is left open would otherwise gather the rest of the file.
const MOST_LINE: u64 = input_file::LINE as u64;
/// Most characters of a file that a message repeats.
const SHOWN: usize = 40;

/// A file that gives so many bytes until it is allowed more.
struct Bounded {
    file: File,
    left: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(out)?;
        match self.left.get().checked_sub(length as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::ErrorKind::FileTooLarge.into()),
        }
        Ok(length)
    }
}

/// Lines of a file.
struct Lines<'a> {
    path: &'a Path,
    reader: Reader<Bounded>,
    left: Rc<Cell<u64>>,
    record: ByteRecord,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path) -> Result<Self, TableError> {
        let file = input_file::open(path).map_err(TableError::read(path))?;
        let left = Rc::new(Cell::new(0));
        let bounded = Bounded { file, left: Rc::clone(&left) };
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(bounded);
        Ok(Self { path, reader, left, record: ByteRecord::new() })
    }

    /// Goes to the next line that is not empty; `false` at the end.
    fn advance(&mut self) -> Result<bool, TableError> {
        // The reader's own buffer may have some of the next line already, and of the one after it.
        self.left.set(MOST_LINE);
        let begin = self.reader.position().line();
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                let message = format!(
                    "line {begin}: more than {} MB in one row; is a quotation mark left open?",
                    MOST_LINE >> 20
                );
                TableError::content(self.path, message)
            }
            csv::ErrorKind::Io(source) => TableError::Read { path: self.path.to_path_buf(), source },
            other => TableError::content(self.path, format!("{other:?}")),
        })
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }
}

/// Which columns are what.
struct Header {
    names: Vec<String>,
    inputs: Vec<usize>,
    answers: Vec<usize>,
}

impl Header {
    fn read(lines: &mut Lines<'_>, inputs: &[String], answers: &[String]) -> Result<Self, TableError> {
        let path = lines.path;
        let wrong = |message: String| TableError::content(path, message);
        if !lines.advance()? {
            return Err(wrong(
                "is empty; needs a line with the columns' names, and a line of values for each row".into(),
            ));
        }
        let mut names = Vec::with_capacity(lines.record.len());
        for (column, name) in lines.record.iter().enumerate() {
            let name = if column == 0 { name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name) } else { name };
            let name = std::str::from_utf8(name).ok().filter(|name| !name.contains('\0'));
            let name = name.ok_or_else(|| wrong(format!("the name of column {} is not text in UTF-8", column + 1)))?;
            names.push(name.trim().trim_matches('"').to_owned());
        }
        if names.iter().all(|name| name.parse::<f64>().is_ok()) {
            let message = "the first line has numbers; it must have the columns' names";
            return Err(wrong(message.into()));
        }
        let header = Self { names, inputs: Vec::new(), answers: Vec::new() };
        let answers = header.places(path, answers)?;
        let inputs = if inputs.is_empty() { header.others(path, &answers)? } else { header.places(path, inputs)? };
        if let Some(both) = inputs.iter().find(|place| answers.contains(place)) {
            return Err(wrong(format!("column \"{}\" cannot be input and target", header.shown(*both))));
        }
        for (what, count) in [("inputs", inputs.len()), ("targets", answers.len())] {
            if count == 0 || count > MOST_COLUMNS {
                return Err(wrong(format!("has {count} columns of {what}; from 1 to {MOST_COLUMNS} are allowed")));
            }
        }
        Ok(Self { inputs, answers, ..header })
    }

    /// Places of columns by their names.
    fn places(&self, path: &Path, wanted: &[String]) -> Result<Vec<usize>, TableError> {
        let mut places = Vec::new();
        for name in wanted {
            let mut found = self.names.iter().enumerate().filter(|(_, other)| *other == name.trim());
            let problem = match (found.next(), found.next()) {
                (Some((place, _)), None) if places.contains(&place) => "is named twice in the experiment",
                (Some((place, _)), None) => {
                    places.push(place);
                    continue;
                }
                (Some(_), Some(_)) => "is there more than once, and which is meant is not known",
                (None, _) => "is not there",
            };
            return Err(TableError::content(path, format!("column \"{}\" {problem}; {}", shown(name), self.list())));
        }
        Ok(places)
    }

    /// All columns but some, each of which must have a name of its own.
    fn others(&self, path: &Path, answers: &[usize]) -> Result<Vec<usize>, TableError> {
        let places: Vec<usize> = (0..self.names.len()).filter(|place| !answers.contains(place)).collect();
        for &place in &places {
            let name = &self.names[place];
            let message = if name.is_empty() {
                "has no name, as a column of row numbers does; name the columns that are inputs in data.input_columns"
            } else if self.names.iter().filter(|other| *other == name).count() > 1 {
                "has a name that another one has too; each must have its own"
            } else {
                continue;
            };
            return Err(TableError::content(path, format!("column {} {message}; {}", place + 1, self.list())));
        }
        Ok(places)
    }

    fn list(&self) -> String {
        let mut all: Vec<String> = self.names.iter().take(12).map(|name| format!("\"{}\"", shown(name))).collect();
        if self.names.len() > all.len() {
            all.push(format!("and {} more", self.names.len() - all.len()));
        }
        let hint = match &self.names[..] {
            [name] if name.contains([';', '\t']) => " (columns must be set apart by commas)",
            _ => "",
        };
        format!("its columns are {}{hint}", all.join(", "))
    }

    fn shown(&self, place: usize) -> String {
        shown(&self.names[place])
    }
}

/// The beginning of a text of somebody else's, in one line.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

/// Reads a file; with `has_classes` the one answer is a class.
pub(super) fn read(
    request: Request<'_>,
    answers: &[String],
    has_classes: bool,
    sink: &mut dyn Sink,
) -> Result<Shape, TableError> {
    let path = request.path;
    let mut lines = Lines::open(path)?;
    let header = Header::read(&mut lines, request.inputs, answers)?;
    let (mut row, mut labels) = (0, Labels::default());
    while lines.advance()? {
        let place = || format!("row {} (line {})", row + 1, lines.line());
        if row == MOST_ROWS {
            return Err(TableError::content(path, format!("has more than {MOST_ROWS} rows")));
        }
        let (found, wanted) = (lines.record.len(), header.names.len());
        if found != wanted {
            let message = format!("{}: {found} values, and the first line names {wanted} columns", place());
            return Err(TableError::content(path, message));
        }
        let wrong = |column: usize, message: String| {
            TableError::content(path, format!("{}, column \"{}\": {message}", place(), header.shown(column)))
        };
        for (at, &column) in header.inputs.iter().enumerate() {
            sink.input(row, at, number(&lines.record[column]).map_err(|message| wrong(column, message))?);
        }
        for (at, &column) in header.answers.iter().enumerate() {
            let text = &lines.record[column];
            if has_classes {
                sink.label(row, class(&mut labels, text).map_err(|message| wrong(column, message))?);
            } else {
                sink.target(row, at, number(text).map_err(|message| wrong(column, message))?);
            }
        }
        row += 1;
    }
    if row < 2 {
        let message = format!("has {row} rows of values; needs at least 2, one to train on and one for validation");
        return Err(TableError::content(path, message));
    }
    let (classes, ranks) = labels.sorted();
    if has_classes && classes.len() < 2 {
        let message =
            format!("column \"{}\" has the class \"{}\" in all rows; needs at least 2", answers[0], shown(&classes[0]));
        return Err(TableError::content(path, message));
    }
    let outputs = if has_classes { classes.len() } else { header.answers.len() };
    Ok(Shape { rows: row, inputs: header.inputs.len(), outputs, classes, ranks })
}

fn number(bytes: &[u8]) -> Result<f32, String> {
    const ALLOWED: &str = "must be a number, such as 0.25 or -1e-3";
    if bytes.is_empty() {
        return Err(format!("is empty; {ALLOWED}"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| format!("is not text in UTF-8; {ALLOWED}"))?;
    let value: f32 = text.parse().map_err(|_| format!("found \"{}\"; {ALLOWED}", shown(text)))?;
    if !value.is_finite() {
        return Err(format!("found \"{}\"; must be finite, and at most 3.4e38 in size", shown(text)));
    }
    Ok(value)
}

fn class(labels: &mut Labels, bytes: &[u8]) -> Result<u8, String> {
    if bytes.is_empty() {
        return Err("is empty; must be the name or the number of a class".into());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not text in UTF-8".to_owned())?;
    labels.number(text).ok_or_else(|| {
        let found = shown(text);
        format!("found \"{found}\", one class more than the {MOST_CLASSES} allowed; data.target_columns reads values")
    })
}
