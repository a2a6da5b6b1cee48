//! Journals: what a process has begun and finished, line by line, so that a kill at any moment loses no finished cell.
//!
//! A line has fields between tabs, and a checksum in the last one; a line whose checksum is wrong was torn and does not
//! count. Each process writes a file of its own, as a task that was put back into a queue may run beside the one that is
//! still dying, and holds a lock on it, by which others see that it lives.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use super::error::SweepError;
use super::outcome::{CollapsedLayers, Outcome};
use crate::input_file;
use crate::record::{Reserve, check_in_place};

/// First field of the first line, with the version of the form.
pub(super) const SIGNATURE: &str = "hebbscope-sweep-1";

/// First line of a journal or a shard file: who wrote it, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Hash of the whole configuration.
    pub config_hash: String,
    /// Shard, and shards in all.
    pub shard: (usize, usize),
    /// Executor and its vector instructions, on which the last bits depend.
    pub backend: String,
    /// Version of what the cells compute: [`crate::training::COMPUTATION`], or that of another version of the program.
    pub computation: u32,
}

/// A line after the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A cell's training begins.
    Started {
        /// Place in the grid.
        cell: usize,
        /// [`super::Grid::key`].
        key: u64,
    },
    /// A cell is at its end.
    Done {
        /// Place in the grid.
        cell: usize,
        /// [`super::Grid::key`].
        key: u64,
        /// What it came to.
        outcome: Outcome,
        /// Seconds of one thread.
        seconds: f64,
    },
    /// A cell cannot be trained.
    Failed {
        /// Place in the grid.
        cell: usize,
        /// [`super::Grid::key`].
        key: u64,
        /// Why.
        words: String,
    },
}

/// A journal in writing.
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Bytes of the whole lines.
    whole: u64,
    /// For the cells that end while the disk is full.
    reserve: Reserve,
}

impl Journal {
    /// Begins a journal; its name is that of no other. `list` hears the name before the file is there.
    ///
    /// # Errors
    /// When the system refuses, or `list` does.
    pub fn create(
        folder: &Path,
        header: &Header,
        list: impl Fn(&str) -> Result<(), SweepError>,
    ) -> Result<Self, SweepError> {
        let (shard, shards) = header.shard;
        let host: String = host().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let stem = format!("shard-{shard}-of-{shards}-{host}-{}", std::process::id());
        // A process number comes again, a name must not.
        let mut count = 0_u32;
        let (file, path) = loop {
            let name = format!("{stem}-{count}.journal");
            let path = folder.join(&name);
            count += 1;
            if path.exists() {
                continue;
            }
            list(&name)?;
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                opened => break (opened.map_err(SweepError::io(&path, "cannot be created"))?, path),
            }
        };
        hold(&file);
        let mut journal = Self { file, path, whole: 0, reserve: Reserve::take(folder)? };
        journal.append([header_line(header)])?;
        Ok(journal)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends entries; finished ones are durable when it returns.
    ///
    /// # Errors
    /// When the system refuses. Where the disk is full, these entries are written all the same, in room that was kept for
    /// them; they should be the last.
    pub fn write(&mut self, entries: &[Entry]) -> Result<(), SweepError> {
        self.append(entries.iter().map(entry_line))?;
        if entries.iter().any(|entry| !matches!(entry, Entry::Started { .. })) {
            self.file.sync_data().map_err(SweepError::io(&self.path, "cannot be made durable"))?;
        }
        Ok(())
    }

    fn append(&mut self, lines: impl IntoIterator<Item = String>) -> Result<(), SweepError> {
        check_in_place(&self.path, &self.file).map_err(SweepError::io(&self.path, "cannot be written"))?;
        let text: String = lines.into_iter().map(|line| sealed(&line)).collect();
        // One call: a kill between two calls would tear more often.
        let written = self.file.write_all(text.as_bytes());
        if let Err(error) = written {
            let _ = self.file.set_len(self.whole);
            if self.reserve.give_back()
                && self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data()).is_ok()
            {
                self.whole += text.len() as u64;
            }
            return Err(SweepError::io(&self.path, "cannot be written")(error));
        }
        self.whole += text.len() as u64;
        Ok(())
    }
}

/// A journal or shard file as it was read.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Its first line; absent where a kill tore it.
    pub header: Option<Header>,
    /// Lines that were torn.
    pub torn: usize,
    /// Whether the process that writes it lives.
    pub is_alive: bool,
}

