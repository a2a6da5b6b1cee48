//! Network and rule: changes that need a new run gather beside what the run has, and are taken up together.

use std::time::Instant;

use eframe::egui::{Event, Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::experiment::{DataKind, Experiment};
use hebbscope::training::Branch;

use crate::stage::{LIMIT, open_paused, sized, small, wait, wait_seen};

fn opened(experiment: Experiment) -> Harness<'static, Window> {
    let mut harness = open_paused(sized(vec2(1280.0, 1000.0)), experiment);
    harness.state_mut().show_pane(PaneKind::Setup);
    harness.run_steps(4);
    harness
}

#[track_caller]
fn press(harness: &mut Harness<'_, Window>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run_steps(4);
}

fn says(harness: &Harness<'_, Window>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

/// Writes `text` in place of what stands in a field, and leaves it.
#[track_caller]
fn write(harness: &mut Harness<'_, Window>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.event(Event::Text(text.into()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
}

#[track_caller]
fn search(harness: &mut Harness<'_, Window>, words: &str) {
    write(harness, "Search all settings", words);
}

/// Chooses a name in a list.
#[track_caller]
fn choose(harness: &mut Harness<'_, Window>, field: &str, name: &str) {
    harness.get_by_role_and_label(Role::ComboBox, field).click();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run_steps(4);
}

const TRAIN: &str = "Train a new run with it";
const WAITS: &str = "Waits for a new run";

#[test]
fn the_drawing_widens_adds_and_removes_layers() {
    let mut harness = opened(small(&[]));
    press(&mut harness, "Hidden layer 2: 16 units");
    press(&mut harness, "Twice as wide");
    assert!(says(&harness, WAITS) && says(&harness, "[16, 32]"), "beside what the run has");
    assert!(says(&harness, "The teacher keeps its own hidden widths, 16–16"));
    press(&mut harness, "Add a layer");
    press(&mut harness, "Hidden layer 1: 16 units");
    press(&mut harness, "Remove");
    assert!(says(&harness, "[32, 32]"));
    assert_eq!(harness.state().status().experiment.model.hidden, [16, 16], "the run goes on as it is");
    // A twin has the run's widths.
    harness.get_by_role_and_label(Role::Button, "Fork it as a twin").click();
    harness.run_steps(4);
    assert!(harness.state().status().twin.is_none());
    press(&mut harness, TRAIN);
    wait(&mut harness, "the new run", |window| window.status().run_id == 2);
    assert_eq!(harness.state().status().experiment.model.hidden, [32, 32]);
    assert!(!says(&harness, WAITS));
}

#[test]
fn a_change_can_be_kept_away_and_undone() {
    let mut harness = opened(small(&[]));
    press(&mut harness, "Half as wide");
    assert!(says(&harness, "[8, 16]"));
    press(&mut harness, "Keep Hidden widths");
    assert!(!says(&harness, WAITS));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(4);
    assert!(says(&harness, "[8, 16]"), "what was kept is undone too");
    press(&mut harness, "Keep all as it is");
    assert!(!says(&harness, WAITS));
}

#[test]
fn any_setting_is_found_by_a_word_and_set() {
    let mut harness = opened(small(&[]));
    search(&mut harness, "frozen layers");
    assert!(says(&harness, "Layers that keep their initial values, counted from 1"), "with its description");
    write(&mut harness, "Frozen layers", "[0.5]");
    assert!(!says(&harness, WAITS), "what cannot be read waits for nothing");
    let last = harness.state().journal().last().map(|entry| entry.text.clone()).unwrap_or_default();
    assert!(last.contains("Frozen layers") && last.contains("whole number"), "{last}");
    write(&mut harness, "Frozen layers", "[1]");
    assert!(says(&harness, WAITS));
    // A twin may differ in it.
    press(&mut harness, "Fork it as a twin");
    wait(&mut harness, "the twin", |window| window.status().twin.is_some());
    let twin = harness.state().status().twin.as_ref().map(|twin| twin.experiment.model.frozen_layers.clone());
    assert_eq!((twin, Branch::B.name()), (Some(vec![1]), "B"));
    assert!(harness.state().status().experiment.model.frozen_layers.is_empty());
}

#[test]
fn what_fits_together_only_is_taken_up_together() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("own.csv");
    let rows: String = (0..40).map(|row| format!("{row},{},{}\n", row % 7, row % 3)).collect();
    std::fs::write(&path, format!("a,b,kind\n{rows}")).expect("written");
    let mut harness = opened(small(&[]));
    search(&mut harness, "teacher_student");
    choose(&mut harness, "Data", "file");
    wait_seen(&mut harness, "what is missing", |harness| says(harness, "data.kind = \"file\" reads it"));
    press(&mut harness, TRAIN);
    assert_eq!(harness.state().status().run_id, 1);
    search(&mut harness, "data.path");
    write(&mut harness, "Data file", path.to_str().expect("a plain path"));
    wait_seen(&mut harness, "what is missing", |harness| says(harness, "name the columns that are to be learnt"));
    search(&mut harness, "data.label_column");
    write(&mut harness, "Label column", "kind");
    search(&mut harness, "data.kind label");
    let extent = "40 rows of 2 inputs and 3 classes: 32 for training, 8 for validation";
    wait_seen(&mut harness, "the data", |harness| says(harness, extent));
    assert!(says(&harness, "Inputs from 0 to 39.0; rows of each class: 0 (14), 1 (13), 2 (13)"));
    assert!(!says(&harness, "name the columns that are to be learnt"));
    press(&mut harness, TRAIN);
    wait(&mut harness, "the new run", |window| window.status().run_id == 2);
    let data = &harness.state().status().experiment.data;
    assert_eq!((data.kind, data.input_size, data.output_size, data.train_examples), (DataKind::File, 2, 3, 32));
}

/// A large file takes long, and the window goes on meanwhile.
#[test]
fn frames_do_not_wait_for_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("own.csv");
    let rows: String = (0..500_000).map(|row| format!("{row},{}\n", row % 7)).collect();
    std::fs::write(&path, format!("a,b\n{rows}")).expect("written");
    let mut harness = opened(small(&[]));
    search(&mut harness, "teacher_student");
    choose(&mut harness, "Data", "file");
    search(&mut harness, "data.target_columns");
    write(&mut harness, "Target columns", "[\"b\"]");
    search(&mut harness, "data.path");
    harness.get_by_role_and_label(Role::TextInput, "Data file").focus();
    harness.run_steps(2);
    harness.event(Event::Text(path.to_str().expect("a plain path").into()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    let extent = "500,000 rows of 1 input and 1 target: 400,000 for training, 100,000 for validation";
    let until = Instant::now() + LIMIT;
    let mut frames = 0;
    while !says(&harness, extent) {
        harness.step();
        frames += usize::from(says(&harness, "The data are being read"));
        assert!(Instant::now() < until, "the file is read");
    }
    assert!(frames >= 2, "{frames} frames were drawn while it was read");
}
