//! Rows of a run at full rate, in files of the user's cache folder.

use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::cache::{CacheFile, cache_folder};
use super::error::RecordError;
use super::row::{Columns, Row};
use super::spool_reader::SpoolReader;
use super::stretch::{BUFFER_BYTES, Stretch, key, value};

/// Bytes on disk beyond which older rows are thinned: a run with a twin has twice as many.
const LIMIT: u64 = 1 << 30;

/// Column whose values are rare and outlast thinning.
const VALIDATION: &str = "validation_loss";

/// Most doublings of the distance between steps: beyond any run that a disk can hold.
const MOST_DOUBLINGS: u32 = 40;

/// What has been given up of the rows at full rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thinned {
    /// From this step on every measured step is there.
    pub before: u64,
    /// Before it, those that are multiples of this number, and those with a validation unless these are many.
    pub every: u64,
}

impl Thinned {
    /// Of two spools one after the other.
    #[must_use]
    pub fn of_both(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        let both = |(a, b): (Self, Self)| Self { before: a.before.max(b.before), every: a.every.max(b.every) };
        a.zip(b).map(both).or(a).or(b)
    }
}

/// Rows of a run at full rate on disk, in order of step, so that a run that was watched can be saved as a whole. The
/// files vanish with the spool; those of a process that was killed, with the next one.
///
/// They hold 1 GiB at most. When they are full, their older half is thinned: of it, only steps that are multiples of a
/// power of two are left, and those with a validation unless these are many. That power rises as the run goes on.
///
/// When what is measured changes on the way, the columns do; each stretch has its own.
pub struct Spool {
    stretches: Vec<Stretch>,
    missing_from: Option<u64>,
    thinned: Option<Thinned>,
    /// The same for whoever reads beside.
    told: Arc<Mutex<Option<Thinned>>>,
    limit: u64,
    make: fn() -> std::io::Result<CacheFile>,
}

/// Where the rows of a spool lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpoolRecord {
    stretches: Vec<StretchRecord>,
    missing_from: Option<u64>,
    thinned: Option<Thinned>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StretchRecord {
    file: String,
    columns: Columns,
}

