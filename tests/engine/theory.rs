//! Expectations at fixed weights: they change nothing, agree with what can be summed by hand, and obey the theorem once
//! a run is stationary.

use std::time::{Duration, Instant};

use hebbscope::experiment::{Experiment, resolve};
use hebbscope::theory::{comparisons, premise};
use hebbscope::training::{Branch, Command, LayerExpectations, Run, RunState, Trainer};

fn small(settings: &[&str]) -> Experiment {
    let all = [
        "data.train_examples=256",
        "data.validation_examples=64",
        "data.input_size=6",
        "data.output_size=4",
        "model.hidden=[8, 8]",
        "training.batch_size=64",
        "training.steps=100000",
        "training.seeds=2",
    ];
    let all: Vec<String> = all.iter().chain(settings).map(|s| (*s).to_owned()).collect();
    resolve("sre", &all).expect("the preset takes these values")
}

fn trained(settings: &[&str], steps: u64) -> Run {
    let mut run = Run::new(small(settings), 1).expect("the experiment is small and valid");
    advance(&mut run, steps, |_| {});
    run
}

fn advance(run: &mut Run, steps: u64, mut sink: impl FnMut(hebbscope::record::Row)) {
    let end = run.step() + steps;
    while run.step() < end {
        run.advance(end - run.step(), false, &mut sink);
    }
}

fn weights(run: &Run) -> Vec<u32> {
    let program = run.executor().program();
    let replicas = run.executor().replicas().iter();
    replicas.flat_map(|r| program.layers.iter().flat_map(|l| r.read(l.weights))).map(f32::to_bits).collect()
}

#[test]
fn expectations_change_no_bit_of_the_run() {
    let noisy =
        ["noise.weight_sd=0.01", "noise.input_sd=0.1", "noise.gradient_sd=0.01", "regularizer.weight_decay=0.01"];
    for rule in ["sgd", "adam", "dfa", "random_nn", "hebb_normalized", "oja"] {
        let kind = format!("rule.kind={rule}");
        let mut settings = noisy.to_vec();
        settings.push(&kind);
        let rate = "rule.learning_rate=0.001";
        settings.push(rate);
        let (mut asked, mut left) = (trained(&settings, 37), trained(&settings, 37));
        for batches in [3, 0] {
            let layers = asked.expectations(Branch::A, 1, batches).expect("no seed has diverged");
            assert_eq!(layers.len(), 3);
        }
        let (mut rows, mut others) = (Vec::new(), Vec::new());
        advance(&mut asked, 150, |row| rows.push(row));
        advance(&mut left, 150, |row| others.push(row));
        assert_eq!(weights(&asked), weights(&left), "{rule}");
        assert!(rows == others && rows.len() == 300, "{rule}: the rows are the same");
    }
}

#[test]
fn noise_is_left_out_and_given_back() {
    let quiet = trained(&[], 0).expectations(Branch::A, 0, 2).expect("it has not diverged");
    let noisy = ["noise.weight_sd=0.5", "noise.input_sd=0.5", "noise.gradient_sd=0.5"];
    let mut run = trained(&noisy, 0);
    assert_eq!(run.expectations(Branch::A, 0, 2).expect("it has not diverged"), quiet);
    assert_eq!(run.experiment().noise.weight_sd, 0.5);
}

