//! The trainer's thread: commands between chunks of steps, rows and news out.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};

use super::autosaving::{AUTOSAVE_EVERY, Parting, Saving};
use super::backend::BackendChoice;
use super::fault::caught;
use super::handle::{Slots, Waker};
use super::keeping::Keeping;
use super::looking::Looking;
use super::messages::{Command, Event, News, RunState, Watch};
use super::publish::Rate;
use super::rest::Watched;
use super::run::Run;
use super::shelf::{ReplacedBy, Shelf};
use super::twin::Branch;
use crate::data::{DataIdentity, DataSet};
use crate::experiment::Experiment;
use crate::record::{Intervention, NeuronStore, Row, RunWords, Target, remember, remember_configuration};

/// Whoever asked for a run to be left, and what became of it.
pub(super) struct Answer {
    asked: Sender<Result<(), String>>,
    left: Result<(), String>,
}

impl Answer {
    /// To be given once no order is taken any more: whoever has heard it and asks again is answered at once.
    pub(super) fn give(self) {
        // Whoever asked may have given up waiting.
        let _ = self.asked.send(self.left);
    }
}

/// Runs until [`Command::Stop`], until the handle is dropped, or until the run is to be left, which is for the caller to answer.
pub(super) fn run(
    experiment: Experiment,
    threads: usize,
    inbox: &Receiver<Command>,
    outbox: &Sender<News>,
    slots: &Slots,
    waker: &Waker,
) -> Option<Answer> {
    let mut worker = Worker {
        threads,
        inbox,
        pending: VecDeque::new(),
        scheduled: VecDeque::new(),
        outbox,
        slots,
        waker,
        run: None,
        experiment: experiment.clone(),
        state: RunState::Preparing,
        goal: Goal::Endless,
        run_id: 0,
        chunk: 1,
        rate: Rate::new(),
        limit: None,
        rows: Vec::new(),
        looking_at: None,
        watch: Watch::default(),
        looking: Looking::default(),
        keeping: Keeping::new(),
        rest: Watched::default(),
        seconds: 0.0,
        backend: BackendChoice::default(),
        saving: Saving::default(),
        wants_saving: false,
        saves_every: AUTOSAVE_EVERY,
        words: RunWords::default(),
        shelf: Shelf::default(),
        replacing: ReplacedBy::Restored,
        passes: false,
        is_passing: false,
    };
    if let Err(words) = caught(|| worker.start(experiment)) {
        worker.break_down(words);
    }
    loop {
        let command = if let Some(command) = worker.pending.pop_front() {
            Some(command)
        } else if worker.state == RunState::Running {
            match inbox.try_recv() {
                Ok(command) => Some(command),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => {
                    worker.leave_by_choice();
                    return None;
                }
            }
        } else {
            let heard = match worker.saves_within() {
                Some(time) => inbox.recv_timeout(time),
                None => inbox.recv().map_err(RecvTimeoutError::from),
            };
            match heard {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => {
                    worker.leave_by_choice();
                    return None;
                }
            }
        };
        match command {
            Some(Command::Stop) => {
                worker.leave_by_choice();
                return None;
            }
            Some(Command::Leave(asked)) => {
                let left = caught(|| worker.leave(Parting::Forced)).unwrap_or_else(Err);
                return Some(Answer { asked, left });
            }
            _ => {}
        }
        let done = caught(|| match command {
            Some(command) => worker.obey(command),
            None if worker.state == RunState::Running => worker.train(),
            None => worker.autosave_at_rest(),
        });
        if let Err(words) = done {
            worker.break_down(words);
        }
    }
}

/// Where training pauses by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// After that many steps in all.
    Step(u64),
    /// Never.
    Endless,
    /// Once every layer is at rest.
    Rest,
}

