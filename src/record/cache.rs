//! Files beside memory: named and locked in the user's cache folder, so that a process which is killed leaves nothing
//! for good.
//!
//! Folders for temporary files are memory on many systems; those for caches are not.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::autosave::saved_processes;
use super::own_place::number_after;

/// How names begin and end; between them stand the process and a number.
const PREFIX: &str = "rows-";
const SUFFIX: &str = ".spool";

/// Names that are tried before giving up: another process may clean one up between its making and its locking.
const TRIES: usize = 16;

/// A file of this process, which vanishes when it is dropped, or with the next [`clean_cache`].
#[derive(Debug)]
pub(super) struct CacheFile {
    pub(super) file: File,
    /// Absent for a file that has no name in the cache.
    path: Option<PathBuf>,
    is_left: bool,
}

/// A name that nothing in that folder has.
fn next_name(folder: &Path) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let own = format!("{PREFIX}{}-", std::process::id());
    COUNT.fetch_max(number_after(folder, &own), Ordering::Relaxed);
    format!("{own}{}{SUFFIX}", COUNT.fetch_add(1, Ordering::Relaxed))
}

impl CacheFile {
    /// Makes one in the user's cache folder.
    ///
    /// # Errors
    /// When there is no such folder or it cannot be written to.
    pub(super) fn new() -> io::Result<Self> {
        let folder = cache_folder()?;
        fs::create_dir_all(&folder)?;
        Self::new_in(&folder)
    }

    fn new_in(folder: &Path) -> io::Result<Self> {
        let mut refusal = None;
        for _ in 0..TRIES {
            let path = folder.join(next_name(folder));
            let file = match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    refusal = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match file.try_lock() {
                // A file that is gone was cleaned up between the two calls.
                Ok(()) if path.exists() => return Ok(Self { file, path: Some(path), is_left: false }),
                // Where files cannot be locked, nobody cleans up either.
                Err(TryLockError::Error(_)) => return Ok(Self { file, path: Some(path), is_left: false }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
            }
        }
        Err(refusal.unwrap_or_else(|| io::Error::other("other processes remove its files")))
    }

    /// Takes over a file that a process which has ended left in the cache folder, under a name of this process. The old name
    /// stays, for whoever may still be told of it, until it is cleaned up.
    ///
    /// # Errors
    /// When there is no such file, it is in use, or the name is none of a file of rows.
    pub(super) fn take_over(name: &str) -> io::Result<Self> {
        Self::take_over_in(&cache_folder()?, name)
    }

    fn take_over_in(folder: &Path, name: &str) -> io::Result<Self> {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
        if !is_plain || !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is no name of a file of rows"));
        }
        let old = folder.join(name);
        let file = OpenOptions::new().read(true).write(true).open(&old)?;
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process uses it"));
        }
        for _ in 0..TRIES {
            let path = folder.join(next_name(folder));
            match fs::hard_link(&old, &path) {
                Ok(()) => return Ok(Self { file, path: Some(path), is_left: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                // A file system without links: the file keeps its name.
                Err(_) => return Ok(Self { file, path: Some(old), is_left: false }),
            }
        }
        Err(io::Error::other("other processes remove its files"))
    }

    /// Its name in the cache folder.
    pub(super) fn name(&self) -> Option<String> {
        Some(self.path.as_ref()?.file_name()?.to_string_lossy().into_owned())
    }

    /// Leaves the file for the next start of the program.
    pub(super) fn leave(&mut self) {
        self.is_left = true;
    }

    /// A file that lies elsewhere.
    #[cfg(test)]
    pub(super) fn of(file: File) -> Self {
        Self { file, path: None, is_left: false }
    }
}

impl Drop for CacheFile {
    fn drop(&mut self) {
        if let Some(path) = self.path.as_ref().filter(|_| !self.is_left) {
            // What cannot be removed now is cleaned up later.
            let _ = fs::remove_file(path);
        }
    }
}

/// Where the files lie.
///
/// # Errors
/// When the environment names no folder.
pub(super) fn cache_folder() -> io::Result<PathBuf> {
    folder_of(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"), std::env::var_os("LOCALAPPDATA"))
        .ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "there is no cache folder: neither XDG_CACHE_HOME nor HOME is set")
        })
}

