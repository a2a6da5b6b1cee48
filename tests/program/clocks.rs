//! A wall clock that jumps by years, to and fro, changes nothing of what a run does and leaves.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
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

/// The same for the clock that never jumps, by which times between events are measured: twenty seconds pass in one.
const QUICK_CLOCK: &str = r"
#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
#define SECOND 1000000000LL
static long long begin;
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_MONOTONIC && result == 0) {
        long long now = time->tv_sec * SECOND + time->tv_nsec;
        __sync_bool_compare_and_swap(&begin, 0, now);
        now = begin + (now - begin) * 20;
        time->tv_sec = now / SECOND;
        time->tv_nsec = now % SECOND;
    }
    return result;
}
";

fn compile(root: &Path, source: &str) -> PathBuf {
    let (text, library) = (root.join("clock.c"), root.join("clock.so"));
    std::fs::write(&text, source).expect("written");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &text]).status();
    assert!(compiled.expect("a C compiler, which the program is built with").success());
    library
}

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
    let clock = compile(root, CLOCK);
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

    std::fs::write(root.join("long.toml"), TINY.replace("steps = 60", "steps = 100000000")).expect("written");
    let took =
        first_checkpoint(root, clock, "train long.toml --set measure.every=101 --out long --checkpoint-every 1s");
    assert!(took >= EVERY, "the first checkpoint was there after {took:?}");
}

/// Who says nothing of checkpoints has one a minute.
#[test]
fn without_a_word_a_checkpoint_comes_after_a_minute() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let root = scratch.path();
    let clock = compile(root, QUICK_CLOCK);
    std::fs::write(root.join("long.toml"), TINY.replace("steps = 60", "steps = 100000000")).expect("written");
    let took = first_checkpoint(root, Some(&clock), "train long.toml --set measure.every=101 --out long");
    // A minute of that clock.
    assert!(took >= Duration::from_secs(3), "the first checkpoint was there after {took:?}");
}

/// Trains without an end, left to itself until there is a checkpoint; how long that took by the clock of this process.
#[track_caller]
fn first_checkpoint(root: &Path, clock: Option<&Path>, words: &str) -> Duration {
    let began = Instant::now();
    let mut child = hebbscope(root, clock, words).stderr(Stdio::null()).spawn().expect("the binary starts");
    let first = root.join("long/checkpoint.0");
    while !first.exists() && began.elapsed() < EVERY + PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = began.elapsed();
    child.kill().expect("it runs");
    child.wait().expect("a child of ours");
    assert!(first.exists(), "no checkpoint within {took:?}");
    took
}
