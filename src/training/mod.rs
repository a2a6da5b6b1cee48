//! The trainer: from an experiment to a run, on its own thread or on the caller's.

mod hyper;

pub use hyper::fill_hyper;