fn folder_of(cache: Option<OsString>, home: Option<OsString>, local: Option<OsString>) -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let home = || home.and_then(absolute).map(|home| home.join(".cache"));
    Some(cache.and_then(absolute).or_else(home).or_else(|| local.and_then(absolute))?.join("hebbscope"))
}

/// Removes from the user's cache folder what processes that were killed have left there.
pub fn clean_cache() {
    if let Ok(folder) = cache_folder() {
        clean(&folder);
    }
}

/// Removes the files of processes that have ended and have no run saved: theirs are those that nobody holds locked.
fn clean(folder: &Path) {
    let saved = saved_processes(folder);
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) {
            continue;
        }
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()).unwrap_or_default();
        if saved.iter().any(|saved| saved == process) {
            continue;
        }
        let Ok(file) = OpenOptions::new().write(true).open(&path) else { continue };
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_and_vanish_and_those_of_the_dead_are_cleaned() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = || fs::read_dir(folder.path()).expect("readable").count();
        let one = CacheFile::new_in(folder.path()).expect("made");
        let two = CacheFile::new_in(folder.path()).expect("made");
        // As a process that was killed leaves it, and somebody else's.
        fs::write(folder.path().join("rows-1-0.spool"), b"old").expect("written");
        fs::write(folder.path().join("notes.txt"), b"mine").expect("written");
        assert_eq!(names(), 4);
        clean(folder.path());
        assert!(one.path.as_ref().is_some_and(|path| path.exists()), "files in use stay");
        assert!(!folder.path().join("rows-1-0.spool").exists() && folder.path().join("notes.txt").exists());
        drop((one, two));
        assert_eq!(names(), 1);
    }

    #[test]
    fn rows_of_a_saved_run_stay_and_are_taken_over() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("rows-1-0.spool"), b"rows").expect("written");
        fs::write(folder.path().join("rows-12-0.spool"), b"others").expect("written");
        fs::write(folder.path().join("saved-1-0.2"), b"a checkpoint").expect("written");
        clean(folder.path());
        assert!(folder.path().join("rows-1-0.spool").exists() && !folder.path().join("rows-12-0.spool").exists());
        let taken = CacheFile::take_over_in(folder.path(), "rows-1-0.spool").expect("taken over");
        let name = taken.name().expect("named");
        assert_eq!(fs::read(folder.path().join(&name)).expect("readable"), b"rows");
        assert!(CacheFile::take_over_in(folder.path(), "rows-1-0.spool").is_err(), "it is in use");
        for wrong in ["../rows-1-0.spool", "rows-1-0.spool/..", "notes.txt", "", "rows-9-9.spool"] {
            assert!(CacheFile::take_over_in(folder.path(), wrong).is_err(), "{wrong}");
        }
        fs::remove_file(folder.path().join("saved-1-0.2")).expect("there");
        clean(folder.path());
        // Locked by whoever has taken it over, under both names.
        drop(taken);
        assert!(!folder.path().join(name).exists());
        clean(folder.path());
        assert!(!folder.path().join("rows-1-0.spool").exists());
    }

    #[test]
    fn what_an_earlier_process_of_this_number_left_is_in_nobodys_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let id = std::process::id();
        // More than the tests beside it take.
        for number in 0..2000 {
            fs::write(folder.path().join(format!("rows-{id}-{number}.spool")), b"rows").expect("written");
        }
        fs::write(folder.path().join("rows-1-0.spool"), b"rows").expect("written");
        let one = CacheFile::new_in(folder.path()).expect("there are other names");
        let other = CacheFile::take_over_in(folder.path(), "rows-1-0.spool").expect("there are other names");
        assert_ne!(one.name(), other.name());
    }

    #[test]
    fn the_folder_is_the_users_cache() {
        let os = |text: &str| Some(OsString::from(text));
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(folder_of(os("/c"), os("/home/u"), None), path("/c/hebbscope"));
        assert_eq!(folder_of(os("c"), os("/home/u"), None), path("/home/u/.cache/hebbscope"));
        assert_eq!(folder_of(os(""), os("/home/u"), None), path("/home/u/.cache/hebbscope"));
        assert_eq!(folder_of(None, os(""), None), None);
    }
}
