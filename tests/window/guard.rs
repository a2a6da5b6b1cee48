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
    ("a menu", |h| button(h, "Run menu"), "Menu: Run until converged"),
    ("the list of experiments", |h| h.get_by_label("Experiment").click(), "Single runs"),
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
fn touched() -> Harness<'static, Window> {
    let mut harness = open_paused(builder(), small(&[]));
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "intervention", |window| !window.journal().interventions().is_empty());
    harness.state_mut().run_until(30);
    wait(&mut harness, "steps", |window| window.status().step == 30 && window.status().state == RunState::Paused);
    harness
}

fn is_asked(harness: &Harness<'_, Window>) -> bool {
    harness.query_by_label("Keep the run").is_some()
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

/// What ends the run, how it is done, and the button that agrees to it.
type Ending<'a> = (&'static str, &'a dyn Fn(&mut Harness<'_, Window>), &'static str);

#[test]
fn whatever_ends_a_run_made_by_hand_asks_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("other.toml");
    std::fs::write(&file, small(&["name=other"]).to_toml()).expect("written");
    let orders: [Ending<'_>; 6] = [
        ("R", &|h| h.key_press(Key::R), "Start again"),
        ("N", &|h| h.key_press(Key::N), "Start again"),
        (
            "the list of experiments",
            &|h| {
                h.get_by_label("Experiment").click();
                h.run_steps(3);
                button(h, "sre-hebb");
            },
            "Open it",
        ),
        ("a file let go", &|h| h.input_mut().dropped_files.push(Arc::new(Dropped(file.clone()))), "Open it"),
        ("a tour", &|h| button(h, "Take the tour"), "Start the tour"),
        (
            "more seeds",
            &|h| {
                h.get_by_role_and_label(Role::SpinButton, "Seeds").set_value_accesskit(4.0);
                h.run_steps(3);
            },
            "Open it",
        ),
    ];
    for (name, order, verb) in orders {
        let mut harness = touched();
        let before = state(harness.state());
        order(&mut harness);
        wait_seen(&mut harness, name, is_asked);
        assert!(harness.query_by_label_contains("30 steps of small with 2 seeds").is_some(), "{name}");
        assert!(harness.query_by_label_contains("1 change made by hand").is_some(), "{name}");
        // Keys are the question's: Enter keeps, as Escape does.
        harness.key_press(Key::R);
        harness.run_steps(3);
        assert!(is_asked(&harness), "{name}");
        harness.key_press(Key::Enter);
        harness.run_steps(4);
        assert!(!is_asked(&harness), "{name}");
        assert_eq!(state(harness.state()), before, "{name}");
        order(&mut harness);
        wait_seen(&mut harness, name, is_asked);
        harness.key_press(Key::Escape);
        harness.run_steps(4);
        assert!(!is_asked(&harness), "{name}");
        assert_eq!(state(harness.state()), before, "{name}");
        order(&mut harness);
        wait_seen(&mut harness, name, is_asked);
        button(&mut harness, verb);
        wait(&mut harness, name, |window| window.status().run_id == 2 && window.status().state == RunState::Paused);
    }
}

#[test]
fn what_is_cheap_or_saved_is_not_asked_about() {
    let mut harness = open_paused(builder(), small(&[]));
    harness.state_mut().run_until(30);
    wait(&mut harness, "steps", |window| window.status().step == 30);
    harness.key_press(Key::R);
    wait(&mut harness, "new run", |window| window.status().run_id == 2);

    let mut harness = touched();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("saved").display().to_string();
    harness.key_press(Key::R);
    wait_seen(&mut harness, "question", is_asked);
    button(&mut harness, "Save the session …");
    wait_seen(&mut harness, "field", |harness| harness.query_by_label("Save file").is_some());
    let field = harness.get_by_role_and_label(Role::TextInput, "Path");
    field.focus();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, "Path").type_text(&path);
    harness.run_steps(2);
    button(&mut harness, "Save file");
    wait(&mut harness, "run folder", |window| {
        window.journal().last().is_some_and(|entry| entry.text.starts_with("Saved."))
    });
    harness.key_press(Key::R);
    wait(&mut harness, "new run", |window| window.status().run_id == 2);
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
fn close(harness: &mut Harness<'_, Window>) -> Vec<ViewportCommand> {
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
