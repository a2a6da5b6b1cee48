//! Every dialog is answered by keys: Enter takes its first choice, Escape leaves all as it was.

use std::path::Path;

use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::look::dialog::Dialog;
use hebbscope::app::look::words::Vocabulary;
use hebbscope::app::{PaneKind, Window, WindowSetup};
use hebbscope::share::encode;
use hebbscope::training::RunState;

use crate::guard::{close, touched};
use crate::left::{goes_on, has_own_cache, question};
use crate::stage::{builder, open, open_paused, small, wait, wait_seen};
use crate::words::speak;

fn is_open(harness: &Harness<'_, Window>, dialog: Dialog) -> bool {
    let top = harness.ctx.memory(|memory| memory.top_modal_layer());
    top.is_some_and(|layer| layer.id == dialog.id())
}

fn press(harness: &mut Harness<'_, Window>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(4);
}

fn shared() -> String {
    encode(&small(&["name=shared"]), &[])
}

/// A window with that dialog open, in a process with a cache folder of its own. A new dialog does not build without a line
/// here.
pub fn opened(dialog: Dialog, vocabulary: Vocabulary) -> Harness<'static, Window> {
    if dialog == Dialog::Left {
        return question(vocabulary);
    }
    if dialog == Dialog::Question {
        let mut harness = touched();
        if vocabulary != Vocabulary::default() {
            speak(&mut harness, vocabulary);
        }
        close(&mut harness);
        wait_seen(&mut harness, "the question", |harness| is_open(harness, dialog));
        return harness;
    }
    let first_page = dialog == Dialog::FirstPage;
    let setup = WindowSetup { first_page, run_at_start: first_page, vocabulary, ..WindowSetup::default() };
    let mut harness = open(builder(), small(&[]), setup);
    wait(&mut harness, "prepared run", |window| window.status().state == RunState::Paused);
    let harness_ref = &mut harness;
    let both = Modifiers::COMMAND.plus(Modifiers::SHIFT);
    match dialog {
        Dialog::FirstPage => {}
        Dialog::Gallery => press(harness_ref, Modifiers::NONE, Key::G),
        Dialog::Keys => press(harness_ref, Modifiers::NONE, Key::F1),
        Dialog::Path => press(harness_ref, Modifiers::COMMAND, Key::O),
        Dialog::Paste => press(harness_ref, both, Key::V),
        Dialog::Figure => {
            harness_ref.state_mut().show_pane(PaneKind::Loss);
            press(harness_ref, Modifiers::COMMAND, Key::E);
        }
        Dialog::Animation => {
            harness_ref.state_mut().run_until(20);
            wait(harness_ref, "steps", |window| window.status().step == 20);
            menu(harness_ref, "File menu", "Menu: Animation …");
        }
        Dialog::Numbers => {
            harness_ref.state_mut().show_pane(PaneKind::Loss);
            harness_ref.state_mut().run_until(20);
            wait(harness_ref, "steps", |window| window.status().step == 20);
            menu(harness_ref, "File menu", "Menu: Export data as CSV …");
        }
        Dialog::Glossary => menu(harness_ref, "Help menu", "Menu: Glossary"),
        Dialog::Left | Dialog::Question => unreachable!("they are open"),
    }
    wait_seen(&mut harness, "the dialog", |harness| is_open(harness, dialog));
    harness
}

fn menu(harness: &mut Harness<'_, Window>, menu: &str, entry: &str) {
    harness.get_by_label(menu).click();
    harness.run_steps(3);
    harness.get_by_label(entry).click();
    harness.run_steps(4);
}

#[test]
fn escape_closes_every_dialog_and_changes_nothing() {
    if !has_own_cache("dialogs::escape_closes_every_dialog_and_changes_nothing") {
        return;
    }
    for &dialog in Dialog::ALL {
        let mut harness = opened(dialog, Vocabulary::default());
        let (run, panes) = (harness.state().status().run_id, harness.state().panes_in_sight());
        press(&mut harness, Modifiers::NONE, Key::Escape);
        assert!(!is_open(&harness, dialog), "{dialog:?}");
        assert_eq!((harness.state().status().run_id, harness.state().panes_in_sight()), (run, panes), "{dialog:?}");
    }
}

