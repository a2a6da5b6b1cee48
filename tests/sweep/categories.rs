//! Axes of texts and switches: each cell is what `hebbscope train --set` makes of its values, and everything that reads a
//! sweep takes them as they are.

use std::path::Path;
use std::sync::Arc;

use hebbscope::experiment::{Experiment, Purpose, RuleKind, from_toml, resolve, resolve_for};
use hebbscope::sweep::{Grid, Order, SweepFolder, fit_boundary};
use sha2::{Digest, Sha256};

use super::{TINY, by_cell, expect, tiny, train};

/// Rules against decay; clip and biases are given, the learning rates are the rules' own.
const RULES: &str = r#"
name = "rules"
[data]
train_examples = 320
validation_examples = 64
input_size = 4
output_size = 3
[model]
hidden = [6]
[rule]
clip = 2.0
[training]
batch_size = 32
steps = 60
[measure]
window = 20
[sweep]
x = "rule.kind"
x_values = ["sgd", "hebb", "oja"]
y = "regularizer.weight_decay"
y_values = [1e-3, 0.1]
seeds = 2
"#;

/// A rule that is written, with two signals one of which has a comma.
const SIGNALS: &str = r#"
name = "signals"
[data]
train_examples = 320
validation_examples = 64
input_size = 4
output_size = 3
[model]
hidden = [6]
[rule]
kind = "custom"
learning_rate = 1e-3
[training]
batch_size = 32
steps = 40
[measure]
window = 10
[sweep]
x = "rule.signal"
x_values = ["post * pre - post^2 * w", 'min(post, 1) * pre']
y = "rule.normalization"
y_values = ["none", "unit"]
record = ["signal", "full", "validation_loss"]
"#;

/// What makes a preset's cells as small as those of the tiny grid.
const SMALL: [&str; 7] = [
    "data.train_examples=320",
    "data.validation_examples=64",
    "data.input_size=4",
    "data.output_size=3",
    "model.hidden=[6]",
    "training.steps=60",
    "training.batch_size=32",
];
const AXES: [&str; 4] = [
    "sweep.x=rule.kind",
    "sweep.x_values=[\"sgd\", \"hebb\", \"oja\", \"dfa\", \"custom\"]",
    "sweep.y=regularizer.weight_decay",
    "sweep.y_values=[1e-3, 0.1]",
];

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// What a single run comes to, as a cell has it.
fn run(base: &str, assignments: &[String]) -> Experiment {
    let mut run = resolve_for(Purpose::Run, base, assignments).expect("allowed").experiment;
    run.sweep = None;
    run
}

/// Each cell of a grid is the run with its values, also when the grid is read back from its own configuration.
fn assert_cells_are_runs(base: &str, edits: &[&str]) {
    let experiment = resolve_for(Purpose::Grid, base, &strings(edits)).expect("allowed").experiment;
    let grid = Grid::new(&experiment).expect("a grid");
    let back = from_toml("text", &experiment.to_toml()).expect("reads back");
    assert_eq!(back, experiment);
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("config.toml"), experiment.to_toml()).expect("written");
    let (_, read) = SweepFolder::open(folder.path()).expect("a sweep's");
    let again = folder.path().to_string_lossy().into_owned();
    let again = resolve_for(Purpose::Grid, &again, &[]).expect("allowed").experiment;
    assert_eq!(read.experiment(), &experiment);
    assert_eq!(again, experiment);
    for cell in 0..grid.cells() {
        let mut assignments = strings(edits);
        assignments.extend(grid.values(cell).iter().map(|(field, value)| format!("{}={value}", field.path)));
        assignments.extend([format!("training.seed={}", grid.seed(cell)), "training.seeds=1".into()]);
        let found = grid.experiment_of(cell).expect("allowed");
        assert_eq!(found, run(base, &assignments), "{base} {edits:?}, {}", grid.describe(cell));
        assert_eq!(read.experiment_of(cell).expect("allowed"), found);
        assert_eq!(read.key(cell), grid.key(cell));
    }
}