/// Reads a journal or shard file, entry by entry.
///
/// # Errors
/// When the system refuses, or the file is of another form.
pub fn read_journal(path: &Path, mut entry: impl FnMut(Entry)) -> Result<Read, SweepError> {
    let file = input_file::open(path).map_err(SweepError::io(path, "cannot be read"))?;
    let mut read = Read { is_alive: is_locked(&file), ..Read::default() };
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        // A longer line is none of a journal, and counts as several that are torn.
        let mut one = std::io::Read::take(&mut reader, input_file::LINE as u64);
        let length = one.read_until(b'\n', &mut line).map_err(SweepError::io(path, "cannot be read"))?;
        if length == 0 {
            return Ok(read);
        }
        number += 1;
        let Some(text) = unsealed(&line) else {
            read.torn += 1;
            continue;
        };
        let wrong =
            |message: &str| SweepError::Line { path: path.to_path_buf(), line: number, message: message.into() };
        if text.starts_with("hebbscope-sweep-") {
            read.header = Some(parsed_header(text).ok_or_else(|| wrong("is of another version of Hebbscope"))?);
        } else {
            entry(parsed_entry(text).ok_or_else(|| wrong("is not a line of a sweep"))?);
        }
    }
}

/// Takes the lock by which others see that the writer lives.
fn hold(file: &File) {
    // One who looks whether it is held holds it for a moment. A file system without locks loses nothing but the sight of
    // who lives.
    for _ in 0..100 {
        match file.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(1)),
            Ok(()) | Err(std::fs::TryLockError::Error(_)) => return,
        }
    }
}

/// Whether another process holds the lock that a writer holds.
fn is_locked(file: &File) -> bool {
    match file.try_lock_shared() {
        Err(std::fs::TryLockError::WouldBlock) => true,
        Ok(()) => {
            let _ = file.unlock();
            false
        }
        Err(std::fs::TryLockError::Error(_)) => false,
    }
}

fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map_or_else(|_| "host".into(), |name| name.trim().to_owned())
}

pub(super) fn header_line(header: &Header) -> String {
    let (shard, shards) = header.shard;
    let Header { config_hash, backend, computation, .. } = header;
    format!("{SIGNATURE}\t{config_hash}\t{shard}\t{shards}\t{}\t{computation}", plain(backend))
}

pub(super) fn entry_line(entry: &Entry) -> String {
    match entry {
        Entry::Started { cell, key } => format!("started\t{cell}\t{key:016x}"),
        Entry::Done { cell, key, outcome, seconds } => {
            let Outcome { values, steps, collapsed, diverged } = outcome;
            let values: Vec<String> = values.iter().map(|value| value.map_or_else(String::new, number)).collect();
            let flags: Vec<String> =
                collapsed_words(collapsed).into_iter().chain(diverged.then(|| "diverged".into())).collect();
            format!("done\t{cell}\t{key:016x}\t{steps}\t{}\t{}\t{seconds:.6}", flags.join("+"), values.join(","))
        }
        Entry::Failed { cell, key, words } => format!("failed\t{cell}\t{key:016x}\t{}", plain(words)),
    }
}

fn collapsed_words(layers: &CollapsedLayers) -> Option<String> {
    match layers {
        CollapsedLayers::None => None,
        CollapsedLayers::Unsaid => Some("collapsed".into()),
        CollapsedLayers::These(layers) => {
            Some(format!("collapsed:{}", layers.iter().map(usize::to_string).collect::<Vec<_>>().join(",")))
        }
    }
}

/// Fewest digits that read back as the same value.
pub(super) fn number(value: f64) -> String {
    format!("{value:?}")
}

fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

/// A line with its checksum.
pub(super) fn sealed(line: &str) -> String {
    format!("{line}\t{}\n", checksum(line))
}

fn unsealed(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (text, sum) = line.rsplit_once('\t')?;
    (checksum(text) == sum).then_some(text)
}

/// FNV-1a: it is to tell torn lines from whole ones, a hundred thousand of them in no time.
fn checksum(text: &str) -> String {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, mix))
}

fn parsed_header(text: &str) -> Option<Header> {
    let fields: Vec<_> = text.split('\t').collect();
    let [SIGNATURE, hash, shard, shards, backend, computation] = fields[..] else { return None };
    let shard = (shard.parse().ok()?, shards.parse().ok()?);
    let computation = computation.parse().ok()?;
    Some(Header { config_hash: hash.to_owned(), shard, backend: backend.to_owned(), computation })
}

