//! Grids of runs of the window in the user's cache folder, so that a kill, a crash or a power cut costs at most what was
//! trained in the last minute.
//!
//! A grid has the folder of a sweep, and beside it a file that its process holds locked: what nobody holds was left behind.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::cache::cache_folder;
use super::own_place::{self, LOCK};

/// How the names of these folders begin; process and number follow.
const PREFIX: &str = "grid-";

/// Where the results of a sweep's folder lie: what was changed last there was saved last.
const JOURNALS: &str = "journal";

/// Grids that were left behind and are kept until somebody goes on with them: of more, the oldest go. Chosen here.
const MOST_LEFT: usize = 6;

/// A place for a grid of runs: while this is held, no other process takes it. Nothing is removed but by [`Self::forget`].
#[derive(Debug)]
pub struct GridPlace {
    folder: PathBuf,
    saved: SystemTime,
    /// Held as long as this.
    _lock: File,
}

impl GridPlace {
    /// A place in the user's cache folder, with an empty folder.
    ///
    /// # Errors
    /// When there is no such folder, or it cannot be written to.
    pub fn new() -> io::Result<Self> {
        Self::new_in(&cache_folder()?)
    }

    fn new_in(cache: &Path) -> io::Result<Self> {
        let (name, lock) = own_place::take(cache, PREFIX)?;
        let place = Self { folder: cache.join(name), saved: SystemTime::now(), _lock: lock };
        match fs::create_dir(&place.folder) {
            Ok(()) => Ok(place),
            Err(error) => {
                let _ = fs::remove_file(lock_of(&place.folder));
                Err(error)
            }
        }
    }

    /// The folder of the sweep.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// When something was saved last in a place that was left behind; else when it was made.
    #[must_use]
    pub fn saved(&self) -> SystemTime {
        self.saved
    }

    /// Removes it with everything in it.
    pub fn forget(&self) {
        // The folder was made by this program, under a name that nobody chooses, in the user's cache.
        if fs::remove_dir_all(&self.folder).is_ok() || !self.folder.exists() {
            let _ = fs::remove_file(lock_of(&self.folder));
        }
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(LOCK);
    PathBuf::from(name)
}

/// Grids of runs that were left behind in the user's cache folder, the last one first. More than a few are removed, as are
/// places in which nothing was begun.
#[must_use]
pub fn left_grids() -> Vec<GridPlace> {
    cache_folder().map(|cache| left_in(&cache)).unwrap_or_default()
}

fn left_in(cache: &Path) -> Vec<GridPlace> {
    let mut left = Vec::new();
    for (name, lock) in own_place::left(cache, PREFIX) {
        let folder = cache.join(name);
        let journals = fs::read_dir(folder.join(JOURNALS)).into_iter().flatten().flatten();
        let saved = journals.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max();
        let place = GridPlace { folder, saved: saved.unwrap_or(SystemTime::UNIX_EPOCH), _lock: lock };
        match saved {
            Some(_) => left.push(place),
            None => place.forget(),
        }
    }
    left.sort_by_key(|one| std::cmp::Reverse(one.saved));
    for old in left.iter().skip(MOST_LEFT) {
        old.forget();
    }
    left.truncate(MOST_LEFT);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place with a journal, as a process that has ended leaves it.
    fn leave_one(cache: &Path) -> PathBuf {
        let place = GridPlace::new_in(cache).expect("made");
        let journals = place.folder().join(JOURNALS);
        fs::create_dir(&journals).expect("made");
        fs::write(journals.join("one.journal"), b"one").expect("written");
        place.folder().to_path_buf()
    }

    #[test]
    fn a_grid_is_found_once_its_process_is_gone_and_until_it_is_forgotten() {
        let cache = tempfile::tempdir().expect("a folder");
        let living = GridPlace::new_in(cache.path()).expect("made");
        assert!(left_in(cache.path()).is_empty(), "its process lives");
        assert!(living.folder().is_dir());
        let folder = leave_one(cache.path());
        let left = left_in(cache.path());
        assert_eq!(left.iter().map(GridPlace::folder).collect::<Vec<_>>(), [folder.as_path()]);
        assert!(left_in(cache.path()).is_empty(), "somebody has it");
        left[0].forget();
        drop(left);
        assert!(!folder.exists() && left_in(cache.path()).is_empty());
        drop(living);
        // Nothing was trained there.
        assert!(left_in(cache.path()).is_empty());
        assert_eq!(fs::read_dir(cache.path()).expect("readable").count(), 0);
    }

    #[test]
    fn of_many_the_last_stay() {
        let cache = tempfile::tempdir().expect("a folder");
        (0..MOST_LEFT + 2).for_each(|_| drop(leave_one(cache.path())));
        assert_eq!(left_in(cache.path()).len(), MOST_LEFT);
        assert_eq!(fs::read_dir(cache.path()).expect("readable").count(), 2 * MOST_LEFT);
    }
}
