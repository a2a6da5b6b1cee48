//! Waves on a graphics processor come to the numbers of the CPU.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::unbounded;
use hebbscope::backend::gpu::GpuDevice;
use hebbscope::sweep::{Grid, Order, Progress, Session};

use super::{by_cell, lacks_device, tiny, train};

#[test]
fn waves_on_a_device_are_cells_on_the_cpu() {
    if lacks_device() {
        return;
    }
    // Two programs, so that there are two waves; cells of a wave come to rest at different steps.
    let at_rest = |tolerance: &str, most: u64| {
        let stop = format!(
            "seeds = 2\nstop = \"stationarity\"\ntolerance = {tolerance}\ngap_tolerance = 0.5\nmax_steps = {most}"
        );
        tiny(&[
            ("y = \"regularizer.weight_decay\"", "y = \"training.batch_size\"\ny_values = [16, 32]"),
            ("seeds = 2", &stop),
        ])
    };
    let grid = Arc::new(Grid::new(&at_rest("0.05", 600)).expect("a grid"));
    let session = Session::new(&grid, Order::OneByOne, |_| true, &[], Arc::new(AtomicBool::new(false)));
    let (sink, news) = unbounded();
    let device = GpuDevice::open().expect("an adapter that is listed can be opened");
    session.train_on(device, 2, &sink).expect("trained");
    drop(sink);
    let done = news.iter().filter_map(|one| match one {
        Progress::Done { cell, outcome, .. } => Some((cell, outcome)),
        Progress::Failed { words, .. } | Progress::Notice(words) => panic!("{words}"),
        _ => None,
    });
    let on_device = by_cell(done.collect());
    let on_cpu = by_cell(train(&grid, Order::OneByOne, 2, |_| true));
    assert_eq!((on_device.len(), on_cpu.len()), (grid.cells(), grid.cells()));
    let stops: std::collections::BTreeSet<u64> = on_cpu.iter().map(|outcome| outcome.steps).collect();
    assert!(stops.len() > 1, "all cells come to rest at step {stops:?}");
    for (cell, (a, b)) in on_device.iter().zip(&on_cpu).enumerate() {
        let mut b = b.clone();
        if a.steps != b.steps {
            // On the verge of its tolerance a cell may come to rest a window earlier or later: then it is compared with
            // one that trains as long.
            assert!(a.steps.abs_diff(b.steps) <= 20, "cell {cell} stops at {} and {}", a.steps, b.steps);
            let as_long = Arc::new(Grid::new(&at_rest("1e-12", a.steps)).expect("a grid"));
            b = train(&as_long, Order::OneByOne, 1, |other| other == cell).remove(0).1;
            assert_eq!(a.steps, b.steps);
        }
        assert_eq!((&a.collapsed, a.diverged), (&b.collapsed, b.diverged), "cell {cell}");
        for (name, (a, b)) in grid.names().iter().zip(a.values.iter().zip(&b.values)) {
            let (a, b) = (a.expect("defined"), b.expect("defined"));
            // As for whole programs (tests/gpu): single precision, summed in another order, over hundreds of steps.
            assert!((a - b).abs() <= 1e-3 * b.abs().max(1.0), "{name} of cell {cell}: {a} and {b}");
        }
    }
}
