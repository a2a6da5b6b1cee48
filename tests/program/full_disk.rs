//! A disk that fills up, and a run that is killed: what was computed is kept and can be read.

#![cfg(target_os = "linux")]

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::TINY;
use super::checkpoints::same;
use hebbscope::record::{PARTIAL_METRICS, read_metrics};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const GRID: &str = r#"
[sweep]
x = "noise.weight_sd"
x_from = 0.0
x_to = 0.05
x_points = 20
y = "regularizer.weight_decay"
y_from = 0.0
y_to = 0.1
y_points = 20
"#;

fn start() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("tiny.toml"), TINY).expect("written");
    std::fs::write(folder.path().join("grid.toml"), format!("{TINY}{GRID}")).expect("written");
    folder
}

/// Runs a script of the shell in which `$hebbscope` is the binary and `room` a small disk of `size`, of which nothing is
/// left afterwards but what was copied to `kept`. `None` where this system lets nobody have such a disk.
fn on_small_disk(folder: &Path, size: &str, script: &str) -> Option<Output> {
    std::fs::create_dir_all(folder.join("room")).expect("a folder");
    let as_root = is_root();
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(if as_root { &["-m"][..] } else { &["-rm"] }).args(["sh", "-c", script]).current_dir(folder);
        command.env("hebbscope", env!("CARGO_BIN_EXE_hebbscope")).stdin(Stdio::null()).output().ok()
    };
    let mount = format!("mount -t tmpfs -o size={size} tmpfs room || exit 99");
    if run(&mount).is_none_or(|output| output.status.code() != Some(0)) {
        println!("skipped: no small disk can be had here");
        return None;
    }
    run(&format!("{mount}\n{script}"))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn summary(folder: &Path) -> serde_json::Value {
    let text = std::fs::read(folder.join("summary.json")).expect("the summary is there");
    serde_json::from_slice(&text).expect("JSON")
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).expect("text").lines().map(str::to_owned).collect()
}

#[test]
fn rows_that_fill_the_disk_end_the_run_and_stay() {
    let folder = start();
    let script = "$hebbscope train tiny.toml --backend cpu --set training.steps=100000 --out room/run; code=$?
                  cp -a room/run kept; exit $code";
    let Some(output) = on_small_disk(folder.path(), "300k", script) else { return };
    let said = said(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("metrics.partial.csv: cannot be written: No space left"), "{said}");
    let kept = folder.path().join("kept");
    let rows = lines(&kept.join(PARTIAL_METRICS));
    // Of 300 KiB, 64 are kept aside; a row has some 400 bytes.
    assert!(rows.len() > 300, "{}", rows.len());
    let cells = rows[0].split(',').count();
    assert!(rows.iter().all(|row| row.split(',').count() == cells), "a torn row");
    read_metrics(&kept.join(PARTIAL_METRICS)).expect("curves");
    let summary = summary(&kept);
    assert_eq!(summary["complete"], false);
    let last: u64 = rows[rows.len() - 1].split(',').next().expect("a step").parse().expect("a number");
    let steps = summary["steps"].as_u64().expect("a number");
    assert!(steps > last && steps < 100_000, "{steps} {last}");
    // What trained is recorded, so that it can be repeated where there is room.
    let config = std::fs::read_to_string(kept.join("config.toml")).expect("text");
    assert!(config.contains(&format!("steps = {steps}\n")), "{config}");
}

#[test]
fn what_does_not_fit_costs_nothing_that_does() {
    let folder = start();
    // Weights of 4 x 256, 256 x 256 and 256 x 3 take 270 KB; rows and words 30.
    let script = "$hebbscope train tiny.toml --backend cpu --set 'model.hidden=[256,256]' --out room/run; code=$?
                  cp -a room/run kept; exit $code";
    let Some(output) = on_small_disk(folder.path(), "200k", script) else { return };
    let said = said(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("final.npz") && said.contains("the folder is not whole"), "{said}");
    let kept = folder.path().join("kept");
    assert_eq!(summary(&kept)["complete"], true);
    assert_eq!(lines(&kept.join("metrics.csv")).len(), 1 + 60 * 2);
    for name in ["config.toml", "interventions.jsonl"] {
        assert!(kept.join(name).is_file(), "{name}");
    }
    assert!(!kept.join("final.npz").exists() && !kept.join(PARTIAL_METRICS).exists());
    let left: Vec<_> = lines(&kept.join(".hebbscope.jsonl"));
    assert!(left.iter().any(|line| line.contains("final.npz")), "{left:?}");
}

