//! Where paths lead: those in a file from the file, `~` to the home folder, and run folders to their data after a move.

use std::path::Path;
use std::process::{Command, Output};

use super::TINY;

const NAMES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

const EXPERIMENT: &str = "name = \"relative\"\n[data]\nkind = \"cifar10\"\npath = \"cifar-10-batches-bin\"\ntrain_examples = 15\n\
                          validation_examples = 3\n[model]\nhidden = [8]\n[training]\nloss = \"cross_entropy\"\n\
                          batch_size = 5\nsteps = 4\nseeds = 1\n";

/// A folder with six batch files of three records and an experiment beside it.
fn project(folder: &Path) {
    let data = folder.join("cifar-10-batches-bin");
    std::fs::create_dir_all(&data).expect("a folder");
    for (file, name) in NAMES.iter().enumerate() {
        let record = |number: usize| {
            let pixels = (0..3072).map(move |at| ((at * 7 + number * 31 + file * 13) % 251) as u8);
            std::iter::once(((file + number) % 10) as u8).chain(pixels)
        };
        std::fs::write(data.join(name), (0..3).flat_map(record).collect::<Vec<u8>>()).expect("a file");
    }
    std::fs::write(folder.join("relative.toml"), EXPERIMENT).expect("a file");
}

fn hebbscope(folder: &Path, home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(arguments).current_dir(folder).env("HOME", home).output().expect("the binary starts")
}

#[track_caller]
fn works(folder: &Path, arguments: &[&str]) {
    let output = hebbscope(folder, folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn data_path(run: &Path) -> String {
    let table: toml::Table = read(&run.join("config.toml")).parse().expect("TOML");
    table["data"]["path"].as_str().expect("text").to_owned()
}

#[test]
fn a_relative_path_leads_from_its_file_and_moves_with_it() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (top, old) = (scratch.path(), scratch.path().join("old"));
    project(&old);
    let absolute = old.join("relative.toml");
    let absolute = absolute.to_str().expect("a plain path");
    // From beside it, from above, by its whole path from elsewhere.
    std::fs::create_dir(top.join("elsewhere")).expect("a folder");
    works(&old, &["train", "relative.toml", "--out", "runs/beside"]);
    works(top, &["train", "old/relative.toml", "--out", "old/runs/above"]);
    works(&top.join("elsewhere"), &["train", absolute, "--out", "../old/runs/whole"]);
    for run in ["beside", "above", "whole"] {
        let run = old.join("runs").join(run);
        assert_eq!(data_path(&run), "../../cifar-10-batches-bin", "{}", run.display());
        assert!(read(&run.join("metrics.csv")) == read(&old.join("runs/beside/metrics.csv")), "{}", run.display());
    }
    let hash = |run: &str| {
        let summary: serde_json::Value =
            serde_json::from_str(&read(&old.join(run).join("summary.json"))).expect("JSON");
        summary["config_hash"].clone()
    };
    assert_eq!(hash("runs/beside"), hash("runs/whole"));
    // The project moves, and everything in it still works.
    let new = top.join("new");
    std::fs::rename(&old, &new).expect("moved");
    works(top, &["train", "new/runs/beside", "--out", "new/runs/again"]);
    works(&new.join("runs"), &["train", "whole", "--out", "../again"]);
    assert!(read(&new.join("again/metrics.csv")) == read(&new.join("runs/beside/metrics.csv")));
    assert_eq!(data_path(&new.join("again")), "../cifar-10-batches-bin");
}

#[test]
fn an_absolute_path_stays_and_the_run_moves_alone() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (top, project_folder) = (scratch.path(), scratch.path().join("project"));
    project(&project_folder);
    let data = project_folder.join("cifar-10-batches-bin").display().to_string();
    works(&project_folder, &["train", "relative.toml", "--set", &format!("data.path={data}"), "--out", "runs/a"]);
    std::fs::rename(project_folder.join("runs/a"), top.join("alone")).expect("moved");
    assert_eq!(data_path(&top.join("alone")), data);
    works(top, &["train", "alone", "--out", "again"]);
}

