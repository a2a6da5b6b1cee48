//! Whether what is being written is still where it was begun: a folder may be removed or moved away under a process, whose open
//! files then take everything and keep nothing, and another process may have begun one of the same name.

use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::error::RecordError;

/// Whether a path leads to this open file or folder. One that cannot be looked at is taken for it: what is wrong with it will be
/// told by whoever writes.
pub(super) fn leads_to(path: &Path, file: &File) -> bool {
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) => return error.kind() != ErrorKind::NotFound,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        file.metadata().is_ok_and(|own| (own.dev(), own.ino()) == (found.dev(), found.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (found, file);
        true
    }
}

/// Refuses to go on with a file that is no longer where it was begun.
///
/// # Errors
/// Then.
pub fn check_in_place(path: &Path, file: &File) -> std::io::Result<()> {
    if leads_to(path, file) {
        return Ok(());
    }
    Err(has_gone())
}

pub(super) fn has_gone() -> Error {
    Error::new(ErrorKind::NotFound, "it has been removed or moved away")
}

/// A folder that a process works in, which knows it again: before anybody is sent to it, or something is put there at the end.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    /// Absent where a system opens no folders, or not this one: then one of that name is taken for it.
    folder: Option<File>,
}

impl Place {
    /// The folder that is there now.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_path_buf(), folder: File::open(path).ok() }
    }

    /// Whether it is still there.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.folder.as_ref().map_or_else(|| self.path.is_dir(), |folder| leads_to(&self.path, folder))
    }

    /// Refuses to go on without it.
    ///
    /// # Errors
    /// When it has been removed or moved away, or another has taken its place.
    pub fn check(&self) -> Result<(), RecordError> {
        if self.is_there() {
            return Ok(());
        }
        Err(RecordError::io(&self.path, "cannot be written to")(has_gone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_moved_or_replaced_is_no_longer_in_place() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        let file = File::create(&path).expect("made");
        check_in_place(&path, &file).expect("it is there");
        std::fs::rename(&path, &other).expect("moved");
        assert!(check_in_place(&path, &file).expect_err("moved").to_string().contains("removed or moved away"));
        assert!(leads_to(&other, &file));
        #[cfg(unix)]
        {
            let _another = File::create(&path).expect("made");
            assert!(!leads_to(&path, &file));
        }
    }

    #[test]
    fn a_place_is_known_again_also_where_another_has_its_name() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let path = scratch.path().join("a");
        std::fs::create_dir(&path).expect("made");
        let place = Place::of(&path);
        place.check().expect("it is there");
        std::fs::rename(&path, scratch.path().join("b")).expect("moved");
        let error = place.check().expect_err("moved").to_string();
        assert!(error.contains("a: cannot be written to: it has been removed or moved away"), "{error}");
        #[cfg(unix)]
        {
            std::fs::create_dir(&path).expect("made");
            assert!(!place.is_there());
        }
        // One that was never there is not there, either.
        assert!(!Place::of(&scratch.path().join("c")).is_there());
    }
}
