//! The folder of a sweep: its configuration, journals, shards and results.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use super::error::SweepError;
use super::grid::Grid;
use super::journal::{Entry, Header, Journal, SIGNATURE, entry_line, header_line, read_journal, sealed};
use super::outcome::Outcome;
use crate::experiment::{differing, from_toml_file};
use crate::input_file;
use crate::record::{FileList, FolderKind, ListedFiles, Place, RecordError, make_folders, write_file, write_file_once};

/// Folder of the journals.
pub(super) const JOURNALS: &str = "journal";
/// Folder of the shard files.
pub(super) const SHARDS: &str = "shards";
const CONFIG: &str = "config.toml";
const RESULTS: [&str; 3] = ["cells.csv", "cells.parquet", "sweep.json"];
const FIGURES: &str = "figures";
const SCRIPT: &str = "sweep.sbatch";

/// A share of the cells: those whose number leaves the remainder I when divided by N.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// I, from 0.
    pub index: usize,
    /// N.
    pub count: usize,
}

impl Shard {
    /// All cells.
    pub const ALL: Self = Self { index: 0, count: 1 };

    /// This shard of a grid.
    ///
    /// # Errors
    /// When there are more shards than cells.
    pub fn of(self, grid: &Grid) -> Result<Self, SweepError> {
        let Self { index, count } = self;
        let cells = grid.cells();
        if count > cells.max(1) { Err(SweepError::TooManyShards { index, count, cells }) } else { Ok(self) }
    }

    /// Whether a cell is of this shard.
    #[must_use]
    pub fn has(self, cell: usize) -> bool {
        cell % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self, SweepError> {
        let wrong = || SweepError::Shard(text.to_owned());
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let (index, count) = (index.parse().map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?);
        let shard = Self { index, count };
        if shard.index < shard.count && (1..=100_000).contains(&shard.count) { Ok(shard) } else { Err(wrong()) }
    }
}

/// What to do with a folder that holds results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is an error.
    Refuse,
    /// Go on with what is missing.
    Resume,
    /// Remove them, and nothing else.
    Remove,
}

/// The folder of a sweep: `config.toml`, `journal/`, `shards/`, `cells.csv`, `cells.parquet`, `sweep.json`, `figures/`.
#[derive(Clone, Debug)]
pub struct SweepFolder {
    path: PathBuf,
    went_by_names: bool,
    /// Once it is there.
    place: Option<Arc<Place>>,
}

impl SweepFolder {
    /// Makes the folder for a shard of a sweep, or takes it up. Any number of processes may do so at once, and whatever a
    /// kill or a power cut leaves of it is taken up.
    ///
    /// # Errors
    /// When it holds something else, results of the shard that are not to be resumed, or cannot be written to. Nothing has
    /// changed then.
    pub fn create(path: &Path, grid: &Grid, shard: Shard, existing: Existing) -> Result<Self, SweepError> {
        let mut folder = Self { path: path.to_path_buf(), went_by_names: false, place: None };
        if path.exists() && !path.is_dir() {
            return Err(RecordError::NotAFolder(path.to_path_buf()).into());
        }
        let config = path.join(CONFIG);
        let listed = ListedFiles::read(path)?;
        if let Some(found) = listed.as_ref().map(|listed| listed.kind).filter(|kind| *kind != FolderKind::Sweep) {
            return Err(RecordError::OtherKind { path: path.to_path_buf(), found }.into());
        }
        if config.is_file() {
            let found = Self::open(path)?.1;
            match existing {
                Existing::Remove if listed.is_some() || folder.has_results(Shard::ALL) => {
                    folder.went_by_names = listed.is_none();
                    folder.remove_results(listed)?;
                    // In place of the old one, which marks the folder as a sweep's until then.
                    folder.write(CONFIG, grid.experiment().written_in(path).to_toml().as_bytes())?;
                }
                Existing::Refuse if folder.has_results(shard) => {
                    return Err(SweepError::HasResults(path.to_path_buf()));
                }
                // A configuration alone may have been written by hand.
                Existing::Refuse | Existing::Resume | Existing::Remove => folder.check_same(&found, grid)?,
            }
        } else if path.is_dir() && folder.holds_something_else()? && !config.is_file() {
            return Err(RecordError::NotEmpty(path.to_path_buf()).into());
        }
        // First of all, and whole or not there: who starts meanwhile, or after a power cut, finds it or an empty folder.
        make_folders(path).map_err(SweepError::io(path, "cannot be created"))?;
        if !config.is_file() {
            // One that was written by hand is not this program's to remove.
            folder.list(CONFIG)?;
        }
        write_file_once(&config, grid.experiment().written_in(path).to_toml().as_bytes())?;
        // Another process may have been first.
        folder.check_same(&Self::open(path)?.1, grid)?;
        std::fs::create_dir_all(path.join(JOURNALS)).map_err(SweepError::io(path, "cannot be created"))?;
        folder.place = Some(Arc::new(Place::of(path)));
        Ok(folder)
    }

