//! Words of the window: the cards that labels show, the sheet of all words, and the finder that knows words and settings.

use eframe::egui::{Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::look::glossary::Term;
use hebbscope::app::{PaneKind, Window};

use crate::stage::{builder, open_paused, run_to_plan, short, sized, small, wait_seen};

/// Whether a text of the screen has all of these words.
fn says(harness: &Harness<'_, Window>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

/// The first sentence of a card, as its label has it.
fn text(term: Term) -> &'static str {
    &term.entry().text
}

/// Lets the pointer rest until a card comes.
#[track_caller]
fn rest_on(harness: &mut Harness<'_, Window>, role: Role, label: &str) {
    harness.remove_cursor();
    harness.run_steps(2);
    let nodes: Vec<_> = harness
        .query_all_by_role(role)
        .filter(|node| {
            node.accesskit_node().label().as_deref() == Some(label)
                || node.accesskit_node().value().as_deref() == Some(label)
        })
        .collect();
    nodes.first().unwrap_or_else(|| panic!("no {role:?} '{label}'")).hover();
    for _ in 0..60 {
        harness.step();
    }
}

#[test]
fn labels_legends_and_settings_show_the_card_of_their_word() {
    let mut harness = open_paused(builder(), small(&[]));
    for (role, label, term) in [
        (Role::CheckBox, "Learning signal", Term::LearningSignal),
        (Role::CheckBox, "Full update", Term::FullUpdate),
        (Role::CheckBox, "Training loss", Term::Loss),
        (Role::CheckBox, "Validation loss", Term::ValidationLoss),
        (Role::Label, "Weight decay", Term::WeightDecay),
        (Role::Label, "Weight noise", Term::Noise),
        (Role::Label, "Seeds", Term::Seed),
    ] {
        if label == "Training loss" {
            harness.state_mut().show_pane(PaneKind::Loss);
            harness.run_steps(3);
        }
        assert!(!says(&harness, text(term)), "{label}");
        rest_on(&mut harness, role, label);
        assert!(says(&harness, text(term)), "{role:?} {label}");
        harness.remove_cursor();
        harness.run_steps(4);
    }
}

#[test]
fn a_card_draws_the_angle_that_the_run_has() {
    let mut harness = open_paused(builder(), short(&[]));
    run_to_plan(&mut harness);
    rest_on(&mut harness, Role::CheckBox, "Learning signal");
    let drawn = harness
        .query_all_by_role(Role::Image)
        .filter_map(|node| node.accesskit_node().label())
        .find(|label| label.starts_with("cosine "))
        .expect("a drawing");
    assert!(drawn.contains("layer") && drawn.ends_with(" now"), "{drawn}");
    let number: f64 = drawn["cosine ".len()..]
        .split(',')
        .next()
        .and_then(|n| n.trim().replace('−', "-").parse().ok())
        .expect("a number");
    assert!((-1.0..=1.0).contains(&number) && number != 0.5, "{drawn}");
}

#[test]
fn a_clicked_word_opens_the_sheet_which_is_searched_by_keys() {
    let mut harness = open_paused(builder(), small(&[]));
    let signals = harness.query_all_by_label("Signal").collect::<Vec<_>>();
    signals.first().expect("a number's name").click();
    drop(signals);
    harness.run_steps(3);
    assert!(harness.query_by_label("Search the glossary").is_some());
    assert!(says(&harness, text(Term::LearningSignal)));
    // Related words lead on.
    harness.get_by_label("See Full update").click();
    harness.run_steps(3);
    assert!(says(&harness, text(Term::FullUpdate)));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Search the glossary").is_none());

    harness.get_by_label("Help menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: Glossary").click();
    harness.run_steps(3);
    let field = harness.get_by_label("Search the glossary");
    field.focus();
    field.type_text("equilibrium");
    harness.run_steps(3);
    assert!(says(&harness, text(Term::Stationary)));
    assert!(harness.query_by_role_and_label(Role::Button, "Intervention").is_none(), "others are out of the list");
}

#[test]
fn the_sheet_fits_a_small_window_and_arrows_walk_through_it() {
    let mut harness = open_paused(sized(vec2(800.0, 500.0)), small(&[]));
    harness.get_by_label("Help menu").click();
    harness.run_steps(2);
    harness.get_by_label("Menu: Glossary").click();
    harness.run_steps(3);
    let screen = harness.ctx.content_rect();
    // Tabs behind it have buttons of that name, too.
    let close = harness.query_all_by_role_and_label(Role::Button, "Close").last().expect("a button").rect();
    assert!(screen.contains_rect(close), "{close:?}");
    assert!(says(&harness, text(Term::Accuracy)), "the first by name");
    harness.key_press(Key::ArrowDown);
    harness.run_steps(3);
    assert!(!says(&harness, text(Term::Accuracy)));
    harness.key_press(Key::ArrowUp);
    harness.run_steps(3);
    assert!(says(&harness, text(Term::Accuracy)));
}

fn find(harness: &mut Harness<'_, Window>, text: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    harness.get_by_label("Find a command").type_text(text);
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
}

#[test]
fn the_finder_leads_to_words_settings_and_experiments() {
    let mut harness = open_paused(builder(), small(&[]));
    find(&mut harness, "word: boundary");
    assert!(says(&harness, text(Term::Boundary)));
    harness.key_press(Key::Escape);
    harness.run_steps(3);

    // A control in the pane that is there already.
    find(&mut harness, "rule.clip");
    assert!(harness.state().panes_in_sight().contains(&PaneKind::Controls));
    assert!(!harness.state().panes_in_sight().contains(&PaneKind::Setup));
    // Any other in the list of all of them.
    find(&mut harness, "data.teacher_scale");
    assert!(harness.state().panes_in_sight().contains(&PaneKind::Setup));
    wait_seen(&mut harness, "the setting", |harness| says(harness, "Teacher's scale"));

    find(&mut harness, "experiment digits handwritten");
    crate::stage::wait(&mut harness, "experiment", |window| window.status().experiment.name == "digits");
}
