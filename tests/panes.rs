//! Every pane, found by its accessible names, drawn in both themes at two sizes, and compared with stored pictures.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test panes` writes the pictures anew. The trainer is held to the portable
//! instruction set, so that curves, numbers and the processor's description are the same on every machine.

use std::time::{Duration, Instant};

use eframe::egui::{Key, Role, Theme, Vec2, vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use hebbscope::app::{LayoutPreset, PaneKind, Window, WindowSetup};
use hebbscope::experiment::{Experiment, resolve};
use hebbscope::sweep::LiveState;
use hebbscope::training::RunState;

/// Longest wait for anything that the trainer does.
const LIMIT: Duration = Duration::from_secs(60);

/// Steps of the run that the pictures show: enough for all windows and oscillations.
const STEPS: u64 = 1_200;

/// Pixels of a picture that may differ, for single hairlines that a driver places half a pixel aside.
const PIXELS: usize = 400;

/// A network small enough to train within a second, with what every pane needs.
fn experiment() -> Experiment {
    let settings = [
        "name=small",
        "description=A small network, for pictures of every pane.",
        "data.train_examples=512",
        "data.validation_examples=64",
        "data.input_size=16",
        "data.output_size=12",
        "model.hidden=[24, 24]",
        "training.batch_size=32",
        "training.seeds=2",
        "regularizer.weight_decay=5e-3",
        "sweep.x=noise.weight_sd",
        "sweep.x_spacing=squared",
        "sweep.x_squared=true",
        "sweep.x_to=0.01",
        "sweep.x_points=6",
        "sweep.y=regularizer.weight_decay",
        "sweep.y_spacing=log",
        "sweep.y_from=1e-3",
        "sweep.y_to=0.1",
        "sweep.y_points=6",
    ];
    let mut settings: Vec<String> = settings.map(String::from).into();
    settings.push(format!("training.steps={STEPS}"));
    resolve("sre", &settings).expect("the preset takes these values")
}

fn open(size: Vec2, theme: Theme) -> Harness<'static, Window> {
    let builder = Harness::builder().with_size(size).with_theme(theme).wgpu();
    let setup = WindowSetup { threads: 1, ..WindowSetup::default() };
    let mut harness =
        builder.build_eframe(|cc| Window::new(&cc.egui_ctx, experiment(), setup).expect("a thread can be started"));
    harness.state_mut().run_until(STEPS);
    wait(&mut harness, "the last step", |window| {
        window.status().state == RunState::Paused && window.status().step == STEPS
    });
    harness
}

#[track_caller]
fn wait(harness: &mut Harness<'_, Window>, what: &str, done: impl Fn(&Window) -> bool) {
    let start = Instant::now();
    while !done(harness.state()) {
        let last = harness.state().journal().last().map(|entry| entry.text.clone());
        assert!(start.elapsed() < LIMIT, "no {what} within {LIMIT:?}; last message: {last:?}");
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Frames until what comes from the trainer on demand is there, and the tabs have come to rest.
fn settle(harness: &mut Harness<'_, Window>) {
    for _ in 0..12 {
        harness.step();
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// Trains the grid of runs to its end.
fn fill_the_grid(harness: &mut Harness<'_, Window>) {
    harness.state_mut().arrange(LayoutPreset::Phase);
    harness.step();
    harness.get_by_label("Grid of runs").click();
    harness.run_steps(2);
    harness.get_by_label("Start the grid").click();
    harness.step();
    wait(harness, "full grid", |window| {
        window.grid_of_runs().is_some_and(|snapshot| snapshot.state == LiveState::Done)
    });
    settle(harness);
}

/// Trains other seeds, and lays the run that was there over them.
fn lay_over(harness: &mut Harness<'_, Window>) {
    harness.state_mut().arrange(LayoutPreset::Explore);
    harness.state_mut().show_pane(PaneKind::Runs);
    harness.key_press(Key::N);
    wait(harness, "other seeds", |window| {
        window.status().shelf.len() == 1 && window.status().state == RunState::Paused
    });
    harness.state_mut().run_until(STEPS);
    wait(harness, "the last step", |window| window.status().step == STEPS && window.status().state == RunState::Paused);
    harness.get_by_label_contains("Overlay ").click();
    harness.step();
    harness.remove_cursor();
    settle(harness);
}

/// Shows the alignment to a room.
fn present(harness: &mut Harness<'_, Window>) {
    harness.state_mut().show_pane(PaneKind::Alignment);
    harness.key_press(Key::F11);
    settle(harness);
}

#[test]
fn every_pane_in_both_themes_at_two_sizes() {
    // SAFETY: this file has one test, so that no other thread reads the environment yet.
    unsafe { std::env::set_var("HEBBSCOPE_INSTRUCTION_SET", "portable") };
    let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(PIXELS);
    let mut results = SnapshotResults::new();
    for (size, name) in [(vec2(1280.0, 720.0), "1280x720"), (vec2(1920.0, 1080.0), "1920x1080")] {
        for (theme, shade) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            let mut harness = open(size, theme);
            for kind in PaneKind::ALL {
                harness.state_mut().arrange(LayoutPreset::Explore);
                harness.state_mut().show_pane(kind);
                settle(&mut harness);
                if kind == PaneKind::Phase {
                    harness.get_by_label("This run").click();
                    harness.step();
                    harness.remove_cursor();
                    settle(&mut harness);
                }
                assert!(harness.state().panes_in_sight().contains(&kind), "{kind:?} is in sight");
                let id = kind.id();
                let tab = harness.query_all_by_role_and_label(Role::Button, kind.title()).count();
                assert!(tab >= 1, "the tab of {id} has its name");
                results.add(harness.try_snapshot_options(format!("{id}-{shade}-{name}"), &options));
            }
            fill_the_grid(&mut harness);
            results.add(harness.try_snapshot_options(format!("phase-grid-{shade}-{name}"), &options));
            lay_over(&mut harness);
            results.add(harness.try_snapshot_options(format!("runs-laid-over-{shade}-{name}"), &options));
            present(&mut harness);
            results.add(harness.try_snapshot_options(format!("presenting-{shade}-{name}"), &options));
        }
    }
}
