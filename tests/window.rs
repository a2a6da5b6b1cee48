//! The window, driven through its accessible names without a display, with the real trainer behind it.

use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Role, Theme, vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, HarnessBuilder};
use hebbscope::app::journal::Weight;
use hebbscope::app::{Window, WindowSetup};
use hebbscope::experiment::{Experiment, resolve};
use hebbscope::training::RunState;

/// Longest wait for anything that the trainer does; a loaded machine takes a small part of it.
const LIMIT: Duration = Duration::from_secs(30);

/// A run small enough to take no noticeable time for preparing and long enough not to end under a test.
fn small() -> Experiment {
    let settings = [
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
    resolve("sre", &settings.map(String::from)).expect("the preset takes these values")
}

fn builder() -> HarnessBuilder<Window> {
    Harness::builder().with_size(vec2(1280.0, 720.0))
}

fn open(builder: HarnessBuilder<Window>, experiment: Experiment, run_at_start: bool) -> Harness<'static, Window> {
    builder.build_eframe(|cc| {
        Window::new(&cc.egui_ctx, experiment, WindowSetup { threads: 1, run_at_start, ..WindowSetup::default() })
            .expect("a thread can be started")
    })
}

/// Draws frames until `done`, as the window itself would while something moves.
#[track_caller]
fn wait(harness: &mut Harness<'_, Window>, what: &str, done: impl Fn(&Window) -> bool) {
    let start = Instant::now();
    while !done(harness.state()) {
        assert!(
            start.elapsed() < LIMIT,
            "no {what} within {LIMIT:?}; last message: {:?}",
            harness.state().journal().last()
        );
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[track_caller]
fn paused(experiment: Experiment) -> Harness<'static, Window> {
    let mut harness = open(builder(), experiment, false);
    wait(&mut harness, "paused trainer", |window| window.status().state == RunState::Paused);
    harness.run_steps(2);
    harness
}

fn weight_decay(window: &Window) -> f64 {
    window.status().experiment.regularizer.weight_decay
}

#[test]
fn starts_running_at_once() {
    let mut harness = open(builder(), small(), true);
    wait(&mut harness, "step", |window| window.status().state == RunState::Running && window.status().step > 0);
}

#[test]
fn buttons_run_pause_and_step() {
    let mut harness = paused(small());
    harness.get_by_role_and_label(Role::Button, "Run").click();
    wait(&mut harness, "running trainer", |window| {
        window.status().state == RunState::Running && window.status().step > 10
    });
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Pause").click();
    wait(&mut harness, "pause", |window| window.status().state == RunState::Paused);
    harness.run_steps(2);
    let before = harness.state().status().step;
    harness.get_by_role_and_label(Role::Button, "Step").click();
    wait(&mut harness, "one step", |window| {
        window.status().step == before + 1 && window.status().state == RunState::Paused
    });
}

#[test]
fn keys_do_what_buttons_do() {
    let mut harness = paused(small());
    harness.key_press(Key::Space);
    wait(&mut harness, "running trainer", |window| window.status().step > 3);
    harness.run_steps(2);
    harness.key_press(Key::Space);
    wait(&mut harness, "pause", |window| window.status().state == RunState::Paused);
    let (run, seeds) = (harness.state().status().run_id, harness.state().status().seeds.clone());
    harness.key_press(Key::R);
    wait(&mut harness, "new run", |window| window.status().run_id != run && window.status().step == 0);
    assert_eq!(harness.state().status().seeds, seeds, "a reset keeps the seeds");
    harness.key_press(Key::N);
    wait(&mut harness, "other seeds", |window| window.status().seeds.first() == Some(&2));
}

#[test]
fn a_slider_changes_the_run_and_leaves_a_mark() {
    let mut harness = paused(small());
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "new weight decay", |window| (weight_decay(window) - 0.02).abs() < 1e-9);
    wait(&mut harness, "intervention", |window| !window.journal().interventions().is_empty());
    let interventions = harness.state().journal().interventions();
    assert_eq!(interventions.len(), 1);
    assert_eq!(interventions[0].field, "regularizer.weight_decay");
    assert_eq!(interventions[0].old.as_f64(), Some(5e-4));
    assert_eq!(interventions[0].new.as_f64(), Some(0.02));
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Restore weight decay").click();
    wait(&mut harness, "weight decay restored", |window| (weight_decay(window) - 5e-4).abs() < 1e-12);
}

#[test]
fn a_drag_reaches_the_trainer() {
    let mut harness = paused(small());
    let rect = harness.get_by_role_and_label(Role::Slider, "Weight noise").rect();
    let y = rect.center().y;
    harness.drag_at(egui::pos2(rect.left() + 8.0, y));
    harness.step();
    for part in [0.3, 0.5, 0.7] {
        harness.hover_at(egui::pos2(rect.left() + part * rect.width(), y));
        harness.step();
    }
    harness.drop_at(egui::pos2(rect.left() + 0.7 * rect.width(), y));
    wait(&mut harness, "weight noise", |window| window.status().experiment.noise.weight_sd > 1e-3);
}

#[test]
fn a_refused_setting_is_explained() {
    let mut harness = paused(small());
    harness.get_by_role_and_label(Role::SpinButton, "Learning rate").set_value_accesskit(-1.0);
    wait(&mut harness, "refusal", |window| {
        window.journal().last().is_some_and(|entry| entry.weight == Weight::Warning)
    });
    let text = harness.state().journal().last().map(|entry| entry.text.clone()).unwrap_or_default();
    assert!(text.starts_with("Learning rate: -1"), "{text}");
    assert_eq!(harness.state().status().experiment.rule.learning_rate, 0.1, "nothing changed");
    harness.run_steps(2);
    assert!(harness.query_by_label(&text).is_some(), "the status bar shows the refusal");
}

#[test]
fn picking_an_experiment_loads_it() {
    let mut harness = paused(small());
    harness.get_by_label("Experiment").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "sre-hebb").click();
    wait(&mut harness, "other experiment", |window| window.status().experiment.name == "sre-hebb");
}

#[test]
fn messages_open_and_close() {
    let mut harness = paused(small());
    harness.run_steps(2);
    assert_eq!(harness.query_all_by_label("New run of small, seeds 0-1").count(), 1);
    harness.get_by_role_and_label(Role::Button, "Messages").click();
    harness.run_steps(3);
    assert_eq!(harness.query_all_by_label("New run of small, seeds 0-1").count(), 2, "in the bar and in the list");
}

/// Draws a short run with the software or hardware renderer at hand.
fn picture(theme: Theme, size: egui::Vec2) -> (u32, u32, u8) {
    let mut harness = open(Harness::builder().with_size(size).with_theme(theme).wgpu(), small(), true);
    wait(&mut harness, "some steps", |window| window.status().step > 100);
    harness.run_steps(3);
    let image = harness.render().expect("a renderer is at hand");
    (image.width(), image.height(), image.get_pixel(4, 4).0[0])
}

#[test]
fn both_themes_render() {
    let (width, height, dark) = picture(Theme::Dark, vec2(1280.0, 720.0));
    assert_eq!((width, height), (1280, 720));
    let (_, _, light) = picture(Theme::Light, vec2(1280.0, 720.0));
    assert!(dark < 80 && light > 180, "grounds {dark} and {light}");
}

#[test]
fn the_smallest_window_renders() {
    let (width, height, _) = picture(Theme::Dark, vec2(960.0, 560.0));
    assert_eq!((width, height), (960, 560));
}
