//! A whole session in the real window, by mouse and keyboard: steer, fork a twin, look back, take everything out, switch
//! the experiment, drop a file, close. What came out is read by programs that know nothing of this one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use eframe::egui::{Pos2, Role};
use egui_kittest::kittest::Queryable;
use hebbscope::app::PaneKind;

use super::alone;
use super::app::{App, PATIENCE, skips};
use super::hands::{Session, experiment};
use super::mirror::Mirror;
use super::screen::{Screen, wait_for};

/// Where things are.
struct Places {
    slider: (Pos2, Pos2),
    history: Pos2,
    experiments: Pos2,
    preset: Pos2,
}

impl Places {
    fn of(experiment: &str) -> Self {
        let mut mirror = Mirror::of(experiment);
        let slider = (mirror.on_slider("Weight decay", 0.4), mirror.on_slider("Weight decay", 0.7));
        mirror.show(PaneKind::History);
        let history = mirror.on_slider("Step to show", 0.3);
        let experiments = mirror.harness.get_by_label("Experiment").rect().center();
        mirror.harness.get_by_label("Experiment").click();
        mirror.harness.run_steps(5);
        let preset = mirror.at(Role::Button, "Hebb's rule (sre-hebb)");
        Self { slider, history, experiments, preset }
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
    std::fs::write(&file, experiment("session")).expect("a file");
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
    session.figure(&csv, |session| session.palette("export data as csv"));
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
    wait_for("other experiment", PATIENCE, || {
        session.app.title().starts_with("Hebbscope - Hebb's rule ").then_some(())
    });

    let dropped = home.join("dropped.toml");
    std::fs::write(&dropped, experiment("dropped")).expect("a file");
    let (x, y) = (session.app.origin.0 + 640, session.app.origin.1 + 360);
    let display = session.app.screen.display().to_owned();
    let (window, path) = (session.app.window.clone(), dropped.to_str().expect("a plain path").to_owned());
    python("drop.py", &[&display, &window, &x.to_string(), &y.to_string(), &path]);
    wait_for("dropped experiment", PATIENCE, || session.app.title().starts_with("Hebbscope - dropped ").then_some(()));

    session.app.close("ctrl+q");
}
