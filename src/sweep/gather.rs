//! What folders of a sweep hold: outcomes by cell, and what does not belong there.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::error::SweepError;
use super::folder::{JOURNALS, SHARDS};
use super::grid::Grid;
use super::journal::{Entry, Header, read_journal};
use super::outcome::Outcome;
use crate::training::COMPUTATION;

/// All that journals and shard files say of a grid.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Outcomes by cell.
    pub outcomes: Vec<Option<Outcome>>,
    /// Cells without an outcome that could not be trained, with the reason.
    pub failed: Vec<(usize, String)>,
    /// Results that are not of this grid, in words.
    pub foreign: Vec<String>,
    /// Cells whose results differ between files, which happens between machines with other vector instructions.
    pub differing: Vec<usize>,
    /// Cells that a living process trains.
    pub running: Vec<usize>,
    /// Living processes.
    pub processes: usize,
    /// Lines that a kill tore.
    pub torn: usize,
    /// Executors of the results, each once.
    pub backends: BTreeSet<String>,
    /// Seconds of one thread that the outcomes of the journals took, and how many they are.
    pub seconds: (f64, usize),
    /// Shards that the processes worked on, as (I, N).
    pub shards: BTreeSet<(usize, usize)>,
    /// Versions of what the results' cells compute, each once; see [`COMPUTATION`].
    pub computations: BTreeSet<u32>,
}

impl Gathered {
    /// Whether results of this version may stand beside these.
    ///
    /// # Errors
    /// When there are results of a version whose cells compute something else.
    pub fn check_computation(&self, folder: &Path) -> Result<(), SweepError> {
        match self.computations.iter().find(|found| **found != COMPUTATION) {
            Some(&found) => Err(SweepError::OtherComputation { path: folder.to_path_buf(), found }),
            None => Ok(()),
        }
    }

    /// Cells with an outcome.
    #[must_use]
    pub fn done(&self) -> usize {
        self.outcomes.iter().flatten().count()
    }

    /// Cells without an outcome.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none()).map(|(cell, _)| cell)
    }
}

/// Reads all journals and shard files of the folders.
///
/// # Errors
/// When a file cannot be read or is of another form.
pub fn gather(grid: &Grid, folders: &[PathBuf]) -> Result<Gathered, SweepError> {
    let cells: HashMap<u64, u32> = (0..grid.cells()).map(|cell| (grid.key(cell), cell as u32)).collect();
    let mut gathered = Gathered { outcomes: vec![None; grid.cells()], ..Gathered::default() };
    let mut failed: HashMap<usize, String> = HashMap::new();
    let mut differing = BTreeSet::new();
    for folder in folders {
        for name in [SHARDS, JOURNALS] {
            for path in files(&folder.join(name))? {
                read(grid, &cells, &path, &mut gathered, &mut failed, &mut differing)?;
            }
        }
    }
    failed.retain(|cell, _| gathered.outcomes[*cell].is_none());
    gathered.failed = failed.into_iter().collect();
    gathered.failed.sort();
    gathered.differing = differing.into_iter().collect();
    gathered.running.retain(|cell| gathered.outcomes[*cell].is_none());
    gathered.running.sort_unstable();
    gathered.running.dedup();
    Ok(gathered)
}

fn read(
    grid: &Grid,
    cells: &HashMap<u64, u32>,
    path: &Path,
    gathered: &mut Gathered,
    failed: &mut HashMap<usize, String>,
    differing: &mut BTreeSet<usize>,
) -> Result<(), SweepError> {
    let mut begun = BTreeSet::new();
    let mut results = 0;
    let is_journal = path.extension().is_some_and(|extension| extension == "journal");
    let read = read_journal(path, |entry| {
        let (place, key) = match &entry {
            Entry::Started { cell, key } | Entry::Done { cell, key, .. } | Entry::Failed { cell, key, .. } => {
                (*cell, *key)
            }
        };
        let Some(&cell) = cells.get(&key) else {
            if matches!(entry, Entry::Done { .. }) {
                let from = path.display();
                gathered.foreign.push(format!("{from}: cell {place} with the key {key:016x} is not of this sweep"));
            }
            return;
        };
        let cell = cell as usize;
        match entry {
            Entry::Started { .. } => {
                begun.insert(cell);
            }
            Entry::Failed { words, .. } => {
                begun.remove(&cell);
                failed.insert(cell, words);
            }
            Entry::Done { outcome, .. } if outcome.values.len() != grid.names().len() => {
                gathered.foreign.push(format!("{}: cell {place} has {} values", path.display(), outcome.values.len()));
            }
            Entry::Done { outcome, seconds, .. } => {
                begun.remove(&cell);
                results += 1;
                if is_journal {
                    gathered.seconds = (gathered.seconds.0 + seconds, gathered.seconds.1 + 1);
                }
                match &mut gathered.outcomes[cell] {
                    Some(known) if known.same_bits(&outcome) => {}
                    Some(known) => {
                        differing.insert(cell);
                        // Whichever file is read first: the same one is taken.
                        if order(&outcome) < order(known) {
                            *known = outcome;
                        }
                    }
                    unknown => *unknown = Some(outcome),
                }
            }
        }
    })?;
    gathered.torn += read.torn;
    if let Some(Header { backend, shard, computation, .. }) = read.header {
        gathered.shards.insert(shard);
        if results > 0 {
            gathered.backends.insert(backend);
            gathered.computations.insert(computation);
        }
    }
    if read.is_alive {
        gathered.processes += 1;
        gathered.running.extend(begun);
    }
    Ok(())
}

/// Some order of outcomes that does not depend on where they come from.
fn order(outcome: &Outcome) -> (u64, Vec<Option<u64>>) {
    (outcome.steps, outcome.values.iter().map(|value| value.map(f64::to_bits)).collect())
}

/// Files of a folder by name; none where there is no folder. Those under way do not count.
fn files(folder: &Path) -> Result<Vec<PathBuf>, SweepError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SweepError::io(folder, "cannot be read")(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(SweepError::io(folder, "cannot be read"))?.path();
        if path.extension().is_some_and(|extension| extension == "journal" || extension == "shard") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
