//! Arrays of NumPy, each in a file of its own: inputs row by row, and targets or classes of the same rows.

use std::io::{BufReader, Read};
use std::path::Path;

use super::error::TableError;
use super::labels::{Labels, MOST_CLASSES};
use super::npy_head::{NpyHead, NpyOrder};
use super::{MOST_COLUMNS, MOST_ROWS, Shape, Sink};
use crate::input_file;

/// Types of numbers that are read, as NumPy names them without the order of their bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    F4,
    F8,
    I1,
    I2,
    I4,
    I8,
    U1,
    U2,
    U4,
    U8,
}

impl Number {
    const ALL: [(Self, &'static str, usize); 10] = [
        (Self::F4, "f4", 4),
        (Self::F8, "f8", 8),
        (Self::I1, "i1", 1),
        (Self::I2, "i2", 2),
        (Self::I4, "i4", 4),
        (Self::I8, "i8", 8),
        (Self::U1, "u1", 1),
        (Self::U2, "u2", 2),
        (Self::U4, "u4", 4),
        (Self::U8, "u8", 8),
    ];

    fn is_whole(self) -> bool {
        !matches!(self, Self::F4 | Self::F8)
    }

    /// From its bytes, the least first and the rest of the eight 0.
    fn value(self, bytes: [u8; 8]) -> f32 {
        let bits = u64::from_le_bytes(bytes);
        match self {
            Self::F4 => f32::from_bits(bits as u32),
            Self::F8 => f64::from_bits(bits) as f32,
            _ => self.whole(bytes) as f32,
        }
    }

    /// As [`Self::value`], of a type that is whole.
    fn whole(self, bytes: [u8; 8]) -> i128 {
        let bits = u64::from_le_bytes(bytes);
        match self {
            Self::I1 => i128::from(bits as i8),
            Self::I2 => i128::from(bits as i16),
            Self::I4 => i128::from(bits as i32),
            Self::I8 => i128::from(bits as i64),
            _ => i128::from(bits),
        }
    }
}

/// An array of which nothing but the header is read.
struct Array<'a> {
    path: &'a Path,
    content: BufReader<std::fs::File>,
    number: Number,
    bytes: usize,
    order: NpyOrder,
    is_fortran: bool,
    rows: usize,
    /// Sides of a row.
    sides: Vec<usize>,
    columns: usize,
}

impl<'a> Array<'a> {
    /// Reads the header, and compares what it claims with the length of the file.
    fn open(path: &'a Path) -> Result<Self, TableError> {
        let wrong = |message: String| TableError::content(path, message);
        let file = input_file::open(path).map_err(TableError::read(path))?;
        let length = file.metadata().map_err(TableError::read(path))?.len();
        let mut content = BufReader::with_capacity(1 << 16, file);
        let (head, begin) = NpyHead::read(&mut content).map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => wrong(format!("{error}; must be a file that numpy.save wrote")),
            std::io::ErrorKind::UnexpectedEof => {
                wrong("ends within its header; must be a file that numpy.save wrote".into())
            }
            _ => TableError::read(path)(error),
        })?;
        let of_kind = |(number, name, bytes)| Some((number, bytes, head.order(name, bytes)?));
        let (number, bytes, order) = Number::ALL.into_iter().find_map(of_kind).ok_or_else(|| {
            let message = format!("has numbers of the type '{}'; f4, f8, i1 to i8 and u1 to u8 are read", head.kind);
            wrong(message)
        })?;
        let shape = head.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
        let Some((&rows, sides)) = head.shape.split_first() else {
            return Err(wrong("is a single number; the first side must be that of the rows".into()));
        };
        let columns = sides.iter().try_fold(1_usize, |columns, side| columns.checked_mul(*side));
        let Some(columns) = columns.filter(|columns| (1..=MOST_COLUMNS).contains(columns)) else {
            return Err(wrong(format!("is {shape}; a row must have from 1 to {MOST_COLUMNS} values")));
        };
        if !(2..=MOST_ROWS).contains(&rows) {
            return Err(wrong(format!("is {shape}; there must be from 2 to {MOST_ROWS} rows")));
        }
        // Within u64: 11 million rows of 16,384 values of 8 bytes.
        let needs = begin + (rows * columns * bytes) as u64;
        if needs != length {
            return Err(wrong(format!("is {shape}, which takes {needs} bytes, but the file has {length}")));
        }
        let sides = sides.to_vec();
        Ok(Self { path, content, number, bytes, order, is_fortran: head.is_fortran, rows, sides, columns })
    }

    /// Hands on each element, with its row and its place in a row.
    fn read(
        mut self,
        mut take: impl FnMut(usize, usize, Number, [u8; 8]) -> Result<(), String>,
    ) -> Result<(), TableError> {
        let mut element = [0; 8];
        for index in 0..self.rows * self.columns {
            self.content.read_exact(&mut element[..self.bytes]).map_err(TableError::read(self.path))?;
            if self.order == NpyOrder::BigEndian {
                element[..self.bytes].reverse();
            }
            let (row, column) = if self.is_fortran {
                (index % self.rows, self.by_rows(index / self.rows))
            } else {
                (index / self.columns, index % self.columns)
            };
            take(row, column, self.number, element).map_err(|message| {
                let message = format!("row {}, column {}: {message}", row + 1, column + 1);
                TableError::content(self.path, message)
            })?;
            // Elements of fewer bytes leave the rest as it is.
            element = [0; 8];
        }
        Ok(())
    }

    /// The place in a row, the last side the fastest, of an element whose first side is the fastest.
    fn by_rows(&self, mut index: usize) -> usize {
        let (mut place, mut stride) = (0, self.columns);
        for side in &self.sides {
            stride /= side;
            place += index % side * stride;
            index /= side;
        }
        place
    }
}

