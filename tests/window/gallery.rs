//! The gallery: cards that load what they show, and results of a reproduction, each run of which can be trained again.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use eframe::egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::{PaneKind, Window, WindowSetup};
use hebbscope::reproduce::{Manifest, Rates, ReproductionFolder, Settings, Work, choose};
use hebbscope::sweep::{Existing, Shard};
use hebbscope::training::RunState;

use crate::guard::Dropped;
use crate::stage::{builder, open, small, wait, wait_seen};

/// The card, or the entry of a result, of an item.
fn card(label: &str) -> impl Fn(&Harness<'_, Window>) -> bool {
    move |harness| harness.query_by_label_contains(&format!("{label}: ")).is_some()
}

/// A window that need not time this machine first.
fn paused() -> Harness<'static, Window> {
    let setup = WindowSetup { rates: Some(Rates::given(1e-10)), ..WindowSetup::default() };
    let mut harness = open(builder(), small(&[]), setup);
    wait(&mut harness, "paused trainer", |window| window.status().state == RunState::Paused);
    harness
}

fn opened() -> Harness<'static, Window> {
    let mut harness = paused();
    harness.key_press(Key::G);
    wait_seen(&mut harness, "cards", card("Figure 2"));
    harness
}

#[test]
fn a_card_loads_experiment_layout_and_plan() {
    let mut harness = opened();
    harness.get_by_label_contains("Figure 4: ").click();
    wait(&mut harness, "experiment of the figure", |window| window.status().experiment.name == "weight-noise");
    assert!(!harness.state().shows_gallery());
    let sight = harness.state().panes_in_sight();
    assert!(sight.contains(&PaneKind::Phase) && sight.contains(&PaneKind::Alignment), "{sight:?}");
    let steps = harness.state().status().experiment.total_steps();
    assert!(steps > 1_000);
    harness.get_by_label("Start the grid");
    harness.get_by_label("10 × 10 points, 100 runs of 1,500 steps");

    // As the paper has it: more points of the same plane.
    harness.get_by_role_and_label(Role::Button, "Gallery").click();
    wait_seen(&mut harness, "cards", card("Figure 4"));
    harness.get_by_label("As in the paper").click();
    harness.run_steps(2);
    wait_seen(&mut harness, "cards", card("Figure 4"));
    harness.get_by_label_contains("Figure 4: ").click();
    harness.run_steps(4);
    // The message of it, which says the same behind other words, may have given way to that of the run.
    let plan = "20 × 20 points, 400 runs of ";
    // The words of a text are its value.
    let is_plan = |text: Option<String>| text.is_some_and(|text| text.starts_with(plan));
    assert!(harness.query_all_by_label_contains(plan).any(|node| is_plan(node.accesskit_node().value())));
}

#[test]
fn a_card_of_single_runs_trains_where_they_are_seen() {
    let mut harness = opened();
    harness.get_by_label_contains("Figure 2: ").click();
    wait(&mut harness, "the figure's run", |window| {
        window.status().experiment.name == "matrices-strong" && window.status().state == RunState::Running
    });
    assert!(harness.state().panes_in_sight().contains(&PaneKind::Matrices));
    assert_eq!(harness.state().status().seeds.len(), 3, "as the figure has them");

    // Its other experiment, from the menu at the card's foot.
    harness.key_press(Key::G);
    wait_seen(&mut harness, "cards", card("Figure 2"));
    harness.get_by_label("All experiments of Figure 2").click();
    harness.run_steps(3);
    harness.get_by_label_contains("matrices-none: ").click();
    wait(&mut harness, "the other run", |window| window.status().experiment.name == "matrices-none");
    assert_eq!(harness.state().status().experiment.regularizer.weight_decay, 0.0);
}

/// A reproduction of a grid and of single runs, of a few steps.
fn reproduced(folder: &Path) -> Work {
    let settings = Settings { quick: true, steps: Some(4), seeds: Some(1), cifar: None };
    let names = ["fig2", "fig12"];
    let items = choose(&names.map(str::to_owned)).expect("known items");
    let work = Work::new(&items, &settings, Shard::ALL, 2).expect("allowed");
    let manifest = Manifest::new(&names, &settings);
    let place = ReproductionFolder::create(folder, &manifest, Existing::Refuse).expect("a fresh folder");
    work.train(&place, &Arc::new(AtomicBool::new(false)), &mut |_| {}).expect("trained");
    work
}

fn let_go(harness: &mut Harness<'_, Window>, path: &Path) {
    harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_path_buf())));
}

fn press(harness: &mut Harness<'_, Window>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run_steps(4);
}

