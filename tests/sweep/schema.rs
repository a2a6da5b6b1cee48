//! `[sweep]` that cannot be used is refused by name, and nothing is written.

use hebbscope::experiment::{PRESETS, from_toml, resolve};
use hebbscope::share::{decode, encode};
use hebbscope::sweep::{Grid, Shard};

use super::{TINY, expect, tiny};

#[test]
fn axes_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("tiny.toml"), TINY).expect("written");
    for (set, words) in [
        ("sweep.x=\"noise.weight\"", &["sweep.x", "noise.weight", "numeric field"][..]),
        ("sweep.x=\"rule.kind\"", &["sweep.x_values", "rule.kind", "no spacing"]),
        ("sweep.x=\"model.hidden\"", &["sweep.x", "model.hidden", "numeric field"]),
        ("sweep.x=\"training.seeds\"", &["sweep.x", "sweep.seeds"]),
        ("sweep.x=\"sweep.seeds\"", &["sweep.x", "its own settings"]),
        ("sweep.y=\"noise.weight_sd\"", &["sweep.y", "already"]),
        ("sweep.x_from=-1.0", &["sweep.x", "-1.0", "a number from 0"]),
        ("sweep.x_to=0.0", &["sweep.x", "equal"]),
        ("sweep.y_from=0.0", &["sweep.y_from = 0", "above 0"]),
        ("sweep.x_points=0", &["sweep.x_points = 0", "from 1"]),
        ("sweep.x_values=[1.0, 1.0]", &["sweep.x", "equal"]),
        ("sweep.x_spacing=\"cubic\"", &["sweep.x_spacing", "cubic"]),
        ("sweep.record=[]", &["sweep.record", "one or more"]),
        ("sweep.record=[\"loss\"]", &["sweep.record", "loss"]),
        ("sweep.seeds=0", &["sweep.seeds = 0", "from 1"]),
        ("sweep.tolerance=0.0", &["sweep.tolerance = 0", "above 0"]),
        ("sweep.z=1", &["sweep.z", "unknown field"]),
    ] {
        let said = expect(folder.path(), &["sweep", "tiny.toml", "--out", "out", "--set", set], 2);
        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{set}: {said}");
        for word in words {
            assert!(said.contains(word), "{set} must say {word:?}: {said}");
        }
        assert!(!folder.path().join("out").exists(), "{set} left a folder");
    }
    // A value that is allowed by itself but not beside the others.
    let said = expect(
        folder.path(),
        &[
            "sweep",
            "tiny.toml",
            "--out",
            "out",
            "--set",
            "sweep.x=\"training.batch_size\"",
            "--set",
            "sweep.x_values=[16, 999]",
        ],
        2,
    );
    assert!(said.contains("training.batch_size = 999") && said.contains("320"), "{said}");
    let said = expect(folder.path(), &["sweep", "sre", "--out", "out"], 2);
    assert!(said.contains("has no [sweep]") && said.contains("fig4"), "{said}");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn shards_that_are_none_are_named() {
    for text in ["8/8", "0/0", "1", "-1/8", "a/b", "0/100001", ""] {
        let said = text.parse::<Shard>().expect_err("no shard").to_string();
        assert!(said.contains("from 0 to N-1"), "{said}");
    }
    let shard: Shard = "2/3".parse().expect("a shard");
    assert_eq!((0..9).filter(|cell| shard.has(*cell)).collect::<Vec<_>>(), [2, 5, 8]);
}

#[test]
fn whole_numbers_and_listed_values() {
    let whole = tiny(&[
        ("x = \"noise.weight_sd\"", "x = \"training.batch_size\"\nx_spacing = \"log\""),
        ("x_from = 0.0", "x_from = 16"),
        ("x_to = 0.05", "x_to = 256"),
    ]);
    let grid = Grid::new(&whole).expect("allowed");
    assert_eq!(grid.x().values, [16.0, 32.0, 64.0, 128.0, 256.0]);
    assert_eq!(grid.experiment_of(3).expect("allowed").training.batch_size, 128);
    let listed = tiny(&[("x_points = 5", "x_values = [0.3, 0.1, 0.2]")]);
    assert_eq!(Grid::new(&listed).expect("allowed").x().values, [0.3, 0.1, 0.2]);
}

#[test]
fn a_larger_grid_shares_the_keys_of_a_smaller_one() {
    let keys = |experiment| {
        let grid = Grid::new(&experiment).expect("allowed");
        (0..grid.cells()).map(|cell| grid.key(cell)).collect::<Vec<_>>()
    };
    let small = keys(tiny(&[]));
    let large = keys(tiny(&[("x_points = 5", "x_points = 9"), ("seeds = 2", "seeds = 3")]));
    assert!(small.iter().all(|key| large.contains(key)));
    let mut distinct = large.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), large.len());
    // What is trained otherwise is another cell; what is only called otherwise is the same.
    assert!(!keys(tiny(&[("steps = 120", "steps = 121")])).contains(&small[0]));
    assert!(!keys(tiny(&[("\"norms\"]", "\"accuracy\"]")])).contains(&small[0]));
    assert_eq!(keys(tiny(&[("name = \"tiny\"", "name = \"other\"")])), small);
}

#[test]
fn presets_of_the_figures_have_grids_and_come_back() {
    let mut count = 0;
    for preset in PRESETS.iter().filter(|preset| preset.name.starts_with("fig")) {
        let experiment = resolve(preset.name, &[]).expect("allowed");
        assert!(Grid::new(&experiment).expect("a grid").cells() >= 36, "{}", preset.name);
        assert!(preset.source().contains("hosen here"), "{} says what is pinned nowhere", preset.name);
        let (back, _) = decode(&encode(&experiment, &[])).expect("a share string");
        assert_eq!(back, experiment);
        for text in [experiment.to_toml(), experiment.to_commented_toml()] {
            assert_eq!(from_toml("text", &text).expect("reads back"), experiment);
        }
        count += 1;
    }
    assert_eq!(count, 12);
}
