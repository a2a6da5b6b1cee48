//! Cells are pure: order, threads, shards and slices change no bit, and a cell is what `hebbscope train` makes of it.

use std::sync::Arc;

use hebbscope::experiment::Experiment;
use hebbscope::sweep::{Grid, Order};

use super::{assert_same, by_cell, expect, tiny, train};

fn grid(experiment: &Experiment) -> Arc<Grid> {
    Arc::new(Grid::new(experiment).expect("a grid"))
}

#[test]
fn order_threads_slices_and_shards_change_no_bit() {
    let larger = [("x_points = 5", "x_points = 11"), ("y_points = 4", "y_points = 9"), ("steps = 120", "steps = 60")];
    let grid = grid(&tiny(&larger));
    let plain = train(&grid, Order::OneByOne, 1, |_| true);
    assert_eq!(plain.len(), grid.cells());
    let in_order: Vec<usize> = plain.iter().map(|(cell, _)| *cell).collect();
    assert_ne!(in_order, (0..grid.cells()).collect::<Vec<_>>(), "the coarse grid comes first");
    let plain = by_cell(plain);
    assert_same(&plain, &by_cell(train(&grid, Order::OneByOne, 3, |_| true)));
    // In slices, measured on the way.
    assert_same(&plain, &by_cell(train(&grid, Order::ByTurns, 2, |_| true)));
    let shards = (0..3).flat_map(|shard| train(&grid, Order::OneByOne, 1, |cell| cell % 3 == shard)).collect();
    assert_same(&plain, &by_cell(shards));
}

#[test]
fn a_compiled_axis_and_a_stop_by_rest_are_pure_too() {
    let batches = tiny(&[
        ("x = \"noise.weight_sd\"", "x = \"training.batch_size\""),
        ("x_points = 5", "x_values = [16, 32, 48]"),
        ("seeds = 2", "stop = \"stationarity\"\ntolerance = 0.02\ngap_tolerance = 0.5\nmax_steps = 2000"),
    ]);
    let grid = grid(&batches);
    let plain = by_cell(train(&grid, Order::OneByOne, 1, |_| true));
    assert_same(&plain, &by_cell(train(&grid, Order::ByTurns, 2, |_| true)));
    let steps: Vec<u64> = plain.iter().map(|outcome| outcome.steps).collect();
    assert!(steps.iter().any(|steps| *steps < 2000), "some come to rest: {steps:?}");
    assert!(steps.windows(2).any(|pair| pair[0] != pair[1]), "not all at the same step: {steps:?}");
    assert!(steps.iter().all(|steps| steps.is_multiple_of(20)), "at the end of a window: {steps:?}");
}

/// `hebbscope train` of a cell's experiment measures every column at every step, on its own way to the same numbers.
#[test]
fn a_cell_is_what_train_makes_of_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = [
        vec![],
        vec![("learning_rate = 0.1", "kind = \"adam\"\nlearning_rate = 0.01")],
        vec![
            ("learning_rate = 0.1", "learning_rate = 0.1\nclip = 1.0"),
            ("window = 20", "window = 30\nalignment = \"sign\""),
        ],
    ];
    for (place, replacements) in rules.iter().enumerate() {
        let grid = grid(&tiny(replacements));
        let outcomes = by_cell(train(&grid, Order::OneByOne, 2, |_| true));
        for cell in [0, 7, 33] {
            let experiment = grid.experiment_of(cell).expect("allowed");
            let (file, out) = (format!("cell-{place}-{cell}.toml"), format!("run-{place}-{cell}"));
            std::fs::write(folder.path().join(&file), experiment.to_toml()).expect("written");
            expect(folder.path(), &["train", &file, "--out", &out, "--threads", "1", "--backend", "cpu"], 0);
            let text = std::fs::read_to_string(folder.path().join(&out).join("summary.json")).expect("there");
            let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let found = |name: &str| {
                let (kind, layer) = name.rsplit_once('_').unwrap_or((name, ""));
                match (kind, layer.parse::<usize>()) {
                    ("signal" | "full", Ok(layer)) => summary["layers"][layer - 1][kind]["per_seed"][0].as_f64(),
                    _ if name == "validation_loss" => summary["validation_loss"]["per_seed"][0].as_f64(),
                    _ => None,
                }
            };
            for (name, value) in grid.names().iter().zip(&outcomes[cell].values) {
                if name.contains("norm") {
                    continue;
                }
                let (cell_value, run_value) = (value.expect("defined"), found(name).expect("defined"));
                // JSON's reader may miss the last bit of a double; a bit of a single is ten million times more.
                assert!(
                    (cell_value - run_value).abs() <= 4.0 * f64::EPSILON * cell_value.abs(),
                    "{name} of cell {cell}: {cell_value} and {run_value}"
                );
            }
            assert_eq!(Some(outcomes[cell].steps), summary["steps"].as_u64());
        }
    }
}

#[test]
fn divergence_and_collapse_are_recorded() {
    let wild = tiny(&[
        ("x = \"noise.weight_sd\"", "x = \"rule.learning_rate\""),
        ("x_points = 5", "x_values = [0.1, 900.0]"),
        ("y_to = 0.1", "y_to = 20.0"),
        ("[sweep]", "[sweep]\nstop = \"steps\""),
    ]);
    let grid = grid(&wild);
    let outcomes = by_cell(train(&grid, Order::OneByOne, 2, |_| true));
    let at = |column: usize, row: usize| &outcomes[row * 2 + column];
    assert!(!at(0, 0).diverged && !at(0, 0).collapsed.any() && at(0, 0).values.iter().all(Option::is_some));
    assert!(at(1, 0).diverged && at(1, 0).steps < 120);
    assert!(at(1, 0).values[0].is_none(), "no alignment where weights are not finite");
    // A decay of 20 at the rate 0.1 multiplies the weights by -1 + what the loss adds: 10 empties them in a step.
    let collapsing = tiny(&[
        ("x_points = 5", "x_points = 1"),
        ("y = \"regularizer.weight_decay\"", "y = \"regularizer.weight_decay\"\ny_values = [9.0]"),
    ]);
    let outcomes = train(&Arc::new(Grid::new(&collapsing).expect("a grid")), Order::OneByOne, 1, |_| true);
    assert!(outcomes.iter().all(|(_, outcome)| outcome.collapsed.any() && !outcome.diverged), "{outcomes:?}");
}
