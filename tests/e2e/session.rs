//! A whole session in the real window, by mouse and keyboard: steer, fork a twin, look back, take everything out, switch
//! the experiment, drop a file, close. What came out is read by programs that know nothing of this one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use eframe::egui::{Pos2, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window, WindowSetup};
use hebbscope::experiment::resolve;

use super::alone;
use super::app::{App, PATIENCE, skips};
use super::hands::Session;
use super::screen::{Screen, wait_for};

/// Small enough to train quickly, and deep enough to have a second layer.
const EXPERIMENT: &str = "name = \"session\"\n[data]\ntrain_examples = 2048\nvalidation_examples = 64\n\
                          [model]\nhidden = [32, 32]\n[rule]\nlearning_rate = 0.1\n\
                          [training]\nbatch_size = 64\nsteps = 1000000\nseeds = 2\n";

/// Where things are, from the same window drawn without a display.
struct Places {
    slider: (Pos2, Pos2),
    history: Pos2,
    experiments: Pos2,
    preset: Pos2,
}

impl Places {
    fn of(experiment: &str) -> Self {
        let experiment = resolve(experiment, &[]).expect("the file is an experiment");
        let mut harness = Harness::builder()
            .with_size(vec2(1280.0, 720.0))
            .build_eframe(|cc| Window::new(&cc.egui_ctx, experiment, WindowSetup::default()).expect("a thread"));
        harness.run_steps(5);
        let slider = harness.get_by_role_and_label(Role::Slider, "Weight decay").rect();
        let at = |part: f32| Pos2::new(slider.left() + part * slider.width(), slider.center().y);
        harness.state_mut().show_pane(PaneKind::History);
        harness.run_steps(5);
        let history = harness.get_by_role_and_label(Role::Slider, "Step to show").rect();
        let history = Pos2::new(history.left() + 0.3 * history.width(), history.center().y);
        let experiments = harness.get_by_label("Experiment").rect().center();
        harness.get_by_label("Experiment").click();
        harness.run_steps(5);
        let preset = harness.get_by_role_and_label(Role::Button, "sre-hebb").rect().center();
        Self { slider: (at(0.4), at(0.7)), history, experiments, preset }
    }
}

fn python(script: &str, arguments: &[&str]) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/e2e").join(script);
    // Debian's own, for which the packages are installed.
    let interpreter = if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" };
    let done = Command::new(interpreter).arg(script).args(arguments).output().expect("python starts");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}{err}");
    out.into_owned()
}

#[test]
fn a_session_from_start_to_close() {
    if skips() {
        return;
    }
    let _alone = alone();
    let screen = Screen::open();
    let home = screen.home().to_path_buf();
    let file = home.join("session.toml");
    std::fs::write(&file, EXPERIMENT).expect("a file");
    let file = file.to_str().expect("a plain path").to_owned();
    let places = Places::of(&file);
    let mut session = Session { app: App::start(screen, &["--experiment", &file]) };

    wait_for("some steps", PATIENCE, || session.app.step().filter(|&step| step > 300));
    session.drag(places.slider.0, places.slider.1);
    session.run_until_paused_after(200);

    session.key("t");
    session.run_on(200);
    let now = session.paused_step();

    session.palette("History");
    session.click(places.history);
    std::thread::sleep(Duration::from_secs(1));
    let matrices = home.join("out/matrices.npz");
    session.path(&matrices, |session| session.key("ctrl+shift+s"));
    session.written(&matrices);
    session.key("End");

    session.palette("alignment");
    let (png, svg, csv) = (home.join("out/figure.png"), home.join("out/figure.svg"), home.join("out/data.csv"));
    session.figure(&png, |session| session.key("ctrl+e"));
    session.written(&png);
    session.figure(&svg, |session| session.palette("export figure as svg"));
    session.written(&svg);
    session.path(&csv, |session| session.palette("export data as csv"));
    session.written(&csv);
    let files = [&png, &svg, &csv, &matrices].map(|path| path.to_str().expect("a plain path"));
    let said = python("read_exports.py", &files);
    println!("{said}");
    let step = said.lines().find_map(|l| l.strip_prefix("npz step ")?.split(' ').next()?.parse::<u64>().ok());
    assert!(step.is_some_and(|step| 0 < step && step < now), "the matrices are those of the past: {said}, now {now}");

    let folder = home.join("out/run");
    session.path(&folder, |session| session.key("ctrl+s"));
    session.written(&folder.join("figures/alignment.svg"));
    session.written(&folder.join("twin-b/figures/alignment.svg"));
    let changes = std::fs::read_to_string(folder.join("interventions.jsonl")).expect("a file");
    assert!(changes.contains("regularizer.weight_decay"), "{changes}");
    let rows = std::fs::read_to_string(folder.join("metrics.csv")).expect("a file").lines().count() as u64;
    assert_eq!(rows, 2 * now + 1, "a row for each step and seed, and a header");

    session.click(places.experiments);
    session.click(places.preset);
    wait_for("other experiment", PATIENCE, || session.app.title().starts_with("Hebbscope - sre-hebb ").then_some(()));

    let dropped = home.join("dropped.toml");
    std::fs::write(&dropped, EXPERIMENT.replace("\"session\"", "\"dropped\"")).expect("a file");
    let (x, y) = (session.app.origin.0 + 640, session.app.origin.1 + 360);
    let display = session.app.screen.display().to_owned();
    let (window, path) = (session.app.window.clone(), dropped.to_str().expect("a plain path").to_owned());
    python("drop.py", &[&display, &window, &x.to_string(), &y.to_string(), &path]);
    wait_for("dropped experiment", PATIENCE, || session.app.title().starts_with("Hebbscope - dropped ").then_some(()));

    session.app.close("ctrl+q");
}
