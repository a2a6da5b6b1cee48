//! The first page: what a start that is asked for nothing shows, and how one gets from it to a run.

use std::collections::HashMap;

use eframe::egui::{Key, Role, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window, WindowSetup};
use hebbscope::reproduce::Rates;
use hebbscope::training::RunState;

use crate::stage::{open, sized, small, wait, wait_seen};

const BEGIN: &str = "Start with the default network";

/// What is kept between two starts.
#[derive(Default)]
struct Kept(HashMap<String, String>);

impl eframe::Storage for Kept {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}

fn setup() -> WindowSetup {
    let rates = Some(Rates::given(1e-10));
    WindowSetup { rates, run_at_start: true, first_page: true, ..WindowSetup::default() }
}

/// A start that was asked for nothing, with its cards.
fn start(size: Vec2) -> Harness<'static, Window> {
    let mut harness = open(sized(size), small(&[]), setup());
    wait(&mut harness, "prepared run", |window| window.status().state == RunState::Paused);
    wait_seen(&mut harness, "cards", |harness| harness.query_by_label_contains("Figure 2: ").is_some());
    harness
}

#[track_caller]
fn trains(harness: &mut Harness<'_, Window>) {
    wait(harness, "training", |window| window.status().state == RunState::Running);
    assert!(!harness.state().shows_first_page());
}

#[test]
fn one_click_or_key_leads_to_the_run_that_is_ready() {
    for size in [vec2(1280.0, 720.0), vec2(800.0, 500.0)] {
        for way in [Some(Key::Enter), Some(Key::Escape), Some(Key::Space), None] {
            let mut harness = start(size);
            assert!(
                harness.state().shows_first_page() && harness.state().status().step == 0,
                "nothing trains behind it"
            );
            let screen = harness.ctx.content_rect();
            let begin = harness.get_by_role_and_label(Role::Button, BEGIN);
            assert!(screen.contains_rect(begin.rect()) && begin.rect().height() >= 56.0, "{size}: {:?}", begin.rect());
            match way {
                Some(key) => harness.key_press(key),
                None => begin.click(),
            }
            harness.run_steps(2);
            trains(&mut harness);
            assert_eq!(harness.state().status().experiment.name, "small");
        }
    }
}

#[test]
fn everything_on_the_page_lies_inside_the_window() {
    for size in [vec2(1280.0, 720.0), vec2(800.0, 500.0)] {
        let harness = start(size);
        let screen = harness.ctx.content_rect();
        let tours = if size.x > 1000.0 { "Weight decay makes SGD look Hebbian" } else { "Guided tours ▼" };
        for name in [BEGIN, tours, "Open …", "Paste share string …", "Quick", "As in the paper"] {
            let rect = harness.get_by_role_and_label(Role::Button, name).rect();
            assert!(screen.contains_rect(rect), "{size}: {name}: {rect:?}");
        }
        // As far from the edge as its margin has it, so that the page covers the whole window.
        let head = harness.get_by_role_and_label(Role::Label, "Hebbscope").rect();
        assert!(head.top() >= screen.top() + 7.0 && head.top() <= screen.top() + 24.0, "{size}: {head:?}");
        let hides = harness.get_by_role_and_label(Role::CheckBox, "Do not show this at the start").rect();
        assert!(screen.contains_rect(hides), "{hides:?}");
        // At least one row of cards can be read without scrolling: picture and title.
        let card = harness.get_by_role_and_label(Role::Button, "Figure 2: The two updates, weight by weight").rect();
        assert!(screen.bottom() - card.top() > 250.0, "{size}: {card:?}");
    }
}

#[test]
fn a_card_and_a_tour_lead_elsewhere() {
    let mut harness = start(vec2(1280.0, 720.0));
    harness.get_by_label_contains("Figure 2: ").click();
    wait(&mut harness, "the figure's run", |window| window.status().experiment.name == "matrices-strong");
    trains(&mut harness);
    assert!(harness.state().panes_in_sight().contains(&PaneKind::Matrices));

    let mut harness = start(vec2(1280.0, 720.0));
    harness.get_by_label("Noise makes it anti-Hebbian").click();
    harness.run_steps(3);
    assert!(harness.state().guide().is_some() && !harness.state().shows_first_page());
}

#[test]
fn the_page_can_be_told_not_to_come_and_comes_from_the_menu() {
    let mut kept = Kept::default();
    let mut harness = start(vec2(1280.0, 720.0));
    harness.get_by_label("Do not show this at the start").click();
    harness.run_steps(2);
    assert!(harness.state().shows_first_page(), "it is about the next start");
    eframe::App::save(harness.state_mut(), &mut kept);

    let mut harness = open(sized(vec2(1280.0, 720.0)), small(&[]), setup());
    harness.state_mut().restore(&kept);
    trains(&mut harness);

    // A run that goes on is not touched by looking at the page.
    harness.get_by_label("Help menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: First page").click();
    harness.run_steps(3);
    assert!(harness.state().shows_first_page() && harness.query_by_label(BEGIN).is_none());
    let run = harness.state().status().run_id;
    harness.get_by_role_and_label(Role::Button, "Back to the run").click();
    harness.run_steps(3);
    trains(&mut harness);
    assert_eq!(harness.state().status().run_id, run);
    // Here it can be asked for again.
    harness.get_by_label("Help menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: First page").click();
    harness.run_steps(3);
    harness.get_by_label("Do not show this at the start").click();
    harness.run_steps(2);
    eframe::App::save(harness.state_mut(), &mut kept);
    let mut harness = open(sized(vec2(1280.0, 720.0)), small(&[]), setup());
    harness.state_mut().restore(&kept);
    harness.run_steps(3);
    assert!(harness.state().shows_first_page());
}

#[test]
fn a_start_with_an_experiment_shows_the_run() {
    let mut harness = open(sized(vec2(1280.0, 720.0)), small(&[]), WindowSetup { first_page: false, ..setup() });
    trains(&mut harness);
}
