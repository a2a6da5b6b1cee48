//! Endurance: the real window under seeded random hands, for as long as `HEBBSCOPE_SOAK_MINUTES` says (`tests/soak.sh`).
//!
//! Nothing may crash, leak or stall. A stall is time in which the window's thread does not come back to its events although it has
//! a processor: what it waits for one, on a machine that does something else, is no fault of the program. What it waits for a
//! disk or another thread, and what drawing costs it where there is no graphics processor (Mesa compiles a shader when it is first
//! used), has a bound of its own, as a runner whose disk and cores many share makes it wait for a page of the program itself. The window tells all of it of its frames (`HEBBSCOPE_PACE`).
//!
//! What a failure can be repeated and looked into by lies in `CARGO_TARGET_TMPDIR`: seed, what was done when, and the pace.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use eframe::egui::{Pos2, Role};
use hebbscope::app::{AppCommand, LayoutPreset};
use nix::sys::signal::Signal;

use super::alone;
use super::app::{App, binary, skips};
use super::judging::{Bounds, Frame, Memory, growth};
use super::mirror::Mirror;
use super::screen::Screen;

/// Longest that the window's thread may be busy at a time, where `HEBBSCOPE_SOAK_STALL_MS` says nothing else.
const STALL_MS: f64 = 200.0;

/// Longest that a frame may take with what it waits for that is no processor, and with the drawing of the one before, where `HEBBSCOPE_SOAK_WAIT_MS` says nothing else.
const WAIT_MS: f64 = 200.0;

/// Longest frames that are told of in any case.
const TOLD: usize = 3;

/// Size of the window to which it returns; the layout in which places are known.
const USUAL: (u32, u32) = (1280, 720);

/// Experiments that are opened in turns: rules, networks, sizes. All are small, as the time is for changes between them.
const EXPERIMENTS: [(&str, &str); 7] = [
    ("plain", ""),
    ("oja", "[rule]\nkind = \"oja\"\n"),
    ("written", "[rule]\nkind = \"custom\"\nsignal = \"k * delta * pre\"\n[rule.parameters]\nk = 1.0\n"),
    ("adam", "[rule]\nkind = \"adam\"\n[noise]\nweight_sd = 1e-3\n"),
    (
        "grid",
        "[sweep]\nx = \"noise.weight_sd\"\nx_to = 0.02\nx_points = 4\ny = \"regularizer.weight_decay\"\ny_from = 1e-3\n\
              y_to = 0.1\ny_points = 4\n",
    ),
    ("wide", "[measure]\nforce_balance = true\nneurons = true\n"),
    ("unstable", "[noise]\nweight_sd = 0.5\n"),
];

/// Keys that do something, and that answer questions. Those that close the window are not among them.
const KEYS: &str = "space space s r n t f x l End Next Prior g F1 ctrl+z ctrl+shift+z ctrl+1 ctrl+2 ctrl+3 ctrl+4 ctrl+5 ctrl+6 \
                    ctrl+plus ctrl+minus ctrl+0 Escape Return";

/// How the window is opened, in its home.
const ARGUMENTS: [&str; 4] = ["--renderer", "glow", "--experiment", "plain.toml"];
const ENVIRONMENT: [(&str, &str); 2] = [("HEBBSCOPE_PACE", "pace"), ("LIBGL_ALWAYS_SOFTWARE", "1")];

#[test]
fn the_window_endures() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<f64>().expect(name));
    let Some(minutes) = number("HEBBSCOPE_SOAK_MINUTES") else {
        return println!("skipped: HEBBSCOPE_SOAK_MINUTES is not set; tests/soak.sh does");
    };
    if skips() {
        return;
    }
    let seed = number("HEBBSCOPE_SOAK_SEED").unwrap_or(1.0) as u64;
    let bounds = Bounds {
        stall_ms: number("HEBBSCOPE_SOAK_STALL_MS").unwrap_or(STALL_MS),
        wait_ms: number("HEBBSCOPE_SOAK_WAIT_MS").unwrap_or(WAIT_MS),
    };
    let _alone = alone();
    let mut soak = Soak::start(seed);
    let end = Duration::from_secs_f64(60.0 * minutes);
    // Caches of glyphs, shaders and the allocator fill in the first part.
    let marks = [0.15, 0.55, 1.0].map(|part| end.mul_f64(part));
    let memory = marks.map(|mark| {
        while soak.began.elapsed() < mark {
            soak.act();
        }
        soak.memory_at_rest()
    });
    soak.finish(seed, &memory, &bounds);
}

