//! Tabs of panes: the one in front is in sight, however narrow the window becomes.

use eframe::egui::{Role, vec2};
use egui_kittest::kittest::Queryable;
use hebbscope::app::PaneKind;

use crate::stage::{builder, open_paused, small};

#[test]
fn the_tab_in_front_stays_in_sight_when_the_window_becomes_narrow() {
    let mut harness = open_paused(builder(), small(&[]));
    harness.state_mut().show_pane(PaneKind::Twins);
    harness.run_steps(4);
    for width in [1280.0, 853.0, 700.0] {
        harness.set_size(vec2(width, 480.0));
        harness.run_steps(4);
        let tabs = harness.get_all_by_role_and_label(Role::Button, PaneKind::Twins.title());
        // What ends the bar: what lies beyond it is behind its arrow.
        let end = harness.get_by_role_and_label(Role::Button, "Export Twins").rect().left();
        let rights: Vec<f32> = tabs.map(|tab| tab.rect().right()).collect();
        assert!(rights.iter().any(|right| *right <= end), "{width}: the tab ends at {rights:?}, the bar at {end}");
    }
}
