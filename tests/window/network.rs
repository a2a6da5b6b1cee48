//! The drawing of the network, with the real trainer behind it.

use eframe::egui::{Key, Pos2, Role, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::{LayoutPreset, PaneKind, Window};
use hebbscope::experiment::Experiment;
use hebbscope::record::column_middles;
use hebbscope::training::{Run, RunState};

use crate::stage::{builder, finished, open_paused, short, small, wait, wait_seen};

const DRAWING: &str = "Drawing of the network: 4 columns";

fn shows(harness: &Harness<'_, Window>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

fn drawn(experiment: Experiment) -> Harness<'static, Window> {
    let mut harness = finished(PaneKind::Network, vec2(1280.0, 800.0), experiment);
    wait_seen(&mut harness, "the network", |harness| shows(harness, "live, step 400, seed 0"));
    harness
}

/// A place on a neuron of a column: the first that the pointer finds from the top.
fn find(harness: &mut Harness<'_, Window>, column: usize, says: &str) -> Pos2 {
    let rect = harness.get_by_role_and_label(Role::Image, DRAWING).rect();
    let x = rect.left() + column_middles(4, rect.width())[column];
    let mut y = rect.top() + 30.0;
    while y < rect.bottom() {
        // Some columns are two neurons wide, around their middle.
        for aside in [0.0, -4.0, 4.0] {
            harness.hover_at(pos2(x + aside, y));
            harness.run_steps(2);
            if shows(harness, says) {
                return pos2(x + aside, y);
            }
        }
        y += 4.0;
    }
    panic!("no '{says}' in column {column}");
}

fn click(harness: &mut Harness<'_, Window>, at: Pos2) {
    harness.hover_at(at);
    harness.step();
    harness.drag_at(at);
    harness.step();
    harness.drop_at(at);
    harness.run_steps(3);
}

#[test]
fn it_is_what_the_first_start_shows() {
    let mut harness = open_paused(builder(), small(&[]));
    harness.state_mut().arrange(LayoutPreset::Explore);
    harness.run_steps(2);
    let in_sight = harness.state().panes_in_sight();
    for kind in [PaneKind::Network, PaneKind::Alignment, PaneKind::Controls] {
        assert!(in_sight.contains(&kind), "{kind:?} of {in_sight:?}");
    }
    wait_seen(&mut harness, "the network", |harness| shows(harness, "live, step 0, seed 0") && shows(harness, DRAWING));
}

#[test]
fn a_neuron_picked_here_is_picked_elsewhere_and_the_other_way_round() {
    let mut harness = drawn(short(&[]));
    let at = find(&mut harness, 2, "Click to pick it here");
    click(&mut harness, at);
    assert!(shows(&harness, "Let the neuron of the network go"));
    harness.state_mut().show_pane(PaneKind::Matrices);
    wait_seen(&mut harness, "matrices", |harness| shows(harness, "40×16"));
    let said = harness.query_all_by_label_contains("neuron ").filter_map(|node| node.accesskit_node().value());
    let picked = said.filter_map(|text| text.strip_prefix("neuron ")?.parse::<usize>().ok()).next();
    let picked = picked.expect("Matrices name the neuron");
    harness.state_mut().show_pane(PaneKind::Neurons);
    wait_seen(&mut harness, "the neuron", |harness| shows(harness, "Stop following the neuron"));
    harness.state_mut().show_pane(PaneKind::Network);
    harness.run_steps(3);
    assert!(shows(&harness, &format!("Layer 2, neuron {picked}")));
    // Theirs is let go here, too.
    harness.state_mut().show_pane(PaneKind::Neurons);
    harness.run_steps(3);
    harness.get_by_label("Stop following the neuron").click();
    harness.run_steps(3);
    harness.state_mut().show_pane(PaneKind::Network);
    harness.remove_cursor();
    harness.run_steps(3);
    assert!(!shows(&harness, "Let the neuron of the network go"));
    // A second click lets go.
    click(&mut harness, at);
    click(&mut harness, at);
    assert!(!shows(&harness, "Let the neuron of the network go"));
}

#[test]
fn a_look_back_shows_the_weights_and_updates_of_that_step() {
    let experiment = short(&[]);
    let mut harness = drawn(experiment.clone());
    let rail = harness.get_by_role_and_label(Role::Slider, "Step to show").rect();
    let at = pos2(rail.left() + 8.0 + 0.4 * (rail.width() - 16.0), rail.center().y + 4.0);
    click(&mut harness, at);
    wait_seen(&mut harness, "the past", |harness| shows(harness, "past, step "));
    let step = harness.state().status().looking_at.expect("a step of the past is shown");
    wait_seen(&mut harness, "that step", |harness| shows(harness, &format!("past, step {step}, seed 0")));
    let mut run = Run::new(experiment, 1).expect("small");
    // Of a call the end of an epoch is the end.
    while run.step() < step {
        run.advance(step - run.step(), false, |_| {});
    }
    let snapshot = run.snapshot(1);
    for layer in &snapshot.seeds[0].layers {
        let product = |a: &ndarray::Array2<f32>, b: &ndarray::Array2<f32>| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let (signal, hebbian) = (&layer.signal, &layer.hebbian);
        let cosine = product(signal, hebbian) / (product(signal, signal) * product(hebbian, hebbian)).sqrt();
        let name = format!("Network: layer {}, cosine {}", layer.layer, hebbscope::app::look::numbers::cosine(cosine));
        assert!(shows(&harness, &name), "{name} at step {step}");
    }
}

#[test]
fn another_run_has_nothing_of_the_one_before() {
    let mut harness = drawn(short(&[]));
    let before = harness.state().status().run_id;
    harness.key_press(Key::N);
    wait(&mut harness, "another run", |window| {
        window.status().run_id != before && window.status().state == RunState::Paused
    });
    assert!(!shows(&harness, "step 400, seed 0"));
    wait_seen(&mut harness, "its network", |harness| shows(harness, "live, step 0, seed "));
}

/// Layers of 128 have more connections than can be told apart; a layer's head picks it.
#[test]
fn the_strongest_are_shown_and_layers_are_picked_by_their_heads() {
    let mut harness = open_paused(builder(), small(&["model.hidden=[128, 128]"]));
    wait_seen(&mut harness, "the network", |harness| shows(harness, DRAWING));
    assert!(shows(&harness, "the strongest 600 of 18,432 synapses"));
    harness.get_by_label_contains("Network: layer 3, cosine").click();
    harness.run_steps(2);
    harness.state_mut().show_pane(PaneKind::Matrices);
    wait_seen(&mut harness, "layer 3", |harness| shows(harness, "8×128"));
}

#[test]
fn a_network_too_large_to_be_drawn_unasked_is_drawn_when_asked() {
    // Zeros are made faster than random numbers.
    let settings = ["model.hidden=[2048, 2048]", "model.init=zeros", "training.seeds=1", "training.batch_size=2"];
    let mut harness = open_paused(builder(), small(&settings));
    harness.run_steps(2);
    assert!(shows(&harness, "Drawing it takes 0.1 GB of memory") && !shows(&harness, DRAWING));
    harness.get_by_label("Draw the network").click();
    wait_seen(&mut harness, "the network", |harness| shows(harness, DRAWING));
}
