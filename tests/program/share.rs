//! Out of the program and in again: share strings, command lines, files that are opened.

use std::path::Path;
use std::process::Command;

use hebbscope::experiment::fields::{Allowed, FIELDS};
use hebbscope::experiment::{Experiment, PRESETS, resolve, with_assignment};
use hebbscope::record::{Intervention, Target, read_interventions};
use hebbscope::share::{OpenError, Opened, ShareError, command_line, decode, encode, open_path};
use toml::Value;

fn preset(name: &str, assignments: &[&str]) -> Experiment {
    let assignments: Vec<String> = assignments.iter().map(|a| (*a).to_owned()).collect();
    resolve(name, &assignments).expect("valid")
}

fn intervention(step: u64, field: &str, old: serde_json::Value, new: serde_json::Value) -> Intervention {
    Intervention { step, field: field.into(), old, new, target: None }
}

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn unit(&mut self) -> f64 {
        self.roll(1 << 30) as f64 / (1_u64 << 30) as f64
    }
}

/// An allowed experiment some fields away from a preset.
fn random_experiment(dice: &mut Dice) -> Experiment {
    let name = PRESETS[dice.roll(PRESETS.len() as u64) as usize].name;
    let mut experiment = resolve(name, &[]).expect("valid");
    let lists = ["data.teacher_hidden", "model.hidden", "rule.random_nn_hidden", "measure.layers"];
    for _ in 0..dice.roll(12) {
        let field = &FIELDS[dice.roll(FIELDS.len() as u64) as usize];
        let value = match field.allowed {
            Allowed::Number { min, max, .. } => {
                Value::Float(min.max(1e-9) + (max.min(1e3) - min) * dice.unit().powi(9))
            }
            Allowed::Whole { min, max } => {
                let whole = Value::Integer((min + dice.roll((max - min).min(200) + 1)) as i64);
                if lists.contains(&field.path) { Value::Array(vec![whole]) } else { whole }
            }
            Allowed::Any => {
                let words = [
                    "true",
                    "adam",
                    "relu",
                    "tanh",
                    "two words",
                    "it's \"x\"\n= #",
                    "post",
                    "cross_entropy",
                    "dfa",
                    "",
                    "sign",
                ];
                match words[dice.roll(words.len() as u64) as usize] {
                    "true" => Value::Boolean(dice.roll(2) == 0),
                    word => Value::String(word.to_owned()),
                }
            }
        };
        // Changes that are not allowed are passed over.
        experiment = with_assignment(&experiment, field.path, value).unwrap_or(experiment);
    }
    experiment
}

#[test]
fn one_changed_field_takes_few_characters() {
    for (assignment, most) in
        [("regularizer.weight_decay=5e-3", 60), ("rule.learning_rate=0.02", 60), ("noise.weight_sd=0.012345", 60)]
    {
        let text = encode(&preset("sre", &[assignment]), &[]);
        println!("{assignment}: {text} ({})", text.len());
        assert!(text.len() < most, "{text} has {}", text.len());
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || ":-_".contains(c)), "{text}");
    }
}

#[test]
fn every_preset_comes_back() {
    for known in PRESETS {
        let experiment = preset(known.name, &[]);
        let text = encode(&experiment, &[]);
        assert!(text.len() < 60, "{text}");
        assert_eq!(decode(&text).expect("valid"), (experiment, vec![]));
    }
    let plain = Experiment::default();
    let (back, _) = decode(&encode(&plain, &[])).expect("valid");
    assert_eq!(back.data.teacher_hidden, Some(plain.model.hidden));
}

