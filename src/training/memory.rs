//! Whether a run fits into memory, asked before its data are made.

use super::error::TrainError;
use super::free_memory::free;
use super::rows;
use crate::backend::cpu::{Replica, working_bytes};
use crate::backend::gpu::GpuError;
use crate::experiment::{DataKind, Experiment};
use crate::program::{Program, Role};
use crate::record::{AlignmentCurves, FinalWindow, MetricStore};

pub(super) const GIBIBYTE: f64 = 1024.0 * 1024.0 * 1024.0;

/// Steps whose measurements wait with a replica until they are fetched: those of a headless run, and the most of the
/// window's trainer.
const WAITING: [f64; 2] = [64.0, 4096.0];

/// Operations in the 12 ms of training after which the window's trainer fetches measurements, at most: no core does more.
const OPERATIONS: f64 = 12e-3 * 2e11;

/// What is kept of the rows of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// What a run folder needs: its last rows, and its figure.
    Outcome,
    /// Curves of every column: those of the present and those from before the last change of the past.
    Curves,
}

/// Bytes that a run holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Demand {
    /// Training and validation examples, and their orders.
    pub(super) examples: f64,
    /// Buffers of the networks, and what they have measured.
    pub(super) networks: f64,
    /// What is kept of their rows.
    pub(super) rows: f64,
}

impl Demand {
    pub(super) fn of(experiment: &Experiment, program: &Program, kept: Kept) -> Self {
        let seeds = experiment.training.seeds;
        let waiting = match kept {
            Kept::Outcome => WAITING[0],
            Kept::Curves => (OPERATIONS / program.flops_per_step.max(1) as f64).clamp(WAITING[0], WAITING[1]),
        };
        // A list that grows has room for up to twice its length.
        let waiting = 2.0 * waiting.min(steps(experiment, kept) as f64);
        let recorded = waiting * ((program.metrics.count + 2) * size_of::<f64>()) as f64;
        // A thread works on one network at a time. A look at a step does so too, beside a copy of what the step may change
        // and the matrices that are shown or written.
        let threads = crate::cores::available().min(seeds) as f64;
        let working = working_bytes::<f32>(program) as f64;
        let changes = program.buffers.iter().filter(|buffer| {
            buffer.role == Role::Parameter || (buffer.role == Role::State && buffer.name.starts_with("adam"))
        });
        let changes: usize = changes.map(|buffer| buffer.rows * buffer.columns).sum();
        let largest = program.layers.iter().map(|map| map.weights.len()).max().unwrap_or(0);
        let matrices = match kept {
            Kept::Outcome => largest,
            // All of a step, for Matrices.
            Kept::Curves => 4 * program.layers.iter().map(|map| map.weights.len()).sum::<usize>(),
        };
        let look = (size_of::<f32>() * (changes + matrices)) as f64;
        // What a checkpoint is written from, while training goes on.
        let lasting = program.buffers.iter().filter(|buffer| matches!(buffer.role, Role::Parameter | Role::State));
        let copy = lasting.map(|buffer| (buffer.rows * buffer.columns * size_of::<f32>()) as f64).sum::<f64>();
        let each = Replica::<f32>::bytes(program) as f64 + recorded + copy;
        let networks = seeds as f64 * each + threads * working + look;
        Self { examples: examples(experiment, program), networks, rows: rows_bytes(experiment, program, kept) }
    }

    pub(super) fn total(self) -> f64 {
        self.examples + self.networks + self.rows
    }
}

/// Refuses a run that would hold more than the system says is free, beside its examples where these are there already.
/// Where the system says nothing, nothing is refused.
pub(super) fn check(
    experiment: &Experiment,
    program: &Program,
    kept: Kept,
    has_examples: bool,
) -> Result<(), TrainError> {
    let mut demand = Demand::of(experiment, program, kept);
    if has_examples {
        demand.examples = orders(experiment, program);
    }
    fits("the run", experiment, demand)
}

/// As [`check`], for a twin beside the run, whose examples it shares.
pub(super) fn check_twin(experiment: &Experiment, program: &Program) -> Result<(), TrainError> {
    let demand = Demand::of(experiment, program, Kept::Curves);
    fits("its twin", experiment, Demand { examples: orders(experiment, program), ..demand })
}

