//! A run of the window that its process leaves behind, and another process takes up.

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use hebbscope::experiment::resolve;
use hebbscope::record::{LeftBehind, clean_cache, left_behind};
use hebbscope::training::{AUTOSAVE_EVERY, Command, Event, FoundRun, Run, RunState, Trainer, left_runs};

use super::shelf::restore;
use super::small_disk::{fill, make_read_only, make_writable, on_small_disk};
use super::watched::{PATIENCE, run_to, set, tiny, wait_for, wait_until};

/// Tells a test that it is the process with a cache folder of its own.
const INNER: &str = "HEBBSCOPE_TEST_CACHE";

/// Runs this test alone in a process with a cache folder of its own; the folder, where this is that process.
pub fn inner(name: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(INNER) {
        return Some(folder.into());
    }
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut inner = Process::new(std::env::current_exe().expect("this binary"));
    inner.args(["--exact", name, "--nocapture"]).env("XDG_CACHE_HOME", scratch.path()).env(INNER, scratch.path());
    let output = inner.output().expect("this binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    None
}

pub fn trainer() -> Trainer {
    let trainer = Trainer::spawn(tiny(), 1, Box::new(|| {})).expect("a thread");
    trainer.send(Command::Autosave(AUTOSAVE_EVERY));
    trainer
}

/// Tells a test that it is the process that dies, and of what.
const DYING: &str = "HEBBSCOPE_TEST_DYING";
/// What a process says that has come to its end by itself.
const DONE: &str = "now it dies";

/// What this process is to do before it dies, if it is one that does.
pub fn dying() -> Option<String> {
    std::env::var(DYING).ok()
}

/// The end of a process that dies: nothing is tidied up.
pub fn die() -> ! {
    println!("{DONE}");
    std::process::abort()
}

/// Runs this test in a further process on the same cache folder, which does something and dies.
#[track_caller]
pub fn crash(name: &str, deeds: &str) {
    let mut dying = Process::new(std::env::current_exe().expect("this binary"));
    dying.args(["--exact", name, "--nocapture"]).env(DYING, deeds);
    let output = dying.output().expect("this binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && said.contains(DONE), "{deeds}: {said}");
}

/// Waits until so many runs are saved in the cache folder.
pub fn wait_saved(folder: &Path, runs: usize) {
    let until = Instant::now() + PATIENCE;
    loop {
        let files = std::fs::read_dir(folder.join("hebbscope")).expect("the cache folder").flatten();
        let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        let first = names.filter(|name| name.starts_with("saved-") && name.ends_with(".0")).count();
        if first == runs {
            return;
        }
        assert!(Instant::now() < until, "{first} runs are saved, not {runs}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The last of what a run has saved.
pub fn last_save(left: &LeftBehind) -> FoundRun {
    left_runs(left).into_iter().find_map(Result::ok).expect("readable")
}

/// Two changes, and a twin with another rule.
pub fn first_part(trainer: &Trainer) {
    run_to(trainer, 20);
    trainer.send(Command::Set { field: "regularizer.weight_decay".into(), value: 3e-3.into(), target: None });
    run_to(trainer, 30);
    trainer.send(Command::Fork { changes: vec![("rule.kind".into(), "hebb".into())] });
    run_to(trainer, 45);
}

pub fn second_part(trainer: &Trainer, folder: &Path) {
    trainer.send(Command::Set { field: "noise.weight_sd".into(), value: 2e-3.into(), target: None });
    run_to(trainer, 60);
    trainer.send(Command::SaveSession(folder.to_path_buf()));
    until(trainer, |event| matches!(event, Event::Saved(_)));
}

fn until(trainer: &Trainer, is_it: impl Fn(&Event) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let event = trainer.events().recv_deadline(deadline).expect("the event comes").event;
        if is_it(&event) {
            return;
        }
        if let Event::Notice(text) | Event::Failed(text) = event {
            panic!("{text}");
        }
    }
}

fn the_left_run() -> Arc<LeftBehind> {
    let mut left = left_behind();
    assert_eq!(left.len(), 1, "{left:?}");
    Arc::new(left.remove(0))
}

#[test]
fn a_run_that_was_left_goes_on_as_if_nothing_had_happened() {
    let Some(folder) = inner("autosave::a_run_that_was_left_goes_on_as_if_nothing_had_happened") else { return };
    let folder = folder.as_path();
    let whole = trainer();
    first_part(&whole);
    second_part(&whole, &folder.join("whole"));
    // What is over leaves a run, which is given up here.
    drop(whole);
    the_left_run().forget();
    let left = trainer();
    first_part(&left);
    drop(left);
    clean_cache();
    let other = trainer();
    other.send(Command::Load(Box::new(tiny())));
    let found = the_left_run();
    other.send(Command::TakeUp(Arc::clone(&found)));
    until(&other, |event| matches!(event, Event::TakenUp { step: 45 }));
    let status = other.status();
    assert_eq!((status.step, status.state), (45, RunState::Paused));
    assert!(status.twin.as_ref().is_some_and(|twin| twin.forked_at == 30), "{:?}", status.twin);
    drop(found);
    second_part(&other, &folder.join("taken-up"));
    for file in ["metrics.csv", "interventions.jsonl", "config.toml", "final.npz"] {
        for part in ["", "twin-b"] {
            let read = |name: &str| std::fs::read(folder.join(name).join(part).join(file)).expect("saved");
            assert!(read("whole") == read("taken-up"), "{part}/{file}");
        }
    }
    drop(other);
    the_left_run().forget();
    clean_cache();
    let cached = std::fs::read_dir(folder.join("hebbscope")).expect("the cache folder").count();
    assert_eq!(cached, 0, "what nobody needs has gone");
}

/// Clocks jump, and a run goes back: what was saved last is what was saved last.
#[test]
fn the_last_save_is_found_whatever_the_clock_says() {
    let Some(_) = inner("autosave::the_last_save_is_found_whatever_the_clock_says") else { return };
    let one = trainer();
    run_to(&one, 45);
    one.leaver().leave(PATIENCE).expect("there is room");
    drop(one);
    let two = trainer();
    two.send(Command::TakeUp(the_left_run()));
    until(&two, |event| matches!(event, Event::TakenUp { step: 45 }));
    run_to(&two, 60);
    two.send(Command::ForkFrom(50));
    until(&two, |event| matches!(event, Event::Rewound { .. }));
    two.leaver().leave(PATIENCE).expect("there is room");
    drop(two);
    let left = the_left_run();
    let paths = left.paths();
    assert_eq!(paths.len(), 2, "{paths:?}");
    // The newest one first by their times; the clock has gone back by decades before it was written.
    let newest = std::fs::File::options().write(true).open(&paths[0]).expect("there");
    newest.set_modified(SystemTime::UNIX_EPOCH).expect("set");
    drop(left);
    let left = the_left_run();
    assert_eq!(left.paths()[1], paths[0]);
    let three = trainer();
    three.send(Command::TakeUp(left));
    until(&three, |event| matches!(event, Event::TakenUp { step: 50 }));
}

/// A run that is paused takes no steps, and is changed all the same.
#[test]
fn a_change_since_the_last_save_is_not_lost() {
    let Some(folder) = inner("autosave::a_change_since_the_last_save_is_not_lost") else { return };
    let one = trainer();
    // On disk alone: what comes back is what was saved.
    one.send(Command::BoundShelf(0));
    run_to(&one, 45);
    one.send(Command::Reset);
    assert_eq!(restore(&one, 1).interventions.len(), 0);
    wait_saved(&folder, 1);
    let run_id = one.status().run_id;
    set(&one, "regularizer.weight_decay", 3e-3);
    one.send(Command::Reset);
    let status = restore(&one, run_id);
    assert_eq!((status.step, status.interventions.len()), (45, 1), "of the shelf");
    set(&one, "noise.weight_sd", 2e-3);
    one.leaver().leave(PATIENCE).expect("there is room");
    drop(one);
    assert_eq!(last_save(&the_left_run()).interventions().len(), 2, "of the end");
}

/// And one that nobody trains any further is saved within the interval, once.
#[test]
fn a_paused_run_is_saved_as_it_is_now() {
    let Some(folder) = inner("autosave::a_paused_run_is_saved_as_it_is_now") else { return };
    let every = Duration::from_millis(100);
    let one = Trainer::spawn(tiny(), 1, Box::new(|| {})).expect("a thread");
    one.send(Command::Autosave(every));
    run_to(&one, 45);
    wait_saved(&folder, 1);
    set(&one, "regularizer.weight_decay", 3e-3);
    wait_until(&one, |status| status.interventions.len() == 1);
    let saves = || -> Vec<(u64, usize)> {
        let files = std::fs::read_dir(folder.join("hebbscope")).expect("the cache folder").flatten();
        let found = files.filter_map(|file| FoundRun::open(&file.path()).ok());
        let about = |found: FoundRun| {
            let driver: serde_json::Value = found.driver().expect("what the window added");
            (driver["number"].as_u64().expect("a number"), found.interventions().len())
        };
        let mut all: Vec<_> = found.map(about).collect();
        all.sort_unstable();
        all
    };
    let until = Instant::now() + PATIENCE;
    while saves().last().is_none_or(|last| last.1 == 0) {
        assert!(Instant::now() < until, "what was changed is not saved: {:?}", saves());
        std::thread::sleep(Duration::from_millis(5));
    }
    let before = saves();
    std::thread::sleep(every * 4);
    assert_eq!(saves(), before, "nothing has come of it since");
}

/// What a checkpoint of the standard experiment costs, written to its end: below a hundredth of the time between two, although
/// training waits for no more than the copy. It holds the parameters once, three sums of the window for each, and next to nothing else.
#[test]
fn a_checkpoint_costs_below_a_hundredth_of_the_time_between_two() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Examples are no part of it.
    let few = ["data.train_examples=256".to_owned()];
    let mut run = Run::new(resolve("sre", &few).expect("a preset"), 1).expect("started");
    run.advance(3, false, |_| {});
    let parameters: usize = [32 * 128, 128 * 128, 128 * 32].iter().sum::<usize>() + 128 + 128 + 32;
    let path = folder.path().join("checkpoint.0");
    // The quickest of some: what the machine does beside it is no cost of this.
    let took = (0..5).map(|_| {
        let began = Instant::now();
        let bytes = run.stored().write(&path, &()).expect("there is room");
        let once = (4 * parameters * run.seeds().len()) as u64;
        assert!((once..4 * once + (64 << 10)).contains(&bytes), "{bytes} bytes for {once} of parameters");
        began.elapsed()
    });
    let took = took.min().expect("five");
    assert!(took < AUTOSAVE_EVERY / 100, "{took:?}");
}

/// A cache folder that is emptied while the run goes on is made anew; one that cannot be had is named, once, and the run goes
/// on.
#[test]
fn a_cache_folder_that_is_gone_costs_no_training() {
    let Some(folder) = inner("autosave::a_cache_folder_that_is_gone_costs_no_training") else { return };
    let cache = folder.join("hebbscope");
    let one = trainer();
    run_to(&one, 20);
    std::fs::remove_dir_all(&cache).expect("removed");
    run_to(&one, 40);
    one.leaver().leave(PATIENCE).expect("there is room");
    drop(one);
    the_left_run().forget();
    std::fs::remove_dir_all(&cache).expect("removed");
    std::fs::write(&cache, "in the way").expect("written");
    let two = trainer();
    let said = wait_for(&two, |event| match event {
        Event::Notice(text) => Some(text),
        _ => None,
    });
    assert!(said.contains("a crash would lose it: the cache folder cannot be used"), "{said}");
    assert_eq!(run_to(&two, 50).step, 50);
    two.send(Command::SaveSession(folder.join("saved")));
    wait_for(&two, |event| matches!(event, Event::Saved(_)).then_some(()));
    let error = two.leaver().leave(PATIENCE).expect_err("there is no place to leave it").to_string();
    assert!(error.contains("is not kept: the cache folder cannot be used"), "{error}");
}

/// Where nothing more can be written, the run goes on, what is lost is said, and what was saved before is there.
#[track_caller]
fn nothing_is_lost_but_what_came_last(close: impl Fn(), open: impl Fn(), why: &str, are_rows_lost: bool) {
    let one = trainer();
    run_to(&one, 45);
    one.leaver().leave(PATIENCE).expect("there is room");
    drop(one);
    let two = trainer();
    two.send(Command::TakeUp(the_left_run()));
    until(&two, |event| matches!(event, Event::TakenUp { step: 45 }));
    // A step is taken once what it was taken up from has been given up.
    run_to(&two, 46);
    close();
    // Rows beyond what is gathered in memory.
    run_to(&two, 2000);
    if are_rows_lost {
        let said = wait_for(&two, |event| match event {
            Event::Notice(text) => Some(text),
            _ => None,
        });
        assert!(said.contains("rows from step ") && said.contains("cannot be written"), "{said}");
    }
    let error = two.leaver().leave(PATIENCE).expect_err("it cannot be left").to_string();
    assert!(error.contains("is not kept: ") && error.contains(why), "{error}");
    let session = tempfile::tempdir().expect("elsewhere");
    drop(two);
    let three = Trainer::spawn(tiny(), 1, Box::new(|| {})).expect("a thread");
    let left = the_left_run();
    three.send(Command::TakeUp(left));
    wait_for(&three, |event| matches!(event, Event::TakenUp { step: 45 }).then_some(()));
    assert_eq!(run_to(&three, 50).step, 50);
    three.send(Command::SaveSession(session.path().join("saved")));
    wait_for(&three, |event| matches!(event, Event::Saved(_)).then_some(()));
    open();
    three.leaver().leave(PATIENCE).expect("there is room again");
}

#[test]
fn a_full_disk_costs_no_training_and_not_what_was_saved() {
    let name = "autosave::a_full_disk_costs_no_training_and_not_what_was_saved";
    let Some(disk) = on_small_disk(name, "600k", &["XDG_CACHE_HOME"]) else { return };
    let open = || std::fs::remove_file(disk.join("filler")).expect("there");
    nothing_is_lost_but_what_came_last(|| drop(fill(&disk)), open, "No space left", true);
}

#[test]
fn a_disk_that_becomes_read_only_costs_no_training_and_not_what_was_saved() {
    let name = "autosave::a_disk_that_becomes_read_only_costs_no_training_and_not_what_was_saved";
    let Some(disk) = on_small_disk(name, "600k", &["XDG_CACHE_HOME"]) else { return };
    // The file of the rows is open already.
    nothing_is_lost_but_what_came_last(|| make_read_only(&disk), || make_writable(&disk), "Read-only", false);
}
