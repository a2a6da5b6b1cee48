//! Looks back that are on their way, one at a time.

use std::time::Instant;

use super::{DATA_INTERVAL, PATIENCE};

/// A wish to see the past on its way to the trainer.
#[derive(Default)]
pub(super) struct Look {
    pub(super) asked: Option<Option<u64>>,
    pub(super) is_sent: bool,
    /// What was sent last, until it was answered.
    under_way: Option<(Option<u64>, Instant)>,
}

impl Look {
    /// What is to be sent: the newest wish, once the one before was answered or has taken too long.
    pub(super) fn due(&mut self) -> Option<Option<u64>> {
        let step = self.asked.filter(|_| !self.is_sent)?;
        if self.under_way.is_some_and(|(_, at)| at.elapsed() < DATA_INTERVAL) {
            return None;
        }
        self.is_sent = true;
        self.under_way = Some((step, Instant::now()));
        Some(step)
    }

    pub(super) fn answer(&mut self, looking_at: Option<u64>) {
        if self.under_way.is_some_and(|(step, at)| step == looking_at || at.elapsed() > PATIENCE) {
            self.under_way = None;
            if self.is_sent {
                self.asked = None;
            }
        }
    }
}
