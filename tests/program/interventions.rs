//! Changes on the way of a headless run: where it ends, which rows its summary is made of, and which are refused.

use std::path::Path;
use std::process::{Command, Output};

use hebbscope::experiment::{Experiment, resolve};
use hebbscope::training::Run;

const TINY: [&str; 7] = [
    "data.train_examples=64",
    "data.validation_examples=16",
    "model.hidden=[8,8]",
    "training.batch_size=16",
    "training.steps=12",
    "training.seeds=2",
    "measure.window=4",
];

fn train(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(["train"]).args(arguments).args(["--backend", "cpu"]);
    command.current_dir(folder).output().expect("the binary starts")
}

fn train_tiny(folder: &Path, out: &str, arguments: &[&str]) -> Output {
    let sets = TINY.iter().flat_map(|set| ["--set", *set]);
    let all: Vec<&str> = ["sre", "--out", out].into_iter().chain(sets).chain(arguments.iter().copied()).collect();
    train(folder, &all)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn summary(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&read(folder, "summary.json")).expect("JSON")
}

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = train_tiny(folder, "out", arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
    assert!(!folder.join("out").exists(), "{arguments:?} left something");
}

#[test]
fn a_run_ends_where_its_length_was_changed_to() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    // An epoch has 4 steps.
    for (name, changes, steps) in [
        ("shorter", &["3:training.steps=7"][..], 7),
        ("longer", &["3:training.steps=20", "18:training.steps=19"], 19),
        ("next", &["5:training.steps=6"], 6),
    ] {
        let arguments: Vec<&str> = changes.iter().flat_map(|change| ["--intervene", *change]).collect();
        let output = train_tiny(folder, name, &arguments);
        assert!(output.status.success(), "{name}: {}", said(&output));
        let out = folder.join(name);
        assert_eq!(summary(&out)["steps"], steps, "{name}");
        // As if it had been planned: the last row is validated, and all rows are the same.
        let planned = format!("{name}-planned");
        let length = format!("training.steps={steps}");
        assert!(train_tiny(folder, &planned, &["--set", &length]).status.success());
        assert!(read(&out, "metrics.csv") == read(&folder.join(&planned), "metrics.csv"), "{name}");
        assert!(read(&out, "config.toml") == read(&folder.join(&planned), "config.toml"), "{name}");
        // The folder repeats itself.
        let again = format!("{name}-again");
        let output = train(folder, &[name, "--interventions", name, "--out", &again]);
        assert!(output.status.success(), "{name}: {}", said(&output));
        for file in ["metrics.csv", "config.toml", "interventions.jsonl"] {
            assert!(read(&out, file) == read(&folder.join(&again), file), "{name}: {file}");
        }
    }
}

#[test]
fn a_length_that_is_behind_the_run_is_refused() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    refused(
        folder,
        &["--intervene", "3:training.steps=1"],
        &["step 3: training.steps = 1", "3 are behind it", "at least 4"],
    );
    refused(folder, &["--intervene", "3:training.steps=3"], &["step 3: training.steps = 3", "at least 4"]);
    refused(
        folder,
        &["--intervene", "1:training.steps=30", "--intervene", "20:training.steps=15"],
        &["step 20: training.steps = 15"],
    );
    let epochs = Path::new(folder).join("epochs.toml");
    let text = "[data]\ntrain_examples = 64\nvalidation_examples = 16\n[model]\nhidden = [8]\n[training]\nbatch_size = 16\n\
                epochs = 5\nseeds = 1\n";
    std::fs::write(&epochs, text).expect("a file");
    let run = |change: &str, out: &str| train(folder, &["epochs.toml", "--intervene", change, "--out", out]);
    let output = run("9:training.epochs=2", "out");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("training.epochs = 2: would end the run after 8 steps"), "{}", said(&output));
    assert!(run("7:training.epochs=2", "fits").status.success());
    assert_eq!(summary(&folder.join("fits"))["steps"], 8);
}

fn tiny() -> Experiment {
    let sets: Vec<String> = TINY.iter().map(|set| (*set).to_owned()).collect();
    resolve("sre", &sets).expect("valid")
}

#[test]
fn a_run_and_its_twin_cannot_be_shorter_than_they_are() {
    let mut run = Run::new(tiny(), 1).expect("a run");
    while run.step() < 5 {
        run.advance(5 - run.step(), false, |_| {});
    }
    for forked in [false, true] {
        if forked {
            run.fork(&[]).expect("a twin");
        }
        for steps in [1, 5] {
            let message = run.set("training.steps", steps.into(), None).expect_err("too short").to_string();
            assert!(message.contains("5 are behind it"), "{message}");
            assert_eq!((run.total_steps(), run.interventions().len()), (12, 0));
        }
    }
    run.set("training.steps", 6.into(), None).expect("one step is left");
    run.advance(64, false, |_| {});
    assert_eq!((run.step(), run.total_steps()), (6, 6));
}

