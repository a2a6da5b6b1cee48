//! Rows of a run at full rate, read by another thread while more of them are written.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLockReadGuard};

use super::error::RecordError;
use super::row::{Columns, Row};
use super::spool::{Thinned, unreadable};
use super::stretch::{BUFFER_BYTES, Shape, StretchFile, key, value};

/// The rows that a spool had when this was made, and those that are left of them where it is thinned since.
pub struct SpoolReader {
    stretches: Vec<StretchFile>,
    thinned: Arc<Mutex<Option<Thinned>>>,
    missing_from: Option<u64>,
    /// Times that each stretch had been cut before.
    cuts: Vec<u64>,
}

impl SpoolReader {
    pub(super) fn new(
        stretches: Vec<StretchFile>,
        thinned: Arc<Mutex<Option<Thinned>>>,
        missing_from: Option<u64>,
    ) -> Self {
        let cuts = stretches.iter().map(|stretch| stretch.shape().cuts).collect();
        Self { stretches, thinned, missing_from, cuts }
    }

    /// Names of all columns: the present ones, then those that only earlier rows have.
    #[must_use]
    pub fn columns(&self) -> Columns {
        Columns::joined(self.stretches.iter().rev().map(|stretch| &*stretch.columns))
    }

    /// Which steps are no longer there by now; `None` while all are.
    #[must_use]
    pub fn thinned(&self) -> Option<Thinned> {
        *self.thinned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first step whose rows are missing because they could not be written, if any are.
    #[must_use]
    pub fn missing_from(&self) -> Option<u64> {
        self.missing_from
    }

    /// Rows from a step on and before another.
    ///
    /// # Errors
    /// When the rows cannot be read back.
    pub fn count(&self, from: u64, until: u64) -> Result<u64, RecordError> {
        let mut rows = 0;
        for stretch in &self.stretches {
            let shape = stretch.shape();
            let end = stretch.first_at(&shape, until).map_err(unreadable)?;
            rows += end.saturating_sub(stretch.first_at(&shape, from).map_err(unreadable)?);
        }
        Ok(rows)
    }

    /// Calls `f` with every row from a step on and before another, its values in the order of `columns`, until it is false; a
    /// value that the row does not have is undefined. Whether all rows were handed out.
    ///
    /// # Errors
    /// When the rows cannot be read back or the run has gone back meanwhile, or the first error of `f`.
    pub fn for_each(
        &self,
        columns: &Columns,
        (from, until): (u64, u64),
        mut f: impl FnMut(Row) -> Result<bool, RecordError>,
    ) -> Result<bool, RecordError> {
        for (stretch, cuts) in self.stretches.iter().zip(&self.cuts) {
            let places: Vec<_> = columns.names().iter().map(|name| stretch.columns.index(name)).collect();
            let mut block = Vec::new();
            let mut place = Place { step: from, at: 0, thinnings: None };
            loop {
                let length = self.fill(stretch, *cuts, &mut place, &mut block)?;
                if length == 0 {
                    break;
                }
                for one in block[..length].chunks_exact(stretch.record()) {
                    let step = key(one, 0);
                    if step >= until {
                        return Ok(true);
                    }
                    let values = places.iter().map(|place| place.and_then(|place| value(one, place))).collect();
                    if !f(Row { step, epoch: key(one, 1), seed: key(one, 2), values })? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Reads the next records into a block, those of a step together, as they are thinned together; how many bytes.
    fn fill(
        &self,
        stretch: &StretchFile,
        cuts: u64,
        place: &mut Place,
        block: &mut Vec<u8>,
    ) -> Result<usize, RecordError> {
        let shape = stretch.shape();
        if shape.cuts != cuts {
            let words = "the run has gone back, or a twin has taken its place, while its rows were read";
            return Err(unreadable(io::Error::other(words)));
        }
        let record = stretch.record();
        if place.thinnings != Some(shape.thinnings) {
            place.at = stretch.first_at(&shape, place.step).map_err(unreadable)?;
            place.thinnings = Some(shape.thinnings);
        }
        let left = shape.written.saturating_sub(place.at * record as u64);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let mut records = (BUFFER_BYTES / record).max(1);
        loop {
            let length = left.min(records * record);
            block.resize(length, 0);
            read_at(&stretch.file, block, place.at * record as u64).map_err(unreadable)?;
            let Some(last) = block.chunks_exact(record).next_back().map(|last| key(last, 0)) else { return Ok(0) };
            let whole = block.chunks_exact(record).take_while(|one| length == left || key(one, 0) != last).count();
            if whole > 0 {
                place.step = if length == left { last + 1 } else { last };
                place.at += whole as u64;
                return Ok(whole * record);
            }
            // A step with more rows than that.
            records *= 2;
        }
    }
}

/// How far a stretch has been read.
struct Place {
    /// The first step whose rows are still to be read.
    step: u64,
    /// Records before it, as long as none has moved since.
    at: u64,
    thinnings: Option<u64>,
}

impl StretchFile {
    fn shape(&self) -> RwLockReadGuard<'_, Shape> {
        self.shape.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self) -> usize {
        super::stretch::record_bytes(&self.columns)
    }

    /// The first record whose step is not before this one.
    fn first_at(&self, shape: &Shape, step: u64) -> io::Result<u64> {
        let (mut low, mut high) = (0, shape.written / self.record() as u64);
        while low < high {
            let middle = u64::midpoint(low, high);
            if self.step_of(shape, middle)?.is_some_and(|found| found < step) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The step of a record, if there is one at that place.
    fn step_of(&self, shape: &Shape, at: u64) -> io::Result<Option<u64>> {
        let record = self.record() as u64;
        if (at + 1) * record > shape.written {
            return Ok(None);
        }
        let mut bytes = [0; 8];
        read_at(&self.file, &mut bytes, at * record)?;
        Ok(Some(u64::from_le_bytes(bytes)))
    }
}

/// Reads without moving the place at which the file's owner reads and writes.
#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

/// Reads; nothing tells the owner's place from this one's.
#[cfg(not(unix))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "rows can be read beside the run on Unix only"))
}

#[cfg(test)]
mod tests {
    use super::super::spool::Spool;
    use super::*;

    fn columns(names: &[&str]) -> Arc<Columns> {
        Arc::new(Columns::new(names.iter().map(|name| (*name).to_owned()).collect()))
    }

    fn row(step: u64, seed: u64) -> Row {
        Row { step, epoch: step / 7, seed, values: vec![Some(step as f32), (!step.is_multiple_of(3)).then_some(-0.0)] }
    }

    fn filled(steps: u64, limit: u64) -> (Spool, Arc<Columns>) {
        let (mut spool, names) = (Spool::with_limit(limit), columns(&["a", "b"]));
        for step in 0..steps {
            [4, 5, 6].into_iter().for_each(|seed| spool.push(&names, &row(step, seed)).expect("written"));
        }
        (spool, names)
    }

    fn read(reader: &SpoolReader, columns: &Columns, steps: (u64, u64)) -> Vec<Row> {
        let mut found = Vec::new();
        let all = reader.for_each(columns, steps, |row| {
            found.push(row);
            Ok(true)
        });
        assert!(all.expect("readable"));
        found
    }

    #[test]
    fn a_part_is_read_and_counted_while_rows_are_added() {
        let (mut spool, _) = filled(10_000, u64::MAX);
        let more = columns(&["b", "c"]);
        spool.push(&more, &row(10_000, 4)).expect("written");
        let reader = spool.reader().expect("shared");
        let mut found = Vec::new();
        let wanted = Columns::new(vec!["b".into(), "a".into()]);
        let all = reader.for_each(&wanted, (17, 10_001), |row| {
            // The owner goes on writing at its own place.
            spool.push(&more, &Row { step: 10_001 + found.len() as u64, ..row.clone() })?;
            found.push(row);
            Ok(true)
        });
        assert!(all.expect("readable"));
        assert_eq!(found.len() as u64, reader.count(17, 10_001).expect("counted"));
        assert_eq!(found.len(), 3 * (10_000 - 17) + 1);
        assert_eq!((found[0].step, found[0].seed, found[0].values[1]), (17, 4, Some(17.0)));
        assert_eq!((found[29_949].step, found[29_949].values[1]), (10_000, None), "the other stretch has no 'a'");
        assert!(!reader.for_each(&wanted, (0, 9), |row| Ok(row.step < 3)).expect("readable"), "given up");
    }

    #[test]
    fn what_is_thinned_meanwhile_is_read_on_and_what_is_cut_is_an_error() {
        let (mut spool, names) = filled(20_000, 2 << 20);
        let reader = spool.reader().expect("shared");
        assert_eq!(reader.thinned(), None);
        let mut found: Vec<(u64, u64)> = Vec::new();
        let all = reader.for_each(&names, (0, 20_000), |one| {
            if found.len() == 4001 {
                // A block ends in the midst of a step.
                for step in 20_000..60_000 {
                    [4, 5, 6].into_iter().for_each(|seed| spool.push(&names, &row(step, seed)).expect("written"));
                }
            }
            found.push((one.step, one.seed));
            Ok(true)
        });
        assert!(all.expect("readable"));
        let thinned = reader.thinned().expect("more rows than there is room for");
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "no row twice, none out of order");
        // What was read in one block before that is whole, and what follows has what is left.
        let steps: Vec<u64> = found.chunks(3).map(|rows| rows[0].0).collect();
        assert!(found.chunks(3).all(|rows| rows.len() == 3 && rows[0].0 == rows[2].0), "all seeds of each step");
        assert_eq!(steps[..1000], (0..1000).collect::<Vec<_>>());
        let later = steps.iter().filter(|step| **step > 15_000 && **step < thinned.before);
        assert!(later.clone().count() > 10 && { later }.all(|step| step.is_multiple_of(thinned.every)));

        let (mut spool, names) = filled(20_000, u64::MAX);
        let reader = spool.reader().expect("shared");
        let mut rows = 0;
        let error = reader.for_each(&names, (0, 20_000), |_| {
            rows += 1;
            if rows == 10 {
                spool.truncate_from(15_000)?;
            }
            Ok(true)
        });
        assert!(error.expect_err("its end has gone").to_string().contains("has gone back"));
        assert!(rows < 60_000);
        assert_eq!(read(&spool.reader().expect("shared"), &names, (14_999, u64::MAX)).len(), 3);
    }
}
