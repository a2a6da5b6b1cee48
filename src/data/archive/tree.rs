//! The tree of folders that unpacking an archive would leave.

use std::collections::BTreeMap;
use std::io;

use super::tar::{Entry, Kind, damaged};

/// Most symbolic links on the way to a file, as the system has it.
const MOST_LINKS: usize = 40;
/// Most folders that are named where only one may be.
const MOST_NAMED: usize = 100;
/// Most folders, of which paths may have more than there are entries.
const MOST_FOLDERS: usize = 1 << 16;

/// What lies at a path. Hard links are several names of one node.
#[derive(Debug)]
enum Node {
    Folder(BTreeMap<String, usize>),
    File {
        entry: usize,
        size: u64,
    },
    Link(String),
    Unreadable(String),
    /// A hard link that could not be made, so that nothing is there.
    Failed(String),
}

/// Folders, files and links by path.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    folders: usize,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::Folder(BTreeMap::new())], folders: 1 }
    }
}

/// What a name in a folder leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File { entry: usize, size: u64 },
    Unreadable(String),
}

const TOP: usize = 0;

impl Tree {
    /// Puts the `number`-th entry where unpacking would. What unpacking refuses is left out: paths through `..`, files
    /// below files, and files in the place of folders that hold something.
    ///
    /// # Errors
    /// When there are more than can be kept in mind.
    pub(super) fn put(&mut self, entry: &Entry, number: usize) -> io::Result<()> {
        self.place(entry, number);
        if self.folders > MOST_FOLDERS {
            return Err(damaged(format!("more than {MOST_FOLDERS} folders")));
        }
        Ok(())
    }

    fn place(&mut self, entry: &Entry, number: usize) {
        let Some(path) = parts(&entry.path) else { return };
        let Some((name, above)) = path.split_last() else { return };
        let Some(folder) = self.make_folder(above) else { return };
        let before = self.child(folder, name);
        let node = match &entry.kind {
            Kind::Folder => {
                if !before.is_some_and(|node| matches!(self.nodes[node], Node::Folder(_))) {
                    let made = self.add(Node::Folder(BTreeMap::new()));
                    self.name(folder, name, made);
                }
                return;
            }
            Kind::File => self.add(Node::File { entry: number, size: entry.size }),
            Kind::Other(words) => self.add(Node::Unreadable((*words).to_owned())),
            Kind::SymbolicLink(to) => self.add(Node::Link(String::from_utf8_lossy(to).into_owned())),
            Kind::HardLink(to) => match self.linked(to) {
                Some(node) => node,
                // Unpacking leaves what was there before.
                None if before.is_some() => return,
                None => {
                    let to = String::from_utf8_lossy(to);
                    self.add(Node::Failed(format!(
                        "is a hard link to '{to}', which does not come before it in the archive"
                    )))
                }
            },
        };
        let is_in_use = before.is_some_and(|before| {
            before == node || matches!(&self.nodes[before], Node::Folder(inside) if !inside.is_empty())
        });
        if !is_in_use {
            self.name(folder, name, node);
        }
    }

    /// What a hard link is another name of, as it is now; `None` where there is nothing.
    fn linked(&mut self, to: &[u8]) -> Option<usize> {
        let path = parts(to)?;
        let (name, above) = path.split_last()?;
        let folder = self.walk(TOP, above, &mut 0).ok()??;
        let node = self.child(folder, name)?;
        match self.nodes[node] {
            Node::Failed(_) => None,
            // What had the name before has gone by the time that this is refused.
            Node::Folder(_) => {
                Some(self.add(Node::Failed("is a hard link to a folder, which no system makes".to_owned())))
            }
            _ => Some(node),
        }
    }

