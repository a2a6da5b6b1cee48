//! The real binary in a real window: mouse and keyboard events go in through the X server, pixels and the window's
//! title come out.

use std::process::Command;
use std::time::{Duration, Instant};

use eframe::egui::{Rect, Role};

use super::alone;
use super::app::{App, PATIENCE, binary, skips};
use super::mirror::Mirror;
use super::screen::{Pixel, Screen, wait_for};

/// From an event of the mouse to the changed curve on the screen.
///
/// Where a frame drawn in software takes longer than 70 ms, three frames are allowed instead: the one that the event
/// finds half-done, the one that sends the setting, and the one that shows what came of it.
const LATENCY: Duration = Duration::from_millis(200);

/// Half the moves may take that many times [`LATENCY`], since other processes hold up single ones.
const NOISE: u32 = 2;

/// How long speeds are measured.
const SPELL: Duration = Duration::from_secs(4);

/// Moves whose latency is measured.
const MOVES: usize = 5;

const EXPERIMENT: &str = "name = \"e2e\"\n[rule]\nlearning_rate = 0.1\n[training]\nsteps = 1000000\nseeds = 2\n";

/// Where things are in the window.
struct Layout {
    slider: Rect,
    value: Rect,
    plot: Rect,
}

impl Layout {
    fn of(experiment: &str) -> Self {
        let mirror = Mirror::of(experiment);
        Self {
            slider: mirror.rect(Role::Slider, "Weight decay"),
            value: mirror.rect(Role::SpinButton, "Weight decay"),
            plot: mirror.rect(Role::Image, "Plot of alignment"),
        }
    }
}

/// The open window, and where things are in it.
struct Open {
    app: App,
    layout: Layout,
}

impl std::ops::Deref for Open {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

impl std::ops::DerefMut for Open {
    fn deref_mut(&mut self) -> &mut App {
        &mut self.app
    }
}

impl Open {
    fn new() -> Self {
        let screen = Screen::open();
        let file = screen.home().join("e2e.toml");
        std::fs::write(&file, EXPERIMENT).expect("a file");
        let file = file.to_str().expect("a plain path").to_owned();
        let layout = Layout::of(&file);
        let start = Instant::now();
        let app = App::start(screen, &["--experiment", &file]);
        wait_for("first step", PATIENCE, || app.step().filter(|&step| step > 0));
        println!("steps in the title, which changes once a second, after {} ms", start.elapsed().as_millis());
        Self { app, layout }
    }

    /// Moves the pointer to a part of the weight decay's slider.
    fn point_at_slider(&mut self, part: f32) {
        let rect = self.layout.slider;
        let (x, y) = (rect.left() + part * rect.width(), rect.center().y);
        let (x, y) = (self.origin.0 + x as usize, self.origin.1 + y as usize);
        self.screen.input(&format!("mousemove {x} {y}"));
    }

    /// The number above the slider, which changes with every frame of a drag and which the pointer does not cover.
    fn value_pixels(&self) -> Vec<Pixel> {
        let rect = self.layout.value;
        let (left, top) = (self.origin.0 + rect.left() as usize, self.origin.1 + rect.center().y as usize);
        self.screen.look(left, top - 3, rect.width() as usize, 4)
    }

    /// Whether the newest steps of layer 1's full update lie between a cosine of -1 and -0.75.
    fn newest_is_low(&self) -> bool {
        let plot = self.layout.plot;
        let y = |cosine: f32| (plot.center().y - cosine * plot.height() / 2.08) as usize + self.origin.1;
        // The newest step stands a 65th of the width off the right edge.
        let left = (plot.right() - 0.035 * plot.width()) as usize + self.origin.0;
        let width = (plot.right() - 2.0) as usize + self.origin.0 - left;
        let (top, bottom) = (y(-0.75), y(-1.0));
        self.screen.look(left, top, width, bottom - top).into_iter().any(is_blue)
    }

