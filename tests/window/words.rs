//! The vocabulary: what the window says in the words of one field of science or another.
//!
//! Everything is opened in the vocabulary of neuroscience, and whatever is drawn, or told to those who listen to the window,
//! is put through the table of words once more: a text that this changes was drawn with a word of machine learning.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{Key, Modifiers, Rect, Role, Shape, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::look::dialog::Dialog;
use hebbscope::app::look::glossary::Term;
use hebbscope::app::look::words::{Vocabulary, plain, say};
use hebbscope::app::{LayoutPreset, PaneKind, Window, WindowSetup};
use hebbscope::training::RunState;

use crate::dialogs::opened;
use crate::left::has_own_cache;
use crate::stage::{each_menu, finished, open, run_to_plan, short, sized, wait};

/// Texts that may keep a word of machine learning, each with its reason.
const KEPT: [(&str, &str); 1] = [("Also: ", "words of both fields by which a word of the glossary is found")];

pub fn speak(harness: &mut Harness<'_, Window>, vocabulary: Vocabulary) {
    harness.get_by_label("View menu").click();
    harness.run_steps(2);
    harness.get_by_label(&format!("Menu: Words of {}", vocabulary.title().to_lowercase())).click();
    harness.run_steps(4);
}

/// Everything that is drawn as text, and what is told to those who do not see it.
fn texts(harness: &Harness<'_, Window>) -> BTreeSet<String> {
    fn look(shape: &Shape, clip: Rect, found: &mut BTreeSet<String>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| look(shape, clip, found)),
            Shape::Text(text) if clip.intersects(text.visual_bounding_rect()) => {
                found.insert(text.galley.text().to_owned());
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    harness.output().shapes.iter().for_each(|shape| look(&shape.shape, shape.clip_rect, &mut found));
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        // What a person has typed stays as it is.
        if matches!(node.role(), Role::TextInput | Role::MultilineTextInput | Role::TextRun) {
            found.extend(node.label());
        } else {
            found.extend(node.label().into_iter().chain(node.value()));
        }
    }
    found
}

/// What was said in foreign words, and where it was first seen.
#[derive(Default)]
struct Heard {
    foreign: BTreeMap<String, String>,
    texts: BTreeSet<String>,
    pointed_at: BTreeSet<String>,
}

impl Heard {
    fn listen(&mut self, harness: &Harness<'_, Window>, place: &str) {
        for text in texts(harness) {
            let is_kept = KEPT.iter().any(|(kept, _)| text.starts_with(kept));
            if say(&text) != text && !is_kept {
                self.foreign.entry(text.clone()).or_insert_with(|| place.to_owned());
            }
            self.texts.insert(text);
        }
    }

    /// Lets the pointer rest on everything that has a name, so that its hint is shown.
    fn point(&mut self, harness: &mut Harness<'_, Window>, place: &str) {
        let screen = harness.ctx.content_rect();
        let named: Vec<(String, Rect)> = harness
            .root()
            .children_recursive()
            .filter(|node| node.accesskit_node().role() != Role::TextRun)
            .filter_map(|node| {
                let node = node.accesskit_node();
                let (name, at) = (node.label().or_else(|| node.value())?, node.bounding_box()?);
                let [left, top, right, bottom] = [at.x0, at.y0, at.x1, at.y1].map(|edge| edge as f32);
                Some((name, Rect::from_min_max(pos2(left, top), pos2(right, bottom))))
            })
            .collect();
        for (name, rect) in named {
            // Bars that are there beside every pane are pointed at once.
            if !screen.contains(rect.center()) || !self.pointed_at.insert(name.clone()) {
                continue;
            }
            harness.hover_at(rect.center());
            harness.run_steps(2);
            self.listen(harness, &format!("{place}, pointing at '{name}'"));
        }
        harness.remove_cursor();
        harness.run_steps(2);
    }

    #[track_caller]
    fn judge(self, least: usize) {
        assert!(self.texts.len() >= least, "only {} texts were heard", self.texts.len());
        assert!(self.foreign.is_empty(), "{} foreign texts: {:#?}", self.foreign.len(), self.foreign);
    }
}

/// Hints come at once.
fn at_once(harness: &mut Harness<'_, Window>) {
    harness.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.tooltip_grace_time = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
}

/// A window that has come to its planned steps and speaks as a neuroscientist.
fn spoken(settings: &[&str]) -> Harness<'static, Window> {
    let setup = WindowSetup { vocabulary: Vocabulary::Neuroscience, ..WindowSetup::default() };
    let mut harness = open(sized(vec2(1280.0, 1000.0)), short(settings), setup);
    run_to_plan(&mut harness);
    at_once(&mut harness);
    harness
}

fn settle(harness: &mut Harness<'_, Window>) {
    for _ in 0..6 {
        harness.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn the_vocabulary_is_switched_in_the_menu() {
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 1000.0), short(&[]));
    let has = |harness: &Harness<'_, Window>, word: &str| texts(harness).iter().any(|text| text.contains(word));
    assert!(has(&harness, "Learning signal") && !has(&harness, "Teaching signal"));
    speak(&mut harness, Vocabulary::Neuroscience);
    assert!(has(&harness, "Teaching signal") && !has(&harness, "Learning signal"));
    speak(&mut harness, Vocabulary::MachineLearning);
    assert!(has(&harness, "Learning signal") && !has(&harness, "Teaching signal"));
}

#[test]
fn every_pane_speaks_the_vocabulary() {
    let mut harness = spoken(&["measure.force_balance=true"]);
    let mut heard = Heard::default();
    heard.listen(&harness, "the window");
    for pane in PaneKind::ALL {
        harness.state_mut().show_pane(pane);
        settle(&mut harness);
        let place = format!("{pane:?}");
        heard.listen(&harness, &place);
        heard.point(&mut harness, &place);
    }
    heard.judge(400);
}

