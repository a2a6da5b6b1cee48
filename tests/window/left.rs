//! The question about a run that an earlier start left behind, by keys and by its buttons, at the usual size of the window.

use std::process::Command as Process;
use std::sync::Arc;

use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::link::journal::Weight;
use hebbscope::app::look::words::Vocabulary;
use hebbscope::app::{PaneKind, Window, WindowSetup};
use hebbscope::record::{LeftBehind, left_behind, left_grids};
use hebbscope::sweep::{LeftSweep, Live, LiveOptions, LiveState};
use hebbscope::training::{AUTOSAVE_EVERY, Command, RunState, Trainer};

use crate::stage::{LIMIT, builder, open, small, wait, wait_seen};

/// Tells a test that it is the process with a cache folder of its own.
const INNER: &str = "HEBBSCOPE_TEST_LEFT";
const QUESTION: &str = "Go on with your last run?";
const ON_PAGE: &str = "Go on with your last run";
/// Steps of the run that was left.
const STEP: u64 = 45;

/// A run of two seeds with a change made by hand, as a window that a signal has ended leaves it.
fn leave_one() {
    let trainer = Trainer::spawn(small(&[]), 1, Box::new(|| {})).expect("a thread");
    trainer.send(Command::Autosave(AUTOSAVE_EVERY));
    trainer.send(Command::Set { field: "regularizer.weight_decay".into(), value: 3e-3.into(), target: None });
    trainer.send(Command::RunUntil(STEP));
    let began = std::time::Instant::now();
    while trainer.status().step < STEP {
        assert!(began.elapsed() < LIMIT, "{:?}", trainer.status().state);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    trainer.leaver().leave(LIMIT).expect("it is left in time");
}

/// The next start of the program, with the question open; it would train at once otherwise.
fn start() -> Harness<'static, Window> {
    started(WindowSetup { run_at_start: true, ..WindowSetup::default() })
}

fn started(setup: WindowSetup) -> Harness<'static, Window> {
    let left: Vec<Arc<LeftBehind>> = left_behind().into_iter().map(Arc::new).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let mut harness = open(builder(), small(&["name=another"]), WindowSetup { left, ..setup });
    wait_seen(&mut harness, "question", |harness| harness.query_by_label("Go on with it").is_some());
    wait(&mut harness, "prepared run", |window| window.status().state == RunState::Paused);
    harness
}

/// The question about a run that was left, by a process with a cache folder of its own. What was left before is gone.
pub fn question(vocabulary: Vocabulary) -> Harness<'static, Window> {
    left_behind().iter().for_each(LeftBehind::forget);
    leave_one();
    started(WindowSetup { vocabulary, ..WindowSetup::default() })
}

/// The next start of a window that was asked for nothing: its first page offers the run.
fn start_with_page() -> Harness<'static, Window> {
    let left = left_behind().into_iter().map(Arc::new).collect();
    let setup = WindowSetup { left, run_at_start: true, first_page: true, ..WindowSetup::default() };
    let mut harness = open(builder(), small(&["name=another"]), setup);
    wait(&mut harness, "prepared run", |window| window.status().state == RunState::Paused);
    harness.run_steps(3);
    assert!(harness.state().shows_first_page() && !is_asked(&harness));
    harness.get_by_role_and_label(Role::Button, ON_PAGE);
    harness
}

fn is_asked(harness: &Harness<'_, Window>) -> bool {
    harness.query_by_label(QUESTION).is_some()
}

fn press(harness: &mut Harness<'_, Window>, key: Key) {
    harness.key_press(key);
    harness.run_steps(3);
}

/// The window trains what it was started with, and the run is there at the next start or not.
#[track_caller]
fn goes_its_own_way(mut harness: Harness<'_, Window>, is_kept: bool) {
    assert!(!is_asked(&harness));
    wait(&mut harness, "training", |window| window.status().state == RunState::Running);
    assert_eq!(harness.state().status().experiment.name, "another");
    drop(harness);
    assert_eq!(left_behind().len(), usize::from(is_kept));
}

