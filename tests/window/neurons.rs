//! The Neurons pane in the window, driven through its accessible names, with the real trainer behind it.

use eframe::egui::{self, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};

use crate::stage::{finished, short, wait_seen as wait};

const MAP: &str = "Heat map of neurons of layer 2";

/// Where the map's rows are: the plot without its axis on the left and the one below, when it has one.
fn click_map(harness: &mut Harness<'_, Window>, part: f32) {
    let rect = harness.get_by_label(MAP).rect();
    let at = egui::pos2(rect.center().x, rect.top() + part * (rect.height() - 40.0));
    harness.hover_at(at);
    harness.step();
    harness.drag_at(at);
    harness.step();
    harness.drop_at(at);
    harness.run_steps(3);
}

#[test]
fn a_click_follows_a_neuron_and_another_lets_it_go() {
    let mut harness = finished(PaneKind::Neurons, vec2(1280.0, 800.0), short(&[]));
    wait(&mut harness, "layer's figures", |h| h.query_by_label("Histogram of mean cosines").is_some());
    assert!(harness.query_by_label("Click a neuron to follow it.").is_some());
    assert!(harness.query_by_label("Histogram of phase lengths").is_none());
    click_map(&mut harness, 0.0);
    wait(&mut harness, "neuron", |h| h.query_by_label("Histogram of phase lengths").is_some());
    // Thirty of forty neurons in the order of the layer: the first row is the first neuron.
    assert!(harness.query_all_by_label("Neuron 1").count() > 0);
    for label in ["Plot of the followed neuron", "Plot of the oscillation spectrum", "Hebbian, mean", "Flips in 1,000"]
    {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    let strongest = harness.query_all_by_label_contains("Strongest period: ").count();
    assert_eq!(strongest, 1, "400 steps have a spectrum");
    harness.get_by_label("Stop following the neuron").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Click a neuron to follow it.").is_some());
}

#[test]
fn layer_order_and_number_are_chosen_by_name() {
    let mut harness = finished(PaneKind::Neurons, vec2(1280.0, 800.0), short(&[]));
    wait(&mut harness, "map", |h| h.query_by_label("All neurons").is_some());
    for name in ["Sort neurons by mean", "Sort neurons by phase", "All neurons", "Learning signal"] {
        // Legends have boxes of that name.
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run_steps(2);
    }
    click_map(&mut harness, 0.999);
    wait(&mut harness, "neuron", |h| h.query_by_label("Histogram of phase lengths").is_some());
    harness.get_by_label("Neurons of layer 3").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Heat map of neurons of layer 3").is_some());
    assert!(harness.query_by_label("All neurons").is_none(), "eight neurons are shown anyway");
    assert!(harness.query_by_label("Click a neuron to follow it.").is_some(), "another layer follows none");
}

#[test]
fn nothing_is_clipped_in_the_smallest_window() {
    let mut harness = finished(PaneKind::Neurons, vec2(960.0, 560.0), short(&[]));
    wait(&mut harness, "map", |h| h.query_by_label(MAP).is_some());
    click_map(&mut harness, 0.5);
    wait(&mut harness, "neuron", |h| h.query_by_label("Stop following the neuron").is_some());
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(960.0, 560.0));
    for label in [MAP, "Sort neurons by phase", "All neurons", "Seed of the neurons", "Stop following the neuron"] {
        let rect = harness.get_by_label(label).rect();
        assert!(screen.contains_rect(rect), "{label} at {rect:?}");
    }
    let map = harness.get_by_label(MAP).rect();
    for label in ["Plot of the followed neuron", "Histogram of phase lengths", "Plot of the oscillation spectrum"] {
        let rect = harness.get_by_label(label).rect();
        assert!(
            rect.left() > map.right() && rect.right() < 960.0,
            "{label} at {rect:?}, wherever the details are scrolled"
        );
    }
    // The details begin where the map ends.
    let beside = harness.get_by_label("Stop following the neuron").rect();
    assert!(map.right() < beside.left() && map.right() < 760.0, "{map:?} {beside:?}");
    assert!(map.width() > 350.0 && map.height() > 110.0, "{map:?}");
}

#[test]
fn another_seed_can_be_picked() {
    let mut harness = finished(PaneKind::Neurons, vec2(1280.0, 800.0), short(&[]));
    wait(&mut harness, "map", |h| h.query_by_label("Seed of the neurons").is_some());
    harness.get_by_label("Seed of the neurons").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Seed 1").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Seed of the neurons").is_some());
}

#[test]
fn unmeasured_neurons_are_explained_and_can_be_measured() {
    let mut harness = finished(PaneKind::Neurons, vec2(1280.0, 800.0), short(&["measure.neurons=false"]));
    harness.run_steps(2);
    assert!(harness.query_by_label("Single neurons are not measured in this run.").is_some());
    harness.get_by_label("Measure neurons").click();
    wait(&mut harness, "measurement", |h| h.state().status().experiment.measure.neurons);
}
