//! What is undefined is absent: never NaN, never 0.

use std::path::Path;
use std::process::Command;

use hebbscope::training::Run;

/// A small regression; `set` comes last.
fn train(folder: &Path, set: &[&str]) -> serde_json::Value {
    let small = [
        "data.train_examples=40",
        "data.validation_examples=10",
        "data.input_size=6",
        "data.output_size=3",
        "model.hidden=[5]",
        "training.batch_size=10",
        "training.steps=40",
        "training.seeds=2",
        "measure.window=10",
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(["train", "sre", "--threads", "1", "--out"]).arg(folder.join("out"));
    for assignment in small.iter().chain(set) {
        command.args(["--set", assignment]);
    }
    let output = command.output().expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(folder.join("out/summary.json")).expect("a run leaves its summary");
    assert!(!text.contains("NaN"), "JSON has no NaN");
    serde_json::from_str(&text).expect("JSON")
}

/// Cells of metrics.csv by name of the column, each with its step and seed.
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("out/metrics.csv")).expect("a run leaves its metrics");
        let lower = text.to_lowercase();
        assert!(!lower.contains("nan") && !lower.contains("inf"), "no cell is NaN or infinite");
        let split = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut lines = text.lines().map(split);
        let names = lines.next().expect("a header");
        Self { names, rows: lines.collect() }
    }

    /// (step, cell) of one column, rows of all seeds.
    fn column(&self, name: &str) -> Vec<(u64, Option<f64>)> {
        let at = self.names.iter().position(|n| n == name).unwrap_or_else(|| panic!("no column {name}"));
        let number = |cell: &str| (!cell.is_empty()).then(|| cell.parse::<f64>().expect("a number or nothing"));
        self.rows.iter().map(|row| (row[0].parse().expect("a step"), number(&row[at]))).collect()
    }
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn zero_weights_of_a_deep_network_have_no_alignment_ever() {
    let folder = temporary();
    // Zero weights upon zero weights pass no gradient on: the network stays where it is.
    let summary = train(folder.path(), &["model.init=zeros", "regularizer.weight_decay=0.0"]);
    let table = Table::read(folder.path());
    for k in 1..=2 {
        for name in [format!("signal_{k}"), format!("full_{k}"), format!("averaged_{k}")] {
            assert!(table.column(&name).iter().all(|(_, cell)| cell.is_none()), "{name} is undefined throughout");
        }
        assert!(
            table.column(&format!("weight_norm_{k}")).iter().all(|(_, cell)| *cell == Some(0.0)),
            "a norm is defined"
        );
        let layer = &summary["layers"][k - 1];
        assert!(layer["signal"]["mean"].is_null() && layer["signal"]["sd"].is_null(), "{layer}");
        assert_eq!(layer["signal"]["per_seed"], serde_json::json!([null, null]));
        assert_eq!(layer["collapsed"], true, "no alignment at the end counts as collapsed");
        assert_eq!(layer["collapsed_seeds"], serde_json::json!([0, 1]));
    }
    assert!(summary["validation_loss"]["mean"].as_f64().is_some_and(|loss| loss > 0.0));
}

#[test]
fn zero_weights_of_one_layer_have_no_alignment_at_the_first_step_only() {
    let folder = temporary();
    let summary = train(folder.path(), &["model.init=zeros", "model.hidden=[]"]);
    let table = Table::read(folder.path());
    for name in ["signal_1", "full_1"] {
        for (step, cell) in table.column(name) {
            assert_eq!(cell.is_none(), step == 0, "{name} at step {step}: {cell:?}");
            assert!(cell.is_none_or(|c| c != 0.0 && c.abs() <= 1.0 + 1e-6), "{name} at step {step}: {cell:?}");
        }
    }
    assert_eq!(summary["layers"][0]["collapsed"], false, "a layer that started at zero has not shrunk");
    assert!(summary["layers"][0]["signal"]["mean"].is_number());
}

#[test]
fn strong_decay_collapses_and_is_reported() {
    let folder = temporary();
    // The student shrinks by 1 - 0.1 * 5 = 1/2 a step: 2^-20 after 20 steps, and squares stay above the least f32.
    let set = ["regularizer.weight_decay=5.0", "rule.learning_rate=0.1", "training.steps=20"];
    let summary = train(folder.path(), &set);
    for layer in 0..2 {
        assert_eq!(summary["layers"][layer]["collapsed"], true, "layer {}", layer + 1);
        assert_eq!(summary["layers"][layer]["collapsed_seeds"], serde_json::json!([0, 1]));
    }
    let table = Table::read(folder.path());
    let norms = table.column("weight_norm_1");
    let (first, last) = (norms[0].1.expect("defined"), norms[norms.len() - 1].1.expect("defined"));
    assert!(last < 1e-3 * first, "{first} to {last}");
    let healthy = train(temporary().path(), &["regularizer.weight_decay=0.0005"]);
    assert_eq!(healthy["layers"][0]["collapsed"], false);
}

