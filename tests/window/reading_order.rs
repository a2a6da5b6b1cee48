//! Keys go through every row from left to right, also through rows that are laid out from the right edge.

use std::collections::BTreeSet;

use eframe::egui::{Id, Key, Modifiers, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT;
use hebbscope::app::look::dialog::Dialog;
use hebbscope::app::look::words::Vocabulary;
use hebbscope::app::{LayoutPreset, PaneKind, Window};

use crate::dialogs::opened;
use crate::left::has_own_cache;
use crate::taken_out::full;

/// More than there is to reach at once.
const MOST: usize = 160;

fn press(harness: &mut Harness<'_, Window>, modifiers: Modifiers) -> Option<(Id, Rect)> {
    harness.key_press_modifiers(modifiers, Key::Tab);
    // Contents that scroll to what has the focus settle.
    harness.run_steps(3);
    let id = harness.ctx.memory(|memory| memory.focused())?;
    Some((id, harness.ctx.read_response(id)?.rect))
}

/// Names of what can be reached, by the ids by which it is known to those who listen.
fn name(harness: &Harness<'_, Window>, id: Id) -> String {
    let nodes = harness.root().children_recursive();
    let label = nodes.map(|node| node.accesskit_node()).find(|node| node.locate().0 == id.accesskit_id());
    label.and_then(|node| node.label().or_else(|| node.value())).unwrap_or_default()
}

/// Whether both stand in one row.
fn share_a_row(one: Rect, other: Rect) -> bool {
    let shared = one.bottom().min(other.bottom()) - one.top().max(other.top());
    shared > 0.5 * one.height().max(other.height())
}

/// Goes once round. Returns what is wrong with the way: steps to the left within a row, and what is reached out of sight; and
/// the names of all that is reached.
fn walk(harness: &mut Harness<'_, Window>) -> (Vec<String>, Vec<String>) {
    let mut way: Vec<(Id, Rect)> = Vec::new();
    let (mut back, mut names) = (Vec::new(), Vec::new());
    for _ in 0..MOST {
        let Some((id, at)) = press(harness, Modifiers::NONE) else { continue };
        if way.first().is_some_and(|(first, _)| *first == id) {
            return (back, names);
        }
        let name = name(harness, id);
        // What is seen of both now: contents may have been scrolled, and reach below what else lies there.
        let in_sight = |id| harness.ctx.read_response(id).map_or(Rect::NOTHING, |response| response.interact_rect);
        let seen = in_sight(id);
        let before = way.last().map(|(before, _)| in_sight(*before)).filter(Rect::is_positive);
        if let Some(before) = before.filter(|before| share_a_row(*before, seen) && seen.left() < before.left()) {
            back.push(format!("{:?} -> '{name}' at {seen:?}, from {before:?}", names.last()));
        }
        if !seen.is_positive() {
            back.push(format!("'{name}' at {at:?} is out of sight"));
        }
        if at.width().min(at.height()) < 8.0 && name.is_empty() {
            back.push(format!("a border at {at:?} answers to no key, behind {:?}", names.last()));
        }
        way.push((id, at));
        names.push(name);
    }
    panic!("no end of {names:?}");
}

#[test]
fn keys_go_through_every_row_from_left_to_right() {
    let mut harness = full();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut look = |harness: &mut Harness<'_, Window>, place: &str| {
        let (back, names) = walk(harness);
        wrong.extend(back.into_iter().map(|one| format!("{place}: {one}")));
        seen.extend(names.clone());
        names
    };
    for layout in [LayoutPreset::Explore, LayoutPreset::Phase] {
        harness.state_mut().arrange(layout);
        harness.run_steps(4);
        look(&mut harness, &format!("{layout:?}"));
    }
    let mut pairs = BTreeSet::new();
    for pane in PaneKind::ALL {
        harness.state_mut().show_pane(pane);
        harness.run_steps(4);
        let names = look(&mut harness, &format!("{pane:?}"));
        let place = |name: &str| names.iter().position(|one| one == name);
        assert!(place("Step to show") < place("Live") && place("Live").is_some(), "{names:?}");
        pairs.extend(names.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen.len() > 100, "{seen:?}");
    // Rows that stand at a right edge.
    let follows = |one: &str, other: &str| pairs.iter().any(|(a, b)| a.starts_with(one) && b.starts_with(other));
    for (one, other) in [("Save session", "Messages"), ("Dark theme", "Light theme"), ("Light theme", "System theme")] {
        assert!(follows(one, other), "'{one}', '{other}': {pairs:#?}");
    }
}

#[test]
fn keys_go_through_the_rows_of_dialogs_from_left_to_right() {
    if !has_own_cache("reading_order::keys_go_through_the_rows_of_dialogs_from_left_to_right") {
        return;
    }
    let mut wrong = Vec::new();
    for &dialog in Dialog::ALL {
        let mut harness = opened(dialog, Vocabulary::default());
        harness.run_steps(4);
        let (back, names) = walk(&mut harness);
        assert!(!names.is_empty(), "{dialog:?}");
        wrong.extend(back.into_iter().map(|one| format!("{dialog:?}: {one}")));
        // And back again.
        let there = press(&mut harness, Modifiers::NONE);
        press(&mut harness, Modifiers::NONE);
        assert_eq!(press(&mut harness, Modifiers::SHIFT), there, "{dialog:?}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is told to those who listen follows the same order.
#[test]
fn rows_are_told_from_left_to_right() {
    let harness = full();
    let told: Vec<String> =
        harness.root().children_recursive().filter_map(|node| node.accesskit_node().label()).collect();
    let place = |name: &str| told.iter().position(|one| one == name).unwrap_or_else(|| panic!("no {name}: {told:?}"));
    assert!(place("Save session") < place("Messages"), "{told:?}");
}
