//! The run folder as other tools find it.

use std::path::Path;
use std::sync::Arc;

use hebbscope::experiment::AlignmentReading;
use hebbscope::record::{
    CollapsedSeed, Columns, Divergence, FileList, FinalWindow, FolderKind, Intervention, LayerSnapshot, LayerSummary,
    ListedFiles, MetricStore, Overwrite, RecordError, Row, RunFolder, SeedSnapshot, Snapshot, Stats, Summary, Target,
    alignment_figure, read_interventions, read_metrics,
};
use ndarray::Array2;

const NAMES: [&str; 9] = [
    "train_loss",
    "validation_loss",
    "validation_accuracy",
    "signal_1",
    "full_1",
    "weight_norm_1",
    "signal_norm_1",
    "hebbian_norm_1",
    "stationarity_gap_1",
];

fn columns() -> Columns {
    Columns::new(NAMES.iter().map(|name| (*name).to_owned()).collect())
}

fn row(step: u64, seed: u64) -> Row {
    let mut values = vec![Some(1.0 / (step + 1) as f32); NAMES.len()];
    values[1] = (step % 4 == 3).then_some(0.25);
    values[2] = None;
    values[3] = Some(seed as f32 * 0.5);
    Row { step, epoch: step / 4, seed, values }
}

fn summary(window: &FinalWindow) -> Summary {
    let collapsed = CollapsedSeed { seed: 1, step: Some(3), reason: "W is exactly zero".into() };
    Summary {
        experiment: "sre".into(),
        backend: "cpu".into(),
        seeds: vec![0, 1],
        steps: 8,
        steps_per_second: 123.5,
        window: 3,
        layers: vec![LayerSummary::new(1, window.mean_stats(3), window.mean_stats(4), vec![collapsed])],
        validation_loss: window.last_stats(1),
        version: "0.1.0".into(),
        config_hash: "0123456789abcdef".into(),
        validation_accuracy: None,
        train_loss: window.mean_stats(0),
        instruction_set: "portable".into(),
        kernel: "matrixmultiply".into(),
        data_source: "teacher".into(),
        notice: None,
        fault: None,
        alignment_reading: AlignmentReading::Batch,
        diverged: vec![Divergence { seed: 1, step: 7, field: "train_loss".into() }],
        complete: false,
        replica_steps_per_second: 247.0,
        threads: 1,
        averaged_steps: 3,
        thinned: None,
    }
}

fn interventions() -> Vec<Intervention> {
    let first = Intervention {
        step: 2,
        field: "noise.weight_sd".into(),
        old: serde_json::json!(0.0),
        new: serde_json::json!(0.01),
        target: None,
    };
    let target = Some(Target { layer: Some(1), twin: Some("B".into()) });
    vec![first.clone(), Intervention { step: 5, new: serde_json::json!([1, 2]), target, ..first }]
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("named").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

/// A folder with everything that a run can leave.
fn write_run(path: &Path, overwrite: Overwrite) -> (RunFolder, MetricStore, FinalWindow) {
    let columns = Arc::new(columns());
    let folder = RunFolder::create(path, overwrite).expect("created");
    folder.write_config("name = \"sre\"\n").expect("config");
    let mut csv = folder.metrics_csv(&columns).expect("csv");
    let mut parquet = folder.metrics_parquet(&columns).expect("parquet");
    let mut store = MetricStore::new(Arc::clone(&columns), &[0, 1]);
    let mut window = FinalWindow::new(columns.names().len(), &[0, 1], 3);
    for step in 0..8 {
        for seed in [0, 1] {
            let row = row(step, seed);
            csv.push(&row).expect("csv");
            parquet.push(&row).expect("parquet");
            store.push(&row);
            window.push(&row);
        }
    }
    csv.finish().expect("csv");
    parquet.finish().expect("parquet");
    folder.write_summary(&summary(&window)).expect("summary");
    folder.write_interventions(&interventions()).expect("interventions");
    let matrix = Array2::from_shape_fn((2, 3), |(row, column)| (row * 3 + column) as f32);
    let layer = LayerSnapshot {
        layer: 1,
        weights: matrix.clone(),
        bias: None,
        signal: matrix.clone(),
        hebbian: matrix.clone(),
        full_update: matrix,
    };
    let seeds = vec![SeedSnapshot { seed: 0, layers: vec![layer] }];
    let snapshot = Snapshot { step: 7, config: "name = \"sre\"\n".into(), seeds };
    let mut writer = folder.snapshot(snapshot.step).expect("snapshot");
    for layer in &snapshot.seeds[0].layers {
        writer.add_layer(snapshot.seeds[0].seed, layer).expect("snapshot");
    }
    writer.finish(snapshot.step, &snapshot.config).expect("snapshot");
    let figure = alignment_figure(&store, &[1], "SRE", "two seeds").expect("figure");
    folder.write_figure("alignment", &figure).expect("figure");
    (folder, store, window)
}

const LIST: &str = ".hebbscope.jsonl";

const ALL: [&str; 9] = [
    LIST,
    "config.toml",
    "figures/alignment.png",
    "figures/alignment.svg",
    "interventions.jsonl",
    "metrics.csv",
    "metrics.parquet",
    "snapshots/step_00000007.npz",
    "summary.json",
];

#[test]
fn whole_folder_reads_back() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let path = scratch.path().join("runs").join("sre");
    let (folder, _, window) = write_run(&path, Overwrite::Refuse);
    assert_eq!(folder.path(), path);
    assert_eq!(files(&path), ALL);
    assert_eq!(std::fs::read_to_string(path.join("config.toml")).expect("there"), "name = \"sre\"\n");
    assert_eq!(read_interventions(&path).expect("read"), interventions());
    assert_eq!(read_interventions(&path.join("interventions.jsonl")).expect("read"), interventions());

    let text = std::fs::read_to_string(path.join("summary.json")).expect("there");
    let back: Summary = serde_json::from_str(&text).expect("a summary");
    assert_eq!(back, summary(&window));

    let mut csv = csv::Reader::from_path(path.join("metrics.csv")).expect("there");
    let header: Vec<String> = csv.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header[..3], ["step", "epoch", "seed"]);
    assert_eq!(header[3..], NAMES);
    let rows: Vec<Row> = csv
        .records()
        .map(|record| {
            let record = record.expect("a row");
            let whole = |at: usize| record[at].parse::<u64>().expect("a whole number");
            let values = (3..record.len()).map(|at| match &record[at] {
                "" => None,
                cell => Some(cell.parse().expect("a number")),
            });
            Row { step: whole(0), epoch: whole(1), seed: whole(2), values: values.collect() }
        })
        .collect();
    let expected: Vec<Row> = (0..8).flat_map(|step| [row(step, 0), row(step, 1)]).collect();
    assert_eq!(rows, expected);
}

