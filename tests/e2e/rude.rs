//! The window is killed (`kill -9`) at random moments of whatever it does; each next start offers what was left and opens it where it
//! was saved last, which is at most an autosave's interval before.
//!
//! `HEBBSCOPE_TEST_ROUNDS` asks for more rounds of all situations than the tests take time for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use eframe::egui::Pos2;
use hebbscope::training::FoundRun;

use super::alone;
use super::app::{App, PATIENCE, binary, skips};
use super::hands::Session;
use super::screen::{Screen, wait_for};
use super::soak::place_of_grid_button;

/// Between two autosaves of the window.
const INTERVAL: Duration = Duration::from_secs(30);
/// What writing one may take beside it on a machine that does something else.
const SLACK: Duration = Duration::from_secs(10);

/// What the window is in the middle of when it is killed.
#[derive(Clone, Copy, Debug)]
enum Doing {
    Training,
    SavingSession,
    ExportingFigure,
    ExportingRows,
    TrainingGrid,
    FillingShelf,
    BringingBack,
    Asking,
    TakingUp,
}

const SITUATIONS: [Doing; 9] = [
    Doing::Training,
    Doing::SavingSession,
    Doing::Asking,
    Doing::ExportingFigure,
    Doing::TrainingGrid,
    Doing::TakingUp,
    Doing::FillingShelf,
    Doing::BringingBack,
    Doing::ExportingRows,
];

fn experiment() -> String {
    "name = \"rude\"\n[data]\ntrain_examples = 2048\nvalidation_examples = 64\n[model]\nhidden = [64, 64]\n\
     [training]\nbatch_size = 64\nsteps = 1000000\nseeds = 2\n\
     [sweep]\nx = \"noise.weight_sd\"\nx_to = 0.02\nx_points = 4\ny = \"regularizer.weight_decay\"\ny_from = 1e-3\n\
     y_to = 0.1\ny_points = 4\n"
        .to_owned()
}

/// What lies in the cache folder of a run that was left.
struct Saved {
    at: SystemTime,
    step: u64,
}

/// Runs that were left and can be read, the one that was saved last first; nobody may have them.
fn saved_runs(home: &Path) -> Vec<Saved> {
    let mut places: BTreeMap<String, (SystemTime, Option<(u64, u64)>)> = BTreeMap::new();
    for entry in std::fs::read_dir(home.join(".cache/hebbscope")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((place, turn)) = name.rsplit_once('.') else { continue };
        if !place.starts_with("saved-") || turn.parse::<u64>().is_err() {
            continue;
        }
        // A window that lives may just have removed what it went on from.
        let Ok(at) = entry.metadata().and_then(|about| about.modified()) else { continue };
        let of_place = places.entry(place.to_owned()).or_insert((at, None));
        of_place.0 = of_place.0.max(at);
        let Ok(found) = FoundRun::open(&entry.path()) else { continue };
        let driver: serde_json::Value = found.driver().expect("what the window added");
        let number = driver["number"].as_u64().expect("a number");
        of_place.1 = of_place.1.max(Some((number, found.step())));
    }
    let readable = places.into_values().filter_map(|(at, last)| Some(Saved { at, step: last?.1 }));
    let mut all: Vec<_> = readable.collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.at));
    all
}

/// Folders of grids that were left with a journal.
fn grids(home: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home.join(".cache/hebbscope")).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let journals = std::fs::read_dir(path.join("journal")).into_iter().flatten().count();
        name.starts_with("grid-") && path.is_dir() && journals > 0
    });
    folders.collect()
}

/// Finished cells of a grid, in the words of the program itself.
fn done_of(grid: &Path) -> u64 {
    let output = Command::new(binary()).args(["sweep", "status"]).arg(grid).output().expect("it starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{said}"))
}

struct Rude {
    session: Session,
    home: PathBuf,
    file: String,
    grid_button: Pos2,
    dice: u64,
    /// When the run of the window was at which step.
    seen: Vec<(Instant, u64)>,
    /// The run of the window is still the one of `seen`.
    is_same_run: bool,
    /// Step of the run in the window, where it was not the one that was saved last.
    came_back: Option<u64>,
    kills: usize,
    /// Most steps' time that a kill has cost.
    longest_loss: Duration,
}