#[test]
fn a_cell_has_its_rules_own_defaults_but_for_what_was_given() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("rules.toml");
    std::fs::write(&path, RULES).expect("written");
    let file = path.to_string_lossy().into_owned();
    assert_cells_are_runs(&file, &[]);
    assert_cells_are_runs(&file, &["rule.learning_rate=0.02", "model.bias=false"]);
    for base in ["sre", "sre-hebb-post", "sre-adam"] {
        for more in [&[][..], &["rule.learning_rate=0.02"], &["model.bias=true", "rule.hebb_activity=post"]] {
            let axes = if base == "sre-adam" { ["sweep.x_values=[\"sgd\", \"adam\"]"] } else { [AXES[1]] };
            let signal = ["rule.signal=post * pre", "rule.kind=dfa"];
            let all = [&SMALL[..], &AXES[..1], &axes, &AXES[2..], &signal[..1], more].concat();
            assert_cells_are_runs(base, &all);
        }
    }
    let grid = Grid::new(&from_toml("rules", RULES).expect("allowed")).expect("a grid");
    let rates: Vec<f64> = (0..3).map(|cell| grid.experiment_of(cell).expect("allowed").rule.learning_rate).collect();
    let own = |preset: &str| resolve(preset, &[]).expect("a preset").rule.learning_rate;
    assert_eq!(rates[1..], [own("sre-hebb"), own("sre-oja")]);
    assert!((0..3).all(|cell| grid.experiment_of(cell).expect("allowed").rule.clip == 2.0));
    // A rule that is given beside an axis over rules changes nothing of the cells, and is said to be in vain.
    let given = resolve_for(Purpose::Grid, &file, &strings(&["rule.kind=hebb"])).expect("allowed");
    assert_eq!(given.experiment, resolve_for(Purpose::Grid, &file, &[]).expect("allowed").experiment);
    assert!(given.warnings.iter().any(|words| words.contains("rule.kind") && words.contains("sweep.x")));
}

#[test]
fn a_teacher_follows_the_activation_of_each_cell_unless_it_has_its_own() {
    let axes = ["sweep.x=model.activation", "sweep.x_values=[\"tanh\", \"relu\"]", "sweep.y=model.batch_norm"];
    let switches = ["sweep.y_values=[\"false\", true]"];
    assert_cells_are_runs("sre", &[&SMALL[..], &axes, &switches].concat());
    assert_cells_are_runs("sre", &[&SMALL[..], &axes, &switches, &["data.teacher_activation=tanh"]].concat());
    let both = resolve_for(Purpose::Grid, "sre", &strings(&[&SMALL[..], &axes, &switches].concat())).expect("allowed");
    let grid = Grid::new(&both.experiment).expect("a grid");
    let last = grid.experiment_of(3).expect("allowed");
    assert_eq!(last.data.teacher_activation, Some(last.model.activation));
    assert!(last.model.batch_norm && !grid.experiment_of(0).expect("allowed").model.batch_norm);
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json(folder: &Path, name: &str) -> serde_json::Value {
    serde_json::from_str(&text(folder, name)).expect("JSON")
}

#[test]
fn rows_are_what_train_reports_of_each_rule() {
    let start = tempfile::tempdir().expect("a temporary folder");
    let root = start.path();
    std::fs::write(root.join("rules.toml"), RULES).expect("written");
    let cpu = ["--backend", "cpu", "--threads", "2"];
    expect(root, &[&["sweep", "rules.toml", "--out", "grid", "--format", "parquet"][..], &cpu].concat(), 0);
    let mut rows = csv::Reader::from_path(root.join("grid/cells.csv")).expect("readable");
    let header: Vec<String> = rows.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header[..3], ["rule.kind", "regularizer.weight_decay", "seed"]);
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("whole")).collect();
    assert_eq!(rows.len(), 12);
    for row in rows.iter().filter(|row| &row[2] == "1") {
        let out = format!("run-{}-{}", &row[0], &row[1]);
        let kind = format!("rule.kind={}", &row[0]);
        let decay = format!("regularizer.weight_decay={}", &row[1]);
        let set = ["--set", &kind, "--set", &decay, "--set", "training.seed=1", "--seeds", "1", "--out", &out];
        expect(root, &[&["train", "rules.toml"][..], &set, &cpu].concat(), 0);
        let summary = json(root, &format!("{out}/summary.json"));
        let value = |name: &str| match name.rsplit_once('_') {
            Some((kind @ ("signal" | "full"), layer)) => {
                let layer: usize = layer.parse().expect("a layer");
                summary["layers"][layer - 1][kind]["per_seed"][0].as_f64()
            }
            _ => summary[name]["per_seed"][0].as_f64(),
        };
        for (name, found) in header.iter().zip(row).skip(3).take(5) {
            let (found, wanted): (f64, f64) = (found.parse().expect("a number"), value(name).expect("defined"));
            assert!((found - wanted).abs() <= 4.0 * f64::EPSILON * wanted.abs(), "{out} {name}: {found}, {wanted}");
        }
        assert_eq!(Some(row[header.len() - 3].parse().expect("steps")), summary["steps"].as_u64());
    }
    let report = json(root, "grid/sweep.json");
    assert_eq!(report["axes"][0]["values"], serde_json::json!(["sgd", "hebb", "oja"]));
    assert_eq!(report["axes"][1]["values"], serde_json::json!([1e-3, 0.1]));
    assert!(report["axes"][0]["spacing"].is_null() && report["axes"][1]["spacing"].is_string());
    let boundary = &report["layers"][1]["boundary"];
    assert_eq!(boundary["categories"].as_array().map(Vec::len), Some(3));
    assert_eq!(boundary["categories"][1]["value"], "hebb");
    assert!(boundary["crossings"].as_array().is_some_and(Vec::is_empty) && boundary["raw"].is_null());
    assert!(report["layers"][1]["in_words"].as_str().is_some_and(|words| words.contains("rule.kind = \"oja\": ")));
    // A curve for each rule, with its name; the table has a column for each.
    let figure = text(root, "grid/figures/phase-2.svg");
    assert!(["sgd", "hebb", "oja"].iter().all(|rule| figure.contains(&format!(">{rule}<"))), "names of curves");
    assert!(figure.contains("2 seeds, 60 steps,"), "no learning rate, as each rule has its own");
    let table = text(root, "grid/figures/phase-2.csv");
    assert!(table.lines().next().is_some_and(|header| header.contains("oja: cosine_low")), "{table}");
    assert_eq!(table.lines().count(), 3);
}

