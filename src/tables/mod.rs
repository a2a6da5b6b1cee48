//! Tables of numbers that somebody brings along: CSV with a header, and arrays of NumPy. Every value is checked, and handed
//! on one by one, so that whoever wants them decides where they lie; nothing is held but the line at hand.

mod csv_file;
mod error;
mod labels;
mod npy_file;
mod npy_head;
mod sample;

use std::path::Path;

pub use error::TableError;
pub use labels::MOST_CLASSES;
pub use npy_head::{NpyHead, NpyOrder};
pub use sample::{Answer, Sample};

/// Most rows of a table: as many as there may be training and validation examples.
pub const MOST_ROWS: usize = 11_000_000;
/// Most inputs, and most values, of a row.
pub const MOST_COLUMNS: usize = 16_384;

/// What of a row is learnt, and where it stands.
#[derive(Clone, Copy, Debug)]
pub enum Answers<'a> {
    /// Columns of the same CSV file, by their names: values.
    Columns(&'a [String]),
    /// A column of the same CSV file: classes.
    Label(&'a str),
    /// Another array: values, a row for each row of inputs.
    Values(&'a Path),
    /// Another array: a whole number for each row of inputs, which is its class.
    Labels(&'a Path),
}

/// What is read.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The CSV file, or the array of inputs.
    pub path: &'a Path,
    /// CSV: names of the columns that are inputs; where empty all that are no answers.
    pub inputs: &'a [String],
    /// What is learnt.
    pub answers: Answers<'a>,
}

/// Takes values as they are read, in no order that is promised but for labels.
pub trait Sink {
    /// A value of a row's inputs, both counted from 0.
    fn input(&mut self, row: usize, column: usize, value: f32);
    /// A value that a row is to lead to.
    fn target(&mut self, row: usize, column: usize, value: f32);
    /// The class of a row, in the order in which classes first appear; [`Shape::ranks`] has its place among them.
    fn label(&mut self, row: usize, class: u8);
}

/// Takes nothing: for what a table's shape is, and whether it can be read.
pub struct Nowhere;

impl Sink for Nowhere {
    fn input(&mut self, _row: usize, _column: usize, _value: f32) {}
    fn target(&mut self, _row: usize, _column: usize, _value: f32) {}
    fn label(&mut self, _row: usize, _class: u8) {}
}

/// How much there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub rows: usize,
    /// Inputs of a row.
    pub inputs: usize,
    /// Values of a row that are learnt, or classes that there are.
    pub outputs: usize,
    /// Names of the classes, numbers by their size and else by the alphabet; empty where values are learnt.
    pub classes: Vec<String>,
    /// Place in `classes` of each class, in the order in which they first appear.
    pub ranks: Vec<u8>,
}

/// Whether a path is taken for an array of NumPy.
#[must_use]
pub fn is_npy(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
}

/// Whether a path is taken for a CSV file.
#[must_use]
pub fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// Reads a table once, from its beginning to its end.
///
/// # Errors
/// Names the file, and row and column where it is one value that is wrong, what it is, and what is allowed.
pub fn read(request: Request<'_>, sink: &mut dyn Sink) -> Result<Shape, TableError> {
    match request.answers {
        Answers::Columns(names) => csv_file::read(request, names, false, sink),
        Answers::Label(name) => csv_file::read(request, &[name.to_owned()], true, sink),
        Answers::Values(path) => npy_file::read(request.path, path, false, sink),
        Answers::Labels(path) => npy_file::read(request.path, path, true, sink),
    }
}
