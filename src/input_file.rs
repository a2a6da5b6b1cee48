//! Files of others, read within a limit: only regular files are opened, and no more is held than a file of its kind needs.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Most bytes of a configuration: full decay matrices of a wide network take some megabytes. What is no configuration
/// takes up to thirty times its length while it is parsed.
pub const CONFIGURATION: u64 = 32 << 20;
/// Most bytes of a list of interventions; an hour of dragging takes some megabytes.
pub const INTERVENTIONS: u64 = 64 << 20;
/// Most bytes of a golden trajectory; those of whole networks take some hundred kilobytes.
pub const TRAJECTORY: u64 = 64 << 20;
/// Most bytes of a tour.
pub const TOUR: u64 = 4 << 20;
/// Most bytes of a line of a file that is read line by line.
pub const LINE: usize = 1 << 20;

/// Opens a regular file, or a link to one.
///
/// # Errors
/// Of the system; and for folders, pipes, sockets and devices, whose reading may never end, with what they are.
pub fn open(path: &Path) -> io::Result<File> {
    // Before it is opened: to open a pipe is to wait for whoever writes into it.
    refuse_others(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    refuse_others(&file.metadata()?)?;
    Ok(file)
}

/// Reads a regular file of `limit` bytes at most.
///
/// # Errors
/// As [`open`], and for a longer file.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    if length > limit {
        return Err(too_long(Some(length), limit));
    }
    // Some files tell no length, such as those of /proc.
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_long(None, limit)) } else { Ok(bytes) }
}

/// Reads a regular file of `limit` bytes of text in UTF-8 at most; a byte order mark at its beginning is left out.
///
/// # Errors
/// As [`read`], and for what is no text.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let not_text = || io::Error::new(io::ErrorKind::InvalidData, "is not a text file in UTF-8");
    let bytes = read(path, limit)?;
    if bytes.contains(&0) {
        return Err(not_text());
    }
    let text = String::from_utf8(bytes).map_err(|_| not_text())?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A file that is read line by line, none of which may be longer than [`LINE`]: a reader that gathers a line before it
/// looks at it would otherwise gather all of a file that has none.
pub struct Lines {
    file: io::Take<File>,
    length: usize,
}

impl Lines {
    /// Opens a regular file.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: open(path)?.take(u64::MAX), length: 0 })
    }

    /// Opens the first bytes of a regular file.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open_first(path: &Path, bytes: u64) -> io::Result<Self> {
        Ok(Self { file: open(path)?.take(bytes), length: 0 })
    }

    /// Opens a regular file up to the end of its last whole line.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open_whole(path: &Path) -> io::Result<Self> {
        let mut file = open(path)?;
        let mut end = file.seek(SeekFrom::End(0))?;
        let mut block = Vec::new();
        while end > 0 {
            let begin = end.saturating_sub(LINE as u64);
            file.seek(SeekFrom::Start(begin))?;
            block.clear();
            (&file).take(end - begin).read_to_end(&mut block)?;
            end = begin;
            if let Some(last) = block.iter().rposition(|byte| *byte == b'\n') {
                end = begin + last as u64 + 1;
                break;
            }
        }
        file.rewind()?;
        Ok(Self { file: file.take(end), length: 0 })
    }
}

impl Read for Lines {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(out)?;
        let read = &out[..length];
        // Lines that begin and end within one call are no longer than the reader's buffer.
        self.length = match read.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => length - end - 1,
            None => self.length + length,
        };
        if self.length > LINE {
            let message = format!("has a line of more than {} MB", LINE >> 20);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(length)
    }
}

fn too_long(found: Option<u64>, limit: u64) -> io::Error {
    let found = found.map_or_else(String::new, |found| format!(" ({found} bytes)"));
    let message = format!("has more than {} MB{found}, which no file of this kind needs", limit >> 20);
    io::Error::new(io::ErrorKind::FileTooLarge, message)
}

fn refuse_others(about: &std::fs::Metadata) -> io::Result<()> {
    if about.is_file() {
        return Ok(());
    }
    let message = format!("is a {}; only files are read", kind(about));
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

fn kind(about: &std::fs::Metadata) -> &'static str {
    if about.is_dir() {
        return "folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = about.file_type();
        if kind.is_fifo() {
            return "pipe";
        }
        if kind.is_socket() {
            return "socket";
        }
    }
    "device"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_within_the_limit_are_read_and_longer_ones_are_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "\u{feff}abc").expect("written");
        assert_eq!(read_text(&path, 6).expect("six bytes"), "abc");
        assert!(read_text(&path, 5).expect_err("six bytes").to_string().contains("has more than 0 MB (6 bytes)"));
        std::fs::write(&path, b"a\0b").expect("written");
        assert!(read_text(&path, 9).expect_err("no text").to_string().contains("text"));
        assert_eq!(read(&path, 9).expect("bytes"), b"a\0b");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let said = |path: &Path| read(path, 9).expect_err("refused").to_string();
        assert!(said(folder.path()).contains("is a folder"));
        assert!(said(Path::new("/dev/zero")).contains("is a device"));
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
        assert!(made.success());
        assert!(said(&pipe).contains("is a pipe"));
    }
}
