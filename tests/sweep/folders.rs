//! Folders of sweeps: refused, resumed, merged from any number of shards to the same bytes, and checked.

use std::collections::BTreeSet;
use std::path::Path;

use super::{TINY, expect};
use hebbscope::sweep::{Header, SweepFolder, gather};
use hebbscope::training::COMPUTATION;

fn start() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("tiny.toml"), TINY).expect("written");
    folder
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn shards_and_threads_leave_the_same_bytes() {
    let start = start();
    let root = start.path();
    let cpu = ["--backend", "cpu"];
    let sweep = |more: &[&str]| expect(root, &[&["sweep", "tiny.toml"], more, &cpu].concat(), 0);
    sweep(&["--out", "whole", "--threads", "2", "--format", "parquet"]);
    for shard in ["0/3", "1/3", "2/3"] {
        sweep(&["--out", "shards", "--shard", shard, "--resume", "--threads", "1"]);
    }
    assert!(!root.join("shards/cells.csv").exists());
    // Shards in folders of their own.
    sweep(&["--out", "far/0", "--shard", "0/2"]);
    sweep(&["--out", "far/1", "--shard", "1/2"]);
    expect(root, &["sweep", "merge", "shards"], 0);
    expect(root, &["sweep", "merge", "far/0", "far/1", "--format", "parquet"], 0);
    for other in ["shards", "far/0"] {
        for name in ["cells.csv", "sweep.json", "figures/phase-1.svg", "figures/phase-2.csv"] {
            assert!(bytes(root, &format!("whole/{name}")) == bytes(root, &format!("{other}/{name}")), "{other}/{name}");
        }
    }
    assert!(bytes(root, "whole/cells.parquet") == bytes(root, "far/0/cells.parquet"));
    let csv = String::from_utf8(bytes(root, "whole/cells.csv")).expect("text");
    let header = csv.lines().next().expect("a header");
    assert!(
        header.starts_with(
            "noise.weight_sd,regularizer.weight_decay,seed,signal_1,signal_2,full_1,full_2,validation_loss,"
        ),
        "{header}"
    );
    assert!(header.ends_with(",steps,collapsed,diverged"), "{header}");
    assert_eq!(csv.lines().count(), 1 + 5 * 4 * 2);
    let report: serde_json::Value = serde_json::from_slice(&bytes(root, "whole/sweep.json")).expect("JSON");
    assert_eq!(report["cells"], 40);
    assert_eq!(report["axes"][1]["field"], "regularizer.weight_decay");
    assert!(report["layers"][1]["boundary"]["crossings"].is_array());
}

#[test]
fn folders_with_results_are_resumed_only_when_told_to() {
    let start = start();
    let root = start.path();
    let sweep = |more: &[&str], code| expect(root, &[&["sweep", "tiny.toml", "--backend", "cpu"], more].concat(), code);
    // An empty folder is begun.
    std::fs::create_dir(root.join("out")).expect("a folder");
    sweep(&["--out", "out", "--resume"], 0);
    let csv = bytes(root, "out/cells.csv");
    let said = sweep(&["--out", "out"], 2);
    assert!(said.contains("holds results") && said.contains("--resume"), "{said}");
    let said = sweep(&["--out", "out", "--resume", "--set", "rule.learning_rate=0.2"], 2);
    assert!(said.contains("another sweep: rule.learning_rate is 0.1 there and 0.2 here;"), "{said}");
    let said = sweep(&["--out", "out", "--resume", "--set", "sweep.x_points=6", "--set", "model.hidden=[7]"], 2);
    assert!(said.contains("model.hidden is [6] there and [7] here, sweep.x_points is 5 there and 6 here;"), "{said}");
    // What changes nothing of the cells.
    sweep(&["--out", "out", "--resume", "--set", "name=other", "--set", "description=words"], 0);
    assert_eq!(bytes(root, "out/cells.csv"), csv);
    // Nothing is missing: nothing is trained.
    let before = std::fs::read_dir(root.join("out/journal")).expect("there").count();
    sweep(&["--out", "out", "--resume"], 0);
    assert_eq!(std::fs::read_dir(root.join("out/journal")).expect("there").count(), before);
    std::fs::write(root.join("out/notes.txt"), "mine").expect("written");
    sweep(&["--out", "out", "--force", "--set", "rule.learning_rate=0.2"], 0);
    assert_ne!(bytes(root, "out/cells.csv"), csv);
    assert_eq!(bytes(root, "out/notes.txt"), b"mine");
    let said = sweep(&["--out", "out", "--force", "--shard", "0/2"], 2);
    assert!(said.contains("--shard"), "{said}");
    std::fs::create_dir(root.join("other")).expect("a folder");
    std::fs::write(root.join("other/thesis.tex"), "x").expect("written");
    let said = sweep(&["--out", "other"], 2);
    assert!(said.contains("not empty"), "{said}");
    assert_eq!(std::fs::read_dir(root.join("other")).expect("there").count(), 1);
    let said = expect(root, &["sweep", "status", "other"], 2);
    assert!(said.contains("not the folder of a sweep"), "{said}");
}

