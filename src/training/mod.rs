//! The trainer: from an experiment to a run, on its own thread or on the caller's.

mod autosaving;
mod backend;
mod branches;
mod checkpoint;
mod chunks;
mod collapse;
mod course;
mod divergence;
mod ensemble;
mod error;
mod expectations;
mod fault;
mod free_memory;
mod handle;
mod history;
mod hyper;
mod inputs;
mod keeping;
mod look;
mod looking;
mod member;
mod memory;
mod messages;
mod neurons;
mod parameters;
mod publish;
mod remembered;
mod replay;
mod rest;
mod returning;
mod rows;
mod rows_out;
mod run;
mod session;
mod settings;
mod shelf;
mod stationarity;
mod stored;
mod twin;
mod walk;
mod worker;

/// Version of what a run computes. It is another one whenever a configuration comes to other numbers than before.
pub const COMPUTATION: u32 = 2;

pub use crate::record::RunWords;
pub use autosaving::left_runs;
pub use backend::{BackendChoice, has_graphics_processor};
pub use checkpoint::Checkpoint;
pub use collapse::CollapseNews;
pub use course::Course;
pub use divergence::DivergedSeed;
pub use ensemble::{Ensemble, Member, MemberResult};
pub use error::TrainError;
pub use expectations::{Expectations, LayerExpectations};
pub use fault::caught;
pub use handle::{Leaver, NotLeft, Trainer, Waker};
pub use history::{HISTORY_BYTES, History};
pub use hyper::fill_hyper;
pub use inputs::Generator;
pub use look::Moment;
pub use messages::{
    Command, Event, News, OptionalMetrics, RunState, SharedMetrics, SharedNeurons, Status, TwinStatus, Watch,
};
pub use publish::describe_backend;
pub use replay::{Deviation, Replay, Replayed, replay};
pub use rest::LayerRest;
pub use rows_out::{RunRows, TwinRows};
pub use run::Run;
pub use session::{Outcome, summarize, write_outcome};
pub use settings::{measured_columns, rehearse, rehearse_live, settings_at};
pub use shelf::{ReplacedBy, SHELF_BYTES, SHELF_DISK, SHELF_RUNS, ShelvedRun};
pub use stationarity::{Stationarity, Tolerances, WINDOWS};
pub use stored::{FoundRun, StoredRun};
pub use twin::{Branch, Twin};
pub use walk::Walk;
