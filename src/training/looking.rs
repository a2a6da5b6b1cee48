//! Looks at single moments of the run: past ones, which are repeated on a run of their own, and the present.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::course::Course;
use super::expectations::Expectations;
use super::look::Moment;
use super::messages::{Command, Event, RunState, Watch};
use super::run::Run;
use super::twin::Branch;
use super::worker::Worker;

/// Least time between two moments of a run that trains: eight to ten a second look like motion. A little less than the window
/// takes between two of its pictures, so that each has a moment of its own.
const INTERVAL: Duration = Duration::from_millis(100);

/// How many times its own duration a moment of a run that trains is worth in training: its cost stays at two percent.
const SPACING: u32 = 50;

/// What is kept between looks.
#[derive(Default)]
pub(super) struct Looking {
    /// A run of one seed that has been repeated up to some step: looks at later steps go on from there.
    scratch: Option<Scratch>,
    /// Whether the step that is looked at is being repeated.
    pub(super) is_repeating: bool,
    /// Whether the run would train if nobody looked back.
    pub(super) has_paused: bool,
    last: Option<Instant>,
    cost: Duration,
}

struct Scratch {
    run: Run,
    branch: Branch,
    seed: u64,
}

impl Looking {
    /// To be called when the past has become another one.
    pub(super) fn forget(&mut self) {
        self.scratch = None;
    }
}