#[test]
fn summary_has_the_contract_s_fields_in_order() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    write_run(scratch.path(), Overwrite::Refuse);
    let text = std::fs::read_to_string(scratch.path().join("summary.json")).expect("there");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let keys: Vec<&String> = value.as_object().expect("an object").keys().collect();
    let contract = ["experiment", "backend", "seeds", "steps", "steps_per_second", "window", "layers"];
    assert_eq!(keys[..7], contract);
    assert_eq!(keys[7..10], ["validation_loss", "version", "config_hash"]);
    let layer = &value["layers"][0];
    // Seeds have 0 and 0.5 throughout: mean 0.25, deviations 0.25 each, so SD = sqrt(0.125 / 1).
    assert_eq!(layer["signal"]["per_seed"], serde_json::json!([0.0, 0.5]));
    assert_eq!(layer["signal"]["mean"], 0.25);
    assert_eq!(layer["signal"]["sd"], 0.125_f64.sqrt());
    assert_eq!((&layer["layer"], &layer["collapsed"]), (&serde_json::json!(1), &serde_json::json!(true)));
    assert_eq!(value["validation_loss"]["mean"], 0.25);
    assert_eq!(value["alignment_reading"], "batch");
    assert!(value["notice"].is_null() && value["validation_accuracy"].is_null());
}

#[test]
fn no_interventions_give_an_empty_file() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = RunFolder::create(scratch.path(), Overwrite::Refuse).expect("created");
    folder.write_interventions(&[]).expect("written");
    assert_eq!(std::fs::read(scratch.path().join("interventions.jsonl")).expect("there"), b"");
    assert_eq!(read_interventions(scratch.path()).expect("read"), []);
}

#[test]
fn unfinished_metrics_are_kept_under_a_name_that_says_so() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = RunFolder::create(scratch.path(), Overwrite::Refuse).expect("created");
    let mut csv = folder.metrics_csv(&columns()).expect("csv");
    let mut parquet = folder.metrics_parquet(&columns()).expect("parquet");
    // Enough for both to have written to their files.
    for step in 0..10_000 {
        csv.push(&row(step, 0)).expect("csv");
        parquet.push(&row(step, 0)).expect("parquet");
    }
    let under_way = files(scratch.path());
    assert_eq!(under_way.len(), 3);
    assert!(!under_way.iter().any(|name| name == "metrics.csv" || name == "metrics.parquet"), "{under_way:?}");
    drop((csv, parquet, folder));
    assert_eq!(files(scratch.path()), [LIST, "metrics.partial.csv"]);
    let text = std::fs::read_to_string(scratch.path().join("metrics.partial.csv")).expect("there");
    assert_eq!((text.lines().count(), text.ends_with('\n')), (10_001, true));
    let store = read_metrics(&scratch.path().join("metrics.partial.csv")).expect("curves");
    assert_eq!(store.last_step(), Some(9_999));
    let error = RunFolder::create(scratch.path(), Overwrite::Refuse).expect_err("rows are there").to_string();
    assert!(
        error.contains("did not come to its end: its rows are in ") && error.contains("metrics.partial.csv"),
        "{error}"
    );
}

