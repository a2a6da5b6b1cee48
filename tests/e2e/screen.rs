//! A display without a monitor, its window manager, real input events and a look at what is really shown.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Programs that the test cannot do without, with Debian's packages.
const PROGRAMS: [(&str, &str); 3] = [("Xvfb", "xvfb"), ("xdotool", "xdotool"), ("openbox", "openbox")];

/// Size of the screen, large enough for the window and its frame.
const SIZE: (usize, usize) = (1440, 900);

/// A colour as red, green, blue.
pub type Pixel = [u8; 3];

/// What of [`PROGRAMS`] is not installed.
pub fn missing_program() -> Option<&'static str> {
    PROGRAMS.into_iter().find(|(program, _)| !is_installed(program)).map(|(program, _)| program)
}

/// Whether a program is found by its name.
pub fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The display. Dropping it ends what it started.
pub struct Screen {
    display: String,
    server: Child,
    manager: Option<Child>,
    input: Option<Input>,
    pixels: File,
    stride: usize,
    first: usize,
    folder: TempDir,
}

/// One xdotool that stays open, so that an event costs no start of a process.
struct Input {
    process: Child,
    script: ChildStdin,
}

impl Screen {
    /// Starts a display on a free number.
    pub fn open() -> Self {
        Self::open_in(tempfile::tempdir().expect("a temporary folder"))
    }

    fn open_in(folder: TempDir) -> Self {
        let size = format!("{}x{}x24", SIZE.0, SIZE.1);
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp", "-fbdir"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        let stdout = server.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut number).expect("Xvfb tells its number");
        let display = format!(":{}", number.trim());
        let pixels = File::open(folder.path().join("Xvfb_screen0")).expect("Xvfb's pixels are in a file");
        let header = |at: u64| {
            let mut word = [0; 4];
            pixels.read_exact_at(&mut word, at).expect("a header");
            u32::from_be_bytes(word) as usize
        };
        // The XWD format: the header's size, then at 48 the bytes a line and at 76 the colours, 12 bytes each.
        let (stride, first) = (header(48), header(0) + 12 * header(76));
        let mut screen = Self { display, server, manager: None, input: None, pixels, stride, first, folder };
        screen.manager = Some(screen.command("openbox").stderr(Stdio::null()).spawn().expect("openbox starts"));
        let mut process = screen.command("xdotool").arg("-").stdin(Stdio::piped()).spawn().expect("xdotool starts");
        let script = process.stdin.take().expect("a pipe");
        screen.input = Some(Input { process, script });
        screen
    }

    /// A program on this display, with a home of its own.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let runtime = self.folder.path().join("runtime");
        std::fs::create_dir_all(&runtime).expect("a folder");
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).expect("permissions");
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display).env("HOME", self.home()).env("XDG_RUNTIME_DIR", runtime);
        for name in ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            command.env_remove(name);
        }
        command
    }

    /// The display's name.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The home of what runs here; no other process has it.
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the server in the midst of everything, and nothing that it has started.
    pub fn kill(&mut self) {
        self.server.kill().expect("it runs");
        self.server.wait().expect("a child");
    }

    /// Starts a server again for what is started from now on, in the same home.
    pub fn reopen(&mut self) {
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a temporary folder"));
        *self = Self::open_in(folder);
    }

    /// Sends input events in xdotool's words.
    pub fn input(&mut self, words: &str) {
        let input = self.input.as_mut().expect("xdotool runs");
        writeln!(input.script, "{words}").and_then(|()| input.script.flush()).expect("xdotool listens");
    }

    /// What xdotool answers to a question.
    pub fn ask(&self, words: &[&str]) -> String {
        let output = self.command("xdotool").args(words).stderr(Stdio::null()).output().expect("xdotool starts");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The pixels of a rectangle, line by line.
    pub fn look(&self, left: usize, top: usize, width: usize, height: usize) -> Vec<Pixel> {
        let mut line = vec![0; 4 * width];
        let mut all = Vec::with_capacity(width * height);
        for y in top..top + height {
            let at = self.first + y * self.stride + 4 * left;
            self.pixels.read_exact_at(&mut line, at as u64).expect("pixels inside the screen");
            all.extend(line.chunks_exact(4).map(|bgr| [bgr[2], bgr[1], bgr[0]]));
        }
        all
    }

    /// Keeps what the screen shows as a picture, as far as that can be done.
    pub fn photograph(&self, path: &Path) {
        let (width, height) = SIZE;
        let bytes: Vec<u8> = self.look(0, 0, width, height).into_iter().flatten().collect();
        let picture = image::RgbImage::from_raw(width as u32, height as u32, bytes);
        let kept = picture.map(|picture| picture.save(path));
        if !matches!(kept, Some(Ok(()))) {
            println!("no picture could be written");
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let input = self.input.take().map(|input| input.process);
        for mut process in input.into_iter().chain(self.manager.take()) {
            // Both may have ended with the display already.
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Looks again and again until `found` answers, at most for `limit`.
pub fn wait_for<T>(what: &str, limit: Duration, mut found: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = found() {
            return answer;
        }
        assert!(start.elapsed() < limit, "no {what} within {limit:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
