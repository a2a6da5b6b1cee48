//! How far a sweep is, from what lies in its folder.

use super::gather::Gathered;

/// How far a sweep is.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Cells with an outcome.
    pub done: usize,
    /// Cells that living processes train.
    pub running: usize,
    /// Cells that could not be trained.
    pub failed: usize,
    /// Cells that nobody has finished or trains.
    pub missing: usize,
    /// Cells in all.
    pub total: usize,
    /// Living processes.
    pub processes: usize,
    /// Seconds to the end at the present pace; `None` while nothing is running or nothing is done yet.
    pub seconds_left: Option<f64>,
}

/// How far a sweep is.
#[must_use]
pub fn status(gathered: &Gathered) -> Status {
    let (total, done) = (gathered.outcomes.len(), gathered.done());
    let (running, failed) = (gathered.running.len(), gathered.failed.len());
    let missing = (total - done).saturating_sub(running + failed);
    let (seconds, count) = gathered.seconds;
    // Each thread that trains has one cell in its hands; those are half done on average.
    let seconds_left = (running > 0 && count > 0).then(|| {
        let each = seconds / count as f64;
        each * (missing as f64 / running as f64 + 0.5)
    });
    Status { done, running, failed, missing, total, processes: gathered.processes, seconds_left }
}
