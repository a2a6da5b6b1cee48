//! `hebbscope replay`: a record repeats bit for bit, and what was changed in one is named.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use hebbscope::experiment::resolve;
use hebbscope::record::Target;
use hebbscope::training::{Command, Event, Trainer};

const SMALL: [&str; 5] = [
    "model.hidden=[8,8]",
    "data.train_examples=96",
    "data.validation_examples=16",
    "training.batch_size=16",
    "training.seeds=2",
];

fn program(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Process::new(env!("CARGO_BIN_EXE_hebbscope")).args(arguments).current_dir(folder).output();
    let output = output.expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("an exit code"), text(&output.stdout), text(&output.stderr))
}

fn recorded(folder: &Path) -> PathBuf {
    let sets = SMALL.iter().chain(&["training.steps=60"]).flat_map(|set| ["--set", *set]);
    let changes = ["--intervene", "20:regularizer.weight_decay=1e-2", "--intervene", "40:model.dropout=0.1"];
    let words = ["train", "sre", "--out", "run", "--backend", "cpu"];
    let all: Vec<&str> = words.into_iter().chain(sets).chain(changes).collect();
    let (code, _, said) = program(folder, &all);
    assert_eq!(code, 0, "{said}");
    folder.join("run")
}

#[test]
fn a_record_repeats_and_every_kind_of_difference_is_named() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let run = recorded(folder);
    let (code, told, said) = program(folder, &["replay", "run"]);
    assert!(code == 0 && told.contains("run: repeats: 60 steps, 120 rows"), "{told}{said}");
    assert!(told.contains("largest deviation 0.00e0") && told.contains("bit for bit"), "{told}");
    let metrics = run.join("metrics.csv");
    let whole = std::fs::read_to_string(&metrics).expect("written");
    let lines: Vec<&str> = whole.lines().collect();
    let place = lines[0].split(',').position(|name| name == "signal_2").expect("a column");
    let changed = |at: usize, f: &dyn Fn(&str) -> Option<String>| {
        let lines = lines.iter().enumerate();
        let lines = lines.filter_map(|(line, text)| if line == at { f(text) } else { Some((*text).to_owned()) });
        std::fs::write(&metrics, lines.map(|line| line + "\n").collect::<String>()).expect("written");
        program(folder, &["replay", "run"])
    };
    let with_cell = |text: &str, cell: &dyn Fn(&str) -> String| {
        let cells = text.split(',').enumerate();
        let cells = cells.map(|(at, value)| if at == place { cell(value) } else { value.to_owned() });
        cells.collect::<Vec<_>>().join(",")
    };
    // One header line, then two seeds a step.
    let hair = |value: &str| format!("{:?}", f32::from_bits(value.parse::<f32>().expect("a number").to_bits() ^ 1));
    let (code, told, _) = changed(1 + 2 * 30 + 1, &|text| Some(with_cell(text, &hair)));
    assert!(code == 1 && told.contains("differs from step 30 on: signal_2 of seed 1 is"), "{told}");
    assert!(told.contains("1 of "), "{told}");
    let (code, told, said) = program(folder, &["replay", "run", "--tolerance", "1e-6"]);
    assert!(code == 0 && told.contains("allowed is 0.000001 (as asked)"), "{told}{said}");
    let (code, told, _) = changed(1 + 2 * 31, &|text| Some(with_cell(text, &|_| String::new())));
    assert!(code == 1 && told.contains("step 31 on: signal_2 of seed 0 is undefined in the record"), "{told}");
    let (code, told, _) = changed(1 + 2 * 32, &|_| None);
    assert!(code == 1 && told.contains("step 32 on: the record lacks the row of seed 0"), "{told}");
    let (code, told, _) = changed(1 + 2 * 59 + 1, &|text| {
        Some(format!("{text}\n60,9{}", &text[text.find(",").map_or(0, |at| at + 2)..]))
    });
    assert!(code == 1 && told.contains("step 60 on: the record has a row of seed 1"), "{told}");
    let (code, _, said) = changed(5, &|_| Some("5,nonsense".into()));
    assert!(code == 2 && said.contains("metrics.csv, line 6"), "{said}");
    std::fs::remove_file(run.join("summary.json")).expect("there");
    let (code, _, said) = program(folder, &["replay", "run"]);
    assert!(code == 2 && said.contains("has no summary.json"), "{said}");
    for other in ["nowhere", ".", "run/metrics.csv", "run/config.toml"] {
        let (code, _, said) = program(folder, &["replay", other]);
        assert!(code == 2 && said.contains(&format!("{other}: is not the folder of a run")), "{said}");
    }
    let (code, _, said) = program(folder, &["replay", "run", "--tolerance=-1"]);
    assert!(code == 2 && said.contains("must be a number from 0"), "{said}");
}