/// The window, hands that are not led by a person, and what they did.
struct Soak {
    app: App,
    home: PathBuf,
    seed: u64,
    state: u64,
    size: (u32, u32),
    grid_button: Pos2,
    commands: Vec<AppCommand>,
    began: Instant,
    done: u64,
    closed: u32,
    written: u64,
    sessions: Vec<PathBuf>,
    /// What was done when.
    acts: Vec<(f64, String)>,
}

impl Soak {
    fn start(seed: u64) -> Self {
        let screen = Screen::open();
        let home = screen.home().to_path_buf();
        for (name, more) in EXPERIMENTS {
            std::fs::write(home.join(format!("{name}.toml")), experiment(name, more)).expect("a file");
        }
        let grid_button = place_of_grid_button(&home.join("grid.toml"));
        let app = App::start_in(screen, &ENVIRONMENT, &ARGUMENTS);
        let mut commands: Vec<_> = AppCommand::all().into_iter().chain(AppCommand::tours()).collect();
        commands.retain(|command| !matches!(command, AppCommand::Quit | AppCommand::Palette));
        Self {
            app,
            home,
            seed,
            state: seed,
            size: USUAL,
            grid_button,
            commands,
            began: Instant::now(),
            done: 0,
            closed: 0,
            written: 0,
            sessions: Vec::new(),
            acts: Vec::new(),
        }
    }

    /// A number below `below`: splitmix64.
    fn below(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }

    fn act(&mut self) {
        match self.below(100) {
            0..28 => self.drag(),
            28..43 => self.click(),
            43..50 => self.wheel(),
            50..60 => {
                let keys: Vec<&str> = KEYS.split(' ').collect();
                let place = self.below(keys.len());
                self.key(keys[place]);
            }
            60..80 => {
                let place = self.below(self.commands.len());
                self.palette(self.commands[place]);
            }
            80..85 => {
                let size = (500 + self.below(900) as u32, 400 + self.below(480) as u32);
                self.resize(size);
            }
            85..91 => {
                let (name, _) = EXPERIMENTS[self.below(EXPERIMENTS.len())];
                self.open(name);
            }
            91..95 => self.agree(),
            95..97 => self.start_grid(),
            97..99 => self.export(),
            _ => self.save(),
        }
        self.done += 1;
        let rest = 20 + self.below(180) as u64;
        self.pause(rest);
        if let Some(status) = self.app.process.try_wait().expect("a child") {
            if status.success() {
                // Hands that press everything find the command that closes the window, too.
                self.note("the window was closed, and is opened again".into());
                self.closed += 1;
                self.app.start_again(&ENVIRONMENT, &ARGUMENTS);
                return;
            }
            panic!("the window ended with {status} after:\n{}\n{}", self.last_acts(), self.app.log());
        }
    }

