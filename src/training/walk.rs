//! A walk through the run's past on a thread of its own: a copy of one seed is repeated from checkpoint to checkpoint, while
//! the run trains on and a person looks where they like.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;

use super::checkpoint::Checkpoint;
use super::course::Course;
use super::error::TrainError;
use super::fault::caught;
use super::look::Moment;
use super::run::Run;
use super::twin::Branch;
use super::worker::Worker;
use crate::experiment::Experiment;

/// Where to go, and what for.
#[derive(Clone, Debug)]
pub struct Walk {
    /// Steps at which a moment is wanted, rising, or the same ones again; those beyond the run's present are its present.
    pub steps: Vec<u64>,
    /// The seed, by its place; one beyond the last is the last.
    pub seed_index: usize,
    /// The twin; without twins, the run itself.
    pub branch: Branch,
    /// Takes the moments in the order of the steps, and at an early end why there are no more. A short one makes the walk
    /// wait for whoever takes them.
    pub moments: Sender<Result<Moment, String>>,
    /// Set, it ends the walk soon after.
    pub is_given_up: Arc<AtomicBool>,
}

/// Everything that a walk needs of the run.
struct Way {
    initial: Experiment,
    course: Course,
    checkpoints: Vec<Arc<Checkpoint>>,
    seed: u64,
    present: u64,
}

impl Worker<'_> {
    /// Begins a walk beside the trainer.
    pub(super) fn walk(&mut self, walk: Walk) {
        let refused = |why: &str| {
            // Whoever asked may have left.
            let _ = walk.moments.send(Err(why.to_owned()));
        };
        let Some(run) = &self.run else { return refused("there is no run") };
        let seeds = run.seeds();
        let Some(&seed) = seeds.get(walk.seed_index.min(seeds.len().saturating_sub(1))) else {
            return refused("the run has no seeds");
        };
        let branch = if run.twin().is_some() { walk.branch } else { Branch::A };
        let (Some(&first), Some(&last)) = (walk.steps.first(), walk.steps.last()) else { return };
        let present = run.step();
        let checkpoints = self.keeping.history.within(first.min(present), last.min(present));
        if checkpoints.first().is_none_or(|checkpoint| checkpoint.step() > first) {
            return refused("the run's history does not reach back to that step");
        }
        let way = Way { initial: run.initial().clone(), course: run.course_of(branch), checkpoints, seed, present };
        let failed = walk.moments.clone();
        let walking = std::thread::Builder::new().name("walk".into()).spawn(move || {
            let moments = walk.moments.clone();
            let ended = caught(|| way.go(&Walk { branch, ..walk }));
            let why = match ended {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(fault) => format!("a fault of this program: {fault}"),
            };
            // Whoever asked may have left.
            let _ = moments.send(Err(why));
        });
        if let Err(error) = walking {
            // Likewise.
            let _ = failed.send(Err(format!("the system refuses a thread: {error}")));
        }
    }
}

impl Way {
    fn go(&self, walk: &Walk) -> Result<(), TrainError> {
        let mut there: Option<Run> = None;
        let goes_on = || !walk.is_given_up.load(Ordering::Relaxed);
        for &step in &walk.steps {
            let step = step.min(self.present);
            let Some(nearest) = self.checkpoints.iter().rfind(|checkpoint| checkpoint.step() <= step) else { continue };
            let mut run = match there.take().filter(|run| run.step() >= nearest.step() && run.step() <= step) {
                Some(run) => run,
                None => {
                    let Some(run) = Run::of_one(self.initial.clone(), nearest, walk.branch, self.seed)? else {
                        return Ok(());
                    };
                    run
                }
            };
            if !run.follow(&self.course, step, goes_on)? {
                return Ok(());
            }
            let Some(moment) = run.moment(Branch::A, 0, false) else {
                // Whoever asked may have left.
                let _ = walk.moments.send(Err(format!("seed {} has diverged before step {step}", self.seed)));
                return Ok(());
            };
            if walk.moments.send(Ok(Moment { branch: walk.branch, ..moment })).is_err() {
                return Ok(());
            }
            there = Some(run);
        }
        Ok(())
    }
}
