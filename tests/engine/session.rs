//! A run that was watched leaves what a headless run leaves.

use std::path::Path;
use std::process::Command as Process;
use std::time::Instant;

use super::watched::{PATIENCE, run_to, tiny};

use hebbscope::experiment::Experiment;
use hebbscope::record::Target;
use hebbscope::training::{Command, Event, Trainer};

fn experiment() -> Experiment {
    let mut experiment = tiny();
    experiment.training.steps = Some(60);
    // As the window opens it: with everything that is derived from other fields filled in.
    let file = tempfile::Builder::new().suffix(".toml").tempfile().expect("a temporary file");
    std::fs::write(file.path(), experiment.to_toml()).expect("written");
    hebbscope::experiment::resolve(file.path().to_str().expect("a plain path"), &[]).expect("valid")
}

fn set(trainer: &Trainer, field: &str, value: impl Into<toml::Value>, twin: Option<&str>) {
    let target = twin.map(|name| Target { layer: None, twin: Some(name.into()) });
    trainer.send(Command::Set { field: field.into(), value: value.into(), target });
}

fn said(trainer: &Trainer) -> Result<std::path::PathBuf, String> {
    let until = Instant::now() + PATIENCE;
    loop {
        match trainer.events().recv_deadline(until).expect("the event comes").event {
            Event::Saved(path) => return Ok(path),
            Event::Notice(text) => return Err(text),
            _ => {}
        }
    }
}

fn train(folder: &Path, arguments: &[&str]) {
    let mut command = Process::new(env!("CARGO_BIN_EXE_hebbscope"));
    let output = command.arg("train").args(arguments).current_dir(folder).output().expect("the binary starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{}/{name}: {e}", folder.display()))
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

/// All files are equal byte for byte, but for the times in the summary and the checkpoint: a window's run goes on from there
/// without an end, and holds the twin too.
fn same(one: &Path, other: &Path) {
    let of_run = |name: &String| !name.starts_with("twin-b") && name != "checkpoint.end";
    let names: Vec<_> = files(one).into_iter().filter(of_run).collect();
    let others: Vec<_> = files(other).into_iter().filter(of_run).collect();
    assert_eq!(names, others);
    for name in names {
        if name == "summary.json" {
            let [a, b] = [one, other].map(|folder| {
                let mut value: serde_json::Value = serde_json::from_slice(&read(folder, &name)).expect("JSON");
                // A windowed run may be saved before its planned end; the headless one repeats it to its own.
                for key in ["steps_per_second", "replica_steps_per_second", "backend", "threads", "complete"] {
                    value[key] = serde_json::Value::Null;
                }
                value
            });
            assert_eq!(a, b);
        } else if name == ".hebbscope.jsonl" {
            let [a, b] = [one, other].map(|folder| String::from_utf8(read(folder, &name)).expect("text"));
            // A headless run has no twin.
            let own = a.lines().filter(|line| !line.contains("twin-b/") && !line.contains("checkpoint."));
            let others = b.lines().filter(|line| !line.contains("checkpoint."));
            assert_eq!(own.collect::<Vec<_>>(), others.collect::<Vec<_>>());
        } else {
            assert!(read(one, &name) == read(other, &name), "{name} of {} and {}", one.display(), other.display());
        }
    }
}

#[test]
fn a_finished_run_leaves_what_a_headless_run_leaves() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(scratch.path().join("small.toml"), experiment().to_toml()).expect("written");
    train(scratch.path(), &["small.toml", "--out", "headless", "--threads", "1"]);
    let trainer = Trainer::spawn(experiment(), 1, Box::new(|| {})).expect("a thread");
    trainer.send(Command::Run);
    run_to(&trainer, 60);
    let folder = scratch.path().join("window");
    trainer.send(Command::SaveSession(folder.clone()));
    assert_eq!(said(&trainer), Ok(folder.clone()));
    same(&folder, &scratch.path().join("headless"));
    trainer.send(Command::SaveSession(folder.clone()));
    let refused = said(&trainer).expect_err("it is not empty");
    assert!(refused.contains("nothing saved") && refused.contains(&folder.display().to_string()), "{refused}");
}

/// The planned steps are a mark: a run that was paused beyond them, and whose plan was changed on the way to an end that
/// has passed, repeats headless with as many steps as it ran.
#[test]
fn a_session_beyond_its_plan_repeats_headless() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let trainer = Trainer::spawn(experiment(), 1, Box::new(|| {})).expect("a thread");
    run_to(&trainer, 20);
    set(&trainer, "training.steps", 40, None);
    set(&trainer, "regularizer.weight_decay", 0.05, None);
    run_to(&trainer, 77);
    assert_eq!(trainer.status().planned_steps, 40);
    let folder = scratch.path().join("session");
    trainer.send(Command::SaveSession(folder.clone()));
    assert_eq!(said(&trainer), Ok(folder.clone()));
    let config = String::from_utf8(read(&folder, "config.toml")).expect("text");
    assert!(config.lines().any(|line| line == "steps = 77"), "{config}");
    assert_eq!(String::from_utf8(read(&folder, "interventions.jsonl")).expect("text").lines().count(), 1);
    train(scratch.path(), &["session", "--interventions", "session", "--out", "again"]);
    same(&folder, &scratch.path().join("again"));
}

