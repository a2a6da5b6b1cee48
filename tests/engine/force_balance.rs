//! The force balance: four terms, summed from matrices, against the change of |W|^2 that the weights themselves show.

use super::watched::{odd, train};
use hebbscope::experiment::{Coupling, Experiment, RuleKind, WeightNoiseMode};
use hebbscope::record::Row;
use hebbscope::training::Run;

const LAYERS: usize = 3;

/// Biases, decay and a clip.
fn experiment(rule: RuleKind) -> Experiment {
    let mut experiment = odd(rule);
    experiment.model.bias = true;
    experiment.rule.learning_rate = 0.02;
    experiment.rule.clip = 2.0;
    experiment.rule.random_nn_hidden = vec![10];
    experiment.regularizer.weight_decay = 0.05;
    experiment
}

/// A column's value in a row, which must be there.
fn value(run: &Run, row: &Row, name: &str, layer: usize) -> f64 {
    let column = run.columns().index(&format!("{name}_{layer}")).unwrap_or_else(|| panic!("no column {name}_{layer}"));
    f64::from(row.values[column].unwrap_or_else(|| panic!("{name}_{layer} at step {}", row.step)))
}

const TERMS: [&str; 4] = ["radial_signal", "radial_decay", "radial_noise", "step_square"];

fn terms(run: &Run, row: &Row, layer: usize) -> [f64; 4] {
    TERMS.map(|name| value(run, row, name, layer))
}

/// Half a unit in the last place of an f32.
const ROUNDING: f64 = 6e-8;

/// What rounding may do to the balance. The stored weights are rounded sums, once with the noise and once with the
/// update: at most `ROUNDING |w|` an element each, which changes |W|^2 by at most `2 ROUNDING |W|^2` each. Sums of n
/// products in f32 err by less than 8 roundings of their absolute terms here (rows of at most 19), bounded by
/// 2|W||u + eps|; and products with the noise are subtracted from such sums.
fn tolerance(norm: f64, step: f64) -> f64 {
    4.0 * ROUNDING * norm * norm + 8.0 * ROUNDING * (2.0 * norm * step + step * step) + 1e-12
}

fn check(experiment: &Experiment, what: &str) -> (Run, Vec<Row>) {
    let (run, rows) = train(experiment, 7);
    for row in &rows {
        for layer in 1..=LAYERS {
            let terms = terms(&run, row, layer);
            let change = value(&run, row, "norm_change", layer);
            let (norm, step) = (value(&run, row, "weight_norm", layer), terms[3].sqrt());
            let residual = (terms.iter().sum::<f64>() - change).abs();
            // Terms are kept as f32: shares of Adam's update that nearly cancel are much larger than the update.
            let allowed = tolerance(norm, step) + ROUNDING * terms.iter().map(|term| term.abs()).sum::<f64>();
            assert!(residual <= allowed, "{what}, step {}, layer {layer}: {terms:?} against {change}", row.step);
            // The tolerance must tell a missing term from rounding.
            assert!(terms[3] > 2.0 * allowed || step == 0.0, "{what}: a step of {step} is lost in {allowed}");
        }
    }
    (run, rows)
}

const RULES: [RuleKind; 7] = [
    RuleKind::Sgd,
    RuleKind::Adam,
    RuleKind::Dfa,
    RuleKind::RandomNn,
    RuleKind::Hebb,
    RuleKind::HebbNormalized,
    RuleKind::Oja,
];

#[test]
fn four_terms_make_up_the_change_of_the_squared_norm() {
    for rule in RULES {
        for coupling in [Coupling::Coupled, Coupling::Decoupled] {
            for (sd, mode) in [
                (0.0, WeightNoiseMode::Accumulate),
                (0.01, WeightNoiseMode::Accumulate),
                (0.01, WeightNoiseMode::Transient),
            ] {
                let mut experiment = experiment(rule);
                experiment.regularizer.coupling = coupling;
                experiment.noise.weight_sd = sd;
                experiment.noise.weight_mode = mode;
                let what = format!("{rule:?}, {coupling:?}, noise {sd} {mode:?}");
                let (run, rows) = check(&experiment, &what);
                let stays = sd > 0.0 && mode == WeightNoiseMode::Accumulate;
                let noise = |layer: usize| rows.iter().any(|row| terms(&run, row, layer)[2] != 0.0);
                assert!((1..=LAYERS).all(|layer| noise(layer) == stays), "{what}: noise where it stays only");
            }
        }
    }
}

