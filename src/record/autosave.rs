//! Runs of the window in the user's cache folder, so that a kill, a crash or a power cut costs at most what was trained since.
//!
//! A run has three checkpoints in turns and a file that its process holds locked: what nobody holds was left behind.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::cache::cache_folder;
use super::checkpoints::CHECKPOINT_SLOTS;
use super::error::RecordError;
use super::own_place::{self, LOCK};
use super::run_words::RunWords;

/// How the names of these files begin; process and number follow.
pub(super) const PREFIX: &str = "saved-";
/// What was said of the run.
const WORDS: &str = "words";

/// Runs that were left behind and are kept until somebody goes on with them, beside those that somebody wants kept: of more, the
/// oldest go. Chosen here: as many as a crash leaves of one window, with its shelf.
const MOST_LEFT: usize = 25;

/// Where the run of this process is saved. Dropped, it takes its files with it.
#[derive(Debug)]
pub struct Autosave {
    folder: PathBuf,
    name: String,
    turn: usize,
    is_left: bool,
    /// Held as long as this.
    lock: File,
}

impl Autosave {
    /// A place in the user's cache folder.
    ///
    /// # Errors
    /// When there is no such folder, or it cannot be written to.
    pub fn new() -> io::Result<Self> {
        Self::new_in(&cache_folder()?)
    }

    fn new_in(folder: &Path) -> io::Result<Self> {
        let (name, lock) = own_place::take(folder, PREFIX)?;
        Ok(Self { folder: folder.to_path_buf(), name, turn: 0, is_left: false, lock })
    }

    /// Whether the file that tells the living from what was left behind is still there.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.folder.join(format!("{}{LOCK}", self.name)).exists()
    }

    /// Where the next checkpoint goes.
    pub fn next_path(&mut self) -> PathBuf {
        let path = self.folder.join(format!("{}.{}", self.name, self.turn));
        self.turn = (self.turn + 1) % CHECKPOINT_SLOTS;
        path
    }

    /// What lies here is the run in the window from now on: of all that this process leaves it is found first, however much later the
    /// others were saved. A kill finds it so at once, a power cut once the file has been synced.
    ///
    /// # Errors
    /// When the system refuses; it is found in the order of its making then.
    pub fn come_to_front(&self) -> io::Result<File> {
        own_place::come_to_front(&self.lock)?;
        self.lock.try_clone()
    }

    /// Removes what was saved, as it is no longer that of the present run.
    pub fn forget(&mut self) {
        for turn in 0..CHECKPOINT_SLOTS {
            let _ = fs::remove_file(self.folder.join(format!("{}.{turn}", self.name)));
        }
        let _ = fs::remove_file(self.folder.join(format!("{}.{WORDS}", self.name)));
    }

    /// Saves what was said of the run.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn tell(&self, words: &RunWords) -> Result<(), RecordError> {
        words.write(&self.folder.join(format!("{}.{WORDS}", self.name)))
    }

    /// Leaves what was saved for the next start of the program.
    pub fn leave(mut self) {
        self.is_left = true;
    }
}

impl Drop for Autosave {
    fn drop(&mut self) {
        if !self.is_left {
            self.forget();
            let _ = fs::remove_file(self.folder.join(format!("{}{LOCK}", self.name)));
        }
    }
}

/// A run that a process which has ended left behind. While this is held, no other process takes it.
#[derive(Debug)]
pub struct LeftBehind {
    folder: PathBuf,
    name: String,
    saved: SystemTime,
    lock: File,
}

impl LeftBehind {
    /// Its checkpoints, the newest first.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        let mut paths = checkpoints(&self.folder, &self.name);
        paths.sort_by_key(|(_, saved)| std::cmp::Reverse(*saved));
        paths.into_iter().map(|(path, _)| path).collect()
    }

    /// Its process, and a number that is the greater the later the run was in the window.
    fn order(&self) -> (&str, u64) {
        own_place::order(&self.name, PREFIX, &self.lock)
    }

    /// When it was saved last.
    #[must_use]
    pub fn saved(&self) -> SystemTime {
        self.saved
    }

    /// What was said of the run.
    #[must_use]
    pub fn words(&self) -> RunWords {
        RunWords::read(&self.folder.join(format!("{}.{WORDS}", self.name)))
    }

    /// Saves what is said of the run now.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn tell(&self, words: &RunWords) -> Result<(), RecordError> {
        words.write(&self.folder.join(format!("{}.{WORDS}", self.name)))
    }

    /// Removes it.
    pub fn forget(&self) {
        for (path, _) in checkpoints(&self.folder, &self.name) {
            let _ = fs::remove_file(path);
        }
        let _ = fs::remove_file(self.folder.join(format!("{}.{WORDS}", self.name)));
        let _ = fs::remove_file(self.folder.join(format!("{}{LOCK}", self.name)));
    }
}

fn checkpoints(folder: &Path, name: &str) -> Vec<(PathBuf, SystemTime)> {
    let paths = (0..CHECKPOINT_SLOTS).map(|turn| folder.join(format!("{name}.{turn}")));
    paths.filter_map(|path| fs::metadata(&path).and_then(|about| about.modified()).ok().map(|at| (path, at))).collect()
}

