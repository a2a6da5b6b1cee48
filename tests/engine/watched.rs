//! A trainer that a test drives and watches, with a network that takes microseconds a step.

use std::time::{Duration, Instant};

use hebbscope::experiment::{Experiment, RuleKind};
use hebbscope::record::{MetricStore, Row};
use hebbscope::training::{Command, Event, Run, RunState, Status, Trainer};

/// Far longer than anything here takes, even on a machine that does something else; only a failing test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Two seeds of one hidden layer, for 50 steps.
pub fn tiny() -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.train_examples = 120;
    experiment.data.validation_examples = 20;
    experiment.data.input_size = 8;
    experiment.data.output_size = 4;
    experiment.model.hidden = vec![6];
    experiment.training.batch_size = 10;
    experiment.training.steps = Some(50);
    experiment.training.seeds = 2;
    experiment.noise.weight_sd = 1e-3;
    experiment.measure.window = 10;
    experiment
}

/// One seed of widths that are no multiple of a vector or a tile, for 40 steps; an epoch ends on the way.
pub fn odd(rule: RuleKind) -> Experiment {
    let mut experiment = Experiment::default();
    experiment.data.train_examples = 203;
    experiment.data.validation_examples = 37;
    experiment.data.input_size = 13;
    experiment.data.output_size = 9;
    experiment.model.hidden = vec![19, 11];
    experiment.rule.kind = rule;
    experiment.training.batch_size = 10;
    experiment.training.steps = Some(40);
    experiment.training.seeds = 1;
    experiment.measure.window = 8;
    experiment
}

pub fn spawn(experiment: Experiment) -> Trainer {
    Trainer::spawn(experiment, 1, Box::new(|| {})).expect("a thread")
}

/// Waits for the first event that `wanted` maps to something; others are passed over.
pub fn wait_for<T>(trainer: &Trainer, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        let event = trainer.events().recv_deadline(until).expect("the event comes").event;
        if let Some(found) = wanted(event) {
            return found;
        }
    }
}

pub fn wait_until(trainer: &Trainer, wanted: impl Fn(&Status) -> bool) -> Status {
    let until = Instant::now() + PATIENCE;
    loop {
        let status = trainer.status();
        if wanted(&status) {
            return status;
        }
        assert!(Instant::now() < until, "still {:?} at step {}", status.state, status.step);
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Trains to a step and stops there.
pub fn run_to(trainer: &Trainer, step: u64) -> Status {
    trainer.send(Command::RunUntil(step));
    wait_until(trainer, |status| status.step == step && status.state != RunState::Running)
}

pub fn set(trainer: &Trainer, field: &str, value: impl Into<toml::Value>) {
    trainer.send(Command::Set { field: field.into(), value: value.into(), target: None });
}

/// Every value of the store at full rate, as text that tells all bits apart.
pub fn curves(store: &MetricStore) -> Vec<String> {
    let seeds = 0..store.seeds().len();
    let columns = 0..store.columns().names().len();
    seeds
        .flat_map(|seed| columns.clone().map(move |column| (seed, column)))
        .map(|(seed, column)| format!("{:?}", store.envelope(column, seed, 0, u64::MAX, 4096)))
        .collect()
}

pub fn store_of(trainer: &Trainer) -> Vec<String> {
    curves(&trainer.metrics().lock())
}

/// A run without a trainer, `stride` steps at a time to its end, and its rows.
pub fn train(experiment: &Experiment, stride: u64) -> (Run, Vec<Row>) {
    let mut run = Run::new(experiment.clone(), 1).expect("a small, valid experiment");
    let mut rows = Vec::new();
    while run.step() < run.total_steps() {
        run.advance(stride, false, |row| rows.push(row));
    }
    assert!(run.diverged().is_empty(), "the experiment is tame");
    (run, rows)
}