    fn add(&mut self, node: Node) -> usize {
        self.folders += usize::from(matches!(node, Node::Folder(_)));
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn name(&mut self, folder: usize, name: &str, node: usize) {
        if let Node::Folder(inside) = &mut self.nodes[folder] {
            inside.insert(name.to_owned(), node);
        }
    }

    fn child(&self, folder: usize, name: &str) -> Option<usize> {
        match &self.nodes[folder] {
            Node::Folder(inside) => inside.get(name).copied(),
            _ => None,
        }
    }

    /// The folder at a path, made where it is missing; `None` where something else is in its way.
    fn make_folder(&mut self, path: &[String]) -> Option<usize> {
        let mut at = TOP;
        for (depth, part) in path.iter().enumerate() {
            at = match self.child(at, part) {
                None => {
                    let made = self.add(Node::Folder(BTreeMap::new()));
                    self.name(at, part, made);
                    made
                }
                // Links lead on from the top.
                Some(node) if matches!(self.nodes[node], Node::Link(_)) => {
                    self.walk(TOP, &path[..=depth], &mut 0).ok()??
                }
                Some(node) => node,
            };
            if !matches!(self.nodes[at], Node::Folder(_)) {
                return None;
            }
        }
        Some(at)
    }

    /// The node at a path below a folder, through links; `None` where there is none, and why there cannot be one.
    fn walk(&self, folder: usize, path: &[String], links: &mut usize) -> Result<Option<usize>, String> {
        // The folders on the way, for `..`.
        let mut way = vec![folder];
        self.walk_on(&mut way, path, links)
    }

    fn walk_on(&self, way: &mut Vec<usize>, path: &[String], links: &mut usize) -> Result<Option<usize>, String> {
        for part in path {
            if part == ".." {
                way.pop();
                if way.is_empty() {
                    return Err("leads out of the archive".to_owned());
                }
                continue;
            }
            let here = way.last().copied().unwrap_or(TOP);
            let Some(node) = self.child(here, part) else { return Ok(None) };
            let Node::Link(to) = &self.nodes[node] else {
                way.push(node);
                continue;
            };
            *links += 1;
            if *links > MOST_LINKS {
                return Err(format!(
                    "is a link to '{to}', which leads back to itself or over more than {MOST_LINKS} links"
                ));
            }
            if to.starts_with('/') {
                return Err(format!("is a link to '{to}', which leads out of the archive"));
            }
            let path: Vec<String> =
                to.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect();
            if self.walk_on(way, &path, links)?.is_none() {
                return Ok(None);
            }
        }
        Ok(way.last().copied())
    }

    /// What a name in a folder leads to.
    pub(super) fn find(&self, folder: &[String], name: &str) -> Found {
        let path: Vec<String> = folder.iter().cloned().chain([name.to_owned()]).collect();
        match self.walk(TOP, &path, &mut 0) {
            Err(message) => Found::Unreadable(message),
            Ok(None) => match self.walk(TOP, folder, &mut 0).ok().flatten().and_then(|above| self.child(above, name)) {
                Some(node) => match &self.nodes[node] {
                    Node::Link(to) => Found::Unreadable(format!("is a link to '{to}', which is not in the archive")),
                    _ => Found::Nothing,
                },
                None => Found::Nothing,
            },
            Ok(Some(node)) => match &self.nodes[node] {
                Node::File { entry, size } => Found::File { entry: *entry, size: *size },
                Node::Folder(_) => Found::Unreadable("is a folder".to_owned()),
                Node::Unreadable(message) | Node::Failed(message) => Found::Unreadable(message.clone()),
                Node::Link(_) => Found::Nothing,
            },
        }
    }

    /// Folders with one of these names in them: `preferred` at the top alone, or the top alone, where they are such.
    pub(super) fn folders_holding(&self, preferred: &str, names: &[&str]) -> Vec<Vec<String>> {
        let holds = |folder: usize| names.iter().any(|name| self.child(folder, name).is_some());
        let inner = [preferred.to_owned()];
        if self.walk(TOP, &inner, &mut 0).ok().flatten().is_some_and(holds) {
            return vec![inner.to_vec()];
        }
        if holds(TOP) {
            return vec![Vec::new()];
        }
        // Folders with the place of the one above, from which their paths are made where they are wanted.
        let mut open: Vec<(usize, usize, &str)> = vec![(TOP, 0, "")];
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(&(folder, ..)) = open.get(at).filter(|_| found.len() < MOST_NAMED) {
            if let Node::Folder(inside) = &self.nodes[folder] {
                if holds(folder) {
                    found.push(path_of(&open, at));
                }
                let folders = inside.iter().filter(|(_, node)| matches!(self.nodes[**node], Node::Folder(_)));
                open.extend(folders.map(|(name, node)| (*node, at, name.as_str())));
            }
            at += 1;
        }
        found.sort();
        found
    }
}

/// The names on the way to a folder, by the places of those above.
fn path_of(folders: &[(usize, usize, &str)], mut at: usize) -> Vec<String> {
    let mut path = Vec::new();
    while at > 0 {
        path.push(folders[at].2.to_owned());
        at = folders[at].1;
    }
    path.reverse();
    path
}

/// The parts of a path; `None` where it goes through `..`, which unpacking refuses.
fn parts(path: &[u8]) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(path);
    let parts: Vec<String> =
        text.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect();
    (!parts.iter().any(|part| part == "..")).then_some(parts)
}
