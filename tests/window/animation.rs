//! Panes as moving pictures: frames, times and the last one are right, the run does not notice, and what is given up leaves
//! nothing.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::ops::Range;
use std::path::Path;

use eframe::egui::{self, Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::link::journal::Weight;
use hebbscope::app::{PaneKind, Window};
use hebbscope::training::RunState;
use image::AnimationDecoder;
use image::codecs::png::PngDecoder;

use crate::outgoing::{choose, has_said, trained, write_to};
use crate::stage::{wait, wait_seen};

fn set(harness: &mut Harness<'_, Window>, field: &str, value: &str) {
    harness.get_by_role_and_label(Role::SpinButton, field).click();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text(value.to_owned()));
    harness.run_steps(1);
    harness.key_press(Key::Tab);
    harness.run_steps(2);
}

fn animate(harness: &mut Harness<'_, Window>, pane: PaneKind, form: &str, frames: &str, path: &Path) {
    animate_at(harness, pane, form, (frames, "320"), path);
}

fn animate_at(
    harness: &mut Harness<'_, Window>,
    pane: PaneKind,
    form: &str,
    (frames, width): (&str, &str),
    path: &Path,
) {
    choose(harness, pane, "Animation …");
    wait_seen(harness, "plan", |harness| harness.query_by_label("Animate …").is_some());
    harness.get_by_label(form).click();
    set(harness, "Frames", frames);
    set(harness, "Width", width);
    harness.get_by_role_and_label(Role::Button, "Animate …").click();
    write_to(harness, path);
}

/// What is on the screen for some milliseconds: red, green and blue.
struct Frame {
    pixels: Vec<u8>,
    milliseconds: u32,
}

fn frames(path: &Path) -> Vec<Frame> {
    let file = BufReader::new(std::fs::File::open(path).expect("written"));
    if path.extension().is_some_and(|extension| extension == "gif") {
        return frames_of_gif(file);
    }
    let frames = PngDecoder::new(file).expect("a PNG").apng().expect("it moves").into_frames();
    let frame = |frame: image::Frame| {
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let pixels = frame.buffer().pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect();
        Frame { pixels, milliseconds: numerator / denominator }
    };
    frames.collect_frames().expect("every frame").into_iter().map(frame).collect()
}

fn frames_of_gif(file: BufReader<std::fs::File>) -> Vec<Frame> {
    let mut reader = gif::DecodeOptions::new().read_info(file).expect("a GIF");
    let (width, height) = (usize::from(reader.width()), usize::from(reader.height()));
    let palette = reader.global_palette().expect("one palette for all").to_vec();
    let mut canvas = vec![0; width * height * 3];
    let mut frames = Vec::new();
    while let Some(frame) = reader.read_next_frame().expect("every frame") {
        assert!(frame.palette.is_none(), "a palette of its own would flicker");
        for (at, place) in frame.buffer.iter().enumerate() {
            let (x, y) = (at % usize::from(frame.width), at / usize::from(frame.width));
            let at = ((y + usize::from(frame.top)) * width + x + usize::from(frame.left)) * 3;
            canvas[at..at + 3].copy_from_slice(&palette[usize::from(*place) * 3..][..3]);
        }
        frames.push(Frame { pixels: canvas.clone(), milliseconds: 10 * u32::from(frame.delay) });
    }
    frames
}

/// Largest difference of a channel between two pictures.
fn apart(a: &Frame, b: &Frame) -> u8 {
    assert_eq!(a.pixels.len(), b.pixels.len());
    a.pixels.iter().zip(&b.pixels).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

#[test]
fn curves_grow_frame_by_frame_and_colours_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = trained(200);
    let mut last = Vec::new();
    for (form, name) in [("APNG", "a.png"), ("GIF", "a.gif")] {
        let path = folder.path().join(name);
        animate(&mut harness, PaneKind::Alignment, form, "5", &path);
        wait(&mut harness, "animation", |window| has_said(window, Weight::Note, name));
        let frames = frames(&path);
        assert_eq!(frames.len(), 5);
        for frame in &frames {
            assert_eq!(frame.milliseconds, 100, "ten frames a second");
        }
        assert!(frames.windows(2).all(|pair| apart(&pair[0], &pair[1]) > 50), "{form}: every frame shows more");
        last.push(frames.into_iter().last().expect("five frames"));
    }
    // 256 colours stand for all that the other form has: neighbours of a smooth edge are near.
    assert!(apart(&last[0], &last[1]) < 40, "{}", apart(&last[0], &last[1]));
    assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 2, "nothing unfinished lies beside them");
}

#[test]
fn matrices_of_the_past_are_shown_and_the_run_does_not_notice() {
    let folder = tempfile::tempdir().expect("a folder");
    let (moving, rest) = (folder.path().join("a.png"), folder.path().join("still.png"));
    let mut harness = trained(120);
    harness.state_mut().show_pane(PaneKind::Matrices);
    wait_seen(&mut harness, "matrices", |harness| harness.query_by_label_contains("Freeze").is_some());
    animate(&mut harness, PaneKind::Matrices, "APNG", "4", &moving);
    wait(&mut harness, "animation", |window| has_said(window, Weight::Note, "a.png"));
    let status = harness.state().status();
    assert_eq!((status.step, status.state, status.looking_at), (120, RunState::Paused, None));
    let moved = frames(&moving);
    assert_eq!(moved.len(), 4);
    assert!(moved.windows(2).all(|pair| apart(&pair[0], &pair[1]) > 20), "each step has other matrices");
    // The same movement again has the same pictures: what is repeated is exact.
    animate(&mut harness, PaneKind::Matrices, "APNG", "4", &rest);
    wait(&mut harness, "animation", |window| has_said(window, Weight::Note, "still.png"));
    let again = frames(&rest);
    assert!(moved.iter().zip(&again).all(|(a, b)| apart(a, b) == 0));
}

