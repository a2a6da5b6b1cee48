//! Replica-steps a second of the standard regression experiment, in the form that the peers print theirs, so that
//! `benches/compare.py` can run all of them by turns.
//!
//! usage: rate [three-cosines|all-columns|neurons|weight-noise] [seeds] [threads] [chunks]

use std::time::Instant;

use hebbscope::experiment::resolve;
use hebbscope::instruction_set::InstructionSet;
use hebbscope::training::Run;

/// Steps of one timed chunk, about as many as the peers'.
const STEPS: u64 = 78;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let text = |place: usize, default: &str| arguments.get(place).map_or(default, String::as_str).to_owned();
    let number = |place: usize, default: &str| text(place, default).parse::<usize>().unwrap_or(1);
    let mode = text(0, "three-cosines");
    let (seeds, threads, chunks) = (number(1, "1"), number(2, "1"), number(3, "20"));
    let mut settings =
        vec![format!("training.seeds={seeds}"), "training.steps=1000000000".into(), "measure.validate_every=0".into()];
    if mode == "three-cosines" {
        settings.extend(
            ["full_update", "stationarity", "force_balance", "neurons"].map(|field| format!("measure.{field}=false")),
        );
    }
    if mode == "weight-noise" {
        settings.push("noise.weight_sd=1e-3".into());
    }
    let experiment = resolve("sre", &settings).expect("a preset with valid settings");
    let mut run = Run::new(experiment, threads).expect("data and threads are there");
    if mode == "neurons" {
        run.watch_neurons(Some(0));
    }
    let mut neurons = run.neuron_store();
    let mut rates: Vec<f64> = (0..chunks + 2)
        .map(|_| {
            let (before, began) = (run.step(), Instant::now());
            while run.step() < before + STEPS {
                let keep = |_, row| {
                    std::hint::black_box(row);
                };
                run.advance_watching(before + STEPS - run.step(), false, keep, |step, row| neurons.push(step, row));
            }
            STEPS as f64 * seeds as f64 / began.elapsed().as_secs_f64()
        })
        .skip(2)
        .collect();
    rates.sort_by(f64::total_cmp);
    println!(
        "hebbscope {} {mode} seeds={seeds} threads={threads}: {:.0} replica-steps/s median, {:.0} best",
        InstructionSet::detect().name(),
        rates[rates.len() / 2],
        rates[rates.len() - 1]
    );
}
