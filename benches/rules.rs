//! Rules that are written beside the built-in ones that they write out, on the standard regression experiment:
//! `cargo bench --bench rules [rounds]`. Rounds take turns, so that whatever else the machine does meets both alike.

use std::time::{Duration, Instant};

use hebbscope::experiment::{Experiment, resolve};
use hebbscope::instruction_set::InstructionSet;
use hebbscope::training::Run;

/// Training of one turn.
const TURN: Duration = Duration::from_millis(250);

/// Preset of the built-in rule, and the signal that says the same.
const PAIRS: [(&str, &str); 2] = [("sre", "delta * pre"), ("sre-hebb", "post * pre")];

/// What is measured: three cosines, as the peers do, or every column.
const MEASURED: [(&str, &[&str]); 2] = [
    (
        "three cosines",
        &[
            "measure.full_update=false",
            "measure.stationarity=false",
            "measure.force_balance=false",
            "measure.neurons=false",
        ],
    ),
    ("all columns", &[]),
];

fn experiment(preset: &str, settings: &[&str]) -> Experiment {
    let plain = ["training.seeds=1", "training.steps=1000000000", "measure.validate_every=0"];
    let settings: Vec<String> = plain.iter().chain(settings).map(|one| (*one).to_owned()).collect();
    resolve(preset, &settings).expect("a preset with valid settings")
}

/// Replica-steps a second of one turn.
fn turn(run: &mut Run) -> f64 {
    let (before, began) = (run.step(), Instant::now());
    while began.elapsed() < TURN {
        run.advance(16, false, |row| {
            std::hint::black_box(row);
        });
    }
    (run.step() - before) as f64 / began.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(21_usize).max(1);
    println!("{}, one thread, {rounds} rounds by turns", InstructionSet::detect().name());
    for (preset, signal) in PAIRS {
        for (what, settings) in MEASURED {
            let built_in = experiment(preset, settings);
            let signal_setting = format!("rule.signal={signal}");
            let learning_rate = format!("rule.learning_rate={}", built_in.rule.learning_rate);
            let own = ["rule.kind=custom", &signal_setting, &learning_rate];
            let written = experiment(preset, &[settings, &own].concat());
            let mut runs = [built_in, written].map(|experiment| Run::new(experiment, 1).expect("data are there"));
            // Caches, clocks and lists settle.
            runs.iter_mut().for_each(|run| drop(turn(run)));
            let (mut rates, mut ratios) = ([Vec::new(), Vec::new()], Vec::new());
            for round in 0..rounds {
                let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
                order.into_iter().for_each(|which| rates[which].push(turn(&mut runs[which])));
                ratios.push(rates[1][round] / rates[0][round]);
            }
            let [own_rate, written_rate] = rates.each_mut().map(|rates| median(rates));
            let ratio = median(&mut ratios);
            println!(
                "{preset}, {what}: built in {own_rate:.0}, `{signal}` {written_rate:.0} replica-steps/s; \
                 written / built in {ratio:.3} ({:.3} to {:.3})",
                ratios[0],
                ratios[ratios.len() - 1]
            );
        }
    }
}
