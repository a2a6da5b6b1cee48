//! The list of experiments, by keys alone.

use eframe::egui::{Event, Key, Popup, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::Window;

use crate::stage::{builder, open_paused, sized, small, wait};

fn is_open(harness: &Harness<'_, Window>) -> bool {
    Popup::is_any_open(&harness.ctx)
}

fn press(harness: &mut Harness<'_, Window>, key: Key) {
    harness.key_press(key);
    harness.run_steps(4);
}

/// The list opened by its key, with this typed into its field.
fn opened(text: &str) -> Harness<'static, Window> {
    let mut harness = open_paused(builder(), small(&[]));
    press(&mut harness, Key::E);
    assert!(is_open(&harness));
    for letter in text.chars() {
        harness.event(Event::Text(letter.into()));
        harness.run_steps(2);
    }
    harness
}

#[track_caller]
fn loads(mut harness: Harness<'_, Window>, name: &str) {
    harness.key_press(Key::Enter);
    wait(&mut harness, name, |window| window.status().experiment.name == name);
    assert!(!is_open(&harness));
    assert_eq!(harness.ctx.memory(|memory| memory.focused()), None, "the keyboard is back with the run");
}

#[test]
fn keys_walk_and_letters_find() {
    let mut harness = opened("");
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowUp);
    loads(harness, "sre-adam");

    let mut harness = opened("");
    press(&mut harness, Key::End);
    let row = harness.get_by_label_contains("(fig14-quick)").rect();
    assert!(harness.ctx.content_rect().contains_rect(row), "scrolled to: {row:?}");
    press(&mut harness, Key::Home);
    press(&mut harness, Key::PageDown);
    loads(harness, "rule-bcm");

    let mut harness = opened("oja post");
    assert!(harness.query_by_label_contains("(sre-hebb)").is_none());
    press(&mut harness, Key::ArrowDown);
    loads(harness, "sre-oja-post");
}

#[test]
fn escape_leaves_everything_as_it_was() {
    let mut harness = opened("oja");
    let before = harness.state().status().run_id;
    press(&mut harness, Key::Escape);
    assert!(!is_open(&harness));
    assert_eq!((harness.state().status().run_id, harness.state().status().experiment.name.as_str()), (before, "small"));
    press(&mut harness, Key::E);
    assert!(harness.query_by_label_contains("(sre-hebb)").is_some(), "what was typed is gone");
}

#[test]
fn the_list_lies_inside_the_smallest_window() {
    let mut harness = open_paused(sized(vec2(800.0, 500.0)), small(&[]));
    press(&mut harness, Key::E);
    press(&mut harness, Key::End);
    let row = harness.get_by_label_contains("(fig14-quick)").rect();
    assert!(harness.ctx.content_rect().contains_rect(row), "{row:?}");
}
