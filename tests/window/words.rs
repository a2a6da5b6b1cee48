//! The vocabulary: what the window says in the words of one field of science or another.

use std::collections::BTreeSet;

use eframe::egui::{Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::{PaneKind, Window};

use crate::stage::{finished, short};

/// Words of machine learning that a neuroscientist calls otherwise.
const FOREIGN: [&str; 7] =
    ["learning signal", "weight decay", "epoch", "batch", "training step", "steps/s", "live, step"];

fn speak(harness: &mut Harness<'_, Window>, vocabulary: &str) {
    harness.get_by_label("View menu").click();
    harness.run_steps(2);
    harness.get_by_label(&format!("Menu: Words of {vocabulary}")).click();
    harness.run_steps(4);
}

/// Texts that are seen, with foreign words in them.
fn foreign(harness: &Harness<'_, Window>) -> Vec<String> {
    let labels = harness.query_all_by_role(Role::Label);
    let texts = labels.filter_map(|node| node.accesskit_node().value());
    let is_foreign = |text: &String| FOREIGN.iter().any(|word| text.to_lowercase().contains(word));
    texts.filter(is_foreign).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn no_text_of_the_main_panes_is_in_the_other_vocabulary() {
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 1000.0), short(&[]));
    assert!(!foreign(&harness).is_empty(), "the words are there to be replaced");
    speak(&mut harness, "neuroscience");
    let mut left = Vec::new();
    for pane in PaneKind::ALL {
        // Fields of the configuration and changes of them have their names there.
        if matches!(pane, PaneKind::Setup | PaneKind::Rule | PaneKind::Log | PaneKind::History) {
            continue;
        }
        harness.state_mut().show_pane(pane);
        for _ in 0..6 {
            harness.step();
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        left.extend(foreign(&harness).into_iter().map(|text| format!("{}: {text}", pane.title())));
    }
    assert!(left.is_empty(), "{left:#?}");
    speak(&mut harness, "machine learning");
    assert!(!foreign(&harness).is_empty(), "and back");
}
