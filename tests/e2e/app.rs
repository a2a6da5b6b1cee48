//! The real binary with its window open on a display without a monitor.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::screen::{self, Screen, wait_for};

/// Longest wait for what takes well below a second on a machine that has nothing else to do.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// From a signal to the end of the process where the trainer is in the middle of something: it has ten seconds to leave the run, and
/// the window five to close.
const ENDING: Duration = Duration::from_secs(30);

/// From asking the window to close to the end of the process.
const CLOSING: Duration = Duration::from_secs(1);

/// The binary under test; `HEBBSCOPE_E2E_BINARY` names another one, such as that of the release profile.
pub fn binary() -> String {
    std::env::var("HEBBSCOPE_E2E_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_hebbscope").to_owned())
}

/// Whether the test cannot run here, which it says; an error where everything is required.
pub fn skips() -> bool {
    let Some(program) = screen::missing_program() else { return false };
    let required = std::env::var("HEBBSCOPE_REQUIRE_GPU").is_ok_and(|value| value == "1");
    assert!(!required, "{program} is not installed");
    println!("skipped: no {program}");
    true
}

/// The open window. Dropping it ends the process.
pub struct App {
    pub screen: Screen,
    pub process: Child,
    pub window: String,
    /// Where the window's contents begin on the screen.
    pub origin: (usize, usize),
}

impl App {
    /// Starts the binary with these arguments, in a home of its own, and waits for its window.
    pub fn start(screen: Screen, arguments: &[&str]) -> Self {
        Self::start_in(screen, &[], arguments)
    }

    /// The same in an environment with something more.
    pub fn start_in(screen: Screen, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let (process, window) = open(&screen, environment, arguments);
        let mut app = Self { screen, process, window, origin: (0, 0) };
        app.settle();
        app
    }

    /// Starts the binary once more in the same home, after it has ended.
    pub fn start_again(&mut self, environment: &[(&str, &str)], arguments: &[&str]) {
        (self.process, self.window) = open(&self.screen, environment, arguments);
        self.settle();
    }

    pub fn settle(&mut self) {
        wait_for("prepared run", PATIENCE, || self.step());
        // The manager may move the window while it opens, so its place is asked for now.
        self.origin = self.find_origin();
    }

    /// Sends a signal to the process and waits for its end; its exit code.
    #[track_caller]
    pub fn end_by(&mut self, signal: nix::sys::signal::Signal) -> Option<i32> {
        let process = nix::unistd::Pid::from_raw(i32::try_from(self.process.id()).expect("a process"));
        nix::sys::signal::kill(process, signal).expect("it runs");
        wait_for("end of the process", ENDING, || self.process.try_wait().expect("a child")).code()
    }

    /// What it has said on standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.screen.home().join("log")).unwrap_or_default()
    }

    fn find_origin(&self) -> (usize, usize) {
        self.screen.ask(&["mousemove", "--window", &self.window, "0", "0"]);
        let answer = self.screen.ask(&["getmouselocation", "--shell"]);
        let number = |key: &str| answer.lines().find_map(|l| l.strip_prefix(key)?.parse().ok()).expect("a place");
        (number("X="), number("Y="))
    }

    pub fn title(&self) -> String {
        self.screen.ask(&["getwindowname", &self.window])
    }

    /// The step in the title.
    pub fn step(&self) -> Option<u64> {
        self.title().rsplit_once("step ")?.1.replace(',', "").parse().ok()
    }

    #[track_caller]
    pub fn wait_for_title(&self, end: &str) {
        let mut last = String::new();
        let start = Instant::now();
        while !last.ends_with(end) {
            assert!(start.elapsed() < PATIENCE, "the title is '{last}' and not '... {end}'");
            last = self.title();
        }
    }

    /// Processor time of the process so far.
    pub fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("it runs");
        let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap_or(0.0) + fields[12].parse::<f64>().unwrap_or(0.0);
        ticks / 100.0
    }

    /// Processes of the program that were started in this window's home.
    pub fn left_running(&self) -> Vec<String> {
        let home = self.screen.home().to_str().expect("a plain path");
        let all = std::fs::read_dir("/proc").expect("processes").flatten();
        let name = |at: &std::path::Path| std::fs::read_to_string(at.join("comm")).unwrap_or_default();
        all.map(|entry| entry.path())
            .filter(|at| std::fs::read(at.join("environ")).is_ok_and(|e| String::from_utf8_lossy(&e).contains(home)))
            .map(|at| name(&at).trim().to_owned())
            .filter(|name| name.starts_with("hebb"))
            .collect()
    }

    /// Closes the window by a key and checks that nothing is left running.
    #[track_caller]
    pub fn close(&mut self, key: &str) {
        assert!(!self.left_running().is_empty(), "the process is found while it runs");
        let start = Instant::now();
        self.screen.input(&format!("key {key}"));
        let code = wait_for("end of the process", PATIENCE, || self.process.try_wait().expect("a child"));
        let took = start.elapsed();
        println!("closed within {} ms", took.as_millis());
        let log = self.log();
        assert_eq!(code.code(), Some(0), "{log}");
        assert!(took < CLOSING, "closing took {took:?}");
        assert!(!log.contains("panicked"), "{log}");
        assert_eq!(self.left_running(), Vec::<String>::new());
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
            let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
            println!("the screen as it was: {}", path.display());
            self.screen.photograph(&path);
        }
        // Only a test that failed half-way leaves it running.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the binary with these arguments and waits for its window.
fn open(screen: &Screen, environment: &[(&str, &str)], arguments: &[&str]) -> (Child, String) {
    let log = std::fs::File::create(screen.home().join("log")).expect("a file");
    let start = Instant::now();
    let process = screen
        .command(binary())
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(screen.home())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the binary starts");
    let window = wait_for("window", PATIENCE, || {
        let found = screen.ask(&["search", "--onlyvisible", "--name", "^Hebbscope"]);
        found.lines().last().filter(|id| !id.is_empty()).map(ToOwned::to_owned)
    });
    println!("window after {} ms", start.elapsed().as_millis());
    (process, window)
}
