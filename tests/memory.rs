//! A long run holds no more memory than a short one.

use std::sync::Arc;

use hebbscope::experiment::{Activation, DataKind, Experiment};
use hebbscope::record::{FinalWindow, MetricStore};
use hebbscope::training::Run;

const SHORT: u64 = 100_000;
const LONG: u64 = 1_000_000;
/// By 100,000 steps every store has its final size, so that nothing should grow at all. 1 MiB allows for pages that the
/// allocator keeps or returns; one number forgotten at every step would be 3.6 MB.
const SLACK: u64 = 1 << 20;

fn experiment() -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.kind = DataKind::LinearRegression;
    experiment.data.train_examples = 64;
    experiment.data.validation_examples = 4;
    experiment.data.input_size = 2;
    experiment.data.output_size = 2;
    experiment.model.hidden = vec![4];
    experiment.model.activation = Activation::Tanh;
    experiment.training.batch_size = 4;
    experiment.training.steps = Some(LONG);
    experiment.training.seeds = 1;
    // An epoch has 16 steps, and validating at the end of each would take longer than training.
    experiment.measure.validate_every = 10_000;
    experiment.noise.weight_sd = 1e-4;
    experiment
}

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("every process has it");
    let kibibytes = line.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok());
    kibibytes.expect("VmRSS is a number of kB") * 1024
}

#[test]
#[cfg(target_os = "linux")]
fn a_million_steps_take_no_more_memory_than_a_tenth_of_them() {
    let mut run = Run::new(experiment(), 1).expect("tiny");
    let columns = run.columns().names().len();
    let mut store = MetricStore::new(Arc::clone(run.columns()), run.seeds());
    let mut window = FinalWindow::new(columns, run.seeds(), 100);
    let mut rows = 0_u64;
    let mut short = 0;
    while run.step() < LONG {
        run.advance(64, false, |row| {
            rows += 1;
            store.push(&row);
            window.push(&row);
        });
        if short == 0 && run.step() >= SHORT {
            short = resident();
        }
    }
    let long = resident();
    assert_eq!(rows, LONG, "every step was measured");
    assert!(run.diverged().is_empty());
    assert!(window.mean(0, 0).is_some(), "the window was fed");
    assert!(long < short + SLACK, "{short} bytes after {SHORT} steps, {long} after {LONG}");
    assert!(store.bytes() <= MetricStore::max_bytes(columns, 1), "{} bytes of curves", store.bytes());
    // Half of the bound at least: the store was full, so that the bound was put to the test.
    assert!(store.bytes() * 2 > MetricStore::max_bytes(columns, 1), "{} bytes of curves", store.bytes());
}