impl Spool {
    /// Without rows.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stretches: Vec::new(),
            missing_from: None,
            thinned: None,
            told: Arc::default(),
            limit: LIMIT,
            make: CacheFile::new,
        }
    }

    /// As [`Self::new`], with another limit on the bytes on disk.
    #[must_use]
    pub fn with_limit(limit: u64) -> Self {
        Self { limit, ..Self::new() }
    }

    /// Makes the rows durable, and says where they lie, for another process to take them up.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn record(&mut self) -> Result<SpoolRecord, RecordError> {
        self.flush()?;
        let mut stretches = Vec::new();
        for stretch in &mut self.stretches {
            if let Some(file) = stretch.secure().map_err(unreadable)? {
                stretches.push(StretchRecord { file, columns: (*stretch.columns).clone() });
            }
        }
        Ok(SpoolRecord { stretches, missing_from: self.missing_from, thinned: self.thinned })
    }

    /// Takes up the rows before a step that a process which has ended left.
    ///
    /// # Errors
    /// When they cannot be read, or another process has them.
    pub fn take_up(record: &SpoolRecord, step: u64) -> Result<Self, RecordError> {
        let mut spool = Self { missing_from: record.missing_from, thinned: record.thinned, ..Self::new() };
        for one in &record.stretches {
            let taken =
                CacheFile::take_over(&one.file).and_then(|file| Stretch::take_up(Arc::new(one.columns.clone()), file));
            spool.stretches.push(taken.map_err(unreadable)?);
        }
        spool.truncate_from(step)?;
        Ok(spool)
    }

    /// The same rows in files of their own.
    ///
    /// # Errors
    /// When they cannot be read, or the system refuses a file.
    pub fn duplicate(&mut self) -> Result<Self, RecordError> {
        let _ = self.flush();
        let mut copy = Self { missing_from: None, thinned: self.thinned, limit: self.limit, ..Self::new() };
        for stretch in &mut self.stretches {
            let columns = Arc::clone(&stretch.columns);
            let mut record = vec![0; stretch.record()];
            let (mut reader, mut left) = stretch.reader().map_err(unreadable)?;
            while left > 0 {
                reader.read_exact(&mut record).map_err(unreadable)?;
                left -= 1;
                let values = (0..columns.names().len()).map(|place| value(&record, place)).collect();
                copy.push(
                    &columns,
                    &Row { step: key(&record, 0), epoch: key(&record, 1), seed: key(&record, 2), values },
                )?;
            }
        }
        copy.missing_from = self.missing_from;
        Ok(copy)
    }

    /// Leaves the files for the next start of the program.
    pub fn leave(&mut self) {
        self.stretches.iter_mut().for_each(Stretch::leave);
    }

    /// Which steps are no longer there; `None` while all are.
    #[must_use]
    pub fn thinned(&self) -> Option<Thinned> {
        self.thinned
    }

    /// Bytes on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.stretches.iter().map(|stretch| stretch.written).sum()
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
                    self.stretches.push(Stretch::new(columns, file));
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
        Columns::joined(self.stretches.iter().rev().map(|stretch| &*stretch.columns))
    }

    /// The rows that there are now, for another thread to read while more are added.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn reader(&mut self) -> Result<SpoolReader, RecordError> {
        // As in `for_each`.
        let _ = self.flush();
        self.tell();
        let stretches = self.stretches.iter().map(Stretch::share).collect::<Result<_, _>>().map_err(unreadable)?;
        Ok(SpoolReader::new(stretches, Arc::clone(&self.told), self.missing_from))
    }

    fn tell(&self) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = self.thinned;
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
            let (mut reader, mut left) = stretch.reader().map_err(unreadable)?;
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
        let left = |thinned: Thinned| Thinned { before: thinned.before.min(step), ..thinned };
        self.thinned = self.thinned.map(left).filter(|thinned| thinned.before > 0);
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
            let mut one = Self { stretches: vec![stretch], ..Self::new() };
            one.for_each(&columns, u64::MAX, |row| self.push(&columns, &row))?;
        }
        self.missing_from = self.missing_from.or(other.missing_from);
        self.thinned = Thinned::of_both(self.thinned, other.thinned);
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
        if self.bytes() > self.limit {
            self.thin().map_err(unreadable)?;
        }
        Ok(())
    }

    /// Thins the older half until half of that is left.
    fn thin(&mut self) -> std::io::Result<()> {
        let whole = self.bytes();
        let mut left = whole / 2;
        let shares: Vec<u64> = self
            .stretches
            .iter()
            .map(|stretch| {
                let share = left.min(stretch.written);
                left -= share;
                share
            })
            .collect();
        let validated = |stretch: &Stretch| {
            let column = stretch.columns.index(VALIDATION);
            move |record: &[u8]| column.is_some_and(|at| value(record, at).is_some())
        };
        // Bytes with and without a validation whose steps are multiples of which power of two: one look decides how far
        // to thin.
        let mut multiples = [[0; 2]; MOST_DOUBLINGS as usize + 1];
        for (stretch, &share) in self.stretches.iter_mut().zip(&shares) {
            let (is_validated, bytes) = (validated(stretch), stretch.record() as u64);
            stretch.look(share, |record| {
                let doublings = key(record, 0).trailing_zeros().min(MOST_DOUBLINGS);
                multiples[doublings as usize][usize::from(is_validated(record))] += bytes;
            })?;
        }
        // Where every other step is validated, validations are no longer what is rare.
        let validations: u64 = multiples.iter().map(|[_, with]| with).sum();
        let spares = validations <= whole / 8;
        let fits = |doublings: &u32| {
            let left =
                multiples[*doublings as usize..].iter().map(|[without, with]| without + if spares { 0 } else { *with });
            left.sum::<u64>() + if spares { validations } else { 0 } <= whole / 4
        };
        // Never finer than before: what is said of the older rows is true of all of them.
        let before = self.thinned.map_or(0, |thinned| thinned.every.trailing_zeros());
        let doublings = (before..=MOST_DOUBLINGS).find(fits).unwrap_or(MOST_DOUBLINGS);
        for (stretch, share) in self.stretches.iter_mut().zip(shares).filter(|(_, share)| *share > 0) {
            let is_validated = validated(stretch);
            let dropped = stretch.thin(share, |record| {
                (spares && is_validated(record)) || key(record, 0).is_multiple_of(1 << doublings)
            })?;
            if let Some(before) = dropped {
                let last = self.thinned.get_or_insert(Thinned { before, every: 1 });
                *last = Thinned { before: last.before.max(before), every: last.every.max(1 << doublings) };
            }
        }
        self.tell();
        Ok(())
    }

    fn end(&mut self, step: u64, source: std::io::Error) -> RecordError {
        self.missing_from = Some(step);
        self.stretches.iter_mut().for_each(|stretch| stretch.buffer = Vec::new());
        // Where there is no folder, the cause says so.
        let folder = cache_folder().unwrap_or_else(|_| PathBuf::from("the cache folder"));
        RecordError::Spool { step, folder, source }
    }
}

