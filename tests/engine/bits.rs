//! A replica's numbers depend on its configuration, seed and interventions only, bit by bit.

use std::path::Path;
use std::process::Command;

use super::narrower;
use super::watched::odd;
use hebbscope::experiment::{DataKind, Experiment, Loss, RuleKind, WeightNoiseMode};
use hebbscope::record::{Row, Target};
use hebbscope::training::Run;

const RULES: [RuleKind; 6] =
    [RuleKind::Sgd, RuleKind::Adam, RuleKind::Dfa, RuleKind::RandomNn, RuleKind::HebbNormalized, RuleKind::Oja];

/// Biases, and all kinds of noise.
fn experiment(rule: RuleKind) -> Experiment {
    let mut experiment = odd(rule);
    experiment.model.bias = true;
    experiment.rule.learning_rate = 0.01;
    experiment.rule.clip = 2.0;
    if rule == RuleKind::RandomNn {
        experiment.rule.random_nn_hidden = vec![10];
    }
    experiment.noise.weight_sd = 1e-3;
    experiment.noise.input_sd = 0.1;
    experiment.noise.gradient_sd = 0.01;
    experiment.training.steps = Some(60);
    experiment.training.seeds = 3;
    experiment
}

fn run(experiment: &Experiment, threads: usize) -> Run {
    Run::new(experiment.clone(), threads).expect("a small, valid experiment")
}

/// Trains to the end in chunks of `limit` steps.
fn rows(run: &mut Run, limit: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    while run.step() < run.total_steps() {
        run.advance(limit, false, |row| rows.push(row));
    }
    assert!(run.diverged().is_empty(), "the experiment is tame");
    rows
}

/// Bits of every parameter of a replica.
fn bits(run: &Run, replica: usize) -> Vec<u32> {
    let executor = run.executor();
    let names = ["W1", "W2", "W3", "b1", "b2", "b3"];
    let ids = names.map(|name| executor.program().buffer(name).expect("three layers with biases"));
    ids.iter().flat_map(|&id| executor.replicas()[replica].buffer(id)).map(|w| w.to_bits()).collect()
}

fn final_bits(experiment: &Experiment, threads: usize, replica: usize) -> Vec<u32> {
    let mut run = run(experiment, threads);
    rows(&mut run, u64::MAX / 2);
    bits(&run, replica)
}

/// `Row` has floats that may be absent; as text, -0 and 0 differ, and so does every bit that can be told.
fn same(a: &[Row], b: &[Row], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}: rows");
    for (a, b) in a.iter().zip(b) {
        let bits = |row: &Row| row.values.iter().map(|v| v.map(f32::to_bits)).collect::<Vec<_>>();
        assert_eq!((a.step, a.epoch, a.seed, bits(a)), (b.step, b.epoch, b.seed, bits(b)), "{what}");
    }
}

#[test]
fn weights_do_not_depend_on_how_often_is_measured() {
    for rule in RULES {
        let every_step = experiment(rule);
        let mut seldom = every_step.clone();
        seldom.measure.every = 7;
        let mut plain = every_step.clone();
        plain.measure.layers = vec![2];
        plain.measure.full_update = false;
        plain.measure.stationarity = false;
        let mut much = every_step.clone();
        much.measure.loss_gradient = true;
        much.measure.post_activation = true;
        much.measure.per_example = true;
        let expected = final_bits(&every_step, 1, 1);
        for (other, what) in [(seldom, "every 7th step"), (plain, "one layer"), (much, "everything")] {
            assert!(expected == final_bits(&other, 1, 1), "{rule:?}, measuring {what}");
        }
    }
}

#[test]
fn weights_do_not_depend_on_the_replicas_beside() {
    for rule in RULES {
        let mut eight = experiment(rule);
        eight.training.seeds = 8;
        let mut crowd = run(&eight, 2);
        rows(&mut crowd, 64);
        for place in [0, 5] {
            let mut alone = eight.clone();
            alone.training.seed = place as u64;
            alone.training.seeds = 1;
            assert!(bits(&crowd, place) == final_bits(&alone, 1, 0), "{rule:?}, seed {place}");
        }
    }
}

#[test]
fn rows_and_weights_do_not_depend_on_threads_or_chunks() {
    for rule in RULES {
        for mode in [WeightNoiseMode::Accumulate, WeightNoiseMode::Transient] {
            let mut experiment = experiment(rule);
            experiment.noise.weight_mode = mode;
            let mut reference = run(&experiment, 1);
            let expected = rows(&mut reference, 1000);
            // 60 steps of 3 seeds, each measured.
            assert_eq!(expected.len(), 180);
            for (threads, limit) in [(2, 1000), (3, 16), (1, 1), (1, 7)] {
                let mut other = run(&experiment, threads);
                let found = rows(&mut other, limit);
                same(&expected, &found, &format!("{rule:?}, {threads} threads, chunks of {limit}"));
                assert!(bits(&reference, 2) == bits(&other, 2), "{rule:?}, {threads} threads, chunks of {limit}");
            }
        }
    }
}

