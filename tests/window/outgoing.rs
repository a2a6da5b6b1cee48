//! What takes something out of a window by hand: the menus, the path, and what the window says of it.

use std::path::Path;

use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::link::journal::Weight;
use hebbscope::app::{PaneKind, Window};
use hebbscope::training::RunState;

use crate::stage::{builder, open_paused, small, wait, wait_seen};

/// A small run that has come to a step and waits.
pub fn trained(steps: u64) -> Harness<'static, Window> {
    let mut harness = open_paused(builder(), small(&[]));
    harness.state_mut().run_until(steps);
    wait(&mut harness, "steps", |window| window.status().step == steps && window.status().state == RunState::Paused);
    harness
}

/// Opens the export menu of a pane and chooses a line of it.
pub fn choose(harness: &mut Harness<'_, Window>, pane: PaneKind, line: &str) {
    harness.state_mut().show_pane(pane);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, &format!("Export {}", pane.title())).click();
    harness.run_steps(2);
    harness.get_by_label(&format!("{line} of {}", pane.title())).click();
    harness.run_steps(2);
}

/// Writes a path into the field that asks for one, once it is there, and presses its button.
pub fn write_to(harness: &mut Harness<'_, Window>, path: &Path) {
    wait_seen(harness, "field for the path", |harness| harness.query_by_label("Save file").is_some());
    harness.get_by_role_and_label(Role::TextInput, "Path").focus();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, "Path").type_text(path.to_str().expect("a plain path"));
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Save file").click();
    harness.run_steps(2);
}

/// Whether the journal has an entry of that weight with those words.
pub fn has_said(window: &Window, weight: Weight, text: &str) -> bool {
    window.journal().entries().iter().any(|entry| entry.weight == weight && entry.text.contains(text))
}
