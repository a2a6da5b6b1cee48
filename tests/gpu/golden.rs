//! Golden trajectories in f32 on the device: what every kernel computes, held against an independent implementation.

use std::path::Path;

use hebbscope::verify::{Golden, replay_on};

use super::device;

/// f32 rounding (6e-8) grows over some 20 steps and in the cosines of small rows by about three orders of magnitude.
#[test]
fn trajectories_agree_to_1e_minus_4() {
    let Some(mut device) = device() else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files = Vec::new();
    for folder in [folder.clone(), folder.join("layers"), folder.join("rules")] {
        let entries = std::fs::read_dir(folder).expect("tests/golden is part of the repository");
        files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    files.retain(|path| path.extension().is_some_and(|e| e == "json"));
    files.sort();
    assert!(files.len() >= 36, "{files:?}");
    for path in files {
        let golden = Golden::read(&path).expect("readable");
        let (found, back) = replay_on(&golden, device);
        let found = found.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{}: {found:?}", path.display());
        assert!(found.largest() < 1e-4, "{}: {found:?}", path.display());
        device = back.expect("the device is there still");
    }
}
