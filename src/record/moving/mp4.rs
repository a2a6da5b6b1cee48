//! Frames as a video, which ffmpeg packs.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{Encoder, Motion};
use crate::record::atomic::AtomicFile;

/// What is said where there is no ffmpeg.
pub(super) const MISSING: &str =
    "MP4 needs the program ffmpeg, which is not found on PATH; install it, or choose APNG or GIF";

/// Whether the program is found. It is not run for that: its first start after that of the machine takes seconds, for which
/// the window, which asks, would stand still.
pub(super) fn is_there() -> bool {
    std::env::var_os("PATH").is_some_and(|path| is_on(&path))
}

fn is_on(path: &OsStr) -> bool {
    let name = format!("ffmpeg{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path).any(|folder| is_executable(&folder.join(&name)))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

pub(super) struct Mp4 {
    file: AtomicFile,
    program: Program,
}

/// The program; given up, it is ended. `None` once it has been waited for.
struct Program(Option<Child>);

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut program) = self.0.take() {
            // It may have ended by itself.
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl Mp4 {
    pub(super) fn begin(file: AtomicFile, motion: Motion) -> Result<Self, String> {
        let size = format!("{}x{}", motion.width, motion.height);
        let mut command = Command::new("ffmpeg");
        command.args(["-loglevel", "error", "-nostdin", "-y"]);
        command.args(["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", &size]);
        command.args(["-framerate", &motion.per_second.to_string(), "-i", "pipe:0"]);
        // Players of H.264 want even sizes and this form of colour.
        command.args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white", "-pix_fmt", "yuv420p"]);
        command.args(["-c:v", "libx264", "-crf", "16", "-movflags", "+faststart", "-f", "mp4"]);
        command.arg(file.under_way()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let program = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => MISSING.to_owned(),
            _ => format!("ffmpeg cannot be started: {error}"),
        })?;
        Ok(Self { file, program: Program(Some(program)) })
    }

    /// Waits for the program's end; what it said of a failure.
    fn outcome(&mut self) -> Result<(), String> {
        let Some(program) = self.program.0.take() else { return Ok(()) };
        // Its input is closed by that.
        let output = program.wait_with_output().map_err(|error| format!("ffmpeg cannot be waited for: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("ffmpeg failed: {}", said.lines().last().unwrap_or("it said nothing")))
    }
}

impl Encoder for Mp4 {
    fn push(&mut self, pixels: &[u8]) -> Result<(), String> {
        let input = self.program.0.as_mut().and_then(|program| program.stdin.as_mut());
        let written = input.map_or_else(|| Err(std::io::ErrorKind::BrokenPipe.into()), |input| input.write_all(pixels));
        // Why it takes no more it has said itself.
        written.map_err(|error| self.outcome().err().unwrap_or_else(|| format!("ffmpeg takes no more: {error}")))
    }

    fn finish(mut self: Box<Self>) -> Result<AtomicFile, String> {
        self.outcome()?;
        Ok(self.file)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::OpenOptionsExt;

    use super::is_on;

    #[test]
    fn a_program_is_found_where_it_may_be_run_and_is_not_run() {
        let folders = [(); 3].map(|()| tempfile::tempdir().expect("a temporary folder"));
        let path = std::env::join_paths(folders.iter().map(tempfile::TempDir::path)).expect("plain names");
        assert!(!is_on(&path));
        let make = |folder: &tempfile::TempDir, mode: u32| {
            let mut options = std::fs::OpenOptions::new();
            // No program at all: to run it would fail.
            options.write(true).create_new(true).mode(mode).open(folder.path().join("ffmpeg")).expect("a file");
        };
        std::fs::create_dir(folders[0].path().join("ffmpeg")).expect("a folder");
        make(&folders[1], 0o644);
        assert!(!is_on(&path), "a folder, and a file that may not be run");
        make(&folders[2], 0o755);
        assert!(is_on(&path));
    }
}
