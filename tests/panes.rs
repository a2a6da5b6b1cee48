//! Every pane, found by its accessible names, drawn in both themes at two sizes, and compared with stored pictures.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test panes` writes the pictures anew. The trainer is held to the portable
//! instruction set, so that curves, numbers and the processor's description are the same on every machine.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers, Role, Theme, Vec2, vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, HarnessBuilder, SnapshotOptions, SnapshotResults};
use hebbscope::app::look::words::Vocabulary;
use hebbscope::app::{LayoutPreset, PaneKind, Window, WindowSetup};
use hebbscope::experiment::{Experiment, resolve};
use hebbscope::reproduce::Rates;
use hebbscope::sweep::LiveState;
use hebbscope::tour::{TOURS, Tour};
use hebbscope::training::RunState;

/// Longest wait for anything that the trainer does.
const LIMIT: Duration = Duration::from_secs(60);

/// Steps of the run that the pictures show: enough for all windows and oscillations.
const STEPS: u64 = 1_200;

/// Pixels of a picture that may differ, for single hairlines that a driver places half a pixel aside.
const PIXELS: usize = 400;

/// A network small enough to train within a second, with what every pane needs, and `more` in place of its own.
fn experiment(more: &[&str]) -> Experiment {
    let settings = [
        "name=small",
        "description=A small network, for pictures of every pane.",
        "data.train_examples=512",
        "data.validation_examples=64",
        "data.input_size=16",
        "data.output_size=12",
        "model.hidden=[24, 24]",
        "training.batch_size=32",
        "training.seeds=2",
        "regularizer.weight_decay=5e-3",
        "sweep.x=noise.weight_sd",
        "sweep.x_spacing=squared",
        "sweep.x_squared=true",
        "sweep.x_to=0.01",
        "sweep.x_points=6",
        "sweep.y=regularizer.weight_decay",
        "sweep.y_spacing=log",
        "sweep.y_from=1e-3",
        "sweep.y_to=0.1",
        "sweep.y_points=6",
    ];
    let mut settings: Vec<String> = settings.iter().chain(more).map(|one| (*one).to_owned()).collect();
    settings.push(format!("training.steps={STEPS}"));
    resolve("sre", &settings).expect("the preset takes these values")
}

fn open(size: Vec2, theme: Theme) -> Harness<'static, Window> {
    trained(Harness::builder().with_size(size).with_theme(theme), &[], WindowSetup::default(), STEPS)
}

/// A window whose run has come to a step.
fn trained(
    builder: HarnessBuilder<Window>,
    settings: &[&str],
    setup: WindowSetup,
    step: u64,
) -> Harness<'static, Window> {
    trained_of(builder, experiment(settings), setup, step)
}

/// The same of any experiment.
fn trained_of(
    builder: HarnessBuilder<Window>,
    experiment: Experiment,
    setup: WindowSetup,
    step: u64,
) -> Harness<'static, Window> {
    let setup = WindowSetup { threads: 1, ..setup };
    let mut harness = builder
        .wgpu()
        .build_eframe(|cc| Window::new(&cc.egui_ctx, experiment, setup).expect("a thread can be started"));
    harness.state_mut().run_until(step);
    wait(&mut harness, "the last step", |window| {
        window.status().state == RunState::Paused && window.status().step == step
    });
    harness
}