#[test]
fn other_decays_balance_too() {
    for rule in [RuleKind::Sgd, RuleKind::Adam, RuleKind::HebbNormalized] {
        for mode in [WeightNoiseMode::Accumulate, WeightNoiseMode::Transient] {
            let mut l1 = experiment(rule);
            l1.noise.weight_sd = 0.01;
            l1.noise.weight_mode = mode;
            l1.noise.gradient_sd = 0.01;
            let (mut diagonal, mut full) = (l1.clone(), l1.clone());
            l1.regularizer.l1 = 0.02;
            diagonal.regularizer.decay_spread = 3.0;
            full.regularizer.decay_correlation = 0.4;
            for (experiment, what) in [(l1, "L1"), (diagonal, "diagonal D"), (full, "full D")] {
                check(&experiment, &format!("{rule:?}, {mode:?}, {what}"));
            }
        }
    }
}

/// With uniform decay beside the signal, u_decay = -learning rate * gamma * W: its part is known without any sum.
#[test]
fn the_decay_has_its_own_part() {
    for (rule, coupling) in [
        (RuleKind::Sgd, Coupling::Coupled),
        (RuleKind::Dfa, Coupling::Coupled),
        (RuleKind::Oja, Coupling::Coupled),
        (RuleKind::RandomNn, Coupling::Coupled),
        (RuleKind::Adam, Coupling::Decoupled),
    ] {
        let mut experiment = experiment(rule);
        experiment.regularizer.coupling = coupling;
        let (run, rows) = train(&experiment, 7);
        for row in &rows {
            for layer in 1..=LAYERS {
                let norm = value(&run, row, "weight_norm", layer);
                let [_, decay, _, square] = terms(&run, row, layer);
                let expected = -2.0 * 0.02 * 0.05 * norm * norm;
                // The decay is what is left of <W,u> without the signal: sums of products of |W||u|, rounded.
                let allowed = 1e-6 * expected.abs() + 20.0 * ROUNDING * 2.0 * norm * square.sqrt();
                assert!((decay - expected).abs() < allowed, "{rule:?}: {decay} instead of {expected}");
            }
        }
    }
}

/// Adam's split is linear in what goes through the first moment: a run with decay, its signal fed through by hand.
#[test]
fn adams_decay_goes_through_its_own_moment() {
    let mut experiment = experiment(RuleKind::Adam);
    experiment.training.steps = Some(1);
    let mut run = Run::new(experiment, 1).expect("a small, valid experiment");
    let mut first = None;
    let before = run.snapshot(1);
    run.advance(1, false, |row| first = Some(row));
    let row = first.expect("a measured step");
    for (place, layer) in before.seeds[0].layers.iter().enumerate() {
        // In the first step m = (1 - beta1) x and v = (1 - beta2) x^2, so that the corrected moments are x and x^2 with
        // x = decay - g; the decay's part is decay / (|x| + epsilon).
        let expected: f64 = layer
            .weights
            .iter()
            .zip(&layer.signal)
            .map(|(&w, &g)| {
                let (w, g) = (f64::from(w), f64::from(g));
                let decay = 0.05 * w;
                -2.0 * 0.02 * w * decay / ((decay - g).abs() + 1e-8)
            })
            .sum();
        let found = value(&run, &row, "radial_decay", place + 1);
        // 1 - beta2 = 1e-3 is a difference that f32 knows to 6e-5 in `corrections`, and its root to half of that.
        assert!((found / expected - 1.0).abs() < 1e-4, "layer {}: {found} instead of {expected}", place + 1);
    }
}

/// What is off is exactly zero, also after it was on.
#[test]
fn what_is_off_has_no_part() {
    for rule in [RuleKind::Sgd, RuleKind::Adam] {
        let mut experiment = experiment(rule);
        experiment.noise.weight_sd = 0.01;
        let mut run = Run::new(experiment.clone(), 1).expect("a small, valid experiment");
        run.advance(5, false, |_| {});
        run.set("noise.weight_sd", toml::Value::Float(0.0), None).expect("live");
        let mut rows = Vec::new();
        run.advance(5, false, |row| rows.push(row));
        assert_eq!(rows.len(), 5);
        for row in &rows {
            for layer in 1..=LAYERS {
                let terms = terms(&run, row, layer);
                assert_eq!(terms[2], 0.0, "{rule:?}: noise that is off");
                let change = value(&run, row, "norm_change", layer);
                let norm = value(&run, row, "weight_norm", layer);
                let residual = (terms.iter().sum::<f64>() - change).abs();
                assert!(residual < tolerance(norm, terms[3].sqrt()), "{rule:?}: {terms:?} against {change}");
            }
        }
        experiment.regularizer.weight_decay = 0.0;
        experiment.noise.weight_sd = 0.0;
        let (run, rows) = train(&experiment, 7);
        let none = |row: &Row| (1..=LAYERS).all(|layer| terms(&run, row, layer)[1] == 0.0);
        assert!(rows.iter().all(none), "{rule:?}: decay that is off");
    }
}

