//! The timeline below the panes: looking back, staying, playing, and what happened on the way.

use eframe::egui::{Key, Modifiers, Pos2, Role, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::training::RunState;

use crate::stage::{builder, finished, open_paused, open_running, short, small, wait, wait_seen};

fn looking_at(window: &Window) -> Option<u64> {
    window.status().looking_at
}

/// A place on the rail, by its share of the way.
fn on_rail(harness: &Harness<'_, Window>, share: f32) -> Pos2 {
    let rect = harness.get_by_role_and_label(Role::Slider, "Step to show").rect();
    // Below the marks, which take clicks of their own.
    pos2(rect.left() + 8.0 + share * (rect.width() - 16.0), rect.center().y + 4.0)
}

fn drag(harness: &mut Harness<'_, Window>, shares: &[f32]) {
    let from = on_rail(harness, shares[0]);
    harness.drag_at(from);
    harness.step();
    for share in &shares[1..] {
        let at = on_rail(harness, *share);
        harness.hover_at(at);
        harness.step();
    }
}

fn release(harness: &mut Harness<'_, Window>, share: f32) {
    let at = on_rail(harness, share);
    harness.drop_at(at);
    harness.step();
}

/// Chooses the speed of the play.
fn play_at(harness: &mut Harness<'_, Window>, speed: &str) {
    harness.get_by_label("Speed of the play").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, speed).click();
    harness.run_steps(3);
}

#[test]
fn a_drag_looks_back_in_a_run_that_trains_and_live_trains_on() {
    let mut harness = open_running(builder(), small(&[]));
    wait(&mut harness, "some steps", |window| window.status().step > 400);
    drag(&mut harness, &[1.0, 0.8, 0.5]);
    wait(&mut harness, "the past", |window| window.status().state == RunState::Paused && looking_at(window).is_some());
    let now = harness.state().status().step;
    release(&mut harness, 0.5);
    wait(&mut harness, "the middle", |window| {
        looking_at(window).is_some_and(|step| step.abs_diff(now / 2) <= now / 50)
    });
    let there = looking_at(harness.state());
    harness.run_steps(5);
    assert_eq!((looking_at(harness.state()), harness.state().status().step), (there, now), "released, it stays");
    // At the right end of a drag nothing trains before it is let go.
    drag(&mut harness, &[0.5, 0.9, 1.0]);
    wait(&mut harness, "the last step", |window| looking_at(window) == Some(now));
    assert_eq!(harness.state().status().state, RunState::Paused);
    release(&mut harness, 1.0);
    wait(&mut harness, "further steps", |window| window.status().step > now && looking_at(window).is_none());
    drag(&mut harness, &[1.0, 0.3]);
    release(&mut harness, 0.3);
    wait(&mut harness, "the past", |window| looking_at(window).is_some());
    let now = harness.state().status().step;
    harness.get_by_label("Live").click();
    wait(&mut harness, "further steps", |window| window.status().step > now && looking_at(window).is_none());
}

#[test]
fn a_paused_run_stays_paused_at_the_present() {
    let mut harness = finished(PaneKind::Matrices, vec2(1280.0, 720.0), short(&[]));
    let at = on_rail(&harness, 0.25);
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    wait(&mut harness, "step 100", |window| looking_at(window).is_some_and(|step| step.abs_diff(100) <= 2));
    harness.get_by_label("Live").click();
    wait(&mut harness, "the present", |window| looking_at(window).is_none());
    harness.run_steps(4);
    assert_eq!((harness.state().status().state, harness.state().status().step), (RunState::Paused, 400));
}

