//! Orders given by key, menu and palette.

use eframe::egui::{self, Key, Role, Theme, pos2, vec2};
use egui_kittest::kittest::Queryable;
use hebbscope::app::link::journal::Weight;
use hebbscope::app::{PaneKind, Window};
use hebbscope::share::decode;
use hebbscope::training::RunState;

use crate::stage::{builder, open_paused, open_running, sized, small, wait};
use crate::twins::copied_text;

fn weight_decay(window: &Window) -> f64 {
    window.status().experiment.regularizer.weight_decay
}

#[test]
fn starts_running_at_once() {
    let mut harness = open_running(builder(), small(&[]));
    wait(&mut harness, "step", |window| window.status().state == RunState::Running && window.status().step > 0);
}

#[test]
fn buttons_run_pause_and_step() {
    let mut harness = open_paused(builder(), small(&[]));
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

/// A border that was drawn to the edge, and then a smaller window, leave next to nothing of a pane.
#[test]
fn panes_without_room_are_drawn_all_the_same() {
    let mut harness = open_paused(sized(vec2(3840.0, 1000.0)), small(&["measure.force_balance=true"]));
    harness.state_mut().run_until(20);
    wait(&mut harness, "steps", |window| window.status().step == 20);
    harness.run_steps(3);
    let tab = harness.get_by_role_and_label(Role::Button, "Network").rect();
    let border = pos2(tab.left() - 1.0, 700.0);
    let far = pos2(3900.0, 700.0);
    harness.drag_at(border);
    harness.run_steps(2);
    harness.hover_at(far);
    harness.run_steps(2);
    harness.drop_at(far);
    harness.run_steps(2);
    let moved = harness.get_by_role_and_label(Role::Button, "Network").rect().left();
    assert!(moved > 3600.0, "the border was drawn from {border} to {moved}");
    harness.set_size(vec2(800.0, 500.0));
    for pane in PaneKind::ALL {
        harness.state_mut().show_pane(pane);
        harness.run_steps(3);
    }
}

/// A step of a large network takes seconds, in which a key would seem to do nothing.
#[test]
fn what_comes_with_the_end_of_a_long_step_is_told() {
    let long = ["data.train_examples=4096", "model.hidden=[1024, 1024]", "training.batch_size=4096"];
    let mut harness = open_paused(builder(), small(&[&long[..], &["data.teacher_hidden=[8]"]].concat()));
    let told = "waiting for the end of this step";
    harness.key_press(Key::Space);
    wait(&mut harness, "running trainer", |window| window.status().state == RunState::Running);
    assert!(harness.query_by_label_contains(told).is_none(), "nothing was asked for");
    harness.key_press(Key::R);
    harness.run_steps(2);
    assert_eq!(
        (harness.state().status().run_id, harness.state().status().step),
        (1, 0),
        "a step takes longer than this"
    );
    assert!(harness.query_by_label_contains(told).is_some());
    wait(&mut harness, "new run", |window| window.status().run_id == 2);
    assert!(harness.query_by_label_contains(told).is_none(), "it has come");
}

#[test]
fn keys_do_what_buttons_do() {
    let mut harness = open_paused(builder(), small(&[]));
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
    let mut harness = open_paused(builder(), small(&[]));
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
fn a_share_string_carries_the_changes_on_the_way() {
    let mut harness = open_paused(builder(), small(&[]));
    harness.state_mut().run_until(20);
    wait(&mut harness, "20 steps", |window| window.status().step == 20);
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "intervention", |window| !window.status().interventions.is_empty());
    harness.get_by_label("Edit menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: Copy share string").click();
    let text = copied_text(&mut harness);
    let (experiment, changes) = decode(&text).expect("what was copied is read");
    assert_eq!(experiment.regularizer.weight_decay, 5e-4, "as it began");
    let [change] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((change.step, change.field.as_str(), change.new.as_f64()), (20, "regularizer.weight_decay", Some(0.02)));
}

#[test]
fn a_drag_reaches_the_trainer() {
    let mut harness = open_paused(builder(), small(&[]));
    let rect = harness.get_by_role_and_label(Role::Slider, "Weight noise").rect();
    let y = rect.center().y;
    harness.drag_at(pos2(rect.left() + 8.0, y));
    harness.step();
    for part in [0.3, 0.5, 0.7] {
        harness.hover_at(pos2(rect.left() + part * rect.width(), y));
        harness.step();
    }
    harness.drop_at(pos2(rect.left() + 0.7 * rect.width(), y));
    wait(&mut harness, "weight noise", |window| window.status().experiment.noise.weight_sd > 1e-3);
}

#[test]
fn a_refused_setting_is_explained() {
    let mut harness = open_paused(builder(), small(&[]));
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
    let mut harness = open_paused(builder(), small(&[]));
    harness.get_by_label("Experiment").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Hebb's rule (sre-hebb)").click();
    wait(&mut harness, "other experiment", |window| window.status().experiment.name == "sre-hebb");
}

#[test]
fn messages_open_and_close() {
    let mut harness = open_paused(builder(), small(&[]));
    harness.run_steps(2);
    assert_eq!(harness.query_all_by_label("New run of small, seeds 0-1").count(), 1);
    harness.get_by_role_and_label(Role::Button, "Messages").click();
    harness.run_steps(3);
    assert_eq!(harness.query_all_by_label("New run of small, seeds 0-1").count(), 2, "in the bar and in the list");
}

/// Draws a short run with the software or hardware renderer at hand.
fn picture(theme: Theme, size: egui::Vec2) -> (u32, u32, u8) {
    let mut harness = open_running(sized(size).with_theme(theme).wgpu(), small(&[]));
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
