//! How far curves reached when the window read them last.

use std::time::{Duration, Instant};

/// Least time between two readings while a run goes on; just below the pace of untouched frames, each of which reads.
const READ_INTERVAL: Duration = Duration::from_millis(100);

/// A count that moves on with new rows, but not at every frame of a drag.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub(super) count: u64,
    pub(super) is_new: bool,
    seen: (u64, u64, u64),
    read: Option<Instant>,
}

impl Reach {
    /// Takes note of run, turn and number of rows at the begin of a frame.
    pub(super) fn observe(&mut self, now: (u64, u64, u64), at_once: bool) {
        let is_other = (now.0, now.1) != (self.seen.0, self.seen.1);
        let is_due = at_once || is_other || self.read.is_none_or(|read| read.elapsed() >= READ_INTERVAL);
        self.is_new = is_due && now != self.seen;
        if self.is_new {
            self.count += 1;
            self.seen = now;
            self.read = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_count_at_the_pace_of_data_and_other_curves_at_once() {
        let mut reach = Reach::default();
        reach.observe((1, 0, 5), false);
        assert_eq!((reach.count, reach.is_new), (1, true));
        reach.observe((1, 0, 6), false);
        assert_eq!((reach.count, reach.is_new), (1, false));
        reach.observe((1, 0, 6), true);
        assert_eq!((reach.count, reach.is_new), (2, true));
        reach.observe((1, 0, 6), true);
        assert_eq!((reach.count, reach.is_new), (2, false), "nothing is new");
        reach.observe((1, 1, 6), false);
        assert_eq!((reach.count, reach.is_new), (3, true));
        reach.observe((1, 1, 7), false);
        reach.read = Instant::now().checked_sub(READ_INTERVAL);
        reach.observe((1, 1, 7), false);
        assert_eq!((reach.count, reach.is_new), (4, true));
    }
}