/// Signals whose squares f32 does not hold are no collapse.
#[test]
fn tiny_signals_have_their_alignments() {
    for set in [
        &["training.loss_scale=1e-18", "rule.learning_rate=0.1"][..],
        // Each layer's derivatives are a quarter at most: some 1e-24 in the first.
        &[
            "model.activation=sigmoid",
            "data.teacher_hidden=[5]",
            "model.hidden=[5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5]",
        ],
    ] {
        let folder = temporary();
        let summary = train(folder.path(), set);
        let table = Table::read(folder.path());
        let layers = summary["layers"].as_array().expect("layers");
        for k in 1..=layers.len() {
            for name in [format!("signal_{k}"), format!("full_{k}"), format!("signal_norm_{k}")] {
                assert!(table.column(&name).iter().all(|(_, cell)| cell.is_some_and(|c| c != 0.0)), "{set:?}: {name}");
            }
            assert_eq!(layers[k - 1]["collapsed"], false, "{set:?}: layer {k}");
            assert!(layers[k - 1]["signal"]["mean"].is_number(), "{set:?}: layer {k}");
        }
        let least = table.column("signal_norm_1").iter().filter_map(|(_, cell)| *cell).fold(1.0, f64::min);
        assert!(least < 1e-18, "{set:?}: signals of {least} are not what this test is for");
    }
}

/// Until squares of weights underflow in f32, and beyond: undefined then, and not NaN or 0.
#[test]
fn weights_that_vanish_altogether_leave_gaps() {
    let folder = temporary();
    let set = ["regularizer.weight_decay=5.0", "rule.learning_rate=0.1", "training.steps=400"];
    let summary = train(folder.path(), &set);
    let table = Table::read(folder.path());
    for k in 1..=2 {
        let signal = table.column(&format!("signal_{k}"));
        assert!(signal.iter().take(20).all(|(_, cell)| cell.is_some()), "layer {k} begins with an alignment");
        assert!(signal.iter().rev().take(20).all(|(_, cell)| cell.is_none()), "layer {k} ends without one");
        assert!(signal.iter().all(|(_, cell)| *cell != Some(0.0)), "layer {k}: 0 would be a right angle");
        assert!(summary["layers"][k - 1]["signal"]["mean"].is_null(), "the end decides");
        assert_eq!(summary["layers"][k - 1]["collapsed"], true);
    }
}

#[test]
fn columns_of_windows_fill_at_window_ends_only() {
    for (every, ends) in [("1", vec![9, 19, 29, 39]), ("4", vec![8, 16, 28, 39])] {
        let folder = temporary();
        train(folder.path(), &[&format!("measure.every={every}")]);
        let table = Table::read(folder.path());
        for name in ["stationarity_gap_1", "stationarity_gap_2", "averaged_1", "averaged_2"] {
            let mut filled: Vec<u64> =
                table.column(name).iter().filter(|(_, cell)| cell.is_some()).map(|(step, _)| *step).collect();
            filled.dedup();
            assert_eq!(filled, ends, "{name}, measured every {every}");
        }
        // Rows between are there for validation only.
        let every: u64 = every.parse().expect("a number");
        for (step, cell) in table.column("signal_1") {
            assert_eq!(cell.is_some(), step % every == 0 || step >= 30, "step {step}, measured every {every}");
        }
    }
}

