//! What goes to the trainer and what comes from it.

use std::sync::Arc;

use crate::experiment::Experiment;
use crate::record::{Columns, Intervention, MetricStore, NeuronStore, Snapshot, Target};

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
    /// Change one field, as `--set` would; refused where a field needs a new run.
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
    /// Write the configuration and the interventions to a new folder, from which a headless run repeats this one.
    Save(std::path::PathBuf),
    /// Follow the neurons of another seed, by its place among the seeds; what is held of the present one is dropped.
    WatchNeurons(usize),
    /// Slow motion: at most that many steps a second; `None` for full speed.
    LimitRate(Option<f64>),
    /// End the trainer.
    Stop,
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
    /// The configured number of steps has been run; more can follow.
    Finished,
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
    /// Steps that the experiment asks for.
    pub total_steps: u64,
    /// Steps a second of wall-clock time over about the last second, each seed counting for itself.
    pub replica_steps_per_second: f64,
    /// The experiment with the present settings.
    pub experiment: Arc<Experiment>,
    /// Executor and processor in words.
    pub backend: String,
    /// Where the examples come from, with what the reader must know ('synthetic images stand in ...').
    pub data_source: String,
    /// Columns of the metrics.
    pub columns: Arc<Columns>,
    /// Seeds that train, in the order of the replicas.
    pub seeds: Vec<u64>,
    /// Counts runs: changes whenever the curves start anew.
    pub run_id: u64,
}

/// News from the trainer; few and small.
#[derive(Clone, Debug)]
pub enum Event {
    /// A new run began; curves start anew.
    Started {
        /// The run's number.
        run_id: u64,
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
    /// The matrices that were asked for.
    Snapshot(Arc<Snapshot>),
    /// Configuration and interventions lie in this folder.
    Saved(std::path::PathBuf),
    /// The configured number of steps has been run.
    Finished {
        /// Steps run.
        step: u64,
    },
    /// Something that the user should know.
    Notice(String),
    /// The run could not be started or go on.
    Failed(String),
}

/// Curves of the current run, shared with whoever draws them.
pub type SharedMetrics = Arc<std::sync::Mutex<MetricStore>>;

/// Cosines of single neurons of one seed of the current run, shared with whoever draws them.
pub type SharedNeurons = Arc<std::sync::Mutex<NeuronStore>>;
