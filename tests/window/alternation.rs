//! A signal whose sign changes with every step.

use eframe::egui::vec2;
use egui_kittest::kittest::Queryable;
use hebbscope::app::PaneKind;

use crate::stage::{finished, short};

#[test]
fn a_signal_that_alternates_is_said_to_and_another_is_not() {
    let size = vec2(1280.0, 720.0);
    // Beyond its first steps the weights follow the signal alone, and its sign changes with every step.
    let random = ["rule.kind=random_nn", "rule.learning_rate=3", "regularizer.weight_decay=5e-4", "training.steps=300"];
    let mut harness = finished(PaneKind::Alignment, size, short(&random));
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("alternates every step between −").next().is_some());
    let mut harness = finished(PaneKind::Alignment, size, short(&[]));
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("alternates every step").next().is_none());
}
