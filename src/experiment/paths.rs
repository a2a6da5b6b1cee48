//! Paths in configurations: relative ones are relative to the file that names them, and `~` is the home folder.
//!
//! Within the program a relative path of data is relative to the working directory, so that it can be opened as it is;
//! where a configuration is written, it is relative to the folder that it is written to.

use std::path::{Component, Path, PathBuf};

use super::config::{Data, Experiment};

/// Fields that are paths.
pub(super) const PATHS: [&str; 3] = ["data.path", "data.targets_path", "data.labels_path"];

/// `~` and `~/...` with the home folder in its place; every other path as it is.
#[must_use]
pub fn expand_home(path: &Path) -> PathBuf {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home.into(),
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_path_buf(),
    }
}

/// What a path given in a file of `folder` is to this process: relative where it was given so, and absolute otherwise.
pub(super) fn from_file(folder: &Path, given: &str) -> String {
    let given = expand_home(Path::new(given));
    if given.is_absolute() {
        return text(&given);
    }
    let Ok(here) = std::env::current_dir() else { return text(&folder.join(given)) };
    // Not through the folder of the file, which may go while the data stay.
    let target = below(&without_links(&here.join(folder)), &given);
    text(&relative(&target, &here).unwrap_or(target))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The way from `folder` to `path`, both absolute; `None` where there is none, as between two drives.
fn relative(path: &Path, folder: &Path) -> Option<PathBuf> {
    let (mut to, mut from) = (path.components().peekable(), folder.components().peekable());
    if to.peek() != from.peek() {
        return None;
    }
    while to.peek().is_some() && to.peek() == from.peek() {
        to.next();
        from.next();
    }
    let mut way: PathBuf = from.map(|_| Component::ParentDir).collect();
    way.extend(to);
    Some(if way.as_os_str().is_empty() { PathBuf::from(".") } else { way })
}

/// A relative path below a folder without links in its own name, where `..` at the beginning can be followed by name.
fn below(folder: &Path, path: &Path) -> PathBuf {
    let mut folder = folder.to_path_buf();
    let mut rest = path.components().peekable();
    while let Some(Component::ParentDir | Component::CurDir) = rest.peek() {
        if rest.next() == Some(Component::ParentDir) {
            folder.pop();
        }
    }
    folder.extend(rest);
    folder
}

/// An absolute path without links, as far as it is there.
fn without_links(path: &Path) -> PathBuf {
    let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    there.map_or_else(|| path.to_path_buf(), |(above, real)| real.join(path.strip_prefix(above).unwrap_or(path)))
}

impl Experiment {
    /// The experiment as a configuration in `folder` has it: a relative path leads from there.
    #[must_use]
    pub fn written_in(&self, folder: &Path) -> Self {
        let mut written = self.clone();
        let Ok(here) = std::env::current_dir() else { return written };
        let is_relative = |path: &&mut String| !path.is_empty() && !Path::new(path.as_str()).is_absolute();
        for path in written.data.paths().into_iter().filter(is_relative) {
            *path = from_folder(&here, folder, Path::new(path.as_str()));
        }
        written
    }

    /// An experiment as [`Self::written_in`] a folder, as it is to this process.
    #[must_use]
    pub fn read_in(mut self, folder: &Path) -> Self {
        for path in self.data.paths().into_iter().filter(|path| !path.is_empty()) {
            *path = from_file(folder, path);
        }
        self
    }

    /// The experiment without where its data lie, for hashes: that they come from a file stays, and what they are.
    #[must_use]
    pub fn without_place(&self) -> Self {
        let mut plain = self.clone();
        for path in plain.data.paths().into_iter().filter(|path| !path.is_empty()) {
            *path = ".".into();
        }
        plain
    }
}

impl Data {
    /// Fields that are paths, in the order of [`PATHS`].
    fn paths(&mut self) -> [&mut String; 3] {
        [&mut self.path, &mut self.targets_path, &mut self.labels_path]
    }
}

/// The way from a folder to a path that is relative to `here`.
fn from_folder(here: &Path, folder: &Path, path: &Path) -> String {
    let folder = without_links(&below(here, folder));
    let target = below(here, path);
    let way = relative(&target, &folder);
    // Through links, `..` may lead elsewhere than the names say.
    let leads_there = |way: &PathBuf| match (folder.join(way).canonicalize(), target.canonicalize()) {
        (Ok(found), Ok(wanted)) => found == wanted,
        // Data that have gone, or a folder that is still to be made, tell nothing.
        (_, Err(_)) => true,
        (Err(_), Ok(_)) => !folder.exists(),
    };
    text(&way.filter(leads_there).unwrap_or(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_folders() {
        let way = |to: &str, from: &str| relative(Path::new(to), Path::new(from)).map(|way| text(&way));
        for (to, from, expected) in [
            ("/a/b", "/a", "b"),
            ("/a/b", "/a/c/d", "../../b"),
            ("/a", "/a", "."),
            ("/a", "/a/b", ".."),
            ("/x", "/", "x"),
        ] {
            assert_eq!(way(to, from).as_deref(), Some(expected), "{to} from {from}");
        }
    }

    #[test]
    fn a_path_is_relative_to_its_file_and_stays_so() {
        assert_eq!(from_file(Path::new("project"), "data/x"), "project/data/x");
        assert_eq!(from_file(Path::new(""), "data"), "data");
        assert_eq!(from_file(Path::new("project"), "/data"), "/data");
        let here = std::env::current_dir().expect("a working directory");
        assert_eq!(from_file(&here.join("project"), "data"), "project/data");
        assert_eq!(from_file(Path::new("project/runs/a"), "../../data"), "project/data");
    }
}