#[test]
fn a_summary_is_of_the_present_window_and_seeds() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    for (name, change, window, seeds) in [
        ("longer", "5:measure.window=7", 7, 2),
        ("shorter", "5:measure.window=2", 2, 2),
        ("fewer", "5:training.seeds=1", 4, 1),
    ] {
        let output = train_tiny(folder, name, &["--intervene", change]);
        assert!(output.status.success(), "{name}: {}", said(&output));
        let out = folder.join(name);
        let summary = summary(&out);
        assert_eq!(summary["window"], window, "{name}");
        assert_eq!(summary["seeds"].as_array().map(Vec::len), Some(seeds), "{name}");
        let mut reader = csv::Reader::from_path(out.join("metrics.csv")).expect("a table");
        let column = reader.headers().expect("a header").iter().position(|name| name == "signal_2").expect("a column");
        let of_first = |row: &csv::StringRecord| &row[2] == "0";
        let values: Vec<f64> = reader
            .records()
            .map(|row| row.expect("a row"))
            .filter(of_first)
            .map(|row| row[column].parse().expect("a number"))
            .collect();
        let mean = values.iter().rev().take(window).sum::<f64>() / window as f64;
        let per_seed = summary["layers"][1]["signal"]["per_seed"].as_array().expect("a list");
        assert_eq!(per_seed.len(), seeds, "{name}");
        // The table has the digits of single precision.
        assert!((per_seed[0].as_f64().expect("a number") - mean).abs() < 1e-6, "{name}: {per_seed:?}, {mean}");
    }
}

#[test]
fn interventions_after_the_end_are_refused() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    for step in [12, 13, 4000] {
        let change = format!("{step}:noise.weight_sd=0.1");
        let step = format!("step {step}: noise.weight_sd");
        refused(folder, &["--intervene", &change], &[&step, "over by then", "12 steps count from 0 to 11"]);
    }
    refused(
        folder,
        &["--intervene", "2:training.steps=6", "--intervene", "8:noise.weight_sd=0.1"],
        &["step 8: noise.weight_sd", "6 steps"],
    );
    let output =
        train_tiny(folder, "out", &["--intervene", "2:training.steps=20", "--intervene", "15:noise.weight_sd=0.1"]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn interventions_of_another_run_are_refused() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let with = |lines: &str| std::fs::write(folder.join("changes.jsonl"), lines).expect("a file");
    let arguments = ["--interventions", "changes.jsonl"];
    for (line, was) in [
        (r#"{"step":2,"field":"noise.weight_sd","old":0.5,"new":0.1}"#, "from 0.5, but the value here is 0.0"),
        (
            r#"{"step":2,"field":"regularizer.weight_decay","old":1,"new":0.1,"target":{"layer":2}}"#,
            "from 1, but the value here is 0.0005",
        ),
        (r#"{"step":2,"field":"model.activation","old":"relu","new":"linear"}"#, "from \"relu\""),
        // Nothing would change, and yet it is another run's.
        (r#"{"step":2,"field":"noise.weight_sd","old":0.5,"new":0.0}"#, "from 0.5"),
    ] {
        with(line);
        refused(folder, &arguments, &["step 2: ", was, "another run"]);
    }
    with(concat!(
        r#"{"step":2,"field":"noise.weight_sd","old":0,"new":0.1}"#,
        "\n",
        r#"{"step":3,"field":"training.batch_size","old":16.0,"new":3.2e1}"#,
    ));
    let output = train_tiny(folder, "right", &arguments);
    assert!(output.status.success(), "{}", said(&output));
    let record = read(&folder.join("right"), "interventions.jsonl");
    assert!(record.contains(r#""old":16,"new":32"#), "{record}");
}

#[test]
fn a_folder_without_interventions_is_refused() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    std::fs::create_dir(folder.join("empty")).expect("a folder");
    refused(folder, &["--interventions", "empty"], &["empty/interventions.jsonl: cannot be read"]);
    refused(folder, &["--interventions", "nowhere"], &["nowhere: cannot be read"]);
}

#[test]
fn changes_without_effect_are_refused() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let layers = ["--set", "regularizer.weight_decay_layers=[0.1,0.1,0.1]"];
    let change = ["--intervene", "2:regularizer.weight_decay=0.5"];
    let both = [layers, change].concat();
    refused(folder, &both, &["step 2: regularizer.weight_decay = 0.5: has no effect", "weight_decay_layers"]);
    refused(folder, &["--intervene", "2:rule.beta1=0.5"], &["step 2: rule.beta1 = 0.5: has no effect", "\"adam\""]);
    refused(folder, &["--intervene", "2:training.epochs=9"], &["training.epochs = 9: has no effect", "training.steps"]);
    let of_layer = [layers, ["--intervene", "2:regularizer.weight_decay@2=0.5"]].concat();
    assert!(train_tiny(folder, "of-layer", &of_layer).status.success());
}