impl Rude {
    fn start() -> Self {
        let screen = Screen::open();
        let home = screen.home().to_path_buf();
        let file = home.join("rude.toml");
        std::fs::write(&file, experiment()).expect("a file");
        std::fs::create_dir(home.join("out")).expect("a folder");
        let grid_button = place_of_grid_button(&file);
        let file = file.to_str().expect("a plain path").to_owned();
        let session = Session { app: App::start(screen, &["--experiment", &file]) };
        Self {
            session,
            home,
            file,
            grid_button,
            dice: 1,
            seen: Vec::new(),
            is_same_run: true,
            came_back: None,
            kills: 0,
            longest_loss: Duration::ZERO,
        }
    }

    /// A moment within that many milliseconds; seeded, so that a failure can be repeated as far as the machine's clock allows.
    fn moment(&mut self, ms: u64) -> Duration {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis((self.dice >> 33) % ms)
    }

    fn note(&mut self) {
        if let Some(step) = self.session.app.step() {
            self.seen.push((Instant::now(), step));
        }
    }

    /// Lets the window do what it does for so long.
    fn watch(&mut self, long: Duration) {
        let since = Instant::now();
        while since.elapsed() < long {
            self.note();
            std::thread::sleep(Duration::from_millis(50).min(long));
        }
    }

    /// The run goes on, from wherever it is.
    fn train(&mut self) {
        let from = self.session.app.step().expect("a step in the title");
        self.session.key("space");
        wait_for("further steps", PATIENCE, || self.session.app.step().filter(|&step| step > from));
    }

    /// The same, up to a pause: what stands in the middle of the window shows which question is open.
    fn train_and_rest(&mut self) {
        self.train();
        let long = self.moment(1500);
        self.watch(long);
        self.session.paused_step();
    }

    /// Types a path into the window's own question, up to the key that begins the work.
    fn begin_at(&mut self, path: &str, command: impl FnOnce(&mut Session)) {
        let before = self.session.middle();
        command(&mut self.session);
        self.session.changed(&before);
        self.session.key("ctrl+a");
        self.session.write(path);
        self.session.app.screen.input("key Return");
    }

    /// Does something, and dies in the middle of it.
    fn die(&mut self, doing: Doing) {
        let place = self.home.join("out").join(self.kills.to_string());
        let place = place.to_str().expect("a plain path").to_owned();
        match doing {
            Doing::Training => {
                self.train();
                let long = self.moment(3000);
                self.watch(long);
            }
            Doing::SavingSession => {
                self.train_and_rest();
                self.begin_at(&place, |session| session.key("ctrl+s"));
                std::thread::sleep(self.moment(500));
            }
            Doing::ExportingFigure | Doing::ExportingRows => {
                self.train_and_rest();
                let (words, ending) = match doing {
                    Doing::ExportingRows => ("export data as csv", "csv"),
                    _ => ("export figure as png", "png"),
                };
                self.session.palette("alignment");
                let before = self.session.middle();
                self.session.palette(words);
                self.session.changed(&before);
                self.begin_at(&format!("{place}.{ending}"), |session| session.key("Return"));
                std::thread::sleep(self.moment(700));
            }
            Doing::TrainingGrid => {
                self.session.key("ctrl+5");
                std::thread::sleep(Duration::from_millis(700));
                self.session.click(self.grid_button);
                std::thread::sleep(self.moment(4000));
            }
            Doing::FillingShelf => {
                for _ in 0..3 {
                    self.session.key("n");
                    wait_for("other seeds", PATIENCE, || self.session.app.step().filter(|&step| step == 0));
                    self.is_same_run = false;
                    self.train();
                    std::thread::sleep(self.moment(600));
                    self.session.paused_step();
                }
                self.session.app.screen.input("key n");
                std::thread::sleep(self.moment(300));
            }
            Doing::BringingBack => {
                self.train();
                let step = self.session.paused_step();
                self.session.key("n");
                wait_for("other seeds", PATIENCE, || self.session.app.step().filter(|&step| step == 0));
                self.train();
                self.session.paused_step();
                self.session.key("ctrl+z");
                wait_for("the run before", PATIENCE, || self.session.app.step().filter(|&now| now == step));
                // The one in between is saved meanwhile.
                std::thread::sleep(self.moment(1000));
                (self.is_same_run, self.came_back) = (false, Some(step));
            }
            // These die in the next start.
            Doing::Asking | Doing::TakingUp => {}
        }
        self.kill();
        if let Doing::Asking | Doing::TakingUp = doing {
            self.open();
            if let Doing::TakingUp = doing {
                self.session.app.screen.input("key Return");
            }
            std::thread::sleep(self.moment(400));
            self.kill();
        }
    }

    fn kill(&mut self) {
        self.note();
        // SIGKILL, as `kill -9` sends it.
        self.session.app.process.kill().expect("it runs");
        self.session.app.process.wait().expect("a child");
        self.kills += 1;
    }