/// Runs that were left behind in the user's cache folder, the last one first: those of the process that saved last, and of its runs
/// that which was in the window last. More than a few are removed, as are places without a checkpoint.
#[must_use]
pub fn left_behind() -> Vec<LeftBehind> {
    cache_folder().map(|folder| left_in(&folder)).unwrap_or_default()
}

fn left_in(folder: &Path) -> Vec<LeftBehind> {
    let mut left = Vec::new();
    for (name, lock) in own_place::left(folder, PREFIX) {
        match checkpoints(folder, &name).into_iter().map(|(_, saved)| saved).max() {
            Some(saved) => {
                left.push(LeftBehind { folder: folder.to_path_buf(), name, saved, lock });
            }
            None => {
                let _ = fs::remove_file(folder.join(format!("{name}.{WORDS}")));
                let _ = fs::remove_file(folder.join(format!("{name}{LOCK}")));
            }
        }
    }
    let mut last: HashMap<String, SystemTime> = HashMap::new();
    for one in &left {
        let of_process = last.entry(one.order().0.to_owned()).or_insert(one.saved);
        *of_process = one.saved.max(*of_process);
    }
    left.sort_by_cached_key(|one| {
        let (process, number) = one.order();
        std::cmp::Reverse((last.get(process).copied(), process.to_owned(), number, one.saved))
    });
    let mut others = 0;
    left.retain(|one| {
        others += usize::from(!one.words().is_kept);
        let stays = others <= MOST_LEFT || one.words().is_kept;
        if !stays {
            one.forget();
        }
        stays
    });
    left
}

/// Processes whose runs are saved in a folder, living or not: their rows are not to be cleaned up.
pub(super) fn saved_processes(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let saved = names.filter(|name| !name.ends_with(LOCK));
    saved.filter_map(|name| Some(name.strip_prefix(PREFIX)?.split('-').next()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_leaves_is_found_once_and_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut saved = Autosave::new_in(folder.path()).expect("made");
        fs::write(saved.next_path(), b"one").expect("written");
        let second = saved.next_path();
        fs::write(&second, b"two").expect("written");
        assert!(left_in(folder.path()).is_empty(), "its process lives");
        assert_eq!(saved_processes(folder.path()), vec![std::process::id().to_string(); 2]);
        saved.leave();
        let left = left_in(folder.path());
        assert_eq!((left.len(), left[0].paths().len()), (1, 2));
        assert!(left_in(folder.path()).is_empty(), "somebody has it");
        left[0].forget();
        drop(left);
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
    }

    /// However late the others were saved, and whatever earlier processes left.
    #[test]
    fn the_run_that_was_in_the_window_last_is_found_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |path: &Path, seconds: u64| {
            fs::write(path, b"one").expect("written");
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            File::options().write(true).open(path).and_then(|file| file.set_modified(time)).expect("set");
        };
        let mut places: Vec<Autosave> = (0..3).map(|_| Autosave::new_in(folder.path()).expect("made")).collect();
        for (place, seconds) in places.iter_mut().zip([20, 40, 30]) {
            at(&place.next_path(), seconds);
        }
        // Of a process that ended earlier, and had more runs.
        at(&folder.path().join("saved-1-900.0"), 39);
        fs::write(folder.path().join(format!("saved-1-900{LOCK}")), b"").expect("written");
        drop(places[0].come_to_front().expect("told"));
        places.into_iter().for_each(Autosave::leave);
        let left = left_in(folder.path());
        let seconds = |one: &LeftBehind| one.saved().duration_since(SystemTime::UNIX_EPOCH).expect("later").as_secs();
        assert_eq!(left.iter().map(seconds).collect::<Vec<_>>(), [20, 30, 40, 39]);
    }

    #[test]
    fn a_run_that_is_over_leaves_nothing_and_of_many_the_last_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut saved = Autosave::new_in(folder.path()).expect("made");
        fs::write(saved.next_path(), b"one").expect("written");
        drop(saved);
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
        for seconds in 0..MOST_LEFT as u64 + 3 {
            let mut saved = Autosave::new_in(folder.path()).expect("made");
            let path = saved.next_path();
            fs::write(&path, b"one").expect("written");
            // The oldest is wanted.
            let words = RunWords { name: "mine".into(), note: String::new(), is_kept: seconds == 0 };
            saved.tell(&words).expect("written");
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            File::options().write(true).open(&path).and_then(|file| file.set_modified(at)).expect("set");
            saved.leave();
        }
        // Killed before its first checkpoint.
        Autosave::new_in(folder.path()).expect("made").leave();
        let left = left_in(folder.path());
        let seconds = |one: &LeftBehind| one.saved().duration_since(SystemTime::UNIX_EPOCH).expect("later").as_secs();
        let wanted = (3..MOST_LEFT as u64 + 3).rev().chain([0]);
        assert_eq!(left.iter().map(seconds).collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
        assert_eq!(left[MOST_LEFT].words().name, "mine");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 3 * (MOST_LEFT + 1));
    }
}