    /// Leaves what a failure can be looked into by.
    fn leave_traces(&self) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak");
        let _ = std::fs::create_dir_all(&folder);
        let mut log = format!("seed {}\n", self.seed);
        for (at, words) in &self.acts {
            let _ = writeln!(log, "{at:.3} {words}");
        }
        let _ = std::fs::write(folder.join("acts.log"), log);
        let _ = std::fs::copy(self.home.join("pace"), folder.join("pace"));
        let _ = std::fs::write(folder.join("window.log"), self.app.log());
        println!("soak: seed {}, what was done, the pace and what the window said: {}", self.seed, folder.display());
    }

    fn note(&mut self, words: String) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs_f64();
        self.acts.push((now, words));
    }

    fn last_acts(&self) -> String {
        self.acts.iter().rev().take(12).rev().fold(String::new(), |mut all, (at, words)| {
            let _ = writeln!(all, "  {at:.3} {words}");
            all
        })
    }

    fn pause(&self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }

    fn input(&mut self, words: &str) {
        self.app.screen.input(words);
    }

    /// A place below the menus, on every second call among the controls at the left.
    fn place(&mut self) -> (usize, usize) {
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let width = if self.below(2) == 0 { 250.min(width) } else { width };
        let (x, y) = (self.below(width.max(2) - 1), 30 + self.below(height - 31));
        (self.app.origin.0 + x, self.app.origin.1 + y)
    }

    fn drag(&mut self) {
        let (x, y) = self.place();
        let (far, up) = (self.below(300) as i64 - 150, self.below(3) as i64 - 1);
        self.note(format!("drag from {x},{y} by {far}"));
        self.input(&format!("mousemove {x} {y}"));
        self.input("mousedown 1");
        for part in 1..=6 {
            let (x, y) = (x as i64 + far * part / 6, y as i64 + up * 10 * part);
            self.input(&format!("mousemove {} {}", x.max(0), y.max(30)));
            self.pause(25);
        }
        self.input("mouseup 1");
    }

    fn click(&mut self) {
        let (x, y) = self.place();
        self.note(format!("click at {x},{y}"));
        self.press(x, y);
    }

    fn press(&mut self, x: usize, y: usize) {
        self.input(&format!("mousemove {x} {y}"));
        self.pause(40);
        self.input("mousedown 1");
        self.pause(40);
        self.input("mouseup 1");
    }

    fn wheel(&mut self) {
        let (x, y) = self.place();
        let button = 4 + self.below(2);
        self.note(format!("wheel at {x},{y}"));
        self.input(&format!("mousemove {x} {y}"));
        self.input(&format!("click --repeat 5 --delay 30 {button}"));
    }

    fn key(&mut self, key: &str) {
        self.note(format!("key {key}"));
        self.input(&format!("key {key}"));
    }

    fn palette(&mut self, command: AppCommand) {
        let name = command.full_name();
        self.note(format!("command {name}"));
        // What is open is given up first, so that the palette gets the keys.
        self.input("key Escape");
        self.pause(60);
        self.input("key ctrl+p");
        self.pause(120);
        let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || " :".contains(*c)).collect();
        self.input(&format!("type --delay 4 \"{plain}\""));
        self.pause(120);
        self.input("key Return");
    }

    fn resize(&mut self, (width, height): (u32, u32)) {
        self.note(format!("size {width}x{height}"));
        let window = self.app.window.clone();
        self.input(&format!("windowsize {window} {width} {height}"));
        self.size = (width, height);
    }

    /// Answers the question for a path, where it is open.
    fn path(&mut self, path: &str) {
        self.pause(450);
        self.input("key ctrl+a");
        self.input(&format!("type --delay 2 \"{path}\""));
        self.pause(60);
        self.input("key Return");
    }

    fn open(&mut self, name: &str) {
        self.note(format!("open {name}"));
        self.input("key Escape");
        self.pause(60);
        self.input("key ctrl+o");
        self.path(&format!("{name}.toml"));
        self.pause(150);
        self.agree();
    }

    /// The third button of a question, which carries out what was asked about; elsewhere two places on in the window.
    fn agree(&mut self) {
        self.note("Tab Tab Return Escape".into());
        for key in ["Tab", "Tab", "Return", "Escape"] {
            self.input(&format!("key {key}"));
            self.pause(40);
        }
    }

    fn start_grid(&mut self) {
        self.open("grid");
        self.usual_size();
        self.key("ctrl+5");
        self.pause(300);
        let (x, y) = (self.grid_button.x as usize + self.app.origin.0, self.grid_button.y as usize + self.app.origin.1);
        self.note("start the grid".into());
        self.press(x, y);
    }

    fn usual_size(&mut self) {
        self.key("ctrl+0");
        self.resize(USUAL);
        self.pause(200);
    }

    fn export(&mut self) {
        const ENDINGS: [(&str, &str); 3] = [("figure as PNG", "png"), ("figure as SVG", "svg"), ("data as CSV", "csv")];
        let (words, ending) = ENDINGS[self.below(ENDINGS.len())];
        self.written += 1;
        self.note(format!("export {words}"));
        self.input("key Escape");
        self.pause(60);
        self.input("key ctrl+p");
        self.pause(120);
        self.input(&format!("type --delay 4 \"export {words}\""));
        self.pause(120);
        self.input("key Return");
        if ending == "csv" {
            // How fine the numbers are to be is asked first.
            self.pause(450);
            self.input("key Return");
        }
        self.path(&format!("out/{}.{ending}", self.written));
    }

    fn save(&mut self) {
        self.written += 1;
        let folder = format!("out/session-{}", self.written);
        self.note(format!("save {folder}"));
        self.input("key Escape");
        self.pause(60);
        self.input("key ctrl+s");
        self.path(&folder);
        self.sessions.push(self.home.join(folder));
    }

    /// Kibibytes that the process has in memory, once it shows the small run at its usual size.
    fn memory_at_rest(&mut self) -> Memory {
        self.palette(AppCommand::EndTour);
        self.open("plain");
        self.usual_size();
        self.palette(AppCommand::Layout(LayoutPreset::Explore));
        self.pause(4000);
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.app.process.id())).expect("it runs");
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
        Memory { process: self.app.process.id(), kib: kib.expect("resident memory") }
    }

    /// Says what came out, and whether it may be so.
    fn finish(mut self, seed: u64, memory: &[Memory; 3], bounds: &Bounds) {
        let seconds = self.began.elapsed().as_secs_f64();
        assert_eq!(self.app.end_by(Signal::SIGTERM), Some(130), "{}", self.app.log());
        let log = self.app.log();
        let pace = std::fs::read_to_string(self.home.join("pace")).expect("the window has told of its frames");
        let frames: Vec<Frame> = pace.lines().filter_map(Frame::read).collect();
        let all: f64 = frames.iter().filter(|frame| frame.is_sum).map(|frame| frame.count).sum();
        let longest = frames.iter().map(Frame::ms).fold(0.0, f64::max);
        let mut slow: Vec<&Frame> = frames.iter().filter(|frame| !frame.is_sum).collect();
        slow.sort_by(|a, b| b.ms().total_cmp(&a.ms()));
        let mb: Vec<String> = memory.iter().map(|one| format!("{:.0}", one.kib / 1024.0)).collect();
        println!(
            "soak: seed {seed}, {:.1} minutes, {} commands, {all} frames, longest stall {longest:.0} ms, memory {} MiB (start, \
             middle, end), {} times closed and opened",
            seconds / 60.0,
            self.done,
            mb.join(", "),
            self.closed
        );
        let mut faults = String::new();
        for (place, frame) in slow.iter().enumerate() {
            let before: Vec<_> = self.acts.iter().filter(|(at, _)| *at < frame.at).collect();
            let words: Vec<_> = before.iter().rev().take(3).rev().map(|(_, words)| words.as_str()).collect();
            let told = format!(
                "{:.0} ms (a frame's own work {:.0} ms, of which {:.0} ms on a processor, and {:.0} ms with the drawing of the one \
                 before), while: {}; after: {}",
                frame.ms(),
                frame.held,
                frame.busy,
                frame.turn,
                frame.did,
                words.join("; ")
            );
            if place < TOLD {
                println!("soak: among the longest, {told}");
            }
            if frame.is_stall(bounds) {
                let _ = writeln!(faults, "a stall of {told}");
            }
        }
        if let Some(grown) = growth(*memory) {
            let _ = writeln!(faults, "{grown}");
        }
        let reports = std::fs::read_dir(self.home.join(".cache/hebbscope")).into_iter().flatten().flatten();
        for report in reports.filter(|file| file.file_name().to_string_lossy().starts_with("panic")) {
            let _ = writeln!(faults, "{}", std::fs::read_to_string(report.path()).unwrap_or_default());
        }
        if log.contains("panicked") {
            let _ = writeln!(faults, "{log}");
        }
        let (mut replayed, mut amplified) = (0, 0);
        for session in self.sessions.iter().filter(|session| session.join("summary.json").is_file()) {
            let output = Command::new(binary()).arg("replay").arg(session).output().expect("the binary starts");
            let said =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            replayed += u32::from(output.status.success());
            // One experiment is as unstable as noise can make it. What a device has trained of it, no processor repeats for long.
            let is_amplified = said.contains("a graphics processor") && said.contains("as another rounding does");
            amplified += u32::from(is_amplified);
            if !output.status.success() && !is_amplified {
                let _ = writeln!(faults, "replay of {}: {said}", kept(session).display());
            }
        }
        println!(
            "soak: {replayed} of the sessions saved on the way repeat; {amplified} were trained on a device and amplify its rounding"
        );
        assert!(all > 0.0, "the window has drawn nothing");
        assert!(faults.is_empty(), "{faults}");
    }
}