/// Nobody is kept from it by permissions here, as root is by none; a mount keeps everybody.
#[test]
fn a_folder_that_is_or_becomes_read_only_costs_nothing_that_was_computed() {
    let folder = start();
    let root = folder.path();
    // Stopped while the disk changes, so that the run is caught on its way however quick it is.
    let script = r#"mount -o remount,ro room
        $hebbscope train tiny.toml --backend cpu --out room/run; first=$?
        $hebbscope train tiny.toml --backend cpu --out room; second=$?
        echo codes $first $second, $(ls -A room | wc -l) files
        mount -o remount,rw room
        $hebbscope train tiny.toml --backend cpu $long --out room/run & pid=$!
        until [ -e room/run/checkpoint.1 ]; do sleep 0.005; done
        kill -STOP $pid
        mount -o bind room room; mount -o remount,bind,ro room room
        kill -CONT $pid; wait $pid; third=$?
        cp -a room/run kept
        mount -o remount,bind,rw room room
        $hebbscope train tiny.toml --backend cpu $long --out room/run --resume; echo codes $third $?
        cp -a room/run whole"#;
    let long = "--set training.steps=2000 --set measure.every=50 --checkpoint-every 20";
    let Some(output) = on_small_disk(root, "8m", &format!("long='{long}'\n{script}")) else { return };
    let said = said(&output);
    assert!(said.contains("codes 2 2, 0 files") && said.contains("codes 3 0"), "{said}");
    assert!(said.contains("error: room/run: cannot be created: Read-only") && said.contains("error: room: "), "{said}");
    assert_eq!(said.matches("no checkpoint could be written, the run goes on").count(), 1, "{said}");
    assert!(said.contains("the folder is not whole; what was computed before is kept"), "{said}");
    assert!(said.contains("go on with: hebbscope train tiny.toml"), "{said}");
    // Rows went on into the file that was open, to the end.
    let rows = lines(&root.join("kept").join(PARTIAL_METRICS));
    assert!(rows[rows.len() - 1].starts_with("1999,"), "{:?}", rows.last());
    let mut plain = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    plain.args(["train", "tiny.toml", "--backend", "cpu"]);
    let output = plain.args(long.split(' ')).args(["--out", "plain"]).current_dir(root).output().expect("it starts");
    assert!(output.status.success());
    same("after a read-only disk", &root.join("plain"), &root.join("whole"));
}

/// A checkpoint that finds no room costs none of the rows that it was to secure, which are in nobody's hands but its own.
#[test]
fn a_disk_that_has_room_again_costs_no_rows() {
    let folder = start();
    let root = folder.path();
    let long = "--set training.steps=2000 --set model.hidden=[64,64] --checkpoint-every 20";
    // Who is too slow to give the room back finds the run ended, which then says so and goes on.
    let script = r#"train="$hebbscope train tiny.toml --backend cpu $long --out room/run"
        $train > log 2>&1 & pid=$!
        until [ -e room/run/checkpoint.1 ]; do sleep 0.005; done
        head -c 9000000 /dev/zero > room/filler 2>/dev/null
        n=0; until grep -q 'no checkpoint could be written' log || [ $n -gt 4000 ]; do n=$((n+1)); sleep 0.005; done
        rm room/filler
        wait $pid; code=$?
        if [ $code = 3 ]; then $train --resume; code=$?; fi
        cat log; echo code $code; cp -a room/run whole"#;
    let Some(output) = on_small_disk(root, "4m", &format!("long='{long}'\n{script}")) else { return };
    let said = said(&output);
    assert!(said.contains("no checkpoint could be written") && said.contains("code 0"), "{said}");
    let mut plain = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    plain.args(["train", "tiny.toml", "--backend", "cpu"]);
    let output = plain.args(long.split(' ')).args(["--out", "plain"]).current_dir(root).output().expect("it starts");
    assert!(output.status.success());
    same("after a full disk", &root.join("plain"), &root.join("whole"));
}

