//! Texts that are sent to others, without the folders and names of whoever sends them.

use std::path::Path;

/// What stands for a name of a person.
const SOMEBODY: &str = "<user>";

/// Folders of every system, whose names are nobody's.
const COMMON: [&str; 9] = ["/rustc/", "/usr/", "/lib/", "/lib64/", "/proc/", "/sys/", "/dev/", "/bin/", "/opt/"];

/// Names of users that are words or of every system.
const PLAIN: [&str; 6] = ["root", "user", "admin", "home", "ubuntu", "debian"];

/// What is to be left out of a text.
pub(super) struct WithoutPaths {
    /// A beginning of paths, and what stands for it; the longest first.
    folders: Vec<(String, &'static str)>,
    users: Vec<String>,
}

impl WithoutPaths {
    /// The home folder, the present folder and the user's names of this process, and where this program was built.
    pub(super) fn of_this_process() -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let home = variable("HOME").or_else(|| variable("USERPROFILE"));
        let present = std::env::current_dir().ok().map(|path| path.to_string_lossy().into_owned());
        let temporary = std::env::temp_dir().to_string_lossy().into_owned();
        let users = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(variable);
        Self::new(home.as_deref(), present.as_deref(), &temporary, users.collect())
    }

    fn new(home: Option<&str>, present: Option<&str>, temporary: &str, mut users: Vec<String>) -> Self {
        let mut folders = Vec::new();
        let mut add = |folder: &str, sign: &'static str| {
            let folder = folder.trim_end_matches(['/', '\\']);
            if folder.len() > 1 {
                folders.push((folder.to_owned(), sign));
            }
        };
        let real = |folder: &str| std::fs::canonicalize(folder).ok().map(|path| path.to_string_lossy().into_owned());
        for (folder, sign) in [(present, "."), (home, "~"), (Some(temporary), "<tmp>")] {
            let Some(folder) = folder else { continue };
            add(folder, sign);
            if let Some(real) = real(folder) {
                add(&real, sign);
            }
        }
        add(env!("CARGO_MANIFEST_DIR"), "<source>");
        folders.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        let of_home = home.and_then(|home| Path::new(home).file_name());
        users.extend(of_home.map(|name| name.to_string_lossy().into_owned()));
        users.retain(|user| user.len() > 2 && !PLAIN.contains(&user.as_str()));
        Self { folders, users }
    }

    /// The text without them. Of other paths from the root of a disk the last name is left.
    pub(super) fn of(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (folder, sign) in &self.folders {
            text = replaced(&text, folder, sign, |next| next.is_none_or(|next| !is_of_name(next)));
        }
        text = shortened(&text);
        for user in &self.users {
            text = replaced(&text, user, SOMEBODY, |next| next.is_none_or(|next| !next.is_alphanumeric()));
        }
        text
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

/// Replaces `old` where it begins a word and `ends` allows what follows.
fn replaced(text: &str, old: &str, new: &str, ends: impl Fn(Option<char>) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(old) {
        let last = before.chars().next_back().or_else(|| out.chars().next_back());
        let begins = last.is_none_or(|last| !is_of_name(last));
        out.push_str(before);
        out.push_str(if begins && ends(after.chars().next()) { new } else { old });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Leaves of every absolute path its last name, but for those of common folders.
fn shortened(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = None;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let starts = last.is_none_or(|last: char| !is_of_name(last) && !matches!(last, '/' | '~' | '>' | '\\'));
        let length = if starts { length_of_path(rest, last) } else { 0 };
        let path = rest.get(..length).unwrap_or_default();
        if !path.is_empty() && !COMMON.iter().any(|common| path.starts_with(common)) {
            let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
            out.push('…');
            out.push('/');
            out.push_str(name);
            last = name.chars().next_back().or(Some('/'));
            rest = rest.get(length..).unwrap_or_default();
        } else {
            out.push(letter);
            last = Some(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

/// Bytes of the absolute path that a text begins with, 0 where it begins with none; in quotes it ends with them.
fn length_of_path(text: &str, before: Option<char>) -> usize {
    let bytes = text.as_bytes();
    let has_disk = bytes.len() > 3 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && bytes[2] == b'\\';
    let is_rooted = bytes.len() > 2 && bytes[0] == b'/' && bytes[1] != b'/' && !bytes[1].is_ascii_whitespace();
    if !has_disk && !is_rooted {
        return 0;
    }
    let quote = before.filter(|before| matches!(before, '"' | '\'' | '`'));
    let from = if has_disk { 3 } else { 1 };
    let ends = |letter: char| match quote {
        Some(quote) => letter == quote || letter == '\n',
        None => letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | ',' | ';' | ':' | ')' | ']' | '}' | '>'),
    };
    let length = text.get(from..).and_then(|rest| rest.find(ends)).map_or(text.len(), |at| from + at);
    // '/ 2' or '/x' are no paths.
    let parts = text.get(..length).unwrap_or_default().split(['/', '\\']).filter(|part| !part.is_empty()).count();
    if parts > 1 { length } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_and_no_name_of_a_person_is_left() {
        let users = vec!["müller".to_owned(), "al".into(), "root".into()];
        let without = WithoutPaths::new(Some("/home/müller"), Some("/data/thesis of müller/runs"), "/tmp", users);
        let source = env!("CARGO_MANIFEST_DIR");
        for (text, wanted) in [
            ("/home/müller/x.toml: cannot be read", "~/x.toml: cannot be read"),
            ("path = \"/home/müller\"", "path = \"~\""),
            ("/home/müllerin/x", "…/x"),
            ("out = '/data/thesis of müller/runs/a b.csv'", "out = './a b.csv'"),
            ("path = \"/mnt/shared disk/müller/cifar.tar.gz\"", "path = \"…/cifar.tar.gz\""),
            ("--out /scratch/müller/run-1, then", "--out …/run-1, then"),
            ("C:\\Users\\Anna\\run.toml", "…/run.toml"),
            ("dear müller, müllers", "dear <user>, müllers"),
            ("at /rustc/abc/library/std/src/panic.rs:3:1", "at /rustc/abc/library/std/src/panic.rs:3:1"),
            ("at /root/.cargo/registry/src/index/egui-0.37/src/ui.rs:9", "at …/ui.rs:9"),
            ("w / |w|^2 and 1/2, al/x, a and/or b", "w / |w|^2 and 1/2, al/x, a and/or b"),
            ("/tmp/x/y", "<tmp>/x/y"),
            ("the square root of 2", "the square root of 2"),
        ] {
            assert_eq!(without.of(text), wanted, "{text}");
        }
        assert_eq!(without.of(&format!("{source}/src/main.rs:3")), "<source>/src/main.rs:3");
    }
}