/// Of one batch, everything can be had from the matrices of the step.
#[test]
fn one_batch_agrees_with_the_snapshot() {
    let mut run =
        trained(&["regularizer.weight_decay=0.01", "regularizer.decay_spread=3", "measure.per_example=true"], 20);
    let layers = run.expectations(Branch::A, 0, 1).expect("it has not diverged");
    let snapshot = run.snapshot(1);
    let mut row = None;
    run.advance(1, false, |r| row = row.take().or(Some(r)));
    let row = row.expect("every step is measured");
    let columns = std::sync::Arc::clone(run.columns());
    let value = |name: &str| f64::from(row.values[columns.index(name).expect("measured")].expect("defined"));
    for (layer, matrices) in layers.iter().zip(&snapshot.seeds[0].layers) {
        let product = |a: &ndarray::Array2<f32>, b: &ndarray::Array2<f32>| {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
        };
        let (w, g, h) = (&matrices.weights, &matrices.signal, &matrices.hebbian);
        // Both sum f32 matrices in f64; the order of summation is the only difference.
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
        assert!(close(layer.weight_signal, product(w, g)));
        assert!(close(layer.signal_hebbian, product(g, h)));
        assert!(close(layer.weight_square, product(w, w)));
        // Columns are f32.
        let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 2e-6);
        assert!(near(layer.cosine, value(&format!("signal_{}", layer.layer))));
        let product =
            layer.example_product.expect("sgd has deltas") / value(&format!("expected_product_{}", layer.layer));
        assert!((product - 1.0).abs() < 1e-5, "{product}");
        // 2<W, u_decay> = -2 eta gamma <W, D W>, with D drawn by neuron.
        let decay = value(&format!("radial_decay_{}", layer.layer));
        let expected = -2.0 * run.experiment().rule.learning_rate * layer.weight_decay;
        assert!((decay / expected - 1.0).abs() < 1e-5, "{decay} {expected}");
    }
}

/// Maps of tokens and of output positions have many samples an example, over which all means are.
#[test]
fn one_batch_agrees_with_the_snapshot_of_any_network() {
    const CNN: &[&str] = &[
        "data.kind=digits",
        "data.train_examples=160",
        "data.validation_examples=32",
        "model.channels=[2, 3]",
        "model.hidden=[6]",
    ];
    const TRANSFORMER: &[&str] = &[
        "data.train_examples=64",
        "data.validation_examples=16",
        "data.length=4",
        "model.width=8",
        "model.heads=2",
        "model.feed_forward=8",
        "model.hidden=[8]",
        "model.encoder_layers=1",
    ];
    const RESNET: &[&str] = &[
        "data.kind=digits",
        "data.train_examples=160",
        "data.validation_examples=32",
        "model.planes=[2, 3]",
        "model.blocks=[1, 1]",
        "model.hidden=[]",
    ];
    for (preset, settings) in [("cnn", CNN), ("sre-transformer", TRANSFORMER), ("resnet-18", RESNET)] {
        let usual = ["training.batch_size=16", "training.seeds=1"];
        let all: Vec<String> = usual.iter().chain(settings).map(|s| (*s).to_owned()).collect();
        let experiment = resolve(preset, &all).expect("the preset takes these values");
        let mut run = Run::new(experiment, 1).expect("small");
        advance(&mut run, 3, |_| {});
        let layers = run.expectations(Branch::A, 0, 1).expect("it has not diverged");
        assert_eq!(run.expectations(Branch::A, 0, 0).expect("a whole pass").len(), layers.len());
        let snapshot = run.snapshot(1);
        assert_eq!(layers.len(), snapshot.seeds[0].layers.len(), "{preset}");
        for (layer, matrices) in layers.iter().zip(&snapshot.seeds[0].layers) {
            let product = |a: &ndarray::Array2<f32>, b: &ndarray::Array2<f32>| {
                a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
            };
            let (w, g, h) = (&matrices.weights, &matrices.signal, &matrices.hebbian);
            // Both sum f32 matrices in f64; the order of summation is the only difference.
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
            assert!(close(layer.weight_signal, product(w, g)), "{preset} {}", layer.layer);
            assert!(close(layer.signal_hebbian, product(g, h)), "{preset} {}", layer.layer);
            assert!(close(layer.weight_square, product(w, w)), "{preset} {}", layer.layer);
            assert!(layer.input_square > 0.0 && layer.pre_activation_square > 0.0, "{preset} {}", layer.layer);
        }
    }
}

/// <W, E h_b h_a^T> = E|h_b|^2 for a layer without biases: the step from eq. 11 to eq. 12.
#[test]
fn weights_along_the_mean_hebbian_update_are_the_activity() {
    for layer in trained(&["regularizer.weight_decay=0.01"], 30).expectations(Branch::A, 0, 0).expect("alive") {
        // H is a mean in f32.
        assert!((layer.decay_hebbian / (0.01 * layer.pre_activation_square) - 1.0).abs() < 1e-5);
        assert!(layer.input_square_cv.is_some_and(|cv| cv > 0.01), "activity varies");
    }
}

