//! The trainer: from an experiment to a run, on its own thread or on the caller's.

mod checkpoint;
mod course;
mod divergence;
mod error;
mod handle;
mod hyper;
mod inputs;
mod look;
mod memory;
mod messages;
mod rows;
mod run;
mod settings;
mod twin;
mod worker;

pub use checkpoint::Checkpoint;
pub use course::Course;
pub use divergence::DivergedSeed;
pub use error::TrainError;
pub use handle::{Trainer, Waker};
pub use hyper::fill_hyper;
pub use inputs::Generator;
pub use look::Moment;
pub use messages::{Command, Event, RunState, SharedMetrics, Status};
pub use run::Run;
pub use settings::rehearse;
pub use twin::{Branch, Twin};
pub use worker::describe_backend;
