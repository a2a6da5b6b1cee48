//! Keys that something else has the focus of do nothing, and what is costly to lose is asked about first.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers, Role, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::Window;
use hebbscope::training::RunState;

use crate::stage::{builder, open_paused, small, wait, wait_seen};

/// Every key of one letter that does something, and the others that act without a modifier.
const KEYS: [Key; 11] =
    [Key::Space, Key::S, Key::R, Key::G, Key::N, Key::T, Key::F, Key::X, Key::L, Key::PageDown, Key::Questionmark];

/// Run, step, state, twin, and panes in sight: what keys change.
fn state(window: &Window) -> String {
    let status = window.status();
    let twin = status.twin.is_some();
    let (panes, gallery) = (window.panes_in_sight(), window.shows_gallery());
    format!("{} {} {:?} {twin} {panes:?} {gallery}", status.run_id, status.step, status.state)
}

type Opens = fn(&mut Harness<'_, Window>);

fn button(harness: &mut Harness<'_, Window>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run_steps(4);
}

/// What may lie above the panes or take the keyboard, how it is opened, and something that is seen while it is open.
const CONTEXTS: [(&str, Opens, &str); 8] = [
    ("the gallery", |h| h.key_press(Key::G), "Open a result …"),
    ("the sheet of keys", |h| h.key_press(Key::F1), "Double click in a plot"),
    ("the palette", |h| h.key_press_modifiers(Modifiers::COMMAND, Key::P), "File: Open …"),
    ("the field for a path", |h| h.key_press_modifiers(Modifiers::COMMAND, Key::O), "Open file"),
    (
        "the field for a share string",
        |h| h.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::V),
        "Open experiment",
    ),
    ("a menu", |h| button(h, "Run menu"), "Menu: Run until at rest"),
    ("the list of experiments", |h| h.get_by_label("Experiment").click(), "Grids of runs"),
    (
        "a list of numbers",
        |h| {
            // Below the fold of a small window.
            h.get_by_role_and_label(Role::ComboBox, "Batch size").scroll_to_me();
            h.run_steps(8);
            h.get_by_role_and_label(Role::ComboBox, "Batch size").click();
        },
        "512",
    ),
];

#[test]
fn no_key_acts_behind_what_is_open() {
    for (name, open, seen) in CONTEXTS {
        let mut harness = open_paused(builder(), small(&[]));
        harness.run_steps(2);
        open(&mut harness);
        wait_seen(&mut harness, name, |harness| harness.query_all_by_label(seen).next().is_some());
        let before = state(harness.state());
        for key in KEYS {
            harness.key_press(key);
            harness.run_steps(3);
            // The trainer has time for any of them.
            std::thread::sleep(Duration::from_millis(10));
            harness.run_steps(2);
            assert_eq!(state(harness.state()), before, "{key:?} behind {name}");
            assert!(harness.query_all_by_label(seen).next().is_some(), "{name} stays open at {key:?}");
        }
    }
}

#[test]
fn a_number_that_is_typed_keeps_its_keys() {
    let mut harness = open_paused(builder(), small(&[]));
    harness.get_by_role_and_label(Role::SpinButton, "Weight noise").click();
    harness.run_steps(3);
    let before = state(harness.state());
    for key in KEYS {
        harness.key_press(key);
        harness.run_steps(4);
        assert_eq!(state(harness.state()), before, "{key:?} in a field");
    }
}

/// A run of at least 30 steps with a change made by hand.
pub fn touched() -> Harness<'static, Window> {
    let mut harness = open_paused(builder(), small(&[]));
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "intervention", |window| !window.journal().interventions().is_empty());
    harness.state_mut().run_until(30);
    wait(&mut harness, "steps", |window| window.status().step == 30 && window.status().state == RunState::Paused);
    harness
}

#[derive(Debug)]
pub struct Dropped(pub PathBuf);

impl eframe::egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// What takes the run's place and how it is done.
type Ending<'a> = (&'static str, &'a dyn Fn(&mut Harness<'_, Window>));

#[test]
fn whatever_takes_a_runs_place_is_taken_back_by_undo() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("other.toml");
    std::fs::write(&file, small(&["name=other"]).to_toml()).expect("written");
    let orders: [Ending<'_>; 5] = [
        ("R", &|h| h.key_press(Key::R)),
        ("N", &|h| h.key_press(Key::N)),
        ("the list of experiments", &|h| {
            h.get_by_label("Experiment").click();
            h.run_steps(3);
            button(h, "Hebb's rule (sre-hebb)");
        }),
        ("a file let go", &|h| h.input_mut().dropped_files.push(Arc::new(Dropped(file.clone())))),
        ("more seeds", &|h| {
            h.get_by_role_and_label(Role::SpinButton, "Seeds").set_value_accesskit(4.0);
            h.run_steps(3);
        }),
    ];
    for (name, order) in orders {
        let mut harness = touched();
        let before = harness.state().status().clone();
        order(&mut harness);
        wait(&mut harness, name, |window| window.status().run_id == 2 && window.status().state == RunState::Paused);
        assert!(harness.query_by_label("Keep the run").is_none(), "{name}: there is nothing to ask");
        let after = harness.state().status().clone();
        assert_eq!((after.step, after.shelf.len(), after.shelf[0].step), (0, 1, 30), "{name}");
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        wait(&mut harness, name, |window| window.status().run_id == 3 && window.status().state == RunState::Paused);
        let back = harness.state().status().clone();
        assert_eq!((back.step, &back.seeds, &back.experiment), (30, &before.seeds, &before.experiment), "{name}");
        assert_eq!(harness.state().journal().interventions().len(), before.interventions.len(), "{name}: its marks");
        // And once more: what took its place comes back as it was.
        harness.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
        wait(&mut harness, name, |window| window.status().run_id == 4 && window.status().state == RunState::Paused);
        let again = harness.state().status().clone();
        assert_eq!((again.step, &again.seeds, &again.experiment), (0, &after.seeds, &after.experiment), "{name}");
        // Two steps back: the run, then the change that was made in it.
        for (run_id, decay) in
            [(5, before.experiment.regularizer.weight_decay), (5, small(&[]).regularizer.weight_decay)]
        {
            harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
            wait(&mut harness, name, |window| {
                let status = window.status();
                status.run_id == run_id && status.experiment.regularizer.weight_decay == decay
            });
        }
    }
}

