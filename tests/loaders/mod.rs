//! Everything that reads files and texts of others, as functions of bytes. The fuzz targets in `fuzz/` and the bounded test
//! of damaged inputs in `tests/allocation/` call the same ones, so that neither knows a loader that the other does not.
//!
//! A loader may refuse, and must neither panic, nor hang, nor take memory beyond what its input is worth. What it accepts
//! is put to use as the program would.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

pub mod archive;
pub mod arrays;
pub mod checkpoint;
mod golden;
mod journal;
mod reproduction;
mod rows;
mod run_folder;
pub mod tables;
pub mod texts;

/// A loader.
pub struct Loader {
    /// Name of its fuzz target.
    pub name: &'static str,
    /// Reads an input; whether it was accepted.
    pub load: fn(&[u8]) -> bool,
    /// Inputs that are accepted, from which damaged ones are made.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Inputs that say that something is of a size that they do not have, sound in all else; none where a form has no sizes.
    pub claims: fn() -> Vec<Vec<u8>>,
}

/// All loaders.
pub const LOADERS: &[Loader] = &[
    texts::CONFIGURATION,
    texts::SHARE,
    texts::RULES,
    texts::TOUR,
    texts::INTERVENTIONS,
    archive::ARCHIVE,
    archive::BATCHES,
    checkpoint::CHECKPOINT,
    run_folder::RUN_FOLDER,
    rows::ROWS,
    rows::SPOOL,
    journal::JOURNAL,
    arrays::ARRAYS,
    tables::TABLES,
    golden::GOLDEN,
    reproduction::REPRODUCTION,
];

/// The loader of a name.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn named(name: &str) -> &'static Loader {
    LOADERS.iter().find(|loader| loader.name == name).unwrap_or_else(|| panic!("no loader is called '{name}'"))
}

/// An input as a mode, its first byte, and what follows: loaders whose formats have sums, or several files, have modes in
/// which the sums are right and a part alone is damaged.
fn mode(input: &[u8], modes: usize) -> (usize, &[u8]) {
    input.split_first().map_or((0, input), |(mode, rest)| (usize::from(*mode) % modes, rest))
}

/// A seed in a mode.
fn in_mode(mode: u8, rest: &[u8]) -> Vec<u8> {
    let mut input = vec![mode];
    input.extend_from_slice(rest);
    input
}

/// Of a form that says nothing of how much there is of anything.
fn no_claims() -> Vec<Vec<u8>> {
    Vec::new()
}

/// The folder of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    if here.ends_with("fuzz") { here.parent().unwrap_or(here).to_path_buf() } else { here.to_path_buf() }
}

/// An empty folder, for one input.
fn emptied(name: &str) -> PathBuf {
    thread_local! {
        static SCRATCH: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
    }
    SCRATCH.with_borrow_mut(|scratch| {
        // Memory, where there is such a folder: a thousand inputs a second.
        let made = || tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
        let folder = scratch.get_or_insert_with(made).path().join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("removed");
        }
        fs::create_dir_all(&folder).expect("made");
        folder
    })
}

/// A file in an empty folder.
fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let path = emptied("file").join(name);
    fs::write(&path, bytes).expect("written");
    path
}

/// A small experiment, as an experiment that is trained in no time.
fn tiny() -> hebbscope::experiment::Experiment {
    let text = "name = \"tiny\"\n[data]\ntrain_examples = 40\nvalidation_examples = 8\ninput_size = 4\noutput_size = 3\n\
                [model]\nhidden = [6]\n[training]\nbatch_size = 8\nsteps = 60\nseeds = 2\n[measure]\nwindow = 20\n";
    hebbscope::experiment::from_toml("tiny", text).expect("a valid experiment")
}

/// Whether an experiment is small enough to be trained for one input among thousands.
fn is_small(experiment: &hebbscope::experiment::Experiment) -> bool {
    let (data, training) = (&experiment.data, &experiment.training);
    let weights = experiment.maps().iter().map(|map| map.weights().saturating_mul(map.samples)).sum::<usize>();
    let vocabulary = data.vocabulary.saturating_mul(experiment.model.width);
    data.train_examples.max(data.validation_examples) <= 1000
        && training.batch_size.saturating_mul(weights) <= 1 << 22
        && weights.max(vocabulary).max(experiment.input_width()) <= 1 << 16
        && training.seeds <= 4
}