pub(super) struct Worker<'a> {
    pub(super) threads: usize,
    pub(super) inbox: &'a Receiver<Command>,
    /// Commands that came while something took its time.
    pub(super) pending: VecDeque<Command>,
    /// Recorded changes that are still to be made.
    pub(super) scheduled: VecDeque<Intervention>,
    pub(super) outbox: &'a Sender<News>,
    pub(super) slots: &'a Slots,
    pub(super) waker: &'a Waker,
    pub(super) run: Option<Run>,
    /// Settings that the next run starts with.
    pub(super) experiment: Experiment,
    pub(super) state: RunState,
    pub(super) goal: Goal,
    pub(super) run_id: u64,
    /// Steps that take about 12 ms.
    pub(super) chunk: u64,
    pub(super) rate: Rate,
    pub(super) limit: Option<f64>,
    pub(super) rows: Vec<(Branch, Row)>,
    pub(super) looking_at: Option<u64>,
    pub(super) watch: Watch,
    pub(super) looking: Looking,
    pub(super) keeping: Keeping,
    pub(super) rest: Watched,
    /// Seconds of training, for the summary.
    pub(super) seconds: f64,
    /// What was asked to train this run and every later one.
    pub(super) backend: BackendChoice,
    pub(super) saving: Saving,
    /// Whether anybody has asked for runs to be saved on their way.
    pub(super) wants_saving: bool,
    /// Between two saves.
    pub(super) saves_every: Duration,
    pub(super) shelf: Shelf,
    /// What is about to take the place of the run.
    pub(super) replacing: ReplacedBy,
    /// What was said of the present run.
    pub(super) words: RunWords,
    /// Whether runs that begin are of passing worth, as those of a tour.
    passes: bool,
    /// Whether the present run is.
    pub(super) is_passing: bool,
}

