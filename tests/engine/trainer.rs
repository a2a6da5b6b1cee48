//! The trainer's thread: commands in, events out, rows in the store.

use std::time::Duration;

use super::watched::{curves, set, spawn, store_of, tiny, wait_for, wait_until};

use hebbscope::experiment::Experiment;
use hebbscope::record::{MetricStore, NeuronReading, read_interventions};
use hebbscope::training::{Command, Event, Run, RunState, Status, Trainer};

/// The same with an end that no test comes to, where a run that ends is validated.
pub fn longer() -> Experiment {
    let mut experiment = tiny();
    experiment.training.steps = Some(1_000_000);
    experiment
}

/// An experiment that is still running whenever somebody looks.
pub fn endless() -> Experiment {
    let mut experiment = tiny();
    experiment.training.steps = Some(1_000_000_000_000);
    experiment.measure.validate_every = 0;
    experiment
}

pub fn paused_at(trainer: &Trainer, step: u64) -> Status {
    wait_until(trainer, |s| s.state == RunState::Paused && s.step == step)
}

pub fn started(trainer: &Trainer) -> u64 {
    wait_for(trainer, |event| match event {
        Event::Started { run_id } => Some(run_id),
        _ => None,
    })
}

#[test]
fn a_run_goes_on_beyond_its_planned_steps_until_it_is_paused() {
    let trainer = spawn(tiny());
    assert_eq!(started(&trainer), 1);
    assert_eq!(paused_at(&trainer, 0).planned_steps, 50);
    trainer.send(Command::Run);
    let planned = wait_for(&trainer, |event| match event {
        Event::PlanDone { step } => Some(step),
        _ => None,
    });
    assert_eq!(planned, 50);
    set(&trainer, "rule.learning_rate", 0.03);
    let status = wait_until(&trainer, |s| s.step > 100);
    assert_eq!((status.state, status.seeds.as_slice()), (RunState::Running, &[0, 1][..]));
    trainer.send(Command::Pause);
    let step = wait_until(&trainer, |s| s.state == RunState::Paused).step;
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(trainer.status().step, step, "paused means paused");
}

#[test]
fn single_steps_equal_one_run_and_a_run_without_a_thread() {
    let whole = spawn(tiny());
    whole.send(Command::RunUntil(50));
    paused_at(&whole, 50);

    let stepped = spawn(tiny());
    // Some one by one, the others as fast as they can be asked for: none may be lost.
    for step in 1..=5 {
        stepped.send(Command::Step(1));
        paused_at(&stepped, step);
    }
    for _ in 5..50 {
        stepped.send(Command::Step(1));
    }
    paused_at(&stepped, 50);

    let pieces = spawn(tiny());
    for until in [3, 4, 31, 50] {
        pieces.send(Command::RunUntil(until));
        paused_at(&pieces, until);
    }

    let mut run = Run::new(longer(), 1).expect("valid");
    let mut store = MetricStore::new(std::sync::Arc::clone(run.columns()), run.seeds());
    while run.step() < 50 {
        run.advance(50 - run.step(), false, |row| store.push(&row));
    }
    let expected = curves(&store);
    assert!(expected.iter().any(|curve| curve.len() > 1000), "there is something to compare");
    assert_eq!(store_of(&whole), expected);
    assert_eq!(store_of(&stepped), expected);
    assert_eq!(store_of(&pieces), expected);
}

#[test]
fn run_until_a_step_that_has_passed_does_nothing() {
    let trainer = spawn(tiny());
    trainer.send(Command::Step(9));
    paused_at(&trainer, 9);
    trainer.send(Command::RunUntil(5));
    trainer.send(Command::RunUntil(9));
    trainer.send(Command::Snapshot);
    wait_for(&trainer, |event| matches!(event, Event::Snapshot(_)).then_some(()));
    paused_at(&trainer, 9);
}

#[test]
fn reset_repeats_the_run_and_a_new_seed_does_not() {
    let trainer = spawn(tiny());
    started(&trainer);
    trainer.send(Command::Step(30));
    paused_at(&trainer, 30);
    let first = store_of(&trainer);
    trainer.send(Command::Reset);
    assert_eq!(started(&trainer), 2);
    assert_eq!(paused_at(&trainer, 0).run_id, 2);
    assert!(trainer.metrics().lock().last_step().is_none(), "curves start anew");
    trainer.send(Command::Step(30));
    paused_at(&trainer, 30);
    assert_eq!(store_of(&trainer), first);
    trainer.send(Command::NewSeed(40));
    assert_eq!(started(&trainer), 3);
    trainer.send(Command::Step(30));
    let status = paused_at(&trainer, 30);
    assert_eq!((status.seeds.as_slice(), status.experiment.training.seed), (&[40, 41][..], 40));
    let other = store_of(&trainer);
    // All curves are other ones, but for those that have no value yet in any run.
    assert!(first.iter().zip(&other).all(|(a, b)| a != b || a == "[]"));
}