#[test]
fn resuming_wants_a_folder_and_says_when_there_is_nothing_to_do() {
    let start = start();
    let root = start.path();
    let sweep = |more: &[&str], code| expect(root, &[&["sweep", "tiny.toml", "--backend", "cpu"], more].concat(), code);
    let said = sweep(&["--resume"], 2);
    assert!(said.contains("--out"), "{said}");
    sweep(&["--out", "out", "--resume", "--force"], 2);
    assert_eq!(std::fs::read_dir(root).expect("there").count(), 1);
    sweep(&["--out", "out"], 0);
    let said = sweep(&["--out", "out", "--resume"], 0);
    assert!(said.contains("out: the sweep is finished: every cell is there already"), "{said}");
    expect(root, &["train", "tiny.toml", "--backend", "cpu", "--out", "run"], 0);
    for more in [&["--resume"][..], &["--force"], &[]] {
        let said = sweep(&[&["--out", "run"], more].concat(), 2);
        assert!(said.contains("run: is the folder of a run"), "{said}");
    }
    for more in [&["--force"][..], &[]] {
        let said = expect(root, &[&["train", "tiny.toml", "--out", "out"], more].concat(), 2);
        assert!(said.contains("out: is the folder of a sweep"), "{said}");
    }
}

#[test]
fn forcing_removes_what_sweeps_wrote_and_nothing_else() {
    let start = start();
    let root = start.path();
    let sweep = |more: &[&str], code| expect(root, &[&["sweep", "tiny.toml", "--backend", "cpu"], more].concat(), code);
    let files = |folder: &str| {
        let mut found = BTreeSet::new();
        for part in ["", "journal", "shards", "figures"] {
            for entry in std::fs::read_dir(root.join(folder).join(part)).into_iter().flatten() {
                let entry = entry.expect("readable");
                let name = entry.file_name().to_string_lossy().into_owned();
                if !entry.path().is_dir() {
                    found.insert(if part.is_empty() { name } else { format!("{part}/{name}") });
                }
            }
        }
        found
    };
    sweep(&["--out", "out", "--format", "parquet"], 0);
    let listed = hebbscope::record::ListedFiles::read(&root.join("out")).expect("readable").expect("there");
    assert_eq!(listed.files, files("out"));
    let mine = ["notes.txt", "figures/mine.png", "journal/mine.journal", "shards/mine.shard"];
    std::fs::create_dir(root.join("out/shards")).expect("created");
    for name in mine {
        std::fs::write(root.join("out").join(name), "mine").expect("written");
    }
    for is_listed in [true, false] {
        if !is_listed {
            std::fs::remove_file(root.join("out/.hebbscope.jsonl")).expect("there");
        }
        let said = sweep(&["--out", "out", "--force", "--set", "rule.learning_rate=0.2"], 0);
        assert_eq!(said.contains("has no list of its files"), !is_listed, "{said}");
        let left = files("out");
        assert!(mine.iter().all(|name| left.contains(*name)), "{left:?}");
        assert!(!left.contains("cells.parquet"), "{left:?}");
        assert_eq!(left.iter().filter(|name| name.ends_with(".journal")).count(), 2, "{left:?}");
    }
    // In place of a result.
    std::fs::write(root.join("out/cells.parquet"), "mine").expect("written");
    let said = sweep(&["--out", "out", "--force"], 2);
    assert!(said.contains("cells.parquet: stands in no list"), "{said}");
    assert!(root.join("out/cells.csv").is_file());
}

#[test]
fn more_shards_than_cells_are_refused() {
    let start = start();
    let root = start.path();
    let said = expect(root, &["sweep", "tiny.toml", "--backend", "cpu", "--out", "out", "--shard", "40/41"], 2);
    assert!(said.contains("41") && said.contains("40 cells"), "{said}");
    let said = expect(root, &["sweep", "slurm", "tiny.toml", "--out", "out", "--shards", "41"], 2);
    assert!(said.contains("41") && said.contains("40 cells"), "{said}");
    assert!(!root.join("out").exists());
    expect(root, &["sweep", "tiny.toml", "--backend", "cpu", "--out", "out", "--shard", "39/40"], 0);
}