#[test]
fn finishing_replaces_whole_files() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = RunFolder::create(scratch.path(), Overwrite::Refuse).expect("created");
    for rows in [5, 2] {
        let mut csv = folder.metrics_csv(&columns()).expect("csv");
        (0..rows).for_each(|step| csv.push(&row(step, 0)).expect("csv"));
        csv.finish().expect("csv");
        let text = std::fs::read_to_string(scratch.path().join("metrics.csv")).expect("there");
        assert_eq!(text.lines().count() as u64, rows + 1);
    }
}

#[test]
fn non_empty_folder_is_refused_untouched() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(scratch.path().join("notes.txt"), "mine").expect("written");
    let error = RunFolder::create(scratch.path(), Overwrite::Refuse).expect_err("refused");
    assert!(matches!(error, RecordError::NotEmpty(_)));
    assert!(error.to_string().contains(&scratch.path().display().to_string()), "{error}");
    assert_eq!(files(scratch.path()), ["notes.txt"]);
}

#[test]
fn forcing_removes_the_earlier_run_and_nothing_else() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    write_run(scratch.path(), Overwrite::Refuse);
    let mine = ["checkpoint.bin", "figures/mine.png", "figures/mine.svg", "notes.txt", "snapshots/notes.txt"];
    for name in mine {
        std::fs::write(scratch.path().join(name), "x").expect("written");
    }
    let folder = RunFolder::create(scratch.path(), Overwrite::Force).expect("overwritten");
    assert!(!folder.went_by_names());
    assert_eq!(files(scratch.path()), [&[LIST], &mine[..]].concat());
}

#[test]
fn forcing_overwrites_nothing_that_no_run_wrote() {
    for stranger in
        ["summary.json", "metrics.parquet", "final.npz", "figures/alignment.svg", "snapshots/step_00000050.npz"]
    {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::create(scratch.path(), Overwrite::Refuse).expect("created");
        folder.write_config("name = \"sre\"\n").expect("config");
        // Whoever writes into a folder has it to himself.
        drop(folder);
        let path = scratch.path().join(stranger);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("created");
        std::fs::write(&path, "mine").expect("written");
        let error = RunFolder::create(scratch.path(), Overwrite::Force).expect_err("refused").to_string();
        assert!(error.contains(stranger) && error.contains("would be overwritten"), "{error}");
        assert_eq!(std::fs::read(&path).expect("there"), b"mine");
        assert!(scratch.path().join("config.toml").is_file(), "nothing was removed");
    }
}

#[test]
fn a_folder_without_a_list_is_gone_over_by_the_names_of_the_contract() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    write_run(scratch.path(), Overwrite::Refuse);
    std::fs::remove_file(scratch.path().join(LIST)).expect("removed");
    for name in ["checkpoint.bin", "figures/mine.png", "snapshots/step_1.npz"] {
        std::fs::write(scratch.path().join(name), "x").expect("written");
    }
    let folder = RunFolder::create(scratch.path(), Overwrite::Force).expect("overwritten");
    assert!(folder.went_by_names());
    assert_eq!(files(scratch.path()), [LIST, "checkpoint.bin", "figures/mine.png", "snapshots/step_1.npz"]);
    // A configuration alone is somebody's file to start from.
    let alone = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(alone.path().join("config.toml"), "name = \"sre\"\n").expect("written");
    let error = RunFolder::create(alone.path(), Overwrite::Force).expect_err("refused").to_string();
    assert!(error.contains("config.toml: stands in no list"), "{error}");
    assert_eq!(files(alone.path()), ["config.toml"]);
}

