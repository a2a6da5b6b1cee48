//! The pane of runs that others have taken the place of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{DroppedFile, Key, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::sweep::{CollapsedLayers, Entry, Existing, Grid, Header, Outcome, Shard, SweepFolder};
use hebbscope::training::{COMPUTATION, Command, Event, RunState, Trainer};

use crate::guard::Dropped;
use crate::stage::{LIMIT, builder, finished, open_paused, short, sized, wait, wait_seen};

/// A run to its planned end, another from other seeds begun, and the pane in sight.
fn two() -> Harness<'static, Window> {
    let mut harness = finished(PaneKind::Runs, vec2(1600.0, 900.0), short(&[]));
    harness.key_press(Key::N);
    wait(&mut harness, "another run", |window| {
        let status = window.status();
        status.shelf.len() == 1 && status.state == RunState::Paused && status.run_id == 2
    });
    harness.run_steps(3);
    harness
}

fn press(harness: &mut Harness<'_, Window>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run_steps(3);
}

fn name_of(harness: &Harness<'_, Window>) -> String {
    let run = &harness.state().status().shelf[0];
    format!("{} ({})", run.experiment.name, run.run_id)
}

#[test]
fn a_run_is_named_laid_over_and_brought_back() {
    let mut harness = two();
    let name = name_of(&harness);
    let steps = harness.state().status().shelf[0].step;
    harness.get_by_role_and_label(Role::TextInput, &format!("Name of {name}")).focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, &format!("Name of {name}")).type_text("first try");
    harness.run_steps(3);
    harness.get_by_label("Overlay first try").click();
    harness.run_steps(3);
    for pane in [PaneKind::Alignment, PaneKind::Loss, PaneKind::Norms] {
        harness.state_mut().show_pane(pane);
        wait_seen(&mut harness, "its curves in the legend", |harness| {
            harness.query_all_by_label("first try").next().is_some()
        });
    }
    harness.state_mut().show_pane(PaneKind::Runs);
    harness.run_steps(3);
    press(&mut harness, "Bring back first try");
    wait(&mut harness, "the run", |window| window.status().step == steps && window.status().run_id == 3);
    assert_eq!(harness.state().status().shelf.len(), 1, "the other one is there now");
    // The name goes with the run.
    harness.key_press(Key::R);
    wait(&mut harness, "a reset", |window| window.status().run_id == 4 && window.status().shelf.len() == 2);
    wait_seen(&mut harness, "its name", |harness| harness.query_by_label("Bring back first try").is_some());
}

/// A row that comes, and another pane's width, move nothing under the pointer once they are seen.
#[test]
fn the_list_stands_still_from_its_first_frame() {
    let mut harness = two();
    let place = |harness: &Harness<'_, Window>, name: &str| {
        harness.get_by_role_and_label(Role::Button, &format!("Discard {name}")).rect()
    };
    let still = |harness: &mut Harness<'_, Window>, name: &str| {
        let first = place(harness, name);
        for frame in 0..6 {
            harness.step();
            assert_eq!(place(harness, name), first, "frame {frame} after the first");
        }
    };
    let name = name_of(&harness);
    still(&mut harness, &name);
    harness.state_mut().show_pane(PaneKind::Alignment);
    harness.run_steps(3);
    harness.set_size(vec2(1280.0, 720.0));
    harness.step();
    harness.state_mut().show_pane(PaneKind::Runs);
    harness.step();
    still(&mut harness, &name);
    let note = harness.get_by_role_and_label(Role::TextInput, &format!("Note on {name}")).rect();
    // A bar that scrolls sideways would stand below a list that is wider than its pane, whose margin is ten points.
    assert!(note.right() <= 1270.0, "{note}");
}

#[test]
fn a_run_is_given_up_by_two_presses() {
    let mut harness = two();
    let name = name_of(&harness);
    press(&mut harness, &format!("Discard {name}"));
    assert_eq!(harness.state().status().shelf.len(), 1, "one press could be a slip");
    press(&mut harness, &format!("Discard {name}"));
    wait(&mut harness, "an empty shelf", |window| window.status().shelf.is_empty());
    wait_seen(&mut harness, "words", |harness| harness.query_by_label_contains("Nothing here yet").is_some());
}

