//! The sweep of the window: values of the whole plane soon, the same bits in the end, pause, stop and extension.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hebbscope::experiment::Sweep;
use hebbscope::sweep::{CellState, Grid, Live, LiveCommand, LiveOptions, LiveState, Order, SweepState};

use super::{assert_same, by_cell, tiny, train};

/// A slow machine is given two minutes.
pub fn wait_until(live: &Live, what: &str, is_so: impl Fn(&SweepState) -> bool) -> Arc<SweepState> {
    let began = Instant::now();
    loop {
        let snapshot = live.snapshot();
        if is_so(&snapshot) {
            return snapshot;
        }
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "{what}: {:?}, {} done, {:?}",
            snapshot.state,
            snapshot.done,
            snapshot.notice
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn options() -> LiveOptions {
    LiveOptions { threads: 2, ..LiveOptions::default() }
}

#[test]
fn the_plane_fills_and_ends_with_the_bits_of_a_plain_sweep() {
    let experiment = tiny(&[]);
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&woken);
    let wake = move || {
        counter.fetch_add(1, Ordering::SeqCst);
    };
    let live = Live::start(&experiment, options(), Box::new(wake)).expect("starts");
    let end = wait_until(&live, "the end", |snapshot| snapshot.state == LiveState::Done);
    assert!(woken.load(Ordering::SeqCst) >= 2);
    let outcomes: Vec<_> = (0..end.grid.cells()).map(|cell| end.outcome(cell).expect("done").clone()).collect();
    let grid = Arc::new(Grid::new(&experiment).expect("a grid"));
    assert_same(&outcomes, &by_cell(train(&grid, Order::OneByOne, 1, |_| true)));
    assert!(end.plane("signal_2").values.iter().all(|value| value.is_finite()));
}

#[test]
fn coarse_cells_have_values_long_before_any_is_done() {
    let experiment =
        tiny(&[("steps = 120", "steps = 1000000"), ("x_points = 5", "x_points = 8"), ("seeds = 2", "seeds = 1")]);
    let live = Live::start(&experiment, options(), Box::new(|| {})).expect("starts");
    let all =
        wait_until(&live, "values everywhere", |snapshot| snapshot.cells.iter().all(|cell| cell.values().is_some()));
    assert_eq!(all.done, 0);
    assert!(
        all.cells.iter().all(|cell| matches!(cell, CellState::Running { step, total: 1_000_000, .. } if *step > 0))
    );
    assert!(all.plane("signal_1").finished.iter().all(|finished| !finished));
    let seen = wait_until(&live, "a rate", |snapshot| snapshot.rate > 0.0);
    assert!(seen.eta.is_some());

    live.send(LiveCommand::Pause);
    wait_until(&live, "a pause", |snapshot| snapshot.state == LiveState::Paused);
    // A slice may still come to its end.
    std::thread::sleep(Duration::from_millis(300));
    let steps = |snapshot: &SweepState| -> u64 {
        let step = |cell: &CellState| if let CellState::Running { step, .. } = cell { *step } else { 0 };
        snapshot.cells.iter().map(step).sum()
    };
    let paused = steps(&live.snapshot());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(steps(&live.snapshot()), paused);
    live.send(LiveCommand::Resume);
    wait_until(&live, "going on", |snapshot| steps(snapshot) > paused);
    live.send(LiveCommand::Stop);
    wait_until(&live, "a stop", |snapshot| snapshot.state == LiveState::Stopped);
}

#[test]
fn an_extended_grid_keeps_what_is_known() {
    let experiment = tiny(&[("seeds = 2", "seeds = 1")]);
    let live = Live::start(&experiment, options(), Box::new(|| {})).expect("starts");
    let before = wait_until(&live, "the end", |snapshot| snapshot.state == LiveState::Done);
    // Every second column of the larger grid is one of the smaller.
    let sweep = Sweep { x_points: 9, ..before.grid.sweep().clone() };
    live.send(LiveCommand::Extend(Box::new(sweep)));
    let first = wait_until(&live, "another grid", |snapshot| snapshot.grid.columns() == 9);
    assert!(first.done >= before.done, "{} of {} are kept", first.done, before.done);
    let after =
        wait_until(&live, "the end", |snapshot| snapshot.state == LiveState::Done && snapshot.grid.columns() == 9);
    let grid = Arc::clone(&after.grid);
    let outcomes: Vec<_> = (0..grid.cells()).map(|cell| after.outcome(cell).expect("done").clone()).collect();
    assert_same(&outcomes, &by_cell(train(&grid, Order::OneByOne, 2, |_| true)));
    // A grid that is not allowed changes nothing and says so.
    live.send(LiveCommand::Extend(Box::new(Sweep { x: "rule.kind".into(), ..grid.sweep().clone() })));
    let refused = wait_until(&live, "a notice", |snapshot| snapshot.notice.is_some());
    assert!(refused.notice.as_ref().is_some_and(|notice| notice.contains("sweep.x")), "{:?}", refused.notice);
    assert_eq!(refused.grid.columns(), 9);
}

#[test]
fn extending_in_the_middle_goes_on_with_what_was_begun() {
    let experiment = tiny(&[("steps = 120", "steps = 4000"), ("seeds = 2", "seeds = 1")]);
    let live = Live::start(&experiment, options(), Box::new(|| {})).expect("starts");
    wait_until(&live, "values", |snapshot| snapshot.cells.iter().any(|cell| cell.values().is_some()));
    let sweep = Sweep { x_points: 9, ..live.snapshot().grid.sweep().clone() };
    live.send(LiveCommand::Extend(Box::new(sweep)));
    live.send(LiveCommand::Threads(1));
    let after =
        wait_until(&live, "the end", |snapshot| snapshot.state == LiveState::Done && snapshot.grid.columns() == 9);
    let grid = Arc::clone(&after.grid);
    let outcomes: Vec<_> = (0..grid.cells()).map(|cell| after.outcome(cell).expect("done").clone()).collect();
    assert_same(&outcomes, &by_cell(train(&grid, Order::OneByOne, 2, |_| true)));
}
