//! Networks of convolutions in panes that speak of neurons: their rows are channels, and their layers have names.

use eframe::egui::{Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::experiment::{Experiment, resolve};

use crate::stage::{finished, wait_seen};

/// Two convolutions of 6 and 8 channels on handwritten digits, for 40 steps.
fn small(settings: &[&str]) -> Experiment {
    let own = [
        "data.kind=digits",
        "data.train_examples=128",
        "data.validation_examples=16",
        "model.channels=[6, 8]",
        "model.hidden=[12]",
        "training.batch_size=16",
        "training.seeds=1",
        "training.steps=40",
    ];
    let all: Vec<String> = own.iter().chain(settings).map(|setting| (*setting).to_owned()).collect();
    resolve("cnn", &all).expect("the preset takes these values")
}

fn shows(harness: &Harness<'_, Window>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

#[test]
fn kernels_channels_and_names_are_those_of_the_convolution() {
    let mut harness = finished(PaneKind::Matrices, vec2(1280.0, 800.0), small(&[]));
    wait_seen(&mut harness, "kernels", |harness| shows(harness, "8×54, seed 0"));
    let first = harness.get_by_label("Heat map of learning signal").rect();
    harness.hover_at(first.left_top() + vec2(3.0, 3.0));
    let words = "output channel 1, input channel 1, row 1 and column 1 of its kernel";
    wait_seen(&mut harness, "the pair under the pointer", |harness| shows(harness, words));
    harness.get_by_role_and_label(Role::Button, "Matrices: linear 1").click();
    harness.run_steps(2);
    harness.hover_at(harness.get_by_label("Heat map of learning signal").rect().left_top() + vec2(3.0, 3.0));
    let words = "post-synaptic neuron 1, pre-synaptic neuron 1";
    wait_seen(&mut harness, "neurons behind the convolutions", |harness| shows(harness, words));
    harness.get_by_role_and_label(Role::Button, "Matrices: conv 2").click();
    harness.state_mut().show_pane(PaneKind::Neurons);
    wait_seen(&mut harness, "channels", |harness| shows(harness, "Click a channel to follow it."));
    harness.state_mut().show_pane(PaneKind::Forces);
    wait_seen(&mut harness, "bars by their layer's name", |harness| shows(harness, "Conv 2, weight decay: "));
}

#[test]
fn of_many_layers_a_readable_choice_is_in_sight() {
    let deep = ["model.kind=resnet", "model.planes=[3, 4, 5, 6]", "model.blocks=[2, 2, 2, 2]", "training.steps=4"];
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 800.0), small(&deep));
    wait_seen(&mut harness, "a choice", |harness| shows(harness, "8 of 22 layers"));
    harness.get_by_label("8 of 22 layers").click();
    harness.run_steps(3);
    harness.get_by_label("All").click();
    wait_seen(&mut harness, "all of them", |harness| shows(harness, "22 of 22 layers"));
}
