//! The ring of the live run in the planes of the phase diagram: a handle that takes the run elsewhere.

use eframe::egui::{Key, Modifiers, Pos2, Role, Vec2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::sweep::LiveState;

use crate::stage::{open_running, short, sized, wait};

const RING: &str = "Ring of the run";

fn values(window: &Window) -> (f64, f64) {
    let experiment = &window.status().experiment;
    (experiment.noise.weight_sd, experiment.regularizer.weight_decay)
}

fn ring(harness: &Harness<'_, Window>) -> Pos2 {
    harness.get_by_role_and_label(Role::Button, RING).rect().center()
}

/// Drags the ring by way of several places.
fn drag(harness: &mut Harness<'_, Window>, ways: &[Vec2]) {
    let from = ring(harness);
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    for way in ways {
        harness.hover_at(from + *way);
        harness.step();
        std::thread::sleep(std::time::Duration::from_millis(15));
        harness.step();
    }
    harness.drop_at(from + *ways.last().expect("a way"));
    harness.step();
}

#[test]
fn the_run_follows_the_ring_and_one_undo_takes_it_back() {
    let mut harness = open_running(sized(vec2(1280.0, 900.0)), short(&["noise.weight_sd=0.01"]));
    harness.state_mut().show_pane(PaneKind::Phase);
    wait(&mut harness, "some steps", |window| window.status().step > 50);
    let before = values(harness.state());
    assert_eq!(before, (0.01, 0.05));
    let ways: Vec<Vec2> = (1..=8).map(|i| vec2(6.0, 5.0) * i as f32).collect();
    drag(&mut harness, &ways);
    wait(&mut harness, "the run elsewhere", |window| values(window).0 > 0.01 && values(window).1 < 0.05);
    wait(&mut harness, "both changes", |window| window.journal().changes().len() >= 2);
    harness.run_steps(4);
    let changes = harness.state().journal().changes();
    assert_eq!(changes.len(), 2, "one drag is one change of each: {changes:?}");
    assert!(harness.state().journal().interventions().len() > 6, "the run followed on the way");
    let now = values(harness.state());
    let digits = format!("{:e}", now.1).len();
    assert!(digits > 8, "nothing snaps: {now:?}");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    wait(&mut harness, "where it was", |window| values(window) == before);
    harness.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    wait(&mut harness, "where it went", |window| values(window) == now);
    // Down to the left are the row and the column where a value is zero.
    drag(&mut harness, &[vec2(-60.0, 60.0), vec2(-900.0, 900.0)]);
    wait(&mut harness, "no noise and no decay", |window| values(window) == (0.0, 0.0));
}

#[test]
fn keys_move_the_ring_too() {
    let mut harness = open_running(sized(vec2(1280.0, 900.0)), short(&["noise.weight_sd=0.01"]));
    harness.state_mut().show_pane(PaneKind::Phase);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, RING).focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowUp);
    wait(&mut harness, "more decay", |window| (values(window).1 / 0.05 - 10f64.powf(0.1)).abs() < 1e-9);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
    // Half a decade of the variance.
    wait(&mut harness, "less noise", |window| (values(window).0 / 0.01 - 10f64.powf(-0.25)).abs() < 1e-9);
    assert!(harness.state().status().looking_at.is_none(), "the arrows are the ring's");
}

#[test]
fn over_a_grid_of_runs_it_sets_the_fields_of_the_axes() {
    let mut harness = crate::phase::planned(&["training.steps=40"]);
    harness.get_by_label("Start the grid").click();
    wait(&mut harness, "full grid", |window| {
        window.grid_of_runs().is_some_and(|snapshot| snapshot.state == LiveState::Done)
    });
    harness.run_steps(3);
    let run = harness.state().status().run_id;
    let map = harness.get_by_label("Map of learning signal over the grid").rect();
    let at = ring(&harness);
    let middle = pos2(map.center().x, map.center().y);
    drag(&mut harness, &[(middle - at) * 0.5, middle - at]);
    wait(&mut harness, "the middle", |window| {
        let (noise, decay) = values(window);
        (noise - 0.01).abs() < 2e-3 && (decay.log10() + 2.0).abs() < 0.3
    });
    assert_eq!(harness.state().status().run_id, run, "a drag opens no run of the grid");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    wait(&mut harness, "where it was", |window| values(window) == (0.0, 0.05));
}
