//! What a lecturer, a doctoral student and a neuroscientist come for, in the real window by mouse and keys: each visit ends with
//! what they wanted in hand, and goes through the slips on the way.

use std::path::Path;

use eframe::egui::{Key, Pos2, Role};
use egui_kittest::kittest::Queryable;
use hebbscope::app::PaneKind;

use super::alone;
use super::app::{App, PATIENCE, binary, skips};
use super::hands::{Session, experiment};
use super::mirror::Mirror;
use super::screen::{Screen, wait_for};

fn visit() -> (Session, Mirror, std::path::PathBuf) {
    let screen = Screen::open();
    let home = screen.home().to_path_buf();
    let file = home.join("visit.toml");
    std::fs::write(&file, experiment("visit")).expect("a file");
    let file = file.to_str().expect("a plain path").to_owned();
    let mirror = Mirror::of(&file);
    let session = Session { app: App::start(screen, &["--experiment", &file]) };
    wait_for("some steps", PATIENCE, || session.app.step().filter(|&step| step > 200));
    (session, mirror, home)
}

impl Session {
    fn size(&self) -> (usize, usize) {
        let answer = self.app.screen.ask(&["getwindowgeometry", "--shell", &self.app.window]);
        let number = |key: &str| answer.lines().find_map(|l| l.strip_prefix(key)?.parse().ok()).unwrap_or(0);
        (number("WIDTH="), number("HEIGHT="))
    }

    /// Writes into a field in place of what stands there.
    fn fill(&mut self, at: Pos2, text: &str) {
        self.click(at);
        self.key("ctrl+a");
        self.write(&format!("\"{text}\""));
        self.key("Return");
    }

