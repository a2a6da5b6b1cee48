//! `metrics.parquet`: the rows of `metrics.csv` by column.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Builder, RecordBatch, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::atomic::AtomicFile;
use super::error::RecordError;
use super::row::{Columns, Row};

/// Rows of a row group: what a reader takes in at once.
const GROUP_ROWS: usize = 1 << 16;
/// Rows gathered before they are encoded.
const BATCH_ROWS: usize = 1 << 12;

/// Streams rows to a temporary file that becomes `metrics.parquet` when finished, and vanishes when dropped before.
///
/// `step`, `epoch` and `seed` are unsigned 64-bit integers, the rest are 32-bit floats, null where undefined or not
/// finite. Compressed with Snappy.
pub struct MetricsParquet {
    writer: ArrowWriter<AtomicFile>,
    schema: Arc<Schema>,
    path: PathBuf,
    keys: [UInt64Builder; 3],
    values: Vec<Float32Builder>,
    gathered: usize,
}

impl MetricsParquet {
    /// Begins `metrics.parquet` in an existing folder.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn create(folder: &Path, columns: &Columns) -> Result<Self, RecordError> {
        let path = folder.join("metrics.parquet");
        let file = AtomicFile::create(path.clone())?;
        let keys = ["step", "epoch", "seed"].map(|name| Field::new(name, DataType::UInt64, false));
        let values = columns.names().iter().map(|name| Field::new(name, DataType::Float32, true));
        let schema = Arc::new(Schema::new(keys.into_iter().chain(values).collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
            .map_err(|source| RecordError::Parquet { path: path.clone(), source })?;
        let keys = std::array::from_fn(|_| UInt64Builder::with_capacity(BATCH_ROWS));
        let values = columns.names().iter().map(|_| Float32Builder::with_capacity(BATCH_ROWS)).collect();
        Ok(Self { writer, schema, path, keys, values, gathered: 0 })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the row does not fit the columns, or the disk is full.
    pub fn push(&mut self, row: &Row) -> Result<(), RecordError> {
        if row.values.len() != self.values.len() {
            let path = self.path.clone();
            return Err(RecordError::RowLength { path, expected: self.values.len(), found: row.values.len() });
        }
        for (builder, key) in self.keys.iter_mut().zip([row.step, row.epoch, row.seed]) {
            builder.append_value(key);
        }
        for (builder, value) in self.values.iter_mut().zip(&row.values) {
            builder.append_option(value.filter(|value| value.is_finite()));
        }
        self.gathered += 1;
        if self.gathered == BATCH_ROWS { self.encode() } else { Ok(()) }
    }

    /// Writes what is left, makes the file durable and gives it its name.
    ///
    /// # Errors
    /// When the disk is full or the folder has gone.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.encode()?;
        let Self { writer, path, .. } = self;
        writer.into_inner().map_err(|source| RecordError::Parquet { path, source })?.commit()
    }

    fn encode(&mut self) -> Result<(), RecordError> {
        self.gathered = 0;
        let keys = self.keys.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef);
        let values = self.values.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef);
        RecordBatch::try_new(Arc::clone(&self.schema), keys.chain(values).collect())
            .map_err(ParquetError::from)
            .and_then(|batch| self.writer.write(&batch))
            .map_err(|source| RecordError::Parquet { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{Float32Type, UInt64Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    #[test]
    fn rows_read_back_with_their_gaps() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let columns = Columns::new(vec!["signal_1".into(), "full_1".into()]);
        let mut parquet = MetricsParquet::create(folder.path(), &columns).expect("created");
        // More than one row group, and not a multiple of a batch.
        let rows = GROUP_ROWS + BATCH_ROWS / 2;
        for step in 0..rows as u64 {
            let signal = (step % 3 != 0).then_some(step as f32);
            let values = vec![signal, Some(if step == 5 { f32::NAN } else { 0.25 })];
            parquet.push(&Row { step, epoch: step / 10, seed: 4, values }).expect("written");
        }
        parquet.finish().expect("finished");

        let file = std::fs::File::open(folder.path().join("metrics.parquet")).expect("there");
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        assert_eq!(builder.metadata().num_row_groups(), 2);
        assert_eq!(builder.metadata().row_group(0).num_rows(), GROUP_ROWS as i64);
        let mut step = 0;
        for batch in builder.build().expect("readable") {
            let batch = batch.expect("readable");
            assert_eq!(batch.schema().field(3).name(), "signal_1");
            for row in 0..batch.num_rows() {
                assert_eq!(batch.column(0).as_primitive::<UInt64Type>().value(row), step);
                assert_eq!(batch.column(1).as_primitive::<UInt64Type>().value(row), step / 10);
                let signal = batch.column(3).as_primitive::<Float32Type>();
                assert_eq!(signal.is_null(row), step % 3 == 0);
                assert!(signal.is_null(row) || signal.value(row) == step as f32);
                assert_eq!(batch.column(4).is_null(row), step == 5);
                step += 1;
            }
        }
        assert_eq!(step, rows as u64);
    }
}
