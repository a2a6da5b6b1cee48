//! The folder of a reproduction: `reproduce.json`, `grids/`, `runs/`, `figures/`, `report.json`, `report.html`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::course::{CoursePlan, CourseRecord};
use super::error::ReproduceError;
use super::settings::{MOST_SEEDS, MOST_STEPS, Settings};
use crate::input_file;
use crate::record::{FileList, FolderKind, ListedFiles, RecordError, make_folders, write_file, write_file_once};
use crate::share::{path_word, shell_line};
use crate::sweep::Existing;
use crate::training::COMPUTATION;

/// Says what a folder was begun for.
pub(super) const MANIFEST: &str = "reproduce.json";
const GRIDS: &str = "grids";
const RUNS: &str = "runs";
/// Name of the list of files in each folder of a sweep.
const LIST: &str = ".hebbscope.jsonl";
/// Beyond it a record is none of ours.
const MOST_BYTES: u64 = 64 << 20;

/// What a folder was begun for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Items, in the paper's order.
    pub items: Vec<String>,
    /// `--quick`
    pub quick: bool,
    /// `--seeds`
    pub seeds: Option<u64>,
    /// `--steps`
    pub steps: Option<u64>,
    /// `--cifar`
    pub cifar: Option<PathBuf>,
}

impl Manifest {
    /// Of what was asked for.
    #[must_use]
    pub fn new(items: &[&str], settings: &Settings) -> Self {
        let Settings { quick, seeds, steps, cifar } = settings.clone();
        Self { items: items.iter().map(|item| (*item).to_owned()).collect(), quick, seeds, steps, cifar }
    }

    /// Says which number is none that a reproduction is begun with: runs are planned for each seed before anything else.
    fn check(&self) -> Result<(), String> {
        for (name, value, most) in [("seeds", self.seeds, MOST_SEEDS), ("steps", self.steps, MOST_STEPS)] {
            if let Some(value) = value.filter(|value| !(1..=most).contains(value)) {
                return Err(format!("{name} = {value}: must be a whole number from 1 to {most}"));
            }
        }
        Ok(())
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings { quick: self.quick, seeds: self.seeds, steps: self.steps, cifar: self.cifar.clone() }
    }

    /// The command that it was begun with, without its folder.
    #[must_use]
    pub fn command(&self) -> String {
        let mut words = vec!["hebbscope".to_owned(), "reproduce".to_owned()];
        let all: Vec<&str> = super::items::ITEMS.iter().map(|item| item.id).collect();
        match self.items == all {
            true => words.push("all".into()),
            false => words.extend(self.items.iter().cloned()),
        }
        if self.quick {
            words.push("--quick".into());
        }
        for (name, value) in [("--seeds", self.seeds), ("--steps", self.steps)] {
            words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value.to_string()]));
        }
        words.extend(self.cifar.iter().flat_map(|path| ["--cifar".to_owned(), path_word(path)]));
        shell_line(&words)
    }

    /// Whether both are the same experiments; where the images lie is not part of them.
    fn is_same(&self, other: &Self) -> bool {
        let plain = |one: &Self| Self { cifar: one.cifar.as_ref().map(|_| PathBuf::new()), ..one.clone() };
        plain(self) == plain(other)
    }
}

/// The folder.
#[derive(Clone, Debug)]
pub struct ReproductionFolder {
    path: PathBuf,
}