/// A limit on the size of files is told by a signal that ends whoever does not expect it.
#[test]
fn a_limit_on_files_is_a_full_disk() {
    let folder = start();
    let root = folder.path();
    let run = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).current_dir(root).env("hebbscope", env!("CARGO_BIN_EXE_hebbscope"));
        shell.stdin(Stdio::null()).output().expect("a shell")
    };
    let train = "$hebbscope train tiny.toml --backend cpu --set training.steps=2000 --checkpoint-every 20";
    // Blocks of half a kilobyte; rows come to some 1,600 KB, and beside them 64 KB are kept aside.
    let output = run(&format!("ulimit -f 300; {train} --out run"));
    let words = said(&output);
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(words.contains("metrics.partial.csv: cannot be written: File too large"), "{words}");
    assert!(words.contains("go on with: hebbscope train tiny.toml"), "{words}");
    // Checkpoints are what met the limit first: rows that they were to secure are not left out of a table that says to be whole.
    let rows = root.join("run").join(PARTIAL_METRICS);
    assert!(!root.join("run/metrics.csv").exists() && rows.is_file(), "{words}");
    let text = lines(&rows);
    let cells = text[0].split(',').count();
    assert!(text.len() > 100 && text.iter().all(|row| row.split(',').count() == cells), "a torn row");
    for more in ["--out run --resume", "--out plain"] {
        let output = run(&format!("{train} {more}"));
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    same("after a limit on files", &root.join("plain"), &root.join("run"));
    // Less than what is kept aside.
    let script = "ulimit -f 100; $hebbscope train tiny.toml --backend cpu --out first; first=$?
                  $hebbscope sweep grid.toml --backend cpu --out second; echo codes $first $?";
    let words = said(&run(script));
    assert!(words.contains("codes 3 3") && words.matches("File too large").count() == 2, "{words}");
}

#[test]
fn a_full_disk_refuses_nobody_s_input() {
    let folder = start();
    let script = "head -c 400000 /dev/zero > room/filler 2>/dev/null
                  $hebbscope train tiny.toml --backend cpu --out room/run; first=$?
                  $hebbscope sweep grid.toml --backend cpu --out room/grid; second=$?
                  $hebbscope data tiny.toml --out room/data.npz; echo codes $first $second $?";
    let Some(output) = on_small_disk(folder.path(), "200k", script) else { return };
    assert!(said(&output).contains("codes 3 3 3"), "{}", said(&output));
}

#[test]
fn cells_that_fill_the_disk_stay_and_the_sweep_goes_on_where_there_is_room() {
    let folder = start();
    let root = folder.path();
    // Beside the room that is kept aside, two pages for what is listed and the configuration, and a few for the journal.
    let script = "head -c 90000 /dev/zero > room/filler
                  $hebbscope sweep grid.toml --backend cpu --threads 2 --out room/grid; code=$?
                  cp -a room/grid kept; exit $code";
    let Some(output) = on_small_disk(root, "200k", script) else { return };
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("No space left"), "{}", said(&output));
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_hebbscope")).args(args).current_dir(root).output();
        let output = output.expect("the binary starts");
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", said(&output));
        said(&output)
    };
    let status = run(&["sweep", "status", "kept"]);
    let done: usize = status.split(' ').next().and_then(|count| count.parse().ok()).expect("a number");
    assert!((20..400).contains(&done), "{status}");
    run(&["sweep", "grid.toml", "--backend", "cpu", "--out", "kept", "--resume"]);
    run(&["sweep", "grid.toml", "--backend", "cpu", "--out", "whole"]);
    let read = |name: &str| std::fs::read(root.join(name)).expect("there");
    assert!(read("kept/cells.csv") == read("whole/cells.csv"));
}