#[test]
fn random_experiments_and_interventions_come_back() {
    let mut dice = Dice(1);
    let mut changed = 0;
    for round in 0..400 {
        let experiment = random_experiment(&mut dice);
        changed += usize::from(PRESETS.iter().all(|p| resolve(p.name, &[]).expect("valid") != experiment));
        let interventions: Vec<Intervention> = (0..dice.roll(6))
            .map(|index| Intervention {
                step: index * 1000,
                field: FIELDS[dice.roll(FIELDS.len() as u64) as usize].path.into(),
                old: [serde_json::Value::Null, serde_json::json!(0.1 + 0.2), serde_json::json!([1, 2])]
                    [dice.roll(3) as usize]
                    .clone(),
                new: [serde_json::json!(dice.unit()), serde_json::json!("tab\tand\nline"), serde_json::json!(true)]
                    [dice.roll(3) as usize]
                    .clone(),
                target: [
                    None,
                    Some(Target { layer: Some(2), twin: None }),
                    Some(Target { layer: None, twin: Some("B".into()) }),
                ][dice.roll(3) as usize]
                    .clone(),
            })
            .collect();
        let text = encode(&experiment, &interventions);
        assert_eq!(decode(&text).expect("valid"), (experiment, interventions), "round {round}: {text}");
    }
    assert!(changed > 200, "{changed} of 400 differed from every preset");
}

#[test]
fn pastes_from_mail_and_papers_are_understood() {
    let experiment = preset("sre", &["regularizer.weight_decay=5e-3", "model.hidden=[64,32,16]"]);
    let text = encode(&experiment, &[]);
    let (head, tail) = text.split_at(text.len() / 2);
    for paste in [
        format!("  {text}\n"),
        format!("\"{text}\""),
        format!("\u{201c}{text}\u{201d}."),
        format!("> {head}\r\n> {tail}\r\n"),
        format!("\u{feff}<{head}\u{200b}{tail}>,"),
    ] {
        assert_eq!(decode(&paste).expect(&paste).0, experiment);
    }
}

#[test]
fn cut_and_changed_strings_are_recognised() {
    let text = encode(&preset("sre", &["regularizer.weight_decay=5e-3"]), &[]);
    for length in 0..text.len() {
        let message = decode(&text[..length]).expect_err("cut off").to_string();
        assert!(!message.contains('\n') && message.starts_with("this "), "{message}");
    }
    let start = text.find(':').expect("a colon") + 1;
    for at in start..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("ASCII");
        assert!(decode(&changed).is_err(), "{changed}");
    }
    assert!(matches!(decode("hebbscope1:!!!"), Err(ShareError::Damaged(_))));
    assert!(matches!(decode("hebbscope2:AAAA"), Err(ShareError::Newer(_))));
    assert!(matches!(decode("hebbscope:"), Err(ShareError::Foreign)));
    let mut dice = Dice(7);
    for _ in 0..2000 {
        let garbage: String = (0..dice.roll(80)).filter_map(|_| char::from_u32(dice.roll(0x3000) as u32)).collect();
        assert!(decode(&garbage).is_err());
        let inside: String =
            (0..dice.roll(80)).map(|_| char::from(b"ABCDwxyz0189-_"[dice.roll(14) as usize])).collect();
        assert!(decode(&format!("hebbscope1:{inside}")).is_err());
    }
}

/// Words of a line as a POSIX shell has them.
fn words(line: &str) -> Vec<String> {
    let output =
        Command::new("sh").arg("-c").arg(format!("set -- {line}; printf '%s\\0' \"$@\"")).output().expect("a shell");
    let mut words: Vec<String> =
        output.stdout.split(|byte| *byte == 0).map(|word| String::from_utf8(word.to_vec()).expect("UTF-8")).collect();
    words.pop();
    words
}

#[cfg(unix)]
#[test]
fn command_lines_reach_the_same_experiment() {
    let simple = command_line(&preset("sre", &["regularizer.weight_decay=5e-3"]), &[], None);
    assert_eq!(simple, "hebbscope train sre --set regularizer.weight_decay=5e-3");
    assert_eq!(
        command_line(&preset("sre-dfa", &[]), &[], Some(Path::new("a b"))),
        "hebbscope train sre-dfa --interventions 'a b'"
    );
    let mut dice = Dice(3);
    for _ in 0..60 {
        let experiment = random_experiment(&mut dice);
        let line = command_line(&experiment, &[], None);
        let words = words(&line);
        assert_eq!(words[..2], ["hebbscope", "train"]);
        assert!(words[3..].chunks(2).all(|pair| pair[0] == "--set"), "{line}");
        let sets: Vec<String> = words[3..].chunks(2).map(|pair| pair[1].clone()).collect();
        assert_eq!(resolve(&words[2], &sets).expect(&line), experiment, "{line}");
    }
}

