//! A table under way that can be read at any time: it has a plain name of its own, and takes its last one when it is whole.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::atomic::sync_folder;
use super::error::RecordError;
use super::in_place::check_in_place;

/// A file of lines. Until it is finished it is locked, by which others see that it is being written.
pub(super) struct PartialFile {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// Bytes of the whole lines in the file.
    whole: u64,
}

impl PartialFile {
    /// Begins a file at `path`, which must not be there yet, for what is to be `target`.
    pub(super) fn create(path: PathBuf, target: PathBuf) -> Result<Self, RecordError> {
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = opened.map_err(|error| match error.kind() {
            // Two have begun at once in a folder that cannot be claimed.
            ErrorKind::AlreadyExists => RecordError::Busy(path.parent().unwrap_or(&path).to_path_buf()),
            _ => RecordError::io(&path, "cannot be created")(error),
        })?;
        // A file system without locks loses nothing but the sight of who writes.
        let _ = file.try_lock();
        Ok(Self { file, path, target, whole: 0 })
    }

    /// Takes up the first `bytes` of a file that an earlier process left at `path`, or finished as `target`.
    pub(super) fn take_up(path: PathBuf, target: PathBuf, bytes: u64) -> Result<Self, RecordError> {
        if !path.exists() && target.exists() {
            std::fs::rename(&target, &path).map_err(RecordError::io(&target, "cannot be taken up"))?;
        }
        let opened = OpenOptions::new().write(true).open(&path);
        let mut file = opened.map_err(RecordError::io(&path, "cannot be taken up"))?;
        // Another process may have been faster.
        if matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
            return Err(RecordError::Busy(path.parent().unwrap_or(&path).to_path_buf()));
        }
        let cut = file.set_len(bytes).and_then(|()| file.seek(SeekFrom::End(0)));
        cut.map_err(RecordError::io(&path, "cannot be taken up"))?;
        Ok(Self { file, path, target, whole: bytes })
    }

    /// Makes what was appended durable; bytes of its whole lines.
    pub(super) fn secure(&self) -> Result<u64, RecordError> {
        self.file.sync_data().map_err(RecordError::io(&self.path, "cannot be made durable"))?;
        Ok(self.whole)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it will be.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Appends whole lines and takes them out; of those that do not all fit on the disk, the file keeps the ones that do, and the
    /// others stay with whoever may try again.
    pub(super) fn append_lines(&mut self, lines: &mut Vec<u8>) -> Result<(), RecordError> {
        check_in_place(&self.path, &self.file).map_err(RecordError::io(&self.path, "cannot be written"))?;
        let mut written = 0;
        let outcome = loop {
            match self.file.write(&lines[written..]) {
                _ if written == lines.len() => break Ok(()),
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        let kept = lines[..written].iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        self.whole += kept as u64;
        lines.drain(..kept);
        outcome.map_err(|error| {
            // Where even that is refused, whoever reads finds a torn last line, and what is written next takes its place.
            let _ = self.file.set_len(self.whole);
            let _ = self.file.seek(SeekFrom::Start(self.whole));
            RecordError::io(&self.path, "cannot be written")(error)
        })
    }

    /// Makes it durable and gives it its last name, in place of an older file.
    pub(super) fn finish(&self) -> Result<(), RecordError> {
        check_in_place(&self.path, &self.file).map_err(RecordError::io(&self.path, "cannot be finished"))?;
        self.file.sync_all().map_err(RecordError::io(&self.path, "cannot be made durable"))?;
        std::fs::rename(&self.path, &self.target)
            .map_err(RecordError::io(&self.target, "cannot be put in its place"))?;
        sync_folder(&self.target)
    }
}

/// Whether a process is writing the file.
pub(super) fn is_being_written(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run goes on after a checkpoint that could not be made: rows that it was to secure must not be missing from its table.
    #[test]
    fn lines_that_could_not_be_written_wait_for_another_try() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, target) = (folder.path().join("partial"), folder.path().join("whole"));
        let mut rows = PartialFile::create(path.clone(), target.clone()).expect("begun");
        let mut lines = b"a\nb\n".to_vec();
        rows.append_lines(&mut lines).expect("written");
        assert!(lines.is_empty());
        let writable = std::mem::replace(&mut rows.file, File::open(&path).expect("there"));
        lines.extend_from_slice(b"c\n");
        rows.append_lines(&mut lines).expect_err("it is open to be read alone");
        assert_eq!(lines, b"c\n");
        rows.file = writable;
        lines.extend_from_slice(b"d\n");
        rows.append_lines(&mut lines).expect("written");
        rows.finish().expect("finished");
        assert_eq!(std::fs::read(&target).expect("there"), b"a\nb\nc\nd\n");
    }
}
