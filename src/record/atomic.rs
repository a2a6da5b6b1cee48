//! Files that are either whole or not there: temporary file in the same folder, fsync, rename, fsync of the folder.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::RecordError;

/// A file under way; it takes its name at [`AtomicFile::commit`] and vanishes when dropped before.
pub(super) struct AtomicFile {
    temporary: NamedTempFile,
    target: PathBuf,
}

/// Beginning of the names of files under way, so that one who finds a left-over after a power cut knows what it is.
pub(super) const TEMPORARY_PREFIX: &str = ".hebbscope-unfinished-";

impl AtomicFile {
    /// Opens a temporary file beside `target`, whose folder must exist. A device, a pipe or a folder of that name is no older file:
    /// a rename would take it away from everybody.
    pub(super) fn create(target: PathBuf) -> Result<Self, RecordError> {
        if std::fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "something that is no file has that name");
            return Err(RecordError::io(&target, "cannot be created")(error));
        }
        // Renaming is atomic only within one file system, hence the same folder.
        let folder = target.parent().unwrap_or(Path::new("."));
        let temporary = builder().tempfile_in(folder).map_err(RecordError::io(&target, "cannot be created"))?;
        Ok(Self { temporary, target })
    }

    /// Where the file will be.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Where its contents are until then, for another program to write them.
    pub(super) fn under_way(&self) -> &Path {
        self.temporary.path()
    }

    /// Makes the contents durable and gives the file its name, in place of an older one.
    pub(super) fn commit(self) -> Result<(), RecordError> {
        self.commit_where(|| Ok(()))
    }

    /// As [`Self::commit`], unless `is_wanted` refuses. It is asked last, when the contents lie in the folder whose name was given:
    /// where that is another one by now, nothing of its files is replaced.
    fn commit_where(self, is_wanted: impl FnOnce() -> Result<(), RecordError>) -> Result<(), RecordError> {
        let Self { temporary, target } = self;
        temporary.as_file().sync_all().map_err(RecordError::io(&target, "cannot be made durable"))?;
        is_wanted()?;
        if let Err(failure) = temporary.persist(&target) {
            return Err(RecordError::io(&target, "cannot be put in its place")(failure.error));
        }
        sync_folder(&target)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.as_file_mut().flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.temporary.as_file_mut().seek(to)
    }
}

/// Writes a file, whole or not at all; folders above it are made where they are missing.
///
/// # Errors
/// When the system refuses.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(RecordError::io(folder, "cannot be created"))?;
    }
    write(path.to_path_buf(), bytes)
}

/// Writes a file, whole or not at all, unless one of that name is there already, which then stays; folders above it are
/// made where they are missing. Of processes that do so at once, one has its way.
///
/// # Errors
/// When the system refuses.
pub fn write_file_once(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(RecordError::io(folder, "cannot be created"))?;
    }
    write_new(path.to_path_buf(), bytes)
}

/// Writes a whole file into a folder that is there.
pub(super) fn write(target: PathBuf, bytes: &[u8]) -> Result<(), RecordError> {
    write_where(target, bytes, || Ok(()))
}

/// As [`write`], unless `is_wanted`, which is asked before the file takes its name, refuses.
pub(super) fn write_where(
    target: PathBuf,
    bytes: &[u8],
    is_wanted: impl FnOnce() -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let mut file = AtomicFile::create(target)?;
    if let Err(source) = file.write_all(bytes) {
        return Err(RecordError::io(file.target(), "cannot be written")(source));
    }
    file.commit_where(is_wanted)
}

/// As [`write`], unless a file of that name is there already, which then stays.
pub(super) fn write_new(target: PathBuf, bytes: &[u8]) -> Result<(), RecordError> {
    let mut file = AtomicFile::create(target)?;
    if let Err(source) = file.write_all(bytes) {
        return Err(RecordError::io(file.target(), "cannot be written")(source));
    }
    let AtomicFile { temporary, target } = file;
    temporary.as_file().sync_all().map_err(RecordError::io(&target, "cannot be made durable"))?;
    match temporary.persist_noclobber(&target) {
        Ok(_) => sync_folder(&target),
        Err(failure) if failure.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // A file system that cannot keep the older file: whoever is last has its way.
        Err(failure)
            if matches!(failure.error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) =>
        {
            AtomicFile { temporary: failure.file, target }.commit()
        }
        Err(failure) => Err(RecordError::io(&target, "cannot be put in its place")(failure.error)),
    }
}

/// Makes a folder, and those above it that are missing.
pub(crate) fn make_folders(path: &Path) -> io::Result<()> {
    let made = std::fs::create_dir_all(path);
    let leads_nowhere =
        |link: &Path| std::fs::symlink_metadata(link).is_ok_and(|found| found.is_symlink()) && !link.exists();
    match made {
        // The system says of it that it is there already.
        Err(_) if path.ancestors().any(leads_nowhere) => {
            Err(io::Error::new(io::ErrorKind::NotFound, "there is a link of that name, which leads nowhere"))
        }
        made => made,
    }
}

/// Whether files can be created in `folder`.
pub(super) fn probe(folder: &Path) -> Result<(), RecordError> {
    builder().tempfile_in(folder).map(drop).map_err(RecordError::io(folder, "cannot be written to"))
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX).suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private by default, but a run folder is read by others: leave it to the umask.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}

/// The rename itself survives a power cut only once the folder is on disk.
pub(super) fn sync_folder(target: &Path) -> Result<(), RecordError> {
    #[cfg(unix)]
    {
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        std::fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(RecordError::io(folder, "cannot be made durable"))?;
    }
    #[cfg(not(unix))]
    let _ = target;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let device = folder.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).expect("a link");
        let error = write(device.clone(), b"x").expect_err("no file").to_string();
        assert!(error.contains("device: cannot be created: something that is no file"), "{error}");
        assert!(std::fs::symlink_metadata(&device).expect("there").is_symlink());
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("the folder exists");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn older_contents_stay_until_commit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let target = folder.path().join("a.txt");
        write(target.clone(), b"old").expect("written");
        let mut file = AtomicFile::create(target.clone()).expect("created");
        file.write_all(b"new").expect("written");
        assert_eq!(std::fs::read(&target).expect("there"), b"old");
        file.commit().expect("committed");
        assert_eq!(std::fs::read(&target).expect("there"), b"new");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn dropped_file_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut file = AtomicFile::create(folder.path().join("a.txt")).expect("created");
        file.write_all(b"half").expect("written");
        assert_eq!(names(folder.path()).len(), 1);
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn readable_by_others_as_the_umask_says() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(folder.path().join("a.txt"), b"x").expect("written");
        std::fs::write(folder.path().join("plain.txt"), b"x").expect("written");
        let mode = |name| std::fs::metadata(folder.path().join(name)).expect("there").permissions().mode();
        assert_eq!(mode("a.txt"), mode("plain.txt"));
    }

    #[test]
    fn missing_folder_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let target = folder.path().join("missing").join("a.txt");
        let message = write(target.clone(), b"x").expect_err("no such folder").to_string();
        assert!(message.contains(&target.display().to_string()), "{message}");
    }
}
