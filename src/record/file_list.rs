//! The list of the files in a folder that this program wrote, kept in the folder itself.
//!
//! Only what stands in it is ever removed: a folder may be a home directory, given by mistake, and names such as
//! `summary.json` or `figures/alignment.png` may be anybody's. A file is listed, durably, before it is written, so that
//! whatever a kill or a power cut leaves is known. Lines are appended, never changed: several processes may write into the
//! folder of one sweep.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::atomic;
use super::error::RecordError;
use super::unlisted;
use crate::input_file;

/// Name of the list.
pub(crate) const FILE_LIST: &str = ".hebbscope.jsonl";
/// Beyond it the file is none of ours: a hundred thousand names.
const MAX_BYTES: u64 = 16 << 20;

/// What a folder of this program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderKind {
    /// A single run.
    Run,
    /// A sweep.
    Sweep,
    /// The paper's table and figures, with the sweeps and runs that they are made of.
    Reproduction,
}

impl FolderKind {
    /// In words, as in 'the folder of a run'.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Run => "a run",
            Self::Sweep => "a sweep",
            Self::Reproduction => "a reproduction",
        }
    }
}

/// A line: the first says what the folder is, each of the others names a file by its path in the folder.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Head { folder: FolderKind, version: String },
    File { file: String },
}

/// A list as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFiles {
    /// What the folder holds.
    pub kind: FolderKind,
    /// Paths in the folder, with `/` between folders, the list's own among them.
    pub files: BTreeSet<String>,
}

impl ListedFiles {
    /// Reads the list of a folder; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is another program's.
    pub fn read(folder: &Path) -> Result<Option<Self>, RecordError> {
        let path = folder.join(FILE_LIST);
        let text = match input_file::read(&path, MAX_BYTES) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(RecordError::io(&path, "cannot be read")(error)),
        };
        let (kind, files) = names(&text);
        let message = "does not say what the folder holds".to_owned();
        let kind = kind.ok_or(RecordError::Line { path, line: 1, message })?;
        Ok(Some(Self { kind, files }))
    }

    /// Removes the listed files, and the list after them, so that a removal that failed half-way can be repeated.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(&self, folder: &Path) -> Result<(), RecordError> {
        let list = std::iter::once(FILE_LIST);
        for file in self.files.iter().map(String::as_str).filter(|file| *file != FILE_LIST).chain(list) {
            remove(folder, file)?;
        }
        Ok(())
    }
}

/// Removes a folder that is given up: the files of its list, files under way that a kill left, and the folders in which nothing
/// else is. `parts` are subfolders that the program makes before there is a file in them.
///
/// # Errors
/// When the system refuses, the list is another program's, or the folder stays as something else is in it.
pub(super) fn remove_folder(folder: &Path, parts: &[&str]) -> Result<(), RecordError> {
    let listed = ListedFiles::read(folder)?.map(|listed| listed.files).unwrap_or_default();
    let mut inner: BTreeSet<String> = parts.iter().map(|part| (*part).to_owned()).collect();
    for file in &listed {
        inner.extend(file.rmatch_indices('/').map(|(end, _)| file[..end].to_owned()));
    }
    let mut files = listed;
    for part in inner.iter().map(String::as_str).chain([""]) {
        unlisted::collect(folder, part, |name| name.starts_with(atomic::TEMPORARY_PREFIX), &mut files)?;
    }
    // The list goes last, so that a removal that failed half-way can be repeated.
    files.remove(FILE_LIST);
    files.iter().try_for_each(|file| remove(folder, file))?;
    // Those within others stand behind them.
    for part in inner.iter().rev() {
        // What is not empty, or a link, stays.
        let _ = fs::remove_dir(folder.join(part));
    }
    remove(folder, FILE_LIST)?;
    match fs::remove_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => {
            let found = first_in(folder).ok_or_else(|| RecordError::io(folder, "cannot be removed")(error))?;
            Err(RecordError::NotOurs { folder: folder.to_path_buf(), found })
        }
        Ok(()) => Ok(()),
    }
}