impl Worker<'_> {
    pub(super) fn send(&self, event: Event) {
        // A window that reads nothing for a thousand events misses some; the newest state is in the slots all the same.
        let step = self.run.as_ref().map_or(0, Run::step);
        let _ = self.outbox.try_send(News { step, event });
        // While training, the next steps wake the window anyway: one frame then shows the news and what came of it.
        if self.state != RunState::Running {
            (self.waker)();
        }
    }

    fn start(&mut self, experiment: Experiment) {
        self.experiment = experiment.clone();
        self.state = RunState::Preparing;
        // Loading CIFAR-10 again would take seconds, and the memory of two for a moment.
        let known = self.known_on_shelf(&experiment);
        self.shelve();
        if known.is_none() {
            self.publish();
        }
        match Run::live(experiment, self.threads, known) {
            Ok(run) => self.begin(run),
            Err(error) => {
                self.forget_run();
                self.show_nothing_of(Arc::default(), &[]);
                self.slots.neurons.put(NeuronStore::new(&[], 0, 1));
                self.state = RunState::Failed;
                self.publish();
                self.send(Event::Failed(error.to_string()));
            }
        }
    }

    /// Forgets what belonged to the run before.
    pub(super) fn forget_run(&mut self) {
        self.is_passing = self.passes;
        self.run_id += 1;
        self.chunk = 1;
        self.rate = Rate::new();
        self.goal = Goal::Endless;
        self.rest.begin();
        self.seconds = 0.0;
        self.looking_at = None;
        self.looking = Looking::default();
        self.scheduled.clear();
        self.saving.begin_anew();
        self.words = RunWords::default();
    }

    /// Puts a run in the place of the one before, paused.
    pub(super) fn begin(&mut self, mut run: Run) {
        self.shelve();
        self.forget_run();
        remember_configuration(run.experiment());
        let notice = run.data().first().and_then(|d| d.notice.clone());
        self.keep_from_start(&mut run);
        self.run = Some(run);
        self.watch(0);
        self.state = RunState::Paused;
        self.publish();
        self.send(Event::Started { run_id: self.run_id });
        self.show_present();
        if self.backend != BackendChoice::Cpu {
            self.use_backend(self.backend);
        }
        if let Some(notice) = notice {
            self.send(Event::Notice(notice));
        }
    }

    /// Says what became of a run that a fault of this program has ended, and what is left of it.
    pub(super) fn break_down(&mut self, words: String) {
        remember("the run", || format!("a fault has stopped it: {words}"));
        self.pending.clear();
        self.scheduled.clear();
        self.looking.forget();
        self.state = RunState::Failed;
        let left = match &mut self.run {
            Some(run) => {
                run.break_down(words.clone());
                format!(
                    "What was recorded up to step {} is kept: Save session writes it, Reset starts again.",
                    run.step()
                )
            }
            None => "Reset tries again, or choose another experiment.".to_owned(),
        };
        self.publish();
        self.send(Event::Failed(format!("a fault of this program has stopped the run: {words}. {left}")));
    }

    /// Whether a run that a fault has ended can do as it is told: it can be saved, and followed by another.
    fn can_obey(&self, command: &Command) -> bool {
        self.run.as_ref().is_none_or(|run| run.fault().is_none())
            || matches!(
                command,
                Command::Reset
                    | Command::NewSeed(_)
                    | Command::Load(_)
                    | Command::TakeUp(_)
                    | Command::Replay { .. }
                    | Command::Open { .. }
                    | Command::Restore(_)
                    | Command::Discard(_)
                    | Command::Pin { .. }
                    | Command::Annotate { .. }
                    | Command::ShelveLeft(_)
                    | Command::BoundShelf(_)
                    | Command::Passing(_)
                    | Command::SaveSession(_)
                    | Command::ReadRows(_)
                    | Command::LimitRate(_)
            )
    }

    pub(super) fn obey(&mut self, command: Command) {
        command.remember();
        if !self.can_obey(&command) {
            self.refuse(command);
            return;
        }
        if command.changes_run() {
            self.saving.fall_behind();
        }
        match command {
            Command::RunUntilConverged => self.rest_again(),
            Command::Run => self.set_off(Goal::Endless),
            Command::Pause => {
                self.looking.has_paused = false;
                if self.state == RunState::Running {
                    self.state = RunState::Paused;
                    self.publish();
                    self.show_present();
                }
            }
            Command::Step(steps) => {
                let from = match self.goal {
                    // Steps asked for while others are under way come on top of them.
                    Goal::Step(goal) if self.state == RunState::Running => goal,
                    _ => self.run.as_ref().map_or(0, Run::step),
                };
                self.set_off(Goal::Step(from.saturating_add(steps)));
            }
            Command::RunUntil(step) => {
                if self.run.as_ref().is_some_and(|run| run.step() < step) {
                    self.set_off(Goal::Step(step));
                }
            }
            Command::Reset => {
                self.replacing = ReplacedBy::Reset;
                let experiment = self.current();
                self.restart(experiment);
            }
            Command::NewSeed(seed) => {
                let mut experiment = self.current();
                experiment.training.seed = seed;
                self.replacing = ReplacedBy::NewSeed;
                self.restart(experiment);
            }
            Command::Load(experiment) => {
                self.replacing = ReplacedBy::Another(experiment.name.clone());
                self.restart(*experiment);
            }
            Command::Replay { experiment, interventions } => {
                self.replacing = ReplacedBy::Another(experiment.name.clone());
                self.restart(*experiment);
                // What trained is recorded and not repeated: this machine may have another processor.
                self.scheduled = interventions.into_iter().filter(|one| !one.is_of_backend()).collect();
            }
            Command::Set { field, value, target } => self.set(&field, value, target),
            Command::Snapshot => {
                if let Some(run) = &mut self.run {
                    let all = run.seeds().len();
                    let snapshot = Arc::new(run.snapshot(all));
                    self.send(Event::Snapshot(snapshot));
                }
            }
            Command::WatchNeurons(replica) => self.watch(replica),
            Command::SaveSession(path) => self.save_session(&path),
            Command::SaveSnapshot(path) => self.save_snapshot(&path),
            Command::Look(step) => self.look(step),
            Command::Walk(walk) => self.walk(walk),
            Command::ReadRows(to) => self.read_rows(&to),
            Command::Watch(watch) => self.set_watch(watch),
            Command::Expect { seed_index, batches } => self.expect(seed_index, batches),
            Command::Fork { changes } => self.fork(&changes),
            Command::EndTwin { keep } => self.end_twin(keep),
            Command::ForkFrom(step) => self.go_back(step),
            Command::UseBackend(choice) => self.use_backend(choice),
            Command::LimitRate(limit) => {
                self.limit = limit.filter(|l| l.is_finite() && *l > 0.0);
                self.publish();
            }
            Command::Autosave(every) => {
                self.saves_every = every;
                self.begin_autosave();
            }
            Command::TakeUp(left) => {
                self.replacing = ReplacedBy::Another("the run that was left".into());
                self.take_up(&left);
            }
            Command::Restore(run_id) => self.restore(run_id),
            Command::Discard(run_id) => self.discard(run_id),
            Command::Pin { run_id, is_kept } => self.pin(run_id, is_kept),
            Command::Annotate { run_id, words } => self.annotate(run_id, words),
            Command::ShelveLeft(left) => self.shelve_left(&left),
            Command::BoundShelf(bytes) => self.bound_shelf(bytes),
            Command::Passing(passes) => self.passes = passes,
            Command::Open { folder, experiment, interventions } => {
                self.replacing = ReplacedBy::Another(experiment.name.clone());
                self.open_at_end(&folder, *experiment, interventions);
            }
            // Handled by the loop.
            Command::Stop | Command::Leave(_) => {}
        }
    }

    /// Answers an order about a run that a fault has ended.
    fn refuse(&self, command: Command) {
        let words = "the run has ended by a fault of this program: save the session, or start again with Reset";
        match command {
            Command::Set { field, .. } => self.send(Event::Refused { field, message: words.into() }),
            // What panes ask for by themselves has no answer.
            Command::Watch(_) | Command::Expect { .. } | Command::WatchNeurons(_) | Command::Pause => {}
            _ => self.send(Event::Notice(words.into())),
        }
    }

    fn current(&self) -> Experiment {
        self.run.as_ref().map_or_else(|| self.experiment.clone(), |run| run.experiment().clone())
    }

    /// A new run that goes on if the old one was going.
    fn restart(&mut self, experiment: Experiment) {
        let was_running = self.state == RunState::Running;
        self.start(experiment);
        if was_running {
            self.set_off(Goal::Endless);
        }
    }

    pub(super) fn set_off(&mut self, goal: Goal) {
        if self.run.as_ref().is_some_and(Run::is_alive) {
            self.goal = goal;
            self.state = RunState::Running;
            // To train is to go back to the present.
            self.looking_at = None;
            self.looking.has_paused = false;
            self.rate = Rate::new();
            self.publish();
        }
    }

    /// Trains until every layer, watched from here on, is at rest.
    fn rest_again(&mut self) {
        self.rest.begin();
        self.set_off(Goal::Rest);
    }

    pub(super) fn set(&mut self, field: &str, value: toml::Value, target: Option<Target>) {
        self.keep_before_change();
        let Some(run) = &mut self.run else { return };
        let columns = [Branch::A, Branch::B].map(|branch| Arc::clone(run.columns_of(branch)));
        match run.set(field, value, target) {
            Ok(None) => {}
            Ok(Some(intervention)) => {
                let present = [Branch::A, Branch::B].map(|branch| run.columns_of(branch));
                if columns.iter().ne(present) || field == "training.seeds" {
                    self.rebuild_stores();
                }
                self.watch_on();
                self.chunk = 1;
                self.rest.begin();
                self.publish();
                self.send(Event::Intervened(intervention));
                match self.state {
                    RunState::Running => {}
                    // Nobody paused it: what the new value does is to be seen, until it rests again.
                    RunState::AtRest => self.rest_again(),
                    _ => self.show_present(),
                }
            }
            Err(error) => {
                self.publish();
                self.send(Event::Refused { field: field.into(), message: error.to_string() });
            }
        }
    }

    /// Follows the neurons of one replica, if they are measured; a store that fits is kept.
    pub(super) fn watch(&mut self, replica: usize) {
        let Some(run) = &mut self.run else { return };
        let replica = replica.min(run.seeds().len() - 1);
        run.watch_neurons(run.experiment().measure.neurons.then_some(replica));
        self.slots.neurons.put(run.neuron_store());
    }

    /// Makes a new store where a change of the settings has changed what is watched.
    pub(super) fn watch_on(&mut self) {
        let Some(run) = &self.run else { return };
        let (wanted, fits) = {
            let store = self.slots.neurons.lock();
            let place = run.seeds().iter().position(|&seed| seed == store.seed());
            let measured = run.experiment().measure.neurons;
            let same = store.layers() == run.watched_layers() && store.window() == run.experiment().measure.window;
            (place.unwrap_or(0), place.is_some() && same && measured != store.layers().is_empty())
        };
        if !fits {
            self.watch(wanted);
        }
    }
}

/// The data of each seed of an experiment, where an earlier run has them all.
pub(super) fn known_data(old: &Run, experiment: &Experiment) -> Option<Vec<Arc<DataSet>>> {
    let before = old.experiment();
    let known: HashMap<_, _> =
        old.seeds().iter().zip(old.data()).map(|(&seed, data)| (DataIdentity::of(before, seed), data)).collect();
    let data = experiment.seeds().into_iter().map(|seed| known.get(&DataIdentity::of(experiment, seed)));
    data.map(|data| data.filter(|data| data.is_taken_by(experiment)).map(|&data| Arc::clone(data))).collect()
}