#[test]
fn reset_keeps_the_settings_and_goes_on_if_it_went() {
    let trainer = spawn(endless());
    started(&trainer);
    set(&trainer, "rule.learning_rate", 0.03);
    trainer.send(Command::Run);
    wait_until(&trainer, |s| s.step > 10);
    trainer.send(Command::Reset);
    started(&trainer);
    let status = wait_until(&trainer, |s| s.run_id == 2 && s.step > 10);
    assert_eq!(status.state, RunState::Running);
    assert_eq!(status.experiment.rule.learning_rate, 0.03);
}

#[test]
fn a_live_setting_takes_effect_at_its_step_and_is_reported() {
    let trainer = spawn(tiny());
    started(&trainer);
    trainer.send(Command::Step(20));
    paused_at(&trainer, 20);
    set(&trainer, "regularizer.weight_decay", 0.3);
    let change = wait_for(&trainer, |event| match event {
        Event::Intervened(change) => Some(change),
        Event::Refused { message, .. } => panic!("{message}"),
        _ => None,
    });
    assert_eq!((change.step, change.field.as_str()), (20, "regularizer.weight_decay"));
    assert_eq!((change.old, change.new), (serde_json::json!(5e-4), serde_json::json!(0.3)));
    trainer.send(Command::Step(20));
    assert_eq!(paused_at(&trainer, 40).experiment.regularizer.weight_decay, 0.3);
    let changed = store_of(&trainer);

    let plain = spawn(tiny());
    plain.send(Command::Step(40));
    paused_at(&plain, 40);
    let (metrics, other) = (trainer.metrics(), plain.metrics());
    let (metrics, other) = (metrics.lock(), other.lock());
    let column = metrics.columns().index("weight_norm_1").expect("a column of the contract");
    let values = |store: &MetricStore, from, to| format!("{:?}", store.envelope(column, 1, from, to, 4096));
    // The norm is that before the update: step 20's is made by the updates 0 to 19.
    assert_eq!(values(&metrics, 0, 20), values(&other, 0, 20), "nothing changes before its step");
    assert_ne!(values(&metrics, 21, 21), values(&other, 21, 21), "it takes effect with the very next update");
    assert_ne!(changed, curves(&other));
}

#[test]
fn refused_values_change_nothing() {
    let trainer = spawn(tiny());
    started(&trainer);
    trainer.send(Command::Step(5));
    let before = paused_at(&trainer, 5);
    let cases: [(&str, toml::Value, &[&str]); 6] = [
        ("rule.learning_rate", (-1.0).into(), &["rule.learning_rate = -1", "from 0 to 1e3"]),
        ("rule.learning_rate", f64::NAN.into(), &["rule.learning_rate = nan", "from 0 to 1e3"]),
        ("rule.speed", 1.0.into(), &["rule.speed", "unknown field"]),
        ("model.hidden", toml::Value::Array(vec![3.into()]), &["model.hidden", "new run", "reset"]),
        ("training.batch_size", 121.into(), &["training.batch_size = 121", "data.train_examples = 120"]),
        ("training.seeds", 3.into(), &["training.seeds = 3", "at most 2"]),
    ];
    for (name, value, words) in cases {
        set(&trainer, name, value);
        let (field, message) = wait_for(&trainer, |event| match event {
            Event::Refused { field, message } => Some((field, message)),
            Event::Intervened(change) => panic!("{change:?}"),
            _ => None,
        });
        assert_eq!(field, name);
        for word in words {
            assert!(message.contains(word), "{message:?} does not say {word:?}");
        }
    }
    assert_eq!(trainer.status().experiment, before.experiment);
    trainer.send(Command::Step(45));
    paused_at(&trainer, 50);
    let untouched = spawn(tiny());
    untouched.send(Command::Step(50));
    paused_at(&untouched, 50);
    assert_eq!(store_of(&trainer), store_of(&untouched));
}

