//! Run folders that have no list of their files.
//!
//! Without one only names are left to go by, and they may be anybody's: so only those that every run folder has, and only
//! beside a configuration and another file that a run alone leaves.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use super::atomic::TEMPORARY_PREFIX;
use super::error::RecordError;
use super::file_list::{FolderKind, ListedFiles};
use crate::experiment::{Experiment, from_toml};
use crate::input_file;

/// First columns of the rows of a run.
const HEADER: &[u8; 16] = b"step,epoch,seed,";

/// The files of the run in a folder without a list; `None` where no run has left its files.
///
/// A folder whose configuration is a grid's is a sweep's, and its files are named by `sweep`.
pub(super) fn find(folder: &Path) -> Result<Option<ListedFiles>, RecordError> {
    let Some(experiment) = configuration(folder) else { return Ok(None) };
    if experiment.sweep.is_some() {
        let is_sweep = ["journal", "shards", "sweep.json"].iter().any(|name| folder.join(name).exists());
        return Ok(is_sweep.then_some(ListedFiles { kind: FolderKind::Sweep, files: BTreeSet::new() }));
    }
    let is_run = has_summary(folder) || has_rows(folder) || folder.join("interventions.jsonl").is_file();
    if !is_run {
        return Ok(None);
    }
    let mut files = BTreeSet::new();
    let tops = ["config.toml", "metrics.csv", "metrics.parquet", "summary.json", "interventions.jsonl"];
    collect(folder, "", |name| tops.contains(&name), &mut files)?;
    collect(folder, "snapshots", is_snapshot, &mut files)?;
    collect(folder, "figures", |name| ["alignment.svg", "alignment.png"].contains(&name), &mut files)?;
    if let Some(twin) = find(&folder.join("twin-b"))?.filter(|twin| twin.kind == FolderKind::Run) {
        files.extend(twin.files.into_iter().map(|file| format!("twin-b/{file}")));
    }
    Ok(Some(ListedFiles { kind: FolderKind::Run, files }))
}

/// Files under way that a kill left in a folder and those of its subfolders that runs have.
pub(super) fn leftovers(folder: &Path) -> Result<BTreeSet<String>, RecordError> {
    let mut files = BTreeSet::new();
    for part in ["", "snapshots", "figures"] {
        collect(folder, part, |name| name.starts_with(TEMPORARY_PREFIX), &mut files)?;
    }
    Ok(files)
}

/// Whether a file has the name of a snapshot, `step_` and at least eight digits.
pub(super) fn is_snapshot(name: &str) -> bool {
    let digits = name.strip_prefix("step_").and_then(|rest| rest.strip_suffix(".npz"));
    digits.is_some_and(|digits| digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Adds the files of `folder`/`part` whose names are wanted, by their path in `folder`.
pub(super) fn collect(
    folder: &Path,
    part: &str,
    is_wanted: impl Fn(&str) -> bool,
    files: &mut BTreeSet<String>,
) -> Result<(), RecordError> {
    let path = if part.is_empty() { folder.to_path_buf() } else { folder.join(part) };
    if !path.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(&path).map_err(RecordError::io(&path, "cannot be read"))? {
        let entry = entry.map_err(RecordError::io(&path, "cannot be read"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_wanted(&name) && !entry.path().is_dir() {
            files.insert(if part.is_empty() { name } else { format!("{part}/{name}") });
        }
    }
    Ok(())
}

fn configuration(folder: &Path) -> Option<Experiment> {
    let path = folder.join("config.toml");
    let text = String::from_utf8(content(&path)?).ok()?;
    from_toml(&path.display().to_string(), &text).ok()
}

fn has_summary(folder: &Path) -> bool {
    let text = content(&folder.join("summary.json")).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    ["experiment", "seeds", "config_hash"].iter().all(|field| summary.get(field).is_some())
}

fn content(path: &Path) -> Option<Vec<u8>> {
    input_file::read(path, input_file::CONFIGURATION).ok()
}

/// Whether a file begins as the rows of a run do.
fn has_rows(folder: &Path) -> bool {
    let mut beginning = [0; HEADER.len()];
    let read = input_file::open(&folder.join("metrics.csv")).and_then(|mut file| file.read_exact(&mut beginning));
    read.is_ok() && beginning == *HEADER
}