impl Drop for Soak {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.leave_traces();
        }
    }
}

/// A copy of a session that outlives the test, for whoever looks into it.
fn kept(session: &Path) -> PathBuf {
    let to = std::env::temp_dir().join(format!("hebbscope-soak-{}", std::process::id()));
    let _ = std::fs::create_dir_all(&to);
    let _ = Command::new("cp").arg("-r").arg(session).arg(&to).status();
    to
}

fn experiment(name: &str, more: &str) -> String {
    let has = |section: &str| more.contains(section);
    let rate = if has("[rule]") { "" } else { "[rule]\nlearning_rate = 0.1\n" };
    format!(
        "name = \"{name}\"\n[data]\ntrain_examples = 1024\nvalidation_examples = 64\n[model]\nhidden = [48, 32]\n{rate}\
         [training]\nbatch_size = 32\nsteps = 2000\nseeds = 2\n{more}"
    )
}

/// Where the button that starts a grid is, from the same window drawn without a display.
pub fn place_of_grid_button(file: &Path) -> Pos2 {
    let mut mirror = Mirror::of(file.to_str().expect("a plain path"));
    mirror.harness.state_mut().arrange(LayoutPreset::Phase);
    mirror.harness.run_steps(8);
    mirror.at(Role::Button, "Start the grid")
}