#[test]
fn a_sweep_s_folder_is_no_run_s() {
    let listed = tempfile::tempdir().expect("a temporary folder");
    FileList::open(listed.path(), FolderKind::Sweep).expect("begun");
    let unlisted = tempfile::tempdir().expect("a temporary folder");
    let config = "name = \"tiny\"\n[sweep]\nx = \"noise.weight_sd\"\nx_values = [0.0, 0.1]\n";
    std::fs::write(unlisted.path().join("config.toml"), config).expect("written");
    std::fs::create_dir(unlisted.path().join("journal")).expect("created");
    for folder in [&listed, &unlisted] {
        let before = files(folder.path());
        for overwrite in [Overwrite::Refuse, Overwrite::Force] {
            let error = RunFolder::create(folder.path(), overwrite).expect_err("refused").to_string();
            assert!(error.contains("is the folder of a sweep"), "{error}");
        }
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn every_file_is_listed_before_it_is_there() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (folder, ..) = write_run(scratch.path(), Overwrite::Refuse);
    folder.twin().expect("a twin").write_config("name = \"sre\"\n").expect("config");
    let listed = ListedFiles::read(scratch.path()).expect("readable").expect("there");
    assert_eq!(listed.kind, FolderKind::Run);
    let of_run = files(scratch.path()).into_iter().filter(|name| !name.starts_with("twin-b/config"));
    let mut of_run: Vec<String> = of_run.chain(["metrics.partial.csv".to_owned()]).collect();
    of_run.sort();
    assert_eq!(listed.files.into_iter().collect::<Vec<_>>(), of_run);
    drop(folder);
    // The twin's folder has a list of its own, and goes with the run.
    RunFolder::create(scratch.path(), Overwrite::Force).expect("overwritten");
    assert_eq!(files(scratch.path()), [LIST]);
}

#[test]
fn forcing_leaves_a_folder_that_is_no_run_s_as_it_is() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(scratch.path().join("figures")).expect("created");
    std::fs::write(scratch.path().join("figures/holiday.png"), "x").expect("written");
    RunFolder::create(scratch.path(), Overwrite::Force).expect("used");
    assert_eq!(files(scratch.path()), [LIST, "figures/holiday.png"]);
}

#[test]
fn path_that_cannot_be_a_folder_is_named() {
    // Tests may run as root, whom permissions do not stop; a folder below a file is impossible for everybody.
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let file = scratch.path().join("file");
    std::fs::write(&file, "mine").expect("written");
    let below = file.join("run");
    for overwrite in [Overwrite::Refuse, Overwrite::Force] {
        let error = RunFolder::create(&below, overwrite).expect_err("refused").to_string();
        assert!(error.contains(&below.display().to_string()) && error.contains("cannot be created"), "{error}");
        let error = RunFolder::create(&file, overwrite).expect_err("refused");
        assert!(matches!(&error, RecordError::NotAFolder(path) if *path == file), "{error}");
    }
    assert_eq!(std::fs::read(&file).expect("there"), b"mine");
}

#[test]
fn folder_that_vanished_is_an_error_and_no_panic() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let path = scratch.path().join("run");
    let folder = RunFolder::create(&path, Overwrite::Refuse).expect("created");
    let csv = folder.metrics_csv(&columns()).expect("csv");
    std::fs::remove_dir_all(&path).expect("removed");
    let error = csv.finish().expect_err("nowhere to go").to_string();
    assert!(error.contains("metrics.partial.csv") && error.contains("removed or moved away"), "{error}");
    assert!(folder.write_config("").is_err() && !folder.is_in_place());
}

#[test]
fn figure_is_drawn_in_both_forms() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (_, store, _) = write_run(scratch.path(), Overwrite::Refuse);
    let svg = std::fs::read_to_string(scratch.path().join("figures/alignment.svg")).expect("there");
    for text in ["<svg", "SRE", "two seeds", "layer 1", "alignment, cos(g, H)", "step"] {
        assert!(svg.contains(text), "{text}");
    }
    let png = image::open(scratch.path().join("figures/alignment.png")).expect("a picture").to_rgb8();
    let blue = png.pixels().filter(|pixel| pixel.0 == [0, 114, 178]).count();
    // Two curves across some 1,600 pixels, 4 pixels thick; text and axes have no such colour.
    assert!(blue > 3_000, "{blue} pixels of the curve's colour");
    let error = alignment_figure(&store, &[2], "SRE", "").expect_err("no such layer").to_string();
    assert!(error.contains("signal_2"), "{error}");
}

#[test]
fn figure_of_a_run_without_rows_is_an_empty_frame() {
    let store = MetricStore::new(Arc::new(columns()), &[0]);
    let figure = alignment_figure(&store, &[1], "SRE", "").expect("drawn");
    assert!(figure.svg.contains("layer 1"));
}

#[test]
fn seeds_without_a_value_are_null() {
    let stats = Stats::over(vec![None, Some(1.0)]);
    let json = serde_json::to_value(&stats).expect("JSON");
    assert_eq!(json, serde_json::json!({"mean": 1.0, "sd": null, "per_seed": [null, 1.0]}));
}
