//! What the record of a watched run costs, turn by turn with a run that keeps nothing: `cargo bench --bench keeping`.

use std::time::{Duration, Instant};

use hebbscope::record::{MetricStore, Spool};
use hebbscope::training::{Branch, History, Run};

fn main() {
    let settings = ["training.steps=1000000000".to_owned(), "measure.validate_every=0".to_owned()];
    let experiment = hebbscope::experiment::resolve("sre", &settings).expect("a preset");
    let mut run = Run::new(experiment, 2).expect("valid");
    let mut store = MetricStore::new(std::sync::Arc::clone(run.columns()), run.seeds());
    let (mut history, mut spool) = (History::new(hebbscope::training::HISTORY_BYTES), Spool::new());
    let mut turn = |keeps: bool| {
        let (from, began, columns) = (run.step(), Instant::now(), std::sync::Arc::clone(run.columns()));
        // Two checkpoints, as in half a second of training.
        while began.elapsed() < Duration::from_millis(500) {
            let mut rows = Vec::new();
            run.advance(16, false, |row| rows.push(row));
            for row in rows {
                store.push(&row);
                if keeps {
                    spool.push(&columns, &row).expect("room");
                }
            }
        }
        if keeps {
            history.push(run.checkpoint(), false);
            history.push(run.checkpoint(), false);
        }
        (run.step() - from) as f64 / began.elapsed().as_secs_f64()
    };
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..30 {
        rates[0].push(turn(false));
        rates[1].push(turn(true));
    }
    let medians = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    let began = Instant::now();
    (0..50).for_each(|_| drop(run.checkpoint()));
    let checkpoint = began.elapsed() / 50;
    let began = Instant::now();
    (0..50).for_each(|_| drop(run.moment(Branch::A, 0, true)));
    println!(
        "steps/s without {:.0}, with {:.0}: {:+.2} %; a checkpoint {checkpoint:?}, {} bytes; a moment {:?}",
        medians[0],
        medians[1],
        100.0 * (medians[1] / medians[0] - 1.0),
        run.checkpoint().bytes(),
        began.elapsed() / 50
    );
}