/// Strong noise makes a network of which the smallest difference grows, as that of another processor's rounding would. A learning
/// rate that is another by a millionth stands for it.
#[test]
fn what_a_run_makes_of_rounding_is_told() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let sets = ["noise.weight_sd=0.5", "rule.learning_rate=0.1", "training.steps=200"];
    let sets = SMALL.iter().chain(&["model.hidden=[48,32]"]).chain(&sets).flat_map(|set| ["--set", *set]);
    let all: Vec<&str> = ["train", "sre", "--out", "run", "--backend", "cpu"].into_iter().chain(sets).collect();
    let (code, _, said) = program(folder, &all);
    assert_eq!(code, 0, "{said}");
    let path = folder.join("run/config.toml");
    let text = std::fs::read_to_string(&path).expect("written");
    let set = |rate: &str| {
        let changed = text.replacen("\nlearning_rate = 0.1\n", &format!("\nlearning_rate = {rate}\n"), 1);
        std::fs::write(&path, changed).expect("written");
        program(folder, &["replay", "run", "--tolerance", "1e-2"])
    };
    let (code, told, said) = set("0.1000001");
    assert!(code == 1 && told.contains("as another rounding does"), "{told}{said}");
    let (code, told, said) = set("0.11");
    assert!(code == 1 && !told.contains("as another rounding does"), "another run: {told}{said}");
    let (code, told, said) = set("0.1");
    assert!(code == 0, "{told}{said}");
}

/// What is not over yet has no end to be repeated to, and says so and not that a file is missing.
#[test]
fn a_run_under_way_and_one_that_was_killed_are_told_apart() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut arguments = vec!["train", "sre", "--out", "run", "--set", "training.steps=1000000"];
    SMALL.iter().filter(|set| !set.contains("steps")).for_each(|set| arguments.extend(["--set", set]));
    let mut child = Process::new(env!("CARGO_BIN_EXE_hebbscope"));
    child.args(&arguments).current_dir(scratch.path()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.spawn().expect("the binary starts");
    let until = Instant::now() + Duration::from_secs(60);
    while std::fs::metadata(scratch.path().join("run/metrics.partial.csv")).map_or(0, |about| about.len()) < 1000 {
        assert!(Instant::now() < until && child.try_wait().expect("a child of ours").is_none(), "no rows");
        std::thread::sleep(Duration::from_millis(5));
    }
    let under_way = program(scratch.path(), &["replay", "run"]);
    child.kill().expect("it runs");
    child.wait().expect("a child of ours");
    let killed = program(scratch.path(), &["replay", "run"]);
    for ((code, _, said), words) in
        [(under_way, "run: the run is under way in another process"), (killed, "train --resume ends it")]
    {
        assert!(code == 2 && said.contains(words), "{code} {said}");
    }
}

#[test]
fn a_session_that_was_saved_before_its_first_step_has_nothing_to_repeat() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let sets = SMALL.map(str::to_owned);
    let trainer = Trainer::spawn(resolve("sre", &sets).expect("valid"), 1, Box::new(|| {})).expect("a thread");
    trainer.send(Command::SaveSession(scratch.path().join("session")));
    let until = Instant::now() + Duration::from_secs(60);
    while !matches!(trainer.events().recv_deadline(until).expect("the event comes").event, Event::Saved(_)) {}
    let (code, told, said) = program(scratch.path(), &["replay", "session"]);
    assert!(code == 0 && told.contains("saved before its first step"), "{told}{said}");
}

/// Sliders, a twin with another rule, and its own sliders.
#[test]
fn a_session_of_the_window_repeats_with_its_twin() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let sets = SMALL.map(str::to_owned);
    let trainer = Trainer::spawn(resolve("sre", &sets).expect("valid"), 1, Box::new(|| {})).expect("a thread");
    let set = |field: &str, value: f64, twin: Option<&str>| {
        let target = twin.map(|name| Target { layer: None, twin: Some(name.into()) });
        trainer.send(Command::Set { field: field.into(), value: value.into(), target });
    };
    let run_to = |step: u64| {
        trainer.send(Command::RunUntil(step));
        let began = Instant::now();
        while trainer.status().step < step {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", trainer.status().state);
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    run_to(30);
    set("regularizer.weight_decay", 3e-3, None);
    run_to(50);
    trainer.send(Command::Fork { changes: vec![("rule.kind".into(), "hebb".into())] });
    run_to(70);
    set("noise.weight_sd", 1e-3, Some("B"));
    set("regularizer.weight_decay", 1e-2, Some("A"));
    run_to(95);
    trainer.send(Command::SaveSession(scratch.path().join("session")));
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match trainer.events().recv_deadline(until).expect("the event comes").event {
            Event::Saved(_) => break,
            Event::Notice(text) => panic!("{text}"),
            _ => {}
        }
    }
    let (code, told, said) = program(scratch.path(), &["replay", "session"]);
    assert_eq!(code, 0, "{told}{said}");
    let repeats = |line: &&str| line.contains("repeats: 95 steps") && line.contains("largest deviation 0.00e0");
    assert_eq!(told.lines().filter(repeats).count(), 2, "{told}");
    assert!(told.contains("session/twin-b: repeats"), "{told}");
}