const TINY: [&str; 6] = [
    "data.train_examples=64",
    "data.validation_examples=16",
    "model.hidden=[8,8]",
    "training.batch_size=16",
    "training.steps=30",
    "training.seeds=2",
];

fn hebbscope(arguments: &[String]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_hebbscope")).args(arguments).output().expect("the binary runs")
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn the_line_repeats_the_run_and_the_folder_opens() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (first, second) = (scratch.path().join("first"), scratch.path().join("second"));
    let mut arguments = strings(&["train", "sre", "--set", "name=it's \"so\""]);
    TINY.iter().for_each(|set| arguments.extend(strings(&["--set", set])));
    for change in ["20:noise.weight_sd=0.01", "5:regularizer.weight_decay@2=0.1", "5:model.activation=relu"] {
        arguments.extend(strings(&["--intervene", change]));
    }
    arguments.extend(["--out".to_owned(), first.display().to_string()]);
    let output = hebbscope(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let Opened::RunFolder { experiment, interventions, metrics, .. } = open_path(&first).expect("opened") else {
        panic!("a run")
    };
    assert_eq!(interventions.len(), 3);
    assert_eq!(interventions, read_interventions(&first).expect("read"));
    let target = interventions.iter().find_map(|one| one.target.clone());
    assert_eq!(target, Some(Target { layer: Some(2), twin: None }));
    let line = command_line(&experiment, &interventions, None);
    let mut again = words(&line).split_off(1);
    again.extend(["--out".to_owned(), second.display().to_string()]);
    let output = hebbscope(&again);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    for name in ["config.toml", "interventions.jsonl", "metrics.csv"] {
        let read = |folder: &Path| std::fs::read_to_string(folder.join(name)).expect("there");
        assert!(read(&first) == read(&second), "{name} differs: {line}");
    }
    assert_eq!(decode(&encode(&experiment, &interventions)).expect("valid"), (experiment.clone(), interventions));

    // Every file of the folder opens the run, with the curves that the CSV holds.
    let metrics = metrics.expect("curves");
    assert_eq!((metrics.seeds(), metrics.last_step()), (&[0, 1][..], Some(29)));
    let mut csv = csv::Reader::from_path(first.join("metrics.csv")).expect("there");
    let loss = csv.headers().expect("a header").iter().position(|name| name == "train_loss").expect("a column");
    let rows: Vec<csv::StringRecord> = csv.records().map(|record| record.expect("a row")).collect();
    for (index, seed) in ["0", "1"].iter().enumerate() {
        let last = rows.iter().rfind(|row| &row[2] == *seed).expect("a row");
        assert_eq!(metrics.latest(loss - 3, index), last[loss].parse().ok());
    }
    for name in ["config.toml", "metrics.csv", "summary.json"] {
        assert!(matches!(open_path(&first.join(name)), Ok(Opened::RunFolder { .. })), "{name}");
    }
    let Opened::Snapshot(snapshot) = open_path(&first.join("snapshots/step_00000030.npz")).expect("opened") else {
        panic!("a snapshot")
    };
    assert_eq!((snapshot.step, snapshot.seeds[0].layers.len()), (30, 3));
    assert_eq!(snapshot.seeds[0].layers[0].weights.dim(), (8, 32));
}

#[test]
fn bad_interventions_end_before_anything_is_written() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let out = scratch.path().join("run");
    for (argument, part) in [
        ("5:rule.clap=1", "no field 'rule.clap'"),
        ("5:rule.clip=-1", "intervention at step 5: rule.clip"),
        ("5:model.hidden=[3]", "can only change with a new run"),
        ("5:regularizer.weight_decay@9=1", "target.layer = 9"),
    ] {
        let output =
            hebbscope(&strings(&["train", "sre", "--intervene", argument, "--out", &out.display().to_string()]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(part) && said.lines().count() == 1, "{said}");
        assert!(!out.exists());
    }
}

fn error_of(path: &Path) -> String {
    let message = open_path(path).expect_err("refused").to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
    message
}

#[test]
fn experiments_open_from_text() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let experiment = preset("sre-adam", &["rule.learning_rate=0.02"]);
    let changes = vec![intervention(3, "rule.clip", serde_json::json!(0.0), serde_json::json!(1.5))];
    for (name, text, changes) in [
        ("a.toml", experiment.to_toml(), vec![]),
        ("b", experiment.to_commented_toml(), vec![]),
        ("c.txt", format!("\u{feff}{}\n", encode(&experiment, &changes)), changes.clone()),
        ("config.toml", experiment.to_toml(), vec![]),
    ] {
        let path = scratch.path().join(name);
        std::fs::write(&path, text).expect("written");
        let Opened::Experiment { experiment: opened, interventions } = open_path(&path).expect(name) else {
            panic!("{name}")
        };
        assert_eq!((opened, interventions), (experiment.clone(), changes));
    }
    // Saved from the window: no curves.
    std::fs::write(scratch.path().join("interventions.jsonl"), "").expect("written");
    assert!(matches!(open_path(scratch.path()), Ok(Opened::RunFolder { metrics: None, .. })));
}