    /// Whether what the folder was begun for is this sweep.
    fn check_same(&self, found: &Grid, wanted: &Grid) -> Result<(), SweepError> {
        let Some(differing) = differing(found.experiment(), wanted.experiment()) else { return Ok(()) };
        Err(SweepError::OtherSweep { path: self.path.clone(), differing })
    }

    /// Whether a folder without a configuration holds something that no sweep left in it.
    fn holds_something_else(&self) -> Result<bool, SweepError> {
        let names = |folder: &Path| -> Result<Vec<String>, SweepError> {
            let entries = std::fs::read_dir(folder).map_err(SweepError::io(folder, "cannot be read"))?;
            let name = |entry: std::io::Result<std::fs::DirEntry>| {
                Ok(entry.map_err(SweepError::io(folder, "cannot be read"))?.file_name().to_string_lossy().into_owned())
            };
            entries.map(name).collect()
        };
        // Hidden ones are files under way, of another process that has begun at the same time, and the system's.
        let is_hidden = |name: &str| name.starts_with('.');
        for name in names(&self.path)?.iter().filter(|name| !is_hidden(name)) {
            let inner = self.path.join(name);
            if ![JOURNALS, SHARDS].contains(&name.as_str()) || !inner.is_dir() {
                return Ok(true);
            }
            let is_ours = |name: &String| is_hidden(name) || name.ends_with(".journal") || name.ends_with(".shard");
            if !names(&inner)?.iter().all(is_ours) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The sweep's folder that a path is, or that it is a file of.
    #[must_use]
    pub fn folder_of(path: &Path) -> Option<PathBuf> {
        let is_one = |folder: &Path| folder.join(CONFIG).is_file() && folder.join(JOURNALS).is_dir();
        if path.is_dir() {
            return is_one(path).then(|| path.to_path_buf());
        }
        let name = path.file_name()?.to_str()?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let is_of_sweep = name == CONFIG || RESULTS.contains(&name);
        (is_of_sweep && is_one(folder)).then(|| folder.to_path_buf())
    }

    /// Opens the folder of a sweep.
    ///
    /// # Errors
    /// When it is none.
    pub fn open(path: &Path) -> Result<(Self, Grid), SweepError> {
        let config = path.join(CONFIG);
        let text = match input_file::read_text(&config, input_file::CONFIGURATION) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(SweepError::NoFolder(path.to_path_buf()));
            }
            Err(error) => return Err(SweepError::io(&config, "cannot be read")(error)),
        };
        let experiment = from_toml_file(&config, &text)?.experiment;
        if experiment.sweep.is_none() {
            return Err(SweepError::NoFolder(path.to_path_buf()));
        }
        let place = Some(Arc::new(Place::of(path)));
        Ok((Self { path: path.to_path_buf(), went_by_names: false, place }, Grid::new(&experiment)?))
    }

    /// Goes over to another grid of the same experiment; what both have in common keeps its results.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn extend(&self, grid: &Grid) -> Result<(), SweepError> {
        self.write(CONFIG, grid.experiment().written_in(&self.path).to_toml().as_bytes())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether results were removed from a folder without a list of its files: those with the names that sweeps give.
    #[must_use]
    pub fn went_by_names(&self) -> bool {
        self.went_by_names
    }

