//! Records of the same columns in a file, in order of step.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, PoisonError, RwLock};

use super::cache::CacheFile;
use super::row::{Columns, Row};

/// Bytes gathered before they go to the system.
pub(super) const BUFFER_BYTES: usize = 1 << 18;

/// Bytes of step, epoch and seed of a record; a 4-byte value for each column follows, NaN where undefined.
const KEY_BYTES: usize = 24;

pub(super) struct Stretch {
    pub(super) columns: Arc<Columns>,
    file: CacheFile,
    pub(super) written: u64,
    pub(super) buffer: Vec<u8>,
    shape: Arc<RwLock<Shape>>,
}

/// What whoever reads the file beside its owner has to know of it, held while records are read or move.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// Bytes of records.
    pub(super) written: u64,
    /// How often records moved up because others were dropped.
    pub(super) thinnings: u64,
    /// How often records at the end were given up.
    pub(super) cuts: u64,
}

/// A second way into the file of a stretch, for another thread.
pub(super) struct StretchFile {
    pub(super) columns: Arc<Columns>,
    pub(super) file: std::fs::File,
    pub(super) shape: Arc<RwLock<Shape>>,
}

impl Stretch {
    pub(super) fn new(columns: Arc<Columns>, file: CacheFile) -> Self {
        Self { columns, file, written: 0, buffer: Vec::new(), shape: Arc::default() }
    }

    /// Takes up the records of a file that another process left: those whose steps rise from the first on.
    pub(super) fn take_up(columns: Arc<Columns>, file: CacheFile) -> std::io::Result<Self> {
        let mut stretch = Self::new(columns, file);
        let record = stretch.record() as u64;
        let length = stretch.file.file.metadata()?.len();
        stretch.written = length - length % record;
        // A power cut leaves what never reached the disk as zeros, and what was being thinned out of order.
        let (mut last, mut sound, mut is_sound) = (0, 0, true);
        stretch.look(u64::MAX, |record| {
            let step = key(record, 0);
            is_sound &= step >= last;
            last = step;
            sound += u64::from(is_sound);
        })?;
        stretch.cut(sound * record);
        Ok(stretch)
    }

    /// Makes what was written durable; the file's name in the cache folder.
    pub(super) fn secure(&mut self) -> std::io::Result<Option<String>> {
        self.file.file.sync_data()?;
        Ok(self.file.name())
    }

    pub(super) fn leave(&mut self) {
        self.file.leave();
    }

    pub(super) fn record(&self) -> usize {
        record_bytes(&self.columns)
    }

    pub(super) fn append(&mut self, row: &Row) {
        for number in [row.step, row.epoch, row.seed] {
            self.buffer.extend_from_slice(&number.to_le_bytes());
        }
        let width = self.columns.names().len();
        let values = row.values.iter().map(|value| value.unwrap_or(f32::NAN)).chain(std::iter::repeat(f32::NAN));
        for value in values.take(width) {
            self.buffer.extend_from_slice(&value.to_le_bytes());
        }
    }

    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.file.seek(SeekFrom::Start(self.written))?;
        self.file.file.write_all(&self.buffer)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        self.change_shape(|_| ());
        Ok(())
    }

    /// A second way to what has been written.
    pub(super) fn share(&self) -> std::io::Result<StretchFile> {
        self.change_shape(|_| ());
        let file = self.file.file.try_clone()?;
        Ok(StretchFile { columns: Arc::clone(&self.columns), file, shape: Arc::clone(&self.shape) })
    }

    fn change_shape(&self, change: impl FnOnce(&mut Shape)) {
        let mut shape = self.shape.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut shape);
        shape.written = self.written;
    }

    /// The records that have been written, from the first one on.
    pub(super) fn reader(&mut self) -> std::io::Result<(BufReader<&std::fs::File>, u64)> {
        let count = self.written / self.record() as u64;
        self.file.file.seek(SeekFrom::Start(0))?;
        Ok((BufReader::with_capacity(BUFFER_BYTES, &self.file.file), count))
    }

    pub(super) fn truncate_from(&mut self, step: u64) -> std::io::Result<()> {
        let record = self.record() as u64;
        let (mut low, mut high) = (0, self.written / record);
        while low < high {
            let middle = u64::midpoint(low, high);
            let mut bytes = [0; 8];
            self.file.file.seek(SeekFrom::Start(middle * record))?;
            self.file.file.read_exact(&mut bytes)?;
            if u64::from_le_bytes(bytes) < step {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low * record < self.written {
            self.change_shape(|shape| shape.cuts += 1);
        }
        self.cut(low * record);
        Ok(())
    }

    fn cut(&mut self, written: u64) {
        self.written = written;
        self.change_shape(|_| ());
        // Only gives back room: rows beyond `written` are never read.
        let _ = self.file.file.set_len(written);
    }

    /// Calls `f` with the records of the first `bytes` bytes.
    pub(super) fn look(&mut self, bytes: u64, mut f: impl FnMut(&[u8])) -> std::io::Result<()> {
        let mut record = vec![0; self.record()];
        let (mut reader, count) = self.reader()?;
        for _ in 0..count.min(bytes.div_ceil(record.len() as u64)) {
            reader.read_exact(&mut record)?;
            f(&record);
        }
        Ok(())
    }

    /// Drops those records of the first `bytes` bytes that `stays` is false of; the step after the last one that was
    /// dropped, if any was.
    ///
    /// What follows moves up within the file: at no time is there more than one copy.
    pub(super) fn thin(&mut self, bytes: u64, stays: impl Fn(&[u8]) -> bool) -> std::io::Result<Option<u64>> {
        let shape = Arc::clone(&self.shape);
        // Whoever reads waits until the records lie still again.
        let mut shape = shape.write().unwrap_or_else(PoisonError::into_inner);
        shape.thinnings += 1;
        let record = self.record();
        let (mut read, mut kept, mut dropped) = (0, 0, None);
        // The rows of a step share its fate.
        let mut last_old = None;
        let mut input = vec![0; (BUFFER_BYTES / record).max(1) * record];
        let mut output = Vec::with_capacity(input.len());
        while read < self.written {
            let length = usize::try_from(self.written - read).unwrap_or(usize::MAX).min(input.len());
            let input = &mut input[..length];
            self.file.file.seek(SeekFrom::Start(read))?;
            self.file.file.read_exact(input)?;
            for one in input.chunks_exact(record) {
                let step = key(one, 0);
                if read < bytes {
                    last_old = Some(step);
                }
                if last_old == Some(step) && !stays(one) {
                    dropped = Some(step + 1);
                } else {
                    output.extend_from_slice(one);
                }
                read += record as u64;
            }
            // Never beyond what was read.
            self.file.file.seek(SeekFrom::Start(kept))?;
            self.file.file.write_all(&output)?;
            kept += output.len() as u64;
            output.clear();
        }
        shape.written = kept;
        drop(shape);
        self.cut(kept);
        Ok(dropped)
    }
}

/// Bytes of a record of these columns.
pub(super) fn record_bytes(columns: &Columns) -> usize {
    KEY_BYTES + 4 * columns.names().len()
}

/// The `place`-th of step, epoch and seed.
pub(super) fn key(record: &[u8], place: usize) -> u64 {
    record.get(8 * place..8 * place + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

pub(super) fn value(record: &[u8], column: usize) -> Option<f32> {
    let at = KEY_BYTES + 4 * column;
    let value = f32::from_le_bytes(record.get(at..at + 4)?.try_into().ok()?);
    Some(value).filter(|value| !value.is_nan())
}
