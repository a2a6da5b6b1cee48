//! How long the window's thread is busy at a time, for tests of endurance: written where `HEBBSCOPE_PACE` names a file.
//!
//! Beside a long one stands what was ordered and began meanwhile, as nobody can repeat a stall who does not know what it was
//! in. A machine that does something else lets the thread wait for a processor, which is nobody's stall: the system tells that
//! waiting apart, and only the rest counts.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::time::{Duration, Instant, SystemTime};

use crate::record::remembered_since;

/// Between two lines about all frames.
const EVERY: Duration = Duration::from_secs(1);

/// A frame that takes longer has a line of its own.
const SLOW: Duration = Duration::from_millis(100);

/// Follows the frames of the window.
pub struct Pace {
    out: File,
    thread: Option<File>,
    began: Instant,
    /// When the frame before began.
    before: Instant,
    at_begin: Times,
    /// From the beginning of the frame before to that of this one.
    turn: Duration,
    line: Instant,
    frames: u32,
    /// As [`Self::write`] has them.
    longest: [Duration; 3],
}

/// What the system has counted of the thread.
#[derive(Clone, Copy, Default)]
struct Times {
    /// On a processor.
    busy: Duration,
    /// Waiting for one.
    waiting: Duration,
}

impl Pace {
    /// Begins to follow, where the environment asks for it.
    #[must_use]
    pub fn asked() -> Option<Self> {
        let path = std::env::var_os("HEBBSCOPE_PACE")?;
        let out = OpenOptions::new().create(true).append(true).open(path).ok()?;
        let now = Instant::now();
        let thread = File::open("/proc/thread-self/schedstat").ok();
        let at_begin = thread.as_ref().map(times).unwrap_or_default();
        let (turn, longest) = (Duration::ZERO, [Duration::ZERO; 3]);
        Some(Self { out, thread, began: now, before: now, at_begin, turn, line: now, frames: 0, longest })
    }

    /// A frame begins.
    pub fn begin(&mut self) {
        let now = self.times();
        self.turn = now.busy.saturating_sub(self.at_begin.busy);
        self.before = self.began;
        (self.began, self.at_begin) = (Instant::now(), now);
    }

    /// All that the window does in a frame is done, but for the drawing, which counts for the next one.
    pub fn end(&mut self) {
        let now = self.times();
        let held = self.began.elapsed().saturating_sub(now.waiting.saturating_sub(self.at_begin.waiting));
        let busy = now.busy.saturating_sub(self.at_begin.busy);
        self.frames += 1;
        let [a, b, c] = self.longest;
        self.longest = [a.max(held), b.max(busy), c.max(self.turn)];
        if held.max(self.turn) > SLOW {
            // What the frame before has drawn counts for this one.
            let did = remembered_since(if held > self.turn { self.began } else { self.before }).join("; ");
            self.write("slow", [held, busy, self.turn], &format!(" did {did}"));
        }
        if self.line.elapsed() >= EVERY {
            self.write("frames", self.longest, "");
            (self.line, self.frames, self.longest) = (Instant::now(), 0, [Duration::ZERO; 3]);
        }
    }

    /// Of a frame: how long it held the thread, which may have waited for a disk or another thread, how long it was on a
    /// processor, and how long it and the drawing of the one before were.
    fn write(&mut self, what: &str, [held, busy, turn]: [Duration; 3], more: &str) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (frames, held, busy, turn) = (self.frames, ms(held), ms(busy), ms(turn));
        let at = now.as_secs_f64();
        let line = format!("{what} at {at:.3} count {frames} held {held:.1} busy {busy:.1} turn {turn:.1}{more}\n");
        // Without its lines the test says so.
        let _ = self.out.write_all(line.as_bytes());
    }

    fn times(&self) -> Times {
        self.thread.as_ref().map(times).unwrap_or_default()
    }
}

/// Reads what the system has counted; nothing where it does not.
fn times(thread: &File) -> Times {
    let mut text = [0; 80];
    let length = read_from_start(thread, &mut text).unwrap_or(0);
    let text = std::str::from_utf8(&text[..length]).unwrap_or_default();
    let mut numbers = text.split_whitespace().map(|number| number.parse().map_or(Duration::ZERO, Duration::from_nanos));
    let mut next = || numbers.next().unwrap_or_default();
    Times { busy: next(), waiting: next() }
}

#[cfg(unix)]
fn read_from_start(file: &File, bytes: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, 0)
}

#[cfg(not(unix))]
fn read_from_start(_: &File, _: &mut [u8]) -> std::io::Result<usize> {
    Ok(0)
}
