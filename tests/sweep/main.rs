//! Sweeps: grids are checked, cells are pure, folders survive kills, merges want every cell.

mod boundary;
mod categories;
mod cells;
mod faults;
mod folders;
mod kills;
mod large;
mod left;
mod live;
mod schema;
mod slurm;
mod together;
mod undefined;
mod waves;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::unbounded;
use hebbscope::backend::gpu::adapters;
use hebbscope::experiment::{Experiment, from_toml};
use hebbscope::sweep::{Grid, Order, Outcome, Progress, Session};

/// A network of two small layers, whose cells take milliseconds.
const TINY: &str = r#"
name = "tiny"
[data]
train_examples = 320
validation_examples = 64
input_size = 4
output_size = 3
[model]
hidden = [6]
[rule]
learning_rate = 0.1
[training]
batch_size = 32
steps = 120
[measure]
window = 20
[sweep]
x = "noise.weight_sd"
x_from = 0.0
x_to = 0.05
x_points = 5
y = "regularizer.weight_decay"
y_spacing = "log"
y_from = 1e-4
y_to = 0.1
y_points = 4
seeds = 2
record = ["signal", "full", "validation_loss", "norms"]
"#;

/// The tiny grid with lines in place of others.
fn tiny(replacements: &[(&str, &str)]) -> Experiment {
    let text = replacements.iter().fold(TINY.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    from_toml("tiny", &text).expect("allowed")
}

/// Whether there is nothing to train on but the CPU, which it says; an error where a device is required.
fn lacks_device() -> bool {
    if !adapters().is_empty() {
        return false;
    }
    let is_required = std::env::var_os("HEBBSCOPE_REQUIRE_GPU").is_some_and(|value| value == "1");
    assert!(!is_required, "HEBBSCOPE_REQUIRE_GPU is 1, and there is no adapter");
    println!("skipped: no adapter");
    true
}

/// Trains the cells that `is_wanted` is true of; outcomes in the order in which they came.
fn train(grid: &Arc<Grid>, order: Order, threads: usize, is_wanted: impl Fn(usize) -> bool) -> Vec<(usize, Outcome)> {
    let session = Session::new(grid, order, is_wanted, &[], Arc::new(AtomicBool::new(false)));
    let (sink, news) = unbounded();
    session.train(threads, &sink).expect("threads");
    drop(sink);
    let done = news.iter().filter_map(|one| match one {
        Progress::Done { cell, outcome, .. } => Some((cell, outcome)),
        Progress::Failed { words, .. } => panic!("{words}"),
        _ => None,
    });
    done.collect()
}

fn by_cell(mut outcomes: Vec<(usize, Outcome)>) -> Vec<Outcome> {
    outcomes.sort_by_key(|(cell, _)| *cell);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn assert_same(a: &[Outcome], b: &[Outcome]) {
    assert_eq!(a.len(), b.len());
    for (cell, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(a.same_bits(b), "cell {cell}: {a:?} and {b:?}");
    }
}

fn hebbscope(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hebbscope")).args(args).current_dir(folder).output().expect("the binary starts")
}

/// Runs the binary, which must end with that code; what it said on both channels.
fn expect(folder: &Path, args: &[&str], code: i32) -> String {
    let output = hebbscope(folder, args);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}
