//! What a frame costs the processor, and what the window holds in memory, after a million steps with every pane open.
//!
//! Layout and tessellation are timed, as they are the window's own work; drawing the triangles is the driver's.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use eframe::egui::accesskit::{Node, NodeId};
use eframe::egui::epaint::Primitive;
use eframe::egui::{Context, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, TextureId, pos2, vec2};
use hebbscope::app::{LayoutPreset, Window, WindowSetup};
use hebbscope::experiment::{Activation, DataKind, Experiment};

/// Steps before anything is timed.
const STEPS: u64 = 1_000_000;

/// Frames that are timed.
const FRAMES: usize = 400;

/// The bounds are those of the release profile. In the dev profile, which tests are built in, neither the standard
/// library's generic code nor small dependencies are optimised, and overflow is checked.
const PROFILE: u64 = if cfg!(debug_assertions) { 2 } else { 1 };

/// Half of the frames at most take so long.
const MEDIAN: Duration = Duration::from_millis(6 * PROFILE);

/// One frame in a hundred may take longer, so that 60 a second are drawn.
const RARE: Duration = Duration::from_millis(16 * PROFILE);

/// No frame at all may take so long, what it waits for a processor aside. What the window waits for is locks of the trainer, which
/// must not hold them while it writes to the disk: a third of a second, when the record of a run is full. 50 ms are wanted, and the
/// host of a shared machine may take the processor away without a trace.
const LONGEST: Duration = Duration::from_millis(200);

/// Another process on a shared machine may take the processor away; the best of so many rounds counts.
const ROUNDS: usize = 5;

/// Resident memory of the process, in bytes.
const MEMORY: u64 = 400_000_000;

fn experiment() -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.kind = DataKind::LinearRegression;
    experiment.data.train_examples = 256;
    experiment.data.validation_examples = 4;
    experiment.data.input_size = 4;
    experiment.data.output_size = 2;
    experiment.model.hidden = vec![8, 8];
    experiment.model.activation = Activation::Tanh;
    experiment.training.batch_size = 4;
    experiment.training.steps = Some(100 * STEPS);
    experiment.training.seeds = 4;
    // An epoch has 64 steps, and validating at the end of each would take longer than training.
    experiment.measure.validate_every = 500;
    experiment
}

/// The window on a screen that nobody sees.
struct Screen {
    ctx: Context,
    window: Window,
    frame: eframe::Frame,
    start: Instant,
    /// Of the last frame.
    vertices: usize,
    /// Pictures that were uploaded beside the type, and their texels.
    pictures: BTreeMap<TextureId, usize>,
    /// What a screen reader was told last.
    nodes: Vec<(NodeId, Node)>,
    /// What the next frame gets.
    events: Vec<Event>,
}

