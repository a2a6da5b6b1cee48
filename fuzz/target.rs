//! What all targets share: a loader of `tests/loaders/`, by its name.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

#[path = "../tests/loaders/mod.rs"]
pub mod loaders;

use loaders::{Loader, named};

static LOADER: OnceLock<&Loader> = OnceLock::new();

/// Before there is another thread: gives the process a cache folder of its own, and the target sound inputs to begin with, in
/// `corpus/`, where it has none.
pub fn begin(name: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    // SAFETY: nothing else runs yet.
    unsafe { std::env::set_var("XDG_CACHE_HOME", folder) };
    let loader = LOADER.get_or_init(|| named(name));
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    fs::create_dir_all(&corpus).expect("a folder that can be made");
    for (number, seed) in (loader.seeds)().iter().enumerate() {
        let path = corpus.join(format!("seed-{number}"));
        if !path.exists() {
            assert!((loader.load)(seed), "seed {number} of {name} is refused");
            fs::write(path, seed).expect("a file that can be written");
        }
    }
    for (number, claim) in (loader.claims)().iter().enumerate() {
        fs::write(corpus.join(format!("claim-{number}")), claim).expect("a file that can be written");
    }
}

/// Reads an input.
pub fn read(input: &[u8]) {
    (LOADER.get().expect("the target has begun").load)(input);
}

macro_rules! fuzz {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(
            init: $crate::target::begin($name),
            |input: &[u8]| {
                $crate::target::read(input);
            }
        );
    };
}
pub(crate) use fuzz;
