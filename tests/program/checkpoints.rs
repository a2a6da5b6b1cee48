//! A headless run that is killed, interrupted or damaged goes on from its checkpoints and leaves what it would have left.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longest that a run may take to come to its first checkpoint on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const SMALL: [&str; 4] =
    ["data.train_examples=96", "data.validation_examples=16", "training.batch_size=16", "measure.validate_every=3"];

const MLP: &[&str] = &["sre", "--set", "model.hidden=[8,8]", "--seeds", "2"];

/// Networks and rules whose steps remember something of their own.
const KINDS: [(&str, &[&str]); 6] = [
    ("mlp", MLP),
    (
        "variants",
        &[
            "sre",
            "--set",
            "model.hidden=[8,8]",
            "--set",
            "model.batch_norm=true",
            "--set",
            "model.dropout=0.2",
            "--set",
            "rule.optimizer=adam",
            "--set",
            "noise.weight_sd=1e-3",
            "--set",
            "regularizer.activation_penalty=1e-3",
        ],
    ),
    (
        "schedules and rest",
        &[
            "sre",
            "--set",
            "model.hidden=[8,8]",
            "--set",
            "schedule.learning_rate=warm-up 40, cosine to 0.1",
            "--set",
            "schedule.weight_decay=steps 0.5 every 100",
            "--set",
            "measure.window=20",
            "--set",
            "training.stop=stationarity",
            "--set",
            "training.tolerance=2",
            "--set",
            "training.gap_tolerance=10",
            "--set",
            "training.min_steps=410",
        ],
    ),
    ("rule", &["rule-bcm", "--set", "model.hidden=[8,8]"]),
    (
        "transformer",
        &[
            "sre-transformer",
            "--set",
            "model.width=8",
            "--set",
            "model.heads=2",
            "--set",
            "model.feed_forward=8",
            "--set",
            "model.hidden=[8,8]",
            "--set",
            "data.length=4",
        ],
    ),
    (
        "cnn",
        &["cnn", "--set", "data.kind=synthetic_images", "--set", "model.channels=[2,2,2]", "--set", "model.hidden=[6]"],
    ),
];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.arg("train").args(arguments).args(["--backend", "cpu"]).current_dir(folder);
    command
}

fn small(arguments: &[&str], steps: u64) -> Vec<String> {
    let sets = SMALL.iter().map(|set| (*set).to_owned()).chain([format!("training.steps={steps}")]);
    let sets = sets.flat_map(|set| ["--set".to_owned(), set]);
    arguments.iter().map(|word| (*word).to_owned()).chain(sets).collect()
}

fn train(folder: &Path, arguments: &[String], more: &[&str]) -> Output {
    let all: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    command(folder, &all).output().expect("the binary starts")
}

/// Trains until `is_reached` and sends a signal; whether the run was still under way.
fn cut_short(folder: &Path, arguments: &[String], more: &[&str], signal: &str, is_reached: impl Fn() -> bool) {
    let all: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let mut child =
        command(folder, &all).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    let began = Instant::now();
    while !is_reached() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is there");
    let status = child.wait().expect("a child of ours");
    assert!(is_reached(), "nothing to cut short after {PATIENCE:?}");
    assert!(sent.success() && !status.success(), "{arguments:?} went to its end: {status}");
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file of a run folder, without what tells of time.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for part in ["", "snapshots", "figures"] {
        let Ok(entries) = std::fs::read_dir(folder.join(part)) else { continue };
        for entry in entries.map(|entry| entry.expect("readable")).filter(|entry| entry.path().is_file()) {
            let name = format!("{part}/{}", entry.file_name().to_string_lossy());
            let mut bytes = std::fs::read(entry.path()).expect("readable");
            if name == "/summary.json" {
                let mut summary: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
                let fields = summary.as_object_mut().expect("an object");
                for timed in ["steps_per_second", "replica_steps_per_second", "threads"] {
                    assert!(fields.remove(timed).is_some(), "{timed}");
                }
                bytes = summary.to_string().into_bytes();
            }
            all.insert(name, bytes);
        }
    }
    all
}

#[track_caller]
pub fn same(what: &str, whole: &Path, cut: &Path) {
    let (whole, cut) = (contents(whole), contents(cut));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&whole), names(&cut), "{what}");
    for (name, bytes) in &whole {
        assert!(*bytes == cut[name], "{what}: {name} differs");
    }
}

