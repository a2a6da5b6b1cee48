//! Files beside memory: named and locked in the user's cache folder, so that a process which is killed leaves nothing
//! for good.
//!
//! Folders for temporary files are memory on many systems; those for caches are not.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

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
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut refusal = None;
        for _ in 0..TRIES {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{PREFIX}{}-{number}{SUFFIX}", std::process::id()));
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
                Ok(()) if path.exists() => return Ok(Self { file, path: Some(path) }),
                // Where files cannot be locked, nobody cleans up either.
                Err(TryLockError::Error(_)) => return Ok(Self { file, path: Some(path) }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
            }
        }
        Err(refusal.unwrap_or_else(|| io::Error::other("other processes remove its files")))
    }

    /// A file that lies elsewhere.
    #[cfg(test)]
    pub(super) fn of(file: File) -> Self {
        Self { file, path: None }
    }
}

impl Drop for CacheFile {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
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

/// Removes the files of processes that have ended: theirs are those that nobody holds locked.
fn clean(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) {
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
    fn the_folder_is_the_users_cache() {
        let os = |text: &str| Some(OsString::from(text));
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(folder_of(os("/c"), os("/home/u"), None), path("/c/hebbscope"));
        assert_eq!(folder_of(os("c"), os("/home/u"), None), path("/home/u/.cache/hebbscope"));
        assert_eq!(folder_of(os(""), os("/home/u"), None), path("/home/u/.cache/hebbscope"));
        assert_eq!(folder_of(None, os(""), None), None);
    }
}
