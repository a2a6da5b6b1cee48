//! What is undefined can be finished, told, or is refused where everything would be.

use super::{TINY, expect};

#[test]
fn a_single_undefined_value_finishes_its_cell() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    // One value a cell; a decay of 9 at the rate 0.1 empties the weights, and a zero vector has no cosine.
    let text = TINY
        .replace("record = [\"signal\", \"full\", \"validation_loss\", \"norms\"]", "record = [\"signal\"]")
        .replace("x_points = 5", "x_points = 1")
        .replace("y_spacing = \"log\"", "y_values = [1e-3, 9.0]")
        .replace("y_from = 1e-4\ny_to = 0.1\ny_points = 4\n", "")
        .replace("window = 20", "window = 20\nlayers = [1]");
    std::fs::write(root.join("tiny.toml"), text).expect("written");
    let args = ["sweep", "tiny.toml", "--out", "out", "--backend", "cpu", "--threads", "1"];
    let said = expect(root, &args, 0);
    assert!(said.contains("alignment is undefined in 2 of 4 cells"), "{said}");
    let csv = std::fs::read_to_string(root.join("out/cells.csv")).expect("there");
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert_eq!(row[3].is_empty(), row[1] == "9.0", "{csv}");
        assert_eq!(row[5], if row[1] == "9.0" { "true" } else { "false" }, "collapsed: {csv}");
    }
    // Nothing is left to do: the same in shards, whose files have the same form.
    expect(root, &[&args[..], &["--resume"]].concat(), 0);
    for shard in ["0/2", "1/2"] {
        let out = ["sweep", "tiny.toml", "--out", "shards", "--backend", "cpu", "--shard", shard, "--resume"];
        expect(root, &out, 0);
    }
    std::fs::remove_dir_all(root.join("shards/journal")).expect("removed");
    expect(root, &["sweep", "merge", "shards"], 0);
    assert_eq!(std::fs::read_to_string(root.join("shards/cells.csv")).expect("there"), csv);
}

#[test]
fn what_would_be_empty_everywhere_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    std::fs::write(root.join("tiny.toml"), TINY).expect("written");
    let refused = |set: &[&str]| {
        let mut args = vec!["sweep", "tiny.toml", "--out", "out", "--backend", "cpu"];
        args.extend(set.iter().flat_map(|one| ["--set", *one]));
        let said = expect(root, &args, 2);
        assert!(!root.join("out").exists(), "nothing is written");
        said
    };
    let said = refused(&["sweep.record=[\"accuracy\"]"]);
    assert!(said.contains("sweep.record = [\"accuracy\"]") && said.contains("classes"), "{said}");
    let per_example = "measure.alignment=per_example";
    let said = refused(&[per_example, "rule.kind=hebb"]);
    assert!(said.contains("measure.alignment = \"per_example\"") && said.contains("\"hebb\""), "{said}");
    let said = refused(&[per_example, "sweep.record=[\"full\"]"]);
    assert!(said.contains("sweep.record = [\"full\"]") && said.contains("per_example"), "{said}");
    // Something is left: it is trained, and what stays empty is said.
    let args = ["sweep", "tiny.toml", "--out", "out", "--backend", "cpu", "--set", per_example];
    let said = expect(root, &args, 0);
    assert!(said.contains("measure.alignment") && said.contains("full update"), "{said}");
    // Few steps, as plain Hebbian weights grow without end.
    let train = ["train", "tiny.toml", "--out", "run", "--seeds", "1", "--backend", "cpu", "--set", "rule.kind=hebb"];
    let said = expect(root, &[&train[..], &["--set", per_example, "--set", "training.steps=20"]].concat(), 0);
    assert!(said.contains("measure.alignment") && said.contains("rule.kind = \"hebb\""), "{said}");
}