#[test]
fn texts_with_commas_survive_shards_merging_and_resuming() {
    let start = tempfile::tempdir().expect("a temporary folder");
    let root = start.path();
    std::fs::write(root.join("signals.toml"), SIGNALS).expect("written");
    let sweep = |more: &[&str]| {
        let said = expect(root, &[&["sweep", "signals.toml", "--backend", "cpu"], more].concat(), 0);
        assert!(!said.contains("warning"), "{said}");
        said
    };
    sweep(&["--out", "whole"]);
    for shard in ["0/3", "1/3", "2/3"] {
        sweep(&["--out", "shards", "--shard", shard]);
    }
    expect(root, &["sweep", "merge", "shards"], 0);
    sweep(&["--out", "half", "--shard", "0/2"]);
    let said = expect(root, &["sweep", "merge", "half"], 1);
    assert!(said.contains("rule.signal = \"min(post, 1) * pre\", rule.normalization = \"none\", seed 0"), "{said}");
    sweep(&["--out", "half", "--resume"]);
    let said = sweep(&["--out", "half", "--resume"]);
    assert!(said.contains("every cell is there already"), "{said}");
    for name in ["cells.csv", "sweep.json", "figures/phase-1.svg", "figures/phase-1.csv"] {
        for other in ["shards", "half"] {
            assert_eq!(text(root, &format!("whole/{name}")), text(root, &format!("{other}/{name}")), "{other}/{name}");
        }
    }
    let cells = text(root, "whole/cells.csv");
    assert!(cells.contains("\n\"min(post, 1) * pre\",unit,0,"), "{cells}");
    assert!(cells.contains("\npost * pre - post^2 * w,none,0,"), "{cells}");
    // Nothing lies between texts: points, a group for each signal, and no boundary.
    let table = text(root, "whole/figures/phase-1.csv");
    assert!(table.contains("\n\"min(post, 1) * pre\","), "{table}");
    let words = json(root, "whole/sweep.json")["layers"][0]["in_words"].to_string();
    assert!(words.contains("nothing lies between the values of rule.signal"), "{words}");
    assert!(root.join("whole/figures/phase-1.png").is_file());
}

