//! Writes sound inputs of every loader to `corpus/`, for targets to begin with.

use std::fs;
use std::path::Path;

#[path = "target.rs"]
mod target;

fn main() {
    target::begin();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for loader in target::loaders::LOADERS {
        let folder = corpus.join(loader.name);
        fs::create_dir_all(&folder).expect("a folder that can be made");
        for (number, seed) in (loader.seeds)().iter().enumerate() {
            assert!((loader.load)(seed), "seed {number} of {} is refused", loader.name);
            fs::write(folder.join(format!("seed-{number}")), seed).expect("a file that can be written");
        }
        println!("{}", folder.display());
    }
}