#[test]
fn what_cannot_be_opened_is_named_with_what_can() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| scratch.path().join(name);
    let put = |name: &str, bytes: &[u8]| std::fs::write(path(name), bytes).expect("written");
    assert!(error_of(&path("missing")).contains("cannot be read"));
    assert!(error_of(scratch.path()).contains("has no config.toml; Hebbscope opens a TOML configuration"));
    put("picture.png", &[0x89, b'P', b'N', b'G', 0, 0, 0]);
    assert!(error_of(&path("picture.png")).contains("is not a text file"));
    put("latin", b"caf\xe9");
    assert!(error_of(&path("latin")).contains("UTF-8"));
    put("notes.txt", b"Dear diary,\nno experiment today.");
    assert!(error_of(&path("notes.txt")).contains("neither TOML nor a share string"));
    put("empty.npz", b"");
    assert!(error_of(&path("empty.npz")).contains("is not a snapshot"));
    put("cut.txt", &encode(&preset("sre", &[]), &[]).as_bytes()[..20]);
    assert!(error_of(&path("cut.txt")).contains("incomplete or damaged"));
    put("bad.toml", b"[rule]\nlearning_rate = \"fast\"");
    assert!(error_of(&path("bad.toml")).contains("rule.learning_rate"));
    put("metrics.csv", b"step,epoch,seed\n");
    assert!(error_of(&path("metrics.csv")).contains("no config.toml beside it"));
    let huge = std::fs::File::create(path("huge.toml")).expect("created");
    huge.set_len(65 << 20).expect("sparse");
    assert!(error_of(&path("huge.toml")).contains("more than 32 MB"));
    assert!(matches!(open_path(Path::new("/dev/null")), Err(OpenError::Unknown { .. })) || !cfg!(unix));
}

#[test]
fn broken_metrics_are_named_with_their_line() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(scratch.path().join("config.toml"), preset("sre", &[]).to_toml()).expect("written");
    let metrics = scratch.path().join("metrics.csv");
    for (text, part) in [
        ("", "line 1: the first columns must be step, epoch, seed"),
        ("a,b\n1,2\n", "line 1: the first columns must be step, epoch, seed"),
        ("step,epoch,seed,x\n0,0,0,1.0\n1,0,0\n", "line 3: 3 cells for 4 columns"),
        ("step,epoch,seed,x\n0,0,0,fast\n", "line 2: column 4: 'fast' is not a number"),
        ("step,epoch,seed,x\n0,0,-1,1\n", "line 2: column 3: '-1' is not a whole number"),
        ("step,epoch,seed,x\n0.5,0,1,1\n", "line 2: column 1: '0.5' is not a whole number"),
    ] {
        std::fs::write(&metrics, text).expect("written");
        let message = open_path(scratch.path()).expect_err("refused").to_string();
        assert!(message.contains("metrics.csv") && message.contains(part), "{message}");
    }
}