#[test]
fn merge_names_missing_and_foreign_cells() {
    let start = start();
    let root = start.path();
    let sweep = |more: &[&str]| expect(root, &[&["sweep", "tiny.toml", "--backend", "cpu"], more].concat(), 0);
    sweep(&["--out", "half", "--shard", "0/2"]);
    let said = expect(root, &["sweep", "merge", "half"], 1);
    let missing = said.lines().filter(|line| line.starts_with("missing: cell ")).count();
    assert_eq!(missing, 20, "{said}");
    assert!(
        said.contains("missing: cell 1: noise.weight_sd = 0.0125, regularizer.weight_decay = 0.0001, seed 0"),
        "{said}"
    );
    assert!(!root.join("half/cells.csv").exists(), "nothing is merged");
    let said = expect(root, &["sweep", "status", "half"], 0);
    assert!(said.starts_with("20 of 40 cells done, 0 running in 0 processes, 0 failed, 20 missing"), "{said}");
    // The other half, of a sweep with another learning rate.
    sweep(&["--out", "strange", "--shard", "1/2", "--set", "rule.learning_rate=0.2"]);
    let said = expect(root, &["sweep", "merge", "half", "strange"], 1);
    assert!(said.lines().any(|line| line.starts_with("foreign: strange/") && line.contains("cell 1 ")), "{said}");
    // A damaged shard is not taken: its checksums are wrong.
    sweep(&["--out", "half", "--shard", "1/2", "--resume"]);
    std::fs::remove_dir_all(root.join("half/journal")).expect("removed");
    let shard = root.join("half/shards/1-of-2.shard");
    let text = std::fs::read_to_string(&shard).expect("text");
    std::fs::write(&shard, text.replacen("done\t3\t", "done\t5\t", 1)).expect("written");
    let said = expect(root, &["sweep", "merge", "half"], 1);
    assert_eq!(said.lines().filter(|line| line.starts_with("missing: ")).count(), 1, "{said}");
    assert!(said.contains("missing: cell 3: "), "{said}");
}

#[test]
fn train_of_a_grid_is_one_run() {
    let start = start();
    let said = expect(start.path(), &["train", "tiny.toml", "--out", "run", "--seeds", "1", "--backend", "cpu"], 0);
    assert!(said.contains("[sweep] is left out") && said.contains("hebbscope sweep tiny.toml"), "{said}");
    let config = String::from_utf8(bytes(start.path(), "run/config.toml")).expect("text");
    assert!(!config.contains("[sweep]"), "{config}");
}

/// Cells of a program that computes something else are shown and merged among themselves, and not mixed.
#[test]
fn cells_of_another_computation_are_refused_by_name() {
    let start = start();
    let root = start.path();
    let sweep = |more: &[&str], code| expect(root, &[&["sweep", "tiny.toml", "--backend", "cpu"], more].concat(), code);
    sweep(&["--out", "old"], 0);
    let (folder, grid) = SweepFolder::open(&root.join("old")).expect("a sweep's");
    let found = gather(&grid, &[root.join("old")]).expect("readable");
    let outcomes: Vec<_> =
        found.outcomes.into_iter().enumerate().map(|(cell, one)| (cell, one.expect("there"))).collect();
    std::fs::remove_dir_all(root.join("old/journal")).expect("removed");
    let header = |computation| Header {
        config_hash: grid.config_hash(),
        shard: (0, 2),
        backend: "cpu avx512".into(),
        computation,
    };
    folder.write_shard(&grid, &header(COMPUTATION + 1), &outcomes[..30]).expect("written");
    let said = sweep(&["--out", "old", "--resume"], 2);
    let version = format!("were computed by version {} of what a cell computes", COMPUTATION + 1);
    assert!(said.contains(&version) && said.contains(&format!("has version {COMPUTATION}")), "{said}");
    expect(root, &["sweep", "status", "old"], 0);
    let other = Header { shard: (1, 2), ..header(COMPUTATION) };
    folder.write_shard(&grid, &other, &outcomes[30..]).expect("written");
    let said = expect(root, &["sweep", "merge", "old"], 1);
    let several = format!("several versions of what a cell computes: {COMPUTATION}, {}", COMPUTATION + 1);
    assert!(said.contains(&several), "{said}");
    folder.write_shard(&grid, &Header { shard: (1, 2), ..header(COMPUTATION + 1) }, &outcomes[30..]).expect("written");
    expect(root, &["sweep", "merge", "old"], 0);
}