impl Default for Spool {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) fn unreadable(source: std::io::Error) -> RecordError {
    RecordError::Io { path: PathBuf::from("file of the rows"), action: "cannot be read", source }
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

    #[test]
    fn a_full_spool_thins_its_older_half_evenly() {
        let names = columns(&["train_loss", "validation_loss", "c"]);
        let is_validated = |step: u64| step % 50 == 49;
        let row = |step: u64, seed: u64| {
            let validation = is_validated(step).then_some(step as f32);
            Row { step, epoch: 0, seed, values: vec![Some(step as f32), validation, None] }
        };
        // A few buffers, as files grow by those; 36 bytes a row.
        let limit = 2 << 20;
        let mut spool = Spool::with_limit(limit);
        let (steps, mut most) = (200_000, 0);
        for step in 0..steps {
            for seed in [4, 5] {
                spool.push(&names, &row(step, seed)).expect("written");
            }
            most = most.max(spool.bytes());
        }
        assert!(most <= limit + BUFFER_BYTES as u64, "{most}");
        let found = rows(&mut spool, &names, u64::MAX);
        let Thinned { before, every } = spool.thinned().expect("thinned");
        assert!(found.chunks_exact(2).all(|pair| pair[0] == row(pair[0].step, 4) && pair[1] == row(pair[0].step, 5)));
        let kept: Vec<u64> = found.iter().step_by(2).map(|row| row.step).collect();
        let wanted: Vec<u64> =
            (0..steps).filter(|step| *step >= before || step % every == 0 || is_validated(*step)).collect();
        assert_eq!(kept, wanted, "what is said to be there is there, and no more");
        assert!(every > 2 && kept.len() as u64 * 72 > limit / 2, "{every}, {} steps", kept.len());
        spool.truncate_from(10).expect("cut");
        assert_eq!(spool.thinned(), Some(Thinned { before: 10, every }));
        spool.truncate_from(0).expect("cut");
        assert_eq!(spool.thinned(), None);
    }

    #[test]
    fn a_spool_of_validations_alone_has_its_bound_too() {
        let names = columns(&["train_loss", "validation_loss"]);
        let limit = 1 << 20;
        let mut spool = Spool::with_limit(limit);
        for step in 0..100_000 {
            let row = Row { step, epoch: step, seed: 0, values: vec![Some(1.0), Some(step as f32)] };
            spool.push(&names, &row).expect("written");
            assert!(spool.bytes() <= limit);
        }
        let kept: Vec<u64> = rows(&mut spool, &names, u64::MAX).iter().map(|row| row.step).collect();
        let Thinned { before, every } = spool.thinned().expect("thinned");
        let wanted: Vec<u64> = (0..100_000).filter(|step| *step >= before || step % every == 0).collect();
        assert_eq!(kept, wanted);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_ends_the_spool_once_and_names_the_step() {
        let full = || std::fs::OpenOptions::new().read(true).write(true).open("/dev/full").map(CacheFile::of);
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