#[test]
fn killed_runs_go_on_byte_for_byte() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    for (name, arguments) in KINDS {
        // A step of images takes some times as long as the others'.
        let arguments = small(arguments, if name == "cnn" { 180 } else { 600 });
        let (whole, cut) = (format!("{name}-whole"), format!("{name}-cut"));
        let more = ["--format", "parquet", "--set", "measure.snapshot_every=60"];
        let with = |out: &str, every: &str| -> Vec<String> {
            let words = more.into_iter().chain(["--intervene", "90:regularizer.weight_decay=2e-3", "--out", out]);
            words.chain(["--checkpoint-every", every]).map(str::to_owned).collect()
        };
        let all =
            |out: &str, every: &str| -> Vec<String> { arguments.iter().cloned().chain(with(out, every)).collect() };
        let output = train(folder, &all(&whole, "1h"), &[]);
        assert!(output.status.success(), "{name}: {}", said(&output));
        for place in ["checkpoint.0", "checkpoint.2"] {
            let resume: &[&str] = if place == "checkpoint.0" { &[] } else { &["--resume"] };
            let reached = folder.join(&cut).join(place);
            // Steps enough for the disk to be what a run waits for: it is caught on its way.
            cut_short(folder, &all(&cut, "3"), resume, "-KILL", || reached.exists());
        }
        let output = train(folder, &all(&cut, "50"), &["--resume"]);
        assert!(output.status.success() && said(&output).contains("goes on after step"), "{name}: {}", said(&output));
        same(name, &folder.join(&whole), &folder.join(&cut));
        let output = train(folder, &all(&cut, "50"), &["--resume"]);
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && words.contains("went to its end"), "{name}: {words}");
    }
}

#[test]
fn an_interrupted_run_goes_on_and_a_damaged_checkpoint_is_passed_over() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let arguments = small(MLP, 600);
    assert!(train(folder, &arguments, &["--out", "whole"]).status.success());
    let third = folder.join("cut/checkpoint.2");
    let every = ["--out", "cut", "--checkpoint-every", "3"];
    cut_short(folder, &arguments, &every, "-TERM", || third.exists());
    // What an interrupt leaves can be read as it is, and says that it is not all.
    let summary = std::fs::read_to_string(folder.join("cut/summary.json")).expect("written");
    assert!(summary.contains("\"complete\": false"), "{summary}");
    let step = |place: usize| {
        let found = hebbscope::training::FoundRun::open(&folder.join(format!("cut/checkpoint.{place}")));
        found.expect("whole").step()
    };
    let newest = (0..3).max_by_key(|place| step(*place)).expect("three");
    let before = (0..3).filter(|place| *place != newest).map(step).max().expect("two");
    let path = folder.join(format!("cut/checkpoint.{newest}"));
    let mut bytes = std::fs::read(&path).expect("there");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).expect("written");
    // The folder by itself says all that it was begun with.
    let itself = ["cut".to_owned()];
    let output = train(folder, &itself, &["--out", "cut", "--resume"]);
    let words = said(&output);
    let expected = format!("goes on after step {before} in cut");
    assert!(output.status.success() && words.contains("its arrays are damaged; the one before is used"), "{words}");
    assert!(words.contains(&expected), "{words}; expected {expected}");
    same("interrupted", &folder.join("whole"), &folder.join("cut"));
}

/// A service manager sends two signals together, and a shell one beside that of its terminal: neither is somebody who waits no longer.
#[test]
fn interrupts_that_come_together_are_one() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let arguments = small(MLP, 1_000_000);
    for (round, gap) in [1, 3, 10].into_iter().enumerate() {
        let out = format!("cut-{round}");
        let all: Vec<&str> = arguments.iter().map(String::as_str).chain(["--out", &out]).collect();
        let mut child =
            command(folder, &all).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
        let rows = folder.join(&out).join("metrics.partial.csv");
        let since = Instant::now();
        while std::fs::metadata(&rows).map_or(0, |about| about.len()) < 4000 {
            assert!(since.elapsed() < PATIENCE, "no rows");
            std::thread::sleep(Duration::from_millis(5));
        }
        for signal in ["-TERM", "-INT"] {
            let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(sent.expect("kill is there").success());
            std::thread::sleep(Duration::from_millis(gap));
        }
        assert_eq!(child.wait().expect("a child of ours").code(), Some(130));
        let left = |name: &str| folder.join(&out).join(name).exists();
        assert!(left("checkpoint.0") && left("summary.json") && !left("metrics.partial.csv"), "{gap} ms apart");
    }
}

