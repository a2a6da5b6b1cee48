//! A sweep that is killed at any moment goes on where it was.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hebbscope::sweep::{Entry, read_journal};

use super::{TINY, expect, lacks_device};

const KILLS: usize = 20;
/// On a device, whose start alone takes longer.
const DEVICE_KILLS: usize = 6;
/// Cells of a wave are done within seconds, on a processor that plays the device.
const PATIENCE: Duration = Duration::from_secs(60);

/// Entries of every journal of a folder, journal by journal in the order of their names' last number.
fn journals(folder: &Path) -> Vec<Vec<Entry>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder.join("journal"))
        .map(|entries| entries.map(|entry| entry.expect("readable").path()).collect())
        .unwrap_or_default();
    paths.sort_by_key(|path| std::fs::metadata(path).and_then(|about| about.modified()).expect("a time"));
    let read = |path: &std::path::PathBuf| {
        let mut entries = Vec::new();
        read_journal(path, |entry| entries.push(entry)).expect("readable");
        entries
    };
    paths.iter().map(read).collect()
}

#[test]
fn killed_at_random_moments_and_resumed_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    // Cells of some 20 ms, so that kills fall into all stages.
    let text = TINY.replace("steps = 120", "steps = 3000").replace("x_points = 5", "x_points = 12");
    std::fs::write(root.join("tiny.toml"), text).expect("written");
    expect(root, &["sweep", "tiny.toml", "--out", "whole", "--backend", "cpu", "--threads", "2"], 0);

    let args = ["sweep", "tiny.toml", "--out", "killed", "--resume", "--backend", "cpu", "--threads", "2"];
    // Seeded, so that a failure can be repeated as far as the machine's clock allows.
    let mut dice = 1_u64;
    let mut kills = 0;
    while kills < KILLS {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_millis(5 + (dice >> 33) % 120);
        let mut child = Command::new(env!("CARGO_BIN_EXE_hebbscope"))
            .args(args)
            .current_dir(root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        std::thread::sleep(moment);
        // SIGKILL, as `kill -9` sends it.
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
        kills += 1;
    }
    expect(root, &args, 0);
    for name in ["cells.csv", "sweep.json"] {
        let read = |sweep: &str| std::fs::read(root.join(sweep).join(name)).expect("there");
        assert!(read("whole") == read("killed"), "{name}");
    }

    // No cell was begun again once it was done, and none was done twice.
    let journals = journals(&root.join("killed"));
    assert!(journals.len() > 3, "only {} processes began to train", journals.len());
    let mut done: HashMap<usize, usize> = HashMap::new();
    let mut in_flight = 0;
    for (process, entries) in journals.iter().enumerate() {
        for entry in entries {
            match entry {
                Entry::Started { cell, .. } => {
                    assert!(!done.contains_key(cell), "cell {cell} was begun again by process {process}");
                }
                Entry::Done { cell, .. } => {
                    assert!(done.insert(*cell, process).is_none(), "cell {cell} was done twice");
                }
                Entry::Failed { words, .. } => panic!("{words}"),
            }
        }
        let begun = entries.iter().filter(|entry| matches!(entry, Entry::Started { .. })).count();
        let finished = entries.iter().filter(|entry| matches!(entry, Entry::Done { .. })).count();
        assert!(begun - finished <= 2, "two threads have two cells in flight at most");
        in_flight += begun - finished;
    }
    assert_eq!(done.len(), 12 * 4 * 2);
    println!("{} processes, {in_flight} cells in flight when killed", journals.len());
}

