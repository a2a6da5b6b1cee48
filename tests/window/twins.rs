//! Twins and history in the window, driven through accessible names, with the real trainer behind it.

use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::look::numbers;
use hebbscope::app::{PaneKind, Window};
use hebbscope::experiment::{Experiment, RuleKind};
use hebbscope::training::RunState;

use crate::stage::{open_paused, sized, small, wait};

/// Far longer than a text takes to be made; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The ring of the phase diagram is the twin that the sliders act on, and takes that one alone elsewhere.
#[test]
fn the_ring_is_the_twin_that_the_sliders_move() {
    let mut harness = open(PaneKind::Phase, vec2(1280.0, 900.0));
    train(&mut harness, 60);
    harness.key_press(Key::T);
    wait(&mut harness, "a twin", |window| window.status().twin.is_some());
    harness.get_by_label("Sliders act on twin B").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("The ring is twin B, on which the sliders act.").is_some());
    let before = harness.state().status().experiment.regularizer.weight_decay;
    let of_b = |window: &Window| window.status().twin.as_ref().map(|twin| twin.experiment.regularizer.weight_decay);
    let ring =
        |harness: &Harness<'_, Window>| harness.get_by_role_and_label(Role::Button, "Ring of the run").rect().center();
    let from = ring(&harness);
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    for part in 1..=4 {
        harness.hover_at(from - vec2(0.0, 15.0 * part as f32));
        harness.step();
    }
    harness.drop_at(from - vec2(0.0, 60.0));
    wait(&mut harness, "B elsewhere", |window| of_b(window).is_some_and(|decay| decay > before));
    assert_eq!(harness.state().status().experiment.regularizer.weight_decay, before, "A stays where it is");
    train(&mut harness, 60);
    harness.run_steps(3);
    let moved = ring(&harness);
    assert!(moved.y < from.y - 30.0, "the ring is where B is: {from:?} {moved:?}");
    harness.get_by_label("Sliders act on twin A").click();
    harness.run_steps(3);
    assert!((ring(&harness) - from).length() < 2.0, "now it is where A is");
    let table = copied_data(&mut harness, PaneKind::Phase);
    let rows = table.lines().skip_while(|row| !row.starts_with("twin,")).skip(1);
    let twins: Vec<_> = rows.filter_map(|row| row.split(',').next()).collect();
    assert!(twins.contains(&"A") && twins.contains(&"B"), "{table}");
}

fn open(pane: PaneKind, size: egui::Vec2) -> Harness<'static, Window> {
    let mut harness = open_paused(sized(size), small(&[]));
    harness.state_mut().show_pane(pane);
    harness.run_steps(2);
    harness
}

/// Trains at least that many steps more, and pauses.
#[track_caller]
fn train(harness: &mut Harness<'_, Window>, steps: u64) -> u64 {
    let until = harness.state().status().step + steps;
    harness.key_press(Key::Space);
    wait(harness, "steps", |window| window.status().step >= until);
    harness.key_press(Key::Space);
    wait(harness, "pause", |window| window.status().state == RunState::Paused);
    harness.state().status().step
}

/// What a pane puts on the clipboard as data.
#[track_caller]
fn copied_data(harness: &mut Harness<'_, Window>, pane: PaneKind) -> String {
    harness.state_mut().show_pane(pane);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, &format!("Export {}", pane.title())).click();
    harness.run_steps(2);
    harness.get_by_label(&format!("Copy data of {}", pane.title())).click();
    copied_text(harness)
}

pub fn copied_text(harness: &mut Harness<'_, Window>) -> String {
    // It is made beside the window's thread.
    let until = Instant::now() + PATIENCE;
    let copied = std::iter::repeat(()).take_while(|()| Instant::now() < until).find_map(|()| {
        std::thread::sleep(Duration::from_millis(2));
        harness.step();
        harness.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    });
    copied.expect("a text is copied")
}

fn decay(experiment: &Experiment) -> f64 {
    experiment.regularizer.weight_decay
}

fn twins_decay(window: &Window) -> Option<f64> {
    window.status().twin.as_ref().map(|twin| decay(&twin.experiment))
}