fn parsed_entry(text: &str) -> Option<Entry> {
    let mut fields = text.split('\t');
    let kind = fields.next()?;
    let cell = fields.next()?.parse().ok()?;
    let key = u64::from_str_radix(fields.next()?, 16).ok()?;
    let entry = match kind {
        "started" => Entry::Started { cell, key },
        "failed" => Entry::Failed { cell, key, words: fields.next()?.to_owned() },
        "done" => {
            let steps = fields.next()?.parse().ok()?;
            let flags = fields.next()?;
            let values = fields.next()?;
            // A cell records one value at least, so that nothing is a single undefined one.
            let values = values.split(',').map(value).collect::<Option<_>>()?;
            let mut outcome = Outcome { values, steps, collapsed: CollapsedLayers::None, diverged: false };
            for flag in flags.split('+').filter(|flag| !flag.is_empty()) {
                match flag.split_once(':') {
                    None if flag == "diverged" => outcome.diverged = true,
                    None if flag == "collapsed" => outcome.collapsed = CollapsedLayers::Unsaid,
                    Some(("collapsed", layers)) => {
                        let layers = layers.split(',').map(|layer| layer.parse().ok()).collect::<Option<_>>()?;
                        outcome.collapsed = CollapsedLayers::These(layers);
                    }
                    _ => return None,
                }
            }
            Entry::Done { cell, key, outcome, seconds: fields.next()?.parse().ok()? }
        }
        _ => return None,
    };
    fields.next().is_none().then_some(entry)
}

fn value(text: &str) -> Option<Option<f64>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::COMPUTATION;

    fn header() -> Header {
        Header {
            config_hash: "0123456789abcdef".into(),
            shard: (1, 8),
            backend: "cpu avx512".into(),
            computation: COMPUTATION,
        }
    }

    fn done(cell: usize) -> Entry {
        let values = vec![Some(1.0 / 3.0), None, Some(-1e-30)];
        let outcome = Outcome { values, steps: 3950, collapsed: CollapsedLayers::These(vec![2, 11]), diverged: false };
        Entry::Done { cell, key: 0xdead_beef, outcome, seconds: 1.25 }
    }

    fn entries(path: &Path) -> (Read, Vec<Entry>) {
        let mut entries = Vec::new();
        let read = read_journal(path, |entry| entries.push(entry)).expect("readable");
        (read, entries)
    }

    /// Journals that were written before layers were told apart can be gone on with.
    #[test]
    fn layers_that_collapsed_are_read_as_far_as_they_are_said() {
        let read = |flags: &str| match parsed_entry(&format!("done\t0\t0f\t60\t{flags}\t0.5\t1.0")) {
            Some(Entry::Done { outcome, .. }) => Some((outcome.collapsed, outcome.diverged)),
            _ => None,
        };
        assert_eq!(read(""), Some((CollapsedLayers::None, false)));
        assert_eq!(read("collapsed"), Some((CollapsedLayers::Unsaid, false)));
        assert_eq!(read("collapsed:2,11+diverged"), Some((CollapsedLayers::These(vec![2, 11]), true)));
        for torn in ["collapsed:", "collapsed:2,", "collapsed:-1", "fallen"] {
            assert_eq!(read(torn), None, "{torn}");
        }
        let some = CollapsedLayers::These(vec![2, 11]);
        assert_eq!([Some(2), Some(3), None].map(|layer| some.has(layer)), [true, false, true]);
    }

    #[test]
    fn lines_read_back_to_the_last_bit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut journal = Journal::create(folder.path(), &header(), |_| Ok(())).expect("created");
        let written = [
            Entry::Started { cell: 7, key: 1 },
            done(7),
            Entry::Failed { cell: 8, key: u64::MAX, words: "two\nlines\tand a tab".into() },
        ];
        journal.write(&written).expect("written");
        let (read, found) = entries(journal.path());
        assert_eq!((read.header, read.torn), (Some(header()), 0));
        assert_eq!(found[..2], written[..2]);
        assert_eq!(found[2], Entry::Failed { cell: 8, key: u64::MAX, words: "two lines and a tab".into() });
        let second = Journal::create(folder.path(), &header(), |_| Ok(())).expect("another name");
        assert_ne!(second.path(), journal.path());
    }

    #[test]
    fn a_torn_last_line_does_not_count() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut journal = Journal::create(folder.path(), &header(), |_| Ok(())).expect("created");
        journal.write(&[done(1), done(2)]).expect("written");
        let whole = std::fs::read(journal.path()).expect("there");
        let start = whole.len() - sealed(&entry_line(&done(2))).len();
        for length in start..whole.len() {
            let path = folder.path().join("torn");
            std::fs::write(&path, &whole[..length]).expect("written");
            let (read, found) = entries(&path);
            assert_eq!(found, [done(1)], "cut at {length}");
            assert_eq!(read.torn, usize::from(length > start));
        }
    }
}
