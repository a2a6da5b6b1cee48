//! What a window that endures may take: judged from what was recorded of it, by nothing but numbers.

use hebbscope::training::SHELF_BYTES;

/// Bounds of a frame, where nobody says others.
pub struct Bounds {
    /// Longest that the window's thread may be on a processor at a time.
    pub stall_ms: f64,
    /// Longest that a frame may take with what it waits for that is no processor, and with the drawing of the one before.
    pub wait_ms: f64,
}

/// What the second half may take beyond the first, as a share of it and beside it: the history of a run holds 64 MB, and
/// drivers and the allocator keep what they once had. A leak of a frame's size, or of a run's, passes this within minutes.
const GROWTH: f64 = 0.15;
const GROWTH_KIB: f64 = 65536.0;

/// What a process has in memory.
#[derive(Clone, Copy)]
pub struct Memory {
    pub process: u32,
    pub kib: f64,
}

/// What the window has told of a frame, or of all frames of a second.
pub struct Frame {
    pub is_sum: bool,
    pub at: f64,
    pub count: f64,
    /// From the beginning of the frame to the end of what the window does in it, without waiting for a processor.
    pub held: f64,
    /// On a processor of that.
    pub busy: f64,
    /// On a processor since the beginning of the frame before, whose drawing is in it.
    pub turn: f64,
    /// What was ordered and began meanwhile.
    pub did: String,
}

impl Frame {
    pub fn read(line: &str) -> Option<Self> {
        let (line, did) = line.split_once(" did ").unwrap_or((line, ""));
        let words: Vec<&str> = line.split(' ').collect();
        let after = |word: &str| words.iter().position(|w| *w == word).and_then(|at| words.get(at + 1)?.parse().ok());
        let (held, busy, turn): (f64, f64, f64) = (after("held")?, after("busy")?, after("turn")?);
        let is_sum = words[0] == "frames";
        Some(Self { is_sum, at: after("at")?, count: after("count")?, held, busy, turn, did: did.to_owned() })
    }

    /// Longest that it did not come back to its events, though it had a processor.
    pub fn ms(&self) -> f64 {
        self.held.max(self.turn)
    }

    /// Whether it took longer than it may.
    pub fn is_stall(&self, bounds: &Bounds) -> bool {
        self.busy > bounds.stall_ms || self.ms() > bounds.wait_ms
    }
}

/// What has grown beyond what it may, of a window whose memory was looked at at its start, in the middle and at its end; nothing
/// is known of one that was opened again on the way.
pub fn growth([start, middle, end]: [Memory; 3]) -> Option<String> {
    if start.process != end.process {
        return None;
    }
    // Runs on the shelf stay in memory up to a bound, which some minutes do not fill: what grows within it is no leak.
    let allowed = start.kib + SHELF_BYTES as f64 / 1024.0;
    let grew = end.kib > middle.kib * (1.0 + GROWTH) + GROWTH_KIB && end.kib > allowed;
    grew.then(|| format!("memory grew from {:.0} to {:.0} KiB in the second half", middle.kib, end.kib))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { stall_ms: 200.0, wait_ms: 500.0 };
    const MIB: f64 = 1024.0;

    fn frame(line: &str) -> Frame {
        Frame::read(line).expect("a line of a frame")
    }

    #[test]
    fn a_busy_frame_a_waiting_one_and_a_slow_drawing_are_stalls() {
        let stalls = |line: &str| frame(line).is_stall(&BOUNDS);
        assert!(!stalls("slow at 1700000000.125 count 3 held 199.0 busy 199.0 turn 199.0 did open plain"));
        // On a processor for too long, though a wait of that length is allowed.
        assert!(stalls("slow at 1700000000.125 count 3 held 210.0 busy 201.0 turn 0.0 did open plain"));
        assert!(!stalls("slow at 1700000000.125 count 3 held 450.0 busy 20.0 turn 0.0 did open plain"));
        assert!(stalls("slow at 1700000000.125 count 3 held 501.0 busy 20.0 turn 0.0 did open plain"));
        assert!(stalls("slow at 1700000000.125 count 3 held 20.0 busy 20.0 turn 501.0 did "));
    }

    #[test]
    fn lines_of_frames_are_told_from_sums_and_from_others() {
        let one = frame("slow at 1700000000.125 count 3 held 210.5 busy 201.0 turn 7.0 did open; began busy 9");
        assert_eq!((one.is_sum, one.at, one.count, one.ms()), (false, 1_700_000_000.125, 3.0, 210.5));
        assert_eq!((one.busy, one.turn, one.did.as_str()), (201.0, 7.0, "open; began busy 9"));
        assert!(frame("frames at 1700000000.125 count 57 held 12.0 busy 11.0 turn 15.0").is_sum);
        assert!(Frame::read("slow at 1700000000.125 count 3 held").is_none());
    }

    /// Of a process that begins with 300 MiB.
    fn judged(mib: [f64; 3], processes: [u32; 3]) -> Option<String> {
        let of = |at: usize| Memory { process: processes[at], kib: mib[at] * MIB };
        growth([of(0), of(1), of(2)])
    }

    #[test]
    fn a_leak_is_told_and_what_caches_and_the_shelf_take_is_none() {
        let shelf = SHELF_BYTES as f64 / (1 << 20) as f64;
        assert_eq!(judged([300.0, 420.0, 430.0], [7; 3]), None);
        // A full shelf, in the second half.
        assert_eq!(judged([300.0, 400.0, 299.0 + shelf], [7; 3]), None);
        // The same in every minute of an hour.
        let leaking = judged([300.0, 300.0 + 0.4 * 60.0 * 20.0, 300.0 + 0.85 * 60.0 * 20.0], [7; 3]).expect("a leak");
        assert!(leaking.contains("memory grew from 798720 to 1351680 KiB"), "{leaking}");
        // Steady in the second half: what the first had filled.
        assert_eq!(judged([300.0, 1200.0, 1210.0], [7; 3]), None);
        assert_eq!(judged([300.0, 400.0, 1400.0], [7, 7, 8]), None);
    }
}