#[test]
fn a_path_on_the_command_line_leads_from_the_working_folder() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (top, project_folder) = (scratch.path(), scratch.path().join("project"));
    project(&project_folder);
    works(top, &["train", "project/relative.toml", "--set", "data.path=project/cifar-10-batches-bin", "--out", "a"]);
    assert_eq!(data_path(&top.join("a")), "../project/cifar-10-batches-bin");
    let output = hebbscope(
        top,
        top,
        &["train", "project/relative.toml", "--set", "data.path=cifar-10-batches-bin", "--out", "b"],
    );
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_run_behind_a_link_finds_its_data() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let top = scratch.path();
    project(&top.join("project"));
    std::fs::create_dir_all(top.join("a/deep/place")).expect("a folder");
    std::os::unix::fs::symlink(top.join("a/deep/place"), top.join("project/runs")).expect("a link");
    works(&top.join("project"), &["train", "relative.toml", "--out", "runs/a"]);
    works(top, &["train", "project/runs/a", "--out", "again"]);
}

#[test]
fn a_sweep_finds_its_data_from_anywhere() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (top, project_folder) = (scratch.path(), scratch.path().join("project"));
    project(&project_folder);
    let sweep = format!("{EXPERIMENT}[measure]\nwindow = 2\n[sweep]\nx = \"noise.weight_sd\"\nx_values = [0.0, 0.1]\n");
    std::fs::write(project_folder.join("grid.toml"), sweep).expect("a file");
    works(&project_folder, &["sweep", "grid.toml", "--backend", "cpu", "--threads", "1", "--out", "sweep"]);
    let cells = read(&project_folder.join("sweep/cells.csv"));
    // The results are known again from another folder, and after a move.
    works(top, &["sweep", "merge", "project/sweep"]);
    std::fs::rename(&project_folder, top.join("moved")).expect("moved");
    works(top, &["sweep", "moved/grid.toml", "--backend", "cpu", "--threads", "1", "--out", "moved/sweep", "--resume"]);
    assert!(read(&top.join("moved/sweep/cells.csv")) == cells);
}

/// What a run or a sweep was made with is wanted again, wherever it lies by then; other images are not taken for it.
#[test]
fn data_are_known_again_by_what_they_are() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let top = scratch.path();
    project(&top.join("project"));
    let sweep = format!("{EXPERIMENT}[measure]\nwindow = 2\n[sweep]\nx = \"noise.weight_sd\"\nx_values = [0.0, 0.1]\n");
    std::fs::write(top.join("project/grid.toml"), sweep).expect("a file");
    let refused = |arguments: &[&str], words: &[&str]| {
        let output = hebbscope(top, top, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
    };
    let grid = ["sweep", "project/grid.toml", "--backend", "cpu", "--threads", "1", "--out", "sweep"];
    works(top, &grid);
    works(top, &["train", "project/relative.toml", "--out", "run"]);
    let table: toml::Table = read(&top.join("run/config.toml")).parse().expect("TOML");
    let content = table["data"]["content"].as_str().expect("text").to_owned();
    assert!(content.starts_with("15+3:"), "{content}");
    let resumed = |path: &str| [&grid[..], &["--set", path, "--resume"]].concat().join(" ");
    // The same images elsewhere.
    project(&top.join("copy"));
    let copy = resumed("data.path=copy/cifar-10-batches-bin");
    works(top, &copy.split(' ').collect::<Vec<_>>());
    works(top, &["train", "run", "--set", "data.path=copy/cifar-10-batches-bin", "--out", "again"]);
    // Fewer of them are another experiment, and may be asked for.
    works(top, &["train", "run", "--set", "data.train_examples=10", "--out", "fewer"]);
    // One pixel is another.
    let file = top.join("copy/cifar-10-batches-bin/data_batch_2.bin");
    let mut bytes = std::fs::read(&file).expect("there");
    bytes[100] ^= 1;
    std::fs::write(&file, bytes).expect("written");
    refused(&copy.split(' ').collect::<Vec<_>>(), &["is the folder of another sweep", "data.content is", &content]);
    let other = ["train", "run", "--set", "data.path=copy/cifar-10-batches-bin", "--out", "other"];
    refused(&other, &["data.content = ", &content, "copy/cifar-10-batches-bin holds other examples"]);
    assert!(!top.join("other").exists());
    refused(
        &["train", "run", "--set", "data.content=abc", "--out", "other"],
        &["data.content: found \"abc\"", "TRAINING+VALIDATION:HASH"],
    );
    // Where nothing was asked for, they are taken.
    works(top, &["train", "copy/relative.toml", "--out", "other"]);
}