fn fits(what: &'static str, experiment: &Experiment, demand: Demand) -> Result<(), TrainError> {
    let Some(free) = free().filter(|free| demand.total() > free.bytes) else { return Ok(()) };
    Err(TrainError::TooManySeeds {
        what,
        seeds: experiment.training.seeds,
        examples: experiment.data.train_examples,
        needed: demand.total() / GIBIBYTE,
        networks: demand.networks / GIBIBYTE,
        data: demand.examples / GIBIBYTE,
        rows: demand.rows / GIBIBYTE,
        free: free.bytes / GIBIBYTE,
        bound: free.bound,
    })
}

/// Orders of examples.
fn orders(experiment: &Experiment, program: &Program) -> f64 {
    let indices = experiment.data.train_examples + program.batch_size.max(program.evaluation_batch.0.rows);
    experiment.training.seeds as f64 * 4.0 * indices as f64
}

fn examples(experiment: &Experiment, program: &Program) -> f64 {
    let (data, seeds) = (&experiment.data, experiment.training.seeds as f64);
    let count = (data.train_examples + data.validation_examples) as f64;
    let [inputs, outputs] = [experiment.input_width(), experiment.output_width()].map(|width| width as f64);
    let sets = match data.kind {
        // A set of f32 for each seed, and a copy of its larger half while a thread makes it.
        DataKind::TeacherStudent | DataKind::LinearRegression => {
            let threads = crate::cores::available().min(experiment.training.seeds) as f64;
            count * 4.0 * (seeds * (inputs + outputs) + threads * inputs.max(outputs))
        }
        DataKind::Tokens => count * 4.0 * seeds * (inputs + outputs),
        // Of f32, which all seeds share; a class is a byte.
        DataKind::File if experiment.is_classification() => count * (4.0 * inputs + 1.0),
        DataKind::File => count * 4.0 * (inputs + outputs),
        // Bytes, and a label each; all seeds share them.
        DataKind::Digits | DataKind::Cifar10 | DataKind::SyntheticImages => count * (inputs + 1.0),
    };
    sets + orders(experiment, program)
}

/// Steps of a run at most; in the window it goes on until somebody ends it.
fn steps(experiment: &Experiment, kept: Kept) -> u64 {
    match kept {
        Kept::Outcome => experiment.total_steps(),
        Kept::Curves => u64::MAX,
    }
}

fn rows_bytes(experiment: &Experiment, program: &Program, kept: Kept) -> f64 {
    let columns = rows::columns(program, true);
    let (names, seeds) = (columns.names().len(), experiment.training.seeds);
    let window = experiment.measure.window.min(steps(experiment, kept));
    let window = usize::try_from(window).unwrap_or(usize::MAX);
    // While a run folder is written both are there, with a window and without one.
    let figure = AlignmentCurves::max_bytes(&columns, seeds);
    let outcome = FinalWindow::max_bytes(names, seeds, window).saturating_add(figure);
    let curves = match kept {
        Kept::Outcome => 0,
        Kept::Curves => 2 * MetricStore::max_bytes(names, seeds),
    };
    outcome as f64 + curves as f64
}

/// Refuses a device where the host has no room for a copy of each replica's parameters and memories, which is what the
/// run goes on from when the device is lost.
pub(super) fn check_copies(program: &Program, replicas: usize) -> Result<(), GpuError> {
    let lasting = program.buffers.iter().filter(|buffer| matches!(buffer.role, Role::Parameter | Role::State));
    let elements: usize = lasting.map(|buffer| buffer.rows * buffer.columns).sum();
    let one = elements * size_of::<f32>() + program.metrics.count * size_of::<f64>();
    let needed = replicas as f64 * one as f64;
    match free().filter(|free| needed > free.bytes) {
        None => Ok(()),
        Some(free) => Err(GpuError::HostMemory {
            needed: (needed / 1e6).ceil() as u64,
            free: (free.bytes / 1e6) as u64,
            bound: free.bound,
        }),
    }
}