    /// The next start, which asks.
    fn open(&mut self) {
        self.session.app.start_again(&[], &["--experiment", &self.file]);
        let app = &self.session.app;
        wait_for("a run that waits", PATIENCE, || app.title().ends_with("paused at step 0").then_some(()));
        std::thread::sleep(Duration::from_millis(500));
    }

    /// Looks at what is left, starts the window again and goes on with it.
    fn come_back(&mut self, doing: Doing) {
        let killed = Instant::now();
        let left = saved_runs(&self.home);
        let last = left.first().unwrap_or_else(|| panic!("{doing:?}: nothing is left"));
        let (expected, count) = (self.came_back.take().unwrap_or(last.step), left.len());
        if self.is_same_run {
            let kept = self.seen.iter().rev().find(|(_, step)| *step <= expected);
            let loss = kept.map_or(Duration::ZERO, |(at, _)| killed - *at);
            let later = self.seen.last().is_some_and(|(_, step)| *step > expected);
            if later {
                self.longest_loss = self.longest_loss.max(loss);
                assert!(loss < INTERVAL + SLACK, "{doing:?}: what came in the last {loss:?} is lost");
            }
        }
        let grids_before: Vec<_> = grids(&self.home).iter().map(|grid| (grid.clone(), done_of(grid))).collect();
        self.whole_files();
        self.open();
        self.session.app.screen.input("key Return");
        let at = wait_for("the run that was left", PATIENCE, || self.session.app.step().filter(|&step| step > 0));
        println!(
            "kill {}: {doing:?}, at step {}, {count} left, {} grids, back at {at}",
            self.kills,
            self.seen.last().map_or(0, |(_, step)| *step),
            grids_before.len()
        );
        assert_eq!(at, expected, "{doing:?}: the step at which the run was saved last");
        assert!(self.session.app.title().contains("paused"), "{doing:?}: {}", self.session.app.title());
        (self.seen, self.is_same_run) = (vec![(Instant::now(), at)], true);
        // Nothing that was left vanishes by going on with one of it.
        // What it went on from is given up as soon as it is saved anew, which may be between a look at the names and one at the files.
        let has_all = || (saved_runs(&self.home).len() >= count).then_some(());
        wait_for(&format!("the {count} runs that were left"), PATIENCE, has_all);
        for (grid, done) in grids_before {
            assert!(done_of(&grid) >= done, "{doing:?}: {} has lost cells", grid.display());
        }
    }

    /// What was exported and saved is whole or not there.
    fn whole_files(&self) {
        let mut folders = vec![self.home.join("out")];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path()) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                // Files under way say so by their names.
                if path.is_dir() {
                    folders.push(path);
                } else if name.ends_with(".png") && !name.starts_with('.') {
                    image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                } else if (name.ends_with(".csv") || name.ends_with(".json")) && !name.starts_with('.') {
                    let text = std::fs::read_to_string(&path).expect("text");
                    let is_partial = name.contains("partial");
                    assert!(is_partial || text.ends_with('\n'), "{} is torn", path.display());
                    if name.ends_with(".json") {
                        let read: Result<serde_json::Value, _> = serde_json::from_str(&text);
                        assert!(read.is_ok(), "{}: {read:?}", path.display());
                    }
                }
            }
        }
    }
}

#[test]
fn a_window_that_is_killed_at_any_moment_costs_at_most_an_autosave() {
    if skips() {
        return;
    }
    let _alone = alone();
    let rounds = std::env::var("HEBBSCOPE_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let mut rude = Rude::start();
    // The first autosave comes within this, and is older than nothing when the kill comes.
    wait_for("some steps", PATIENCE, || rude.session.app.step().filter(|&step| step > 0));
    let beyond = rude.moment(4000) + INTERVAL + Duration::from_secs(2);
    rude.watch(beyond);
    rude.kill();
    rude.come_back(Doing::Training);
    for _ in 0..rounds {
        for doing in SITUATIONS {
            rude.die(doing);
            rude.come_back(doing);
        }
        if rounds > 1 {
            // Longer than the interval: what an autosave within a later life is worth.
            rude.train();
            let long = INTERVAL + rude.moment(8000);
            rude.watch(long);
            rude.kill();
            rude.come_back(Doing::Training);
        }
    }
    println!("{} kills; the longest cost {:.1} s of training", rude.kills, rude.longest_loss.as_secs_f64());
    // The run may have a twin by now, and a close would ask about it first.
    rude.kill();
}