    /// Begins a journal.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn journal(&self, header: &Header) -> Result<Journal, SweepError> {
        Journal::create(&self.path.join(JOURNALS), header, |name| self.list(&format!("{JOURNALS}/{name}")))
    }

    /// Writes the file of a shard, whole or not at all.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_shard(&self, grid: &Grid, header: &Header, outcomes: &[(usize, Outcome)]) -> Result<(), SweepError> {
        let (index, count) = header.shard;
        let mut text = sealed(&header_line(header));
        for (cell, outcome) in outcomes {
            let entry = Entry::Done { cell: *cell, key: grid.key(*cell), outcome: outcome.clone(), seconds: 0.0 };
            text.push_str(&sealed(&entry_line(&entry)));
        }
        self.write(&format!("{SHARDS}/{index}-of-{count}.shard"), text.as_bytes())
    }

    /// Lists a file that is to be written, by its path in the folder, as one of this program's.
    ///
    /// # Errors
    /// When the system refuses, or the folder is no longer where it was: what has its name then is another's.
    pub fn list(&self, name: &str) -> Result<(), SweepError> {
        self.place.as_deref().map_or(Ok(()), Place::check)?;
        Ok(FileList::open(&self.path, FolderKind::Sweep)?.add(name)?)
    }

    /// Writes a result, whole or not at all.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SweepError> {
        self.list(name)?;
        Ok(write_file(&self.path.join(name), bytes)?)
    }

    /// Whether there is anything that a shard has come to. What others have done is none of it, nor is a journal in
    /// which a process has begun cells and finished none.
    fn has_results(&self, shard: Shard) -> bool {
        let holds = |name: &str| {
            let Ok(entries) = std::fs::read_dir(self.path.join(name)) else { return false };
            entries.flatten().map(|entry| entry.path()).any(|path| {
                let mut is_own = false;
                let read = read_journal(&path, |entry| match entry {
                    Entry::Done { cell, .. } | Entry::Failed { cell, .. } => is_own |= shard.has(cell),
                    Entry::Started { .. } => {}
                });
                // What cannot be read is better not written beside.
                is_own || read.is_err()
            })
        };
        RESULTS.iter().any(|name| self.path.join(name).exists()) || holds(JOURNALS) || holds(SHARDS)
    }

    /// Removes what sweeps left here but for the configuration; everything else stays, and where something else is in the
    /// way, all does.
    fn remove_results(&self, listed: Option<ListedFiles>) -> Result<(), SweepError> {
        let figures = names(&self.path.join(FIGURES)).filter(|name| name.starts_with("phase-"));
        let known = RESULTS.into_iter().chain([CONFIG, SCRIPT]).map(str::to_owned);
        let known: BTreeSet<String> = known.chain(figures.map(|name| format!("{FIGURES}/{name}"))).collect();
        let mut all = listed.map_or_else(|| known.clone(), |listed| listed.files);
        for part in [JOURNALS, SHARDS] {
            let folder = self.path.join(part);
            let ours = names(&folder).filter(|name| is_journal(&folder.join(name)));
            all.extend(ours.map(|name| format!("{part}/{name}")));
        }
        let is_there = |file: &String| std::fs::symlink_metadata(self.path.join(file)).is_ok();
        if let Some(stranger) = known.iter().find(|file| !all.contains(*file) && is_there(file)) {
            return Err(RecordError::Stranger(self.path.join(stranger)).into());
        }
        all.remove(CONFIG);
        Ok(ListedFiles { kind: FolderKind::Sweep, files: all }.remove(&self.path)?)
    }
}

/// Names of the entries of a folder; none where it cannot be read.
fn names(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned())
}

/// Whether a file says in its first line that a sweep wrote it.
fn is_journal(path: &Path) -> bool {
    let mut beginning = [0; SIGNATURE.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut beginning));
    read.is_ok() && beginning == *SIGNATURE.as_bytes()
}