#[test]
fn looking_changes_nothing() {
    for rule in RULES {
        for mode in [WeightNoiseMode::Accumulate, WeightNoiseMode::Transient] {
            let mut experiment = experiment(rule);
            experiment.noise.weight_mode = mode;
            let mut reference = run(&experiment, 1);
            let expected = rows(&mut reference, 9);
            let mut looked_at = run(&experiment, 1);
            let mut found = Vec::new();
            while looked_at.step() < looked_at.total_steps() {
                let seen = looked_at.snapshot(3);
                assert_eq!((seen.step, seen.seeds.len()), (looked_at.step(), 3));
                // A look shows what the next step will find: the signal's norm is that of the next row.
                let signal = &seen.seeds[0].layers[1].signal;
                let norm = signal.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
                let from = found.len();
                looked_at.advance(9, false, |row| found.push(row));
                let column = looked_at.columns().index("signal_norm_2").expect("a column of the contract");
                let next = f64::from(found[from].values[column].expect("a norm is always defined"));
                // The row's norm was summed in f32 over 19 values a row: a few roundings of 6e-8.
                assert!((norm - next).abs() <= 1e-5 * next, "{rule:?}: {norm} seen, {next} in the row");
            }
            same(&expected, &found, &format!("{rule:?}, {mode:?}"));
            assert!(bits(&reference, 0) == bits(&looked_at, 0), "{rule:?}, {mode:?}");
        }
    }
}

#[test]
fn another_base_seed_changes_everything() {
    let first = experiment(RuleKind::Sgd);
    let mut second = first.clone();
    second.training.seed = 1000;
    let (mut a, mut b) = (run(&first, 1), run(&second, 1));
    let fresh = (bits(&a, 0), bits(&b, 0));
    let (rows_a, rows_b) = (rows(&mut a, 64), rows(&mut b, 64));
    for (x, y) in fresh.0.iter().zip(&fresh.1).chain(bits(&a, 0).iter().zip(&bits(&b, 0))) {
        assert_ne!(x, y, "two draws of 23 bits are equal by chance once in millions, and here are a thousand");
    }
    for (x, y) in rows_a.iter().zip(&rows_b) {
        assert_ne!(x.values[0], y.values[0], "training loss at step {}", x.step);
    }
    assert_ne!(rows_a[0].values[0], rows_a[1].values[0], "seeds beside each other differ as well");
}

/// Settings changed between steps take effect alike whatever the chunks, and the record of them repeats the run.
#[test]
fn interventions_repeat_from_their_record() {
    for rule in [RuleKind::Sgd, RuleKind::Adam, RuleKind::RandomNn] {
        let experiment = experiment(rule);
        let mut live = run(&experiment, 1);
        let mut expected = Vec::new();
        let mut advance_to = |run: &mut Run, step: u64| {
            while run.step() < step {
                let left = step - run.step();
                run.advance(left.min(6), false, |row| expected.push(row));
            }
        };
        advance_to(&mut live, 20);
        live.set("rule.learning_rate", toml::Value::Float(0.03), None).expect("live");
        advance_to(&mut live, 35);
        live.set("training.batch_size", toml::Value::Integer(17), None).expect("rebuild");
        advance_to(&mut live, 40);
        let layer = Target { layer: Some(2), twin: None };
        live.set("regularizer.weight_decay", toml::Value::Float(0.2), Some(layer)).expect("live");
        advance_to(&mut live, 60);
        let record = live.interventions().to_vec();
        assert_eq!(record.iter().map(|i| i.step).collect::<Vec<_>>(), [20, 35, 40]);

        let mut again = run(&live.recorded_experiment(), 2);
        let mut found = Vec::new();
        for change in &record {
            while again.step() < change.step {
                let left = change.step - again.step();
                again.advance(left, false, |row| found.push(row));
            }
            let value = toml::Value::try_from(&change.new).expect("a number");
            let same = again.set(&change.field, value, change.target.clone()).expect("it was allowed before");
            assert_eq!(same.as_ref(), Some(change));
        }
        found.extend(rows(&mut again, 1000));
        same(&expected, &found, &format!("{rule:?}"));
        assert!(bits(&live, 1) == bits(&again, 1), "{rule:?}");

        let untouched = final_bits(&experiment, 1, 1);
        assert!(untouched != bits(&live, 1), "{rule:?}: the changes did something");
    }
}

