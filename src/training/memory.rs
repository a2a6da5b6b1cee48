//! Whether a run fits into memory, asked before its data are made.

use super::error::TrainError;
use crate::experiment::{DataKind, Experiment};
use crate::program::Program;

const GIBIBYTE: f64 = 1024.0 * 1024.0 * 1024.0;

/// Refuses a run whose buffers and examples exceed what the system says is free. Where it says nothing, nothing is
/// refused.
pub(super) fn check(experiment: &Experiment, program: &Program) -> Result<(), TrainError> {
    let Some(free) = available() else { return Ok(()) };
    let (data, seeds) = (&experiment.data, experiment.training.seeds as f64);
    let examples = (data.train_examples + data.validation_examples) as f64;
    // Regressions have f32 numbers and a set for each seed; images have bytes at least, and all seeds share them.
    let examples = match data.kind {
        DataKind::TeacherStudent | DataKind::LinearRegression => {
            seeds * examples * 4.0 * (data.input_size + data.output_size) as f64
        }
        DataKind::Digits | DataKind::Cifar10 | DataKind::SyntheticImages => examples * experiment.input_width() as f64,
    };
    let needed = seeds * program.elements() as f64 * 4.0 + examples;
    if needed <= free {
        return Ok(());
    }
    Err(TrainError::TooManySeeds {
        seeds: experiment.training.seeds,
        examples: data.train_examples,
        gibibytes: needed / GIBIBYTE,
        free: free / GIBIBYTE,
    })
}

/// Bytes that can be had without swapping.
fn available() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * 1024.0)
}
