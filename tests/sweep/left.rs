//! The grid of the window after a kill: it is found, goes on, and comes to the bits of a plain sweep.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hebbscope::experiment::{Experiment, Sweep};
use hebbscope::record::left_grids;
use hebbscope::sweep::{CellState, Grid, LeftSweep, Live, LiveCommand, LiveOptions, LiveState, Order};

use super::live::wait_until;
use super::{assert_same, by_cell, tiny, train};

/// Tells a process of this binary what it is to do in its own cache folder.
const PART: &str = "HEBBSCOPE_TEST_GRID";

/// Cells of many lengths would be the more usual; these are slow enough that a kill comes between them.
fn experiment() -> Experiment {
    tiny(&[("steps = 120", "steps = 10000")])
}

/// So long that none of its cells is done within a test.
fn endless() -> Experiment {
    tiny(&[("steps = 120", "steps = 100000000")])
}

fn options() -> LiveOptions {
    LiveOptions { threads: 2, saves: true, ..LiveOptions::default() }
}

fn process(name: &str, part: &str, cache: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", name, "--nocapture"]).env("XDG_CACHE_HOME", cache).env(PART, part);
    command
}

/// Runs a part of a test in a process with that cache folder.
fn run(name: &str, part: &str, cache: &Path) {
    let output = process(name, part, cache).output().expect("this binary starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{part}: {said}");
}

fn only_left() -> LeftSweep {
    let mut left = left_grids(&mut |error| panic!("{error}"));
    assert_eq!(left.len(), 1, "{left:?}");
    LeftSweep::open(Arc::new(left.remove(0))).expect("it can be read")
}

fn go_on(left: &LeftSweep) -> Live {
    Live::go_on(left, options(), Box::new(|| {})).expect("it starts")
}

#[test]
fn a_grid_that_was_killed_goes_on_to_the_bits_of_a_plain_sweep() {
    let name = "left::a_grid_that_was_killed_goes_on_to_the_bits_of_a_plain_sweep";
    match std::env::var(PART).as_deref() {
        Err(_) => {
            let cache = tempfile::tempdir().expect("a temporary folder");
            let killed = cache.path().join("killed");
            let mut begun = process(name, "begin", cache.path()).env("READY", &killed).stdout(Stdio::null()).spawn();
            let begun = begun.as_mut().expect("this binary starts");
            let since = Instant::now();
            while !killed.exists() {
                assert!(since.elapsed() < Duration::from_secs(120), "no cell is done");
                std::thread::sleep(Duration::from_millis(2));
            }
            begun.kill().expect("it runs");
            begun.wait().expect("it is a child");
            run(name, "go on", cache.path());
        }
        Ok("begin") => {
            let live = Live::start(&experiment(), options(), Box::new(|| {})).expect("it starts");
            // What is told was written before.
            wait_until(&live, "finished cells", |now| now.done > 3);
            std::fs::write(std::env::var_os("READY").expect("set"), b"").expect("written");
            std::thread::sleep(Duration::from_secs(120));
        }
        Ok(_) => {
            let left = only_left();
            let (done, all) = (left.state().done, left.state().cells.len());
            assert!(done > 3 && done < all, "{done} of {all}");
            assert!(left_grids(&mut |error| panic!("{error}")).is_empty(), "this process has it");
            let live = go_on(&left);
            assert!(live.snapshot().done >= done);
            let end = wait_until(&live, "the end", |now| now.state == LiveState::Done);
            let outcomes: Vec<_> = (0..all).map(|cell| end.outcome(cell).expect("done").clone()).collect();
            let grid = Arc::new(Grid::new(&experiment()).expect("a grid"));
            assert_same(&outcomes, &by_cell(train(&grid, Order::OneByOne, 2, |_| true)));
            drop((live, left));
            // Full, and saved nowhere else.
            let left = only_left();
            assert_eq!(left.state().done, all);
            let live = go_on(&left);
            live.send(LiveCommand::Saved(all));
            drop((live, left));
            assert!(left_grids(&mut |error| panic!("{error}")).is_empty());
        }
    }
}

#[test]
fn cells_on_their_way_go_on_where_they_were_and_an_extended_grid_is_left_as_it_is() {
    let name = "left::cells_on_their_way_go_on_where_they_were_and_an_extended_grid_is_left_as_it_is";
    if std::env::var_os(PART).is_none() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        return run(name, "all", cache.path());
    }
    let live = Live::start(&endless(), options(), Box::new(|| {})).expect("it starts");
    wait_until(&live, "cells on their way", |now| now.cells.iter().any(|cell| cell.values().is_some()));
    let sweep = Sweep { x_points: 3, ..live.snapshot().grid.sweep().clone() };
    live.send(LiveCommand::Extend(Box::new(sweep)));
    let moved = wait_until(&live, "another grid", |now| now.grid.columns() == 3);
    // Beyond what is begun anew rather than left.
    std::thread::sleep(Duration::from_secs(11));
    let step = |cell: &CellState| if let CellState::Running { step, .. } = cell { *step } else { 0 };
    let least = live.snapshot().cells.iter().map(step).filter(|step| *step > 0).min().expect("some train");
    drop(live);
    let left = only_left();
    assert_eq!((left.state().grid.columns(), left.state().done), (3, 0));
    assert!((0..moved.grid.cells()).all(|cell| moved.grid.key(cell) == left.state().grid.key(cell)));
    assert!(left.begun() > 0);
    let live = go_on(&left);
    wait_until(&live, "a cell at its step", |now| now.cells.iter().map(step).max() >= Some(least));
    // At once, and not by training the steps again.
    let first = live.snapshot();
    assert!(first.cells.iter().map(step).filter(|step| *step > 0).count() <= left.begun());
    drop((live, left));
    let left = only_left();
    let live = go_on(&left);
    live.give_up();
    let since = Instant::now();
    while left.place().folder().exists() {
        assert!(since.elapsed() < Duration::from_secs(60), "it was given up");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(left);
    assert!(left_grids(&mut |error| panic!("{error}")).is_empty());
}

#[test]
fn a_cache_folder_that_takes_nothing_is_told_and_costs_no_training() {
    let name = "left::a_cache_folder_that_takes_nothing_is_told_and_costs_no_training";
    if std::env::var_os(PART).is_none() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        // A file, which holds no folders whoever one is.
        let cache = scratch.path().join("file");
        std::fs::write(&cache, b"").expect("written");
        return run(name, "all", &cache);
    }
    let live = Live::start(&tiny(&[]), options(), Box::new(|| {})).expect("it starts");
    let end = wait_until(&live, "the end", |now| now.state == LiveState::Done);
    let said = end.notice.as_deref().unwrap_or_default();
    assert!(said.contains("the grid is not saved on its way, and a crash would lose it"), "{said}");
}