#[test]
fn a_twin_is_forked_trained_and_kept() {
    let mut harness = open(PaneKind::Twins, vec2(1280.0, 800.0));
    let forked_at = train(&mut harness, 50);
    harness.get_by_role_and_label(Role::SpinButton, "Value of twin B").set_value_accesskit(0.05);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Fork twin here").click();
    wait(&mut harness, "twin", |window| twins_decay(window) == Some(0.05));
    assert_eq!(decay(&harness.state().status().experiment), 5e-4, "A stays as it was");
    assert_eq!(harness.state().status().twin.as_ref().map(|twin| twin.forked_at), Some(forked_at));
    train(&mut harness, 300);
    for label in [
        "Plot of Signal alignment of twins A and B",
        "Plot of difference of twins B − A",
        "Quantity of the twins",
        "Twins' layer 2",
        "γ = 0.05",
        "Sliders act on both twins",
    ] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    // Curves and plot of the alignment have the twin beside them.
    harness.state_mut().show_pane(PaneKind::Alignment);
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::CheckBox, "Twin B").is_some());
    for (pane, curve) in [(PaneKind::Alignment, "layer 2: Twin B"), (PaneKind::Loss, "training loss: Twin B")] {
        let data = copied_data(&mut harness, pane);
        assert!(data.lines().any(|line| line.contains(curve)), "{curve} is missing: {:?}", data.lines().next());
    }
    // Each twin has a command that repeats it.
    harness.get_by_label("Edit menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: Copy command").click();
    let text = copied_text(&mut harness);
    let commands: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let change = format!("{forked_at}:regularizer.weight_decay=0.05");
    assert_eq!(commands.len(), 2, "{text}");
    assert!(!commands[0].contains(&change) && commands[1].contains(&change), "{text}");
    harness.state_mut().show_pane(PaneKind::Twins);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Keep B").click();
    wait(&mut harness, "end of the twin", |window| window.status().twin.is_none());
    assert_eq!(decay(&harness.state().status().experiment), 0.05);
    let changes = harness.state().journal().changes();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].from_step, changes[0].target.twin.as_ref()), (forked_at, None), "B's changes are the run's");
    assert!(harness.query_by_label("Sliders act on both twins").is_none());
    assert!(harness.query_by_label("Fork twin here").is_some());
}

/// Another rule is chosen by its name, comes with its usual settings, and can be the run's in the end.
#[test]
fn a_twin_may_have_another_rule() {
    // High enough for all controls.
    let mut harness = open(PaneKind::Twins, vec2(1280.0, 1600.0));
    train(&mut harness, 40);
    harness.get_by_label("Setting that differs").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Learning rule").click();
    harness.run_steps(3);
    harness.get_by_label("Value of twin B").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Hebb").click();
    harness.run_steps(3);
    harness.get_by_label("Fork twin here").click();
    wait(&mut harness, "twin", |window| window.status().twin.is_some());
    let of_twin = |window: &Window| window.status().twin.as_ref().map(|twin| twin.experiment.rule.clone());
    let rule = of_twin(harness.state()).expect("a twin");
    assert_eq!((rule.kind, rule.learning_rate), (RuleKind::Hebb, 1e-4));
    train(&mut harness, 40);
    assert!(harness.query_by_label_contains("rule = hebb").is_some());
    assert_eq!(harness.state().journal().changes()[0].field, "rule");
    // Its network is changed at once, while the run itself would wait for a reset.
    harness.get_by_label("Sliders act on twin B").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::CheckBox, "Batch norm").click();
    let norms = |window: &Window| window.status().twin.as_ref().is_some_and(|twin| twin.experiment.model.batch_norm);
    wait(&mut harness, "batch norm", norms);
    assert!(!harness.state().status().experiment.model.batch_norm);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    wait(&mut harness, "no batch norm", |window| !norms(window));
    train(&mut harness, 20);
    harness.get_by_role_and_label(Role::Button, "Keep B").click();
    wait(&mut harness, "end of the twin", |window| window.status().twin.is_none());
    assert_eq!(harness.state().status().experiment.rule, rule);
}

#[test]
fn sliders_act_on_the_twin_that_is_picked() {
    let mut harness = open(PaneKind::Twins, vec2(1280.0, 800.0));
    train(&mut harness, 20);
    harness.key_press(Key::T);
    wait(&mut harness, "twin", |window| window.status().twin.is_some());
    assert_eq!(twins_decay(harness.state()), Some(5e-4), "a key forks without a change");
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "B's weight decay", |window| twins_decay(window) == Some(0.02));
    assert_eq!(decay(&harness.state().status().experiment), 5e-4, "a fork by the key steers B");
    let twin = harness.state().journal().changes()[0].target.twin.clone();
    assert_eq!(twin.as_deref(), Some("B"));
    let shown = |harness: &Harness<'_, Window>| {
        harness.get_by_role_and_label(Role::Slider, "Weight decay").accesskit_node().numeric_value()
    };
    assert_eq!(shown(&harness), Some(0.02));
    harness.get_by_label("Sliders act on twin A").click();
    harness.run_steps(3);
    assert_eq!(shown(&harness), Some(5e-4), "A's value is shown");
    // What is taken back is what was changed, whatever is steered by now.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    wait(&mut harness, "B's weight decay taken back", |window| twins_decay(window) == Some(5e-4));
    harness.get_by_label("Sliders act on both twins").click();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.01);
    wait(&mut harness, "both weight decays", |window| {
        twins_decay(window) == Some(0.01) && decay(&window.status().experiment) == 0.01
    });
    harness.get_by_role_and_label(Role::Button, "Keep A").click();
    wait(&mut harness, "end of the twin", |window| window.status().twin.is_none());
    assert!(harness.state().journal().changes().iter().all(|change| change.target.twin.is_none()));
}