    /// Saves the session and has it repeated by another process, value by value.
    #[track_caller]
    fn save_and_replay(&mut self, folder: &Path) {
        self.path(folder, |session| session.key("ctrl+s"));
        self.written(&folder.join("figures/alignment.svg"));
        let done = std::process::Command::new(binary()).arg("replay").arg(folder).output().expect("it starts");
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Shows the boundary to a room, loses nothing by keys that hands find by themselves, and goes home with the run and a picture.
#[test]
fn a_lecturer() {
    if skips() {
        return;
    }
    let _alone = alone();
    let (mut session, mirror, home) = visit();
    let before = session.size();
    session.key("F11");
    wait_for("the whole screen", PATIENCE, || (session.size() == (1440, 900)).then_some(()));
    // Keys that would end the run do nothing before a room.
    let seeds = session.app.title();
    let seeds = seeds.split(" - ").nth(2).map(str::to_owned);
    for key in ["r", "n"] {
        session.key(key);
    }
    let step = session.app.step().expect("a step in the title");
    wait_for("further steps", PATIENCE, || session.app.step().filter(|&now| now > step + 50));
    assert_eq!(session.app.title().split(" - ").nth(2).map(str::to_owned), seeds, "{}", session.app.title());
    session.key("F11");
    wait_for("the window as it was", PATIENCE, || (session.size() == before).then_some(()));
    session.app.settle();

    let slider = |part| mirror.on_slider("Weight decay", part);
    session.drag(slider(0.45), slider(0.7));
    let step = session.run_until_paused_after(300);
    // A slip of the hand takes the run away, and a key gives it back, where it was.
    session.key("n");
    wait_for("other seeds", PATIENCE, || session.app.title().ends_with("paused at step 0").then_some(()));
    session.key("ctrl+z");
    wait_for("the run", PATIENCE, || (session.app.step() == Some(step)).then_some(()));

    session.palette("alignment");
    let png = home.join("out/lecture.png");
    session.figure(&png, |session| session.palette("export figure as png"));
    session.written(&png);
    let folder = home.join("out/lecture");
    session.save_and_replay(&folder);
    let changes = std::fs::read_to_string(folder.join("interventions.jsonl")).expect("a file");
    assert!(changes.contains("regularizer.weight_decay"), "{changes}");
    session.app.close("ctrl+q");
}

/// Compares two runs that differ in weight decay, and goes home with their numbers side by side.
#[test]
fn a_student() {
    if skips() {
        return;
    }
    let _alone = alone();
    let (mut session, mut mirror, home) = visit();
    let slider = |mirror: &Mirror, part| mirror.on_slider("Weight decay", part);
    session.run_until_paused_after(200);
    session.key("r");
    wait_for("the other run", PATIENCE, || session.app.title().ends_with("paused at step 0").then_some(()));
    session.drag(slider(&mirror, 0.45), slider(&mirror, 0.75));
    session.key("space");
    session.run_until_paused_after(200);

    // The mirror has a run on its shelf as well.
    mirror.harness.state_mut().run_until(20);
    let patience = std::time::Instant::now() + PATIENCE;
    while mirror.harness.state().status().step < 20 {
        assert!(std::time::Instant::now() < patience, "twenty steps");
        mirror.harness.run_steps(2);
    }
    mirror.harness.key_press(Key::R);
    while mirror.harness.state().status().shelf.is_empty() {
        assert!(std::time::Instant::now() < patience, "a run on the shelf");
        mirror.harness.run_steps(2);
    }
    mirror.show(PaneKind::Runs);
    let overlay = mirror.harness.get_by_label("Overlay visit (1)").rect().center();
    session.palette("window: runs");
    session.click(overlay);
    session.palette("alignment");
    let csv = home.join("out/both.csv");
    session.figure(&csv, |session| session.palette("export data as csv"));
    session.written(&csv);
    let beside: String = std::fs::read_dir(home.join("out"))
        .expect("a folder")
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .collect();
    assert!(beside.contains("visit (1)"), "the other run is named: {:?}", beside.lines().next());
    session.save_and_replay(&home.join("out/second"));
    session.app.close("ctrl+q");
}

/// Brings data along, has the network learn them, and goes home with the session.
#[test]
fn a_neuroscientist() {
    if skips() {
        return;
    }
    let _alone = alone();
    let (mut session, mut mirror, home) = visit();
    let data = home.join("cells.csv");
    let rate = |cell: usize, row: usize| ((row * (2 * cell + 3)) % 17) as f32 / 8.0 - 1.0;
    let rows: String = (0..600)
        .map(|row| format!("{},{},{},{}\n", rate(0, row), rate(1, row), rate(2, row), ["rest", "run"][row % 2]))
        .collect();
    std::fs::write(&data, format!("a,b,c,state\n{rows}")).expect("a file");
    let data = data.to_str().expect("a plain path");
    session.paused_step();
    session.palette("network and rule");
    mirror.show(PaneKind::Setup);
    let search = mirror.write("Search all settings", "teacher_student");
    session.fill(search, "teacher_student");
    let combo = mirror.click(Role::ComboBox, "Data");
    session.click(combo);
    let file = mirror.click(Role::Button, "file");
    session.click(file);
    for (field, label, text) in [("data.path", "Data file", data), ("data.label_column", "Label column", "state")] {
        // What waits above it has moved it down.
        let search = mirror.write("Search all settings", field);
        session.fill(search, field);
        let at = mirror.write(label, text);
        session.fill(at, text);
    }
    // The mirror has read the file when its button can be pressed.
    let patience = std::time::Instant::now() + PATIENCE;
    while mirror.harness.query_all_by_label_contains("600 rows of 3 inputs and 2 classes").next().is_none() {
        assert!(std::time::Instant::now() < patience, "the file is read");
        mirror.harness.run_steps(2);
    }
    let train = mirror.at(Role::Button, "Train a new run with it");
    std::thread::sleep(std::time::Duration::from_secs(1));
    session.click(train);
    wait_for("the new run", PATIENCE, || session.app.title().ends_with("paused at step 0").then_some(()));
    session.key("space");
    session.run_until_paused_after(100);
    let folder = home.join("out/cells");
    session.save_and_replay(&folder);
    let config = std::fs::read_to_string(folder.join("config.toml")).expect("a file");
    assert!(config.contains("kind = \"file\"") && config.contains("label_column = \"state\""), "{config}");
    session.app.close("ctrl+q");
}
