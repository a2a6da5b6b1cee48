//! The pane of runs that others have taken the place of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{DroppedFile, Key, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::training::{Command, Event, RunState, Trainer};

use crate::guard::Dropped;
use crate::stage::{LIMIT, builder, finished, open_paused, short, wait, wait_seen};

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