#[test]
fn values_that_a_field_does_not_take_are_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    std::fs::write(root.join("tiny.toml"), TINY).expect("written");
    std::fs::write(root.join("signals.toml"), SIGNALS).expect("written");
    for (file, set, words) in [
        ("tiny", &["sweep.x=rule.kind"][..], &["sweep.x_values = []", "rule.kind", "no spacing"][..]),
        ("tiny", &["sweep.x=rule.kind", "sweep.x_values=[]"], &["sweep.x_values = []", "list the values"]),
        (
            "tiny",
            &["sweep.x=rule.kind", "sweep.x_values=[\"sgd\", \"hebbian\"]"],
            &["sweep.x_values = \"hebbian\"", "`hebb`", "`oja`"],
        ),
        (
            "tiny",
            &["sweep.x=rule.kind", "sweep.x_values=[\"sgd\", \"hebb\", \"sgd\"]"],
            &["sweep.x_values = \"sgd\"", "twice"],
        ),
        ("tiny", &["sweep.y=rule.kind", "sweep.y_values=[1.0]"], &["sweep.y_values = 1.0", "texts in quotation marks"]),
        ("tiny", &["sweep.x=rule.kind", "sweep.x_values=[true]"], &["sweep.x_values = true", "texts"]),
        ("tiny", &["sweep.x_values=[\"small\"]"], &["sweep.x_values = \"small\"", "noise.weight_sd takes numbers"]),
        ("tiny", &["sweep.x=model.bias", "sweep.x_values=[\"yes\"]"], &["sweep.x_values = \"yes\"", "true or false"]),
        ("tiny", &["sweep.x=model.bias", "sweep.x_values=[0, 1]"], &["sweep.x_values = 0.0", "true or false"]),
        ("tiny", &["sweep.x=name", "sweep.x_values=[\"a\"]"], &["sweep.x", "changes nothing"]),
        ("tiny", &["sweep.x=rule.signal", "sweep.x_values=[\"pre\"]"], &["sweep.x", "all the same", "custom"]),
        (
            "signals",
            &["sweep.x_values=[\"post * pre\", \"post * prae\"]"],
            &["sweep.x_values = \"post * prae\"", "rule.signal", "column 8"],
        ),
        ("signals", &["sweep.given=[\"noise.weight_sd = 1\"]"], &["sweep.given", "noise.weight_sd"]),
    ] {
        let sets: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
        let file = format!("{file}.toml");
        let said = expect(root, &[&["sweep", &file, "--out", "out"][..], &sets].concat(), 2);
        assert!(said.contains("error: "), "{set:?}: {said}");
        for word in words {
            assert!(said.contains(word), "{set:?} must say {word:?}: {said}");
        }
        assert!(!root.join("out").exists(), "{set:?} left a folder");
    }
}

#[test]
fn what_spaces_or_squares_numbers_is_in_vain_beside_texts() {
    let set = ["sweep.x_spacing=log", "sweep.x_squared=true", "rule.beta1=0.8", "rule.oja_form=subspace"];
    let all = [&SMALL[..], &AXES, &["rule.signal=post * pre"], &set].concat();
    let resolved = resolve_for(Purpose::Grid, "sre", &strings(&all)).expect("allowed");
    let is_warned = |path: &str| resolved.warnings.iter().any(|words| words.contains(&format!("--set: {path} = ")));
    assert!(is_warned("sweep.x_spacing") && is_warned("sweep.x_squared"), "{:?}", resolved.warnings);
    // One of the rules reads the second, and none the first.
    assert!(is_warned("rule.beta1") && !is_warned("rule.oja_form"), "{:?}", resolved.warnings);
}

