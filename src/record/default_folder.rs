//! Folders for what was given none: `runs/NAME-TIME`, each a new one however many are asked for at once.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::RecordError;

/// Folder above all of them.
const RUNS: &str = "runs";
/// Form of the time, in UTC.
const TIME: &str = "%Y%m%d-%H%M%S";
/// Names that are tried: of one second and one experiment there are never so many.
const MOST: u32 = 100_000;

/// A folder for an experiment that nobody has yet, to be proposed: `runs/NAME-TIME`, with -2, -3, ... where that is
/// taken.
#[must_use]
pub fn propose_folder(experiment: &str) -> PathBuf {
    let path = path_now(experiment);
    { (1..=MOST).map(|count| numbered(&path, count)) }.find(|path| !path.exists()).unwrap_or(path)
}

/// Makes a new folder for an experiment: `runs/NAME-TIME`, with -2, -3, ... where that is taken.
///
/// # Errors
/// When the system refuses.
pub fn make_folder(experiment: &str) -> Result<PathBuf, RecordError> {
    make_new(&path_now(experiment))
}

/// Makes a new folder in place of a proposed one that somebody else has taken meanwhile; a path that no
/// [`propose_folder`] made stays as it is, and is not made.
///
/// # Errors
/// When the system refuses.
pub fn make_if_proposed(path: &Path) -> Result<PathBuf, RecordError> {
    match path.file_name().and_then(|name| unnumbered(&name.to_string_lossy()).map(str::to_owned)) {
        Some(name) => make_new(&path.with_file_name(name)),
        None => Ok(path.to_path_buf()),
    }
}

fn path_now(experiment: &str) -> PathBuf {
    let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = experiment.chars().map(plain).collect();
    PathBuf::from(RUNS).join(format!("{name}-{}", now.format(TIME)))
}

fn numbered(path: &Path, count: u32) -> PathBuf {
    match (count, path.file_name()) {
        (2.., Some(name)) => path.with_file_name(format!("{}-{count}", name.to_string_lossy())),
        _ => path.to_path_buf(),
    }
}

/// The name of a proposed folder without its count; `None` where it has no time.
fn unnumbered(name: &str) -> Option<&str> {
    let has_time = |name: &str| {
        let mut parts = name.rsplitn(3, '-');
        let [time, day] = [parts.next(), parts.next()].map(|part| part.unwrap_or_default());
        let is_number = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        is_number(time, 6) && is_number(day, 8) && parts.next().is_some()
    };
    let counted = name.rsplit_once('-').filter(|(_, count)| count.parse::<u32>().is_ok_and(|count| count > 1));
    if has_time(name) { Some(name) } else { counted.map(|(name, _)| name).filter(|name| has_time(name)) }
}

/// Makes the first folder of these names that is not there: the system lets one of many processes do so.
fn make_new(path: &Path) -> Result<PathBuf, RecordError> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above).map_err(RecordError::io(above, "cannot be created"))?;
    }
    for count in 1..=MOST {
        let path = numbered(path, count);
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(RecordError::io(&path, "cannot be created")(error)),
        }
    }
    Err(RecordError::NotEmpty(path.to_path_buf()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_ask_at_once_get_a_folder_each() {
        let above = tempfile::tempdir().expect("a temporary folder");
        let path = above.path().join("runs/sre-20260101-000000");
        let made = |_: u32| {
            let path = path.clone();
            std::thread::spawn(move || make_new(&path).expect("made"))
        };
        let threads: Vec<_> = (0..16).map(made).collect();
        let mut found: Vec<PathBuf> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 16, "{found:?}");
        assert!(found.contains(&path) && found.contains(&numbered(&path, 16)), "{found:?}");
    }

    #[test]
    fn only_proposed_names_are_counted_on() {
        let above = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| above.path().join(name);
        let next = |name: &str| make_if_proposed(&at(name)).expect("made");
        assert_eq!(next("sre-20260101-000000"), at("sre-20260101-000000"));
        assert_eq!(next("sre-20260101-000000"), at("sre-20260101-000000-2"));
        // Proposed while the first two were there.
        assert_eq!(next("sre-20260101-000000-3"), at("sre-20260101-000000-3"));
        for name in ["thesis", "thesis-2", "sre-20260101", "20260101-000000", "sre-2026010-000000"] {
            assert_eq!(next(name), at(name));
            assert!(!at(name).exists(), "{name} is left to whoever refuses or makes it");
        }
    }
}
