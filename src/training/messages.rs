//! What goes to the trainer and what comes from it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::backend::BackendChoice;
use super::rest::LayerRest;
use super::rows_out::RunRows;
use super::shelf::{ReplacedBy, ShelvedRun};
use super::twin::Branch;
use super::walk::Walk;
use crate::experiment::Experiment;
use crate::record::{Collapse, Columns, Intervention, LeftBehind, RunWords, Snapshot, Target};

/// Orders to the trainer; each takes effect at a step boundary.
#[derive(Clone, Debug)]
pub enum Command {
    /// Train until the configured number of steps, or on from there without end.
    Run,
    /// Stop at the next step boundary.
    Pause,
    /// Train that many steps, then pause.
    Step(u64),
    /// Train until that many steps have been run, then pause.
    RunUntil(u64),
    /// Start a new run with the same initial weights, data and noise, and the present settings.
    Reset,
    /// Start a new run whose first seed is this one.
    NewSeed(u64),
    /// Start a new run of another experiment.
    Load(Box<Experiment>),
    /// Start a new run of an experiment with changes that were recorded, each made before the update of its step.
    Replay {
        /// What to train.
        experiment: Box<Experiment>,
        /// Changes, by rising step.
        interventions: Vec<Intervention>,
    },
    /// Change one field, as `--set` would, or with a table for `rule` several of that section; refused where a field needs
    /// other data or widths.
    Set {
        /// Dotted path of the field.
        field: String,
        /// New value.
        value: toml::Value,
        /// Part of the run that it touches.
        target: Option<Target>,
    },
    /// Send the matrices of every seed as an [`Event::Snapshot`].
    Snapshot,
    /// Follow the neurons of another seed, by its place among the seeds; what is held of the present one is dropped.
    WatchNeurons(usize),
    /// Write a whole run folder, as a headless run leaves it; a twin goes to its subfolder `twin-b`.
    SaveSession(PathBuf),
    /// Write the matrices that a look back shows, or those of the present of every seed, as an `.npz` file.
    SaveSnapshot(PathBuf),
    /// Train until every layer is at rest, as `training.stop = "stationarity"` judges it, watched from here on, then pause.
    RunUntilConverged,
    /// Pause and show the run as it was at that step, in [`super::Trainer::moment`]; the run itself stays where it is.
    /// `None` goes back to the present, and trains on where a look has paused the run and nobody else has since.
    Look(Option<u64>),
    /// What moments are made of, and whether they are made of the present too.
    Watch(Watch),
    /// Repeat one seed of the run beside the trainer, and hand out its moments at some steps of the past; the run and what is
    /// shown of it stay as they are.
    Walk(Walk),
    /// Hand out the rows at full rate, to be read beside the trainer; nothing changes.
    ReadRows(Sender<Result<RunRows, String>>),
    /// Average learning signal and Hebbian update over batches at the weights that are shown, of the watched twin, into
    /// [`super::Trainer::expectations`].
    Expect {
        /// The seed, by its place; one beyond the last is the last.
        seed_index: usize,
        /// Batches; 0 for one pass over the training set.
        batches: u64,
    },
    /// Copy every replica at the present step as twin B, apply the changes to it and train both side by side; an
    /// existing twin is replaced. Data, widths, batches, length and what is measured are common to both.
    Fork {
        /// Dotted paths and values, or `rule` and a table.
        changes: Vec<(String, toml::Value)>,
    },
    /// Go on with one twin alone.
    EndTwin {
        /// The one that becomes the run.
        keep: Branch,
    },
    /// Go back to that step for good, exactly, and stay paused there: what came after it is dropped.
    ForkFrom(u64),
    /// Slow motion: at most that many steps a second; `None` for full speed.
    LimitRate(Option<f64>),
    /// Train on that executor from the next step on, and so every later run; nothing else changes.
    UseBackend(BackendChoice),
    /// Save the run in the user's cache folder from now on, after so much time in which something came of it, and at the end; the
    /// window asks for [`super::AUTOSAVE_EVERY`].
    Autosave(Duration),
    /// Go on with a run that an earlier process left behind, from the newest of its checkpoints that can be used.
    TakeUp(Arc<LeftBehind>),
    /// Go on with the run of a folder from where it ended, paused there; where the folder does not hold its end, with a new
    /// run of the experiment and the changes on its way.
    Open {
        /// The run's folder, or the file of a sweep's cell, whose steps are not recorded.
        folder: PathBuf,
        /// What its configuration says.
        experiment: Box<Experiment>,
        /// Changes, by rising step.
        interventions: Vec<Intervention>,
    },
    /// Put a run from the shelf in the place of the present one, which goes there.
    Restore(u64),
    /// Give a run on the shelf up.
    Discard(u64),
    /// Keep a run on the shelf however many come after it, or no longer.
    Pin {
        /// Its number while it was live.
        run_id: u64,
        /// Whether it is kept.
        is_kept: bool,
    },
    /// What somebody says of a run, the present one or one on the shelf; it outlives the window with the run. Whether it is kept
    /// is said by [`Self::Pin`].
    Annotate {
        /// Its number while it was live.
        run_id: u64,
        /// Name and note.
        words: RunWords,
    },
    /// Put runs that earlier processes left on the shelf.
    ShelveLeft(Vec<Arc<LeftBehind>>),
    /// Hold at most so many bytes of memory of runs on the shelf, instead of [`super::SHELF_BYTES`].
    BoundShelf(usize),
    /// Whether runs that begin from here on are of passing worth, as those of a tour: they do not go to the shelf.
    Passing(bool),
    /// Leave the run in the user's cache folder for the next start, whatever it is worth, and end the trainer; answered once that
    /// is done, with what could not be saved in words. For ends that nobody has chosen.
    Leave(Sender<Result<(), String>>),
    /// End the trainer.
    Stop,
}