/// Steered, stopped before its end in the middle of a pass, gone back once, with a twin: both folders repeat headless.
#[test]
fn a_session_with_a_twin_repeats_headless() {
    let written = "{ kind = 'custom', signal = 'k * post * pre', parameters = { k = 0.5 } }";
    for (field, value) in [
        ("noise.weight_sd", "0.01"),
        ("rule.kind", "'hebb'"),
        ("rule", written),
        ("regularizer.activation_penalty", "0.1"),
    ] {
        a_session_repeats_headless_with(field, value);
    }
}

fn a_session_repeats_headless_with(field: &str, value: &str) {
    let value = format!("v = {value}").parse::<toml::Table>().expect("TOML")["v"].clone();
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let trainer = Trainer::spawn(experiment(), 2, Box::new(|| {})).expect("a thread");
    run_to(&trainer, 20);
    set(&trainer, "regularizer.weight_decay", 0.05, None);
    run_to(&trainer, 26);
    trainer.send(Command::Fork { changes: vec![(field.into(), value)] });
    run_to(&trainer, 35);
    set(&trainer, "rule.learning_rate", 0.02, Some("A"));
    trainer.send(Command::ForkFrom(30));
    set(&trainer, "training.batch_size", 20, None);
    run_to(&trainer, 35);
    set(&trainer, "rule.learning_rate", 0.03, Some("B"));
    run_to(&trainer, 41);
    let folder = scratch.path().join("session");
    trainer.send(Command::SaveSession(folder.clone()));
    assert_eq!(said(&trainer), Ok(folder.clone()));
    train(scratch.path(), &["session", "--interventions", "session", "--out", "a"]);
    same(&folder, &scratch.path().join("a"));
    let twin = folder.join("twin-b");
    train(scratch.path(), &["session/twin-b", "--interventions", "session/twin-b", "--out", "b"]);
    same(&twin, &scratch.path().join("b"));
    let lines = |folder: &Path| String::from_utf8(read(folder, "interventions.jsonl")).expect("text").lines().count();
    assert_eq!((lines(&folder), lines(&twin)), (2, 4), "{field}");
    assert!(read(&folder, "metrics.csv") != read(&twin, "metrics.csv"), "{field}");
    // The penalty has a column where there is one, and from the step on at which it is turned on.
    let penalties = |folder: &Path| {
        let text = String::from_utf8(read(folder, "metrics.csv")).expect("text");
        let place = text.lines().next()?.split(',').position(|name| name == "activation_penalty")?;
        let values = text.lines().skip(1).map(|line| line.split(',').nth(place).expect("a value").to_owned());
        Some(values.collect::<Vec<_>>())
    };
    let is_penalised = field == "regularizer.activation_penalty";
    assert!(penalties(&folder).is_none() && penalties(&twin).is_some() == is_penalised, "{field}");
    for (row, value) in penalties(&twin).into_iter().flatten().enumerate() {
        let is_on = value.parse::<f64>().is_ok_and(|penalty| penalty > 0.0);
        assert!(if row < 2 * 26 { value.is_empty() } else { is_on }, "row {row}: {value}");
    }
    // The window opens the twin's folder as a run of its own, with what was done in it.
    let changes = hebbscope::record::read_interventions(&twin).expect("readable");
    let opened = hebbscope::experiment::resolve(twin.to_str().expect("a plain path"), &[]).expect("valid");
    hebbscope::training::rehearse_live(&opened, &changes).unwrap_or_else(|error| panic!("{field}: {error}"));
    let again = Trainer::spawn(experiment(), 1, Box::new(|| {})).expect("a thread");
    again.send(Command::Replay { experiment: Box::new(opened), interventions: changes });
    run_to(&again, 41);
    let repeated = scratch.path().join("repeated");
    again.send(Command::SaveSession(repeated.clone()));
    assert_eq!(said(&again), Ok(repeated.clone()), "{field}");
    for name in ["metrics.csv", "interventions.jsonl", "final.npz"] {
        assert!(read(&twin, name) == read(&repeated, name), "{field}: {name}");
    }
}

#[test]
fn a_snapshot_is_that_of_what_is_shown() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let trainer = Trainer::spawn(experiment(), 1, Box::new(|| {})).expect("a thread");
    run_to(&trainer, 30);
    for (look, name, step, seeds) in [(None, "now.npz", 30, 2), (Some(12), "then.npz", 12, 1)] {
        trainer.send(Command::Look(look));
        let path = scratch.path().join(name);
        trainer.send(Command::SaveSnapshot(path.clone()));
        assert_eq!(said(&trainer), Ok(path.clone()));
        let mut archive = ndarray_npy::NpzReader::new(std::fs::File::open(&path).expect("there")).expect("an archive");
        let at: ndarray::Array0<i64> = archive.by_name("step").expect("a step");
        let held: ndarray::Array1<u64> = archive.by_name("seeds").expect("seeds");
        assert_eq!((at.into_scalar(), held.len()), (step, seeds));
    }
    // Folders that are missing are made; one below a file cannot be.
    let nowhere = scratch.path().join("now.npz").join("a.npz");
    trainer.send(Command::SaveSnapshot(nowhere.clone()));
    let error = said(&trainer).expect_err("that is a file");
    assert!(error.contains("now.npz"), "{error}");
}
