//! Alignments and norms do not depend on the size of what they are of: f32 squares nothing below 1e-19 or above 1e19.

use super::watched::{odd, train};
use hebbscope::experiment::{Activation, Experiment, RuleKind};
use hebbscope::record::Row;
use hebbscope::training::Run;

/// Everything that is measured.
fn experiment(rule: RuleKind) -> Experiment {
    let mut experiment = odd(rule);
    experiment.rule.learning_rate = 0.125;
    experiment.regularizer.weight_decay = 0.0;
    experiment.measure.loss_gradient = true;
    experiment.measure.post_activation = true;
    experiment.measure.per_example = true;
    experiment
}

/// A linear layer under Hebb's rule, whose step is proportional to its weights: started 2^power times as large, it takes
/// the same steps 2^power times as large, to the last bit.
fn hebbian(power: i32, sd: f64) -> (Run, Vec<Row>) {
    let mut experiment = experiment(RuleKind::Hebb);
    experiment.model.hidden = Vec::new();
    experiment.rule.learning_rate = 0.01;
    experiment.regularizer.weight_decay = 0.05;
    experiment.model.init_scale = 2f64.powi(power);
    experiment.noise.weight_sd = sd * 2f64.powi(power);
    experiment.measure.loss_gradient = false;
    experiment.measure.per_example = false;
    train(&experiment, 64)
}

#[test]
fn a_run_of_tiny_or_large_weights_is_the_run_of_usual_ones() {
    const COSINES: [&str; 4] = ["signal_1", "full_1", "signal_post_1", "stationary_cosine_1"];
    const SIZES: [&str; 4] = ["weight_norm_1", "signal_norm_1", "hebbian_norm_1", "stationarity_gap_1"];
    const SQUARES: [&str; 5] =
        ["radial_signal_1", "radial_decay_1", "radial_noise_1", "step_square_1", "norm_change_1"];
    for sd in [0.0, 0.01] {
        let (run, expected) = hebbian(0, sd);
        // Squares that a column holds end at 2^-126.
        for power in [-100, -62, -45, -20, 9] {
            let (_, found) = hebbian(power, sd);
            let mut compared = 0;
            for (a, b) in expected.iter().zip(&found) {
                for (name, (a, b)) in run.columns().names().iter().zip(a.values.iter().zip(&b.values)) {
                    let name = name.as_str();
                    let is_held = power >= -45;
                    let factor = match () {
                        () if COSINES.contains(&name) || name == "averaged_1" => 1.0,
                        () if SIZES.contains(&name) => 2f64.powi(power),
                        () if SQUARES.contains(&name) && is_held => 2f64.powi(2 * power),
                        () => continue,
                    };
                    let a = a.map(|a| (f64::from(a) * factor) as f32);
                    assert_eq!(a, *b, "{name} at 2^{power}, value {compared}");
                    assert!(b.is_some() || !COSINES.contains(&name), "{name} at 2^{power} is undefined");
                    compared += 1;
                }
            }
            // Of 40 steps, the columns above.
            assert!(compared >= 40 * (COSINES.len() + 1 + SIZES.len()), "{compared}");
        }
    }
}

/// At a rate of 0 the weights stay as they were, whatever the signal.
#[test]
fn tiny_signals_point_where_usual_ones_do() {
    for rule in [RuleKind::Sgd, RuleKind::Dfa] {
        let mut plain = experiment(rule);
        plain.rule.learning_rate = 0.0;
        let (run, expected) = train(&plain, 64);
        for power in [-100, -60, -30, 10] {
            let mut scaled = plain.clone();
            scaled.training.loss_scale = 2f64.powi(power);
            let (_, found) = train(&scaled, 64);
            for (a, b) in expected.iter().zip(&found) {
                for (name, (a, b)) in run.columns().names().iter().zip(a.values.iter().zip(&b.values)) {
                    let is_size = name.starts_with("signal_norm") || name.starts_with("stationarity_gap");
                    let is_cosine = ["signal_1", "signal_2", "signal_3"].contains(&&**name)
                        || ["averaged", "neggrad", "signal_post", "per_example"].iter().any(|c| name.starts_with(c));
                    let factor = if is_size { 2f64.powi(power) as f32 } else { 1.0 };
                    if is_size || is_cosine {
                        let a = a.map(|a| (a * factor).to_bits());
                        assert_eq!(a, b.map(f32::to_bits), "{rule:?} at 2^{power}: {name}");
                    }
                    if is_cosine && !name.starts_with("averaged") {
                        assert!(b.is_some(), "{rule:?} at 2^{power}: {name} is undefined");
                    }
                }
            }
        }
    }
}

/// A network whose signals shrink from layer to layer, by themselves.
#[test]
fn the_first_layers_of_a_deep_sigmoid_network_have_their_alignments() {
    let mut experiment = experiment(RuleKind::Sgd);
    experiment.model.hidden = vec![9; 32];
    experiment.data.teacher_hidden = Some(vec![9]);
    experiment.model.activation = Activation::Sigmoid;
    experiment.regularizer.weight_decay = 5e-4;
    experiment.measure.loss_gradient = false;
    let (run, rows) = train(&experiment, 64);
    let column = |name: &str| run.columns().index(name).unwrap_or_else(|| panic!("no column {name}"));
    let least = rows.iter().map(|row| row.values[column("signal_norm_1")].expect("a norm")).fold(f32::MAX, f32::min);
    assert!(least > 0.0 && least < 1e-20, "the signal of layer 1 is {least}: not what this test is for");

    let mut run = Run::new(experiment, 1).expect("valid");
    for _ in 0..5 {
        let seen = run.snapshot(1);
        let mut next = None;
        run.advance(1, false, |row| next = Some(row));
        let row = next.expect("a measured step");
        for layer in &seen.seeds[0].layers {
            let dot = |a: &ndarray::Array2<f32>, b: &ndarray::Array2<f32>| -> f64 {
                a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let (g, h, u) = (&layer.signal, &layer.hebbian, &layer.full_update);
            let k = layer.layer;
            for (name, a) in [("signal", g), ("full", u)] {
                let expected = dot(a, h) / (dot(a, a).sqrt() * dot(h, h).sqrt());
                let found = row.values[column(&format!("{name}_{k}"))].unwrap_or_else(|| panic!("{name}_{k} is empty"));
                // Sums of 117 products at most in f32.
                assert!((f64::from(found) - expected).abs() < 2e-6, "{name}_{k}: {found}, not {expected}");
            }
            let norm = row.values[column(&format!("signal_norm_{k}"))].map(f64::from).expect("a norm");
            assert!((norm / dot(g, g).sqrt() - 1.0).abs() < 2e-6, "layer {k}: {norm}");
        }
    }
}
