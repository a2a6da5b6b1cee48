//! The editor of learning rules: what is wrong is said where it is wrong, and what is right can be trained.

use eframe::egui::{Event, Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::experiment::{Experiment, RuleKind};
use hebbscope::training::RunState;

use crate::stage::{builder, open_paused, sized, small, wait, wait_seen};

/// A window with the editor in sight, large enough for all of it.
fn editor(experiment: Experiment) -> Harness<'static, Window> {
    let mut harness = open_paused(sized(vec2(1600.0, 1200.0)), experiment);
    harness.state_mut().show_pane(PaneKind::Rule);
    harness.run_steps(4);
    harness
}

/// Writes `text` in place of what stands in a field.
#[track_caller]
fn write(harness: &mut Harness<'_, Window>, role: Role, field: &str, text: &str) {
    harness.get_by_role_and_label(role, field).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.event(Event::Text(text.into()));
    harness.run_steps(3);
}

#[track_caller]
fn write_signal(harness: &mut Harness<'_, Window>, text: &str) {
    write(harness, Role::MultilineTextInput, "Signal of the weights", text);
}

fn value(harness: &Harness<'_, Window>, role: Role, field: &str) -> Option<String> {
    use egui_kittest::kittest::NodeT;
    harness.get_by_role_and_label(role, field).accesskit_node().value()
}

#[track_caller]
fn press(harness: &mut Harness<'_, Window>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run_steps(4);
}

fn says(harness: &Harness<'_, Window>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

const TRAIN: &str = "Train a new run with it";

#[test]
fn a_mistake_is_told_below_the_field_and_the_rule_cannot_be_trained() {
    let mut harness = editor(small(&["model.bias=true"]));
    assert_eq!(
        value(&harness, Role::MultilineTextInput, "Signal of the weights").as_deref(),
        Some("delta * pre"),
        "what the run trains by stands there"
    );
    for (text, message) in [
        ("pots * pre", "Column 1: unknown name `pots`, did you mean `post`?"),
        ("(post * pre", "missing `)`"),
        ("tanh(post * pre)", "cannot be separated"),
        ("", "empty expression: write, for example, `post * pre`."),
    ] {
        if text.is_empty() {
            harness.key_press(Key::Backspace);
            write_signal(&mut harness, " ");
        } else {
            write_signal(&mut harness, text);
        }
        assert!(says(&harness, message), "{text}: {message}");
        let field = harness.get_by_role_and_label(Role::MultilineTextInput, "Signal of the weights").rect();
        let part = message.split('`').nth(1).unwrap_or(message);
        let below = harness.query_all_by_label_contains(part).any(|node| {
            let rect = node.rect();
            (0.0..40.0).contains(&(rect.top() - field.bottom())) && rect.left() >= field.left() - 2.0
        });
        assert!(below, "{text}: the message stands below its field");
        press(&mut harness, TRAIN);
        assert_eq!(harness.state().status().run_id, 1, "{text}");
    }
    write_signal(&mut harness, "post * pre");
    assert!(!says(&harness, "mpty expression"));
    // The other field has a message of its own.
    write(&mut harness, Role::TextInput, "Signal of the biases", "delta * ");
    assert!(says(&harness, "ound the end of the expression"));
}

#[test]
fn keys_belong_to_the_text_that_is_typed() {
    let mut harness = editor(small(&[]));
    harness.get_by_role_and_label(Role::MultilineTextInput, "Signal of the weights").focus();
    harness.run_steps(2);
    for key in [Key::Space, Key::S, Key::R, Key::N, Key::T, Key::L, Key::X] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    let status = harness.state().status();
    assert_eq!((status.run_id, status.step, status.state), (1, 0, RunState::Paused));
    assert!(status.twin.is_none() && harness.state().panes_in_sight().contains(&PaneKind::Rule));
}

#[test]
fn a_known_rule_fills_the_fields_and_is_explained() {
    let mut harness = editor(small(&[]));
    assert!(says(&harness, "The signal of a weight is"));
    press(&mut harness, "Start from");
    press(&mut harness, "BCM");
    let signal = value(&harness, Role::MultilineTextInput, "Signal of the weights");
    assert_eq!(signal.as_deref(), Some("act * (act - theta) * pre"));
    assert_eq!(value(&harness, Role::TextInput, "Name of state 1").as_deref(), Some("theta"));
    assert_eq!(value(&harness, Role::TextInput, "What state 1 averages").as_deref(), Some("act^2"));
    assert_eq!(value(&harness, Role::TextInput, "Rate of state 1").as_deref(), Some("0.01"));
    assert!(says(&harness, "theta: running average of act^2, one number a post-synaptic neuron"));
    assert!(says(&harness, "Costs a step: 1 product over samples"));
    press(&mut harness, "+ Parameter");
    assert!(says(&harness, "Nothing reads k."));
    press(&mut harness, "Remove parameter 1");
    assert!(!says(&harness, "Nothing reads k."));
    // What was written by hand is not lost to a choice.
    write_signal(&mut harness, "post * pre * theta");
    press(&mut harness, "Start from");
    press(&mut harness, "Oja");
    press(&mut harness, "Start from");
    press(&mut harness, "What was here before");
    let signal = value(&harness, Role::MultilineTextInput, "Signal of the weights");
    assert_eq!(signal.as_deref(), Some("post * pre * theta"));
}

#[test]
fn a_written_rule_trains_and_its_parameter_is_a_slider() {
    let mut harness = editor(small(&["regularizer.weight_decay=0.03"]));
    write_signal(&mut harness, "delta * pre - k * post * pre");
    assert!(says(&harness, "nknown name `k`"));
    press(&mut harness, "+ Parameter");
    assert!(!says(&harness, "nknown name `k`"));
    press(&mut harness, TRAIN);
    wait(&mut harness, "the new run", |window| {
        window.status().run_id == 2 && window.status().state == RunState::Running && window.status().step > 0
    });
    let experiment = harness.state().status().experiment.clone();
    assert_eq!(experiment.rule.kind, RuleKind::Custom);
    assert_eq!(experiment.rule.signal, "delta * pre - k * post * pre");
    assert_eq!(experiment.rule.parameters.get("k"), Some(&1.0));
    assert_eq!((experiment.name.as_str(), experiment.regularizer.weight_decay), ("small-custom", 0.03));
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Slider, "k").set_value_accesskit(-0.01);
    wait(&mut harness, "the parameter", |window| window.status().experiment.rule.parameters.get("k") == Some(&-0.01));
    assert_eq!(harness.state().status().run_id, 2, "it changes while the run goes on");
    wait_seen(&mut harness, "mark of the change", |harness| {
        harness.state().journal().interventions().last().is_some_and(|last| last.field == "rule.parameters.k")
    });
}