#[test]
fn weights_of_a_cell_that_do_not_fit_are_said_to_be_these() {
    let folder = start();
    let root = folder.path();
    // Checkpoints of several pages each, so that they and not a line of the journal find no room; one thread, as of two the other may be
    // writing a line while the first has just filled the disk with what does not fit.
    let script = "head -c 60000 /dev/zero > room/filler
                  $hebbscope sweep grid.toml --backend cpu --threads 1 --set 'model.hidden=[48, 48]' --set 'sweep.keep=\"weights\"' --out room/grid
                  code=$?; cp -a room/grid kept; exit $code";
    let Some(output) = on_small_disk(root, "400k", script) else { return };
    let said = said(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let line = said.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
    assert!(line.contains("noise.weight_sd = ") && line.contains("seed "), "which cell: {line}");
    assert!(line.contains("is trained, but its weights cannot be kept (sweep.keep = \"weights\")"), "{line}");
    assert!(line.contains("No space left") && !said.contains("broke down"), "{said}");
    assert!(said.contains("go on with: ") && said.contains("--resume"), "{said}");
}

#[test]
fn results_of_a_sweep_come_before_its_pictures() {
    let folder = start();
    let script = "head -c 60000 /dev/zero > room/filler
                  $hebbscope sweep grid.toml --backend cpu --set sweep.x_points=3 --set sweep.y_points=3 --out room/grid
                  code=$?; cp -a room/grid kept; exit $code";
    let Some(output) = on_small_disk(folder.path(), "200k", script) else { return };
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let kept = folder.path().join("kept");
    assert!(kept.join("cells.csv").is_file() && kept.join("sweep.json").is_file());
}

#[test]
fn a_killed_run_leaves_rows_that_a_next_start_points_to() {
    let folder = start();
    let root = folder.path();
    let command = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
        command.args(["train", "tiny.toml", "--backend", "cpu", "--out", "run"]).args(more).current_dir(root);
        command
    };
    let endless = ["--set", "training.steps=2000000000"];
    let silent = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    let mut child = silent(&mut command(&endless));
    let rows = root.join("run").join(PARTIAL_METRICS);
    let until = Instant::now() + Duration::from_secs(60);
    while std::fs::metadata(&rows).map_or(0, |about| about.len()) < 100_000 {
        assert!(Instant::now() < until, "no rows");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Nobody takes the folder of a living run.
    for more in [&[][..], &["--force"]] {
        let output = command(more).output().expect("starts");
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("another process is writing a run there"), "{}", said(&output));
    }
    child.kill().expect("a child of ours");
    child.wait().expect("a child of ours");
    let store = read_metrics(&rows).expect("curves");
    assert!(store.last_step().is_some_and(|step| step > 100));
    let output = command(&[]).output().expect("starts");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("did not come to its end: its rows are in run/metrics.partial.csv"),
        "{}",
        said(&output)
    );
    // A line that a power cut tore.
    let mut text = std::fs::read(&rows).expect("there");
    text.extend_from_slice(b"99999,1,0,0.25,");
    std::fs::write(&rows, text).expect("written");
    assert_eq!(read_metrics(&rows).expect("curves").last_step(), store.last_step());
    let output = command(&["--force"]).output().expect("starts");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!rows.exists() && root.join("run/metrics.csv").is_file());
}

/// Removes the folder of a process that writes there. What it makes in a folder that has just been emptied keeps that folder for a
/// moment ("Directory not empty"), for `rm -r` as for this.
fn remove_from_under(folder: &Path) {
    let until = Instant::now() + Duration::from_secs(60);
    while let Err(error) = std::fs::remove_dir_all(folder) {
        assert!(
            error.kind() == ErrorKind::DirectoryNotEmpty && Instant::now() < until,
            "{}: {error}",
            folder.display()
        );
    }
}

/// A process that is held still, so that it notices nothing by itself until it has this signal too.
fn still(child: &Child) -> impl Fn(Signal) + use<> {
    let process = Pid::from_raw(i32::try_from(child.id()).expect("a process"));
    kill(process, Signal::SIGSTOP).expect("it runs");
    move |signal| {
        kill(process, signal).expect("it is held");
        kill(process, Signal::SIGCONT).expect("it is held");
    }
}