#[test]
fn the_home_folder_is_understood() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (home, away) = (scratch.path().join("home"), scratch.path().join("away"));
    project(&home);
    std::fs::create_dir(&away).expect("a folder");
    let works = |arguments: &[&str]| {
        let output = hebbscope(&away, &home, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    works(&["train", "~/relative.toml", "--out=~/runs/a"]);
    works(&["train", "~/runs/a", "--interventions=~/runs/a", "--out=~/runs/b"]);
    works(&["train", "~/relative.toml", "--set", "data.path=~/cifar-10-batches-bin", "--out=~/runs/c"]);
    let in_file = EXPERIMENT.replace("cifar-10-batches-bin", "~/cifar-10-batches-bin");
    std::fs::write(away.join("home.toml"), in_file).expect("a file");
    works(&["train", "home.toml", "--out", "d"]);
    assert!(read(&home.join("runs/a/metrics.csv")) == read(&away.join("d/metrics.csv")));
    assert_eq!(data_path(&away.join("d")), home.join("cifar-10-batches-bin").display().to_string());
    assert!(!away.join("~").exists());
}

#[test]
fn whole_numbers_may_have_a_point_or_an_exponent() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let top = scratch.path();
    let text = "[data]\ntrain_examples = 1e2\nvalidation_examples = 20.0\n[model]\nhidden = [8.0, 1e1]\n[training]\nbatch_size = 2e1\n\
                steps = 6.0\nseeds = 1\n";
    std::fs::write(top.join("whole.toml"), text).expect("a file");
    works(
        top,
        &[
            "train",
            "whole.toml",
            "--set",
            "training.seeds=2.0",
            "--intervene",
            "3:training.batch_size=1e1",
            "--out",
            "a",
        ],
    );
    let config = read(&top.join("a/config.toml"));
    for line in ["train_examples = 100\n", "hidden = [8, 10]\n", "batch_size = 20\n", "steps = 6\n", "seeds = 2\n"] {
        assert!(config.contains(line), "{line:?} in {config}");
    }
    assert!(read(&top.join("a/interventions.jsonl")).contains("\"new\":10}"));
    for (set, words) in [
        ("training.steps=2.5", "found 2.5, must be a whole number"),
        ("training.steps=1e300", "must be a whole number"),
        ("training.steps=-1e1", "found -10, must be a whole number"),
        ("training.steps=nan", "must be a whole number"),
    ] {
        let output = hebbscope(top, top, &["train", "whole.toml", "--set", set, "--out", "b"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(words), "{set}: {said}");
    }
}

/// The window opens what `reproduce` has left; what is damaged is refused before there is a window.
#[test]
fn a_damaged_reproduction_opens_no_window() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path();
    std::fs::create_dir(folder.join("paper")).expect("a folder");
    std::fs::write(folder.join("paper/reproduce.json"), "{").expect("written");
    for path in ["paper", "paper/reproduce.json", "~/paper"] {
        let output = hebbscope(folder, folder, &["--experiment", path]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{path}: {said}");
        assert!(said.contains("paper/reproduce.json: cannot be read as what this program wrote"), "{path}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

/// Else hours of training would lie where nobody finds them again.
#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = std::ffi::OsStr::from_bytes(b"run\xff");
    for command in [&["train", "sre", "--out"][..], &["sweep", "fig4", "--out"], &["replay"]] {
        let mut process = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
        let output = process.args(command).arg(name).current_dir(folder.path()).output().expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains("is not text in UTF-8"), "{command:?}: {said}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0, "{command:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_replaced_by_none() {
    use std::os::unix::fs::FileTypeExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("tiny.toml"), TINY).expect("a file");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("a system's program").success());
    let output = hebbscope(folder.path(), folder.path(), &["data", "tiny.toml", "--out", "pipe", "--force"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("--out pipe: is no file"), "{said}");
    assert!(std::fs::symlink_metadata(&pipe).expect("there").file_type().is_fifo());
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_said_to_be_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("tiny.toml"), TINY).expect("a file");
    std::os::unix::fs::symlink("gone", folder.path().join("link")).expect("a link");
    for out in ["link", "link/below"] {
        let output = hebbscope(folder.path(), folder.path(), &["train", "tiny.toml", "--out", out]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains("a link of that name, which leads nowhere"), "{said}");
    }
}