/// Folders that are let go together are opened one after the other, the first ones on the shelf behind the last.
#[test]
fn folders_that_are_let_go_together_are_all_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = [3, 4, 5].map(|seed| {
        let experiment = short(&[&format!("training.seed={seed}"), "name=saved"]);
        let trainer = Trainer::spawn(experiment, 1, Box::new(|| {})).expect("a thread");
        let path = folder.path().join(format!("run-{seed}"));
        trainer.send(Command::RunUntil(100));
        let until = Instant::now() + LIMIT;
        while trainer.status().step < 100 {
            assert!(Instant::now() < until, "step {}", trainer.status().step);
            std::thread::sleep(Duration::from_millis(5));
        }
        trainer.send(Command::SaveSession(path.clone()));
        while !trainer.events().recv_deadline(until).is_ok_and(|news| matches!(news.event, Event::Saved(_))) {
            assert!(Instant::now() < until, "it is saved");
        }
        path
    });
    let mut harness = open_paused(builder(), short(&["name=live"]));
    let files = saved.map(|path| -> Arc<dyn DroppedFile + Send + Sync> { Arc::new(Dropped(path)) });
    harness.input_mut().dropped_files.extend(files);
    wait(&mut harness, "all three", |window| {
        let status = window.status();
        let seeds: Vec<u64> = status.shelf.iter().map(|run| run.experiment.training.seed).collect();
        status.experiment.training.seed == 5 && seeds.contains(&3) && seeds.contains(&4) && status.step == 100
    });
}

/// A sweep that is let go lies on the shelf as a whole, and one of its runs over the present one.
#[test]
fn a_sweep_that_is_let_go_is_on_the_shelf_with_its_runs() {
    let scratch = tempfile::tempdir().expect("a folder");
    let path = scratch.path().join("swept");
    let own = ["name=swept", "sweep.x=regularizer.weight_decay", "sweep.x_to=0.1", "sweep.x_points=2", "sweep.seeds=2"];
    let grid = Arc::new(Grid::new(&short(&own)).expect("a grid"));
    let folder = SweepFolder::create(&path, &grid, Shard::ALL, Existing::Refuse).expect("made");
    let header =
        Header { config_hash: grid.config_hash(), shard: (0, 1), backend: "cpu".into(), computation: COMPUTATION };
    let values: Vec<Option<f64>> = (0..grid.names().len()).map(|place| Some(0.25 + place as f64 / 100.0)).collect();
    let done = |cell: usize| Entry::Done {
        cell,
        key: grid.key(cell),
        outcome: Outcome { values: values.clone(), steps: 400, collapsed: CollapsedLayers::None, diverged: false },
        seconds: 1.0,
    };
    // All but the last.
    folder.journal(&header).and_then(|mut journal| journal.write(&[done(0), done(1), done(2)])).expect("written");
    let mut harness = open_paused(sized(vec2(1600.0, 900.0)), short(&["name=live"]));
    harness.input_mut().dropped_files.push(Arc::new(Dropped(path)));
    wait(&mut harness, "the sweep", |window| window.status().experiment.name == "swept");
    harness.state_mut().show_pane(PaneKind::Runs);
    wait_seen(&mut harness, "the sweep on the shelf", |harness| harness.query_by_label("3 of 4").is_some());
    let given = harness.state_mut().taken_out(PaneKind::Runs).expect("a list");
    let tables = given.tables();
    let grids = tables.iter().find(|table| table.text.contains("runs at their end")).expect("its grids");
    assert!(grids.text.contains("Weight decay,3,4,swept"), "{}", grids.text);
    harness.get_by_label("Runs of the grid swept").click();
    harness.run_steps(3);
    press(&mut harness, "Lay over");
    let name = "swept (0, seed 0)";
    harness.get_by_label(&format!("Name of {name}"));
    harness.state_mut().show_pane(PaneKind::Alignment);
    wait_seen(&mut harness, "its values in the legend", |harness| harness.query_all_by_label(name).next().is_some());
    harness.state_mut().show_pane(PaneKind::Runs);
    harness.run_steps(3);
    // The pane is narrow beside the phase diagram.
    let back = format!("Bring back {name}");
    harness.get_by_role_and_label(Role::Button, &back).scroll_to_me();
    harness.run_steps(8);
    press(&mut harness, &back);
    wait(&mut harness, "the run of the sweep", |window| {
        let status = window.status();
        status.experiment.name == "swept" && status.experiment.training.seeds == 1 && status.step > 0
    });
    assert_eq!(harness.state().status().experiment.regularizer.weight_decay, 0.0);
    harness.state_mut().show_pane(PaneKind::Runs);
    harness.run_steps(3);
    press(&mut harness, "Discard the grid swept");
    wait_seen(&mut harness, "no grid", |harness| harness.query_by_label("Grids of runs").is_none());
    assert!(folder.path().is_dir(), "its folder is the user's");
}
