//! `cells.csv` and `cells.parquet`: one row a cell and seed.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::error::SweepError;
use super::grid::Grid;
use super::journal::number;
use super::outcome::Outcome;
use super::snapshot::{CellState, SweepState};
use crate::experiment::AxisValue;
use crate::record::{RecordError, write_file};

/// The rows as CSV: the swept fields by name, `seed`, the recorded values, then `steps,collapsed,diverged`. Cells without
/// an outcome have no row. Texts are as the configuration has them; undefined values are empty; numbers have the fewest digits that read back as the same.
#[must_use]
pub fn cells_csv<'a>(grid: &Grid, outcome_of: impl Fn(usize) -> Option<&'a Outcome>) -> String {
    let fields = grid.axes().iter().map(|axis| axis.field.path);
    let names = grid.names().iter().map(String::as_str);
    let header: Vec<&str> = fields.chain(["seed"]).chain(names).chain(["steps", "collapsed", "diverged"]).collect();
    let mut text = header.join(",");
    text.push('\n');
    for cell in 0..grid.cells() {
        let Some(outcome) = outcome_of(cell) else { continue };
        for (_, value) in grid.values(cell) {
            text.push_str(&quoted(value.plain()));
            text.push(',');
        }
        text.push_str(&grid.seed(cell).to_string());
        for value in &outcome.values {
            text.push(',');
            text.push_str(&value.map_or_else(String::new, number));
        }
        text.push_str(&format!(",{},{},{}\n", outcome.steps, outcome.collapsed.any(), outcome.diverged));
    }
    text
}

/// The cells of a live sweep that are not at their end, as CSV: the swept fields by name, `seed`, then `state` (`waiting`,
/// `training` or `failed`), `steps` trained so far, and `reason` of a failure. `None` where all are at their end.
#[must_use]
pub fn unfinished_csv(snapshot: &SweepState) -> Option<String> {
    let grid = &snapshot.grid;
    let fields = grid.axes().iter().map(|axis| axis.field.path);
    let header: Vec<&str> = fields.chain(["seed", "state", "steps", "reason"]).collect();
    let mut text = header.join(",");
    text.push('\n');
    let head = text.len();
    for (cell, state) in snapshot.cells.iter().enumerate() {
        let end = match state {
            CellState::Done(_) => continue,
            CellState::Waiting => "waiting,0,".to_owned(),
            CellState::Running { step, .. } => format!("training,{step},"),
            CellState::Failed(words) => format!("failed,,{}", quoted(words.clone())),
        };
        for (_, value) in grid.values(cell) {
            text.push_str(&quoted(value.plain()));
            text.push(',');
        }
        text.push_str(&format!("{},{end}\n", grid.seed(cell)));
    }
    (text.len() > head).then_some(text)
}

/// A text as a cell of a CSV file: in quotation marks where it would be read otherwise without them.
fn quoted(text: String) -> String {
    let is_plain = !text.is_empty() && !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
    if is_plain { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// Writes the same rows as Parquet, whole or not at all. Values are doubles, null where undefined.
///
/// # Errors
/// When the system refuses.
pub fn write_cells_parquet<'a>(
    path: &Path,
    grid: &Grid,
    outcome_of: impl Fn(usize) -> Option<&'a Outcome>,
) -> Result<(), SweepError> {
    let rows: Vec<(usize, &Outcome)> = (0..grid.cells()).filter_map(|cell| Some((cell, outcome_of(cell)?))).collect();
    let mut columns: Vec<(String, ArrayRef, bool)> = Vec::new();
    for (at, axis) in grid.axes().iter().enumerate() {
        let values: Vec<AxisValue> = rows.iter().map(|(cell, _)| grid.values(*cell).swap_remove(at).1).collect();
        let array = match axis.is_category() {
            true => Arc::new(StringArray::from_iter_values(values.iter().map(AxisValue::plain))) as ArrayRef,
            false => Arc::new(Float64Array::from_iter_values(values.iter().filter_map(AxisValue::number))),
        };
        columns.push((axis.field.path.to_owned(), array, false));
    }
    let whole = |values: Vec<u64>| Arc::new(UInt64Array::from_iter_values(values)) as ArrayRef;
    columns.push(("seed".into(), whole(rows.iter().map(|(cell, _)| grid.seed(*cell)).collect()), false));
    for (at, name) in grid.names().iter().enumerate() {
        let values: Float64Array = rows.iter().map(|(_, outcome)| outcome.values[at]).collect();
        columns.push((name.clone(), Arc::new(values), true));
    }
    columns.push(("steps".into(), whole(rows.iter().map(|(_, outcome)| outcome.steps).collect()), false));
    let flags = |pick: fn(&Outcome) -> bool| {
        Arc::new(BooleanArray::from_iter(rows.iter().map(|(_, outcome)| Some(pick(outcome))))) as ArrayRef
    };
    columns.push(("collapsed".into(), flags(|outcome| outcome.collapsed.any()), false));
    columns.push(("diverged".into(), flags(|outcome| outcome.diverged), false));
    let bytes = encoded(columns).map_err(|source| RecordError::Parquet { path: path.to_path_buf(), source })?;
    Ok(write_file(path, &bytes)?)
}

fn encoded(columns: Vec<(String, ArrayRef, bool)>) -> Result<Vec<u8>, ParquetError> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array, null)| Field::new(name, DataType::clone(array.data_type()), *null)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, array, _)| array).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_they_need_it() {
        for (text, cell) in [
            ("sgd", "sgd"),
            ("post * pre", "post * pre"),
            ("min(post, 1)", "\"min(post, 1)\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            (" apart", "\" apart\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(text.to_owned()), cell);
        }
    }
}
