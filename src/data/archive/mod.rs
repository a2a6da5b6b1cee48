//! Archives as the folders that unpacking them would make: later entries take the place of earlier ones, links lead to
//! what they name, and what cannot be read is named.

mod gzip;
mod sparse;
mod tar;
mod tree;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use self::gzip::{MAGIC, Members};
use self::tar::Entries;
use self::tree::{Found, Tree};
use super::error::DataError;
use crate::input_file;

/// A tar archive, compressed with gzip or not.
pub(super) struct Archive {
    path: PathBuf,
    is_compressed: bool,
    tree: Tree,
}

/// A file in an archive.
#[derive(Clone, Debug)]
pub(super) struct Member {
    entry: usize,
    /// Its bytes.
    pub(super) size: u64,
    /// Path of the archive and of the file in it.
    pub(super) shown: PathBuf,
}

impl Archive {
    /// Goes through the whole archive and learns what is in it.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let mut file = input_file::open(path).map_err(DataError::read(path))?;
        let mut first = Vec::new();
        file.by_ref().take(512).read_to_end(&mut first).map_err(DataError::read(path))?;
        let is_compressed = first.starts_with(&MAGIC);
        if !is_compressed && !tar::is_header(&first) {
            let found = first.iter().take(2).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
            return Err(DataError::NotGzip { path: path.to_path_buf(), found });
        }
        let mut archive = Self { path: path.to_path_buf(), is_compressed, tree: Tree::default() };
        let mut tree = Tree::default();
        archive.walk(|entries| {
            let mut number = 0;
            while let Some(entry) = entries.next()? {
                tree.put(&entry, number)?;
                number += 1;
            }
            Ok(())
        })?;
        archive.tree = tree;
        Ok(archive)
    }

    /// The folder that holds files of these names: `preferred` where it is one, else the top, else the only one.
    pub(super) fn folder_of(&self, preferred: &str, names: &[&str]) -> Result<Option<Vec<String>>, DataError> {
        let holding = self.tree.folders_holding(preferred, names);
        match holding.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.clone())),
            several => Err(DataError::Ambiguous {
                path: self.path.clone(),
                folders: several.iter().map(|folder| folder.join("/")).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// A file of a folder; `None` where there is none of that name.
    pub(super) fn member(&self, folder: &[String], name: &str) -> Result<Option<Member>, DataError> {
        let shown = folder.iter().fold(self.path.clone(), |path, part| path.join(part)).join(name);
        match self.tree.find(folder, name) {
            Found::Nothing => Ok(None),
            Found::File { entry, size } => Ok(Some(Member { entry, size, shown })),
            Found::Unreadable(message) => Err(DataError::Member { path: shown, message }),
        }
    }

    /// The first bytes of each of some files, as many as are asked for.
    pub(super) fn read(&self, wanted: &[(Member, u64)]) -> Result<Vec<Vec<u8>>, DataError> {
        let mut all = vec![Vec::new(); wanted.len()];
        self.walk(|entries| {
            let mut number = 0;
            while let Some(entry) = entries.next()? {
                let of_entry = || (0..wanted.len()).filter(|at| wanted[*at].0.entry == number);
                if let Some(most) = of_entry().map(|at| wanted[at].1).max() {
                    let bytes = entries.read(&entry, most)?;
                    for at in of_entry() {
                        let length = bytes.len().min(wanted[at].1 as usize);
                        all[at] = bytes[..length].to_vec();
                    }
                }
                number += 1;
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Hands out the entries from the first on, and reads on to the end, so that all checksums are looked at.
    fn walk(
        &self,
        mut visit: impl FnMut(&mut Entries<&mut Watched<Box<dyn Read>>>) -> io::Result<()>,
    ) -> Result<(), DataError> {
        let mut file = input_file::open(&self.path).map_err(DataError::read(&self.path))?;
        file.rewind().map_err(DataError::read(&self.path))?;
        let mut source = Watched { inner: self.source(file), failed: None };
        let visited = visit(&mut Entries::new(&mut source));
        let drained = if visited.is_ok() { io::copy(&mut source, &mut io::sink()) } else { Ok(0) };
        let path = self.path.clone();
        match (source.failed, visited) {
            (Some(source), _) if self.is_compressed => Err(DataError::Gzip { path, source }),
            (Some(source), _) => Err(DataError::Read { path, source }),
            (None, Err(source)) if self.is_compressed => Err(DataError::Tar { path, source }),
            (None, Err(source)) => Err(DataError::PlainTar { path, source }),
            (None, Ok(())) => drained.map(drop).map_err(DataError::read(&self.path)),
        }
    }

    fn source(&self, file: File) -> Box<dyn Read> {
        let file = BufReader::with_capacity(1 << 16, file);
        if self.is_compressed { Box::new(Members::new(file)) } else { Box::new(file) }
    }
}

/// Remembers the source's own error, which the reader of the archive would pass off as its own.
struct Watched<R> {
    inner: R,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.inner.read(out).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                self.failed = Some(io::Error::new(error.kind(), error.to_string()));
            }
        })
    }
}
