//! The trainer: from an experiment to a run, on its own thread or on the caller's.

mod error;
mod handle;
mod hyper;
mod inputs;
mod look;
mod memory;
mod messages;
mod neurons;
mod rows;
mod run;
mod settings;
mod worker;

pub use error::TrainError;
pub use handle::{Trainer, Waker};
pub use hyper::fill_hyper;
pub use inputs::Generator;
pub use messages::{Command, Event, RunState, SharedMetrics, SharedNeurons, Status};
pub use run::{DivergedSeed, Run};
pub use settings::rehearse;
pub use worker::describe_backend;
