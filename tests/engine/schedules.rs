//! Schedules of live values, and the end of a run that has come to rest.

use std::sync::Arc;

use hebbscope::experiment::{Experiment, resolve};
use hebbscope::record::Row;
use hebbscope::sweep::{Grid, Workshop};
use hebbscope::training::{Branch, Run};
use toml::Value;

const SMALL: [&str; 6] = [
    "model.hidden=[6,5]",
    "data.input_size=5",
    "data.output_size=4",
    "data.train_examples=96",
    "training.batch_size=16",
    "training.steps=60",
];

fn experiment(set: &[&str]) -> Experiment {
    let set: Vec<String> = SMALL.iter().chain(set).map(|one| (*one).to_owned()).collect();
    resolve("sre", &set).expect("valid")
}

/// All rows of a run, as bits; before each step `change` may change it.
fn rows(experiment: &Experiment, chunk: u64, mut change: impl FnMut(&mut Run)) -> Vec<(u64, u64, Vec<Option<u32>>)> {
    let mut run = Run::new(experiment.clone(), 1).expect("started");
    let mut rows = Vec::new();
    while run.step() < run.total_steps() {
        change(&mut run);
        run.advance(chunk, false, |row: Row| {
            rows.push((row.step, row.seed, row.values.iter().map(|v| v.map(f32::to_bits)).collect()));
        });
    }
    rows
}

/// The values by the definition of each schedule, set by hand before every step.
#[test]
fn a_schedule_is_what_setting_every_value_by_hand_is() {
    let scheduled = experiment(&[
        "schedule.learning_rate=warm-up 5, linear to 0.5 over 41",
        "schedule.weight_decay=steps 0.5 every 20",
        "schedule.noise=from 10, linear to 0",
        "noise.weight_sd=1e-3",
        "noise.input_sd=0.1",
        "noise.gradient_sd=1e-3",
    ]);
    let mut plain = scheduled.clone();
    plain.schedule = Experiment::default().schedule;
    let by_hand = rows(&plain, 1, |run| {
        let step = run.step();
        let warmed = (step + 1) as f64 / 5.0;
        let falling = 1.0 + (0.5 - 1.0) * ((step.saturating_sub(5)) as f64 / 35.0).min(1.0);
        let rate = if step < 5 { warmed } else { falling };
        let decay = [1.0, 0.5, 0.25][(step / 20) as usize];
        let noise = if step < 10 { 1.0 } else { 1.0 + (0.0 - 1.0) * ((step - 10) as f64 / 49.0) };
        let mut set = |path: &str, value: f64| {
            run.set(path, Value::Float(value), None).expect("in range");
        };
        set("rule.learning_rate", plain.rule.learning_rate * rate);
        set("regularizer.weight_decay", plain.regularizer.weight_decay * decay);
        set("noise.weight_sd", plain.noise.weight_sd * noise);
        set("noise.input_sd", plain.noise.input_sd * noise);
        set("noise.gradient_sd", plain.noise.gradient_sd * noise);
    });
    for chunk in [1, 7, 60] {
        assert!(rows(&scheduled, chunk, |_| {}) == by_hand, "in chunks of {chunk}");
    }
}

/// A moved slider scales what follows; a schedule that is replaced on the way ends with the run.
#[test]
fn changes_on_the_way_scale_and_replace_a_schedule() {
    let scheduled = experiment(&["schedule.learning_rate=linear to 0"]);
    let mut run = Run::new(scheduled, 1).expect("started");
    // What decay takes of the squared norm is 2 rate gamma |W|^2.
    let taken = |run: &mut Run| {
        let mut shares = Vec::new();
        run.advance(1, false, |row| {
            let value = |name: &str| f64::from(row.values[column(name)].expect("measured"));
            shares.push(value("radial_decay_1") / value("weight_norm_1").powi(2));
        });
        shares[0]
    };
    while run.step() < 30 {
        let left = 30 - run.step();
        run.advance(left, false, |_| {});
    }
    let record = |run: &Run| {
        let last = run.interventions().last().expect("made").clone();
        (last.field, last.old, last.new)
    };
    let before = taken(&mut run);
    run.set("rule.learning_rate", Value::Float(0.2), None).expect("in range");
    let after = taken(&mut run);
    // Twice the rate, one step further down the line, up to the rounding of sums in single precision.
    let wanted = 2.0 * (59.0 - 31.0) / (59.0 - 30.0);
    assert!((after / before / wanted - 1.0).abs() < 1e-5, "{before} {after}");
    run.set("schedule.learning_rate", Value::String("from 40, cosine".into()), None).expect("of that form");
    let wanted = ("schedule.learning_rate", "linear to 0.0 over 60".into(), "from 40, cosine to 0.0 over 20".into());
    assert_eq!(record(&run), (wanted.0.to_owned(), wanted.1, wanted.2));
    let again = run.set("schedule.learning_rate", Value::String("from 40, cosine".into()), None).expect("of that form");
    assert!(again.is_none(), "it has that course already");
    let error = run.set("schedule.learning_rate", Value::String("cosine to -1".into()), None).expect_err("refused");
    assert!(error.to_string().contains("'-1' is no factor"), "{error}");
}

