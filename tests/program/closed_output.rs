//! Nobody reads what is printed: the work is done all the same, and ends with the code that it would have had.

#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::TINY;

const GRID: &str = r#"
[sweep]
x = "noise.weight_sd"
x_values = [0.0, 0.01]
"#;

/// Where a process prints to.
#[derive(Clone, Copy, Debug)]
enum Sink {
    /// A pipe whose reader has gone.
    Closed,
    /// A device that takes nothing, as a full disk.
    Full,
}

impl Sink {
    fn open(self) -> Stdio {
        match self {
            Self::Closed => {
                let (reader, writer) = std::io::pipe().expect("a pipe");
                drop(reader);
                writer.into()
            }
            Self::Full => OpenOptions::new().write(true).open("/dev/full").expect("Linux has it").into(),
        }
    }
}

fn sinks() -> impl Iterator<Item = Sink> {
    [Sink::Closed, Sink::Full]
        .into_iter()
        .filter(|sink| matches!(sink, Sink::Closed) || Path::new("/dev/full").exists())
}

fn start() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("tiny.toml"), format!("{TINY}{GRID}")).expect("written");
    folder
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command
}

/// Ends within a minute, or is killed.
fn end(child: &mut Child) -> ExitStatus {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return status;
        }
        if Instant::now() > until {
            child.kill().expect("a child of ours");
            panic!("does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The exit code with both channels going nowhere.
fn code(folder: &Path, args: &[&str], sink: Sink) -> Option<i32> {
    let mut child = command(folder, args).stdout(sink.open()).stderr(sink.open()).spawn().expect("the binary starts");
    end(&mut child).code()
}

#[test]
fn work_is_done_though_nobody_reads() {
    for sink in sinks() {
        let folder = start();
        let root = folder.path();
        // The note on [sweep] comes before the start, the warning of a seed that diverges on the way.
        let diverges = ["--set", "rule.learning_rate=1000", "--set", "model.activation=linear"];
        assert_eq!(code(root, &["train", "tiny.toml", "--out", "run", "--backend", "cpu"], sink), Some(0), "{sink:?}");
        assert!(
            root.join("run/summary.json").is_file() && root.join("run/figures/alignment.png").is_file(),
            "{sink:?}"
        );
        let args = [&["train", "tiny.toml", "--out", "lost", "--backend", "cpu"][..], &diverges].concat();
        assert_eq!(code(root, &args, sink), Some(1), "{sink:?}");
        assert!(root.join("lost/summary.json").is_file(), "{sink:?}");
        assert_eq!(code(root, &["sweep", "tiny.toml", "--out", "grid", "--backend", "cpu"], sink), Some(0), "{sink:?}");
        assert!(root.join("grid/sweep.json").is_file(), "{sink:?}");
        assert_eq!(code(root, &["sweep", "status", "grid"], sink), Some(0), "{sink:?}");
        assert_eq!(code(root, &["sweep", "merge", "grid"], sink), Some(0), "{sink:?}");
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/tanh_sgd_mse_l2.json");
        assert_eq!(code(root, &["verify", golden], sink), Some(0), "{sink:?}");
        for words in [&["--help"][..], &["--version"], &["train", "--help"]] {
            assert_eq!(code(root, words, sink), Some(0), "{words:?}, {sink:?}");
        }
        for words in [&["train"][..], &["train", "nowhere.toml"], &["verify", "nowhere.json"], &["fly"]] {
            assert_eq!(code(root, words, sink), Some(2), "{words:?}, {sink:?}");
        }
        // A preset is itself the work: one that was not written whole is no file to start from.
        let expected = if matches!(sink, Sink::Closed) { 0 } else { 3 };
        assert_eq!(code(root, &["presets"], sink), Some(expected), "{sink:?}");
        assert_eq!(code(root, &["presets", "show", "sre"], sink), Some(expected), "{sink:?}");
    }
}

/// A long run whose reader leaves after the first line, and that is then interrupted.
fn interrupted(signal: &str) {
    let folder = start();
    let root = folder.path();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let args = ["train", "tiny.toml", "--out", "run", "--backend", "cpu", "--set", "training.steps=2000000000"];
    let both = writer.try_clone().expect("a second end");
    // Whoever runs the tests may have told them to ignore some signals.
    let mut child = Command::new("env")
        .args(["--default-signal=INT,TERM,HUP,USR1", env!("CARGO_BIN_EXE_hebbscope")])
        .args(args)
        .current_dir(root)
        .stdout(writer)
        .stderr(both)
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    // The note on [sweep].
    BufReader::new(reader).read_line(&mut line).expect("text");
    assert!(line.contains("[sweep]"), "{line}");
    let until = Instant::now() + Duration::from_secs(60);
    // Rows are being written once there is a file that is none of the first.
    while std::fs::read_dir(root.join("run")).map_or(0, Iterator::count) < 2 {
        assert!(Instant::now() < until && child.try_wait().expect("a child of ours").is_none(), "does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is there");
    assert!(status.success());
    assert_eq!(end(&mut child).code(), Some(130), "{signal}");
    let file = File::open(root.join("run/summary.json")).expect("the summary is there");
    let summary: serde_json::Value = serde_json::from_reader(file).expect("JSON");
    assert_eq!(summary["complete"], false, "{signal}");
    assert!(root.join("run/metrics.csv").is_file(), "{signal}");
}

#[test]
fn nohup_is_heeded() {
    let folder = start();
    let root = folder.path();
    let mut child = Command::new("env")
        .args(["--ignore-signal=HUP", env!("CARGO_BIN_EXE_hebbscope")])
        .args(["train", "tiny.toml", "--out", "run", "--backend", "cpu", "--set", "training.steps=2000000000"])
        .current_dir(root)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let rows = root.join("run/metrics.partial.csv");
    let until = Instant::now() + Duration::from_secs(60);
    let length = || std::fs::metadata(&rows).map_or(0, |about| about.len());
    let wait_for_more = |child: &mut Child, than: u64| {
        while length() <= than {
            assert!(Instant::now() < until && child.try_wait().expect("a child of ours").is_none(), "has ended");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    wait_for_more(&mut child, 0);
    let before = length();
    let id = child.id().to_string();
    let send = |signal: &str| Command::new("kill").args([signal, &id]).status().expect("kill is there").success();
    assert!(send("-HUP"));
    wait_for_more(&mut child, before + 300_000);
    assert!(send("-TERM"));
    assert_eq!(end(&mut child).code(), Some(130));
}

#[test]
fn every_signal_that_asks_for_an_end_leaves_a_whole_folder() {
    for signal in ["-INT", "-TERM", "-HUP", "-USR1"] {
        interrupted(signal);
    }
}