#[test]
fn enter_confirms_every_dialog() {
    if !has_own_cache("dialogs::enter_confirms_every_dialog") {
        return;
    }
    for &dialog in Dialog::ALL {
        let mut harness = opened(dialog, Vocabulary::default());
        // Wherever the keyboard is: behind a press on a text it is nowhere.
        if !matches!(dialog, Dialog::Path | Dialog::Paste | Dialog::Glossary) {
            let focused = harness.ctx.memory(|memory| memory.focused());
            focused.into_iter().for_each(|id| harness.ctx.memory_mut(|memory| memory.surrender_focus(id)));
        }
        if dialog == Dialog::Left {
            press(&mut harness, Modifiers::NONE, Key::Enter);
            goes_on(harness);
            continue;
        }
        let harness = &mut harness;
        match dialog {
            Dialog::Paste => {
                harness.event(Event::Paste(shared()));
                harness.run_steps(2);
            }
            Dialog::Path => {
                harness.event(Event::Text("/no/such/file.toml".into()));
                harness.run_steps(2);
            }
            Dialog::Glossary => {
                harness.event(Event::Text("equilibrium".into()));
                harness.run_steps(2);
            }
            _ => {}
        }
        press(harness, Modifiers::NONE, Key::Enter);
        match dialog {
            Dialog::FirstPage => {
                wait(harness, "training", |window| window.status().state == RunState::Running);
                assert!(!harness.state().shows_first_page());
            }
            // The first card is walked to; the next press loads it.
            Dialog::Gallery => {
                wait_seen(harness, "cards", |harness| harness.query_by_label_contains("Table 1: ").is_some());
                press(harness, Modifiers::NONE, Key::Enter);
                if is_open(harness, dialog) {
                    // The cards were not read yet at the first press.
                    press(harness, Modifiers::NONE, Key::Enter);
                }
                wait(harness, "the card's experiment", |window| {
                    window.journal().last().is_some_and(|entry| entry.text.starts_with("Loaded "))
                });
            }
            Dialog::Keys => assert!(!is_open(harness, dialog)),
            Dialog::Path => assert!(harness.query_by_label_contains("There is no '/no/such/file.toml'").is_some()),
            Dialog::Paste => wait(harness, "pasted", |window| window.status().experiment.name == "shared"),
            Dialog::Numbers => wait_seen(harness, "where to", |harness| is_open(harness, Dialog::Path)),
            Dialog::Figure => wait_seen(harness, "where to", |harness| is_open(harness, Dialog::Path)),
            Dialog::Animation => wait_seen(harness, "where to", |harness| is_open(harness, Dialog::Path)),
            Dialog::Glossary => {
                assert!(harness.query_all_by_label("Stationary").next().is_some());
                harness.event(Event::Text("gradient".into()));
                harness.run_steps(2);
                assert!(is_open(harness, dialog), "the next word can be typed at once");
            }
            Dialog::Question => wait_seen(harness, "where to save", |harness| is_open(harness, Dialog::Path)),
            Dialog::Left => unreachable!("it was gone on with"),
        }
    }
}

/// One that is not drawn by [`Dialog`] would neither hear Enter nor be in the lists above.
#[test]
fn every_dialog_is_in_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src/app")];
    let mut drawn = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("Modal::new(")) {
                drawn.push(path);
            }
        }
    }
    assert_eq!(drawn, [root.join("src/app/look/dialog.rs")]);
}

#[test]
fn a_pasted_text_that_is_no_share_string_is_explained() {
    let mut harness = open_paused(builder(), small(&[]));
    press(&mut harness, Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::V);
    harness.event(Event::Text("nothing".into()));
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(is_open(&harness, Dialog::Paste) && harness.query_by_label("Open experiment").is_some());
}