impl Screen {
    fn new(experiment: Experiment, layout: LayoutPreset) -> Self {
        let ctx = Context::default();
        let setup = WindowSetup { threads: 1, run_at_start: true, ..WindowSetup::default() };
        let mut window = Window::new(&ctx, experiment, setup).expect("a thread can be started");
        window.arrange(layout);
        Self {
            ctx,
            window,
            frame: eframe::Frame::_new_kittest(),
            start: Instant::now(),
            vertices: 0,
            pictures: BTreeMap::new(),
            nodes: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Time of one frame: logic, layout, tessellation.
    fn draw(&mut self) -> Duration {
        use eframe::App as _;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1920.0, 1080.0))),
            time: Some(self.start.elapsed().as_secs_f64()),
            events: std::mem::take(&mut self.events),
            ..RawInput::default()
        };
        let began = Instant::now();
        let (window, frame) = (&mut self.window, &mut self.frame);
        let output = self.ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            window.logic(&ctx, frame);
            window.ui(ui, frame);
        });
        let mut output = output;
        self.nodes.extend(output.platform_output.accesskit_update.take().into_iter().flat_map(|update| update.nodes));
        // Nobody uploads them here.
        for (&id, deltas) in output.textures_delta.set.iter().filter(|(id, _)| **id != TextureId::default()) {
            let whole = deltas.iter().filter(|delta| delta.pos.is_none());
            self.pictures.extend(whole.map(|delta| (id, delta.image.width() * delta.image.height())));
        }
        output.textures_delta.clear();
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        assert!(!triangles.is_empty(), "something is drawn");
        let took = began.elapsed();
        self.vertices = triangles
            .iter()
            .map(|clipped| match &clipped.primitive {
                Primitive::Mesh(mesh) => mesh.vertices.len(),
                Primitive::Callback(_) => 0,
            })
            .sum();
        took
    }

    /// What a screen reader is told.
    fn told(&mut self) -> Vec<(NodeId, Node)> {
        self.ctx.enable_accesskit();
        for _ in 0..3 {
            self.draw();
        }
        self.ctx.disable_accesskit();
        std::mem::take(&mut self.nodes)
    }

    /// Clicks on what has a name.
    fn click(&mut self, name: &str) {
        let nodes = self.told();
        let node = nodes.iter().map(|(_, node)| node).find(|node| node.label() == Some(name));
        let bounds = node.and_then(|node| node.bounds()).unwrap_or_else(|| panic!("'{name}' is not in sight"));
        let pos = pos2((bounds.x0 + bounds.x1) as f32 / 2.0, (bounds.y0 + bounds.y1) as f32 / 2.0);
        for pressed in [true, false] {
            let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
            self.events.push(Event::PointerMoved(pos));
            self.events.push(Event::PointerButton { pos, button, pressed, modifiers });
            self.draw();
        }
        self.events.push(Event::PointerGone);
        self.draw();
    }

    /// Draws until there are four pictures of so many texels at least, as the four matrices of a layer are.
    fn until_four_pictures_have(&mut self, texels: usize) {
        while self.pictures.values().filter(|picture| **picture >= texels).count() < 4 {
            assert!(self.start.elapsed() < Duration::from_secs(120), "pictures of {:?} texels", self.pictures);
            self.draw();
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Presses a key, and lets it go in the frame after.
    fn press(&mut self, key: Key) {
        for pressed in [true, false] {
            let modifiers = Modifiers::NONE;
            self.events.push(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
            self.draw();
        }
    }

    /// Half of the frames take no longer than the first, all but one in a hundred no longer than the second, in the best of some
    /// rounds. Training goes on, so that frames with new data, which come ten times a second, are among them.
    fn best_of_rounds(&mut self) -> (Duration, Duration) {
        let mut best = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let mut times: Vec<Duration> = (0..FRAMES)
                .map(|_| {
                    std::thread::sleep(Duration::from_millis(8));
                    let waited = waited_for_a_processor();
                    let took = self.draw();
                    let held = took.saturating_sub(waited_for_a_processor() - waited);
                    assert!(held < LONGEST, "a frame took {took:?}, {held:?} without waiting for a processor");
                    took
                })
                .collect();
            times.sort();
            let (median, rare) = (times[FRAMES / 2], times[FRAMES * 99 / 100]);
            println!("a frame: median {median:?}, 99th percentile {rare:?}, longest {:?}", times[FRAMES - 1]);
            best = (best.0.min(median), best.1.min(rare));
        }
        best
    }
}

/// How long this thread has waited for a processor since it began.
fn waited_for_a_processor() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_whitespace().nth(1)?.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Tells a process of this binary that it runs a single test.
const ALONE: &str = "HEBBSCOPE_TEST_ALONE";

/// Whether this process runs that test alone; otherwise has another do so, one test at a time: what a process holds, and how long
/// its frames take, would else be those of all tests together.
fn is_alone(test: &str) -> bool {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    // A test that failed before holds up no other.
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut process = Command::new(std::env::current_exe().expect("this binary"));
    let output = process.args(["--exact", test, "--nocapture"]).env(ALONE, "1").output().expect("this binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{said}");
    assert!(output.status.success() && said.contains("1 passed"), "{test} failed: {said}");
    false
}

#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("every process has it");
    let kibibytes = line.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok());
    kibibytes.expect("VmRSS is a number of kB") * 1024
}