#[test]
fn a_result_is_opened_and_every_part_of_it_can_be_run() {
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = scratch.path().join("paper");
    let work = reproduced(&folder);
    let grid = &work.plan().grids[0];
    let mut harness = paused();
    // A file of the folder stands for it.
    let_go(&mut harness, &folder.join("reproduce.json"));
    wait_seen(&mut harness, "result", |harness| harness.query_by_label("Result paper").is_some());
    assert!(harness.query_by_label_contains("reproduce fig2 fig12 --quick --seeds 1 --steps 4").is_some());
    // The first item's claims, and why nothing of a few steps counts.
    assert!(harness.query_all_by_label("not tested").count() >= 2);
    assert!(harness.query_all_by_label_contains("--steps 4: no run trains longer").next().is_some());
    harness.get_by_label("Figures").click();
    harness.run_steps(2);
    assert!(
        harness
            .query_by_role_and_label(
                Role::Image,
                "Figure 2: directions of learning signal and Hebbian update, layer 2, last step"
            )
            .is_some()
    );

    // A single run.
    // The pane of that name lies below.
    harness.query_all_by_label("Runs").last().expect("a part of the result").click();
    harness.run_steps(3);
    press(&mut harness, "Run matrices-none-seed0");
    wait(&mut harness, "the single run", |window| {
        window.status().experiment.name == "matrices-none" && window.status().state == RunState::Running
    });
    assert!(!harness.state().shows_gallery() && harness.state().panes_in_sight().contains(&PaneKind::Matrices));

    // A cell of the grid; the gallery comes back where it was left.
    harness.key_press(Key::G);
    harness.run_steps(3);
    harness.get_by_label_contains("Figure 12: ").click();
    harness.run_steps(3);
    let cells = format!("{}: weight decay", grid.name);
    let count = harness.query_all_by_label_contains(&cells).count();
    assert_eq!(count, grid.grid.cells(), "one seed each");
    harness.query_all_by_label_contains(&cells).last().expect("a cell").click();
    wait(&mut harness, "the cell's run", |window| {
        window.status().experiment.name == grid.name && window.status().state == RunState::Running
    });
    let wanted = grid.grid.experiment_of(grid.grid.cells() - 1).expect("allowed");
    let run = &harness.state().status().experiment;
    assert_eq!((&run.model, &run.regularizer), (&wanted.model, &wanted.regularizer));

    // The whole grid in the phase diagram.
    harness.key_press(Key::G);
    harness.run_steps(3);
    press(&mut harness, &format!("Open {} in the phase diagram", grid.name));
    let shown = harness.state().grid_of_runs().expect("a grid is shown");
    assert_eq!(shown.done, grid.grid.cells());
    assert!(harness.query_by_label("Extend").is_none(), "nothing trains it");
    press(&mut harness, "New grid");
    assert!(harness.query_by_label("Start the grid").is_some());
}

#[test]
fn a_result_that_cannot_be_read_is_named() {
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = scratch.path().join("paper");
    let work = reproduced(&folder);
    let mut harness = paused();
    let mut refused = |path: &Path, words: &str| {
        let before = harness.state().journal().entries().len();
        let_go(&mut harness, path);
        wait(&mut harness, words, |window| {
            window.journal().entries().iter().skip(before).any(|entry| entry.text.contains(words))
        });
        assert!(!harness.state().shows_gallery());
    };
    let record = folder.join("runs").join(format!("{}.json", work.plan().courses[0].name));
    let whole = fs::read_to_string(&record).expect("there");
    let wrong = [
        (&whole[..whole.len() / 2], "matrices-strong-seed0.json: cannot be read as what this program wrote"),
        (&whole.replace("\"key\":\"", "\"key\":\"0"), "is the record of a run with other settings"),
        (&whole.replacen("\"computation\":", "\"computation\":9", 1), "was computed by version 9"),
    ];
    for (text, words) in wrong {
        fs::write(&record, text).expect("written");
        refused(&folder, words);
    }
    fs::write(&record, &whole).expect("written");
    let manifest = folder.join("reproduce.json");
    let text = fs::read_to_string(&manifest).expect("there");
    fs::write(&manifest, text.replace("fig12", "fig99")).expect("written");
    refused(&folder, "fig99: no such item");
    fs::write(&manifest, "{").expect("written");
    refused(&folder, "reproduce.json: cannot be read as what this program wrote");
    fs::remove_file(&manifest).expect("removed");
    refused(&folder, "this folder has no config.toml; Hebbscope opens");
}

/// As `hebbscope --experiment FOLDER` opens it, also where it is not complete.
#[test]
fn a_result_opens_with_the_window() {
    let scratch = tempfile::tempdir().expect("a folder");
    let work = reproduced(scratch.path());
    fs::remove_file(scratch.path().join("runs").join(format!("{}.json", work.plan().courses[0].name)))
        .expect("removed");
    let setup = WindowSetup { opens: Some(scratch.path().to_path_buf()), ..WindowSetup::default() };
    let mut harness = open(builder(), small(&[]), setup);
    wait(&mut harness, "result", Window::shows_gallery);
    let (done, units) = (work.units() - 1, work.units());
    harness.get_by_label_contains(&format!("{done} of {units} cells and runs are at their end"));
    assert!(harness.query_all_by_label_contains("1 of 2 cells and runs are not at their end").next().is_some());
    // Escape closes it, and what was behind it has the keys again.
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state().shows_gallery());
}
