//! The Force balance pane in the window, driven through its accessible names, with the real trainer behind it.

use eframe::egui::{self, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::{PaneKind, Window};

use crate::stage::{finished, short, wait_seen as wait};

fn has(harness: &Harness<'_, Window>, part: &str) -> bool {
    harness.query_all_by_label_contains(part).next().is_some()
}

/// The number behind a bar's name: `Layer 2, weight decay: −1.23×10⁻³, pulls in`.
fn value(harness: &Harness<'_, Window>, name: &str) -> f64 {
    let label = harness.get_by_label_contains(name).accesskit_node().label().expect("it is found by its label");
    let number = label[name.len()..].split(',').next().unwrap_or_default().replace('+', "");
    hebbscope::app::look::reading::read(&number).unwrap_or_else(|error| panic!("{label}: {error}"))
}

#[test]
fn bars_of_a_layer_add_up_and_layers_are_chosen_by_name() {
    let mut harness = finished(PaneKind::Forces, vec2(1280.0, 800.0), short(&["noise.weight_sd=0.01"]));
    wait(&mut harness, "bars", |h| has(h, "Layer 2, learning signal: "));
    assert!(has(&harness, "Layer 2, weight decay: ") && has(&harness, ", pulls in"));
    let parts = ["learning signal", "weight decay", "noise", "squared step"];
    let sum: f64 = parts.iter().map(|part| value(&harness, &format!("Layer 2, {part}: "))).sum();
    let shown = value(&harness, "Layer 2, sum: ");
    let largest = parts.iter().map(|part| value(&harness, &format!("Layer 2, {part}: ")).abs()).fold(0.0, f64::max);
    // Three significant digits of each part are shown.
    assert!((sum - shown).abs() < 0.02 * largest, "{sum} {shown}");
    let observed = value(&harness, "Layer 2, observed change: ");
    assert!((observed - shown).abs() < 1e-3 * largest.max(1e-6) + 0.01 * shown.abs(), "{observed} {shown}");
    harness.get_by_label("Forces of layer 3").click();
    harness.run_steps(2);
    assert!(has(&harness, "Layer 3, learning signal: ") && !has(&harness, "Layer 2, learning signal: "));
    harness.get_by_label("Forces of all layers").click();
    harness.run_steps(2);
    assert!(has(&harness, "Layer 1, learning signal: ") && has(&harness, "Layer 2, learning signal: "));
}

#[test]
fn curves_and_neurons_are_a_switch_away() {
    let mut harness = finished(PaneKind::Forces, vec2(1280.0, 800.0), short(&[]));
    harness.get_by_label("Forces: over time").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Plot of forces").is_some());
    harness.get_by_role_and_label(Role::CheckBox, "Noise").click();
    harness.get_by_label("Forces: neurons").click();
    harness.run_steps(3);
    let map = "Forces on the neurons of layer 2";
    harness.get_by_label("Sort forces by sum").click();
    harness.run_steps(2);
    let rect = harness.get_by_label(map).rect();
    // Forty bars: the first one by number is the first neuron, whatever the width.
    harness.get_by_label("Sort forces by number").click();
    harness.run_steps(2);
    let at = egui::pos2(rect.left() + 1.0, rect.center().y);
    harness.hover_at(at);
    harness.step();
    harness.drag_at(at);
    harness.step();
    harness.drop_at(at);
    harness.run_steps(2);
    harness.state_mut().show_pane(PaneKind::Neurons);
    wait(&mut harness, "the neuron that was picked", |h| h.query_all_by_label("Neuron 1").count() > 0);
}

#[test]
fn the_theory_is_compared_over_few_batches_or_the_whole_set() {
    let mut harness = finished(PaneKind::Forces, vec2(1280.0, 800.0), short(&[]));
    wait(&mut harness, "few batches", |h| has(h, "256 examples (8 batches)"));
    assert!(has(&harness, "Not at rest yet (gap ") && has(&harness, "% of decay)"));
    harness.get_by_label("Theory over the whole training set").click();
    // Sixteen batches of 32; eight examples of 520 fill none.
    wait(&mut harness, "whole set", |h| has(h, "512 examples (whole training set)"));
    assert!(has(&harness, "Step 400, seed 0, "));
    for name in ["Outward push", "Lemma 1", "Mean product", "Cosine", "CV of |h_a|²"] {
        assert!(has(&harness, name), "{name}");
    }
    harness.get_by_label("Theory over 8 batches").click();
    wait(&mut harness, "few batches", |h| has(h, "256 examples (8 batches)"));
}

#[test]
fn without_decay_the_theorem_says_nothing() {
    let mut harness = finished(PaneKind::Forces, vec2(1280.0, 800.0), short(&["regularizer.weight_decay=0"]));
    wait(&mut harness, "the theory", |h| has(h, "No weight decay (γ = 0): the theorem says nothing."));
}

#[test]
fn what_is_not_measured_can_be() {
    let mut harness = finished(PaneKind::Forces, vec2(1280.0, 800.0), short(&["measure.force_balance=false"]));
    harness.run_steps(2);
    assert!(has(&harness, "The balance of forces is not measured in this run."));
    harness.get_by_label("Measure from now on").click();
    wait(&mut harness, "measurement", |h| h.state().status().experiment.measure.force_balance);
}

#[test]
fn nothing_is_clipped_in_the_smallest_window() {
    let mut harness = finished(PaneKind::Forces, vec2(960.0, 560.0), short(&[]));
    wait(&mut harness, "the theory", |h| has(h, "256 examples (8 batches)"));
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(960.0, 560.0));
    for label in ["Forces: neurons", "Theory over the whole training set", "Forces of layer 3"] {
        let rect = harness.get_by_label(label).rect();
        assert!(screen.contains_rect(rect), "{label} at {rect:?}");
    }
    let bar = harness.get_by_label_contains("Layer 2, learning signal: ").rect();
    let theory = harness.get_by_label("Theory over 8 batches").rect();
    assert!(bar.right() <= theory.left() && bar.width() > 240.0, "{bar:?} {theory:?}");
}