/// Hashes of journals and folders that are there: by the formula that they were written by.
#[test]
fn grids_of_numbers_keep_their_hashes_and_keys() {
    let experiment = tiny(&[("x_points = 5", "x_values = [0.0, 0.01, 0.05]")]);
    let grid = Grid::new(&experiment).expect("a grid");
    assert!(experiment.to_toml().contains("x_values = [0.0, 0.01, 0.05]\n"), "{}", experiment.to_toml());
    assert!(!experiment.to_toml().contains("given"));
    let mut plain = Experiment { sweep: None, name: String::new(), description: String::new(), ..experiment.clone() };
    (plain.training.seed, plain.training.seeds) = (0, 1);
    let mut fields = plain.differing_fields();
    for path in ["noise.weight_sd", "regularizer.weight_decay"] {
        fields.remove(path);
    }
    let mut base = Sha256::new();
    for (path, value) in &fields {
        base.update(format!("{path} = {value}\n"));
    }
    base.update("Steps 0.005 0.1 0 0 [Signal, Full, ValidationLoss, Norms]");
    let base: [u8; 32] = base.finalize().into();
    for cell in 0..grid.cells() {
        let place = grid.place(cell);
        let values = [grid.x().values[place.column], grid.y().expect("there").values[place.row]];
        let mut hash = Sha256::new_with_prefix(base);
        for (path, value) in ["noise.weight_sd", "regularizer.weight_decay"].iter().zip(values) {
            hash.update(path.as_bytes());
            hash.update(value.to_bits().to_le_bytes());
        }
        hash.update(grid.seed(cell).to_le_bytes());
        let digest = hash.finalize();
        assert_eq!(grid.key(cell), u64::from_be_bytes(std::array::from_fn(|at| digest[at])));
        let program = values.map(|value| u64::from(value != 0.0));
        assert_eq!(grid.program_key(cell), program);
    }
    let mut all = Sha256::new();
    for (path, value) in experiment.differing_fields() {
        all.update(format!("{path} = {value}\n"));
    }
    let all: String = all.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(grid.config_hash(), all);
    // A column of a grid over rules is the grid of numbers that has the rule.
    let rules = Grid::new(&from_toml("rules", RULES).expect("allowed")).expect("a grid");
    let column = RULES.replace("x = \"rule.kind\"\nx_values = [\"sgd\", \"hebb\", \"oja\"]\ny = ", "x = ");
    let column = column.replace("y_values", "x_values").replace("clip = 2.0", "kind = \"oja\"\nclip = 2.0");
    let mut oja = from_toml("oja", &column).expect("allowed");
    assert_eq!(oja.rule.kind, RuleKind::Oja);
    oja.rule = rules.experiment_of(2).expect("allowed").rule;
    oja.model.bias = rules.experiment_of(2).expect("allowed").model.bias;
    let oja = Grid::new(&oja).expect("a grid");
    for cell in 0..oja.cells() {
        assert_eq!(oja.key(cell), rules.key(3 * cell + 2));
    }
    let programs: Vec<_> = (0..3).map(|cell| rules.program_key(cell)).collect();
    assert!(programs[0] != programs[1] && programs[1] != programs[2]);
}

#[test]
fn what_a_kind_of_data_does_not_have_is_undefined_in_its_cells() {
    let text = RULES.replace("x = \"rule.kind\"", "x = \"data.kind\"");
    let text = text.replace("[\"sgd\", \"hebb\", \"oja\"]", "[\"teacher_student\", \"digits\"]");
    let grid = Arc::new(Grid::new(&from_toml("data", &text).expect("allowed")).expect("a grid"));
    let accuracy = grid.names().iter().position(|name| name == "validation_accuracy").expect("of the digits");
    for (cell, outcome) in by_cell(train(&grid, Order::ByTurns, 2, |_| true)).into_iter().enumerate() {
        let has_classes = grid.place(cell).column == 1;
        assert_eq!(outcome.values[accuracy].is_some(), has_classes, "{}", grid.describe(cell));
        assert!(outcome.values[..accuracy].iter().all(Option::is_some), "{outcome:?}");
    }
}

#[test]
fn boundaries_are_told_value_by_value_along_numbers() {
    let text = RULES.replace("y_values = [1e-3, 0.1]", "y_values = [0.1, 0.2, 0.3, 0.4]");
    let grid = Grid::new(&from_toml("rules", &text).expect("allowed")).expect("a grid");
    let plane = hebbscope::sweep::Plane {
        columns: 3,
        rows: 4,
        values: [0.1, 0.2, 0.3, 0.4].iter().flat_map(|decay| [decay - 0.15, 1.0, decay - 0.25]).collect(),
        finished: vec![true; 12],
    };
    let boundary = fit_boundary(&grid, &plane);
    assert!(boundary.crossings.is_empty() && boundary.law_and_offset().is_none() && boundary.law.is_none());
    let places: Vec<Vec<f64>> =
        boundary.categories.iter().map(|one| one.crossings.iter().map(|crossing| crossing.x).collect()).collect();
    assert_eq!(places.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 1]);
    assert!((places[0][0] - 0.15).abs() < 1e-12 && (places[2][0] - 0.25).abs() < 1e-12, "{places:?}");
    let words = hebbscope::sweep::boundary_words(&grid, &boundary);
    assert!(words.starts_with("rule.kind = \"sgd\": alignment changes its sign at regularizer.weight_decay = 0.15"));
    assert!(words.contains("rule.kind = \"hebb\": alignment does not change its sign"), "{words}");
}
