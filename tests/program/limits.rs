//! What is no file, or longer than any of its kind, is refused before it is read: in little memory, at once, and by name.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use hebbscope::share::open_path;

/// Kibibytes of address space. The program as it starts needs a part of it.
const MEMORY: u64 = 3 << 20;
/// A file of this length takes far more memory and time than is allowed here.
const LONG: u64 = 40 << 30;

fn hebbscope(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("sh");
    let script = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_hebbscope")]).args(arguments);
    command.current_dir(folder).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().expect("the binary starts")
}

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let began = Instant::now();
    let output = hebbscope(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{arguments:?} must say {words:?}: {said}");
    assert_eq!(said.matches("error:").count(), 1, "{said}");
    // Starting the program takes a part of a second.
    assert!(began.elapsed() < Duration::from_secs(10), "{arguments:?} took {:?}", began.elapsed());
}

/// A pipe, a long file without content, and links to what is no file.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let made = Command::new("mkfifo").arg(path("pipe")).status().expect("mkfifo is there");
    assert!(made.success());
    fs::File::create(path("long")).and_then(|file| file.set_len(LONG)).expect("a file with a hole");
    symlink("/dev/zero", path("link")).expect("a link");
    folder
}

#[test]
fn experiments_interventions_trajectories_and_tours() {
    let place = place();
    let folder = place.path();
    for (name, words) in [
        ("/dev/zero", &["/dev/zero: cannot be read", "is a device; only files are read"][..]),
        ("pipe", &["pipe: cannot be read", "is a pipe; only files are read"]),
        ("link", &["link: cannot be read", "is a device"]),
        ("long", &["long: cannot be read", "has more than", "no file of this kind needs"]),
    ] {
        refused(folder, &["train", name, "--out", "out"], words);
        refused(folder, &["sweep", name, "--out", "out"], words);
        refused(folder, &["verify", name], words);
        refused(folder, &["train", "sre", "--interventions", name, "--out", "out"], words);
        refused(folder, &["--experiment", name], words);
    }
    symlink("/dev/zero", folder.join("tour.md")).expect("a link");
    refused(folder, &["--tour", "tour.md"], &["tour.md: cannot be read", "is a device"]);
    // A folder in place of a file.
    fs::create_dir_all(folder.join("run/config.toml")).expect("folders");
    refused(folder, &["train", "run", "--out", "out"], &["config.toml: cannot be read", "is a folder"]);
    refused(folder, &["verify", "run"], &["run: cannot be read", "is a folder"]);
    assert!(!folder.join("out").exists());
}

#[test]
fn folders_of_runs_and_sweeps() {
    let place = place();
    let folder = place.path();
    symlink("/dev/zero", folder.join("config.toml")).expect("a link");
    refused(folder, &["sweep", "status", "."], &["config.toml: cannot be read", "is a device"]);
    fs::remove_file(folder.join("config.toml")).expect("removed");
    let config = hebbscope::experiment::resolve("fig4-quick", &[]).expect("valid").to_toml();
    fs::write(folder.join("config.toml"), config).expect("a file");
    fs::create_dir(folder.join("journal")).expect("a folder");
    symlink("/dev/zero", folder.join("journal/a.journal")).expect("a link");
    refused(folder, &["sweep", "status", "."], &["a.journal: cannot be read", "is a device"]);
    fs::remove_file(folder.join("journal/a.journal")).expect("removed");
    // A line that is longer than there is memory is no line of a journal, and is not gathered.
    fs::File::create(folder.join("journal/a.journal")).and_then(|file| file.set_len(MEMORY << 10)).expect("a file");
    let output = hebbscope(folder, &["sweep", "status", "."]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_dir_all(folder.join("journal")).expect("removed");

    let metrics = folder.join("metrics.csv");
    for (name, words) in [("/dev/zero", "is neither a file nor a folder"), ("long", "has a line of more than 1 MB")] {
        symlink(name, &metrics).expect("a link");
        let error = open_path(&metrics).expect_err("refused").to_string();
        assert!(error.contains("metrics.csv") && error.contains(words), "{name}: {error}");
        fs::remove_file(&metrics).expect("removed");
    }
    // Columns for which there are no values yet, of more seeds than curves are held of, or than there is memory allowed for.
    for (seeds, words) in [
        (30, "400000 columns of 30 seeds, more than"),
        (20, "curves of 400000 columns and 20 seeds take more than 4 GiB"),
    ] {
        let header = format!("step,epoch,seed{}", ",a".repeat(400_000));
        let rows: String = (0..seeds).map(|seed| format!("\n0,0,{seed}{}", ",".repeat(400_000))).collect();
        fs::write(&metrics, header + &rows).expect("a file");
        let error = open_path(&metrics).expect_err("refused").to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn images() {
    let place = place();
    let folder = place.path();
    let train = |path: &str, words: &[&str]| {
        let path = format!("data.path={path}");
        refused(folder, &["train", "sce", "--set", &path, "--out", "out"], words);
    };
    train("/dev/zero", &["/dev/zero: cannot be read", "is a device"]);
    train("pipe", &["pipe: cannot be read", "is a pipe"]);
    train("long", &["long: not a gzip file and no tar archive"]);
    fs::create_dir(folder.join("images")).expect("a folder");
    symlink("/dev/zero", folder.join("images/data_batch_1.bin")).expect("a link");
    train("images", &["data_batch_1.bin: cannot be read", "is a device"]);
}