#[test]
fn a_run_whose_place_another_rule_takes_comes_back_by_undo() {
    let mut harness = editor(small(&[]));
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "intervention", |window| !window.journal().interventions().is_empty());
    harness.state_mut().run_until(30);
    wait(&mut harness, "steps", |window| window.status().step == 30 && window.status().state == RunState::Paused);
    press(&mut harness, TRAIN);
    wait(&mut harness, "the new run", |window| window.status().run_id == 2 && window.status().shelf.len() == 1);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    wait(&mut harness, "the run", |window| window.status().run_id == 3 && window.status().step == 30);
    assert_eq!(harness.state().status().experiment.regularizer.weight_decay, 0.02);
}

#[test]
fn names_of_states_are_refused_in_words() {
    let mut harness = editor(small(&[]));
    press(&mut harness, "+ Running average");
    for (name, message) in [
        ("post", "hadows the built-in name `post`; choose another"),
        ("2nd", "name is a letter followed by letters, digits or `_`"),
    ] {
        write(&mut harness, Role::TextInput, "Name of state 1", name);
        assert!(says(&harness, message), "{name}: {message}");
        press(&mut harness, TRAIN);
        assert_eq!(harness.state().status().run_id, 1, "{name}");
    }
    write(&mut harness, Role::TextInput, "Name of state 1", "trace");
    write(&mut harness, Role::TextInput, "Rate of state 1", "fast");
    assert!(says(&harness, "ate `fast` is not a parameter; parameters are none"));
    write(&mut harness, Role::TextInput, "Rate of state 1", "1.5");
    assert!(says(&harness, "ate 1.5 is not between 0 and 1"));
}

#[test]
fn a_name_is_written_at_the_cursor() {
    let mut harness = editor(small(&[]));
    write_signal(&mut harness, "post * ");
    harness.get_by_label("What an expression can name").click();
    harness.run_steps(8);
    let names = harness.get_by_role_and_label(Role::Button, "Insert pre");
    names.scroll_to_me();
    harness.run_steps(8);
    press(&mut harness, "Insert pre");
    let signal = value(&harness, Role::MultilineTextInput, "Signal of the weights");
    assert_eq!(signal.as_deref(), Some("post * pre"));
}

#[test]
fn a_network_without_biases_says_so() {
    let mut harness = open_paused(builder(), small(&["model.bias=false"]));
    harness.state_mut().show_pane(PaneKind::Rule);
    harness.run_steps(4);
    let field = harness.get_by_role_and_label(Role::TextInput, "Signal of the biases");
    use egui_kittest::kittest::NodeT;
    assert!(field.accesskit_node().is_disabled());
    // At the size of a usual screen nothing that is pressed or typed lies outside.
    let screen = eframe::egui::Rect::from_min_size(eframe::egui::Pos2::ZERO, vec2(1280.0, 720.0));
    for name in ["Start from", TRAIN, "+ Parameter", "+ Running average"] {
        let rect = harness.get_by_role_and_label(Role::Button, name).rect();
        assert!(screen.contains_rect(rect), "{name} at {rect:?}");
    }
}

/// Beside the run, with a number that is a slider of the twin alone.
#[test]
fn a_written_rule_is_forked_as_a_twin() {
    let mut harness = editor(small(&["regularizer.weight_decay=0.03"]));
    write_signal(&mut harness, "delta * pre - k * post * pre");
    press(&mut harness, "+ Parameter");
    press(&mut harness, "Fork it as a twin");
    wait(&mut harness, "the twin", |window| window.status().twin.is_some());
    let status = harness.state().status();
    let twin = status.twin.as_ref().expect("a twin");
    assert_eq!((status.run_id, status.experiment.rule.kind), (1, RuleKind::Sgd), "the run goes on as it was");
    assert_eq!(twin.experiment.rule.signal, "delta * pre - k * post * pre");
    let k = twin.experiment.rule.parameters["k"];
    harness.get_by_role_and_label(Role::Slider, "k").set_value_accesskit(0.5);
    let of_twin = |window: &Window| window.status().twin.as_ref().map(|twin| twin.experiment.rule.parameters["k"]);
    wait(&mut harness, "another k", |window| of_twin(window).is_some_and(|now| now != k));
    assert!(harness.state().panes_in_sight().contains(&PaneKind::Twins));
}