#[test]
fn the_past_is_shown_and_continued_from() {
    let mut harness = open(PaneKind::History, vec2(1280.0, 800.0));
    let changed_at = train(&mut harness, 120);
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "new weight decay", |window| decay(&window.status().experiment) == 0.02);
    let now = train(&mut harness, 60);
    assert_eq!(harness.state().journal().changes().len(), 1);
    harness.get_by_role_and_label(Role::Slider, "Step to show").set_value_accesskit(40.0);
    wait(&mut harness, "past", |window| window.status().looking_at == Some(40));
    assert!(harness.query_by_role_and_label(Role::Button, "Back to the present").is_some());
    assert!(harness.query_by_label("Progress: showing step 40 of the past").is_some());
    harness.key_press(Key::ArrowRight);
    wait(&mut harness, "next step", |window| window.status().looking_at == Some(41));
    harness.get_by_role_and_label(Role::Button, "Look one step back").click();
    wait(&mut harness, "previous step", |window| window.status().looking_at == Some(40));
    harness.get_by_role_and_label(Role::Button, "Next change").click();
    wait(&mut harness, "change", |window| window.status().looking_at == Some(changed_at));
    harness.key_press(Key::End);
    wait(&mut harness, "present", |window| window.status().looking_at.is_none());
    assert_eq!(harness.state().status().step, now, "to look is not to go");
    let row = format!("Step {}: Weight decay 5×10⁻⁴ → 0.02, all", numbers::count(changed_at));
    harness.get_by_label(&row).click();
    wait(&mut harness, "change", |window| window.status().looking_at == Some(changed_at));
    harness.get_by_role_and_label(Role::Slider, "Step to show").set_value_accesskit(50.0);
    wait(&mut harness, "past", |window| window.status().looking_at == Some(50));
    harness.get_by_role_and_label(Role::Button, "Continue from here").click();
    wait(&mut harness, "way back", |window| window.status().step == 50 && window.status().looking_at.is_none());
    wait(&mut harness, "marks gone", |window| window.journal().changes().is_empty());
    assert_eq!(decay(&harness.state().status().experiment), 5e-4);
    harness.state_mut().show_pane(PaneKind::Alignment);
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::CheckBox, "Before going back").is_some());
    assert!(train(&mut harness, 10) >= 60);
}

#[test]
fn nothing_is_clipped_in_the_smallest_window() {
    let size = vec2(960.0, 560.0);
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, size);
    let mut harness = open(PaneKind::Twins, size);
    train(&mut harness, 20);
    let inside = |harness: &Harness<'_, Window>, labels: &[&str]| {
        for label in labels {
            let rect = harness.get_by_label(label).rect();
            assert!(screen.contains_rect(rect), "{label} at {rect:?}");
        }
    };
    inside(&harness, &["Setting that differs", "Value of twin B", "Fork twin here"]);
    harness.get_by_label("Fork twin here").click();
    wait(&mut harness, "twin", |window| window.status().twin.is_some());
    train(&mut harness, 20);
    let plots = ["Plot of Signal alignment of twins A and B", "Plot of difference of twins B − A"];
    inside(&harness, &plots);
    inside(&harness, &["Keep A", "Keep B", "Quantity of the twins"]);
    for plot in plots {
        let rect = harness.get_by_label(plot).rect();
        // Three lines of text high: the least that shows a direction beside the larger pane above.
        assert!(rect.height() > 40.0 && rect.width() > 200.0, "{plot} at {rect:?}");
    }
    harness.state_mut().show_pane(PaneKind::History);
    harness.run_steps(3);
    inside(&harness, &["Previous change", "Next change", "Continue from here"]);
    // Its height is the panes' here, unless it is asked for.
    assert!(harness.query_by_role_and_label(Role::Slider, "Step to show").is_none());
    harness.key_press(Key::H);
    harness.run_steps(3);
    let slider = harness.get_by_role_and_label(Role::Slider, "Step to show").rect();
    assert!(screen.contains_rect(slider), "{slider:?}");
}