#[test]
fn what_a_run_goes_through_is_told_in_the_vocabulary() {
    let mut harness = spoken(&[]);
    let mut heard = Heard::default();
    // A twin, a change of it, a run on the shelf, a look back, and a grid of runs.
    harness.key_press(Key::T);
    wait(&mut harness, "twin", |window| window.status().twin.is_some());
    harness.get_by_role_and_label(Role::Slider, "Synaptic homeostasis").set_value_accesskit(0.02);
    harness.state_mut().run_until(500);
    wait(&mut harness, "steps", |window| window.status().step == 500 && window.status().state == RunState::Paused);
    for pane in [PaneKind::Twins, PaneKind::Phase, PaneKind::Controls, PaneKind::History] {
        harness.state_mut().show_pane(pane);
        settle(&mut harness);
        heard.listen(&harness, &format!("{pane:?} with a twin"));
        heard.point(&mut harness, &format!("{pane:?} with a twin"));
    }
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    begin_another(&mut harness);
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    for pane in [PaneKind::Runs, PaneKind::Network, PaneKind::Matrices, PaneKind::History, PaneKind::Log] {
        harness.state_mut().show_pane(pane);
        settle(&mut harness);
        heard.listen(&harness, &format!("{pane:?} of the past"));
        heard.point(&mut harness, &format!("{pane:?} of the past"));
    }
    harness.state_mut().arrange(LayoutPreset::Phase);
    settle(&mut harness);
    harness.get_by_label("Grid of runs").click();
    settle(&mut harness);
    heard.listen(&harness, "the plan of a grid");
    heard.point(&mut harness, "the plan of a grid");
    harness.get_by_label("Start the grid").click();
    settle(&mut harness);
    heard.listen(&harness, "a grid of runs");
    heard.point(&mut harness, "a grid of runs");
    heard.judge(300);
}

/// Puts the run on the shelf, and trains another from other seeds.
fn begin_another(harness: &mut Harness<'_, Window>) {
    harness.key_press(Key::N);
    settle(harness);
    if let Some(again) = harness.query_by_role_and_label(Role::Button, "Start again") {
        again.click();
    }
    wait(harness, "other seeds", |window| window.status().shelf.len() == 1);
    harness.state_mut().run_until(100);
    wait(harness, "steps", |window| window.status().step == 100 && window.status().state == RunState::Paused);
}

/// Names that a person gives have words of the table in them, and keep them in every message.
#[test]
fn what_a_person_has_written_is_not_put_into_other_words() {
    let mut harness = spoken(&["name=my-decay-step"]);
    begin_another(&mut harness);
    let heard = |harness: &mut Harness<'_, Window>| -> BTreeSet<String> {
        let mut heard = BTreeSet::new();
        for pane in [PaneKind::Runs, PaneKind::Alignment, PaneKind::Loss, PaneKind::Log] {
            harness.state_mut().show_pane(pane);
            settle(harness);
            heard.extend(texts(harness).iter().map(|text| plain(text).into_owned()));
        }
        heard
    };
    harness.state_mut().overlay_shelf();
    let of_file = heard(&mut harness);
    assert!(of_file.iter().any(|text| text.contains("my-decay-step (1)")), "{of_file:#?}");
    harness.state_mut().show_pane(PaneKind::Runs);
    harness.run_steps(3);
    let field = "Name of my-decay-step (1)";
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, field).type_text("layer without weights");
    harness.run_steps(3);
    let of_hand = heard(&mut harness);
    for name in ["Overlay layer without weights", "layer without weights"] {
        assert!(of_hand.contains(name), "no '{name}' in {of_hand:#?}");
    }
    for text in of_file.union(&of_hand) {
        let changed = ["my-homeostasis", "-trial", "area without", "without synaptic"];
        assert!(!changed.iter().any(|words| text.contains(words)), "{text}");
    }
}

#[test]
fn menus_and_the_finder_speak_the_vocabulary() {
    let mut harness = spoken(&[]);
    let mut heard = Heard::default();
    each_menu(&mut harness, |harness, menu| {
        heard.listen(harness, menu);
        heard.point(harness, menu);
    });
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    for word in ["", "tour", "trial", "homeostasis", "word", "experiment", "area"] {
        let field = harness.get_by_label("Find a command");
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        field.type_text(if word.is_empty() { " " } else { word });
        harness.run_steps(3);
        heard.listen(&harness, "the finder");
    }
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.get_by_label("Experiment").click();
    harness.run_steps(3);
    heard.listen(&harness, "the list of experiments");
    heard.judge(200);
}

#[test]
fn dialogs_speak_the_vocabulary() {
    if !has_own_cache("words::dialogs_speak_the_vocabulary") {
        return;
    }
    let mut heard = Heard::default();
    for &dialog in Dialog::ALL {
        let mut harness = opened(dialog, Vocabulary::Neuroscience);
        at_once(&mut harness);
        settle(&mut harness);
        let place = format!("{dialog:?}");
        heard.listen(&harness, &place);
        heard.point(&mut harness, &place);
    }
    heard.judge(200);
}

#[test]
fn cards_speak_the_vocabulary() {
    let mut harness = spoken(&[]);
    let mut heard = Heard::default();
    harness.get_by_label("Help menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: Glossary").click();
    harness.run_steps(3);
    for term in Term::ALL {
        heard.listen(&harness, term.id());
        harness.key_press(Key::ArrowDown);
        harness.run_steps(3);
    }
    let cards = Term::ALL.iter().filter(|term| heard.texts.contains(&*say(&term.entry().text))).count();
    assert_eq!(cards, Term::ALL.len());
    heard.judge(100);
}
