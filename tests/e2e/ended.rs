//! A window that is ended by somebody else, or by a fault of the program: the run is there at the next start.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::alone;
use super::app::{App, PATIENCE, skips};
use super::screen::{Screen, wait_for};

pub const EXPERIMENT: &str = "name = \"ended\"\n[data]\ntrain_examples = 2048\nvalidation_examples = 64\n\
                          [model]\nhidden = [32, 32]\n[training]\nbatch_size = 64\nsteps = 1000000\nseeds = 2\n";

/// From a signal to the end of the process, saving included.
const SOON: Duration = Duration::from_secs(5);

fn open(environment: &[(&str, &str)]) -> (App, String) {
    let screen = Screen::open();
    let file = screen.home().join("ended.toml");
    std::fs::write(&file, EXPERIMENT).expect("a file");
    let file = file.to_str().expect("a plain path").to_owned();
    (App::start_in(screen, environment, &["--experiment", &file]), file)
}

/// Trains some steps beyond `from`.
fn train(app: &App, from: u64) -> u64 {
    wait_for("further steps", PATIENCE, || app.step().filter(|&step| step > from + 100))
}

/// Says yes to the question about the run that was left; the step that it stands at.
pub fn go_on(app: &mut App) -> u64 {
    wait_for("the next run, which waits", PATIENCE, || app.title().ends_with("paused at step 0").then_some(()));
    std::thread::sleep(Duration::from_millis(500));
    app.screen.input("key Return");
    wait_for("the run that was left", PATIENCE, || app.step().filter(|&step| step > 0))
}

/// Whether processes that start here are told to ignore a hangup, as below `nohup`.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    ignored.is_some_and(|ignored| ignored & 1 == 1)
}

#[test]
fn signals_leave_the_run_for_the_next_start() {
    if skips() {
        return;
    }
    let _alone = alone();
    let (mut app, file) = open(&[]);
    let mut step = train(&app, 0);
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGINT] {
        if signal == Signal::SIGHUP && ignores_hangup() {
            continue;
        }
        let began = Instant::now();
        assert_eq!(app.end_by(signal), Some(130), "{signal}: {}", app.log());
        let took = began.elapsed();
        println!("{signal}: ended after {} ms", took.as_millis());
        assert!(took < SOON && !app.log().contains("panicked"), "{signal}: {took:?}, {}", app.log());
        app.start_again(&[], &["--experiment", &file]);
        let left = go_on(&mut app);
        assert!(left >= step, "{signal}: the run stands at step {left}, it had come to {step}");
        app.screen.input("key space");
        step = train(&app, left);
    }
    app.close("ctrl+q");
}

/// Drawing all the time or none of it: the libraries find out in different calls, and Xlib ends the process in some.
#[test]
fn a_display_that_goes_away_leaves_the_run_and_no_report() {
    if skips() {
        return;
    }
    let _alone = alone();
    let (mut app, file) = open(&[]);
    let mut step = train(&app, 0);
    for is_still in [false, true, false] {
        if is_still {
            app.screen.input("key space");
            wait_for("rest", PATIENCE, || app.title().contains("paused").then_some(()));
            step = app.step().expect("a step");
        }
        app.screen.kill();
        let code = wait_for("end of the process", SOON, || app.process.try_wait().expect("a child")).code();
        let log = app.log();
        assert_eq!(code, Some(3), "{log}");
        let line = "error: the display has gone away under the window; the run is left for the next start";
        assert_eq!(log.lines().filter(|said| *said == line).count(), 1, "{log}");
        assert!(!log.contains("panicked") && !log.contains("for whoever mends it"), "{log}");
        let kept = app.screen.home().join(".cache/hebbscope");
        let names = || std::fs::read_dir(&kept).expect("the cache folder").flatten().map(|entry| entry.file_name());
        assert!(names().count() > 0, "what is looked through is where the program keeps its files");
        let reports: Vec<_> = names().filter(|name| name.to_string_lossy().starts_with("panic")).collect();
        assert!(reports.is_empty(), "{reports:?}");
        app.screen.reopen();
        app.start_again(&[], &["--experiment", &file]);
        let left = go_on(&mut app);
        assert!(left >= step, "the run stands at step {left}, it had come to {step}");
        app.screen.input("key space");
        step = train(&app, left);
    }
    app.close("ctrl+q");
}

/// Only builds for tests let a fault be asked for.
#[cfg(debug_assertions)]
#[test]
fn a_fault_of_the_drawing_costs_no_training() {
    if skips() {
        return;
    }
    let _alone = alone();
    let asked = tempfile::tempdir().expect("a temporary folder");
    let fault = asked.path().join("fault");
    let (mut app, file) = open(&[("HEBBSCOPE_TEST_FAULT", fault.to_str().expect("a plain path"))]);
    // Once something was trained that would be lost.
    train(&app, 0);
    std::fs::write(&fault, b"").expect("a file");
    let code = wait_for("end of the process", PATIENCE, || app.process.try_wait().expect("a child")).code();
    let log = app.log();
    assert_eq!(code, Some(3), "{log}");
    assert!(log.contains("a fault on demand") && log.contains("what was trained is kept"), "{log}");
    let report = log.lines().find_map(|line| line.split_once("for whoever mends it: ")).expect("a report").1;
    let report = std::fs::read_to_string(report).expect("the report is there");
    for part in
        ["message: a fault on demand", "thread: main", "name = \"ended\"", "command: Run", "src/app/shell/window/"]
    {
        assert!(report.contains(part), "no '{part}' in {report}");
    }
    let home = app.screen.home().to_str().expect("a plain path");
    assert!(!report.contains(home), "{report}");
    app.start_again(&[], &["--experiment", &file]);
    assert!(go_on(&mut app) > 0);
    app.close("ctrl+q");
}
