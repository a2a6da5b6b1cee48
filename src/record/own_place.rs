//! Places in the user's cache folder that a process has for itself: beside what is saved there lies a file that the process holds
//! locked, so that what nobody holds was left behind.
//!
//! A name has the process and a number, which tells the order in which places were taken. One that comes to the front later has a
//! further number: as the length of its locked file, which a full disk takes as well, and which is never half written.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ending of the names of locked files.
pub(super) const LOCK: &str = ".lock";

/// Names that are tried before giving up: another process may take one for left behind between its making and its locking.
pub(super) const TRIES: usize = 16;

/// Numbers of places, and of their ways to the front.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A name in that folder which begins with `prefix` and which nobody else has, and the file that says so as long as it is open.
///
/// # Errors
/// When the folder cannot be made or written to.
pub(super) fn take(folder: &Path, prefix: &str) -> io::Result<(String, File)> {
    fs::create_dir_all(folder)?;
    let own = format!("{prefix}{}-", std::process::id());
    COUNT.fetch_max(number_after(folder, &own), Ordering::Relaxed);
    let mut refusal = None;
    for _ in 0..TRIES {
        let name = format!("{own}{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let path = folder.join(format!("{name}{LOCK}"));
        let lock = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(lock) => lock,
            // Somebody else's.
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

/// A number above those of all names in that folder that begin so: in a container each process may have the number of the one before,
/// and what that one left is older than all that comes.
pub(super) fn number_after(folder: &Path, beginning: &str) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| {
        let name = entry.file_name();
        let rest = name.to_str()?.strip_prefix(beginning)?;
        let number: u64 = rest.split('.').next()?.parse().ok()?;
        number.checked_add(1)
    });
    numbers.max().unwrap_or(0)
}

/// Lets what lies in a place be the last that its process has worked on. It stays so whatever becomes of the process; of a power cut
/// that is true once the file has been synced.
///
/// # Errors
/// When the system refuses.
pub(super) fn come_to_front(lock: &File) -> io::Result<()> {
    lock.set_len(COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Process of a place, and a number that is the greater the later it was taken or came to the front.
pub(super) fn order<'a>(name: &'a str, prefix: &str, lock: &File) -> (&'a str, u64) {
    let (process, number) = name.strip_prefix(prefix).and_then(|rest| rest.split_once('-')).unwrap_or((name, ""));
    let front = lock.metadata().map_or(0, |about| about.len());
    (process, front.max(number.parse().unwrap_or(0)))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As many as a crash leaves of a window with a full shelf, and its process had the number of this one.
    #[test]
    fn what_an_earlier_process_of_this_number_left_is_in_nobodys_way_and_older() {
        let folder = tempfile::tempdir().expect("a folder");
        let id = std::process::id();
        for number in [7, 2_000_000] {
            for name in number..number + 40 {
                fs::write(folder.path().join(format!("saved-{id}-{name}{LOCK}")), b"").expect("written");
            }
            let (name, lock) = take(folder.path(), "saved-").expect("there are other names");
            let (process, place) = order(&name, "saved-", &lock);
            assert_eq!(process, id.to_string());
            assert!(place >= number + 40, "{name}");
        }
    }
}