/// The first file or empty folder in a folder by name, as its path there; links are not followed.
fn first_in(folder: &Path) -> Option<String> {
    let mut names: Vec<_> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let name = names.first()?;
    let path = folder.join(name);
    let is_folder = fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir());
    let within = if is_folder { first_in(&path) } else { None };
    let name = name.to_string_lossy();
    Some(within.map_or_else(|| name.to_string(), |within| format!("{name}/{within}")))
}

/// What the lines of a list say.
fn names(text: &[u8]) -> (Option<FolderKind>, BTreeSet<String>) {
    let mut kind = None;
    let mut files = BTreeSet::new();
    // A line that a power cut tore names a file that was not written yet.
    for line in text.split(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(Line::Head { folder, .. }) => kind = kind.or(Some(folder)),
            Ok(Line::File { file }) if is_within(&file) => {
                files.insert(file);
            }
            Ok(Line::File { .. }) | Err(_) => {}
        }
    }
    (kind, files)
}

/// Removes one file by its path in the folder, where it is there.
fn remove(folder: &Path, file: &str) -> Result<(), RecordError> {
    let path = folder.join(file);
    // What lies behind a link to another folder was not written here.
    let mut above = folder.to_path_buf();
    let parts: Vec<&str> = file.split('/').collect();
    for part in &parts[..parts.len() - 1] {
        above.push(part);
        if fs::symlink_metadata(&above).is_ok_and(|about| about.is_symlink()) {
            return Ok(());
        }
    }
    let is_folder = fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir());
    match if is_folder { Ok(()) } else { fs::remove_file(&path) } {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(RecordError::io(&path, "cannot be removed")(error))
        }
        _ => Ok(()),
    }
}

/// Whether a path stays in its folder, whoever wrote it.
fn is_within(file: &str) -> bool {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    !file.is_empty() && !file.contains('\\') && Path::new(file).components().all(is_plain)
}

/// A list in writing.
#[derive(Clone, Debug)]
pub struct FileList {
    folder: PathBuf,
    kind: FolderKind,
    known: Arc<Mutex<BTreeSet<String>>>,
}

impl FileList {
    /// Takes up the list of an existing folder, or begins one, durably. Processes may do so at once.
    ///
    /// # Errors
    /// When the system refuses, or the folder's list says that it holds something else.
    pub fn open(folder: &Path, kind: FolderKind) -> Result<Self, RecordError> {
        if ListedFiles::read(folder)?.is_none() {
            let head = Line::Head { folder: kind, version: env!("CARGO_PKG_VERSION").into() };
            let text =
                format!("{}{}", to_line(folder, &head)?, to_line(folder, &Line::File { file: FILE_LIST.into() })?);
            atomic::write_new(folder.join(FILE_LIST), text.as_bytes())?;
        }
        // Of another process, where one was faster.
        let listed = ListedFiles::read(folder)?;
        let known = match listed {
            Some(listed) if listed.kind != kind => {
                return Err(RecordError::OtherKind { path: folder.to_path_buf(), found: listed.kind });
            }
            Some(listed) => listed.files,
            None => BTreeSet::new(),
        };
        Ok(Self { folder: folder.to_path_buf(), kind, known: Arc::new(Mutex::new(known)) })
    }

    /// What the folder holds.
    #[must_use]
    pub fn kind(&self) -> FolderKind {
        self.kind
    }

