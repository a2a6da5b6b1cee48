//! A small run in a window that nobody sees, and patience with both.

use std::time::{Duration, Instant};

use eframe::egui::{Key, Theme, Vec2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use hebbscope::app::{PaneKind, Window, WindowSetup};
use hebbscope::experiment::{Experiment, resolve};
use hebbscope::training::RunState;

/// Longest wait for anything that the trainer does; a loaded machine takes a small part of it.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A run of two seeds, small enough to take no noticeable time for preparing and long enough not to end under a test,
/// with `settings` in place of its own.
pub fn small(settings: &[&str]) -> Experiment {
    let own = [
        "name=small",
        "data.train_examples=512",
        "data.validation_examples=64",
        "data.input_size=8",
        "data.output_size=8",
        "model.hidden=[16, 16]",
        "training.batch_size=32",
        "training.steps=100000000",
        "training.seeds=2",
    ];
    let all: Vec<String> = own.iter().chain(settings).map(|setting| (*setting).to_owned()).collect();
    resolve("sre", &all).expect("the preset takes these values")
}

/// A run of two layers of 40 and 8 neurons, planned for 400 steps.
pub fn short(settings: &[&str]) -> Experiment {
    let own = ["model.hidden=[16, 40]", "training.steps=400", "regularizer.weight_decay=0.05"];
    small(&[&own[..], settings].concat())
}

/// What is usual of a screen.
pub fn builder() -> HarnessBuilder<Window> {
    sized(vec2(1280.0, 720.0))
}

/// A screen of that size.
pub fn sized(size: Vec2) -> HarnessBuilder<Window> {
    Harness::builder().with_size(size).with_theme(Theme::Dark)
}

/// A window with one thread of training.
pub fn open(builder: HarnessBuilder<Window>, experiment: Experiment, setup: WindowSetup) -> Harness<'static, Window> {
    builder.build_eframe(|cc| {
        let setup = WindowSetup { threads: 1, ..setup };
        Window::new(&cc.egui_ctx, experiment, setup).expect("a thread can be started")
    })
}

/// A window that trains from the start.
pub fn open_running(builder: HarnessBuilder<Window>, experiment: Experiment) -> Harness<'static, Window> {
    open(builder, experiment, WindowSetup { run_at_start: true, ..WindowSetup::default() })
}

/// A window whose run is prepared and waits.
#[track_caller]
pub fn open_paused(builder: HarnessBuilder<Window>, experiment: Experiment) -> Harness<'static, Window> {
    let mut harness = open(builder, experiment, WindowSetup::default());
    wait(&mut harness, "paused trainer", |window| window.status().state == RunState::Paused);
    harness
}

/// A window with one pane in front, paused after the planned steps.
#[track_caller]
pub fn finished(pane: PaneKind, size: Vec2, experiment: Experiment) -> Harness<'static, Window> {
    let mut harness = open(sized(size), experiment, WindowSetup::default());
    harness.state_mut().show_pane(pane);
    run_to_plan(&mut harness);
    harness
}

/// Trains the planned steps.
#[track_caller]
pub fn run_to_plan(harness: &mut Harness<'_, Window>) {
    wait(harness, "prepared run", |window| window.status().state != RunState::Preparing);
    let planned = harness.state().status().planned_steps;
    harness.state_mut().run_until(planned);
    wait(harness, "the planned steps", |window| {
        window.status().state == RunState::Paused && window.status().step == planned
    });
}

/// Draws frames until the window is `done`, as it would by itself while something moves, and two more that settle.
#[track_caller]
pub fn wait(harness: &mut Harness<'_, Window>, what: &str, done: impl Fn(&Window) -> bool) {
    wait_seen(harness, what, |harness| done(harness.state()));
}

/// As [`wait`], for something on the screen.
#[track_caller]
pub fn wait_seen(harness: &mut Harness<'_, Window>, what: &str, done: impl Fn(&Harness<'_, Window>) -> bool) {
    let start = Instant::now();
    while !done(harness) {
        let last = harness.state().journal().last();
        assert!(start.elapsed() < LIMIT, "no {what} within {LIMIT:?}; last message: {last:?}");
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run_steps(2);
}

/// Opens every menu of the bar, one after the other, and looks at it.
#[track_caller]
pub fn each_menu(harness: &mut Harness<'_, Window>, mut look: impl FnMut(&mut Harness<'_, Window>, &str)) {
    let labels = harness.root().children_recursive().filter_map(|node| node.accesskit_node().label());
    let menus: Vec<String> = labels.filter(|label| label.ends_with(" menu")).collect();
    assert!(menus.len() >= 6, "{menus:?}");
    for menu in menus {
        harness.get_by_label(&menu).click();
        harness.run_steps(3);
        look(harness, &menu);
        harness.key_press(Key::Escape);
        harness.run_steps(3);
    }
}