#[test]
#[cfg(target_os = "linux")]
fn a_million_steps_leave_the_window_quick_and_small() {
    if !is_alone("a_million_steps_leave_the_window_quick_and_small") {
        return;
    }
    let mut screen = Screen::new(experiment(), LayoutPreset::Everything);
    while screen.window.status().step < STEPS {
        assert!(screen.start.elapsed() < Duration::from_secs(600), "step {}", screen.window.status().step);
        screen.draw();
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("{STEPS} steps after {:.0} s", screen.start.elapsed().as_secs_f64());
    let (median, rare) = screen.best_of_rounds();
    let resident = resident();
    println!("resident {} MB", resident / 1_000_000);
    assert!(median < MEDIAN && rare < RARE, "median {median:?}, 99th percentile {rare:?}");
    assert!(resident < MEMORY, "{resident} bytes resident");
}

/// Alignment, loss and norms with the curves of five other runs behind those of the present one, which trains on.
#[test]
fn five_runs_behind_the_present_one_are_drawn_within_a_frame() {
    if !is_alone("five_runs_behind_the_present_one_are_drawn_within_a_frame") {
        return;
    }
    const RUNS: usize = 5;
    const LENGTH: u64 = 20_000;
    let mut screen = Screen::new(experiment(), LayoutPreset::Everything);
    for run in 0..=RUNS {
        while screen.window.status().step < LENGTH || screen.window.status().shelf.len() < run {
            assert!(screen.start.elapsed() < Duration::from_secs(300), "step {}", screen.window.status().step);
            screen.draw();
            std::thread::sleep(Duration::from_millis(20));
        }
        if run < RUNS {
            screen.press(Key::N);
        }
    }
    let before = screen.vertices;
    screen.window.overlay_shelf();
    // A few frames until what is read at the pace of data is there.
    (0..10).for_each(|_| {
        std::thread::sleep(Duration::from_millis(50));
        screen.draw();
    });
    let (median, rare) = screen.best_of_rounds();
    println!("{} vertices, {before} without the other runs", screen.vertices);
    assert!(screen.vertices > before + 1_000, "they are drawn: {} and {before} vertices", screen.vertices);
    assert!(median < MEDIAN && rare < RARE, "median {median:?}, 99th percentile {rare:?}");
}

/// Nine layers, 512 wide: more than four thousand neurons and two million connections, of which the strongest are drawn.
#[test]
fn a_deep_and_wide_network_is_drawn_within_a_frame() {
    if !is_alone("a_deep_and_wide_network_is_drawn_within_a_frame") {
        return;
    }
    let mut screen = Screen::new(nine_layers(512), LayoutPreset::Explore);
    // Each neuron is four corners at least.
    let drawn = 4 * (8 * 512);
    while screen.vertices < drawn {
        assert!(screen.start.elapsed() < Duration::from_secs(120), "{} vertices", screen.vertices);
        screen.draw();
        std::thread::sleep(Duration::from_millis(50));
    }
    let (median, rare) = screen.best_of_rounds();
    println!("{} vertices", screen.vertices);
    assert!(screen.vertices >= drawn, "the network is drawn all the time");
    assert!(median < MEDIAN && rare < RARE, "median {median:?}, 99th percentile {rare:?}");
}

/// Nine layers, the second of them, which is shown, 512 x 3072, whose four matrices have a million and a half values each; then every pane of them.
#[test]
fn a_wide_layer_is_drawn_within_a_frame() {
    if !is_alone("a_wide_layer_is_drawn_within_a_frame") {
        return;
    }
    let mut screen = Screen::new(nine_layers(3072), LayoutPreset::Matrices);
    screen.until_four_pictures_have(400);
    screen.click("Matrices: whole");
    screen.until_four_pictures_have(10_000);
    let told = screen.told();
    let words = told.iter().filter_map(|(_, node)| node.value().or(node.label())).collect::<Vec<_>>();
    assert!(words.iter().any(|words| words.contains("512 × 3072")), "{words:?}");
    let matrices = screen.best_of_rounds();
    println!("{} vertices, pictures of {:?} texels", screen.vertices, screen.pictures);
    screen.window.arrange(LayoutPreset::Everything);
    let everything = screen.best_of_rounds();
    println!("every pane: {} vertices", screen.vertices);
    for (median, rare) in [matrices, everything] {
        assert!(median < MEDIAN && rare < RARE, "median {median:?}, 99th percentile {rare:?}");
    }
}

/// Nine layers, all 512 wide but the first, and the last.
fn nine_layers(first: usize) -> Experiment {
    let mut wide = experiment();
    wide.data.input_size = 512;
    wide.data.output_size = 10;
    wide.model.hidden = vec![512; 8];
    wide.model.hidden[0] = first;
    wide.training.seeds = 1;
    wide
}