/// Files that are open take everything and keep nothing: who trains on for hours loses them, and writes at last into what
/// somebody else has begun there.
#[test]
fn a_folder_that_is_removed_or_moved_away_ends_the_run_or_the_sweep_at_once() {
    let folder = start();
    for (name, moves_to, is_replaced, signal) in [
        ("gone", None, false, None),
        ("moved", Some("elsewhere"), false, None),
        ("taken", None, true, None),
        // Who is stopped ends before the next line, and would look no more.
        ("gone-stopped", None, false, Some(Signal::SIGTERM)),
        ("moved-stopped", Some("elsewhere-stopped"), false, Some(Signal::SIGUSR1)),
        ("taken-stopped", None, true, Some(Signal::SIGINT)),
    ] {
        for (command, file, steps) in [("train", "tiny.toml", "1000000"), ("sweep", "grid.toml", "2000")] {
            // No cell comes to its end before it is stopped.
            let steps = if signal.is_some() { "1000000" } else { steps };
            let out = folder.path().join(format!("{command}-{name}"));
            let mut child = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
            child.args([command, file, "--backend", "cpu", "--threads", "1", "--set"]);
            child
                .arg(format!("training.steps={steps}"))
                .arg("--out")
                .arg(&out)
                .current_dir(folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            let child = child.spawn().expect("the binary starts");
            let until = Instant::now() + Duration::from_secs(60);
            let is_begun = || match command {
                "train" => std::fs::metadata(out.join(PARTIAL_METRICS)).is_ok_and(|about| about.len() > 0),
                _ => std::fs::read_dir(out.join("journal")).is_ok_and(|mut all| all.next().is_some()),
            };
            while !is_begun() {
                assert!(Instant::now() < until, "{command} has not begun");
                std::thread::sleep(Duration::from_millis(5));
            }
            let stop = signal.map(|signal| (signal, still(&child)));
            match moves_to {
                Some(to) => std::fs::rename(&out, folder.path().join(format!("{command}-{to}"))).expect("moved"),
                None => remove_from_under(&out),
            }
            if is_replaced {
                std::fs::create_dir(&out).expect("made");
                std::fs::write(out.join("config.toml"), "mine").expect("written");
            }
            if let Some((signal, stop)) = stop {
                stop(signal);
            }
            let output = child.wait_with_output().expect("a child of ours");
            let said = said(&output);
            assert_eq!(output.status.code(), Some(3), "{command} {name}: {said}");
            assert!(said.contains("removed or moved away"), "{command} {name}: {said}");
            assert!(!said.contains("go on with"), "{command} {name}: there is nothing to go on with: {said}");
            if is_replaced {
                let there: Vec<_> =
                    std::fs::read_dir(&out).expect("there").map(|one| one.expect("one").file_name()).collect();
                assert_eq!(there, ["config.toml"], "{command}: nothing of it is in the other's folder");
                assert_eq!(std::fs::read(out.join("config.toml")).expect("there"), b"mine");
            } else {
                assert!(!out.exists(), "{command} {name}: nothing is made anew: {said}");
            }
        }
    }
}

/// A reproduction writes nothing for hours, while it trains a single run.
#[test]
fn a_reproduction_ends_with_its_folder() {
    for signal in [None, Some(Signal::SIGTERM)] {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let out = scratch.path().join("paper");
        let mut child = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
        child.args("reproduce fig2 --quick --seeds 1 --steps 1000000 --threads 1 --out paper".split(' '));
        child.current_dir(scratch.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = child.spawn().expect("the binary starts");
        let until = Instant::now() + Duration::from_secs(60);
        while !out.join("runs").exists() {
            assert!(Instant::now() < until, "it has not begun");
            std::thread::sleep(Duration::from_millis(5));
        }
        // What it will take is told first.
        std::thread::sleep(Duration::from_secs(2));
        let stop = signal.map(|signal| (signal, still(&child)));
        remove_from_under(&out);
        if let Some((signal, stop)) = stop {
            stop(signal);
        }
        let output = child.wait_with_output().expect("a child of ours");
        let said = said(&output);
        assert!(output.status.code() == Some(3) && said.contains("paper: cannot be written to"), "{signal:?}: {said}");
        assert!(!out.exists() && !said.contains("go on with"), "{signal:?}: {said}");
    }
}

/// What is not there at the end is made when the run is gone on with, which is not over without it.
#[test]
fn a_table_that_could_not_be_written_is_when_the_run_is_gone_on_with() {
    let folder = start();
    let out = folder.path().join("run");
    let train = |more: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
        child.args(["train", "tiny.toml", "--backend", "cpu", "--set", "training.steps=20000", "--format", "parquet"]);
        child.args(["--checkpoint-every", "500", "--out", "run"]).args(more).current_dir(folder.path());
        child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    };
    let child = train(&[]);
    let until = Instant::now() + Duration::from_secs(60);
    // The table is begun before the first step; what stands in its way then is met at the start.
    while !out.join("checkpoint.0").exists() {
        assert!(Instant::now() < until, "it has not begun");
        std::thread::sleep(Duration::from_millis(1));
    }
    std::fs::create_dir_all(out.join("metrics.parquet/in the way")).expect("made");
    let output = child.wait_with_output().expect("a child of ours");
    let words = said(&output);
    assert!(output.status.code() == Some(3) && words.contains("metrics.parquet"), "{words}");
    assert!(words.contains("go on with: hebbscope train tiny.toml"), "{words}");
    std::fs::remove_dir_all(out.join("metrics.parquet")).expect("removed");
    let output = train(&["--resume"]).wait_with_output().expect("a child of ours");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(out.join("metrics.parquet").is_file() && out.join("metrics.csv").is_file(), "{}", said(&output));
    assert!(!out.join("checkpoint.0").exists(), "it is over");
}