#[test]
fn snapshots_hold_the_matrices_of_every_seed() {
    let trainer = spawn(tiny());
    trainer.send(Command::Step(7));
    paused_at(&trainer, 7);
    trainer.send(Command::Snapshot);
    let snapshot = wait_for(&trainer, |event| match event {
        Event::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    });
    assert_eq!(snapshot.step, 7);
    assert_eq!(snapshot.seeds.iter().map(|s| s.seed).collect::<Vec<_>>(), [0, 1]);
    for seed in &snapshot.seeds {
        let shapes: Vec<_> = seed.layers.iter().map(|l| (l.layer, l.weights.dim(), l.signal.dim())).collect();
        assert_eq!(shapes, [(1, (6, 8), (6, 8)), (2, (4, 6), (4, 6))]);
        assert!(seed.layers.iter().all(|l| l.full_update.iter().any(|&u| u != 0.0)));
    }
    assert_ne!(snapshot.seeds[0].layers[0].weights, snapshot.seeds[1].layers[0].weights);
}

/// A run steered by hand, saved from the window's trainer, repeats without it: every curve but the validation, which a
/// run that ends has at its last step too.
#[test]
fn a_saved_run_repeats_number_for_number() {
    let trainer = spawn(tiny());
    started(&trainer);
    trainer.send(Command::RunUntil(20));
    paused_at(&trainer, 20);
    set(&trainer, "regularizer.weight_decay", 0.05);
    trainer.send(Command::RunUntil(30));
    paused_at(&trainer, 30);
    set(&trainer, "training.batch_size", 20);
    trainer.send(Command::RunUntil(41));
    paused_at(&trainer, 41);
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path().join("saved");
    trainer.send(Command::SaveSession(folder.clone()));
    let saved = wait_for(&trainer, |event| match event {
        Event::Saved(path) => Some(path),
        Event::Notice(text) => panic!("{text}"),
        _ => None,
    });
    assert_eq!(saved, folder);

    let again = hebbscope::experiment::resolve(folder.to_str().expect("a plain path"), &[]).expect("a configuration");
    assert_eq!(again.total_steps(), 41);
    let mut changes = std::collections::VecDeque::from(read_interventions(&folder).expect("interventions"));
    assert_eq!(changes.len(), 2);
    let mut run = Run::new(again, 2).expect("the run starts");
    let mut store = MetricStore::new(std::sync::Arc::clone(run.columns()), run.seeds());
    while run.step() < run.total_steps() {
        while let Some(change) = changes.pop_front_if(|change| change.step == run.step()) {
            let value = toml::Value::try_from(&change.new).expect("numbers have a TOML form");
            run.set(&change.field, value, change.target).expect("allowed then, allowed now");
        }
        run.advance(1, false, |row| store.push(&row));
    }
    let live = trainer.metrics();
    let live = live.lock();
    for (column, name) in store.columns().names().iter().enumerate().filter(|(_, name)| !name.starts_with("valid")) {
        for seed in 0..2 {
            let [now, then] = [&store, &*live].map(|s| s.envelope(column, seed, 0, u64::MAX, 4096));
            assert!(!now.is_empty() || name.contains("averaged") || name.contains("gap"), "{name} has values");
            assert_eq!(format!("{now:?}"), format!("{then:?}"), "{name} of seed {seed}");
        }
    }
}

#[test]
fn a_folder_that_holds_something_is_not_overwritten() {
    let trainer = spawn(tiny());
    started(&trainer);
    let scratch = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(scratch.path().join("thesis.txt"), "years of work").expect("written");
    trainer.send(Command::SaveSession(scratch.path().to_path_buf()));
    let said = wait_for(&trainer, |event| match event {
        Event::Notice(text) => Some(text),
        _ => None,
    });
    assert!(said.contains("nothing saved") && said.contains("not empty"), "{said}");
    assert_eq!(std::fs::read_dir(scratch.path()).expect("readable").count(), 1);
}

