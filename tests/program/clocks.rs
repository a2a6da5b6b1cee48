//! A wall clock that jumps by years, to and fro, changes nothing of what a run does and leaves.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hebbscope::sweep::{Entry, read_journal};

use super::TINY;
use super::checkpoints::same;

/// A library between the program and the system, whose wall clock is ten years ahead or behind by turns. The clock that
/// never jumps, and the scheduler's, stay as they are.
const CLOCK: &str = r"
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
static int turn;
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME && result == 0)
        time->tv_sec += (__sync_fetch_and_add(&turn, 1) % 2 ? -1L : 1L) * 10 * 365 * 24 * 3600;
    return result;
}
";

/// Between two checkpoints; the distance that is asked for below.
const EVERY: Duration = Duration::from_secs(1);

/// Longest that a checkpoint, or a cell, may take beyond it on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn hebbscope(folder: &Path, clock: Option<&Path>, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    command.args(words.split(' ')).args(["--backend", "cpu", "--threads", "1"]).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    if let Some(clock) = clock {
        command.env("LD_PRELOAD", clock);
    }
    command
}

#[track_caller]
fn done(mut command: Command) {
    let output = command.output().expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_jumping_clock_changes_no_file_and_no_distance() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let root = scratch.path();
    let (source, clock) = (root.join("clock.c"), root.join("clock.so"));
    std::fs::write(&source, CLOCK).expect("written");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&clock, &source]).status();
    assert!(compiled.expect("a C compiler, which the program is built with").success());
    let clock = Some(clock.as_path());
    let years = Command::new("date").arg("+%Y").env("LD_PRELOAD", root.join("clock.so")).output().expect("date");
    let here = Command::new("date").arg("+%Y").output().expect("date");
    assert_ne!(years.stdout, here.stdout, "the clock does not jump");

    std::fs::write(root.join("tiny.toml"), TINY).expect("written");
    done(hebbscope(root, None, "train tiny.toml --out plain"));
    done(hebbscope(root, clock, "train tiny.toml --out jumping --checkpoint-every 20"));
    same("a jumping clock", &root.join("plain"), &root.join("jumping"));

    let sweep = "[sweep]\nx = \"noise.weight_sd\"\nx_values = [0.0, 0.01]\n";
    std::fs::write(root.join("grid.toml"), format!("{TINY}{sweep}")).expect("written");
    done(hebbscope(root, clock, "sweep grid.toml --out grid"));
    let journal = std::fs::read_dir(root.join("grid/journal")).expect("there").flatten().next().expect("one").path();
    let mut cells = 0;
    read_journal(&journal, |entry| {
        if let Entry::Done { seconds, .. } = entry {
            assert!((0.0..PATIENCE.as_secs_f64()).contains(&seconds), "a cell of {seconds} s");
            cells += 1;
        }
    })
    .expect("readable");
    assert!(cells >= 2, "{cells} cells");

    // Without an end: it is left to itself until its first checkpoint.
    std::fs::write(root.join("long.toml"), TINY.replace("steps = 60", "steps = 100000000")).expect("written");
    let began = Instant::now();
    let long = "train long.toml --set measure.every=101 --out long --checkpoint-every 1s";
    let mut child = hebbscope(root, clock, long).stderr(Stdio::null()).spawn().expect("the binary starts");
    let first = root.join("long/checkpoint.0");
    while !first.exists() && began.elapsed() < EVERY + PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = began.elapsed();
    child.kill().expect("it runs");
    child.wait().expect("a child of ours");
    assert!(first.exists(), "no checkpoint within {took:?}");
    assert!(took >= EVERY, "the first checkpoint was there after {took:?}");
}
