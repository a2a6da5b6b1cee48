//! Grids of runs of the window in the user's cache folder, so that a kill, a crash or a power cut costs at most what was
//! trained in the last minute.
//!
//! A grid has the folder of a sweep, and beside it a file that its process holds locked: what nobody holds was left behind.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::cache::cache_folder;
use super::error::RecordError;
use super::file_list::remove_folder;
use super::own_place::{self, LOCK, TRIES};

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
        let mut refusal = None;
        for _ in 0..TRIES {
            let (name, lock) = own_place::take(cache, PREFIX)?;
            let place = Self { folder: cache.join(name), saved: SystemTime::now(), _lock: lock };
            match fs::create_dir(&place.folder) {
                Ok(()) => return Ok(place),
                Err(error) => {
                    let _ = fs::remove_file(lock_of(&place.folder));
                    // Of an earlier process of this number, whose folder stays for what somebody else put there.
                    if error.kind() != io::ErrorKind::AlreadyExists {
                        return Err(error);
                    }
                    refusal = Some(error);
                }
            }
        }
        Err(refusal.unwrap_or_else(|| io::Error::other("every name is taken")))
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

    /// Removes it with everything that this program wrote there.
    ///
    /// # Errors
    /// When the system refuses, or the folder stays for what somebody else put there; where nobody hears of that, the next
    /// [`left_grids`] tells it.
    pub fn forget(&self) -> Result<(), RecordError> {
        remove_folder(&self.folder, &[JOURNALS])?;
        self.unlock();
        Ok(())
    }

    /// Whatever stays in the folder is none of this program's any longer.
    fn unlock(&self) {
        let _ = fs::remove_file(lock_of(&self.folder));
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(LOCK);
    PathBuf::from(name)
}

/// Grids of runs that were left behind in the user's cache folder, the last one first. More than a few are removed, as are
/// places in which nothing was begun. `told` hears, once, of a folder that stays as somebody else put something there.
pub fn left_grids(told: &mut dyn FnMut(RecordError)) -> Vec<GridPlace> {
    cache_folder().map(|cache| left_in(&cache, told)).unwrap_or_default()
}

fn left_in(cache: &Path, told: &mut dyn FnMut(RecordError)) -> Vec<GridPlace> {
    let mut forget = |place: &GridPlace| {
        if let Err(error) = place.forget() {
            if matches!(error, RecordError::NotOurs { .. }) {
                place.unlock();
            }
            told(error);
        }
    };
    let mut left = Vec::new();
    for (name, lock) in own_place::left(cache, PREFIX) {
        let folder = cache.join(name);
        let journals = fs::read_dir(folder.join(JOURNALS)).into_iter().flatten().flatten();
        let saved = journals.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max();
        let place = GridPlace { folder, saved: saved.unwrap_or(SystemTime::UNIX_EPOCH), _lock: lock };
        match saved {
            Some(_) => left.push(place),
            None => forget(&place),
        }
    }
    left.sort_by_key(|one| std::cmp::Reverse(one.saved));
    for old in left.iter().skip(MOST_LEFT) {
        forget(old);
    }
    left.truncate(MOST_LEFT);
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{FileList, FolderKind};

    fn found(cache: &Path) -> Vec<GridPlace> {
        left_in(cache, &mut |error| panic!("{error}"))
    }

    /// A place with a journal, as a process that has ended leaves it.
    fn leave_one(cache: &Path) -> PathBuf {
        let place = GridPlace::new_in(cache).expect("made");
        let journals = place.folder().join(JOURNALS);
        fs::create_dir(&journals).expect("made");
        FileList::open(place.folder(), FolderKind::Sweep)
            .and_then(|list| list.add("journal/one.journal"))
            .expect("listed");
        fs::write(journals.join("one.journal"), b"one").expect("written");
        place.folder().to_path_buf()
    }

    #[test]
    fn a_grid_is_found_once_its_process_is_gone_and_until_it_is_forgotten() {
        let cache = tempfile::tempdir().expect("a folder");
        let living = GridPlace::new_in(cache.path()).expect("made");
        assert!(found(cache.path()).is_empty(), "its process lives");
        assert!(living.folder().is_dir());
        let folder = leave_one(cache.path());
        let left = found(cache.path());
        assert_eq!(left.iter().map(GridPlace::folder).collect::<Vec<_>>(), [folder.as_path()]);
        assert!(found(cache.path()).is_empty(), "somebody has it");
        left[0].forget().expect("removed");
        drop(left);
        assert!(!folder.exists() && found(cache.path()).is_empty());
        drop(living);
        // Nothing was trained there.
        assert!(found(cache.path()).is_empty());
        assert_eq!(fs::read_dir(cache.path()).expect("readable").count(), 0);
    }

    #[test]
    fn of_many_the_last_stay() {
        let cache = tempfile::tempdir().expect("a folder");
        (0..MOST_LEFT + 2).for_each(|_| drop(leave_one(cache.path())));
        assert_eq!(found(cache.path()).len(), MOST_LEFT);
        assert_eq!(fs::read_dir(cache.path()).expect("readable").count(), 2 * MOST_LEFT);
    }

    #[test]
    fn what_somebody_else_put_there_stays_and_is_told_once() {
        let cache = tempfile::tempdir().expect("a folder");
        let folder = leave_one(cache.path());
        let notes = folder.join("notes.txt");
        fs::write(&notes, b"mine").expect("written");
        let places = found(cache.path());
        let said = places[0].forget().expect_err("the folder is not empty").to_string();
        assert!(said.contains("holds 'notes.txt', which this program did not write"), "{said}");
        assert_eq!(fs::read_dir(&folder).expect("there").count(), 1, "the rest is gone");
        drop(places);
        // As the window may have been closing, the next start says it; and no other.
        let mut told = Vec::new();
        assert!(left_in(cache.path(), &mut |error| told.push(error.to_string())).is_empty());
        assert_eq!(told, [said]);
        assert!(found(cache.path()).is_empty());
        assert_eq!(fs::read(&notes).expect("there"), b"mine");
        assert_eq!(fs::read_dir(cache.path()).expect("readable").count(), 1);
    }

    #[test]
    fn a_folder_that_stayed_is_in_nobodys_way() {
        let cache = tempfile::tempdir().expect("a folder");
        // The names that this process would give next, and many more.
        for number in 0..200 {
            let folder = cache.path().join(format!("{PREFIX}{}-{number}", std::process::id()));
            if number % 3 == 0 {
                fs::create_dir(folder).expect("made");
            }
        }
        let places: Vec<_> = (0..20).map(|_| GridPlace::new_in(cache.path()).expect("made")).collect();
        assert_eq!(places.len(), 20);
    }
}
