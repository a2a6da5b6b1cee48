//! Rules that a user writes: those that are built in, written out, are the same; their numbers are live, their states
//! belong to the run.

use hebbscope::experiment::{Experiment, RuleKind, RuleRate, RuleState, resolve};
use hebbscope::record::Row;
use hebbscope::training::{Branch, Run};
use toml::Value;

fn run(experiment: &Experiment) -> Run {
    Run::new(experiment.clone(), 1).expect("a small, valid experiment")
}

fn rows(run: &mut Run, steps: u64) -> Vec<Row> {
    let (mut rows, until) = (Vec::new(), run.step() + steps);
    while run.step() < until {
        run.advance(until - run.step(), false, |row| rows.push(row));
    }
    rows
}

fn written(signal: &str, bias: &str) -> impl Fn(&mut Experiment) {
    let (signal, bias) = (signal.to_owned(), bias.to_owned());
    move |experiment| {
        experiment.rule.kind = RuleKind::Custom;
        (experiment.rule.signal, experiment.rule.bias) = (signal.clone(), bias.clone());
    }
}

/// 300 steps of the paper's regression: cosines within 1e-5, as sums are taken in another order here and there.
#[test]
fn rules_that_are_built_in_can_be_written() {
    for (preset, signal, bias) in [
        ("sre", "delta * pre", "delta"),
        ("sre-dfa", "feedback * slope * pre", "feedback * slope"),
        ("sre-hebb", "post * pre", ""),
        ("sre-oja", "post * pre - post^2 * w", ""),
    ] {
        let sets = ["training.seeds=1", "data.train_examples=2000", "data.validation_examples=10"].map(str::to_owned);
        let built_in = resolve(preset, &sets).expect("a preset");
        let mut own = built_in.clone();
        written(signal, bias)(&mut own);
        let (mut one, mut other) = (run(&built_in), run(&own));
        let columns: Vec<usize> = { one.columns().names().iter().enumerate() }
            .filter(|(_, name)| ["signal_", "full_"].iter().any(|of| (1..=3).any(|k| **name == format!("{of}{k}"))))
            .map(|(place, _)| place)
            .collect();
        assert_eq!(columns.len(), 6, "{preset}");
        for (expected, found) in rows(&mut one, 300).iter().zip(rows(&mut other, 300)) {
            for &column in &columns {
                let (expected, found) = (expected.values[column], found.values[column]);
                let gap = expected.zip(found).map_or(f32::from(expected != found), |(a, b)| (a - b).abs());
                assert!(gap < 1e-5, "{preset}: {expected:?}, {found:?}");
            }
        }
    }
}

fn bcm() -> Experiment {
    let mut experiment = super::watched::odd(RuleKind::Custom);
    experiment.training.seeds = 2;
    experiment.rule.signal = "k * act * (act - theta) * pre".into();
    experiment.rule.parameters.insert("k".into(), 1.0);
    let theta = RuleState { of: "act^2".into(), rate: RuleRate::Number(0.1), start: 0.1 };
    experiment.rule.state.insert("theta".into(), theta);
    experiment.rule.learning_rate = 0.05;
    experiment
}

fn theta(run: &Run, replica: usize) -> Vec<f32> {
    let executor = run.executor();
    let id = executor.program().buffer("state/theta/1").expect("a state of layer 1");
    executor.replicas()[replica].buffer(id).to_vec()
}

#[test]
fn numbers_of_a_rule_are_live() {
    let experiment = bcm();
    let mut reference = run(&experiment);
    rows(&mut reference, 20);
    for (path, value) in [("rule.parameters.k", 0.5), ("rule.state.theta.rate", 0.5)] {
        let mut changed = run(&experiment);
        rows(&mut changed, 10);
        let made = changed.set(path, Value::Float(value), None).expect("a live field").expect("a change");
        assert_eq!((made.step, made.field.as_str()), (10, path));
        rows(&mut changed, 10);
        assert_ne!(theta(&changed, 0), theta(&reference, 0), "{path}");
        // The same from the record.
        let mut again = run(&experiment);
        rows(&mut again, 10);
        let new = Value::try_from(&made.new).expect("a number");
        again.set(&made.field, new, None).expect("a live field");
        rows(&mut again, 10);
        assert_eq!(theta(&again, 0), theta(&changed, 0), "{path}");
    }
    let mut refused = run(&experiment);
    for (path, value, words) in [
        ("rule.parameters.k", Value::String("x".into()), "rule.parameters.k"),
        ("rule.state.theta.rate", Value::Float(1.5), "from 0 to 1"),
        ("rule.parameters.absent", Value::Float(1.0), "no parameter"),
        ("rule.signal", Value::String("post *".into()), "column 7"),
    ] {
        let error = refused.set(path, value, None).expect_err(path).to_string();
        assert!(error.contains(words), "{path}: {error}");
    }
}

#[test]
fn states_go_with_the_run() {
    let experiment = bcm();
    let mut one = run(&experiment);
    rows(&mut one, 15);
    let checkpoint = one.checkpoint();
    let at_fifteen = theta(&one, 0);
    assert!(at_fifteen.iter().any(|&value| value != 0.1), "thresholds have moved");
    // Looking takes nothing along.
    let looked_at = one.snapshot(2);
    assert_eq!(looked_at.seeds.len(), 2);
    assert_eq!(theta(&one, 0), at_fifteen);
    // A twin has them, and goes its own way.
    one.fork(&[("rule.parameters.k".into(), Value::Float(0.25))]).expect("a twin");
    rows(&mut one, 10);
    let twin = one.replicas_of(Branch::B).start;
    assert_ne!(theta(&one, 0), theta(&one, twin));
    one.end_twin(Branch::A);
    let at_twenty_five = theta(&one, 0);
    one.restore(&checkpoint).expect("back");
    assert_eq!(theta(&one, 0), at_fifteen);
    rows(&mut one, 10);
    assert_eq!(theta(&one, 0), at_twenty_five);
    // And are kept where the step is compiled anew.
    one.set("measure.stationarity", Value::Boolean(false), None).expect("a rebuild");
    assert_eq!(theta(&one, 0), at_twenty_five);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (sets, words) in [
        (&["rule.kind=custom"][..], "rule.signal = \"\""),
        (&["rule.kind=custom", "rule.signal=post * pree"], "column 8: unknown name `pree`, did you mean `pre`?"),
        (&["rule.kind=custom", "rule.signal=k * post * pre", "rule.parameters.k=x"], "rule.parameters.k"),
        (&["rule.kind=custom", "rule.signal=1"], ""),
    ] {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let resolved = resolve("sre", &sets);
        match words {
            "" => assert!(resolved.is_ok(), "{resolved:?}"),
            words => {
                let error = resolved.expect_err(words).to_string();
                assert!(error.contains(words), "{error}");
            }
        }
    }
}