fn finite(number: Number, element: [u8; 8]) -> Result<f32, String> {
    let value = number.value(element);
    if value.is_finite() {
        Ok(value)
    } else {
        Err(format!("found {value}; must be finite, and at most 3.4e38 in size"))
    }
}

/// Reads two arrays; with `has_classes` the second is one of classes.
pub(super) fn read(inputs: &Path, answers: &Path, has_classes: bool, sink: &mut dyn Sink) -> Result<Shape, TableError> {
    let (examples, targets) = (Array::open(inputs)?, Array::open(answers)?);
    if targets.rows != examples.rows {
        let message = format!("has {} rows, and {} has {}", targets.rows, inputs.display(), examples.rows);
        return Err(TableError::content(answers, message));
    }
    if has_classes && (targets.columns > 1 || !targets.number.is_whole()) {
        let found =
            if targets.number.is_whole() { format!("{} numbers a row", targets.columns) } else { "fractions".into() };
        let message = format!("has {found}; a class is one whole number a row, and data.targets_path reads values");
        return Err(TableError::content(answers, message));
    }
    let (rows, columns, values) = (examples.rows, examples.columns, targets.columns);
    examples.read(|row, column, number, element| {
        sink.input(row, column, finite(number, element)?);
        Ok(())
    })?;
    let mut labels = Labels::default();
    targets.read(|row, column, number, element| {
        if has_classes {
            let name = number.whole(element).to_string();
            let one_too_many = || format!("found {name}, one class more than the {MOST_CLASSES} allowed");
            sink.label(row, labels.number(&name).ok_or_else(one_too_many)?);
        } else {
            sink.target(row, column, finite(number, element)?);
        }
        Ok(())
    })?;
    let (classes, ranks) = labels.sorted();
    if has_classes && classes.len() < 2 {
        return Err(TableError::content(
            answers,
            format!("has the class {} in all rows; needs at least 2", classes[0]),
        ));
    }
    let outputs = if has_classes { classes.len() } else { values };
    Ok(Shape { rows, inputs: columns, outputs, classes, ranks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_type_keep_their_value() {
        let wide = |bytes: &[u8]| {
            let mut element = [0; 8];
            element[..bytes.len()].copy_from_slice(bytes);
            element
        };
        assert_eq!(Number::F4.value(wide(&(-2.5_f32).to_le_bytes())), -2.5);
        assert_eq!(Number::F8.value(wide(&0.1_f64.to_le_bytes())), 0.1);
        assert_eq!(Number::I1.value(wide(&(-3_i8).to_le_bytes())), -3.0);
        assert_eq!(Number::I2.whole(wide(&(-300_i16).to_le_bytes())), -300);
        assert_eq!(Number::I4.whole(wide(&i32::MIN.to_le_bytes())), i128::from(i32::MIN));
        assert_eq!(Number::I8.whole(wide(&(-1_i64).to_le_bytes())), -1);
        assert_eq!(Number::U8.whole(wide(&u64::MAX.to_le_bytes())), i128::from(u64::MAX));
        assert_eq!(Number::U1.value(wide(&[255])), 255.0);
    }
}