impl Command {
    /// Whether the run may be another afterwards without having taken a step.
    pub(super) fn changes_run(&self) -> bool {
        matches!(
            self,
            Self::Set { .. } | Self::Fork { .. } | Self::EndTwin { .. } | Self::ForkFrom(_) | Self::UseBackend(_)
        )
    }
}

/// What moments are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Watch {
    /// Whether moments of the present are made.
    pub matrices: bool,
    /// The seed, by its place; one beyond the last is the last.
    pub seed_index: usize,
    /// The twin; without twins, the run itself.
    pub branch: Branch,
}

/// What the trainer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RunState {
    /// Loading data and compiling the step program.
    #[default]
    Preparing,
    /// Training.
    Running,
    /// Waiting for a command.
    Paused,
    /// Paused by itself once every layer was at rest; a change of a setting takes the run up again.
    AtRest,
    /// No replica is left: all diverged, or the experiment could not be started.
    Failed,
}

/// The newest state of the run, for whoever looks.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// What the trainer is doing.
    pub state: RunState,
    /// Steps run so far.
    pub step: u64,
    /// Steps that the experiment asks for: a mark on the way, and not an end.
    pub planned_steps: u64,
    /// Steps a second of wall-clock time over about the last second, each seed counting for itself.
    pub replica_steps_per_second: f64,
    /// Seconds of training so far.
    pub seconds: f64,
    /// The experiment with the present settings.
    pub experiment: Arc<Experiment>,
    /// The experiment as the run started: with the interventions it repeats the run.
    pub initial: Arc<Experiment>,
    /// Executor and processor in words.
    pub backend: String,
    /// Whether a graphics processor trains.
    pub is_on_device: bool,
    /// Where the examples come from, with what the reader must know ('synthetic images stand in ...').
    pub data_source: String,
    /// Columns of the metrics.
    pub columns: Arc<Columns>,
    /// Seeds that train, in the order of the replicas.
    pub seeds: Vec<u64>,
    /// Counts runs: changes whenever the curves start anew.
    pub run_id: u64,
    /// The step that is shown instead of the present.
    pub looking_at: Option<u64>,
    /// Whether the steps up to that one are still being repeated, and its matrices are those of another step.
    pub is_repeating: bool,
    /// Steps that a look back reaches at once, rising; others are repeated from the one before.
    pub history: Arc<Vec<u64>>,
    /// Changes made in the run, or in twin A.
    pub interventions: Arc<Vec<Intervention>>,
    /// The twin, if there is one.
    pub twin: Option<TwinStatus>,
    /// Layers that collapsed in the run, or in twin A, on the way.
    pub collapses: Arc<Vec<Collapse>>,
    /// Which measured layers are at rest since the last change of a setting; empty before that can be told.
    pub rest: Arc<Vec<LayerRest>>,
    /// Slow motion: most steps a second.
    pub speed_limit: Option<f64>,
    /// Runs that others have taken the place of, oldest first.
    pub shelf: Arc<Vec<ShelvedRun>>,
}

