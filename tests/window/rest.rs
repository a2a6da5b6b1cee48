//! One word for rest: in messages, beside the numbers, and beside the theory.

use eframe::egui::{Role, vec2};
use egui_kittest::kittest::Queryable;
use hebbscope::app::PaneKind;
use hebbscope::training::RunState;

use crate::stage::{open_paused, sized, small, wait, wait_seen};

#[test]
fn what_rests_is_said_alike_everywhere_and_for_each_layer() {
    // Every batch is the whole set, and hardly anything is learnt, so that nothing moves.
    let settings = ["training.batch_size=512", "rule.learning_rate=1e-9", "measure.window=20", "noise.weight_sd=0"];
    let mut harness = open_paused(sized(vec2(1280.0, 900.0)), small(&settings));
    assert!(harness.state().status().rest.is_empty());
    harness.get_by_label("Run menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: Run until at rest").click();
    wait(&mut harness, "rest", |window| window.status().state == RunState::AtRest);
    let status = harness.state().status().clone();
    // Five windows beside five.
    assert_eq!(status.step, 200);
    let layers: Vec<_> = status.rest.iter().map(|one| (one.layer, one.since)).collect();
    assert_eq!(layers, [(1, Some(200)), (2, Some(200)), (3, Some(200))]);
    let said = harness.state().journal().last().map(|entry| entry.text.clone());
    assert_eq!(said.as_deref(), Some("Every layer is at rest at step 200. Paused."));
    harness.run_steps(2);
    // A tag for each layer; the bar at the top says so of the run.
    let tags =
        |harness: &egui_kittest::Harness<'_, hebbscope::app::Window>| harness.query_all_by_label("at rest").count();
    assert_eq!(tags(&harness), 3);
    harness.state_mut().show_pane(PaneKind::Forces);
    wait_seen(&mut harness, "verdict", |harness| {
        harness.query_by_label_contains("At rest since step 200, not balanced (gap ").is_some()
    });
    assert!(harness.query_by_label_contains("ot at rest yet").is_none(), "no other verdict");
    // A change begins anew, and every place says that too.
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "change", |window| !window.journal().changes().is_empty());
    wait_seen(&mut harness, "other verdict", |harness| {
        tags(harness) == 0 && harness.query_by_label_contains("Not at rest yet (gap ").is_some()
            || harness.state().status().rest.iter().any(|one| one.since.is_some_and(|since| since > 200))
    });
}
