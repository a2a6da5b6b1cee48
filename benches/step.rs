//! Steps a second of the standard regression experiment and its relatives; `items/s` are replica-steps a second.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hebbscope::experiment::{Experiment, resolve};
use hebbscope::training::Run;

/// Steps of one timed call: long enough that the hand-over to workers does not show.
const STEPS: u64 = 64;

fn main() {
    divan::main();
}

fn experiment(preset: &str, assignments: &[&str]) -> Experiment {
    let assignments: Vec<String> = assignments.iter().map(|a| (*a).to_owned()).collect();
    resolve(preset, &assignments).expect("a preset with valid settings")
}

/// What the peers measure: the loss and the cosine of signal and Hebbian update of every layer at every step.
const THREE_COSINES: &[&str] = &[
    "measure.full_update=false",
    "measure.stationarity=false",
    "measure.force_balance=false",
    "measure.neurons=false",
    "measure.validate_every=0",
];

fn train(bencher: Bencher, preset: &str, settings: &[&str], seeds: usize, threads: usize) {
    let seeds_setting = format!("training.seeds={seeds}");
    let mut all = vec!["training.steps=1000000000", &seeds_setting];
    all.extend_from_slice(settings);
    let mut run = Run::new(experiment(preset, &all), threads).expect("data and threads are there");
    run.advance(STEPS, false, |_| {});
    bencher.counter(ItemsCount::new(STEPS as usize * seeds)).bench_local(|| {
        let before = run.step();
        while run.step() < before + STEPS {
            run.advance(before + STEPS - run.step(), false, |row| {
                black_box(row);
            });
        }
    });
}

#[divan::bench]
fn sre_three_cosines(bencher: Bencher) {
    train(bencher, "sre", THREE_COSINES, 1, 1);
}

#[divan::bench]
fn sre_all_columns(bencher: Bencher) {
    train(bencher, "sre", &["measure.validate_every=0"], 1, 1);
}

#[divan::bench]
fn sre_all_columns_weight_noise(bencher: Bencher) {
    train(bencher, "sre", &["measure.validate_every=0", "noise.weight_sd=1e-3"], 1, 1);
}

#[divan::bench]
fn sre_measured_every_100(bencher: Bencher) {
    train(bencher, "sre", &["measure.validate_every=0", "measure.every=100"], 1, 1);
}

#[divan::bench(args = [(1, 1), (2, 1), (2, 2), (4, 2), (8, 2)])]
fn sre_seeds_and_threads(bencher: Bencher, (seeds, threads): (usize, usize)) {
    train(bencher, "sre", THREE_COSINES, seeds, threads);
}

#[divan::bench(args = ["sre-adam", "sre-dfa", "sre-random-nn", "sre-hebb", "sre-hebb-normalized", "sre-oja", "digits"])]
fn presets(bencher: Bencher, preset: &str) {
    train(bencher, preset, &["measure.validate_every=0"], 1, 1);
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn sce_synthetic(bencher: Bencher) {
    let few = ["data.train_examples=2000", "data.validation_examples=200", "measure.validate_every=0"];
    train(bencher, "sce", &few, 1, 1);
}
