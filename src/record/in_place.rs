//! Whether what is being written is still where it was begun: a folder may be removed or moved away under a process, whose open
//! files then take everything and keep nothing, and another process may have begun one of the same name.

use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::Path;

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
    Err(Error::new(ErrorKind::NotFound, "it has been removed or moved away"))
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
}
