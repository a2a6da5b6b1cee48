//! Processes that start at once, and folders whose making was cut short, get in nobody's way.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use super::{TINY, expect};

/// A sweep of 16 cells of a few steps: as long as a process takes to start. One layer, as figures take longer than cells.
fn start() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = TINY
        .replace("steps = 120", "steps = 20")
        .replace("x_points = 5", "x_points = 2")
        .replace("window = 20", "window = 20\nlayers = [1]")
        .replace("record = [\"signal\", \"full\", \"validation_loss\", \"norms\"]", "record = [\"full\", \"norms\"]");
    fs::write(folder.path().join("tiny.toml"), text).expect("written");
    folder
}

/// Runs the binary with each of these arguments at the same time; what each said.
fn at_once(folder: &Path, commands: &[Vec<String>]) -> Vec<Output> {
    let begin = |args: &Vec<String>| -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
        command.args(args).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    };
    let children: Vec<Child> = commands.iter().map(begin).collect();
    children.into_iter().map(|child| child.wait_with_output().expect("a child of ours")).collect()
}

fn assert_all_succeed(outputs: &[Output]) {
    for output in outputs {
        assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn processes_may_begin_a_folder_at_once() {
    let start = start();
    let root = start.path();
    expect(root, &["sweep", "tiny.toml", "--backend", "cpu", "--out", "alone"], 0);
    let alone = fs::read(root.join("alone/cells.csv")).expect("there");
    // Each round is a race of its own.
    for round in 0..3 {
        for more in ["--resume", ""] {
            let out = format!("shards{more}-{round}");
            let shard = |at: usize| {
                words(&format!("sweep tiny.toml --backend cpu --threads 1 --out {out} --shard {at}/8 {more}"))
            };
            assert_all_succeed(&at_once(root, &(0..8).map(shard).collect::<Vec<_>>()));
            let said = expect(root, &["sweep", "status", &out], 0);
            assert!(said.starts_with("16 of 16 cells done, 0 running in 0 processes, 0 failed, 0 missing"), "{said}");
        }
    }
    let whole = words("sweep tiny.toml --backend cpu --threads 1 --out whole --resume");
    assert_all_succeed(&at_once(root, &vec![whole; 4]));
    expect(root, &["sweep", "merge", "shards-0"], 0);
    for out in ["whole", "shards-0"] {
        assert!(fs::read(root.join(out).join("cells.csv")).expect("there") == alone, "{out}");
    }
}

/// Two sweeps into one folder: one of them has it, and the other says so and changes nothing.
#[test]
fn of_two_sweeps_at_once_one_is_refused() {
    let start = start();
    let root = start.path();
    for round in 0..6 {
        let of = |decay: &str| {
            words(&format!(
                "sweep tiny.toml --backend cpu --threads 1 --out mixed-{round} --resume --set rule.learning_rate={decay}"
            ))
        };
        let mut codes: Vec<_> =
            at_once(root, &[of("0.1"), of("0.2")]).iter().map(|output| output.status.code()).collect();
        codes.sort_unstable();
        assert_eq!(codes, [Some(0), Some(2)]);
        let said = expect(root, &["sweep", "status", &format!("mixed-{round}")], 0);
        assert!(said.starts_with("16 of 16 cells done") && !said.contains("not of this sweep"), "{said}");
    }
}

/// What a kill or a power cut may leave of a folder before its first cell is done.
#[test]
fn whatever_is_left_of_the_making_of_a_folder_is_taken_up() {
    let start = start();
    let root = start.path();
    expect(root, &["sweep", "tiny.toml", "--backend", "cpu", "--out", "whole"], 0);
    let config = fs::read_to_string(root.join("whole/config.toml")).expect("there");
    let journal = { fs::read_dir(root.join("whole/journal")).expect("there").next() }.expect("a journal");
    let text = fs::read_to_string(journal.expect("readable").path()).expect("text");
    let line = |from: usize, to: usize| text.lines().take(to).skip(from).map(|line| format!("{line}\n")).collect();
    let header: String = line(0, 1);
    let begun: String = line(0, 2);
    assert!(begun.contains("\nstarted\t"), "{begun}");
    let temporary = ".hebbscope-unfinished-x.tmp";
    // Files, or folders where there is no text.
    let states: &[&[(&str, Option<&str>)]] = &[
        &[],
        &[("journal", None)],
        &[(temporary, Some("")), ("journal", None)],
        &[(temporary, Some(&config[..100]))],
        &[("config.toml", Some(&config))],
        &[("config.toml", Some(&config)), (temporary, Some(&config))],
        &[("config.toml", Some(&config)), ("journal", None)],
        &[("config.toml", Some(&config)), ("journal/a.journal", Some(""))],
        &[("config.toml", Some(&config)), ("journal/a.journal", Some(&header[..20]))],
        &[("config.toml", Some(&config)), ("journal/a.journal", Some(&header))],
        &[("config.toml", Some(&config)), ("journal/a.journal", Some(&begun))],
        &[("config.toml", Some(&config)), ("journal/a.journal", Some(&begun[..begun.len() - 5]))],
        &[("config.toml", Some(&config)), ("journal/a.journal", Some(&header)), ("shards", None)],
        &[("config.toml", Some(&config)), ("shards/.hebbscope-unfinished-y.tmp", Some("x"))],
        // The configuration was lost with the power, though what came after it was not.
        &[("journal/a.journal", Some(&header)), ("shards", None)],
    ];
    for (place, state) in states.iter().enumerate() {
        for more in ["--resume", ""] {
            let out = format!("state-{place}{more}");
            fs::create_dir(root.join(&out)).expect("made");
            for (name, text) in *state {
                let path = root.join(&out).join(name);
                match text {
                    Some(text) => {
                        fs::create_dir_all(path.parent().expect("a folder above")).expect("made");
                        fs::write(path, text).expect("written");
                    }
                    None => fs::create_dir(path).expect("made"),
                }
            }
            let args = words(&format!("sweep tiny.toml --backend cpu --out {out} {more}"));
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            println!("{state:?}");
            expect(root, &args, 0);
            let read = |folder: &str| fs::read(root.join(folder).join("cells.csv")).expect("there");
            assert!(read("whole") == read(&out), "{state:?}");
        }
    }
    // Somebody's own folder of that name is none of them.
    fs::create_dir_all(root.join("diary/journal")).expect("made");
    fs::write(root.join("diary/journal/monday.txt"), "mine").expect("written");
    let said = expect(root, &["sweep", "tiny.toml", "--backend", "cpu", "--out", "diary", "--resume"], 2);
    assert!(said.contains("not empty"), "{said}");
    assert!(!root.join("diary/config.toml").exists());
}

/// A removal that was cut short can be repeated, whatever else lies in the folder.
#[test]
fn a_removal_that_was_cut_short_is_gone_on_with() {
    let start = start();
    let root = start.path();
    expect(root, &["sweep", "tiny.toml", "--backend", "cpu", "--out", "out"], 0);
    fs::write(root.join("out/notes.txt"), "mine").expect("written");
    for gone in ["cells.csv", "sweep.json"] {
        fs::remove_file(root.join("out").join(gone)).expect("removed");
    }
    let other = ["sweep", "tiny.toml", "--backend", "cpu", "--out", "out", "--set", "rule.learning_rate=0.2"];
    expect(root, &[&other[..], &["--force"]].concat(), 0);
    assert_eq!(fs::read(root.join("out/notes.txt")).expect("there"), b"mine");
}

#[test]
fn runs_without_a_folder_have_one_each() {
    let start = start();
    let root = start.path();
    let train = words("train tiny.toml --seeds 1 --set training.steps=3 --backend cpu --threads 1");
    // One after the other within a second, then at once.
    for _ in 0..4 {
        expect(root, &train.iter().map(String::as_str).collect::<Vec<_>>(), 0);
    }
    assert_all_succeed(&at_once(root, &vec![train; 8]));
    let sweep = words("sweep tiny.toml --backend cpu --threads 1");
    assert_all_succeed(&at_once(root, &vec![sweep; 3]));
    let folders: Vec<_> =
        fs::read_dir(root.join("runs")).expect("there").map(|entry| entry.expect("readable").path()).collect();
    let with = |name: &str| folders.iter().filter(|folder| folder.join(name).is_file()).count();
    assert_eq!((folders.len(), with("summary.json"), with("sweep.json")), (15, 12, 3), "{folders:?}");
}
