//! Checkpoints of a run: dense near the present, sparse in the past, bounded in memory.

use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::twin::Branch;

/// Bytes that all checkpoints together may have; chosen here.
pub const HISTORY_BYTES: usize = 64 * 1024 * 1024;

/// Most checkpoints; chosen here.
const MOST: usize = 48;

/// How much more a marked checkpoint is worth than another at its place; chosen here.
const MARK: f64 = 4.0;

/// Checkpoints in order of step; the first is that of step 0 as long as there is one.
pub struct History {
    points: Vec<Point>,
    limit: usize,
}

struct Point {
    /// Whoever walks through the past beside the trainer holds it too.
    checkpoint: Arc<Checkpoint>,
    /// Just before an intervention: somebody will want to go back there.
    is_marked: bool,
}

impl History {
    /// Without checkpoints, for up to `limit` bytes; two checkpoints are kept in any case.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { points: Vec::new(), limit }
    }

    /// Adds a checkpoint, in place of one of the same step, and drops others until the bounds are kept. `is_marked` says
    /// that somebody may want to go back to it.
    pub fn push(&mut self, checkpoint: Checkpoint, is_marked: bool) {
        let step = checkpoint.step();
        let replaced = self.points.pop_if(|last| last.checkpoint.step() >= step);
        self.points.push(Point {
            checkpoint: Arc::new(checkpoint),
            is_marked: is_marked || replaced.is_some_and(|point| point.is_marked),
        });
        while self.points.len() > 2 && (self.points.len() > MOST || self.bytes() > self.limit) {
            self.thin();
        }
    }

    /// Heap held by the checkpoints, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.points.iter().map(|point| point.checkpoint.bytes()).sum()
    }

    /// Steps that there are checkpoints of, rising.
    #[must_use]
    pub fn steps(&self) -> Vec<u64> {
        self.points.iter().map(|point| point.checkpoint.step()).collect()
    }

    /// The last checkpoint at or before a step.
    #[must_use]
    pub fn nearest(&self, step: u64) -> Option<&Checkpoint> {
        self.points.iter().map(|point| &*point.checkpoint).rfind(|checkpoint| checkpoint.step() <= step)
    }

    /// Those from which steps of a range are reached: the last one at or before its first step, and all in it.
    #[must_use]
    pub fn within(&self, from: u64, to: u64) -> Vec<Arc<Checkpoint>> {
        let first = self.points.iter().rposition(|point| point.checkpoint.step() <= from).unwrap_or(0);
        let reached = self.points[first.min(self.points.len())..].iter();
        reached.filter(|point| point.checkpoint.step() <= to).map(|point| Arc::clone(&point.checkpoint)).collect()
    }

    /// Drops the checkpoints after a step.
    pub fn forget_after(&mut self, step: u64) {
        self.points.retain(|point| point.checkpoint.step() <= step);
    }

    /// Keeps one twin, as [`super::Run::end_twin`] does.
    pub fn end_twin(&mut self, keep: Branch) {
        self.points.iter_mut().for_each(|point| Arc::make_mut(&mut point.checkpoint).end_twin(keep));
    }

    /// Drops the checkpoint whose loss leaves the smallest gap for its distance from the present. The first and the last
    /// stay.
    fn thin(&mut self) {
        let step = |at: usize| self.points[at].checkpoint.step() as f64;
        let newest = step(self.points.len() - 1);
        let worth = |at: usize| {
            let gap = step(at + 1) - step(at - 1);
            let mark = if self.points[at].is_marked { MARK } else { 1.0 };
            mark * gap / (newest - step(at)).max(1.0)
        };
        let least = (1..self.points.len() - 1).min_by(|&a, &b| worth(a).total_cmp(&worth(b)));
        if let Some(at) = least {
            self.points.remove(at);
        }
    }
}
