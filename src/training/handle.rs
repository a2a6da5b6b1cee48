//! The trainer's thread, seen from outside: commands in, events out, newest state in shared slots.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::expectations::Expectations;
use super::fault::caught;
use super::look::Moment;
use super::messages::{Command, Event, News, RunState, Status};
use super::slot::Slot;
use super::worker::Answer;
use crate::experiment::Experiment;
use crate::record::{Columns, MetricStore, NeuronStore};

/// Events that wait for a slow window before further ones are dropped (the newest state stays in the slots).
const EVENT_CAPACITY: usize = 1024;

/// Longest that a fault elsewhere waits for the run to be left.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two looks at whether there is a run to leave.
const LOOK: Duration = Duration::from_millis(100);

/// Called from the trainer's thread whenever there is something new to show.
pub type Waker = Box<dyn Fn() + Send>;

/// A running trainer. Dropping it ends the thread.
pub struct Trainer {
    commands: Sender<Command>,
    events: Receiver<News>,
    slots: Slots,
    thread: Option<JoinHandle<()>>,
}

/// State that the thread writes and the window reads.
#[derive(Clone)]
pub(super) struct Slots {
    pub(super) status: Arc<Mutex<Status>>,
    pub(super) metrics: Slot<MetricStore>,
    pub(super) neurons: Slot<NeuronStore>,
    pub(super) twin_metrics: Slot<Option<MetricStore>>,
    pub(super) before_metrics: Slot<Option<MetricStore>>,
    pub(super) moment: Slot<Option<Arc<Moment>>>,
    pub(super) expectations: Slot<Option<Arc<Expectations>>>,
}

impl Slots {
    fn new(experiment: &Experiment) -> Self {
        let columns = Arc::new(Columns::default());
        let status = Status { experiment: Arc::new(experiment.clone()), ..Status::default() };
        Self {
            status: Arc::new(Mutex::new(status)),
            metrics: Slot::new(MetricStore::new(columns, &experiment.seeds())),
            neurons: Slot::new(NeuronStore::new(&[], experiment.training.seed, 1)),
            twin_metrics: Slot::default(),
            before_metrics: Slot::default(),
            moment: Slot::default(),
            expectations: Slot::default(),
        }
    }
}

impl Trainer {
    /// Starts the thread `trainer`, which prepares `experiment` and then waits for [`Command::Run`].
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn spawn(experiment: Experiment, threads: usize, waker: Waker) -> std::io::Result<Self> {
        let (commands, inbox) = unbounded();
        let (outbox, events) = bounded(EVENT_CAPACITY);
        let slots = Slots::new(&experiment);
        let shared = slots.clone();
        let thread = std::thread::Builder::new().name("trainer".into()).spawn(move || {
            let trained = caught(|| super::worker::run(experiment, threads, &inbox, &outbox, &shared, &waker));
            drop(inbox);
            match trained {
                Ok(answer) => answer.into_iter().for_each(Answer::give),
                Err(words) => {
                    // Nobody is left who takes orders; whoever looks must not wait.
                    let step = {
                        let mut status = shared.status.lock().unwrap_or_else(PoisonError::into_inner);
                        status.state = RunState::Failed;
                        status.step
                    };
                    let text =
                        format!("a fault of this program has ended the trainer: {words}. Start the program again");
                    let _ = outbox.try_send(News { step, event: Event::Failed(text) });
                }
            }
        })?;
        Ok(Self { commands, events, slots, thread: Some(thread) })
    }

    /// Sends a command; a trainer that has ended ignores it.
    pub fn send(&self, command: Command) {
        // The only failure is a thread that has ended, which has said so in an event.
        let _ = self.commands.send(command);
    }

    /// A way to have the run left for the next start, from any thread.
    #[must_use]
    pub fn leaver(&self) -> Leaver {
        Leaver { commands: self.commands.clone(), status: Arc::clone(&self.slots.status) }
    }

    /// Leaves the run for the next start, as [`Leaver::leave`], and ends the trainer; one that takes longer is left to itself.
    ///
    /// # Errors
    /// As there.
    pub fn leave(&mut self, patience: Duration) -> Result<(), NotLeft> {
        let left = self.leaver().leave(patience);
        if matches!(left, Err(NotLeft::Late)) {
            self.thread = None;
        }
        left
    }

    /// News, oldest first.
    #[must_use]
    pub fn events(&self) -> &Receiver<News> {
        &self.events
    }

    /// The newest state.
    #[must_use]
    pub fn status(&self) -> Status {
        self.slots.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Curves of the current run.
    #[must_use]
    pub fn metrics(&self) -> Slot<MetricStore> {
        self.slots.metrics.clone()
    }

    /// Neurons of one seed of the current run, the first one unless [`Command::WatchNeurons`] names another; without
    /// layers where `measure.neurons` is off.
    #[must_use]
    pub fn neurons(&self) -> Slot<NeuronStore> {
        self.slots.neurons.clone()
    }

    /// Curves of twin B from the fork on; `None` without twins.
    #[must_use]
    pub fn twin_metrics(&self) -> Slot<Option<MetricStore>> {
        self.slots.twin_metrics.clone()
    }

    /// Curves of the run as they were before it went back last; `None` if it did not.
    #[must_use]
    pub fn before_metrics(&self) -> Slot<Option<MetricStore>> {
        self.slots.before_metrics.clone()
    }

    /// The moment that was looked at last, or the newest one of the present that is watched.
    #[must_use]
    pub fn moment(&self) -> Option<Arc<Moment>> {
        self.slots.moment.copy()
    }

    /// The newest answer to [`Command::Expect`] about the current run.
    #[must_use]
    pub fn expectations(&self) -> Option<Arc<Expectations>> {
        self.slots.expectations.copy()
    }
}

/// Why a run is not left as it was for the next start of the program.
#[derive(Debug, thiserror::Error)]
pub enum NotLeft {
    /// The trainer was busy for longer than anybody waits.
    #[error("what was trained last is not kept, as the run was busy; the next start offers what was saved before")]
    Late,
    /// What came last could not be saved.
    #[error("what was trained last is not kept: {0}; the next start offers what was saved before")]
    Unsaved(String),
}

/// Has the run of a trainer left for the next start of the program.
#[derive(Clone, Debug)]
pub struct Leaver {
    commands: Sender<Command>,
    status: Arc<Mutex<Status>>,
}

impl Leaver {
    /// Has the run saved, whatever it is worth, and the trainer end. A trainer that has ended already has left what there was,
    /// and one that prepares a run has nothing.
    ///
    /// # Errors
    /// When that takes longer than `patience`, or the run cannot be saved.
    pub fn leave(&self, patience: Duration) -> Result<(), NotLeft> {
        let (done, is_done) = bounded(1);
        if self.commands.send(Command::Leave(done)).is_err() {
            return Ok(());
        }
        let until = Instant::now() + patience;
        loop {
            match is_done.recv_timeout(LOOK.min(patience)) {
                Ok(left) => return left.map_err(NotLeft::Unsaved),
                // It ended before it came to this order.
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            // A run that is still being prepared has nothing to leave, and data may take long to load.
            if self.status.lock().unwrap_or_else(PoisonError::into_inner).state == RunState::Preparing {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(NotLeft::Late);
            }
        }
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Its owner has a fault, as may have a driver that draws: nobody was asked whether the run may go.
            let _ = self.leave(PATIENCE);
        }
        let _ = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed by the runtime; there is nothing left to save.
            let _ = thread.join();
        }
    }
}
