//! Statements of the paper's section 4 on the shipped preset, in versions that take a second.

use hebbscope::experiment::{Experiment, resolve};
use hebbscope::training::Run;

/// Mean of `signal_1` over seeds and the second half of the run.
fn alignment(experiment: &Experiment) -> f64 {
    let mut run = Run::new(experiment.clone(), 1).expect("the preset is valid");
    let half = run.total_steps() / 2;
    let column = run.columns().index("signal_1").expect("a column of the contract");
    let mut values = Vec::new();
    while run.step() < run.total_steps() {
        run.advance(u64::MAX / 2, false, |row| {
            if row.step >= half {
                values.push(f64::from(row.values[column].expect("weights and noise are not zero")));
            }
        });
    }
    assert_eq!(values.len() as u64, (run.total_steps() - half) * run.seeds().len() as u64);
    values.iter().sum::<f64>() / values.len() as f64
}

/// The preset with its noise set so that d sigma^2 is `times` gamma / (1 + gamma)^2.
fn at(times: f64, gamma: f64) -> Experiment {
    let sd = (times * gamma / (1.0 + gamma).powi(2) / 16.0).sqrt();
    let set = [
        format!("regularizer.weight_decay={gamma}"),
        format!("noise.weight_sd={sd}"),
        "training.steps=4000".into(),
        "training.seeds=2".into(),
        "data.train_examples=8192".into(),
        "data.validation_examples=16".into(),
        // Time constant 1 / (0.05 (1 + gamma)), 20 steps: the second half of the run is stationary.
        "rule.learning_rate=0.05".into(),
    ];
    resolve("linear-regression", &set).expect("within all ranges")
}

/// Below the boundary gamma / (1 + gamma)^2 = d sigma^2 the signal is Hebbian, above it anti-Hebbian.
#[test]
fn the_sign_of_alignment_turns_where_section_4_says() {
    for gamma in [0.05, 0.2] {
        for (times, hebbian) in [(0.25, true), (0.7, true), (1.4, false), (4.0, false)] {
            let signal = alignment(&at(times, gamma));
            println!("gamma {gamma}, d sigma^2 {times} times the boundary: {signal:+.4}");
            assert_eq!(signal > 0.0, hebbian, "gamma {gamma}, {times} times the boundary: signal {signal}");
        }
    }
}
