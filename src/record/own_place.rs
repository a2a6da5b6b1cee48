//! Places in the user's cache folder that a process has for itself: beside what is saved there lies a file that the process holds
//! locked, so that what nobody holds was left behind.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ending of the names of locked files.
pub(super) const LOCK: &str = ".lock";

/// Names that are tried before giving up: another process may take one for left behind between its making and its locking.
pub(super) const TRIES: usize = 16;

/// A name in that folder which begins with `prefix` and which nobody else has, and the file that says so as long as it is open.
///
/// # Errors
/// When the folder cannot be made or written to.
pub(super) fn take(folder: &Path, prefix: &str) -> io::Result<(String, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder)?;
    let mut refusal = None;
    for _ in 0..TRIES {
        let name = format!("{prefix}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = folder.join(format!("{name}{LOCK}"));
        let lock = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(lock) => lock,
            // Of an earlier process of this number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                refusal = Some(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        match lock.try_lock() {
            // Where files cannot be locked, nothing is ever taken for left behind.
            Ok(()) | Err(TryLockError::Error(_)) if path.exists() => return Ok((name, lock)),
            _ => {}
        }
    }
    Err(refusal.unwrap_or_else(|| io::Error::other("other processes remove its files")))
}

/// Names of places in that folder that nobody holds any longer, with the files that say so, held from now on.
pub(super) fn left(folder: &Path, prefix: &str) -> Vec<(String, File)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let held = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?.strip_suffix(LOCK)?.to_owned();
        if !name.starts_with(prefix) {
            return None;
        }
        // Of a disk that takes nothing more, what lies there can still be read.
        let lock = OpenOptions::new().write(true).open(&path).or_else(|_| File::open(&path)).ok()?;
        lock.try_lock().ok().map(|()| (name, lock))
    });
    held.collect()
}
