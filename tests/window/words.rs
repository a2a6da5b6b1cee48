//! The vocabulary: what the window says in the words of one field of science or another.
//!
//! Dialogs and cards are opened in the vocabulary of neuroscience, and whatever is drawn, or told to those who listen to the window,
//! is put through the table of words once more: a text that this changes was drawn with a word of machine learning.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{Key, Rect, Role, Shape, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::look::dialog::Dialog;
use hebbscope::app::look::glossary::Term;
use hebbscope::app::look::words::{Vocabulary, say};
use hebbscope::app::{PaneKind, Window, WindowSetup};

use crate::dialogs::opened;
use crate::stage::{finished, open, run_to_plan, short, sized};

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
fn dialogs_speak_the_vocabulary() {
    let mut heard = Heard::default();
    for dialog in Dialog::ALL {
        let Some(mut harness) = opened(dialog, Vocabulary::Neuroscience) else { continue };
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