#[test]
fn the_cosine_of_weights_and_hebbian_update() {
    let mut run = Run::new(experiment(RuleKind::Sgd), 1).expect("a small, valid experiment");
    let seen = run.snapshot(1);
    let mut first = None;
    run.advance(1, false, |row| first = Some(row));
    let row = first.expect("a measured step");
    for (place, layer) in seen.seeds[0].layers.iter().enumerate() {
        let dot = |a: &ndarray::Array2<f32>, b: &ndarray::Array2<f32>| -> f64 {
            a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        let (w, h) = (&layer.weights, &layer.hebbian);
        let expected = dot(w, h) / (dot(w, w) * dot(h, h)).sqrt();
        let found = value(&run, &row, "stationary_cosine", place + 1);
        // A cosine of sums that f32 rounds to 1e-7 or so.
        assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
    }
}

#[test]
fn without_the_field_there_are_no_columns_and_the_same_weights() {
    for rule in [RuleKind::Sgd, RuleKind::Adam, RuleKind::HebbNormalized] {
        let mut on = experiment(rule);
        on.noise.weight_sd = 0.01;
        let mut off = on.clone();
        off.measure.force_balance = false;
        let ((with, rows), (without, plain)) = (train(&on, 7), train(&off, 7));
        assert_eq!(without.columns().index("radial_signal_1"), None);
        let shared = without.columns().names().len();
        assert_eq!(with.columns().names()[..shared], *without.columns().names());
        for (a, b) in rows.iter().zip(&plain) {
            let bits = |row: &Row| row.values[..shared].iter().map(|v| v.map(f32::to_bits)).collect::<Vec<_>>();
            assert_eq!(bits(a), bits(b), "{rule:?}, step {}", a.step);
        }
    }
}

/// Neither what is frozen nor what does not exist moves, and both leave the balance.
#[test]
fn frozen_and_missing_weights_have_no_part() {
    for rule in [RuleKind::Sgd, RuleKind::Adam, RuleKind::HebbNormalized] {
        let mut experiment = experiment(rule);
        experiment.noise.weight_sd = 0.01;
        (experiment.model.frozen, experiment.model.sparsity) = (0.4, 0.3);
        check(&experiment, &format!("{rule:?}"));
        experiment.model.frozen_layers = vec![1, 2, 3];
        let (run, rows) = train(&experiment, 7);
        for row in &rows {
            for layer in 1..=LAYERS {
                assert_eq!(
                    terms(&run, row, layer),
                    [0.0; 4],
                    "{rule:?}: nothing of a frozen layer moves, nor is noise on it"
                );
            }
        }
    }
}

/// The noise of a large network is drawn once more where it is measured.
#[test]
fn a_large_network_balances() {
    let mut experiment = experiment(RuleKind::Sgd);
    experiment.model.hidden = vec![2_100, 2_100];
    experiment.training.steps = Some(3);
    experiment.noise.weight_sd = 0.001;
    let (run, rows) = train(&experiment, 7);
    assert_eq!(rows.len(), 3);
    for row in &rows {
        let terms = terms(&run, row, 2);
        let change = value(&run, row, "norm_change", 2);
        // Sums of 2,100 products in a row, each a lane's of 8 or more: some 260 roundings that are as often up as down.
        let norm = value(&run, row, "weight_norm", 2);
        let allowed = 16.0 * ROUNDING * (norm * norm + 2.0 * norm * terms[3].sqrt());
        assert!(
            (terms.iter().sum::<f64>() - change).abs() <= allowed,
            "{terms:?} against {change}, allowed {allowed:e}"
        );
        assert!(terms[2].abs() > 0.0 && terms[3] > 2.0 * allowed, "the noise has its part: {terms:?}");
    }
}