#[test]
fn another_run_is_refused_by_its_fields_and_nothing_changes() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let arguments = small(MLP, 600);
    let out = folder.join("cut");
    let every = ["--out", "cut", "--checkpoint-every", "3"];
    cut_short(folder, &arguments, &every, "-KILL", || out.join("checkpoint.1").exists());
    let before = contents(&out);
    let refused = |more: &[&str], words: &[&str]| {
        let all: Vec<&str> = ["--out", "cut", "--resume"].iter().chain(more).copied().collect();
        let output = train(folder, &arguments, &all);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{more:?}: {said}");
        assert!(contents(&out) == before, "{more:?} changed something");
    };
    refused(&["--set", "rule.learning_rate=0.5"], &["another run", "rule.learning_rate is 0.1 there and 0.5 here"]);
    refused(&["--intervene", "9:rule.clip=1"], &["other changes on its way: 0 there, 1 here"]);
    refused(&["--force"], &["--resume", "--force"]);
    let output = train(folder, &["cut".into()], &["--out", "cut", "--resume", "--seeds", "1"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("leave out --set"), "{}", said(&output));
    let output = train(folder, &arguments, &["--resume"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("--out"), "{}", said(&output));
    // Changed by hand: the run would go on as it was begun, and write over it.
    let config = out.join("config.toml");
    let own = std::fs::read_to_string(&config).expect("there");
    std::fs::write(&config, own.replace("learning_rate = 0.1", "learning_rate = 0.25")).expect("written");
    let output = train(folder, &["cut".into()], &["--out", "cut", "--resume"]);
    let words = said(&output);
    assert!(
        output.status.code() == Some(2) && words.contains("rule.learning_rate is 0.1 there and 0.25 here"),
        "{words}"
    );
    assert!(words.contains("its config.toml is not that of its checkpoints"), "{words}");
    std::fs::write(&config, own).expect("written");
    assert!(contents(&out) == before, "nothing else has changed");
    // Each that there is is told of, be it damaged or of a version that is not known yet.
    let mut later = std::fs::read(out.join("checkpoint.0")).expect("there");
    later[16..20].copy_from_slice(&9_u32.to_le_bytes());
    let sum = crc32fast::hash(&later[..44]);
    later[44..48].copy_from_slice(&sum.to_le_bytes());
    std::fs::write(out.join("checkpoint.0"), later).expect("written");
    for place in 1..3 {
        let _ = std::fs::write(out.join(format!("checkpoint.{place}")), b"nothing of the kind");
    }
    let output = train(folder, &arguments, &["--out", "cut", "--resume"]);
    let words = said(&output);
    assert!(output.status.code() == Some(2) && words.contains("in another folder, or here with --force"), "{words}");
    assert!(words.contains("checkpoint.0: is not") && words.contains("a later version of this program"), "{words}");
    assert!(words.contains("checkpoint.2: is not") && words.contains("checkpoint.1: is not"), "{words}");
    std::fs::create_dir(folder.join("mine")).expect("made");
    std::fs::write(folder.join("mine/letter.txt"), "dear").expect("written");
    let output = train(folder, &arguments, &["--out", "mine", "--resume"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("holds no run"), "{}", said(&output));
}

/// A run that is over is not gone on with; nor is it taken for one that was asked for and is another.
#[test]
fn a_run_that_is_over_is_said_to_be_or_to_be_another() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let arguments = small(MLP, 30);
    let output = train(folder, &arguments, &["--out", "whole"]);
    assert!(output.status.success(), "{}", said(&output));
    let before = contents(&folder.join("whole"));
    let again = |arguments: &[String], more: &[&str]| {
        let output = train(folder, arguments, &[&["--out", "whole", "--resume"], more].concat());
        assert!(contents(&folder.join("whole")) == before, "{}", said(&output));
        (output.status.code(), said(&output) + &String::from_utf8_lossy(&output.stdout))
    };
    let own = ["whole".to_owned()];
    for (arguments, more) in [(&arguments[..], &[][..]), (&own, &[])] {
        let (code, said) = again(arguments, more);
        assert!(code == Some(0) && said.contains("went to its end"), "{code:?} {said}");
    }
    for (more, words) in [
        (["--set", "rule.learning_rate=0.5"], "another run: rule.learning_rate is 0.1 there and 0.5 here"),
        (["--set", "training.steps=60"], "another run: training.steps is 30 there and 60 here"),
        (["--intervene", "9:rule.clip=1"], "other changes on its way: 0 there, 1 here"),
    ] {
        let (code, said) = again(&arguments, &more);
        assert!(code == Some(2) && said.contains(words), "{code:?} {said}");
    }
}

#[test]
fn a_folder_without_a_checkpoint_begins() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let arguments = small(MLP, 60);
    let output = train(folder, &arguments, &["--out", "new", "--resume"]);
    assert!(output.status.success(), "{}", said(&output));
    let output = train(folder, &arguments, &["--out", "none", "--checkpoint-every", "never"]);
    assert!(output.status.success() && !folder.join("none/checkpoint.end").exists(), "{}", said(&output));
    let output = train(folder, &arguments, &["--out", "wrong", "--checkpoint-every", "3d"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("are allowed"), "{}", said(&output));
    assert!(!folder.join("wrong").exists());
}

#[test]
fn a_run_folder_is_trained_again_with_its_changes_and_says_so() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    let changes = ["--intervene", "10:regularizer.weight_decay=5e-3", "--out", "first"];
    assert!(train(folder, &small(MLP, 30), &changes).status.success());
    let again = train(folder, &["first".into()], &["--out", "again"]);
    assert!(again.status.success() && said(&again).contains("applies the 1 change of first"), "{}", said(&again));
    same("again", &folder.join("first"), &folder.join("again"));
    let bare = train(folder, &["first".into()], &["--out", "bare", "--no-interventions"]);
    assert!(bare.status.success() && !said(&bare).contains("applies"), "{}", said(&bare));
    assert_eq!(std::fs::read_to_string(folder.join("bare/interventions.jsonl")).expect("written"), "");
}