/// Cosines of rows made by hand from a snapshot, which shows what the next step will find.
#[test]
fn neurons_of_the_first_seed_are_followed() {
    let trainer = spawn(tiny());
    started(&trainer);
    trainer.send(Command::Step(20));
    paused_at(&trainer, 20);
    trainer.send(Command::Snapshot);
    let snapshot = wait_for(&trainer, |event| match event {
        Event::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    });
    trainer.send(Command::Step(1));
    paused_at(&trainer, 21);
    let neurons = trainer.neurons();
    let store = neurons.lock();
    assert_eq!((store.layers(), store.seed(), store.last_step()), (&[(1, 6), (2, 4)][..], 0, Some(20)));
    for layer in &snapshot.seeds[0].layers {
        let map = |reading| store.heat(layer.layer, reading, 20, 20, 10).values;
        let found = [map(NeuronReading::Signal), map(NeuronReading::Full)];
        for neuron in 0..layer.weights.nrows() {
            for (found, matrix) in found.iter().zip([&layer.signal, &layer.full_update]) {
                let (a, h) = (matrix.row(neuron), layer.hebbian.row(neuron));
                let expected = a.dot(&h) / (a.dot(&a) * h.dot(&h)).sqrt();
                // Sums of at most eight products in f32.
                assert!((found[neuron] - expected).abs() < 1e-5, "{} instead of {expected}", found[neuron]);
            }
        }
    }
    // Forces of neurons sum up to those of the layer: windows of 10 steps, the second one closed.
    let metrics = trainer.metrics();
    let metrics = metrics.lock();
    for (place, name) in ["radial_signal", "radial_decay", "radial_noise", "step_square"].iter().enumerate() {
        let column = metrics.columns().index(&format!("{name}_1")).expect("measured by default");
        let rows = metrics.envelope(column, 0, 10, 19, 10);
        let expected = rows.iter().map(|bin| f64::from(bin.mean)).sum::<f64>() / 10.0;
        let found: f64 = store.forces(1).expect("a window").iter().map(|f| f64::from(f[place])).sum();
        // f32 rounding of each neuron's part, which may cancel in the sum.
        assert!((found - expected).abs() < 1e-6 + 1e-5 * expected.abs(), "{name}: {found} instead of {expected}");
    }
}

#[test]
fn another_seed_or_none_can_be_followed() {
    let trainer = spawn(tiny());
    started(&trainer);
    trainer.send(Command::Step(5));
    paused_at(&trainer, 5);
    trainer.send(Command::WatchNeurons(1));
    trainer.send(Command::Step(5));
    paused_at(&trainer, 10);
    let seen = |trainer: &Trainer| {
        let neurons = trainer.neurons();
        let store = neurons.lock();
        (store.seed(), store.first_recent_step(), store.last_step())
    };
    assert_eq!(seen(&trainer), (1, Some(5), Some(9)));
    // A change that leaves the neurons as they are goes on with the same store.
    set(&trainer, "training.batch_size", 20);
    trainer.send(Command::Step(5));
    paused_at(&trainer, 15);
    assert_eq!(seen(&trainer), (1, Some(5), Some(14)));
    // The seed that is followed leaves the run.
    set(&trainer, "training.seeds", 1);
    trainer.send(Command::Step(5));
    paused_at(&trainer, 20);
    assert_eq!(seen(&trainer), (0, Some(15), Some(19)));
    set(&trainer, "measure.neurons", false);
    trainer.send(Command::Step(5));
    paused_at(&trainer, 25);
    assert_eq!(seen(&trainer), (0, None, None));
    set(&trainer, "measure.neurons", true);
    trainer.send(Command::Reset);
    started(&trainer);
    trainer.send(Command::Step(5));
    paused_at(&trainer, 5);
    assert_eq!(seen(&trainer), (0, Some(0), Some(4)));
}

#[test]
fn a_record_is_repeated_with_its_changes() {
    let mut run = Run::new(longer(), 1).expect("tiny");
    let mut store = MetricStore::new(std::sync::Arc::clone(run.columns()), run.seeds());
    let mut train_to = |run: &mut Run, end: u64| {
        while run.step() < end {
            run.advance(end - run.step(), false, |row| store.push(&row));
        }
    };
    train_to(&mut run, 13);
    run.set("regularizer.weight_decay", toml::Value::Float(0.02), None).expect("live");
    train_to(&mut run, 29);
    run.set("training.batch_size", toml::Value::Integer(5), None).expect("rebuild");
    run.set("noise.weight_sd", toml::Value::Float(0.01), None).expect("live");
    train_to(&mut run, 50);

    let trainer = spawn(endless());
    started(&trainer);
    let interventions = run.interventions().to_vec();
    assert_eq!(interventions.len(), 3);
    trainer.send(Command::Replay { experiment: Box::new(tiny()), interventions: interventions.clone() });
    started(&trainer);
    trainer.send(Command::RunUntil(50));
    paused_at(&trainer, 50);
    assert_eq!(*trainer.status().interventions, interventions);
    assert_eq!(store_of(&trainer), curves(&store), "the repeated run has the record's numbers, bit for bit");
}
