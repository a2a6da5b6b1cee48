//! Numbers as files: those that a pane shows, and every measured step behind them, with what they are beside them.

use std::path::Path;

use eframe::egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::link::journal::{Entry, Weight};
use hebbscope::app::{PaneKind, Window};
use hebbscope::record::MetricsReader;
use hebbscope::training::RunState;

use crate::outgoing::{choose, has_said, trained, write_to};
use crate::stage::{wait, wait_seen};

/// Opens the question about the numbers of a pane.
fn ask(harness: &mut Harness<'_, Window>, pane: PaneKind) {
    choose(harness, pane, "Export data as CSV …");
    wait_seen(harness, "choice", |harness| harness.query_by_label("Every measured step").is_some());
}

/// Takes every measured step, once it is known how many rows these are.
fn take_every_step(harness: &mut Harness<'_, Window>, rows: &str, path: &Path) {
    harness.get_by_label("Every measured step").click();
    wait_seen(harness, "count of the rows", |harness| harness.query_by_label_contains(rows).is_some());
    harness.get_by_role_and_label(Role::Button, "Export …").click();
    write_to(harness, path);
    // Another file may have been told of before.
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let is_told = |entry: &Entry| entry.text.contains("every measured step") && entry.text.contains(&name);
    wait(harness, "rows", |window| window.journal().entries().iter().any(is_told));
}

fn about(path: &Path) -> serde_json::Value {
    let name = format!("{}-about.json", path.file_stem().expect("a name").to_string_lossy());
    serde_json::from_slice(&std::fs::read(path.with_file_name(name)).expect("beside it")).expect("JSON")
}

#[test]
fn every_measured_step_is_written_as_a_saved_session_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, session) = (folder.path().join("alignment.csv"), folder.path().join("session"));
    let mut harness = trained(300);
    harness.get_by_role_and_label(Role::SpinButton, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "change", |window| window.status().experiment.regularizer.weight_decay == 0.02);
    harness.state_mut().run_until(400);
    wait(&mut harness, "steps", |window| window.status().step == 400 && window.status().state == RunState::Paused);
    ask(&mut harness, PaneKind::Alignment);
    // Two seeds and 400 steps.
    take_every_step(&mut harness, "800 rows", &path);
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::S);
    write_to(&mut harness, &session);
    wait(&mut harness, "saved session", |window| has_said(window, Weight::Note, "Saved"));
    let mut saved = MetricsReader::open(&session.join("metrics.csv")).expect("a table");
    let names = saved.names().to_vec();
    let mut table = csv::Reader::from_path(&path).expect("written");
    let header: Vec<String> = table.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header[..4], ["step", "epoch", "seed", "layer 1: learning signal, cos(g, H)"]);
    assert_eq!(header.len(), 3 + 2 * 3, "{header:?}");
    let about = about(&path);
    let columns = about["files"][0]["columns"].as_array().expect("columns").clone();
    assert_eq!(columns.len(), header.len());
    let mut rows = 0;
    for row in table.records() {
        let row = row.expect("a row");
        let same = saved.next_row().expect("readable").expect("as many rows");
        assert_eq!((row[0].to_owned(), row[2].to_owned()), (same.step.to_string(), same.seed.to_string()));
        for (at, column) in columns.iter().enumerate().skip(3) {
            assert_eq!(column["name"], header[at]);
            let place = names.iter().position(|name| column["metric"] == name.as_str()).expect("a metric");
            assert_eq!(row[at].parse::<f32>().ok(), same.values[place], "step {} {}", same.step, header[at]);
        }
        rows += 1;
    }
    assert_eq!((rows, saved.next_row().expect("readable")), (800, None));
    assert_eq!(about["steps"], serde_json::json!([0, 399]));
    assert_eq!(about["files"][0]["rows"], 800);
    assert_eq!(about["interventions"][0]["step"], 300);
    assert!(about["detail"].as_str().is_some_and(|text| text.starts_with("Every measured step")), "{about}");
    assert_eq!(harness.state().status().step, 400, "the run does not notice");
}