/// The twin, for whoever looks.
#[derive(Clone, Debug)]
pub struct TwinStatus {
    /// Step before whose update the twins parted.
    pub forked_at: u64,
    /// The copy's present settings.
    pub experiment: Arc<Experiment>,
    /// What was changed at the fork.
    pub changes: Vec<(String, toml::Value)>,
    /// Changes made in the copy: those of the original up to the fork, and its own.
    pub interventions: Arc<Vec<Intervention>>,
}

/// An event, and how far the run had come then: whoever hears of it may be a thousand steps late.
#[derive(Clone, Debug)]
pub struct News {
    /// Steps run.
    pub step: u64,
    /// What happened.
    pub event: Event,
}

/// What the trainer has to say; few and small.
#[derive(Clone, Debug)]
pub enum Event {
    /// A new run began; curves start anew.
    Started {
        /// The run's number.
        run_id: u64,
    },
    /// Another took a run's place, and it is on the shelf.
    Shelved {
        /// The run's number.
        run_id: u64,
        /// What took its place.
        by: ReplacedBy,
    },
    /// A run from the shelf is back.
    Restored {
        /// Its number before.
        was: u64,
        /// Steps run.
        step: u64,
    },
    /// A run that was to come back from the shelf cannot.
    NotRestored {
        /// Why.
        message: String,
    },
    /// A setting changed.
    Intervened(Intervention),
    /// A setting was refused, and nothing changed.
    Refused {
        /// Dotted path of the field.
        field: String,
        /// Why, and what is allowed.
        message: String,
    },
    /// A replica left the run; the others go on.
    Diverged {
        /// Its seed.
        seed: u64,
        /// The step whose value was not finite.
        step: u64,
        /// The value that was not finite.
        field: String,
    },
    /// A replica of twin B left the run; the others go on.
    TwinDiverged {
        /// Its seed.
        seed: u64,
        /// The step whose value was not finite.
        step: u64,
        /// The value that was not finite.
        field: String,
    },
    /// A layer of a seed has lost its direction; the run goes on.
    Collapsed {
        /// Whose.
        branch: Branch,
        /// Seed, layer, step and cause.
        collapse: Collapse,
    },
    /// A layer that had collapsed has grown back.
    Recovered {
        /// Whose.
        branch: Branch,
        /// The collapse that is over.
        collapse: Collapse,
    },
    /// The twins parted here.
    Forked {
        /// Step before whose update they did.
        step: u64,
    },
    /// One twin goes on alone.
    TwinEnded {
        /// Which one.
        kept: Branch,
    },
    /// The run went back; what came after the step is dropped.
    Rewound {
        /// Steps run from now on.
        step: u64,
    },
    /// Every layer is at rest; the run is paused.
    Converged {
        /// Steps run.
        step: u64,
    },
    /// The matrices that were asked for.
    Snapshot(Arc<Snapshot>),
    /// A run was opened at its end.
    Returned {
        /// Its folder.
        folder: PathBuf,
        /// Steps run.
        step: u64,
    },
    /// A run lies in this folder, or a snapshot in this `.npz` file.
    Saved(PathBuf),
    /// A run that an earlier process left goes on.
    TakenUp {
        /// Steps run.
        step: u64,
    },
    /// The steps that the experiment asks for have been run; the run goes on.
    PlanDone {
        /// How many they are.
        step: u64,
    },
    /// What trains from now on, and why, in words.
    Backend(String),
    /// Something that the user should know.
    Notice(String),
    /// The run could not be started or go on.
    Failed(String),
}
