//! What is exported is there, whole, or not there at all: also where the window closes meanwhile, or the disk does not take it.

use std::path::Path;

use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::Window;
use hebbscope::app::link::journal::Weight;
use hebbscope::training::RunState;

use crate::outgoing::{has_said, trained, write_to};
use crate::small_disk::{fill, make_read_only, make_writable, on_small_disk};
use crate::stage::{wait, wait_seen};

/// Exports the pane in front under this name, as far as the press of the button.
fn export(harness: &mut Harness<'_, Window>, path: &Path) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    wait_seen(harness, "looks of the figure", |harness| harness.query_by_label("Export …").is_some());
    harness.get_by_role_and_label(Role::Button, "Export …").click();
    write_to(harness, path);
}

#[test]
fn a_window_that_closes_finishes_what_is_on_its_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("figure.png");
    let mut harness = trained(200);
    export(&mut harness, &path);
    drop(harness);
    let picture = std::fs::read(&path).expect("the window has waited for it");
    assert!(picture.starts_with(b"\x89PNG") && picture.ends_with(b"IEND\xaeB`\x82"), "{} bytes", picture.len());
    assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 1, "nothing unfinished lies beside it");
}

#[test]
fn a_folder_that_takes_no_file_is_named_and_another_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("file");
    std::fs::write(&gone, "in the way").expect("written");
    let mut harness = trained(200);
    export(&mut harness, &gone.join("figure.png"));
    // The dialog of the first path is in sight until that path has been looked up.
    wait(&mut harness, "refusal of the path", |window| has_said(window, Weight::Warning, "cannot be created"));
    wait_seen(&mut harness, "question for another path", |harness| harness.query_by_label("Save file").is_some());
    // The same figure goes where it can.
    let path = folder.path().join("figure.png");
    write_to(&mut harness, &path);
    wait(&mut harness, "written figure", |window| has_said(window, Weight::Note, "Wrote"));
    assert!(path.is_file());
    // A session whose folder cannot be made leaves the run as it is, and says why.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    write_to(&mut harness, &gone.join("session"));
    wait(&mut harness, "refusal", |window| has_said(window, Weight::Warning, "Nothing saved"));
    assert_eq!((harness.state().status().step, harness.state().status().state), (200, RunState::Paused));
}

/// A figure, its numbers and a session, for which the disk has no room: each is refused by the system's words, leaves nothing
/// unfinished, and the run is as it was; `open` makes room again.
fn what_the_disk_does_not_take_is_said(disk: &Path, why: &str, close: impl FnOnce(&Path), open: impl FnOnce(&Path)) {
    let mut harness = trained(200);
    let (old, session) = (disk.join("old.png"), disk.join("session"));
    export(&mut harness, &old);
    wait(&mut harness, "written figure", |window| has_said(window, Weight::Note, "Wrote"));
    let before = std::fs::read(&old).expect("written");
    close(disk);
    let names = || {
        let entries = std::fs::read_dir(disk).expect("there").map(|entry| entry.expect("readable").file_name());
        let mut names: Vec<_> = entries.collect();
        names.sort();
        names
    };
    let there = names();
    export(&mut harness, &disk.join("new.png"));
    wait(&mut harness, "refusal of the path", |window| has_said(window, Weight::Warning, why));
    wait_seen(&mut harness, "question for another path", |harness| harness.query_by_label("Save file").is_some());
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    write_to(&mut harness, &session);
    wait(&mut harness, "refusal", |window| has_said(window, Weight::Warning, "Nothing saved"));
    assert_eq!(std::fs::read(&old).expect("there"), before, "what was there stays");
    assert_eq!(names(), there, "nothing unfinished lies beside it");
    assert_eq!((harness.state().status().step, harness.state().status().state), (200, RunState::Paused));
    open(disk);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    write_to(&mut harness, &session);
    wait(&mut harness, "saved session", |window| has_said(window, Weight::Note, "Saved"));
    assert!(session.join("summary.json").is_file());
}

#[test]
fn a_full_disk_takes_no_figure_and_no_session_and_costs_neither_run_nor_files() {
    let name = "exports::a_full_disk_takes_no_figure_and_no_session_and_costs_neither_run_nor_files";
    let Some(disk) = on_small_disk(name, "8m", &[]) else { return };
    let (close, open) = (
        |disk: &Path| drop(fill(disk)),
        |disk: &Path| {
            std::fs::remove_file(disk.join("filler")).expect("there");
        },
    );
    what_the_disk_does_not_take_is_said(&disk, "No space left", close, open);
}

#[test]
fn a_read_only_disk_takes_no_figure_and_no_session_and_costs_neither_run_nor_files() {
    let name = "exports::a_read_only_disk_takes_no_figure_and_no_session_and_costs_neither_run_nor_files";
    let Some(disk) = on_small_disk(name, "8m", &[]) else { return };
    what_the_disk_does_not_take_is_said(&disk, "Read-only", make_read_only, make_writable);
}

#[test]
fn a_figure_has_the_looks_that_were_chosen_and_the_next_one_begins_with_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("figure.png");
    let mut harness = trained(200);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    wait_seen(&mut harness, "looks of the figure", |harness| harness.query_by_label("Slide 16:9").is_some());
    harness.get_by_label("Slide 16:9").click();
    // What comes of it is told once it is drawn.
    wait_seen(&mut harness, "preview", |harness| harness.query_by_label_contains("339 × 190 mm").is_some());
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    export(&mut harness, &path);
    wait(&mut harness, "written figure", |window| has_said(window, Weight::Note, "Wrote"));
    let picture = image::open(&path).expect("a picture").to_rgb8();
    // 338.7 mm at 144 dots an inch, 16 to 9, on dark ground.
    assert_eq!(picture.width(), 1920);
    assert!((f64::from(picture.height()) - 1080.0).abs() <= 4.0, "{}", picture.height());
    assert!(picture.get_pixel(0, 0).0.iter().all(|channel| *channel < 60));
}