#[test]
fn a_twin_has_a_file_of_its_own_and_a_past_moment_ends_where_it_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let (both, past) = (folder.path().join("both.csv"), folder.path().join("past.csv"));
    let mut harness = trained(60);
    harness.state_mut().show_pane(PaneKind::Twins);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::SpinButton, "Value of twin B").set_value_accesskit(0.05);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Fork twin here").click();
    wait(&mut harness, "twin", |window| window.status().twin.is_some());
    harness.state_mut().run_until(100);
    wait(&mut harness, "steps", |window| window.status().step == 100 && window.status().state == RunState::Paused);
    ask(&mut harness, PaneKind::Loss);
    take_every_step(&mut harness, "400 rows", &both);
    let about_both = about(&both);
    assert_eq!((&about_both["twin_forked_at"], &about_both["files"][1]["run"]), (&60.into(), &"twin B".into()));
    let read = |path: &Path| std::fs::read_to_string(path).expect("written");
    let (a, b) = (read(&both), read(&folder.path().join("both-twin-b.csv")));
    let [a, b] = [a, b].map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    assert_eq!((a.len(), b.len()), (201, 201));
    assert_eq!(a[..1 + 2 * 61], b[..1 + 2 * 61], "one run up to the fork, whose step both begin with");
    assert!(a[1 + 2 * 62..] != b[1 + 2 * 62..], "and two from there on");
    for _ in 0..3 {
        harness.key_press(Key::ArrowLeft);
        harness.run_steps(3);
    }
    wait(&mut harness, "look back", |window| window.status().looking_at.is_some_and(|step| step < 98));
    let step = harness.state().status().looking_at.expect("a step of the past");
    ask(&mut harness, PaneKind::Loss);
    harness.get_by_label("Every measured step").click();
    harness.run_steps(2);
    harness.get_by_label("Up to the one shown").click();
    harness.get_by_label("Twin B too").click();
    harness.run_steps(2);
    let rows = 2 * (step + 1);
    take_every_step(&mut harness, &format!("{rows} rows"), &past);
    let about = about(&past);
    assert_eq!((&about["looked_back_at"], &about["steps"]), (&step.into(), &serde_json::json!([0, step])));
    assert_eq!(read(&past).lines().count() as u64, 1 + rows);
    assert!(!folder.path().join("past-twin-b.csv").exists());
}

#[test]
fn what_is_seen_is_there_as_well_and_says_how_fine_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("norms.csv");
    let mut harness = trained(90);
    ask(&mut harness, PaneKind::Norms);
    wait_seen(&mut harness, "count of the rows", |harness| harness.query_by_label_contains("90 rows").is_some());
    harness.get_by_role_and_label(Role::Button, "Export …").click();
    write_to(&mut harness, &path);
    wait(&mut harness, "numbers", |window| has_said(window, Weight::Note, "Wrote"));
    let about = about(&path);
    assert!(about["detail"].as_str().is_some_and(|text| text.contains("every measured step in sight")), "{about}");
    let header = std::fs::read_to_string(&path).expect("written").lines().next().map(str::to_owned);
    let names: Vec<_> = about["files"][0]["columns"].as_array().expect("columns").iter().collect();
    assert!(header.is_some_and(|header| names.iter().all(|c| header.contains(c["name"].as_str().expect("a name")))));
}

#[test]
fn rows_that_are_given_up_leave_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = trained(4000);
    ask(&mut harness, PaneKind::Alignment);
    harness.get_by_label("Every measured step").click();
    wait_seen(&mut harness, "count of the rows", |harness| harness.query_by_label_contains("8,000 rows").is_some());
    harness.get_by_label_contains("all that are measured").click();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Export …").click();
    write_to(&mut harness, &folder.path().join("rows.csv"));
    // However fast the disk is: what is given up before the end is not there, and what was at its end is whole.
    if let Some(cancel) = harness.query_by_role_and_label(Role::Button, "Cancel") {
        cancel.click();
    }
    wait(&mut harness, "an end", |window| {
        has_said(window, Weight::Warning, "cancelled") || has_said(window, Weight::Note, "Wrote")
    });
    let cancelled = has_said(harness.state(), Weight::Warning, "cancelled");
    assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), if cancelled { 0 } else { 2 });
}