/// A tour has runs of its own, and gives the person's back.
#[test]
fn a_tour_gives_back_the_run_that_was_there() {
    let mut harness = touched();
    let before = harness.state().status().clone();
    button(&mut harness, "Take the tour");
    wait(&mut harness, "the tour's run", |window| window.status().run_id > 1 && window.status().shelf.len() == 1);
    button(&mut harness, "End tour");
    wait(&mut harness, "the own run", |window| window.status().step == 30);
    let back = harness.state().status();
    assert!(back.shelf.is_empty() && back.experiment == before.experiment);
}

#[test]
fn a_grid_that_took_time_is_not_given_up_by_a_press() {
    let mut harness = crate::phase::planned(&["training.steps=4000"]);
    harness.get_by_label("Start the grid").click();
    let start = Instant::now();
    wait(&mut harness, "runs of the grid", |window| {
        let done = window.grid_of_runs().map_or(0, |snapshot| snapshot.done);
        done > 0 && start.elapsed() > Duration::from_millis(10_500)
    });
    button(&mut harness, "New grid");
    wait_seen(&mut harness, "question", |harness| harness.query_by_label("Keep the grid").is_some());
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(harness.state().grid_of_runs().is_some());
    button(&mut harness, "New grid");
    button(&mut harness, "End the grid");
    assert!(harness.state().grid_of_runs().is_none());
}

/// A request to close the window, as its frame makes it; what the window answers to it.
pub fn close(harness: &mut Harness<'_, Window>) -> Vec<ViewportCommand> {
    harness.input_mut().viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
    harness.step();
    harness.output().viewport_output[&ViewportId::ROOT].commands.clone()
}

#[test]
fn a_window_with_something_of_worth_asks_before_it_closes() {
    let mut idle = open_paused(builder(), small(&[]));
    assert!(!close(&mut idle).contains(&ViewportCommand::CancelClose), "there is nothing to lose");
    let mut harness = touched();
    assert!(close(&mut harness).contains(&ViewportCommand::CancelClose));
    harness.run_steps(3);
    assert!(harness.query_by_label("Close Hebbscope?").is_some());
    button(&mut harness, "Keep it open");
    assert!(harness.query_by_label("Close Hebbscope?").is_none());
    assert!(close(&mut harness).contains(&ViewportCommand::CancelClose), "it asks each time that it is closed");
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Close it").click();
    let closes = (0..5).any(|_| {
        harness.step();
        harness.output().viewport_output[&ViewportId::ROOT].commands.contains(&ViewportCommand::Close)
    });
    assert!(closes);
    assert!(!close(&mut harness).contains(&ViewportCommand::CancelClose), "once that is said it closes");
}

/// A folder whose changes are those of another run is named, and the run goes on.
#[test]
fn changes_of_another_run_are_not_repeated() {
    let mut harness = open_paused(builder(), small(&[]));
    let before = state(harness.state());
    let folder = tempfile::tempdir().expect("a folder");
    let experiment = small(&["regularizer.weight_decay=5e-4"]);
    std::fs::write(folder.path().join("config.toml"), experiment.to_toml()).expect("written");
    let record = "{\"step\":5,\"field\":\"regularizer.weight_decay\",\"old\":0.25,\"new\":0.5}\n";
    std::fs::write(folder.path().join("interventions.jsonl"), record).expect("written");
    harness.input_mut().dropped_files.push(Arc::new(Dropped(folder.path().to_path_buf())));
    wait(&mut harness, "the refusal", |window| {
        let said = |text: &str| text.contains("recorded as a change from 0.25, but the value here is 0.0005");
        window.journal().entries().iter().any(|entry| said(&entry.text))
    });
    assert_eq!(state(harness.state()), before);
    let record = record.replace("0.25", "5e-4");
    std::fs::write(folder.path().join("interventions.jsonl"), record).expect("written");
    harness.input_mut().dropped_files.push(Arc::new(Dropped(folder.path().to_path_buf())));
    wait(&mut harness, "the folder's run", |window| window.status().experiment.regularizer.weight_decay == 5e-4);
}
