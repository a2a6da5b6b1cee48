//! The plane of noise and decay: the way of the run, and a grid of runs that fills it.

use std::sync::Arc;

use eframe::egui::{Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::sweep::{CellState, LiveState};
use hebbscope::training::RunState;

use super::guard::Dropped;
use super::stage::{open_paused, short, sized, wait, wait_seen};

const MAP: &str = "Map of learning signal over the grid";

/// A window with the plan of a grid of 3 x 4 runs.
pub fn planned(settings: &[&str]) -> Harness<'static, Window> {
    let own = [
        "sweep.x=noise.weight_sd",
        "sweep.x_to=0.02",
        "sweep.x_points=3",
        "sweep.y=regularizer.weight_decay",
        "sweep.y_spacing=log",
        "sweep.y_from=1e-3",
        "sweep.y_to=0.1",
        "sweep.y_points=4",
    ];
    let mut harness = open_paused(sized(vec2(1280.0, 900.0)), short(&[&own[..], settings].concat()));
    harness.state_mut().show_pane(PaneKind::Phase);
    harness.run_steps(3);
    harness.get_by_label("Grid of runs").click();
    harness.run_steps(2);
    harness
}

fn state(window: &Window) -> Option<LiveState> {
    window.grid_of_runs().map(|snapshot| snapshot.state.clone())
}

#[test]
fn a_grid_fills_and_a_click_opens_one_of_its_runs() {
    let mut harness = planned(&[]);
    harness.get_by_label("3 × 4 points, 12 runs of 400 steps");
    harness.get_by_label("Start the grid").click();
    wait(&mut harness, "full grid", |window| state(window) == Some(LiveState::Done));
    let snapshot = harness.state().grid_of_runs().expect("it was started");
    assert!(snapshot.cells.iter().all(|cell| matches!(cell, CellState::Done(_))), "{:?}", snapshot.cells);

    // The upper right corner: most noise, most decay.
    let rect = harness.get_by_role_and_label(Role::Image, MAP).rect();
    let corner = rect.right_top() + vec2(-20.0, 20.0);
    harness.hover_at(corner);
    harness.run_steps(2);
    harness.drag_at(corner);
    harness.drop_at(corner);
    wait(&mut harness, "run of the corner", |window| {
        let experiment = &window.status().experiment;
        experiment.noise.weight_sd == 0.02 && (experiment.regularizer.weight_decay - 0.1).abs() < 1e-12
    });
    wait(&mut harness, "steps of that run", |window| {
        window.status().state == RunState::Running && window.status().step > 100
    });
    assert!(harness.state().grid_of_runs().is_some(), "the grid stays beside the run that it opened");
    for choice in ["Cut along γ", "Loss against alignment"] {
        harness.get_by_label(choice).click();
        harness.run_steps(2);
    }
    assert!(harness.query_by_label("Plot of performance against alignment").is_some());
}

#[test]
fn a_grid_is_paused_extended_and_given_up() {
    // Long enough to be still on its way when it is paused.
    let mut harness = planned(&["training.steps=20000"]);
    harness.get_by_label("Start the grid").click();
    wait(&mut harness, "grid", |window| state(window) == Some(LiveState::Running));
    harness.get_by_label("Pause grid").click();
    wait(&mut harness, "pause", |window| state(window) == Some(LiveState::Paused));
    harness.get_by_label("Extend").click();
    harness.run_steps(3);
    harness.get_by_label("Finer in σ").click();
    wait(&mut harness, "finer grid", |window| {
        window.grid_of_runs().is_some_and(|snapshot| snapshot.grid.columns() == 5)
    });
    // What was extended by mistake comes back, with the runs that it had.
    harness.get_by_label("Extend").click();
    harness.run_steps(3);
    harness.get_by_label("Take back the last extension").click();
    wait(&mut harness, "grid as it was", |window| {
        window.grid_of_runs().is_some_and(|snapshot| snapshot.grid.columns() == 3)
    });
    harness.get_by_label("Go on").click();
    wait(&mut harness, "grid on its way", |window| state(window) == Some(LiveState::Running));
    harness.get_by_label("New grid").click();
    wait_seen(&mut harness, "plan", |harness| harness.query_by_label("Start the grid").is_some());
    assert!(harness.state().grid_of_runs().is_none());
}

#[test]
fn a_plan_says_how_long_it_takes_and_refuses_what_no_picture_holds() {
    let mut harness = planned(&[]);
    let says_time = |harness: &Harness<'_, Window>| {
        harness.query_by_label_contains("about ").is_some() || harness.query_by_label("less than a second").is_some()
    };
    wait_seen(&mut harness, "time of the plan", says_time);
    let harness = planned(&["sweep.seeds=100", "sweep.x_points=101"]);
    harness
        .get_by_label("40,400 runs are more than the 20,000 that the window trains; hebbscope sweep takes any number");
}

#[test]
fn no_button_of_a_grid_moves_while_it_trains_pauses_and_ends() {
    let mut harness = planned(&["training.steps=3000"]);
    let places = |harness: &Harness<'_, Window>| {
        ["Extend", "Save cells …", "New grid"].map(|name| harness.get_by_label(name).rect())
    };
    harness.get_by_label("Start the grid").click();
    wait_seen(&mut harness, "grid", |harness| harness.query_by_label("Pause grid").is_some());
    let first = places(&harness);
    harness.get_by_label("Pause grid").click();
    wait_seen(&mut harness, "pause", |harness| harness.query_by_label("Go on").is_some());
    assert_eq!(places(&harness), first);
    harness.get_by_label("Go on").click();
    wait(&mut harness, "full grid", |window| state(window) == Some(LiveState::Done));
    harness.run_steps(2);
    assert_eq!(places(&harness), first);
}

#[test]
fn a_grid_waits_when_another_experiment_is_opened_and_says_whose_it_is() {
    let mut harness = planned(&["training.steps=200000"]);
    let name = harness.state().status().experiment.name.clone();
    harness.get_by_label("Start the grid").click();
    wait(&mut harness, "grid", |window| state(window) == Some(LiveState::Running));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("another.toml");
    std::fs::write(&file, short(&["name=another"]).to_toml()).expect("written");
    harness.input_mut().dropped_files.push(Arc::new(Dropped(file)));
    wait(&mut harness, "pause", |window| state(window) == Some(LiveState::Paused));
    wait_seen(&mut harness, "reason", |harness| harness.query_by_label("waits, as another was opened").is_some());
    harness.get_by_label(&name);
    harness.get_by_label("Go on").click();
    wait(&mut harness, "grid on its way", |window| state(window) == Some(LiveState::Running));
    harness.run_steps(2);
    assert!(harness.query_by_label("waits, as another was opened").is_none());
}