impl ReproductionFolder {
    /// Whether the folder may be used; nothing changes.
    ///
    /// # Errors
    /// When it holds something else, or a reproduction that is not to be gone on with, or one with other options.
    pub fn check(path: &Path, manifest: &Manifest, existing: Existing) -> Result<(), ReproduceError> {
        if path.exists() && !path.is_dir() {
            return Err(RecordError::NotAFolder(path.to_path_buf()).into());
        }
        let listed = ListedFiles::read(path)?;
        if let Some(found) = listed.as_ref().map(|listed| listed.kind).filter(|kind| *kind != FolderKind::Reproduction)
        {
            return Err(RecordError::OtherKind { path: path.to_path_buf(), found }.into());
        }
        if listed.is_none() {
            let is_hidden = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
            let holds_something = match std::fs::read_dir(path) {
                Ok(entries) => entries.flatten().any(|entry| !is_hidden(&entry)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
                Err(error) => return Err(ReproduceError::io(path, "cannot be read")(error)),
            };
            return if holds_something { Err(RecordError::NotEmpty(path.to_path_buf()).into()) } else { Ok(()) };
        }
        match existing {
            Existing::Refuse => Err(ReproduceError::HasResults(path.to_path_buf())),
            Existing::Remove => Ok(()),
            Existing::Resume => match Self::manifest_of(path)? {
                // A kill between list and manifest.
                None => Ok(()),
                Some(found) if found.is_same(manifest) => Ok(()),
                Some(found) => Err(ReproduceError::OtherReproduction {
                    path: path.to_path_buf(),
                    there: found.command(),
                    here: manifest.command(),
                }),
            },
        }
    }

    /// Makes the folder after [`Self::check`], or takes it up. Any number of processes may do so at once.
    ///
    /// # Errors
    /// When the system refuses, or another process was first with other options.
    pub fn create(path: &Path, manifest: &Manifest, existing: Existing) -> Result<Self, ReproduceError> {
        Self::check(path, manifest, existing)?;
        if existing == Existing::Remove {
            remove(path)?;
        }
        make_folders(path).map_err(ReproduceError::io(path, "cannot be created"))?;
        let folder = Self { path: path.to_path_buf() };
        folder.list(MANIFEST)?;
        let mut text = serde_json::to_string_pretty(manifest)
            .map_err(|source| RecordError::Json { path: path.join(MANIFEST), source })?;
        text.push('\n');
        write_file_once(&path.join(MANIFEST), text.as_bytes())?;
        Self::check(path, manifest, Existing::Resume)?;
        for part in [GRIDS, RUNS] {
            let part = path.join(part);
            std::fs::create_dir_all(&part).map_err(ReproduceError::io(&part, "cannot be created"))?;
        }
        Ok(folder)
    }

    /// Opens the folder of a reproduction, to write into it.
    ///
    /// # Errors
    /// When it is none.
    pub fn open(path: &Path) -> Result<(Self, Manifest), ReproduceError> {
        match ListedFiles::read(path)?.is_some_and(|listed| listed.kind == FolderKind::Reproduction) {
            true => Self::look(path),
            false => Err(ReproduceError::NoFolder(path.to_path_buf())),
        }
    }

    /// Opens the folder of a reproduction to read it, as one that was copied without its hidden files.
    ///
    /// # Errors
    /// When there is no manifest, or one that cannot be read.
    pub fn look(path: &Path) -> Result<(Self, Manifest), ReproduceError> {
        match Self::manifest_of(path)? {
            Some(manifest) => Ok((Self { path: path.to_path_buf() }, manifest)),
            None => Err(ReproduceError::NoFolder(path.to_path_buf())),
        }
    }

    fn manifest_of(path: &Path) -> Result<Option<Manifest>, ReproduceError> {
        let file = path.join(MANIFEST);
        match input_file::read(&file, input_file::CONFIGURATION) {
            Ok(text) => match serde_json::from_slice::<Manifest>(&text) {
                Ok(manifest) => match manifest.check() {
                    Ok(()) => Ok(Some(manifest)),
                    Err(message) => Err(ReproduceError::Course { path: file, message }),
                },
                Err(source) => Err(unreadable(file, &source)),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ReproduceError::io(&file, "cannot be read")(error)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Folder of a grid, which is that of a sweep.
    #[must_use]
    pub fn grid(&self, name: &str) -> PathBuf {
        self.path.join(GRIDS).join(name)
    }

    /// Lists the folder of a grid, before there is anything in it.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn list_grid(&self, name: &str) -> Result<(), ReproduceError> {
        self.list(&format!("{GRIDS}/{name}/{LIST}"))
    }

    /// Writes a file, whole or not at all, by its path in the folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ReproduceError> {
        self.list(name)?;
        Ok(write_file(&self.path.join(name), bytes)?)
    }

    fn list(&self, name: &str) -> Result<(), ReproduceError> {
        Ok(FileList::open(&self.path, FolderKind::Reproduction)?.add(name)?)
    }

    /// Keeps what a run has left.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn keep(&self, plan: &CoursePlan, record: &CourseRecord) -> Result<(), ReproduceError> {
        let name = format!("{RUNS}/{}.json", plan.name);
        let mut text =
            serde_json::to_vec(record).map_err(|source| RecordError::Json { path: self.path.join(&name), source })?;
        text.push(b'\n');
        self.write(&name, &text)
    }

    /// What a run has left; `None` where it is not at its end.
    ///
    /// # Errors
    /// When the file cannot be read, or is of another run or version.
    pub fn course(&self, plan: &CoursePlan) -> Result<Option<CourseRecord>, ReproduceError> {
        let path = self.path.join(RUNS).join(format!("{}.json", plan.name));
        let text = match input_file::read(&path, MOST_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ReproduceError::io(&path, "cannot be read")(error)),
        };
        let record: CourseRecord = match serde_json::from_slice(&text) {
            Ok(record) => record,
            Err(source) => return Err(unreadable(path, &source)),
        };
        if record.computation != COMPUTATION {
            return Err(ReproduceError::OtherComputation { path, found: record.computation });
        }
        if record.key != plan.key() {
            let message =
                "is the record of a run with other settings than this program's; start anew with --force".into();
            return Err(ReproduceError::Course { path, message });
        }
        record.check(&plan.keep).map_err(|message| ReproduceError::Course { path, message })?;
        Ok(Some(record))
    }
}

fn unreadable(path: PathBuf, source: &serde_json::Error) -> ReproduceError {
    ReproduceError::Course { path, message: format!("cannot be read as what this program wrote: {source}") }
}

/// Removes what the lists of a reproduction and of its grids name.
fn remove(path: &Path) -> Result<(), ReproduceError> {
    let Some(listed) = ListedFiles::read(path)? else { return Ok(()) };
    let lists = listed.files.iter().filter_map(|file| file.strip_suffix(LIST)?.strip_suffix('/'));
    for grid in lists.map(|folder| path.join(folder)) {
        if let Some(inner) = ListedFiles::read(&grid)?.filter(|inner| inner.kind == FolderKind::Sweep) {
            inner.remove(&grid)?;
        }
    }
    Ok(listed.remove(path)?)
}