#[test]
fn the_past_is_played_both_ways_and_ends_at_the_present() {
    let mut harness = finished(PaneKind::Matrices, vec2(1280.0, 720.0), short(&[]));
    play_at(&mut harness, "300 steps/s");
    harness.get_by_role_and_label(Role::Button, "Play the past").click();
    let mut seen: Vec<u64> = Vec::new();
    wait_seen(&mut harness, "several steps", |harness| harness.query_by_label("Stop the play").is_some());
    while harness.query_by_label("Stop the play").is_some() {
        harness.step();
        seen.extend(looking_at(harness.state()));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    seen.dedup();
    assert!(seen.len() > 3 && seen.is_sorted() && seen[0] < 200, "{seen:?}");
    wait(&mut harness, "the present", |window| looking_at(window).is_none());
    assert_eq!(harness.state().status().state, RunState::Paused, "nothing is repeated without end");

    harness.get_by_role_and_label(Role::Button, "Play the past backwards").click();
    wait(&mut harness, "earlier steps", |window| looking_at(window).is_some_and(|step| step < 350));
    // The key for what moves: of the past, the play; the run stays where it is.
    harness.key_press(Key::Space);
    wait_seen(&mut harness, "play", |harness| harness.query_by_label("Stop the play").is_some());
    harness.key_press(Key::Space);
    harness.run_steps(2);
    assert!(harness.query_by_label("Stop the play").is_none());
    wait(&mut harness, "look", |window| looking_at(window).is_some());
    assert_eq!(harness.state().status().step, 400);
}

#[test]
fn marks_say_what_changed_and_lead_there() {
    let mut harness = open_paused(builder(), small(&[]));
    harness.state_mut().run_until(60);
    wait(&mut harness, "step 60", |window| window.status().step == 60 && window.status().state == RunState::Paused);
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "change", |window| !window.journal().changes().is_empty());
    harness.state_mut().run_until(120);
    wait(&mut harness, "step 120", |window| window.status().step == 120 && window.status().state == RunState::Paused);
    harness.key_press(Key::T);
    wait(&mut harness, "twin", |window| window.status().twin.is_some());
    harness.state_mut().run_until(200);
    wait(&mut harness, "step 200", |window| window.status().step == 200 && window.status().state == RunState::Paused);
    harness.run_steps(2);
    let change = "Step 60: weight decay 5×10⁻⁴ → 0.02";
    let rail = harness.get_by_role_and_label(Role::Slider, "Step to show").rect();
    let mark = harness.get_by_role_and_label(Role::Button, change).rect();
    let share = (mark.center().x - rail.left() - 8.0) / (rail.width() - 16.0);
    assert!((share - 0.3).abs() < 0.01, "{share}");
    harness.get_by_role_and_label(Role::Button, "Step 120: twin B parted from the run");
    let at = mark.center();
    harness.hover_at(at);
    harness.run_steps(2);
    harness.drag_at(at);
    harness.drop_at(at);
    wait(&mut harness, "the change", |window| looking_at(window) == Some(60));
}

#[test]
fn keys_go_step_by_step_and_from_one_held_step_to_the_next() {
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 720.0), short(&[]));
    harness.key_press(Key::ArrowLeft);
    wait(&mut harness, "step before", |window| looking_at(window) == Some(399));
    harness.key_press(Key::ArrowLeft);
    wait(&mut harness, "step before", |window| looking_at(window) == Some(398));
    harness.key_press(Key::ArrowRight);
    wait(&mut harness, "step after", |window| looking_at(window) == Some(399));
    let held = harness.state().status().history.iter().copied().rfind(|&step| step < 399).expect("step 0 is held");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
    wait(&mut harness, "held step", |window| looking_at(window) == Some(held));
    harness.key_press(Key::End);
    wait(&mut harness, "present", |window| looking_at(window).is_none());
    // A slider that has the focus keeps the arrows.
    harness.get_by_role_and_label(Role::Slider, "Weight decay").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(4);
    assert_eq!(looking_at(harness.state()), None);
}

#[test]
fn it_can_be_hidden_and_is_there_before_a_room_for_who_wants_it_or_looks_back() {
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 720.0), short(&[]));
    let is_there =
        |harness: &Harness<'_, Window>| harness.query_by_role_and_label(Role::Slider, "Step to show").is_some();
    assert!(is_there(&harness));
    harness.key_press(Key::F11);
    harness.run_steps(4);
    assert!(!is_there(&harness), "before a room there is the pane alone");
    for wanted in [true, false] {
        harness.key_press(Key::H);
        harness.run_steps(2);
        assert_eq!(is_there(&harness), wanted);
    }
    harness.key_press(Key::ArrowLeft);
    wait(&mut harness, "a step of the past", |window| looking_at(window).is_some());
    harness.run_steps(2);
    assert!(is_there(&harness), "who looks back sees where");
    harness.key_press(Key::L);
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(is_there(&harness), "a window of its own has it as it had it before");
    harness.get_by_label("View menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: Timeline").click();
    harness.run_steps(3);
    assert!(!is_there(&harness));
}
