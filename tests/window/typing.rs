//! Numbers typed into fields: taken as they are typed, or refused in a line that goes once it is over.

use eframe::egui::{Event, Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::Window;
use hebbscope::training::RunState;

use crate::stage::{builder, open_paused, small, wait, wait_seen};

/// Types over what stands in a field and presses Enter.
#[track_caller]
fn type_into(harness: &mut Harness<'_, Window>, name: &str, text: &str) {
    harness.get_by_role_and_label(Role::SpinButton, name).click();
    harness.run_steps(3);
    harness.event(Event::Text(text.into()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
}

fn weight_decay(window: &Window) -> f64 {
    window.status().experiment.regularizer.weight_decay
}

#[test]
fn a_typed_value_keeps_its_digits() {
    let mut harness = open_paused(builder(), small(&[]));
    for (text, value) in [("0,005", 0.005), ("0.0012345", 0.0012345), ("5·10⁻³", 5e-3), (" .5 ", 0.5), ("1e-3", 1e-3)]
    {
        type_into(&mut harness, "Weight decay", text);
        wait(&mut harness, text, |window| weight_decay(window) == value);
    }
    // Opened and left as it is shown, a value keeps what is not shown.
    type_into(&mut harness, "Weight decay", "0.0012345");
    wait(&mut harness, "long value", |window| weight_decay(window) == 0.0012345);
    harness.get_by_role_and_label(Role::SpinButton, "Weight decay").click();
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(6);
    assert_eq!(weight_decay(harness.state()), 0.0012345);
    let recorded = harness.state().journal().interventions().last().map(|last| last.new.clone());
    assert_eq!(recorded, Some(0.0012345.into()));
}

#[test]
fn what_is_refused_is_said_until_it_is_over() {
    let mut harness = open_paused(builder(), small(&[]));
    for (text, why) in [
        ("nan", "'nan' is not a number"),
        ("abc", "'abc' is not a number"),
        ("1e300", "'1e300' is not allowed"),
        ("-1", "'-1' is not allowed"),
        ("1.000,5", "'1.000,5' is not a number"),
        ("1,500", "'1,500' may be 1500 or 1.5"),
    ] {
        type_into(&mut harness, "Weight decay", text);
        wait_seen(&mut harness, text, |harness| harness.query_by_label_contains(why).is_some());
        let shown = harness.state().journal().current().map(|entry| entry.text.clone()).unwrap_or_default();
        assert!(shown.starts_with("Weight decay: "), "{shown}");
        assert!(shown.contains("allowed is a number from 0 to") && shown.ends_with("Nothing changed."), "{shown}");
        assert_eq!(harness.state().status().experiment.regularizer.weight_decay, 5e-4);
    }
    // The value that is there already changes nothing, and yet the refusal is over.
    type_into(&mut harness, "Weight decay", "5e-4");
    assert!(harness.query_by_label_contains("Nothing changed.").is_none());
}

#[test]
fn seeds_are_typed() {
    let mut harness = open_paused(builder(), small(&["training.seeds=2"]));
    type_into(&mut harness, "Seeds", "20");
    wait(&mut harness, "20 seeds", |window| {
        window.status().seeds.len() == 20 && window.status().state == RunState::Paused
    });
    type_into(&mut harness, "Seeds", "2000");
    wait_seen(&mut harness, "refusal", |harness| {
        harness
            .query_by_label_contains("Seeds: '2000' is not allowed; allowed is a whole number from 1 to 1024")
            .is_some()
    });
    type_into(&mut harness, "Seeds", "3.0");
    wait(&mut harness, "3 seeds", |window| window.status().seeds.len() == 3);
    assert_eq!(harness.state().status().run_id, 2, "fewer seeds need no new run");
}

#[test]
fn the_plan_of_a_grid_says_what_it_refuses() {
    let mut harness = crate::phase::planned(&[]);
    type_into(&mut harness, "Number of values across", "500");
    assert!(harness.query_by_label_contains("'500' is not allowed; allowed is a whole number from 2 to 200").is_some());
    type_into(&mut harness, "Number of values across", "5");
    assert!(harness.query_by_label_contains("Nothing changed.").is_none());
    assert!(harness.query_by_label_contains("5 × 4 points").is_some());
    type_into(&mut harness, "Last value across", "0,0123456");
    type_into(&mut harness, "First value across", "lots");
    assert!(harness.query_by_label_contains("First value across: 'lots' is not a number").is_some());
}