impl Worker<'_> {
    /// Shows a step of the past, or the present.
    pub(super) fn look(&mut self, step: Option<u64>) {
        let Some(run) = &self.run else { return };
        if step.is_none() && self.looking.has_paused && self.state == RunState::Paused {
            self.slots.moment.put(None);
            return self.set_off(self.goal);
        }
        if step.is_some() && self.state == RunState::Running {
            self.state = RunState::Paused;
            self.looking.has_paused = true;
        }
        self.looking_at = step.map(|step| step.min(run.step()));
        self.looking.is_repeating = self.looking_at.is_some();
        self.publish();
        match self.looking_at {
            Some(step) => match self.repeat_up_to(step) {
                Ok(Some(moment)) => self.show(moment),
                // A newer order came in between, or the seed had diverged by then.
                Ok(None) => {}
                Err(error) => self.send(Event::Notice(format!("step {step} cannot be shown: {error}"))),
            },
            None => {
                self.slots.moment.put(None);
                self.show_present();
            }
        }
        if std::mem::take(&mut self.looking.is_repeating) {
            self.publish();
            // Also where nothing can be shown, whoever waits for it is told.
            (self.waker)();
        }
    }

    pub(super) fn set_watch(&mut self, watch: Watch) {
        let moved = self.watch != watch;
        self.watch = watch;
        match self.looking_at {
            Some(step) if moved => self.look(Some(step)),
            Some(_) => {}
            None if self.state == RunState::Running => self.looking.last = None,
            None => self.show_present(),
        }
    }

    /// Publishes a moment of the present, if they are wanted and nothing else is looked at.
    pub(super) fn show_present(&mut self) {
        if !self.watch.matrices || self.looking_at.is_some() {
            return;
        }
        let Watch { seed_index, branch, .. } = self.watch;
        let began = Instant::now();
        let moment = self.run.as_mut().and_then(|run| run.moment(branch, seed_index, true));
        self.looking.cost = began.elapsed();
        self.looking.last = Some(Instant::now());
        if let Some(moment) = moment {
            self.show(moment);
        }
    }

    /// As [`Self::show_present`], for a run that trains.
    pub(super) fn show_running(&mut self) {
        let interval = INTERVAL.max(self.looking.cost * SPACING);
        if self.looking.last.is_none_or(|last| last.elapsed() >= interval) {
            self.show_present();
        }
    }

    fn show(&self, moment: Moment) {
        self.slots.moment.put(Some(Arc::new(moment)));
        if self.state != RunState::Running {
            (self.waker)();
        }
    }

    /// The watched seed at a step of the past; `None` when another order makes it pointless.
    fn repeat_up_to(&mut self, step: u64) -> Result<Option<Moment>, super::TrainError> {
        let Watch { seed_index, branch, .. } = self.watch;
        let Some(run) = &mut self.run else { return Ok(None) };
        if step == run.step() {
            return Ok(run.moment(branch, seed_index, false));
        }
        let there = self.repeated(step, seed_index)?;
        Ok(there.and_then(|(run, branch)| Some(Moment { branch, ..run.moment(Branch::A, 0, false)? })))
    }

    /// A run of one seed of the watched twin that has been repeated up to a step of the past, and the twin; `None` when
    /// another order makes it pointless.
    fn repeated(&mut self, step: u64, seed_index: usize) -> Result<Option<(&mut Run, Branch)>, super::TrainError> {
        let branch = self.watch.branch;
        let Some(run) = &mut self.run else { return Ok(None) };
        let Some(&seed) = run.seeds().get(seed_index.min(run.seeds().len().saturating_sub(1))) else { return Ok(None) };
        let branch = if run.twin().is_some() { branch } else { Branch::A };
        let Some(nearest) = self.keeping.history.nearest(step) else { return Ok(None) };
        let goes_on = |scratch: &Scratch| {
            let at = scratch.run.step();
            (scratch.branch, scratch.seed) == (branch, seed) && at <= step && at >= nearest.step()
        };
        let scratch = match self.looking.scratch.take().filter(goes_on) {
            Some(scratch) => Some(scratch),
            None => run.alone(nearest, branch, seed)?.map(|run| Scratch { run, branch, seed }),
        };
        let Some(mut scratch) = scratch else { return Ok(None) };
        let course: Course = run.course_of(branch);
        let (inbox, pending) = (self.inbox, &mut self.pending);
        // Only the newest look counts while one is dragged through the past.
        let arrived = scratch.run.follow(&course, step, || {
            pending.extend(inbox.try_iter());
            !pending.iter().any(makes_pointless)
        })?;
        let scratch = self.looking.scratch.insert(scratch);
        Ok(arrived.then_some((&mut scratch.run, branch)))
    }

    /// Averages over batches at the weights that are shown; gives up when a newer order makes that pointless.
    pub(super) fn expect(&mut self, seed_index: usize, batches: u64) {
        let present = self.run.as_ref().map(Run::step);
        let past = self.looking_at.filter(|step| Some(*step) != present);
        let (inbox, mut newer) = (self.inbox, Vec::new());
        let mut goes_on = || {
            newer.extend(inbox.try_iter());
            !newer.iter().any(|command| makes_pointless(command) || matches!(command, Command::Set { .. }))
        };
        let branch = self.watch.branch;
        let made = match past {
            // A look that cannot be repeated has been explained when it was asked for.
            Some(step) => self
                .repeated(step, seed_index)
                .ok()
                .flatten()
                .and_then(|(run, _)| run.expect(Branch::A, 0, batches, &mut goes_on)),
            None => self.run.as_mut().and_then(|run| run.expect(branch, seed_index, batches, &mut goes_on)),
        };
        self.pending.extend(newer);
        let Some(made) = made else { return };
        let made = Some(Arc::new(Expectations { run_id: self.run_id, ..made }));
        self.slots.expectations.put(made);
        if self.state != RunState::Running {
            (self.waker)();
        }
    }
}

fn makes_pointless(command: &Command) -> bool {
    match command {
        Command::Look(_)
        | Command::Stop
        | Command::Leave(_)
        | Command::Run
        | Command::Step(_)
        | Command::RunUntil(_)
        | Command::RunUntilConverged
        | Command::ForkFrom(_)
        | Command::Reset
        | Command::NewSeed(_)
        | Command::Load(_)
        | Command::TakeUp(_)
        | Command::Replay { .. }
        | Command::Open { .. }
        | Command::Restore(_) => true,
        Command::Pause
        | Command::Set { .. }
        | Command::Snapshot
        | Command::Walk(_)
        | Command::ReadRows(_)
        | Command::SaveSession(_)
        | Command::SaveSnapshot(_)
        | Command::Watch(_)
        | Command::Expect { .. }
        | Command::WatchNeurons(_)
        | Command::Fork { .. }
        | Command::EndTwin { .. }
        | Command::UseBackend(_)
        | Command::Autosave(_)
        | Command::Discard(_)
        | Command::Pin { .. }
        | Command::Annotate { .. }
        | Command::ShelveLeft(_)
        | Command::BoundShelf(_)
        | Command::Passing(_)
        | Command::LimitRate(_) => false,
    }
}
