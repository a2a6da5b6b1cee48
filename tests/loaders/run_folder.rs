//! Run folders, of which one file is damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hebbscope::record::{ListedFiles, Overwrite, RunFolder, read_interventions};
use hebbscope::share::{Opened, open_path};
use hebbscope::training::{Run, rehearse};

use super::rows::looked_at;
use super::{Loader, emptied, in_mode, is_small, mode};

pub const RUN_FOLDER: Loader = Loader { name: "run_folder", load, seeds, claims };

/// Files that may be damaged.
const FILES: [&str; 5] = ["config.toml", "interventions.jsonl", "metrics.csv", "summary.json", ".hebbscope.jsonl"];

/// What a folder holds.
fn files() -> &'static [Vec<u8>; 5] {
    static FILES_OF_RUN: OnceLock<[Vec<u8>; 5]> = OnceLock::new();
    FILES_OF_RUN.get_or_init(|| {
        let path = emptied("a run");
        let folder = RunFolder::create(&path, Overwrite::Refuse).expect("an empty folder");
        let mut run = Run::new(super::tiny(), 1).expect("a small, valid experiment");
        let mut rows = folder.metrics_csv(run.columns()).expect("begun");
        run.advance(7, false, |row| rows.push(&row).expect("written"));
        run.set("regularizer.weight_decay", 3e-3.into(), None).expect("a live setting");
        run.advance(9, false, |row| rows.push(&row).expect("written"));
        rows.finish().expect("finished");
        folder.write_experiment(run.initial()).expect("written");
        folder.write_interventions(run.interventions()).expect("written");
        fs::write(path.join("summary.json"), SUMMARY).expect("written");
        FILES.map(|name| fs::read(path.join(name)).expect("there"))
    })
}

fn load(input: &[u8]) -> bool {
    let (mode, rest) = mode(input, FILES.len());
    let top = emptied("run");
    let folder = top.join("inner");
    fs::create_dir(&folder).expect("made");
    fs::write(top.join("outside"), "mine").expect("written");
    for (place, (name, bytes)) in FILES.iter().zip(files()).enumerate() {
        fs::write(folder.join(name), if place == mode { rest } else { bytes }).expect("written");
    }
    let is_read = match mode {
        0..=2 => opened(&folder),
        3 => RunFolder::summary_in(&folder).is_ok_and(|summary| summary.is_some()),
        _ => listed(&top, &folder),
    };
    let _ = (RunFolder::checkpoints_in(&folder), RunFolder::check_idle(&folder));
    is_read
}

fn opened(folder: &Path) -> bool {
    let Ok(Opened::RunFolder { experiment, interventions, metrics, .. }) = open_path(folder) else { return false };
    if let Some(store) = metrics {
        looked_at(&store);
    }
    assert_eq!(read_interventions(folder).expect("they were read before"), interventions);
    if is_small(&experiment) && interventions.len() <= 20 {
        let _ = rehearse(&experiment, &interventions);
    }
    true
}

/// What a list names is removed, in its folder and nowhere else.
fn listed(top: &Path, folder: &Path) -> bool {
    let Ok(Some(files)) = ListedFiles::read(folder) else { return false };
    // Names may be those of folders, or too long for the system.
    let _ = files.remove(folder);
    let left: Vec<PathBuf> =
        fs::read_dir(top).expect("readable").map(|entry| entry.expect("readable").path()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(fs::read(top.join("outside")).expect("there"), b"mine");
    true
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> = files().iter().enumerate().map(|(mode, file)| in_mode(mode as u8, file)).collect();
    let names = "{\"folder\":\"run\",\"version\":\"0.1.0\"}\n{\"file\":\"../outside\"}\n{\"file\":\"/etc/passwd\"}\n\
                 {\"file\":\"config.toml\"}\n{\"file\":\"a/../../outside\"}\n{\"file\":\"twin-b/.hebbscope.jsonl\"}\n";
    seeds.push(in_mode(4, names.as_bytes()));
    seeds
}

/// Configurations of endless sizes.
fn claims() -> Vec<Vec<u8>> {
    let config = std::str::from_utf8(&files()[0]).expect("text");
    let other = |from: &str, to: &str| {
        assert!(config.contains(from), "{config}");
        in_mode(0, config.replace(from, to).as_bytes())
    };
    vec![other("hidden = [6]", "hidden = [1000000000000]"), other("seeds = 2", "seeds = 1000000000000")]
}

const SUMMARY: &str = r#"{
  "experiment": "tiny", "backend": "CPU, AVX-512", "seeds": [0, 1], "steps": 16, "steps_per_second": 1000.0, "window": 20,
  "layers": [{ "layer": 1, "name": "layers.0", "signal": { "mean": 0.1, "sd": 0.01, "per_seed": [0.1, 0.11] },
    "full": { "mean": null, "sd": null, "per_seed": [null, null] }, "collapsed": false, "collapsed_seeds": [],
    "collapses": [] }],
  "validation_loss": { "mean": 0.5, "sd": 0.1, "per_seed": [0.4, 0.6] }, "version": "0.1.0",
  "config_hash": "0123456789abcdef", "validation_accuracy": null,
  "train_loss": { "mean": 0.5, "sd": 0.1, "per_seed": [0.4, 0.6] }, "instruction_set": "avx512", "kernel": "own",
  "data_source": "teacher-student", "notice": null, "alignment_reading": "batch",
  "diverged": [{ "seed": 1, "step": 3, "field": "loss" }], "complete": true, "replica_steps_per_second": 2000.0,
  "threads": 1, "averaged_steps": 16
}
"#;