#[track_caller]
pub fn goes_on(mut harness: Harness<'_, Window>) {
    wait(&mut harness, "run that was left", |window| window.status().step == STEP);
    // States overtake messages.
    wait(&mut harness, "word of it", |window| {
        window.journal().last().is_some_and(|last| last.text.starts_with("Went on"))
    });
    let window = harness.state();
    assert_eq!((window.status().state, window.status().experiment.name.as_str()), (RunState::Paused, "small"));
    assert_eq!(window.status().experiment.regularizer.weight_decay, 3e-3);
    // That it is as it was left is no warning.
    let said = window.journal().last().map(|entry| (entry.weight, entry.text.clone()));
    assert_eq!(said, Some((Weight::Note, format!("Went on at step {STEP}, as the run was left."))));
    assert!(!is_asked(&harness));
    drop(harness);
    assert_eq!(left_behind().len(), 0, "it is in the window, and nowhere else");
}

/// Whether this process runs that test with a cache folder of its own; otherwise has another do so.
pub fn has_own_cache(test: &str) -> bool {
    if std::env::var_os(INNER).is_some() {
        return true;
    }
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut inner = Process::new(std::env::current_exe().expect("this binary"));
    inner.args(["--exact", test, "--nocapture"]).env("XDG_CACHE_HOME", scratch.path()).env(INNER, "1");
    let output = inner.output().expect("this binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    false
}

#[test]
fn the_question_about_a_left_run_takes_keys_and_buttons_and_lets_none_through() {
    if !has_own_cache("left::the_question_about_a_left_run_takes_keys_and_buttons_and_lets_none_through") {
        return;
    }
    leave_one();
    let mut harness = start();
    // It is seen whole, and says what the run is.
    let screen = harness.ctx.content_rect();
    for button in ["Go on with it", "Not now", "Discard it"] {
        let rect = harness.get_by_role_and_label(Role::Button, button).rect();
        assert!(screen.contains_rect(rect) && rect.height() > 12.0, "{button}: {rect:?}");
    }
    harness.get_by_label_contains("small at step 45, 2 seeds, 1 change made by hand; saved");
    // No key of the window reaches it.
    let before = |window: &Window| {
        let status = window.status();
        let panes = window.panes_in_sight();
        format!("{} {} {:?} {panes:?} {}", status.run_id, status.step, status.state, window.shows_gallery())
    };
    let state = before(harness.state());
    let keys = [Key::R, Key::N, Key::G, Key::S, Key::T, Key::F, Key::X, Key::L, Key::End, Key::PageDown, Key::F1];
    for key in keys {
        press(&mut harness, key);
        assert!(is_asked(&harness) && before(harness.state()) == state, "{key:?}");
    }
    for key in [Key::Z, Key::P, Key::O, Key::E, Key::S, Key::Num5] {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(3);
        assert!(is_asked(&harness) && before(harness.state()) == state, "Ctrl+{key:?}");
    }
    press(&mut harness, Key::Escape);
    goes_its_own_way(harness, true);

    // Its buttons are gone through as they stand, of which the first choice is the last.
    let mut harness = start();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    harness.run_steps(3);
    press(&mut harness, Key::Enter);
    goes_its_own_way(harness, true);

    let mut harness = start();
    harness.get_by_role_and_label(Role::Button, "Not now").click();
    harness.run_steps(3);
    goes_its_own_way(harness, true);

    let mut harness = start();
    press(&mut harness, Key::Enter);
    goes_on(harness);

    // Space presses what has the focus, as everywhere.
    leave_one();
    let mut harness = start();
    press(&mut harness, Key::Space);
    goes_on(harness);

    leave_one();
    let mut harness = start();
    press(&mut harness, Key::Tab);
    press(&mut harness, Key::Enter);
    goes_its_own_way(harness, false);

    leave_one();
    let mut harness = start();
    harness.get_by_role_and_label(Role::Button, "Discard it").click();
    harness.run_steps(3);
    goes_its_own_way(harness, false);

    // On the first page it is the first choice of two, and can be given up.
    leave_one();
    let mut harness = start_with_page();
    harness.get_by_role_and_label(Role::Button, "Start with the default network").click();
    harness.run_steps(3);
    goes_its_own_way(harness, true);

    let mut harness = start_with_page();
    press(&mut harness, Key::Escape);
    goes_its_own_way(harness, true);

    let mut harness = start_with_page();
    press(&mut harness, Key::Enter);
    assert!(!harness.state().shows_first_page());
    goes_on(harness);

    leave_one();
    let mut harness = start_with_page();
    harness.get_by_role_and_label(Role::Button, "Discard the last run").click();
    harness.run_steps(3);
    assert!(harness.state().shows_first_page() && harness.query_by_label(ON_PAGE).is_none());
    press(&mut harness, Key::Enter);
    goes_its_own_way(harness, false);
}

/// A grid of runs, as a window that was killed leaves it: some runs at their end.
fn leave_a_grid() {
    let own = ["sweep.x=noise.weight_sd", "sweep.x_to=0.02", "sweep.x_points=3", "training.steps=400", "name=gridded"];
    let options = LiveOptions { threads: 1, saves: true, ..LiveOptions::default() };
    let live = Live::start(&small(&own), options, Box::new(|| {})).expect("it starts");
    let began = std::time::Instant::now();
    while live.snapshot().done == 0 {
        assert!(began.elapsed() < LIMIT, "{:?}", live.snapshot().notice);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    // Taken up once, it stays however short it trained.
    let folder = live.snapshot().folder.clone().expect("it is saved");
    let kept = folder.with_extension("kept");
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        assert!(Process::new("cp").arg("-r").arg(from).arg(to).status().expect("cp starts").success());
    };
    copy(&folder, &kept);
    live.give_up();
    while folder.exists() {
        assert!(began.elapsed() < LIMIT, "it was given up");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    std::fs::rename(&kept, &folder).expect("it is free");
    std::fs::write(format!("{}.lock", folder.display()), b"").expect("written");
}

fn start_with_grid() -> Harness<'static, Window> {
    let left = left_behind().into_iter().map(Arc::new).collect();
    let left_grids = left_grids(&mut |error| panic!("{error}"))
        .into_iter()
        .map(|place| Arc::new(LeftSweep::open(Arc::new(place)).expect("readable")));
    let left_grids: Vec<_> = left_grids.collect();
    assert_eq!(left_grids.len(), 1);
    let setup = WindowSetup { left, left_grids, autosaves: true, ..WindowSetup::default() };
    let mut harness = open(builder(), small(&["name=another"]), setup);
    wait(&mut harness, "prepared run", |window| window.status().state == RunState::Paused);
    harness
}

#[test]
fn a_grid_that_was_left_is_offered_goes_on_and_can_be_given_up() {
    if !has_own_cache("left::a_grid_that_was_left_is_offered_goes_on_and_can_be_given_up") {
        return;
    }
    leave_a_grid();
    // It says what it is; not now, it lies on the shelf, and is shown from there without training.
    let mut harness = start_with_grid();
    wait_seen(&mut harness, "question", |harness| {
        harness.query_by_label("Go on with your last grid of runs?").is_some()
    });
    harness.get_by_label_contains("The grid over gridded: ");
    press(&mut harness, Key::Escape);
    harness.state_mut().show_pane(PaneKind::Runs);
    wait_seen(&mut harness, "the grid on the shelf", |harness| {
        harness.query_by_label("Show the grid gridded").is_some()
    });
    harness.get_by_role_and_label(Role::Button, "Show the grid gridded").click();
    wait(&mut harness, "the grid", |window| window.grid_of_runs().is_some_and(|grid| grid.done > 0));
    drop(harness);
    // Gone on with, it comes to its end, and is left once more, as nobody has saved it elsewhere.
    let mut harness = start_with_grid();
    wait_seen(&mut harness, "question", |harness| harness.query_by_label("Go on with it").is_some());
    press(&mut harness, Key::Enter);
    wait(&mut harness, "the grid as it was left", |window| {
        window.status().experiment.name == "gridded" && window.grid_of_runs().is_some_and(|grid| grid.done > 0)
    });
    harness.get_by_role_and_label(Role::Button, "Go on").click();
    wait(&mut harness, "the whole grid", |window| {
        window.grid_of_runs().is_some_and(|grid| grid.state == LiveState::Done && grid.done == grid.cells.len())
    });
    drop(harness);
    // Beside a run the question is about both.
    leave_one();
    let mut harness = start_with_grid();
    wait_seen(&mut harness, "question", |harness| {
        harness.query_by_label("Go on with your last run and grid of runs?").is_some()
    });
    harness.get_by_role_and_label(Role::Button, "Discard it").click();
    harness.run_steps(3);
    drop(harness);
    assert!(left_grids(&mut |error| panic!("{error}")).is_empty() && left_behind().is_empty());
}