    /// Steps a second between the first and the last change of the title, while `busy` goes on.
    fn speed(&mut self, mut busy: impl FnMut(&mut Self)) -> f64 {
        let start = Instant::now();
        let mut seen = Vec::new();
        let mut last = self.step();
        while start.elapsed() < SPELL {
            let pause = Instant::now();
            while pause.elapsed() < Duration::from_millis(50) {
                busy(self);
                std::thread::sleep(Duration::from_millis(8));
            }
            let step = self.step();
            if step != last {
                seen.push((start.elapsed().as_secs_f64(), step.expect("a step in the title")));
                last = step;
            }
        }
        assert!(seen.len() >= 2, "training stands still: the title changed {} times in {SPELL:?}", seen.len());
        let ((from, first), (to, last)) = (seen[0], seen[seen.len() - 1]);
        (last - first) as f64 / (to - from)
    }
}

/// Layer 1's colour and what its thinner lines make of it.
fn is_blue([r, g, b]: Pixel) -> bool {
    b > 90 && b > r.saturating_add(40) && b > g.saturating_add(10)
}

#[test]
fn mouse_and_keyboard_drive_the_real_window() {
    if skips() {
        return;
    }
    let _alone = alone();
    let mut open = Open::new();
    assert!(open.title().starts_with("Hebbscope - e2e - seeds 0-1 - step "), "{}", open.title());

    open.point_at_slider(0.2);
    let mut before = open.speed(|_| {});
    open.screen.input("mousedown 1");
    let mut latencies: Vec<Duration> = (0..MOVES).map(|_| latency(&mut open)).collect();
    latencies.sort();
    let (best, median) = (latencies[0], latencies[MOVES / 2]);
    println!("from moving the slider to the changed curve: {latencies:?}");
    let (mut during, frame) = speed_while_dragging(&mut open);
    println!("{before:.0} steps/s at rest, {during:.0} while dragging, {} ms a frame", frame.as_millis());
    if during < 0.5 * before {
        // Another process may have started in between, so that both are measured once more.
        before = open.speed(|_| {});
        during = speed_while_dragging(&mut open).0;
        println!("again: {before:.0} steps/s at rest, {during:.0} while dragging");
    }
    open.screen.input("mouseup 1");

    keys_pause_step_reset_and_reseed(&mut open);
    open.close("alt+F4");
    let allowed = LATENCY.max(3 * frame);
    assert!(best < allowed && median < NOISE * allowed, "the curve changes after {latencies:?}, allowed {allowed:?}");
    assert!(during >= 0.5 * before, "{during:.0} steps/s while dragging, {before:.0} before");
}

/// Steps a second during a drag, and the time between two frames of it.
fn speed_while_dragging(open: &mut Open) -> (f64, Duration) {
    let (mut sweep, mut frames, mut shown) = (0_u32, 0_u32, Vec::new());
    let start = Instant::now();
    let speed = open.speed(|open| {
        sweep += 1;
        open.point_at_slider(0.6 + 0.1 * (sweep as f32 / 10.0).sin());
        let now = open.value_pixels();
        frames += u32::from(now != shown);
        shown = now;
    });
    (speed, start.elapsed() / frames.max(1))
}

/// From a move of the pressed pointer to the first pixel of the curve at its new height.
fn latency(open: &mut Open) -> Duration {
    open.point_at_slider(0.2);
    wait_for("curve at its old height", PATIENCE, || (!open.newest_is_low()).then_some(()));
    let start = Instant::now();
    open.point_at_slider(0.75);
    wait_for("curve at its new height", PATIENCE, || open.newest_is_low().then(|| start.elapsed()))
}

fn keys_pause_step_reset_and_reseed(open: &mut Open) {
    open.screen.input("key space");
    wait_for("pause", PATIENCE, || open.title().contains("paused at step").then_some(()));
    let step = open.step().expect("a step in the title");
    let busy = open.processor_seconds();
    std::thread::sleep(Duration::from_secs(1));
    let busy = open.processor_seconds() - busy;
    println!("processor time of a paused second: {busy:.2} s");
    assert_eq!(open.step(), Some(step), "a paused run stands still");
    assert!(busy < 0.2, "a paused window takes {busy:.2} s of processor time a second");
    open.screen.input("key s");
    wait_for("single step", PATIENCE, || (open.step() == Some(step + 1)).then_some(()));
    open.screen.input("key r");
    open.wait_for_title("seeds 0-1 - paused at step 0");
    // The run was steered by hand, and one key must not cost it.
    open.screen.input("key ctrl+z");
    wait_for("the run again", PATIENCE, || (open.step() == Some(step + 1)).then_some(()));
    open.screen.input("key r");
    open.wait_for_title("seeds 0-1 - paused at step 0");
    open.screen.input("key n");
    open.wait_for_title("seeds 2-3 - paused at step 0");
    open.screen.input("key space");
    wait_for("running again", PATIENCE, || open.step().filter(|&step| step > 1));
}

#[test]
fn without_a_display_the_run_goes_on_in_the_terminal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("quick.toml");
    let experiment = "name = \"quick\"\n[data]\ntrain_examples = 512\nvalidation_examples = 64\n\
                      [model]\nhidden = [16, 16]\n[training]\nbatch_size = 32\nsteps = 40\nseeds = 2\n";
    std::fs::write(&file, experiment).expect("a file");
    let run = Command::new(binary())
        .arg("--experiment")
        .arg(&file)
        .current_dir(folder.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .expect("the binary starts");
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_eq!(run.status.code(), Some(0), "{err}");
    let about_display: Vec<&str> = err.lines().filter(|line| line.contains("display")).collect();
    assert_eq!(about_display.len(), 1, "{err}");
    assert!(about_display[0].contains("DISPLAY and WAYLAND_DISPLAY are unset"), "{err}");
    assert!(about_display[0].contains("running quick in the terminal"), "{err}");
    assert!(out.contains("quick: 40 steps of 2 seeds") && out.contains("learning signal"), "{out}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is written");
}