#[test]
fn the_last_frame_is_the_figure_that_is_exported_at_that_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = trained(150);
    for pane in [PaneKind::Alignment, PaneKind::Loss, PaneKind::Norms] {
        harness.state_mut().show_pane(pane);
        harness.run_steps(2);
        let name = |what: &str| folder.path().join(format!("{}-{what}.png", pane.id()));
        let (moving, still) = (name("moving"), name("still"));
        choose(&mut harness, pane, "Export figure as PNG …");
        wait_seen(&mut harness, "looks of the figure", |harness| harness.query_by_label("Export …").is_some());
        // Ten inches at fifty dots each are five hundred pixels.
        set(&mut harness, "Width", "254");
        set(&mut harness, "Resolution", "50");
        harness.get_by_role_and_label(Role::Button, "Export …").click();
        write_to(&mut harness, &still);
        wait(&mut harness, "figure", |_| still.exists());
        animate_at(&mut harness, pane, "APNG", ("3", "500"), &moving);
        wait(&mut harness, "animation", |_| moving.exists());
        let moving = frames(&moving);
        let figure = image::open(&still).expect("a picture").to_rgb8();
        assert_eq!((figure.width(), figure.as_raw().len()), (500, moving[2].pixels.len()), "{}", pane.title());
        let figure = Frame { pixels: figure.into_raw(), milliseconds: 0 };
        // The same drawing at the same scale, but for the last digit of that.
        assert!(apart(&figure, &moving[2]) <= 2, "{}: {} levels", pane.title(), apart(&figure, &moving[2]));
        assert!(apart(&figure, &moving[0]) > 20, "{}: the first frame is another", pane.title());
    }
}

/// A picture by its rows.
fn at(width: u32, x: usize, y: usize, frame: &Frame) -> &[u8] {
    &frame.pixels[(y * width as usize + x) * 3..][..3]
}

/// Columns of pixels right of the colour bars of the upper matrices, where their numbers and names stand.
fn beside_bars((width, rows): (u32, Range<usize>), frame: &Frame) -> Vec<usize> {
    // A bar of 280 pixels has nearly as many colours; a column of a matrix those of its 20 neurons, and of signs on them.
    let is_bar = |x: &usize| rows.clone().map(|y| at(width, *x, y, frame)).collect::<BTreeSet<_>>().len() > 150;
    let bars: Vec<usize> = (0..width as usize).filter(is_bar).collect();
    let ends = bars.iter().filter(|x| !bars.contains(&(*x + 1)));
    ends.flat_map(|end| end + 2..(end + 60).min(width as usize)).collect()
}

#[test]
fn frames_of_matrices_share_their_colours() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.png");
    let mut harness = trained(120);
    harness.state_mut().show_pane(PaneKind::Matrices);
    wait_seen(&mut harness, "matrices", |harness| harness.query_by_label_contains("Freeze").is_some());
    animate_at(&mut harness, PaneKind::Matrices, "APNG", ("4", "960"), &path);
    wait(&mut harness, "animation", |window| has_said(window, Weight::Note, "a.png"));
    let frames = frames(&path);
    assert_eq!(frames.len(), 4);
    let (width, height) = image::image_dimensions(&path).expect("a picture");
    // Below the heading, which names the step.
    let rows = height as usize / 8..height as usize * 2 / 5;
    let columns = beside_bars((width, rows.clone()), &frames[0]);
    assert!(columns.len() > 2 * 40, "of two matrices beside each other: {columns:?}");
    for (place, frame) in frames.iter().enumerate().skip(1) {
        assert!(apart(&frames[0], frame) > 20, "frame {place} is another step");
        for (x, y) in columns.iter().flat_map(|x| rows.clone().map(move |y| (*x, y))) {
            assert!(
                at(width, x, y, frame) == at(width, x, y, &frames[0]),
                "at ({x}, {y}) the colours of frame {place} mean something else"
            );
        }
    }
}

#[test]
fn what_is_cancelled_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gif");
    let mut harness = trained(150);
    animate(&mut harness, PaneKind::Loss, "GIF", "2000", &path);
    wait_seen(&mut harness, "progress", |harness| harness.query_by_label_contains("of 2000 frames").is_some());
    harness.get_by_role_and_label(Role::Button, "Cancel").click();
    wait(&mut harness, "end", |window| has_said(window, Weight::Warning, "was cancelled"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0);
    assert_eq!(harness.state().status().step, 150);
}

#[test]
fn what_does_not_change_with_steps_is_said() {
    let mut harness = trained(20);
    choose(&mut harness, PaneKind::History, "Animation …");
    let said = |window: &Window| has_said(window, Weight::Warning, "nothing yet that could be animated");
    wait(&mut harness, "words", said);
    drop(harness);
}