    /// Bytes of the list, which only grows: what is listed later lies behind them.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn bytes(&self) -> Result<u64, RecordError> {
        let path = self.folder.join(FILE_LIST);
        Ok(fs::metadata(&path).map_err(RecordError::io(&path, "cannot be read"))?.len())
    }

    /// Removes the files that are listed behind the first `bytes` of the list, and then their names from it, so that a
    /// removal that failed half-way can be repeated.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn forget_after(&self, bytes: u64) -> Result<(), RecordError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.folder.join(FILE_LIST);
        let text = input_file::read(&path, MAX_BYTES).map_err(RecordError::io(&path, "cannot be read"))?;
        let (kept, later) = text.split_at(text.len().min(usize::try_from(bytes).unwrap_or(usize::MAX)));
        let kept = names(kept).1;
        for file in names(later).1.difference(&kept) {
            remove(&self.folder, file)?;
        }
        let list = OpenOptions::new().write(true).open(&path);
        list.and_then(|list| list.set_len(bytes.min(text.len() as u64)).and_then(|()| list.sync_data()))
            .map_err(RecordError::io(&path, "cannot be written"))?;
        *known = kept;
        Ok(())
    }

    /// Lists a file that is about to be written, by its path in the folder with `/` between folders; durable when it
    /// returns. One that is listed already is not listed again.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add(&self, file: &str) -> Result<(), RecordError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(file) {
            return Ok(());
        }
        let path = self.folder.join(FILE_LIST);
        let line = to_line(&self.folder, &Line::File { file: file.to_owned() })?;
        append(&path, &line).map_err(RecordError::io(&path, "cannot be written"))?;
        known.insert(file.to_owned());
        Ok(())
    }
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(-1)).is_ok() {
        file.read_exact(&mut last)?;
    }
    // What a power cut left of the last line must not spoil this one. One call, so that processes do not mix their lines.
    let text = if last == [b'\n'] { line.to_owned() } else { format!("\n{line}") };
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn to_line(folder: &Path, line: &Line) -> Result<String, RecordError> {
    let text =
        serde_json::to_string(line).map_err(|source| RecordError::Json { path: folder.join(FILE_LIST), source })?;
    Ok(format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(folder: &Path) -> ListedFiles {
        ListedFiles::read(folder).expect("readable").expect("there")
    }

    #[test]
    fn names_read_back_with_the_list_s_own() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(ListedFiles::read(folder.path()).expect("readable"), None);
        let files = FileList::open(folder.path(), FolderKind::Run).expect("begun");
        files.add("config.toml").expect("listed");
        files.add("figures/\u{3b3} \"2\".svg").expect("listed");
        files.add("config.toml").expect("listed");
        let again = FileList::open(folder.path(), FolderKind::Run).expect("taken up");
        again.add("config.toml").expect("listed");
        let names = [FILE_LIST, "config.toml", "figures/\u{3b3} \"2\".svg"];
        assert_eq!(list(folder.path()).files, names.map(str::to_owned).into());
        let text = fs::read_to_string(folder.path().join(FILE_LIST)).expect("there");
        assert_eq!(text.lines().count(), 4, "{text}");
        let error = FileList::open(folder.path(), FolderKind::Sweep).expect_err("another kind").to_string();
        assert!(error.contains("is the folder of a run"), "{error}");
    }

    #[test]
    fn a_torn_line_spoils_no_other() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = FileList::open(folder.path(), FolderKind::Sweep).expect("begun");
        files.add("a").expect("listed");
        let path = folder.path().join(FILE_LIST);
        let whole = fs::read(&path).expect("there");
        fs::write(&path, &whole[..whole.len() - 4]).expect("torn");
        FileList::open(folder.path(), FolderKind::Sweep).expect("taken up").add("b").expect("listed");
        assert_eq!(list(folder.path()).files, [FILE_LIST, "b"].map(str::to_owned).into());
    }

    #[test]
    fn removal_takes_listed_files_and_stays_in_the_folder() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let (folder, outside) = (scratch.path().join("run"), scratch.path().join("outside"));
        fs::create_dir_all(folder.join("figures")).expect("created");
        fs::create_dir(&outside).expect("created");
        let files = FileList::open(&folder, FolderKind::Run).expect("begun");
        let listed = ["a", "figures/b", "gone", "../outside/c", "linked/c", "figures"];
        for file in listed.into_iter().chain([outside.join("c").to_str().expect("text")]) {
            files.add(file).expect("listed");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, folder.join("linked")).expect("linked");
        for file in [folder.join("a"), folder.join("figures/b"), folder.join("mine"), outside.join("c")] {
            fs::write(file, "x").expect("written");
        }
        list(&folder).remove(&folder).expect("removed");
        let left: BTreeSet<_> =
            fs::read_dir(&folder).expect("there").map(|e| e.expect("readable").file_name()).collect();
        let mut expected = BTreeSet::from(["figures".into(), "mine".into()]);
        if cfg!(unix) {
            expected.insert("linked".into());
        }
        assert_eq!(left, expected);
        assert!(outside.join("c").exists());
        assert_eq!(fs::read_dir(folder.join("figures")).expect("there").count(), 0);
    }

    /// A folder of this program with a file of every kind that it leaves.
    fn given_up(scratch: &Path) -> PathBuf {
        let folder = scratch.join("grid");
        fs::create_dir_all(folder.join("journal")).expect("created");
        fs::create_dir_all(folder.join("deep/deeper")).expect("created");
        let files = FileList::open(&folder, FolderKind::Sweep).expect("begun");
        for file in ["config.toml", "journal/a", "deep/deeper/b", "gone/c"] {
            files.add(file).expect("listed");
        }
        let unfinished = [".hebbscope-unfinished-1.tmp", "deep/deeper/.hebbscope-unfinished-2.tmp"];
        for file in ["config.toml", "journal/a", "deep/deeper/b"].into_iter().chain(unfinished) {
            fs::write(folder.join(file), "x").expect("written");
        }
        folder
    }

    #[test]
    fn a_folder_goes_with_all_that_the_program_wrote() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let folder = given_up(scratch.path());
        remove_folder(&folder, &["journal", "shards"]).expect("removed");
        assert!(!folder.exists());
        remove_folder(&folder, &["journal"]).expect("it is gone already");
        // Before there was a list.
        fs::create_dir_all(folder.join("journal")).expect("created");
        remove_folder(&folder, &["journal"]).expect("removed");
        assert!(!folder.exists());
    }

    #[test]
    fn a_folder_stays_with_what_others_put_there() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let outside = scratch.path().join("outside");
        fs::create_dir(&outside).expect("created");
        for file in ["b", ".hebbscope-unfinished-3.tmp"] {
            fs::write(outside.join(file), "theirs").expect("written");
        }
        for theirs in ["notes.txt", "journal/notes.txt", "deep/mine/notes.txt"] {
            let folder = given_up(scratch.path());
            let path = folder.join(theirs);
            fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            fs::write(&path, "theirs").expect("written");
            let said = remove_folder(&folder, &["journal"]).expect_err("it is not empty").to_string();
            assert!(said.contains(&format!("holds '{theirs}', which this program did not write")), "{said}");
            assert_eq!(first_in(&folder).as_deref(), Some(theirs), "and nothing else is left");
            fs::remove_file(&path).expect("there");
            fs::remove_dir_all(&folder).expect("there");
        }
        #[cfg(unix)]
        {
            let folder = given_up(scratch.path());
            fs::remove_dir_all(folder.join("deep/deeper")).expect("there");
            std::os::unix::fs::symlink(&outside, folder.join("deep/deeper")).expect("linked");
            remove_folder(&folder, &["journal"]).expect_err("the link stays");
            assert_eq!(fs::read_dir(&outside).expect("there").count(), 2, "what lies behind a link is somebody else's");
        }
    }

    #[test]
    fn a_list_of_another_program_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(FILE_LIST), "{\"file\":\"a\"}\nnonsense\n").expect("written");
        let error = ListedFiles::read(folder.path()).expect_err("no head").to_string();
        assert!(error.contains(FILE_LIST) && error.contains("does not say what the folder holds"), "{error}");
    }
}