#[track_caller]
fn wait(harness: &mut Harness<'_, Window>, what: &str, done: impl Fn(&Window) -> bool) {
    let start = Instant::now();
    while !done(harness.state()) {
        let last = harness.state().journal().last().map(|entry| entry.text.clone());
        assert!(start.elapsed() < LIMIT, "no {what} within {LIMIT:?}; last message: {last:?}");
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Frames until what comes from the trainer on demand is there, and the tabs have come to rest.
fn settle(harness: &mut Harness<'_, Window>) {
    for _ in 0..12 {
        harness.step();
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// Trains the grid of runs to its end.
fn fill_the_grid(harness: &mut Harness<'_, Window>) {
    harness.state_mut().arrange(LayoutPreset::Phase);
    harness.step();
    harness.get_by_label("Grid of runs").click();
    harness.run_steps(2);
    harness.get_by_label("Start the grid").click();
    harness.step();
    wait(harness, "full grid", |window| {
        window.grid_of_runs().is_some_and(|snapshot| snapshot.state == LiveState::Done)
    });
    harness.remove_cursor();
    settle(harness);
}

/// Trains other seeds, and lays the run that was there over them.
fn lay_over(harness: &mut Harness<'_, Window>) {
    harness.state_mut().arrange(LayoutPreset::Explore);
    harness.state_mut().show_pane(PaneKind::Matrices);
    harness.state_mut().show_pane(PaneKind::Runs);
    harness.key_press(Key::N);
    wait(harness, "other seeds", |window| {
        window.status().shelf.len() == 1 && window.status().state == RunState::Paused
    });
    harness.state_mut().run_until(STEPS);
    wait(harness, "the last step", |window| window.status().step == STEPS && window.status().state == RunState::Paused);
    harness.get_by_label_contains("Overlay ").click();
    harness.step();
    harness.remove_cursor();
    settle(harness);
}

/// Shows the alignment to a room.
fn present(harness: &mut Harness<'_, Window>) {
    present_pane(harness, PaneKind::Alignment);
}

/// Shows a pane to a room.
fn present_pane(harness: &mut Harness<'_, Window>, kind: PaneKind) {
    harness.state_mut().show_pane(kind);
    harness.run_steps(2);
    harness.key_press(Key::F11);
    // The newest steps come into sight at the pace at which data are drawn.
    settle(harness);
    settle(harness);
}

#[test]
fn every_pane_in_both_themes_at_two_sizes() {
    // SAFETY: this file has one test, so that no other thread reads the environment yet.
    unsafe { std::env::set_var("HEBBSCOPE_INSTRUCTION_SET", "portable") };
    let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(PIXELS);
    let mut results = SnapshotResults::new();
    for (size, name) in [(vec2(1280.0, 720.0), "1280x720"), (vec2(1920.0, 1080.0), "1920x1080")] {
        for (theme, shade) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            let mut harness = open(size, theme);
            for kind in PaneKind::ALL {
                // The first sight is the picture of the alignment; what is in it as well has one of its own.
                harness.state_mut().arrange(match kind {
                    PaneKind::Controls => LayoutPreset::Teach,
                    PaneKind::Network => LayoutPreset::Everything,
                    PaneKind::Matrices => LayoutPreset::Matrices,
                    _ => LayoutPreset::Explore,
                });
                // Many fine lines make large files: the network is drawn in few pictures.
                if kind != PaneKind::Network {
                    harness.state_mut().show_pane(PaneKind::Matrices);
                }
                harness.state_mut().show_pane(kind);
                settle(&mut harness);
                if kind == PaneKind::Phase {
                    harness.get_by_label("This run").click();
                    harness.step();
                    harness.remove_cursor();
                    settle(&mut harness);
                }
                assert!(harness.state().panes_in_sight().contains(&kind), "{kind:?} is in sight");
                let id = kind.id();
                let tab = harness.query_all_by_role_and_label(Role::Button, kind.title()).count();
                assert!(tab >= 1, "the tab of {id} has its name");
                results.add(harness.try_snapshot_options(format!("{id}-{shade}-{name}"), &options));
            }
            fill_the_grid(&mut harness);
            results.add(harness.try_snapshot_options(format!("phase-grid-{shade}-{name}"), &options));
            lay_over(&mut harness);
            results.add(harness.try_snapshot_options(format!("runs-laid-over-{shade}-{name}"), &options));
            present(&mut harness);
            results.add(harness.try_snapshot_options(format!("presenting-{shade}-{name}"), &options));
        }
    }
    for (theme, shade) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        above_the_panes(theme, &mut |harness, name| {
            results.add(harness.try_snapshot_options(format!("{name}-{shade}-1280x720"), &options));
        });
    }
    before_a_room(&mut |harness, name| results.add(harness.try_snapshot_options(name, &options)));
    compared(&mut |harness, name| results.add(harness.try_snapshot_options(name, &options)));
    at_the_edges(&mut |harness, name| results.add(harness.try_snapshot_options(name, &options)));
    of_other_networks(&mut |harness, name| results.add(harness.try_snapshot_options(name, &options)));
    drop(results);
    no_two_are_alike();
}

/// How long everything takes, which no picture is to depend on.
fn rates() -> Option<Rates> {
    Some(Rates::given(1e-10))
}

/// Takes what the window shows under a name.
type Take<'a> = &'a mut dyn FnMut(&mut Harness<'_, Window>, &str);

/// What lies above the panes: pages, lists, dialogs, and a tour beside them.
fn above_the_panes(theme: Theme, take: Take<'_>) {
    let builder = || Harness::builder().with_size(vec2(1280.0, 720.0)).with_theme(theme);
    let mut harness = trained(builder(), &[], WindowSetup { rates: rates(), ..WindowSetup::default() }, STEPS);
    harness.get_by_label("Help menu").click();
    harness.run_steps(3);
    harness.get_by_label("Menu: Glossary").click();
    harness.remove_cursor();
    settle(&mut harness);
    take(&mut harness, "glossary");
    harness.key_press(Key::Escape);
    let command = Modifiers::COMMAND;
    for (modifiers, key, name) in [
        (Modifiers::NONE, Key::G, "gallery"),
        (Modifiers::NONE, Key::E, "experiments"),
        (Modifiers::NONE, Key::F1, "keys"),
        (command, Key::P, "finder"),
        (command, Key::O, "path"),
        (command.plus(Modifiers::SHIFT), Key::V, "share-string"),
    ] {
        settle(&mut harness);
        harness.key_press_modifiers(modifiers, key);
        settle(&mut harness);
        take(&mut harness, name);
        harness.key_press(Key::Escape);
    }
    for (line, is_there, name) in [
        ("Export figure as PNG …", "339 × 190 mm", "figure"),
        ("Export data as CSV …", "Every measured step", "numbers"),
        ("Animation …", "Animate …", "animation"),
    ] {
        export_dialog(&mut harness, line, is_there);
        take(&mut harness, name);
        harness.key_press(Key::Escape);
        settle(&mut harness);
    }
    let first = WindowSetup { rates: rates(), first_page: true, ..WindowSetup::default() };
    let mut harness = trained(builder(), &[], first, STEPS);
    settle(&mut harness);
    take(&mut harness, "first-page");
    let tour = TOURS.first().and_then(|tour| tour.tour().ok()).expect("tours are sound");
    let mut harness = touring(builder(), tour);
    settle(&mut harness);
    take(&mut harness, "tour");
}

/// Opens what takes the alignment out, and waits until what it tells is known.
fn export_dialog(harness: &mut Harness<'_, Window>, line: &str, is_there: &str) {
    harness.state_mut().show_pane(PaneKind::Alignment);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Export Alignment").click();
    harness.run_steps(3);
    harness.get_by_label(&format!("{line} of Alignment")).click();
    harness.run_steps(3);
    match line.contains("PNG") {
        true => harness.get_by_label("Slide 16:9").click(),
        false if line.contains("CSV") => harness.get_by_label("Every measured step").click(),
        false => {}
    }
    harness.remove_cursor();
    let until = Instant::now() + LIMIT;
    let counts = |harness: &Harness<'_, Window>| harness.query_all_by_label_contains("counting").next().is_some();
    while harness.query_by_label_contains(is_there).is_none() || counts(harness) {
        assert!(Instant::now() < until, "{line}: '{is_there}' does not come");
        std::thread::sleep(Duration::from_millis(5));
        harness.step();
    }
    settle(harness);
}

fn touring(builder: HarnessBuilder<Window>, tour: Tour) -> Harness<'static, Window> {
    let setup = WindowSetup { threads: 1, tour: Some(tour), ..WindowSetup::default() };
    let mut harness = builder
        .wgpu()
        .build_eframe(|cc| Window::new(&cc.egui_ctx, experiment(&[]), setup).expect("a thread can be started"));
    wait(&mut harness, "a run that waits", |window| window.status().state == RunState::Paused);
    harness
}

/// Panes on the whole screen: in a run whose planned steps are not done, matrices with a frozen step, a grid with its cut; and
/// on a small screen.
fn before_a_room(take: Take<'_>) {
    let sized = |width, height, theme| Harness::builder().with_size(vec2(width, height)).with_theme(theme);
    for (width, height) in [(1280.0, 720.0), (800.0, 500.0)] {
        let mut harness = trained(sized(width, height, Theme::Dark), &[], WindowSetup::default(), STEPS / 2);
        for kind in [PaneKind::Alignment, PaneKind::Network, PaneKind::Neurons, PaneKind::Forces] {
            present_pane(&mut harness, kind);
            take(&mut harness, &format!("presented-{}-dark-{width}x{height}", kind.id()));
            harness.key_press(Key::F11);
            settle(&mut harness);
        }
        fill_the_grid(&mut harness);
        present_pane(&mut harness, PaneKind::Phase);
        take(&mut harness, &format!("presented-phase-grid-dark-{width}x{height}"));
    }
    let mut harness = trained(sized(1280.0, 720.0, Theme::Light), &[], WindowSetup::default(), STEPS / 2);
    freeze_and_go_on(&mut harness);
    take(&mut harness, "frozen-light-1280x720");
    present_pane(&mut harness, PaneKind::Matrices);
    take(&mut harness, "presented-frozen-light-1280x720");
}

/// Freezes the matrices of now, and trains on to the end.
fn freeze_and_go_on(harness: &mut Harness<'_, Window>) {
    harness.state_mut().arrange(LayoutPreset::Matrices);
    settle(harness);
    harness.get_by_label_contains("Freeze").click();
    harness.run_steps(2);
    harness.state_mut().run_until(STEPS);
    wait(harness, "the last step", |window| window.status().step == STEPS && window.status().state == RunState::Paused);
    harness.remove_cursor();
    settle(harness);
}

/// A run and its twin, of another weight decay; and a look back, in the words of neuroscience.
fn compared(take: Take<'_>) {
    let builder = || Harness::builder().with_size(vec2(1280.0, 720.0)).with_theme(Theme::Light);
    let mut harness = trained(builder(), &[], WindowSetup::default(), STEPS / 2);
    harness.state_mut().show_pane(PaneKind::Matrices);
    harness.state_mut().show_pane(PaneKind::Twins);
    harness.run_steps(2);
    harness.get_by_label("Fork twin here").click();
    harness.step();
    wait(&mut harness, "a twin", |window| window.status().twin.is_some());
    harness.state_mut().run_until(STEPS);
    wait(&mut harness, "the last step", |window| {
        window.status().step == STEPS && window.status().state == RunState::Paused
    });
    harness.remove_cursor();
    settle(&mut harness);
    take(&mut harness, "twins-parted-light-1280x720");
    let setup = WindowSetup { vocabulary: Vocabulary::Neuroscience, ..WindowSetup::default() };
    let mut harness = trained(builder(), &[], setup, STEPS);
    harness.state_mut().show_pane(PaneKind::Forces);
    // Back by the steps whose state is held.
    for _ in 0..3 {
        harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
        settle(&mut harness);
    }
    take(&mut harness, "looking-back-neuroscience-light-1280x720");
}

/// The smallest and the largest window, large type, many seeds, layers and connections, and a long name.
fn at_the_edges(take: Take<'_>) {
    let sized = |width, height| Harness::builder().with_size(vec2(width, height)).with_theme(Theme::Dark);
    for (width, height) in [(800.0, 500.0), (3840.0, 2160.0)] {
        let mut harness = trained(sized(width, height), &[], WindowSetup::default(), STEPS);
        harness.state_mut().show_pane(PaneKind::Matrices);
        settle(&mut harness);
        take(&mut harness, &format!("explore-dark-{width}x{height}"));
    }
    for (width, height) in [(853.0, 480.0), (3840.0, 2160.0)] {
        let mut harness = trained(sized(width, height), &[], WindowSetup::default(), STEPS);
        for (layout, name) in [(LayoutPreset::Everything, "everything"), (LayoutPreset::Matrices, "in-matrices")] {
            harness.state_mut().arrange(layout);
            settle(&mut harness);
            take(&mut harness, &format!("{name}-dark-{width}x{height}"));
        }
    }
    // What a window of 1280x720 has room for when it is enlarged one and a half times, and twice.
    for (width, height, name) in [(853.0, 480.0, "853x480"), (640.0, 360.0, "640x360")] {
        let mut harness = trained(sized(width, height), &[], WindowSetup::default(), STEPS);
        settle(&mut harness);
        take(&mut harness, &format!("enlarged-dark-{name}"));
        lay_over(&mut harness);
        take(&mut harness, &format!("enlarged-runs-dark-{name}"));
    }
    for (zoom, name) in [(1.5, "150"), (2.0, "200")] {
        let builder = sized(1280.0, 720.0).with_pixels_per_point(zoom);
        let mut harness = trained(builder, &[], WindowSetup::default(), STEPS);
        harness.state_mut().show_pane(PaneKind::Matrices);
        harness.state_mut().show_pane(PaneKind::Forces);
        settle(&mut harness);
        take(&mut harness, &format!("zoom-{name}"));
    }
    let long = format!("name={}", "a-name-of-sixty-characters-".repeat(3).split_at(60).0);
    let deep = [&long, "training.seeds=32", "model.hidden=[24, 24, 24, 24, 24, 24, 24, 24]"];
    let mut harness = trained(sized(1280.0, 720.0), &deep, WindowSetup::default(), 60);
    for (panes, name) in [
        ([PaneKind::Matrices, PaneKind::Alignment], "deep-alignment"),
        ([PaneKind::Network, PaneKind::Norms], "deep-network"),
    ] {
        panes.into_iter().for_each(|pane| harness.state_mut().show_pane(pane));
        settle(&mut harness);
        take(&mut harness, name);
    }
    let wide = ["data.input_size=3072", "model.hidden=[512]", "training.seeds=1", "training.batch_size=16"];
    let wide = [&wide[..], &["data.train_examples=64", "data.validation_examples=16"]].concat();
    let mut harness = trained(sized(1920.0, 1080.0), &wide, WindowSetup::default(), 4);
    harness.state_mut().show_pane(PaneKind::Matrices);
    settle(&mut harness);
    harness.get_by_label("Matrices: whole").click();
    harness.remove_cursor();
    settle(&mut harness);
    settle(&mut harness);
    take(&mut harness, "wide-matrices");
}

/// Convolutions, a residual network and an encoder, each small: kernels, channels, and more maps than have colours.
fn of_other_networks(take: Take<'_>) {
    let digits = [
        "data.kind=digits",
        "data.train_examples=128",
        "data.validation_examples=32",
        "model.hidden=[16]",
        "training.batch_size=16",
        "training.seeds=1",
    ];
    let convolutions = [&digits[..], &["name=convolutions", "model.channels=[6, 8]"]].concat();
    let residual = ["name=residual", "model.kind=resnet", "model.planes=[4, 6, 8, 10]", "model.blocks=[2, 2, 2, 2]"];
    let residual = [&digits[..], &residual].concat();
    let encoder = [
        "name=encoder",
        "data.train_examples=128",
        "data.validation_examples=32",
        "data.length=6",
        "data.output_size=8",
        "model.width=12",
        "model.heads=2",
        "model.feed_forward=12",
        "model.hidden=[16, 16]",
        "training.batch_size=16",
        "training.seeds=1",
    ];
    let open = |preset: &str, settings: &[&str], steps: u64, theme: Theme| {
        let settings: Vec<String> = settings.iter().map(|one| (*one).to_owned()).collect();
        let experiment = resolve(preset, &settings).expect("the preset takes these values");
        let builder = Harness::builder().with_size(vec2(1280.0, 720.0)).with_theme(theme);
        trained_of(builder, experiment, WindowSetup::default(), steps)
    };
    let mut harness = open("cnn", &convolutions, 60, Theme::Dark);
    for (layout, name) in [(LayoutPreset::Matrices, "kernels"), (LayoutPreset::Neurons, "channels")] {
        harness.state_mut().arrange(layout);
        settle(&mut harness);
        take(&mut harness, name);
    }
    let mut harness = open("cnn", &residual, 30, Theme::Light);
    harness.state_mut().show_pane(PaneKind::Forces);
    harness.state_mut().show_pane(PaneKind::Matrices);
    harness.state_mut().show_pane(PaneKind::Alignment);
    settle(&mut harness);
    take(&mut harness, "residual-alignment");
    let mut harness = open("sre-transformer", &encoder, 60, Theme::Dark);
    settle(&mut harness);
    take(&mut harness, "encoder-network");
}

/// Pictures of one size and theme that show the same are pictures of one thing, whatever their names say.
fn no_two_are_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let is_picture = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".png") && name.matches('.').count() == 1
    };
    let all = std::fs::read_dir(folder).expect("the pictures").flatten().map(|entry| entry.path()).filter(is_picture);
    let pictures: Vec<_> = all.map(|path| (image::open(&path).expect("a picture").to_rgb8(), path)).collect();
    assert!(pictures.len() >= 70, "{} pictures", pictures.len());
    for (at, (one, path)) in pictures.iter().enumerate() {
        for (other, beside) in pictures[..at].iter().filter(|(other, _)| other.dimensions() == one.dimensions()) {
            let differing = one.pixels().zip(other.pixels()).filter(|(a, b)| a != b).take(LEAST_APART).count();
            assert!(differing >= LEAST_APART, "{} and {} show the same", path.display(), beside.display());
        }
    }
}

/// Pixels in which two pictures differ that show different things: a line of text has more.
const LEAST_APART: usize = 2_000;
