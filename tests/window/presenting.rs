//! One pane for a room.

use std::time::Duration;

use eframe::egui::{Context, Key, Modifiers, Role, Shape, ViewportCommand, ViewportId, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};

use crate::stage::{finished, short};

/// Height of the smallest type in sight, in pixels, and what is written in it.
fn smallest(harness: &Harness<'_, Window>) -> (f32, String) {
    fn look(shape: &Shape, clip: eframe::egui::Rect, found: &mut Vec<(f32, String)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| look(shape, clip, found)),
            Shape::Text(text) if clip.intersects(text.visual_bounding_rect()) => {
                let sizes = text.galley.job.sections.iter().map(|section| section.format.font_id.size);
                let written = text.galley.text().trim().to_owned();
                found.extend(sizes.filter(|_| !written.is_empty()).map(|size| (size, written.clone())));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    harness.output().shapes.iter().for_each(|shape| look(&shape.shape, shape.clip_rect, &mut found));
    let scale = harness.ctx.pixels_per_point();
    let (size, text) = found.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("there is text");
    (size * scale, text)
}

fn presents(harness: &Harness<'_, Window>) -> bool {
    harness.query_by_label("Pane to present").is_some()
}

fn asked(harness: &Harness<'_, Window>) -> Vec<ViewportCommand> {
    harness.output().viewport_output[&ViewportId::ROOT].commands.clone()
}

fn zoom(ctx: &Context) -> f32 {
    ctx.zoom_factor()
}

#[test]
fn a_pane_fills_the_screen_and_nothing_ends_the_run() {
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 720.0), short(&[]));
    let before = (zoom(&harness.ctx), harness.state().status().run_id);
    harness.key_press(Key::F11);
    harness.run_steps(4);
    assert!(presents(&harness) && zoom(&harness.ctx) > 1.5 * before.0);
    for bar in ["Reset", "New seed", "File menu", "Controls"] {
        assert!(harness.query_by_label(bar).is_none(), "{bar} is out of sight");
    }
    for key in [Key::R, Key::N, Key::T, Key::G, Key::L] {
        harness.key_press(key);
        harness.run_steps(2);
    }
    for key in [Key::Q, Key::O, Key::Z] {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(2);
        assert!(!asked(&harness).contains(&ViewportCommand::Close));
    }
    std::thread::sleep(Duration::from_millis(30));
    harness.run_steps(3);
    assert_eq!(harness.state().status().run_id, before.1);
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    crate::stage::wait(&mut harness, "the change", |window| !window.journal().interventions().is_empty());
    harness.key_press(Key::C);
    harness.run_steps(2);
    assert!(!presents(&harness), "the sliders are out of sight");
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!((zoom(&harness.ctx) - before.0).abs() < 1e-6 && harness.query_by_label("Reset").is_some());
}

#[test]
fn what_the_layout_is_about_is_presented() {
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 720.0), short(&[]));
    for (key, pane) in
        [(Key::Num3, PaneKind::Neurons), (Key::Num4, PaneKind::Matrices), (Key::Num2, PaneKind::Alignment)]
    {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(2);
        harness.key_press(Key::F11);
        harness.run_steps(4);
        let list = harness.get_by_label("Pane to present");
        assert_eq!(list.value().as_deref(), Some(pane.title()));
        harness.key_press(Key::Escape);
        harness.run_steps(4);
    }
}

/// A name that has no room beside its value stands above it, and then all of them do.
#[test]
fn the_sliders_are_at_one_height() {
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 720.0), short(&[]));
    harness.key_press(Key::F11);
    harness.run_steps(4);
    for width in [1280.0, 900.0, 1920.0] {
        harness.set_size(vec2(width, 720.0));
        harness.run_steps(4);
        let rects = ["Weight decay", "Weight noise", "Learning rate"]
            .map(|name| harness.get_by_role_and_label(Role::Slider, name).rect());
        assert!(rects.windows(2).all(|pair| (pair[0].top() - pair[1].top()).abs() < 0.5), "{width}: {rects:?}");
        assert!(rects.windows(2).all(|pair| pair[0].right() < pair[1].left()), "{width}: {rects:?}");
        let list = harness.get_by_label("Pane to present").rect();
        assert!(
            rects[2].right() < list.left() && list.right() <= harness.ctx.content_rect().right(),
            "{width}: {list:?}"
        );
    }
}

/// Read from the last row of a room.
#[test]
fn no_type_is_smaller_than_18_pixels() {
    let mut harness = finished(PaneKind::Alignment, vec2(1280.0, 720.0), short(&[]));
    harness.key_press(Key::F11);
    harness.run_steps(4);
    for kind in PaneKind::ALL.into_iter().filter(|kind| *kind != PaneKind::Controls) {
        harness.get_by_label("Pane to present").click();
        harness.run_steps(3);
        harness.get_by_role_and_label(Role::Button, kind.title()).click();
        harness.run_steps(6);
        let (size, text) = smallest(&harness);
        assert!(size >= 18.0, "{text:?} is {size} pixels high in {kind:?}");
    }
}
