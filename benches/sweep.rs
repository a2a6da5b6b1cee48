//! Replica-steps a second of a sweep over the standard regression experiment, set-up and validation of every cell
//! included, in the form that the peers print theirs, so that `benches/sweep.py` can run all of them by turns.
//!
//! usage: sweep [threads] [cells] [steps] [SD of the weight noise]
//!        sweep live [threads]      seconds from the start of a live sweep of fig4 until its coarse grid has values

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crossbeam_channel::unbounded;
use hebbscope::experiment::resolve;
use hebbscope::instruction_set::InstructionSet;
use hebbscope::sweep::{Grid, Live, LiveOptions, Order, Planner, Progress, Session};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "live") {
        let threads = arguments.get(1).and_then(|a| a.parse().ok()).unwrap_or(2);
        println!("first picture of fig4: {:.2} s with {threads} threads", first_picture(threads));
        return;
    }
    let number = |place: usize, default: f64| arguments.get(place).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (threads, cells, steps, noise) = (number(0, 2.0), number(1, 8.0), number(2, 3950.0), number(3, 0.0));
    let mut settings = vec![
        format!("training.steps={steps}"),
        "sweep.x=regularizer.weight_decay".into(),
        "sweep.x_spacing=log".into(),
        "sweep.x_from=1e-4".into(),
        "sweep.x_to=5e-3".into(),
        format!("sweep.x_points={cells}"),
    ];
    settings.push(format!("noise.weight_sd={noise:?}"));
    let experiment = resolve("sre", &settings).expect("a preset with valid settings");
    let grid = Arc::new(Grid::new(&experiment).expect("a grid"));
    let session = Session::new(&grid, Order::OneByOne, |_| true, &[], Arc::new(AtomicBool::new(false)));
    // Examples are made once a sweep.
    session.workshop().source().expect("data");
    let (sink, news) = unbounded();
    let began = Instant::now();
    session.train(threads as usize, &sink).expect("threads");
    let seconds = began.elapsed().as_secs_f64();
    drop(sink);
    let trained: u64 = news
        .iter()
        .map(|one| match one {
            Progress::Done { outcome, .. } => outcome.steps,
            _ => 0,
        })
        .sum();
    println!(
        "hebbscope {} sweep threads={threads} cells={cells} noise={noise}: {:.0} replica-steps/s median",
        InstructionSet::detect().name(),
        trained as f64 / seconds
    );
}

/// Seconds until every cell of the coarse grid has a value.
fn first_picture(threads: usize) -> f64 {
    let began = Instant::now();
    let experiment = resolve("fig4", &[]).expect("a preset");
    let options = LiveOptions { threads, ..LiveOptions::default() };
    let live = Live::start(&experiment, options, Box::new(|| {})).expect("a thread");
    let mut planner = Planner::new(&live.snapshot().grid, |_| true);
    let coarse: Vec<usize> = std::iter::from_fn(|| planner.next_coarse()).collect();
    loop {
        let snapshot = live.snapshot();
        if coarse.iter().all(|cell| snapshot.cells[*cell].values().is_some()) {
            return began.elapsed().as_secs_f64();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