/// A gap is that of a whole window, whenever measurement was switched on.
#[test]
fn a_window_that_was_not_measured_from_its_beginning_has_no_gap() {
    let mut experiment = hebbscope::experiment::Experiment::default();
    experiment.data.train_examples = 60;
    experiment.data.validation_examples = 5;
    experiment.data.input_size = 6;
    experiment.data.output_size = 3;
    experiment.model.hidden = vec![5];
    experiment.training.batch_size = 10;
    experiment.training.steps = Some(40);
    experiment.training.seeds = 2;
    experiment.measure.window = 10;
    // (step, seed, gaps and averaged cosines of both layers); a column that is not there counts as empty.
    let windows = |experiment: &hebbscope::experiment::Experiment, change: Option<(&str, toml::Value)>| {
        let mut run = Run::new(experiment.clone(), 1).expect("small");
        let mut rows = Vec::new();
        let names = ["stationarity_gap_1", "stationarity_gap_2", "averaged_1", "averaged_2"];
        let mut advance_to = |run: &mut Run, step: u64| {
            let mut found = Vec::new();
            while run.step() < step {
                run.advance(step - run.step(), false, |row| found.push(row));
            }
            let places = names.map(|name| run.columns().index(name));
            let cells = |row: &hebbscope::record::Row| places.map(|place| place.and_then(|place| row.values[place]));
            rows.extend(found.iter().map(|row| (row.step, row.seed, cells(row))));
        };
        advance_to(&mut run, 14);
        if let Some((field, value)) = change {
            run.set(field, value, None).expect("it may change between steps");
        }
        advance_to(&mut run, 40);
        rows
    };
    let whole = windows(&experiment, None);
    let ends = |rows: &[(u64, u64, [Option<f32>; 4])]| -> Vec<u64> {
        rows.iter()
            .filter(|(_, seed, cells)| *seed == 0 && cells.iter().all(Option::is_some))
            .map(|row| row.0)
            .collect()
    };
    assert_eq!(ends(&whole), [9, 19, 29, 39]);
    let mut off = experiment.clone();
    off.measure.stationarity = false;
    let mut one_layer = experiment.clone();
    one_layer.measure.layers = vec![1];
    for (before, change) in [
        (off, ("measure.stationarity", toml::Value::Boolean(true))),
        (one_layer, ("measure.layers", toml::Value::Array(vec![1.into(), 2.into()]))),
    ] {
        let found = windows(&before, Some(change.clone()));
        assert_eq!(ends(&found), [29, 39], "{change:?}");
        for (row, other) in whole.iter().zip(&found).filter(|(row, _)| row.0 >= 14) {
            let expected = if row.0 == 19 { [None; 4] } else { row.2 };
            assert_eq!((other.0, other.1, other.2), (row.0, row.1, expected), "{change:?}");
        }
    }
    // What goes on over a change that concerns no sums stays whole.
    assert_eq!(windows(&experiment, Some(("measure.full_update", toml::Value::Boolean(false)))), whole);
}

#[test]
fn validation_fills_the_last_row_of_every_epoch_and_of_the_run() {
    let folder = temporary();
    // 4 steps an epoch; 10 steps are two epochs and a half.
    train(folder.path(), &["training.steps=10"]);
    let table = Table::read(folder.path());
    for (step, cell) in table.column("validation_loss") {
        assert_eq!(cell.is_some(), [3, 7, 9].contains(&step), "step {step}: {cell:?}");
    }
    assert!(table.column("validation_accuracy").iter().all(|(_, cell)| cell.is_none()), "a regression has no classes");
}

#[test]
fn one_seed_has_no_spread() {
    let one = train(temporary().path(), &["training.seeds=1"]);
    for stats in [&one["layers"][0]["signal"], &one["layers"][1]["full"], &one["validation_loss"]] {
        assert!(stats["mean"].is_number() && stats["sd"].is_null(), "{stats}");
    }
    let two = train(temporary().path(), &[]);
    assert!(two["layers"][0]["signal"]["sd"].as_f64().is_some_and(|sd| sd > 0.0));
}

/// A rule without a per-example signal has no per-example alignment; that is no collapse.
#[test]
fn a_reading_that_the_rule_does_not_have_is_absent() {
    let folder = temporary();
    let set = ["rule.kind=oja", "measure.alignment=per_example", "training.steps=10"];
    let summary = train(folder.path(), &set);
    assert!(Table::read(folder.path()).column("signal_1").iter().all(|(_, cell)| cell.is_none()));
    assert_eq!(summary["layers"][0]["collapsed"], false);
    assert!(summary["layers"][0]["signal"]["mean"].is_null());
}

/// The rows themselves, before any file: absent, not a number that a file would have to hide.
#[test]
fn rows_carry_no_number_that_is_none() {
    let mut experiment = hebbscope::experiment::Experiment::default();
    experiment.data.train_examples = 20;
    experiment.data.validation_examples = 5;
    experiment.model.hidden = vec![4];
    experiment.model.init = hebbscope::experiment::Init::Zeros;
    experiment.training.batch_size = 10;
    experiment.training.steps = Some(5);
    experiment.training.seeds = 1;
    let mut run = Run::new(experiment, 1).expect("small");
    let signal = run.columns().index("signal_1").expect("a column of the contract");
    let mut rows = 0;
    while run.step() < run.total_steps() {
        run.advance(10, false, |row| {
            rows += 1;
            assert_eq!(row.values[signal], None);
            assert!(row.values.iter().flatten().all(|v| v.is_finite()), "step {}", row.step);
        });
    }
    assert_eq!(rows, 5);
}
