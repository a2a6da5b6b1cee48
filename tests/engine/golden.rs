//! Every golden trajectory replays through the step program in f64 and in f32.

use std::path::{Path, PathBuf};

use super::narrower;

use hebbscope::verify::{Golden, replay};

fn files() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for (folder, count) in [("tests/golden", 19), ("tests/golden/layers", 16), ("tests/golden/rules", 11)] {
        let mut files: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
            .expect("tests/golden is part of the repository")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .collect();
        files.sort();
        assert_eq!(files.len(), count, "every branch of the program has its trajectory");
        all.append(&mut files);
    }
    all
}

/// The files were checked by an independent implementation to 1e-12; 20 steps amplify f64 rounding to about 1e-13.
#[test]
fn f64_agrees_to_1e_minus_9() {
    for path in files() {
        let golden = Golden::read(&path).expect("readable");
        let found = replay::<f64>(&golden).expect("replays");
        println!("{}: {found:?}", path.display());
        assert!(found.largest() < 1e-9, "{}: {found:?}", path.display());
    }
}

/// f32 rounding (6e-8) grows over 20 steps and in the cosines of small rows by about three orders of magnitude.
#[test]
fn f32_agrees_to_1e_minus_4() {
    for path in files() {
        let golden = Golden::read(&path).expect("readable");
        let found = replay::<f32>(&golden).expect("replays");
        println!("{}: {found:?}", path.display());
        assert!(found.largest() < 1e-4, "{}: {found:?}", path.display());
    }
}

#[test]
fn narrower_instruction_sets_agree_too() {
    narrower::run("narrower_instruction_sets_agree_too", &["golden::"], 2);
}