/// Cells of a wave are at their end together, so that a kill takes a whole one; each batch size is a program, and a wave, of its own.
#[test]
fn killed_on_a_device_at_random_moments_and_resumed_to_the_same_bytes() {
    if lacks_device() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let x_axis = "x = \"noise.weight_sd\"\nx_from = 0.0\nx_to = 0.05\nx_points = 5";
    let y_axis = "y = \"regularizer.weight_decay\"\ny_spacing = \"log\"\ny_from = 1e-4\ny_to = 0.1\ny_points = 4";
    let text = TINY
        .replace(x_axis, "x = \"regularizer.weight_decay\"\nx_values = [1e-4, 1e-2]")
        .replace(y_axis, "y = \"training.batch_size\"\ny_values = [8, 16, 24, 32]")
        .replace("steps = 120", "steps = 100");
    assert!(!text.contains("x_points") && !text.contains("y_points"), "{text}");
    std::fs::write(root.join("tiny.toml"), text).expect("written");
    let args = |out| ["sweep", "tiny.toml", "--out", out, "--resume", "--backend", "gpu", "--threads", "1"];
    expect(root, &args("whole"), 0);
    let is_done = |entry: &Entry| matches!(entry, Entry::Done { .. });
    let done = || journals(&root.join("killed")).iter().flatten().filter(|entry| is_done(entry)).count();
    let mut dice = 2_u64;
    let mut below = |most: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % most
    };
    for _ in 0..DEVICE_KILLS {
        let child = Command::new(env!("CARGO_BIN_EXE_hebbscope"))
            .args(args("killed"))
            .current_dir(root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.expect("the binary starts");
        // How long a wave takes depends on what the driver has compiled before: so some cells later, and a moment.
        let (enough, since) = (done() + below(5) as usize, Instant::now());
        while done() < enough && since.elapsed() < PATIENCE && child.try_wait().expect("a child of ours").is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(below(400)));
        let _ = child.kill();
        child.wait().expect("a child of ours");
    }
    let processes = journals(&root.join("killed"));
    let (begun, kept) = (processes.iter().flatten().count(), done());
    println!(
        "{} processes that began to train; {begun} lines, {kept} cells done when the last was killed",
        processes.len()
    );
    assert!(processes.len() > 1 && kept > 0, "only {} processes began to train", processes.len());
    expect(root, &args("killed"), 0);
    // What a kill leaves while a wave is written down: a part of it, beside which nothing of it trains.
    let torn = root.join("torn");
    std::fs::create_dir_all(torn.join("journal")).expect("made");
    std::fs::copy(root.join("whole/config.toml"), torn.join("config.toml")).expect("copied");
    let journal = std::fs::read_dir(root.join("whole/journal")).expect("there").next().expect("a journal");
    let text = std::fs::read_to_string(journal.expect("readable").path()).expect("text");
    let fifth = text.match_indices("\ndone\t").nth(4).expect("sixteen").0 + 1;
    let end = fifth + text[fifth..].find('\n').expect("a whole line") + 1;
    std::fs::write(torn.join("journal/a.journal"), &text[..end]).expect("written");
    let said = expect(root, &args("torn"), 0);
    assert!(said.contains("11 cells to train") && said.contains("5 are there already"), "{said}");
    // A replica's sums do not depend on which others train beside it: the device's own bits come again.
    for (name, cut) in
        [("cells.csv", "killed"), ("sweep.json", "killed"), ("cells.csv", "torn"), ("sweep.json", "torn")]
    {
        let read = |sweep: &str| std::fs::read(root.join(sweep).join(name)).expect("there");
        assert!(read("whole") == read(cut), "{name} of {cut}");
    }
}

#[test]
fn interrupted_by_ctrl_c_all_finished_cells_stay() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    let text = TINY.replace("steps = 120", "steps = 20000");
    std::fs::write(root.join("my grid.toml"), text).expect("written");
    let set = ["--set", "sweep.record=[\"signal\"]", "--set", "name=it's"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_hebbscope"))
        .args(["sweep", "my grid.toml", "--out", "out", "--backend", "cpu", "--threads", "1", "--format", "parquet"])
        .args(set)
        .current_dir(root)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stderr = child.stderr.take().expect("piped");
    let is_done = |entry: &Entry| matches!(entry, Entry::Done { .. });
    let count = || journals(&root.join("out")).iter().flatten().filter(|entry| is_done(entry)).count();
    // A slow machine is given a minute.
    for _ in 0..600 {
        if count() >= 2 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(status.success());
    assert_eq!(child.wait().expect("a child of ours").code(), Some(130));
    let kept = count();
    assert!((2..40).contains(&kept), "{kept}");
    let said = expect(root, &["sweep", "status", "out"], 0);
    assert!(said.starts_with(&format!("{kept} of 40 cells done, 0 running in 0 processes, 0 failed")), "{said}");
    // What it says is typed as it stands, and goes on; but for the steps, which are made few so that it ends.
    let mut last_words = String::new();
    stderr.read_to_string(&mut last_words).expect("text");
    let again = last_words.split_once("go on with: hebbscope ").expect("a hint").1.trim_end();
    assert_eq!(
        again,
        "sweep 'my grid.toml' --set 'sweep.record=[\"signal\"]' --set 'name=it'\\''s' --out out --threads 1 --backend cpu \
         --format parquet --resume"
    );
    let mut child = Command::new("sh")
        .args(["-c", &format!("exec \"$hebbscope\" {again}")])
        .env("hebbscope", env!("CARGO_BIN_EXE_hebbscope"))
        .current_dir(root)
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut first = String::new();
    BufReader::new(child.stderr.take().expect("piped")).read_line(&mut first).expect("text");
    child.kill().expect("a child of ours");
    child.wait().expect("a child of ours");
    assert!(first.contains(&format!("{kept} are there already")), "{first}");
}