fn train(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hebbscope"));
    let output = command.arg("train").args(arguments).current_dir(folder).output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn write_experiment(folder: &Path, rule: RuleKind) {
    let experiment = experiment(rule);
    std::fs::write(folder.join("small.toml"), experiment.to_toml()).expect("a file");
}

#[test]
fn metrics_csv_does_not_depend_on_threads() {
    for rule in [RuleKind::Sgd, RuleKind::Adam, RuleKind::RandomNn] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_experiment(folder.path(), rule);
        for threads in ["1", "2"] {
            train(folder.path(), &["small.toml", "--out", threads, "--threads", threads]);
        }
        let one = read(folder.path(), "1/metrics.csv");
        // A header, and 60 steps of 3 seeds.
        assert_eq!(one.iter().filter(|&&byte| byte == b'\n').count(), 181);
        assert!(one == read(folder.path(), "2/metrics.csv"), "{rule:?}");
        assert_eq!(read(folder.path(), "1/config.toml"), read(folder.path(), "2/config.toml"));
        let snapshot = "snapshots/step_00000060.npz";
        assert!(read(&folder.path().join("1"), snapshot) == read(&folder.path().join("2"), snapshot), "{rule:?}");
    }
}

#[test]
fn a_run_folder_repeats_itself_with_its_interventions() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_experiment(folder.path(), RuleKind::Adam);
    let lines = [
        r#"{"step":20,"field":"noise.weight_sd","old":0.001,"new":0.01}"#,
        r#"{"step":35,"field":"training.batch_size","old":10,"new":25}"#,
        r#"{"step":40,"field":"regularizer.weight_decay","old":0.0005,"new":0.2,"target":{"layer":2}}"#,
        r#"{"step":50,"field":"training.seeds","old":3,"new":2}"#,
    ];
    let record = lines.map(|line| format!("{line}\n")).concat();
    std::fs::write(folder.path().join("changes.jsonl"), &record).expect("a file");
    let said = train(folder.path(), &["small.toml", "--interventions", "changes.jsonl", "--out", "first"]);
    assert!(!said.contains("warning"), "every change has its step: {said}");
    assert_eq!(String::from_utf8(read(folder.path(), "first/interventions.jsonl")).expect("text"), record);
    train(folder.path(), &["first", "--interventions", "first", "--out", "again", "--threads", "1"]);
    for name in ["metrics.csv", "interventions.jsonl", "config.toml", "snapshots/step_00000060.npz"] {
        assert!(read(&folder.path().join("first"), name) == read(&folder.path().join("again"), name), "{name}");
    }
    train(folder.path(), &["first", "--no-interventions", "--out", "without"]);
    assert!(read(folder.path(), "first/metrics.csv") != read(folder.path(), "without/metrics.csv"));
}

#[test]
fn the_instruction_set_is_the_one_that_is_named() {
    use hebbscope::instruction_set::InstructionSet;
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_experiment(folder.path(), RuleKind::Sgd);
    train(folder.path(), &["small.toml", "--out", "run"]);
    let summary: serde_json::Value = serde_json::from_slice(&read(folder.path(), "run/summary.json")).expect("JSON");
    let found = InstructionSet::detect();
    assert_eq!(summary["instruction_set"], found.name());
    match std::env::var(narrower::NAME).as_deref() {
        Ok("portable") => assert_eq!(found, InstructionSet::Portable),
        Ok("avx2") => assert!(found <= InstructionSet::Avx2),
        _ => {}
    }
}

#[test]
fn narrower_instruction_sets_are_as_strict() {
    narrower::run("narrower_instruction_sets_are_as_strict", &["bits::"], 9);
}

/// Wide enough that products, passes over weights, sums and the drawing of noise are shared out, and everything that a network
/// may have.
#[test]
fn threads_inside_a_replica_change_no_bit() {
    let (mse, cross_entropy) = (Loss::Mse, Loss::CrossEntropy);
    let kinds = [(RuleKind::Sgd, mse), (RuleKind::Adam, mse), (RuleKind::Adam, cross_entropy), (RuleKind::Custom, mse)];
    for (rule, loss) in kinds {
        let mut experiment = experiment(rule);
        experiment.training.loss = loss;
        experiment.data.input_size = 200;
        experiment.model.hidden = vec![513, 513];
        experiment.data.train_examples = 300;
        experiment.training.batch_size = 130;
        if loss == Loss::CrossEntropy {
            // So many examples that their losses are shared as well; a window is closed, and forces are measured.
            experiment.data.kind = DataKind::Digits;
            experiment.data.train_examples = 1_700;
            experiment.training.batch_size = 1_700;
            experiment.regularizer.weight_decay = 1e-3;
            experiment.measure.window = 2;
            experiment.measure.stationarity = true;
            experiment.measure.force_balance = true;
        }
        experiment.training.steps = Some(3);
        experiment.training.seeds = 1;
        experiment.model.residual = true;
        experiment.model.batch_norm = true;
        experiment.model.dropout = 0.2;
        if rule == RuleKind::Custom {
            experiment.rule.signal = "delta * pre + 0.01 * post * pre".into();
        }
        let mut reference = run(&experiment, 1);
        let expected = rows(&mut reference, 1);
        for threads in [2, 3] {
            let mut other = run(&experiment, threads);
            let found = rows(&mut other, 2);
            same(&expected, &found, &format!("{rule:?}, {threads} threads"));
            assert!(bits(&reference, 0) == bits(&other, 0), "{rule:?}, {threads} threads");
        }
    }
}
