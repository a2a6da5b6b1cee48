//! Runs that begin at the same time in one folder: one has it, and the others are told before they have written anything.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use super::TINY;

/// Starts eight of the same command at the same time; what each said.
fn eight(folder: &Path, more: &[&str]) -> Vec<Output> {
    let begin = |_| -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
        command.args(["train", "tiny.toml", "--backend", "cpu", "--threads", "1", "--out", "run"]).args(more);
        command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    };
    let children: Vec<Child> = (0..8).map(begin).collect();
    children.into_iter().map(|child| child.wait_with_output().expect("a child of ours")).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn of_runs_that_begin_at_once_in_a_folder_one_has_it() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let root = scratch.path();
    // Long enough to be under way when the last process has started.
    std::fs::write(root.join("tiny.toml"), TINY.replace("steps = 60", "steps = 4000")).expect("written");
    let mut names = Vec::new();
    // Each round is a race of its own: in a folder that is not there, and in one that holds a run.
    for more in [&[][..], &["--force"], &["--force"], &["--resume"]] {
        if more == ["--resume"] {
            std::fs::remove_dir_all(root.join("run")).expect("removed");
        }
        let outputs = eight(root, more);
        let mut done = 0;
        for output in &outputs {
            let said = String::from_utf8_lossy(&output.stderr);
            match output.status.code() {
                Some(0) => done += 1,
                Some(2) => assert!(
                    said.contains("another process is writing a run there") || said.contains("exists and is not empty"),
                    "{more:?}: {said}"
                ),
                code => panic!("{more:?}: {code:?}: {said}"),
            }
        }
        assert!(done >= 1 && (done == 1 || !more.is_empty()), "{more:?}: {done} had the folder");
        let rows = std::fs::read_to_string(root.join("run/metrics.csv")).expect("whole");
        assert_eq!(rows.lines().count(), 1 + 2 * 4000, "{more:?}");
        if names.is_empty() {
            names = files(&root.join("run"));
        }
        assert_eq!(files(&root.join("run")), names, "{more:?}");
    }
}
