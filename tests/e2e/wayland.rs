//! The real binary under a compositor of Wayland that shows nothing to anybody.
//!
//! No program moves mouse and keys there, nor tells a window's title: what the window has come to is seen in its files, and at the
//! next start, on an X display of the same home.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::alone;
use super::app::{App, PATIENCE, binary, skips};
use super::ended::{EXPERIMENT, go_on};
use super::screen::{Screen, is_installed, wait_for};

/// Debian's package has the name of the program.
const COMPOSITOR: &str = "weston";

/// Name of its socket.
const SOCKET: &str = "wayland-of-a-test";

/// From the end of the compositor to that of the process, saving included.
const SOON: Duration = Duration::from_secs(5);

/// A process that is ended with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program that knows of the compositor and of no X server.
fn under_wayland(screen: &Screen, program: &str) -> Command {
    let mut command = screen.command(program);
    command.env_remove("DISPLAY").env("WAYLAND_DISPLAY", SOCKET).current_dir(screen.home());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn compositor(screen: &Screen) -> Ends {
    let mut command = under_wayland(screen, COMPOSITOR);
    let name = format!("--socket={SOCKET}");
    command.args(["--backend=headless-backend.so", "--use-pixman", "--width=1440", "--height=900", &name]);
    let process = Ends(command.env_remove("WAYLAND_DISPLAY").spawn().expect("the compositor starts"));
    let socket = screen.home().join("runtime").join(SOCKET);
    wait_for("compositor", PATIENCE, || std::os::unix::net::UnixStream::connect(&socket).ok());
    process
}

/// Drawing all the time or none of it, by either library: they find out in different calls.
#[test]
fn a_compositor_that_goes_away_leaves_the_run_and_no_report() {
    if skips() {
        return;
    }
    if !is_installed(COMPOSITOR) {
        println!("skipped: no {COMPOSITOR}");
        return;
    }
    let _alone = alone();
    for renderer in ["wgpu", "glow"] {
        let screen = Screen::open();
        let file = screen.home().join("ended.toml");
        std::fs::write(&file, EXPERIMENT).expect("a file");
        let file = file.to_str().expect("a plain path").to_owned();
        let mut server = compositor(&screen);
        let log = screen.home().join("log");
        let mut window = under_wayland(&screen, &binary());
        window.args(["--experiment", &file, "--renderer", renderer]);
        let window = window.stderr(std::fs::File::create(&log).expect("a file"));
        let mut window = Ends(window.spawn().expect("the binary starts"));
        let kept = screen.home().join(".cache/hebbscope");
        let files = || -> Vec<PathBuf> {
            std::fs::read_dir(&kept).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
        };
        let holds = |start: &str| {
            let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
            files().into_iter().filter(named).any(|path| path.metadata().is_ok_and(|about| about.len() > 0))
        };
        wait_for("rows", 2 * PATIENCE, || {
            let ended = window.0.try_wait().expect("a child");
            assert!(ended.is_none(), "{renderer}: {}", std::fs::read_to_string(&log).unwrap_or_default());
            holds("rows-").then_some(())
        });
        server.0.kill().expect("it runs");
        let code = wait_for("end of the process", SOON, || window.0.try_wait().expect("a child")).code();
        let log = std::fs::read_to_string(&log).expect("it was written");
        assert_eq!(code, Some(3), "{renderer}: {log}");
        let line = "error: the display has gone away under the window; the run is left for the next start";
        assert_eq!(log.lines().filter(|said| *said == line).count(), 1, "{renderer}: {log}");
        // The library of the protocol says what broke, a line a call.
        let own = log.lines().filter(|said| !said.starts_with("Io error: "));
        assert_eq!(own.count(), 1, "{renderer}: {log}");
        assert!(holds("saved-") && !holds("panic"), "{renderer}: {:?}", files());
        let mut app = App::start(screen, &["--experiment", &file]);
        assert!(go_on(&mut app) > 0, "{renderer}: what was left goes on");
        app.close("ctrl+q");
    }
}

/// As with an X server that is not there: what was asked for is trained, and said to be.
#[test]
fn a_compositor_that_is_not_there_leaves_the_terminal() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let short = EXPERIMENT.replace("1000000", "20");
    std::fs::write(home.path().join("short.toml"), short).expect("a file");
    for runtime in [Some(home.path()), None] {
        let mut command = Command::new(binary());
        command.args(["--experiment", "short.toml"]).current_dir(home.path()).env("HOME", home.path());
        for name in ["DISPLAY", "WAYLAND_SOCKET", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        command.env("WAYLAND_DISPLAY", "nobody").envs(runtime.map(|runtime| ("XDG_RUNTIME_DIR", runtime)));
        let output = command.stdin(Stdio::null()).output().expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("cannot be reached") && said.contains("running ended in the terminal"), "{said}");
    }
}