fn column(name: &str) -> usize {
    let columns = hebbscope::training::measured_columns(&experiment(&[])).expect("small");
    columns.index(name).expect("measured")
}

/// Twins of different courses share batches and noise, and a look at a step has that step's values.
#[test]
fn twins_may_follow_courses_of_their_own() {
    let mut run = Run::new(experiment(&["schedule.weight_decay=linear to 0"]), 1).expect("started");
    run.advance(6, false, |_| {});
    run.fork(&[("schedule.weight_decay".to_owned(), Value::String("constant".into()))]).expect("live");
    let mut last = [Vec::new(), Vec::new()];
    while run.step() < 40 {
        let left = 40 - run.step();
        run.advance_branches(left.min(10), false, |branch, row| {
            last[usize::from(branch == Branch::B)] = row.values.clone()
        });
    }
    assert_ne!(last[0], last[1]);
    let alone = experiment(&["schedule.weight_decay=linear to 0"]);
    let mut own = Run::new(alone, 1).expect("started");
    let mut values = Vec::new();
    while own.step() < 40 {
        let left = 40 - own.step();
        own.advance(left.min(9), false, |row| values = row.values.clone());
    }
    assert_eq!(last[0], values);
}

/// What stops a run is what stops the cell of a sweep with the same settings.
#[test]
fn a_run_comes_to_rest_where_a_cell_does() {
    let common = ["training.steps=4000", "measure.window=20", "training.seeds=1", "regularizer.weight_decay=0.05"];
    let own = [
        "training.stop=stationarity",
        "training.tolerance=0.05",
        "training.gap_tolerance=0.6",
        "training.min_steps=300",
    ];
    let stopping = experiment(&[&common[..], &own[..]].concat());
    let mut run = Run::new(stopping.clone(), 1).expect("started");
    let mut last = None;
    while run.step() < run.total_steps() && run.is_alive() {
        run.advance(64, false, |row| last = Some(row));
    }
    assert!(run.is_at_rest() && run.step() < 4000 && run.step().is_multiple_of(20), "{}", run.step());
    let validation = run.columns().index("validation_loss").expect("a column");
    assert!(last.expect("measured").values[validation].is_some(), "the last row of a run is validated");
    // It ends by the same rule when it is repeated.
    assert_eq!(run.recorded_experiment().training.steps, Some(4000));

    let grid = [
        "sweep.x=noise.weight_sd",
        "sweep.x_values=[0.0]",
        "sweep.stop=stationarity",
        "sweep.tolerance=0.05",
        "sweep.gap_tolerance=0.6",
        "sweep.min_steps=300",
    ];
    let set: Vec<String> = SMALL.iter().chain(&common).chain(&grid).map(|one| (*one).to_owned()).collect();
    let sweep = hebbscope::experiment::resolve_for(hebbscope::experiment::Purpose::Grid, "sre", &set).expect("valid");
    let workshop = Workshop::new(Arc::new(Grid::new(&sweep.experiment).expect("a grid")), false);
    let mut trial = workshop.trial(0).expect("small");
    let finished = trial.train(4000);
    assert_eq!((finished.len(), trial.step()), (1, run.step()));
}

#[test]
fn stationarity_wants_what_it_compares() {
    let refused = |set: &[&str]| {
        let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
        resolve("sre", &set).expect_err("refused").to_string()
    };
    let error = refused(&["training.stop=stationarity", "measure.stationarity=false"]);
    assert!(error.starts_with("measure.stationarity = false"), "{error}");
    let error = refused(&["training.stop=stationarity", "measure.every=3"]);
    assert!(error.starts_with("measure.every = 3") && error.contains("divide measure.window = 100"), "{error}");
    let error = refused(&["schedule.noise=exponential"]);
    assert!(error.contains("schedule.noise") && error.contains("'exponential' is not understood"), "{error}");
    let error = refused(&["schedule.weight_decay=3"]);
    assert!(error.contains("schedule.weight_decay"), "{error}");
}
