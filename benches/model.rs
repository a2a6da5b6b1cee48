//! Steps a second of any preset with one seed, cosines of signal and Hebbian update alone: what `benches/peers/` measure too.
//!
//! usage: model THREADS SECONDS PRESET [--profile] FIELD=VALUE...

use std::time::{Duration, Instant};

use hebbscope::experiment::resolve;
use hebbscope::instruction_set::InstructionSet;
use hebbscope::training::Run;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    // `cargo bench` of everything says nothing here.
    let [threads, seconds, preset, settings @ ..] = &arguments[..] else { return Ok(()) };
    let (flags, given): (Vec<&String>, Vec<&String>) = settings.iter().partition(|a| a.starts_with("--"));
    let mut settings: Vec<String> = ["full_update", "stationarity", "force_balance", "neurons"]
        .map(|field| format!("measure.{field}=false"))
        .to_vec();
    settings.extend(["training.seeds=1".into(), "measure.validate_every=0".into(), "training.steps=1000000000".into()]);
    settings.extend(given.iter().map(|setting| (*setting).clone()));
    let mut run = Run::new(resolve(preset, &settings)?, threads.parse()?)?;
    let mut step = || {
        let began = Instant::now();
        run.advance(1, false, |row| {
            std::hint::black_box(row);
        });
        began.elapsed().as_secs_f64()
    };
    for _ in 0..2 {
        step();
    }
    let (limit, began) = (Duration::from_secs_f64(seconds.parse()?), Instant::now());
    let mut times = Vec::new();
    while began.elapsed() < limit || times.len() < 3 {
        times.push(step());
    }
    times.sort_by(f64::total_cmp);
    let rate = 1.0 / times[times.len() / 2];
    println!("hebbscope {} {threads} threads, {preset}: {rate:.3} steps/s", InstructionSet::detect().name());
    if flags.iter().any(|flag| *flag == "--profile") {
        let flops = run.executor().program().flops_per_step as f64;
        let profile = run.profile((times.len() as u64 / 2).max(2));
        let total: f64 = profile.iter().map(|(_, seconds)| seconds).sum();
        println!("{:.2} ms a step with timers, {:.1} MFLOP of products", total * 1e3, flops / 1e6);
        for (name, seconds) in profile.iter().filter(|(_, seconds)| *seconds > total / 1000.0) {
            println!("  {name:60} {:9.3} ms {:5.1} %", seconds * 1e3, 100.0 * seconds / total);
        }
    }
    Ok(())
}
