//! What a fault of this program leaves: a report beside the checkpoints, which names the run and nobody's folders, and the last
//! autosave for the next start.

use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hebbscope::record::{Overwrite, RunFolder, left_behind, new_fault_reports, report_beside, report_faults};
use hebbscope::training::{Command, Event, RunState, Trainer};

use super::watched::{PATIENCE, run_to, set, spawn, tiny, wait_for, wait_until};

/// Tells a test that it is the process with folders of its own.
const INNER: &str = "HEBBSCOPE_TEST_FAULTS";
/// Whose folders they are.
const SOMEBODY: &str = "margarethe";

/// Runs this test alone in a process with a home of its own; whether this is that process.
fn is_inner(name: &str) -> bool {
    if std::env::var_os(INNER).is_some() {
        return true;
    }
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let home = scratch.path().join(SOMEBODY);
    std::fs::create_dir(&home).expect("made");
    let mut inner = Process::new(std::env::current_exe().expect("this binary"));
    inner.args(["--exact", name, "--nocapture"]).current_dir(scratch.path()).env(INNER, "1").env("USER", SOMEBODY);
    inner.env("HOME", &home).env_remove("XDG_CACHE_HOME");
    let output = inner.output().expect("this binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// A trainer whose thread fails once that is asked for.
fn trainer() -> (Trainer, Arc<AtomicBool>) {
    let fails = Arc::new(AtomicBool::new(false));
    let waker = Arc::clone(&fails);
    let waker = move || {
        let home = std::env::var("HOME").unwrap_or_default();
        assert!(!waker.swap(false, Ordering::SeqCst), "a fault on purpose with {home}/data.csv");
    };
    (Trainer::spawn(tiny(), 1, Box::new(waker)).expect("a thread"), fails)
}

fn fail(trainer: &Trainer, fails: &AtomicBool) {
    fails.store(true, Ordering::SeqCst);
    trainer.send(Command::Step(5));
    wait_for(trainer, |event| matches!(event, Event::Failed(_)).then_some(()));
}

fn report(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("panic.txt")).expect("a report")
}

#[test]
fn a_fault_leaves_a_report_and_the_window_goes_on() {
    if !is_inner("fault_reports::a_fault_leaves_a_report_and_the_window_goes_on") {
        return;
    }
    report_faults();
    assert!(new_fault_reports().is_empty());
    let (trainer, fails) = trainer();
    run_to(&trainer, 20);
    set(&trainer, "regularizer.weight_decay", 3e-3);
    run_to(&trainer, 30);
    fail(&trainer, &fails);
    let cache = Path::new(&std::env::var("HOME").expect("set")).join(".cache/hebbscope");
    let text = report(&cache);
    for part in [
        "message: a fault on purpose with ~/data.csv",
        "thread: trainer",
        env!("CARGO_PKG_VERSION"),
        "setting: regularizer.weight_decay = 0.003",
        "command: RunUntil(30)",
        "train_examples = 120",
        "worker",
    ] {
        assert!(text.contains(part), "no '{part}' in {text}");
    }
    assert!(!text.contains(SOMEBODY), "{text}");
    assert_eq!(new_fault_reports(), [cache.join("panic.txt")]);
    assert!(new_fault_reports().is_empty(), "each is told of once");
    // Another run goes on in the same window; its faults lie beside what it is told.
    let folder = cache.join("run");
    let run = RunFolder::create(&folder, Overwrite::Refuse).expect("made");
    report_beside(run.path());
    trainer.send(Command::Reset);
    wait_until(&trainer, |status| status.run_id == 2 && status.state == RunState::Paused);
    fail(&trainer, &fails);
    assert!(report(&folder).contains("command: Reset"), "{}", report(&folder));
    // A folder that is gone is not made again: the cache takes what it would have had.
    std::fs::remove_dir_all(&folder).expect("removed");
    trainer.send(Command::Reset);
    wait_until(&trainer, |status| status.run_id == 3 && status.state == RunState::Paused);
    fail(&trainer, &fails);
    assert!(!folder.exists() && cache.join("panic-2.txt").is_file());
    // What fails again and again is not written again and again.
    trainer.send(Command::Reset);
    wait_until(&trainer, |status| status.run_id == 4 && status.state == RunState::Paused);
    fail(&trainer, &fails);
    assert!(!cache.join("panic-3.txt").exists());
}

#[test]
fn a_run_is_left_from_any_thread_whatever_it_is_worth() {
    if !is_inner("fault_reports::a_run_is_left_from_any_thread_whatever_it_is_worth") {
        return;
    }
    let (mut trainer, _) = trainer();
    trainer.send(Command::Autosave(PATIENCE));
    run_to(&trainer, 3);
    // As a signal and a fault of the window have it: whatever the run is worth, and from any thread.
    trainer.leaver().leave(PATIENCE).expect("it is left in time");
    // Whoever has heard that it is left, and asks again, waits for nobody.
    trainer.leave(Duration::ZERO).expect("what has ended is left");
    trainer.send(Command::Run);
    drop(trainer);
    let left = left_behind();
    assert_eq!((left.len(), left[0].paths().len()), (1, 1), "{left:?}");
}

/// Orders that come while it leaves are answered with it, and later ones at once.
#[test]
fn a_run_that_is_left_is_left_for_whoever_asks_again() {
    for _ in 0..40 {
        let trainer = spawn(tiny());
        run_to(&trainer, 3);
        let (one, two) = (trainer.leaver(), trainer.leaver());
        let at_once = std::thread::spawn(move || two.leave(PATIENCE));
        one.leave(PATIENCE).expect("it is left in time");
        one.leave(Duration::ZERO).expect("it has been left");
        at_once.join().expect("no fault").expect("it is left in time");
    }
}

/// As a driver does that draws and fails: nobody was asked whether the run may go.
#[test]
fn a_run_outlasts_the_fault_of_whoever_holds_its_trainer() {
    if !is_inner("fault_reports::a_run_outlasts_the_fault_of_whoever_holds_its_trainer") {
        return;
    }
    let (trainer, _) = trainer();
    trainer.send(Command::Autosave(PATIENCE));
    run_to(&trainer, 3);
    let holder = std::thread::spawn(move || {
        let _held = trainer;
        panic!("on purpose");
    });
    assert!(holder.join().is_err());
    let left = left_behind();
    assert_eq!((left.len(), left[0].paths().len()), (1, 1), "{left:?}");
}