fn shown(layers: &[LayerExpectations]) -> String {
    let line = |layer: &LayerExpectations| {
        let residuals = comparisons(layer).map(|c| c.relative_residual());
        format!("{} {:?} {residuals:?} cv {:?}\n", layer.layer, premise(layer), layer.input_square_cv)
    };
    layers.iter().map(line).collect()
}

#[test]
fn the_theorem_holds_at_stationarity_and_not_before() {
    // The whole set in a batch: without noise of batches the run comes to rest, down to the rounding of f32.
    let settings = ["training.batch_size=256", "regularizer.weight_decay=0.02", "rule.learning_rate=0.2"];
    let mut run = trained(&settings, 20);
    let early = run.expectations(Branch::A, 0, 0).expect("alive");
    assert!(early.iter().any(|layer| !premise(layer).holds()), "{}", shown(&early));
    advance(&mut run, 12_000, |_| {});
    let late = run.expectations(Branch::A, 0, 0).expect("alive");
    println!("{}", shown(&late));
    for layer in &late {
        assert!(layer.weight_square > 1e-3, "no layer has collapsed: {layer:?}");
        let gap = premise(layer).gap.expect("there is decay");
        let [outward, example, mean, cosine] = comparisons(layer);
        // Observed: a gap of 0.003 to 0.005, residuals of 4e-5 and below; the reference finds 1e-3.
        assert!(gap < 1e-2, "{}", shown(&late));
        for law in [outward, mean, cosine] {
            assert!(law.relative_residual().is_some_and(|r| r.abs() < 1e-3), "{law:?}\n{}", shown(&late));
        }
        // Lemma 1 also needs |h_a|^2 to be constant, which it is not here (CV 0.5 to 1.2): its value misses by up to
        // 84 %, its sign does not.
        assert!(example.measured.is_some_and(|c| c > 0.0), "{}", shown(&late));
        assert!(layer.input_square_cv.is_some_and(|cv| cv > 0.3), "{}", shown(&late));
    }
}

#[test]
fn rules_without_deltas_have_no_value_by_example() {
    for (rule, has) in [("sgd", true), ("dfa", true), ("adam", true), ("random_nn", false), ("oja", false)] {
        let kind = format!("rule.kind={rule}");
        let layers = trained(&[&kind], 2).expectations(Branch::A, 0, 1).expect("alive");
        assert!(layers.iter().all(|layer| layer.example_product.is_some() == has), "{rule}");
    }
}

const LIMIT: Duration = Duration::from_secs(30);

#[track_caller]
fn wait<T>(what: &str, mut get: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = get() {
            return value;
        }
        assert!(start.elapsed() < LIMIT, "no {what} within {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_trainer_answers_for_the_present_and_for_the_past() {
    let trainer = Trainer::spawn(small(&[]), 1, Box::new(|| {})).expect("a thread can be started");
    let paused = |step| {
        let status = trainer.status();
        (status.state == RunState::Paused && status.step == step).then_some(status.run_id)
    };
    trainer.send(Command::Step(40));
    let run_id = wait("step 40", || paused(40));
    trainer.send(Command::Expect { seed_index: 1, batches: 2 });
    let at_40 = wait("answer", || trainer.expectations());
    assert_eq!((at_40.run_id, at_40.step, at_40.seed, at_40.batches, at_40.examples), (run_id, 40, 1, 2, 128));
    trainer.send(Command::Step(60));
    wait("step 100", || paused(100));
    trainer.send(Command::Look(Some(40)));
    trainer.send(Command::Expect { seed_index: 1, batches: 2 });
    let again = wait("answer about the past", || trainer.expectations().filter(|e| !std::sync::Arc::ptr_eq(e, &at_40)));
    assert_eq!(again.step, 40);
    assert_eq!(again.layers, at_40.layers, "the same weights and batches");
    trainer.send(Command::Look(None));
    trainer.send(Command::Expect { seed_index: 0, batches: 0 });
    let now = wait("answer about the present", || trainer.expectations().filter(|e| e.step == 100));
    assert_eq!((now.seed, now.asked, now.batches, now.examples), (0, 0, 4, 256));
    trainer.send(Command::Reset);
    wait("new run", || (trainer.status().run_id != run_id).then_some(()));
    assert!(trainer.expectations().is_none(), "an answer is about the current run");
}
